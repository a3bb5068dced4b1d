// biome-ignore-all lint/a11y/useSemanticElements: a table cannot be virtual both ways
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names its active cell
import { Button, Group, Text, VisuallyHidden } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { Copy } from 'lucide-react'
import { type KeyboardEvent, type RefObject, useEffect, useId, useMemo, useRef, useState } from 'react'
import { copyText } from './copy.ts'
import { HIDDEN } from './hidden.ts'
import classes from './rows-grid.module.css'
import { columnWidths, hiddenColumns, isFigure, type Rows, tabSeparated } from './rows-text.ts'
import { counted, figure } from './values.tsx'

const ROW_PX = 30
const HEAD_PX = 44
const MARGIN_PX = 52

interface Cell {
  row: number
  column: number
}

interface RowsGridProps {
  rows: Rows
  /** What the rows are, for whoever hears the page: `First rows of VIP customers`. */
  label: string
  /** Said where there are none. */
  none?: string
}

/** The rows of a query: as many as one likes, both ways. One tab stop; arrows move through the cells, Ctrl-C copies one. */
export function RowsGrid({ rows, label, none = 'There are no rows.' }: RowsGridProps) {
  const [cell, setCell] = useState<Cell>({ row: 0, column: 0 })
  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows begin at their first cell
  useEffect(() => setCell({ row: 0, column: 0 }), [rows])
  const isEmpty = rows.rows.length === 0
  return (
    <div className={classes.whole}>
      <Said rows={rows} />
      <Grid rows={rows} label={label} cell={cell} onCell={setCell} />
      {isEmpty ? (
        <Text size="sm" c="dimmed">
          {none}
        </Text>
      ) : (
        <Present rows={rows} cell={cell} />
      )}
    </div>
  )
}

/** How many rows these are, and what of them is not shown. */
function Said({ rows }: { rows: Rows }) {
  const hidden = hiddenColumns(rows)
  const count = rows.rows.length
  return (
    <Group justify="space-between" gap="xs">
      <Text size="xs" c="dimmed" role="status">
        {rows.has_more
          ? `The first ${figure(count)} rows; there are more.`
          : `${counted(count, 'row')}, ${counted(rows.columns.length, 'column')}.`}
        {hidden.length > 0 && ` Hidden by your policy: ${hidden.join(', ')}.`}
      </Text>
      {count > 0 && (
        <Button
          variant="subtle"
          size="compact-xs"
          leftSection={<Copy size={13} aria-hidden />}
          onClick={() => void copyText(tabSeparated(rows), counted(count, 'row'))}
        >
          Copy {counted(count, 'row')}
        </Button>
      )}
    </Group>
  )
}

interface GridProps {
  rows: Rows
  label: string
  cell: Cell
  onCell: (cell: Cell) => void
}

function Grid({ rows, label, cell, onCell }: GridProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const id = useId()
  const widths = useMemo(() => columnWidths(rows), [rows])
  const { lines, columns } = useBothWays(scroller, rows.rows.length, widths)
  const goTo = (next: Cell) => {
    onCell(next)
    lines.scrollToIndex(next.row, { align: 'auto' })
    columns.scrollToIndex(next.column, { align: 'auto' })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(Math.floor(((scroller.current?.clientHeight ?? 0) - HEAD_PX) / ROW_PX) - 1, 1)
    const next = moved(event, cell, { rows: rows.rows.length, columns: widths.length, page })
    if (next !== null) {
      event.preventDefault()
      goTo(next)
    } else if (event.key === 'c' && (event.ctrlKey || event.metaKey) && window.getSelection()?.isCollapsed !== false) {
      event.preventDefault()
      copyCell(rows, cell)
    }
  }
  const shown = columns.getVirtualItems()
  return (
    <div
      ref={scroller}
      role="grid"
      className={classes.grid}
      tabIndex={0}
      aria-label={label}
      aria-rowcount={rows.has_more ? -1 : rows.rows.length + 1}
      aria-colcount={widths.length}
      aria-readonly
      aria-activedescendant={rows.rows.length > 0 ? `${id}-${cell.row}-${cell.column}` : undefined}
      onKeyDown={onKeyDown}
    >
      <div
        role="presentation"
        className={classes.space}
        style={{ height: lines.getTotalSize() + HEAD_PX, width: columns.getTotalSize() }}
      >
        <Heads rows={rows} shown={shown} />
        {lines.getVirtualItems().map(({ index, start }) => (
          <div
            key={index}
            role="row"
            aria-rowindex={index + 2}
            className={classes.row}
            style={{ transform: `translateY(${start + HEAD_PX}px)`, height: ROW_PX }}
          >
            <span role="rowheader" className={classes.margin} style={{ width: MARGIN_PX }}>
              {figure(index + 1)}
            </span>
            {shown.map((column) => (
              <Value
                key={column.index}
                id={`${id}-${index}-${column.index}`}
                place={column}
                value={rows.rows[index]?.[column.index] ?? null}
                type={rows.columns[column.index]?.type ?? ''}
                isActive={cell.row === index && cell.column === column.index}
                onChoose={() => onCell({ row: index, column: column.index })}
              />
            ))}
          </div>
        ))}
      </div>
    </div>
  )
}

/** What of the rows and columns is in sight. */
function useBothWays(scroller: RefObject<HTMLDivElement | null>, count: number, widths: number[]) {
  const lines = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
    scrollPaddingStart: HEAD_PX,
  })
  const columns = useVirtualizer({
    horizontal: true,
    count: widths.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => widths[index] ?? 80,
    overscan: 3,
    paddingStart: MARGIN_PX,
    scrollPaddingStart: MARGIN_PX,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the widths are measured anew with the rows
  useEffect(() => columns.measure(), [widths])
  return { lines, columns }
}

interface Place {
  index: number
  start: number
  size: number
}

function Heads({ rows, shown }: { rows: Rows; shown: Place[] }) {
  return (
    <div role="row" aria-rowindex={1} className={classes.heads} style={{ height: HEAD_PX }}>
      <span role="columnheader" className={classes.margin} style={{ width: MARGIN_PX }}>
        <VisuallyHidden>Row</VisuallyHidden>
      </span>
      {shown.map(({ index, start, size }) => {
        const { name, type } = rows.columns[index] ?? { name: '', type: '' }
        return (
          <span
            key={index}
            role="columnheader"
            aria-colindex={index + 1}
            className={classes.head}
            data-figure={isFigure(type) || undefined}
            style={{ left: start, width: size }}
            title={`${name} ${type}`}
          >
            <span>{name}</span>
            <span className={classes.type}>{type}</span>
          </span>
        )
      })}
    </div>
  )
}

interface ValueProps {
  id: string
  place: Place
  value: string | null
  type: string
  isActive: boolean
  onChoose: () => void
}

function Value({ id, place: { index, start, size }, value, type, isActive, onChoose }: ValueProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid takes the keys
    <span
      id={id}
      role="gridcell"
      aria-colindex={index + 1}
      aria-selected={isActive}
      className={classes.cell}
      data-figure={isFigure(type) || undefined}
      style={{ left: start, width: size }}
      onClick={onChoose}
    >
      <Shown value={value} />
    </span>
  )
}

/** Nothing, an empty text and what is hidden are told apart from each other and from values. */
function Shown({ value }: { value: string | null }) {
  if (value === null) return <span className={classes.told}>null</span>
  if (value === '') return <span className={classes.told}>empty text</span>
  if (value === HIDDEN) return <span className={classes.told}>hidden</span>
  return value
}

/** The whole value of the active cell, which may be longer than its column. */
function Present({ rows, cell }: { rows: Rows; cell: Cell }) {
  const value = rows.rows[cell.row]?.[cell.column] ?? null
  const name = rows.columns[cell.column]?.name ?? ''
  return (
    <div className={classes.present}>
      <Text size="xs" c="dimmed" style={{ flex: 'none' }}>
        {name}, row {figure(cell.row + 1)}
      </Text>
      <div className={classes.value}>
        <Shown value={value} />
      </div>
      <Button
        variant="subtle"
        size="compact-xs"
        disabled={value === null || value === HIDDEN}
        leftSection={<Copy size={13} aria-hidden />}
        onClick={() => copyCell(rows, cell)}
      >
        Copy value
      </Button>
    </div>
  )
}

function copyCell(rows: Rows, { row, column }: Cell): void {
  const value = rows.rows[row]?.[column] ?? ''
  if (value !== HIDDEN) void copyText(value, rows.columns[column]?.name ?? 'Value')
}

/** Where a key leads from a cell; null: it is none that moves. */
function moved(
  { key, ctrlKey, metaKey }: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey'>,
  { row, column }: Cell,
  { rows, columns, page }: { rows: number; columns: number; page: number },
): Cell | null {
  const isFar = ctrlKey || metaKey
  const [lastRow, lastColumn] = [Math.max(rows - 1, 0), Math.max(columns - 1, 0)]
  const at = (row: number, column: number): Cell => ({
    row: Math.min(Math.max(row, 0), lastRow),
    column: Math.min(Math.max(column, 0), lastColumn),
  })
  switch (key) {
    case 'ArrowUp':
      return at(isFar ? 0 : row - 1, column)
    case 'ArrowDown':
      return at(isFar ? lastRow : row + 1, column)
    case 'ArrowLeft':
      return at(row, isFar ? 0 : column - 1)
    case 'ArrowRight':
      return at(row, isFar ? lastColumn : column + 1)
    case 'PageUp':
      return at(row - page, column)
    case 'PageDown':
      return at(row + page, column)
    case 'Home':
      return at(isFar ? 0 : row, 0)
    case 'End':
      return at(isFar ? lastRow : row, lastColumn)
    default:
      return null
  }
}

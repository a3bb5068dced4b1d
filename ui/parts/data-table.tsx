import { UnstyledButton, VisuallyHidden } from '@mantine/core'
import { useRouter } from '@tanstack/react-router'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { type MouseEvent, type ReactNode, useEffect, useState } from 'react'
import classes from './data-table.module.css'
import { useRowWindow } from './row-window.ts'

export interface TableColumn<T> {
  key: string
  head: string
  /** Only for those who listen: over a menu. */
  isHeadHidden?: boolean
  cell: (row: T) => ReactNode
  /** Of the cells' text; figures are right-aligned and tabular. */
  align?: 'left' | 'right'
  /** A CSS width; the rest shares what is left. */
  width?: string
  /** Sorted by its head, by this value. */
  sortBy?: (row: T) => string | number | null
  /** 1 is always shown, 2 from 640 px on, 3 from 1,000 px on. */
  rank?: 1 | 2 | 3
}

interface Place {
  to: string
  params?: Record<string, string>
  search?: object
}

/** Rows of which only some have been read; the others stand as lines without words until they are. */
export interface PartlyRead<T> {
  length: number
  at: (index: number) => T | undefined
  /** These are in sight, `last` excluded. */
  onSeen: (first: number, last: number) => void
  /** The row that is shown at the top first. */
  startsAt?: number | undefined
}

interface DataTableProps<T> {
  /** What the rows are, for whoever hears the table: `Queries`. */
  label: string
  rows: readonly T[] | PartlyRead<T>
  columns: readonly TableColumn<T>[]
  rowKey: (row: T) => string
  /** Where the row leads; its first cell is the link. */
  rowTo?: (row: T, index: number) => Place
  /** The row whose details stand in the panel. */
  openKey?: string | undefined
  /** Shown in the place of the rows when there are none. */
  empty?: ReactNode
  /** Reads further rows when the end comes into sight. */
  onEnd?: (() => void) | undefined
  /** Rows may be chosen, for something that is done with many. */
  chosen?: { keys: ReadonlySet<string>; onChange: (keys: ReadonlySet<string>) => void }
}

const VIRTUAL_FROM = 100

type Sorting = { key: string; isDown: boolean } | null

/** The table of every list: a row is a link, a head sorts, and a million rows cost what thirty do. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { label, rows, columns, empty, chosen, rowKey } = props
  // In state, not in a ref: the rows are laid out before the ref of what they are in is set, and must be again afterwards.
  const [scroller, setScroller] = useState<HTMLElement | null>(null)
  const [sorting, setSorting] = useState<Sorting>(null)
  const shown = isWhole(rows) ? sorted(rows, columns, sorting) : rows
  if (rows.length === 0 && empty !== undefined) return <>{empty}</>
  const isVirtual = shown.length > VIRTUAL_FROM
  const all = () => new Set(isWhole(shown) ? shown.map(rowKey) : [])
  return (
    <section
      ref={setScroller}
      className={classes.scroller}
      data-virtual={isVirtual}
      // A region that scrolls must be reachable by keyboard.
      // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
      tabIndex={0}
      aria-label={label}
    >
      <table className={classes.table} aria-label={label} aria-rowcount={shown.length + 1}>
        <thead>
          <tr>
            {chosen !== undefined && (
              <th className={classes.choice}>
                <Choice
                  label="Choose all"
                  isChosen={chosen.keys.size > 0 && chosen.keys.size === shown.length}
                  isPartly={chosen.keys.size > 0 && chosen.keys.size < shown.length}
                  onChange={(isChosen) => chosen.onChange(isChosen ? all() : new Set())}
                />
              </th>
            )}
            {columns.map((column) => (
              <Head key={column.key} column={column} sorting={sorting} onSort={setSorting} />
            ))}
          </tr>
        </thead>
        <Body {...props} rows={shown} scroller={scroller} isVirtual={isVirtual} />
      </table>
    </section>
  )
}

const isWhole = <T,>(rows: readonly T[] | PartlyRead<T>): rows is readonly T[] => Array.isArray(rows)

const inOrder = new Intl.Collator('en', { numeric: true })

function sorted<T>(rows: readonly T[], columns: readonly TableColumn<T>[], sorting: Sorting): readonly T[] {
  const by = columns.find(({ key }) => key === sorting?.key)?.sortBy
  if (by === undefined || sorting === null) return rows
  const compared = (a: T, b: T) => {
    const [left, right] = [by(a), by(b)]
    if (left === right) return 0
    // What is not known comes last, whichever way.
    if (left === null) return 1
    if (right === null) return -1
    const order = typeof left === 'string' ? inOrder.compare(left, String(right)) : left - Number(right)
    return sorting.isDown ? -order : order
  }
  return [...rows].sort(compared)
}

interface HeadProps<T> {
  column: TableColumn<T>
  sorting: Sorting
  onSort: (sorting: Sorting) => void
}

function Head<T>({
  column: { key, head, sortBy, align = 'left', width, rank = 1, isHeadHidden },
  sorting,
  onSort,
}: HeadProps<T>) {
  const isSorted = sorting?.key === key
  const Arrow = sorting?.isDown ? ArrowDown : ArrowUp
  const sort = isSorted ? (sorting.isDown ? 'descending' : 'ascending') : 'none'
  return (
    <th
      scope="col"
      data-rank={rank}
      data-align={align}
      style={{ width }}
      {...(sortBy !== undefined && { 'aria-sort': sort as 'none' })}
    >
      {sortBy === undefined ? (
        isHeadHidden ? (
          <VisuallyHidden>{head}</VisuallyHidden>
        ) : (
          head
        )
      ) : (
        <UnstyledButton
          className={classes.sort}
          onClick={() => onSort(isSorted && sorting.isDown ? null : { key, isDown: isSorted })}
        >
          {head}
          {isSorted && <Arrow size={13} aria-hidden />}
        </UnstyledButton>
      )}
    </th>
  )
}

interface BodyProps<T> extends DataTableProps<T> {
  scroller: HTMLElement | null
  isVirtual: boolean
}

function Body<T>({ rows, columns, scroller, isVirtual, onEnd, ...props }: BodyProps<T>) {
  const partly = isWhole(rows) ? undefined : rows
  const found = useRowWindow(isVirtual ? scroller : null, rows.length, partly?.startsAt ?? 0)
  const { first, last, abovePx, belowPx } = isVirtual ? found : { first: 0, last: rows.length, abovePx: 0, belowPx: 0 }
  const onSeen = partly?.onSeen
  useEffect(() => {
    if (last > first) onSeen?.(first, last)
    if (isVirtual && last > rows.length - 20) onEnd?.()
  }, [first, last, rows.length, isVirtual, onSeen, onEnd])
  const span = columns.length + (props.chosen === undefined ? 0 : 1)
  return (
    <tbody>
      <Gap heightPx={abovePx} span={span} />
      {Array.from({ length: last - first }, (_, position) => {
        const index = first + position
        const row = rows.at(index)
        return row === undefined ? (
          <UnreadRow key={`unread ${index}`} span={span} />
        ) : (
          <Row key={props.rowKey(row)} {...props} row={row} index={index} columns={columns} />
        )
      })}
      <Gap heightPx={belowPx} span={span} />
      {!isVirtual && onEnd !== undefined && <MoreRow span={span} onMore={onEnd} />}
    </tbody>
  )
}

/** Stands for the rows that are out of sight. */
function Gap({ heightPx, span }: { heightPx: number; span: number }) {
  if (heightPx <= 0) return null
  return (
    <tr aria-hidden className={classes.gap}>
      <td colSpan={span} style={{ height: heightPx }} />
    </tr>
  )
}

function UnreadRow({ span }: { span: number }) {
  return (
    <tr className={classes.unread}>
      <td colSpan={span}>
        <VisuallyHidden>Reading…</VisuallyHidden>
      </td>
    </tr>
  )
}

function MoreRow({ span, onMore }: { span: number; onMore: () => void }) {
  return (
    <tr>
      <td colSpan={span}>
        <UnstyledButton className={classes.more} onClick={onMore}>
          Show more
        </UnstyledButton>
      </td>
    </tr>
  )
}

interface RowProps<T> extends Omit<DataTableProps<T>, 'label' | 'rows' | 'onEnd'> {
  row: T
  index: number
}

function Row<T>({ row, index, columns, rowKey, rowTo, openKey, chosen }: RowProps<T>) {
  const key = rowKey(row)
  const to = rowTo?.(row, index)
  const toggled = (isChosen: boolean) => {
    const keys = new Set(chosen?.keys)
    if (isChosen) keys.add(key)
    else keys.delete(key)
    chosen?.onChange(keys)
  }
  return (
    <tr aria-rowindex={index + 2} data-open={openKey === key || undefined} data-link={to !== undefined || undefined}>
      {chosen !== undefined && (
        <td className={classes.choice}>
          <Choice label={`Choose ${key}`} isChosen={chosen.keys.has(key)} onChange={toggled} />
        </td>
      )}
      {columns.map(({ key: column, cell, align = 'left', rank = 1 }, position) => (
        <td key={column} data-rank={rank} data-align={align}>
          {position === 0 && to !== undefined ? <RowLink place={to}>{cell(row)}</RowLink> : cell(row)}
        </td>
      ))}
    </tr>
  )
}

/** The router's own link asks whether it leads to where one is, once a row at every letter that is typed. */
function RowLink({ place, children }: { place: Place; children: ReactNode }) {
  const router = useRouter()
  const target = place as { to: '/' }
  const follow = (event: MouseEvent) => {
    // Whoever asks for a tab or a window of its own gets it from the browser.
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    void router.navigate(target)
  }
  const preload = () => void router.preloadRoute(target)
  return (
    <a
      href={router.buildLocation(target).href}
      className={classes.link}
      onClick={follow}
      onPointerEnter={preload}
      onFocus={preload}
    >
      {children}
    </a>
  )
}

interface ChoiceProps {
  label: string
  isChosen: boolean
  isPartly?: boolean
  onChange: (isChosen: boolean) => void
}

/** The browser's own box: one stands in every row. */
function Choice({ label, isChosen, isPartly = false, onChange }: ChoiceProps) {
  return (
    <input
      type="checkbox"
      className={classes.box}
      aria-label={label}
      checked={isChosen}
      ref={(box) => {
        if (box !== null) box.indeterminate = isPartly
      }}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  )
}

import { ActionIcon, Autocomplete, Button, Group, Radio, Text, VisuallyHidden } from '@mantine/core'
import { ArrowDown, ArrowUp, MoveRight, Plus, X } from 'lucide-react'
import { type RefObject, useId, useRef, useState } from 'react'
import { Section } from '../../parts/section.tsx'
import { useAttributes } from '../../parts/use-attributes.ts'
import type { QueryBody } from './model.ts'
import classes from './queries.module.css'
import { mappedTo, moved, occurrences, type PlacedMistakes } from './visual.ts'

interface VisualColumnsProps {
  of: QueryBody
  onChange: (changes: Pick<QueryBody, 'columns' | 'mapping'>) => void
  /** Columns of the table. */
  names: readonly string[]
  mistakes: PlacedMistakes
}

/** Which columns a visual query gives, in which order, and which attributes they become. */
export function VisualColumns(props: VisualColumnsProps) {
  const { of, onChange, names, mistakes } = props
  const { columns, mapping } = of
  // Whoever looks at all of them for a moment finds their choice again.
  const [last, setLast] = useState<string[] | null>(null)
  const [told, setTold] = useState('')
  const leftOut = useRef<HTMLFieldSetElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const choose = (value: string) => {
    setLast(columns ?? last)
    onChange({ columns: value === 'all' ? undefined : (last ?? [...names]), mapping })
  }
  const set = (next: string[], what: string) => {
    onChange({ columns: next, mapping })
    setTold(what)
  }
  const focusLeftOut = (index: number) =>
    requestAnimationFrame(() => {
      const buttons = leftOut.current?.querySelectorAll('button') ?? []
      const last = list.current?.querySelector<HTMLElement>('li:last-child button:last-child')
      ;(buttons[Math.min(index, buttons.length - 1)] ?? last)?.focus()
    })
  const left = names.filter((name) => columns?.includes(name) === false)
  return (
    <Section title="Which columns" about="Each becomes the attribute of its own name, unless another one is entered.">
      <Radio.Group aria-label="Which columns" value={columns === undefined ? 'all' : 'some'} onChange={choose}>
        <Group gap="lg">
          <Radio value="all" label="All columns" />
          <Radio value="some" label="Only these, in this order" />
        </Group>
      </Radio.Group>
      {mistakes.columns !== undefined && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {mistakes.columns}
        </Text>
      )}
      <ColumnList
        {...props}
        list={list}
        onOrder={set}
        onLeaveOut={(next, column) => {
          set(next, `${column} is left out`)
          focusLeftOut(names.filter((name) => !next.includes(name)).indexOf(column))
        }}
      />
      {columns !== undefined && columns.length > 1 && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          style={{ alignSelf: 'flex-start' }}
          onClick={() => {
            set([], 'All columns are left out')
            focusLeftOut(0)
          }}
        >
          Leave all out
        </Button>
      )}
      {columns !== undefined && left.length > 0 && (
        <fieldset className={classes.left} aria-label="Columns that are left out" ref={leftOut}>
          {left.map((column, index) => (
            <Button
              key={column}
              variant="default"
              size="compact-xs"
              fw={500}
              leftSection={<Plus size={12} aria-hidden />}
              aria-label={`Add ${column}`}
              onClick={() => {
                set([...columns, column], `${column} is added as number ${columns.length + 1}`)
                focusLeftOut(index)
              }}
            >
              {column}
            </Button>
          ))}
        </fieldset>
      )}
      <VisuallyHidden role="status">{told}</VisuallyHidden>
    </Section>
  )
}

interface ColumnListProps extends VisualColumnsProps {
  list: RefObject<HTMLOListElement | null>
  /** Other columns, or the same in another order, and what was done in words. */
  onOrder: (next: string[], what: string) => void
  onLeaveOut: (next: string[], column: string) => void
}

function ColumnList({ list, of: { columns, mapping }, onChange, names, mistakes, ...more }: ColumnListProps) {
  const { onOrder, onLeaveOut } = more
  const attributes = useAttributes()
  const shown = columns ?? names
  const keys = occurrences(shown)
  const move = (index: number, to: number) => () =>
    onOrder(moved(shown, index, to), `${shown[index]} is number ${to + 1} now`)
  return (
    <ol ref={list} className={classes.columns} aria-label="Columns that it gives">
      {shown.map((column, index) => (
        <li key={keys[index]}>
          <ColumnLine
            {...{ column, attributes }}
            attribute={mapping?.[column] ?? ''}
            mistake={mistakes.ofColumn[column]}
            onMap={(attribute) => onChange({ columns, mapping: mappedTo(mapping, column, attribute) })}
            order={
              columns === undefined
                ? null
                : {
                    onUp: index > 0 ? move(index, index - 1) : null,
                    onDown: index < shown.length - 1 ? move(index, index + 1) : null,
                    onRemove: () =>
                      onLeaveOut(
                        columns.filter((_, other) => other !== index),
                        column,
                      ),
                  }
            }
          />
        </li>
      ))}
    </ol>
  )
}

/** Null: it cannot be moved there. */
interface Order {
  onUp: (() => void) | null
  onDown: (() => void) | null
  onRemove: () => void
}

interface ColumnLineProps {
  column: string
  attribute: string
  /** Those that are offered. */
  attributes: string[]
  mistake: string | undefined
  onMap: (attribute: string) => void
  /** Null: all columns are given, in the order of the table. */
  order: Order | null
}

function ColumnLine({ column, attribute, attributes, mistake, onMap, order }: ColumnLineProps) {
  const wrong = useId()
  return (
    <div className={classes.columnLine}>
      <span className={classes.name} title={column}>
        {column}
      </span>
      <MoveRight size={14} aria-label="becomes" />
      <Autocomplete
        size="xs"
        aria-label={`Attribute of ${column}`}
        placeholder={column}
        data={attributes}
        value={attribute}
        error={mistake !== undefined}
        {...(mistake !== undefined && { 'aria-describedby': wrong })}
        onChange={onMap}
      />
      {order !== null && <OrderButtons column={column} {...order} />}
      {mistake !== undefined && (
        <Text id={wrong} size="xs" c="var(--mantine-color-error)" style={{ gridColumn: '1 / -1' }}>
          {mistake}
        </Text>
      )}
    </div>
  )
}

/** A button that leads nowhere keeps the focus of whoever has moved a column to its end. */
function OrderButtons({ column, onUp, onDown, onRemove }: Order & { column: string }) {
  const going = (onClick: (() => void) | null) =>
    onClick === null ? { 'aria-disabled': true, 'data-disabled': true } : { onClick }
  return (
    <Group gap={0} wrap="nowrap">
      <ActionIcon size={26} aria-label={`Move ${column} up`} {...going(onUp)}>
        <ArrowUp size={14} />
      </ActionIcon>
      <ActionIcon size={26} aria-label={`Move ${column} down`} {...going(onDown)}>
        <ArrowDown size={14} />
      </ActionIcon>
      <ActionIcon size={26} aria-label={`Leave out ${column}`} onClick={onRemove}>
        <X size={14} />
      </ActionIcon>
    </Group>
  )
}

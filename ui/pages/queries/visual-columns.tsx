import { ActionIcon, Autocomplete, Button, Group, Radio, Text } from '@mantine/core'
import { ArrowDown, ArrowUp, MoveRight, Plus, X } from 'lucide-react'
import { useId, useRef, useState } from 'react'
import { Section } from '../../parts/section.tsx'
import { useAttributes } from '../../parts/use-attributes.ts'
import type { QueryBody } from './model.ts'
import classes from './queries.module.css'
import { mappedTo, moved, type PlacedMistakes } from './visual.ts'

interface VisualColumnsProps {
  of: QueryBody
  onChange: (changes: Pick<QueryBody, 'columns' | 'mapping'>) => void
  /** Columns of the table. */
  names: readonly string[]
  mistakes: PlacedMistakes
}

/** Which columns a visual query gives, in which order, and which attributes they become. */
export function VisualColumns({ of: { columns, mapping }, onChange, names, mistakes }: VisualColumnsProps) {
  // Whoever looks at all of them for a moment finds their choice again.
  const [last, setLast] = useState<string[] | null>(null)
  const attributes = useAttributes()
  const adder = useRef<HTMLDivElement>(null)
  const shown = columns ?? names
  const set = (next: string[]) => onChange({ columns: next, mapping })
  const left = names.filter((name) => columns?.includes(name) === false)
  const choose = (value: string) => {
    setLast(columns ?? last)
    onChange({ columns: value === 'all' ? undefined : (last ?? [...names]), mapping })
  }
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
      <ol className={classes.columns} aria-label="Columns that it gives">
        {shown.map((column, index) => (
          // A column that is named twice is a mistake, and stands there twice.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <li key={`${column} ${index}`}>
            <ColumnLine
              column={column}
              attribute={mapping?.[column] ?? ''}
              attributes={attributes}
              mistake={mistakes.ofColumn[column]}
              onMap={(attribute) => onChange({ columns, mapping: mappedTo(mapping, column, attribute) })}
              {...(columns !== undefined && {
                ...(index > 0 && { onUp: () => set(moved(columns, index, index - 1)) }),
                ...(index < columns.length - 1 && { onDown: () => set(moved(columns, index, index + 1)) }),
                onRemove: () => {
                  set(columns.filter((_, other) => other !== index))
                  requestAnimationFrame(() =>
                    adder.current?.querySelector<HTMLElement>(`[data-of="${CSS.escape(column)}"]`)?.focus(),
                  )
                },
              })}
            />
          </li>
        ))}
      </ol>
      {columns !== undefined && columns.length > 1 && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          style={{ alignSelf: 'flex-start' }}
          onClick={() => set([])}
        >
          Leave all out
        </Button>
      )}
      {columns !== undefined && left.length > 0 && (
        <fieldset className={classes.left} aria-label="Columns that are left out" ref={adder as never}>
          {left.map((column) => (
            <Button
              key={column}
              data-of={column}
              variant="default"
              size="compact-xs"
              fw={500}
              leftSection={<Plus size={12} aria-hidden />}
              aria-label={`Add ${column}`}
              onClick={() => set([...columns, column])}
            >
              {column}
            </Button>
          ))}
        </fieldset>
      )}
    </Section>
  )
}

interface ColumnLineProps {
  column: string
  attribute: string
  /** Those that are offered. */
  attributes: string[]
  mistake: string | undefined
  onMap: (attribute: string) => void
  /** Without it, it cannot be moved there. */
  onUp?: () => void
  onDown?: () => void
  /** Without it all columns are given, in the order of the table. */
  onRemove?: () => void
}

function ColumnLine({ column, attribute, attributes, mistake, onMap, onUp, onDown, onRemove }: ColumnLineProps) {
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
      {onRemove !== undefined && (
        <Group gap={0} wrap="nowrap">
          <ActionIcon size={26} aria-label={`Move ${column} up`} disabled={onUp === undefined} onClick={onUp}>
            <ArrowUp size={14} />
          </ActionIcon>
          <ActionIcon size={26} aria-label={`Move ${column} down`} disabled={onDown === undefined} onClick={onDown}>
            <ArrowDown size={14} />
          </ActionIcon>
          <ActionIcon size={26} aria-label={`Leave out ${column}`} onClick={onRemove}>
            <X size={14} />
          </ActionIcon>
        </Group>
      )}
      {mistake !== undefined && (
        <Text id={wrong} size="xs" c="var(--mantine-color-error)" style={{ gridColumn: '1 / -1' }}>
          {mistake}
        </Text>
      )}
    </div>
  )
}

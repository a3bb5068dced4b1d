import { ActionIcon, Autocomplete, Button, Select, Stack, TextInput } from '@mantine/core'
import { Plus, X } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import classes from './activations.module.css'
import { Fold } from './fold.tsx'
import { choicesOf, entryOf, freshRow, type MapRow, mapOf, offered, type Schema, valuesOf, words } from './maps.ts'
import { valueAt, withValue } from './objects.ts'

/** What all fields of a form share. */
export interface FormProps {
  body: { [key: string]: unknown }
  onChange: (body: { [key: string]: unknown }) => void
  mistakes: Record<string, string>
  /** Names that are offered for the rows of a map, by its path. */
  names?: Record<string, readonly string[]>
}

export interface FieldProps extends FormProps {
  label: string
  path: string
  schema: Schema
  /** The fields of a map that has some of its own. */
  fieldsOf: (map: Schema, at: string) => ReactNode
}

type RowsProps = FieldProps & { map: Schema }

/** The entries of a map whose names are free, one row each. */
export function MapRows({ map, ...props }: RowsProps) {
  const { label, path, schema, body, onChange } = props
  const rows = (valueAt(body, path) ?? []) as MapRow[]
  const place = useFocusOf(rows)
  const values = valuesOf(map) ?? {}
  const set = (next: MapRow[]) => onChange(withValue(body, path, next))
  // One of the user fields is a user field.
  const what = (label.endsWith('s') ? label.slice(0, -1) : (map.propertyNames?.title ?? 'name')).toLowerCase()
  const Row = mapOf(values) === null ? PlainRow : FoldedRow
  return (
    <Stack gap="xs" ref={place}>
      {rows.map((row, index) => (
        <Row
          key={row.id}
          {...props}
          {...{ map, values, row }}
          at={`${path}.${index}`}
          rows={rows}
          onRemove={() => set(rows.filter(({ id }) => id !== row.id))}
        />
      ))}
      <Button
        data-add
        variant="default"
        leftSection={<Plus size={14} aria-hidden />}
        style={{ alignSelf: 'flex-start' }}
        onClick={() => set([...rows, freshRow(schema, values)])}
      >
        Add {/^[aeio]/.test(what) ? 'an' : 'a'} {what}
      </Button>
    </Stack>
  )
}

/** A new row has the focus; when one is removed, the one that takes its place has it, and at the end the button that adds one. */
function useFocusOf(rows: readonly MapRow[]) {
  const place = useRef<HTMLDivElement>(null)
  const before = useRef(rows)
  useEffect(() => {
    const gone = before.current.findIndex(({ id }) => !rows.some((row) => row.id === id))
    const isNew = rows.length > before.current.length
    before.current = rows
    const shown = [...(place.current?.querySelectorAll<HTMLElement>(':scope > [data-row]') ?? [])]
    if (isNew) shown.at(-1)?.querySelector('input')?.focus()
    else if (gone >= 0) {
      const next = shown[gone]?.querySelector<HTMLElement>('summary, [data-remove]')
      const add = place.current?.querySelector<HTMLElement>(':scope > [data-add]')
      ;(next ?? add)?.focus()
    }
  }, [rows])
  return place
}

interface RowProps extends RowsProps {
  values: Schema
  row: MapRow
  /** Path of the row. */
  at: string
  rows: readonly MapRow[]
  onRemove: () => void
}

/** A name and a value. */
function PlainRow({ values, row, at, onRemove, ...props }: RowProps) {
  const { body, onChange, mistakes } = props
  const label = values.title ?? 'Value'
  const ofValue = {
    label,
    'aria-label': `${label} of ${row.name || 'the new row'}`,
    error: mistakes[`${at}.value`],
  }
  const set = (value: string) => onChange(withValue(body, `${at}.value`, value))
  const choices = choicesOf(values)
  return (
    <div data-row className={classes.row}>
      <Name {...props} {...{ row, at }} />
      {choices.length > 0 ? (
        <Select
          {...ofValue}
          data={choices.map((choice) => ({ value: choice, label: words(choice) }))}
          value={String(row.value)}
          allowDeselect={false}
          onChange={(value) => set(value ?? '')}
        />
      ) : (
        <TextInput {...ofValue} value={String(row.value)} onChange={({ currentTarget }) => set(currentTarget.value)} />
      )}
      <ActionIcon data-remove aria-label={`Remove ${row.name || 'the new row'}`} mt={26} onClick={onRemove}>
        <X size={16} />
      </ActionIcon>
    </div>
  )
}

/** A name and several fields, which are shown when somebody asks for them. */
function FoldedRow({ values, row, at, onRemove, ...props }: RowProps) {
  const entry = entryOf(values, row.value)
  const { title, type } = row.value as { title?: unknown; type?: unknown }
  const summary = [row.name || 'New', title, type === undefined ? undefined : words(String(type))]
  const isWrong = Object.keys(props.mistakes).some((place) => place.startsWith(`${at}.`))
  return (
    <div data-row className={classes.entry}>
      <Fold summary={summary.filter(Boolean).join(' · ')} mustOpen={isWrong} startsOpen={row.name === ''}>
        <Stack>
          <Name {...props} {...{ row, at }} />
          {props.fieldsOf(entry, `${at}.value`)}
          <Button variant="default" style={{ alignSelf: 'flex-start' }} onClick={onRemove}>
            Remove {row.name || 'this row'}
          </Button>
        </Stack>
      </Fold>
    </div>
  )
}

function Name({ map, path, row, at, rows, body, onChange, mistakes, names }: Omit<RowProps, 'values' | 'onRemove'>) {
  const known = [...(map.propertyNames?.examples ?? []).map(String), ...(names?.[path] ?? [])]
  const shared = {
    label: map.propertyNames?.title ?? 'Name',
    value: row.name,
    error: mistakes[`${at}.name`],
  }
  const set = (name: string) => onChange(withValue(body, `${at}.name`, name))
  if (known.length === 0) return <TextInput {...shared} onChange={({ currentTarget }) => set(currentTarget.value)} />
  return <Autocomplete {...shared} onChange={set} data={offered(known, rows, row)} />
}

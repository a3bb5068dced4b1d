import { Select, Stack } from '@mantine/core'
import { useRef } from 'react'
import classes from './activations.module.css'
import { type FieldProps, MapRows } from './map-rows.tsx'
import { choicesOf, freshRow, type Schema, valuesOf, words } from './maps.ts'
import { valueAt, withValue } from './objects.ts'

/** The choice that opens the map; no word of a setting has a blank. */
const MAP = 'a map'

/** A setting that is one of some words, or a map: `tags` is `add`, or `own` with a prefix. */
export function ChoiceField({ map, ...props }: FieldProps & { map: Schema }) {
  const { label, path, schema, body, onChange, mistakes } = props
  const value = valueAt(body, path)
  // Whoever chooses a word and comes back finds what was entered.
  const last = useRef<unknown>(null)
  const isMap = typeof value === 'object' && value !== null
  if (isMap) last.current = value
  const values = valuesOf(map)
  const fresh = () => last.current ?? (values === null ? {} : [freshRow(schema, values)])
  const title = map.title ?? 'Several'
  return (
    <Stack gap="xs">
      <Select
        label={label}
        description={schema.description?.replaceAll('`', '')}
        error={mistakes[path]}
        data={[
          ...choicesOf(schema).map((choice) => ({ value: choice, label: words(choice) })),
          { value: MAP, label: title },
        ]}
        value={isMap ? MAP : String(value ?? schema.default ?? '')}
        allowDeselect={false}
        onChange={(choice) => onChange(withValue(body, path, choice === MAP ? fresh() : choice))}
      />
      {isMap && (
        <fieldset className={classes.fieldset} aria-label={`${label}: ${title.toLowerCase()}`}>
          {values === null ? props.fieldsOf(map, path) : <MapRows {...props} map={map} />}
        </fieldset>
      )}
    </Stack>
  )
}

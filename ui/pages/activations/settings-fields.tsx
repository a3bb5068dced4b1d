import { Checkbox, Group, NumberInput, Select, Stack, Switch, Text, TextInput } from '@mantine/core'
import classes from './activations.module.css'
import { ChoiceField } from './choice-field.tsx'
import { type FieldProps, type FormProps, MapRows } from './map-rows.tsx'
import { choicesOf, mapOf, type Schema, valuesOf, variantsOf, words } from './maps.ts'
import { valueAt, withValue } from './objects.ts'

interface FieldsProps extends FormProps {
  schema: Schema
  at?: string
  /** Fields of whoever uses this. */
  without?: readonly string[]
}

/** Fields for everything that a plugin's JSON Schema describes; empty means its default. */
export function SettingsFields({ schema, at = '', without = [], ...props }: FieldsProps) {
  return (
    <Stack>
      {Object.entries(schema.properties ?? {}).map(([name, one]) => {
        const path = at === '' ? name : `${at}.${name}`
        if (without.includes(path)) return null
        const label = one.title ?? words(name)
        if (one.properties !== undefined)
          return (
            <fieldset key={path} className={classes.fieldset}>
              <legend>{label}</legend>
              <SettingsFields schema={one} at={path} without={without} {...props} />
            </fieldset>
          )
        return (
          <Field key={path} {...props} {...{ label, path }} schema={one} isNeeded={schema.required?.includes(name)} />
        )
      })}
    </Stack>
  )
}

type OneProps = Omit<FieldProps, 'fieldsOf'> & { isNeeded: boolean | undefined }

function Field({ label, path, schema, isNeeded = false, ...form }: OneProps) {
  const { body, onChange, mistakes } = form
  const value = valueAt(body, path)
  const set = (next: unknown) => onChange(withValue(body, path, next))
  const shared = { label, description: about(schema), error: mistakes[path] }
  const choices = choicesOf(schema)
  const map = mapOf(schema)
  if (map !== null && (choices.length > 0 || valuesOf(map) !== null)) {
    const fieldsOf = (of: Schema, at: string) => <SettingsFields {...form} schema={of} at={at} />
    const Of = choices.length > 0 ? ChoiceField : MapField
    return <Of {...form} {...{ label, path, schema, map, fieldsOf }} />
  }
  if (typeof value === 'object' && value !== null)
    return <Text size="sm">{label} has more than this form can show, and stays as it is.</Text>
  if (schema.type === 'boolean')
    return (
      <Switch
        {...shared}
        checked={(value ?? schema.default) === true}
        onChange={(event) => set(event.currentTarget.checked)}
      />
    )
  if (choices.length > 1)
    return (
      <Select
        {...shared}
        data={choices.map((choice) => ({ value: choice, label: words(choice) }))}
        value={value === undefined ? String(schema.default ?? '') : String(value)}
        allowDeselect={false}
        onChange={(next) => set(next ?? undefined)}
      />
    )
  if (variantsOf(schema).some(({ type }) => type === 'number' || type === 'integer'))
    return <NumberField {...shared} schema={schema} value={value} onChange={set} />
  return (
    <TextInput
      {...shared}
      required={isNeeded}
      value={String(value ?? '')}
      onChange={({ currentTarget }) => set(currentTarget.value === '' ? undefined : currentTarget.value)}
    />
  )
}

const about = ({ description }: Schema) => description?.replaceAll('`', '')

interface NumberProps {
  label: string
  description: string | undefined
  error: string | undefined
  schema: Schema
  value: unknown
  onChange: (value: unknown) => void
}

/** A number, and a box beside it where there may be none and none is not what an empty field means. */
function NumberField({ schema, value, onChange, ...shared }: NumberProps) {
  const isNone = value === 'none' && schema.default !== 'none'
  const box = (
    <Checkbox
      label="No limit"
      aria-label={`No limit: ${shared.label}`}
      checked={isNone}
      onChange={(event) => onChange(event.currentTarget.checked ? 'none' : undefined)}
      style={{ flex: 'none' }}
    />
  )
  const mayBeNone = choicesOf(schema).includes('none') && schema.default !== 'none'
  return (
    <NumberInput
      {...shared}
      placeholder={schema.default === undefined || isNone ? undefined : String(schema.default)}
      value={typeof value === 'number' ? value : ''}
      disabled={isNone}
      onChange={(next) => onChange(next === '' ? undefined : Number(next))}
      inputContainer={(input) => (
        <Group gap="sm" wrap="nowrap">
          <div className={classes.input}>{input}</div>
          {mayBeNone && box}
        </Group>
      )}
    />
  )
}

/** A map whose names are free. */
function MapField({ map, ...props }: FieldProps & { map: Schema }) {
  return (
    <fieldset className={classes.fieldset}>
      <legend>{props.label}</legend>
      <Stack gap="xs">
        {props.schema.description !== undefined && (
          <Text size="xs" c="dimmed">
            {about(props.schema)}
          </Text>
        )}
        <MapRows {...props} map={map} />
        {props.mistakes[props.path] !== undefined && (
          <Text size="xs" c="var(--mantine-color-error)">
            {props.mistakes[props.path]}
          </Text>
        )}
      </Stack>
    </fieldset>
  )
}

import { NumberInput, Select, Stack, Switch, TextInput } from '@mantine/core'
import classes from './activations.module.css'
import { valueAt, withValue } from './objects.ts'

export interface Schema {
  type?: string
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  description?: string
  default?: unknown
  properties?: Record<string, Schema>
}

interface FieldsProps {
  schema: Schema
  body: { [key: string]: unknown }
  onChange: (body: { [key: string]: unknown }) => void
  mistakes: Record<string, string>
  at?: string
  /** Fields of whoever uses this, and those that need an editor of their own. */
  without?: readonly string[]
}

const capitals: Record<string, string> = { api: 'API', url: 'URL', pii: 'PII' }

/** The name of a setting as people read it: `base_url` is `Base URL`. */
export const words = (name: string): string => {
  const text = name
    .split('_')
    .map((word) => capitals[word] ?? word)
    .join(' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Fields for everything that a plugin's JSON Schema describes; empty means its default. */
export function SettingsFields({ schema, at = '', without = [], ...props }: FieldsProps) {
  return (
    <Stack>
      {Object.entries(schema.properties ?? {}).map(([name, one]) => {
        const path = at === '' ? name : `${at}.${name}`
        if (without.includes(path)) return null
        if (one.properties !== undefined)
          return (
            <fieldset key={path} className={classes.fieldset}>
              <legend>{words(name)}</legend>
              <SettingsFields schema={one} at={path} without={without} {...props} />
            </fieldset>
          )
        return <Field key={path} name={name} path={path} schema={one} {...props} />
      })}
    </Stack>
  )
}

function Field({
  name,
  path,
  schema,
  body,
  onChange,
  mistakes,
}: Omit<FieldsProps, 'at' | 'without'> & { name: string; path: string }) {
  const value = valueAt(body, path)
  const set = (next: unknown) => onChange(withValue(body, path, next))
  const shared = { label: words(name), description: schema.description?.replaceAll('`', ''), error: mistakes[path] }
  const variants = schema.anyOf ?? [schema]
  const choices = variants.flatMap((one) => one.enum ?? (one.const === undefined ? [] : [one.const])).map(String)
  const isNumber = variants.some(({ type }) => type === 'number' || type === 'integer')
  // What has a form of its own, such as a map, is left to deskside.yml and stays as it is.
  if (typeof value === 'object' && value !== null) return null
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
  if (isNumber && value !== 'none')
    return (
      <NumberInput
        {...shared}
        placeholder={schema.default === undefined ? undefined : String(schema.default)}
        value={(value as number | undefined) ?? ''}
        onChange={(next) => set(next === '' ? undefined : Number(next))}
      />
    )
  return <TextInput {...shared} value={String(value ?? '')} onChange={(event) => set(event.currentTarget.value)} />
}

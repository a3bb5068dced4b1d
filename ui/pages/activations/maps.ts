/** Of a plugin's settings, as its JSON Schema has them. */
export interface Schema {
  type?: string
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  title?: string
  description?: string
  default?: unknown
  examples?: unknown[]
  pattern?: string
  properties?: Record<string, Schema>
  required?: string[]
  propertyNames?: Schema
  additionalProperties?: Schema | boolean
}

/** An entry of a map while it is edited: names may be empty, and equal to others, until it is saved. */
export interface MapRow {
  /** Of the row alone: its name changes while one types. */
  id: number
  name: string
  value: unknown
}

type Body = { [key: string]: unknown }
type Mistakes = Record<string, string>

const capitals: Record<string, string> = { api: 'API', url: 'URL', pii: 'PII' }

/** The name of a setting as people read it: `base_url` is `Base URL`. */
export const words = (name: string): string => {
  const text = name
    .split('_')
    .map((word) => capitals[word] ?? word)
    .join(' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export const variantsOf = (schema: Schema): Schema[] => schema.anyOf ?? schema.oneOf ?? [schema]

/** The words that a setting may be. */
export const choicesOf = (schema: Schema): string[] =>
  variantsOf(schema)
    .flatMap((one) => one.enum ?? (one.const === undefined ? [] : [one.const]))
    .map(String)

const isObject = (value: unknown): value is Body => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The variant of a setting that a map is of, which its `type` tells where there are several; null: it can be none. */
export function mapOf(schema: Schema, value?: unknown): Schema | null {
  const maps = variantsOf(schema).filter(({ type }) => type === 'object')
  const type = isObject(value) ? String(value.type) : ''
  return maps.find(({ properties }) => choicesOf(properties?.type ?? {}).includes(type)) ?? maps[0] ?? null
}

/** What the values of a map are whose names are free; null: it has fields of its own. */
export const valuesOf = (map: Schema | null): Schema | null =>
  typeof map?.additionalProperties === 'object' ? map.additionalProperties : null

/** The variant that an entry is of, with a choice among the types of all of them. */
export function entryOf(values: Schema, value: unknown): Schema {
  const map = mapOf(values, value) ?? {}
  const types = variantsOf(values).flatMap(({ properties }) => choicesOf(properties?.type ?? {}))
  return types.length === 0 ? map : { ...map, properties: { ...map.properties, type: { enum: types } } }
}

let rows = 0
export const mapRow = (name: string, value: unknown): MapRow => ({ id: rows++, name, value })

/** A new entry: of the first type, or of a word that is not the default, which what is not named has anyway. */
export function freshRow(setting: Schema, values: Schema): MapRow {
  if (mapOf(values) !== null) return mapRow('', { type: choicesOf(entryOf(values, {}).properties?.type ?? {})[0] })
  return mapRow('', choicesOf(values).find((choice) => choice !== setting.default) ?? '')
}

const joined = (at: string, name: string | number): string => (at === '' ? String(name) : `${at}.${name}`)

const mapped = (body: Body, to: (value: unknown, name: string) => unknown): Body =>
  Object.fromEntries(Object.entries(body).map(([name, value]) => [name, to(value, name)]))

/** Settings with rows in the place of maps of free names, however deep. */
export function editable(body: Body, schema: Schema): Body {
  return opened(body, schema) as Body
}

function opened(value: unknown, schema: Schema): unknown {
  if (!isObject(value)) return value
  const map = mapOf(schema, value)
  const values = valuesOf(map)
  if (values !== null) return Object.entries(value).map(([name, one]) => mapRow(name, opened(one, values)))
  return mapped(value, (one, name) => opened(one, map?.properties?.[name] ?? {}))
}

/** The settings that {@link editable} was given, with what was changed since; what was emptied is not there. */
export function written(body: Body, schema: Schema): Body {
  return (closed(body, schema) ?? {}) as Body
}

function closed(value: unknown, schema: Schema): unknown {
  const map = mapOf(schema, value)
  const values = valuesOf(map)
  if (values !== null && Array.isArray(value))
    return Object.fromEntries((value as MapRow[]).map((row) => [row.name.trim(), closed(row.value, values) ?? {}]))
  if (!isObject(value)) return value ?? undefined
  const before = Object.entries(value)
  const after = before.flatMap(([name, one]) => {
    const kept = isOfAnother(name, map, schema) ? undefined : closed(one, map?.properties?.[name] ?? {})
    return kept === undefined ? [] : [[name, kept] as const]
  })
  return after.length === 0 && before.length > 0 ? undefined : Object.fromEntries(after)
}

/** Whether a field belongs to another type than the one that was chosen last, and was entered before that. */
function isOfAnother(name: string, map: Schema | null, schema: Schema): boolean {
  const has = ({ properties = {} }: Schema) => Object.hasOwn(properties, name)
  return map !== null && !has(map) && variantsOf(schema).some(has)
}

/** The keys of a map while it is edited. */
export const namesOf = (value: unknown): string[] =>
  Array.isArray(value) ? (value as MapRow[]).flatMap(({ name }) => name.trim() || []) : []

/** The names that are known for a row, each once, without those that other rows have. */
export const offered = (known: readonly string[], rows: readonly MapRow[], own: MapRow): string[] =>
  [...new Set(known)].filter((name) => !rows.some((row) => row.id !== own.id && row.name.trim() === name))

/** Mistakes of the API where the form has their fields: it has rows where the API has names. */
export const placed = (mistakes: Mistakes, body: Body, schema: Schema): Mistakes =>
  Object.fromEntries(Object.entries(mistakes).map(([path, message]) => [placeOf(path, body, schema), message]))

function placeOf(path: string, value: unknown, schema: Schema, at = ''): string {
  const map = mapOf(schema, value)
  const values = valuesOf(map)
  if (map !== null && values !== null && Array.isArray(value)) {
    const row = namedRow(path, value as MapRow[])
    if (row === null) return joined(at, path)
    const rest = path.slice(row.name.length + 1)
    if (rest === '') return joined(at, `${row.index}.${isOfName(row.name, map, values) ? 'name' : 'value'}`)
    return placeOf(rest, row.value, values, joined(at, `${row.index}.value`))
  }
  const [first = '', ...rest] = path.split('.')
  if (rest.length === 0) return joined(at, path)
  return placeOf(
    rest.join('.'),
    isObject(value) ? value[first] : null,
    map?.properties?.[first] ?? {},
    joined(at, first),
  )
}

/** The row that a path begins with. Names may have dots: of `a` and `a.b`, the longer is meant. */
function namedRow(path: string, of: readonly MapRow[]) {
  const named = of.map(({ name, value }, index) => ({ name: name.trim(), value, index }))
  const found = named.filter(({ name }) => `${path}.`.startsWith(`${name}.`))
  return found.sort((a, b) => b.name.length - a.name.length)[0] ?? null
}

/** The mistake of a row is one of its name where that does not fit, and where its value is chosen or has fields of its own. */
const isOfName = (name: string, map: Schema, values: Schema): boolean =>
  choicesOf(values).length > 0 || mapOf(values) !== null || !new RegExp(map.propertyNames?.pattern ?? '').test(name)

/** What cannot be saved, by place: rows without a name or with that of another, and maps that lack a field. */
export function mapMistakes(body: Body, schema: Schema): Mistakes {
  const found = Object.entries(schema.properties ?? {}).flatMap(([name, one]) => mistakesAt(body[name], one, name))
  return Object.fromEntries(found)
}

function mistakesAt(value: unknown, schema: Schema, at: string): [place: string, message: string][] {
  const map = mapOf(schema, value)
  const values = valuesOf(map)
  if (values !== null && Array.isArray(value)) {
    const names = (value as MapRow[]).map(({ name }) => name.trim())
    return (value as MapRow[]).flatMap((row, index) => [
      ...ofName(names, index).map((message) => [joined(at, `${index}.name`), message] as [string, string]),
      ...(row.value === '' ? [[joined(at, `${index}.value`), 'Enter a value.'] as [string, string]] : []),
      ...mistakesAt(row.value, values, joined(at, `${index}.value`)),
    ])
  }
  if (!isObject(value)) return []
  const lacking = (map?.required ?? []).filter((name) => (value[name] ?? '') === '')
  return [
    ...lacking.map((name): [string, string] => [joined(at, name), 'Enter a value.']),
    ...Object.entries(map?.properties ?? {}).flatMap(([name, one]) => mistakesAt(value[name], one, joined(at, name))),
  ]
}

function ofName(names: readonly string[], index: number): string[] {
  const name = names[index] ?? ''
  if (name === '') return ['Enter a name, or remove the row.']
  return names.indexOf(name) < index ? [`${name} stands in a row above already.`] : []
}

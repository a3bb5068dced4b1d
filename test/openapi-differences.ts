/**
 * How an answer differs from Zendesk's schema of it: wrong types by ajv; and, since OpenAPI forbids no key and requires few, also
 * keys that the schema does not have, and keys of the schema that are not there.
 */
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import type { Json } from './account-client.ts'

interface Schema {
  $ref?: string
  type?: string | string[]
  nullable?: boolean
  properties?: Record<string, Schema>
  items?: Schema
  enum?: unknown[]
  oneOf?: Schema[]
  anyOf?: Schema[]
  allOf?: Schema[]
  additionalProperties?: boolean | Schema
}

interface Distilled {
  /** Each operation's successful answers; null where there is no body. */
  operations: Record<string, Record<string, Schema | null>>
  $defs: Record<string, Schema>
}

export interface Difference {
  /** Where, by the name of Zendesk's schema: `UserForAdmin.alias`. Without a name, by the operation: `GET users/count: count`. */
  at: string
  difference: string
  /** Where in the body: `users[].alias`. */
  path: string
}

const file = new URL('./fixtures/zendesk-openapi.json', import.meta.url)
const distilled = JSON.parse(readFileSync(file, 'utf8')) as Distilled
export const { operations } = distilled

// What an agent sees of a user; the other form is what an end user sees of himself.
distilled.$defs.UserObject = { $ref: '#/$defs/UserForAdmin' }

/** `nullable` of OpenAPI 3.0 in the words of JSON Schema. */
function toJsonSchema(schema: Schema): Schema {
  const { nullable, ...rest } = schema
  if (rest.$ref !== undefined) return { $ref: `zendesk${rest.$ref}` }
  const each = (list: Schema[] | undefined) => list?.map(toJsonSchema)
  const converted: Schema = {
    ...rest,
    ...(rest.properties ? { properties: mapValues(rest.properties, toJsonSchema) } : {}),
    ...(rest.items ? { items: toJsonSchema(rest.items) } : {}),
    ...(rest.oneOf ? { oneOf: each(rest.oneOf) } : {}),
    ...(rest.anyOf ? { anyOf: each(rest.anyOf) } : {}),
    ...(rest.allOf ? { allOf: each(rest.allOf) } : {}),
    ...(typeof rest.additionalProperties === 'object'
      ? { additionalProperties: toJsonSchema(rest.additionalProperties) }
      : {}),
  }
  if (!nullable) return converted
  return typeof rest.type === 'string'
    ? { ...converted, type: [rest.type, 'null'], ...(rest.enum ? { enum: [...rest.enum, null] } : {}) }
    : { anyOf: [converted, { type: 'null' }] }
}

function mapValues(object: Record<string, Schema>, map: (schema: Schema) => Schema): Record<string, Schema> {
  return Object.fromEntries(Object.entries(object).map(([name, schema]) => [name, map(schema)]))
}

const ajv = new Ajv({ allErrors: true, strict: false })
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/)
ajv.addFormat('uri', { validate: (text: string) => URL.canParse(text) })
ajv.addFormat('int64', { type: 'number', validate: Number.isSafeInteger })
// Under a name of their own, so that each is compiled once.
ajv.addSchema({ $id: 'zendesk', $defs: mapValues(distilled.$defs, toJsonSchema) })

/** Undefined when Zendesk's file has no such operation or status. */
export function differencesOf(route: string, status: number, body: Json): Difference[] | undefined {
  const schema = operations[route]?.[String(status)]
  if (schema === undefined) return undefined
  if (schema === null) return body === undefined ? [] : [{ at: route, difference: 'has a body', path: '' }]
  const found = new Map<string, Difference>()
  const names = new Map<string, string>()
  const add = (pointer: string, difference: string): void => {
    const path = pointer
      .slice(1)
      .replace(/(^|\/)\d+(?=\/|$)/g, '[]')
      .replaceAll('/', '.')
    const at = names.get(pointer) ?? `${route}: ${path}`
    found.set(`${at} ${difference}`, { at, difference, path })
  }
  compareKeys(schema, body, { pointer: '', name: '', names, route, add })
  const validate = ajv.compile(toJsonSchema(schema))
  validate(body)
  const errors = validate.errors ?? []
  const unions = errors.filter(({ keyword }) => keyword === 'oneOf' || keyword === 'anyOf')
  for (const { keyword, instancePath, params } of errors) {
    // Why each form of a union does not fit says nothing; that none does, says enough.
    const isWithin = unions.some((union) => `${instancePath}/`.startsWith(`${union.instancePath}/`))
    if (unions.some((union) => union.instancePath === instancePath && union.keyword === keyword)) {
      const isOutermost = !unions.some((union) => instancePath.startsWith(`${union.instancePath}/`))
      if (isOutermost) add(instancePath, 'has none of the forms')
    } else if (!isWithin) add(instancePath, wordsOf(keyword, params, valueAt(body, instancePath)))
  }
  return [...found.values()]
}

function wordsOf(keyword: string, params: Record<string, unknown>, value: Json): string {
  if (keyword === 'type')
    return `is ${value === null ? 'null' : typeof value}, not ${[params.type].flat().join(' or ')}`
  if (keyword === 'required') return `lacks ${params.missingProperty}, which is required`
  return `${keyword} ${JSON.stringify(params)}`
}

function valueAt(body: Json, pointer: string): Json {
  return pointer
    .split('/')
    .slice(1)
    .reduce((at, key) => at?.[key], body)
}

interface Place {
  /** JSON pointer into the body. */
  pointer: string
  /** Of Zendesk's schema, and the way from there. */
  name: string
  names: Map<string, string>
  route: string
  add: (pointer: string, difference: string) => void
}

function compareKeys(schema: Schema, value: Json, place: Place): void {
  const { pointer, names, add } = place
  const { forms, name } = formsOf(schema, place.name)
  if (name !== '') names.set(pointer, name)
  if (Array.isArray(value)) {
    const item = forms.find(({ items }) => items)?.items
    for (const [index, one] of item ? value.entries() : []) {
      compareKeys(item!, one, { ...place, pointer: `${pointer}/${index}`, name: '' })
    }
    return
  }
  if (typeof value !== 'object' || value === null) return
  const properties: Record<string, Schema> = Object.assign({}, ...forms.map((form) => form.properties ?? {}))
  // Maps whose keys are of the account's own: values of fields.
  if (Object.keys(properties).length === 0) return
  for (const [key, one] of Object.entries(value)) {
    const below = { ...place, pointer: `${pointer}/${key}`, name: name === '' ? '' : `${name}.${key}` }
    if (name !== '') names.set(below.pointer, below.name)
    if (properties[key] === undefined) add(below.pointer, 'is not in the schema')
    else compareKeys(properties[key], one, below)
  }
  // Of a union nobody can say which form is meant.
  if (forms.some(({ oneOf, anyOf }) => oneOf || anyOf)) return
  for (const key of Object.keys(properties)) {
    if (key in value) continue
    if (name !== '') names.set(`${pointer}/${key}`, `${name}.${key}`)
    add(`${pointer}/${key}`, 'is not there')
  }
}

/** The schema and all it consists of, with the innermost name on the way. */
function formsOf(schema: Schema, name: string, isNamed = false): { forms: Schema[]; name: string } {
  if (schema.$ref !== undefined) {
    const own = schema.$ref.split('/').at(-1)!
    return formsOf(distilled.$defs[own]!, own, true)
  }
  const parts = [schema.allOf, schema.oneOf, schema.anyOf].flatMap((list) => list ?? [])
  const inner = parts.map((part) => formsOf(part, name))
  // What extends a named schema on the spot goes by that name.
  const extended = !isNamed && schema.allOf ? inner[0]?.name : undefined
  return { forms: [schema, ...inner.flatMap(({ forms }) => forms)], name: extended ?? name }
}

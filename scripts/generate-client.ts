// Writes ui/api/operations.ts, the types of what the API takes and answers, from its OpenAPI document. Run it after a change of routes or of
// their schemas; a test compares.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compile, type JSONSchema } from 'json-schema-to-typescript'
import { apiDocument } from '../src/server/server.ts'

type Schema = Record<string, unknown>

interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required?: boolean
  schema: Schema
}

interface Operation {
  summary?: string
  parameters?: Parameter[]
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> }
  responses: Record<string, { content?: Record<string, { schema?: Schema }> }>
}

interface Document {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

const strict = (properties: Record<string, Schema>, required: string[]): Schema => ({
  ...{ type: 'object', properties, required, additionalProperties: false },
})

/** Parameters of one place as an object; null when there are none. */
function inPlace(parameters: Parameter[], place: Parameter['in']): Schema | null {
  const found = parameters.filter((one) => one.in === place)
  if (found.length === 0) return null
  const properties = Object.fromEntries(found.map(({ name, schema }) => [name, schema]))
  return strict(
    properties,
    found.filter(({ required }) => required).map(({ name }) => name),
  )
}

function firstJson(content: Record<string, { schema?: Schema }> | undefined): Schema | null {
  return content?.['application/json']?.schema ?? null
}

/** What one operation takes and answers; what it has no part of is left out. */
function operationSchema({ parameters = [], requestBody, responses, summary }: Operation): Schema {
  const body = firstJson(requestBody?.content)
  const answer = firstJson(Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1].content)
  const params = inPlace(parameters, 'path')
  const query = inPlace(parameters, 'query')
  const parts = { params, query, body, answer: answer ?? { type: 'null' } }
  const given = Object.entries(parts).filter((entry): entry is [string, Schema] => entry[1] !== null)
  const isOptional = (name: string) =>
    (name === 'query' && ((query?.required as string[]) ?? []).length === 0) ||
    (name === 'body' && requestBody?.required !== true)
  const schema = strict(
    Object.fromEntries(given),
    given.map(([name]) => name).filter((name) => !isOptional(name)),
  )
  return { ...schema, description: summary }
}

/** Words of JSON Schema that only make the types harder to read; zod pairs `propertyNames` with records. */
const unread = ['propertyNames', 'minItems', 'maxItems', 'default', 'examples']

/** `isNames`: the members are properties, and may have any name. */
function tidied(value: unknown, isNames = false): unknown {
  if (Array.isArray(value)) return value.map((one) => tidied(one))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(([key]) => isNames || !unread.includes(key))
    .map(([key, inner]) => {
      if (key === '$ref' && !isNames) return [key, String(inner).replace('components/schemas', '$defs')]
      return [key, tidied(inner, !isNames && (key === 'properties' || key === '$defs'))]
    })
  return Object.fromEntries(entries)
}

const head = `// Made by scripts/generate-client.ts from the OpenAPI document of the server: change the routes, not this file.
`

/** The text of ui/api/operations.ts. */
export async function clientTypes(): Promise<string> {
  const { paths, components } = (await apiDocument('0')) as Document
  const operations: Record<string, Schema> = {}
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods))
      operations[`${method.toUpperCase()} ${path.replace('/api/v1', '')}`] = operationSchema(operation)
  const schema = tidied({ ...strict(operations, Object.keys(operations)), $defs: components.schemas })
  return await compile(schema as JSONSchema, 'Operations', {
    bannerComment: head,
    unreachableDefinitions: true,
    format: true,
    style: { semi: false, singleQuote: true, printWidth: 120 },
    additionalProperties: true,
    strictIndexSignatures: false,
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('../ui/api/operations.ts', import.meta.url), await clientTypes())

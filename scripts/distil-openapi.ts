/**
 * Writes test/fixtures/zendesk-openapi.json: what Zendesk's own OpenAPI file says about the successful answers of the operations that the
 * emulator serves. Only facts are kept (types, keys, enums), none of Zendesk's words.
 *
 *   node scripts/distil-openapi.ts <path to https://developer.zendesk.com/zendesk/oas.yaml> [<month of the file, such as 2026-07>]
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { parse } from 'yaml'
import { routes } from '../src/emulator/server.ts'

type Node = Record<string, unknown>

interface Document {
  info: { version: string }
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>
}

const kept = new Set([
  ...['type', 'properties', 'required', 'nullable', 'items', 'enum', 'format'],
  ...['oneOf', 'anyOf', 'allOf', 'additionalProperties', 'minItems', 'maxItems'],
])

const [file, month = '2026-07'] = process.argv.slice(2)
if (file === undefined) {
  console.error('Name the file: node scripts/distil-openapi.ts <path to oas.yaml> [<month>]')
  process.exit(2)
}
const source = readFileSync(file)
const document = parse(source.toString('utf8')) as Document
const definitions = new Map<string, unknown>()

/** The facts of a schema; what it refers to is kept by name. */
function facts(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(facts)
  if (typeof node !== 'object' || node === null) return node
  const { $ref } = node as { $ref?: string }
  if ($ref !== undefined) return { $ref: keep($ref) }
  const entries = Object.entries(node).filter(([key]) => kept.has(key))
  return Object.fromEntries(
    entries.map(([key, value]) => [key, key === 'properties' ? eachOf(value as Node) : facts(value)]),
  )
}

const eachOf = (properties: Node): Node =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, facts(schema)]))

function keep(reference: string): string {
  const name = reference.split('/').at(-1)!
  if (!definitions.has(name)) {
    definitions.set(name, undefined) // so that a schema that holds itself comes to an end
    const found = reference
      .slice(2)
      .split('/')
      .reduce<unknown>((at, key) => (at as Node)[key], document)
    definitions.set(name, facts(found))
  }
  return `#/$defs/${name}`
}

const withoutNames = (path: string): string => path.replace(/\{\w+\}/g, '{}')
const paths = new Map(Object.entries(document.paths).map(([path, methods]) => [withoutNames(path), methods]))

/** `{"200": schema}`; null for an answer without a body. */
function successes(method: string, path: string): Node | undefined {
  const operation = paths.get(withoutNames(path))?.[method.toLowerCase()]
  if (operation === undefined) return undefined
  const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'))
  return Object.fromEntries(
    answers.map(([status, answer]) => {
      const { content } = answer as { content?: Record<string, { schema?: unknown }> }
      const schema = content?.['application/json']?.schema
      return [status, schema === undefined ? null : facts(schema)]
    }),
  )
}

const operations: Record<string, Node> = {}
const served = routes.map(({ method, path }) => ({ method, path, full: `/api/v2/${path}` }))
for (const { method, path, full } of [...served, { method: 'POST', path: '/oauth/tokens', full: '/oauth/tokens' }]) {
  const answers = successes(method, full)
  if (answers === undefined) console.error(`${method} ${path} is not in the file`)
  else operations[`${method} ${path}`] = answers
}

const lines = (node: Node | Map<string, unknown>): string => {
  const entries = node instanceof Map ? [...node] : Object.entries(node)
  const sorted = entries.sort(([one], [other]) => (one < other ? -1 : 1))
  return sorted.map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(',\n')
}
const header = {
  source: 'https://developer.zendesk.com/zendesk/oas.yaml',
  version: document.info.version,
  snapshot: month,
  sha256: createHash('sha256').update(source).digest('hex'),
}
writeFileSync(
  new URL('../test/fixtures/zendesk-openapi.json', import.meta.url),
  `{\n  "file": ${JSON.stringify(header)},\n  "operations": {\n${lines(operations)}\n  },\n  "$defs": {\n${lines(definitions)}\n  }\n}\n`,
)

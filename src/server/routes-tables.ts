import { z } from 'zod'
import type { ProblemCode } from '../problem.ts'
import { sentKinds } from '../project/project.ts'
import { columnTypes } from '../project/schema.ts'
import { contentOf } from './csv-body.ts'
import { editing, type Route, route, silentRoute } from './route.ts'
import { sourceProblems } from './routes-versions.ts'
import { byKey, definition, definitionWire } from './wire.ts'
import { column, columnTags, columnWire, tableLook, tableWire } from './wire-columns.ts'

/** What looking at a table may end with. */
const tableProblems: readonly ProblemCode[] = [
  'store.not_found',
  'config.invalid',
  'query.invalid',
  'query.timed_out',
  ...sourceProblems,
  'source.changed',
]

/** What a file may be refused for. */
const uploadProblems: readonly ProblemCode[] = ['upload.refused', 'upload.too_large', 'definition.invalid']

const csv = z.string().describe('A CSV file in UTF-8, with the names of its columns in the first line.')

/** JSON in a query, because a type such as `decimal(12,2)` has every separator in it that a shorter form could use. */
const types = z
  .string()
  .max(100_000)
  .transform((text, context) => {
    if (text === 'text') return text
    try {
      const parsed = columnTypes.safeParse(JSON.parse(text))
      if (parsed.success) return parsed.data
    } catch {
      // Said below.
    }
    context.addIssue({ code: 'custom', message: 'must be `text`, or JSON such as {"total":"decimal(12,2)"}' })
    return z.NEVER
  })
  .optional()
  .describe('As in deskside.yml: `text`, which it is where not said, or JSON with the types of the columns it names.')

const newTable = z.strictObject({
  key: z
    .string()
    .regex(
      /^[A-Za-z_][A-Za-z0-9_]{0,63}$/,
      'must start with a letter or _ and go on with letters, digits or _, at most 64 in all',
    )
    .describe('The name by which SQL reads it.'),
  database: z.string().min(1).max(320).optional().describe('Its database; needed where there are several.'),
  name: z.string().min(1).max(1_000).optional(),
  description: z.string().max(10_000).optional(),
  types,
})

const columnUse = z.object({
  kind: z.enum([...sentKinds, 'table']),
  key: z.string(),
  effect: z
    .enum(['breaks', 'loses'])
    .describe('`breaks`: it cannot be run any more. `loses`: it runs, and its result lacks columns.'),
  detail: z.string().describe('Why it breaks, or which columns are lost.'),
  orchestrations: z.array(z.string()).describe('Keys of those that send it.'),
})

const version = (answer: { version: number }) => answer.version
const tag = 'definitions'

/** Tables as they are looked at, and files that become tables. */
export const tableRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/tables/:key/columns',
    need: 'project:read',
    tag,
    summary: 'Look at a table: its figures, its columns with the most usual values, and which are personal.',
    description:
      'The first look reads the whole table; what it has counted is kept until the table or a file behind it changes.',
    params: byKey,
    answer: tableLook,
    problems: tableProblems,
    handle: async ({ control, actor, params }) =>
      tableWire(await control.tables.look(actor, params.key, { refresh: false })),
  }),
  route({
    method: 'GET',
    path: '/attributes-tables/:key/columns',
    need: 'project:read',
    tag,
    summary: 'Look at an attributes table: its columns, what rules may ask of each, and which are personal.',
    description: 'The first column is the customer id. What was counted is kept as that of a table is.',
    params: byKey,
    answer: tableLook,
    problems: [...tableProblems, 'config.unknown_object'],
    handle: async ({ control, actor, params }) => {
      const { key, body } = await control.definitions.get(actor, 'attributes_table', params.key)
      // Another database may have a table of the same name.
      const name = typeof body.database === 'string' ? `${body.database}.${key}` : key
      return tableWire(await control.app(actor).table(name, { refresh: false }))
    },
  }),
  route({
    method: 'POST',
    path: '/tables/:key/refresh',
    need: 'project:read',
    tag,
    summary: 'Look at a table anew.',
    params: byKey,
    answer: tableLook,
    problems: tableProblems,
    handle: async ({ control, actor, params }) =>
      tableWire(await control.tables.look(actor, params.key, { refresh: true })),
  }),
  route({
    method: 'GET',
    path: '/tables/:key/columns/:column/uses',
    need: 'project:read',
    tag,
    summary: 'Tell what would break, or lose something, if a column went.',
    description:
      'Queries, attributes tables, segments and SQL tables are bound with and without it; what is broken already is left out.',
    params: byKey.extend({ column: z.string().min(1).max(320) }),
    answer: z.object({ items: z.array(columnUse) }),
    problems: [...tableProblems, 'config.unknown_object', 'config.which_database'],
    handle: async ({ control, actor, params, gone, parts }) => {
      const abort = AbortSignal.any([gone, parts.closing])
      return { items: await control.app(actor).columnUses(params.key, params.column, { abort }) }
    },
  }),
  route({
    method: 'PUT',
    path: '/tables/:key/columns',
    need: 'column:tag',
    tag,
    summary: 'Say which columns of a table are personal.',
    description: 'What deskside.yml declares goes before it. Answers with all columns of the table.',
    params: byKey,
    body: columnTags,
    answer: z.object({ items: z.array(column) }),
    problems: [...tableProblems, 'definition.invalid'],
    handle: async ({ control, actor, params, body }) => ({
      items: (await control.columns.confirm(actor, params.key, body.columns)).map(columnWire),
    }),
  }),
  route({
    method: 'POST',
    path: '/tables',
    need: 'table:upload',
    tag,
    summary: 'Upload a CSV file as a table.',
    description: 'It is taken when it was read to its end without a mistake; the refusal names the line.',
    query: newTable,
    body: csv,
    isCsv: true,
    status: 201,
    answer: definition,
    version,
    problems: [...uploadProblems, 'config.which_database', 'store.conflict'],
    handle: async ({ control, actor, query, request }) =>
      definitionWire(await control.tables.upload(actor, withoutUndefined(query), contentOf(request))),
  }),
  route({
    method: 'PUT',
    path: '/tables/:key/content',
    need: 'table:upload',
    tag,
    summary: 'Put another CSV file in the place of one that was uploaded.',
    description: 'What reads the old one at this moment reads it to its end. Types stay where they are not given.',
    params: byKey,
    query: z.strictObject({ types }),
    body: csv,
    isCsv: true,
    edits: true,
    answer: definition,
    version,
    problems: [...uploadProblems, 'store.not_found', 'definition.from_git'],
    handle: async ({ control, actor, params, query, ifVersion, request }) => {
      const change = { ifVersion, ...withoutUndefined(query) }
      return definitionWire(await editing(control.tables.replace(actor, params.key, change, contentOf(request))))
    },
  }),
  silentRoute({
    method: 'DELETE',
    path: '/tables/:key',
    need: 'table:upload',
    tag,
    summary: 'Delete an uploaded table.',
    params: byKey,
    edits: true,
    problems: ['store.not_found', 'definition.from_git', 'definition.in_use'],
    handle: ({ control, actor, params, ifVersion }) => editing(control.tables.remove(actor, params.key, ifVersion)),
  }),
]

/** What was not sent is not there. */
function withoutUndefined<T extends object>(query: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as never
}

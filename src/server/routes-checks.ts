import { z } from 'zod'
import type { ProblemCode } from '../problem.ts'
import type { Sent } from '../project/project.ts'
import { type Route, route } from './route.ts'
import { segmentProblems } from './routes-versions.ts'
import { byKey, problemOnWire } from './wire.ts'

const problems: readonly ProblemCode[] = [...segmentProblems, 'config.unknown_object', 'source.changed']

const asked = z.strictObject({
  destination: z.string().min(1).max(320).describe('Key of the destination.'),
  live: z
    .enum(['true', 'false'])
    .optional()
    .transform((value) => value !== 'false')
    .describe('`false`: the account is not asked, and user fields are taken as they are named.'),
})

const unsaved = z
  .strictObject({
    sql: z.string().min(1).max(1_000_000),
    database: z.string().min(1).max(320).optional().describe('What it reads; needed where there are several.'),
    destination: z.string().min(1).max(320).describe('Key of the destination.'),
    live: z.boolean().default(true).describe('`false`: the account is not asked.'),
  })
  .meta({ id: 'QueryCheck', description: 'SQL that need not be saved, and where it would be sent.' })

const checkedColumn = z.object({
  column: z.string(),
  type: z.string().describe('A type of DuckDB.'),
  use: z
    .enum(['sent', 'read', 'ignored', 'refused'])
    .describe('`read`: looked at and not sent. `refused`: nothing can be sent as long as the column is there.'),
  becomes: z.string().nullable().describe('The attribute, such as `external_id` or `user_fields.city`.'),
  field_type: z.string().nullable().describe('Type of the user field in the account, where it was asked.'),
  meaning: z.string().describe('What it feeds, in words.'),
  why: z.string().nullable().describe('Why it is ignored or refused.'),
  did_you_mean: z.string().nullable(),
  notes: z.array(z.string()),
  personal: z.boolean(),
})

const columnCheck = z
  .object({
    sent: z
      .object({ kind: z.enum(['query', 'segment', 'attributes_table']), key: z.string() })
      .nullable()
      .describe('Null: SQL that need not be saved.'),
    destination: z.string(),
    live: z.boolean().describe('Whether the user fields and settings of the account were read.'),
    ok: z.boolean().describe('Nothing keeps it from being planned.'),
    columns: z.array(checkedColumn).describe('In the order of the result.'),
    problems: z
      .array(problemOnWire.extend({ columns: z.array(z.string()).describe('Empty: it is about the whole.') }))
      .describe('The first is what a plan would end with.'),
    limited_pii: z.boolean().describe('Users with restricted access to personal values may send to the destination.'),
    may_send: z.boolean().describe('Whoever asks may send personal values to the destination.'),
  })
  .meta({ id: 'ColumnCheck', description: 'What would become of each column at a destination.' })

function checking(kind: Sent['kind'], path: string, one: string): Route {
  return route({
    method: 'GET',
    path: `${path}/:key/check`,
    need: 'destination:read',
    tag: 'segments',
    summary: `Check the columns of ${one} against a destination; nothing is run and nothing is sent.`,
    params: byKey,
    query: asked,
    answer: columnCheck,
    problems,
    handle: async ({ control, actor, params, query, gone, parts }) => {
      const abort = AbortSignal.any([gone, parts.closing])
      const { destination, live } = query
      return await control.app(actor).checkColumns({ kind, key: params.key }, destination, { live }, { abort })
    },
  })
}

/** What becomes of the columns of whatever can be sent. */
export const checkRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/queries/check',
    need: 'destination:read',
    tag: 'segments',
    summary:
      'Check the columns of SQL that need not be saved against a destination; nothing is run and nothing is sent.',
    description: 'It also needs `project:read` and `query:run`.',
    body: unsaved,
    answer: columnCheck,
    problems: [...problems, 'config.which_database'],
    handle: async ({ control, actor, body, gone, parts }) => {
      const abort = AbortSignal.any([gone, parts.closing])
      const { sql, database = null, destination, live } = body
      return await control.app(actor).checkColumns({ sql, file: 'query', database }, destination, { live }, { abort })
    },
  }),
  checking('query', '/queries', 'a query'),
  checking('segment', '/segments', 'a segment'),
  checking('attributes_table', '/attributes-tables', 'an attributes table'),
]

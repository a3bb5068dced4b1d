import { z } from 'zod'
import type { QueryTextRequest, SegmentRequest } from '../app.ts'
import type { ProblemCode } from '../problem.ts'
import type { Part } from '../project/part.ts'
import type { Sent } from '../project/project.ts'
import { type Route, route, streamRoute } from './route.ts'
import { segmentProblems } from './routes-versions.ts'
import { csvOfRows, textStream } from './streams.ts'
import { byKey, json, keyText } from './wire.ts'

/** What binding may end with, and what running does. */
const bound: readonly ProblemCode[] = [...segmentProblems, 'config.unknown_object']
const run: readonly ProblemCode[] = [...bound, 'source.changed']
/** SQL that is tried names no object. */
const tryProblems: readonly ProblemCode[] = [...segmentProblems, 'config.which_database', 'source.changed']

/** Something that is there, or that is being edited. */
const keyOrBody = (ofKey: string, ofBody: string) =>
  z
    .strictObject({
      key: keyText.optional().describe(ofKey),
      body: z.record(z.string(), json).optional().describe(ofBody),
    })
    .refine(({ key, body }) => (key === undefined) !== (body === undefined), 'must have either `key` or `body`')

const asked = keyOrBody('A segment that is there.', 'A segment as it would be saved; it need not be saved.').meta({
  id: 'SegmentRequest',
  description: 'A segment: by its key, or as it is being edited.',
})

const askedQuery = keyOrBody(
  'A query that is there.',
  'A visual query as it would be saved; it need not be saved.',
).meta({ id: 'QueryTextRequest', description: 'A query: by its key, or a visual one as it is being edited.' })

const counted = z.object({
  count: z.int().describe('People who belong to it.'),
  total: z.int().describe('People of its attributes table.'),
  ms: z.int().describe('How long counting took.'),
})

const segmentText = z.object({
  sql: z.string().describe('The SELECT of what it delivers.'),
  ids_sql: z.string().describe('The SELECT of the ids of its people, such as a segment by SQL is made of.'),
})

const preview = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(z.string().nullable())).describe('Values as text, `[hidden]` without the right `pii:read`.'),
  has_more: z.boolean().describe('Whether there are more rows than these.'),
})

function previewing(kind: Sent['kind'], path: string, one: string): Route {
  return route({
    method: 'GET',
    path: `${path}/:key/preview`,
    need: 'query:run',
    tag: 'segments',
    summary: `Read the first rows of ${one}.`,
    params: byKey,
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(1_000).optional().describe('How many; 100 where not said.'),
    }),
    answer: preview,
    problems: run,
    handle: async ({ control, actor, params, query, gone, parts }) => {
      const abort = AbortSignal.any([gone, parts.closing])
      return await control.app(actor).preview({ kind, key: params.key }, { limit: query.limit ?? 100 }, { abort })
    },
  })
}

function downloading(kind: Sent['kind'], path: string, one: string): Route {
  return streamRoute({
    method: 'GET',
    path: `${path}/:key/download`,
    need: 'query:run',
    tag: 'segments',
    summary: `Download every row of ${one} as CSV, at most 100,000.`,
    description: 'It also needs `data:download`. Values are `[hidden]` without the right `pii:read`.',
    params: byKey,
    content: { 'text/csv': z.string() },
    problems: [...run, 'query.too_many_rows'],
    handle: async ({ control, actor, params, gone, parts, reply }) => {
      const abort = AbortSignal.any([gone, parts.closing])
      const { columns, rows } = await control.app(actor).rows({ kind, key: params.key }, { abort })
      // A key of ours has nothing that a header could not hold.
      reply.header('content-disposition', `attachment; filename="${params.key}.csv"`)
      const names = columns.map(({ name }) => name)
      return { type: 'text/csv; charset=utf-8', stream: textStream(csvOfRows(names, rows)) }
    },
  })
}

const between = z.strictObject({ from: z.int().min(0), to: z.int().min(0) })

const tried = z
  .strictObject({
    sql: z.string().min(1).max(1_000_000),
    lines: between.optional().describe('Only these lines, counted from 1, both included.'),
    characters: between.optional().describe('Only these, counted from 0 as JavaScript counts them, both included.'),
    database: z.string().min(1).max(320).optional().describe('What it reads; needed where there are several.'),
    limit: z.int().min(1).max(1_000).default(100),
  })
  .refine(({ lines, characters }) => lines === undefined || characters === undefined, 'must not have both parts')
  .meta({ id: 'QueryTry', description: 'SQL that need not be saved, whole or in part.' })

function partOfTry({ lines, characters }: z.output<typeof tried>): Part | null {
  if (lines !== undefined) return { lines }
  return characters === undefined ? null : { characters }
}

/** How many people segments have, their SQL, and the rows of what can be sent. */
export const segmentRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/segments/count',
    need: 'segment:read',
    tag: 'segments',
    summary: 'Count the people of a segment, which need not be saved.',
    body: asked,
    answer: counted,
    problems: run,
    handle: async ({ control, actor, body, gone, parts }) =>
      await control.app(actor).count(body as SegmentRequest, { abort: AbortSignal.any([gone, parts.closing]) }),
  }),
  route({
    method: 'GET',
    path: '/segments/:key/sql',
    need: 'segment:read',
    tag: 'segments',
    summary: 'Read a segment as the SELECT that delivers it.',
    params: byKey,
    answer: segmentText,
    problems: bound,
    handle: async ({ control, actor, params }) => await control.app(actor).segmentSql({ key: params.key }),
  }),
  route({
    method: 'POST',
    path: '/segments/sql',
    need: 'segment:read',
    tag: 'segments',
    summary: 'Read a segment, which need not be saved, as SQL.',
    body: asked,
    answer: segmentText,
    problems: bound,
    handle: async ({ control, actor, body }) => await control.app(actor).segmentSql(body as SegmentRequest),
  }),
  route({
    method: 'POST',
    path: '/queries/sql',
    need: 'project:read',
    tag: 'segments',
    summary: 'Read a query, or a visual one that need not be saved, as SQL.',
    description: 'Mistakes of a visual query name their place in it, such as `where.rules.0.value`. Nothing is run.',
    body: askedQuery,
    answer: z.object({ sql: z.string() }),
    problems: [...bound, 'config.which_database'],
    handle: async ({ control, actor, body }) => await control.app(actor).querySql(body as QueryTextRequest),
  }),
  route({
    method: 'POST',
    path: '/queries/try',
    need: 'query:run',
    tag: 'segments',
    summary: 'Run SQL that need not be saved, or a part of it, and read the first rows.',
    description:
      'Mistakes name their place in the whole text, also when a part was run. A request that is given up ends the query.',
    body: tried,
    answer: preview,
    problems: tryProblems,
    handle: async ({ control, actor, body, gone, parts }) => {
      const asked = { sql: body.sql, file: 'query', part: partOfTry(body), database: body.database ?? null }
      const abort = AbortSignal.any([gone, parts.closing])
      return await control.app(actor).preview(asked, { limit: body.limit }, { abort })
    },
  }),
  downloading('query', '/queries', 'a query'),
  downloading('segment', '/segments', 'a segment'),
  downloading('attributes_table', '/attributes-tables', 'an attributes table'),
  previewing('query', '/queries', 'a query'),
  previewing('segment', '/segments', 'a segment'),
  previewing('attributes_table', '/attributes-tables', 'an attributes table'),
]

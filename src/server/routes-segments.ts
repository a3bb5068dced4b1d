import { z } from 'zod'
import type { SegmentRequest } from '../app.ts'
import type { ProblemCode } from '../problem.ts'
import type { Sent } from '../project/project.ts'
import { type Route, route } from './route.ts'
import { segmentProblems } from './routes-definitions.ts'
import { byKey, json, keyText } from './wire.ts'

/** What binding may end with, and what running does. */
const bound: readonly ProblemCode[] = [...segmentProblems, 'config.unknown_object']
const run: readonly ProblemCode[] = [...bound, 'source.changed']

const asked = z
  .strictObject({
    key: keyText.optional().describe('A segment that is there.'),
    body: z.record(z.string(), json).optional().describe('A segment as it would be saved; it need not be saved.'),
  })
  .refine(({ key, body }) => (key === undefined) !== (body === undefined), 'must have either `key` or `body`')
  .meta({ id: 'SegmentRequest', description: 'A segment: by its key, or as it is being edited.' })

const counted = z.object({
  count: z.int().describe('People who belong to it.'),
  total: z.int().describe('People of its attributes table.'),
  ms: z.int().describe('How long counting took.'),
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
    answer: z.object({ sql: z.string() }),
    problems: bound,
    handle: async ({ control, actor, params }) => await control.app(actor).segmentSql({ key: params.key }),
  }),
  previewing('query', '/queries', 'a query'),
  previewing('segment', '/segments', 'a segment'),
  previewing('attributes_table', '/attributes-tables', 'an attributes table'),
]

import { z } from 'zod'
import type { ActivityFilter } from '../store/store.ts'
import { activityCsv } from './activity-csv.ts'
import { type Route, route, streamRoute } from './route.ts'
import { textStream } from './streams.ts'
import { moment, page, paged, pageOf, text } from './wire.ts'
import { activityEntry, activityWire } from './wire-access.ts'

const filters = {
  actor: text.optional().describe('`user/<id>`, `key/<id>`, `cli`, `system` or `nobody`.'),
  action: text.optional().describe('`resource:verb`, or `resource:*` for everything about it.'),
  object: text.optional().describe('`<kind>/<key>`, or `<kind>/*` for the kind and all of it.'),
  allowed: z.enum(['true', 'false']).optional().describe('Only what was done, or only what was denied.'),
  from: moment.optional(),
  to: moment.optional().describe('Exclusive.'),
  domain: text.optional().describe('Of the e-mail address of the user, such as `example.com`.'),
  text: text.optional().describe('Part of the name of the actor, of the action or of the object, in any case.'),
}
const exported = z.strictObject(filters)

function filterOf({ allowed, from, to, ...rest }: z.output<typeof exported>): ActivityFilter {
  const { actor, action, object, domain, text } = rest
  return {
    ...(actor !== undefined && { actor }),
    ...(action !== undefined && { action }),
    ...(object !== undefined && { object }),
    ...(domain !== undefined && { domain }),
    ...(text !== undefined && { text }),
    ...(allowed !== undefined && { allowed: allowed === 'true' }),
    ...(from !== undefined && { from: new Date(from) }),
    ...(to !== undefined && { to: new Date(to) }),
  }
}

/** The activity log, to look at and as a file. */
export const activityRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/activity',
    need: 'activity:read',
    tag: 'access',
    summary: 'List who did what, newest first.',
    query: paged(filters),
    answer: page(activityEntry),
    handle: async ({ control, actor, query }) => {
      const { limit, cursor, ...filter } = query
      const { items, next } = await control.activity.list(actor, filterOf(filter), pageOf({ limit, cursor }))
      return { items: items.map(activityWire), next }
    },
  }),
  streamRoute({
    method: 'GET',
    path: '/activity/export',
    need: 'activity:read',
    tag: 'access',
    summary: 'Download who did what as CSV, newest first.',
    description: 'Every line that matches. It also needs `data:download`, and is a line of the log itself.',
    query: exported,
    content: { 'text/csv': z.string() },
    handle: async ({ control, actor, query, reply }) => {
      const { from, to, entries } = await control.activity.export(actor, filterOf(query))
      // Days are digits and dashes: nothing of them can break out of the header.
      reply.header('content-disposition', `attachment; filename="events-${from}-to-${to}.csv"`)
      return { type: 'text/csv; charset=utf-8', stream: textStream(activityCsv(entries)) }
    },
  }),
]

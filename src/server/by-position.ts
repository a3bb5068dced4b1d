import { z } from 'zod'
import type { Actor } from '../access/authorize.ts'
import type { App } from '../app.ts'
import type { Control } from '../control/control.ts'
import type { ProblemCode } from '../problem.ts'
import { type Route, route } from './route.ts'
import { byId, page, paged } from './wire.ts'

/** What work that asks the query or Zendesk may end with: nothing of the name, a state, the query or the source, Zendesk, the machine. */
export const engineProblems: readonly ProblemCode[] = [
  'config.unknown_object',
  'plan.stale',
  'query.failed',
  'zendesk.unreachable',
  'project.locked',
  'project.disk_full',
]

/** What reading stored lists may end with: neither the query nor Zendesk is asked. */
export const listProblems: readonly ProblemCode[] = ['plan.not_found', 'project.locked', 'project.disk_full']

/** A part of a list that is read from its beginning; positions are cursors. */
async function part<T>(
  items: AsyncIterable<T>,
  from: number,
  limit: number,
): Promise<{ items: T[]; next: string | null }> {
  const found: T[] = []
  let position = 0
  for await (const item of items) {
    if (found.length === limit) return { items: found, next: String(position) }
    if (position++ >= from) found.push(item)
  }
  return { items: found, next: null }
}

const pagedByPosition = paged({}).extend({
  cursor: z
    .string()
    .regex(/^\d{1,12}$/, 'must be `next` of the page before')
    .optional()
    .describe('`next` of the page before.'),
})

/** A list about people, by the id of what it is a list of. */
export function peopleList<Item extends z.ZodType>(spec: {
  /** Ends in or holds `:id`. */
  path: string
  tag: string
  summary: string
  item: Item
  read: (app: App, id: string) => AsyncIterable<z.output<Item>>
  /** The id of the list, where the path has another one. */
  idOf?: (control: Control, actor: Actor, id: string) => Promise<string>
  problems?: readonly ProblemCode[]
}): Route {
  const { path, tag, summary, item, read, idOf, problems = [] } = spec
  return route({
    method: 'GET',
    path,
    need: 'person:read',
    tag,
    summary,
    params: byId,
    query: pagedByPosition,
    answer: page(item),
    problems: [...listProblems, ...problems],
    handle: async ({ control, actor, params, query }) => {
      const id = idOf === undefined ? params.id : await idOf(control, actor, params.id)
      return await part(read(control.app(actor), id), Number(query.cursor ?? 0), query.limit)
    },
  })
}

import { z } from 'zod'
import type { Actor } from '../access/authorize.ts'
import type { App } from '../app.ts'
import type { Control, View } from '../control/control.ts'
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

export const viewOf = ({ limit, cursor }: { limit: number; cursor?: string | undefined }): View => ({
  from: Number(cursor ?? 0),
  limit,
})

/** A part of a list as `Control` gives it, with one item more where another part follows; positions are cursors. */
export async function viewed<T>(
  items: AsyncIterable<T> | Iterable<T>,
  { from, limit }: View,
): Promise<{ items: T[]; next: string | null }> {
  const found = await Array.fromAsync(items)
  return found.length > limit
    ? { items: found.slice(0, limit), next: String(from + limit) }
    : { items: found, next: null }
}

export const positionCursor = z
  .string()
  .regex(/^\d{1,12}$/, 'must be `next` of the page before, or how many items to pass over')
  .optional()
  .describe('`next` of the page before, or how many items to pass over.')

/** Whom a list is narrowed to. */
export const ofPerson = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .describe('Part of an external_id, an e-mail address or a name, in any case. Needs `pii:read`.')

const pagedByPosition = paged({}).extend({ cursor: positionCursor })

/** A list about people, by the id of what it is a list of. */
export function peopleList<Item extends z.ZodType>(spec: {
  /** Ends in or holds `:id`. */
  path: string
  tag: string
  summary: string
  item: Item
  read: (app: App, id: string, search: string | null) => AsyncIterable<z.output<Item>>
  /** Whether somebody may be looked for with `q`. */
  search?: true
  /** The id of the list, where the path has another one. */
  idOf?: (control: Control, actor: Actor, id: string) => Promise<string>
  problems?: readonly ProblemCode[]
}): Route {
  const { path, tag, summary, item, read, search, idOf, problems = [] } = spec
  return route({
    method: 'GET',
    path,
    need: 'person:read',
    tag,
    summary,
    params: byId,
    query: search === undefined ? pagedByPosition : pagedByPosition.extend({ q: ofPerson }),
    answer: page(item),
    problems: [...listProblems, ...problems],
    handle: async ({ control, actor, params, query }) => {
      const id = idOf === undefined ? params.id : await idOf(control, actor, params.id)
      const view = viewOf(query)
      const wanted = (query as { q?: string | undefined }).q ?? null
      return await viewed(read(control.app(actor, view), id, wanted), view)
    },
  })
}

import { z } from 'zod'
import type { ProblemCode } from '../problem.ts'
import { paged } from './wire.ts'

/** What work of the engine may end with: nothing of the name, a state, the query or the source, Zendesk, the machine. */
export const engineProblems: readonly ProblemCode[] = [
  'config.unknown_object',
  'plan.stale',
  'query.failed',
  'zendesk.unreachable',
  'project.locked',
  'project.disk_full',
]

/** A part of a list that is read from its beginning; positions are cursors. */
export async function part<T>(
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

export const pagedByPosition = paged({}).extend({
  cursor: z
    .string()
    .regex(/^\d{1,12}$/, 'must be `next` of the page before')
    .optional()
    .describe('`next` of the page before.'),
})

import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Actor } from '../access/authorize.ts'
import { Problem } from '../problem.ts'
import type { Parts } from './parts.ts'
import { asRequestProblem, problemText } from './problem-reply.ts'

export const idempotencyHeader = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters')
  .describe('A key that only this request has: repeated with it, the request is done once and answered alike.')

/** An answer as it goes out; a problem's body is one of RFC 9457. */
export interface StoredAnswer {
  status: number
  body: string
  etag: string | null
}

interface Asked {
  parts: Parts
  actor: Actor
  request: FastifyRequest
  reply: FastifyReply
}

/**
 * Does a POST with an Idempotency-Key once. A repeated one gets the first answer again, also when that was a refusal; after a failure of
 * ours (5xx) the key is free again. Throws `api.key_reused`, `api.key_busy`.
 */
export async function answerOnce(
  { parts, actor, request, reply }: Asked,
  answer: () => Promise<StoredAnswer & { kept: StoredAnswer }>,
): Promise<StoredAnswer> {
  const key = request.headers['idempotency-key']
  if (request.method !== 'POST' || typeof key !== 'string' || request.actor === null) return await answer()
  const store = parts.access.answers
  // Keyed: a body may hold a password, and the store must not be of help in finding it.
  const digest = parts.access.digest(textOf(request))
  const by = `${actor.kind}/${actor.id}`
  const begin = () => store.beginAnswer({ actor: by, key, request: digest, status: null, body: null, at: parts.now() })
  let known = await begin()
  if (known !== null && known.status === null && known.at < parts.startedAt) {
    // The process that took this key is gone, and nobody else works in this store.
    await store.endAnswer(by, key, null)
    known = await begin()
  }
  if (known !== null) return repeated(known, digest, reply)
  let made: StoredAnswer & { kept: StoredAnswer }
  try {
    made = await answer()
  } catch (error) {
    const found = asRequestProblem(error)
    const { status } = found
    const kept = { status, body: problemText(found, request.id), etag: null } satisfies StoredAnswer
    await store.endAnswer(by, key, status >= 500 ? null : { status, body: JSON.stringify(kept) })
    throw error
  }
  await store.endAnswer(by, key, { status: made.status, body: JSON.stringify(made.kept) })
  return made
}

function repeated(
  known: { request: string; status: number | null; body: string | null },
  digest: string,
  reply: FastifyReply,
): StoredAnswer {
  if (known.request !== digest)
    throw new Problem('api.key_reused', { message: 'Another request had this Idempotency-Key.' })
  if (known.status === null || known.body === null)
    throw new Problem('api.key_busy', { message: 'The first request with this Idempotency-Key has no answer yet.' })
  reply.header('idempotency-replayed', 'true')
  return JSON.parse(known.body) as StoredAnswer
}

function textOf(request: FastifyRequest): string {
  return JSON.stringify([request.method, request.url, request.body ?? null])
}

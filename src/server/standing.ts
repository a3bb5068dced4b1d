import type { FastifyRequest } from 'fastify'
import type { Actor } from '../access/authorize.ts'
import { sessionOf } from './cookies.ts'
import type { Parts } from './parts.ts'

/** How long a stream goes on at most in the name of somebody who may not listen any more. */
const LOOK_EVERY_MS = 2_000

/**
 * Aborts when who asked is not the same any more: signed out, disabled, deleted, their key gone, or with other rights than at the beginning. A
 * request is over before that matters, a stream of events is not; its client comes back by itself, and gets what may be seen then. Looks until
 * `gone` aborts.
 */
export function changedSignal(
  { access, log }: Pick<Parts, 'access' | 'log'>,
  { actor, request, gone }: { actor: Actor; request: FastifyRequest; gone: AbortSignal },
): AbortSignal {
  const changed = new AbortController()
  // The owner of the machine is who holds the token, until the server ends.
  if (actor.kind === 'cli' || actor.kind === 'system') return changed.signal
  const isSame = async () => {
    const present = await access.actorNow(actor, sessionOf(request))
    return present !== null && hasSame(actor.may, present.may)
  }
  const look = async () => {
    try {
      if (!(await isSame())) changed.abort()
    } catch (err) {
      // Nobody knows whether they may go on, so they ask anew and are told what is wrong.
      log.warn({ request_id: request.id, err }, 'a stream of events was ended: who listens cannot be looked up')
      changed.abort()
    }
    if (!changed.signal.aborted) wait()
  }
  let timer: NodeJS.Timeout | undefined
  const wait = () => {
    if (!gone.aborted) timer = setTimeout(() => void look(), LOOK_EVERY_MS)
  }
  gone.addEventListener('abort', () => clearTimeout(timer), { once: true })
  wait()
  return changed.signal
}

function hasSame(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return some.size === others.size && some.isSubsetOf(others)
}

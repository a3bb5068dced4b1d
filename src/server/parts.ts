import type { FastifyRequest } from 'fastify'
import type { AtWork } from '../at-work.ts'
import type { Control } from '../control/control.ts'
import type { ServerAccess, ServerLog } from './access.ts'
import type { Arrivals } from './patience.ts'

/** What routes work with. */
export interface Parts {
  control: Control
  access: ServerAccess
  /** Whether a command on this machine asks. */
  isCommand: (request: FastifyRequest) => boolean
  /** Where it listens, when only this machine comes by there; null otherwise. */
  ownUrl: () => string | null
  log: ServerLog
  /** How long requests may take to arrive. */
  arrivals: Arrivals
  /** What requests have begun. */
  atWork: AtWork
  now: () => Date
  version: string
  /** When this process began to answer; what an earlier one began and did not end is given up. */
  startedAt: Date
  /** Aborts when the server is about to end. */
  closing: AbortSignal
  /** Aborts when it has waited long enough for the work at hand. */
  ending: AbortSignal
}

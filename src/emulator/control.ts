/** What a test may do to the emulator, as methods and, for other processes, over HTTP below `/_emulator/`. */
import type { Account } from './account.ts'
import { type AccountView, answerView } from './account-view.ts'
import type { ClockChange, ClockView } from './clock.ts'
import type { Fault } from './faults.ts'
import type { Call, CallFilter } from './journal.ts'
import { json, type Reply } from './reply.ts'
import type { Seed, SeedCounts, State, StateFilter } from './seed.ts'

export interface Stats {
  /** API requests since the last reset. */
  requests: number
  by_status: Record<string, number>
  jobs: number
  jobs_in_flight: number
  peak_jobs_in_flight: number
  /** Rows that met another write between their look-up and their own write. A careful client causes none. */
  races: number
  users: number
  mails: number
}

/** Times as in the answers: ISO 8601, UTC. */
export interface MailLine {
  kind: 'verification'
  to: string
  user_id: number
  sent_at: string
}

export interface Control extends AccountView {
  /** Adds settings, user fields, organisations, users and agents; settings may be changed at any time. */
  seed(seed: Seed): SeedCounts
  state(filter?: StateFilter): State
  /** Back to the start: no users but the two agents, no jobs, tokens, faults and calls; the settings of the start. */
  reset(options?: { seed?: number }): void
  /** Adds faults; answers all that are in force. */
  faults(...faults: Fault[]): (Fault & { left: number | 'always'; struck: number })[]
  clearFaults(): void
  calls(filter?: CallFilter): Call[]
  clearCalls(): void
  /** Verification mails that Zendesk would have sent. */
  mail(): MailLine[]
  stats(): Stats
  /** Deletes a user as an agent would; false if there is none. */
  deleteUser(key: { id: number } | { external_id: string } | { email: string }): boolean
  /** The account's clock, after the change if there is one. Jobs that are due by then are done. */
  clock(change?: ClockChange): ClockView
  /** Puts the clock forward; never back. */
  advance(ms: number): void
  revokeTokens(): void
  /** Every access token handed out since the last reset: what must be in no log and no file of a client. Not over HTTP. */
  accessTokens(): string[]
  /** The code that a client gets when somebody lets it in; for `grant_type: authorization_code`, for two minutes. */
  authorize(): { code: string }
}

export function findByKey(account: Account, key: Parameters<Control['deleteUser']>[0]) {
  if ('id' in key) return account.user(key.id)
  if ('external_id' in key) return account.byExternalId(key.external_id)
  return account.byEmail(key.email.trim().toLowerCase())
}

const statePageSize = 1000

/** `path` is what follows `/_emulator/`. Errors of the caller are 400 with a sentence. */
export function respondToControl(
  control: Control,
  method: string,
  path: string,
  query: URLSearchParams,
  body: unknown,
): Reply {
  try {
    return json(
      200,
      answer(control, `${method} ${path}`, query, (body ?? {}) as Record<string, unknown>) ?? { ok: true },
    )
  } catch (error) {
    if (error instanceof TypeError) return json(400, { error: 'InvalidControl', description: error.message })
    throw error
  }
}

function answer(
  control: Control,
  call: string,
  query: URLSearchParams,
  body: Record<string, unknown>,
): object | undefined {
  const filter: CallFilter = { method: query.get('method') ?? '', path: query.get('path') ?? '' }
  switch (call) {
    case 'POST seed':
      return control.seed(body as Seed)
    case 'GET state':
      return control.state(stateFilter(query))
    case 'POST reset':
      control.reset(body as { seed?: number })
      return undefined
    case 'GET faults':
      return { faults: control.faults() }
    case 'POST faults': {
      const faults = (Array.isArray(body) ? body : (body.faults ?? [body])) as Fault[]
      return { faults: control.faults(...faults) }
    }
    case 'DELETE faults':
      control.clearFaults()
      return undefined
    case 'GET calls':
      return { calls: control.calls(filter) }
    case 'DELETE calls':
      control.clearCalls()
      return undefined
    case 'GET mail':
      // The latest so many; all of them without a limit.
      return { mail: control.mail().slice(-Number(query.get('limit') ?? 0)) }
    case 'GET stats':
      return control.stats()
    case 'POST delete_user':
      return { deleted: control.deleteUser(body as Parameters<Control['deleteUser']>[0]) }
    case 'GET clock':
      return control.clock()
    case 'POST clock':
      return control.clock(body as ClockChange)
    case 'POST revoke_tokens':
      control.revokeTokens()
      return undefined
    case 'POST authorize':
      return control.authorize()
    default: {
      const view = answerView(control, call, query)
      if (view) return view
      throw new TypeError(
        `The emulator has no control \`${call}\`; it has POST seed, GET state, POST reset, GET|POST|DELETE faults, ` +
          'GET|DELETE calls, GET mail, GET stats, GET|POST clock, POST delete_user, ' +
          'POST revoke_tokens, POST authorize, GET summary, GET people, GET person, GET jobs, GET requests.',
      )
    }
  }
}

function stateFilter(query: URLSearchParams): StateFilter {
  const filter: StateFilter = { limit: Number(query.get('limit') ?? statePageSize) }
  const [id, after] = [query.get('id'), query.get('after')]
  const [externalId, email, role] = [query.get('external_id'), query.get('email'), query.get('role')]
  if (id !== null) filter.id = Number(id)
  if (after !== null) filter.after = Number(after)
  if (externalId !== null) filter.external_id = externalId
  if (email !== null) filter.email = email
  if (role !== null) filter.role = role as NonNullable<StateFilter['role']>
  if (query.get('include_deleted') === 'true') filter.include_deleted = true
  return filter
}

import type { Connection, ConnectOptions } from '../destination.ts'
import { checkAccount, readAccount, readDefinition } from './account.ts'
import { openApi } from './api.ts'
import type { Clock } from './clock.ts'
import { systemClock } from './clock.ts'
import { checkColumns } from './column-check.ts'
import { applyFieldChanges, planFieldChanges } from './field-changes.ts'
import type { HttpTimeouts } from './http.ts'
import { defaultTimeouts, openHttp } from './http.ts'
import { listJobs, openJobReader } from './jobs.ts'
import { type Limiters, limiterOf } from './limits.ts'
import { OrganizationDirectory } from './organizations.ts'
import type { LoopbackRule, OriginEnvironment } from './origin.ts'
import { accountOrigin } from './origin.ts'
import { lookUpPeople } from './people.ts'
import { PeopleReader } from './people-reader.ts'
import { isPersonalColumn } from './personal.ts'
import type { ZendeskCredential, ZendeskSettings } from './settings.ts'
import { Submitter } from './submit.ts'
import { batchKindOf, prepareWrite } from './users.ts'

/**
 * Zendesk Support as a destination. This page says what it can do; each line leads to the module that knows how:
 *
 * - `origin.ts`   which host requests go to, and to no other
 * - `http.ts`     one exchange: sent, surely not sent, or lost
 * - `limits.ts`   how many requests we allow ourselves
 * - `auth.ts`     OAuth client credentials and API tokens
 * - `api.ts`      the four above together: signed requests, reads repeated, writes never
 * - `account.ts`  what a plan must know of the account; `people.ts` and `pages.ts` read it
 * - `people-reader.ts` people as the account holds them now
 * - `personal.ts` attributes that are personal whatever a query puts into them
 * - `columns.ts`  columns of a query -> attributes; `column-check.ts` tells what becomes of each; `fields.ts` their values; `users.ts` the JSON of one user
 * - `field-plan.ts` what has to change in the account's user fields; `field-changes.ts` and `field-writer.ts` change it
 * - `submit.ts`   one batch -> one job; `tag-writes.ts` and `memberships.ts` make the rows that depend on what is read right before
 * - `identity-writes.ts` one address or number at a time; `identities.ts` and `tags.ts` decide what has to change
 * - `organizations.ts` organisations by id, external id or name; `send.ts` one request that writes; `jobs.ts` asks for it; `results.ts` says what became of each row
 * - `problems.ts` what an answer of Zendesk means; `shapes.ts` what it must hold to mean anything
 */

export interface ZendeskConnectOptions extends ConnectOptions {
  env: OriginEnvironment
  /** `free` where not said: settings of the owner of the machine. */
  loopback?: LoopbackRule
  clock?: Clock
  /** What this process knows of accounts: connections that are given the same share one budget per account. */
  limiters?: Limiters
  /** For tests and slow networks. */
  timeouts?: Partial<HttpTimeouts>
  /** Pause before the first repetition of a read; half a second unless a test is in a hurry. */
  retryBaseMs?: number
}

/** Zendesk allows 30 jobs in flight for the whole account: https://developer.zendesk.com/api-reference/introduction/rate-limits/ */
const maxJobsInFlight = 30
const maxBatchWrites = 100
const maxBatchBytes = 1024 * 1024
const defaultRetryBaseMs = 500

/** Opens a connection; sends nothing yet. Throws `zendesk.base_url_refused`. */
export function connectZendesk(
  settings: ZendeskSettings,
  credential: ZendeskCredential,
  options: ZendeskConnectOptions,
): Connection {
  const { signal, onWait = () => {} } = options
  const clock = options.clock ?? systemClock
  const origin = accountOrigin(settings, options.env, options.loopback ?? 'free')
  const http = openHttp(origin, { ...defaultTimeouts, ...options.timeouts })
  const limiter = limiterOf(options.limiters ?? new Map(), origin, settings.limits.api_budget, clock)
  const retryBaseMs = options.retryBaseMs ?? defaultRetryBaseMs
  const api = openApi({ origin, http, limiter, clock, credential, signal, onWait, retryBaseMs })
  const organizations = new OrganizationDirectory(api, settings.organizations)
  const jobReader = openJobReader(api, clock, organizations)
  const people = new PeopleReader(api)
  const submitter = new Submitter({ api, clock, settings, organizations, signal })
  const fieldParts = { api, clock, declared: settings.user_fields ?? {}, signal }

  return {
    origin,
    check: (queries, onBegin) => checkAccount({ api, limiter, settings, credential }, queries, onBegin),
    readAccount: () => readAccount(api, limiter, settings),
    checkColumns: async (columns) => checkColumns(columns, settings, await readDefinition(api)),
    isPersonal: isPersonalColumn,
    lookUp: (keys) => lookUpPeople(api, keys),
    readPeople: (keys, attributes) => people.read(keys, attributes),
    readEverybody: (attributes) => people.readEverybody(attributes),
    countPeople: () => people.count(),
    readingCost: (keys) => people.cost(keys),
    missingOrganizations: (attribute, values) => organizations.missing(attribute, values),
    prepare: (write, attributes) => prepareWrite(write, attributes, settings.mark_verified),
    batchKind(write) {
      const kind = batchKindOf(write)
      return kind === 'upsert' && submitter.isOneByOne ? 'one_by_one' : kind
    },
    submit: (kind, writes) => submitter.submit(kind, writes),
    pollJobs: jobReader.poll,
    listJobs: () => listJobs(api),
    planFields: (removal) => planFieldChanges(fieldParts, removal),
    applyFields: (plan, onApplied = () => {}) => applyFieldChanges(fieldParts, plan, onApplied),
    limits: {
      usersPerSecond: settings.limits.users_per_second,
      jobsInFlight: settings.limits.jobs_in_flight ?? maxJobsInFlight,
      maxBatchWrites,
      maxBatchBytes,
      get requestsPerMinute() {
        return limiter.requestsPerMinute()
      },
    },
    accountNowMs: api.accountNowMs,
    requests: http.requests,
    close: http.close,
  }
}

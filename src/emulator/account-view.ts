/** The account as somebody sees it who looks into it: what the page at `/` shows, read-only. Keys and times as in the answers. */
import { type Account, primaryEmail, type User } from './account.ts'
import { changedValues, type HistoryEntry } from './history.ts'
import type { Job } from './jobs.ts'
import type { Call, Journal } from './journal.ts'
import type { RequestMinute } from './request-minutes.ts'
import type { World } from './router.ts'
import { requestsPerMinute } from './settings.ts'
import { renderUserFields, type UserField } from './user-fields.ts'
import { identityJson, isoTime, userJson } from './user-json.ts'

/** `everybody`: who is not deleted. `changed`: by requests and jobs, the latest first. */
const peopleFilters = ['everybody', 'changed', 'agents', 'suspended', 'deleted'] as const
export type PeopleFilter = (typeof peopleFilters)[number]

export interface PeopleQuery {
  /** Words that must all be found, each in name, addresses, external_id, phone numbers or tags; or the id. */
  q?: string
  filter?: PeopleFilter
  offset?: number
  /** Default 25, at most 100. */
  limit?: number
}

export interface PersonLine {
  id: number
  name: string
  email: string | null
  external_id: string | null
  role: string
  suspended: boolean
  active: boolean
  tags: readonly string[]
  updated_at: string
}

export interface HistoryLine {
  at: string
  kind: HistoryEntry['kind']
  /** Method and path; null: a job did it. */
  request: string | null
  job: { id: string; type: string } | null
  /** With whom he was merged. */
  other: { id: number; name: string } | null
  changes: { key: string; title: string | null; old: unknown; new: unknown }[]
}

export interface PersonView {
  user: Record<string, unknown>
  is_owner: boolean
  permanently_deleted: boolean
  /** The address that he had, if he is deleted. */
  former_email: string | null
  /** With a value only; `label`: names of options. */
  fields: { key: string; title: string; type: string; value: unknown; label: string | null }[]
  organizations: { id: number; name: string; is_default: boolean }[]
  identities: Record<string, unknown>[]
  /** The latest first. */
  history: HistoryLine[]
  /** true: it begins with his creation; false: he was seeded, or the oldest entries are no longer kept. */
  is_history_whole: boolean
}

export interface JobLine {
  id: string
  type: string
  status: Job['status']
  message: string | null
  total: number
  progress: number | null
  failed: number
  created_at: string
  completed_at: string | null
}

export interface JobView extends JobLine {
  /** Rows count from 0. */
  failed_rows: { row: number; error: string; details: string }[]
}

export interface AccountView {
  summary(): {
    subdomain: string
    plan: string
    people: number
    requests: number
    jobs: number
    jobs_in_flight: number
    mails: number
  }
  people(query?: PeopleQuery): { people: PersonLine[]; total: number }
  /** null: there was never such a person. */
  person(id: number): PersonView | null
  /** The latest 50, and the one that is asked for with its failed rows. */
  jobs(id?: string): { jobs: JobLine[]; selected: JobView | null }
  /** The latest 100 calls without their bodies; `limit`: requests per minute of the plan, null if there is none. */
  requests(): { limit: number | null; minutes: RequestMinute[]; calls: Call[] }
}

const shownJobs = 50
const shownCalls = 100
const shownHistory = 200

export function createAccountView(worldOf: () => World, journal: Journal, now: () => number): AccountView {
  const current = (): World => {
    const world = worldOf()
    world.jobs.advance(now())
    return world
  }
  return {
    summary: () => {
      const { subdomain, account, jobs } = current()
      return {
        subdomain,
        plan: account.settings.plan,
        people: account.activeUsers().length,
        requests: journal.count,
        jobs: jobs.created,
        jobs_in_flight: jobs.inFlightIds().length,
        mails: account.mailCount,
      }
    },
    people: (query) => readPeople(current().account, query),
    person: (id) => {
      const { account } = current()
      const user = account.user(id)
      return user ? readPerson(account, user) : null
    },
    jobs: (id) => {
      const { jobs } = current()
      const list = jobs.list(now()).sort((one, other) => other.createdAtMs - one.createdAtMs)
      const selected = id === undefined ? undefined : jobs.find(id, now())
      const view = (job: Job): JobView => readJob(job, jobs.render(job, '', now()))
      return {
        jobs: list.slice(0, shownJobs).map((job) => {
          const { failed_rows: _, ...line } = view(job)
          return line
        }),
        selected: selected ? view(selected) : null,
      }
    },
    requests: () => {
      const perMinute = requestsPerMinute[current().account.settings.plan]
      return {
        limit: Number.isFinite(perMinute) ? perMinute : null,
        minutes: journal.minutes.latest(now()),
        calls: journal.latest(shownCalls),
      }
    },
  }
}

/** Over HTTP; undefined: it is no call of the view. Errors of the caller are TypeErrors. */
export function answerView(view: AccountView, call: string, query: URLSearchParams): object | undefined {
  switch (call) {
    case 'GET summary':
      return view.summary()
    case 'GET people': {
      const filter = (query.get('filter') ?? 'everybody') as PeopleFilter
      if (!peopleFilters.includes(filter)) throw new TypeError(`\`filter\` is one of ${peopleFilters.join(', ')}.`)
      return view.people({
        q: query.get('q') ?? '',
        filter,
        offset: Number(query.get('offset') ?? 0),
        limit: Number(query.get('limit') ?? 25),
      })
    }
    case 'GET person':
      return { person: view.person(Number(query.get('id'))) }
    case 'GET jobs':
      return view.jobs(query.get('id') ?? undefined)
    case 'GET requests':
      return view.requests()
    default:
      return undefined
  }
}

function readPeople(account: Account, query: PeopleQuery = {}): { people: PersonLine[]; total: number } {
  const { q = '', filter = 'everybody', offset = 0, limit = 25 } = query
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  const matching = candidates(account, filter).filter((user) => words.every((word) => isFound(user, word)))
  if (filter !== 'changed') matching.reverse()
  const first = Math.max(0, Math.floor(offset) || 0)
  const size = Math.min(100, Math.max(1, Math.floor(limit) || 25))
  return {
    people: matching.slice(first, first + size).map((user) => ({
      id: user.id,
      name: user.name,
      email: primaryEmail(user) ?? user.extra?.formerEmail ?? null,
      external_id: user.externalId,
      role: user.role,
      suspended: user.suspended,
      active: user.active,
      tags: user.tags,
      updated_at: isoTime(user.updatedAtS),
    })),
    total: matching.length,
  }
}

function candidates(account: Account, filter: PeopleFilter): readonly User[] {
  switch (filter) {
    case 'everybody':
      return account.activeUsers()
    case 'changed':
      return account.history.latestUsers()
    case 'agents':
      return account.activeUsers().filter((user) => user.role !== 'end-user')
    case 'suspended':
      return account.activeUsers().filter((user) => user.suspended)
    case 'deleted':
      return account.sortedUsers().filter((user) => !user.active)
  }
}

function isFound(user: User, word: string): boolean {
  const has = (text: string | null | undefined): boolean => text?.toLowerCase().includes(word) === true
  return (
    has(user.name) ||
    has(user.externalId) ||
    has(user.phone) ||
    user.identities.some(({ value }) => has(value)) ||
    user.tags.some(has) ||
    has(user.extra?.formerEmail) ||
    String(user.id) === word
  )
}

function readPerson(account: Account, user: User): PersonView {
  const { history } = account
  const lines = history.of(user).map(historyLine)
  const values = renderUserFields(account, user)
  return {
    user: userJson(account, user, ''),
    is_owner: user === account.owner,
    permanently_deleted: user.extra?.permanentlyDeleted === true,
    former_email: user.extra?.formerEmail ?? null,
    fields: account.userFields.flatMap((field) => {
      // An unset checkbox reads as false, which is a value only to those who set it.
      const isSet = field.active && (user.fields?.[field.slot] ?? null) !== null
      if (!isSet) return []
      const { key, title, type } = field
      return [{ key, title, type, value: values[key], label: optionNames(field, values[key]) }]
    }),
    organizations: account.organizations
      .memberships({ user })
      .map(({ organization, isDefault }) => ({ id: organization.id, name: organization.name, is_default: isDefault })),
    identities: user.identities.map((identity) => identityJson(user, identity, '')),
    history: lines.slice(0, shownHistory),
    is_history_whole: lines.length <= shownHistory && lines.at(-1)?.kind === 'created',
  }
}

function optionNames(field: UserField, value: unknown): string | null {
  if (field.type !== 'dropdown' && field.type !== 'multiselect') return null
  return [value]
    .flat()
    .map((one) => field.options.find((option) => option.value === one)?.name ?? String(one))
    .join(', ')
}

function historyLine(entry: HistoryEntry): HistoryLine {
  const { atS, kind, cause, other } = entry
  return {
    at: isoTime(atS),
    kind,
    request: 'request' in cause ? cause.request : null,
    job: 'jobId' in cause ? { id: cause.jobId, type: cause.jobType } : null,
    other: other && { id: other.id, name: other.name },
    changes: changedValues(entry).map(({ key, ...values }) =>
      typeof key === 'string'
        ? { key, title: null, ...values }
        : { key: `user_fields.${key.key}`, title: key.title, ...values },
    ),
  }
}

function readJob(job: Job, rendered: string): JobView {
  const { id, job_type, status, message, total, progress, results } = JSON.parse(rendered)
  const rows = (Array.isArray(results) ? results : []) as { status?: string; error?: unknown; details?: unknown }[]
  const failedRows = rows.flatMap(({ status: end, error, details }, row) =>
    end === 'Failed' ? [{ row, error: String(error ?? ''), details: String(details ?? '') }] : [],
  )
  return {
    id,
    type: job_type,
    status,
    message,
    total,
    progress,
    failed: failedRows.length,
    created_at: new Date(job.createdAtMs).toISOString(),
    completed_at: job.task === null ? new Date(job.endAtMs).toISOString() : null,
    failed_rows: failedRows,
  }
}

/** Exports of all users that changed since a time (OAS incremental/users). */
import type { Account, User } from './account.ts'
import { invalidAttribute, json, type Reply } from './reply.ts'
import type { ApiRequest, Route } from './router.ts'
import { userJson } from './user-json.ts'

export const incrementalRoutes: readonly Route[] = [
  { method: 'GET', path: 'incremental/users', level: 'admin', resource: 'users', respond: limited(exportByTime) },
  {
    method: 'GET',
    path: 'incremental/users/cursor',
    level: 'admin',
    resource: 'users',
    respond: limited(exportByCursor),
  },
]

/** OAS: data of the most recent minute is not provided. */
const lagS = 60
const endpoint = 'api/v2/incremental/users'

/** DOC-RL: 10 a minute, both exports together (inferred); the body is observed (airbyte #11899). */
function limited(respond: Route['respond']): Route['respond'] {
  return (request) => {
    const waitMs = request.world.incrementalLimit.take('users', request.nowMs)
    if (waitMs === undefined) return respond(request)
    const description = 'Number of allowed incremental export API requests per minute exceeded'
    const retryAfter = { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) }
    return json(429, { error: 'APIRateLimitExceeded', description }, retryAfter)
  }
}

const isBefore = (one: User, other: User): boolean =>
  one.updatedAtS < other.updatedAtS || (one.updatedAtS === other.updatedAtS && one.id < other.id)

const orders = new WeakMap<Account, User[]>()

/** All users, deleted ones included (DOC), by their last change. Sorted anew only when something changed. */
function byChange(account: Account): readonly User[] {
  const users = account.sortedUsers()
  const known = orders.get(account)
  const isTrue = known?.length === users.length && known.every((user, at) => at === 0 || isBefore(known[at - 1]!, user))
  if (known && isTrue) return known
  const sorted = [...users].sort((one, other) => (isBefore(one, other) ? -1 : 1))
  orders.set(account, sorted)
  return sorted
}

/** Those after `atS` and `id`, which are visible already. */
function changesAfter({ world, nowMs }: ApiRequest, atS: number, id: number): User[] {
  const newestS = Math.floor(nowMs / 1000) - lagS
  return byChange(world.account).filter(
    (user) => user.updatedAtS <= newestS && (user.updatedAtS > atS || (user.updatedAtS === atS && user.id > id)),
  )
}

/** Seconds of the epoch, at least a minute ago (OAS); or the refusal. Assumption: its status and body. */
function readStartTime({ query, nowMs }: ApiRequest): number | Reply {
  const text = query.get('start_time') ?? ''
  if (!/^\d+$/.test(text)) return invalidAttribute('start_time', 'must be an integer', endpoint)
  if (Number(text) <= Math.floor(nowMs / 1000) - lagS) return Number(text)
  const description = 'Too recent start_time. Use a start_time older than 1 minute'
  return json(422, { error: 'InvalidValue', description })
}

/** OAS IncrementalPage. Facts: at most 1,000; Assumption: more is cut down. */
function readSize({ query }: ApiRequest): number {
  const asked = Number(query.get('per_page') ?? 1000)
  return Number.isInteger(asked) && asked > 0 ? Math.min(1000, asked) : 1000
}

/** ZENPY: a user of an export says whether he was deleted for good. */
function render({ world, origin }: ApiRequest, users: readonly User[]): Record<string, unknown>[] {
  return users.map((user) => ({
    ...userJson(world.account, user, origin),
    permanently_deleted: user.extra?.permanentlyDeleted === true,
  }))
}

/** OAS: the example's cursor is base64 of `{second}.0||{id}|`. Assumption: there is no way back, so `before_` is null. */
function exportByCursor(request: ApiRequest): Reply {
  const { query, origin, path } = request
  const cursor = query.get('cursor')
  let [atS, id] = [0, -1]
  if (cursor !== null) {
    const match = /^(\d+)\.0\|\|(-?\d+)\|$/.exec(Buffer.from(cursor, 'base64').toString('utf8'))
    if (!match) return invalidAttribute('cursor', 'is not valid', `${endpoint}/cursor`)
    atS = Number(match[1])
    id = Number(match[2])
  } else {
    const startS = readStartTime(request)
    if (typeof startS !== 'number') return startS
    atS = startS
  }
  const changes = changesAfter(request, atS, id)
  const size = readSize(request)
  const page = changes.slice(0, size)
  const last = page.at(-1)
  const after = Buffer.from(`${last?.updatedAtS ?? atS}.0||${last?.id ?? id}|`).toString('base64')
  const perPage = query.has('per_page') ? `&per_page=${size}` : ''
  return json(200, {
    users: render(request, page),
    after_url: `${origin}${path}?cursor=${encodeURIComponent(after)}${perPage}`,
    after_cursor: after,
    before_url: null,
    before_cursor: null,
    end_of_stream: changes.length <= size,
  })
}

/**
 * The next page starts at the second of the last user, so users come twice (facts: duplicates are possible).
 * Assumption: users of one second are never torn apart, and a page always leads beyond its start, else it would come again for ever.
 */
function exportByTime(request: ApiRequest): Reply {
  const { query, origin, path } = request
  const startS = readStartTime(request)
  if (typeof startS !== 'number') return startS
  const changes = changesAfter(request, startS, -1)
  const size = readSize(request)
  let end = Math.min(size, changes.length)
  while (end < changes.length) {
    const secondS = changes[end - 1]!.updatedAtS
    if (changes[end]!.updatedAtS !== secondS && secondS !== startS) break
    end++
  }
  const page = changes.slice(0, end)
  const endTime = page.at(-1)?.updatedAtS ?? startS
  const perPage = query.has('per_page') ? `&per_page=${size}` : ''
  return json(200, {
    users: render(request, page),
    next_page: `${origin}${path}?start_time=${endTime}${perPage}`,
    count: page.length,
    end_of_stream: end >= changes.length,
    end_time: endTime,
  })
}

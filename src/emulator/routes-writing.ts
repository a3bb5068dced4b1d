/** Writing users: the bulk endpoints, which only queue a job, and the singular upsert. */
import type { User } from './account.ts'
import { checkRow, checkRows, type Row, warningHeader } from './attributes.ts'
import { createRandom } from './random.ts'
import { forbidden, invalidAttribute, json, jsonText, type Reply, recordNotFound, tooManyUsers } from './reply.ts'
import type { ApiRequest, Route } from './router.ts'
import type { RowError } from './row-check.ts'
import { applyRow, findMatch, type RowContext, type WriteMode } from './upsert.ts'
import { userJson } from './user-json.ts'

export const writingRoutes: readonly Route[] = [
  bulkRoute('create_or_update_many', 'upsert'),
  bulkRoute('create_many', 'create'),
  { method: 'PUT', path: 'users/update_many', level: 'manager', resource: 'users', respond: updateMany },
  { method: 'POST', path: 'users/create_or_update', level: 'manager', resource: 'users', respond: createOrUpdate },
]

function bulkRoute(action: string, mode: WriteMode): Route {
  const respond = (request: ApiRequest): Reply => {
    // OAS: 403 until Zendesk Customer Support enables imports. Assumption: the body, which is unknown.
    if (!request.world.account.settings.bulkImport) return forbidden()
    const unknownKeys: string[] = []
    const rows = checkRows(request.body, `api/v2/users/${action}`, unknownKeys)
    if ('status' in rows) return rows
    return queueJob(request, mode, rows, warningHeader(unknownKeys, action))
  }
  return { method: 'POST', path: `users/${action}`, level: 'manager', resource: 'users', respond }
}

/** ZENPY, DOC: one change for all of `?ids=` or `?external_ids=`, or `{"users": [...]}` with its own change each. */
function updateMany(request: ApiRequest): Reply {
  const { query, body } = request
  const endpoint = 'api/v2/users/update_many'
  const unknownKeys: string[] = []
  const [ids, externalIds] = [query.get('ids'), query.get('external_ids')]
  if (ids === null && externalIds === null) {
    const rows = checkRows(body, endpoint, unknownKeys)
    return 'status' in rows ? rows : queueJob(request, 'update', rows, warningHeader(unknownKeys, 'update_many'))
  }
  const change = (body as { user?: unknown } | undefined)?.user
  const refusal = checkRow(change, 'user', endpoint, unknownKeys)
  if (refusal) return refusal
  const keys = (ids ?? externalIds ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter(Boolean)
  if (keys.length > 100) return tooManyUsers()
  if (keys.length === 0) return invalidAttribute('ids', 'must be a list of ids', endpoint)
  const rows = keys.map(
    (key): Row => ({ ...(change as Row), ...(ids === null ? { external_id: key } : { id: Number(key) }) }),
  )
  return queueJob(request, 'update', rows, warningHeader(unknownKeys, 'update_many'))
}

/** DOC-RL: at most 30 jobs queued or running, of all writers together (the scope is inferred). */
function queueJob(request: ApiRequest, mode: WriteMode, rows: readonly Row[], headers: Record<string, string>): Reply {
  const { world, nowMs, origin } = request
  const { jobLimit, tooManyJobsStatus } = world.account.settings
  const inFlight = world.jobs.inFlightIds()
  if (inFlight.length >= jobLimit) {
    const description = 'Too many UserBulkUpdateJobV2 jobs are currently queued or running. Try again later.'
    return json(
      tooManyJobsStatus,
      { error: 'TooManyJobs', description, current_job_ids: inFlight },
      inFlightHeader(0, jobLimit),
    )
  }
  const job = world.jobs.create({ mode, rows, isAdmin: isAdmin(request), nowMs, fault: request.jobFault })
  const left = jobLimit - inFlight.length - 1
  return jsonText(200, `{"job_status":${world.jobs.render(job, origin, nowMs)}}`, {
    ...headers,
    ...inFlightHeader(left, jobLimit),
  })
}

/** DOC-RL. */
function inFlightHeader(left: number, total: number): Record<string, string> {
  return { 'zendesk-ratelimit-inflight-jobs': `total=${total}; remaining=${left}; resets=60` }
}

function isAdmin({ world, caller }: ApiRequest): boolean {
  return caller.user !== null && world.access.roleOf(caller.user) === 'admin'
}

/** OAS, GRP: 200 for an existing user, 201 for a new one, with the whole user. Bulk import need not be on. */
function createOrUpdate(request: ApiRequest): Reply {
  const { world, body, nowMs, origin } = request
  const { account, singularLimit } = world
  const refusal = account.settings.singularUpsertLimits ? singularLimit.takeAccount(nowMs) : undefined
  if (refusal) return refusal
  const unknownKeys: string[] = []
  const row = (body as { user?: Row } | undefined)?.user as Row
  const typeError = checkRow(row, 'user', 'api/v2/users/create_or_update', unknownKeys)
  if (typeError) return typeError
  const match = findMatch(account, row, 'upsert')
  if (match.isMissing) return recordNotFound() // zenpy #586
  const limited = match.user && account.settings.singularUpsertLimits && singularLimit.takeUser(match.user.id, nowMs)
  if (limited) return limited
  const context: RowContext = {
    account,
    mode: 'upsert',
    atS: Math.floor(nowMs / 1000),
    race: noRace,
    isAdmin: isAdmin(request),
  }
  const outcome = applyRow(context, row, match)
  if (outcome.status === 'Failed') return recordInvalid(outcome.errors)
  const { user, status } = outcome
  const headers = warningHeader(unknownKeys, 'create_or_update')
  if (status === 'Updated') return json(200, { user: userJson(account, user, origin) }, headers)
  if (account.settings.singularUpsertLimits) singularLimit.takeUser(user.id, nowMs)
  headers.location = locationOf(user, origin)
  return json(201, { user: userJson(account, user, origin) }, headers)
}

/** Nothing comes between look-up and write of a single user. */
const noRace = createRandom(0, 'singular')

/** ZENPY. */
function locationOf(user: User, origin: string): string {
  return `${origin}/api/v2/users/${user.id}.json`
}

/** GRP, PHP. */
function recordInvalid(errors: readonly RowError[]): Reply {
  const details: Record<string, { description: string; error?: string }[]> = {}
  for (const { attribute, description, error } of errors) {
    details[attribute] ??= []
    details[attribute].push(error === undefined ? { description } : { description, error })
  }
  return json(422, { error: 'RecordInvalid', description: 'Record validation errors', details })
}

/** Writing many users: the bulk endpoints, which only queue a job. */
import type { User } from './account.ts'
import { checkRow, checkRows, type Row, warningHeader } from './attributes.ts'
import { queueJob } from './queue.ts'
import { forbidden, invalidAttribute, json, type Reply, tooManyUsers } from './reply.ts'
import type { ApiRequest, Route } from './router.ts'
import type { WriteMode } from './row-match.ts'
import type { Settings } from './settings.ts'
import { userTask } from './user-job.ts'

export const writingRoutes: readonly Route[] = [
  bulkRoute('create_or_update_many', 'upsert'),
  bulkRoute('create_many', 'create'),
  { method: 'PUT', path: 'users/update_many', level: 'manager', resource: 'users', respond: updateMany },
]

function bulkRoute(action: string, mode: WriteMode): Route {
  const respond = (request: ApiRequest): Reply => {
    const { settings } = request.world.account
    // OAS: 403 until Zendesk Customer Support enables imports.
    if (!settings.bulkImport) return importsOff(settings)
    const unknownKeys: string[] = []
    const rows = checkRows(request.body, `api/v2/users/${action}`, unknownKeys)
    if ('status' in rows) return withStatus(rows, request)
    return queueUsers(request, mode, rows, warningHeader(unknownKeys, action))
  }
  return { method: 'POST', path: `users/${action}`, level: 'manager', resource: 'users', respond }
}

/** The body is unknown: that of every other 403 (CSA), or one of the plain form. */
function importsOff({ importsOffBody }: Settings): Reply {
  if (importsOffBody === 'title') return forbidden()
  return json(403, { error: 'Forbidden', description: 'Bulk user import is not enabled for this account' })
}

/** Inferred: `users` that are absent, empty or unreadable are a 400, as a bad row is; the setting has the other reading. */
function withStatus(refusal: Reply, { body, world }: ApiRequest): Reply {
  const users = (body as { users?: unknown } | null | undefined)?.users
  const hasRows = Array.isArray(users) && users.length > 0
  return hasRows ? refusal : { ...refusal, status: world.account.settings.noUsersStatus }
}

/** ZENPY, DOC: one change for all of `?ids=` or `?external_ids=`, or `{"users": [...]}` with its own change each. */
function updateMany(request: ApiRequest): Reply {
  const { query, body, world } = request
  const { settings } = world.account
  // Inferred: it works without bulk import, since no note of OAS says otherwise.
  if (settings.updateManyNeedsImport && !settings.bulkImport) return importsOff(settings)
  const endpoint = 'api/v2/users/update_many'
  const unknownKeys: string[] = []
  const [ids, externalIds] = [query.get('ids'), query.get('external_ids')]
  if (ids === null && externalIds === null) {
    const rows = checkRows(body, endpoint, unknownKeys)
    if ('status' in rows) return withStatus(rows, request)
    return queueUsers(request, 'update', rows, warningHeader(unknownKeys, 'update_many'))
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
  return queueUsers(request, 'update', rows, warningHeader(unknownKeys, 'update_many'))
}

function queueUsers(
  request: ApiRequest,
  mode: WriteMode,
  rows: readonly Row[],
  headers: Record<string, string>,
): Reply {
  const { world, caller } = request
  const takeWrite = ({ id }: User, atS: number): boolean => world.singularLimit.takeUser(id, atS * 1000) === undefined
  const task = userTask({ account: world.account, mode, rows, isAdmin: world.access.isAdmin(caller), takeWrite })
  return queueJob(request, task, headers)
}

/** Writing many users: the bulk endpoints, which only queue a job. */
import { checkRow, checkRows, type Row, warningHeader } from './attributes.ts'
import { queueJob } from './queue.ts'
import { forbidden, invalidAttribute, type Reply, tooManyUsers } from './reply.ts'
import type { ApiRequest, Route } from './router.ts'
import type { WriteMode } from './upsert.ts'
import { userTask } from './user-job.ts'

export const writingRoutes: readonly Route[] = [
  bulkRoute('create_or_update_many', 'upsert'),
  bulkRoute('create_many', 'create'),
  { method: 'PUT', path: 'users/update_many', level: 'manager', resource: 'users', respond: updateMany },
]

function bulkRoute(action: string, mode: WriteMode): Route {
  const respond = (request: ApiRequest): Reply => {
    // OAS: 403 until Zendesk Customer Support enables imports. Assumption: the body, which is unknown.
    if (!request.world.account.settings.bulkImport) return forbidden()
    const unknownKeys: string[] = []
    const rows = checkRows(request.body, `api/v2/users/${action}`, unknownKeys)
    if ('status' in rows) return rows
    return queueUsers(request, mode, rows, warningHeader(unknownKeys, action))
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
    return 'status' in rows ? rows : queueUsers(request, 'update', rows, warningHeader(unknownKeys, 'update_many'))
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
  return queueJob(request, userTask(world.account, mode, rows, world.access.isAdmin(caller)), headers)
}

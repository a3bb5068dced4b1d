/** Deleting many users, what is left of deleted ones, and deleting them for good. */
import type { Account, User } from './account.ts'
import type { Task } from './jobs.ts'
import { type CursorKey, paginate } from './pagination.ts'
import { findUser } from './path-user.ts'
import { queueJob } from './queue.ts'
import { forbidden, invalidAttribute, json, type Reply, recordNotFound, tooManyValues } from './reply.ts'
import type { ApiRequest, Route } from './router.ts'
import { isoTime, userJson } from './user-json.ts'

export const deletedRoutes: readonly Route[] = [
  { method: 'DELETE', path: 'users/destroy_many', level: 'admin', resource: 'users', respond: destroyMany },
  { method: 'GET', path: 'deleted_users', level: 'agent', resource: 'users', respond: listDeleted },
  { method: 'GET', path: 'deleted_users/count', level: 'agent', resource: 'users', respond: countDeleted },
  { method: 'GET', path: 'deleted_users/{id}', level: 'agent', resource: 'users', respond: showDeleted },
  { method: 'DELETE', path: 'deleted_users/{id}', level: 'manager', resource: 'users', respond: deleteForGood },
]

/** OAS: `ids` or `external_ids`, 100 at most, admins only; a job. Assumption: `ids` come before `external_ids`. */
function destroyMany(request: ApiRequest): Reply {
  const { query, world, caller } = request
  const [ids, externalIds] = [query.get('ids'), query.get('external_ids')]
  const keys = (ids ?? externalIds ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter(Boolean)
  if (keys.length > 100) return tooManyValues(ids === null ? 'external_ids' : 'ids')
  const isBad = keys.length === 0 || (ids !== null && !keys.every((key) => /^\d+$/.test(key)))
  if (isBad) return invalidAttribute('ids', 'must be a list of ids', 'api/v2/users/destroy_many') // Assumption
  const { account } = world
  const find = (key: string): User | undefined => (ids === null ? account.byExternalId(key) : account.user(Number(key)))
  return queueJob(request, destroyTask(account, keys, find, caller.user))
}

/** Assumption: job_type and class, after the jobs that write; words while it works after NODEZ. */
function destroyTask(
  account: Account,
  keys: readonly string[],
  find: (key: string) => User | undefined,
  caller: User | null,
): Task {
  let found: (User | undefined)[] = []
  const fail = (index: number, error: string, details: string): string => {
    // OAS FailedResult. Assumption: where no id is known the index stands in its place.
    const id = found[index]?.id ?? (/^\d+$/.test(keys[index]!) ? Number(keys[index]) : index)
    return JSON.stringify({ id, action: 'delete', error, success: false, details, status: 'Failed' })
  }
  return {
    type: 'Bulk Delete User',
    jobClass: 'UserBulkDeleteJob',
    doing: 'Deleting User',
    total: keys.length,
    start: () => {
      found = keys.map(find)
    },
    apply: (index, atS) => {
      const user = found[index]
      if (!user?.active) return fail(index, 'RecordNotFound', 'Not found')
      // OAS: not the account owner. Assumption: nor himself.
      if (user === account.owner || user === caller) return fail(index, 'Forbidden', 'This user cannot be deleted')
      account.deleteUser(user, atS)
      return `{"action":"delete","id":${user.id},"status":"Deleted","success":true}` // ZENPY, OAS
    },
  }
}

/** OAS: cursor or offset; those deleted for good are among them. Assumption: by id. */
function listDeleted(request: ApiRequest): Reply {
  const { world, origin } = request
  const users = world.account.sortedUsers().filter((user) => !user.active)
  const key: CursorKey<User> = { keyOf: (user) => String(user.id) }
  const page = paginate(users, key, request)
  if ('status' in page) return page
  const deleted = page.records.map((user) => deletedUserJson(world.account, user, origin))
  return json(200, { deleted_users: deleted, ...page.frame })
}

/** OAS: approximate, and refreshed daily above 100,000. Assumption: here it is always right. */
function countDeleted({ world, nowMs }: ApiRequest): Reply {
  const value = world.account.userCount - world.account.activeUsers().length
  return json(200, { count: { refreshed_at: isoTime(Math.floor(nowMs / 1000)), value } })
}

/** OAS: a user who is deleted, and not for good. */
function findDeleted(request: ApiRequest, action: string): User | Reply {
  const user = findUser(request, `api/v2/deleted_users/${action}`)
  if ('status' in user) return user
  return user.active || user.extra?.permanentlyDeleted ? recordNotFound() : user
}

function showDeleted(request: ApiRequest): Reply {
  const user = findDeleted(request, 'show')
  if ('status' in user) return user
  return json(200, { deleted_user: deletedUserJson(request.world.account, user, request.origin) })
}

/** OAS: 200, with the user as he was. Assumption: only what takes effect counts toward the limit. */
function deleteForGood(request: ApiRequest): Reply {
  const { world, origin, caller, nowMs } = request
  const user = findDeleted(request, 'destroy')
  if ('status' in user) return user
  // OAS: as for deleting, an agent may do it to end users only.
  if (user.role !== 'end-user' && !world.access.isAdmin(caller)) return forbidden()
  const refusal = world.permanentDeletionLimit.take(nowMs)
  if (refusal) return refusal
  const body = { deleted_user: deletedUserJson(world.account, user, origin) }
  world.account.eraseUser(user)
  return json(200, body)
}

const deletedUserKeys = [
  'active',
  'created_at',
  'email',
  'id',
  'locale',
  'locale_id',
  'name',
  'organization_id',
  'phone',
  'photo',
  'role',
  'shared_phone_number',
  'time_zone',
  'updated_at',
  'url',
] as const

/** OAS DeletedUserObject, whose examples show the address that the user had. */
function deletedUserJson(account: Account, user: User, origin: string): Record<string, unknown> {
  const whole = {
    ...userJson(account, user, origin),
    email: user.extra?.formerEmail ?? null,
    url: `${origin}/api/v2/deleted_users/${user.id}.json`,
  } as Record<string, unknown>
  return Object.fromEntries(deletedUserKeys.map((key) => [key, whole[key]]))
}

/** Reading and deleting users: `GET users...`, `DELETE users/{id}`. */
import type { User } from './account.ts'
import { type CursorKey, paginate } from './pagination.ts'
import { findActiveUser, findUser } from './path-user.ts'
import { forbidden, invalidAttribute, json, type Reply, tooManyValues } from './reply.ts'
import type { ApiRequest, Route } from './router.ts'
import { anonymousUser, identityJson, isoTime, ownUserJson, userJson } from './user-json.ts'

export const userRoutes: readonly Route[] = [
  { method: 'GET', path: 'users/me', level: 'anyone', resource: 'users', respond: showMe },
  { method: 'GET', path: 'users', level: 'agent', resource: 'users', respond: listUsers },
  { method: 'GET', path: 'users/show_many', level: 'agent', resource: 'users', respond: showMany },
  { method: 'GET', path: 'users/count', level: 'agent', resource: 'users', respond: countUsers },
  { method: 'GET', path: 'users/{id}', level: 'agent', resource: 'users', respond: showUser },
  { method: 'GET', path: 'users/{id}/related', level: 'agent', resource: 'users', respond: showRelated },
  { method: 'DELETE', path: 'users/{id}', level: 'manager', resource: 'users', respond: deleteUser },
]

/** NODEZ, CSA: without credentials it is a 200 all the same. */
function showMe({ world, caller, origin }: ApiRequest): Reply {
  if (!caller.user) return json(200, { user: anonymousUser })
  const role = world.access.roleOf(caller.user)
  const user = ownUserJson(world.account, caller.user, origin)
  user.role = role === 'agent_without_rights' ? 'agent' : role
  return json(200, { user })
}

/** DOC-USERS: filters `role=`, `role[]=`, `permission_set=`, `external_id=`; `include=identities`; by id. */
function listUsers(request: ApiRequest): Reply {
  const { world, query, origin } = request
  const { account } = world
  const externalId = query.get('external_id')
  let users = ofRoles(account.activeUsers(), query)
  const roleId = query.get('permission_set')
  if (roleId !== null) users = users.filter((user) => String(user.extra?.custom_role_id) === roleId)
  if (externalId !== null) users = users.filter((user) => user === account.byExternalId(externalId))
  const key: CursorKey<User> = {
    keyOf: (user) => String(user.id),
    positionOf: (value) => positionOfId(users, Number(value)),
  }
  const page = paginate(users, key, request)
  if ('status' in page) return page
  return json(200, {
    users: page.records.map((user) => userJson(account, user, origin)),
    ...sideloads(page.records, request),
    ...page.frame,
  })
}

/** DOC-USERS: `role=` or `role[]=`. */
function ofRoles(users: readonly User[], query: URLSearchParams): readonly User[] {
  const roles = [...query.getAll('role[]'), ...query.getAll('role')]
  return roles.length === 0 ? users : users.filter((user) => roles.includes(user.role))
}

/** OAS: approximate, and refreshed daily above 100,000. Assumption: here it is always right. */
function countUsers({ world, query, nowMs }: ApiRequest): Reply {
  const value = ofRoles(world.account.activeUsers(), query).length
  return json(200, { count: { refreshed_at: isoTime(Math.floor(nowMs / 1000)), value } })
}

/** OAS UserRelatedObject. There are no tickets here. */
function showRelated(request: ApiRequest): Reply {
  const user = findActiveUser(request, 'api/v2/users/related')
  if ('status' in user) return user
  const related = { assigned_tickets: 0, requested_tickets: 0, ccd_tickets: 0, organization_subscriptions: 0 }
  return json(200, { user_related: related })
}

/** The last user whose id is not above; so a user that was deleted between two pages does no harm. */
function positionOfId(users: readonly User[], id: number): number {
  let low = 0
  let high = users.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (users[middle]!.id <= id) low = middle + 1
    else high = middle
  }
  return low === 0 ? -1 : low - 1
}

/** DOC: `?include=` adds sibling arrays; of those only identities are here. */
export function sideloads(users: readonly User[], { query, origin }: ApiRequest): Record<string, unknown> {
  if (!(query.get('include') ?? '').split(',').includes('identities')) return {}
  return {
    identities: users.flatMap((user) => user.identities.map((identity) => identityJson(user, identity, origin))),
  }
}

/** ZENPY: sorted by id, not by the request. Inferred: unknown ids are silently absent; deleted users too (DOC). */
function showMany(request: ApiRequest): Reply {
  const { world, query, origin } = request
  const { account } = world
  const [ids, externalIds] = [query.get('ids'), query.get('external_ids')]
  const keys = (ids ?? externalIds ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter(Boolean)
  if (keys.length > 100) return tooManyValues(ids === null ? 'external_ids' : 'ids')
  // Assumption: without any key there is nothing to show.
  if (keys.length === 0) return invalidAttribute('ids', 'must be a list of ids', 'api/v2/users/show_many')
  const includesDeleted = query.get('include_deleted') === 'true'
  const users = new Set<User>()
  for (const key of keys) {
    const user = ids === null ? account.byExternalId(key) : account.user(Number(key))
    if (user && (user.active || includesDeleted)) users.add(user)
  }
  const sorted = [...users].sort((one, other) => one.id - other.id)
  return json(200, {
    users: sorted.map((user) => userJson(account, user, origin)),
    ...sideloads(sorted, request),
    next_page: null,
    previous_page: null,
    count: sorted.length,
  })
}

/** Assumption: a deleted user is still shown, with `active: false`. */
function showUser(request: ApiRequest): Reply {
  const { world, origin } = request
  const user = findUser(request, 'api/v2/users/show')
  if ('status' in user) return user
  return json(200, { user: userJson(world.account, user, origin), ...sideloads([user], request) })
}

/** GRP: the reply shows the user without e-mail and external_id, `active: false`, tags and user fields kept. */
function deleteUser(request: ApiRequest): Reply {
  const { world, origin, caller } = request
  const user = findActiveUser(request, 'api/v2/users/destroy')
  if ('status' in user) return user
  // OAS: nobody deletes the account owner, and an agent deletes end users only. Assumption: nobody deletes himself.
  if (user === world.account.owner || user === caller.user) return forbidden()
  if (user.role !== 'end-user' && !world.access.isAdmin(caller)) return forbidden()
  world.account.deleteUser(user)
  return json(200, { user: userJson(world.account, user, origin) })
}

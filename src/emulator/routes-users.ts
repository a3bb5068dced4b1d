/** Reading and deleting users: `GET users...`, identities, `DELETE users/{id}`. */
import type { Account, User } from './account.ts'
import { type CursorKey, paginate } from './pagination.ts'
import { forbidden, invalidAttribute, json, type Reply, recordNotFound, tooManyValues } from './reply.ts'
import type { ApiRequest, Route } from './router.ts'
import { anonymousUser, identityJson, userJson } from './user-json.ts'

export const userRoutes: readonly Route[] = [
  { method: 'GET', path: 'users/me', level: 'anyone', resource: 'users', respond: showMe },
  { method: 'GET', path: 'users', level: 'agent', resource: 'users', respond: listUsers },
  { method: 'GET', path: 'users/show_many', level: 'agent', resource: 'users', respond: showMany },
  { method: 'GET', path: 'users/{id}', level: 'agent', resource: 'users', respond: showUser },
  { method: 'DELETE', path: 'users/{id}', level: 'manager', resource: 'users', respond: deleteUser },
  { method: 'GET', path: 'users/{id}/identities', level: 'agent', resource: 'other', respond: listIdentities },
]

/** NODEZ, CSA: without credentials it is a 200 all the same. */
function showMe({ world, caller, origin }: ApiRequest): Reply {
  if (!caller.user) return json(200, { user: anonymousUser })
  const role = world.access.roleOf(caller.user)
  const user = userJson(world.account, caller.user, origin)
  user.role = role === 'agent_without_rights' ? 'agent' : role
  return json(200, { user: { ...user, authenticity_token: null } })
}

/** DOC-USERS: filters `role=`, `role[]=`, `external_id=`; `include=identities`; by id. */
function listUsers(request: ApiRequest): Reply {
  const { world, query, origin } = request
  const { account } = world
  const roles = [...query.getAll('role[]'), ...query.getAll('role')]
  const externalId = query.get('external_id')
  let users = account.activeUsers()
  if (roles.length > 0) users = users.filter((user) => roles.includes(user.role))
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
function sideloads(users: readonly User[], { query, origin }: ApiRequest): Record<string, unknown> {
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

/** The user of the path, or the refusal: 400 for an id that is no number (observed), 404 (ZENPY). */
function findUser(account: Account, id: string, action: string): User | Reply {
  if (!/^\d+$/.test(id)) return invalidAttribute('id', 'must be an integer', `api/v2/users/${action}`)
  return account.user(Number(id)) ?? recordNotFound()
}

/** Assumption: a deleted user is still shown, with `active: false`. */
function showUser(request: ApiRequest): Reply {
  const { world, id, origin } = request
  const user = findUser(world.account, id, 'show')
  if ('status' in user) return user
  return json(200, { user: userJson(world.account, user, origin), ...sideloads([user], request) })
}

/** GRP: the reply shows the user without e-mail and external_id, `active: false`, tags and user fields kept. */
function deleteUser({ world, id, origin, caller }: ApiRequest): Reply {
  const user = findUser(world.account, id, 'destroy')
  if ('status' in user) return user
  if (!user.active) return recordNotFound()
  // Assumption: nobody deletes himself, and an agent deletes end users only.
  const isAdmin = caller.user !== null && world.access.roleOf(caller.user) === 'admin'
  if (user === caller.user || (user.role !== 'end-user' && !isAdmin)) return forbidden()
  world.account.deleteUser(user)
  return json(200, { user: userJson(world.account, user, origin) })
}

function listIdentities(request: ApiRequest): Reply {
  const { world, id, query, origin } = request
  const user = findUser(world.account, id, 'identities')
  if ('status' in user) return user
  const types = query.getAll('type[]')
  const identities = user.identities.filter(({ type }) => types.length === 0 || types.includes(type))
  const page = paginate(identities, { keyOf: (identity) => String(identity.id) }, request)
  if ('status' in page) return page
  return json(200, { identities: page.records.map((identity) => identityJson(user, identity, origin)), ...page.frame })
}

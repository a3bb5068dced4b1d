/** Writing one user at a time: `POST users`, `PUT users/{id}`, `POST users/create_or_update`. */
import type { User } from './account.ts'
import { checkRow, type Row, warningHeader } from './attributes.ts'
import { findActiveUser } from './path-user.ts'
import { createRandom } from './random.ts'
import { forbidden, json, type Reply, recordInvalid, recordNotFound } from './reply.ts'
import type { ApiRequest, Route } from './router.ts'
import { findMatch, type Match, type WriteMode } from './row-match.ts'
import { applyRow } from './upsert.ts'
import { userJson } from './user-json.ts'

export const singularRoutes: readonly Route[] = [
  { method: 'POST', path: 'users', level: 'manager', resource: 'users', respond: createUser },
  { method: 'POST', path: 'users/create_or_update', level: 'manager', resource: 'users', respond: createOrUpdate },
  { method: 'PUT', path: 'users/{id}', level: 'manager', resource: 'users', respond: updateUser },
]

/** ZENPY: 201 with the address of the new user; a name alone is enough. No limit of its own, and bulk import need not be on. */
function createUser(request: ApiRequest): Reply {
  const unknownKeys: string[] = []
  const refusal = checkRow(rowOf(request), 'user', 'api/v2/users/create', unknownKeys)
  if (refusal) return refusal
  const match = findMatch(request.world.account, rowOf(request), 'create')
  return write(request, 'create', rowOf(request), match, warningHeader(unknownKeys, 'create'))
}

/**
 * DOC-USERS: changes what is given, and answers the whole user. DOC-RL: limited together with the upsert.
 * Assumption: the id of the path wins over one in the body.
 */
function updateUser(request: ApiRequest): Reply {
  const { world, caller, nowMs } = request
  const { settings } = world.account
  const refusal = settings.singularUpsertLimits ? world.singularLimit.takeAccount(nowMs) : undefined
  if (refusal) return refusal
  const user = findActiveUser(request, 'api/v2/users/update')
  if ('status' in user) return user
  // DOC-USERS: agents may update end users only. Assumption: the 403.
  if (user.role !== 'end-user' && !world.access.isAdmin(caller)) return forbidden()
  if (user.extra?.shared) return forbidden() // DOC-USERS
  const unknownKeys: string[] = []
  const typeError = checkRow(rowOf(request), 'user', 'api/v2/users/update', unknownKeys)
  if (typeError) return typeError
  const limited = settings.singularUpsertLimits ? world.singularLimit.takeUser(user.id, nowMs) : undefined
  if (limited) return limited
  const match: Match = { user, version: user.version, isMissing: false }
  return write(request, 'update', { ...rowOf(request), id: user.id }, match, warningHeader(unknownKeys, 'update'))
}

/** OAS, GRP: 200 for an existing user, 201 for a new one, with the whole user. Bulk import need not be on. */
function createOrUpdate(request: ApiRequest): Reply {
  const { world, nowMs } = request
  const { account, singularLimit } = world
  const refusal = account.settings.singularUpsertLimits ? singularLimit.takeAccount(nowMs) : undefined
  if (refusal) return refusal
  const unknownKeys: string[] = []
  const row = rowOf(request)
  const typeError = checkRow(row, 'user', 'api/v2/users/create_or_update', unknownKeys)
  if (typeError) return typeError
  const match = findMatch(account, row, 'upsert')
  if (match.isMissing) return recordNotFound() // zenpy #586
  const limited = match.user && account.settings.singularUpsertLimits && singularLimit.takeUser(match.user.id, nowMs)
  if (limited) return limited
  return write(request, 'upsert', row, match, warningHeader(unknownKeys, 'create_or_update'))
}

/** Not checked: {@link checkRow} comes first. */
function rowOf({ body }: ApiRequest): Row {
  return (body as { user?: Row } | undefined)?.user as Row
}

/** Nothing comes between look-up and write of a single user. */
const noRace = createRandom(0, 'singular')

function write(request: ApiRequest, mode: WriteMode, row: Row, match: Match, headers: Record<string, string>): Reply {
  const { world, caller, origin, nowMs } = request
  const { account, singularLimit } = world
  const isAdmin = world.access.isAdmin(caller)
  const outcome = applyRow({ account, mode, atS: Math.floor(nowMs / 1000), race: noRace, isAdmin }, row, match)
  if (outcome.status === 'Failed') return recordInvalid(outcome.errors)
  const { user, status } = outcome
  const body = { user: userJson(account, user, origin) }
  if (status === 'Updated') return json(200, body, headers)
  if (mode === 'upsert' && account.settings.singularUpsertLimits) singularLimit.takeUser(user.id, nowMs)
  return json(201, body, { ...headers, location: locationOf(user, origin) })
}

/** ZENPY. */
function locationOf(user: User, origin: string): string {
  return `${origin}/api/v2/users/${user.id}.json`
}

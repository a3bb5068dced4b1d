/** `PUT users/{id}/merge`: two end users who are one person. */
import type { Account, User } from './account.ts'
import { findActiveUser } from './path-user.ts'
import { invalidAttribute, json, type Reply, recordInvalid, recordNotFound } from './reply.ts'
import type { ApiRequest, Route } from './router.ts'
import { userJson } from './user-json.ts'

export const mergeRoutes: readonly Route[] = [
  { method: 'PUT', path: 'users/{id}/merge', level: 'manager', resource: 'users', respond: merge },
]

/** OAS: the user of the path goes into the one of the body, `{"user": {"id": 1}}`, and is gone; the answer is who is left. */
function merge(request: ApiRequest): Reply {
  const { world, body, origin, nowMs } = request
  const { account } = world
  const merging = findActiveUser(request, 'api/v2/users/merge')
  if ('status' in merging) return merging
  const id = (body as { user?: { id?: unknown } } | undefined)?.user?.id
  if (!Number.isInteger(id)) return invalidAttribute('user.id', 'must be an integer', 'api/v2/users/merge')
  const receiving = account.user(id as number)
  if (!receiving?.active) return recordNotFound()
  const reason = refusalOf(merging, receiving)
  if (reason !== undefined) return recordInvalid([{ attribute: 'base', description: reason }])
  mergeInto(account, merging, receiving, Math.floor(nowMs / 1000))
  return json(200, { user: userJson(account, receiving, origin) })
}

/** OAS: end users only. Support 4408887695898: an unverified one needs an address or a Twitter name. Assumption: 422, and the words. */
function refusalOf(merging: User, receiving: User): string | undefined {
  if (merging === receiving) return 'A user cannot be merged into himself'
  for (const { role, identities } of [merging, receiving]) {
    if (role !== 'end-user') return 'Only end users can be merged'
    if (!identities.some(({ type, verified }) => verified || type === 'email' || type === 'twitter')) {
      return 'A user who is not verified needs an email or a Twitter identity to be merged'
    }
  }
  return undefined
}

/**
 * Support 4408887695898: the merging user loses everything but tickets and e-mail identities. So his external_id is free, and all
 * his addresses are held by the receiving user (COMM-MERGE). Assumption: identities of other types go over as well; a
 * number becomes the direct line of somebody who has none.
 */
function mergeInto(account: Account, merging: User, receiving: User, atS: number): void {
  account.beginChange(receiving, atS)
  account.past.remember(merging, atS, false)
  const types = new Set(receiving.identities.map(({ type }) => type))
  for (const identity of merging.identities) if (types.has(identity.type)) identity.primary = false
  account.moveIdentities(merging, receiving, atS)
  if (receiving.phone === null && merging.sharedPhone === false) {
    receiving.phone = merging.phone
    receiving.sharedPhone = false
  }
  account.deleteUser(merging, atS)
}

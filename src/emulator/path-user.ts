/** Whom the path of a request means. */
import type { User } from './account.ts'
import { invalidAttribute, type Reply, recordNotFound } from './reply.ts'
import type { ApiRequest } from './router.ts'

/**
 * The user, deleted or not, or the refusal: 400 for an id that is no number (observed), 404 (ZENPY). `endpoint` reads like
 * `api/v2/users/show`, `attribute` as the id is called there.
 */
export function findUser({ world, id }: ApiRequest, endpoint: string, attribute = 'id'): User | Reply {
  if (!/^\d+$/.test(id)) return invalidAttribute(attribute, 'must be an integer', endpoint)
  return world.account.user(Number(id)) ?? recordNotFound()
}

/** As {@link findUser}. Assumption: to whatever works on a user but showing him, a deleted one is unknown. */
export function findActiveUser(request: ApiRequest, endpoint: string, attribute = 'id'): User | Reply {
  const user = findUser(request, endpoint, attribute)
  return 'status' in user || user.active ? user : recordNotFound()
}

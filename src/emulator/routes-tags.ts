/** Tags of a user: the whole set, or some more or fewer. */
import { findActiveUser } from './path-user.ts'
import { invalidAttribute, json, type Reply } from './reply.ts'
import type { ApiRequest, Route } from './router.ts'

const path = 'users/{id}/tags'

export const tagRoutes: readonly Route[] = [
  { method: 'GET', path, level: 'agent', resource: 'users', respond: showTags },
  { method: 'POST', path, level: 'agent', resource: 'users', respond: (request) => change(request, 201, replaced) },
  { method: 'PUT', path, level: 'agent', resource: 'users', respond: (request) => change(request, 200, added) },
  { method: 'DELETE', path, level: 'agent', resource: 'users', respond: (request) => change(request, 200, removed) },
]

/** What the tags become, of those there are and those given. */
type Combine = (old: readonly string[], given: readonly string[]) => readonly string[]

const replaced: Combine = (_old, given) => given
const added: Combine = (old, given) => [...old, ...given]
const removed: Combine = (old, given) => old.filter((tag) => !given.includes(tag))

function showTags(request: ApiRequest): Reply {
  const user = findActiveUser(request, 'api/v2/tags/index', 'user_id')
  return 'status' in user ? user : json(200, { tags: user.tags })
}

/** OAS: POST sets (201), PUT adds, DELETE removes; each answers all tags that are left. Assumption: DELETE has a body too. */
function change(request: ApiRequest, status: number, combine: Combine): Reply {
  const { world, body, nowMs } = request
  const user = findActiveUser(request, 'api/v2/tags/update', 'user_id')
  if ('status' in user) return user
  const given = (body as { tags?: unknown } | undefined)?.tags
  if (!Array.isArray(given) || !given.every((tag) => typeof tag === 'string')) {
    return invalidAttribute('tags', 'must be an array', 'api/v2/tags/update')
  }
  world.account.beginChange(user, Math.floor(nowMs / 1000))
  // CENSUS: a space separates tags.
  const tags = given.flatMap((tag: string) => tag.split(/\s+/)).filter((tag) => tag !== '')
  user.tags = [...new Set(combine(user.tags, tags))]
  return json(status, { tags: user.tags })
}

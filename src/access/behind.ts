import type { AccessStore } from '../store/store.ts'
import { ApiKeys } from './api-keys.ts'
import type { Actor } from './authorize.ts'
import { actorOf } from './sign-in.ts'

/**
 * Who stands behind the id of an actor, with the rights of this moment, for what somebody left behind: a link, say, that opens something in their
 * name. Null: the user has gone or was disabled, or the key was deleted or has ended; with `isOverToo` only who has gone or was deleted.
 */
export async function actorBehind(
  id: string,
  parts: { access: AccessStore; now: () => Date },
  { isOverToo = false } = {},
): Promise<Actor | null> {
  if (id === 'cli') return { kind: 'cli', id }
  if (id === 'system') return { kind: 'system', id }
  const name = id.slice(id.indexOf('/') + 1)
  if (id.startsWith('key/')) return await new ApiKeys(parts).actorOf(name, { isOverToo })
  const user = id.startsWith('user/') ? await parts.access.user(name) : null
  return user === null || (user.state !== 'active' && !isOverToo) ? null : actorOf(user)
}

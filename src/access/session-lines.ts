import type { ProblemCode } from '../problem.ts'
import type { ActivityStore, User } from '../store/store.ts'
import { beginSession, type Via } from './authorize.ts'

/** How somebody signs in: `password`, `link`, or `identity_provider/<key>`. */
export type SignInWay = 'password' | 'link' | `identity_provider/${string}`

export interface SignInEnd {
  by: SignInWay
  /** Null: whoever it was is no user. What was typed in place of a user is not kept: it may be a password. */
  user: Pick<User, 'id' | 'email'> | null
  /** Null: the session has begun. */
  refused: ProblemCode | null
  via: Via
}

/** Writes a line of the activity log for each sign-in, whichever way it comes and however it ends. */
export class SessionLines {
  readonly #activity: Pick<ActivityStore, 'add'>
  readonly #now: () => Date
  readonly #newId: () => string

  constructor(parts: { activity: Pick<ActivityStore, 'add'>; now: () => Date; newId: () => string }) {
    this.#activity = parts.activity
    this.#now = parts.now
    this.#newId = parts.newId
  }

  /** Of a refused sign-in nobody knows that the user was the one who tried; the user is what it was about. */
  async add({ by, user, refused, via }: SignInEnd): Promise<void> {
    const isIn = refused === null && user !== null
    await this.#activity.add({
      id: this.#newId(),
      at: this.#now(),
      actor: isIn ? `user/${user.id}` : 'nobody',
      actorName: isIn ? user.email : 'Somebody who is not signed in',
      action: beginSession,
      object: user === null ? 'user' : `user/${user.id}`,
      allowed: refused === null,
      detail: { by, ...(refused !== null && { refused }) },
      address: via.address,
      agent: via.agent,
    })
  }
}

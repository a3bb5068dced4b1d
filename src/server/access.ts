import type { ApiKeys } from '../access/api-keys.ts'
import type { Actor, Attempt } from '../access/authorize.ts'
import { fitsCsrf, type SignIn } from '../access/sign-in.ts'
import { actorId } from '../control/gate.ts'
import type { Answered, Store } from '../store/store.ts'

/** Somebody who has just signed in. */
export interface SignedIn {
  actor: Actor
  /** Value of the session's cookie; nobody can read it again. */
  cookie: string
  /** Goes into header `x-csrf-token` of everything that changes something. */
  csrf: string
  expiresAt: Date
}

/** What the HTTP face needs to know of who asks. */
export interface ServerAccess {
  /** Null: there is no such session, or it is over. */
  actorOfSession(cookie: string): Promise<{ actor: Actor; isCsrf(token: string): boolean } | null>
  /** Null: there is no such key, or it has expired. */
  actorOfKey(key: string): Promise<Actor | null>
  /** Throws `access.unauthenticated`, `access.too_many_attempts`, `access.no_administrator`. */
  signIn(input: { email: string; password: string; address: string }): Promise<SignedIn>
  signOut(cookie: string): Promise<void>
  /** Writes the line of the activity log about a request that was denied before it reached `Control`. */
  note(attempt: Attempt): Promise<void>
  answers: Answers
}

/** Where answers to requests with an Idempotency-Key are kept; a part of the store. */
export interface Answers {
  /** Takes the key for this request, or gives what is there under it. */
  beginAnswer(answer: Answered): Promise<Answered | null>
  /** Null gives the key back. */
  endAnswer(actor: string, key: string, end: { status: number; body: string } | null): Promise<void>
}

/** The part of the log that the HTTP face writes to; fields never hold bodies, queries or people's data. */
export interface ServerLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** The access of a server whose users, keys and answers are in a store. */
export function storedAccess(options: {
  signIn: SignIn
  keys: ApiKeys
  store: Pick<Store, 'access' | 'activity'>
  now: () => Date
  newId: () => string
}): ServerAccess {
  const { signIn, keys, store, now, newId } = options
  return {
    async actorOfSession(cookie) {
      const found = await signIn.sessionOf(cookie)
      if (found === null) return null
      return { actor: found.administrator, isCsrf: (token) => fitsCsrf(found.session, token) }
    },
    actorOfKey: (key) => keys.keyOf(key),
    async signIn({ email, password, address }) {
      const { administrator, ...tokens } = await signIn.signIn(email, password, address)
      return { actor: administrator, ...tokens }
    },
    signOut: (cookie) => signIn.signOut(cookie),
    note: ({ actor, action, object, allowed }) =>
      store.activity.add({ id: newId(), at: now(), actor: actorId(actor), action, object, allowed, detail: {} }),
    answers: store.access,
  }
}

import type { ApiKeys } from '../access/api-keys.ts'
import type { Act, Actor, KeyActor, Note, UserActor, Via } from '../access/authorize.ts'
import type { Joining, Opened } from '../access/joining.ts'
import { grantsOf, rightsOf } from '../access/policies.ts'
import type { SecretBox } from '../access/secret-box.ts'
import { fitsCsrf, type NewSession, own, type SignIn } from '../access/sign-in.ts'
import type { SingleSignOn } from '../control/sso/single-sign-on.ts'
import { Problem } from '../problem.ts'
import type { Answered, Session, Store } from '../store/store.ts'

/** What the HTTP face needs to know of who asks. */
export interface ServerAccess {
  /** Null: there is no such session, or it is over. */
  actorOfSession(cookie: string): Promise<{ actor: UserActor; isCsrf(token: string): boolean } | null>
  /**
   * Who asked, as they are at this moment; null: the session or key has ended, or its user was disabled or has gone. Asking leaves no trace, as
   * {@link actorOfSession} and {@link actorOfKey} do of their use.
   */
  actorNow(actor: UserActor | KeyActor, cookie: string | null): Promise<UserActor | KeyActor | null>
  /** Null: there is no such key, or it has expired. */
  actorOfKey(key: string): Promise<KeyActor | null>
  /** Throws `access.unauthenticated`, `access.disabled`, `access.too_many_attempts`, `access.no_administrator`. */
  signIn(input: { email: string; password: string }, via: Via): Promise<NewSession>
  /** Signing in at identity providers. */
  sso: Pick<SingleSignOn, 'providers' | 'begin' | 'finish'>
  signOut(actor: Actor, cookie: string): Promise<void>
  /** What a one-time link asks for. Throws `access.link_over`. */
  openLink(token: string): Promise<Opened>
  /** Sets the password of the user of a link, and signs in. Throws `access.link_over`, `access.disabled`, `definition.invalid`. */
  join(token: string, given: { email: string; name: string; password: string }, via: Via): Promise<NewSession>
  /** Keys and commands have no password and no sessions. Throws `access.denied`. */
  userOf(actor: Actor, act: Act): Promise<UserActor>
  /** The sessions of a user, newest first, as they may be shown. */
  sessionsOf(user: UserActor, cookie: string | null): Promise<OwnSession[]>
  /** Throws `store.not_found`, also for the session of somebody else. */
  endSession(user: UserActor, id: string): Promise<void>
  /** Throws `access.unauthenticated` when `current` is not the password, `definition.invalid`. */
  changePassword(user: UserActor, input: { current: string; wanted: string; cookie: string; via: Via }): Promise<void>
  /** Writes the line of the activity log about a request that was denied before it reached `Control`. */
  note: Note
  /** E-mail addresses of the active users who set up destinations: whom somebody asks who lacks one, or a right. */
  whomToAsk(): Promise<string[]>
  answers: Answers
  /** A digest of a request that whoever reads the store cannot try passwords out against. */
  digest(text: string): string
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

/** A session of who asks; its id opens nothing. */
export interface OwnSession extends Pick<Session, 'id' | 'createdAt' | 'expiresAt' | 'address' | 'agent'> {
  isThis: boolean
}

/** The access of a server whose users, keys and answers are in a store. */
export function storedAccess(options: {
  signIn: SignIn
  joining: Joining
  sso: ServerAccess['sso']
  keys: ApiKeys
  store: Pick<Store, 'access'>
  box: Pick<SecretBox, 'digest'>
  /** Writes lines of the activity log. */
  note: Note
  now: () => Date
}): ServerAccess {
  const { signIn, joining, sso, keys, store, box, note, now } = options
  return {
    async actorOfSession(cookie) {
      const found = await signIn.sessionOf(cookie)
      return found && { actor: found.user, isCsrf: (token) => fitsCsrf(found.session, token) }
    },
    async actorNow(actor, cookie) {
      if (actor.kind === 'key') return await keys.actorOf(actor.id)
      const found = cookie === null ? null : await signIn.lookUp(cookie)
      return found === null || found.user.id !== actor.id ? null : found.user
    },
    actorOfKey: (key) => keys.keyOf(key),
    signIn: ({ email, password }, via) => signIn.signIn(email, password, via),
    sso,
    async signOut(actor, cookie) {
      const found = await signIn.sessionOf(cookie)
      // Whose session it is, not who asks: the request may come with a key as well.
      const via = 'via' in actor ? actor.via : undefined
      if (found !== null) await note(own('session:end', { ...found.user, ...(via && { via }) }, true))
      await signIn.signOut(cookie)
    },
    async userOf(actor, act) {
      if (actor.kind === 'user') return actor
      await note({ actor, action: act, object: 'user', allowed: false })
      throw new Problem('access.denied', {
        message: 'This is for users who are signed in.',
        fix: 'Sign in with a password.',
      })
    },
    openLink: (token) => joining.look(token),
    join: (token, given, via) => joining.join(token, given, via),
    async sessionsOf({ id }, cookie) {
      const present = cookie === null ? null : await signIn.sessionOf(cookie)
      const sessions = await store.access.sessionsOf(id)
      return sessions
        .filter(({ expiresAt }) => expiresAt > now())
        .map(({ user: _, csrf: __, ...session }) => ({ ...session, isThis: session.id === present?.session.id }))
    },
    async endSession(user, id) {
      const session = await store.access.session(id)
      if (session === null || session.user !== user.id) {
        throw new Problem('store.not_found', {
          message: 'There is no such session.',
          data: { kind: 'session', key: id },
        })
      }
      await note(own('session:end', user, true), { session: id })
      await store.access.removeSession(id)
    },
    changePassword: (user, input) => signIn.changePassword(user, input),
    note,
    async whomToAsk() {
      const users = (await store.access.users()).filter(({ state }) => state === 'active')
      return users.filter((user) => rightsOf(grantsOf(user)).has('destination:write')).map(({ email }) => email)
    },
    answers: store.access,
    digest: (text) => box.digest(text),
  }
}

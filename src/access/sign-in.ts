import { Problem } from '../problem.ts'
import type { AccessStore, Session, User } from '../store/store.ts'
import { Attempts } from './attempts.ts'
import type { Attempt, Note, UserActor, Via } from './authorize.ts'
import { digest, hasDigest } from './digest.ts'
import { type Cost, currentCost, hashPassword, verifyPassword } from './passwords.ts'
import { grantsOf, rightsOf } from './policies.ts'
import { newToken } from './token.ts'

const SESSION_MS = 12 * 60 * 60_000
const LONGEST_NAME = 100

export interface SignInOptions {
  access: AccessStore
  now: () => Date
  /** Milliseconds of a monotonic clock, for the waits after failures. */
  monotonicMs?: () => number
  newId: () => string
  /** Writes lines of the activity log. */
  note: Note
  /** What hashes of passwords cost. */
  cost?: Cost
}

/** How somebody has shown who they are. */
export type Shown = 'password' | 'link' | `identity_provider/${string}`

/** A session that was just begun: the only time that its two tokens are known. */
export interface NewSession {
  user: UserActor
  /** Value of the cookie, which scripts must not read. */
  cookie: string
  /** What each request that changes something sends along, to show that it comes from our own pages. */
  csrf: string
  expiresAt: Date
}

/** Signs users in and out. The store holds nothing but digests of the tokens, so who reads it cannot sign in. */
export class SignIn {
  readonly #access: AccessStore
  readonly #now: () => Date
  readonly #newId: () => string
  readonly #note: Note
  readonly #cost: Cost
  readonly #attempts: Attempts
  /** Hash of nobody's password, at the price of a real one. */
  #decoy: Promise<string> | null = null

  constructor(options: SignInOptions) {
    const { access, now, monotonicMs = () => performance.now(), newId, note, cost = currentCost } = options
    this.#access = access
    this.#now = now
    this.#newId = newId
    this.#note = note
    this.#cost = cost
    this.#attempts = new Attempts(monotonicMs)
  }

  /**
   * Begins a session of 12 hours, whatever is done in them. Throws `access.unauthenticated` in the same time and words whether there is no such
   * user, no password, or another one, `access.disabled` to who knows the password, `access.too_many_attempts` (`data.waitSeconds`), and
   * `access.no_administrator`.
   */
  async signIn(email: string, password: string, via: Via): Promise<NewSession> {
    if ((await this.#access.users()).length === 0) {
      throw new Problem('access.no_administrator', { message: 'This server has no users yet.' })
    }
    const user = await this.#access.userByEmail(plainEmail(email))
    const { succeeded, rehash } = await this.#verify(email, user, password, via)
    if (!succeeded || user === null) {
      await this.#refused(user, via, { by: 'password', reason: 'wrong' })
      throw wrongPassword()
    }
    if (rehash) await this.#access.rehash(user.id, user.passwordHash ?? '', await hashPassword(password, this.#cost))
    return await this.begin(user, via, 'password')
  }

  /** What was typed as an address may be a password, so only users are named. */
  async #refused(user: User | null, via: Via, detail: { by: Shown; reason: string }): Promise<void> {
    const object = user === null ? 'user' : `user/${user.id}`
    const actor = { kind: 'nobody', id: 'nobody', via } as const
    await this.#note({ actor, action: 'session:begin', object, allowed: false }, detail)
  }

  async #verify(
    email: string,
    user: User | null,
    password: string,
    via: Via,
  ): Promise<{ succeeded: boolean; rehash: boolean }> {
    return await this.#attempts.run({ email: plainEmail(email), address: via.address }, async () => {
      // Where there is nothing to compare with, the same is computed: the time tells nobody which addresses are users.
      this.#decoy ??= hashPassword(newToken('session'), this.#cost)
      const verified = await verifyPassword(password, user?.passwordHash ?? (await this.#decoy), this.#cost)
      return { succeeded: verified.right && user?.passwordHash != null, rehash: verified.rehash }
    })
  }

  /**
   * Begins a session of somebody who has shown who they are, always with new tokens: what a browser had before is worth nothing afterwards.
   * Throws `access.disabled`, and `access.unauthenticated` when the user has gone or has another password meanwhile.
   */
  async begin(user: User, via: Via, by: Shown): Promise<NewSession> {
    if (user.state !== 'active') {
      await this.#refused(user, via, { by, reason: 'disabled' })
      throw disabled()
    }
    const cookie = newToken('session')
    const csrf = newToken('csrf')
    const createdAt = this.#now()
    const expiresAt = new Date(createdAt.getTime() + SESSION_MS)
    const tokens = { id: digest(cookie), csrf: digest(csrf) }
    await this.#access.addSession({ ...tokens, user: user.id, createdAt, expiresAt, ...via })
    // A change before this is seen here; one after it finds the session and ends it.
    const present = await this.#access.user(user.id)
    const isSame = present !== null && present.email === user.email && present.state === user.state
    if (!isSame || !hasSamePassword(present, user)) {
      await this.signOut(cookie)
      await this.#refused(user, via, { by, reason: 'changed' })
      throw wrongPassword()
    }
    await this.#access.sawUser(user.id, createdAt)
    // Nobody knows the cookie before this stands.
    await this.#note(own('session:begin', { ...actorOf(user), via }, true), { by })
    return { user: actorOf(user), cookie, csrf, expiresAt }
  }

  /** The session that a cookie's value stands for; null: none, or none any more. What the user may do is read anew each time. */
  async sessionOf(cookie: string): Promise<{ user: UserActor; session: Session } | null> {
    const found = await this.lookUp(cookie)
    if (found !== null) await this.#access.sawUser(found.user.id, this.#now())
    return found
  }

  /** Like {@link sessionOf}, where nobody has done anything: the user was not seen by it. */
  async lookUp(cookie: string): Promise<{ user: UserActor; session: Session } | null> {
    const session = await this.#access.session(digest(cookie))
    if (session === null || session.expiresAt <= this.#now()) return null
    const user = await this.#access.user(session.user)
    if (user === null || user.state !== 'active') return null
    return { user: actorOf(user), session }
  }

  /** Ends the session of this cookie; nothing happens when there is none. */
  async signOut(cookie: string): Promise<void> {
    await this.#access.removeSession(digest(cookie))
  }

  /**
   * Gives a user another password, who must know the present one, and ends all other sessions. Throws `access.unauthenticated`,
   * `access.too_many_attempts`, `definition.invalid`.
   */
  async changePassword(
    { id, email, may }: UserActor,
    { current, wanted, cookie, via }: { current: string; wanted: string; cookie: string; via: Via },
  ): Promise<void> {
    const user = await this.#access.user(id)
    const actor: UserActor = { kind: 'user', id, email, may, via }
    const { succeeded } = await this.#verify(email, user, current, via)
    if (!succeeded) {
      await this.#note(own('password:change', actor, false), { reason: 'wrong' })
      throw wrongPassword()
    }
    const passwordHash = await hashPassword(wanted, this.#cost)
    await this.#note(own('password:change', actor, true))
    await this.#access.updateUser(id, { passwordHash }, { endSessions: { but: digest(cookie) } })
  }

  /** The user of an address. Throws `definition.invalid` where it is none. */
  async userBy(email: string): Promise<User | null> {
    return await this.#access.userByEmail(readEmail(email))
  }

  /** Hash of a new password at the price of today. Throws `definition.invalid`. */
  hash(password: string): Promise<string> {
    return hashPassword(password, this.#cost)
  }

  /**
   * Makes an administrator of this e-mail address and password, or one of the user who has the address; that user is signed out
   * everywhere. For whoever owns the machine. Throws `definition.invalid`.
   */
  async setAdministrator(email: string, password: string): Promise<UserActor> {
    const plain = readEmail(email)
    const passwordHash = await this.hash(password)
    const grants = { policies: ['datagrid_administrator'], options: [] }
    const known = await this.#access.userByEmail(plain)
    if (known === null) {
      const identity = { id: this.#newId(), email: plain, name: '', identity: null }
      const user: User = { ...identity, ...grants, ...fresh(this.#now()), passwordHash }
      await this.#access.addUser(user)
      return actorOf(user)
    }
    const change = { ...grants, passwordHash, state: 'active' } as const
    const user = await this.#access.updateUser(known.id, change, { endSessions: { but: null } })
    // Once more: a sign-in that began before may have added its session while that was on its way.
    await this.#access.removeSessionsOf(user.id)
    return actorOf(user)
  }
}

/** What a user is at the beginning. */
export function fresh(createdAt: Date): Pick<User, 'state' | 'version' | 'createdAt' | 'lastSeenAt'> {
  return { state: 'active', version: 1, createdAt, lastSeenAt: null }
}

export function actorOf({ id, email, policies, options }: User): UserActor {
  return { kind: 'user', id, email, may: rightsOf(grantsOf({ policies, options })) }
}

/** What somebody does with their own sign-in, for the activity log. */
export function own(action: Attempt['action'], actor: UserActor, allowed: boolean): Attempt {
  return { actor, action, object: `user/${actor.id}`, allowed }
}

/** Whether a request of this session sent the right token against cross-site requests. */
export function fitsCsrf(session: Session, token: string): boolean {
  return hasDigest(token, session.csrf)
}

/** An e-mail address as users are known by. Throws `definition.invalid`. */
export function readEmail(email: string): string {
  const plain = plainEmail(email)
  if (/^[^\s@]+@[^\s@]+$/.test(plain) && plain.length <= 254) return plain
  throw new Problem('definition.invalid', {
    message: 'This is no e-mail address.',
    fix: 'Give an e-mail address.',
    data: { mistakes: [{ field: 'email', message: 'is no e-mail address' }] },
  })
}

/** What somebody is called. Throws `definition.invalid`. */
export function readName(name: string): string {
  const plain = name.trim()
  if (plain.length <= LONGEST_NAME) return plain
  throw new Problem('definition.invalid', {
    message: `The name has more than ${LONGEST_NAME} characters.`,
    data: { mistakes: [{ field: 'name', message: `has more than ${LONGEST_NAME} characters` }] },
  })
}

/** A hash that was only made anew holds the same password. */
function hasSamePassword(present: User, user: User): boolean {
  return present.version === user.version || present.passwordHash === user.passwordHash
}

/** What somebody hears who has shown that they are a user, and may not come in. */
export function disabled(): Problem {
  return new Problem('access.disabled', { message: 'This user was disabled.' })
}

function wrongPassword(): Problem {
  return new Problem('access.unauthenticated', {
    message: 'The e-mail address or the password is wrong.',
    fix: 'Check both and sign in again. An administrator makes a link by which you set a new password.',
  })
}

/** An address as it is compared. */
export function plainEmail(email: string): string {
  return email.trim().toLowerCase()
}

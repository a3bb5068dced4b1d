import { randomBytes } from 'node:crypto'
import { Problem } from '../problem.ts'
import type { AccessStore, Session, User } from '../store/store.ts'
import { Attempts } from './attempts.ts'
import type { Actor } from './authorize.ts'
import { digest, hasDigest } from './digest.ts'
import { type Cost, currentCost, hashPassword, verifyPassword } from './passwords.ts'

const SESSION_MS = 12 * 60 * 60_000

export interface SignInOptions {
  access: AccessStore
  now: () => Date
  /** Milliseconds of a monotonic clock, for the waits after failures. */
  monotonicMs?: () => number
  newId: () => string
  /** What hashes of passwords cost. */
  cost?: Cost
}

export type Administrator = Extract<Actor, { kind: 'admin' }>

/** A session that was just begun: the only time that its two tokens are known. */
export interface NewSession {
  administrator: Administrator
  /** Value of the cookie, which scripts must not read. */
  cookie: string
  /** What each request that changes something sends along, to show that it comes from our own pages. */
  csrf: string
  expiresAt: Date
}

/** Signs in the one administrator. The store holds nothing but digests of the tokens, so who reads it cannot sign in. */
export class SignIn {
  readonly #access: AccessStore
  readonly #now: () => Date
  readonly #newId: () => string
  readonly #cost: Cost
  readonly #attempts: Attempts

  constructor({ access, now, monotonicMs = () => performance.now(), newId, cost = currentCost }: SignInOptions) {
    this.#access = access
    this.#now = now
    this.#newId = newId
    this.#cost = cost
    this.#attempts = new Attempts(monotonicMs)
  }

  /**
   * Begins a session of 12 hours, whatever is done in them. `address` is the network address of who asks. Throws `access.unauthenticated` in
   * the same time and words whether the e-mail address or the password is wrong, `access.too_many_attempts` (`data.waitSeconds`), and
   * `access.no_administrator`.
   */
  async signIn(email: string, password: string, address: string): Promise<NewSession> {
    const [administrator] = await this.#access.users()
    if (administrator === undefined) {
      throw new Problem('access.no_administrator', { message: 'This server has no administrator yet.' })
    }
    const given = plainEmail(email)
    const { succeeded, rehash } = await this.#attempts.run({ email: given, address }, async () => {
      // Whoever asks, it is the administrator's hash that is computed: the time is the same for every e-mail address.
      const verified = await verifyPassword(password, administrator.passwordHash, this.#cost)
      return { succeeded: verified.right && given === administrator.email, rehash: verified.rehash }
    })
    if (!succeeded) throw wrongPassword()
    return await this.#begin(administrator, rehash ? await hashPassword(password, this.#cost) : null)
  }

  /** Begins a session of a user whose password was right, unless it was changed while it was looked at. */
  async #begin(user: User, newHash: string | null): Promise<NewSession> {
    const cookie = newToken('session')
    const csrf = newToken('csrf')
    const createdAt = this.#now()
    const expiresAt = new Date(createdAt.getTime() + SESSION_MS)
    await this.#access.addSession({ id: digest(cookie), user: user.id, csrf: digest(csrf), createdAt, expiresAt })
    // A change before this is seen here; one after it finds the session and ends it.
    const [present] = await this.#access.users()
    if (present?.passwordHash !== user.passwordHash || present.email !== user.email) {
      await this.signOut(cookie)
      throw wrongPassword()
    }
    if (newHash !== null) await this.#access.setPassword(user.id, newHash)
    return { administrator: { kind: 'admin', id: user.id, email: user.email }, cookie, csrf, expiresAt }
  }

  /** The session that a cookie's value stands for; null: none, or none any more. */
  async sessionOf(cookie: string): Promise<{ administrator: Administrator; session: Session } | null> {
    const session = await this.#access.session(digest(cookie))
    if (session === null || session.expiresAt <= this.#now()) return null
    const user = (await this.#access.users()).find(({ id }) => id === session.user)
    return user === undefined ? null : { administrator: { kind: 'admin', id: user.id, email: user.email }, session }
  }

  /** Ends the session of this cookie; nothing happens when there is none. */
  async signOut(cookie: string): Promise<void> {
    await this.#access.removeSession(digest(cookie))
  }

  /**
   * Makes the one administrator, or gives the one there is this e-mail address and password; either way nobody is signed in then. API keys
   * stay. Throws `definition.invalid`.
   */
  async setAdministrator(email: string, password: string): Promise<Administrator> {
    const plain = plainEmail(email)
    if (!/^[^\s@]+@[^\s@]+$/.test(plain) || plain.length > 254) {
      throw new Problem('definition.invalid', { message: 'This is no e-mail address.', fix: 'Give an e-mail address.' })
    }
    const passwordHash = await hashPassword(password, this.#cost)
    const [administrator] = await this.#access.users()
    const id = administrator?.id ?? this.#newId()
    if (administrator === undefined) {
      await this.#access.addUser({ id, email: plain, passwordHash, createdAt: this.#now() })
    } else {
      await this.#access.replaceUser({ id, email: plain, passwordHash })
      // Once more: a sign-in that began before may have added its session while that was on its way.
      await this.#access.removeSessionsOf(id)
    }
    return { kind: 'admin', id, email: plain }
  }
}

/** Whether a request of this session sent the right token against cross-site requests. */
export function fitsCsrf(session: Session, token: string): boolean {
  return hasDigest(token, session.csrf)
}

function wrongPassword(): Problem {
  return new Problem('access.unauthenticated', {
    message: 'The e-mail address or the password is wrong.',
    fix: 'Check both and sign in again. `deskside admin <e-mail>` on the machine of the server sets a new password.',
  })
}

/** 256 random bits. The form is that of an API key, which the log masks wherever it turns up. */
function newToken(use: 'session' | 'csrf'): string {
  return `dsk_${use}_${randomBytes(32).toString('base64url')}`
}

function plainEmail(email: string): string {
  return email.trim().toLowerCase()
}

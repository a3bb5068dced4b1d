import type { Note, Via } from '../../access/authorize.ts'
import { digest } from '../../access/digest.ts'
import { newKey } from '../../access/key-ring.ts'
import { SecretBox } from '../../access/secret-box.ts'
import type { NewSession, SignIn } from '../../access/sign-in.ts'
import type { Secret } from '../../config.ts'
import { Problem } from '../../problem.ts'
import type { SecretStore, User } from '../../store/store.ts'
import type { Catalog } from '../catalog.ts'
import { isLoopback, type Outside } from '../notify/channels/outside.ts'
import type { Admission, SavedProvider } from './admission.ts'
import { type Checks, Provider } from './provider.ts'
import { readProvider } from './provider-body.ts'
import { notTrusted } from './provider-problem.ts'

/** How long a person may take at the provider. */
export const SIGN_IN_MS = 10 * 60_000
/** How long the metadata of a provider are taken as read. */
const KNOWN_MS = 5 * 60_000
/** States that were used, until they are over; beyond this many, the provider's own refusal of a used code stands alone. */
const MOST_USED = 10_000
/** Lines of the activity log in an hour about answers that prove nobody: whoever can reach the server can make them. */
const MOST_UNPROVEN = 200
const HOUR_MS = 60 * 60_000

export interface SingleSignOnParts {
  catalog: Catalog
  secrets: SecretStore
  admission: Admission
  signIn: SignIn
  note: Note
  outside: Outside
  /** Of `DESKSIDE_PUBLIC_URL`. */
  publicUrl: string | null
  now: () => Date
}

/** What the browser holds between going to the provider and coming back, sealed. */
interface Begun extends Checks {
  returnTo: string
  redirectUri: string
  /** Milliseconds since 1970. */
  overAt: number
  /** Of the provider's definition. */
  version: number
}

/** Signing in at identity providers (OpenID Connect) into sessions of our own. */
export class SingleSignOn {
  readonly #parts: SingleSignOnParts
  /** With a key of this start alone: a sign-in on its way is begun again after a restart, and nothing at rest is under it. */
  readonly #box: SecretBox
  readonly #known = new Map<string, { version: number; untilMs: number; provider: Promise<Provider> }>()
  /** Digest of a state -> when it is over. */
  readonly #used = new Map<string, number>()
  #unproven = { sinceMs: 0, count: 0 }

  constructor(parts: SingleSignOnParts) {
    this.#parts = parts
    this.#box = new SecretBox([newKey()], parts.secrets, null)
  }

  /** What a page that signs in may show to everybody. */
  providers(): { key: string; name: string }[] {
    return this.#parts.catalog.all('identity_provider').map(({ key, body }) => ({ key, name: String(body.name) }))
  }

  /**
   * Where to send the browser, and the value of the cookie that it needs to come back. `ownUrl`: where the server listens when that is this
   * machine alone. Throws `store.not_found`, `access.no_public_url`, `access.provider_unreachable`.
   */
  async begin(
    key: string,
    { returnTo, ownUrl }: { returnTo: string; ownUrl: string | null },
  ): Promise<{ location: string; cookie: string }> {
    const { catalog, now } = this.#parts
    const { version } = catalog.get('identity_provider', key)
    const redirectUri = `${this.#origin(ownUrl)}/api/v1/sign-in/${key}/callback`
    const provider = await this.#provider(key)
    const { location, checks } = await provider.begin(redirectUri)
    const begun: Begun = { ...checks, returnTo, redirectUri, overAt: now().getTime() + SIGN_IN_MS, version }
    return { location, cookie: this.#box.seal(sealName(key), JSON.stringify(begun)) }
  }

  /**
   * Ends a sign-in: `query` is what the provider had the browser bring, `cookie` what it got at the beginning. Throws `store.not_found`,
   * `access.sign_in_over`, `access.denied`, `access.disabled`, and what {@link Provider.identify} throws.
   */
  async finish(
    key: string,
    { query, cookie, via }: { query: string; cookie: string | null; via: Via },
  ): Promise<{ session: NewSession; returnTo: string }> {
    const { catalog, signIn } = this.#parts
    const { body, version, updatedBy } = catalog.get('identity_provider', key)
    const begun = this.#open(key, cookie)
    const given = new URLSearchParams(query)
    if (begun.version !== version) throw over('The identity provider was set up anew meanwhile.')
    if (given.getAll('state').length !== 1 || given.get('state') !== begun.state)
      throw over('This answer belongs to another sign-in than the one that this browser has begun last.')
    this.#use(begun)
    const user = await this.#admit({ key, settings: readProvider(key, body), savedBy: updatedBy }, begun, query, via)
    try {
      return { session: await signIn.begin(user, via, `identity_provider/${key}`), returnTo: publicPath(begun) }
    } catch (error) {
      throw retold(error)
    }
  }

  /** Who the provider says has come. A refusal leaves its line here, one of {@link SignIn.begin} there. */
  async #admit(saved: SavedProvider, begun: Begun, query: string, via: Via): Promise<User> {
    const { admission, note } = this.#parts
    const about: { user: User | null; isProven: boolean } = { user: null, isProven: false }
    try {
      const answer = new URL(begun.redirectUri)
      answer.search = query
      const person = await (await this.#provider(saved.key)).identify(answer, begun)
      about.isProven = true
      if (person.issuer !== saved.settings.issuer) throw notTrusted('the ID token is of another issuer')
      return await admission.admit(saved, person, (one) => {
        about.user = one
      })
    } catch (error) {
      const problem = retold(error)
      if (about.isProven || this.#mayTell()) {
        const object = about.user === null ? 'user' : `user/${about.user.id}`
        const actor = { kind: 'nobody', id: 'nobody', via } as const
        const detail = { by: `identity_provider/${saved.key}`, reason: problem.code }
        await note({ actor, action: 'session:begin', object, allowed: false }, detail)
      }
      throw problem
    }
  }

  /** Throws `access.no_public_url`. Never of the request: who sends a Host header must not choose where codes go. */
  #origin(ownUrl: string | null): string {
    const { publicUrl } = this.#parts
    const url = URL.parse(publicUrl ?? ownUrl ?? '')
    const isSafe = url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)))
    if (isSafe) return url.href.replace(/[?#].*$/, '').replace(/\/+$/, '')
    throw new Problem('access.no_public_url', {
      message:
        publicUrl === null
          ? 'Single sign-on needs the address under which people reach this server, and DESKSIDE_PUBLIC_URL is not set.'
          : 'Single sign-on needs an https address, and that of DESKSIDE_PUBLIC_URL is none.',
    })
  }

  async #provider(key: string): Promise<Provider> {
    const { catalog, now, outside } = this.#parts
    const { body, version } = catalog.get('identity_provider', key)
    const nowMs = now().getTime()
    const known = this.#known.get(key)
    if (known !== undefined && known.version === version && known.untilMs > nowMs) return await known.provider
    const settings = readProvider(key, body)
    const provider = catalog
      .openSecrets('identity_provider', key)
      .then((secrets) => Provider.discover(settings, secretOf(secrets, key), outside))
    const entry = { version, untilMs: nowMs + KNOWN_MS, provider }
    this.#known.set(key, entry)
    try {
      return await provider
    } catch (error) {
      if (this.#known.get(key) === entry) this.#known.delete(key)
      throw error
    }
  }

  #open(key: string, cookie: string | null): Begun {
    if (cookie === null) throw over('This browser has not begun to sign in, or too long ago.')
    let begun: Begun
    try {
      begun = JSON.parse(this.#box.open(sealName(key), cookie).reveal()) as Begun
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      throw over('What this browser holds of the sign-in is not of this server, or of the time before it was started.')
    }
    if (begun.overAt <= this.#parts.now().getTime()) throw over('It took more than 10 minutes.')
    return begun
  }

  #use({ state, overAt }: Begun): void {
    const nowMs = this.#parts.now().getTime()
    for (const [id, endsAt] of this.#used) {
      if (endsAt > nowMs && this.#used.size < MOST_USED) break
      this.#used.delete(id)
    }
    const id = digest(state)
    if (this.#used.has(id)) throw over('This sign-in was ended before.')
    this.#used.set(id, overAt)
  }

  #mayTell(): boolean {
    const nowMs = this.#parts.now().getTime()
    if (nowMs - this.#unproven.sinceMs >= HOUR_MS) this.#unproven = { sinceMs: nowMs, count: 0 }
    this.#unproven.count += 1
    return this.#unproven.count <= MOST_UNPROVEN
  }
}

/** A proxy may have the server under a path of its own, which the pages of the server do not know. */
function publicPath({ redirectUri, returnTo }: Begun): string {
  return `${new URL(redirectUri).pathname.replace(/\/api\/v1\/sign-in\/[^/]+\/callback$/, '')}${returnTo}`
}

/** A sealed sign-in opens for its own provider alone. */
function sealName(key: string): string {
  return `sign-in/${key}`
}

function secretOf(secrets: Record<string, Secret>, key: string): Secret {
  const { client_secret: secret } = secrets
  if (secret !== undefined) return secret
  throw new Problem('access.secret_broken', { message: `The identity provider ${key} has no client secret.` })
}

/** Of two who change one user at the same time, one comes too late. */
function retold(error: unknown): Problem {
  if (!(error instanceof Problem)) throw error
  const isLate = ['store.conflict', 'store.not_found', 'access.unauthenticated'].includes(error.code)
  return isLate ? over('Something that this sign-in needs was changed by somebody else meanwhile.') : error
}

function over(message: string): Problem {
  return new Problem('access.sign_in_over', { message })
}

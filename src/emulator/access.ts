/** Who is calling: API tokens, OAuth client credentials, roles and scopes. */
import { timingSafeEqual } from 'node:crypto'
import type { Account, User } from './account.ts'
import type { Random } from './random.ts'
import { forbidden, invalidToken, json, notAuthenticated, type Reply } from './reply.ts'

export interface Credentials {
  email: string
  apiToken: string
  clientId: string
  clientSecret: string
}

export function createCredentials(random: Random): Credentials {
  return {
    email: 'agent@example.com',
    apiToken: random.hex(40),
    clientId: 'deskside_emulator',
    clientSecret: random.hex(64),
  }
}

/** What a route asks of its caller. `manager`: an admin, or an agent who may manage end users. */
export type Level = 'anyone' | 'agent' | 'manager'

export interface Caller {
  /** null: anonymous. */
  user: User | null
  /** Of a bearer token; null for an API token, which may do everything its owner may. */
  scopes: readonly string[] | null
}

interface AccessToken {
  expiresAtMs: number
  scopes: readonly string[]
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}

export class Access {
  private readonly account: Account
  private readonly credentials: Credentials
  private readonly owner: User
  private readonly random: Random
  private readonly tokens = new Map<string, AccessToken>()

  constructor(account: Account, credentials: Credentials, owner: User, random: Random) {
    this.account = account
    this.credentials = credentials
    this.owner = owner
    this.random = random
  }

  /** The caller, or the 401. */
  identify(authorization: string | undefined, nowMs: number): Caller | Reply {
    const [scheme, value] = (authorization ?? '').split(' ', 2)
    if (scheme?.toLowerCase() === 'bearer') {
      const token = this.tokens.get(value ?? '')
      if (!token || token.expiresAtMs <= nowMs) return invalidToken()
      return { user: this.owner, scopes: token.scopes }
    }
    const anonymous: Caller = { user: null, scopes: null }
    if (scheme?.toLowerCase() !== 'basic') return anonymous
    const pair = Buffer.from(value ?? '', 'base64').toString('utf8')
    const colon = pair.indexOf(':')
    const name = pair.slice(0, colon)
    // DOC, inferred: passwords do not work any more and read as anonymous.
    if (!name.endsWith('/token')) return anonymous
    const user = this.account.byEmail(name.slice(0, -'/token'.length).toLowerCase())
    if (user && isSame(pair.slice(colon + 1), this.credentials.apiToken)) return { user, scopes: null }
    // NODEZ: anonymous in Oct 2023; CSA: 401 by Aug 2026.
    return this.account.settings.anonymousOnBadToken ? anonymous : notAuthenticated()
  }

  /** The refusal of a caller who may not do this, or undefined. */
  refuse(caller: Caller, level: Level, method: string, resource: string): Reply | undefined {
    if (caller.scopes && !hasScope(caller.scopes, method, resource)) return forbidden()
    if (level === 'anyone') return undefined
    if (!caller.user) return notAuthenticated()
    const role = this.roleOf(caller.user)
    if (role === 'end-user') return forbidden()
    return level === 'manager' && role === 'agent_without_rights' ? forbidden() : undefined
  }

  /** The owner's role is a setting, anybody else's his own. */
  roleOf(user: User): string {
    return user === this.owner ? this.account.settings.apiUserRole : user.role
  }

  /**
   * `POST /oauth/tokens` (OAS): client_credentials only, which gets no refresh token and acts as the client's owner.
   * Assumption: the bodies of refusals, after RFC 6749.
   */
  issueToken(body: unknown, nowMs: number): Reply {
    const request = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
    if (request.grant_type !== 'client_credentials') {
      const description = 'The authorization grant type is not supported by the authorization server.'
      return json(400, { error: 'unsupported_grant_type', error_description: description })
    }
    const isClient =
      isSame(String(request.client_id), this.credentials.clientId) &&
      isSame(String(request.client_secret), this.credentials.clientSecret)
    if (!isClient) {
      const description = 'Client authentication failed due to unknown client, or no client authentication included.'
      return json(401, { error: 'invalid_client', error_description: description })
    }
    const { scope, expires_in: asked } = request
    // OAS: more than 300 and less than 172,800 seconds.
    if (asked !== undefined && !(Number.isInteger(asked) && Number(asked) >= 300 && Number(asked) <= 172_800)) {
      return json(400, { error: 'invalid_request', error_description: 'expires_in must be between 300 and 172800.' })
    }
    const lifetimeMs = asked === undefined ? this.account.settings.tokenLifetimeMs : Number(asked) * 1000
    const token = this.random.hex(64)
    // OAS: a scope that is no string still yields a token, whose every call is 403. Assumption: so does none at all.
    const scopes = typeof scope === 'string' ? scope.split(' ').filter(Boolean) : []
    this.tokens.set(token, { expiresAtMs: nowMs + lifetimeMs, scopes })
    return json(201, {
      access_token: token,
      token_type: 'bearer',
      scope: scopes.join(' '),
      expires_in: Math.ceil(lifetimeMs / 1000),
    })
  }

  /** Ends every access token at once, as an admin can. */
  revokeTokens(): void {
    this.tokens.clear()
  }
}

/** DOC-IDENT: identities need the broad scopes. Inferred: so do job statuses and settings. */
function hasScope(scopes: readonly string[], method: string, resource: string): boolean {
  const verb = method === 'GET' ? 'read' : 'write'
  return scopes.includes(verb) || (resource === 'users' && scopes.includes(`users:${verb}`))
}

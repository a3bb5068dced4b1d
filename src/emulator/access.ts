/** Who is calling: API tokens, OAuth client credentials, roles and scopes. */
import type { Account, User } from './account.ts'
import type { Random } from './random.ts'
import { forbidden, invalidToken, notAuthenticated, type Reply } from './reply.ts'
import { type AccessToken, isSame, Tokens } from './tokens.ts'

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
export type Level = 'anyone' | 'agent' | 'manager' | 'admin'

export interface Caller {
  /** null: anonymous. */
  user: User | null
  /** Of a bearer token; null for an API token, which may do everything its owner may. */
  scopes: readonly string[] | null
  /** null: not a bearer. */
  token: AccessToken | null
}

export class Access {
  private readonly account: Account
  private readonly credentials: Credentials
  private readonly owner: User
  readonly tokens: Tokens

  constructor(account: Account, credentials: Credentials, owner: User, random: Random) {
    this.account = account
    this.credentials = credentials
    this.owner = owner
    this.tokens = new Tokens(credentials, account.settings, random)
  }

  /** The caller, or the 401. */
  identify(authorization: string | undefined, nowMs: number): Caller | Reply {
    const [scheme, value] = (authorization ?? '').split(' ', 2)
    if (scheme?.toLowerCase() === 'bearer') {
      const token = this.tokens.find(value ?? '', nowMs)
      // DOC: a client acts as its owner.
      return token ? { user: this.owner, scopes: token.scopes, token } : invalidToken()
    }
    const anonymous: Caller = { user: null, scopes: null, token: null }
    if (scheme?.toLowerCase() !== 'basic') return anonymous
    const pair = Buffer.from(value ?? '', 'base64').toString('utf8')
    const colon = pair.indexOf(':')
    const name = pair.slice(0, colon)
    // DOC, inferred: passwords do not work any more and read as anonymous.
    if (!name.endsWith('/token')) return anonymous
    const user = this.account.byEmail(name.slice(0, -'/token'.length).toLowerCase())
    if (user && isSame(pair.slice(colon + 1), this.credentials.apiToken)) return { user, scopes: null, token: null }
    // NODEZ: anonymous in Oct 2023; CSA: 401 by Aug 2026.
    return this.account.settings.anonymousOnBadToken ? anonymous : notAuthenticated()
  }

  /** The refusal of a caller who may not do this, or undefined. */
  refuse(caller: Caller, level: Level, method: string, resource: string): Reply | undefined {
    if (caller.scopes && !hasScope(caller.scopes, method, resource)) return forbidden()
    if (level === 'anyone') return undefined
    if (!caller.user) return notAuthenticated()
    const role = this.roleOf(caller.user)
    if (role === 'end-user' || (level === 'admin' && role !== 'admin')) return forbidden()
    return level === 'manager' && role === 'agent_without_rights' ? forbidden() : undefined
  }

  isAdmin({ user }: Caller): boolean {
    return user !== null && this.roleOf(user) === 'admin'
  }

  /** The owner's role is a setting, anybody else's his own. */
  roleOf(user: User): string {
    return user === this.owner ? this.account.settings.apiUserRole : user.role
  }
}

/** OAS oauth/tokens: users and organizations have scopes of their own. DOC-IDENT: identities need the broad ones. Inferred: so do jobs and settings. */
function hasScope(scopes: readonly string[], method: string, resource: string): boolean {
  const verb = method === 'GET' ? 'read' : 'write'
  return scopes.includes(verb) || (resource !== 'other' && scopes.includes(`${resource}:${verb}`))
}

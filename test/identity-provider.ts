import { generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import OidcProvider, { type Configuration, type KoaContextWithOIDC } from 'oidc-provider'

export interface Person {
  email?: string
  email_verified?: boolean
  name?: string
  /** A list of texts; anything else for a provider that is set up wrongly. */
  groups?: unknown
}

/** A real OpenID Connect provider on this machine, whose people, and whose faults, a test decides. */
export interface IdentityProvider {
  issuer: string
  clientId: string
  clientSecret: string
  /** By subject. */
  people: Map<string, Person>
  /** Subject of whoever sits at the browser; null says no. */
  who: string | null
  /** Answers to paths in the place of the provider. */
  faults: Map<string, (request: IncomingMessage, response: ServerResponse) => void>
  /** Public keys of nobody, under the names of the real ones. */
  otherKeys: { keys: JsonWebKey[] }
  /** Requests so far, as `GET /path`. */
  requests: string[]
  /** Goes from the address of the provider's sign-in page to the address at which the provider sends the browser back. */
  signIn(location: string): Promise<string>
  close(): Promise<void>
}

export interface ProviderOptions {
  redirectUris: string[]
  /** Whether people's claims are in the ID token; else at the UserInfo endpoint alone. */
  inIdToken?: boolean
}

export async function startIdentityProvider({
  redirectUris,
  inIdToken = true,
}: ProviderOptions): Promise<IdentityProvider> {
  let handle: (request: IncomingMessage, response: ServerResponse) => unknown = () => {}
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1')
    bench.requests.push(`${request.method} ${pathname}`)
    const fault = bench.faults.get(pathname)
    if (fault === undefined) void handle(request, response)
    else fault(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const own = keyNamed('one')
  const bench: IdentityProvider = {
    ...{ issuer, clientId: 'deskside', clientSecret: 'secret-of-the-client-at-the-provider' },
    ...{ people: new Map(), who: null, faults: new Map(), requests: [] },
    otherKeys: { keys: [publicPart(keyNamed('one'))] },
    signIn: (location) => browse(location, redirectUris),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  const provider = new OidcProvider(issuer, configurationOf(bench, { redirectUris, inIdToken, keys: [own] }))
  const answer = provider.callback()
  handle = async (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return answer(request, response)
    const result = bench.who === null ? { error: 'access_denied' } : { login: { accountId: bench.who } }
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
  }
  return bench
}

function configurationOf(
  bench: IdentityProvider,
  { redirectUris, inIdToken, keys }: { redirectUris: string[]; inIdToken: boolean; keys: JsonWebKey[] },
): Configuration {
  return {
    clients: [{ client_id: bench.clientId, client_secret: bench.clientSecret, redirect_uris: redirectUris }],
    jwks: { keys: keys as never },
    cookies: { keys: ['a key of cookies'] },
    features: { devInteractions: { enabled: false } },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
    scopes: ['openid', 'email', 'profile', 'groups'],
    conformIdTokenClaims: !inIdToken,
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    findAccount: (_context, subject) => ({
      accountId: subject,
      claims: () => ({ sub: subject, ...bench.people.get(subject) }),
    }),
    async loadExistingGrant({ oidc }: KoaContextWithOIDC) {
      const grant = new oidc.provider.Grant({ clientId: oidc.client!.clientId, accountId: oidc.session!.accountId! })
      grant.addOIDCScope('openid email profile groups')
      await grant.save()
      return grant
    },
  }
}

/** Follows the provider's redirects as a browser does, each time without what it knew of an earlier person. */
async function browse(location: string, ends: readonly string[]): Promise<string> {
  const jar = new Map<string, string>()
  for (let at = location; ; ) {
    const answer = await fetch(at, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      jar.set(name, value)
    }
    const next = answer.headers.get('location')
    if (next === null) throw new Error(`${at}: ${answer.status} ${await answer.text()}`)
    at = new URL(next, at).href
    if (ends.some((end) => at.startsWith(end))) return at
  }
}

function keyNamed(kid: string): JsonWebKey {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }
}

function publicPart({ kty, n, e, kid, alg, use }: JsonWebKey): JsonWebKey {
  return { kty, n, e, kid, alg, use }
}

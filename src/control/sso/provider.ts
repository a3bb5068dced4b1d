import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import type { Secret } from '../../config.ts'
import { isLoopback, type Outside } from '../notify/channels/outside.ts'
import { type Claims, personOf, type SignedInPerson } from './claims.ts'
import type { ProviderSettings } from './provider-body.ts'
import { providerFetch, unreachable } from './provider-fetch.ts'
import { notTrusted, providerProblem } from './provider-problem.ts'

/** What ties an answer to the sign-in that was begun; none of it may be known to anybody but the browser that began. */
export interface Checks {
  state: string
  nonce: string
  /** PKCE (RFC 7636): shows that the code comes back to who asked for it. */
  verifier: string
}

/** An identity provider (OpenID Connect) whose metadata are known: authorization code with PKCE, state and nonce, and signed ID tokens. */
export class Provider {
  readonly #settings: ProviderSettings
  readonly #configuration: Configuration

  private constructor(settings: ProviderSettings, configuration: Configuration) {
    this.#settings = settings
    this.#configuration = configuration
  }

  /**
   * Reads the provider's metadata. Throws `access.provider_unreachable`, also for metadata that lack something, are of another issuer, or lead where no
   * request may go.
   */
  static async discover(settings: ProviderSettings, secret: Secret, outside: Outside): Promise<Provider> {
    const issuer = new URL(settings.issuer)
    try {
      const configuration = await discovery(issuer, settings.client_id, undefined, authenticates(secret), {
        [customFetch]: providerFetch(outside),
        timeout: outside.timeoutMs / 1000,
        // The fetch above lets plain http go to this machine only.
        execute: [enableNonRepudiationChecks, ...(isLoopback(issuer.hostname) ? [allowInsecureRequests] : [])],
      })
      assertUsable(settings.issuer, configuration)
      return new Provider(settings, configuration)
    } catch (error) {
      const problem = providerProblem(error)
      if (problem.code === 'access.provider_unreachable') throw problem
      throw unreachable('its metadata are of another issuer, or not as the standard says')
    }
  }

  /** Where the browser goes to sign in, and what its answer is checked against. */
  async begin(redirectUri: string): Promise<{ location: string; checks: Checks }> {
    const checks = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() }
    const location = buildAuthorizationUrl(this.#configuration, {
      redirect_uri: redirectUri,
      scope: this.#settings.scopes.join(' '),
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: await calculatePKCECodeChallenge(checks.verifier),
      code_challenge_method: 'S256',
    })
    return { location: location.href, checks }
  }

  /**
   * Who has signed in, from the address at which the browser came back: takes the code to the provider and checks the ID token (signature, issuer,
   * audience, times, nonce). Throws `access.provider_refused`, `access.provider_not_trusted`, `access.provider_unreachable`, `access.provider_claims`.
   */
  async identify(answer: URL, { state, nonce, verifier }: Checks): Promise<SignedInPerson> {
    try {
      const tokens = await authorizationCodeGrant(this.#configuration, answer, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      })
      const idToken = tokens.claims()
      if (idToken === undefined) throw notTrusted('it holds no ID token')
      return personOf(idToken, await this.#userInfo(tokens.access_token, idToken), this.#settings)
    } catch (error) {
      throw providerProblem(error)
    }
  }

  /** Many providers keep ID tokens small, and tell the rest where the access token is shown. */
  async #userInfo(accessToken: string, idToken: Claims & { sub: string }): Promise<Claims> {
    const { groups_claim, mappings } = this.#settings
    const wanted = ['email', ...(mappings.length > 0 ? [groups_claim] : [])]
    const hasAll = wanted.every((claim) => Object.hasOwn(idToken, claim))
    if (hasAll || this.#configuration.serverMetadata().userinfo_endpoint === undefined) return {}
    return await fetchUserInfo(this.#configuration, accessToken, idToken.sub)
  }
}

/** RFC 6749 wants HTTP Basic of every provider; some say that they take the body alone. */
function authenticates(secret: Secret): ClientAuth {
  const [basic, post] = [ClientSecretBasic(secret.reveal()), ClientSecretPost(secret.reveal())]
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported
    const takesBasic = methods === undefined || methods.includes('client_secret_basic')
    const auth = takesBasic || !methods.includes('client_secret_post') ? basic : post
    auth(server, client, body, headers)
  }
}

function assertUsable(issuer: string, configuration: Configuration): void {
  const server = configuration.serverMetadata()
  // The library takes the templates of multi-tenant providers, with which every tenant in the world would be this issuer.
  if (server.issuer !== issuer) throw unreachable(`it calls itself another issuer than ${issuer}`)
  const needed = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const
  const missing = needed.filter((name) => server[name] === undefined)
  if (missing.length > 0) throw unreachable(`its metadata lack ${missing.join(', ')}`)
  const methods = server.code_challenge_methods_supported
  if (methods !== undefined && !methods.includes('S256')) throw unreachable('it does not know PKCE with S256')
  const { protocol, hostname } = new URL(server.authorization_endpoint ?? '')
  const isPlain = protocol === 'http:' && isLoopback(hostname) && isLoopback(new URL(issuer).hostname)
  if (protocol !== 'https:' && !isPlain) throw unreachable('its sign-in page is not at an https address')
}

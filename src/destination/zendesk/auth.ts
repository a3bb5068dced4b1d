import { reached } from '../../moment.ts'
import { Problem } from '../../problem.ts'
import type { Clock } from './clock.ts'
import type { HttpAnswer } from './http.ts'
import { object, parseJson, textOf } from './json.ts'
import { credentialsRejected, readRefusal, tokenExpired } from './problems.ts'
import type { ZendeskCredential } from './settings.ts'

/** Signs requests. Secrets never leave this module but as the text of an Authorization header. */
export interface Authorisation {
  /** Header of the next request. Throws the problem of a token that cannot be had. */
  header(): Promise<string>
  /**
   * Zendesk answered 401 to a request signed with `header`. Resolves when the request may be made again with a new header; throws
   * `zendesk.credentials_rejected`, or `zendesk.token_expired` when a renewed token is refused too.
   */
  refused(header: string, words: string): Promise<void>
  /** Zendesk took a request signed with `header`. */
  accepted(header: string): void
}

/** Posts a token request; waits and repeats on its own what is safe to repeat. Throws problems of the network. */
export type PostToken = (body: string) => Promise<HttpAnswer>

export function authorise(credential: ZendeskCredential, postToken: PostToken, clock: Clock): Authorisation {
  return credential.type === 'zendesk' ? apiToken(credential) : clientCredentials(credential, postToken, clock)
}

type ApiTokenCredential = Extract<ZendeskCredential, { type: 'zendesk' }>
type OauthCredential = Extract<ZendeskCredential, { type: 'zendesk_oauth' }>

/** https://developer.zendesk.com/api-reference/introduction/security-and-auth/#api-token */
function apiToken(credential: ApiTokenCredential): Authorisation {
  const pair = `${credential.email}/token:${credential.api_token.reveal()}`
  const encoded = Buffer.from(pair, 'utf8').toString('base64')
  const header = `Basic ${encoded}`
  return {
    header: async () => header,
    refused: async (_header, words) => {
      throw credentialsRejected(without(words, [encoded, credential.api_token.reveal()]))
    },
    accepted: () => {},
  }
}

interface Token {
  header: string
  /** Milliseconds of the clock; Infinity when Zendesk named no lifetime. */
  renewAt: number
}

/** A long-lived token is renewed a minute before its end, a short-lived one after 80 % of its life. */
export function renewalDelayMs(expiresInSeconds: number | null): number {
  if (expiresInSeconds === null) return Number.POSITIVE_INFINITY
  return Math.max(expiresInSeconds * 0.8, expiresInSeconds - 60) * 1_000
}

/**
 * The client credentials grant: https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/. Identities and job
 * statuses need the broad scopes.
 */
function clientCredentials(credential: OauthCredential, postToken: PostToken, clock: Clock): Authorisation {
  let token: Token | null = null
  let renewal: Promise<Token> | null = null
  /** The current token was asked for because an earlier one was refused, and nothing was taken with it yet. */
  let afterRefusal = false

  async function fetchToken(): Promise<Token> {
    const askedAt = clock.now()
    reached('token.asking')
    const answer = await postToken(
      JSON.stringify({
        grant_type: 'client_credentials',
        client_id: credential.client_id,
        client_secret: credential.client_secret.reveal(),
        scope: 'read write',
      }),
    )
    if (answer.status >= 400) throw clientRejected(answer, credential)
    reached('token.answered')
    const body = object(parseJson(answer.text))
    const text = textOf(body?.access_token)
    // A token with other characters would corrupt the header.
    if (text === null || !/^[\x21-\x7e]+$/.test(text)) {
      throw new Problem('zendesk.unexpected_answer', { message: 'Zendesk answered the token request without a token.' })
    }
    const expiresIn = Number(body?.expires_in ?? Number.NaN)
    const delayMs = renewalDelayMs(Number.isFinite(expiresIn) && expiresIn > 0 ? expiresIn : null)
    token = { header: `Bearer ${text}`, renewAt: askedAt + delayMs }
    return token
  }

  /** Everybody who needs a token meanwhile shares one renewal. */
  function renew(): Promise<Token> {
    renewal ??= fetchToken().finally(() => {
      renewal = null
    })
    return renewal
  }

  return {
    async header() {
      if (renewal === null && token !== null && clock.now() < token.renewAt) return token.header
      return (await renew()).header
    },
    async refused(header, words) {
      // Somebody else has renewed since that request was signed.
      if (token !== null && token.header !== header) return
      if (renewal === null && token !== null && afterRefusal) {
        throw tokenExpired(without(words, [header.slice('Bearer '.length)]))
      }
      await renew()
      // Not before: while no renewal succeeds, it is the client that Zendesk refuses, and everybody is told that.
      afterRefusal = true
    },
    accepted(header) {
      if (token?.header === header) afterRefusal = false
    },
  }
}

function clientRejected(answer: HttpAnswer, credential: OauthCredential): Problem {
  const words = without(readRefusal(answer).words, [credential.client_secret.reveal()])
  return new Problem('zendesk.credentials_rejected', {
    message: `Zendesk gives no token to this OAuth client: ${words}.`,
    fix: 'Check client id, client secret and scopes of the OAuth client in Zendesk, and that its owner is still an admin; then run the same command to continue.',
    data: { status: answer.status },
  })
}

/** A server may repeat what it was sent. */
function without(words: string, secrets: readonly string[]): string {
  return secrets.reduce((text, secret) => text.replaceAll(secret, '[secret]'), words)
}

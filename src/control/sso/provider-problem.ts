import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import { Problem } from '../../problem.ts'
import { unreachable } from './provider-fetch.ts'

/** Words of the OAuth specifications; anything else in their place may be a text of anybody. */
const word = /^[a-z_]{1,60}$/

/** What the library says about an answer that is none, as opposed to one that fails a check. */
const unusable: Record<string, string> = {
  OAUTH_RESPONSE_IS_NOT_CONFORM: 'it answers with an unexpected status',
  OAUTH_RESPONSE_IS_NOT_JSON: 'it answers with something other than JSON',
  OAUTH_PARSE_ERROR: 'it answers with something other than JSON',
  OAUTH_TIMEOUT: 'no answer came in time',
  OAUTH_HTTP_REQUEST_FORBIDDEN: 'its address must begin with https://',
  OAUTH_REQUEST_PROTOCOL_FORBIDDEN: 'its address must begin with https://',
  OAUTH_MISSING_SERVER_METADATA: 'its metadata are not complete',
  OAUTH_INVALID_SERVER_METADATA: 'its metadata are not valid',
}

/**
 * What the library throws, as a problem. Nothing of it is kept as a cause: it holds answers, and tokens in them. What is no error of the exchange is
 * thrown on.
 */
export function providerProblem(error: unknown): Problem {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof Problem) return cause
  if (error instanceof AuthorizationResponseError) return refused(error.error, 'did not sign you in')
  if (error instanceof ResponseBodyError) return refused(error.error, 'does not give out what belongs to the sign-in')
  if (error instanceof WWWAuthenticateChallengeError) return refused('', 'does not accept its own access token')
  // The library's own word for a parameter that is not as specified: what it was given came from the provider or the browser.
  if (!(error instanceof ClientError) && !(error instanceof TypeError)) throw error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const why = unusable[code]
  if (why !== undefined) return unreachable(why)
  const claim = claimOf(error)
  const about = claim === null ? failures[code] : `the claim ${claim} of the ID token is not what it must be`
  return notTrusted(about ?? 'it does not pass a check', code)
}

/** The claim that failed, where the library names one among its causes. */
function claimOf(error: Error): string | null {
  for (let cause: unknown = error; typeof cause === 'object' && cause !== null; cause = (cause as Error).cause) {
    const { claim } = cause as { claim?: unknown }
    if (typeof claim === 'string' && word.test(claim)) return claim
  }
  return null
}

const failures: Record<string, string> = {
  OAUTH_JWT_CLAIM_COMPARISON_FAILED: 'a claim of the ID token is not what it must be',
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: 'the ID token is over or not yet good; compare the clocks of both machines',
  OAUTH_KEY_SELECTION_FAILED: 'the ID token is signed with a key that the provider does not name',
  OAUTH_UNSUPPORTED_OPERATION: 'the ID token is signed in a way that is not supported',
  OAUTH_INVALID_RESPONSE: 'it is not as the standard says, or its signature is wrong',
}

function refused(given: string, what: string): Problem {
  const said = word.test(given) ? ` (${given})` : ''
  return new Problem('access.provider_refused', { message: `The identity provider ${what}${said}.` })
}

/** `why`: half a sentence. `code` of the library, for whoever looks closer. */
export function notTrusted(why: string, code = ''): Problem {
  return new Problem('access.provider_not_trusted', {
    message: `The answer of the identity provider is not trusted: ${why}.`,
    ...(code !== '' && { data: { check: code } }),
  })
}

/** The token that a request carries (OAS oauth/tokens/current). */
import { json, noContent, notAuthenticated, type Reply, recordNotFound } from './reply.ts'
import type { ApiRequest, Route } from './router.ts'
import type { AccessToken } from './tokens.ts'

// Inferred: no resource of a scope, so the broad ones are needed.
const path = 'oauth/tokens/current'
export const tokenRoutes: readonly Route[] = [
  { method: 'GET', path, level: 'anyone', resource: 'other', respond: withToken(showToken) },
  { method: 'DELETE', path, level: 'anyone', resource: 'other', respond: withToken(revokeToken) },
]

/** Assumption: without a bearer token there is none to speak of. */
function withToken(respond: (request: ApiRequest, token: AccessToken) => Reply): Route['respond'] {
  return (request) => {
    const { user, token } = request.caller
    if (!user) return notAuthenticated()
    return token ? respond(request, token) : recordNotFound()
  }
}

/** OAS: of a token only the first ten characters. Assumption: the dates have no fractions, and the client is number 1. */
function showToken({ caller, origin, nowMs }: ApiRequest, token: AccessToken): Reply {
  const time = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19)}Z`
  return json(200, {
    token: {
      url: `${origin}/api/v2/oauth/tokens/${token.id}.json`,
      id: token.id,
      user_id: caller.user?.id,
      client_id: 1,
      token: token.value.slice(0, 10),
      refresh_token: token.refresh ? token.refresh.value.slice(0, 10) : null,
      scopes: token.scopes,
      created_at: time(token.createdAtMs),
      used_at: time(nowMs),
      expires_at: time(token.expiresAtMs),
      ...(token.refresh ? { refresh_token_expires_at: time(token.refresh.expiresAtMs) } : {}),
    },
  })
}

function revokeToken({ world }: ApiRequest, token: AccessToken): Reply {
  world.access.tokens.revoke(token)
  return noContent()
}

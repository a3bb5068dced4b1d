import type { FastifyReply, FastifyRequest } from 'fastify'
import type { NewSession } from '../access/sign-in.ts'
import { SIGN_IN_MS } from '../control/sso/single-sign-on.ts'

const SESSION = 'deskside_session'
const CSRF = 'deskside_csrf'

/** Value of the session's cookie; null without one. */
export function sessionOf(request: FastifyRequest): string | null {
  return request.cookies[SESSION] ?? null
}

/** No script reads the session. The token beside it is for scripts of our own pages, in every tab, and is worth nothing without the session. */
export function setSession(request: FastifyRequest, reply: FastifyReply, signed: NewSession): void {
  const { cookie, csrf, expiresAt: expires } = signed
  reply.setCookie(SESSION, cookie, { ...attributes(request), httpOnly: true, expires })
  reply.setCookie(CSRF, csrf, { ...attributes(request), sameSite: 'strict', expires })
}

const SIGN_IN = 'deskside_sign_in'

/** What ties the way back from an identity provider to the way there; null without one. */
export function signInOf(request: FastifyRequest): string | null {
  return request.cookies[SIGN_IN] ?? null
}

/** Lax, as the way back is a link of another site. */
export function setSignIn(request: FastifyRequest, reply: FastifyReply, value: string): void {
  reply.setCookie(SIGN_IN, value, { ...signInAttributes(request), maxAge: SIGN_IN_MS / 1000 })
}

export function clearSignIn(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(SIGN_IN, signInAttributes(request))
}

function signInAttributes(request: FastifyRequest) {
  return { ...attributes(request), httpOnly: true }
}

export function clearSession(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(SESSION, { ...attributes(request), httpOnly: true })
  reply.clearCookie(CSRF, { ...attributes(request), sameSite: 'strict' })
}

/** No other site sends it along with what changes something, and what came by https stays there. */
function attributes(request: FastifyRequest) {
  return { path: '/', sameSite: 'lax', secure: request.protocol === 'https' } as const
}

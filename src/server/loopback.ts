import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'

/** Whether an address is of this machine; IPv4 also in the form that a dual-stack socket gives. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(address)
}

/** The API key, or token, that a request carries; null without one. */
export function bearerOf(request: FastifyRequest): string | null {
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? null
}

/** Knows a command on this machine by the token that only the owner of the project can read; in a time that tells nothing of the token. */
export function knowsCommand(token: string): (request: FastifyRequest) => boolean {
  const expected = digestOf(token)
  return (request) => {
    const given = bearerOf(request)
    return given !== null && isLoopback(request.ip) && timingSafeEqual(digestOf(given), expected)
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

import { readFileSync } from 'node:fs'
import { Pool } from 'undici'

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** From the slash after the host on. */
  path: string
  /** JSON text. */
  body?: string
  authorization?: string
}

export interface HttpAnswer {
  status: number
  /** Lower-case names; of a repeated header the first. */
  headers: ReadonlyMap<string, string>
  /** Empty when it could not be read to its end. */
  text: string
  /** False when the connection broke inside the body. */
  complete: boolean
}

/** How one request ended. `not_sent`: surely no byte reached the host. `lost`: nobody knows what the host did. */
export type Exchange =
  | { end: 'answer'; answer: HttpAnswer }
  | { end: 'not_sent'; why: string; code: string }
  | { end: 'lost'; why: string; code: string }

export interface HttpTimeouts {
  connectMs: number
  /** From the last byte of the request to the last byte of the answer's headers. */
  headersMs: number
  /** Between two pieces of a body. */
  bodyMs: number
  /** For the whole exchange. An answer that drips is never silent for long, and would hold a poll, and with it the run, for ever. */
  exchangeMs: number
}

export interface HttpClient {
  /** One exchange, never repeated; never throws. */
  exchange(request: HttpRequest, signal?: AbortSignal): Promise<Exchange>
  /** Requests so far, failed ones included. */
  requests(): number
  close(): Promise<void>
}

/**
 * The bulk POST answers in 0.1 s and a page of users in seconds; half a minute of silence is a broken connection. What is read here is
 * below 2 MB (a thousand users of an export), which two minutes carry at 17 kB/s.
 */
export const defaultTimeouts: HttpTimeouts = {
  connectMs: 10_000,
  headersMs: 30_000,
  bodyMs: 30_000,
  exchangeMs: 120_000,
}

/** A page of 100 user fields with thousands of options stays below this; nothing that Zendesk sends us is larger. */
const maxAnswerBytes = 32 * 1024 * 1024
/** One for each job that Zendesk allows in flight, and two for polls and reads. */
const connections = 32

const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
const userAgent = `deskside/${(JSON.parse(manifest) as { version: string }).version}`

/** Opens a client that speaks to exactly this origin, follows no redirect and repeats nothing. */
export function openHttp(origin: string, timeouts: HttpTimeouts = defaultTimeouts): HttpClient {
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: timeouts.connectMs },
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.bodyMs,
    maxResponseSize: maxAnswerBytes,
  })
  let requests = 0
  let closing: Promise<void> | null = null
  return {
    exchange(request, signal) {
      if (signal?.aborted) return Promise.resolve({ end: 'not_sent', why: 'we were told to stop', code: 'ABORTED' })
      requests++
      return withDeadline(timeouts.exchangeMs, signal, (ended) => exchange(pool, request, ended))
    },
    requests: () => requests,
    close() {
      closing ??= pool.destroy()
      return closing
    },
  }
}

const deadline = Symbol('deadline')

/** Aborts what `work` does when the time is over, or with `signal`. Own wiring: `AbortSignal.any` would leave one signal a request on `signal`. */
async function withDeadline<T>(
  limitMs: number,
  signal: AbortSignal | undefined,
  work: (ended: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const stop = () => controller.abort()
  const timer = setTimeout(() => controller.abort(deadline), limitMs)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

async function exchange(pool: Pool, request: HttpRequest, signal: AbortSignal): Promise<Exchange> {
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': userAgent }
  if (request.authorization !== undefined) headers.authorization = request.authorization
  if (request.body !== undefined) headers['content-type'] = 'application/json'
  let reply: Awaited<ReturnType<Pool['request']>>
  try {
    reply = await pool.request({
      method: request.method,
      path: request.path,
      headers,
      body: request.body ?? null,
      signal,
    })
  } catch (error) {
    if (signal.reason === deadline) return { end: 'lost', why: 'no answer came in time', code: 'DEADLINE' }
    if (signal.aborted) return { end: 'lost', why: 'we were told to stop', code: 'ABORTED' }
    const { code, why } = describe(error)
    return { end: provesNothingSent(error) ? 'not_sent' : 'lost', why, code }
  }
  const answer = { status: reply.statusCode, headers: firstValues(reply.headers) }
  try {
    return { end: 'answer', answer: { ...answer, text: await reply.body.text(), complete: true } }
  } catch {
    return { end: 'answer', answer: { ...answer, text: '', complete: false } }
  }
}

function firstValues(headers: Record<string, string | string[] | undefined>): Map<string, string> {
  const map = new Map<string, string>()
  for (const [name, value] of Object.entries(headers)) {
    const first = Array.isArray(value) ? value[0] : value
    if (first !== undefined) map.set(name, first)
  }
  return map
}

/** Codes that only arise before the request is written. A reset is none of them: it may come after the last byte. */
const beforeTheFirstByte = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_TLS_HANDSHAKE_TIMEOUT',
])

interface SystemError extends Error {
  code?: string
  syscall?: string
  errors?: unknown[]
}

/** True when the connection failed before a byte of the request was written. Exported for its table of tests. */
export function provesNothingSent(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const failure = error as SystemError
  // Every address of the host was tried and failed.
  if (Array.isArray(failure.errors) && failure.errors.length > 0) return failure.errors.every(provesNothingSent)
  if (failure.syscall === 'connect' || failure.syscall === 'getaddrinfo') return true
  const code = failure.code ?? ''
  return beforeTheFirstByte.has(code) || code.startsWith('CERT_')
}

const untrusted = 'the certificate of the host is signed by nobody who is trusted here'

const sentences: Record<string, string> = {
  ECONNREFUSED: 'the host refuses connections',
  ENOTFOUND: 'the host name does not exist',
  EAI_AGAIN: 'the host name cannot be resolved now',
  ECONNRESET: 'the connection was reset',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  CERT_HAS_EXPIRED: 'the certificate of the host has expired',
  CERT_NOT_YET_VALID: 'the certificate of the host is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is that of another host',
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UND_ERR_HEADERS_TIMEOUT: 'no answer came in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped in the middle',
}

/** Code and sentence only: messages of the network layers may repeat what was sent. */
function describe(error: unknown): { code: string; why: string } {
  const failure = error as SystemError
  const first = Array.isArray(failure?.errors) ? (failure.errors[0] as SystemError | undefined) : undefined
  const code = failure?.code ?? first?.code ?? 'UNKNOWN'
  return { code, why: sentences[code] ?? `the connection failed (${code})` }
}

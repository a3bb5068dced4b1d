/** Everything that can become of one request, as data. */
import type { Fault } from '../../src/emulator/index.ts'

export interface Failure {
  name: string
  fault: Omit<Fault, 'match'>
  /** The longest wait that this may announce, in milliseconds; of the rules of waiting, see the comment beside each. */
  lostMs: number
}

const html = { 'content-type': 'text/html; charset=utf-8' }
const badGateway = '<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>'
const status = (code: number, more: Partial<Fault> = {}): Omit<Fault, 'match'> => ({
  kind: 'status',
  status: code,
  ...more,
})

/** Without a Retry-After: ten seconds for a 429, one for a 409. What is not sure to be refused is looked for twice, five seconds apart. */
const UNTOLD_MS = 10_000
const LOOKS_MS = 5_000
/** A refused write and a read that follows may each announce the same Retry-After. */
const TWICE = 2

export const failures: readonly Failure[] = [
  {
    name: '429 as JSON',
    fault: status(429, {
      retryAfter: 2,
      body: { error: 'APIRateLimitExceeded', description: 'Number of allowed API requests per minute exceeded' },
    }),
    lostMs: 2_000 * TWICE,
  },
  {
    name: '429 as a list of errors',
    fault: status(429, { retryAfter: 2, body: { errors: [{ code: 'TooManyRequests', title: 'Too many requests' }] } }),
    lostMs: 2_000 * TWICE,
  },
  {
    name: '429 as text',
    fault: status(429, { retryAfter: 2, body: 'You have exceeded the rate limit for updating a single unique user.' }),
    lostMs: 2_000 * TWICE,
  },
  {
    name: '429 as HTML',
    fault: status(429, { retryAfter: 2, body: '<html>Slow down</html>', headers: html }),
    lostMs: 2_000 * TWICE,
  },
  { name: '429 until a date', fault: status(429, { headers: { 'retry-after': 'DATE' } }), lostMs: 4_000 * TWICE },
  { name: '429 without Retry-After', fault: status(429), lostMs: UNTOLD_MS * TWICE },
  { name: '429 with Retry-After 0, three times', fault: status(429, { retryAfter: 0, times: 3 }), lostMs: 4_000 },
  { name: '503 with Retry-After', fault: status(503, { retryAfter: 2 }), lostMs: 2_000 * TWICE + LOOKS_MS },
  { name: '503 without Retry-After', fault: status(503), lostMs: LOOKS_MS },
  {
    name: '409',
    fault: status(409, { body: { error: 'DatabaseConflict', description: 'Database collision' } }),
    lostMs: 1_000 * TWICE,
  },
  { name: 'reset before the write', fault: { kind: 'reset_before' }, lostMs: LOOKS_MS },
  { name: 'reset after the write', fault: { kind: 'reset_after_write' }, lostMs: LOOKS_MS },
  { name: 'no answer', fault: { kind: 'hang' }, lostMs: LOOKS_MS },
  { name: 'no answer to what took effect', fault: { kind: 'hang_after_write' }, lostMs: LOOKS_MS },
  { name: 'half an answer', fault: { kind: 'truncated' }, lostMs: LOOKS_MS },
  { name: 'HTML with status 200', fault: { kind: 'garbled' }, lostMs: LOOKS_MS },
  { name: 'JSON that is a list', fault: { kind: 'mistyped' }, lostMs: LOOKS_MS },
  { name: '500', fault: status(500), lostMs: LOOKS_MS },
  { name: '502 as HTML', fault: status(502, { body: badGateway, headers: html }), lostMs: LOOKS_MS },
  {
    name: '502 as HTML after the write',
    fault: { kind: 'status_after_write', status: 502, body: badGateway, headers: html },
    lostMs: LOOKS_MS,
  },
  { name: '408 after the write', fault: { kind: 'status_after_write', status: 408 }, lostMs: LOOKS_MS },
  { name: 'a drip without end', fault: { kind: 'drip', delayMs: 500 }, lostMs: LOOKS_MS },
  { name: 'a drip that ends', fault: { kind: 'drip', delayMs: 0 }, lostMs: 0 },
]

/** The faults with the parts that are only known when they strike. */
export function dated(fault: Omit<Fault, 'match'>): Omit<Fault, 'match'> {
  if (fault.headers?.['retry-after'] !== 'DATE') return fault
  return { ...fault, headers: { 'retry-after': new Date(Date.now() + 3_000).toUTCString() } }
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffMs, patienceMs, settled } from './retry.ts'

const heldAt = new Date('2027-01-01T00:00:00Z')
const failed = (retryAfterMs: number | null = null) => ({ end: 'failed', why: 'no answer came', retryAfterMs }) as const
const dispatch = (attempts: number) => ({ attempts, nextAt: heldAt })

test.each([
  [1, 0, 15_000],
  [1, 1, 7_500],
  [2, 0, 30_000],
  [5, 0, 240_000],
  [9, 0, 3_600_000],
  [1000, 0, 3_600_000],
  [1000, 1, 1_800_000],
])('after attempt %i, with the randomness %d, the next is in %i ms', (attempts, random, delayMs) => {
  expect(backoffMs(attempts, random)).toBe(delayMs)
})

test('an attempt that failed is repeated later and never before the receiver wants it, until a day has passed', () => {
  const inputs = fc.record({
    attempts: fc.integer({ min: 1, max: 200 }),
    random: fc.double({ min: 0, max: 1, noNaN: true }),
    retryAfterMs: fc.option(fc.integer({ min: 0, max: patienceMs })),
    heldMs: fc.integer({ min: 0, max: 2 * patienceMs }),
  })
  fc.assert(
    fc.property(inputs, ({ attempts, random, retryAfterMs, heldMs }) => {
      const now = new Date(heldAt.getTime() + heldMs)
      const next = settled(failed(retryAfterMs), dispatch(attempts), { heldAt, now, random })
      const delayMs = next.nextAt.getTime() - now.getTime()
      if (next.state === 'failed') expect(heldMs + Math.max(3_600_000, retryAfterMs ?? 0)).toBeGreaterThan(patienceMs)
      else {
        expect(next.state).toBe('pending')
        expect(delayMs).toBeGreaterThanOrEqual(Math.max(7_500, retryAfterMs ?? 0))
        expect(heldMs + delayMs).toBeLessThanOrEqual(patienceMs)
      }
    }),
  )
})

test('what was sent has no error, and what was refused is not repeated', () => {
  const at = { heldAt, now: heldAt, random: 0 }
  expect(settled({ end: 'sent' }, dispatch(3), at)).toEqual({
    state: 'sent',
    nextAt: heldAt,
    lastError: null,
    sentAt: heldAt,
  })
  expect(settled({ end: 'refused', why: 'nobody is here' }, dispatch(1), at)).toMatchObject({
    state: 'failed',
    lastError: 'nobody is here.',
  })
  const late = { ...at, now: new Date(heldAt.getTime() + patienceMs) }
  expect(settled(failed(), dispatch(1), late).lastError).toBe('no answer came; given up after 1 attempt.')
})

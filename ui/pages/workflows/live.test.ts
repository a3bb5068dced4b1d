import { expect, it } from 'vitest'
import { deliveryOf, waitWords } from './live.ts'

const now = new Date('2026-01-01T00:00:00Z')

it('reads the figures, and takes what is missing for nothing', () => {
  expect(deliveryOf(null)).toMatchObject({ settled: 0, total: 0, etaMs: null, why: null })
  expect(
    deliveryOf({ settled: 5, total: 10, users_per_second: 2.5, jobs_in_flight: 1, parked: 0, eta_ms: 2_000 }),
  ).toMatchObject({ settled: 5, total: 10, rate: 2.5, jobs: 1, etaMs: 2_000 })
})

it.each([
  [{}, null],
  [{ why: null }, null],
  [{ why: 'Zendesk asks for it', until_ms: now.getTime() + 11_400 }, 'Waits 12 s: Zendesk asks for it'],
  [{ why: 'Zendesk asks for it', until_ms: now.getTime() - 1 }, 'Waits: Zendesk asks for it'],
  [{ why: 'the account does not answer', until_ms: null }, 'Waits: the account does not answer'],
])('%j is told as %s', (progress, words) => {
  expect(waitWords(deliveryOf(progress), now)).toBe(words)
})

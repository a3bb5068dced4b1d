import { expect, test } from 'vitest'
import { progressAfter } from './header-log.ts'

const progress = { settled: 1, total: 2, usersPerSecond: 3, jobsInFlight: 1, parked: 0, etaMs: null }

test('figures and waits stand beside each other, and a wait ends by itself', () => {
  const wait = { type: 'waiting', why: 'Zendesk asks for it', untilMs: 5 } as const
  const waiting = progressAfter(null, wait)
  expect(waiting).toEqual({ why: 'Zendesk asks for it', untilMs: 5 })
  const both = progressAfter(waiting, { type: 'progress', progress })
  expect(both).toEqual({ ...progress, why: 'Zendesk asks for it', untilMs: 5 })
  expect(progressAfter(both, { type: 'waiting', why: null, untilMs: null })).toEqual({
    ...progress,
    why: null,
    untilMs: null,
  })
  expect(progressAfter(both, { type: 'stopping' })).toBe(both)
})

import { describe, expect, it } from 'vitest'
import { waitsForSomebody } from '../../parts/waits.ts'
import { isOver, requestWords, runtimeMs } from './words.ts'

const now = new Date('2026-01-01T00:01:00Z')

describe('runtime', () => {
  it.each([
    [null, null, null],
    ['2026-01-01T00:00:00Z', null, 60_000],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:05Z', 5_000],
    // The clock of the server may be ahead of the browser's.
    ['2026-01-01T00:02:00Z', null, 0],
  ])('from %s to %s is %s ms', (started_at, ended_at, expected) => {
    expect(runtimeMs({ started_at, ended_at }, now)).toBe(expected)
  })
})

describe('state', () => {
  it.each([
    ['waiting', null, false, false],
    ['waiting', '2026-01-01T00:00:00Z', false, true],
    ['running', null, false, false],
    ['stopping', null, false, false],
    ['stopped', '2026-01-01T00:00:00Z', true, false],
    ['completed', '2026-01-01T00:00:00Z', true, false],
    ['completed_with_alerts', '2026-01-01T00:00:00Z', true, false],
    ['error', '2026-01-01T00:00:00Z', true, false],
  ] as const)('%s, ended %s', (state, ended_at, over, waits) => {
    expect([isOver({ state }), waitsForSomebody({ state, ended_at })]).toEqual([over, waits])
  })
})

it.each([
  [{}, null],
  [{ sample: null, full: false, approve: false, plan_id: null }, null],
  [{ sample: 10, full: true }, '10 people only, everybody whole'],
  [{ plan_id: 'P-1', approve: true }, 'of a plan that was looked at, past its guards'],
])('%j is told as %s', (request, expected) => {
  expect(requestWords({ request })).toBe(expected)
})

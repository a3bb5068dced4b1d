import { expect, test } from 'vitest'
import { DemoClock } from './demo-clock.ts'

const never = new AbortController().signal

test('goes on by itself, faster than others, and leaps forward only', () => {
  const clock = new DemoClock(new Date('2026-01-01T00:00:00Z'))
  const startMs = clock.nowMs()
  clock.leap(new Date('2026-01-02T00:00:00Z'))
  expect(clock.nowMs() - startMs).toBeGreaterThanOrEqual(23 * 3_600_000)
  const laterMs = clock.nowMs()
  clock.leap(new Date('2026-01-01T12:00:00Z'))
  expect(clock.nowMs()).toBeGreaterThanOrEqual(laterMs)
})

test('wakes who waits when the time has come, by itself or by a leap', async () => {
  const clock = new DemoClock(new Date('2026-01-01T00:00:00Z'))
  await clock.wait(600, never)
  const woken = clock.wait(3_600_000, never)
  clock.leap(new Date('2026-01-01T02:00:00Z'))
  await woken
})

test('a signal ends the wait', async () => {
  const clock = new DemoClock(new Date('2026-01-01T00:00:00Z'))
  const ending = new AbortController()
  const waited = clock.wait(3_600_000, ending.signal)
  ending.abort()
  await waited
  await clock.wait(3_600_000, ending.signal)
})

test('where it arrives it is the clock of the machine', () => {
  const clock = new DemoClock(new Date(Date.now() - 86_400_000))
  clock.arrive()
  expect(Math.abs(clock.nowMs() - Date.now())).toBeLessThan(100)
})

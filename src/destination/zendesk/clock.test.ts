import { describe, expect, it } from 'vitest'
import { openAccountClock } from './clock.ts'

/** Seconds between the account's clock and a time, in whole ones. */
const secondsFrom = (time: number, clockMs: number) => Math.round((clockMs - time) / 1_000)

describe('the time of an account', () => {
  it("is the machine's before the first answer, and that of the newest answer afterwards", () => {
    const clock = openAccountClock()
    expect(secondsFrom(Date.now(), clock.now())).toBe(0)
    clock.heard('Sat, 21 Nov 2026 12:00:30 GMT')
    expect(secondsFrom(Date.parse('2026-11-21T12:00:30Z'), clock.now())).toBe(0)
    clock.heard('Sat, 21 Nov 2026 11:00:00 GMT')
    expect(secondsFrom(Date.parse('2026-11-21T11:00:00Z'), clock.now())).toBe(0)
  })

  it.each([undefined, '', 'soon'])('is not moved by an answer that does not tell it: %j', (date) => {
    const clock = openAccountClock()
    clock.heard('Sat, 21 Nov 2026 12:00:30 GMT')
    clock.heard(date)
    expect(secondsFrom(Date.parse('2026-11-21T12:00:30Z'), clock.now())).toBe(0)
  })
})

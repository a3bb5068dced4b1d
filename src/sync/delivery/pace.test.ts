import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Pace, PollPace } from './pace.ts'

describe('batch starts', () => {
  it('are spaced by rows / rate and half a percent more', () => {
    const pace = new Pace(100)
    expect(pace.delayMs(0)).toBe(0)
    pace.started(0, 100)
    expect(pace.delayMs(0)).toBeCloseTo(1_005)
    expect(pace.delayMs(1_000)).toBeCloseTo(5)
    expect(pace.delayMs(1_006)).toBe(0)
  })

  it('know no delay without a limit', () => {
    const pace = new Pace(null)
    pace.started(0, 1_000_000)
    expect(pace.delayMs(0)).toBe(0)
  })

  it('never catch up: in no stretch of time more rows start than the rate allows, but for one batch (I8)', () => {
    const starts = fc.array(
      fc.record({ rows: fc.integer({ min: 1, max: 100 }), lateMs: fc.integer({ min: 0, max: 3_000 }) }),
      { minLength: 2, maxLength: 30 },
    )
    fc.assert(
      fc.property(starts, fc.integer({ min: 10, max: 1_000 }), (batches, usersPerSecond) => {
        const pace = new Pace(usersPerSecond)
        let nowMs = 0
        const started = batches.map(({ rows, lateMs }) => {
          nowMs += pace.delayMs(nowMs) + lateMs
          pace.started(nowMs, rows)
          return { atMs: nowMs, rows }
        })
        for (const [from, first] of started.entries()) {
          let rows = 0
          for (const later of started.slice(from)) {
            // Rows before `later` fit into the time that has passed when it starts.
            expect(rows).toBeLessThanOrEqual(((later.atMs - first.atMs) * usersPerSecond) / 1000 + 1e-6)
            rows += later.rows
          }
        }
      }),
    )
  })
})

describe('polls', () => {
  it('are rarer and rarer until a first job was seen to end, at most five and a half seconds apart', () => {
    const pace = new PollPace()
    expect(Array.from({ length: 9 }, () => pace.nextDelayMs(false))).toEqual([
      100, 200, 400, 800, 1_600, 3_200, 5_500, 5_500, 5_500,
    ])
  })

  it('follow how long jobs take, sooner when every slot is taken', () => {
    const pace = new PollPace()
    pace.finished(1_000)
    expect(pace.nextDelayMs(false)).toBeCloseTo(600)
    expect(pace.nextDelayMs(true)).toBeCloseTo(150)
    pace.finished(2_000)
    expect(pace.nextDelayMs(false)).toBeCloseTo(720)
  })

  it.each([
    [0, 10],
    [1_000_000, 5_500],
  ])('stay within bounds for jobs of %d ms', (durationMs, delayMs) => {
    const pace = new PollPace()
    pace.finished(durationMs)
    expect(pace.nextDelayMs(false)).toBe(delayMs)
  })
})

import { describe, expect, it } from 'vitest'
import type { Progress } from '../report.ts'
import { ProgressMeter } from './progress-meter.ts'

const idle = { jobsInFlight: 0, parked: 0, typicalJobMs: 8_000 }

function meter(total: number, settled = 0, open = 0) {
  const told: Progress[] = []
  return { told, meter: new ProgressMeter(total, settled, open, (progress) => told.push(progress)) }
}

describe('progress', () => {
  it('is told at most four times a second, and always when asked so', () => {
    const { told, meter: one } = meter(10)
    for (let atMs = 0; atMs <= 1_000; atMs += 50) one.report(atMs, idle)
    expect(told).toHaveLength(5)
    one.report(1_001, idle, true)
    expect(told).toHaveLength(6)
  })

  it('foretells by the rate of sending, not by the wait for the first jobs', () => {
    const { told, meter: one } = meter(1_000)
    for (let second = 0; second < 5; second += 1) one.sent(second * 1_000, 100)
    one.report(5_000, idle)
    expect(told.at(-1)).toMatchObject({ settled: 0, usersPerSecond: 0, etaMs: 5_000 + 8_000 })
  })

  it('knows no end before anything is sent', () => {
    const { told, meter: one } = meter(1_000, 400, 100)
    one.report(0, idle)
    expect(told).toEqual([{ settled: 400, total: 1_000, usersPerSecond: 0, jobsInFlight: 0, parked: 0, etaMs: null }])
  })

  it('shows the rate of the last ten seconds', () => {
    const { told, meter: one } = meter(10_000)
    for (let second = 0; second <= 60; second += 1) {
      if (second > 30) one.settled(100)
      one.report(second * 1_000, idle)
    }
    expect(told[30]?.usersPerSecond).toBe(0)
    expect(told.at(-1)?.usersPerSecond).toBeCloseTo(100)
  })

  it('never shows more than all, whatever follow-ups add', () => {
    const { told, meter: one } = meter(2)
    one.settled(3)
    one.report(0, idle)
    expect(told[0]?.settled).toBe(2)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomFrom } from '../../../test/random.ts'
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

/** Milliseconds from the beginning until it asks. */
function delayOf(pace: PollPace, wantedAtMs: number | null = null): number {
  pace.begin(0)
  return pace.dueMs(wantedAtMs)
}

/** A first load against jobs as slow as Zendesk's, on a clock of its own: writes and polls per 1,000 people, and what batches waited for a slot. */
function simulate({ people, slots, seed }: { people: number; slots: number; seed: number }) {
  const random = randomFrom(seed)
  const answerMs = 40
  const [pace, polls] = [new Pace(100), new PollPace()]
  let jobs: { fromMs: number; endMs: number }[] = []
  let [nowMs, sent, requests, lostMs] = [0, 0, 0, 0]
  while (sent < people || jobs.length > 0) {
    const isFull = jobs.length >= slots
    const startMs = sent < people ? nowMs + pace.delayMs(nowMs) : Number.POSITIVE_INFINITY
    const dueMs = jobs.length === 0 ? Number.POSITIVE_INFINITY : polls.dueMs(isFull ? startMs : null)
    requests += 1
    if (!isFull && startMs <= dueMs) {
      nowMs = Math.max(nowMs, startMs)
      pace.started(nowMs, 100)
      if (jobs.length === 0) polls.begin(nowMs)
      jobs.push({ fromMs: nowMs + answerMs, endMs: nowMs + answerMs + 7_000 + 5_000 * random() })
      sent += 100
      continue
    }
    const wantedMs = isFull ? startMs : Number.POSITIVE_INFINITY
    nowMs = Math.max(nowMs, dueMs) + answerMs
    polls.answered(answerMs)
    for (const { fromMs, endMs } of jobs) if (endMs <= nowMs) polls.finished(nowMs - fromMs)
    jobs = jobs.filter(({ endMs }) => endMs > nowMs)
    lostMs += Math.max(0, nowMs - wantedMs)
    polls.begin(nowMs)
  }
  return { perThousand: requests / (people / 1_000), lostMs }
}

describe('polls', () => {
  it('are rarer and rarer until a first job was seen to end, at most seven seconds apart', () => {
    const pace = new PollPace()
    expect(Array.from({ length: 6 }, () => delayOf(pace))).toEqual([100, 300, 900, 2_700, 7_000, 7_000])
  })

  it('follow how long jobs take', () => {
    const pace = new PollPace()
    pace.finished(1_000)
    expect(delayOf(pace)).toBeCloseTo(600)
    pace.finished(2_000)
    expect(delayOf(pace)).toBeCloseTo(720)
  })

  it.each([
    ['at once wanted, not before a quarter of the time', 0, 1_500],
    ['wanted in the middle, just in time for the answer', 4_000, 3_800],
    ['wanted later than it would ask anyway', 9_000, 6_000],
  ])('come sooner while every slot is taken: %s', (_, wantedAtMs, dueMs) => {
    const pace = new PollPace()
    pace.finished(10_000)
    pace.answered(100)
    expect(delayOf(pace, wantedAtMs)).toBeCloseTo(dueMs)
  })

  it('come at once while every slot is taken by jobs of a few milliseconds', () => {
    const pace = new PollPace()
    pace.finished(50)
    expect([delayOf(pace), delayOf(pace, 0)]).toEqual([30, 1])
  })

  it.each([
    [0, 10],
    [1_000_000, 7_000],
  ])('stay within bounds for jobs of %d ms', (durationMs, delayMs) => {
    const pace = new PollPace()
    pace.finished(durationMs)
    expect(delayOf(pace)).toBe(delayMs)
  })

  it.each([1, 2, 3])(
    'at 100 users a second cost at most two per 1,000 users, and no batch waits for a slot (jobs of seed %d)',
    (seed) => {
      const { perThousand, lostMs } = simulate({ people: 20_000, slots: 15, seed })
      expect(perThousand).toBeLessThanOrEqual(12)
      expect(lostMs).toBeLessThan(1_000)
    },
  )
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WaitNotice } from '../destination.ts'
import type { Clock } from './clock.ts'
import {
  advance,
  decide,
  freshState,
  type Limiters,
  limiterOf,
  openLimiter,
  recordEnd,
  recordPause,
  recordStart,
  retryAfterMs,
} from './limits.ts'

function headers(values: Record<string, string | number>): Map<string, string> {
  return new Map(Object.entries(values).map(([name, value]) => [name, String(value)]))
}

/** A clock that jumps to the next sleeper when everything waits. */
function steppedClock(): Clock & { run(untilMs: number): Promise<void> } {
  let nowMs = 0
  let sleepers: { atMs: number; wake: () => void }[] = []
  return {
    now: () => nowMs,
    sleep(delayMs, signal) {
      if (signal?.aborted) return Promise.resolve()
      return new Promise((resolve) => {
        const sleeper = { atMs: nowMs + delayMs, wake: resolve }
        sleepers.push(sleeper)
        signal?.addEventListener('abort', () => {
          sleepers = sleepers.filter((other) => other !== sleeper)
          resolve()
        })
      })
    },
    async run(untilMs) {
      for (;;) {
        for (let turn = 0; turn < 20; turn++) await Promise.resolve()
        const next = sleepers.reduce((least, { atMs }) => Math.min(least, atMs), Number.POSITIVE_INFINITY)
        if (next > untilMs) break
        nowMs = Math.max(nowMs, next)
        const due = sleepers.filter(({ atMs }) => atMs <= nowMs)
        sleepers = sleepers.filter(({ atMs }) => atMs > nowMs)
        for (const { wake } of due) wake()
      }
      nowMs = untilMs
    },
  }
}

describe('decisions of the limiter', () => {
  it('lets one request go until an answer tells the limits', () => {
    const state = freshState(0.5)
    expect(decide(state, 0)).toEqual({ go: true })
    recordStart(state, 0)
    expect(decide(state, 1)).toMatchObject({ go: false, untilMs: null })
    recordEnd(state, 50, headers({ 'x-rate-limit': 700, 'x-rate-limit-remaining': 699 }))
    expect(decide(state, 51)).toEqual({ go: true })
  })

  it('lets one request go ahead in a new window, in which others may have been before us (I8)', () => {
    const state = freshState(0.5)
    recordStart(state, 0)
    recordEnd(state, 50, headers({ 'ratelimit-limit': 700, 'ratelimit-remaining': 500, 'ratelimit-reset': 30 }))
    expect(decide(state, 60)).toEqual({ go: true })
    advance(state, 31_100)
    expect(decide(state, 31_100)).toEqual({ go: true })
    recordStart(state, 31_100)
    expect(decide(state, 31_110)).toMatchObject({ go: false, untilMs: null, why: 'first_answer' })
    recordEnd(state, 31_200, headers({ 'ratelimit-limit': 700, 'ratelimit-remaining': 35, 'ratelimit-reset': 59 }))
    expect(decide(state, 31_210)).toMatchObject({ go: false, why: 'budget' })
  })

  it.each([
    ['2024 spelling', { 'ratelimit-limit': 10, 'ratelimit-remaining': 9, 'ratelimit-reset': 30 }],
    ['2023 spelling', { 'rate-limit': 10, 'rate-limit-remaining': 9, 'rate-limit-reset': 30 }],
    ['oldest spelling', { 'x-rate-limit': 10, 'x-rate-limit-remaining': 9, 'x-rate-limit-reset': 30 }],
    ['with parameters', { 'ratelimit-limit': '10;w=60', 'ratelimit-remaining': 9, 'ratelimit-reset': 30 }],
  ])('reads the %s', (_, values) => {
    const state = freshState(0.5)
    recordStart(state, 0)
    recordEnd(state, 0, headers(values))
    expect(state).toMatchObject({ limit: 10, remaining: 9, resetAt: 31_000 })
  })

  it('stops at 5 % of the account until the reset', () => {
    const state = freshState(1)
    recordStart(state, 0)
    recordEnd(state, 0, headers({ 'ratelimit-limit': 200, 'ratelimit-remaining': 10, 'ratelimit-reset': 27 }))
    expect(decide(state, 1)).toEqual({ go: false, untilMs: 28_000, why: 'budget' })
    advance(state, 28_000)
    expect(decide(state, 28_000)).toEqual({ go: true })
  })

  it('stops for a minute when no header tells the reset, and goes on then', () => {
    const state = freshState(1)
    recordStart(state, 0)
    recordEnd(state, 100, headers({ 'x-rate-limit': 200, 'x-rate-limit-remaining': 3 }))
    expect(decide(state, 200)).toMatchObject({ go: false, untilMs: 60_100 })
    advance(state, 60_100)
    expect(decide(state, 60_100)).toEqual({ go: true })
  })

  it('counts what is in flight against what is left', () => {
    const state = freshState(1)
    recordStart(state, 0)
    recordEnd(state, 0, headers({ 'ratelimit-limit': 100, 'ratelimit-remaining': 8, 'ratelimit-reset': 30 }))
    recordStart(state, 1)
    recordStart(state, 1)
    expect(decide(state, 1)).toEqual({ go: true })
    recordStart(state, 1)
    expect(decide(state, 1)).toMatchObject({ go: false, why: 'budget' })
  })

  it('is lifted by none, but for what Zendesk asks', () => {
    const state = freshState(null)
    recordStart(state, 0)
    recordEnd(state, 0, headers({ 'ratelimit-limit': 100, 'ratelimit-remaining': 0, 'ratelimit-reset': 30 }))
    expect(decide(state, 1)).toEqual({ go: true })
    recordPause(state, 5_000)
    recordPause(state, 3_000)
    expect(decide(state, 1)).toEqual({ go: false, untilMs: 5_000, why: 'asked' })
  })

  it('never exceeds its share in a window of Zendesk', () => {
    const steps = fc.array(
      fc.record({ waitMs: fc.integer({ min: 0, max: 9_000 }), latencyMs: fc.integer({ min: 0, max: 900 }) }),
      {
        minLength: 50,
        maxLength: 400,
      },
    )
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 100 }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        steps,
        (limit, share, walk) => {
          const state = freshState(share)
          const used = new Map<number, number>()
          let nowMs = 0
          for (const { waitMs, latencyMs } of walk) {
            nowMs += waitMs
            advance(state, nowMs)
            const decision = decide(state, nowMs)
            if (!decision.go) {
              nowMs = Math.max(nowMs, decision.untilMs ?? nowMs)
              continue
            }
            recordStart(state, nowMs)
            const window = Math.floor(nowMs / 60_000)
            used.set(window, (used.get(window) ?? 0) + 1)
            const inWindow = used.get(window)!
            expect(inWindow).toBeLessThanOrEqual(limit)
            const left = 60 - Math.floor((nowMs % 60_000) / 1_000)
            const answer = {
              'ratelimit-limit': limit,
              'ratelimit-remaining': limit - inWindow,
              'ratelimit-reset': left,
            }
            recordEnd(state, nowMs + latencyMs, headers(answer))
            nowMs += latencyMs
          }
        },
      ),
    )
  })

  it('never starts more than its share in any minute without headers', () => {
    const waits = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 120, maxLength: 400 })
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 1, noNaN: true }), waits, (share, walk) => {
        const state = freshState(share)
        const starts: number[] = []
        let nowMs = 0
        for (const waitMs of walk) {
          nowMs += waitMs
          advance(state, nowMs)
          const decision = decide(state, nowMs)
          if (!decision.go) {
            nowMs = Math.max(nowMs, decision.untilMs ?? nowMs)
            continue
          }
          recordStart(state, nowMs)
          recordEnd(state, nowMs, headers({}))
          starts.push(nowMs)
          const inMinute = starts.filter((atMs) => nowMs - atMs < 60_000).length
          expect(inMinute).toBeLessThanOrEqual(Math.max(1, Math.floor(200 * share)))
        }
      }),
    )
  })
})

describe('the limiter', () => {
  it('holds requests in order and tells the wait', async () => {
    const clock = steppedClock()
    const notices: (string | null)[] = []
    const limiter = openLimiter(0.5, clock)
    const onWait = (notice: WaitNotice | null) => notices.push(notice?.why ?? null)
    expect(await limiter.start()).toBe(true)
    limiter.done(headers({ 'ratelimit-limit': 10, 'ratelimit-remaining': 9, 'ratelimit-reset': 60 }))
    limiter.pause(27_000)
    const order: number[] = []
    for (const number of [1, 2, 3]) void limiter.start(undefined, onWait).then(() => order.push(number))
    await clock.run(26_999)
    expect(order).toEqual([])
    expect(notices).toEqual(['Zendesk asks us to wait 27 s'])
    await clock.run(27_000)
    expect(order).toEqual([1, 2, 3])
    expect(notices.at(-1)).toBeNull()
    expect(limiter.requestsPerMinute()).toBe(5)
  })

  it('lets go of a request whose signal aborts, and of that one only', async () => {
    const clock = steppedClock()
    const limiter = openLimiter(null, clock)
    limiter.pause(1_000)
    const abort = new AbortController()
    const first = limiter.start(abort.signal)
    const second = limiter.start()
    abort.abort()
    expect(await first).toBe(false)
    await clock.run(1_000)
    expect(await second).toBe(true)
    expect(await limiter.start(abort.signal)).toBe(false)
  })
})

describe('connections of one account', () => {
  it('share one limiter, which knows between them what the account has told; other accounts have their own (I8)', async () => {
    const clock = steppedClock()
    const limiters: Limiters = new Map()
    const first = limiterOf(limiters, 'https://a', 0.5, clock)
    for (let request = 0; request < 4; request++) {
      expect(await first.start()).toBe(true)
      first.done(headers({ 'ratelimit-limit': 10, 'ratelimit-remaining': 9 - request, 'ratelimit-reset': 60 }))
    }
    const later = limiterOf(limiters, 'https://a', 0.5, clock)
    expect([later.accountLimit(), later.requestsPerMinute()]).toEqual([10, 5])
    const started: string[] = []
    const told: string[] = []
    for (const name of ['fifth', 'sixth']) {
      const onWait = (notice: WaitNotice | null) => told.push(`${name} ${notice === null ? 'goes on' : 'waits'}`)
      void later.start(undefined, onWait).then(() => started.push(name))
    }
    void limiterOf(limiters, 'https://b', 0.5, clock)
      .start()
      .then(() => started.push('of b'))
    await clock.run(59_000)
    expect([started.sort(), told]).toEqual([['fifth', 'of b'], ['sixth waits']])
    await clock.run(62_000)
    expect([started, told]).toEqual([
      ['fifth', 'of b', 'sixth'],
      ['sixth waits', 'sixth goes on'],
    ])
  })

  it.each([
    [0.5, 0.25, 0.25],
    [0.25, 0.5, 0.25],
    [null, 0.25, 0.25],
    [0.25, null, 0.25],
  ])(
    'of budgets %s and %s the smaller one holds, also for what was asked before it was known (I8)',
    async (a, b, held) => {
      const clock = steppedClock()
      const limiters: Limiters = new Map()
      const told = headers({ 'ratelimit-limit': 40, 'ratelimit-remaining': 39, 'ratelimit-reset': 60 })
      const first = limiterOf(limiters, 'https://a', a, clock)
      for (let request = 0; request < 10; request++) {
        expect(await first.start()).toBe(true)
        first.done(told)
      }
      expect(limiterOf(limiters, 'https://a', b, clock).requestsPerMinute()).toBe(40 * held)
      let started = false
      void first.start().then(() => {
        started = true
      })
      await clock.run(59_000)
      expect(started).toBe(false)
      await clock.run(62_000)
      expect(started).toBe(true)
    },
  )

  it('everybody who is held hears of the wait, also who comes while it lasts', async () => {
    const clock = steppedClock()
    const limiter = openLimiter(0.5, clock)
    limiter.pause(9_000)
    const told: [string, string | null][] = []
    const hold = (name: string) =>
      limiter.start(undefined, (notice) => told.push([name, notice?.why ?? null])).then(() => limiter.done(headers({})))
    void hold('first')
    await clock.run(4_000)
    void hold('second')
    await clock.run(9_000)
    expect(told).toEqual([
      ['first', 'Zendesk asks us to wait 9 s'],
      ['second', 'Zendesk asks us to wait 5 s'],
      ['first', null],
      ['second', null],
    ])
  })
})

describe('Retry-After', () => {
  const now = Date.parse('2026-11-21T12:00:00Z')
  it.each([
    ['27', 27_000],
    ['0', 0],
    ['1.5', 1_500],
    [' 3 ', 3_000],
    ['Sat, 21 Nov 2026 12:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
    ['999999', 3_600_000],
    ['soon', null],
    ['', null],
  ])('%j', (text, expected) => expect(retryAfterMs(headers({ 'retry-after': text }), now)).toBe(expected))
  it('may be absent', () => expect(retryAfterMs(new Map(), now)).toBeNull())
})

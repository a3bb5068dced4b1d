import { describe, expect, it, vi } from 'vitest'
import type { Fault } from '../../src/emulator/index.ts'
import { problems } from '../../src/problem.ts'
import { isFull } from '../full-set.ts'
import { hurriedRun } from '../hurried-run.ts'
import { bulkCalls, expectRight, onBulk, withBench } from './new-people.ts'

// Most of the time is waiting, but a busy machine takes its own.
vi.setConfig({ testTimeout: 120_000 })

describe.concurrent('a POST whose end nobody knows is looked up in the list of jobs (I2, I3)', () => {
  /** `calls`: bulk requests for the three batches. */
  const ends: [string, Fault, number][] = [
    ['reset before it took effect: sent again', onBulk({ kind: 'reset_before', skip: 1 }), 4],
    ['reset after it took effect: its job is found', onBulk({ kind: 'reset_after_write', skip: 1 }), 3],
    ['no answer and no effect: sent again', onBulk({ kind: 'hang' }), 4],
    ['no answer but an effect: its job is found', onBulk({ kind: 'hang_after_write' }), 3],
    ['half an answer: its job is found', onBulk({ kind: 'truncated' }), 3],
    ['an answer that is no JSON: its job is found', onBulk({ kind: 'garbled' }), 3],
    ['a 500 without effect: sent again', onBulk({ kind: 'status', status: 500 }), 4],
    ['a 500 with an effect: its job is found', onBulk({ kind: 'status_after_write', status: 500 }), 3],
    ['a 504 with an effect: its job is found', onBulk({ kind: 'status_after_write', status: 504, body: '<html>' }), 3],
    ['a 408 with an effect: its job is found', onBulk({ kind: 'status_after_write', status: 408 }), 3],
    ['all three lost with an effect: each finds its own', onBulk({ kind: 'reset_after_write', times: 3 }), 3],
  ]
  // Every other one on everyday runs: each has one of its kind there.
  it.each(ends.filter((_, index) => isFull || index % 2 === 0))('%s', async (_, fault, calls) => {
    await withBench(250, {}, async (bench) => {
      bench.emulator.faults(fault)
      const { summary } = await hurriedRun(bench)
      expect(summary).toMatchObject({ status: 'completed', rows: { created: 250 } })
      await expectRight(bench, summary, 250)
      expect(bulkCalls(bench)).toHaveLength(calls)
      expect(bench.emulator.stats().jobs).toBe(3)
    })
  })

  it('a job that is still running is waited for, and is not sent again', async () => {
    await withBench(3, { emulator: { jobLatencyMs: [6_000, 6_000] } }, async (bench) => {
      bench.emulator.faults(onBulk({ kind: 'reset_after_write' }))
      const { summary } = await hurriedRun(bench)
      await expectRight(bench, summary, 3)
      expect(bench.emulator.stats().jobs).toBe(1)
    })
  })

  it.each([
    ['without effect: sent again', 'status', 2],
    ['with an effect: its job is found', 'status_after_write', 1],
  ] as const)('a 503 with Retry-After is waited out, the wait is shown; %s', async (_, kind, calls) => {
    await withBench(3, {}, async (bench) => {
      bench.emulator.faults(onBulk({ kind, status: 503, retryAfter: 2 }))
      const { summary, events } = await hurriedRun(bench)
      await expectRight(bench, summary, 3)
      expect(bulkCalls(bench)).toHaveLength(calls)
      const waits = events.filter((event) => event.type === 'waiting')
      expect(waits[0]).toMatchObject({ why: expect.stringContaining('503'), untilMs: expect.any(Number) })
      expect(waits.at(-1)).toMatchObject({ why: null })
    })
  })
})

describe.concurrent('a refusal is waited out, and shown while it lasts', () => {
  const refusals: [string, Omit<Fault, 'kind' | 'match'>][] = [
    [
      '429 as JSON',
      {
        status: 429,
        body: { error: 'APIRateLimitExceeded', description: 'Number of allowed requests exceeded' },
        retryAfter: 1,
      },
    ],
    ['429 as text', { status: 429, body: 'Rate limit exceeded', retryAfter: 1 }],
    ['409', { status: 409, body: { error: 'DatabaseConflict', description: 'Database collision' }, retryAfter: 1 }],
    [
      'TooManyJobs as 429',
      { status: 429, body: { error: 'TooManyJobs', description: 'Too many jobs' }, retryAfter: 1 },
    ],
    [
      'TooManyJobs as 400',
      { status: 400, body: { error: 'TooManyJobs', description: 'Too many jobs' }, retryAfter: 1 },
    ],
  ]
  it.each(refusals)('%s', async (_, answer) => {
    await withBench(3, {}, async (bench) => {
      bench.emulator.faults(onBulk({ kind: 'status', ...answer }))
      const { summary, events } = await hurriedRun(bench)
      expect(summary).toMatchObject({ status: 'completed', rows: { created: 3 } })
      const [first, second, ...others] = bulkCalls(bench)
      expect(others).toEqual([])
      // Sent again, and not before it may be.
      expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(990)
      const waits = events.filter((event) => event.type === 'waiting')
      expect(waits[0]).toMatchObject({ why: expect.stringMatching(/./), untilMs: expect.any(Number) })
      expect(waits.at(-1)).toMatchObject({ why: null })
    })
  })

  it('an account whose slots for jobs are taken by others gets its batches as slots come free', async () => {
    await withBench(600, { emulator: { jobLimit: 2, jobLatencyMs: [50, 100] } }, async (bench) => {
      const { summary } = await hurriedRun(bench)
      await expectRight(bench, summary, 600)
      expect(bench.emulator.stats().by_status['429']).toBeGreaterThan(0)
    })
  })

  it('many batches refused together are one refusal, not a longer wait for each', async () => {
    await withBench(1_000, {}, async (bench) => {
      bench.emulator.faults(onBulk({ kind: 'status', status: 409, retryAfter: 0, times: 10 }))
      const { summary, events } = await hurriedRun(bench)
      await expectRight(bench, summary, 1_000)
      const waits = events.flatMap((event) => (event.type === 'waiting' && event.why !== null ? [event] : []))
      expect(waits.length).toBeLessThanOrEqual(2)
    })
  })
})

describe.concurrent('credentials that end in the middle', () => {
  it('revoked tokens: one renewal for all batches refused together, and the run goes on', async () => {
    await withBench(1_000, {}, async (bench) => {
      const { summary, events } = await hurriedRun(bench, {
        onEvent: (event) => {
          if (event.type === 'step' && event.step === 'deliver') bench.emulator.revokeTokens()
        },
      })
      await expectRight(bench, summary, 1_000)
      expect(bench.emulator.stats().by_status['401']).toBeGreaterThan(1)
      expect(bench.emulator.calls({ path: '/oauth/tokens' })).toHaveLength(2)
      expect(events.filter((event) => event.type === 'waiting')).toEqual([])
    })
  })

  it('a client that is revoked for good: error, nothing lost, and after the repair the same command completes the same run', async () => {
    await withBench(6_000, { emulator: { jobLatencyMs: [100, 200] } }, async (bench) => {
      let isRevoked = false
      const revoke = () => {
        if (isRevoked) return
        isRevoked = true
        bench.emulator.faults({ kind: 'status', status: 401, times: 'always', body: { error: 'invalid_client' } })
      }
      const first = await hurriedRun(bench, {
        onEvent: (event) => (event.type === 'progress' && event.progress.settled > 0 ? revoke() : undefined),
      })
      expect(first.summary).toMatchObject({
        status: 'error',
        problem: { code: 'zendesk.credentials_rejected', fix: expect.stringContaining('client') },
      })
      expect(first.summary.rows.pending).toBeGreaterThan(0)
      expect(first.summary.rows.created).toBeGreaterThan(0)

      expect(problems['zendesk.credentials_rejected'].exit).toBe(1)

      // Still broken: told as the same run, and nothing is planned anew.
      const second = await hurriedRun(bench)
      expect(second.summary).toMatchObject({
        run_id: first.summary.run_id,
        status: 'error',
        problem: { code: 'zendesk.credentials_rejected' },
      })

      bench.emulator.clearFaults()
      const third = await hurriedRun(bench)
      expect(third.summary).toMatchObject({
        run_id: first.summary.run_id,
        status: 'completed',
        rows: { created: 6_000 },
      })
      await expectRight(bench, third.summary, 6_000)
      // What was taken was not sent again.
      const taken = bulkCalls(bench).filter((call) => call.jobId !== undefined)
      expect(taken.flatMap((call) => (call.body as { users: unknown[] }).users)).toHaveLength(6_000)
    })
  })
})

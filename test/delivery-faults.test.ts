import { describe, expect, it } from 'vitest'
import type { EmulatorOptions, Fault } from '../src/emulator/index.ts'
import { problems } from '../src/problem.ts'
import type { RunSummary } from '../src/sync/report.ts'
import { hurriedRun } from './hurried-run.ts'
import { type Bench, type BenchOptions, openBench, type SourceRow } from './project-bench.ts'

const BULK = 'create_or_update_many'

const people = (count: number): SourceRow[] =>
  Array.from({ length: count }, (_, index) => ({
    external_id: `k${index + 1}`,
    email: `p${index + 1}@example.com`,
    name: `Person ${index + 1}`,
  }))

async function withBench<T>(count: number, options: BenchOptions, work: (bench: Bench) => Promise<T>): Promise<T> {
  const bench = await openBench(options)
  try {
    await bench.write(people(count))
    return await work(bench)
  } finally {
    await bench.close()
  }
}

const onBulk = (fault: Omit<Fault, 'match'>): Fault => ({ ...fault, match: { path: BULK } })

/** Whatever happens on the way: each row has one outcome, the account holds each person once as the source says, nobody was in two jobs at once. */
function expectRight(bench: Bench, { rows }: RunSummary, count: number, failed: readonly string[] = []): void {
  const { total, ...outcomes } = rows
  expect(Object.values(outcomes).reduce((sum, one) => sum + one, 0)).toBe(total)
  expect(outcomes).toMatchObject({ failed: failed.length, pending: 0, rejected: 0 })
  expect(outcomes.created + outcomes.updated).toBe(count - failed.length)
  const expected = people(count).filter((row) => !failed.includes(String(row.external_id)))
  const users = new Map(bench.users().map((user) => [user.external_id, user]))
  for (const { external_id, name, email } of expected)
    expect(users.get(external_id as string)).toMatchObject({ name, email })
  expect(bench.emulator.stats().races).toBe(0)
}

const bulkCalls = (bench: Bench) => bench.emulator.calls({ path: BULK })

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
  it.each(ends)('%s', async (_, fault, calls) => {
    await withBench(250, {}, async (bench) => {
      bench.emulator.faults(fault)
      const { summary } = await hurriedRun(bench)
      expect(summary).toMatchObject({ status: 'completed', rows: { created: 250 } })
      expectRight(bench, summary, 250)
      expect(bulkCalls(bench)).toHaveLength(calls)
      expect(bench.emulator.stats().jobs).toBe(3)
    })
  })

  it('a job that is still running is waited for, and is not sent again', async () => {
    await withBench(3, { emulator: { jobLatencyMs: [6_000, 6_000] } }, async (bench) => {
      bench.emulator.faults(onBulk({ kind: 'reset_after_write' }))
      const { summary } = await hurriedRun(bench)
      expectRight(bench, summary, 3)
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
      expectRight(bench, summary, 3)
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
      expectRight(bench, summary, 600)
      expect(bench.emulator.stats().by_status['429']).toBeGreaterThan(0)
    })
  }, 60_000)

  it('many batches refused together are one refusal, not a longer wait for each', async () => {
    await withBench(1_000, {}, async (bench) => {
      bench.emulator.faults(onBulk({ kind: 'status', status: 409, retryAfter: 0, times: 10 }))
      const { summary, events } = await hurriedRun(bench)
      expectRight(bench, summary, 1_000)
      const waits = events.flatMap((event) => (event.type === 'waiting' && event.why !== null ? [event] : []))
      expect(waits.length).toBeLessThanOrEqual(2)
    })
  })
})

describe.concurrent('a job that breaks', () => {
  it('is lost once: its rows are sent again whole', async () => {
    await withBench(3, {}, async (bench) => {
      bench.emulator.faults({ kind: 'job_lost' })
      const { summary } = await hurriedRun(bench)
      expect(summary).toMatchObject({ status: 'completed', rows: { created: 3 } })
      expectRight(bench, summary, 3)
      expect(bench.writtenUsers()).toHaveLength(6)
    })
  })

  it('vanishes with its results after it took effect: sent again, never called a success without a word (I2)', async () => {
    await withBench(3, {}, async (bench) => {
      bench.emulator.faults({ kind: 'job_vanished' })
      const { summary } = await hurriedRun(bench)
      expect(summary).toMatchObject({ rows: { created: 0, updated: 3 } })
      expectRight(bench, summary, 3)
    })
  })

  it('is lost whenever it is sent: halved down to single rows, which fail (I2)', async () => {
    // The first batch of a hundred is well and teaches how long jobs take.
    await withBench(103, {}, async (bench) => {
      bench.emulator.faults({ kind: 'job_lost', times: 'always', effect: 'all', skip: 1 })
      const { summary } = await hurriedRun(bench)
      expect(summary).toMatchObject({
        status: 'completed_with_alerts',
        rows: { total: 103, created: 100, failed: 3, pending: 0 },
      })
      expect((await bench.records(summary.run_id, { outcome: 'failed' })).map(({ row, code }) => [row, code])).toEqual([
        [101, 'zendesk.job_failed'],
        [102, 'zendesk.job_failed'],
        [103, 'zendesk.job_failed'],
      ])
      bench.emulator.clearFaults()
      expect((await hurriedRun(bench)).summary.rows).toMatchObject({ unchanged: 100, failed: 0, pending: 0 })
      expect(bench.users()).toHaveLength(103)
    })
  })

  it.each(['job_failed', 'job_killed'] as const)('%s over one row: only that row fails', async (kind) => {
    // One job at a time: all four, the first two, the last two, the third, the fourth.
    await withBench(
      4,
      { destination: { limits: { users_per_second: 'none', api_budget: 'none', jobs_in_flight: 1 } } },
      async (bench) => {
        bench.emulator.faults({ kind, effect: 'half' }, { kind, skip: 1 }, { kind, skip: 1 })
        const { summary } = await hurriedRun(bench)
        expect(summary.status).toBe('completed_with_alerts')
        expectRight(bench, summary, 4, ['k3'])
        expect(await bench.records(summary.run_id, { outcome: 'failed' })).toMatchObject([
          { row: 3, code: 'zendesk.job_failed' },
        ])
        expect(bulkCalls(bench).map((call) => (call.body as { users: unknown[] }).users.length)).toEqual([
          4, 2, 2, 1, 1,
        ])
      },
    )
  })

  it('never ends: the process loses its patience and says what to do', async () => {
    await withBench(3, {}, async (bench) => {
      bench.emulator.faults({ kind: 'job_stuck' })
      const { summary } = await hurriedRun(bench, { patienceMs: 1_500 })
      expect(summary).toMatchObject({
        status: 'error',
        problem: { code: 'workflow.out_of_patience' },
        rows: { total: 3, pending: 3 },
      })
    })
  })
})

describe.concurrent('results that are wrong or missing never make a success (I2)', () => {
  /** The second person is one that Zendesk refuses. */
  const refusing: { emulator: EmulatorOptions } = { emulator: { externalIdOnEmailMatch: 'refuse' } }
  const seedRefusal = (bench: Bench) =>
    bench.emulator.seed({ users: [{ name: 'Other', external_id: 'other', email: 'p2@example.com' }] })

  it.each(['results_missing', 'results_shuffled', 'results_null'] as const)(
    '%s once: every row gets its own word in the end',
    async (kind) => {
      await withBench(4, refusing, async (bench) => {
        seedRefusal(bench)
        bench.emulator.faults({ kind })
        const { summary } = await hurriedRun(bench)
        expectRight(bench, summary, 4, ['k2'])
        expect(await bench.records(summary.run_id, { outcome: 'failed' })).toMatchObject([
          { row: 2, code: 'zendesk.refused', reason: expect.stringContaining('already been taken') },
        ])
      })
    },
  )

  it('results_null always: no row is called created or updated', async () => {
    await withBench(5, {}, async (bench) => {
      bench.emulator.faults({ kind: 'results_null', times: 'always' })
      const { summary } = await hurriedRun(bench)
      expect(summary.rows).toMatchObject({ total: 5, failed: 5, created: 0, updated: 0, pending: 0 })
      const failed = await bench.records(summary.run_id, { outcome: 'failed' })
      expect(new Set(failed.map((record) => record.code))).toEqual(new Set(['zendesk.no_result']))
      bench.emulator.clearFaults()
      expectRight(bench, (await hurriedRun(bench)).summary, 5)
    })
  })

  it('results_missing always: exactly the row without a word fails', async () => {
    await withBench(3, {}, async (bench) => {
      bench.emulator.faults({ kind: 'results_missing', times: 'always' })
      const { summary } = await hurriedRun(bench)
      expect(summary.rows).toMatchObject({ created: 2, failed: 1 })
      expect(await bench.records(summary.run_id, { outcome: 'failed' })).toMatchObject([
        { row: 3, code: 'zendesk.no_result' },
      ])
    })
  })

  it('a 400 that names a row of the batch: that row fails, the others go on', async () => {
    await withBench(4, {}, async (bench) => {
      const message = 'JSON type mismatch: users.1.name must be a string, got: object'
      bench.emulator.faults(
        onBulk({ kind: 'status', status: 400, body: { error: { title: 'Invalid attribute', message } } }),
      )
      const { summary } = await hurriedRun(bench)
      expectRight(bench, summary, 4, ['k2'])
      expect(await bench.records(summary.run_id, { outcome: 'failed' })).toMatchObject([
        { row: 2, code: 'zendesk.rejected_attribute', reason: expect.stringContaining(message) },
      ])
    })
  })

  it('a 400 that names a row beyond the batch stops the run instead of sending for ever', async () => {
    await withBench(3, {}, async (bench) => {
      const message = 'users.7.name must be a string'
      bench.emulator.faults(
        onBulk({
          kind: 'status',
          status: 400,
          times: 'always',
          body: { error: { title: 'Invalid attribute', message } },
        }),
      )
      const { summary } = await hurriedRun(bench)
      expect(summary).toMatchObject({
        status: 'error',
        problem: { code: 'zendesk.unexpected_answer' },
        rows: { pending: 3 },
      })
      expect(bulkCalls(bench)).toHaveLength(1)
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
      expectRight(bench, summary, 1_000)
      expect(bench.emulator.stats().by_status['401']).toBeGreaterThan(1)
      expect(bench.emulator.calls({ path: '/oauth/tokens' })).toHaveLength(2)
      expect(events.filter((event) => event.type === 'waiting')).toEqual([])
    })
  })

  it('a client that is revoked for good: error, nothing lost, and after the repair the same command completes the same run', async () => {
    await withBench(2_000, { emulator: { jobLatencyMs: [100, 200] } }, async (bench) => {
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
        rows: { created: 2_000 },
      })
      expectRight(bench, third.summary, 2_000)
      // What was taken was not sent again.
      const taken = bulkCalls(bench).filter((call) => call.jobId !== undefined)
      expect(taken.flatMap((call) => (call.body as { users: unknown[] }).users)).toHaveLength(2_000)
    })
  }, 60_000)
})

import { describe, expect, it, vi } from 'vitest'
import { type JobFaultKind, jobFaultKinds } from '../../src/emulator/faults.ts'
import type { Fault } from '../../src/emulator/index.ts'
import { isFull } from '../full-set.ts'
import { hurriedRun } from '../hurried-run.ts'
import { bulkCalls, expectRight, onBulk, refusing, seedRefusal, withBench } from './new-people.ts'
import { undisturbed, withScenario } from './scenario.ts'
import { expectUndisturbed, timeLost } from './verdict.ts'

// Most of the time is waiting, but a busy machine takes its own.
vi.setConfig({ testTimeout: 120_000 })

/** The requests that make jobs. */
const jobMakers = [
  'users/create_or_update_many',
  'users/update_many',
  'organization_memberships/create_many',
  'users/destroy_many',
]
/** A job that never ends is a matter of patience. */
const kinds = jobFaultKinds.filter((kind) => kind !== 'job_stuck')

interface Strike {
  name: string
  faults: Fault[]
}

const strike = (path: string, kind: JobFaultKind): Strike => ({
  name: `${path}: ${kind}`,
  faults: [{ kind, match: { path } }],
})

/** Everyday runs: each run has a fault for every kind of job; the runs have each fault once and more. */
const rounds = [0, 4, 8].map((offset): Strike => {
  const all = jobMakers.map((path, at) => strike(path, kinds[(offset + at) % kinds.length]!))
  return { name: all.map(({ name }) => name).join(', '), faults: all.flatMap(({ faults }) => faults) }
})
const product = jobMakers.flatMap((path) => kinds.map((kind) => strike(path, kind)))
/** Of people who are new, nothing but the result says which id is theirs. */
const isBeyondDoubt = ({ faults }: Strike) =>
  !faults.some(({ kind, match }) => kind === 'results_foreign_ids' && match?.path === jobMakers[0])

describe.concurrent('jobs that break and results that are wrong leave what an undisturbed run leaves (I1, I2, I4)', () => {
  it.each([...rounds, ...(isFull ? product : [])].filter(isBeyondDoubt))(
    '$name',
    async ({ faults }) => {
      await withScenario(async (bench) => {
        bench.emulator.faults(...faults)
        const { summary, events } = await hurriedRun(bench)
        expect(bench.emulator.faults().map(({ struck }) => struck)).toEqual(faults.map(() => 1))
        const expectedAccount = await undisturbed()
        await expectUndisturbed({ bench, summary, expectedAccount, outputs: [JSON.stringify(events)] })
        // A job is paid for with its repetition; nothing is waited for.
        expect(timeLost(events)).toBe(0)
      })
    },
    120_000,
  )
})

describe.concurrent('a job that breaks', () => {
  it('is lost once: its rows are sent again whole', async () => {
    await withBench(3, {}, async (bench) => {
      bench.emulator.faults({ kind: 'job_lost' })
      const { summary } = await hurriedRun(bench)
      expect(summary).toMatchObject({ status: 'completed', rows: { created: 3 } })
      await expectRight(bench, summary, 3)
      expect(bench.writtenUsers()).toHaveLength(6)
    })
  })

  it('vanishes with its results after it took effect: sent again, never called a success without a word (I2)', async () => {
    await withBench(3, {}, async (bench) => {
      bench.emulator.faults({ kind: 'job_vanished' })
      const { summary } = await hurriedRun(bench)
      expect(summary).toMatchObject({ rows: { created: 0, updated: 3 } })
      await expectRight(bench, summary, 3)
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
        await expectRight(bench, summary, 4, { failed: ['k3'] })
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
  it.each(['results_missing', 'results_shuffled', 'results_null'] as const)(
    '%s once: every row gets its own word in the end',
    async (kind) => {
      await withBench(4, refusing, async (bench) => {
        seedRefusal(bench)
        bench.emulator.faults({ kind })
        const { summary } = await hurriedRun(bench)
        await expectRight(bench, summary, 4, { failed: ['k2'], refuses: true })
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
      await expectRight(bench, (await hurriedRun(bench)).summary, 5)
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
      await expectRight(bench, summary, 4, { failed: ['k2'] })
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

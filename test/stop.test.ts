import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Ledger } from '../src/sync/ledger/ledger.ts'
import type { RunSummary, WorkflowEvent } from '../src/sync/report.ts'
import { type CliChild, startCli, summaryOf } from './cli-child.ts'
import { isFull } from './full-set.ts'
import { type Bench, openBench, type SourceRow } from './project-bench.ts'

const ROWS = 4_000

const people = (note: string): SourceRow[] =>
  Array.from({ length: ROWS }, (_, index) => ({
    external_id: `k${index}`,
    email: `p${index}@example.com`,
    name: `Person ${index}`,
    notes: note,
  }))

let bench: Bench
const children: CliChild[] = []
beforeEach(async () => {
  const limits = { users_per_second: 'none', api_budget: 'none', jobs_in_flight: 8 }
  bench = await openBench({ emulator: { jobLatencyMs: [150, 300] }, destination: { limits } })
  await bench.write(people('first'))
})
afterEach(async () => {
  for (const { child } of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
  await bench.close()
})

/** Settled rows are few enough that much is left. */
const hasBegun = (event: WorkflowEvent) => event.type === 'progress' && event.progress.settled > 0

/** Runs until a few batches are settled, and stops as the first Ctrl-C does. */
async function stopMidway(): Promise<RunSummary> {
  const stop = new AbortController()
  const summary = await bench.run(
    {},
    { signal: stop.signal, onEvent: (event) => (hasBegun(event) ? stop.abort() : undefined) },
  )
  expect(summary).toMatchObject({ status: 'stopped', problem: null })
  expect(summary.rows.created).toBeGreaterThan(0)
  expect(summary.rows.pending).toBeGreaterThan(0)
  expect(summary.rows.created + summary.rows.pending).toBe(ROWS)
  return summary
}

async function inLedger<T>(work: (ledger: Ledger) => Promise<T>): Promise<T> {
  const ledger = await Ledger.open(join(bench.dir, '.deskside'))
  try {
    return await work(ledger)
  } finally {
    await ledger.close()
  }
}

describe('signals', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s once: jobs in flight are settled, the rest is pending, the same command goes on with the same run (I1, I3)',
    async (signal) => {
      const first = startCli(bench, ['run', 'people'])
      children.push(first)
      await first.event(hasBegun)
      first.child.kill(signal)
      const end = await first.ended
      const stopped = summaryOf(end)
      expect([end.exitCode, end.killedBy]).toEqual([1, null])
      expect(stopped).toMatchObject({ status: 'stopped', problem: null, rows: { total: ROWS } })
      expect(stopped.rows.pending).toBeGreaterThan(0)
      // Nothing was left in flight: what the account has is what the summary says.
      expect(bench.emulator.stats().jobs_in_flight).toBe(0)
      expect(stopped.rows.created).toBe(bench.users().length)
      expect(stopped.rows.created + stopped.rows.pending).toBe(ROWS)

      const second = startCli(bench, ['run', 'people'])
      children.push(second)
      const completed = summaryOf(await second.ended)
      expect(completed).toMatchObject({
        run_id: stopped.run_id,
        status: 'completed',
        rows: { total: ROWS, created: ROWS, pending: 0 },
      })
      expect(bench.writtenUsers()).toHaveLength(ROWS)
    },
    60_000,
  )

  it.each(
    (
      [
        ['SIGTERM', 'SIGINT'],
        ['SIGINT', 'SIGINT'],
      ] as const
    ).slice(0, isFull ? 2 : 1),
  )(
    '%s and %s: ends at once with jobs in flight, and the same command settles them and goes on (I3)',
    async (one, other) => {
      bench.emulator.seed({ settings: { jobLatencyMs: [3_000, 4_000] } })
      const first = startCli(bench, ['run', 'people'])
      children.push(first)
      await first.event((event) => event.type === 'progress' || (event.type === 'step' && event.step === 'deliver'))
      const { emulator } = bench
      await new Promise<void>((resolve) => {
        const timer = setInterval(() => {
          if (emulator.stats().jobs_in_flight < 5) return
          clearInterval(timer)
          resolve()
        }, 10)
      })
      first.child.kill(one)
      // Two signals within a moment count as one key.
      await new Promise((resolve) => setTimeout(resolve, 300))
      first.child.kill(other)
      const end = await first.ended
      const stopped = summaryOf(end)
      expect([end.exitCode, end.killedBy]).toEqual([1, null])
      expect(stopped).toMatchObject({
        status: 'stopped',
        problem: null,
        rows: { total: ROWS, created: 0, pending: ROWS },
      })
      expect(emulator.stats().jobs_in_flight).toBeGreaterThan(0)

      emulator.seed({ settings: { jobLatencyMs: [50, 100] } })
      const completed = await bench.run()
      expect(completed).toMatchObject({
        run_id: stopped.run_id,
        status: 'completed',
        rows: { total: ROWS, created: ROWS, pending: 0 },
      })
      expect(emulator.stats().races).toBe(0)
    },
    60_000,
  )

  it('ends at once also while an answer is awaited: stopped, and no problem', async () => {
    bench.emulator.faults({ kind: 'hang', match: { path: 'show_many?ids' }, times: 'always' })
    const end = new AbortController()
    const timer = setInterval(
      () => (bench.emulator.calls({ path: 'job_statuses/show_many' }).length > 0 ? end.abort() : undefined),
      10,
    )
    const stopped = await bench.run({}, { abort: end.signal })
    clearInterval(timer)
    expect(stopped).toMatchObject({ status: 'stopped', problem: null, rows: { pending: ROWS } })
    bench.emulator.clearFaults()
    expect(await bench.run()).toMatchObject({ run_id: stopped.run_id, status: 'completed', rows: { created: ROWS } })
  }, 60_000)

  it('is stopping while jobs in flight are waited for', async () => {
    bench.emulator.seed({ settings: { jobLatencyMs: [400, 500] } })
    const stop = new AbortController()
    await bench.withApp(async (app) => {
      const running = app.run(
        'people',
        { sample: null, full: false, live: false, planId: null, approve: false },
        {
          signal: stop.signal,
          onEvent: (event) => (event.type === 'progress' && event.progress.jobsInFlight > 0 ? stop.abort() : undefined),
        },
      )
      await new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()))
      expect((await app.workflows())[0]?.status).toBe('stopping')
      expect((await running).status).toBe('stopped')
      expect((await app.workflows())[0]?.status).toBe('stopped')
    })
  })

  it('a stop that comes when everything is settled is none', async () => {
    const stop = new AbortController()
    const summary = await bench.run(
      {},
      {
        signal: stop.signal,
        onEvent: (event) =>
          event.type === 'progress' && event.progress.settled === event.progress.total ? stop.abort() : undefined,
      },
    )
    expect(stop.signal.aborted).toBe(true)
    expect(summary).toMatchObject({ status: 'completed', rows: { created: ROWS } })
  }, 60_000)
})

describe('a run that was stopped goes on only as long as it is the same work', () => {
  /** A new run, and the old one is closed with its unsent rows pending. */
  async function expectReplaced(old: RunSummary, next: RunSummary): Promise<void> {
    expect(next.run_id).not.toBe(old.run_id)
    expect(next.status).toBe('completed')
    const workflows = await bench.withApp((app) => app.workflows())
    expect(workflows.find((workflow) => workflow.run_id === old.run_id)).toMatchObject({
      status: 'stopped',
      rows: old.rows,
    })
    await expect(bench.run({ planId: old.run_id })).rejects.toMatchObject({ code: 'plan.stale' })
  }

  it('a repaired query: the old plan is never sent again, a new one is', async () => {
    const old = await stopMidway()
    bench.emulator.clearCalls()
    await bench.query("SELECT * REPLACE ('repaired' AS notes) FROM people ORDER BY CAST(_row AS INTEGER)")
    const next = await bench.run()
    await expectReplaced(old, next)
    expect(next.rows).toMatchObject({ total: ROWS, created: old.rows.pending, updated: old.rows.created })
    expect(bench.writtenUsers()).toHaveLength(ROWS)
    expect(new Set(bench.writtenUsers().map((user) => user.notes))).toEqual(new Set(['repaired']))
  }, 60_000)

  it('changed settings, then changed flags: a new plan each time', async () => {
    const old = await stopMidway()
    await bench.settings({ mark_verified: true })
    bench.emulator.clearCalls()
    const next = await bench.run({ sample: 100 })
    await expectReplaced(old, next)
    expect(bench.writtenUsers().every((user) => user.verified === true)).toBe(true)
    expect(next.rows.total).toBe(100)
  }, 60_000)

  it('a plan that is older than a day is not sent', async () => {
    const old = await stopMidway()
    await inLedger((ledger) =>
      ledger.db.run("UPDATE workflows SET planned_at = planned_at - INTERVAL '24 hours 1 minute'"),
    )
    await bench.write(people('second'))
    bench.emulator.clearCalls()
    const next = await bench.run()
    await expectReplaced(old, next)
    expect(new Set(bench.writtenUsers().map((user) => user.notes))).toEqual(new Set(['second']))
  }, 60_000)

  it('a plan that is younger goes on with what it planned, whatever the source says now', async () => {
    const old = await stopMidway()
    await inLedger((ledger) =>
      ledger.db.run("UPDATE workflows SET planned_at = planned_at - INTERVAL '23 hours 50 minutes'"),
    )
    await bench.write(people('second'))
    const next = await bench.run()
    expect(next).toMatchObject({ run_id: old.run_id, status: 'completed', rows: { created: ROWS } })
    expect(new Set(bench.users().map((user) => user.notes))).toEqual(new Set(['first']))
  }, 60_000)

  it('a plan made under other rules of the account is not sent: the account has got a field meanwhile', async () => {
    await bench.settings({ unknown_fields: 'ignore' })
    await bench.query('SELECT *, \'7\' AS "user_fields.tier" FROM people ORDER BY CAST(_row AS INTEGER)')
    const old = await stopMidway()
    bench.emulator.seed({ user_fields: [{ key: 'tier', type: 'integer', title: 'Tier' }] })
    bench.emulator.clearCalls()
    const next = await bench.run()
    await expectReplaced(old, next)
    expect(new Set(bench.users().map((user) => user.user_fields.tier))).toEqual(new Set([7]))
  }, 60_000)

  it('a plan made beside a stopped run can be run: nothing was delivered since', async () => {
    await stopMidway()
    const plan = await bench.plan()
    const run = await bench.run({ planId: plan.plan_id })
    expect(run).toMatchObject({ run_id: plan.plan_id, status: 'completed' })
    expect(bench.users()).toHaveLength(ROWS)
    expect(bench.writtenUsers()).toHaveLength(ROWS)
  }, 60_000)

  it('further attempts that were due are made by the next process', async () => {
    await bench.run()
    bench.emulator.deleteUser({ external_id: 'k7' })
    const stop = new AbortController()
    await bench.write(people('first').map((row, index) => (index === 7 ? { ...row, notes: 'other' } : row)))
    const stopped = await bench.run(
      {},
      { signal: stop.signal, onEvent: (event) => (hasBegun(event) ? stop.abort() : undefined) },
    )
    expect(stopped).toMatchObject({ status: 'stopped', rows: { unchanged: ROWS - 1, pending: 1 } })
    const completed = await bench.run()
    expect(completed).toMatchObject({
      run_id: stopped.run_id,
      status: 'completed',
      rows: { unchanged: ROWS - 1, created: 1 },
    })
    expect(bench.user('k7')).toMatchObject({ name: 'Person 7', email: 'p7@example.com', notes: 'other' })
  }, 60_000)

  it('further attempts in flight at the end of a process are settled by the next one, and made once (I3, I4)', async () => {
    await bench.run()
    bench.emulator.deleteUser({ external_id: 'k7' })
    await bench.write(people('first').map((row, index) => (index === 7 ? { ...row, notes: 'other' } : row)))
    bench.emulator.seed({ settings: { jobLatencyMs: [300, 300] } })
    bench.emulator.clearCalls()
    const end = new AbortController()
    const timer = setInterval(() => {
      // The change itself, then everything about a person who had vanished.
      if (bench.writtenUsers().length >= 2 && bench.emulator.stats().jobs_in_flight > 0) end.abort()
    }, 10)
    const stopped = await bench.run({}, { abort: end.signal })
    clearInterval(timer)
    expect(stopped).toMatchObject({ status: 'stopped', problem: null, rows: { pending: 1 } })
    const completed = await bench.run()
    expect(completed).toMatchObject({
      run_id: stopped.run_id,
      status: 'completed',
      rows: { unchanged: ROWS - 1, created: 1 },
    })
    expect(bench.user('k7')).toMatchObject({ name: 'Person 7', email: 'p7@example.com', notes: 'other' })
    expect(bench.emulator.stats().races).toBe(0)
    expect((await bench.run()).rows).toMatchObject({ unchanged: ROWS })
  }, 60_000)
})

describe('another orchestration of the same account', () => {
  it('first settles what the other one left, and the other one plans anew after it has delivered (I3, I4)', async () => {
    const two = await openBench({
      emulator: { jobLatencyMs: [500, 900] },
      project: {
        queries: { people: 'people.sql', others: 'others.sql' },
        orchestrations: {
          people: { query: 'people', destination: 'zendesk' },
          others: { query: 'others', destination: 'zendesk' },
        },
      },
    })
    try {
      await two.write(people('first').slice(0, 800))
      await writeFile(
        join(two.dir, 'others.sql'),
        "SELECT external_id, email, name, 'others' AS notes FROM people ORDER BY CAST(_row AS INTEGER)",
      )
      const end = new AbortController()
      const timer = setInterval(() => (two.emulator.stats().jobs_in_flight >= 5 ? end.abort() : undefined), 10)
      const stopped = await two.run({}, { abort: end.signal })
      clearInterval(timer)
      expect(stopped).toMatchObject({ status: 'stopped', rows: { pending: 800 } })
      const request = { sample: null, full: false, live: false, planId: null, approve: false }
      const events: WorkflowEvent[] = []
      const others = await two.withApp((app) =>
        app.run('others', request, { onEvent: (event) => void events.push(event) }),
      )
      expect(events.find((event) => event.type === 'recovering')).toMatchObject({ runId: stopped.run_id })
      expect(others).toMatchObject({ status: 'completed', rows: { total: 800, pending: 0, failed: 0 } })
      expect(others.rows.updated).toBeGreaterThanOrEqual(500)
      expect(two.emulator.stats().races).toBe(0)
      expect(new Set(two.users().map((user) => user.notes))).toEqual(new Set(['others']))

      const again = await two.run()
      expect(again.run_id).not.toBe(stopped.run_id)
      expect(again).toMatchObject({ status: 'completed', rows: { updated: 800 } })
      expect(two.users()).toHaveLength(800)
    } finally {
      await two.close()
    }
  }, 60_000)
})

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { type Moment, moments } from '../../src/moment.ts'
import { batchEvents } from '../../src/sync/ledger/journal.ts'
import { Ledger } from '../../src/sync/ledger/ledger.ts'
import { type CliEnd, isAlive, queriesOf, startCli, struckAt, summaryOf, until } from '../cli-child.ts'
import { isFull } from '../full-set.ts'
import { type Bench, openBench } from '../project-bench.ts'
import { people } from '../sample-people.ts'
import { firstLoad, type Load, openLoad, settingsAndExits, undisturbed } from './loads.ts'
import { tally } from './tally.ts'
import { accountOf, expectUndisturbed, timeLost } from './verdict.ts'

const RUN = ['run', 'people']

/** Where the process is killed. Of a chain, each kill finds what the ones before have left. */
interface Point {
  moment: Moment
  /** 1 unless given. */
  nth?: number
  /** A kill that must come before, or the moment is not reached: in a chain the one before will do. */
  after?: Moment
  /** Settings of the destination that are changed before, so that another plan is made. */
  settings?: Record<string, unknown>
}

const plain: readonly Point[] = [
  { moment: 'ledger.committing' },
  { moment: 'ledger.committed' },
  { moment: 'token.asking' },
  { moment: 'token.answered' },
  { moment: 'workflow.created' },
  { moment: 'query.running' },
  { moment: 'extract.materialised' },
  { moment: 'plan.writing' },
  { moment: 'run.superseding', after: 'plan.writing' },
  { moment: 'plan.storing' },
  { moment: 'run.superseded', after: 'plan.storing' },
  { moment: 'plan.stored' },
  { moment: 'run.started' },
  { moment: 'journal.posting.writing' },
  { moment: 'journal.posting.written' },
  { moment: 'journal.refused.writing', after: 'journal.posting.written' },
  { moment: 'journal.refused.written', after: 'journal.posting.written' },
  { moment: 'batch.answered' },
  { moment: 'parked.judged', after: 'batch.answered' },
  { moment: 'journal.submitted.writing' },
  { moment: 'journal.submitted.written' },
  { moment: 'journal.settled.writing' },
  { moment: 'journal.settled.written' },
  { moment: 'leftover.settled', after: 'journal.settled.written' },
  { moment: 'fold.writing' },
  { moment: 'fold.written' },
  { moment: 'presence.written' },
  { moment: 'confirm.reading' },
  { moment: 'confirm.stored' },
  { moment: 'run.ending' },
  { moment: 'run.ended' },
  { moment: 'stage.removed' },
]

const apart: readonly Point[] = [
  { moment: 'followup.made' },
  { moment: 'tags.read' },
  // In the same round as the first tags: an address has taken the place of another.
  { moment: 'batch.answered', nth: 3 },
  { moment: 'organization.made' },
  { moment: 'run.superseding', after: 'journal.settled.written', settings: { phone_change: 'keep' } },
  { moment: 'run.superseded', after: 'journal.settled.written', settings: { confirm: 'all' } },
]

/** Of the moments that these loads do not reach, each has a test of its own below. */
const others: readonly Moment[] = ['orchestration.pausing', 'orchestration.paused', 'run.forgotten']

/** Closed when its test is over. */
function kept(bench: Bench, { onTestFinished }: TestContext): Bench {
  onTestFinished(() => bench.close())
  return bench
}

/** Runs the command until it reaches the moment, at which it dies. */
async function killAt(bench: Bench, moment: Moment, nth = 1, args: readonly string[] = RUN): Promise<CliEnd> {
  const end = await startCli(bench, args, struckAt({ moment, nth, signal: 'SIGKILL' })).ended
  if (end.killedBy !== 'SIGKILL') throw new Error(`${moment} was not reached: ${end.stdout}\n${end.stderr}`)
  return end
}

async function expectEnd(bench: Bench, load: Load, ends: readonly CliEnd[]): Promise<void> {
  const end = await startCli(bench, RUN).ended
  const summary = summaryOf(end)
  await expectUndisturbed({
    bench,
    summary,
    expectedAccount: await undisturbed(load),
    outputs: [...ends, end].flatMap(({ stdout, stderr }) => [stdout, stderr]),
    rejected: load.rejected,
  })
  expectNoLitter(bench)
  // Twice five seconds a kill: what became of a batch is asked for anew as long as a job of unknown origin runs.
  expect(Math.max(...[...ends, end].map(({ events }) => timeLost(events)))).toBeLessThanOrEqual(10_000)
  // The second run finds nothing to do (I5).
  bench.emulator.clearCalls()
  await bench.run()
  expect(bench.writes()).toEqual([])
}

/** Stages, and plans of runs that never were, are gone. */
function expectNoLitter(bench: Bench): void {
  const files = readdirSync(join(bench.dir, '.deskside', 'runs'))
  expect(files.filter((name) => !/^[\w-]+\.duckdb$/.test(name))).toEqual([])
}

describe('named moments', () => {
  it('every transition of the journal has a moment before it is written and after (I3)', () => {
    const wanted = batchEvents.flatMap((event) => [`journal.${event}.writing`, `journal.${event}.written`])
    expect(Object.keys(moments).filter((moment) => moment.startsWith('journal.'))).toEqual(
      expect.arrayContaining(wanted),
    )
  })

  it('every moment is one at which these tests kill', () => {
    const killedAt = new Set([...[...plain, ...apart].map(({ moment }) => moment), ...others])
    expect(Object.keys(moments).filter((moment) => !killedAt.has(moment as Moment))).toEqual([])
    expect(killedAt.size).toBeGreaterThanOrEqual(12)
  })
})

const loads: [points: readonly Point[], load: Load][] = [
  [plain, firstLoad(1_200)],
  ...(isFull ? [[apart, settingsAndExits(120)] satisfies [readonly Point[], Load]] : []),
]

const slow = { jobLatencyMs: [150, 300] as const }

describe('a process that is killed at one named moment after the other', () => {
  it.concurrent.for(loads.map(([points, load]) => ({ name: load.name, points, load })))(
    '$name: the end of an undisturbed run (I1, I3, I4, I5, I9)',
    { timeout: 900_000 },
    async ({ points, load }, context) => {
      const bench = kept(await openLoad(load, slow), context)
      const ends: CliEnd[] = []
      for (const { moment, nth, settings } of points) {
        if (settings !== undefined) await bench.settings(settings)
        ends.push(await killAt(bench, moment, nth))
      }
      await expectEnd(bench, load, ends)
      tally({
        fault: `kills in a chain: ${load.name}`,
        times: ends.length,
        inFlight: 0,
        lostMs: ends.map(({ events }) => timeLost(events)),
      })
    },
  )
})

// Each moment alone, the first, second and fourth time it is reached.
if (isFull)
  describe('a process that is killed once', () => {
    const cases = loads.flatMap(([points, load]) =>
      points.flatMap((point) =>
        (point.nth === undefined ? [1, 2, 4] : [point.nth]).map((nth) => ({ ...point, nth, load, name: load.name })),
      ),
    )
    it.concurrent.for(cases)(
      '$name, at $moment, time $nth: the end of an undisturbed run (I1, I3, I4, I5, I9)',
      { timeout: 900_000 },
      async ({ moment, nth, after, settings, load }, context) => {
        const bench = kept(await openLoad(load, slow), context)
        const ends: CliEnd[] = []
        if (after !== undefined) ends.push(await killAt(bench, after))
        if (settings !== undefined) await bench.settings(settings)
        const end = await startCli(bench, RUN, struckAt({ moment, nth, signal: 'SIGKILL' })).ended
        // Some moments come only once in a run.
        if (nth === 1) expect(end.killedBy).toBe('SIGKILL')
        const inFlight = bench.emulator.stats().jobs_in_flight > 0 ? 1 : 0
        await expectEnd(bench, load, [...ends, end])
        const lostMs = [timeLost(end.events)]
        tally({ fault: `kill at a named moment: ${load.name}`, times: end.killedBy === null ? 0 : 1, inFlight, lostMs })
      },
    )
  })

describe.concurrent('a process that is killed', () => {
  it('while it takes a run back: the next run does not come between, and the undo completes (I3)', async (context) => {
    const openUndo = async () => {
      const bench = kept(await openBench(), context)
      await bench.write(people(300, (n) => ({ notes: `first ${n}` })))
      await bench.run()
      await bench.write(people(300, (n) => ({ notes: `second ${n}` })))
      const { run_id: runId } = await bench.run()
      const { plan } = await bench.withApp((app) => app.undo(runId))
      if (plan === null) throw new Error('There is nothing to undo.')
      return { bench, args: [...RUN, '--plan', plan.plan_id] }
    }
    const { bench, args } = await openUndo()
    for (const moment of ['orchestration.pausing', 'orchestration.paused'] as const)
      await killAt(bench, moment, 1, args)
    expect((await startCli(bench, args).ended).exitCode).toBe(0)
    await expect(bench.run()).rejects.toMatchObject({ code: 'orchestration.paused' })
    const calm = await openUndo()
    expect((await startCli(calm.bench, calm.args).ended).exitCode).toBe(0)
    expect(accountOf(bench)).toEqual(accountOf(calm.bench))
    expect(bench.user('C-7')?.notes).toBe('first 7')
    expectNoLitter(bench)
  }, 900_000)

  it.runIf(process.platform === 'linux')(
    'while its query runs: the process of the query ends with it, and nothing was sent (I3, I6)',
    async (context) => {
      const bench = kept(
        await openBench({
          sql: `SELECT * FROM people WHERE (SELECT count(*) FROM range(2000) a, range(2000) b, range(10) c WHERE a.range + b.range + c.range < 0) = 0
            ORDER BY CAST(_row AS INTEGER)`,
        }),
        context,
      )
      await bench.write(people(300))
      const cli = startCli(bench, RUN)
      await until('the query runs in a child', () => queriesOf(cli.pid).length > 0, 300_000)
      const [query] = queriesOf(cli.pid) as [number]
      cli.child.kill('SIGKILL')
      expect((await cli.ended).killedBy).toBe('SIGKILL')
      await until('the child is gone', () => !isAlive(query))
      expect(bench.writes()).toEqual([])
      const end = await startCli(bench, RUN).ended
      expect([end.exitCode, summaryOf(end).rows.created]).toEqual([0, 300])
      expectNoLitter(bench)
      const workflows = await bench.withApp((app) => app.workflows())
      expect(workflows.map((workflow) => workflow.status)).toEqual(['completed', 'stopped'])
    },
    900_000,
  )

  it('while `plan` plans: nothing was sent, its files go, and the next run completes (I3, I6)', async (context) => {
    const bench = kept(await openBench(), context)
    await bench.write(people(300))
    await killAt(bench, 'plan.writing', 1, ['plan', 'people'])
    expect(bench.writes()).toEqual([])
    const summary = await bench.run()
    expect(summary).toMatchObject({ status: 'completed', rows: { created: 300, pending: 0 } })
    expect(readdirSync(join(bench.dir, '.deskside', 'runs'))).toEqual([`${summary.run_id}.duckdb`])
    const workflows = await bench.withApp((app) => app.workflows())
    expect(workflows.map((workflow) => workflow.status)).toEqual(['completed', 'stopped'])
  }, 900_000)

  it('while it forgets an old run: none of its files stay (I3)', async (context) => {
    const bench = kept(await openBench(), context)
    await bench.write(people(3))
    const { run_id: old } = await bench.run()
    const ledger = await Ledger.open(join(bench.dir, '.deskside'))
    await ledger.db.run('UPDATE workflows SET started_at = started_at - INTERVAL 31 DAY WHERE run = $1', [old])
    await ledger.close()
    await killAt(bench, 'run.forgotten')
    const { run_id: last } = await bench.run()
    const workflows = await bench.withApp((app) => app.workflows())
    const younger = workflows.map((workflow) => workflow.run_id).filter((run) => run !== old)
    expect(younger).toContain(last)
    expect(readdirSync(join(bench.dir, '.deskside', 'runs'))).toEqual(younger.map((run) => `${run}.duckdb`).toSorted())
  }, 900_000)
})

import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Moment } from '../../src/moment.ts'
import { Ledger } from '../../src/sync/ledger/ledger.ts'
import { type CliEnd, startCli, struckAt, summaryOf } from '../cli-child.ts'
import { isFull } from '../full-set.ts'
import type { Bench } from '../project-bench.ts'
import { allChanged, openLoad, undisturbed } from './loads.ts'
import { tally } from './tally.ts'
import { expectUndisturbed, timeLost } from './verdict.ts'

const RUN = ['run', 'people']
const load = allChanged(700)

const HOUR_MS = 3_600_000
const jumps = { '3 h forward': 3 * HOUR_MS, '3 h back': -3 * HOUR_MS, '40 days forward': 40 * 24 * HOUR_MS }

const points: [moment: Moment, nth: number][] = [
  ['workflow.created', 1],
  ['plan.stored', 1],
  ['journal.posting.written', 4],
  // While it waits as Zendesk has asked.
  ['journal.refused.written', 1],
  ['journal.settled.writing', 2],
  ['fold.writing', 1],
]

const all = Object.entries(jumps).flatMap(([jump, jumpMs]) =>
  points.map(([moment, nth]) => ({ jump, jumpMs, moment, nth })),
)
const quick = new Set([
  '3 h forward journal.refused.written',
  '3 h back journal.posting.written',
  '40 days forward plan.stored',
])
const cases = isFull ? all : all.filter(({ jump, moment }) => quick.has(`${jump} ${moment}`))

async function open(): Promise<Bench> {
  const bench = await openLoad(load, { jobLatencyMs: [100, 200] })
  bench.emulator.faults({
    kind: 'status',
    status: 429,
    retryAfter: 2,
    match: { path: 'create_or_update_many' },
    skip: 1,
  })
  return bench
}

async function expectEnd(bench: Bench, startedAtMs: number, ends: readonly CliEnd[]): Promise<void> {
  const summary = summaryOf(ends.at(-1) as CliEnd)
  await expectUndisturbed({
    bench,
    summary,
    expectedAccount: await undisturbed(load),
    outputs: ends.flatMap(({ stdout, stderr }) => [stdout, stderr]),
    rejected: load.rejected,
  })
  // Nobody waited for hours, or says so.
  expect(Math.max(...ends.map((end) => summaryOrNull(end)?.waited_ms ?? 0))).toBeLessThan(60_000)
  // What was confirmed is dated by the account's clock, or a value that an agent has changed since would be told as one that was not taken.
  const ledger = await Ledger.open(join(bench.dir, '.deskside'))
  const dates = await ledger.db.first<{ first: number; last: number }>(
    `SELECT epoch_ms(min(dated)) AS first, epoch_ms(max(dated)) AS last
     FROM (SELECT happened_at AS dated FROM outcomes UNION ALL SELECT _at FROM delivered_1)`,
  )
  await ledger.close()
  expect(dates?.first).toBeGreaterThan(startedAtMs - 60_000)
  expect(dates?.last).toBeLessThan(Date.now() + 60_000)
  // The details of every run are still there.
  for (const { run_id: run } of await bench.withApp((app) => app.workflows())) await bench.records(run)
  bench.emulator.clearCalls()
  await bench.run()
  expect(bench.writes()).toEqual([])
}

function summaryOrNull(end: CliEnd) {
  return end.killedBy === null ? summaryOf(end) : null
}

describe('a wall clock that jumps', () => {
  it.concurrent.for(cases)(
    '$jump, at $moment: nothing expires, nobody waits, nothing is dated wrong, the end of an undisturbed run (I1, I3, I4, I5, I9)',
    { timeout: 900_000 },
    async ({ jump, jumpMs, moment, nth }, { onTestFinished }) => {
      const startedAtMs = Date.now()
      const bench = await open()
      onTestFinished(() => bench.close())
      const end = await startCli(bench, RUN, struckAt({ moment, nth, jumpMs })).ended
      expect([end.exitCode, end.stderr]).toEqual([0, ''])
      // The token is as old as it is.
      expect(bench.emulator.calls({ path: '/oauth/tokens' })).toHaveLength(1)
      await expectEnd(bench, startedAtMs, [end])
      tally({ fault: `clock ${jump}`, times: 1, inFlight: 0, lostMs: [summaryOf(end).waited_ms] })
    },
  )

  it.concurrent.for(Object.entries(jumps).slice(isFull ? 0 : 2))(
    '%s, in a process that is killed before it is right again: the next one ends the work (I1, I3, I4, I5, I9)',
    { timeout: 900_000 },
    async ([jump, jumpMs], { onTestFinished }) => {
      const startedAtMs = Date.now()
      const bench = await open()
      onTestFinished(() => bench.close())
      const killed = await startCli(
        bench,
        RUN,
        struckAt(
          { moment: 'workflow.created', jumpMs },
          { moment: 'journal.settled.written', nth: 2, signal: 'SIGKILL' },
        ),
      ).ended
      expect(killed.killedBy).toBe('SIGKILL')
      const end = await startCli(bench, RUN).ended
      expect([end.exitCode, end.stderr]).toEqual([0, ''])
      await expectEnd(bench, startedAtMs, [killed, end])
      tally({ fault: `clock ${jump}, then a kill`, times: 1, inFlight: 1, lostMs: [timeLost(end.events)] })
    },
  )
})

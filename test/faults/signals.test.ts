import { describe, expect, it } from 'vitest'
import type { Moment } from '../../src/moment.ts'
import { startCli, struckAt, summaryOf } from '../cli-child.ts'
import { isFull } from '../full-set.ts'
import { firstLoad, openLoad, undisturbed } from './loads.ts'
import { tally } from './tally.ts'
import { expectUndisturbed, timeLost } from './verdict.ts'

const RUN = ['run', 'people']
const load = firstLoad(1_200)

/** Where a signal comes; while it delivers, `test/stop.test.ts` has it in every quick run. */
const points: [moment: Moment, nth: number][] = [
  ['token.asking', 1],
  ['workflow.created', 1],
  ['query.running', 1],
  ['extract.materialised', 1],
  ['plan.writing', 1],
  ['plan.storing', 1],
  ['plan.stored', 1],
  ['run.started', 1],
  ['journal.posting.writing', 2],
  ['journal.posting.written', 4],
  ['batch.answered', 1],
  ['batch.answered', 5],
  ['journal.submitted.written', 3],
  ['journal.settled.writing', 1],
  ['journal.settled.written', 6],
  ['fold.writing', 1],
  ['fold.written', 1],
  ['confirm.reading', 1],
  ['run.ending', 1],
]

const all = points.flatMap(([moment, nth]) => [
  { moment, nth, signal: 'SIGTERM' as const, name: 'SIGTERM' },
  { moment, nth, signal: 'SIGINT' as const, secondSignal: 'SIGINT' as const, name: 'SIGINT twice' },
])
const quick = new Set(['SIGTERM plan.writing', 'SIGINT twice fold.writing'])
const cases = isFull ? all : all.filter(({ name, moment }) => quick.has(`${name} ${moment}`))

describe('a process that is asked to stop', () => {
  it.concurrent.for(cases)(
    'by $name at $moment, time $nth: ends in order, and the same command leaves what an undisturbed run leaves (I1, I3, I4, I5, I9)',
    { timeout: 900_000 },
    async ({ name: _, ...strike }, { onTestFinished }) => {
      const bench = await openLoad(load, { jobLatencyMs: [150, 300] })
      onTestFinished(() => bench.close())
      const stopped = await startCli(bench, RUN, struckAt(strike)).ended
      const first = summaryOf(stopped)
      // What was asked when everything was settled stops nothing.
      expect(['stopped', 'completed_with_alerts']).toContain(first.status)
      expect([stopped.killedBy, stopped.exitCode, first.problem, stopped.stderr]).toEqual([
        null,
        first.status === 'stopped' ? 1 : 3,
        null,
        '',
      ])
      const { total, ...outcomes } = first.rows
      expect(Object.values(outcomes).reduce((sum, rows) => sum + rows, 0)).toBe(total)
      if (!('secondSignal' in strike)) expect(bench.emulator.stats().jobs_in_flight).toBe(0)
      const inFlight = bench.emulator.stats().jobs_in_flight > 0 ? 1 : 0
      const end = await startCli(bench, RUN).ended
      await expectUndisturbed({
        bench,
        summary: summaryOf(end),
        expectedAccount: await undisturbed(load),
        outputs: [stopped, end].flatMap(({ stdout, stderr }) => [stdout, stderr]),
        rejected: load.rejected,
      })
      tally({ fault: strike.signal, times: 1, inFlight, lostMs: [stopped, end].map(({ events }) => timeLost(events)) })
      bench.emulator.clearCalls()
      await bench.run()
      expect(bench.writes()).toEqual([])
    },
  )
})

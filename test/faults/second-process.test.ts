import { describe, expect, it, onTestFinished } from 'vitest'
import { type CliEnd, startCli, summaryOf, until } from '../cli-child.ts'
import type { Bench } from '../project-bench.ts'
import { firstLoad, openLoad, undisturbed } from './loads.ts'
import { tally } from './tally.ts'
import { expectUndisturbed } from './verdict.ts'

const load = firstLoad(1_500)

/** Commands that need the state of the project. */
const commands = [
  ['run', 'people'],
  ['plan', 'people'],
  ['workflows'],
  ['records', 'any'],
  ['drift', 'people'],
  ['forget', 'zendesk'],
]

function problemCode({ stdout }: CliEnd): string | undefined {
  return (JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as { problem?: { code: string }; code?: string }).problem
    ?.code
}

async function secondProcesses(bench: Bench): Promise<CliEnd[]> {
  const ends = await Promise.all(commands.map((args) => startCli(bench, args).ended))
  expect(ends.map((end, index) => [commands[index]?.[0], end.exitCode, problemCode(end)])).toEqual(
    commands.map(([name]) => [name, 1, 'project.locked']),
  )
  return ends
}

describe('a second process in the same project', () => {
  it('is refused while the first one delivers, and does it no harm (I1, I3, I4, I5, I9)', async () => {
    const bench = await openLoad(load, { jobLatencyMs: [600_000, 600_000] })
    onTestFinished(() => bench.close())
    const first = startCli(bench, ['run', 'people'])
    await until('jobs are in flight', () => bench.emulator.stats().jobs_in_flight > 0, 300_000)
    const ends = await secondProcesses(bench)
    // All of them came while the first one was at work.
    expect(first.child.exitCode).toBeNull()
    bench.emulator.seed({ settings: { jobLatencyMs: [50, 100] } })
    bench.emulator.advance(600_000)
    const end = await first.ended
    await expectUndisturbed({
      bench,
      summary: summaryOf(end),
      expectedAccount: await undisturbed(load),
      outputs: [end, ...ends].flatMap(({ stdout, stderr }) => [stdout, stderr]),
      rejected: load.rejected,
    })
    expect((await bench.withApp((app) => app.workflows())).map(({ status }) => status)).toEqual([
      'completed_with_alerts',
    ])
    // Nobody was sent twice, and the others sent nothing.
    expect(bench.writtenUsers()).toHaveLength(load.source.length - load.rejected.length)
    tally({ fault: 'a second process', times: ends.length, inFlight: ends.length, lostMs: [] })
  }, 900_000)
})

/**
 * The whole set of faults: `npm run test:faults`. Kills, signals, full disks, clocks that jump and failures of the network, each followed
 * by the judgement whether the end is that of an undisturbed run; then the tests against models and the fuzz of the API with many random
 * cases, and the rights of everybody. `npm test` has a small part of it all. Takes more than an hour on two cores; DESKSIDE_TEST_SEED repeats an earlier run, and
 * arguments go to vitest.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Tally } from '../test/faults/tally.ts'

const seed = process.env.DESKSIDE_TEST_SEED ?? String(Date.now() % 1_000_000)
const dir = mkdtempSync(join(tmpdir(), 'deskside-faults-'))
const file = join(dir, 'tally.jsonl')

function tallies(): Tally[] {
  try {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    return lines.map((line) => JSON.parse(line) as Tally)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return []
  }
}

/** A line for each kind of fault: how often it struck, how often with jobs in flight, what that cost by the runs' own word. */
function table(lines: readonly Tally[]): string {
  const rows = [...Map.groupBy(lines, ({ fault }) => fault)].map(([fault, all]) => {
    const sum = (of: (line: Tally) => number) => all.reduce((total, line) => total + of(line), 0)
    const lost = all.flatMap(({ lostMs }) => lostMs)
    const seconds = (ms: number) => (ms / 1_000).toFixed(1)
    return [
      fault,
      String(sum(({ times }) => times)),
      String(sum(({ inFlight }) => inFlight)),
      seconds(lost.reduce((total, ms) => total + ms, 0)),
      seconds(Math.max(0, ...lost)),
    ]
  })
  const all = [['fault', 'moments', 'jobs in flight', 'announced waits, s', 'longest, s'], ...rows.toSorted()]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? []
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

console.log(`faults: DESKSIDE_TEST_SEED=${seed}`)
/** Minutes of the real clock mean nothing on a machine that is busy with everything else, so these come last and alone. */
const byTheClock = 'test/faults/schedules.test.ts'
const env = { ...process.env, DESKSIDE_FAULTS: 'full', DESKSIDE_FAULTS_TALLY: file, DESKSIDE_TEST_SEED: seed }
/** Random cases beside a model, each by the number that its file draws, and files of which everyday runs leave out cases. */
const further: [file: string, cases: Record<string, string>][] = [
  ['src/sync/unchanged.test.ts', { MODEL_RUNS: '400' }],
  ['src/engine/lineage.test.ts', { LINEAGE_RUNS: '1000' }],
  ['test/plan-model.test.ts', { MODEL_RUNS: '100' }],
  ['test/live-model.test.ts', { MODEL_RUNS: '20' }],
  ['test/api-fuzz.test.ts', { DESKSIDE_FUZZ_REQUESTS: '5000' }],
  ['src/server/access-matrix.test.ts', {}],
  ['test/readings.test.ts', {}],
  ['test/serve.test.ts', {}],
  ['test/stop.test.ts', {}],
]

async function vitest(args: readonly string[], more: Record<string, string> = {}): Promise<number> {
  const options = { stdio: 'inherit', env: { ...env, ...more } } as const
  const child = spawn('vitest', ['run', ...args, ...process.argv.slice(2)], options)
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return exitCode ?? 1
}

let worst = await vitest(['test/faults', `--exclude=${byTheClock}`])
for (const [path, cases] of further) worst = (await vitest([path], cases)) || worst
worst = (await vitest([byTheClock])) || worst
console.log(`\n${table(tallies())}\n\nfaults: DESKSIDE_TEST_SEED=${seed}`)
rmSync(dir, { recursive: true })
process.exitCode = worst

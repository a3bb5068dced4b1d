import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import type { Moment } from '../../src/moment.ts'
import { Ledger } from '../../src/sync/ledger/ledger.ts'
import { type CliEnd, startCli, struckAt, summaryOf } from '../cli-child.ts'
import { isFull } from '../full-set.ts'
import type { Bench } from '../project-bench.ts'
import { firstLoad, openLoad, undisturbed } from './loads.ts'
import { tally } from './tally.ts'
import { expectUndisturbed } from './verdict.ts'

const RUN = ['run', 'people']
const load = firstLoad(2_000)

/** Null: a disk of its own can be given to a test; otherwise why not. */
function whyNoDisk(): string | null {
  const dir = mkdtempSync(join(tmpdir(), 'deskside-disk-'))
  try {
    mount(dir, 1)
    execFileSync('umount', [dir])
    return null
  } catch (error) {
    if (process.env.CI === 'true') throw error
    return 'this user may mount nothing'
  } finally {
    rmdirSync(dir)
  }
}

function mount(dir: string, mib: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib * 1024}k,mode=700`, 'tmpfs', dir], { stdio: 'pipe' })
}

/** A load whose state has a disk of so many MiB to itself. */
async function openOnDisk(mib: number, { onTestFinished }: TestContext): Promise<{ bench: Bench; dir: string }> {
  const bench = await openLoad(load, { jobLatencyMs: [100, 200] })
  const dir = join(bench.dir, '.deskside')
  mkdirSync(dir)
  mount(dir, mib)
  onTestFinished(async () => {
    execFileSync('umount', ['-l', dir])
    await bench.close()
  })
  return { bench, dir }
}

function expectDiskFull(end: CliEnd): void {
  const { status, problem } = summaryOf(end)
  expect([end.exitCode, status, problem?.code, problem?.fix]).toEqual([
    1,
    'error',
    'project.disk_full',
    'Make room on the disk of .deskside, then run the same command to continue.',
  ])
  expect(end.stderr).toBe('')
}

/** Every request that sent people has its line in the journal, or it could be sent twice. No process has the project open. */
async function expectJournalled(bench: Bench): Promise<void> {
  const ledger = await Ledger.open(join(bench.dir, '.deskside'))
  const journal = await ledger.db.first<{ n: number }>("SELECT count(*) AS n FROM journal WHERE event = 'posting'")
  await ledger.close()
  expect(bench.emulator.calls({ path: 'create_or_update_many' }).length).toBeLessThanOrEqual(journal?.n ?? 0)
}

async function expectEnd(bench: Bench, ends: readonly CliEnd[]): Promise<void> {
  await expectUndisturbed({
    bench,
    summary: summaryOf(ends.at(-1) as CliEnd),
    expectedAccount: await undisturbed(load),
    outputs: ends.flatMap(({ stdout, stderr }) => [stdout, stderr]),
    rejected: load.rejected,
  })
  bench.emulator.clearCalls()
  await bench.run()
  expect(bench.writes()).toEqual([])
}

/** When the disk becomes full. */
const points: [what: string, moment: Moment, nth: number][] = [
  ['while it plans', 'plan.writing', 1],
  ['while it sends', 'journal.posting.written', 3],
  ...(isFull
    ? ([
        ['while the query runs', 'query.running', 1],
        ['while it settles', 'fold.writing', 1],
        ['before there is a plan', 'extract.materialised', 1],
        ['when the plan is complete', 'plan.storing', 1],
        ['when the plan is stored', 'plan.stored', 1],
        ['before anything is sent', 'journal.posting.writing', 1],
        ['when a batch was answered', 'batch.answered', 2],
        ['when a batch is settled', 'journal.settled.writing', 3],
        ['when it is settled', 'fold.written', 1],
        ['at its end', 'run.ending', 1],
        ['after its end', 'run.ended', 1],
      ] as [string, Moment, number][])
    : []),
]

const reason = whyNoDisk()

describe.skipIf(reason !== null)(`a disk that is full${reason === null ? '' : ` (not tested: ${reason})`}`, () => {
  it.concurrent.for(points)(
    '%s: the process ends with what to do, again as long as it is full, and completes when there is room (I1, I3, I4, I5, I9)',
    { timeout: 900_000 },
    async ([what, moment, nth], context) => {
      const { bench, dir } = await openOnDisk(64, context)
      const filler = join(dir, 'filler')
      const struck = await startCli(bench, RUN, struckAt({ moment, nth, fill: filler })).ended
      // The last words of a run may still have had room in the last block of the file.
      const isLastWord = moment === 'run.ending' || moment === 'run.ended'
      if (!isLastWord || summaryOf(struck).problem !== null) expectDiskFull(struck)
      const again = await startCli(bench, RUN).ended
      expectDiskFull(again)
      rmSync(filler)
      await expectJournalled(bench)
      const last = await startCli(bench, RUN).ended
      await expectEnd(bench, [struck, again, last])
      tally({ fault: `full disk ${what}`, times: 1, inFlight: 0, lostMs: [] })
    },
  )

  if (isFull)
    it('that grows by a quarter of a MiB after each failure: each process goes on from where the one before failed (I1, I3, I4, I5, I9)', {
      timeout: 600_000,
    }, async (context) => {
      const { bench, dir } = await openOnDisk(1, context)
      const ends: CliEnd[] = []
      for (let kib = 256; ; kib += 256) {
        execFileSync('mount', ['-o', `remount,size=${kib}k`, dir])
        const end = await startCli(bench, RUN).ended
        ends.push(end)
        if (end.exitCode === 3) break
        expectDiskFull(end)
      }
      expect(ends.length).toBeGreaterThan(5)
      await expectJournalled(bench)
      execFileSync('mount', ['-o', 'remount,size=64m', dir])
      await expectEnd(bench, ends)
      tally({ fault: 'a disk that is too small', times: ends.length - 1, inFlight: 0, lostMs: [] })
    })
})

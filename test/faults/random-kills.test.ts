import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import type { EmulatorOptions } from '../../src/emulator/index.ts'
import type { Call } from '../../src/emulator/journal.ts'
import { Ledger } from '../../src/sync/ledger/ledger.ts'
import { type CliEnd, startCli, summaryOf, until } from '../cli-child.ts'
import { isFull } from '../full-set.ts'
import type { Bench } from '../project-bench.ts'
import { randomFrom, seedOf } from '../random.ts'
import { allChanged, exits, firstLoad, type Load, oneByOne, openLoad, settingsAndExits, undisturbed } from './loads.ts'
import { tally } from './tally.ts'
import { expectUndisturbed, timeLost } from './verdict.ts'

const RUN = ['run', 'people']
const seed = seedOf('random kills')

/** How often each load is disturbed before it may end; how much is in flight at once and for how long decides how far it comes. */
const loads: [load: Load, emulator: EmulatorOptions, kills: number][] = isFull
  ? [
      [firstLoad(6_000), { jobLatencyMs: [250, 450] }, 60],
      [allChanged(5_000), { jobLatencyMs: [150, 600] }, 60],
      [settingsAndExits(500), { jobLatencyMs: [200, 300], requestLatencyMs: 10 }, 50],
      [exits(2_000), { jobLatencyMs: [250, 450] }, 20],
      [oneByOne(20), { requestLatencyMs: 50 }, 20],
    ]
  : [
      [firstLoad(2_500), { jobLatencyMs: [250, 450] }, 5],
      [settingsAndExits(160), { jobLatencyMs: [200, 300], requestLatencyMs: 10 }, 4],
    ]

interface Kill {
  jobsInFlight: number
  /** Number of the last request before it. */
  lastCall: number
}

function kept(bench: Bench, { onTestFinished }: TestContext): Bench {
  onTestFinished(() => bench.close())
  return bench
}

/** Kills the command at a moment that chance decides; null when it ended before. */
async function killOnce(bench: Bench, random: () => number, ends: CliEnd[]): Promise<Kill | null> {
  const { emulator } = bench
  const before = emulator.stats()
  const cli = startCli(bench, RUN)
  let over = false
  void cli.ended.then(() => {
    over = true
  })
  // Most kills come while batches are on their way; some at any time, while it plans, looks what was left, settles.
  const isAnyTime = random() < 0.25
  const sent = 1 + Math.floor(random() * 5)
  const delayMs = random() * (isAnyTime ? 2_500 : 200)
  const isSending = () => {
    const { jobs, users } = emulator.stats()
    return jobs >= before.jobs + sent || (jobs === 0 && users > before.users)
  }
  if (!isAnyTime) await until('the process sends', () => over || isSending(), 300_000)
  await Promise.race([cli.ended, new Promise((resolve) => setTimeout(resolve, delayMs))])
  const hasJobs = emulator.stats().jobs > before.jobs
  if (!isAnyTime && hasJobs)
    await until('jobs are in flight', () => over || emulator.stats().jobs_in_flight > 0, 300_000)
  cli.child.kill('SIGKILL')
  const { jobs_in_flight: jobsInFlight, requests: lastCall } = emulator.stats()
  const end = await cli.ended
  ends.push(end)
  return end.killedBy === null ? null : { jobsInFlight, lastCall }
}

/** Jobs whose end is in the journal. No process has the project open. */
async function settledJobs(bench: Bench): Promise<Set<string>> {
  const ledger = await Ledger.open(join(bench.dir, '.deskside'))
  try {
    const rows = await ledger.db.rows<{ job: string }>(
      `SELECT j.job FROM journal j JOIN journal s ON s.run = j.run AND s.batch = j.batch AND s.event = 'settled' WHERE j.job IS NOT NULL`,
    )
    return new Set(rows.map((row) => row.job))
  } finally {
    await ledger.close()
  }
}

/** Rows that were sent again: only right when a kill came between and the job of the earlier sending has never been settled. */
async function sentAgain(bench: Bench, kills: readonly Kill[]): Promise<{ wrong: string[]; batches: number }> {
  const settled = await settledJobs(bench)
  const wrong: string[] = []
  let batches = 0
  const lastSent = new Map<string, Call>()
  for (const call of bench.emulator.calls({ path: 'create_or_update_many' })) {
    const { users } = call.body as { users: { external_id: string; email?: string }[] }
    const keys = users.map((user) => `${user.external_id} ${user.email}`)
    const before = new Set(keys.flatMap((key) => lastSent.get(key) ?? []))
    if (before.size > 0) batches += 1
    for (const earlier of before) {
      const isKilled = kills.some((one) => one.lastCall >= earlier.number && one.lastCall < call.number)
      const wasInFlight = isKilled && (earlier.jobId === undefined || !settled.has(earlier.jobId))
      if (!wasInFlight) wrong.push(`request ${call.number} repeats ${earlier.number} (${earlier.jobId})`)
    }
    for (const key of keys) lastSent.set(key, call)
  }
  return { wrong, batches }
}

/** Kills and starts the same command again until it was killed so often or has completed, then lets it complete. */
async function disturb(bench: Bench, load: Load, random: () => number, most: number): Promise<Kill[]> {
  const kills: Kill[] = []
  const ends: CliEnd[] = []
  for (let kill = await killOnce(bench, random, ends); kill !== null; kill = await killOnce(bench, random, ends)) {
    kills.push(kill)
    if (kills.length >= most) break
  }
  if (ends.at(-1)?.killedBy !== null) ends.push(await startCli(bench, RUN).ended)
  await expectUndisturbed({
    bench,
    summary: summaryOf(ends.at(-1) as CliEnd),
    expectedAccount: await undisturbed(load),
    outputs: ends.flatMap(({ stdout, stderr }) => [stdout, stderr]),
    rejected: load.rejected,
  })
  const lostMs = ends.map(({ events }) => timeLost(events))
  // Twice five seconds: what became of a batch is asked for anew as long as a job of unknown origin runs.
  expect(Math.max(...lostMs)).toBeLessThanOrEqual(10_000)
  const inFlight = kills.filter((kill) => kill.jobsInFlight > 0).length
  tally({ fault: `random kills: ${load.name}`, times: kills.length, inFlight, lostMs })
  return kills
}

describe(`random kills, DESKSIDE_TEST_SEED=${seed}`, () => {
  let killed = 0
  let inFlight = 0

  it.concurrent.for(
    loads.map(([load, emulator, wanted], index) => ({ name: load.name, load, emulator, wanted, index })),
  )(
    '$name: $wanted times, and the same command each time: the end of an undisturbed run (I1, I3, I4, I5, I9)',
    { timeout: 7_200_000 },
    async ({ load, emulator, wanted, index }, context) => {
      const random = randomFrom(seed + index)
      let done = 0
      while (done < wanted) {
        const bench = kept(await openLoad(load, emulator), context)
        const kills = await disturb(bench, load, random, wanted - done)
        done += kills.length
        inFlight += kills.filter((kill) => kill.jobsInFlight > 0).length
        if (load.isSentOnce) expect((await sentAgain(bench, kills)).wrong).toEqual([])
        bench.emulator.clearCalls()
        await bench.run()
        expect(bench.writes()).toEqual([])
      }
      killed += done
    },
  )

  it('were as many as promised, most of them with jobs in flight', () => {
    console.log(`random kills: ${killed}, ${inFlight} of them with jobs in flight; DESKSIDE_TEST_SEED=${seed}`)
    expect(killed).toBeGreaterThanOrEqual(isFull ? 200 : 9)
    expect(inFlight).toBeGreaterThanOrEqual(isFull ? 120 : 4)
  })
})

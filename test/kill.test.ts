import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Ledger } from '../src/sync/ledger/ledger.ts'
import { type CliChild, childrenOf, isAlive, startCli, summaryOf, until } from './cli-child.ts'
import { type Bench, type BenchOptions, openBench, type SourceRow } from './project-bench.ts'

const KILLS = 20
const ROWS = 36_000
const RUN = ['run', 'people']

const benches: Bench[] = []
const children: CliChild[] = []
afterEach(async () => {
  for (const { child } of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
  for (const bench of benches.splice(0)) await bench.close()
})

async function open(options: BenchOptions): Promise<Bench> {
  const bench = await openBench(options)
  benches.push(bench)
  return bench
}

function start(bench: Bench): CliChild {
  const cli = startCli(bench, RUN)
  children.push(cli)
  return cli
}

async function kill(cli: CliChild): Promise<void> {
  cli.child.kill('SIGKILL')
  expect((await cli.ended).killedBy).toBe('SIGKILL')
}

/** Repeatable numbers between 0 and 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Every 150th row is a second address of the person before, every 400th has no name. */
function source(): SourceRow[] {
  return Array.from({ length: ROWS }, (_, index) => {
    const isSecond = index % 150 === 149
    const key = isSecond ? index - 1 : index
    return {
      external_id: `k${key}`,
      email: isSecond ? `second${key}@example.com` : `p${key}@example.com`,
      name: index % 400 === 0 ? null : `Person ${key}`,
      notes: `note ${key}`,
    }
  })
}

/** What a run left in an account, without what Zendesk chooses itself. */
function usersOf(bench: Bench) {
  return bench
    .users()
    .map(({ external_id, name, email, notes, identities }) => ({
      external_id,
      name,
      email,
      notes,
      addresses: identities.map((identity) => identity.value),
    }))
    .toSorted((a, b) => (String(a.external_id) < String(b.external_id) ? -1 : 1))
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

interface Kill {
  jobsInFlight: number
  /** Number of the last request before it. */
  lastCall: number
}

function bulkCalls(bench: Bench) {
  return bench.emulator
    .calls({ path: 'create_or_update_many' })
    .map((call) => ({ ...call, people: (call.body as { users: { external_id: string; email?: string }[] }).users }))
}

/** Rows that were sent again: only right when a kill came between and the job of the earlier sending has never been settled. */
async function sentAgain(bench: Bench, kills: readonly Kill[]) {
  const settled = await settledJobs(bench)
  const wrong: string[] = []
  let batches = 0
  const lastSent = new Map<string, { number: number; jobId: string | undefined }>()
  for (const call of bulkCalls(bench)) {
    const before = new Set(call.people.flatMap((user) => lastSent.get(keyOf(user)) ?? []))
    if (before.size > 0) batches += 1
    for (const earlier of before) {
      const isKilled = kills.some((one) => one.lastCall >= earlier.number && one.lastCall < call.number)
      const wasInFlight = isKilled && (earlier.jobId === undefined || !settled.has(earlier.jobId))
      if (!wasInFlight) wrong.push(`request ${call.number} repeats ${earlier.number} (${earlier.jobId})`)
    }
    for (const user of call.people) lastSent.set(keyOf(user), { number: call.number, jobId: call.jobId })
  }
  return { wrong, batches }
}

const keyOf = (user: { external_id: string; email?: string }) => `${user.external_id} ${user.email}`

describe('a process that is killed', () => {
  it(`at ${KILLS} random moments of a load of 200 batches, and the same command each time: the end of an undisturbed run (I1, I3, I4, I5)`, async () => {
    const seed = Number(process.env.DESKSIDE_TEST_SEED ?? Date.now() % 1_000_000)
    console.log(`kill test: DESKSIDE_TEST_SEED=${seed}`)
    const random = randomFrom(seed)
    const bench = await open({ emulator: { jobLatencyMs: [250, 450] } })
    await bench.write(source())
    const kills: Kill[] = []
    let earlyKills = 0
    const runIds = new Set<string>()
    while (kills.length < KILLS) {
      const cli = start(bench)
      const { emulator } = bench
      const before = emulator.stats().jobs
      // Most kills come while batches are sent, some already while the next process settles what the one before has left.
      const isEarly = kills.length > 0 && earlyKills < 4 && random() < 0.3
      const batches = 1 + Math.floor(random() * 9)
      const delayMs = random() * (isEarly ? 1_500 : 200)
      let recovering = false
      if (isEarly) earlyKills += 1
      if (isEarly)
        void cli
          .event((event) => event.type === 'recovering')
          .then(
            () => (recovering = true),
            () => {},
          )
      await until('the process delivers', () => recovering || emulator.stats().jobs >= before + batches, 60_000)
      await new Promise((resolve) => setTimeout(resolve, delayMs))
      if (!isEarly) await until('jobs are in flight', () => emulator.stats().jobs_in_flight > 0)
      cli.child.kill('SIGKILL')
      const jobsInFlight = emulator.stats().jobs_in_flight
      const end = await cli.ended
      expect(end.killedBy).toBe('SIGKILL')
      const started = end.stdout.split('\n').find((line) => line.includes('"type":"workflow"'))
      if (started !== undefined) runIds.add(JSON.parse(started).runId)
      kills.push({ jobsInFlight, lastCall: emulator.stats().requests })
    }
    const end = await start(bench).ended
    const summary = summaryOf(end)
    expect([end.exitCode, summary.status, summary.problem]).toEqual([3, 'completed_with_alerts', null])
    expect(kills.filter((one) => one.jobsInFlight > 0).length).toBeGreaterThanOrEqual(15)
    expect(bench.emulator.stats().jobs).toBeGreaterThanOrEqual(200)

    // One run, and every row has exactly one outcome.
    expect([...runIds, summary.run_id].filter((id) => id !== summary.run_id)).toEqual([])
    const { total, ...outcomes } = summary.rows
    expect(total).toBe(ROWS)
    expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(ROWS)
    const rejected = Math.ceil(ROWS / 400)
    expect(outcomes).toMatchObject({ rejected, merged: Math.floor(ROWS / 150), failed: 0, pending: 0, unchanged: 0 })
    expect(outcomes.created + outcomes.updated).toBe(ROWS - rejected - Math.floor(ROWS / 150))
    const records = await bench.records(summary.run_id)
    expect(records.map((record) => record.row)).toEqual(Array.from({ length: ROWS }, (_, index) => index + 1))

    // Nothing but what was in flight at a kill was sent again, and nobody was in two jobs at once.
    const again = await sentAgain(bench, kills)
    console.log(
      `kill test: ${kills.filter((one) => one.jobsInFlight > 0).length} kills with jobs in flight, ${again.batches} batches sent again`,
    )
    expect(again.wrong).toEqual([])
    expect(bench.emulator.stats().races).toBe(0)

    const undisturbed = await open({})
    await undisturbed.write(source())
    await undisturbed.run()
    expect(usersOf(bench)).toEqual(usersOf(undisturbed))

    bench.emulator.clearCalls()
    expect((await bench.run()).rows).toMatchObject({
      unchanged: outcomes.created + outcomes.updated,
      created: 0,
      updated: 0,
    })
    expect(bench.writtenUsers()).toEqual([])
  }, 300_000)

  it.runIf(process.platform === 'linux')(
    'while its query runs: the process of the query ends with it, nothing was sent, and the same command completes (I3, I6)',
    async () => {
      const bench = await open({
        sql: `SELECT * FROM people WHERE (SELECT count(*) FROM range(2000) a, range(2000) b, range(10) c WHERE a.range + b.range + c.range < 0) = 0
            ORDER BY CAST(_row AS INTEGER)`,
      })
      await bench.write(source().slice(0, 300))
      const cli = start(bench)
      await until('the query runs in a child', () => childrenOf(cli.pid).length > 0)
      const [query] = childrenOf(cli.pid) as [number]
      await kill(cli)
      await until('the child is gone', () => !isAlive(query))
      expect(bench.writtenUsers()).toEqual([])
      const end = await start(bench).ended
      const summary = summaryOf(end)
      expect([end.exitCode, summary.rows.created]).toEqual([3, 297])
      // Whatever the query had written by then is gone.
      expect(readdirSync(join(bench.dir, '.deskside', 'runs'))).toEqual([`${summary.run_id}.duckdb`])
      const workflows = await bench.withApp((app) => app.workflows())
      expect(workflows.map((workflow) => workflow.status)).toEqual(['completed_with_alerts', 'stopped'])
    },
    60_000,
  )

  it.each(['run', 'plan'])(
    'while `%s` plans: nothing was sent, its files go, and the same work completes (I3, I6)',
    async (command) => {
      const bench = await open({})
      await bench.write(source().slice(0, 8_000))
      const runs = join(bench.dir, '.deskside', 'runs')
      const cli = startCli(bench, [command, 'people'])
      children.push(cli)
      const isPlan = (name: string) => name.endsWith('.duckdb') && !name.endsWith('.stage.duckdb')
      await until('the plan is being written', () => existsSync(runs) && readdirSync(runs).some(isPlan))
      await kill(cli)
      expect(bench.writtenUsers()).toEqual([])
      const end = await start(bench).ended
      const summary = summaryOf(end)
      expect([end.exitCode, summary.rows.total, summary.rows.pending]).toEqual([3, 8_000, 0])
      expect(readdirSync(runs)).toEqual([`${summary.run_id}.duckdb`])
      const workflows = await bench.withApp((app) => app.workflows())
      expect(workflows.map((workflow) => workflow.status)).toEqual(['completed_with_alerts', 'stopped'])
    },
    60_000,
  )
})

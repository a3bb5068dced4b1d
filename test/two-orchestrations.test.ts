import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { App, Control } from '../src/app.ts'
import type { RecordRow, RunSummary, WorkflowEvent } from '../src/sync/report.ts'
import { type CliChild, startCli, summaryOf } from './cli-child.ts'
import { type Bench, type BenchOptions, openBench } from './project-bench.ts'

const open: Bench[] = []
const children: CliChild[] = []
afterEach(async () => {
  for (const { child } of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
  for (const bench of open.splice(0)) await bench.close()
})

/** Two orchestrations that send the same people to one account, each with a field of its own. */
async function openPair(people: number, options: BenchOptions = {}): Promise<Bench> {
  const bench = await openBench({
    ...options,
    project: {
      queries: { north: 'north.sql', south: 'south.sql' },
      orchestrations: {
        north: { query: 'north', destination: 'zendesk' },
        south: { query: 'south', destination: 'zendesk' },
      },
    },
  })
  open.push(bench)
  await writeFile(join(bench.dir, 'north.sql'), 'SELECT external_id, email, name, north AS notes FROM people')
  await writeFile(join(bench.dir, 'south.sql'), 'SELECT external_id, email, name, south AS details FROM people')
  await bench.write(
    Array.from({ length: people }, (_, index) => ({
      external_id: `P-${index}`,
      email: `p${index}@example.com`,
      name: `Person ${index}`,
      north: `north ${index}`,
      south: `south ${index}`,
    })),
  )
  return bench
}

function runOf(app: App, orchestration: string, control: Control = {}): Promise<RunSummary> {
  const request = { sample: null, full: false, live: false, planId: null, approve: false }
  return app.run(orchestration, request, control)
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

// Several runs and processes each; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 120_000 })

describe('two orchestrations of one account in one process', () => {
  it('take turns: never more jobs in flight than the account is allowed, no person in two at once (I4, I8)', async () => {
    const bench = await openPair(900, {
      emulator: { jobLatencyMs: [20, 60] },
      destination: { limits: { users_per_second: 'none', api_budget: 'none', jobs_in_flight: 3 } },
    })
    const south: WorkflowEvent[] = []
    const [first, second] = await bench.withApp((app) =>
      Promise.all([
        runOf(app, 'north'),
        runOf(app, 'south', {
          onEvent: (event) => {
            if (event.type !== 'heartbeat') south.push(event)
          },
        }),
      ]),
    )
    expect(first).toMatchObject({ status: 'completed', rows: { total: 900, created: 900 } })
    expect(second).toMatchObject({ status: 'completed', rows: { total: 900, updated: 900 } })
    expect(south.slice(0, 3).map((event) => (event.type === 'waiting' ? event.why : event.type))).toEqual([
      'waiting until orchestration north is through',
      null,
      'workflow',
    ])
    expect(bench.emulator.stats()).toMatchObject({ peak_jobs_in_flight: 3, races: 0 })
    expect(bench.user('P-899')).toMatchObject({ notes: 'north 899', details: 'south 899' })
  })

  it('share one budget: what one run has asked counts for the next, in the same window of the account (I8)', async () => {
    // Fourteen of the 200 requests of a plan: more than one of these runs needs, less than both.
    const allowed = 14
    const bench = await openPair(5, {
      emulator: { plan: 'team' },
      destination: { limits: { users_per_second: 'none', api_budget: allowed / 200 } },
    })
    const stop = new AbortController()
    let askedBefore = 0
    const onEvent = (event: WorkflowEvent) => {
      if (event.type !== 'waiting' || !event.why?.includes('share')) return
      askedBefore = bench.emulator.calls({}).length
      stop.abort()
    }
    const [north, south] = await bench.withApp((app) =>
      Promise.all([runOf(app, 'north', { onEvent }), runOf(app, 'south', { onEvent, abort: stop.signal })]),
    )
    expect(north).toMatchObject({ status: 'completed', problem: null })
    expect(north.requests).toBeLessThan(allowed)
    expect(south).toMatchObject({ status: 'stopped', problem: null })
    expect(askedBefore).toBe(allowed)
    expect(bench.emulator.calls({})).toHaveLength(allowed)
    // The next minute of the account, and a process that knows nothing of the one before.
    bench.emulator.advance(60_000)
    expect(await bench.withApp((app) => runOf(app, 'south'))).toMatchObject({
      status: 'completed',
      rows: { updated: 5 },
    })
    expect(bench.emulator.stats().by_status).not.toHaveProperty('429')
  })

  it('a list that is asked for meanwhile comes when the run is through, and whole (I1)', async () => {
    const bench = await openPair(300, { emulator: { jobLatencyMs: [20, 60] } })
    await bench.withApp(async (app) => {
      const first = await runOf(app, 'north')
      const reading: Promise<RecordRow[]>[] = []
      let listed: string[] = []
      const second = await runOf(app, 'south', {
        onEvent: (event) => {
          if (event.type !== 'planned') return
          for (let reader = 0; reader < 2; reader++)
            reading.push(all(app.records(first.run_id, { outcome: null, warnings: false })))
          void app.workflows().then((workflows) => {
            listed = workflows.map(({ status }) => status)
          })
        },
      })
      expect(second).toMatchObject({ status: 'completed', rows: { updated: 300 } })
      expect(listed).toEqual(['running', 'completed'])
      for (const rows of await Promise.all(reading)) {
        expect(rows.map(({ row }) => row)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1))
        expect(new Set(rows.map(({ outcome }) => outcome))).toEqual(new Set(['created']))
      }
    })
  })

  it('a run that waits for its turn can be stopped, and the next one gets its turn', async () => {
    const bench = await openPair(300, { emulator: { jobLatencyMs: [100, 200] } })
    await bench.withApp(async (app) => {
      const stop = new AbortController()
      const north = runOf(app, 'north', { onEvent: (event) => event.type === 'planned' && stop.abort() })
      const stopped = runOf(app, 'south', { signal: stop.signal })
      await expect(stopped).rejects.toMatchObject({ code: 'workflow.stopped' })
      const south = runOf(app, 'south')
      expect(await north).toMatchObject({ status: 'completed' })
      expect(await south).toMatchObject({ status: 'completed', rows: { updated: 300 } })
    })
  })
})

/** The lines of `run --json` that are summaries. */
function summaries(stdout: string): RunSummary[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter((line) => 'run_id' in line)
}

describe('`deskside run north south`', () => {
  const start = (bench: Bench, ...args: string[]) => {
    const child = startCli(bench, ['run', ...args])
    children.push(child)
    return child
  }

  it('runs them one after the other, each with its summary; the last line is one; an unchanged second time sends nothing (I5)', async () => {
    const bench = await openPair(20)
    const end = await start(bench, 'north', 'south', 'north').ended
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(summaries(end.stdout).map(({ orchestration, status, rows }) => [orchestration, status, rows.total])).toEqual(
      [
        ['north', 'completed', 20],
        ['south', 'completed', 20],
      ],
    )
    expect(summaryOf(end)).toMatchObject({ orchestration: 'south', problem: null })
    bench.emulator.clearCalls()
    expect((await start(bench, 'north', 'south').ended).exitCode).toBe(0)
    expect(bench.writes()).toEqual([])
  })

  it.each([
    ['a problem before its run', 'nobody', 2, 'config.unknown_object'],
    ['a query that fails', 'north', 1, 'query.failed'],
  ])('%s keeps none of the others back, and decides the exit code', async (_, broken, exitCode, code) => {
    const bench = await openPair(20)
    await writeFile(join(bench.dir, 'north.sql'), "SELECT error('no') AS name FROM people")
    const end = await start(bench, broken, 'south').ended
    expect(summaries(end.stdout)).toMatchObject([
      { orchestration: broken, status: 'error', problem: { code } },
      { orchestration: 'south', status: 'completed', rows: { created: 20 } },
    ])
    expect(end.exitCode).toBe(exitCode)
  })

  it('alerts of one are the exit code of all', async () => {
    const bench = await openPair(3)
    await writeFile(join(bench.dir, 'north.sql'), "SELECT external_id, email, '' AS name FROM people")
    expect((await start(bench, 'north', 'south').ended).exitCode).toBe(3)
  })

  it('Ctrl-C ends them all: the one that runs settles, the others never begin (I3)', async () => {
    const bench = await openPair(1_500, {
      emulator: { jobLatencyMs: [100, 200] },
      destination: { limits: { users_per_second: 'none', api_budget: 'none', jobs_in_flight: 2 } },
    })
    const child = start(bench, 'north', 'south')
    await child.event((event) => event.type === 'progress' && event.progress.settled > 0)
    child.child.kill('SIGINT')
    const end = await child.ended
    expect(end.exitCode).toBe(1)
    expect(summaries(end.stdout).map(({ orchestration, status }) => [orchestration, status])).toEqual([
      ['north', 'stopped'],
    ])
    const again = await start(bench, 'north', 'south').ended
    expect(summaries(again.stdout).map(({ status }) => status)).toEqual(['completed', 'completed'])
    expect(bench.emulator.stats().races).toBe(0)
  })

  it('a plan goes with one orchestration only', async () => {
    const bench = await openPair(1)
    const end = await start(bench, 'north', 'south', '--plan', 'p1').ended
    expect(end.exitCode).toBe(2)
    expect(summaryOf(end)).toMatchObject({ run_id: null, problem: { code: 'usage.invalid' } })
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { nextAfter, parseSchedule } from '../src/schedule.ts'
import { openStore } from '../src/store/open.ts'
import type { Store } from '../src/store/store.ts'
import { testPostgres } from './postgres.ts'
import { Killed, killedAt, SchedulerBench, TestClock } from './scheduler-bench.ts'

let folder: string
let files = 0
const open: SchedulerBench[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskside-scheduler-'))
})

afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close()
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const schedule = (cron: string, timeZone = 'UTC') => ({ on: 'schedule', cron, time_zone: timeZone }) as const

/** All ticks in (from, to], in UTC without seconds. */
function ticksBetween(cron: string, timeZone: string, from: string, to: string): string[] {
  const parsed = parseSchedule(cron, timeZone)
  const ticks: string[] = []
  for (let at = nextAfter(parsed, new Date(from)); at !== null && at <= new Date(to); at = nextAfter(parsed, at))
    ticks.push(at.toISOString().slice(0, 16))
  return ticks
}

/** Each has 50 ticks or more within 26 hours. */
const twenty: [cron: string, timeZone: string][] = [
  ...[0, 10, 20].map((minute): [string, string] => [`${minute},${minute + 30} * * * *`, 'Europe/Berlin']),
  ...[0, 10, 20].map((minute): [string, string] => [`${minute}-59/30 * * * *`, 'America/New_York']),
  ...[0, 5, 25].map((minute): [string, string] => [`${minute},${minute + 30} * * * *`, 'Asia/Kathmandu']),
  ...['sat,sun', '6,7', '0-6'].map((days): [string, string] => [`*/30 * * * ${days}`, 'UTC']),
  ['*/15 6-20 * * *', 'Australia/Lord_Howe'],
  ['*/15 6-20 * * *', 'Europe/Berlin'],
  ['*/25 * 29 * *', 'Europe/Berlin'],
  ['*/20 * 29 3 *', 'Europe/Berlin'],
  ['0,20,40 * * 3 sun', 'Europe/Berlin'],
  ['*/20 0-22 29,30 * *', 'Europe/Berlin'],
  ['0,20,40 1-23 * * *', 'Europe/Berlin'],
  ['10,40 * * * *', 'America/Sao_Paulo'],
]

/** Around the night in which Berlin puts its clocks forward. */
const span = { from: '2026-03-28T22:00:00Z', short: '2026-03-29T03:00:00Z', to: '2026-03-30T00:00:00Z' }

const postgres = await testPostgres()

interface Place {
  kind: string
  missing: string | null
  /** Two connections of one process wait for each other's transactions without letting them end: so SQLite has one. */
  secondOpens: boolean
  /** A new, empty store each time, opened as often as asked. */
  newStore(): Promise<(now: () => Date) => Promise<Store>>
}

const places: Place[] = [
  {
    kind: 'SQLite',
    missing: null,
    secondOpens: false,
    async newStore() {
      files += 1
      const path = join(folder, `${files}.db`)
      return (now) => openStore({ url: null, path, now })
    },
  },
  {
    kind: 'PostgreSQL',
    missing: postgres.missing,
    secondOpens: true,
    async newStore() {
      const url = await postgres.newDatabase()
      return (now) => openStore({ url, path: '', now })
    },
  },
]

describe.each(places)('over $kind', ({ missing, secondOpens, newStore }) => {
  beforeEach(({ skip }) => skip(missing !== null, missing ?? ''))

  async function benchAt(at: string): Promise<SchedulerBench> {
    const clock = new TestClock(at)
    const bench = new SchedulerBench(await (await newStore())(clock.now), clock)
    open.push(bench)
    return bench
  }

  async function defineTwenty(bench: SchedulerBench): Promise<void> {
    for (const [index, [cron, timeZone]] of twenty.entries()) await bench.define(`g${index}`, schedule(cron, timeZone))
  }

  async function expectAllTicksOnce(bench: SchedulerBench, to: string): Promise<void> {
    for (const [index, [cron, timeZone]] of twenty.entries()) {
      const wanted = ticksBetween(cron, timeZone, span.from, to)
      expect(await bench.ticks(`g${index}`), cron).toEqual(wanted)
    }
    expect(bench.told).toEqual([])
    expect(bench.problems).toEqual([])
  }

  /** Goes from tick to tick of any group, calling `between` before each; a machine that sleeps between them. */
  async function throughAllTicks(bench: SchedulerBench, to: string, between = async (_step: number) => {}) {
    const moments = new Set(twenty.flatMap(([cron, timeZone]) => ticksBetween(cron, timeZone, span.from, to)))
    for (const [step, moment] of [...moments].sort().entries()) {
      await between(step)
      await bench.clock.set(`${moment}:00Z`)
    }
  }

  test('twenty groups on schedules of their own each run exactly once at each of 50 ticks and more', async () => {
    const bench = await benchAt(span.from)
    await defineTwenty(bench)
    await bench.start()
    await throughAllTicks(bench, span.to)
    await expectAllTicksOnce(bench, span.to)
    for (const index of twenty.keys()) expect((await bench.ticks(`g${index}`)).length).toBeGreaterThanOrEqual(50)
  }, 300_000)

  test('a scheduler that is restarted again and again in between loses no tick and doubles none', async () => {
    const bench = await benchAt(span.from)
    await defineTwenty(bench)
    let scheduler = await bench.start()
    await throughAllTicks(bench, span.short, async (step) => {
      if (step % 7 !== 3) return
      await bench.stop(scheduler)
      scheduler = await bench.start()
    })
    await expectAllTicksOnce(bench, span.short)
  }, 120_000)

  test('two schedulers at once, as after a mistaken double start, begin each tick once', async () => {
    const clock = new TestClock(span.from)
    const openHere = await newStore()
    const bench = new SchedulerBench(await openHere(clock.now), clock)
    open.push(bench)
    const second = secondOpens ? await openHere(clock.now) : null
    try {
      await defineTwenty(bench)
      await bench.start()
      await bench.start(second ?? bench.store)
      await throughAllTicks(bench, span.short)
      await expectAllTicksOnce(bench, span.short)
    } finally {
      await second?.close()
    }
  }, 120_000)

  test('days without a server are one run, for the last of the ticks', async () => {
    const bench = await benchAt('2026-05-01T12:00:00Z')
    await bench.define('nightly', schedule('30 2 * * *', 'Europe/Berlin'))
    const scheduler = await bench.start()
    await bench.clock.set('2026-05-02T00:30:00Z')
    await bench.stop(scheduler)
    await bench.clock.set('2026-05-09T07:00:00Z')
    await bench.start()
    expect(await bench.ticks('nightly')).toEqual(['2026-05-02T00:30', '2026-05-09T00:30'])
    await bench.clock.set('2026-05-10T00:30:00Z')
    expect(await bench.ticks('nightly')).toEqual(['2026-05-02T00:30', '2026-05-09T00:30', '2026-05-10T00:30'])
  })

  test.each([
    // Clocks go forward, then back.
    ['30 2 * * *', '2026-03-29T00:10:00Z', '2026-03-29T02:10:00Z', ['2026-03-29T01:00']],
    ['30 2 * * *', '2026-10-24T23:50:00Z', '2026-10-25T02:10:00Z', ['2026-10-25T00:30']],
    ['0 * * * *', '2026-03-29T00:30:00Z', '2026-03-29T02:30:00Z', ['2026-03-29T01:00', '2026-03-29T02:00']],
    [
      '0 * * * *',
      '2026-10-24T23:30:00Z',
      '2026-10-25T02:30:00Z',
      ['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00'],
    ],
  ])('%s in Berlin from %s to %s, minute by minute', async (cron, from, to, ticks) => {
    const bench = await benchAt(from)
    await bench.define('group', schedule(cron, 'Europe/Berlin'))
    await bench.start()
    await bench.clock.pass(to)
    expect(await bench.ticks('group')).toEqual(ticks)
  })

  test('a clock that leaps forward begins one run, and one that is put back begins no tick twice', async () => {
    const bench = await benchAt('2026-05-01T12:00:30Z')
    await bench.define('quarterly', schedule('*/15 * * * *'))
    await bench.start()
    await bench.clock.pass('2026-05-01T12:16:00Z')
    await bench.clock.set('2026-05-01T15:05:00Z')
    expect(await bench.ticks('quarterly')).toEqual(['2026-05-01T12:15', '2026-05-01T15:00'])
    await bench.clock.set('2026-05-01T14:40:00Z')
    await bench.clock.pass('2026-05-01T15:16:00Z')
    expect(await bench.ticks('quarterly')).toEqual(['2026-05-01T12:15', '2026-05-01T15:00', '2026-05-01T15:15'])
  })

  test('a leap of the clock is noticed within a minute, and it is not asked more often than needed', async () => {
    const bench = await benchAt('2026-05-01T12:00:10Z')
    await bench.define('hourly', schedule('2 * * * *'))
    await bench.start()
    await bench.clock.pass('2026-05-01T12:02:30Z')
    // To the full minute after the start, a minute more, and then the tick itself.
    expect(bench.clock.waits).toEqual([60_000, 50_000, 60_000])
  })

  test('a group that is defined while it waits runs at its first tick', async () => {
    const bench = await benchAt('2026-05-01T12:00:10Z')
    const scheduler = await bench.start()
    await bench.define('soon', schedule('* * * * *'))
    scheduler.wake()
    await bench.clock.pass('2026-05-01T12:01:00Z')
    expect(bench.clock.waits).toEqual([60_000, 50_000, 60_000])
    expect(await bench.ticks('soon')).toEqual(['2026-05-01T12:01'])
  })

  describe('changed groups', () => {
    test('ticks before a group was defined, enabled or given another cron line are passed over', async () => {
      const bench = await benchAt('2026-05-01T12:00:00Z')
      await bench.define('new', schedule('0 11 * * *'))
      await bench.define('off', schedule('0 11 * * *'), { enabled: false })
      await bench.define('moved', schedule('0 9 * * *'))
      const scheduler = await bench.start()
      await bench.clock.set('2026-05-02T12:00:00Z')
      await bench.edit('off', { enabled: true })
      await bench.edit('moved', { run: schedule('0 11 * * *') })
      scheduler.wake()
      await bench.clock.set('2026-05-02T12:01:00Z')
      expect(await bench.ticks('new')).toEqual(['2026-05-02T11:00'])
      expect(await bench.ticks('off')).toEqual([])
      expect(await bench.ticks('moved')).toEqual(['2026-05-02T09:00'])
      await bench.clock.set('2026-05-03T11:00:00Z')
      for (const group of ['new', 'off', 'moved']) expect((await bench.ticks(group)).at(-1)).toBe('2026-05-03T11:00')
    })

    test('so are those before a change that was made while no server ran', async () => {
      const bench = await benchAt('2026-05-01T12:00:00Z')
      await bench.define('moved', schedule('0 9 * * *'))
      await bench.define('off', schedule('0 9 * * *'), { enabled: false })
      await bench.stop(await bench.start())
      await bench.clock.set('2026-05-02T08:30:00Z')
      await bench.edit('moved', { run: schedule('0 8 * * *', 'UTC') })
      await bench.clock.set('2026-05-02T10:00:00Z')
      await bench.edit('off', { enabled: true })
      await bench.clock.set('2026-05-02T12:00:00Z')
      await bench.start()
      expect(await bench.ticks('moved')).toEqual([])
      expect(await bench.ticks('off')).toEqual([])
    })

    test('a change of anything else passes over nothing', async () => {
      const bench = await benchAt('2026-05-01T12:00:00Z')
      await bench.define('nightly', schedule('0 9 * * *'))
      await bench.stop(await bench.start())
      await bench.clock.set('2026-05-02T10:00:00Z')
      await bench.edit('nightly', { name: 'Every night' })
      await bench.start()
      expect(await bench.ticks('nightly')).toEqual(['2026-05-02T09:00'])
    })

    test('a group that was deleted and defined again begins with its definition', async () => {
      const bench = await benchAt('2026-05-01T12:00:00Z')
      await bench.define('nightly', schedule('0 9 * * *'))
      const scheduler = await bench.start()
      await bench.store.definitions.remove({ kind: 'group', key: 'nightly' }, { ifVersion: 1 })
      await bench.clock.set('2026-05-03T10:00:00Z')
      await bench.define('nightly', schedule('0 9 * * *'))
      scheduler.wake()
      await bench.clock.set('2026-05-03T10:01:00Z')
      expect(await bench.ticks('nightly')).toEqual([])
    })
  })

  test('a tick that is due while the former run is at work is passed over and told once, and never made up for', async () => {
    const bench = await benchAt('2026-05-01T12:00:00Z')
    await bench.define('hourly', schedule('0 * * * *'))
    await bench.start()
    bench.worker = () => null
    await bench.clock.set('2026-05-01T13:00:00Z')
    await bench.clock.pass('2026-05-01T15:30:00Z')
    const [run] = await bench.runs('hourly')
    const skipped = (hour: number) => `skipped hourly 2026-05-01T${hour}:00:00.000Z for ${run!.id}`
    expect(bench.told).toEqual([skipped(14), skipped(15)])
    bench.worker = () => 'completed'
    await bench.finish(run!)
    await bench.clock.pass('2026-05-01T16:00:00Z')
    expect(await bench.ticks('hourly')).toEqual(['2026-05-01T13:00', '2026-05-01T16:00'])
    expect(await bench.store.groups.get(run!.id)).toMatchObject({ state: 'completed' })
    expect(bench.told).toHaveLength(2)
  })

  test.each([
    ['completed', 'completed', ['first_people', 'first_more'], 1],
    ['completed_with_alerts', 'completed', [], 1],
    ['error', 'error', ['first_people'], 0],
    ['stopped', 'error', ['first_more'], 0],
  ] as const)(
    'groups follow one whose workflows ended as %s only if it completed',
    async (state, runState, these, followers) => {
      const bench = await benchAt('2026-05-01T12:00:00Z')
      await bench.define('first', schedule('0 * * * *'), { orchestrations: ['first_people', 'first_more'] })
      await bench.define('second', { on: 'group', group: 'first' })
      await bench.define('third', { on: 'group', group: 'second' })
      await bench.define('paused', { on: 'group', group: 'first' }, { enabled: false })
      const scheduler = await bench.start()
      const ended: readonly string[] = these
      bench.worker = (orchestration) => (ended.length === 0 || ended.includes(orchestration) ? state : 'completed')
      await bench.clock.set('2026-05-01T13:00:00Z')
      for (const _ of [1, 2, 3]) {
        scheduler.wake()
        await bench.clock.set('2026-05-01T13:00:10Z')
      }
      expect(await bench.runs('first')).toMatchObject([{ state: runState, trigger: 'schedule' }])
      const second = await bench.runs('second')
      expect(second).toHaveLength(followers)
      for (const run of second)
        expect(run).toMatchObject({ trigger: 'group', dueAt: null, startedBy: null, state: 'completed' })
      expect(await bench.runs('third')).toHaveLength(followers)
      expect(await bench.runs('paused')).toEqual([])
      expect(bench.told).toEqual(followers === 1 ? [] : ['second does not follow first'])
    },
  )

  test('a group runs by hand whatever it waits for, and by whom is kept', async () => {
    const bench = await benchAt('2026-05-01T12:00:00Z')
    await bench.define('group', schedule('0 9 * * *'), { enabled: false, orchestrations: ['north', 'south'] })
    const run = await bench.make().runByHand('group', { trigger: 'cli', startedBy: 'cli' })
    expect(await bench.runs('group')).toEqual([run])
    expect(run).toMatchObject({ trigger: 'cli', startedBy: 'cli', dueAt: null, state: 'running' })
    expect((await bench.workflowsOf(run.id)).map((header) => header.orchestration).sort()).toEqual(['north', 'south'])
    const missing = bench.make().runByHand('other', { trigger: 'cli', startedBy: 'cli' })
    await expect(missing).rejects.toMatchObject({ code: 'store.not_found' })
  })

  test('a signal begins the enabled groups that wait for it, and one that cannot begin does not hold up the others', async () => {
    const bench = await benchAt('2026-05-01T12:00:00Z')
    for (const key of ['a', 'broken', 'c']) await bench.define(key, { on: 'signal', signal: 'loaded' })
    await bench.define('off', { on: 'signal', signal: 'loaded' }, { enabled: false })
    await bench.define('other', { on: 'signal', signal: 'emptied' })
    bench.unknown.add('broken_people')
    const runs = await bench.make().signal('loaded', 'key-1')
    expect(runs.map(({ group, trigger, startedBy }) => [group, trigger, startedBy])).toEqual([
      ['a', 'signal', 'key-1'],
      ['c', 'signal', 'key-1'],
    ])
    expect(bench.problems).toHaveLength(1)
  })

  test('a group that cannot begin is told, holds up no other, and begins once when it can', async () => {
    const bench = await benchAt('2026-05-01T12:00:00Z')
    await bench.define('a_unreadable', { on: 'schedule', cron: '99 * * * *', time_zone: 'UTC' })
    await bench.define('b_broken', schedule('0 13 * * *'))
    await bench.define('c_good', schedule('0 13 * * *'))
    bench.unknown.add('b_broken_people')
    await bench.start()
    await bench.clock.pass('2026-05-01T13:02:30Z')
    expect(await bench.ticks('c_good')).toEqual(['2026-05-01T13:00'])
    expect(await bench.ticks('b_broken')).toEqual([])
    const codes = bench.problems.map((problem) => problem.code)
    expect(codes.filter((code) => code === 'definition.invalid')).toHaveLength(1)
    expect(codes.filter((code) => code === 'internal.bug').length).toBeGreaterThan(0)
    bench.unknown.clear()
    await bench.clock.pass('2026-05-01T13:10:00Z')
    expect(await bench.ticks('b_broken')).toEqual(['2026-05-01T13:00'])
  })

  test('a follower that cannot begin does not keep the run before it from ending', async () => {
    const bench = await benchAt('2026-05-01T12:00:00Z')
    await bench.define('first', schedule('0 * * * *'))
    for (const key of ['broken', 'good']) await bench.define(key, { on: 'group', group: 'first' })
    bench.unknown.add('broken_people')
    await bench.start()
    await bench.clock.pass('2026-05-01T13:05:00Z')
    expect((await bench.runs('first')).map((run) => run.state)).toEqual(['completed'])
    expect(await bench.runs('good')).toHaveLength(1)
    expect(await bench.runs('broken')).toEqual([])
    expect(bench.problems).toHaveLength(1)
  })

  test('a scheduler that is stopped while it works ends the step at hand and begins no further one', async () => {
    const bench = await benchAt('2026-05-01T12:00:00Z')
    for (const key of ['a', 'b']) await bench.define(key, schedule('0 13 * * *'))
    const stop = new AbortController()
    const scheduler = bench.make()
    const finish = bench.finish.bind(bench)
    bench.finish = async (run) => {
      stop.abort()
      await finish(run)
    }
    bench.clock.expectSleepers(1)
    const ended = scheduler.run(stop.signal)
    await bench.clock.idle()
    bench.clock.expectSleepers(-1)
    await bench.clock.set('2026-05-01T13:00:00Z')
    await ended
    expect(await bench.ticks('a')).toEqual(['2026-05-01T13:00'])
    expect(await bench.ticks('b')).toEqual([])
  })

  describe('a process that is killed between any two operations of the store', () => {
    /** A tick, one that is passed over, one that follows, a failure told, a change of schedule. */
    async function prepare(): Promise<SchedulerBench> {
      const bench = await benchAt('2026-05-01T12:00:00Z')
      await bench.define('busy', schedule('0 * * * *'))
      await bench.define('failing', { on: 'manual' })
      await bench.define('after_failing', { on: 'group', group: 'failing' })
      await bench.define('first', { on: 'manual' })
      await bench.define('second', { on: 'group', group: 'first' })
      await bench.define('ticking', schedule('0 * * * *'))
      await bench.define('changed', schedule('0 * * * *'))
      const scheduler = await bench.start()
      bench.worker = (orchestration) => (orchestration === 'busy_people' ? null : 'completed')
      for (const key of ['busy', 'first']) await scheduler.runByHand(key, { trigger: 'manual', startedBy: null })
      bench.worker = () => 'error'
      await scheduler.runByHand('failing', { trigger: 'manual', startedBy: null })
      await bench.stop(scheduler)
      bench.worker = (orchestration) => (orchestration === 'busy_people' ? null : 'completed')
      await bench.clock.set('2026-05-01T13:30:00Z')
      await bench.edit('changed', { run: schedule('15 * * * *') })
      return bench
    }

    async function expectEverythingOnce(bench: SchedulerBench): Promise<void> {
      expect(await bench.ticks('ticking')).toEqual(['2026-05-01T13:00'])
      expect(await bench.ticks('busy')).toEqual([undefined])
      expect(await bench.ticks('changed')).toEqual([])
      expect((await bench.runs('first')).map((run) => run.state)).toEqual(['completed'])
      expect((await bench.runs('failing')).map((run) => run.state)).toEqual(['error'])
      expect(await bench.runs('second')).toHaveLength(1)
      expect(await bench.runs('after_failing')).toEqual([])
      for (const group of ['ticking', 'busy', 'first', 'second'])
        for (const run of await bench.runs(group)) expect(await bench.workflowsOf(run.id)).toHaveLength(1)
      const told = new Set(bench.told)
      expect([...told].filter((line) => line.startsWith('skipped busy'))).toHaveLength(1)
      expect(told).toContain('after_failing does not follow failing')
    }

    test('loses nothing and does nothing twice', async () => {
      const whole = await prepare()
      const counted = killedAt(whole.store, Number.POSITIVE_INFINITY, 'before')
      await whole.start(counted.store)
      await expectEverythingOnce(whole)
      const calls = counted.calls()
      expect(calls).toBeGreaterThan(20)
      for (let call = 0; call < calls; call += 1) {
        for (const moment of ['before', 'after'] as const) {
          const bench = await prepare()
          await bench.stop(await bench.start(killedAt(bench.store, call, moment).store))
          expect(bench.problems.some((problem) => problem.cause instanceof Killed)).toBe(true)
          await bench.start()
          await bench.clock.pass('2026-05-01T13:32:00Z')
          await expectEverythingOnce(bench)
          await bench.close()
          open.splice(open.indexOf(bench), 1)
        }
      }
    }, 180_000)
  })
})

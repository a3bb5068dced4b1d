import { describe, expect, it, vi } from 'vitest'
import { hurriedNowMs, hurriedRun } from '../hurried-run.ts'
import type { BenchOptions } from '../project-bench.ts'
import { people } from '../sample-people.ts'
import { bulkCalls, onBulk, withBench } from './new-people.ts'
import { OtherClient } from './other-client.ts'
import { expectUndisturbed, timeLost, undisturbedAccount } from './verdict.ts'

vi.setConfig({ testTimeout: 120_000 })

describe.concurrent('another client has the jobs that the account allows', () => {
  it('all of them: the run says why it waits, gets its jobs as slots come free, and completes (I4)', async () => {
    const options: BenchOptions = { emulator: { jobLatencyMs: [1_500, 2_500] } }
    await withBench(0, options, async (bench) => {
      OtherClient.seed(bench, 30)
      await bench.write(people(300))
      const other = new OtherClient(bench)
      const working = other.work(30)
      await vi.waitUntil(() => bench.emulator.stats().jobs_in_flight === 30, { timeout: 30_000 })
      let waits = 0
      const { summary, events } = await hurriedRun(bench, {
        onEvent: (event) => {
          if (event.type === 'waiting' && event.why !== null && ++waits === 2) other.stop()
        },
      })
      other.stop()
      await working
      const expectedAccount = await undisturbedAccount({}, [people(300)], (its) => OtherClient.seed(its, 30))
      await expectUndisturbed({ bench, summary, expectedAccount, outputs: [JSON.stringify(events)] })
      const refused = bulkCalls(bench).filter(({ status }) => status === 429)
      expect(refused.length).toBeGreaterThan(0)
      const why = events.flatMap((event) => (event.type === 'waiting' && event.why !== null ? [event.why] : []))
      expect(new Set(why)).toEqual(new Set(['Zendesk has too many jobs queued or running']))
      // A batch asks again after 3 s each time: twice as long as all slots are theirs, and perhaps once more until their jobs are over.
      expect(timeLost(events)).toBeLessThanOrEqual(9_000 + 500)
    })
  })

  it('half of them, all the time: they are never refused because of us, and we take no more than our share (I8)', async () => {
    // Long enough that a slow machine, too, fills our slots before the first job is over.
    await withBench(0, { emulator: { jobLatencyMs: [1_500, 2_000] } }, async (bench) => {
      OtherClient.seed(bench, 15)
      await bench.write(people(2_500))
      const other = new OtherClient(bench)
      const working = other.work(15)
      await vi.waitUntil(() => other.taken >= 15, { timeout: 30_000 })
      const { summary, events } = await hurriedRun(bench)
      other.stop()
      await working
      expect(summary).toMatchObject({ status: 'completed', rows: { created: 2_500 } })
      expect({ theirs: other.refused, ours: bench.emulator.stats().by_status['429'] ?? 0 }).toEqual({
        theirs: 0,
        ours: 0,
      })
      expect(other.taken).toBeGreaterThan(15)
      expect(bench.emulator.stats()).toMatchObject({ peak_jobs_in_flight: 30, races: 0 })
      expect(timeLost(events)).toBe(0)
    })
  })
})

describe.concurrent('a lost answer while another client has jobs of as many people', () => {
  it.each([
    ['took effect', 'is found among theirs', 'reset_after_write', 1],
    ['took no effect', 'is sent again, and theirs is not taken for ours', 'reset_before', 2],
  ] as const)('to a batch that %s: it %s (I2, I3)', async (_, __, kind, posts) => {
    await withBench(0, { emulator: { jobLatencyMs: [6_000, 7_000] } }, async (bench) => {
      await bench.write(people(3))
      const other = new OtherClient(bench)
      // One is over when the list is read, one runs then, and one begins while we wait.
      await other.postAndWait(3)
      const running = other.post(3)
      bench.emulator.faults(onBulk({ kind, skip: 1 }))
      await running
      const { summary, events } = await hurriedRun(bench)
      const ofOurs = bulkCalls(bench).filter(({ body }) => JSON.stringify(body).includes('C-1'))
      expect(ofOurs).toHaveLength(posts)
      const expectedAccount = await undisturbedAccount({}, [people(3)], (its) => new OtherClient(its).postAndWait(3))
      await expectUndisturbed({ bench, summary, expectedAccount, outputs: [JSON.stringify(events)] })
      expect(summary.rows).toMatchObject({ created: 3 })
    })
  })
})

describe('other clients have made most of the requests of every minute', () => {
  it('655 of the 700 of Suite Enterprise: we meet no 429, leave the last 5 %, say why we wait, and complete (I8)', async () => {
    const options: BenchOptions = {
      // Time of the account and time of the run pass alike.
      emulator: { plan: 'enterprise', othersRequests: 655, now: hurriedNowMs, jobLatencyMs: [0, 0] },
      destination: { limits: { users_per_second: 'none' } },
    }
    await withBench(0, options, async (bench) => {
      await bench.write(people(2_000))
      const { summary, events } = await hurriedRun(bench)
      const expectedAccount = await undisturbedAccount({}, [people(2_000)])
      await expectUndisturbed({ bench, summary, expectedAccount, outputs: [JSON.stringify(events)] })
      expect(bench.emulator.stats().by_status['429']).toBeUndefined()
      const used = requestsByMinute(bench.emulator.calls().filter(({ path }) => path.startsWith('/api/')))
      expect(Math.max(...used)).toBe(700 - 655 - 35)
      const why = events.flatMap((event) => (event.type === 'waiting' && event.why !== null ? [event.why] : []))
      expect(why.length).toBeGreaterThan(0)
      expect(why.every((text) => text.includes('agents and other integrations'))).toBe(true)
      // At most a minute for each that was used up, and the second by which resets are rounded.
      expect(timeLost(events)).toBeLessThanOrEqual(used.length * 61_000)
    })
  })
})

/** The account's minutes: each begins with the first request after the one before. */
function requestsByMinute(calls: readonly { atMs: number }[]): number[] {
  const minutes: { startMs: number; requests: number }[] = []
  for (const { atMs } of calls) {
    const last = minutes.at(-1)
    if (last === undefined || atMs - last.startMs >= 60_000) minutes.push({ startMs: atMs, requests: 1 })
    else last.requests++
  }
  return minutes.map(({ requests }) => requests)
}

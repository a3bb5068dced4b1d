import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { isFull } from '../full-set.ts'
import { testPostgres } from '../postgres.ts'
import { openServiceBench, peopleRows } from '../service-bench.ts'

const orchestrations = Array.from({ length: 20 }, (_, n) => `people_${n}`)
const ticks = 3
const minuteMs = 60_000

const postgres = await testPostgres()
const stores = [
  ['SQLite', null],
  ['PostgreSQL', postgres],
] as const

/** An injected clock has its own tests; here are the real one, the real queue and the real engine. */
describe('20 orchestrations that are due each minute, for three minutes of the real clock', () => {
  const reason = isFull ? postgres.missing : 'part of the full set'
  it.skipIf(reason !== null).for(stores)(
    `run once a tick each, on %s${reason === null ? '' : ` (skipped: ${reason})`}`,
    { timeout: (ticks + 4) * minuteMs },
    async ([, database], context) => {
      const names = Object.fromEntries(
        orchestrations.map((key) => [key, { query: 'people', destination: 'zendesk', schedule: '* * * * *' }]),
      )
      const databaseUrl = database === null ? {} : { databaseUrl: await database.newDatabase() }
      const bench = await openServiceBench({ project: { orchestrations: names }, ...databaseUrl })
      context.onTestFinished(() => bench.close())
      await bench.project.write(peopleRows(20))
      await bench.apply()
      const firstTickMs = Math.ceil(Date.now() / minuteMs) * minuteMs
      const due = Array.from({ length: ticks }, (_, n) => firstTickMs + n * minuteMs)
      await sleep(firstTickMs + ticks * minuteMs - 5_000 - Date.now())
      const { groups, workflows } = bench.service.store
      for (const key of orchestrations) {
        const { items } = await groups.list(key, { limit: 10, cursor: null })
        expect(items.map(({ dueAt }) => dueAt?.getTime()).toReversed()).toEqual(due)
        expect(items.map(({ state }) => state)).toEqual(due.map(() => 'completed'))
      }
      expect(await workflows.count({})).toBe(orchestrations.length * ticks)
      expect(await workflows.count({ states: ['completed'] })).toBe(orchestrations.length * ticks)
      expect(bench.problems).toEqual([])
      expect(bench.project.emulator.stats().races).toBe(0)
    },
  )
})

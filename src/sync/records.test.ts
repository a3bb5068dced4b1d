import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Bench, openBench } from '../../test/project-bench.ts'
import type { RecordRow } from './report.ts'

/** More than are counted together. */
const ROWS = 10_400

let bench: Bench
let run: string

/** Everybody has two rows; some rows have no name, and some a telephone number that is none. */
const rows = (round: number) =>
  Array.from({ length: ROWS }, (_, n) => ({
    external_id: `C-${n >> 1}`,
    email: `p${n >> 1}@example.com`,
    name: n % 70 === 3 ? null : `Person ${(n >> 1) % 3 === 0 ? round : 0}`,
    phone: n % 90 === 1 ? 'none' : null,
  }))

beforeAll(async () => {
  bench = await openBench({ sql: 'SELECT * FROM people ORDER BY CAST(_row AS INTEGER)' })
  await bench.write(rows(0))
  await bench.run()
  await bench.write([...rows(1), { external_id: 'NEW', email: 'new@example.com', name: 'New', phone: 'none' }])
  run = (await bench.run()).run_id
}, 60_000)
afterAll(() => bench.close())

const outcomes: (RecordRow['outcome'] | null)[] = [
  null,
  'created',
  'updated',
  'unchanged',
  'merged',
  'rejected',
  'failed',
]

it.each([
  ...outcomes.map((outcome) => ({ outcome, warnings: false, alerts: false })),
  { outcome: null, warnings: true, alerts: false },
  { outcome: null, warnings: false, alerts: true },
])('a part of the records is what the whole list has there: %j', async (filter) => {
  await bench.withApp(async (app) => {
    const whole = await Array.fromAsync(app.records(run, filter))
    if (filter.outcome === null && !filter.alerts) expect(whole.length).toBeGreaterThan(filter.warnings ? 20 : ROWS)
    const { length } = whole
    for (const from of [0, 1, length >> 1, 9_990, 10_000, length - 3, length, length + 10]) {
      if (from < 0) continue
      const part: RecordRow[] = []
      for await (const row of app.records(run, { ...filter, part: { from, limit: 20 } }))
        if (part.push(row) === 20) break
      expect(part, `from ${from}`).toEqual(whole.slice(from, from + 20))
    }
  })
})

it.each([
  { outcome: null, warnings: false, alerts: false },
  { outcome: 'merged', warnings: false, alerts: false },
  { outcome: 'rejected', warnings: false, alerts: false },
  { outcome: null, warnings: true, alerts: false },
  { outcome: null, warnings: false, alerts: true },
] as const)('records about somebody are those of the whole list that name them: %j', async (filter) => {
  await bench.withApp(async (app) => {
    const whole = await Array.fromAsync(app.records(run, filter))
    const names = (row: RecordRow) => [row.external_id, row.email, row.name].join('\n').toLowerCase()
    const isWhole = filter.outcome === null && !filter.warnings && !filter.alerts
    for (const [person, rows] of Object.entries({ 'c-1234': 2, 'P1@EXAMPLE': 2, new: 1, '%': 0, nobody: 0 })) {
      const wanted = whole.filter((row) => names(row).includes(person.toLowerCase()))
      if (isWhole) expect(wanted, person).toHaveLength(rows)
      expect(await Array.fromAsync(app.records(run, { ...filter, person })), person).toEqual(wanted)
      const part = { from: 1, limit: 1 }
      const [second] = await Array.fromAsync(app.records(run, { ...filter, person, part }))
      expect(second, person).toEqual(wanted[1])
    }
  })
})

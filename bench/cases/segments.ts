import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openApp } from '../../src/app.ts'
import type { Json } from '../../src/problem.ts'
import { loadProject } from '../../src/project/load.ts'
import { assertRight, type Case, median, rowsOf } from '../case.ts'
import { writeCustomers } from '../customers.ts'

const segments = 50

const attributes = `SELECT
  external_id AS amperity_id, external_id, email, name, phone, locale,
  "user_fields.city" AS city, "user_fields.orders" AS orders, "user_fields.spent" AS spent,
  "user_fields.customer_since" AS customer_since
FROM customers`

/** A segment that nobody has counted before: every kind of column and most operators come in turn. */
function segment(n: number): { [key: string]: Json } {
  const rules: Json[] = [
    { field: 'orders', operator: '>=', value: n % 40 },
    { field: 'city', operator: 'beginsWith', value: `City ${1 + (n % 9)}` },
    { field: 'customer_since', operator: 'between', value: ['2008-01-01', `20${10 + (n % 14)}-12-31`] },
    { field: 'email', operator: 'contains', value: `${n}@` },
    { field: 'spent', operator: '<', value: 100 * (n + 1) },
    { field: 'locale', operator: 'notIn', value: ['de', 'fr'] },
    { field: 'phone', operator: 'notNull' },
    { field: 'name', operator: 'endsWith', value: String(n % 10) },
  ]
  const chosen = rules.filter((_, index) => (n >> (index % 6)) % 2 === 0 || index === n % rules.length)
  return {
    attributes: 'People',
    include: { combinator: n % 3 === 0 ? 'or' : 'and', rules: chosen },
    exclude: { combinator: 'and', rules: [rules[(n + 1) % rules.length]!, rules[(n + 4) % rules.length]!] },
  }
}

export const segmentsCase: Case = {
  key: 'segments',
  title: 'Counting segments that are being edited',
  method: `Each of ${segments} different segments counted once over an attributes table of people in a CSV, each count a process of its own.`,
  async run({ scale, say }) {
    const rows = rowsOf[scale]
    const dir = await mkdtemp(join(tmpdir(), 'deskside-bench-segments-'))
    try {
      await writeCustomers(join(dir, 'customers.csv'), rows, 'before')
      await writeFile(join(dir, 'people.sql'), attributes)
      await writeFile(
        join(dir, 'deskside.yml'),
        'name: bench\ndatabase: { tables: { customers: customers.csv } }\nattributes_tables: { People: { sql: people.sql } }\n',
      )
      const app = await openApp(await loadProject(dir, {}))
      const everybody = { body: { attributes: 'People', include: { combinator: 'and', rules: [] } } }
      const first = await app.count(everybody)
      assertRight(first.count === rows && first.total === rows, `counted ${JSON.stringify(first)}`)
      say(`segments, the first count, which copies the attributes table: ${first.ms} ms`)
      const took: number[] = []
      for (let n = 0; n < segments; n += 1) {
        const counted = await app.count({ body: segment(n) })
        assertRight(counted.total === rows && counted.count <= rows, `counted ${JSON.stringify(counted)}`)
        took.push(counted.ms)
      }
      await app.close()
      const sorted = [...took].sort((a, b) => a - b)
      const p95 = sorted[Math.ceil(0.95 * segments) - 1]!
      say(`segments: median ${median(took)} ms, p95 ${p95} ms, slowest ${sorted.at(-1)} ms`)
      return [
        { key: 'segments.first', what: 'ms of the first count, which copies the attributes table', value: first.ms },
        { key: 'segments.median', what: 'ms of a count, median', value: median(took) },
        { key: 'segments.p95', what: 'ms of a count, p95', value: p95, target: { atMost: 500 } },
      ]
    } finally {
      await rm(dir, { recursive: true })
    }
  },
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OwnApp, openApp, type PreviewRequest } from '../../src/app.ts'
import type { Json } from '../../src/problem.ts'
import { loadProject } from '../../src/project/load.ts'
import { assertRight, type Case, type Figure, median, rowsOf, type Scale, type Settings } from '../case.ts'
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

/** What people look at while they write SQL: the beginning of a table, of the largest, of a summary, and of what a segment sends. */
const looks = {
  first: ['the first rows of the CSV', 'SELECT * FROM customers'],
  parquet: ['the first rows of the Parquet file', 'SELECT * FROM kept'],
  largest: ['the largest of the Parquet file', 'SELECT * FROM kept ORDER BY "user_fields.spent" DESC, external_id'],
  summary: [
    'a summary of the Parquet file',
    'SELECT "user_fields.city", count(*) AS people FROM kept GROUP BY 1 ORDER BY 2 DESC, 1',
  ],
} as const

export const segmentsCase: Case = {
  key: 'segments',
  title: 'Counts and previews while people edit',
  method: `Each of ${segments} different segments counted once over an attributes table of people in a CSV, and the first 100 rows of queries; each a process of its own, as in a server.`,
  async run(settings) {
    const scales = (['100k', '1M', '10M'] as const).filter((scale) => rowsOf[scale] <= rowsOf[settings.scale])
    const figures: Figure[] = []
    for (const scale of scales.slice(scales.length > 1 ? 1 : 0)) figures.push(...(await measureScale(scale, settings)))
    return figures
  },
}

const project = `name: bench
database: { tables: { customers: customers.csv, kept: customers.parquet } }
attributes_tables: { People: { sql: people.sql } }
segments:
  large: { attributes: People, include: { combinator: and, rules: [{ field: orders, operator: '>=', value: 10 }] } }
`

async function measureScale(scale: Scale, settings: Settings): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), 'deskside-bench-segments-'))
  try {
    for (const name of ['customers.csv', 'customers.parquet'])
      await writeCustomers(join(dir, name), rowsOf[scale], 'before')
    await writeFile(join(dir, 'people.sql'), attributes)
    await writeFile(join(dir, 'deskside.yml'), project)
    const app = await openApp(await loadProject(dir, {}))
    try {
      return [...(await measureCounts(app, scale, settings)), ...(await measurePreviews(app, scale, settings))]
    } finally {
      await app.close()
    }
  } finally {
    await rm(dir, { recursive: true })
  }
}

async function measureCounts(app: OwnApp, scale: Scale, { say }: Settings): Promise<Figure[]> {
  const rows = rowsOf[scale]
  const everybody = { body: { attributes: 'People', include: { combinator: 'and', rules: [] } } }
  const first = await app.count(everybody)
  assertRight(first.count === rows && first.total === rows, `counted ${JSON.stringify(first)}`)
  say(`segments ${scale}: the first count, which copies the attributes table: ${first.ms} ms`)
  const took: number[] = []
  for (let n = 0; n < segments; n += 1) {
    const counted = await app.count({ body: segment(n) })
    assertRight(counted.total === rows && counted.count <= rows, `counted ${JSON.stringify(counted)}`)
    took.push(counted.ms)
  }
  const sorted = [...took].sort((a, b) => a - b)
  const p95 = sorted[Math.ceil(0.95 * segments) - 1]!
  say(`segments ${scale}: median ${median(took)} ms, p95 ${p95} ms, slowest ${sorted.at(-1)} ms`)
  const figure = (name: string, what: string, value: number): Figure => ({
    ...{ key: `segments.${scale}.${name}`, what: `${scale} people: ${what}, ms`, value },
  })
  return [
    figure('first', 'the first count, which copies the attributes table', first.ms),
    figure('median', 'a count, median', median(took)),
    // Promised of a million.
    { ...figure('p95', 'a count, p95', p95), ...(scale === '1M' && { target: { atMost: 500 } }) },
  ]
}

async function measurePreviews(app: OwnApp, scale: Scale, { runs, say }: Settings): Promise<Figure[]> {
  const figures: Figure[] = []
  const measure = async (key: string, what: string, asked: PreviewRequest) => {
    const took: number[] = []
    for (let run = 0; run < runs; run += 1) {
      const startedAtMs = performance.now()
      const { rows } = await app.preview(asked, { limit: 100 })
      took.push(performance.now() - startedAtMs)
      assertRight(rows.length === 100, `${rows.length} rows of ${key}`)
    }
    say(`segments ${scale}, a preview, ${what}: ${Math.round(median(took))} ms`)
    figures.push({
      key: `preview.${scale}.${key}`,
      what: `${scale} people: a preview, ${what}, ms`,
      value: median(took),
    })
  }
  for (const [key, [what, sql]] of Object.entries(looks))
    await measure(key, what, { sql, file: 'bench', part: null, database: null })
  await measure('segment', 'a segment over the CSV', { kind: 'segment', key: 'large' })
  return figures
}

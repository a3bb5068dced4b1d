import type { DuckDBConnection } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lineageOf } from './duckdb-origins.ts'
import { type CheckedQuery, checkQuery, compose } from './duckdb-query.ts'
import { openConnection } from './duckdb-sandbox.ts'
import type { ColumnRef, Lineage, QueryRequest } from './engine.ts'
import { fileTable, sqlTable } from './engine-contract.ts'
import { lineageCases } from './lineage-cases.ts'
import { randomQuery, randomTables } from './test-queries.ts'

type TableName = keyof typeof randomTables

/** Rows of each table; a change is another value in one cell. */
const rowsPerTable = 4

const changesPerQuery = 12

const cells = Object.entries(randomTables).flatMap(([table, columns]) =>
  columns.flatMap((column) =>
    Array.from({ length: rowsPerTable }, (_, row) => ({ table: table as TableName, column, row })),
  ),
)

/** Random queries; `LINEAGE_RUNS` asks for more. */
const runs = Number(process.env.LINEAGE_RUNS ?? 50)

describe('the lineage of a random query', () => {
  let connection: DuckDBConnection
  beforeAll(async () => {
    connection = await openConnection(requestOf('SELECT 1'), null)
    // One thread: rows without an order come in the order of the tables.
    await connection.run('SET threads = 1')
  })
  afterAll(() => connection.closeSync())

  /**
   * The values of one cell change. Every column of the result whose values are others then must name the cell's column or be unknown, and
   * so must the rows, when there are others: what the rows do not name cannot let other rows through. Rows are compared without their
   * order, all columns that do not name the cell's column together, so that a value may not move from one row to another either. Where the
   * rows do name it (a filter, a join, DISTINCT, LIMIT), nothing is said of the columns: that is the part that a lineage does not cover.
   */
  it('names every base column that a change of changes a value', {
    timeout: runs * 1_000 + 150_000,
  }, async () => {
    const seen = { queries: 0, compared: 0, changed: 0, unknown: 0, columns: 0 }
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (gen) => {
        const sql = randomQuery(gen)
        const data = cells.map(() => gen(fc.integer, { min: 0, max: 2 }))
        const bound = await tryLineage(connection, sql)
        if (bound === null) return
        const before = await run(connection, bound.checked, data)
        if (before === null) return
        seen.queries++
        seen.columns += bound.lineage.columns.length
        seen.unknown += bound.lineage.columns.filter((one) => one.from === 'unknown').length
        const read = [...cells.keys()].filter((index) => bound.checked.fileTables.includes(cells[index]!.table))
        for (let change = 0; read.length > 0 && change < changesPerQuery; change++) {
          const at = read[gen(fc.integer, { min: 0, max: read.length - 1 })]!
          const other = data.with(at, gen(fc.integer, { min: 0, max: 9 }))
          const after = await run(connection, bound.checked, other)
          if (after === null) continue
          const found = compare(bound.lineage, cells[at]!, before, after)
          expect(found.wrong, `${sql}\n${JSON.stringify({ cell: cells[at], data, lineage: bound.lineage })}`).toEqual(
            [],
          )
          if (found.compared) seen.compared++
          if (found.changed) seen.changed++
        }
      }),
      { numRuns: runs, endOnFailure: process.env.LINEAGE_NO_SHRINK !== undefined },
    )
    // Without these the test could pass by comparing nothing, or by knowing nothing.
    if (process.env.LINEAGE_SHOW) console.log(seen)
    expect(seen.queries).toBeGreaterThan(runs / 4)
    expect(seen.compared / (seen.queries * changesPerQuery)).toBeGreaterThan(0.3)
    expect(seen.changed).toBeGreaterThan(runs / 4)
    expect(seen.unknown / seen.columns).toBeLessThan(0.1)
  })
})

/** The shop of {@link lineageCases}. */
const shop = {
  people: '(id INTEGER, name VARCHAR, email VARCHAR, city VARCHAR, tags VARCHAR[])',
  orders: '(id INTEGER, person INTEGER, total INTEGER, note VARCHAR)',
  extras: '("user_fields.city" VARCHAR)',
}
const shopTables = [
  ...Object.keys(shop).map((name) => fileTable(name, `${name}.csv`)),
  sqlTable(
    'Buyers',
    'SELECT p.email AS mail, count(o.id) AS orders FROM people p, orders o WHERE o.person = p.id GROUP BY p.email',
  ),
  sqlTable('cities', 'SELECT city, count(*) FROM people GROUP BY city'),
  sqlTable('vips', 'WITH b AS (SELECT * FROM buyers) SELECT mail, orders AS n FROM b WHERE orders > 1'),
]

describe('the lineage of', () => {
  let connection: DuckDBConnection
  beforeAll(async () => {
    connection = await openConnection(requestOf('SELECT 1'), null)
    for (const [name, columns] of Object.entries(shop)) await connection.run(`CREATE TABLE ${name} ${columns}`)
  })
  afterAll(() => connection.closeSync())

  const lineage = async (sql: string, leaves: ColumnRef[] = []) => {
    const checked = await checkQuery(connection, { ...requestOf(sql), tables: shopTables }, 'duckdb')
    const { columns, rows } = await lineageOf(connection, checked, await namesOf(connection, checked), {
      leaves,
      dialect: 'duckdb',
    })
    return { columns: Object.fromEntries(columns.map(({ name, from }) => [name, shown(from)])), rows: shown(rows) }
  }

  it.each(lineageCases)('%s', async (sql, columns) => {
    expect((await lineage(sql)).columns).toEqual(columns)
  })

  it('the rows is what lets them through, and in which order', async () => {
    const { rows } = await lineage(
      "SELECT p.id FROM people p JOIN orders o ON o.person = p.id WHERE city = 'x' ORDER BY name LIMIT 2",
    )
    expect(rows).toBe('orders.person people.city people.id people.name')
    expect((await lineage('SELECT email FROM people')).rows).toBe('-')
  })

  it('a table by SQL stops at the columns that somebody has spoken of, and what decides about its rows goes on', async () => {
    const { columns } = await lineage('SELECT mail, n, count(*) OVER () AS c FROM VIPS', [
      { table: 'vips', column: 'MAIL' },
      { table: 'buyers', column: 'orders' },
    ])
    expect(columns).toEqual({
      mail: 'vips.mail',
      n: 'Buyers.orders',
      c: 'Buyers.orders orders.person people.email people.id',
    })
  })
})

function shown(from: Lineage['rows']): string {
  if (from === 'unknown') return '?'
  return from.map(({ table, column }) => `${table}.${column}`).join(' ') || '-'
}

async function namesOf(connection: DuckDBConnection, checked: CheckedQuery): Promise<string[]> {
  const prepared = await connection.prepare(compose(checked, { head: '', middle: '', tail: '' }).sql)
  const names = Array.from({ length: prepared.columnCount }, (_, index) => prepared.columnName(index))
  prepared.destroySync()
  return names
}

function requestOf(sql: string): QueryRequest {
  const tables = Object.keys(randomTables).map((name) => fileTable(name, `${name}.csv`))
  return {
    tables,
    sql,
    file: 'query.sql',
    dialect: 'duckdb',
    timeZone: 'UTC',
    limits: { memoryMib: 300, timeoutMs: 60_000 },
  }
}

async function tryLineage(connection: DuckDBConnection, sql: string) {
  await fill(
    connection,
    cells.map(() => 0),
  )
  const checked = await checkQuery(connection, { ...requestOf(sql), file: sql }, 'duckdb')
  let names: string[]
  try {
    names = await namesOf(connection, checked)
  } catch {
    // Not a query to DuckDB.
    return null
  }
  return { checked, lineage: await lineageOf(connection, checked, names, { leaves: [], dialect: 'duckdb' }) }
}

async function fill(connection: DuckDBConnection, data: readonly number[]): Promise<void> {
  let at = 0
  for (const [table, columns] of Object.entries(randomTables)) {
    const values = columns.map(() => Array.from({ length: rowsPerTable }, () => data[at++]!))
    const rows = Array.from({ length: rowsPerTable }, (_, row) => `(${values.map((column) => column[row]).join(', ')})`)
    const body = `SELECT * FROM (VALUES ${rows.join(', ')}) AS x(${columns.join(', ')})`
    await connection.run(`CREATE OR REPLACE TABLE ${table} AS ${body}`)
  }
}

/** The rows of the query; null when it fails with this data, such as a scalar subquery with two rows. */
async function run(connection: DuckDBConnection, checked: CheckedQuery, data: readonly number[]) {
  await fill(connection, data)
  try {
    const reader = await connection.runAndReadAll(compose(checked, { head: '', middle: '', tail: '' }).sql)
    return reader.getRowsJson()
  } catch {
    return null
  }
}

function compare(lineage: Lineage, { table, column }: (typeof cells)[number], before: unknown[][], after: unknown[][]) {
  const names = (from: Lineage['rows']) =>
    from === 'unknown' || from.some((one) => one.table === table && one.column === column)
  if (names(lineage.rows)) return { wrong: [], compared: false, changed: false }
  const free = lineage.columns.flatMap(({ name, from }, index) => (names(from) ? [] : [{ name, index }]))
  const bag = (rows: unknown[][], of: readonly number[]) =>
    rows.map((row) => JSON.stringify(of.map((index) => row[index]))).sort()
  const isSame = (of: readonly number[]) => JSON.stringify(bag(before, of)) === JSON.stringify(bag(after, of))
  const wrong = free.filter(({ index }) => !isSame([index])).map(({ name }) => name)
  if (before.length !== after.length) wrong.push('(the number of rows)')
  if (wrong.length === 0 && !isSame(free.map(({ index }) => index))) wrong.push('(values together)')
  return { wrong, compared: true, changed: !isSame(lineage.columns.map((_, index) => index)) }
}

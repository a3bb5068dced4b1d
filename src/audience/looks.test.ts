import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { duckdbEngine } from '../engine/duckdb.ts'
import type { Engine, Table } from '../engine/engine.ts'
import { fileTable, sqlTable } from '../engine/engine-contract.ts'
import { Problem } from '../problem.ts'
import { Turns } from '../turns.ts'
import { Looks, type TableLook } from './looks.ts'
import { Pii } from './pii.ts'

let dir: string
let tables: Table[]
/** How often the engine has read a table to its end. */
let taken: number
let broken: boolean
let looks: Looks

/** The real engine; what it is asked for is counted, and it fails where a test says so. */
function counted(engine: Engine): Engine {
  return {
    ...engine,
    async rows(request) {
      taken++
      if (broken) throw new Problem('query.timed_out', { message: 'The query took too long.' })
      return await engine.rows(request)
    },
  }
}

const write = (name: string, text: string, seconds: number) => {
  writeFileSync(join(dir, name), text)
  utimesSync(join(dir, name), seconds, seconds)
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'deskside-looks-'))
  write(
    'people.csv',
    'id,email,city,score,"an ""odd"" name"\n1,a@example.com,Rome,1.5,x\n2,,Rome,,x\n3,b@example.com, ,2.5,\n',
    10,
  )
  write('orders.csv', 'id,of\n1,1\n', 20)
  tables = [
    fileTable('People', join(dir, 'people.csv')),
    fileTable('orders', join(dir, 'orders.csv')),
    sqlTable('romans', "SELECT id, city FROM people WHERE city = 'Rome'"),
    sqlTable('all_romans', 'SELECT r.id FROM romans r LEFT JOIN orders o ON o.of = r.id'),
    sqlTable('none', 'SELECT 1 AS one'),
  ]
  taken = 0
  broken = false
  const engine = counted(duckdbEngine())
  const limits = { memoryMib: 300, timeoutMs: 60_000 }
  const ground = () => ({ tables, declared: new Map(), dialect: 'trino' as const, timeZone: 'UTC', limits })
  const pii = new Pii({ engine, ground, confirmed: async () => new Map() })
  const loadedAt = (path: string) => (path.endsWith('orders.csv') ? new Date(30_000) : null)
  looks = new Looks({ engine, ground, pii, loadedAt, turns: new Turns() })
})
afterEach(() => rmSync(dir, { recursive: true }))

const table = (name: string) => tables.find((one) => one.name === name)!
const look = (name: string, refresh = false) => looks.look(table(name), { refresh })
const figures = ({ columns }: TableLook) =>
  columns.map(({ column, figures }) => [
    column,
    figures?.values,
    figures?.distinct,
    figures?.isExact,
    figures?.examples,
  ])

describe('a look at a table', () => {
  it('counts rows, values and different ones, and gives the most usual', async () => {
    const found = await look('People')
    expect(found).toMatchObject({
      table: 'People',
      rows: 3,
      problem: null,
      lastLoadedAt: new Date(10_000).toISOString(),
    })
    const once = (...values: string[]) => values.map((value) => ({ value, rows: 1 }))
    expect(figures(found)).toEqual([
      ['id', 3, 3, true, once('1', '2', '3')],
      ['email', 2, 2, true, once('a@example.com', 'b@example.com')],
      ['city', 2, 1, true, [{ value: 'Rome', rows: 2 }]],
      ['score', 2, 2, true, once('1.5', '2.5')],
      ['an "odd" name', 2, 1, true, [{ value: 'x', rows: 2 }]],
    ])
    expect(found.columns.map(({ semantic }) => semantic)).toEqual([null, 'email', 'city', null, 'name'])
  })

  it('follows what SQL reads to the newest file', async () => {
    expect(await look('romans')).toMatchObject({ rows: 2, lastLoadedAt: new Date(10_000).toISOString() })
    expect((await look('all_romans')).lastLoadedAt).toBe(new Date(30_000).toISOString())
    expect(await look('none')).toMatchObject({ rows: 1, lastLoadedAt: null })
  })

  it('is taken once, until the file is another or somebody asks for it', async () => {
    expect(looks.known(table('People'))).toBeNull()
    const first = await look('People')
    expect(await look('People')).toEqual(first)
    expect(looks.known(table('People'))).toMatchObject({ rows: 3, lookedAt: first.lookedAt })
    expect(taken).toBe(1)
    await look('People', true)
    expect(taken).toBe(2)
    write('people.csv', 'id\n1\n', 11)
    expect(looks.known(table('People'))).toBeNull()
    expect(await look('People')).toMatchObject({ rows: 1, lastLoadedAt: new Date(11_000).toISOString() })
    expect(looks.writtenAt(table('People'))).toBe(new Date(11_000).toISOString())
    expect(looks.writtenAt(table('romans'))).toBeNull()
  })

  it('says why there are no figures, and is tried again', async () => {
    broken = true
    const failed = await look('People')
    expect(failed).toMatchObject({ rows: null, problem: 'query.timed_out' })
    expect(failed.columns).toHaveLength(5)
    expect(failed.columns.every((one) => one.figures === null)).toBe(true)
    broken = false
    expect((await look('People')).rows).toBe(3)
  })

  it('shows at most five values of a column, each at most 100 characters of it', async () => {
    const long = `${'💬'.repeat(150)}`
    const rows = Array.from({ length: 20 }, (_, n) => `${n % 7},${long}`).join('\n')
    write('people.csv', `n,long\n${rows}\n`, 12)
    const [n, text] = (await look('People')).columns.map((one) => one.figures!)
    expect(n!.examples.map((one) => one.value)).toEqual(['0', '1', '2', '3', '4', '5'].slice(0, 5))
    expect(n!.distinct).toBe(7)
    expect(text!.examples).toEqual([{ value: `${'💬'.repeat(100)}…`, rows: 20 }])
  })

  it('of more rows than a sample counts all of them, and different values about', async () => {
    const count = 30_000
    const rows = Array.from({ length: count }, (_, n) => `${n},${n % 3 === 0 ? '' : 'x'}`).join('\n')
    write('people.csv', `id,some\n${rows}\n`, 13)
    const found = await look('People')
    expect(found.rows).toBe(count)
    const [id, some] = found.columns.map((one) => one.figures!)
    expect([id!.values, id!.isExact, some!.values, some!.distinct]).toEqual([count, false, 20_000, 1])
    expect(Math.abs(id!.distinct - count) / count).toBeLessThan(0.25)
    expect(id!.examples).toHaveLength(5)
  })

  it('of a table without rows, or with a column of every type, is one all the same', async () => {
    write('people.csv', 'a,b\n', 14)
    expect(figures(await look('People')).map(([, values, distinct]) => [values, distinct])).toEqual([
      [0, 0],
      [0, 0],
    ])
    tables.push(
      sqlTable(
        'typed',
        "SELECT DATE '2026-01-31' AS d, [1, 2] AS l, {'a': 1} AS s, true AS b, CAST('x' AS BLOB) AS x, INTERVAL 1 DAY AS i",
      ),
    )
    await expect(look('typed')).rejects.toMatchObject({ code: 'query.invalid' })
    tables.pop()
    tables.push(
      sqlTable('typed', "SELECT DATE '2026-01-31' AS d, [1, 2] AS l, {'a': 1} AS s, true AS b, INTERVAL 1 DAY AS i"),
    )
    expect((await look('typed')).rows).toBe(1)
  })
})

import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { customer360 } from '../../test/adventureworks-source.ts'
import { sharedData } from '../../test/shared-data.ts'
import { duckdbEngine } from '../engine/duckdb.ts'
import type { Engine, Table } from '../engine/engine.ts'
import { fileTable, sqlTable } from '../engine/engine-contract.ts'
import { Problem } from '../problem.ts'
import { Pii } from './pii.ts'
import type { Tags } from './tags.ts'

let dir: string
let declared: Map<string, Tags>
let confirmed: Map<string, Tags>
let tables: Table[]
/** How often the engine was asked for what. */
let asked: { lineage: number; figures: number }
let pii: Pii
/** The engine takes too long over every profile. */
let broken: boolean

/** The real engine; its calls are counted, and it fails where a test says so. */
function counted(engine: Engine): Engine {
  return {
    ...engine,
    lineage(request) {
      asked.lineage++
      return engine.lineage(request)
    },
    async figures(request) {
      asked.figures++
      if (broken) throw new Problem('query.timed_out', { message: 'The query took too long.' })
      return await engine.figures(request)
    },
  }
}

const customers =
  'id,email,city,memo,total\n1,ann@example.com,Rome,call ann@example.com,5\n2,bob@example.com,Oslo,nothing,7\n'
const write = (text: string) => writeFileSync(join(dir, 'customers.csv'), text)

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'deskside-pii-'))
  write(customers)
  broken = false
  declared = new Map()
  confirmed = new Map()
  asked = { lineage: 0, figures: 0 }
  tables = [
    fileTable('Customers', join(dir, 'customers.csv')),
    sqlTable('named', "SELECT id, upper(email) AS who, city || '!' AS place, 1 AS one FROM customers"),
    sqlTable('sums', 'SELECT who, count(*) AS n FROM named GROUP BY who'),
  ]
  pii = new Pii({
    engine: counted(duckdbEngine()),
    ground: () => ({
      tables,
      declared,
      dialect: 'trino',
      timeZone: 'UTC',
      limits: { memoryMib: 300, timeoutMs: 60_000 },
    }),
    confirmed: async () => confirmed,
  })
})
afterEach(() => rmSync(dir, { recursive: true }))

const personalOf = async (sql: string) =>
  Object.fromEntries((await pii.ofQuery({ sql, file: 'q.sql' })).map((one) => [one.column, one.pii]))
const tableOf = async (table: string) =>
  Object.fromEntries((await pii.columns(table)).map((one) => [one.column, [one.effective.pii, one.effective.by]]))

describe('the columns of a table', () => {
  it('are guessed by name and content, and show no value', async () => {
    const columns = await pii.columns('customers')
    expect(columns.map(({ column, type, guess, sample }) => [column, type, guess.pii, sample])).toEqual([
      ['id', 'BIGINT', false, { rows: 2, nullShare: 0, distinct: 2 }],
      ['email', 'VARCHAR', true, { rows: 2, nullShare: 0, distinct: 2 }],
      ['city', 'VARCHAR', false, { rows: 2, nullShare: 0, distinct: 2 }],
      ['memo', 'VARCHAR', true, { rows: 2, nullShare: 0, distinct: 2 }],
      ['total', 'BIGINT', false, { rows: 2, nullShare: 0, distinct: 2 }],
    ])
    expect(JSON.stringify(columns)).not.toMatch(/ann|bob|Rome|Oslo/i)
  })

  it('are what deskside.yml and people say', async () => {
    declared.set('Customers', { city: true })
    confirmed.set('Customers', { CITY: false, memo: false })
    expect(await tableOf('Customers')).toEqual({
      id: [false, 'guessed'],
      email: [true, 'guessed'],
      city: [true, 'declared'],
      memo: [false, 'confirmed'],
      total: [false, 'guessed'],
    })
  })

  it('follow, for a table by SQL, from where they come from', async () => {
    expect(await tableOf('named')).toEqual({
      id: [false, 'guessed'],
      who: [true, 'guessed'],
      place: [false, 'guessed'],
      one: [false, 'guessed'],
    })
    const why = Object.fromEntries((await pii.columns('named')).map((one) => [one.column, one.guess.why]))
    expect(why).toEqual({
      id: 'it comes from Customers.id, none of them personal',
      who: 'it comes from Customers.email',
      place: 'it comes from Customers.city, none of them personal',
      one: 'it comes from no column',
    })
  })

  it('of a table by SQL can be declared too, and then what reads it goes no further', async () => {
    declared.set('named', { WHO: false })
    expect(await tableOf('named')).toMatchObject({ who: [false, 'declared'] })
    expect((await pii.columns('named')).find((one) => one.column === 'who')!.guess.pii).toBe(true)
    expect(await tableOf('sums')).toEqual({ who: [false, 'guessed'], n: [false, 'guessed'] })
    declared.set('named', { place: true })
    expect(await personalOf('SELECT place, one, id FROM named')).toEqual({ place: true, one: false, id: false })
  })

  it('are all personal where the table cannot be looked at, until it can', async () => {
    broken = true
    expect(new Set(Object.values(await tableOf('customers')).flat())).toEqual(new Set([true, 'guessed']))
    const [id] = await pii.columns('customers')
    expect(id).toMatchObject({ sample: null, guess: { why: 'it could not be looked at (query.timed_out)' } })
    expect(await personalOf('SELECT id, city FROM customers')).toEqual({ id: true, city: true })
    broken = false
    expect(await personalOf('SELECT id, city FROM customers')).toEqual({ id: false, city: false })
  })

  it('of a table by SQL that fails when it runs are known all the same', async () => {
    tables = [sqlTable('bad', 'SELECT CAST(city AS INTEGER) AS n FROM customers'), ...tables]
    const [column] = await pii.columns('bad')
    expect(column).toMatchObject({ column: 'n', sample: null, effective: { pii: false, by: 'guessed' } })
  })

  it('cannot be declared when they are not there', async () => {
    declared.set('Customers', { emial: true })
    await expect(pii.columns('Customers')).rejects.toMatchObject({ code: 'config.invalid' })
    await expect(personalOf('SELECT city FROM customers')).rejects.toMatchObject({ code: 'config.invalid' })
  })

  it('are those of a declared table only', async () => {
    await expect(pii.columns('nothing')).rejects.toMatchObject({ code: 'config.unknown_object' })
    rmSync(join(dir, 'customers.csv'))
    await expect(pii.columns('customers')).rejects.toMatchObject({ code: 'source.missing' })
    write(customers)
  })
})

describe('the columns of a query', () => {
  it('are personal where a personal column can reach them', async () => {
    const sql = `
      SELECT c.id AS external_id, 'x' || s.who AS name, c.city AS "user_fields.city", length(c.memo) AS len,
        s.n, c.total * 2 AS spent
      FROM customers c LEFT JOIN sums s ON s.who = c.email`
    expect(await personalOf(sql)).toEqual({
      external_id: false,
      name: true,
      'user_fields.city': false,
      len: true,
      n: true,
      spent: false,
    })
  })

  it('say where they come from', async () => {
    const [city, all] = await pii.ofQuery({ sql: "SELECT city AS a, COLUMNS('^total$') FROM customers", file: 'q' })
    expect(city!.from).toContainEqual({ table: 'Customers', column: 'city' })
    expect([city!.pii, all!.pii]).toEqual([true, true])
  })

  it('are personal where it cannot be told', async () => {
    const sql = "SELECT * FROM (SELECT city, total FROM customers) PIVOT (sum(total) FOR city IN ('Rome'))"
    expect(await pii.ofQuery({ sql, file: 'q' })).toEqual([{ column: 'Rome', pii: true, from: 'unknown' }])
  })

  it('fail as the query does', async () => {
    await expect(pii.ofQuery({ sql: 'SELECT none FROM customers', file: 'q' })).rejects.toMatchObject({
      code: 'query.invalid',
    })
  })
})

describe('what was looked at', () => {
  const sql = 'SELECT memo AS m, who FROM customers JOIN named USING (id)'

  it('is not looked at again', async () => {
    await personalOf(sql)
    const once = { ...asked }
    await Promise.all([personalOf(sql), personalOf(sql)])
    expect([once, asked]).toEqual([{ lineage: 1, figures: 1 }, once])
  })

  it('is looked at again when a file is another', async () => {
    expect(await personalOf(sql)).toEqual({ m: true, who: true })
    write(customers.replace('call ann@example.com', 'nothing at all to see'))
    expect(await personalOf(sql)).toEqual({ m: false, who: true })
    expect(asked).toEqual({ lineage: 2, figures: 2 })
    utimesSync(join(dir, 'customers.csv'), new Date(), new Date(1e12))
    await personalOf(sql)
    expect(asked).toEqual({ lineage: 3, figures: 3 })
  })

  it('is looked at again when a tag, a table or the text is another', async () => {
    await personalOf(sql)
    confirmed.set('named', { who: false })
    expect(await personalOf(sql)).toEqual({ m: true, who: false })
    confirmed.set('Customers', { memo: false })
    expect(await personalOf(sql)).toEqual({ m: false, who: false })
    tables[1] = sqlTable('named', 'SELECT id, city AS who FROM customers')
    confirmed.clear()
    expect(await personalOf(sql)).toEqual({ m: true, who: false })
    expect(await personalOf(`${sql} WHERE id > 0`)).toEqual({ m: true, who: false })
  })
})

const { dir: adventureworks, skip, reason } = sharedData('adventureworks')
describe.skipIf(skip)(`the tables of AdventureWorks${reason}`, () => {
  it('have their personal columns found, and few others', async () => {
    const names = ['dw_customer', 'person_phone', 'prospective_buyer', 'sales_order_line', 'business_entity_address']
    tables = names.map((name) => fileTable(name, join(adventureworks, `${name}.csv`)))
    const found: string[] = []
    for (const name of names)
      for (const one of await pii.columns(name)) if (one.effective.pii) found.push(`${name}.${one.column}`)
    expect(found).toEqual([
      ...['FirstName', 'LastName', 'BirthDate', 'EmailAddress'].map((name) => `dw_customer.${name}`),
      'person_phone.PhoneNumber',
      ...['FirstName', 'MiddleName', 'LastName', 'BirthDate', 'EmailAddress', 'AddressLine1', 'AddressLine2'].map(
        (name) => `prospective_buyer.${name}`,
      ),
      ...['PostalCode', 'Phone'].map((name) => `prospective_buyer.${name}`),
    ])
  }, 60_000)

  it('are followed through the SQL of their customer 360', async () => {
    const { files, sql } = customer360(adventureworks)
    tables = [
      ...Object.entries(files).map(([name, file]) => fileTable(name, join(adventureworks, file), 'text')),
      sqlTable('customer_360', sql),
    ]
    const columns = await pii.columns('customer_360')
    expect(columns.filter((one) => one.guess.why.includes('cannot be told'))).toEqual([])
    // The names of states and countries are named like those of people, until somebody declares them free.
    expect(columns.filter((one) => one.effective.pii).map((one) => one.column)).toEqual([
      ...['account_number', 'full_name', 'email', 'phone', 'phone_type', 'company', 'address', 'state', 'postal_code'],
      'country',
    ])
  }, 120_000)
})

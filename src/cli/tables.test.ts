import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCli } from './test-run.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deskside-tables-'))
  await writeFile(
    join(dir, 'customers.csv'),
    'id,email,city\n1,ann@example.com,Rome\n2,,Rome\n3,bob@example.com,"a\tb"\n',
  )
  await utimes(join(dir, 'customers.csv'), 0, 1_800_000_000)
  await writeFile(join(dir, 'named.sql'), 'SELECT id, lower(email) AS mail FROM Customers')
  await declare('Customers: customers.csv\n    named: { sql: named.sql }')
})
afterEach(() => rm(dir, { recursive: true }))

const declare = (tables: string) =>
  writeFile(join(dir, 'deskside.yml'), `name: tables\ndatabase:\n  tables:\n    ${tables}\n`)
const run = (line: string, columns?: number) => runCli(line.split(' '), dir, columns === undefined ? {} : { columns })
const cells = (text: string) => text.split('\n').map((line) => line.trim().split(/\s{2,}/))

describe('tables', () => {
  test('lists every table, also one that cannot be read', async () => {
    await declare('Customers: customers.csv\n    gone: gone.csv\n    named: { sql: named.sql }')
    const { exitCode, stdout, stderr } = await run('tables')
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(cells(stdout)).toEqual([
      ['TABLE', 'ROWS', 'COLUMNS', 'LAST LOADED (UTC)', 'FROM', 'SOURCE'],
      ['Customers', '3', '3', '2027-01-15 08:00', 'file', 'customers.csv'],
      ['gone', '?', '?', '?', 'file', 'source.missing'],
      ['named', '3', '2', '2027-01-15 08:00', 'SQL', 'named.sql'],
      [''],
    ])
    const { tables } = JSON.parse((await run('tables --json')).stdout)
    expect(tables[0]).toEqual({
      ...{
        database: 'database',
        table: 'Customers',
        from: 'file',
        source: 'customers.csv',
        rows: 3,
        columns: 3,
        problem: null,
      },
      last_loaded_at: '2027-01-15T08:00:00.000Z',
    })
  })

  test('shows one with its columns', async () => {
    const { exitCode, stdout } = await run('tables customers')
    expect(exitCode).toBe(0)
    expect(cells(stdout)).toEqual([
      ['Customers: 3 rows, 3 columns'],
      ['from file customers.csv, last loaded 2027-01-15 08:00 UTC'],
      [''],
      ['COLUMN', 'TYPE', 'MEANS', 'PII', 'FILLED', 'DISTINCT', 'MOST USUAL VALUES'],
      ['id', 'BIGINT', 'free', '100 %', '3', '1 · 2 · 3'],
      ['email', 'VARCHAR', 'email', 'personal', '66 %', '2', 'ann@example.com · bob@example.com'],
      ['city', 'VARCHAR', 'city', 'free', '100 %', '2', 'Rome · a\\tb'],
      [''],
      ['DISTINCT with ~ is counted about. deskside columns Customers says why a column is personal.'],
      [''],
    ])
    for (const line of (await run('tables Customers', 70)).stdout.split('\n').slice(3, 7))
      expect(line.length).toBeLessThanOrEqual(70)
  })

  test('--json has of one what the API says', async () => {
    const look = JSON.parse((await run('tables Customers --json --refresh')).stdout)
    expect(look).toMatchObject({ table: 'Customers', rows: 3, columns: 3, looked_at: expect.stringMatching(/^20/) })
    expect(look.items[1]).toMatchObject({ column: 'email', pii: true, semantic: 'email', distinct: 2, uniqueness: 1 })
  })

  test('says which there are', async () => {
    const { exitCode, stderr } = await run('tables orders')
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('Customers, named')])
  })
})

describe('of several databases', () => {
  beforeEach(async () => {
    await writeFile(join(dir, 'orders.csv'), 'id,note\n1,a\n')
    await writeFile(join(dir, 'q.sql'), 'SELECT * FROM Customers')
    await writeFile(
      join(dir, 'deskside.yml'),
      [
        'name: tables',
        'databases:',
        '  crm: { tables: { Customers: customers.csv, named: { sql: named.sql } } }',
        '  shop: { tables: { Customers: orders.csv } }',
        'queries: { q: { sql: q.sql, database: shop } }',
        '',
      ].join('\n'),
    )
  })

  test('tables says whose each is, lists those of one, and shows one', async () => {
    const named = async (line: string) => cells((await run(line)).stdout).map((row) => row.slice(0, 3))
    expect(await named('tables')).toEqual([
      ['DATABASE', 'TABLE', 'ROWS'],
      ['crm', 'Customers', '3'],
      ['crm', 'named', '3'],
      ['shop', 'Customers', '1'],
      [''],
    ])
    expect((await named('tables --database shop')).slice(1)).toEqual([['shop', 'Customers', '1'], ['']])
    for (const line of ['tables shop.customers', 'tables Customers --database shop'])
      expect((await run(line)).stdout).toMatch(/^shop\.Customers: 1 row, 2 columns\n/)
    expect((await run('tables named')).stdout).toMatch(/^crm\.named: 3 rows/)
    const { tables } = JSON.parse((await run('tables --json')).stdout)
    expect(tables.map((one: { database: string }) => one.database)).toEqual(['crm', 'crm', 'shop'])
  })

  test('columns and what needs them are of one', async () => {
    for (const line of ['columns shop.Customers', 'columns Customers --database shop'])
      expect(cells((await run(line)).stdout).map(([column]) => column)).toEqual(expect.arrayContaining(['id', 'note']))
    expect((await run('columns shop.Customers --without note')).stdout).toMatch(/query +q +loses/)
    expect((await run('columns Customers --database crm --without city')).stdout).toBe(
      'Nothing needs the column city.\n',
    )
    expect((await run('columns crm.Customers --without email')).stdout).toMatch(/table +crm\.named +breaks/)
  })

  test('query run reads the one that is named', async () => {
    expect((await run('query run q --csv')).stdout).toBe('id,note\r\n1,a\r\n')
    expect((await run('query run q --lines 1 --csv')).stdout).toBe('id,note\r\n1,a\r\n')
    expect((await run('query run q.sql --database shop --csv')).stdout).toBe('id,note\r\n1,a\r\n')
    expect((await run('query run q.sql --database crm --csv')).stdout).toMatch(/^id,email,city\r\n/)
  })

  test.each([
    ['tables Customers', 'Name one of: crm.Customers, shop.Customers.'],
    ['columns customers', 'Name one of: crm.Customers, shop.Customers.'],
    ['columns Customers --without id', 'Name one of: crm.Customers, shop.Customers.'],
    ['tables --database erp', 'Name one of: crm, shop.'],
    ['tables named --database shop', 'Use one of: crm.Customers, crm.named, shop.Customers.'],
    ['query run q.sql', 'Name one of: crm, shop.'],
    ['query run q.sql --database erp', 'Name one of: crm, shop.'],
    ['query run q --database shop', 'Leave out --database'],
  ])('%s says what to name', async (line, part) => {
    const { exitCode, stderr } = await run(line)
    expect([exitCode, stderr.replaceAll(/\s+/g, ' ')]).toEqual([2, expect.stringContaining(part)])
  })
})

describe('upload', () => {
  test.each([
    ['without a server', 'upload customers.csv --table vips', 'vips: { path: customers.csv, types: text }'],
    ['of a file that is not there', 'upload none.csv --table vips', 'There is no file none.csv'],
    ['of a folder', 'upload . --table vips', 'There is no file .'],
    ['with types that are none', 'upload customers.csv --table vips --types [', '--types is neither'],
    ['without a name of the table', 'upload customers.csv', '--table'],
  ])('%s says what to do', async (_, line, part) => {
    const { exitCode, stderr } = await run(line)
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(part)])
  })
})

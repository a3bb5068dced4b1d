import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openProjectStore } from '../control/project-store.ts'
import { runCli } from './test-run.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deskside-columns-'))
  await writeFile(join(dir, 'customers.csv'), 'id,email,city,memo\n1,ann@example.com,Rome,\n2,bob@example.com,Oslo,x\n')
  await writeFile(join(dir, 'named.sql'), 'SELECT id, lower(email) AS mail, 1 AS one FROM Customers')
  await declare('{ city: true }')
})
afterEach(() => rm(dir, { recursive: true }))

async function declare(pii: string): Promise<void> {
  const tables = `Customers: { path: customers.csv, pii: ${pii} }\n    named: { sql: named.sql, pii: { one: true } }`
  await writeFile(join(dir, 'deskside.yml'), `name: columns\ndatabase:\n  tables:\n    ${tables}\n`)
}

const run = (line: string, columns?: number) => runCli(line.split(' '), dir, columns === undefined ? {} : { columns })

describe('columns', () => {
  test('lists what is personal, who says so and why, and no value', async () => {
    const { exitCode, stdout, stderr } = await run('columns customers')
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout.split('\n').map((line) => line.trim().split(/\s{2,}/))).toEqual([
      ['COLUMN', 'TYPE', 'PII', 'SAID BY', 'NULL', 'DISTINCT', 'WHY'],
      ['id', 'BIGINT', 'free', 'guessed', '0 %', '2', 'neither its name nor its values look personal'],
      ['email', 'VARCHAR', 'personal', 'guessed', '0 %', '2', 'it is named like an e-mail address'],
      [
        'city',
        'VARCHAR',
        'personal',
        'declared',
        '0 %',
        '2',
        'guess: free, neither its name nor its values look personal',
      ],
      ['memo', 'VARCHAR', 'free', 'guessed', '50 %', '1', 'neither its name nor its values look personal'],
      [''],
      ['2 of 4 columns are personal. Declare them in deskside.yml, below `pii` of the table, where this is wrong.'],
      [''],
    ])
    expect(stdout).not.toMatch(/ann@|Rome|Oslo/)
  })

  test('--without tells what would break, and what nothing needs', async () => {
    const { exitCode, stdout } = await run('columns Customers --without email')
    expect(exitCode).toBe(0)
    const lines = stdout.split('\n').map((line) => line.trim())
    expect(lines[0]).toMatch(/^KIND +KEY +EFFECT +SENT BY +WHY$/)
    expect(lines[1]).toMatch(/^table +named +breaks +named\.sql:1:18/)
    expect((await run('columns Customers --without city')).stdout).toBe('Nothing needs the column city.\n')
    expect((await run('columns Customers --without none')).stderr).toContain('config.unknown_object')
    expect(JSON.parse((await run('columns Customers --without ID --json')).stdout).uses).toMatchObject([
      { kind: 'table', key: 'named', effect: 'breaks', orchestrations: [] },
    ])
  })

  test('fits a narrow terminal', async () => {
    const { stdout } = await run('columns Customers', 60)
    for (const line of stdout.split('\n').slice(0, 6)) expect(line.length).toBeLessThanOrEqual(60)
    expect(stdout).toContain('personal')
  })

  test('--json prints one document, of a table by SQL too', async () => {
    const { exitCode, stdout } = await run('columns named --json')
    expect(exitCode).toBe(0)
    const { table, columns } = JSON.parse(stdout)
    expect(table).toBe('named')
    expect(columns).toMatchObject([
      { column: 'id', pii: false, by: 'guessed', declared: null, confirmed: null, sample: { rows: 2, null_share: 0 } },
      { column: 'mail', pii: true, guess: { pii: true, why: 'it comes from Customers.email' } },
      { column: 'one', pii: true, by: 'declared', declared: true, guess: { pii: false } },
    ])
  })

  test('knows what people have confirmed, where there is a control store', async () => {
    const store = await openProjectStore(dir, {})
    await store.columnTags.set('Customers', { memo: true, city: false }, 'U-1')
    await store.close()
    const { columns } = JSON.parse((await run('columns Customers --json')).stdout)
    expect(columns.map((one: { column: string; pii: boolean; by: string }) => [one.column, one.pii, one.by])).toEqual([
      ['id', false, 'guessed'],
      ['email', true, 'guessed'],
      ['city', true, 'declared'],
      ['memo', true, 'confirmed'],
    ])
  })

  test.each([
    ['a table that is not declared', '{}', 'columns orders', 2, 'Use one of: Customers, named.'],
    ['a tag of a column that is not there', '{ emial: true }', 'columns Customers', 2, 'there is no column emial'],
    ['the same tag, by validate', '{ emial: true }', 'validate', 2, 'there is no column emial'],
    [
      'two tags of one column',
      '{ email: true, EMAIL: false }',
      'columns Customers',
      2,
      'is the same column as `email`',
    ],
    ['a tag that is no yes or no', '{ email: maybe }', 'columns Customers', 2, 'pii.email'],
  ])('says what is wrong with %s', async (_, pii, line, exitCode, part) => {
    await declare(pii)
    const ran = await run(line)
    expect([ran.exitCode, ran.stdout + ran.stderr]).toEqual([exitCode, expect.stringContaining(part)])
  })
})

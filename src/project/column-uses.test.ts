import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { duckdbEngine } from '../engine/duckdb.ts'
import { columnUses } from './column-uses.ts'
import { loadProject } from './load.ts'
import type { Project } from './project.ts'

const files = {
  'deskside.yml': `
name: uses
database:
  tables: { customers: customers.csv, orders: orders.csv, active: { sql: active.sql } }
credentials: { z: { type: zendesk, email: a@example.com, api_token: x } }
destinations: { z: { plugin: zendesk, credential: z, subdomain: example } }
attributes_tables: { People: { sql: people.sql, id: id } }
queries:
  all: all.sql
  names: names.sql
  counts: counts.sql
  broken: broken.sql
  romans: { from: customers, where: { combinator: and, rules: [{ field: city, operator: '=', value: Rome }] }, columns: [id] }
segments:
  named: { attributes: People, include: { combinator: and, rules: [{ field: name, operator: notNull }] }, fields: [id] }
  everybody: { attributes: People, include: { combinator: and, rules: [] }, fields: [id] }
orchestrations: { all: { query: all, destination: z }, named: { segment: named, destination: z } }
`,
  'customers.csv': 'id,name,city\n1,Ann,Rome\n',
  'orders.csv': 'id,total\n1,3\n',
  'active.sql': 'SELECT * FROM customers JOIN orders USING (id)',
  'people.sql': 'SELECT id, name FROM customers',
  'all.sql': 'SELECT * FROM active',
  'names.sql': 'SELECT id FROM customers WHERE name IS NOT NULL',
  'counts.sql': 'SELECT count(*) AS n FROM customers',
  'broken.sql': 'SELECT nothing FROM customers',
}

let dir: string
let project: Project
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deskside-uses-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  project = await loadProject(dir, {})
})
afterAll(() => rm(dir, { recursive: true }))

const usesOf = async (table: string, column: string) =>
  (await columnUses(project, duckdbEngine(), { table, column })).map(({ kind, key, effect, orchestrations }) =>
    [`${kind}/${key}`, effect, ...orchestrations].join(' '),
  )

test.each([
  ['customers', 'city', ['table/active loses', 'query/all loses all', 'query/romans breaks']],
  [
    'Customers',
    'NAME',
    [
      'table/active loses',
      'attributes_table/People breaks',
      'segment/named breaks named',
      'segment/everybody breaks',
      'query/all loses all',
      'query/names breaks',
    ],
  ],
  ['orders', 'id', ['table/active breaks', 'query/all breaks all']],
  ['active', 'total', ['query/all loses all']],
  ['People', 'name', ['segment/named breaks named']],
])('without the column %s.%s: %j', async (table, column, uses) => {
  expect(await usesOf(table, column)).toEqual(uses)
})

test('what breaks says why, and what loses says what', async () => {
  const found = await columnUses(project, duckdbEngine(), { table: 'customers', column: 'name' })
  const detail = (key: string) => found.find((one) => one.key === key)?.detail
  expect(detail('names')).toContain('names.sql:1:32')
  expect(detail('all')).toBe('name')
})

test('a table or a column that is not there is refused with those that are', async () => {
  await expect(usesOf('none', 'name')).rejects.toMatchObject({ code: 'config.unknown_object' })
  await expect(usesOf('orders', 'name')).rejects.toMatchObject({ fix: 'Use one of: id, total.' })
})

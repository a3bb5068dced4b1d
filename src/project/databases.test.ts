import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Problem } from '../problem.ts'
import {
  databaseNamed,
  databaseOf,
  databaseOfAttributes,
  fullName,
  isSameTable,
  keyOfTable,
  plainDatabase,
  tableNamed,
  tableOfKey,
} from './databases.ts'
import { loadProject } from './load.ts'
import { readObjects } from './objects.ts'
import type { Project } from './project.ts'
import { projectOf } from './stored.ts'
import { listed, useTestProject } from './test-project.ts'

const { dir, write, refusal } = useTestProject()

const crm = 'crm: { tables: { Customers: a.csv, Loyal: { sql: tables/loyal.sql } } }'
const shop =
  'shop: { dialect: duckdb, tables: { Customers: { path: b.csv, pii: { note: true } } }, limits: { memory_mb: 100 } }'
const both = `name: x\ndatabases: { ${crm}, ${shop} }\n`

/** What each database holds: its tables, and what is written over them. */
function contents({ databases }: Project): Record<string, string> {
  return Object.fromEntries(
    [...databases].map(([key, { tables, queries, visualQueries, attributesTables, segments }]) => [
      key,
      [
        tables.map(({ name }) => name),
        [...queries.keys(), ...visualQueries.keys()],
        [...attributesTables.keys()],
        [...segments.keys()],
      ]
        .map((names) => names.join(' '))
        .join(' | '),
    ]),
  )
}

const everybody = 'include: { combinator: and, rules: [] }'

const good: [what: string, yaml: string, contents: Record<string, string>][] = [
  [
    'the one of `database`',
    'name: x\ndatabase: { tables: { A: a.csv } }\nqueries: { q: queries/people.sql }\n',
    { database: 'A | q |  | ' },
  ],
  [
    'the one of `database`, said by name',
    'name: x\ndatabase: { tables: { A: a.csv } }\nqueries: { q: { from: a, database: database } }\n',
    { database: 'A | q |  | ' },
  ],
  [
    'one that has a name, which nothing needs to say',
    'name: x\ndatabases: { crm: { tables: { A: a.csv } } }\nqueries: { q: queries/people.sql, r: { from: A } }\n',
    { crm: 'A | q r |  | ' },
  ],
  [
    'two with tables of one name, and what reads each',
    `${both}queries:
  a: { sql: queries/people.sql, database: crm }
  b: { sql: queries/people.sql, database: shop }
  c: { from: Loyal, database: crm }
  d: { from: People, database: shop }
attributes_tables:
  People: { sql: queries/people.sql, database: shop }
  Others: { sql: queries/people.sql, database: crm }
segments:
  s: { attributes: People, ${everybody} }
  t: { attributes: Others, ${everybody} }
`,
    { crm: 'Customers Loyal Others | a c | Others | t', shop: 'Customers People | b d | People | s' },
  ],
  [
    'an attributes table with the name of a table of another database',
    `${both}attributes_tables: { loyal: { sql: queries/people.sql, database: shop } }\n`,
    { crm: 'Customers Loyal |  |  | ', shop: 'Customers loyal |  | loyal | ' },
  ],
]

const bad: [what: string, yaml: string, ...problems: string[]][] = [
  [
    'one and several',
    'name: x\ndatabase: { tables: {} }\ndatabases: { a: { tables: {} } }\n',
    '3:1 databases: must not stand beside `database`: move that below `databases`, as a key of it',
  ],
  ['none of several', 'name: x\ndatabases: {}\n', '2:12 databases: must have a database at least (not a map)'],
  [
    'a name that stands in no command',
    'name: x\ndatabases: { a.b: { tables: {} } }\n',
    '2:14 databases.a.b: is not a legal name: it must start with a letter and go on with letters, digits, _ or -, at most 64 in all',
  ],
  [
    'two names that differ in case only',
    'name: x\ndatabases: { a: { tables: {} }, A: { tables: {} } }\n',
    '2:33 databases.A: is the same database as `a`: upper and lower case are the same',
  ],
  [
    'a mistake in one of several',
    'name: x\ndatabases: { a: { tables: { A: a.csv, a: b.csv, B: { sql: no.sql } } }, b: { dialect: oracle, tables: {} } }\n',
    '2:39 databases.a.tables.a: is the same table as `A`: SQL does not tell case apart',
    '2:59 databases.a.tables.B.sql: names a file that does not exist: "no.sql"',
    '2:87 databases.b.dialect: must be `trino` or `duckdb` (not "oracle")',
  ],
  [
    'queries and attributes tables that do not say what they read',
    `${both}queries:\n  q: queries/people.sql\n  r: { from: Customers }\nattributes_tables:\n  A: { sql: queries/people.sql }\n`,
    '4:6 queries.q: must be { sql: <file>, database: <key> }: there are several databases, crm, shop',
    '5:3 queries.r.database: is missing: there are several databases, crm, shop',
    '7:3 attributes_tables.A.database: is missing: there are several databases, crm, shop',
  ],
  [
    'a database that is not there',
    `${both}queries:\n  q: { sql: queries/people.sql, database: shopp }\n  r: { from: Customers, database: erp }\n`,
    '4:43 queries.q.database: is the key of no database: "shopp"; did you mean `shop`? Defined: crm, shop',
    '5:35 queries.r.database: is the key of no database: "erp". Defined: crm, shop',
  ],
  [
    'another database than the one there is',
    'name: x\ndatabase: { tables: {} }\nqueries: { q: { sql: queries/people.sql, database: crm } }\n',
    '3:52 queries.q.database: is the key of no database: "crm". Defined: database',
  ],
  [
    'a table of another database',
    `${both}queries: { q: { from: Loyal, database: shop } }\n`,
    '3:23 queries.q.from: is no table: "Loyal"',
  ],
  [
    'an attributes table with the name of a table of its database',
    `${both}attributes_tables: { loyal: { sql: queries/people.sql, database: crm } }\n`,
    '3:22 attributes_tables.loyal: is the same table as `Loyal`: SQL does not tell case apart',
  ],
]

describe('databases in deskside.yml', () => {
  it.each(good)('%s', async (_what, yaml, expected) => {
    await write('deskside.yml', yaml)
    expect(contents(await loadProject(dir(), {}))).toEqual(expected)
  })

  it.each(bad)('are refused: %s', async (_what, yaml, ...problems) => {
    expect(listed(await refusal(yaml))).toEqual(problems)
  })

  it('have a dialect, limits and personal columns of their own', async () => {
    await write('deskside.yml', `time_zone: Europe/Berlin\n${both}`)
    const { databases } = await loadProject(dir(), {})
    expect(databases.get('crm')).toMatchObject({
      dialect: 'trino',
      timeZone: 'Europe/Berlin',
      limits: { memoryMib: 572 },
    })
    expect(databases.get('shop')).toMatchObject({
      dialect: 'duckdb',
      timeZone: 'Europe/Berlin',
      limits: { memoryMib: 95 },
    })
    expect([databases.get('crm')!.pii.size, databases.get('shop')!.pii.get('Customers')]).toEqual([0, { note: true }])
  })

  it.each(good)('make the same project when they are stored in a server: %s', async (_what, yaml, expected) => {
    await write('deskside.yml', yaml)
    const { objects } = await readObjects(dir(), {})
    const stored = projectOf(objects, { dir: dir(), variable: () => undefined, secrets: new Map() })
    expect(contents(stored)).toEqual(expected)
    const { notes: _, ...loaded } = await loadProject(dir(), {})
    expect(stored).toEqual(loaded)
  })

  it('of what is stored must be said, and be there', async () => {
    await write('deskside.yml', both)
    const { objects } = await readObjects(dir(), {})
    const surroundings = { dir: dir(), variable: () => undefined, secrets: new Map() }
    const stored = (kind: string, key: string, body: object) =>
      projectOf([...objects, { kind, key, source: 'ui', body: body as never }], surroundings)
    const query = { sql: 'q.sql', text: 'SELECT 1' }
    const message = 'The query q must say which database it reads: The project has'
    expect(() => stored('query', 'q', query)).toThrow(`${message} 2 databases, and none is named.`)
    expect(() => stored('query', 'q', { ...query, database: 'erp' })).toThrow(`${message} no database erp.`)
    expect(contents(stored('query', 'q', { ...query, database: 'shop' })).shop).toContain('| q |')
    expect(() => stored('table', 'erp.A', { path: 'a.csv' })).toThrow('is of the database erp, which is not there')
    expect(contents(stored('table', 'shop.A', { path: 'a.csv' })).shop).toContain('Customers A |')
    expect(() => stored('table', 'A', { path: 'a.csv' })).toThrow('is of the database database, which is not there')
  })
})

describe('a table', () => {
  const keys = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,10}$/)
  const names = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,10}$/)
  const tables = fc.record({ database: fc.oneof(fc.constant(plainDatabase), keys), table: names })

  it('has one key and one full name, which are those of no other', () => {
    fc.assert(
      fc.property(tables, tables, (a, b) => {
        expect(tableOfKey(keyOfTable(a))).toEqual(a)
        expect(tableOfKey(fullName(a))).toEqual(a)
        const isOne = a.database === b.database && a.table === b.table
        expect(keyOfTable(a) === keyOfTable(b)).toBe(isOne)
        expect(fullName(a) === fullName(b)).toBe(isOne)
        if (isOne) expect(isSameTable(a, b)).toBe(true)
      }),
    )
    expect(isSameTable({ database: 'a', table: 'T' }, { database: 'a', table: 't' })).toBe(true)
    expect(isSameTable({ database: 'a', table: 'T' }, { database: 'b', table: 'T' })).toBe(false)
  })

  const found: [name: string, is: string][] = [
    ['Loyal', 'crm.Loyal'],
    ['loyal', 'crm.Loyal'],
    ['CRM.LOYAL', 'crm.Loyal'],
    ['shop.Customers', 'shop.Customers'],
    ['database.Customers', 'database.Customers'],
    ['customers', 'config.which_database Name one of: crm.Customers, shop.Customers, database.Customers.'],
    ['shop.Loyal', 'config.unknown_object Use one of: crm.Customers, crm.Loyal, shop.Customers, Customers.'],
    ['none', 'config.unknown_object Use one of: crm.Customers, crm.Loyal, shop.Customers, Customers.'],
  ]
  it.each(found)('called %s is %s', async (name, is) => {
    await write('deskside.yml', `name: x\ndatabases: { ${crm}, ${shop}, database: { tables: { Customers: c.csv } } }\n`)
    const project = await loadProject(dir(), {})
    const answer = () => {
      try {
        const { database, table } = tableNamed(project, name)
        return fullName({ database: database.key, table: table.name })
      } catch (error) {
        const { code, fix } = error as Problem
        return `${code} ${fix}`
      }
    }
    expect(answer()).toBe(is)
  })
})

it('what is asked for is of one database, or is nowhere', async () => {
  await write('deskside.yml', `${both}attributes_tables: { A: { sql: queries/people.sql, database: shop } }\n`)
  const project = await loadProject(dir(), {})
  expect(databaseNamed(project, 'shop').key).toBe('shop')
  const fix = 'Name one of: crm, shop.'
  for (const named of [null, 'erp'])
    expect(() => databaseNamed(project, named)).toThrow(expect.objectContaining({ code: 'config.which_database', fix }))
  expect(databaseOf(project, { kind: 'attributes_table', key: 'A' }).key).toBe('shop')
  expect(databaseOfAttributes(project, 'A').key).toBe('shop')
  for (const kind of ['query', 'segment', 'attributes_table'] as const)
    expect(() => databaseOf(project, { kind, key: 'none' })).toThrow(
      expect.objectContaining({ code: 'config.unknown_object' }),
    )
})

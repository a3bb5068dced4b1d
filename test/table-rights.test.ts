import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Actor } from '../src/access/authorize.ts'
import { rightsOf } from '../src/access/policies.ts'
import type { EditableKind } from '../src/control/control.ts'
import { admin, openServiceBench, peopleRows, type ServiceBench } from './service-bench.ts'

/** Who may change a table: whoever may send what is read from it, by whatever way, and nobody else. */

let bench: ServiceBench
beforeAll(async () => {
  bench = await openServiceBench({
    files: {
      'over.sql': 'SELECT external_id, email, name FROM Given',
      'view.sql': 'SELECT * FROM Given',
      'others.sql': 'SELECT external_id, email, name FROM people',
    },
  })
  await bench.project.write(peopleRows(3))
  await bench.edit((file) => {
    file.database!.tables!.view = { sql: 'view.sql' }
    file.destinations!.closed = { ...file.destinations!.zendesk, admin_only: true }
    file.attributes_tables = { Others: { sql: 'others.sql', id: 'external_id' } }
  })
  await bench.apply()
  const { definitions } = bench.service.control
  await definitions.create(admin, 'attributes_table', { key: 'Given', body: given })
})
afterAll(() => bench.close())

/** Has every right to define and to send, but for destinations of administrators. */
const analyst: Actor = {
  ...{ kind: 'user', id: 'analyst', email: 'analyst@example.com' },
  may: rightsOf({ policies: ['amp360_user'], options: [] }),
}

const given = { id: 'external_id', sql: 'given.sql', text: 'SELECT external_id, email, name FROM people' }
const sql = (text: string) => ({ sql: 'some.sql', text })
const rules = (field: string, operator: string, value: string) => ({
  combinator: 'and',
  rules: [{ field, operator, value }],
})
const everybody = { combinator: 'and', rules: [] }
const segment = (attributes: string, include: object = everybody) => ({ attributes, include })

type Made = [kind: EditableKind, key: string, body: object]
const sent = (kind: 'query' | 'segment' | 'attributes_table', key: string, destination = 'closed'): Made => [
  'orchestration',
  'sends',
  { [kind]: key, destination },
]

let made: Made[] = []
async function make(all: readonly Made[]): Promise<void> {
  for (const one of all) {
    const [kind, key, body] = one
    await bench.service.control.definitions.create(admin, kind, { key, body: body as never })
    made.push(one)
  }
}
afterEach(async () => {
  const { definitions } = bench.service.control
  for (const [kind, key] of made.reverse())
    await definitions.remove(admin, kind, key, (await definitions.get(admin, kind, key)).version)
  made = []
})

async function change(key: string, body: object): Promise<string> {
  const { definitions } = bench.service.control
  const { version } = await definitions.get(admin, 'attributes_table', key)
  return await definitions.update(analyst, 'attributes_table', key, { body: body as never, ifVersion: version }).then(
    () => 'changed',
    (problem) => problem.code as string,
  )
}

const cases: [why: string, made: Made[], may: boolean][] = [
  ['nothing reads it', [], true],
  ['the open destination gets it', [sent('attributes_table', 'Given', 'zendesk')], true],
  ['the closed one gets it', [sent('attributes_table', 'Given')], false],
  ['the closed one gets what another table holds', [sent('attributes_table', 'Others')], true],
  ['the closed one gets a segment of it', [['segment', 's', segment('Given')], sent('segment', 's')], false],
  ['the open one gets a segment of it', [['segment', 's', segment('Given')], sent('segment', 's', 'zendesk')], true],
  ['the closed one gets a segment of another table', [['segment', 's', segment('Others')], sent('segment', 's')], true],
  [
    'the closed one gets a segment with a segment of it',
    [
      ['segment', 'inner', segment('Given')],
      ['segment', 'outer', segment('Others', rules('external_id', 'inSegment', 'inner'))],
      sent('segment', 'outer'),
    ],
    false,
  ],
  [
    'the closed one gets a segment that looks into it',
    [['segment', 's', segment('Others', rules('external_id', 'inList', 'given'))], sent('segment', 's')],
    false,
  ],
  [
    'the closed one gets a segment whose SQL reads it',
    [['segment', 's', { attributes: 'Others', ...sql('SELECT external_id FROM given') }], sent('segment', 's')],
    false,
  ],
  [
    'the closed one gets a query over it',
    [['query', 'q', sql('WITH g AS (SELECT * FROM "GIVEN") SELECT * FROM g')], sent('query', 'q')],
    false,
  ],
  ['the closed one gets a query of rules over it', [['query', 'q', { from: 'Given' }], sent('query', 'q')], false],
  [
    'the closed one gets a query over a table over it',
    [['query', 'q', sql('SELECT external_id, name FROM view')], sent('query', 'q')],
    false,
  ],
  [
    'the closed one gets a query over an attributes table over it',
    [
      ['attributes_table', 'Upon', { ...given, text: 'SELECT external_id, name FROM Given' }],
      ['query', 'q', sql('SELECT * FROM Upon')],
      sent('query', 'q'),
    ],
    false,
  ],
  [
    'the closed one gets a query that speaks of it',
    [
      ['query', 'q', sql("SELECT external_id, name, 'Given' AS notes /* Given */ FROM people WHERE name <> 'Given'")],
      sent('query', 'q'),
    ],
    true,
  ],
  [
    'the closed one gets a query whose CTE has its name',
    [
      ['query', 'q', sql('WITH Given AS (SELECT * FROM people) SELECT external_id, name FROM Given')],
      sent('query', 'q'),
    ],
    true,
  ],
  ['a query over it is sent nowhere', [['query', 'q', sql('SELECT * FROM Given')]], true],
  ['somebody drafts a query over it', [['query_draft', 'people', sql('SELECT * FROM Given')]], true],
]

describe('an attributes table', () => {
  it.each(cases)('where %s', async (_why, others, may) => {
    await make(others)
    expect(await change('Given', { ...given, name: `Other ${made.length}` })).toBe(may ? 'changed' : 'access.denied')
  })

  it('is kept from whoever may not send a query that cannot be read and has its name', async () => {
    const broken = { id: 'external_id', sql: 'b.sql', text: 'SELECT external_id, name FROM people' }
    await make([
      ['attributes_table', 'Base', broken],
      ['query', 'q', sql('SELECT b.external_id, b.name FROM Base b')],
      sent('query', 'q'),
    ])
    expect(await change('Given', { ...given, name: 'Other' })).toBe('changed')
    // What is stored may have become unreadable: its tables have gone.
    const { store } = bench.service
    const { version } = await bench.service.control.definitions.get(admin, 'query', 'q')
    const body = sql('SELECT * FROM Given JOIN nowhere USING (external_id)')
    await store.definitions.update({ kind: 'query', key: 'q' }, body, { ifVersion: version, by: 'user/admin' })
    await bench.restart()
    expect(await change('Given', { ...given, name: 'Another' })).toBe('access.denied')
  })

  it('is not made by whoever may not send what would read it then', async () => {
    const { store } = bench.service
    await make([['query', 'q', sql('SELECT * FROM people')], sent('query', 'q')])
    const { version } = await bench.service.control.definitions.get(admin, 'query', 'q')
    const body = sql('SELECT external_id, name FROM Later')
    await store.definitions.update({ kind: 'query', key: 'q' }, body, { ifVersion: version, by: 'user/admin' })
    await bench.restart()
    const { definitions } = bench.service.control
    const create = (key: string) => definitions.create(analyst, 'attributes_table', { key, body: given })
    await expect(create('later')).rejects.toMatchObject({ code: 'access.denied' })
    await create('unread')
    made.push(['attributes_table', 'unread', given])
  })
})

describe('an attributes table of another database', () => {
  it('is kept from whoever may not send what reads one of its name there, and free where it has none', async () => {
    const several = await openServiceBench({
      project: {
        database: undefined,
        databases: {
          crm: { tables: { people: { path: 'people.csv', types: 'text' } } },
          shop: { tables: { people: { path: 'people.csv', types: 'text' } } },
        },
        queries: { people: { sql: 'people.sql', database: 'crm' } },
      },
    })
    try {
      await several.project.write(peopleRows(1))
      await several.edit((file) => {
        file.destinations!.closed = { ...file.destinations!.zendesk, admin_only: true }
      })
      await several.apply()
      const { definitions } = several.service.control
      const create = (actor: Actor, kind: EditableKind, key: string, body: object) =>
        definitions.create(actor, kind, { key, body: body as never })
      await create(admin, 'attributes_table', 'Given', { ...given, database: 'crm' })
      const query = await create(admin, 'query', 'q', { ...sql('SELECT * FROM people'), database: 'shop' })
      await create(admin, 'orchestration', 'sends', { query: 'q', destination: 'closed' })
      // It reads the one of its own database, which is not there yet.
      const body = { ...sql('SELECT * FROM Given'), database: 'shop' }
      await several.service.store.definitions.update({ kind: 'query', key: 'q' }, body, {
        ...{ ifVersion: query.version, by: 'user/admin' },
      })
      await several.restart()
      const change = async (database: string) => {
        const found = await several.service.control.definitions.get(admin, 'attributes_table', 'Given')
        return await several.service.control.definitions.update(analyst, 'attributes_table', 'Given', {
          ...{ body: { ...given, name: database, database }, ifVersion: found.version },
        })
      }
      expect((await change('crm')).version).toBe(2)
      await expect(change('shop')).rejects.toMatchObject({ code: 'access.denied' })
      // Of a query that says no database any more it cannot be told, so it may be this one.
      const { database: _, ...unsaid } = body
      const now = await several.service.control.definitions.get(admin, 'query', 'q')
      await several.service.store.definitions.update({ kind: 'query', key: 'q' }, unsaid, {
        ...{ ifVersion: now.version, by: 'user/admin' },
      })
      await several.restart()
      await expect(change('crm')).rejects.toMatchObject({ code: 'access.denied' })
    } finally {
      await several.close()
    }
  })
})

describe('with the right for one destination', () => {
  it('what it alone reads can be changed by who sees no personal values', async () => {
    const hidden: Actor = { ...analyst, may: rightsOf({ policies: ['amp360_user'], options: ['restrict_pii'] }) }
    await bench.edit((file) => {
      file.destinations!.limited = { ...file.destinations!.zendesk, limited_pii: true }
    })
    await bench.apply()
    const { definitions } = bench.service.control
    await make([sent('attributes_table', 'Given', 'limited')])
    const first = await definitions.get(admin, 'attributes_table', 'Given')
    const update = (ifVersion: number, name: string) =>
      definitions.update(hidden, 'attributes_table', 'Given', { body: { ...given, name }, ifVersion })
    const { version } = await update(first.version, 'One')
    const further: Made = ['orchestration', 'further', { attributes_table: 'Given', destination: 'zendesk' }]
    await make([further])
    await expect(update(version, 'Two')).rejects.toMatchObject({ code: 'access.denied', data: {} })
  })
})

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Actor } from '../src/access/authorize.ts'
import { rightsOf } from '../src/access/policies.ts'
import type { Content } from '../src/control/upload-file.ts'
import { openBench } from './project-bench.ts'
import { admin, openServiceBench, peopleRows, type ServiceBench, whole } from './service-bench.ts'

/** A project with two databases, which have tables of one name: what is read, known and uploaded in one is nothing to the other. */

const project = {
  database: undefined,
  databases: {
    crm: { tables: { people: { path: 'people.csv', types: 'text', pii: { city: false, note: false } } } },
    shop: {
      dialect: 'duckdb',
      tables: {
        people: { path: 'buyers.csv', types: 'text', pii: { note: true } },
        recent: { sql: 'recent.sql' },
      },
    },
  },
  attributes_tables: {
    Buyers: { sql: 'attributes.sql', id: 'external_id', database: 'shop' },
    Contacts: { sql: 'attributes.sql', id: 'external_id', database: 'crm' },
  },
  segments: {
    buyers: { attributes: 'Buyers', include: { combinator: 'and', rules: [] } },
    contacts: { attributes: 'Contacts', include: { combinator: 'and', rules: [] } },
  },
  queries: {
    people: { sql: 'people.sql', database: 'crm' },
    buyers: { sql: 'people.sql', database: 'shop' },
    recent: { from: 'recent', database: 'shop' },
  },
  orchestrations: {
    people: { query: 'people', destination: 'zendesk' },
    buyers: { query: 'buyers', destination: 'zendesk' },
    segment: { segment: 'buyers', destination: 'zendesk' },
    recent: { query: 'recent', destination: 'zendesk' },
  },
}
const files = {
  'attributes.sql': 'SELECT external_id, name, email FROM people',
  'recent.sql': 'SELECT external_id, name, email FROM people WHERE len(name) > 4',
  'buyers.csv':
    '_row,external_id,email,name,city,note\n1,b1,b1@example.com,Buyer 1,Rome,a\n2,b2,b2@example.com,Bea,Oslo,b\n',
}
const contact = { external_id: 'c1', email: 'c1@example.com', name: 'Contact', city: 'Rome', note: 'x' }

const request = { sample: null, full: false, live: false, planId: null, approve: false }

describe('two databases and one account', () => {
  it('each orchestration sends what its own database holds, and the other leaves it alone', async () => {
    const bench = await openBench({ project, files })
    try {
      await bench.write([contact])
      const run = (key: string) => bench.withApp((app) => app.run(key, request))
      expect(await run('people')).toMatchObject({ status: 'completed', rows: { total: 1, created: 1 } })
      expect(await run('buyers')).toMatchObject({ status: 'completed', rows: { total: 2, created: 2 } })
      expect(bench.users().map((user) => user.name)).toEqual(['Contact', 'Buyer 1', 'Bea'])
      for (const key of ['people', 'buyers']) expect((await run(key)).rows).toMatchObject({ created: 0, updated: 0 })
      await bench.write([{ ...contact, name: 'Changed' }])
      expect((await run('people')).rows).toMatchObject({ updated: 1 })
      expect((await run('buyers')).rows).toMatchObject({ unchanged: 2 })
      // A segment, and rules over a table by SQL in words that only this database knows.
      expect((await run('segment')).rows).toMatchObject({ total: 2, unchanged: 2 })
      expect((await run('recent')).rows).toMatchObject({ total: 1, unchanged: 1 })
    } finally {
      await bench.close()
    }
  })

  it('a query reads the tables of its own database alone', async () => {
    const bench = await openBench({ project, files: { ...files, 'over.sql': 'SELECT * FROM recent' } })
    try {
      await bench.write([contact])
      await bench.withApp(async (app) => {
        const sql = (text: string, database: string | null) =>
          app.preview({ sql: text, file: 'over.sql', part: null, database }, { limit: 9 })
        expect((await sql('SELECT name FROM people ORDER BY 1', 'crm')).rows).toEqual([['Contact']])
        expect((await sql('SELECT name FROM people ORDER BY 1', 'shop')).rows).toEqual([['Bea'], ['Buyer 1']])
        await expect(sql('SELECT * FROM recent', 'crm')).rejects.toMatchObject({
          code: 'query.invalid',
          message: expect.stringContaining('There is no table recent'),
        })
        await expect(sql('SELECT * FROM crm.people', 'shop')).rejects.toMatchObject({ code: 'query.forbidden' })
        await expect(sql('SELECT 1', null)).rejects.toMatchObject({
          code: 'config.which_database',
          fix: 'Name one of: crm, shop.',
        })
        expect(await app.count({ key: 'buyers' })).toMatchObject({ count: 2, total: 2 })
        expect(await app.count({ key: 'contacts' })).toMatchObject({ count: 1, total: 1 })
      })
    } finally {
      await bench.close()
    }
  })

  it('tables are listed with theirs, and named where two have one', async () => {
    const bench = await openBench({ project, files })
    try {
      await bench.write([contact])
      await bench.withApp(async (app) => {
        const names = async (database: string | null) =>
          (await app.tables(database)).map((one) => `${one.database} ${one.table} ${one.from} ${one.rows}`)
        const shop = ['shop people file 2', 'shop recent sql 1', 'shop Buyers attributes_table 2']
        expect(await names('shop')).toEqual(shop)
        expect(await names(null)).toEqual(['crm people file 1', 'crm Contacts attributes_table 1', ...shop])
        await expect(names('erp')).rejects.toMatchObject({ code: 'config.which_database' })
        const look = async (name: string) => {
          const { database, table, rows } = await app.table(name, { refresh: false })
          return [database, table, rows]
        }
        expect(await look('crm.people')).toEqual(['crm', 'people', 1])
        expect(await look('SHOP.PEOPLE')).toEqual(['shop', 'people', 2])
        expect(await look('recent')).toEqual(['shop', 'recent', 1])
        for (const ask of [look('people'), app.columns('people'), app.columnUses('people', 'name')])
          await expect(ask).rejects.toMatchObject({
            code: 'config.which_database',
            fix: 'Name one of: crm.people, shop.people.',
          })
        const uses = async (table: string, column: string) =>
          (await app.columnUses(table, column)).map(({ kind, key, orchestrations }) => [kind, key, ...orchestrations])
        expect(await uses('crm.people', 'email')).toEqual([
          ['attributes_table', 'Contacts'],
          ['segment', 'contacts'],
          ['query', 'people', 'people'],
        ])
        expect(await uses('shop.people', 'email')).toEqual([
          ['table', 'shop.recent'],
          ['attributes_table', 'Buyers'],
          ['segment', 'buyers', 'segment'],
          ['query', 'buyers', 'buyers'],
          ['query', 'recent', 'recent'],
        ])
      })
    } finally {
      await bench.close()
    }
  })
})

const content = (text: string): Content => ({ bytes: [Buffer.from(text)] as never, length: null })

describe('in a server', () => {
  let bench: ServiceBench
  beforeEach(async () => {
    bench = await openServiceBench({ project, files })
    await bench.project.write([contact])
    await bench.apply()
  })
  afterEach(() => bench.close())

  const control = () => bench.service.control
  const personal = async (table: string) => {
    const columns = await control().app(admin).columns(table)
    return Object.fromEntries(columns.map(({ column, effective }) => [column, `${effective.pii} ${effective.by}`]))
  }

  it('what is said of a column holds in its database, also for what is made of it', async () => {
    expect(await personal('crm.people')).toMatchObject({ note: 'false declared', city: 'false declared' })
    expect(await personal('shop.people')).toMatchObject({ note: 'true declared', city: 'false guessed' })
    const ofNote = async (key: string) => {
      const columns = await control().app(admin).piiOfOrchestration(key)
      return columns.flatMap(({ column, pii }) => (column === 'city' ? [pii] : []))
    }
    expect(await ofNote('people')).toEqual([false])
    await control().columns.confirm(admin, 'shop.people', { city: true })
    expect(await personal('shop.people')).toMatchObject({ city: 'true confirmed' })
    expect(await personal('crm.people')).toMatchObject({ city: 'false declared' })
    expect([await ofNote('people'), await ofNote('buyers')]).toEqual([[false], [true]])
    expect((await bench.service.store.columnTags.list()).map((tag) => [tag.table, tag.column])).toEqual([
      ['shop.people', 'city'],
    ])
    await expect(control().columns.confirm(admin, 'people', { city: true })).rejects.toMatchObject({
      code: 'store.not_found',
      message: 'There is no table people; there is crm.people and shop.people.',
    })
  })

  it('who may not see personal values sees those that are free in the one and hidden in the other', async () => {
    const hidden: Actor = {
      ...{ kind: 'user', id: 'hidden', email: 'hidden@example.com' },
      may: rightsOf({ policies: ['amp360_user'], options: ['restrict_pii'] }),
    }
    const notes = async (table: string) => {
      const { columns } = await control().tables.look(hidden, table, { refresh: false })
      return columns.find(({ column }) => column === 'note')?.figures?.examples.map(({ value }) => value)
    }
    expect(await notes('crm.people')).toEqual(['x'])
    expect(await notes('shop.people')).toEqual(['[hidden]', '[hidden]'])
    await control().tables.look(admin, 'shop.people', { refresh: false })
    const [line] = (await bench.service.store.activity.list({ action: 'pii:read' }, { limit: 1, cursor: null })).items
    expect(line).toMatchObject({ object: 'table/shop.people' })
  })

  it('files are uploaded into one of them, and are read by what reads that one', async () => {
    const upload = (database: string | undefined, text: string) =>
      control().tables.upload(admin, { key: 'vips', ...(database !== undefined && { database }) }, content(text))
    await expect(upload(undefined, 'external_id\n')).rejects.toMatchObject({ code: 'config.which_database' })
    await expect(upload('erp', 'external_id\n')).rejects.toMatchObject({ code: 'config.which_database' })
    expect(await upload('crm', 'external_id\nc1\n')).toMatchObject({
      key: 'crm.vips',
      status: { database: 'crm', table: 'vips', from: 'upload', rows: 1 },
    })
    await upload('shop', 'external_id\nb1\nb2\n')
    await expect(upload('shop', 'external_id\n')).rejects.toMatchObject({ code: 'store.conflict' })
    const taken = { key: 'BUYERS', database: 'shop' }
    await expect(control().tables.upload(admin, taken, content('id\n'))).rejects.toMatchObject({
      code: 'store.conflict',
    })
    await control().tables.upload(admin, { ...taken, database: 'crm' }, content('id\n1\n'))
    const text = 'SELECT p.* FROM people p JOIN vips USING (external_id)'
    const rules = { combinator: 'and', rules: [{ field: 'external_id', operator: 'inList', value: 'vips' }] }
    for (const [kind, key, body] of [
      ['query', 'vip', { sql: 'vip.sql', text, database: 'shop' }],
      ['segment', 'vip', { attributes: 'Contacts', include: rules as never }],
    ] as const)
      await control().definitions.create(admin, kind, { key, body })
    const definition = async (key: string) => await control().definitions.get(admin, 'table', key)
    expect([(await definition('crm.vips')).usedBy, (await definition('shop.vips')).usedBy]).toEqual([
      ['segment/vip'],
      ['query/vip'],
    ])
    const rows = async (kind: 'query' | 'segment') =>
      (await control().app(admin).preview({ kind, key: 'vip' }, { limit: 9 })).rows.length
    expect([await rows('query'), await rows('segment')]).toEqual([2, 1])
    const change = { ifVersion: 1 }
    await control().tables.replace(admin, 'shop.vips', change, content('external_id\nb2\n'))
    expect([await rows('query'), await rows('segment')]).toEqual([1, 1])
    await control().definitions.create(admin, 'orchestration', {
      key: 'vip',
      body: { query: 'vip', destination: 'zendesk' },
    })
    const { id } = await control().workflows.start(admin, 'vip', whole)
    expect(await bench.settled(id)).toMatchObject({ state: 'completed', rows: { total: 1, created: 1 } })
    for (const key of ['crm.vips', 'shop.vips'])
      await expect(control().tables.remove(admin, key, (await definition(key)).version)).rejects.toMatchObject({
        code: 'definition.in_use',
      })
    await bench.restart()
    expect([await rows('query'), await rows('segment')]).toEqual([1, 1])
  })

  it('a query says which one it reads, and that one must be there', async () => {
    const create = (body: object) => control().definitions.create(admin, 'query', { key: 'q', body: body as never })
    const query = { sql: 'q.sql', text: 'SELECT * FROM recent' }
    for (const body of [query, { ...query, database: 'erp' }, { from: 'people' }])
      await expect(create(body)).rejects.toMatchObject({
        code: 'definition.invalid',
        fix: expect.stringContaining('Name one of: crm, shop.'),
      })
    await expect(create({ ...query, database: 'crm' })).rejects.toMatchObject({ code: 'query.invalid' })
    await create({ ...query, database: 'shop' })
    const keys = async (kind: 'query' | 'table' | 'segment' | 'attributes_table', database: string) =>
      (await control().definitions.list(admin, kind, { database })).map(({ key }) => key)
    expect(await keys('query', 'shop')).toEqual(['buyers', 'q', 'recent'])
    expect(await keys('table', 'shop')).toEqual(['shop.people', 'shop.recent'])
    expect(await keys('segment', 'crm')).toEqual(['contacts'])
    expect(await keys('attributes_table', 'crm')).toEqual(['Contacts'])
    expect(await keys('table', 'erp')).toEqual([])
    expect((await control().definitions.get(admin, 'attributes_table', 'Buyers')).status).toMatchObject({
      database: 'shop',
      table: 'Buyers',
    })
  })

  it('an attributes table is no table of two names, nor moved where its name is taken', async () => {
    const given = { id: 'external_id', sql: 'a.sql', text: 'SELECT external_id, name FROM people' }
    const { definitions } = control()
    const create = (database: string) =>
      definitions.create(admin, 'attributes_table', { key: 'Recent', body: { ...given, database } })
    await expect(create('shop')).rejects.toMatchObject({
      code: 'definition.invalid',
      message: expect.stringContaining('There is a table shop.recent already'),
    })
    const { version } = await create('crm')
    const moved = { body: { ...given, database: 'shop' }, ifVersion: version }
    await expect(definitions.update(admin, 'attributes_table', 'Recent', moved)).rejects.toMatchObject({
      code: 'definition.invalid',
      message: expect.stringContaining('There is a table shop.recent already'),
    })
  })
})

describe('a project with one database that gets a second', () => {
  it('keeps what was said, made and uploaded, as long as the first keeps its key', async () => {
    const bench = await openServiceBench()
    try {
      await bench.project.write(peopleRows(2))
      await writeFile(join(bench.project.dir, 'buyers.csv'), files['buyers.csv'])
      await bench.apply()
      expect(await bench.run()).toMatchObject({ rows: { created: 2 } })
      const { definitions, tables, columns } = bench.service.control
      await tables.upload(admin, { key: 'vips' }, content('external_id\n1\n'))
      await columns.confirm(admin, 'people', { name: false })
      const body = { sql: 'vip.sql', text: 'SELECT p.* FROM people p JOIN vips USING (external_id)' }
      const query = await definitions.create(admin, 'query', { key: 'vip', body })
      const first = { people: { path: 'people.csv', types: 'text' } }
      const shop = { tables: { people: 'buyers.csv' } }
      const become = (databases: object) =>
        bench.edit((file) => {
          delete (file as { database?: unknown }).database
          file.databases = databases as never
          file.queries!.people = { sql: 'people.sql', database: Object.keys(databases)[0] }
        })
      // What was made here says of no database that it reads it.
      await become({ database: { tables: first }, shop })
      await expect(bench.apply()).rejects.toMatchObject({
        code: 'store.conflict',
        message: expect.stringContaining('The query vip must say which database it reads'),
      })
      const { version } = query
      await definitions.update(admin, 'query', 'vip', { body: { ...body, database: 'database' }, ifVersion: version })
      await bench.apply()
      expect((await definitions.get(admin, 'table', 'vips')).usedBy).toEqual(['query/vip'])
      const tag = async (name: string) => {
        const found = (await bench.service.app.columns(name)).find(({ column }) => column === 'name')
        return found?.effective
      }
      expect(await tag('database.people')).toEqual({ pii: false, by: 'confirmed' })
      expect(await tag('shop.people')).toEqual({ pii: true, by: 'guessed' })
      // Nothing is sent again, because nothing is another.
      expect(await bench.run()).toMatchObject({ rows: { unchanged: 2, created: 0, updated: 0 } })
      // Under another key it is another database, and what was uploaded has none.
      await become({ crm: { tables: first }, shop })
      await expect(bench.apply()).rejects.toMatchObject({
        code: 'store.conflict',
        message: expect.stringContaining('does not fit to deskside.yml any more'),
      })
    } finally {
      await bench.close()
    }
  })
})

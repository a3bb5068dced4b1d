import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from './test-server.ts'

/** Two databases over HTTP. */

let server: TestServer
beforeAll(async () => {
  server = await openTestServer({
    files: {
      'attributes.sql': 'SELECT external_id, name, email FROM people',
      'buyers.csv': 'external_id,email,name\n1,b1@example.com,Ben\n2,b2@example.com,Bo\n',
      'loyal.sql': 'SELECT * FROM people',
    },
    project: {
      database: undefined,
      databases: {
        database: { tables: { people: { path: 'people.csv', types: 'text' } } },
        shop: { tables: { people: 'buyers.csv', loyal: { sql: 'loyal.sql' } } },
      },
      attributes_tables: { Buyers: { sql: 'attributes.sql', id: 'external_id', database: 'shop' } },
      queries: { people: { sql: 'people.sql', database: 'database' } },
    },
  })
  await server.project.write([{ external_id: '1', email: 'ada@example.com', name: 'Ada' }])
})
afterAll(() => server.close())

const get = (path: string) => server.call('GET', `/api/v1${path}`)
const post = (path: string, body: unknown) => server.call('POST', `/api/v1${path}`, { body })
const keysOf = async (path: string) => (await get(path)).json.items.map(({ key }: { key: string }) => key)

describe('over HTTP, tables', () => {
  it('are listed with their database, and by it', async () => {
    expect(await keysOf('/tables')).toEqual(['people', 'shop.loyal', 'shop.people'])
    expect(await keysOf('/tables?database=shop')).toEqual(['shop.loyal', 'shop.people'])
    expect(await keysOf('/tables?database=database')).toEqual(['people'])
    expect(await keysOf('/tables?database=none')).toEqual([])
    expect(await keysOf('/attributes-tables?database=shop')).toEqual(['Buyers'])
    const { json: look } = await get('/attributes-tables/Buyers/columns')
    expect(look).toMatchObject({ table: 'Buyers', database: 'shop' })
    expect(await keysOf('/queries?database=shop')).toEqual([])
    const [plain, , other] = (await get('/tables')).json.items
    expect(plain).toMatchObject({ status: { database: 'database', table: 'people' }, used_by: ['query/people'] })
    expect(other).toMatchObject({
      status: { database: 'shop', table: 'people' },
      used_by: ['attributes_table/Buyers', 'table/shop.loyal'],
    })
  })

  it('are looked at by the key, which says which', async () => {
    expect((await get('/tables/people/columns')).json).toMatchObject({ database: 'database', table: 'people', rows: 1 })
    expect((await get('/tables/shop.people/columns')).json).toMatchObject({
      database: 'shop',
      table: 'people',
      rows: 2,
    })
    expect(await get('/tables/loyal/columns')).toMatchObject({
      status: 404,
      json: { code: 'store.not_found', detail: expect.stringContaining('there is shop.loyal') },
    })
    const uses = async (table: string) => (await get(`/tables/${table}/columns/email/uses`)).json
    expect((await uses('shop.people')).items).toMatchObject([
      { kind: 'table', key: 'shop.loyal', effect: 'loses' },
      { kind: 'attributes_table', key: 'Buyers', effect: 'breaks' },
    ])
    expect((await uses('database.people')).items).toMatchObject([{ kind: 'query', key: 'people' }])
    expect(await uses('people')).toMatchObject({ code: 'config.which_database' })
  })

  it('are tagged each for itself', async () => {
    const put = (table: string) =>
      server.call('PUT', `/api/v1/tables/${table}/columns`, { body: { columns: { email: false } } })
    const tags = async (table: string) =>
      (await get(`/tables/${table}/columns`)).json.items.find((one: { column: string }) => one.column === 'email').by
    expect((await put('shop.people')).status).toBe(200)
    expect([await tags('people'), await tags('shop.people')]).toEqual(['guessed', 'confirmed'])
    expect((await put('people')).status).toBe(200)
    expect(await tags('people')).toBe('confirmed')
    expect((await put('shop.none')).status).toBe(404)
  })

  it('are uploaded into one, replaced and deleted by their keys', async () => {
    const send = (method: string, path: string, more: object = {}) =>
      server.call(method, `/api/v1${path}`, { headers: { 'content-type': 'text/csv', ...more }, body: 'id\n1\n' })
    expect(await send('POST', '/tables?key=vips')).toMatchObject({
      status: 422,
      json: { code: 'config.which_database', fix: 'Name one of: database, shop.' },
    })
    expect(await send('POST', '/tables?key=shop.vips&database=shop')).toMatchObject({ status: 400 })
    expect(await send('POST', '/tables?key=vips&database=shop')).toMatchObject({
      status: 201,
      json: { key: 'shop.vips', source: 'ui', status: { database: 'shop', table: 'vips', rows: 1 } },
    })
    expect((await send('POST', '/tables?key=vips&database=database')).json).toMatchObject({ key: 'vips' })
    expect(await send('PUT', '/tables/shop.vips/content', { 'if-match': '"1"' })).toMatchObject({
      json: { key: 'shop.vips', version: 2 },
    })
    const gone = await server.call('DELETE', '/api/v1/tables/shop.vips', { headers: { 'if-match': '"2"' } })
    expect(gone.status).toBe(204)
    expect(await keysOf('/tables?database=shop')).not.toContain('shop.vips')
    expect(await keysOf('/tables')).toContain('vips')
  })
})

describe('over HTTP, SQL', () => {
  it('is tried in the database that is named', async () => {
    const tried = async (database?: string) =>
      (await post('/queries/try', { sql: 'SELECT name FROM people', database })).json
    expect((await tried('database')).rows).toEqual([['Ada']])
    expect((await tried('shop')).rows).toEqual([['Ben'], ['Bo']])
    for (const none of [undefined, 'none'])
      expect(await tried(none)).toMatchObject({ code: 'config.which_database', status: 422 })
  })

  it('of queries, drafts and segments is that of one', async () => {
    const body = { sql: 'q.sql', text: 'SELECT * FROM loyal' }
    expect(await post('/queries', { key: 'q', body })).toMatchObject({
      status: 422,
      json: { code: 'definition.invalid', problems: [{ path: 'database', message: 'is missing' }] },
    })
    expect((await post('/query-drafts', { key: 'q', body })).status).toBe(201)
    expect(
      await server.call('POST', '/api/v1/query-drafts/q/activate', { headers: { 'if-match': '"1"' } }),
    ).toMatchObject({
      status: 422,
    })
    const draft = { body: { ...body, database: 'shop' } }
    await server.call('PUT', '/api/v1/query-drafts/q', { headers: { 'if-match': '"1"' }, body: draft })
    const active = await server.call('POST', '/api/v1/query-drafts/q/activate', { headers: { 'if-match': '"2"' } })
    expect(active).toMatchObject({ status: 200, json: { body: { database: 'shop' } } })
    expect((await get('/queries/q/preview')).json.rows).toHaveLength(2)
    expect(await keysOf('/queries?database=shop')).toEqual(['q'])
    const everybody = { attributes: 'Buyers', include: { combinator: 'and', rules: [] } }
    expect((await post('/segments/count', { body: everybody })).json).toMatchObject({ count: 2, total: 2 })
    await post('/segments', { key: 's', body: everybody })
    expect(await keysOf('/segments?database=shop')).toEqual(['s'])
    expect((await get('/segments/s/sql')).json.sql).toContain('FROM "Buyers"')
  })

  it('of a segment is not made of a segment of another database', async () => {
    await writeFile(join(server.project.dir, 'contacts.sql'), 'SELECT external_id, name FROM people')
    const contacts = {
      id: 'external_id',
      sql: 'c.sql',
      text: 'SELECT external_id, name FROM people',
      database: 'database',
    }
    await post('/attributes-tables', { key: 'Contacts', body: contacts })
    const rules = [{ field: 'external_id', operator: 'inSegment', value: 's' }]
    const made = await post('/segments', {
      key: 'of',
      body: { attributes: 'Contacts', include: { combinator: 'and', rules } },
    })
    expect(made).toMatchObject({ status: 422, json: { code: 'segment.invalid' } })
    expect(made.json.detail).toContain('include.rules.0.value: s is the key of no segment')
  })
})

import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { RemoteApp } from '../cli/remote-app.ts'
import { openTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await openTestServer({
    project: {
      database: {
        tables: {
          people: { path: 'people.csv', types: 'text', pii: { city: true } },
        },
      },
      queries: { people: 'people.sql' },
    },
  })
  await server.project.write([
    { external_id: '1', email: 'ada@example.com', name: 'Ada', city: 'Rome', memo: null },
    { external_id: '2', email: 'ben@example.com', name: 'Ben', city: 'Oslo', memo: 'ask ben@example.com' },
  ])
})
afterAll(() => server.close())

const path = '/api/v1/tables/people/columns'
const put = (columns: unknown, key?: string) => server.call('PUT', path, { body: { columns }, ...(key && { key }) })
const tags = (json: { items: { column: string; pii: boolean; by: string }[] }) =>
  Object.fromEntries(json.items.map(({ column, pii, by }) => [column, `${pii} ${by}`]))

describe('over HTTP, the columns of a table', () => {
  it('are listed with what is known of each', async () => {
    utimesSync(join(server.project.dir, 'people.csv'), 7, 7)
    const { status, json } = await server.call('GET', path)
    expect(status).toBe(200)
    expect(tags(json)).toEqual({
      _row: 'false guessed',
      external_id: 'false guessed',
      email: 'true guessed',
      name: 'true guessed',
      city: 'true declared',
      memo: 'true guessed',
    })
    expect(json.items.at(-1)).toEqual({
      column: 'memo',
      type: 'VARCHAR',
      semantic: 'email',
      pii: true,
      by: 'guessed',
      guess: { pii: true, why: '100 % of its values look like an e-mail address' },
      declared: null,
      confirmed: null,
      sample: { rows: 2, null_share: 0.5, distinct: 1 },
      ...{ completeness: 0.5, distinct: 1, uniqueness: 1, distinct_is_exact: true },
      ...{ kind: 'text', operators: expect.arrayContaining(['contains', 'inList']) },
      examples: [{ value: 'ask ben@example.com', rows: 1 }],
    })
    expect(json).toMatchObject({
      ...{ table: 'people', from: 'file', source: 'people.csv', rows: 2, columns: 6, problem: null },
      last_loaded_at: '1970-01-01T00:00:07.000Z',
    })
  })

  it('are confirmed, in any case, and taken back; what deskside.yml declares goes before it', async () => {
    const { status, json } = await put({ MEMO: false, city: false, external_id: true })
    expect(status).toBe(200)
    expect(tags(json)).toMatchObject({ memo: 'false confirmed', city: 'true declared', external_id: 'true confirmed' })
    expect(json.items.find((one: { column: string }) => one.column === 'city')).toMatchObject({ confirmed: false })
    expect((await server.service.store.columnTags.list()).map(({ column }) => column)).toEqual([
      'city',
      'external_id',
      'memo',
    ])
    expect(tags((await put({ memo: null, city: null, external_id: null })).json).memo).toBe('true guessed')
    expect(await server.service.store.columnTags.list()).toEqual([])
  })

  it('decide what of a query is personal, and some attributes are so whatever was said', async () => {
    const { app } = server.service
    await put({ email: false, name: false, memo: false })
    const personal = (await app.piiOfOrchestration('people')).filter((one) => one.pii).map((one) => one.column)
    expect(personal).toEqual(['email', 'name', 'city'])
    await put({ email: null, name: null, memo: null })
  })

  it('leave a line in the activity log when they are tagged', async () => {
    await put({ memo: true })
    const { items } = await server.service.store.activity.list({ action: 'column:tag' }, { limit: 1, cursor: null })
    expect(items[0]).toMatchObject({ object: 'table/people', allowed: true, detail: { columns: { memo: true } } })
    await put({ memo: null })
  })

  test.each<[string, () => Promise<{ status: number; json: { code: string } }>, number, string]>([
    ['a column that is not there', () => put({ memo: true, none: true }), 422, 'definition.invalid'],
    ['something else than yes, no or nothing', () => put({ memo: 'yes' }), 400, 'api.invalid'],
    ['a table that is not there', () => server.call('GET', '/api/v1/tables/none/columns'), 404, 'store.not_found'],
    [
      'somebody who may only read',
      async () => put({ memo: true }, await server.makeKey('project:read')),
      403,
      'access.denied',
    ],
    [
      'somebody who may not read',
      async () => server.call('GET', path, { key: await server.makeKey('column:tag') }),
      403,
      'access.denied',
    ],
  ])('are not shown or changed for %s', async (_, ask, status, code) => {
    const answer = await ask()
    expect([answer.status, answer.json.code]).toEqual([status, code])
    expect(await server.service.store.columnTags.list()).toEqual([])
  })

  it('show no value to who may not see it, and leave a line where one is shown', async () => {
    const { text, json } = await server.call('GET', path, { key: await server.makeKey('project:read') })
    expect(text).not.toMatch(/Ada|ben@|Rome|Oslo/)
    expect(json.items.at(-1).examples).toEqual([{ value: '[hidden]', rows: 1 }])
    const lines = async () =>
      (await server.service.store.activity.list({ action: 'pii:read' }, { limit: 50, cursor: null })).items
    const before = (await lines()).length
    await server.call('GET', path)
    const after = await lines()
    expect(after.length).toBe(before + 1)
    expect(after[0]).toMatchObject({ object: 'table/people', detail: { columns: ['email', 'name', 'city', 'memo'] } })
  })

  it('are counted once, and again when the file was written or somebody asks for it', async () => {
    const look = async (method = 'GET', of = path) => (await server.call(method, of)).json.looked_at
    const first = await look()
    expect(await look()).toBe(first)
    const again = await look('POST', '/api/v1/tables/people/refresh')
    expect(again > first).toBe(true)
    expect(await look()).toBe(again)
    expect((await server.call('GET', '/api/v1/tables/people')).json.status).toMatchObject({
      ...{ from: 'file', source: 'people.csv', rows: 2, looked_at: again },
      columns: expect.arrayContaining(['email', 'name']),
    })
    utimesSync(join(server.project.dir, 'people.csv'), 1, 1)
    expect((await server.call('GET', '/api/v1/tables/people')).json.status).toMatchObject({
      ...{ rows: null, columns: null, last_loaded_at: '1970-01-01T00:00:01.000Z', looked_at: null },
    })
    expect((await look()) > again).toBe(true)
  })

  it('are the same to a command beside the server', async () => {
    await put({ memo: false })
    const remote = new RemoteApp({ url: server.url, token: server.cliToken })
    try {
      expect(await remote.columns('people')).toEqual(await server.service.app.columns('people'))
      expect(await remote.tables(null)).toEqual(await server.service.app.tables(null))
      const table = ['people', { refresh: false }] as const
      expect(await remote.table(...table)).toEqual(await server.service.app.table(...table))
      expect(await remote.piiOfOrchestration('people')).toEqual(await server.service.app.piiOfOrchestration('people'))
    } finally {
      await remote.close()
    }
    await put({ memo: null })
  })
})

it('what deskside.yml declares of columns comes to the server with the table', async () => {
  const definition = await server.call('GET', '/api/v1/tables/people')
  expect(definition.json.body).toMatchObject({ pii: { city: true } })
})

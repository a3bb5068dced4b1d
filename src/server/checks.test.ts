import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RemoteApp } from '../cli/remote-app.ts'
import { openTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await openTestServer({
    sql: 'SELECT external_id, email, name, details AS city, details AS role FROM people',
    files: { 'attributes.sql': 'SELECT external_id, email, name, details FROM people' },
    project: {
      attributes_tables: { Attributes: { sql: 'attributes.sql', id: 'external_id' } },
      segments: {
        all: { attributes: 'Attributes', include: { combinator: 'and', rules: [] } },
        nameless: { attributes: 'Attributes', include: { combinator: 'and', rules: [] }, fields: ['email'] },
      },
    },
  })
  await server.project.write([
    { external_id: '1', email: 'ada@example.com', name: 'Ada Quellenhof', details: 'gold' },
    { external_id: '2', email: 'ben@example.com', name: 'Ben', details: null },
  ])
  const account = { plugin: 'zendesk', credential: 'zendesk', subdomain: server.project.emulator.subdomain }
  const body = { ...account, base_url: server.project.emulator.url, admin_only: true, limited_pii: true }
  const made = await server.call('POST', '/api/v1/destinations', { body: { key: 'secret', body } })
  expect(made.status, made.text).toBe(201)
})
afterAll(() => server.close())

const get = (path: string, more = {}) => server.call('GET', `/api/v1${path}`, more)
const check = '/queries/people/check?destination=zendesk'

describe('a check over HTTP', () => {
  it('tells of each column what becomes of it, and what keeps the whole from being sent', async () => {
    const { status, json } = await get(check)
    expect(status).toBe(200)
    expect(json).toMatchObject({
      ...{ sent: { kind: 'query', key: 'people' }, destination: 'zendesk', live: true, ok: false },
      ...{ limited_pii: false, may_send: true },
      problems: [{ code: 'mapping.refused_attribute', columns: ['role'] }],
    })
    expect(json.columns.map(({ column, use, becomes }: Record<string, string>) => [column, use, becomes])).toEqual([
      ['external_id', 'sent', 'external_id'],
      ['email', 'sent', 'email'],
      ['name', 'sent', 'name'],
      ['city', 'ignored', null],
      ['role', 'refused', null],
    ])
  })

  it('of segments and attributes tables, and without the account', async () => {
    expect((await get('/segments/all/check?destination=zendesk')).json).toMatchObject({ ok: true, live: true })
    const nameless = await get('/segments/nameless/check?destination=zendesk&live=false')
    expect(nameless.json).toMatchObject({
      ok: false,
      live: false,
      problems: [{ code: 'mapping.no_name', columns: [] }],
    })
    const table = await get('/attributes-tables/Attributes/check?destination=zendesk')
    expect(table.json).toMatchObject({ ok: true, columns: [{ column: 'external_id' }, {}, {}, { becomes: 'details' }] })
  })

  it('of SQL that is not saved, with mistakes at their place', async () => {
    const asked = (body: object) => server.call('POST', '/api/v1/queries/check', { body })
    const sql = 'SELECT external_id, email, name, details AS role FROM people'
    expect((await asked({ sql, destination: 'zendesk' })).json).toMatchObject({
      ...{ sent: null, destination: 'zendesk', live: true, ok: false },
      columns: [{ use: 'sent' }, { use: 'sent', personal: true }, { use: 'sent' }, { column: 'role', use: 'refused' }],
    })
    const wrong = await asked({ sql: 'SELECT email,\n  nmae FROM people', destination: 'zendesk', live: false })
    expect(wrong).toMatchObject({ status: 422, json: { code: 'query.invalid', line: 2 } })
    expect((await asked({ sql, destination: 'none' })).status).toBe(404)
    expect((await asked({ sql, destination: 'zendesk', database: 'none' })).json.code).toBe('config.which_database')
  })

  it.each([
    ['/queries/none/check?destination=zendesk', 404],
    ['/queries/people/check?destination=none', 404],
    ['/queries/people/check', 400],
    ['/queries/people/check?destination=zendesk&live=perhaps', 400],
  ])('%s is %d', async (path, status) => expect((await get(path)).status).toBe(status))

  it('changes nothing in the account, and goes through the door of commands alike', async () => {
    server.project.emulator.clearCalls()
    const app = new RemoteApp({ url: server.url, token: server.cliToken })
    try {
      const found = await app.checkColumns({ kind: 'query', key: 'people' }, 'zendesk', { live: true })
      expect(found).toEqual((await get(check)).json)
      await expect(app.checkColumns({ kind: 'query', key: 'none' }, 'zendesk', { live: false })).rejects.toMatchObject({
        code: 'config.unknown_object',
      })
    } finally {
      await app.close()
    }
    expect(server.project.writes()).toEqual([])
  })
})

describe('who', () => {
  it('may not see a destination finds none there', async () => {
    const asked = { key: null, headers: (await server.makeUser(['amp360_user'])).headers }
    const path = '/queries/people/check?destination='
    expect((await get(`${path}secret`)).json).toMatchObject({ destination: 'secret', limited_pii: true })
    const [hidden, none] = [await get(`${path}secret`, asked), await get(`${path}none`, asked)]
    expect([hidden.status, none.status]).toEqual([404, 404])
    const plain = ({ json: { request_id, ...rest } }: typeof hidden) =>
      JSON.stringify(rest).replaceAll('secret', 'none')
    expect(plain(hidden)).toBe(plain(none))
  })

  it('may not see personal values sees the columns alike, and hears whether they may be sent', async () => {
    const asked = { key: null, headers: (await server.makeUser(['datagrid_operator'], ['restrict_pii'])).headers }
    const open = await get(check)
    const restricted = await get(check, asked)
    expect(restricted.json).toEqual({ ...open.json, may_send: false })
    expect((await get('/queries/people/check?destination=secret', asked)).json).toMatchObject({ may_send: true })
    expect(restricted.text).not.toContain('Quellenhof')
    const nameless = await get('/segments/nameless/check?destination=zendesk', asked)
    expect(nameless.json.problems[0].message).toBe('The query has no column `name`.')
  })

  it('may not see personal values hears of an account that cannot be read, and not in its words', async () => {
    const asked = { key: null, headers: (await server.makeUser(['datagrid_operator'], ['restrict_pii'])).headers }
    server.project.emulator.faults({ kind: 'status', status: 418, times: 'always' })
    const [open, restricted] = [await get(check), await get(check, asked)]
    server.project.emulator.clearFaults()
    const code = 'zendesk.unexpected_answer'
    expect([open.status, open.json.live, open.json.problems[0].code]).toEqual([200, false, code])
    expect(restricted.json.problems[0]).toMatchObject({ code, message: expect.stringMatching(/is hidden/) })
    expect(restricted.json.problems[1]).toEqual(open.json.problems[1])
  })

  it('may not run SQL has none of their own looked at', async () => {
    const body = { sql: 'SELECT email FROM people', destination: 'zendesk', live: false }
    const check = (key: string) => server.call('POST', '/api/v1/queries/check', { key, body })
    const lacks = await server.makeKey('destination:read', 'project:read')
    expect((await check(lacks)).json).toMatchObject({ code: 'access.denied' })
    expect((await check(await server.makeKey('destination:read', 'project:read', 'query:run'))).status).toBe(200)
  })

  it('may not see what is defined is denied', async () => {
    const key = await server.makeKey('destination:read')
    expect((await get(check, { key })).json).toMatchObject({ code: 'access.denied' })
    expect((await get('/segments/all/check?destination=zendesk', { key })).status).toBe(403)
    const both = await server.makeKey('destination:read', 'segment:read')
    expect((await get('/segments/all/check?destination=zendesk', { key: both })).status).toBe(200)
    expect((await get(check, { key: await server.makeKey('project:read') })).status).toBe(403)
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { children } from '../../test/children.ts'
import { openTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await openTestServer({
    files: { 'attributes.sql': 'SELECT external_id, email, name, details FROM people' },
    project: {
      attributes_tables: { Attributes: { sql: 'attributes.sql', id: 'external_id' } },
      orchestrations: { people: { query: 'people', destination: 'zendesk' } },
    },
  })
  await server.project.write([
    { external_id: '1', email: 'ada@example.com', name: 'Ada Quellenhof', details: 'gold' },
    { external_id: '2', email: 'ben@example.com', name: '=1+1', details: null },
    { external_id: '3', email: 'cyd@example.com', name: 'Cyd', details: 'iron' },
  ])
})
afterAll(() => server.close())

type Answer = Awaited<ReturnType<TestServer['call']>>
const post = (path: string, body: unknown, more = {}) => server.call('POST', `/api/v1${path}`, { body, ...more })
const get = (path: string, more = {}) => server.call('GET', `/api/v1${path}`, more)
const edit = (method: string, path: string, of: Answer, body?: unknown, more: Record<string, string> = {}) =>
  server.call(method, `/api/v1${path}`, {
    ...(more.key === undefined ? {} : { key: null }),
    headers: { ...more, 'if-match': of.headers.get('etag')! },
    ...(body === undefined ? {} : { body }),
  })

const sql = (text: string, more = {}) => ({ sql: 'mine.sql', text, ...more })

describe('queries', () => {
  it('are made, checked, changed, and deleted when nothing uses them', async () => {
    const wrong = await post('/queries', { key: 'mine', body: sql('SELECT\n  nothing\nFROM people') })
    expect(wrong).toMatchObject({ status: 422, json: { code: 'query.invalid' } })
    expect(wrong.text).toContain('mine.sql:2:3')
    expect((await post('/queries', { key: 'mine', body: sql('DELETE FROM people') })).status).toBe(422)
    expect((await post('/queries', { key: 'mine', body: { sql: 'mine.sql' } })).text).toContain('text')
    const made = await post('/queries', { key: 'mine', body: sql('SELECT email, name FROM people', { name: 'Mine' }) })
    expect(made).toMatchObject({ status: 201, json: { kind: 'query', source: 'ui', used_by: [] } })
    const taken = await post('/queries', { key: 'people', body: sql('SELECT 1 AS email') })
    expect(taken).toMatchObject({ status: 409, json: { code: 'store.conflict' } })
    await post('/orchestrations', { key: 'mine', body: { query: 'mine', destination: 'zendesk' } })
    expect(await edit('DELETE', '/queries/mine', await get('/queries/mine'))).toMatchObject({
      status: 409,
      json: { code: 'definition.in_use' },
    })
    const orchestration = await get('/orchestrations/mine')
    expect((await edit('DELETE', '/orchestrations/mine', orchestration)).status).toBe(204)
    expect((await edit('DELETE', '/queries/mine', await get('/queries/mine'))).status).toBe(204)
  })

  it('from git are read only, and copied into one that is not', async () => {
    const people = await get('/queries/people')
    const put = await edit('PUT', '/queries/people', people, { body: sql('SELECT 1 AS email') })
    expect(put).toMatchObject({ status: 409, json: { code: 'definition.from_git' } })
    const copy = await post('/queries/people/clone', { name: 'Copy of people' })
    expect(copy).toMatchObject({ status: 201, json: { key: 'copy_of_people', source: 'ui' } })
    expect((await get('/queries/copy_of_people/preview')).json.rows).toHaveLength(3)
  })

  it('that were made here are sent, as they were when the run began', async () => {
    await post('/queries', { key: 'gold', body: sql("SELECT * FROM people WHERE details = 'gold'") })
    await post('/orchestrations', { key: 'gold', body: { query: 'gold', destination: 'zendesk' } })
    let workflow = (await post('/orchestrations/gold/runs', undefined)).json
    while (workflow.state === 'waiting' || workflow.state === 'running')
      workflow = (await get(`/workflows/${workflow.id}`)).json
    expect(workflow).toMatchObject({ state: 'completed', rows: { total: 1, created: 1 } })
    const stored = await server.service.store.workflows.get(workflow.id)
    expect(stored?.launched).toMatchObject({ query: { key: 'gold' } })
  })

  it('tell their last run, and what a draft would change', async () => {
    expect((await get('/queries/people')).json.status).toEqual({ state: 'not_run', last_workflow: null })
    const { id, state } = await server.run()
    expect((await get('/queries/people')).json.status).toMatchObject({
      state,
      last_workflow: { id, orchestration: 'people', state, rows: 3 },
    })
    await post('/query-drafts', { key: 'people', body: sql('SELECT email FROM people', { based_on: 1 }) })
    const changes = await get('/query-drafts/people/changes')
    expect(changes).toMatchObject({ status: 200, json: { version: 1, used_by: ['orchestration/people'] } })
    expect(changes.json.diff).toContain('+text: SELECT email FROM people')
    expect((await edit('DELETE', '/query-drafts/people', await get('/query-drafts/people'))).status).toBe(204)
    expect((await get('/query-drafts/people/changes')).status).toBe(404)
  })

  it('are found by text, folder and label', async () => {
    const file = (folder: string, labels: string[]) => ({ folder, labels })
    await post('/queries', { key: 'f1', body: sql('SELECT 1 AS a', file('Shop/News', ['daily', 'vip'])) })
    await post('/queries', { key: 'f2', body: sql('SELECT 1 AS a', { ...file('Shop', ['vip']), name: 'Winter SALE' }) })
    await post('/queries', { key: 'f3', body: sql('SELECT 1 AS a', file('Shopping', ['once'])) })
    const keys = async (query: string) =>
      (await get(`/queries?${query}`)).json.items.map(({ key }: { key: string }) => key)
    expect(await keys('folder=Shop')).toEqual(['f1', 'f2'])
    expect(await keys('label=daily&label=once')).toEqual(['f1', 'f3'])
    expect(await keys('q=sale')).toEqual(['f2'])
    expect(await keys('folder=Shop&label=daily')).toEqual(['f1'])
    for (const bad of [file('a/b/c/d', []), file('a//b', []), file('a', ['no spaces'])])
      expect((await post('/queries', { key: 'f4', body: sql('SELECT 1 AS a', bad) })).status).toBe(422)
  })
})

describe('a draft', () => {
  it('may be wrong, sends nothing, and becomes the query when it is activated', async () => {
    const draft = await post('/query-drafts', { key: 'fresh', body: sql('SELECT nothing FROM') })
    expect(draft).toMatchObject({ status: 201, json: { body: { text: 'SELECT nothing FROM' } } })
    expect((await get('/queries/fresh')).status).toBe(404)
    expect(await edit('POST', '/query-drafts/fresh/activate', draft, undefined)).toMatchObject({
      status: 422,
      json: { code: 'query.invalid' },
    })
    const better = await edit('PUT', '/query-drafts/fresh', draft, { body: sql('SELECT email FROM people') })
    const active = await edit('POST', '/query-drafts/fresh/activate', better, undefined)
    expect(active).toMatchObject({ status: 200, json: { kind: 'query', key: 'fresh', version: 1 } })
    expect(active.json.body).toEqual(sql('SELECT email FROM people'))
    expect((await get('/query-drafts/fresh')).status).toBe(404)
  })

  it('replaces the query that it was begun from, and no other', async () => {
    const first = await post('/queries', { key: 'shared', body: sql('SELECT 1 AS a') })
    const draft = await post('/query-drafts', { key: 'shared', body: sql('SELECT 2 AS a', { based_on: 1 }) })
    await edit('PUT', '/queries/shared', first, { body: sql('SELECT 3 AS a') })
    const late = await edit('POST', '/query-drafts/shared/activate', draft, undefined)
    expect(late).toMatchObject({ status: 412, json: { code: 'store.conflict' } })
    expect((await get('/queries/shared')).json.body.text).toBe('SELECT 3 AS a')
    const again = await edit('PUT', '/query-drafts/shared', draft, { body: sql('SELECT 2 AS a', { based_on: 2 }) })
    expect((await edit('POST', '/query-drafts/shared/activate', draft, undefined)).status).toBe(412)
    expect((await edit('POST', '/query-drafts/shared/activate', again, undefined)).json).toMatchObject({ version: 3 })
    expect((await get('/queries/shared')).json.body).toEqual(sql('SELECT 2 AS a'))
  })

  it('of a query from git is kept and not activated', async () => {
    const draft = await post('/query-drafts', { key: 'people', body: sql('SELECT 1 AS a', { based_on: 1 }) })
    expect(await edit('POST', '/query-drafts/people/activate', draft, undefined)).toMatchObject({
      status: 409,
      json: { code: 'definition.from_git' },
    })
    expect((await edit('DELETE', '/query-drafts/people', draft)).status).toBe(204)
  })
})

describe('versions', () => {
  it('are kept, compared and restored, and outlive what was deleted', async () => {
    const first = await post('/queries', { key: 'old', body: sql('SELECT email\nFROM people') })
    await edit('PUT', '/queries/old', first, { body: sql('SELECT email, name\nFROM people') })
    const listed = (await get('/queries/old/versions')).json.items
    expect(listed.map(({ version, source }: Record<string, unknown>) => [version, source])).toEqual([
      [2, 'ui'],
      [1, 'ui'],
    ])
    const { diff, body } = (await get('/queries/old/versions/2?against=1')).json
    expect(body.text).toBe('SELECT email, name\nFROM people')
    expect(diff.split('\n').filter((line: string) => /^[+-] /.test(line))).toEqual([
      '-  SELECT email',
      '+  SELECT email, name',
    ])
    expect((await get('/queries/old/versions/9')).status).toBe(404)
    expect((await get('/queries/none/versions')).status).toBe(404)
    const now = await get('/queries/old')
    const restored = await edit('POST', '/queries/old/restore', now, { version: 1 })
    expect(restored).toMatchObject({ status: 200, json: { version: 3, body: { text: 'SELECT email\nFROM people' } } })
    expect((await edit('POST', '/queries/old/restore', now, { version: 1 })).status).toBe(412)
    expect((await edit('DELETE', '/queries/old', restored)).status).toBe(204)
    expect((await get('/queries/old/versions/2')).json.body.text).toContain('name')
  })

  it('that would not work any more are not restored', async () => {
    const first = await post('/segments', {
      key: 'aged',
      body: { attributes: 'Attributes', include: { combinator: 'and', rules: [] } },
    })
    const attributes = await post('/attributes-tables', {
      key: 'Other',
      body: { sql: 'other.sql', text: 'SELECT external_id, name FROM people', id: 'external_id' },
    })
    const other = { body: { ...first.json.body, attributes: 'Other' } }
    const second = await edit('PUT', '/segments/aged', first, other)
    const back = await edit('POST', '/segments/aged/restore', second, { version: 1 })
    expect(back).toMatchObject({ status: 200, json: { version: 3 } })
    expect((await edit('DELETE', '/attributes-tables/Other', attributes)).status).toBe(204)
    expect(await edit('POST', '/segments/aged/restore', back, { version: 2 })).toMatchObject({
      status: 422,
      json: { code: 'definition.invalid' },
    })
  })
})

describe('attributes tables', () => {
  it('are made here, offered to segments, and refused without a customer id', async () => {
    const body = { sql: 'loyal.sql', text: 'SELECT email FROM people', id: 'external_id', segments: true }
    expect(await post('/attributes-tables', { key: 'Loyal', body })).toMatchObject({
      status: 422,
      json: { code: 'query.invalid' },
    })
    const made = await post('/attributes-tables', {
      key: 'Loyal',
      body: { ...body, text: 'SELECT external_id, email, details FROM people' },
    })
    expect(made.status).toBe(201)
    const include = { combinator: 'and', rules: [{ field: 'details', operator: 'notNull', value: null }] }
    expect((await post('/segments/count', { body: { attributes: 'Loyal', include } })).json).toMatchObject({ count: 2 })
    await post('/queries', { key: 'reads', body: sql('SELECT * FROM Loyal') })
    expect((await get('/queries/reads/preview')).json.rows).toHaveLength(3)
    const clash = { key: 'people', body: { ...body, text: 'SELECT external_id FROM people' } }
    expect((await post('/attributes-tables', clash)).status).toBe(422)
  })
})

describe('SQL that is tried', () => {
  const text = 'WITH gold AS (\n  SELECT * FROM people\n)\nSELECT name\nFROM gold'

  it('is run whole, or a part of it, with mistakes at their place in the whole', async () => {
    expect((await post('/queries/try', { sql: text, limit: 2 })).json).toMatchObject({ has_more: true })
    expect((await post('/queries/try', { sql: text, lines: { from: 2, to: 2 } })).json.columns).toHaveLength(5)
    const part = { from: text.indexOf('SELECT *'), to: text.indexOf('people') + 5 }
    expect((await post('/queries/try', { sql: text, characters: part })).json.rows).toHaveLength(3)
    const alone = await post('/queries/try', { sql: text, lines: { from: 4, to: 5 } })
    expect(alone).toMatchObject({ status: 422 })
    expect(alone.text).toContain('query:5:6')
    expect((await post('/queries/try', { sql: text, lines: { from: 1, to: 1 }, characters: part })).status).toBe(400)
  })

  it('ends within a second when whoever asked has gone', async () => {
    const gone = new AbortController()
    const endless = 'SELECT count(*) AS n FROM range(1000000000000) AS r(i) WHERE hash(i) = 1'
    const asked = fetch(`${server.url}/api/v1/queries/try`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ sql: endless }),
      signal: gone.signal,
    })
    await expect.poll(() => children().length).toBe(1)
    gone.abort()
    await expect(asked).rejects.toThrow('aborted')
    await expect.poll(() => children().length, { timeout: 1_000 }).toBe(0)
  })
})

describe('a download', () => {
  it('has every row, as a spreadsheet may open it', async () => {
    const file = await get('/queries/people/download')
    expect(file.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="people.csv"')
    expect(file.text.split('\r\n')).toHaveLength(5)
    expect(file.text).toContain("'=1+1")
  })

  it('is for whoever may download, and hides what they may not see', async () => {
    const asked = (one: { headers: Record<string, string> }) => ({ key: null, headers: one.headers })
    const kept = await server.makeUser(['amp360_user'], ['restrict_downloads'])
    for (const path of ['/queries/people', '/attributes-tables/Attributes'])
      expect((await get(`${path}/download`, asked(kept))).status).toBe(403)
    const restricted = await server.makeUser(['amp360_user'], ['restrict_pii'])
    const hidden = await get('/queries/people/download', asked(restricted))
    expect(hidden.text).not.toContain('Quellenhof')
    expect(hidden.text.split('\r\n')).toHaveLength(5)
  })

  it('of more rows than a file is made of is refused with what to do', async () => {
    await post('/queries', { key: 'many', body: sql('SELECT i AS a FROM range(100001) AS r(i)') })
    expect((await get('/queries/many/download')).json).toMatchObject({ code: 'query.too_many_rows' })
  })
})

describe('who may', () => {
  it('not send personal values changes no query that is sent to where they may not go', async () => {
    const restricted = await server.makeUser(['amp360_user'], ['restrict_pii'])
    const asked = { key: null, headers: restricted.headers }
    const gold = await get('/queries/gold')
    const headers = { ...restricted.headers, 'if-match': gold.headers.get('etag')! }
    const body = { body: sql('SELECT * FROM people') }
    const put = await server.call('PUT', '/api/v1/queries/gold', { key: null, headers, body })
    expect(put.json).toMatchObject({ code: 'access.denied' })
    await post('/query-drafts', { key: 'gold', body: { ...body.body, based_on: 1 } }, asked)
    const draft = await get('/query-drafts/gold', asked)
    const activate = { key: null, headers: { ...restricted.headers, 'if-match': draft.headers.get('etag')! } }
    expect((await server.call('POST', '/api/v1/query-drafts/gold/activate', activate)).status).toBe(403)
    expect((await get('/queries/gold')).json.version).toBe(1)
  })

  it('only see, makes and changes none', async () => {
    const reader = await server.makeUser(['amp360_user_read_only'])
    const asked = { key: null, headers: reader.headers }
    expect((await get('/queries/people/versions', asked)).status).toBe(200)
    for (const path of ['/queries', '/query-drafts', '/attributes-tables'])
      expect((await post(path, { key: 'x', body: sql('SELECT 1 AS a') }, asked)).status).toBe(403)
    expect((await post('/queries/try', { sql: 'SELECT 1 AS a' }, asked)).status).toBe(403)
  })
})

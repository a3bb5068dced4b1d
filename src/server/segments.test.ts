import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from './test-server.ts'

const rules = (operator: string, value: unknown) => ({
  combinator: 'and',
  rules: [{ field: 'details', operator, value }],
})

let server: TestServer
beforeAll(async () => {
  server = await openTestServer({
    files: {
      'attributes.sql': 'SELECT external_id, email, name, details FROM people',
      'segments/by_sql.sql': "SELECT external_id FROM people WHERE details = 'gold'",
    },
    project: {
      attributes_tables: { Attributes: { sql: 'attributes.sql', id: 'external_id', segments: true } },
      segments: {
        gold: { attributes: 'Attributes', include: rules('=', 'gold'), fields: ['external_id', 'email', 'name'] },
        by_sql: { attributes: 'Attributes', sql: 'segments/by_sql.sql' },
      },
      orchestrations: {
        people: { query: 'people', destination: 'zendesk' },
        gold: { segment: 'gold', destination: 'zendesk' },
      },
    },
  })
  await server.project.write([
    { external_id: '1', email: 'ada@example.com', name: 'Ada Quellenhof', details: 'gold' },
    { external_id: '2', email: 'ben@example.com', name: 'Ben', details: null },
    { external_id: '3', email: 'cyd@example.com', name: 'Cyd', details: 'iron' },
  ])
})
afterAll(() => server.close())

const post = (path: string, body: unknown, more = {}) => server.call('POST', `/api/v1${path}`, { body, ...more })
const get = (path: string, more = {}) => server.call('GET', `/api/v1${path}`, more)

describe('segments and attributes tables', () => {
  it('from git are listed with who uses them, and are not edited', async () => {
    const listed = (await get('/segments')).json.items
    expect(listed.map(({ key, source, used_by }: Record<string, unknown>) => [key, source, used_by])).toEqual([
      ['by_sql', 'git', []],
      ['gold', 'git', ['orchestration/gold']],
    ])
    expect((await get('/attributes-tables/Attributes')).json).toMatchObject({
      body: { sql: 'attributes.sql', text: expect.stringContaining('SELECT external_id') },
      used_by: ['segment/by_sql', 'segment/gold'],
    })
    const gold = await get('/segments/gold')
    const headers = { 'if-match': gold.headers.get('etag')! }
    expect((await server.call('DELETE', '/api/v1/segments/gold', { headers })).status).toBe(409)
  })

  it('are sent by an orchestration, whose header keeps what was launched', async () => {
    const { json } = await post('/orchestrations/gold/runs', undefined)
    let workflow = json
    while (workflow.state === 'waiting' || workflow.state === 'running')
      workflow = (await get(`/workflows/${json.id}`)).json
    expect(workflow).toMatchObject({ state: 'completed', rows: { total: 1, created: 1 } })
    const stored = await server.service.store.workflows.get(json.id)
    expect(stored?.launched).toMatchObject({ segment: { key: 'gold' }, attributes_table: { key: 'Attributes' } })
  })

  it('are made, changed and deleted, and refused with the place of what is wrong', async () => {
    const body = { name: 'No gold', attributes: 'Attributes', include: rules('!=', 'gold') }
    const made = await post('/segments', { body })
    expect(made).toMatchObject({ status: 201, json: { key: 'no_gold', source: 'ui', body } })
    expect((await post('/segments/count', { key: 'no_gold' })).json).toMatchObject({ count: 2, total: 3 })
    expect((await get('/segments/no_gold/sql')).json.sql).toContain(`"details" IS DISTINCT FROM 'gold'`)
    const wrong = await post('/segments', { body: { ...body, include: rules('<>', 'gold') } })
    expect(wrong).toMatchObject({ status: 422, json: { code: 'definition.invalid' } })
    expect(wrong.text).toContain('include.rules.0.operator')
    const unknown = await post('/segments', { body: { ...body, include: rules('inSegment', 'gold') } })
    expect(unknown).toMatchObject({ status: 422, json: { code: 'segment.invalid' } })
    expect((await post('/segments', { body: { ...body, attributes: 'None' } })).status).toBe(422)
    const headers = { 'if-match': made.headers.get('etag')! }
    const circle = { combinator: 'and', rules: [{ field: 'external_id', operator: 'inSegment', value: 'no_gold' }] }
    const put = { headers, body: { body: { ...body, include: circle } } }
    expect((await server.call('PUT', '/api/v1/segments/no_gold', put)).json).toMatchObject({ code: 'segment.invalid' })
    expect((await server.call('DELETE', '/api/v1/segments/no_gold', { headers })).status).toBe(204)
  })

  it('are counted while they are edited', async () => {
    const body = { attributes: 'Attributes', include: rules('null', null), exclude: rules('=', 'gold') }
    expect((await post('/segments/count', { body })).json).toEqual({ count: 1, total: 3, ms: expect.any(Number) })
    expect((await post('/segments/count', { key: 'none' })).status).toBe(404)
    expect((await post('/segments/count', { body: {} })).json).toMatchObject({ code: 'segment.invalid' })
    expect((await post('/segments/count', {})).status).toBe(400)
  })
})

describe('while one is edited', () => {
  it('the columns of an attributes table say what rules may ask of each', async () => {
    const { json } = await get('/attributes-tables/Attributes/columns')
    expect(json).toMatchObject({ table: 'Attributes', from: 'attributes_table', rows: 3 })
    const [id, email] = json.items
    expect(id).toMatchObject({ column: 'external_id', kind: 'text', operators: expect.arrayContaining(['inSegment']) })
    expect(email).toMatchObject({
      column: 'email',
      pii: true,
      operators: expect.arrayContaining(['contains', 'inList']),
    })
    expect(email.operators).not.toContain('inSegment')
    expect((await get('/attributes-tables/people/columns')).status).toBe(404)
    const restricted = await server.makeUser(['ampiq_user'], ['restrict_pii'])
    const hidden = await get('/attributes-tables/Attributes/columns', { key: null, headers: restricted.headers })
    expect(hidden.status).toBe(200)
    expect(hidden.text).not.toContain('ada@example.com')
  })

  it('it can be read as SQL, whole and as its ids, which make a segment by SQL of the same people', async () => {
    const body = { attributes: 'Attributes', include: rules('notNull', null), exclude: rules('=', 'gold') }
    const { status, json } = await post('/segments/sql', { body })
    expect([status, json.sql]).toEqual([200, expect.stringContaining('QUALIFY')])
    const bySql = { attributes: 'Attributes', sql: 'x.sql', text: json.ids_sql }
    const counts = [await post('/segments/count', { body }), await post('/segments/count', { body: bySql })]
    expect(counts.map(({ json: { count } }) => count)).toEqual([1, 1])
    const marketer = await server.makeUser(['ampiq_user'])
    const asked = { key: null, headers: marketer.headers }
    expect((await post('/segments/sql', { body }, asked)).status).toBe(200)
    expect((await post('/segments/sql', { body: bySql }, asked)).status).toBe(403)
  })
})

describe('a visual query that is being edited', () => {
  const where = { combinator: 'and', rules: [{ field: 'details', operator: 'notNull' }] }
  const sqlOf = (body: object, more = {}) => post('/queries/sql', { body }, more)

  it('can be read as SQL, which gives its rows', async () => {
    const { status, json } = await sqlOf({ from: 'people', where, columns: ['name', 'external_id'] })
    expect([status, json.sql]).toEqual([200, expect.stringMatching(/^SELECT "name", "external_id"\nFROM "people"/)])
    const { rows } = (await post('/queries/try', { sql: json.sql })).json
    expect(rows).toEqual([
      ['Ada Quellenhof', '1'],
      ['Cyd', '3'],
    ])
    expect((await sqlOf({ from: 'Attributes' })).json.sql).toContain('"details"')
    expect((await post('/queries/sql', { key: 'people' })).json.sql).toContain('FROM people')
  })

  it.each([
    [{ from: 'poeple' }, 'from'],
    [
      { from: 'people', where: { combinator: 'and', rules: [{ field: 'nmae', operator: '=', value: 1 }] } },
      'where.rules.0.field',
    ],
    [
      { from: 'people', where: { combinator: 'and', rules: [{ field: 'name', operator: '=' }] } },
      'where.rules.0.value',
    ],
    [
      {
        from: 'people',
        columns: ['name', 'nmae'],
        where: { combinator: 'and', rules: [{ field: 'x', operator: '=', value: 1 }] },
      },
      'columns.1',
    ],
    [{ from: 'people', columns: ['name', 'name'] }, 'columns.1'],
    [{ from: 'people', columns: [] }, 'columns'],
    [{ from: 'people', mapping: { nmae: 'email' } }, 'mapping.nmae'],
    [{ from: 'people', mapping: { name: 'email' } }, 'mapping.name'],
    [{ sql: 'x.sql', text: 'SELECT 1' }, 'from'],
  ])('has the mistake of %j at %s', async (body, path) => {
    const { status, json } = await sqlOf(body)
    expect([status, json.code]).toEqual([422, 'segment.invalid'])
    expect(json.problems.map((one: { path: string }) => one.path)).toContain(path)
  })

  it('is none where the database, the key or the right is not there', async () => {
    expect((await sqlOf({ from: 'people', database: 'none' })).json.code).toBe('config.which_database')
    expect((await post('/queries/sql', { key: 'none' })).status).toBe(404)
    expect((await post('/queries/sql', {})).status).toBe(400)
    const key = await server.makeKey('segment:read')
    expect((await sqlOf({ from: 'people' }, { key })).json.code).toBe('access.denied')
  })
})

describe('who may not', () => {
  it('see personal values sees hidden ones, and the same columns', async () => {
    const restricted = await server.makeUser(['amp360_user'], ['restrict_pii'])
    const asked = { key: null, headers: restricted.headers }
    for (const path of ['/segments/gold', '/queries/people', '/attributes-tables/Attributes']) {
      const open = await get(`${path}/preview?limit=1`)
      const hidden = await get(`${path}/preview?limit=1`, asked)
      expect(open.text).toContain('Ada Quellenhof')
      expect(hidden.text).not.toContain('Quellenhof')
      expect(hidden.json.columns).toEqual(open.json.columns)
      expect(new Set(hidden.json.rows.flat())).toEqual(new Set(['[hidden]']))
    }
  })

  it('run queries sees no rows and brings no SQL, and counts rules', async () => {
    const marketer = await server.makeUser(['ampiq_user'])
    const asked = { key: null, headers: marketer.headers }
    expect((await get('/segments/gold/preview', asked)).status).toBe(403)
    const sql = { attributes: 'Attributes', sql: 'x.sql', text: 'SELECT external_id FROM people' }
    expect((await post('/segments/count', { body: sql }, asked)).status).toBe(403)
    expect((await post('/segments', { key: 'mine', body: sql }, asked)).status).toBe(403)
    expect((await post('/segments/count', { body: sql })).json).toMatchObject({ count: 3 })
    expect((await post('/segments/count', { key: 'gold' }, asked)).json).toMatchObject({ count: 1 })
    const body = { attributes: 'Attributes', include: rules('=', 'iron') }
    expect((await post('/segments', { key: 'mine', body }, asked)).status).toBe(201)
  })

  it('send personal values changes no segment that is sent to where they may not go', async () => {
    const body = { attributes: 'Attributes', include: rules('=', 'iron') }
    const made = await post('/segments', { key: 'sent', body })
    await post('/orchestrations', { key: 'sent', body: { segment: 'sent', destination: 'zendesk' } })
    const restricted = await server.makeUser(['ampiq_user'], ['restrict_pii'])
    const headers = { ...restricted.headers, 'if-match': made.headers.get('etag')! }
    const edit = { key: null, headers, body: { body: { ...body, include: rules('notNull', null) } } }
    expect((await server.call('PUT', '/api/v1/segments/sent', edit)).json).toMatchObject({ code: 'access.denied' })
  })
})

it('a workflow of a segment whose source has gone ends with that problem and its ways out, and goes on when it is back', async () => {
  const settled = async (id: string) => {
    for (;;) {
      const { json } = await get(`/workflows/${id}`)
      if (json.state !== 'waiting' && json.state !== 'running') return json
    }
  }
  const path = join(server.project.dir, 'people.csv')
  await rename(path, `${path}.away`)
  const { json } = await post('/orchestrations/gold/runs', undefined)
  const failed = await settled(json.id)
  expect(failed).toMatchObject({ state: 'error', problem: { code: 'source.missing' } })
  expect(failed.resolutions.length).toBeGreaterThan(0)
  await rename(`${path}.away`, path)
  await post(`/workflows/${json.id}/resolve`, { resolution: failed.resolutions[0].id })
  expect(await settled(json.id)).toMatchObject({ state: 'completed' })
})

it('a command beside the server lists, counts and looks at segments', async () => {
  const call = async (method: string, args: unknown[]) => {
    const body = { id: crypto.randomUUID(), method, args }
    const { text } = await server.call('POST', '/api/v1/cli/call', { key: server.cliToken, body })
    return JSON.parse(text.trim().split('\n').at(-1)!)
  }
  const { result } = await call('segments', [])
  expect(result.find(({ key }: { key: string }) => key === 'by_sql')).toMatchObject({ made_of: 'sql' })
  expect(await call('count', [{ key: 'gold' }])).toMatchObject({ result: { count: 1, total: 3 } })
  expect(await call('segmentSql', [{ key: 'gold' }])).toMatchObject({ result: { sql: expect.any(String) } })
  expect(await call('querySql', [{ body: { from: 'people' } }])).toMatchObject({ result: { sql: expect.any(String) } })
  const preview = await call('preview', [{ kind: 'segment', key: 'gold' }, { limit: 1 }])
  expect(preview.result.rows).toEqual([['1', 'ada@example.com', 'Ada Quellenhof']])
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Route } from '../../src/server/route.ts'
import { routes } from '../../src/server/server.ts'
import { openTestServer, type TestServer } from '../../src/server/test-server.ts'

/** Fields that nobody asked for, and sizes that nobody needs. */

let server: TestServer
beforeAll(async () => {
  server = await openTestServer()
})
afterAll(() => server.close())

const nameOf = ({ method, path }: Pick<Route, 'method' | 'path'>) => `${method} ${path}`
const send = (method: string, path: string, body: unknown) =>
  server.call(method, path.replaceAll(/:[a-z]+/g, 'none'), { body, headers: { 'if-match': '"1"' } })

/** Texts, because a literal would set the prototype. */
const polluted = [
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"body":{"__proto__":{"polluted":true}}}',
  '{"body":{"name":"x","run":{"__proto__":{"polluted":true}}}}',
  '{"fields":{"__proto__":"x"},"token":"x"}',
  '{"columns":{"__proto__":true}}',
  '{"\\u005f_proto__":{"polluted":true}}',
  '[{"__proto__":{"polluted":true}}]',
]

/** Uploads are no objects: routes that take CSV take nothing else. */
const csv = new Set(['POST /api/v1/tables', 'PUT /api/v1/tables/:key/content'])
const bodied = routes.filter((one) => (one.method === 'POST' || one.method === 'PUT') && !csv.has(nameOf(one)))

test.each([...csv])('%s takes no JSON', async (name) => {
  const [method = '', path = ''] = name.split(' ')
  for (const body of ['{}', ...polluted]) expect((await send(method, path, body)).status).toBe(415)
})

/** What the document says of a body; null: the route takes none. */
function schemaOf({ method, path }: Pick<Route, 'method' | 'path'>) {
  const document = server.server.document() as {
    paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: object }> } }>>
  }
  const url = path.replaceAll(/:([a-z]+)/g, '{$1}')
  return document.paths[url]?.[method.toLowerCase()]?.requestBody?.content['application/json']?.schema ?? null
}

test.each(bodied.map((one) => [nameOf(one), one] as const))(
  '%s refuses fields that it does not know',
  async (_name, one) => {
    if (schemaOf(one) === null) {
      // What is not read cannot be taken for anything: the answer is that of no body at all.
      return expect((await send(one.method, one.path, { state: 'active' })).status).toBe(
        (await server.call(one.method, one.path.replaceAll(/:[a-z]+/g, 'none'), { headers: { 'if-match': '"1"' } }))
          .status,
      )
    }
    for (const field of [
      'id',
      'is_admin',
      'passwordHash',
      'source',
      'created_by',
      'toString',
      'hasOwnProperty',
      '$where',
    ]) {
      const { status, json } = await send(one.method, one.path, { [field]: 'x' })
      expect([field, status]).toEqual([field, 400])
      // A plan is sent as it was shown, and what it does not name is dropped before anything sees it.
      if (one.path.endsWith('/fields/apply')) continue
      expect(json.errors).toContainEqual({ pointer: `/body/${field}`, message: 'is not known here' })
    }
  },
)

test.each(bodied.map((one) => [nameOf(one), one] as const))(
  '%s takes no prototype for an object',
  async (_name, one) => {
    for (const body of polluted) expect([body, (await send(one.method, one.path, body)).status]).toEqual([body, 400])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  },
)

test('what every object has is no field, no secret, no column and no filter', async () => {
  await server.project.write([{ external_id: '1', email: 'ada@example.com', name: 'Ada' }])
  const { token } = (
    await server.call('POST', '/api/v1/hand-overs', {
      body: { body: { type: 'zendesk_oauth', name: 'X', client_id: 'x' }, hours: 1 },
    })
  ).json
  for (const name of ['toString', 'valueOf', 'hasOwnProperty']) {
    const fields = { client_secret: 'x', [name]: 'x' }
    const entered = await server.call('POST', '/api/v1/links/hand-over', { key: null, body: { token, fields } })
    expect([name, entered.status]).toEqual([name, 422])
    const tagged = await server.call('PUT', '/api/v1/tables/people/columns', { body: { columns: { [name]: true } } })
    expect([name, tagged.status]).toEqual([name, 422])
    for (const path of ['credentials', 'destinations', 'channels', 'orchestrations', 'groups'])
      expect((await server.call('GET', `/api/v1/${path}/${name}`)).status).toBe(404)
    expect((await server.call('POST', '/api/v1/credentials', { body: { body: { type: name } } })).status).toBe(422)
    expect((await server.call('POST', '/api/v1/channels', { body: { body: { type: name } } })).status).toBe(422)
  }
  for (const query of [
    '__proto__=x',
    '__proto__[x]=y',
    'constructor=x',
    'constructor[prototype][polluted]=x',
    'limit=1&limit=2',
  ])
    expect((await server.call('GET', `/api/v1/workflows?${query}`)).status).toBeLessThan(500)
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})

test('whoever signs up chooses nothing but a name and a password', async () => {
  const invited = await server.call('POST', '/api/v1/users', {
    body: { email: 'jo@example.com', policies: ['ampiq_user_read_only'] },
  })
  const { token } = invited.json.link
  for (const more of [
    { policies: ['datagrid_administrator'] },
    { options: [] },
    { state: 'active' },
    { id: 'admin' },
  ]) {
    const body = { token, password: 'another horse battery staple', ...more }
    expect((await server.call('POST', '/api/v1/links/join', { key: null, body })).status).toBe(400)
  }
  const body = { token, password: 'another horse battery staple', email: 'admin@example.com' }
  const joined = await server.call('POST', '/api/v1/links/join', { key: null, body })
  expect([joined.status, joined.json.actor.name, joined.json.actor.may]).toEqual([
    200,
    'jo@example.com',
    expect.not.arrayContaining(['user:write']),
  ])
})

test.each<[string, string, string, number, number]>([
  ['a body', 'POST', '/api/v1/groups', 1024 * 1024 + 1, 413],
  ['a body of a sign-in', 'POST', '/api/v1/sign-in', 1024 * 1024 + 1, 413],
  ['a body of a link', 'POST', '/api/v1/links/hand-over', 16 * 1024 + 1, 413],
])('%s that is too large is refused', async (_what, method, path, bytes, expected) => {
  expect((await server.call(method, path, { body: `"${'x'.repeat(bytes)}"` })).status).toBe(expected)
})

test('a query or a header that is too large is refused, and an object that is too deep ends nothing', async () => {
  const long = await server.call('GET', `/api/v1/workflows?cursor=${'x'.repeat(20_000)}`).catch(() => null)
  expect(long?.status).toBe(431)
  const heavy = await server.call('GET', '/api/v1/workflows', { headers: { 'x-more': 'x'.repeat(20_000) } })
  expect(heavy.status).toBe(431)
  const deep = `{"body":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`
  const answer = await server.call('POST', '/api/v1/groups', { body: deep })
  expect([400, 422, 500]).toContain(answer.status)
  expect((await server.call('GET', '/healthz', { key: null })).status).toBe(200)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await openTestServer()
})
afterAll(() => server.close())

const post = (path: string, body: unknown, key?: string | null, headers = {}) =>
  server.call('POST', `/api/v1${path}`, { body, headers, ...(key !== undefined && { key }) })

async function made(name: string): Promise<{ id: string; token: string }> {
  const { emulator } = server.project
  const { status, json, text } = await post('/hand-overs', {
    body: { type: 'zendesk_oauth', name, client_id: emulator.clientId },
    account: { subdomain: emulator.subdomain, base_url: emulator.url },
  })
  if (status !== 201) throw new Error(text)
  return { id: json.hand_over.id, token: json.token }
}

test('a link is opened and used by nobody known, and the answers and the log hold no secret', async () => {
  const { emulator } = server.project
  const { token } = await made('Of the shop')
  const opened = await post('/links/hand-over/open', { token }, null)
  expect([opened.status, opened.json.asked_by, opened.json.fields]).toEqual([
    200,
    'API key "test"',
    [{ field: 'client_secret', title: 'Client secret', secret: true }],
  ])
  const wrong = await post('/links/hand-over', { token, fields: { client_secret: 'wrong-secret' } }, null)
  expect([wrong.status, wrong.json]).toMatchObject([422, { code: 'definition.invalid', stage: 'sign_in' }])
  const right = await post('/links/hand-over', { token, fields: { client_secret: emulator.clientSecret } }, null)
  expect([right.status, right.text]).toEqual([204, ''])
  expect((await post('/links/hand-over/open', { token }, null)).status).toBe(404)
  const told = JSON.stringify([server.lines, opened.json, wrong.json])
  for (const hidden of ['wrong-secret', emulator.clientSecret, token]) expect(told).not.toContain(hidden)
  expect((await server.call('GET', '/api/v1/credentials/of_the_shop')).json.secrets).toEqual(['client_secret'])
})

test('the token is in one answer: not in that to a repeated request, nor in a list, nor in the store', async () => {
  const headers = { 'idempotency-key': 'hand-over-once' }
  const body = { body: { type: 'zendesk', name: 'Once', email: 'agent@example.com' } }
  const first = await post('/hand-overs', body, undefined, headers)
  const again = await post('/hand-overs', body, undefined, headers)
  expect([again.status, again.json]).toEqual([201, { ...first.json, token: null, path: null }])
  expect(first.json.path).toBe(`/hand-over#${first.json.token}`)
  let dumped = ''
  for await (const line of server.service.store.dump()) dumped += line
  const listed = await server.call('GET', '/api/v1/hand-overs')
  expect(listed.text).toContain(first.json.hand_over.id)
  for (const text of [dumped, listed.text]) expect(text).not.toContain(first.json.token.slice(-43))
})

test('a link is ended by who may change credentials, and by nobody else', async () => {
  const { id, token } = await made('Ended')
  const reader = await server.makeKey('credential:read')
  expect((await server.call('DELETE', `/api/v1/hand-overs/${id}`, { key: reader })).status).toBe(403)
  expect((await server.call('DELETE', `/api/v1/hand-overs/${id}`)).status).toBe(204)
  expect((await post('/links/hand-over/open', { token }, null)).json.code).toBe('access.link_over')
})

test.each([
  ['a body that is larger than any form', { token: 'x', fields: { a: 'x'.repeat(16 * 1024) } }, 413],
  ['a field that is longer than any secret', { token: 'x', fields: { a: 'x'.repeat(1_001) } }, 400],
  ['a field that is no text', { token: 'x', fields: { a: 1 } }, 400],
  ['no fields', { token: 'x' }, 400],
  ['a token that there never was', { token: 'dsk_link_x', fields: {} }, 404],
])('from anybody, %s is refused', async (_what, body, status) => {
  expect((await post('/links/hand-over', body, null)).status).toBe(status)
})

const paths = ['/setup', '/invitation', '/reset', '/hand-over'] as const
test.each(paths)(
  '%s is a page that runs nothing of elsewhere, is kept by nobody and tells nobody where one comes from',
  async (path) => {
    const { status, headers, text } = await server.call('GET', path, { key: null })
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'self'/)
    expect(headers.get('content-security-policy')).not.toContain('unsafe')
    expect([headers.get('cache-control'), headers.get('referrer-policy')]).toEqual(['no-store', 'no-referrer'])
    const parts = [...text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, part]) => part!)
    expect(parts.filter((part) => /^(https?:|\/)/.test(part))).toEqual([])
    const files = parts.filter((part) => part !== 'data:,')
    expect(files.length).toBeGreaterThan(1)
    for (const file of files) expect((await server.call('GET', `/${file}`, { key: null })).status).toBe(200)
  },
)

import { afterAll, beforeAll, expect, test } from 'vitest'
import { routes } from '../../src/server/server.ts'
import { openTestServer, type TestServer, type TestUser } from '../../src/server/test-server.ts'

/** What another site can make the browser of somebody who is signed in send. */

let server: TestServer
let user: TestUser
let other: TestUser
beforeAll(async () => {
  server = await openTestServer()
  user = await server.makeUser(['datagrid_administrator'])
  other = await server.makeUser(['datagrid_administrator'])
})
afterAll(() => server.close())

const named = (path: string) => path.replaceAll(/:[a-z]+/g, 'none')
const changing = routes.filter(({ method, need }) => method !== 'GET' && need !== 'nobody')

test.each(changing.map(({ method, path }) => [method, path] as const))(
  '%s %s takes a session with its own token only, and leaves a line for what came without',
  async (method, path) => {
    const { cookie, 'x-csrf-token': own } = user.headers
    const tokens = [undefined, '', 'dsk_csrf_x', other.headers['x-csrf-token'], `${own}x`, own.slice(0, -1), cookie]
    const from = new Date()
    for (const token of tokens) {
      const headers = { cookie, 'if-match': '"1"', ...(token !== undefined && { 'x-csrf-token': token }) }
      const { status, json } = await server.call(method, named(path), { key: null, headers })
      expect([status, json.code]).toEqual([403, 'access.denied'])
    }
    const { items } = await server.service.store.activity.list({ from, allowed: false }, { limit: 100, cursor: null })
    expect(items.map(({ action }) => action)).toEqual(tokens.map(() => 'session:use'))
  },
)

test.each(routes.map(({ method, path }) => [method, path] as const))(
  '%s %s answers no page of another site that it may read, nor that it may send more',
  async (method, path) => {
    const site = { origin: 'https://evil.example.com', 'sec-fetch-site': 'cross-site' }
    const gone = new AbortController()
    const asked = [
      { method, headers: { ...site, cookie: user.headers.cookie } },
      {
        method: 'OPTIONS',
        headers: { ...site, 'access-control-request-method': method, 'access-control-request-headers': 'x-csrf-token' },
      },
    ]
    for (const init of asked) {
      const answer = await fetch(server.url + named(path), { ...init, signal: gone.signal, redirect: 'manual' })
      const names = [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))
      expect(names).toEqual([])
    }
    gone.abort()
  },
)

const bodied = routes.filter(({ method }) => method === 'POST' || method === 'PUT')
/** What a form, or a request without asking first, can send: a page of another site needs no leave for these. */
const simple = [
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  'text/plain; x=application/json',
  'text/plain;application/json',
  'application/x-json',
  'application/jsonx',
  '',
]

test.each(bodied.map(({ method, path }) => [method, path] as const))(
  '%s %s reads no body but of type application/json',
  async (method, path) => {
    for (const type of simple) {
      const headers = { ...user.headers, 'if-match': '"1"', 'content-type': type }
      const { status } = await server.call(method, named(path), { key: null, headers, body: '{"a":1}' })
      expect([type, status]).toEqual([type, 415])
    }
  },
)

/** Beside the activity log, which tells who has looked, and when somebody was seen. */
async function stored(): Promise<string[]> {
  const lines: string[] = []
  for await (const line of server.service.store.dump()) lines.push(line)
  return lines
    .filter((line) => !/^\{"table":"(activity|end)"/.test(line))
    .map((line) => line.replaceAll(/"last(?:_seen|SeenAt|_used|UsedAt)(?:_at)?":(?:\d+|null|"[^"]*")/g, ''))
}

test('what is only asked for changes nothing, whoever asks', async () => {
  await server.project.write([{ external_id: '1', email: 'ada@example.com', name: 'Ada' }])
  const workflow = await server.run()
  const before = await stored()
  expect(before.length).toBeGreaterThan(5)
  const gone = new AbortController()
  for (const { method, path } of routes) {
    if (method !== 'GET') continue
    for (const id of ['none', 'people', 'zendesk', workflow.id, user.id])
      for (const asked of ['GET', 'HEAD']) {
        const answer = await fetch(server.url + path.replaceAll(/:[a-z]+/g, id), {
          method: asked,
          headers: { cookie: user.headers.cookie },
          signal: gone.signal,
          redirect: 'manual',
        })
        if (answer.headers.get('content-type') !== 'text/event-stream') await answer.text()
      }
  }
  gone.abort()
  expect(await stored()).toEqual(before)
})

import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openTestServer, type TestServer } from '../../src/server/test-server.ts'

/** Who tries until something fits. The waits themselves are in src/access/attempts.test.ts. */

let server: TestServer
beforeEach(async () => {
  server = await openTestServer({ host: '::', monotonicMs: () => 0 })
})
afterEach(() => server.close())

const password = 'another horse battery staple'

/** An address of this machine that is none of loopback: requests to it come from it. */
const outer = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address

async function sign(email: string, given: string, { headers = {}, from = '127.0.0.1' } = {}) {
  const { port } = new URL(server.url)
  const answer = await fetch(`http://${from}:${port}/api/v1/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ email, password: given }),
  })
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> }
}

/** The address that a refused sign-in is written down with. */
async function lastAddress(): Promise<string> {
  const { items } = await server.service.store.activity.list({ action: 'session:begin' }, { limit: 1, cursor: null })
  return items[0]!.address
}

describe('the address of who asks', () => {
  test.runIf(outer !== undefined)(
    'is that of the connection, whatever it claims, where it is not of this machine (runs where there is a network)',
    async () => {
      const claims = { 'x-forwarded-for': '198.51.100.7', forwarded: 'for=198.51.100.7', 'x-real-ip': '198.51.100.7' }
      await sign('x@example.com', 'wrong', { from: outer!, headers: claims })
      expect((await lastAddress()).replace('::ffff:', '')).toBe(outer)
      // Nor does it become one of this machine, for which more is open.
      const { port } = new URL(server.url)
      for (const claim of ['127.0.0.1', '::1', '127.0.0.1, 127.0.0.1']) {
        const asked = { headers: { 'x-forwarded-for': claim, authorization: `Bearer ${server.cliToken}` } }
        expect((await fetch(`http://${outer}:${port}/api/v1/me`, asked)).status).toBe(401)
        const metrics = await fetch(`http://${outer}:${port}/metrics`, { headers: { 'x-forwarded-for': claim } })
        expect(metrics.status).toBe(401)
      }
    },
  )

  test('is what a proxy on this machine has added last, not what came before', async () => {
    await sign('x@example.com', 'wrong', { headers: { 'x-forwarded-for': '127.0.0.1, 198.51.100.7, 203.0.113.9' } })
    expect(await lastAddress()).toBe('203.0.113.9')
    const asked = { key: server.cliToken, headers: { 'x-forwarded-for': '127.0.0.1, 203.0.113.9' } }
    expect((await server.call('GET', '/api/v1/me', asked)).status).toBe(401)
  })

  test('is one for the whole /64 of IPv6, and a claim before that of the proxy gives no further attempts', async () => {
    let passed = 0
    for (let i = 0; i < 18; i++) {
      const headers = { 'x-forwarded-for': `198.51.100.${i}, 2001:db8:1:2::${i + 1}` }
      const { status } = await sign(`p${i}@example.com`, 'wrong', { headers })
      if (status === 401) passed += 1
    }
    expect(passed).toBe(15)
    const elsewhere = await sign('q@example.com', 'wrong', { headers: { 'x-forwarded-for': '2001:db8:1:3::1' } })
    expect(elsewhere.status).toBe(401)
  })
})

test('an e-mail address waits from everywhere, in every way to write it, and with the right password too', async () => {
  const ways = [
    'admin@example.com',
    'ADMIN@example.com',
    ' admin@example.com',
    'admin@example.com ',
    'Admin@Example.Com',
  ]
  for (const [i, email] of ways.entries())
    expect((await sign(email, 'wrong', { headers: { 'x-forwarded-for': `198.51.100.${i}` } })).status).toBe(401)
  const right = await sign('admin@example.com', server.password, { headers: { 'x-forwarded-for': '198.51.100.99' } })
  expect([right.status, right.json.code]).toEqual([429, 'access.too_many_attempts'])
})

test.each<[string, string, string]>([
  ['nobody', 'nobody@example.com', 'wrong wrong wrong'],
  ['a user, with another password', 'admin@example.com', 'wrong wrong wrong'],
  ['a user without a password', 'invited@example.com', 'wrong wrong wrong'],
  ['a user who was disabled, with another password', 'disabled@example.com', 'wrong wrong wrong'],
  ['an address that is none', 'x', 'wrong wrong wrong'],
  ['an address with letters that look alike', 'аdmin@example.com', 'wrong wrong wrong'],
  ['a long password', 'admin@example.com', 'ﷺ'.repeat(1_024)],
  ['half of a pair', 'admin@example.com', '\ud800'],
  ['quotes', "' OR 1=1 --@example.com", "' OR 1=1 --"],
])('a sign-in as %s is answered with the same words', async (_who, email, given) => {
  const { store } = server.service
  const base = { name: '', version: 1, policies: ['datagrid_operator'], options: [], identity: null }
  const times = { createdAt: new Date(), lastSeenAt: null, passwordHash: null }
  await store.access.addUser({ ...base, ...times, id: 'i', email: 'invited@example.com', state: 'active' })
  const passwordHash = await server.service.signIn.hash(password)
  await store.access.addUser({
    ...base,
    ...times,
    id: 'd',
    email: 'disabled@example.com',
    state: 'disabled',
    passwordHash,
  })
  const { status, json } = await sign(email, given)
  const { request_id: _, ...said } = json
  expect({ status, ...said }).toEqual({
    ...{ status: 401, code: 'access.unauthenticated', who: 'you', title: 'Unauthenticated' },
    type: 'urn:deskside:problem:access.unauthenticated',
    detail: 'The e-mail address or the password is wrong.',
    fix: expect.any(String),
  })
  // Only who knows the password hears that the user was disabled.
  expect((await sign('disabled@example.com', password)).json.code).toBe('access.disabled')
})

test.each<[string, object, number]>([
  ['NUL in the address', { email: 'a\0@example.com', password: 'x' }, 400],
  ['NUL in the password', { email: 'a@example.com', password: 'x\0' }, 400],
  ['an address that is too long', { email: `${'a'.repeat(400)}@example.com`, password: 'x' }, 400],
  ['a password that is too long', { email: 'a@example.com', password: 'x'.repeat(1_025) }, 400],
  ['a list of passwords', { email: 'a@example.com', password: ['x', 'y'] }, 400],
  ['an object', { email: { $ne: null }, password: { $ne: null } }, 400],
  ['no password', { email: 'a@example.com' }, 400],
])('%s is refused before any password is looked at', async (_what, body, status) => {
  const answer = await server.call('POST', '/api/v1/sign-in', { key: null, body })
  expect(answer.status).toBe(status)
})

test('tokens of links, keys and sessions are looked for as they are: nothing near fits, and nothing is said of what does', async () => {
  const invited = await server.call('POST', '/api/v1/users', {
    body: { email: 'jo@example.com', policies: ['ampiq_user'] },
  })
  const { token } = invited.json.link as { token: string }
  const flip = (text: string) => text.slice(0, -2) + (text.at(-2) === 'A' ? 'B' : 'A') + text.slice(-1)
  const near = (text: string) => [
    flip(text),
    text.toLowerCase(),
    `${text} `,
    ` ${text}`,
    text.slice(0, -1),
    `${text}A`,
    `${text}%00`,
    text.replace('dsk_', ''),
  ]
  const said = new Set<string>()
  for (const wrong of ['x', ...near(token)]) {
    const { status, json } = await server.call('POST', '/api/v1/links/open', { key: null, body: { token: wrong } })
    said.add(JSON.stringify([status, json.code, json.detail]))
  }
  expect(said.size).toBe(1)
  for (const wrong of near(server.key).filter((text) => text.trim() !== server.key))
    expect((await server.call('GET', '/api/v1/me', { key: wrong })).status).toBe(401)
  const { headers } = await server.makeUser(['ampiq_user'])
  for (const wrong of near(headers.cookie.split('=')[1]!).filter(
    (text) => text.trim() !== headers.cookie.split('=')[1],
  ))
    expect(
      (await server.call('GET', '/api/v1/me', { key: null, headers: { cookie: `deskside_session=${wrong}` } })).status,
    ).toBe(401)
  // What the store holds opens nothing itself.
  for await (const line of server.service.store.dump())
    for (const [hash] of line.matchAll(/[0-9a-f]{64}/g)) {
      expect((await server.call('POST', '/api/v1/links/open', { key: null, body: { token: hash } })).status).toBe(404)
      const cookie = `deskside_session=${hash}`
      expect((await server.call('GET', '/api/v1/me', { key: null, headers: { cookie } })).status).toBe(401)
    }
})

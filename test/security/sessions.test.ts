import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestServer, type TestServer, type TestUser } from '../../src/server/test-server.ts'

/** What a session is worth, from when on, and until when. */

const password = 'another horse battery staple'
let server: TestServer
beforeAll(async () => {
  server = await openTestServer()
})
afterAll(() => server.close())

const call = (method: string, path: string, more: object = {}) =>
  server.call(method, `/api/v1${path}`, { key: null, ...more })

function cookiesOf(headers: Headers): Record<string, string> {
  return Object.fromEntries(headers.getSetCookie().map((one) => one.split(';')[0]!.split('=') as [string, string]))
}

/** Somebody with a password, as after an invitation. */
async function invited(): Promise<{ id: string; email: string; etag: () => Promise<string> }> {
  const email = `${crypto.randomUUID()}@example.com`
  const made = await server.call('POST', '/api/v1/users', { body: { email, policies: ['datagrid_operator'] } })
  const { id } = made.json.user
  await call('POST', '/links/join', { body: { token: made.json.link.token, password } })
  const etag = async () => (await server.call('GET', `/api/v1/users/${id}`)).headers.get('etag')!
  return { id, email, etag }
}

async function signedIn(email: string, headers = {}): Promise<TestUser['headers']> {
  const signed = await call('POST', '/sign-in', { body: { email, password }, headers })
  expect(signed.status).toBe(200)
  return {
    cookie: `deskside_session=${cookiesOf(signed.headers).deskside_session}`,
    'x-csrf-token': signed.json.csrf_token,
  }
}

describe('a session', () => {
  test('that was planted before the sign-in is worth nothing after it, nor is its token', async () => {
    const { email } = await invited()
    const attacker = await server.makeUser(['ampiq_user_read_only'])
    const made = `deskside_session=dsk_session_${'A'.repeat(43)}`
    for (const cookie of [made, attacker.headers.cookie]) {
      const mine = await signedIn(email, { cookie })
      expect(mine.cookie).not.toBe(cookie)
      expect((await call('GET', '/me', { headers: mine })).json.name).toBe(email)
      const theirs = await call('GET', '/me', { headers: { cookie } })
      expect(theirs.json.name ?? theirs.status).toBe(cookie === made ? 401 : attacker.email)
      const mixed = { cookie: mine.cookie, 'x-csrf-token': attacker.headers['x-csrf-token'] }
      expect((await call('POST', '/notifications/read', { headers: mixed, body: { ids: 'all' } })).status).toBe(403)
    }
  })

  test('has new tokens each time', async () => {
    const { email } = await invited()
    const all = [await signedIn(email), await signedIn(email), await signedIn(email)]
    expect(new Set(all.flatMap((one) => Object.values(one))).size).toBe(6)
  })

  test('is in a cookie that no script reads and no other site sends, and that stays with https behind a proxy', async () => {
    const { email } = await invited()
    for (const [headers, isSecure] of [
      [{}, false],
      [{ 'x-forwarded-proto': 'https' }, true],
      [{ 'x-forwarded-proto': 'https,http' }, false],
    ] as const) {
      const signed = await call('POST', '/sign-in', { body: { email, password }, headers })
      const [session, csrf] = ['deskside_session', 'deskside_csrf'].map((name) =>
        signed.headers
          .getSetCookie()
          .find((one) => one.startsWith(`${name}=`))!
          .split('; ')
          .slice(1),
      )
      expect(session).toEqual(expect.arrayContaining(['HttpOnly', 'SameSite=Lax', 'Path=/']))
      expect(csrf).toEqual(expect.arrayContaining(['SameSite=Strict', 'Path=/']))
      // No Domain: it goes to this host alone.
      for (const attributes of [session!, csrf!]) {
        expect(attributes.includes('Secure')).toBe(isSecure)
        expect(attributes.filter((one) => /^domain/i.test(one))).toEqual([])
      }
    }
  })
})

/** Everything that ends a session; the stream of events of that session must end with it. */
const ends: Record<
  string,
  (
    user: { id: string; email: string; etag: () => Promise<string> },
    own: TestUser['headers'],
  ) => Promise<{ status: number }>
> = {
  'signing out': (_user, headers) => call('POST', '/sign-out', { headers }),
  'another password': async ({ email }, _headers) => {
    const other = await signedIn(email)
    return await call('POST', '/me/password', { headers: other, body: { current: password, wanted: `${password}!` } })
  },
  'a link for a new password, when it is used': async ({ id }) => {
    const { json } = await server.call('POST', `/api/v1/users/${id}/link`)
    return await call('POST', '/links/join', { body: { token: json.token, password: `${password}!` } })
  },
  'an administrator who ends them': ({ id }) => server.call('POST', `/api/v1/users/${id}/sign-out`),
  'disabling the user': async ({ id, etag }) =>
    server.call('PUT', `/api/v1/users/${id}`, {
      body: { policies: ['datagrid_operator'], state: 'disabled' },
      headers: { 'if-match': await etag() },
    }),
  'deleting the user': async ({ id, etag }) =>
    server.call('DELETE', `/api/v1/users/${id}`, { headers: { 'if-match': await etag() } }),
  'the owner of the machine': async ({ email }) => {
    await server.service.signIn.setAdministrator(email, `${password}!`)
    return { status: 204 }
  },
}

/** The stream has begun when this resolves; `ended` when the server has ended it. */
async function listen(headers: Record<string, string>, path = '/events'): Promise<{ ended: Promise<string> }> {
  const answer = await fetch(`${server.url}/api/v1${path}`, { headers })
  expect(answer.status).toBe(200)
  const reader = answer.body!.getReader()
  const decoder = new TextDecoder()
  let text = decoder.decode((await reader.read()).value)
  const ended = (async () => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return text
      text += decoder.decode(value)
    }
  })()
  return { ended }
}

describe.each(Object.entries(ends))('%s', (_name, end) => {
  test('ends the session at once, and the events that it listens to', async () => {
    const user = await invited()
    const headers = await signedIn(user.email)
    expect((await call('GET', '/me', { headers })).status).toBe(200)
    const { ended } = await listen(headers)
    expect((await end(user, headers)).status).toBeLessThan(300)
    expect((await call('GET', '/me', { headers })).status).toBe(401)
    await ended
  })
})

describe('events', () => {
  test('end when a right is lost or an option comes, so that what follows is what may be seen then', async () => {
    for (const change of [
      { policies: ['ampiq_user'], options: [] },
      { policies: ['datagrid_operator'], options: ['restrict_pii'] },
    ]) {
      const { id, email, etag } = await invited()
      const headers = await signedIn(email)
      const { ended } = await listen(headers)
      const changed = await server.call('PUT', `/api/v1/users/${id}`, {
        body: change,
        headers: { 'if-match': await etag() },
      })
      expect(changed.status).toBe(200)
      await ended
      expect((await call('GET', '/me', { headers })).status).toBe(200)
    }
  })

  test('of one workflow end too', async () => {
    await server.project.write([{ external_id: '1', email: 'ada@example.com', name: 'Ada' }])
    const workflow = await server.run()
    const { id, email } = await invited()
    const { ended } = await listen(await signedIn(email), `/workflows/${workflow.id}/events`)
    expect((await server.call('POST', `/api/v1/users/${id}/sign-out`)).status).toBe(204)
    await ended
  })

  test('of a key end when it is deleted, and when its owner is disabled', async () => {
    const { keys } = server.service
    const { id, etag } = await invited()
    const make = () => keys.create(id, { name: 'x', scopes: ['workflow:read'], expiresAt: null })
    const [one, other] = [await make(), await make()]
    const streams = [one, other].map(({ text }) => listen({ authorization: `Bearer ${text}` }))
    const [first, second] = await Promise.all(streams)
    await keys.remove(one.key.id)
    await first!.ended
    const body = { policies: ['datagrid_operator'], state: 'disabled' }
    await server.call('PUT', `/api/v1/users/${id}`, { body, headers: { 'if-match': await etag() } })
    await second!.ended
  })

  test('go on as long as nothing changes', async () => {
    const headers = await signedIn((await invited()).email)
    const { ended } = await listen(headers)
    let hasEnded = false
    const noted = ended.then(() => {
      hasEnded = true
    })
    // Whoever is looked at three times and found is not cut off: another stream, which began later, ends before.
    const other = await invited()
    for (let round = 0; round < 3; round++) {
      const theirs = await signedIn(other.email)
      const stream = await listen(theirs)
      await call('POST', '/sign-out', { headers: theirs })
      await stream.ended
    }
    expect(hasEnded).toBe(false)
    await call('POST', '/sign-out', { headers })
    await noted
    expect(hasEnded).toBe(true)
  })
})

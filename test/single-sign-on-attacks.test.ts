import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type IdentityProvider, startIdentityProvider } from './identity-provider.ts'
import { end, get, openSignOnBench, type SignOnBench, verified } from './single-sign-on-bench.ts'

let bench: SignOnBench
beforeAll(async () => {
  bench = await openSignOnBench()
  bench.provider.people.set('20', verified('zoe', 'operators'))
})
afterAll(() => bench.close())
/** Each test reads the metadata and keys of the provider anew. */
beforeEach(async () => {
  bench.clock.aheadMs = 0
  bench.provider.faults.clear()
  expect((await bench.save('company')).status).toBeLessThan(300)
})

describe('what is not believed', () => {
  const altered = (back: string, change: (query: URLSearchParams) => void) => {
    const url = new URL(back)
    change(url.searchParams)
    return url.href
  }

  test.each<[string, string, (query: URLSearchParams) => void]>([
    ['another state', 'access.sign_in_over', (query) => query.set('state', 'x'.repeat(43))],
    ['no state', 'access.sign_in_over', (query) => query.delete('state')],
    ['another code', 'access.provider_refused', (query) => query.set('code', 'x'.repeat(43))],
    ['no code', 'access.provider_not_trusted', (query) => query.delete('code')],
    ['another issuer', 'access.provider_not_trusted', (query) => query.set('iss', 'https://id.example.com')],
    ['no issuer where it is promised', 'access.provider_not_trusted', (query) => query.delete('iss')],
    ['an ID token beside', 'access.provider_not_trusted', (query) => query.set('response', 'e30.e30.')],
  ])('a way back with %s', async (_what, code, change) => {
    const { back, cookies } = await bench.away('20')
    const answer = await get(altered(back, change), cookies)
    expect(end(answer)).toEqual([403, code])
    expect(answer.cookies.deskside_session).toBe(undefined)
  })

  test('a second state or code in the way back', async () => {
    const { back, cookies } = await bench.away('20')
    expect(end(await get(`${back}&state=x`, cookies))).toEqual([400, 'api.invalid'])
  })

  test('an answer without the cookie of its beginning, with that of another beginning, or with an altered one', async () => {
    const { back, cookies } = await bench.away('20')
    const another = await bench.begin()
    const { deskside_sign_in: sealed = '' } = cookies
    const flipped = sealed.slice(0, -3) + (sealed.endsWith('A', sealed.length - 2) ? 'B' : 'A') + sealed.slice(-2)
    for (const held of [{}, another.cookies, { deskside_sign_in: flipped }, { deskside_sign_in: 'v1.x' }])
      expect(end(await get(back, held))).toEqual([403, 'access.sign_in_over'])
    // None of that has used up the right one.
    expect((await get(back, cookies)).status).toBe(302)
  })

  test('an answer a second time, also at the same moment', async () => {
    const { back, cookies } = await bench.away('20')
    const both = await Promise.all([get(back, cookies), get(back, cookies)])
    expect(both.map(({ status }) => status).sort()).toEqual([302, 403])
    expect(end(await get(back, cookies))).toEqual([403, 'access.sign_in_over'])
    // The code alone is worth nothing either.
    const next = await bench.away('20')
    const code = new URL(back).searchParams.get('code')!
    expect(
      end(
        await get(
          altered(next.back, (query) => query.set('code', code)),
          next.cookies,
        ),
      ),
    ).toEqual([403, 'access.provider_refused'])
  })

  test('the code of somebody else’s sign-in, put into one’s own', async () => {
    const theirs = await bench.away('20')
    const own = await bench.away('20')
    const code = new URL(theirs.back).searchParams.get('code')!
    // It was made for another PKCE verifier.
    expect(
      end(
        await get(
          altered(own.back, (query) => query.set('code', code)),
          own.cookies,
        ),
      ),
    ).toEqual([403, 'access.provider_refused'])
  })

  test('an answer after 10 minutes, or after the provider was set up anew', async () => {
    const late = await bench.away('20')
    bench.clock.aheadMs = 10 * 60_000
    expect(end(await get(late.back, late.cookies))).toEqual([403, 'access.sign_in_over'])
    bench.clock.aheadMs = 0
    await bench.save('company', { default_policies: ['amp360_user'] })
    expect(end(await get(late.back, late.cookies))).toEqual([403, 'access.sign_in_over'])
  })

  test('an answer to another provider, though it is the same issuer', async () => {
    await bench.save('other')
    const { back, cookies } = await bench.away('20')
    expect(end(await get(back.replace('/company/', '/other/'), cookies))).toEqual([403, 'access.sign_in_over'])
  })

  test('an ID token with another nonce', async () => {
    const begun = await bench.begin()
    bench.provider.who = '20'
    const back = await bench.provider.signIn(altered(begun.location!, (query) => query.set('nonce', 'another')))
    const answer = await get(back, begun.cookies)
    expect(end(answer)).toEqual([403, 'access.provider_not_trusted'])
    expect(answer.json.detail).toContain('nonce')
  })

  test('an ID token that another key has signed', async () => {
    bench.provider.faults.set('/jwks', (_request, response) => {
      response.setHeader('content-type', 'application/jwk-set+json').end(JSON.stringify(bench.provider.otherKeys))
    })
    expect(end(await bench.signIn('20'))).toEqual([403, 'access.provider_not_trusted'])
    bench.provider.faults.clear()
  })

  test.each(['none', 'HS256'])('an ID token whose signature is %s, whatever it says', async (alg) => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const begun = await bench.begin()
    bench.provider.who = '20'
    const back = await bench.provider.signIn(begun.location!)
    const nonce = new URL(begun.location!).searchParams.get('nonce')
    const now = Math.floor(Date.now() / 1000)
    bench.provider.faults.set('/token', (_request, response) => {
      const { issuer: iss, clientId: aud, clientSecret } = bench.provider
      const signed = `${part({ alg })}.${part({ iss, aud, sub: '20', iat: now, exp: now + 60, nonce })}`
      const mac = alg === 'none' ? '' : createHmac('sha256', clientSecret).update(signed).digest('base64url')
      const body = { access_token: 'x', token_type: 'bearer', id_token: `${signed}.${mac}` }
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    })
    expect(end(await get(back, begun.cookies))).toEqual([403, 'access.provider_not_trusted'])
  })

  test('a session of before does not become the session of who signs in', async () => {
    const { back, cookies } = await bench.away('20')
    const planted = `dsk_session_${'A'.repeat(43)}`
    const answer = await get(back, { ...cookies, deskside_session: planted })
    expect(answer.status).toBe(302)
    expect(answer.cookies.deskside_session).not.toBe(planted)
    expect((await bench.me({ deskside_session: planted })).status).toBe(401)
    const again = await bench.away('20')
    const second = await get(again.back, { ...again.cookies, ...answer.cookies, ...again.cookies })
    expect(second.cookies.deskside_session).not.toBe(answer.cookies.deskside_session)
  })

  test.each([
    ...[
      '//evil.example.net',
      '/\\evil.example.net',
      'https://evil.example.net',
      'evil.example.net',
      '\\\\evil.example.net',
    ],
    ...[
      '/%09/evil.example.net',
      '/a\\b',
      '/\t/evil.example.net',
      '/\n',
      'javascript:alert(1)',
      '',
      '/ä',
      `/${'x'.repeat(1_000)}`,
    ],
  ])('a way on to another place: %j', async (path) => {
    const answer = await bench.begin('company', `?${new URLSearchParams({ return_to: path })}`)
    // A path that a browser takes for one of ours is taken as it is.
    if (answer.status === 302) expect(new URL(path, 'https://own.example.com').origin).toBe('https://own.example.com')
    else expect(end(answer)).toEqual([400, 'api.invalid'])
    if (path !== '/%09/evil.example.net') expect(answer.status).toBe(400)
  })
})

describe('a provider that fails', () => {
  const broken = (status: number, headers: Record<string, string> = {}, body = '') =>
    ((_request, response) => {
      response.writeHead(status, headers).end(body)
    }) satisfies Parameters<IdentityProvider['faults']['set']>[1]
  const json = { 'content-type': 'application/json' }

  test.each([
    ['is down', broken(503)],
    ['redirects', broken(302, { location: 'http://127.0.0.1:1/' })],
    ['answers with a page', broken(200, { 'content-type': 'text/html' }, '<p>')],
    ['answers without end', broken(200, json, `"${'x'.repeat(1024 * 1024)}"`)],
    ['is another one', broken(200, json, JSON.stringify({ issuer: 'https://id.example.com' }))],
    ['has no endpoints', broken(200, json, '{"issuer":"http://127.0.0.1"}')],
  ])('that %s is not saved, and sends nobody anywhere', async (_what, fault) => {
    bench.provider.faults.set('/.well-known/openid-configuration', fault)
    const refused = await bench.save('company')
    expect([refused.status, refused.json.code]).toEqual([422, 'definition.invalid'])
    expect(refused.json.detail).toContain('was not saved')
    expect(refused.json.fix).toContain('/.well-known/openid-configuration')
    bench.clock.aheadMs = 6 * 60_000
    const answer = await bench.begin()
    expect([answer.location, ...end(answer)]).toEqual([null, 502, 'access.provider_unreachable'])
  })

  test.each([
    ['/token', broken(500), 502, 'access.provider_unreachable'],
    ['/token', broken(307, { location: '/elsewhere' }), 502, 'access.provider_unreachable'],
    ['/token', broken(200, json, '{'), 502, 'access.provider_unreachable'],
    ['/token', broken(401, json, '{"error":"invalid_client","error_description":"x"}'), 403, 'access.provider_refused'],
    ['/jwks', broken(500), 502, 'access.provider_unreachable'],
  ])('at %s lets nobody in (case %$)', async (path, fault, status, code) => {
    const { back, cookies } = await bench.away('20')
    bench.provider.faults.set(path, fault)
    expect(end(await get(back, cookies))).toEqual([status, code])
  })

  test('while it is away, whoever is signed in stays so, and a password still opens', async () => {
    const { cookies } = await bench.signIn('20', verified('zoe', 'operators'))
    bench.provider.faults.set('/.well-known/openid-configuration', broken(503))
    bench.clock.aheadMs = 6 * 60_000
    expect(end(await bench.begin())).toEqual([502, 'access.provider_unreachable'])
    expect((await bench.me(cookies)).status).toBe(200)
    const body = { email: 'admin@example.com', password: bench.server.password }
    expect((await bench.server.call('POST', '/api/v1/sign-in', { key: null, body })).status).toBe(200)
  })

  test('that does not answer at all', async () => {
    const gone = await startIdentityProvider({ redirectUris: [`${bench.server.url}/api/v1/sign-in/gone/callback`] })
    expect((await bench.save('gone', { issuer: gone.issuer })).status).toBe(201)
    await gone.close()
    expect(end(await bench.begin('gone'))).toEqual([502, 'access.provider_unreachable'])
  })
})

describe('who sets up a provider', () => {
  test('gives no right that they do not have, and takes none', async () => {
    const weak = await bench.server.makeKey('user:read', 'user:write', 'orchestration:run')
    const refused = await bench.save('weak', {}, weak)
    expect([refused.status, refused.json.code]).toEqual([403, 'access.denied'])
    expect(refused.json.lacking).toContain('credential:write')
    expect(refused.json.lacking).not.toContain('orchestration:run')
    expect(
      (await bench.save('weak', { mappings: [], default_policies: ['datagrid_administrator'] }, weak)).status,
    ).toBe(403)
    expect((await bench.save('company', { mappings: [] }, weak)).status).toBe(403)
    const { headers } = await bench.server.call('GET', '/api/v1/identity-providers/company')
    const asked = { headers: { 'if-match': headers.get('etag')! }, key: weak }
    expect((await bench.server.call('DELETE', '/api/v1/identity-providers/company', asked)).status).toBe(403)
    const [line] = await bench.linesAbout('identity_provider/company', 'user:write')
    expect(line).toMatchObject({ allowed: false, detail: { lacking: expect.arrayContaining(['user:write'].slice(1)) } })
  })

  test('becomes nobody who may do more, by saying that their address was verified', async () => {
    const weak = await bench.server.makeKey('user:read', 'user:write')
    const evil = await startIdentityProvider({ redirectUris: [`${bench.server.url}/api/v1/sign-in/evil/callback`] })
    try {
      await bench.server.call('POST', '/api/v1/users', {
        body: { email: 'jo@example.com', policies: ['datagrid_administrator'] },
      })
      const more = { issuer: evil.issuer, mappings: [] }
      expect((await bench.save('evil', more, weak)).status).toBe(201)
      evil.people.set('1', verified('jo'))
      const enter = async () => {
        const begun = await bench.begin('evil')
        evil.who = '1'
        return await get(await evil.signIn(begun.location!), begun.cookies)
      }
      expect(end(await enter())).toEqual([403, 'access.denied'])
      expect((await bench.userOf('jo')).single_sign_on).toBe(null)
      // An administrator vouches for the same provider.
      expect((await bench.save('evil', more)).status).toBe(200)
      expect((await enter()).status).toBe(302)
      expect((await bench.userOf('jo')).single_sign_on).toBe(evil.issuer)
    } finally {
      await evil.close()
    }
  })

  test.each([
    [{ issuer: 'http://id.example.com' }, 'its address must begin with https://'],
    [{ issuer: 'https://10.0.0.1' }, 'DESKSIDE_ALLOWED_HOSTS'],
    [{ issuer: 'https://169.254.169.254/latest' }, 'DESKSIDE_ALLOWED_HOSTS'],
    [{ issuer: 'https://user:password@id.example.com' }, 'user or a password'],
    [{ issuer: 'https://id.example.com/.well-known/openid-configuration' }, '.well-known'],
    [{ issuer: 'https://id.example.com?tenant=1' }, 'neither ? nor #'],
    [{ issuer: 'id.example.com' }, 'must be a URL'],
    [{ scopes: ['email'] }, 'must include openid'],
    [{ mappings: [{ group: 'x', policies: ['none'] }] }, 'mappings.0.policies.0'],
    [{ mappings: [{ group: 'x' }] }, 'must give a policy or an option'],
    [{ client_secret: 'a b' }, 'plain characters'],
    [{ email_domains: ['@example.com'] }, 'must be a domain'],
    [{ unknown: 1 }, 'unknown'],
  ])('hears what is wrong with %j', async (more, says) => {
    const { status, json } = await bench.save('wrong', more)
    expect([status, json.code]).toEqual([422, 'definition.invalid'])
    expect(json.detail).toContain(says)
  })

  test('keeps the secret when they leave it out, but for another issuer', async () => {
    expect((await bench.save('company', { client_secret: undefined, name: 'Renamed' })).status).toBe(200)
    expect((await bench.signIn('20')).status).toBe(302)
    const { status, json } = await bench.save('company', { client_secret: undefined, issuer: 'https://id.example.com' })
    expect([status, json.detail]).toEqual([422, expect.stringContaining('client_secret')])
  })

  test('finds the secret nowhere again, and nobody else does', async () => {
    await bench.signIn('20')
    const lines: string[] = []
    for await (const line of bench.server.service.store.dump()) lines.push(line)
    const told = [
      ...lines,
      JSON.stringify(bench.server.lines),
      (await bench.server.call('GET', '/api/v1/identity-providers')).text,
      (await bench.server.call('GET', '/api/v1/identity-providers/company')).text,
      (await bench.server.call('GET', '/api/v1/activity?limit=200')).text,
      (await bench.server.call('GET', '/api/v1/sign-in/providers')).text,
    ]
    expect(told.filter((text) => text.includes(bench.provider.clientSecret))).toEqual([])
    expect(lines.some((line) => line.includes('identity_provider/company/client_secret'))).toBe(true)
    // Nor codes, states and tokens of sign-ins.
    expect(JSON.stringify(bench.server.lines)).not.toMatch(/code=|state=|dsk_session_|eyJ/)
  })
})

import { request } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { shownProblems } from '../src/server/routes-sso.ts'
import { openTestServer } from '../src/server/test-server.ts'
import { failureCodes, failureOf } from '../ui/pages/sign-in/failures.ts'
import { type Person, startIdentityProvider } from './identity-provider.ts'
import { end, get, openSignOnBench, type SignOnBench, verified } from './single-sign-on-bench.ts'

let bench: SignOnBench
beforeAll(async () => {
  bench = await openSignOnBench()
})
afterAll(() => bench.close())
/** Each test reads the metadata and keys of the provider anew. */
beforeEach(async () => {
  bench.clock.aheadMs = 0
  bench.provider.faults.clear()
  expect((await bench.save('company')).status).toBeLessThan(300)
})

describe('who signs in', () => {
  test('somebody new becomes a user with the policies of the groups, in a session like any other', async () => {
    expect((await get(`${bench.server.url}/api/v1/sign-in/providers`)).json).toEqual({
      items: [{ key: 'company', name: 'Company account' }],
    })
    bench.provider.people.set('1', verified('ada', 'operators', 'no personal data', 'unknown'))
    const { back, cookies } = await bench.away('1', 'company', '?return_to=/workflows%3Fstate%3Derror')
    const answer = await get(back, cookies)
    expect([answer.status, answer.location]).toEqual([302, '/workflows?state=error'])
    expect(answer.cookies.deskside_sign_in).toBe('')
    const { kind, name, may } = (await bench.me(answer.cookies)).json
    expect([kind, name]).toEqual(['user', 'ada@example.com'])
    expect([may.includes('orchestration:run'), may.includes('pii:read'), may.includes('user:read')]).toEqual([
      true,
      false,
      false,
    ])
    const ada = await bench.userOf('ada')
    expect(ada).toMatchObject({ name: 'ada', policies: ['datagrid_operator'], options: ['restrict_pii'] })
    expect(ada).toMatchObject({ single_sign_on: bench.provider.issuer, has_password: false })
    const [line] = await bench.linesAbout(`user/${ada.id}`, 'session:begin')
    expect(line).toMatchObject({ allowed: true, actor: `user/${ada.id}`, detail: { by: 'identity_provider/company' } })
    const [joined] = await bench.linesAbout(`user/${ada.id}`, 'user:write')
    expect(joined).toMatchObject({ actor: 'system', detail: { change: 'join', policies: ['datagrid_operator'] } })
  })

  test('groups that change at the provider change rights at the next sign-in, over what was given by hand', async () => {
    await bench.signIn('2', verified('ben', 'operators'))
    const { id, version } = await bench.userOf('ben')
    await bench.server.call('PUT', `/api/v1/users/${id}`, {
      headers: { 'if-match': (await bench.server.call('GET', `/api/v1/users/${id}`)).headers.get('etag')! },
      body: { name: 'Ben', policies: ['datagrid_administrator'], options: [] },
    })
    expect((await bench.userOf('ben')).version).toBe(version + 1)
    const signed = await bench.signIn('2', verified('ben', 'analysts'))
    expect(await bench.userOf('ben')).toMatchObject({ id, policies: ['amp360_user'], options: [] })
    const [changed] = await bench.linesAbout(`user/${id}`, 'user:write')
    expect(changed.detail).toMatchObject({ change: 'map', identity_provider: 'company', policies: ['amp360_user'] })
    // What says nothing new leaves no line.
    await bench.signIn('2')
    expect((await bench.linesAbout(`user/${id}`, 'user:write'))[0].id).toBe(changed.id)

    expect(end(await bench.signIn('2', verified('ben')))).toEqual([403, 'access.denied'])
    expect(await bench.userOf('ben')).toMatchObject({ policies: [], options: [] })
    expect((await bench.me(signed.cookies)).status).toBe(401)
    const [refused] = await bench.linesAbout(`user/${id}`, 'session:begin')
    expect(refused).toMatchObject({ allowed: false, actor: 'nobody', detail: { reason: 'access.denied' } })

    expect((await bench.signIn('2', verified('ben', 'operators'))).status).toBe(302)
    expect((await bench.userOf('ben')).policies).toEqual(['datagrid_operator'])
  })

  test('without a mapping that fits nobody is made, and a default policy lets them in', async () => {
    expect(end(await bench.signIn('3', verified('cy', 'unknown')))).toEqual([403, 'access.denied'])
    expect(await bench.userOf('cy')).toBe(undefined)
    await bench.save('company', { default_policies: ['ampiq_user_read_only'] })
    expect((await bench.signIn('3')).status).toBe(302)
    expect((await bench.userOf('cy')).policies).toEqual(['ampiq_user_read_only'])
    // A default is for those whose groups give none.
    await bench.signIn('3', verified('cy', 'analysts'))
    expect((await bench.userOf('cy')).policies).toEqual(['amp360_user'])
  })

  test('without any mapping, what administrators give by hand stays', async () => {
    await bench.save('company', { mappings: [], default_policies: ['ampiq_user_read_only'] })
    await bench.signIn('4', verified('dee'))
    const { id } = await bench.userOf('dee')
    const { headers } = await bench.server.call('GET', `/api/v1/users/${id}`)
    const body = { policies: ['datagrid_operator'], options: [] }
    await bench.server.call('PUT', `/api/v1/users/${id}`, { headers: { 'if-match': headers.get('etag')! }, body })
    expect((await bench.signIn('4')).status).toBe(302)
    expect((await bench.userOf('dee')).policies).toEqual(['datagrid_operator'])
    // Whom mappings had left with nothing gets the default once there are none.
    await bench.save('company')
    expect(end(await bench.signIn('4'))).toEqual([403, 'access.denied'])
    await bench.save('company', { mappings: [], default_policies: ['ampiq_user_read_only'] })
    expect((await bench.signIn('4')).status).toBe(302)
    expect((await bench.userOf('dee')).policies).toEqual(['ampiq_user_read_only'])
  })

  test('an address that was not verified is linked to nobody, and a verified one to who was invited', async () => {
    const invited = { email: 'eve@example.com', policies: ['amp360_user'] }
    const { json } = await bench.server.call('POST', '/api/v1/users', { body: invited })
    for (const email_verified of [false, undefined, 'true' as unknown as boolean]) {
      expect(end(await bench.signIn('5', { ...verified('eve', 'operators'), email_verified }))).toEqual([
        403,
        'access.denied',
      ])
      expect(await bench.userOf('eve')).toMatchObject({ single_sign_on: null, policies: ['amp360_user'] })
    }
    // Nor does it take anything away from somebody who is no user at the provider.
    expect(end(await bench.signIn('5', verified('eve')))).toEqual([403, 'access.denied'])
    expect(await bench.userOf('eve')).toMatchObject({ single_sign_on: null, policies: ['amp360_user'] })

    expect((await bench.signIn('5', verified('eve', 'operators'))).status).toBe(302)
    expect(await bench.userOf('eve')).toMatchObject({
      ...{ id: json.user.id, single_sign_on: bench.provider.issuer, policies: ['datagrid_operator'] },
    })
    const opened = await bench.server.call('POST', '/api/v1/links/open', {
      key: null,
      body: { token: json.link.token },
    })
    expect([opened.status, opened.json.code]).toEqual([404, 'access.link_over'])
    // Somebody else at the provider, who has the address now, is not this user.
    expect(end(await bench.signIn('5 b', verified('eve', 'administrators')))).toEqual([403, 'access.denied'])
    expect((await bench.userOf('eve')).policies).toEqual(['datagrid_operator'])
  })

  test('who is disabled stays out, and nothing of them changes', async () => {
    await bench.signIn('6', verified('fay', 'operators'))
    const { id } = await bench.userOf('fay')
    const { headers } = await bench.server.call('GET', `/api/v1/users/${id}`)
    await bench.server.call('PUT', `/api/v1/users/${id}`, {
      headers: { 'if-match': headers.get('etag')! },
      body: { policies: ['datagrid_operator'], options: [], state: 'disabled' },
    })
    expect(end(await bench.signIn('6', verified('fay', 'analysts')))).toEqual([403, 'access.disabled'])
    expect(await bench.userOf('fay')).toMatchObject({ state: 'disabled', policies: ['datagrid_operator'] })
    expect((await bench.linesAbout(`user/${id}`, 'session:begin'))[0]).toMatchObject({ allowed: false })
  })

  test('the last administrator stays one, whatever the groups say', async () => {
    expect((await bench.signIn('7', verified('admin', 'analysts'))).status).toBe(302)
    const admin = await bench.userOf('admin')
    expect(admin).toMatchObject({ single_sign_on: bench.provider.issuer, policies: ['datagrid_administrator'] })
    const [line] = await bench.linesAbout(`user/${admin.id}`, 'user:write')
    expect(line.detail).toMatchObject({ change: 'map', kept: 'last_administrator' })
    expect(end(await bench.signIn('7', verified('admin')))).toEqual([302, undefined])
    // With another one beside them, they are like everybody.
    await bench.signIn('7 b', verified('gus', 'administrators'))
    await bench.signIn('7', verified('admin', 'operators'))
    expect((await bench.userOf('admin')).policies).toEqual(['datagrid_operator'])
    await bench.signIn('7', verified('admin', 'administrators'))
  })

  test.each<[string, unknown, string]>([
    ['missing', undefined, 'The claim groups, which holds the groups, is missing.'],
    ['one text', 'operators', 'The claim groups, which holds the groups, is no list of texts.'],
    ['a list of numbers', [1], 'The claim groups, which holds the groups, is no list of texts.'],
    ['an object', { operators: true }, 'The claim groups, which holds the groups, is no list of texts.'],
  ])('groups that are %s end the sign-in with what is to be done', async (_what, groups, detail) => {
    const answer = await bench.signIn('8', { ...verified('hal'), groups })
    expect(end(answer)).toEqual([403, 'access.provider_claims'])
    expect(answer.json).toMatchObject({ detail, fix: expect.stringContaining('groups') })
    expect(await bench.userOf('hal')).toBe(undefined)
  })

  test.each<[string, Person]>([
    ['no address', {}],
    ['no address in it', { email: 'nobody' }],
    ['an empty one', { email: '' }],
  ])('nobody becomes a user with %s', async (_what, person) => {
    expect(end(await bench.signIn('9', { groups: ['operators'], ...person }))).toEqual([403, 'access.provider_claims'])
  })

  test('only verified addresses of the domains that are named get in', async () => {
    await bench.save('company', { email_domains: ['corp.example.com', 'example.com'] })
    const person = verified('ida', 'operators')
    for (const email of ['ida@example.org', 'ida@evil-example.com', 'ida@example.com@evil.example.net']) {
      expect(end(await bench.signIn('10', { ...person, email }))).toEqual([403, 'access.denied'])
    }
    expect(end(await bench.signIn('10', { ...person, email_verified: false }))).toEqual([403, 'access.denied'])
    expect((await bench.signIn('10', { ...person, email: 'Ida@Example.com' })).status).toBe(302)
    expect(end(await bench.signIn('10', { ...person, email: 'ida@example.org' }))).toEqual([403, 'access.denied'])
  })

  test('somebody who says no at the provider is told so', async () => {
    const answer = await bench.signIn(null)
    expect(end(answer)).toEqual([403, 'access.provider_refused'])
    expect(answer.json.detail).toBe('The identity provider did not sign you in (access_denied).')
  })
})

test('what a password or a link opens, and what it does not, is in the log like a sign-in elsewhere', async () => {
  const { id } = await bench.userOf('admin')
  const enter = (password: string, email = 'admin@example.com') =>
    bench.server.call('POST', '/api/v1/sign-in', { key: null, body: { email, password } })
  await enter(bench.server.password)
  expect((await bench.linesAbout(`user/${id}`, 'session:begin'))[0]).toMatchObject({
    ...{ allowed: true, actor: `user/${id}`, detail: { by: 'password' }, address: '127.0.0.1' },
  })
  await enter('a wrong password')
  expect((await bench.linesAbout(`user/${id}`, 'session:begin'))[0]).toMatchObject({
    ...{ allowed: false, actor: 'nobody', detail: { by: 'password', reason: 'wrong' } },
  })
  await enter('a wrong password', 'typed-by-mistake@example.com')
  const [unknown] = await bench.linesAbout('user', 'session:begin')
  expect(unknown).toMatchObject({ allowed: false })
  expect(JSON.stringify(unknown)).not.toContain('typed-by-mistake')
  const { json } = await bench.server.call('POST', '/api/v1/users', {
    body: { email: 'kim@example.com', policies: ['amp360_user'] },
  })
  const body = { token: json.link.token, password: 'correct horse battery staple' }
  expect((await bench.server.call('POST', '/api/v1/links/join', { key: null, body })).status).toBe(200)
  expect((await bench.linesAbout(`user/${json.user.id}`, 'session:begin'))[0].detail).toEqual({ by: 'link' })
})

test('claims that are at the UserInfo endpoint alone count like those of the ID token', async () => {
  const redirectUris = [`${bench.server.url}/api/v1/sign-in/thin/callback`]
  const thin = await startIdentityProvider({ redirectUris, inIdToken: false })
  try {
    await bench.save('thin', { issuer: thin.issuer })
    thin.people.set('1', verified('lea', 'analysts'))
    const begun = await bench.begin('thin')
    thin.who = '1'
    expect((await get(await thin.signIn(begun.location!), begun.cookies)).status).toBe(302)
    expect((await bench.userOf('lea')).policies).toEqual(['amp360_user'])
  } finally {
    await thin.close()
  }
})

describe('where people come back to', () => {
  test('is the address on this machine, whatever the request calls the server', async () => {
    const location = await new Promise<string>((resolve, reject) => {
      const headers = { host: 'evil.example.net', 'x-forwarded-host': 'evil.example.net', 'x-forwarded-proto': 'https' }
      request(`${bench.server.url}/api/v1/sign-in/company/begin`, { headers }, (answer) => {
        answer.resume()
        resolve(String(answer.headers.location))
      })
        .once('error', reject)
        .end()
    })
    expect(new URL(location).searchParams.get('redirect_uri')).toBe(
      `${bench.server.url}/api/v1/sign-in/company/callback`,
    )
  })

  test('is DESKSIDE_PUBLIC_URL, also under a path of a proxy', async () => {
    const behind = await openTestServer({ env: { DESKSIDE_PUBLIC_URL: 'https://deskside.example.com/crm/' } })
    try {
      const body = { key: 'company', body: bench.bodyOf() }
      expect((await behind.call('POST', '/api/v1/identity-providers', { body })).status).toBe(201)
      const begun = await get(`${behind.url}/api/v1/sign-in/company/begin?return_to=/workflows`)
      bench.provider.people.set('30', verified('max', 'operators'))
      bench.provider.who = '30'
      const back = new URL(await bench.provider.signIn(begun.location!))
      expect(back.origin + back.pathname).toBe('https://deskside.example.com/crm/api/v1/sign-in/company/callback')
      const answer = await get(`${behind.url}/api/v1/sign-in/company/callback${back.search}`, begun.cookies)
      expect([answer.status, answer.location]).toEqual([302, '/crm/workflows'])
    } finally {
      await behind.close()
    }
  })

  test.each([
    ['https://deskside.example.com/', 302],
    ['http://deskside.example.com', 503],
    ['deskside.example.com', 503],
    ['', 503],
  ])('is DESKSIDE_PUBLIC_URL %j for a server that others reach', async (url, status) => {
    const open = await openTestServer({ host: '0.0.0.0', env: { DESKSIDE_PUBLIC_URL: url } })
    try {
      const body = { key: 'company', body: bench.bodyOf() }
      expect((await open.call('POST', '/api/v1/identity-providers', { body })).status).toBe(201)
      const answer = await get(`${open.url}/api/v1/sign-in/company/begin`)
      expect(answer.status).toBe(status)
      if (status === 503) expect(answer.json.code).toBe('access.no_public_url')
      else
        expect(new URL(answer.location!).searchParams.get('redirect_uri')).toBe(
          'https://deskside.example.com/api/v1/sign-in/company/callback',
        )
    } finally {
      await open.close()
    }
  })
})

describe('a browser whose sign-in fails', () => {
  const page = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
  const begin = '/api/v1/sign-in/company/begin'
  const callback = '/api/v1/sign-in/company/callback'

  test.each<[string, string, number, string]>([
    ['of no provider', '/api/v1/sign-in/none/begin', 404, 'store.not_found'],
    ['that would go elsewhere', `${begin}?return_to=https%3A%2F%2Fevil.example`, 400, 'api.invalid'],
    ['without a beginning', `${callback}?code=x&state=y`, 403, 'access.sign_in_over'],
    ['with two codes', `${callback}?code=x&code=y`, 400, 'api.invalid'],
  ])('%s is led to the page, and whoever asks for JSON gets the problem', async (_what, path, status, code) => {
    const url = `${bench.server.url}${path}`
    const shown = await get(url, {}, page)
    expect([shown.status, shown.location, shown.json]).toEqual([302, `/sign-in?problem=${code}`, null])
    for (const accept of ['application/json', '*/*', 'application/json, text/html'])
      expect(end(await get(url, {}, accept))).toEqual([status, code])
  })

  test.each<[string, string, (query: URLSearchParams) => void]>([
    [
      'what the provider says',
      'access.provider_refused',
      (query) => {
        query.set('error', 'access_denied')
        query.set('error_description', 'https://evil.example <b>call us</b>')
        query.delete('code')
      },
    ],
    [
      'an answer that is not trusted',
      'access.provider_not_trusted',
      (query) => query.set('iss', 'https://evil.example'),
    ],
  ])('hears nothing of %s in its address, and its attempt is over', async (_what, code, change) => {
    const { back, cookies } = await bench.away('1')
    const url = new URL(back)
    change(url.searchParams)
    const shown = await get(url.href, cookies, page)
    expect([shown.status, shown.location, shown.cookies]).toEqual([
      302,
      `/sign-in?problem=${code}`,
      { deskside_sign_in: '' },
    ])
  })

  test('is shown at most what the page has words for, in words of its own', () => {
    expect([...failureCodes].sort()).toEqual([...shownProblems].sort())
    expect(
      [...failureCodes, 'internal', 'toString', '', undefined].map((code) => failureOf(code)?.code ?? null),
    ).toEqual([...failureCodes, ...[null, null, null, null]])
  })
})

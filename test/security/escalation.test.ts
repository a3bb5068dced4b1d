import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Action } from '../../src/access/authorize.ts'
import type { OptionKey, PolicyKey } from '../../src/access/policies.ts'
import { openTestServer, type TestServer, type TestUser } from '../../src/server/test-server.ts'
import { type IdentityProvider, startIdentityProvider } from '../identity-provider.ts'

/** Ways to more rights that take more than one step. The single ones are in src/server/access-matrix.test.ts. */

let server: TestServer
let provider: IdentityProvider
beforeAll(async () => {
  server = await openTestServer({ destination: { admin_only: false } })
  provider = await startIdentityProvider({ redirectUris: [`${server.url}/api/v1/sign-in/theirs/callback`] })
})
afterAll(async () => {
  await server.close()
  await provider.close()
})

const password = 'another horse battery staple'
type Who = Pick<TestUser, 'headers'> | { key: string }

/** As this user, or this key, or (where nobody is named) as an administrator's key. */
function as(who: Who | null, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const given = who === null ? {} : 'key' in who ? { key: who.key } : { key: null }
  const own = who !== null && 'headers' in who ? who.headers : {}
  return server.call(method, `/api/v1${path}`, {
    ...given,
    headers: { ...own, ...headers },
    ...(body !== undefined && { body }),
  })
}

async function edit(
  who: Who | null,
  id: string,
  change: { policies: PolicyKey[]; options?: OptionKey[]; state?: string },
) {
  const etag = (await as(null, 'GET', `/users/${id}`)).headers.get('etag')!
  return await as(who, 'PUT', `/users/${id}`, change, { 'if-match': etag })
}

const join = (token: string) => server.call('POST', '/api/v1/links/join', { key: null, body: { token, password } })
const open = (token: string) => server.call('POST', '/api/v1/links/open', { key: null, body: { token } })

/** Somebody who has not come in yet, and the link by which they would. */
async function invite(who: Who | null, policies: PolicyKey[], options: OptionKey[] = []) {
  const made = await as(who, 'POST', '/users', { email: `${crypto.randomUUID()}@example.com`, policies, options })
  expect(made.status).toBe(201)
  return {
    id: made.json.user.id as string,
    email: made.json.user.email as string,
    token: made.json.link.token as string,
  }
}

const userAdmin = () => server.makeUser(['amp360_user'], ['allow_user_administration', 'restrict_downloads'])

describe('who administers users', () => {
  let mallory: TestUser
  beforeEach(async () => {
    mallory = await userAdmin()
  })

  test.each<[PolicyKey[], OptionKey[]]>([
    [['datagrid_administrator'], []],
    [['datagrid_operator'], ['allow_user_administration']],
    [
      ['amp360_user', 'datagrid_operator_read_only'],
      ['allow_user_administration', 'restrict_downloads'],
    ],
    [['amp360_user'], ['allow_user_administration']],
    [['amp360_user'], ['allow_user_administration', 'allow_api_key_administration', 'restrict_downloads']],
  ])(
    'gives %j with %j neither to themselves, nor to somebody new, nor to somebody there',
    async (policies, options) => {
      expect((await edit(mallory, mallory.id, { policies, options })).status).toBe(403)
      const email = `${crypto.randomUUID()}@example.com`
      expect((await as(mallory, 'POST', '/users', { email, policies, options })).status).toBe(403)
      const puppet = await invite(mallory, ['amp360_user_read_only'], ['restrict_downloads'])
      expect((await edit(mallory, puppet.id, { policies, options })).status).toBe(403)
    },
  )

  test('touches nobody who may do more, in no way', async () => {
    const { id } = await server.makeUser(['datagrid_operator'])
    const lower = { policies: ['amp360_user_read_only' as const], options: ['restrict_downloads' as const] }
    expect((await edit(mallory, id, lower)).status).toBe(403)
    expect((await edit(mallory, id, { policies: ['datagrid_operator'], state: 'disabled' })).status).toBe(403)
    expect((await as(mallory, 'POST', `/users/${id}/link`)).status).toBe(403)
    expect((await as(mallory, 'POST', `/users/${id}/sign-out`)).status).toBe(403)
    expect((await as(mallory, 'DELETE', `/users/${id}`, undefined, { 'if-match': '"1"' })).status).toBe(403)
  })

  test('comes in by no link of before as somebody who may do more by now', async () => {
    const victim = await server.makeUser(['amp360_user_read_only'], ['restrict_downloads'])
    const { token } = (await as(mallory, 'POST', `/users/${victim.id}/link`)).json
    expect((await open(token)).status).toBe(200)
    expect((await edit(null, victim.id, { policies: ['datagrid_administrator'] })).status).toBe(200)
    for (const answer of [await open(token), await join(token)]) {
      expect([answer.status, answer.json.code]).toEqual([404, 'access.link_over'])
      expect(answer.text).not.toContain(victim.email)
    }
    // Nothing was used up or changed: an administrator’s own link is good.
    const good = (await as(null, 'POST', `/users/${victim.id}/link`)).json.token
    expect((await join(good)).status).toBe(200)
  })

  test('leaves no way in behind when they are dismissed', async () => {
    const puppet = await invite(mallory, ['amp360_user_read_only'], ['restrict_downloads'])
    const victim = await server.makeUser(['amp360_user_read_only'], ['restrict_downloads'])
    const { token } = (await as(mallory, 'POST', `/users/${victim.id}/link`)).json
    const rights = {
      policies: ['amp360_user' as const],
      options: ['allow_user_administration' as const, 'restrict_downloads' as const],
    }
    const ways: [string, () => Promise<unknown>, () => Promise<unknown>][] = [
      [
        'disabled',
        () => edit(null, mallory.id, { ...rights, state: 'disabled' }),
        () => edit(null, mallory.id, rights),
      ],
      [
        'without the right',
        () => edit(null, mallory.id, { policies: ['amp360_user'], options: [] }),
        () => edit(null, mallory.id, rights),
      ],
    ]
    for (const [, dismiss, takeBack] of ways) {
      await dismiss()
      for (const one of [token, puppet.token]) expect((await open(one)).status).toBe(404)
      for (const one of [token, puppet.token]) expect((await join(one)).status).toBe(404)
      await takeBack()
    }
    for (const one of [token, puppet.token]) expect((await open(one)).status).toBe(200)
    const etag = (await as(null, 'GET', `/users/${mallory.id}`)).headers.get('etag')!
    await as(null, 'DELETE', `/users/${mallory.id}`, undefined, { 'if-match': etag })
    for (const one of [token, puppet.token]) expect((await join(one)).status).toBe(404)
    const { items } = (await server.call('GET', `/api/v1/activity?action=password:set&object=user/${victim.id}`)).json
    expect(items.map(({ allowed, detail }: { allowed: boolean; detail: object }) => ({ allowed, ...detail }))).toEqual(
      Array(3).fill({ allowed: false, link: 'invitation', reason: 'maker', maker: `user/${mallory.id}` }),
    )
  })

  test('comes in by no provider of their own as somebody who may do more by now', async () => {
    const body = {
      ...{
        name: 'Theirs',
        issuer: provider.issuer,
        client_id: provider.clientId,
        client_secret: provider.clientSecret,
      },
      scopes: ['openid', 'email', 'profile', 'groups'],
    }
    expect((await as(mallory, 'POST', '/identity-providers', { key: 'theirs', body })).status).toBe(201)
    const victim = await invite(null, ['amp360_user_read_only'], ['restrict_downloads'])
    provider.people.set('v', { email: victim.email, email_verified: true, groups: [] })
    const enter = async () => {
      const begun = await fetch(`${server.url}/api/v1/sign-in/theirs/begin`, { redirect: 'manual' })
      const cookie = begun.headers
        .getSetCookie()
        .map((one) => one.split(';')[0])
        .join('; ')
      provider.who = 'v'
      const back = await provider.signIn(begun.headers.get('location')!)
      const answer = await fetch(back, { redirect: 'manual', headers: { cookie } })
      await answer.text()
      return answer.status
    }
    expect(await enter()).toBe(302)
    await edit(null, victim.id, { policies: ['datagrid_administrator'] })
    expect(await enter()).toBe(403)
    await edit(null, victim.id, { policies: ['amp360_user_read_only'], options: ['restrict_downloads'] })
    expect(await enter()).toBe(302)
    // Whoever set it up was disabled since: those who may do no more still come back.
    const rights = {
      policies: ['amp360_user' as const],
      options: ['allow_user_administration' as const, 'restrict_downloads' as const],
    }
    await edit(null, mallory.id, { ...rights, state: 'disabled' })
    expect(await enter()).toBe(302)
    await edit(null, victim.id, { policies: ['datagrid_operator'] })
    expect(await enter()).toBe(403)
    // An administrator who takes it over vouches for it.
    const { headers, json } = await as(null, 'GET', '/identity-providers/theirs')
    expect(
      (await as(null, 'PUT', '/identity-providers/theirs', { body: json.body }, { 'if-match': headers.get('etag')! }))
        .status,
    ).toBe(200)
    expect(await enter()).toBe(302)
  })

  test('sets up no provider that gives more than they have', async () => {
    const body = { name: 'X', issuer: provider.issuer, client_id: 'x', client_secret: 'x' }
    for (const more of [
      { default_policies: ['datagrid_administrator'] },
      { mappings: [{ group: 'a', policies: ['datagrid_operator'] }] },
      { mappings: [{ group: 'a', policies: ['amp360_user'] }] },
      {
        mappings: [
          { group: 'a', policies: ['amp360_user'], options: ['allow_api_key_administration', 'restrict_downloads'] },
        ],
      },
    ])
      expect((await as(mallory, 'POST', '/identity-providers', { body: { ...body, ...more } })).status).toBe(403)
  })
})

describe('an API key', () => {
  const make = (who: Who, scopes: readonly Action[]) => as(who, 'POST', '/keys', { name: 'x', scopes })

  test('gets no scope that its maker lacks, nor does a key that a key makes, to any depth', async () => {
    const user = await server.makeUser(['amp360_user'], ['allow_api_key_administration'])
    for (const scope of ['credential:write', 'user:write', 'server:maintain'] as const)
      expect((await make(user, ['workflow:read', scope])).status).toBe(403)
    const first = (await make(user, ['key:write', 'workflow:read'])).json.secret as string
    for (const scope of ['orchestration:run', 'key:administer', 'person:read'] as const)
      expect((await make({ key: first }, [scope])).status).toBe(403)
    const second = (await make({ key: first }, ['key:write'])).json.secret as string
    expect((await make({ key: second }, ['workflow:read'])).status).toBe(403)
    // What the first key makes is its owner’s, and ends with the owner.
    await edit(null, user.id, {
      policies: ['amp360_user'],
      options: ['allow_api_key_administration'],
      state: 'disabled',
    })
    for (const key of [first, second]) expect((await as({ key }, 'GET', '/me')).status).toBe(401)
  })

  test('does not come back to rights that its owner has lost, nor gets those that the owner gains', async () => {
    const user = await server.makeUser(['datagrid_operator'], ['allow_api_key_administration'])
    const key = { key: (await make(user, ['credential:read', 'key:write'])).json.secret as string }
    await edit(null, user.id, { policies: ['amp360_user'], options: ['allow_api_key_administration'] })
    expect((await as(key, 'GET', '/credentials')).status).toBe(403)
    expect((await make(key, ['credential:read'])).status).toBe(403)
    await edit(null, user.id, { policies: ['datagrid_administrator'] })
    expect((await as(key, 'GET', '/me')).json.may).toEqual(['credential:read', 'key:write'])
  })

  test('of a user administrator is not that user: it takes no more than its own scopes along', async () => {
    const user = await server.makeUser(['datagrid_administrator'])
    const key = { key: (await make(user, ['user:read', 'user:write'])).json.secret as string }
    expect((await as(key, 'POST', `/users/${user.id}/link`)).status).toBe(403)
    expect((await edit(key, user.id, { policies: ['ampiq_user_read_only'] })).status).toBe(403)
    const email = `${crypto.randomUUID()}@example.com`
    expect((await as(key, 'POST', '/users', { email, policies: ['ampiq_user_read_only'] })).status).toBe(403)
    // Nor does a session that comes along give it more.
    const mixed = await server.call('GET', '/api/v1/credentials', { key: key.key, headers: user.headers })
    expect(mixed.status).toBe(403)
  })
})

describe('a secret', () => {
  test('of a mail server is not shown to another one: it is needed again where that changes', async () => {
    const channel = {
      type: 'smtp',
      host: 'mail.example.com',
      port: 587,
      secure: false,
      user: 'u',
      from: 'a@example.com',
    }
    const made = await as(null, 'POST', '/channels', { key: 'mail', body: { ...channel, password: 'hunter22' } })
    expect(made.status).toBe(201)
    const mallory = await server.makeUser(['ampiq_user'])
    const put = async (change: object) => {
      const etag = (await as(null, 'GET', '/channels/mail')).headers.get('etag')!
      return await as(mallory, 'PUT', '/channels/mail', { body: { ...channel, ...change } }, { 'if-match': etag })
    }
    for (const change of [{ host: 'evil.example.com' }, { port: 25 }, { secure: true }, { user: 'v' }]) {
      const { status, text } = await put(change)
      expect([status, text]).toEqual([422, expect.stringContaining('password is missing')])
    }
    expect((await put({ name: 'Post' })).status).toBe(200)
    expect((await put({ host: 'other.example.com', password: 'hunter33' })).status).toBe(200)
  })

  test('of the environment is not named by a credential that somebody makes', async () => {
    for (const field of ['client_id', 'name']) {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the environment
      const body = { type: 'zendesk_oauth', name: 'X', client_id: 'x', [field]: 'a${CLIENT_SECRET}' }
      const operator = await server.makeUser(['datagrid_operator'])
      const made = await as(operator, 'POST', '/credentials', { body: { ...body, client_secret: 'x' } })
      expect([made.status, made.text]).toEqual([422, expect.stringContaining(`${field} must not hold`)])
      const asked = await as(operator, 'POST', '/hand-overs', { body, hours: 1 })
      expect([asked.status, asked.text]).toEqual([422, expect.stringContaining(field)])
    }
  })
})

describe('a destination for administrators only', () => {
  let user: TestUser
  beforeAll(async () => {
    user = await server.makeUser(['amp360_user'])
    const { json } = await as(null, 'GET', '/destinations/zendesk')
    const secret = { ...json.body, name: 'Hidden', admin_only: true }
    expect((await as(null, 'POST', '/destinations', { key: 'hidden', body: secret })).status).toBe(201)
    const body = { query: 'people', destination: 'hidden' }
    expect((await as(null, 'POST', '/orchestrations', { key: 'hidden', body })).status).toBe(201)
    const manual = { run: { on: 'signal', signal: 'go' }, orchestrations: ['hidden'] }
    expect((await as(null, 'POST', '/groups', { key: 'hidden', body: manual })).status).toBe(201)
  })

  test('is used by nobody else through an orchestration, a group, a schedule, a signal, a run or a copy', async () => {
    const run = { on: 'schedule', cron: '* * * * *', time_zone: 'UTC' }
    const tries: [string, string, object?][] = [
      ['POST', '/orchestrations', { body: { query: 'people', destination: 'hidden' } }],
      ['POST', '/groups', { body: { run, orchestrations: ['hidden'] } }],
      ['POST', '/groups', { body: { run: { on: 'manual' }, orchestrations: ['people', 'hidden'] } }],
      ['POST', '/groups/hidden/runs'],
      ['POST', '/orchestrations/hidden/runs'],
      ['POST', '/orchestrations/hidden/plan'],
      ['POST', '/orchestrations/hidden/drift'],
      ['POST', '/orchestrations/hidden/resume'],
      ['POST', '/destinations/hidden/test'],
      ['POST', '/destinations/hidden/clone', { name: 'Mine' }],
      ['GET', '/destinations/hidden'],
    ]
    for (const [method, path, body] of tries) {
      const { status } = await as(user, method, path, body)
      expect([path, [403, 404, 422].includes(status)]).toEqual([path, true])
    }
    expect((await as(user, 'GET', '/destinations')).text).not.toContain('hidden')
    await as(user, 'POST', '/signals/go')
    const { json } = await as(null, 'GET', '/workflows?orchestration=hidden')
    expect(json.items).toEqual([])
  })

  test('opens to nobody by an edit: neither the destination, nor what is sent there', async () => {
    const operator = await server.makeUser(['datagrid_operator'], ['restrict_pii'])
    const { json, headers } = await as(null, 'GET', '/destinations/hidden')
    const body = { ...json.body, limited_pii: true }
    const opened = await as(operator, 'PUT', '/destinations/hidden', { body }, { 'if-match': headers.get('etag')! })
    expect([opened.status, opened.json.code]).toEqual([403, 'access.denied'])
    const mine = await as(user, 'POST', '/orchestrations', {
      key: 'mine',
      body: { query: 'people', destination: 'zendesk' },
    })
    expect(mine.status).toBe(201)
    const moved = await as(
      user,
      'PUT',
      '/orchestrations/mine',
      { body: { query: 'people', destination: 'hidden' } },
      { 'if-match': mine.headers.get('etag') ?? '"1"' },
    )
    expect([403, 422]).toContain(moved.status)
  })
})

describe('a link for a secret', () => {
  test.each<[string, (operator: TestUser) => Promise<unknown>]>([
    ['demoted', (operator) => edit(null, operator.id, { policies: ['amp360_user'] })],
    ['disabled', (operator) => edit(null, operator.id, { policies: ['datagrid_operator'], state: 'disabled' })],
  ])('opens nothing when who made it was %s, and works again with the right', async (_name, demote) => {
    const operator = await server.makeUser(['datagrid_operator'])
    const body = { type: 'zendesk_oauth', name: 'Shop', client_id: 'x' }
    const { token } = (await as(operator, 'POST', '/hand-overs', { body, hours: 1 })).json
    const enter = () =>
      server.call('POST', '/api/v1/links/hand-over', { key: null, body: { token, fields: { client_secret: 'x' } } })
    await demote(operator)
    expect((await enter()).status).toBe(404)
    await edit(null, operator.id, { policies: ['datagrid_operator'] })
    expect((await enter()).status).toBe(204)
  })
})

test('a session and its token are of one user: neither opens what belongs to another', async () => {
  const [one, other] = [await server.makeUser(['datagrid_operator']), await server.makeUser(['datagrid_administrator'])]
  const headers = { cookie: one.headers.cookie, 'x-csrf-token': other.headers['x-csrf-token'] }
  expect((await as({ headers }, 'POST', '/notifications/read', { ids: 'all' })).status).toBe(403)
  expect((await as(one, 'GET', '/users')).status).toBe(403)
})

import { describe, expect, test } from 'vitest'
import type { Fault } from './index.ts'
import { openTestAccount, type TestAccount } from './test-account.ts'

const me = '/api/v2/users/me.json'
const bulk = '/api/v2/users/create_or_update_many'
const someUsers = { users: [{ name: 'A', external_id: 'a' }] }
const basic = (name: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
})
const forbidden = {
  error: { title: 'Forbidden', message: expect.stringContaining('You do not have access to this page') },
}

async function bearer(account: TestAccount, extra: object = {}) {
  const { clientId, clientSecret } = account.emulator
  const request = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: 'read write',
    ...extra,
  }
  const { json } = await account.call('POST', '/oauth/tokens', request, { authorization: '' })
  return { authorization: `Bearer ${json.access_token}` }
}

describe('who is calling', () => {
  test('e-mail and API token (DOC); another agent may use the token too', async () => {
    await using account = await openTestAccount()
    const { email, apiToken } = account.emulator
    expect((await account.call('GET', me)).json.user).toMatchObject({ email, role: 'admin' })
    const second = await account.call('GET', me, undefined, basic('second.agent@example.com/token', apiToken))
    expect(second.json.user).toMatchObject({ role: 'agent' })
  })

  test.each([
    ['no credentials: users/me is an anonymous 200 (NODEZ)', {}, { authorization: '' }, 200],
    ['a password reads as anonymous (inferred)', {}, basic('agent@example.com', 'secret'), 200],
    ['a wrong token: 401 (CSA, Aug 2026)', {}, basic('agent@example.com/token', 'wrong'), 401],
    [
      'a wrong token: anonymous (NODEZ, Oct 2023)',
      { anonymousOnBadToken: true },
      basic('agent@example.com/token', 'wrong'),
      200,
    ],
    ['an unknown e-mail', {}, basic('nobody@example.com/token', 'wrong'), 401],
  ])('%s', async (_name, options, headers, status) => {
    await using account = await openTestAccount(options)
    const answer = await account.call('GET', me, undefined, headers)
    expect(answer.status).toBe(status)
    expect(answer.json).toMatchObject(
      status === 200 ? { user: { id: null, name: 'Anonymous user' } } : { error: "Couldn't authenticate you" },
    )
    expect((await account.call('GET', '/api/v2/user_fields', undefined, headers)).status).toBe(401)
  })

  test('client credentials: a token that reads and writes, without a refresh token (OAS, OAUTH)', async () => {
    await using account = await openTestAccount()
    const { clientId, clientSecret } = account.emulator
    const request = {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: 'read write',
    }
    const issued = await account.call('POST', '/oauth/tokens', request, { authorization: '' })
    expect(issued.status).toBe(201)
    expect(issued.json).toEqual({
      access_token: expect.any(String),
      token_type: 'bearer',
      scope: 'read write',
      expires_in: 1800,
    })
    expect((await account.call('POST', bulk, someUsers, await bearer(account))).status).toBe(200)
  })

  test('an expired, revoked or unknown token is invalid_token; each one lives on its own', async () => {
    await using account = await openTestAccount({ tokenLifetimeMs: 1000 })
    const [short, long] = [await bearer(account), await bearer(account, { expires_in: 300 })]
    account.pass(999)
    expect((await account.call('GET', me, undefined, short)).status).toBe(200)
    account.pass(1)
    const expired = await account.call('GET', me, undefined, short)
    expect([expired.status, expired.json.error]).toEqual([401, 'invalid_token'])
    expect((await account.call('GET', me, undefined, long)).status).toBe(200)
    account.emulator.revokeTokens()
    expect((await account.call('GET', me, undefined, long)).status).toBe(401)
    expect((await account.call('GET', me, undefined, { authorization: 'Bearer x' })).status).toBe(401)
  })

  test.each([
    [{ client_secret: 'wrong' }, 401, 'invalid_client'],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
    [{ expires_in: 10 }, 400, 'invalid_request'],
  ])('no token for %j', async (change, status, error) => {
    await using account = await openTestAccount()
    const { clientId, clientSecret } = account.emulator
    const request = {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: 'read',
      ...change,
    }
    expect(await account.call('POST', '/oauth/tokens', request)).toMatchObject({ status, json: { error } })
  })

  test.each([
    ['read write', [200, 200, 200, 200]],
    ['read', [200, 200, 200, 403]],
    ['users:read users:write', [200, 403, 403, 200]],
    [
      ['read', 'write'],
      [403, 403, 403, 403],
    ],
  ])('scope %j (OAS, DOC-IDENT)', async (scope, statuses) => {
    await using account = await openTestAccount()
    account.emulator.seed({ users: [{ id: 5, name: 'A' }] })
    const token = await bearer(account, { scope })
    const answers = [
      await account.call('GET', '/api/v2/users', undefined, token),
      await account.call('GET', '/api/v2/users/5/identities', undefined, token),
      await account.call('GET', '/api/v2/job_statuses', undefined, token),
      await account.call('POST', bulk, someUsers, token),
    ]
    expect(answers.map(({ status }) => status)).toEqual(statuses)
  })

  test.each([
    ['admin', 'admin', [200, 200]],
    ['agent', 'agent', [200, 200]],
    ['agent_without_rights', 'agent', [200, 403]],
    ['end-user', 'end-user', [403, 403]],
  ] as const)('role %s', async (apiUserRole, role, statuses) => {
    await using account = await openTestAccount({ apiUserRole })
    expect((await account.call('GET', me)).json.user.role).toBe(role)
    const answers = [await account.call('GET', '/api/v2/user_fields'), await account.call('POST', bulk, someUsers)]
    expect(answers.map(({ status }) => status)).toEqual(statuses)
    for (const { status, json } of answers) if (status === 403) expect(json).toEqual(forbidden)
  })

  test('account settings (OAS AccountSettingsUserObject)', async () => {
    await using account = await openTestAccount({ agentCreatedWelcomeEmails: false })
    const { json } = await account.call('GET', '/api/v2/account/settings.json')
    expect(json.settings.user).toMatchObject({
      agent_created_welcome_emails: false,
      tagging: true,
      end_user_phone_number_validation: false,
    })
  })
})

describe('addresses', () => {
  test.each(['/api/v2/users/me.json.json', '/api/v2/nothing', '/api/v3/users', '/api'])(
    '%s is InvalidEndpoint, loudly',
    async (path) => {
      await using account = await openTestAccount()
      const answer = await account.call('GET', path)
      expect([answer.status, answer.json]).toEqual([404, { error: 'InvalidEndpoint', description: 'Not found' }])
      expect(account.warnings).toEqual([expect.stringContaining(`GET ${path} is not emulated`)])
    },
  )

  test('an unknown subdomain is a 404 that is no API JSON (NODEZ)', async () => {
    await using account = await openTestAccount({ unknownSubdomain: true })
    const answer = await account.call('GET', me)
    expect([answer.status, answer.json]).toEqual([404, undefined])
    expect((await account.call('POST', '/oauth/tokens', {})).status).toBe(404)
  })
})

describe('requests per minute', () => {
  test.each([
    ['team', 200],
    ['growth', 400],
    ['professional', 400],
    ['enterprise', 700],
    ['enterprise_plus', 2500],
  ] as const)('plan %s: %i, in both spellings of the headers (DOC-RL, ZENPY)', async (plan, limit) => {
    await using account = await openTestAccount({ plan })
    const { headers } = await account.call('GET', me)
    expect(headers.get('x-rate-limit')).toBe(String(limit))
    expect(headers.get('x-rate-limit-remaining')).toBe(String(limit - 1))
    expect(headers.get('ratelimit-limit')).toBe(String(limit))
    expect(headers.get('ratelimit-remaining')).toBe(String(limit - 1))
    expect(headers.get('ratelimit-reset')).toBe('60')
  })

  test('the request after the last gets 429 with Retry-After, sometimes as text; the next window is new', async () => {
    await using account = await openTestAccount({ plan: 'team' })
    for (let request = 0; request < 200; request++) await account.call('GET', me)
    account.pass(20_000)
    const types = new Set<string | null>()
    for (let request = 0; request < 20; request++) {
      const refused = await account.call('POST', bulk, someUsers)
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '40'])
      types.add(refused.headers.get('content-type'))
    }
    expect(types.size).toBe(2)
    expect(account.emulator.stats().jobs).toBe(0)
    account.pass(40_000)
    expect((await account.call('GET', me)).status).toBe(200)
  })

  test('an unlimited account sends no such headers', async () => {
    await using account = await openTestAccount()
    expect((await account.call('GET', me)).headers.has('x-rate-limit')).toBe(false)
  })
})

describe('faults of requests', () => {
  const jobsAfter = async (fault: Fault) => {
    await using account = await openTestAccount()
    account.emulator.faults(fault)
    const end = await account.call('POST', bulk, someUsers).then(
      ({ status, json }) => `${status} ${json === undefined ? 'no JSON' : 'JSON'}`,
      () => 'broken',
    )
    const again = await account.call('GET', me)
    return [end, account.emulator.stats().jobs, again.status]
  }

  test.each([
    [{ kind: 'reset_before' }, 'broken', 0],
    [{ kind: 'reset_after_write' }, 'broken', 1],
    [{ kind: 'truncated' }, 'broken', 1],
    [{ kind: 'garbled' }, '200 no JSON', 1],
    [{ kind: 'status_after_write', status: 502 }, '502 no JSON', 1],
    [{ kind: 'slow', delayMs: 5 }, '200 JSON', 1],
    [{ kind: 'drip', delayMs: 0 }, '200 JSON', 1],
    [{ kind: 'mistyped' }, '200 JSON', 1],
    [{ kind: 'status', status: 503 }, '503 no JSON', 0],
    [{ kind: 'status', status: 409, body: { error: 'DatabaseConflict' } }, '409 JSON', 0],
  ] as [Fault, string, number][])('%j', async (fault, end, jobs) => {
    expect(await jobsAfter(fault)).toEqual([end, jobs, 200])
  })

  test.each([
    ['hang', 0],
    ['hang_after_write', 1],
  ] as const)('%s keeps the caller waiting', async (kind, jobs) => {
    await using account = await openTestAccount()
    account.emulator.faults({ kind, match: { method: 'post', path: '/create_or_update_many' } })
    const waiting = account.call('POST', bulk, someUsers).then(
      () => 'answered',
      () => 'broken',
    )
    // The journal tells that the request has arrived.
    while (account.emulator.calls().length === 0) await account.call('GET', '/_emulator/stats')
    expect(account.emulator.stats().jobs).toBe(jobs)
    expect(account.emulator.calls()[0]).toMatchObject({ status: null, fault: kind })
    await account.emulator.close()
    expect(await waiting).toBe('broken')
  })

  test('mistyped: keys get the values of `replace` wherever they stand, or the answer is a list', async () => {
    await using account = await openTestAccount()
    account.emulator.faults({ kind: 'mistyped', replace: { id: { of: 1 }, role: 7 } }, { kind: 'mistyped' })
    const { user } = (await account.call('GET', me)).json
    expect([user.id, user.role, typeof user.name]).toEqual([{ of: 1 }, 7, 'string'])
    expect((await account.call('GET', me)).json).toEqual([{ user: expect.objectContaining({ role: 'admin' }) }])
  })

  test('drip: headers at once, the body byte by byte, until the caller goes away', async () => {
    await using account = await openTestAccount()
    account.emulator.faults({ kind: 'drip', delayMs: 5 })
    const { url, email, apiToken } = account.emulator
    const controller = new AbortController()
    const authorization = `Basic ${Buffer.from(`${email}/token:${apiToken}`).toString('base64')}`
    const response = await fetch(url + me, { headers: { authorization }, signal: controller.signal })
    const reader = response.body!.getReader()
    const pieces: number[] = []
    while (pieces.length < 3) pieces.push((await reader.read()).value!.length)
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(500)
    expect(Math.max(...pieces)).toBeLessThan(100)
    controller.abort()
    await expect(reader.read()).rejects.toThrow()
  })

  test('match, skip, times and headers', async () => {
    await using account = await openTestAccount()
    account.emulator.faults({
      kind: 'status',
      status: 429,
      retryAfter: 7,
      headers: { 'x-a': 'b' },
      match: { path: /users\/me/ },
      skip: 1,
      times: 2,
    })
    const statuses: number[] = []
    for (let request = 0; request < 4; request++) {
      const { status, headers } = await account.call('GET', me)
      statuses.push(status)
      if (status === 429) expect([headers.get('retry-after'), headers.get('x-a')]).toEqual(['7', 'b'])
      expect((await account.call('GET', '/api/v2/user_fields')).status).toBe(200)
    }
    expect(statuses).toEqual([200, 429, 429, 200])
    expect(account.emulator.faults()).toEqual([expect.objectContaining({ left: 0, struck: 2 })])
  })

  test('they match a part of path and query', async () => {
    await using account = await openTestAccount()
    account.emulator.faults({ kind: 'status', status: 503, match: { path: 'users/show_many?ids' } })
    expect((await account.call('GET', '/api/v2/users/show_many?external_ids=a')).status).toBe(200)
    expect((await account.call('GET', '/api/v2/users/show_many?ids=1')).status).toBe(503)
  })

  test('a probability strikes now and then, repeatably', async () => {
    const run = async () => {
      await using account = await openTestAccount({ seed: 3 })
      account.emulator.faults({ kind: 'status', status: 500, probability: 0.5 })
      const statuses: number[] = []
      for (let request = 0; request < 20; request++) statuses.push((await account.call('GET', me)).status)
      return statuses
    }
    const statuses = await run()
    expect(new Set(statuses)).toEqual(new Set([200, 500]))
    expect(await run()).toEqual(statuses)
  })

  test('clearFaults ends them; an unknown kind is refused', async () => {
    await using account = await openTestAccount()
    account.emulator.faults({ kind: 'status', status: 500, times: 'always' })
    expect((await account.call('GET', me)).status).toBe(500)
    account.emulator.clearFaults()
    expect((await account.call('GET', me)).status).toBe(200)
    expect(() => account.emulator.faults({ kind: 'flood' } as never)).toThrow(/no fault `flood`/)
  })
})

import { describe, expect, test } from 'vitest'
import { openTestAccount, type TestAccount } from './test-account.ts'

const me = '/api/v2/users/me'
const current = '/api/v2/oauth/tokens/current'

function issue(account: TestAccount, change: object) {
  const { clientId: client_id, clientSecret: client_secret } = account.emulator
  const request = { client_id, client_secret, ...change }
  return account.call('POST', '/oauth/tokens', request, { authorization: '' })
}

/** A pair, as after somebody pressed Allow. */
async function pair(account: TestAccount, change: object = {}) {
  const { code } = account.emulator.authorize()
  const { json } = await issue(account, { grant_type: 'authorization_code', code, scope: 'read write', ...change })
  return json as { access_token: string; refresh_token: string; scope: string }
}

const refresh = (account: TestAccount, refresh_token: string, change: object = {}) =>
  issue(account, { grant_type: 'refresh_token', refresh_token, ...change })

const get = (account: TestAccount, token: string, path = me, method = 'GET') =>
  account.call(method, path, undefined, { authorization: `Bearer ${token}` })

describe('authorization codes', () => {
  test('give a pair, once, within 120 seconds (OAS)', async () => {
    await using account = await openTestAccount()
    const { code } = account.emulator.authorize()
    const late = account.emulator.authorize().code
    const grant = { grant_type: 'authorization_code', scope: 'read' }
    account.pass(119_999)
    const first = await issue(account, { ...grant, code })
    expect(first.status).toBe(201)
    expect(first.json).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      token_type: 'bearer',
      scope: 'read',
      expires_in: 1800,
      refresh_token_expires_in: 2_592_000,
    })
    expect(await issue(account, { ...grant, code })).toMatchObject({ status: 400, json: { error: 'invalid_grant' } })
    account.pass(1)
    expect((await issue(account, { ...grant, code: late })).status).toBe(400)
  })

  test('with a verifier in place of the secret (OAS)', async () => {
    await using account = await openTestAccount()
    expect(await pair(account, { client_secret: undefined })).toMatchObject({ error: 'invalid_client' })
    expect(await pair(account, { client_secret: undefined, code_verifier: 'v' })).toHaveProperty('refresh_token')
  })

  test('come over HTTP too', async () => {
    await using account = await openTestAccount()
    const { code } = (await account.call('POST', '/_emulator/authorize')).json
    expect((await issue(account, { grant_type: 'authorization_code', code })).status).toBe(201)
  })
})

describe('refresh tokens', () => {
  test('a refresh replaces both tokens, and the old pair dies (OAUTH)', async () => {
    await using account = await openTestAccount()
    const old = await pair(account)
    const answer = await refresh(account, old.refresh_token)
    expect(answer).toMatchObject({ status: 201, json: { scope: 'read write' } })
    const { access_token, refresh_token } = answer.json
    expect(new Set([access_token, refresh_token, old.access_token, old.refresh_token]).size).toBe(4)
    expect((await get(account, access_token)).status).toBe(200)
    expect(await get(account, old.access_token)).toMatchObject({ status: 401, json: { error: 'invalid_token' } })
    expect((await refresh(account, old.refresh_token)).json.error).toBe('invalid_grant')
    expect((await refresh(account, refresh_token, { scope: 'read' })).json.scope).toBe('read')
  })

  test('it outlives its access token, and ends in its own time', async () => {
    await using account = await openTestAccount()
    const lifetimes = { expires_in: 300, refresh_token_expires_in: 604_800 }
    const one = await pair(account, lifetimes)
    account.pass(300_000)
    expect((await get(account, one.access_token)).status).toBe(401)
    const two = (await refresh(account, one.refresh_token, lifetimes)).json
    account.pass(604_800_000)
    expect((await refresh(account, two.refresh_token)).json.error).toBe('invalid_grant')
  })

  test.each([
    [{ expires_in: 299 }, 400],
    [{ expires_in: 172_801 }, 400],
    [{ expires_in: '400' }, 400],
    [{ refresh_token_expires_in: 604_799 }, 400],
    [{ refresh_token_expires_in: 7_776_001 }, 400],
    [{ expires_in: 172_800, refresh_token_expires_in: 7_776_000 }, 201],
    [{ client_secret: 'wrong' }, 401],
  ])('%j: %i; a refused refresh harms nothing (OAS)', async (change, status) => {
    await using account = await openTestAccount()
    const { refresh_token } = await pair(account)
    expect((await refresh(account, refresh_token, change)).status).toBe(status)
    expect((await refresh(account, refresh_token)).status).toBe(status === 201 ? 400 : 201)
  })

  test('a list of scopes yields a token whose every call is 403 (OAS)', async () => {
    await using account = await openTestAccount()
    const { access_token, scope } = await pair(account, { scope: ['read', 'write'] })
    expect(scope).toBe('')
    for (const path of [me, '/api/v2/users', '/api/v2/organizations', current]) {
      expect((await get(account, access_token, path)).status).toBe(403)
    }
  })
})

describe('oauth/tokens/current', () => {
  test('shows ten characters of it (OAS)', async () => {
    await using account = await openTestAccount()
    const { access_token, refresh_token } = await pair(account)
    account.pass(1000)
    const { json } = await get(account, access_token, current)
    expect(json.token).toMatchObject({
      token: access_token.slice(0, 10),
      scopes: ['read', 'write'],
      created_at: '2026-11-21T12:00:00Z',
      used_at: '2026-11-21T12:00:01Z',
      expires_at: '2026-11-21T12:30:00Z',
    })
    expect(JSON.stringify(json)).not.toContain(refresh_token)
    expect((await account.call('GET', current)).status).toBe(404)
    expect((await account.call('GET', current, undefined, { authorization: '' })).status).toBe(401)
  })

  test('DELETE ends the pair (OAS)', async () => {
    await using account = await openTestAccount()
    const { access_token, refresh_token } = await pair(account)
    expect((await get(account, access_token, current, 'DELETE')).status).toBe(204)
    expect((await get(account, access_token)).status).toBe(401)
    expect((await refresh(account, refresh_token)).status).toBe(400)
  })
})

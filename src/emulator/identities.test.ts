import { describe, expect, test } from 'vitest'
import { openTestAccount, type TestAccount } from './test-account.ts'

const path = '/api/v2/users/7/identities'
const someone = { id: 7, name: 'A', email: 'a@example.com', emails: ['b@example.com'], phone: '+15550001' }

async function open() {
  const account = await openTestAccount()
  account.emulator.seed({ users: [someone, { id: 8, name: 'B', email: 'taken@example.com', phone: '+15550002' }] })
  return account
}
const identities = (account: TestAccount, id = 7) => account.emulator.state({ id }).users[0]!.identities
const idOf = (account: TestAccount, value: string) =>
  identities(account).find((identity) => identity.value === value)!.id
const create = (account: TestAccount, identity: object) => account.call('POST', `${path}.json`, { identity })

describe('POST identities', () => {
  test('201; unverified, secondary and mailed unless said otherwise (DOC-IDENT)', async () => {
    await using account = await open()
    const { status, json, headers } = await create(account, { type: 'email', value: ' C@Example.com ' })
    expect(status).toBe(201)
    expect(json.identity).toMatchObject({ user_id: 7, type: 'email', value: 'c@example.com', verified: false })
    expect(json.identity.primary).toBe(false)
    expect(headers.get('location')).toBe(json.identity.url)
    expect(account.emulator.mail()).toMatchObject([{ to: 'c@example.com', user_id: 7 }])
    expect((await account.call('GET', json.identity.url)).json).toEqual(json)
  })

  test.each([
    [{ skip_verify_email: true }, false],
    [{ verified: true }, true],
    [{ verification_method: 'low' }, true],
    [{ verification_method: 'none', skip_verify_email: true }, false],
  ])('%j: no mail', async (extra, verified) => {
    await using account = await open()
    const { json } = await create(account, { type: 'email', value: 'c@example.com', ...extra })
    expect(json.identity.verified).toBe(verified)
    expect(account.emulator.mail()).toEqual([])
  })

  test('skip_verify_email does not count for oneself (DOC-IDENT)', async () => {
    await using account = await open()
    const me = (await account.call('GET', '/api/v2/users/me')).json.user.id
    const identity = { type: 'email', value: 'mine@example.com', skip_verify_email: true }
    await account.call('POST', `/api/v2/users/${me}/identities`, { identity })
    expect(account.emulator.mail()).toMatchObject([{ to: 'mine@example.com' }])
  })

  test('primary at creation takes the place of the other (DOC)', async () => {
    await using account = await open()
    await create(account, { type: 'email', value: 'c@example.com', primary: true, verified: true })
    expect((await account.call('GET', '/api/v2/users/7')).json.user.email).toBe('c@example.com')
    expect(identities(account).filter(({ primary }) => primary)).toHaveLength(2) // an address and the number
  })

  test.each([
    [{ type: 'email', value: 'Taken@example.com' }, 422, 'value'],
    [{ type: 'email', value: 'a@example.com' }, 422, 'value'],
    [{ type: 'phone_number', value: '+15550002' }, 422, 'value'],
    [{ type: 'email', value: 'badmail' }, 422, 'value'],
    [{ type: 'email', value: ' ' }, 422, 'value'],
    [{ type: 'pigeon', value: 'coo' }, 422, 'type'],
    [{ type: 'email', value: 'c@example.com', verification_method: 'full' }, 400, undefined],
    ['a text', 400, undefined],
  ])('%j is refused', async (identity, status, key) => {
    await using account = await open()
    const before = identities(account)
    const answer = await create(account, identity as object)
    expect([answer.status, answer.json.details && Object.keys(answer.json.details)[0]]).toEqual([status, key])
    expect(identities(account)).toEqual(before)
    expect(account.emulator.mail()).toEqual([])
  })

  test('the duplicate in its words (Z2); of a rare type too', async () => {
    await using account = await open()
    const { json } = await create(account, { type: 'email', value: 'taken@example.com' })
    const description = 'Value: taken@example.com is already being used by another user'
    expect(json.details.value).toEqual([{ description, error: 'DuplicateValue' }])
    expect((await create(account, { type: 'twitter', value: 'bird' })).status).toBe(201)
    expect((await create(account, { type: 'twitter', value: 'bird' })).status).toBe(422)
  })
})

describe('one identity', () => {
  test('another value in its place: the primary address changes and the old one is free (RUDDER, JAVA)', async () => {
    await using account = await open()
    const one = `${path}/${idOf(account, 'a@example.com')}`
    const identity = { type: 'email', value: 'New@example.com' }
    const { status, json } = await account.call('PUT', one, { identity })
    expect([status, json.identity.value, json.identity.primary]).toEqual([200, 'new@example.com', true])
    expect((await account.call('GET', '/api/v2/users/7')).json.user.email).toBe('new@example.com')
    expect(account.emulator.state({ email: 'a@example.com' }).total).toBe(0)
    expect(account.emulator.state({ email: 'new@example.com' }).users[0]!.id).toBe(7)
    expect(account.emulator.mail()).toMatchObject([{ to: 'new@example.com' }])
    expect((await account.call('PUT', one, { identity: { value: 'taken@example.com' } })).status).toBe(422)
  })

  test('verified both ways; primary is not changed here (OAS)', async () => {
    await using account = await open()
    const one = `${path}/${idOf(account, 'b@example.com')}`
    const put = async (identity: object) => (await account.call('PUT', one, { identity })).json.identity
    expect(await put({ verified: false, primary: true })).toMatchObject({ verified: false, primary: false })
    expect(await put({ verification_method: 'low' })).toMatchObject({ verified: true, verification_method: 'low' })
    expect(await put({ verification_method: 'none' })).toMatchObject({ verified: false, verification_method: 'none' })
    expect(account.emulator.mail()).toEqual([])
  })

  test('make_primary answers the whole list (GRP)', async () => {
    await using account = await open()
    const { status, json } = await account.call('PUT', `${path}/${idOf(account, 'b@example.com')}/make_primary.json`)
    expect(status).toBe(200)
    expect(json).toMatchObject({ next_page: null, previous_page: null, count: 3 })
    expect(json.identities.map(({ value, primary }: { value: string; primary: boolean }) => [value, primary])).toEqual([
      ['a@example.com', false],
      ['b@example.com', true],
      ['+15550001', true],
    ])
  })

  test('verify; the address of the account owner is refused (OAS)', async () => {
    await using account = await open()
    const { id } = (await create(account, { type: 'email', value: 'c@example.com', skip_verify_email: true })).json
      .identity
    expect((await account.call('PUT', `${path}/${id}/verify`)).json.identity).toMatchObject({ id, verified: true })
    const me = (await account.call('GET', '/api/v2/users/me')).json.user.id
    const mine = `/api/v2/users/${me}/identities/${identities(account, me)[0]!.id}`
    expect((await account.call('PUT', `${mine}/verify`)).status).toBe(403)
    expect((await account.call('PUT', mine, { identity: { verified: true } })).status).toBe(403)
  })

  test('request_verification sends a mail, to addresses only (OAS)', async () => {
    await using account = await open()
    const request = (value: string) => account.call('PUT', `${path}/${idOf(account, value)}/request_verification.json`)
    const answer = await request('b@example.com')
    expect([answer.status, answer.text]).toEqual([200, ''])
    expect((await request('+15550001')).status).toBe(422)
    expect(account.emulator.mail()).toMatchObject([{ kind: 'verification', to: 'b@example.com', user_id: 7 }])
  })

  test('DELETE: 204, the value is free, another one becomes primary; a number stays on the profile (OAS)', async () => {
    await using account = await open()
    for (const value of ['a@example.com', '+15550001']) {
      const answer = await account.call('DELETE', `${path}/${idOf(account, value)}`)
      expect([answer.status, answer.text]).toEqual([204, ''])
    }
    expect(account.emulator.state({ id: 7 }).users[0]).toMatchObject({ email: 'b@example.com', phone: '+15550001' })
    expect((await create(account, { type: 'email', value: 'a@example.com' })).status).toBe(201)
  })

  test('what is not there is a 404; no number is a 400', async () => {
    await using account = await open()
    const ofOther = identities(account, 8)[0]!.id
    const statuses = []
    for (const tail of [`/${ofOther}`, '/5', '/x', '/5/make_primary']) {
      statuses.push((await account.call(tail.includes('make') ? 'PUT' : 'GET', path + tail)).status)
    }
    expect(statuses).toEqual([404, 404, 400, 404])
    expect((await account.call('GET', '/api/v2/users/x/identities')).status).toBe(400)
  })

  test('a token of users:write alone is refused (DOC-IDENT)', async () => {
    await using account = await open()
    const { clientId, clientSecret } = account.emulator
    const ask = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }
    const { json } = await account.call('POST', '/oauth/tokens', { ...ask, scope: 'users:read users:write' })
    const headers = { authorization: `Bearer ${json.access_token}` }
    const identity = { type: 'email', value: 'c@example.com' }
    expect((await account.call('POST', path, { identity }, headers)).status).toBe(403)
    expect((await account.call('PUT', '/api/v2/users/7', { user: { notes: 'n' } }, headers)).status).toBe(200)
  })
})

test('who is verified joins the organisation of his domain (DOC-IDENT)', async () => {
  await using account = await openTestAccount()
  account.emulator.seed({ users: [{ id: 1, name: 'A', email: 'a@acme.example', verified: false }] })
  account.emulator.seed({ organizations: [{ id: 7, name: 'Acme', domain_names: ['acme.example'] }] })
  const [identity] = account.emulator.state({ id: 1 }).users[0]?.identities ?? []
  expect(account.emulator.state({ id: 1 }).users[0]?.organization_id).toBeNull()
  await account.call('PUT', `/api/v2/users/1/identities/${identity?.id}/verify`)
  expect(account.emulator.state({ id: 1 }).users[0]?.organization_id).toBe(7)
})

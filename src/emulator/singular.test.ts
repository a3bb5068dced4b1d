import { describe, expect, test } from 'vitest'
import { openTestAccount } from './test-account.ts'

const second = (account: { emulator: { apiToken: string } }) => ({
  authorization: `Basic ${Buffer.from(`second.agent@example.com/token:${account.emulator.apiToken}`).toString('base64')}`,
})

describe('POST users', () => {
  test('a name is enough: 201, with the address of the new user (ZENPY)', async () => {
    await using account = await openTestAccount({ bulkImport: false })
    const { status, headers, json } = await account.call('POST', '/api/v2/users.json', { user: { name: 'New' } })
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(`${account.emulator.url}/api/v2/users/${json.user.id}.json`)
    expect(json.user).toMatchObject({ name: 'New', email: null, role: 'end-user', verified: false, active: true })
    expect((await account.call('GET', headers.get('location')!)).json.user).toEqual(json.user)
    expect(account.emulator.mail()).toEqual([])
  })

  test.each([
    ['neither flag', {}, {}, 1],
    ['skip_verify_email (OAS)', {}, { skip_verify_email: true }, 0],
    ['verified (2nd)', {}, { verified: true }, 0],
    ['the setting is off (support 4408824350746)', { agentCreatedWelcomeEmails: false }, {}, 0],
  ])('verification mail: %s', async (_name, options, extra, mails) => {
    await using account = await openTestAccount(options)
    await account.call('POST', '/api/v2/users', { user: { name: 'N', email: 'N@example.com', ...extra } })
    expect(account.emulator.mail().map(({ to }) => to)).toEqual(Array(mails).fill('n@example.com'))
  })

  test.each([
    [{ name: '' }, 422, 'name'],
    [{ name: 'N', email: 'a@example.com' }, 422, 'email'],
    [{ name: 'N', external_id: 'A' }, 422, 'external_id'],
    [{ name: 'N', email: 'badmail' }, 422, 'email'],
  ])('%j is a 422 and creates nobody (GRP, PHP)', async (user, status, key) => {
    await using account = await openTestAccount()
    account.emulator.seed({ users: [{ name: 'A', email: 'a@example.com', external_id: 'a' }] })
    const answer = await account.call('POST', '/api/v2/users', { user })
    expect([answer.status, answer.json.error, Object.keys(answer.json.details)]).toEqual([
      status,
      'RecordInvalid',
      [key],
    ])
    expect(account.emulator.state({ role: 'end-user' }).total).toBe(1)
  })

  test('a mistyped value is a 400 that names it (PHP #515)', async () => {
    await using account = await openTestAccount()
    const answer = await account.call('POST', '/api/v2/users', { user: { name: 'N', tags: 'x' } })
    expect(answer.status).toBe(400)
    expect(answer.json.error.message).toContain('user.tags must be an array from api/v2/users/create')
    expect((await account.call('POST', '/api/v2/users', {})).status).toBe(400)
  })
})

describe('PUT users/{id}', () => {
  test('changes what is given, and adds an address as a secondary one (GRP)', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({
      users: [{ id: 7, name: 'A', email: 'a@example.com', external_id: 'x', notes: 'n', tags: ['t'] }],
    })
    const user = { id: 99, email: 'b@example.com', verified: true, external_id: 'y', details: 'd' }
    const { status, json } = await account.call('PUT', '/api/v2/users/7.json', { user })
    expect(status).toBe(200)
    const changed = {
      id: 7,
      name: 'A',
      email: 'a@example.com',
      external_id: 'y',
      notes: 'n',
      details: 'd',
      tags: ['t'],
    }
    expect(json.user).toMatchObject(changed)
    const identities = account.emulator.state({ id: 7 }).users[0]!.identities
    expect(identities.map(({ value, primary, verified }) => [value, primary, verified])).toEqual([
      ['a@example.com', true, true],
      ['b@example.com', false, true],
    ])
    expect(account.emulator.mail()).toEqual([])
    expect(account.emulator.state({ external_id: 'x' }).total).toBe(0)
  })

  test('5 a minute for one user and 1 a second in all, together with the upsert; plain text (DOC-RL, GRP)', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({
      users: [
        { id: 7, name: 'A', external_id: 'a' },
        { id: 8, name: 'B' },
      ],
    })
    const put = (id: number) => account.call('PUT', `/api/v2/users/${id}`, { user: { notes: 'n' } })
    expect((await put(7)).status).toBe(200)
    expect((await put(8)).status).toBe(429)
    for (let time = 0; time < 3; time++) {
      account.pass(1000)
      expect((await put(7)).status).toBe(200)
    }
    account.pass(1000)
    const upserted = await account.call('POST', '/api/v2/users/create_or_update', { user: { external_id: 'a' } })
    expect(upserted.status).toBe(200)
    account.pass(1000)
    const sixth = await put(7)
    expect(sixth.status).toBe(429)
    expect(sixth.headers.get('content-type')).toBe('text/plain; charset=UTF-8')
    expect(sixth.headers.get('retry-after')).toBe('55')
    expect(sixth.text).toMatch(/^You have exceeded the rate limit for updating a single unique user\./)
    account.pass(1000)
    expect((await put(8)).status).toBe(200)
    account.pass(60_000)
    expect((await put(7)).status).toBe(200)
  })

  test('unknown and deleted users are a 404, an id that is no number a 400', async () => {
    await using account = await openTestAccount({ singularUpsertLimits: false })
    account.emulator.seed({ users: [{ id: 7, name: 'A' }] })
    account.emulator.deleteUser({ id: 7 })
    const statuses = []
    for (const id of ['7', '5', 'x']) {
      statuses.push((await account.call('PUT', `/api/v2/users/${id}`, { user: { notes: 'n' } })).status)
    }
    expect(statuses).toEqual([404, 404, 400])
  })

  test('an agent changes end users only (DOC-USERS); a refused change leaves everything as it was', async () => {
    await using account = await openTestAccount({ singularUpsertLimits: false })
    account.emulator.seed({ users: [{ id: 7, name: 'A' }], agents: [{ id: 8, name: 'B' }] })
    const put = (id: number, user: object) => account.call('PUT', `/api/v2/users/${id}`, { user }, second(account))
    expect((await put(8, { notes: 'n' })).status).toBe(403)
    expect((await put(7, { notes: 'n' })).status).toBe(200)
    expect((await put(7, { notes: 'other', email: 'badmail' })).status).toBe(422)
    expect(account.emulator.state({ id: 7 }).users[0]).toMatchObject({ notes: 'n', emails: [] })
  })
})

import { describe, expect, test } from 'vitest'
import { openTestAccount } from './test-account.ts'

describe('control over HTTP', () => {
  test('seed, state by filter and page, reset', async () => {
    await using account = await openTestAccount()
    const seeded = await account.call('POST', '/_emulator/seed', {
      settings: { bulkImport: false, plan: 'team' },
      user_fields: [{ key: 'city' }],
      agents: [{ name: 'G', email: 'g@example.com' }],
      users: [
        { name: 'A', external_id: 'a', email: 'a@example.com', user_fields: { city: 'Rome' } },
        { name: 'B', external_id: 'b' },
      ],
    })
    expect(seeded.json).toEqual({ users: 3, user_fields: 1, organizations: 0 })
    const state = async (query: string) => (await account.call('GET', `/_emulator/state?${query}`)).json
    expect(await state('email=A@example.com')).toMatchObject({
      total: 1,
      next: null,
      users: [
        { external_id: 'a', user_fields: { city: 'Rome' }, emails: ['a@example.com'], identities: [{ primary: true }] },
      ],
    })
    const first = await state('role=end-user&limit=1')
    expect(first).toMatchObject({
      total: 2,
      settings: { bulkImport: false, plan: 'team' },
      users: [{ external_id: 'a' }],
    })
    expect(await state(`role=end-user&limit=1&after=${first.next}`)).toMatchObject({
      next: null,
      users: [{ external_id: 'b' }],
    })
    await account.call('POST', '/_emulator/reset', {})
    expect(await state('')).toMatchObject({
      total: 2,
      user_fields: [],
      settings: { bulkImport: true, plan: 'unlimited' },
    })
  })

  test('faults, calls, mail, stats', async () => {
    await using account = await openTestAccount()
    const armed = await account.call('POST', '/_emulator/faults', {
      faults: [
        { kind: 'status', status: 500 },
        { kind: 'hang', times: 'always', match: { path: 'x' } },
      ],
    })
    expect(armed.json.faults).toEqual([
      expect.objectContaining({ left: 1 }),
      expect.objectContaining({ left: 'always' }),
    ])
    expect((await account.call('GET', '/api/v2/users/me')).status).toBe(500)
    await account.call('DELETE', '/_emulator/faults')
    expect((await account.call('GET', '/_emulator/faults')).json).toEqual({ faults: [] })
    await account.upsert({ name: 'A', email: 'a@example.com' })
    expect((await account.call('GET', '/_emulator/calls?method=post&path=create')).json.calls).toEqual([
      {
        number: 2,
        method: 'POST',
        path: '/api/v2/users/create_or_update_many.json',
        status: 200,
        atMs: expect.any(Number),
        body: { users: [{ name: 'A', email: 'a@example.com' }] },
        jobId: expect.stringMatching(/^V3-/),
      },
    ])
    expect((await account.call('GET', '/_emulator/mail')).json.mail).toEqual([
      {
        kind: 'verification',
        to: 'a@example.com',
        user_id: expect.any(Number),
        sent_at: expect.stringMatching(/^2026-11-21T12:00:0\dZ$/),
      },
    ])
    expect((await account.call('GET', '/_emulator/stats')).json).toMatchObject({
      requests: 3,
      by_status: { '200': 2, '500': 1 },
      jobs: 1,
      mails: 1,
    })
    await account.call('DELETE', '/_emulator/calls')
    expect(account.emulator.calls()).toEqual([])
  })

  test.each([
    ['POST', 'seed', { settings: { speed: 1 } }],
    ['POST', 'seed', { settings: { plan: 'gold' } }],
    ['POST', 'seed', { settings: { badDropdown: 'keep' } }],
    ['POST', 'seed', { settings: { bulkImport: 'no' } }],
    ['POST', 'seed', { settings: { jobLimit: -1 } }],
    ['POST', 'seed', { settings: { jobLatencyMs: [2, 1] } }],
    ['POST', 'seed', { settings: { enabledLocales: ['German!'] } }],
    ['POST', 'faults', { kind: 'status', when: 'always' }],
    ['POST', 'faults', { kind: 'status', status: 'bad' }],
    ['POST', 'faults', { kind: 'status', times: 'twice' }],
    ['POST', 'faults', { kind: 'job_lost', effect: 'some' }],
    ['POST', 'faults', { kind: 'slow', match: { url: 'x' } }],
    ['POST', 'faults', { kind: 'slow', probability: 2 }],
    ['POST', 'faults', { kind: 'mistyped', replace: ['id'] }],
    ['POST', 'seed', { users: [{ external_id: 'no name' }] }],
    ['POST', 'seed', { users: [{ name: 'A', user_fields: { none: 1 } }] }],
    ['POST', 'seed', { user_fields: [{ key: '12' }] }],
    ['POST', 'faults', { kind: 'flood' }],
    ['GET', 'nothing', undefined],
  ])('%s %s %j is refused with a sentence', async (method, path, body) => {
    await using account = await openTestAccount()
    const answer = await account.call(method, `/_emulator/${path}`, body)
    expect([answer.status, answer.json.error]).toEqual([400, 'InvalidControl'])
  })

  test.each([
    [{ settings: { badDropdown: 'keep' } }, 'The setting `badDropdown` is one of fail, drop, not "keep".'],
    [{ settings: { plan: 'gold' } }, 'The setting `plan` is one of team, growth,'],
    [{ settings: { speed: 1 } }, 'it has plan,'],
    [{ kind: 'job_lost', effect: 'some' }, '`effect` of a fault is one of none, half, all, not "some".'],
    [{ kind: 'flood' }, 'it has status, status_after_write,'],
  ])('%j: the sentence names what is legal', async (body, words) => {
    await using account = await openTestAccount()
    const answer = await account.call('POST', `/_emulator/${'settings' in body ? 'seed' : 'faults'}`, body)
    expect(answer.json.description.replace(/it has externalId.*?, plan/, 'it has plan')).toContain(words)
  })

  test('needs no credentials, counts against no limit and is not journalled', async () => {
    await using account = await openTestAccount({ plan: 'team' })
    expect((await account.call('GET', '/_emulator/state', undefined, { authorization: '' })).status).toBe(200)
    expect((await account.call('GET', '/api/v2/users/me')).headers.get('x-rate-limit-remaining')).toBe('199')
    expect(account.emulator.calls()).toHaveLength(1)
  })
})

describe('in-process', () => {
  test('two people of one key cannot be seeded', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ users: [{ name: 'A', external_id: 'a', email: 'a@example.com' }] })
    expect(() => account.emulator.seed({ users: [{ name: 'B', external_id: 'A' }] })).toThrow(/external_id A already/)
    expect(() => account.emulator.seed({ users: [{ name: 'B', email: 'A@example.com' }] })).toThrow(
      /address a@example.com/,
    )
    expect(account.emulator.state({ role: 'end-user' }).total).toBe(1)
  })

  test('a reset with another seed is another account behind the same address', async () => {
    await using account = await openTestAccount()
    const before = await account.upsert({ name: 'A', external_id: 'a' })
    account.emulator.reset({ seed: 2 })
    expect((await account.call('GET', `/api/v2/users/show_many?ids=${before[0].id}`)).json.users).toEqual([])
    account.emulator.reset()
    expect(await account.upsert({ name: 'A', external_id: 'a' })).toEqual(before)
  })

  test('the journal holds no client secret, and as much as its mode says', async () => {
    await using account = await openTestAccount()
    await account.call('POST', '/oauth/tokens', { client_secret: account.emulator.clientSecret })
    expect(JSON.stringify(account.emulator.calls())).not.toContain(account.emulator.clientSecret)
    await using lines = await openTestAccount({ journal: 'lines' })
    await lines.upsert({ name: 'A' })
    expect(lines.emulator.calls({ method: 'POST' })).toEqual([expect.not.objectContaining({ body: expect.anything() })])
    await using off = await openTestAccount({ journal: 'off' })
    await off.upsert({ name: 'A' })
    expect([off.emulator.calls(), off.emulator.stats().requests]).toEqual([[], 2])
  })

  test('closing ends open connections, and the port is free again', async () => {
    await using account = await openTestAccount()
    await account.call('GET', '/api/v2/users/me')
    const { port } = new URL(account.emulator.url)
    await account.emulator.close()
    await expect(account.call('GET', '/api/v2/users/me')).rejects.toThrow()
    await using again = await openTestAccount({ port: Number(port) })
    expect((await again.call('GET', '/api/v2/users/me')).status).toBe(200)
    await expect(openTestAccount({ port: Number(port) })).rejects.toThrow(/EADDRINUSE/)
  })
})

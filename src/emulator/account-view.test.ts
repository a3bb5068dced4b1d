import { describe, expect, test } from 'vitest'
import type { PeopleFilter } from './account-view.ts'
import { openTestAccount } from './test-account.ts'

describe('people', () => {
  test.each<[q: string, filter: PeopleFilter, names: string[]]>([
    ['', 'everybody', ['Cem Çelik', 'Bo Brand', 'Ann Archer', 'Sam Second', 'Olive Owner']],
    ['ARCH', 'everybody', ['Ann Archer']],
    ['example.com bo', 'everybody', ['Bo Brand']],
    ['second.ann@', 'everybody', ['Ann Archer']],
    ['c-2', 'everybody', ['Bo Brand']],
    ['+4930', 'everybody', ['Bo Brand']],
    ['gold', 'everybody', ['Cem Çelik', 'Ann Archer']],
    ['gold cem', 'everybody', ['Cem Çelik']],
    ['nobody', 'everybody', []],
    ['', 'agents', ['Sam Second', 'Olive Owner']],
    ['', 'suspended', ['Bo Brand']],
    ['', 'deleted', ['Dora Deleted']],
    ['dora@', 'deleted', ['Dora Deleted']],
    ['dora@', 'everybody', []],
    ['', 'changed', ['Dora Deleted']],
  ])('%j among %s', async (q, filter, names) => {
    await using account = await openTestAccount()
    account.emulator.seed({
      users: [
        { name: 'Ann Archer', email: 'ann@example.com', emails: ['second.ann@example.com'], tags: ['gold', 'eu'] },
        { name: 'Bo Brand', email: 'bo@example.com', external_id: 'C-2', phone: '+49301', suspended: true },
        { name: 'Cem Çelik', email: 'cem@example.com', tags: ['gold'] },
        { name: 'Dora Deleted', email: 'dora@example.com' },
      ],
    })
    account.emulator.deleteUser({ email: 'dora@example.com' })
    const query = new URLSearchParams({ q, filter })
    const { people, total } = (await account.call('GET', `/_emulator/people?${query}`)).json
    expect(people.map(({ name }: { name: string }) => name)).toEqual(names)
    expect(total).toBe(names.length)
  })

  test('in pages', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ users: Array.from({ length: 30 }, (_, index) => ({ name: `Zoe ${index}` })) })
    const page = (query: object) => account.emulator.people(query).people.map(({ name }) => name)
    expect(page({ q: 'zoe', limit: 2 })).toEqual(['Zoe 29', 'Zoe 28'])
    expect(page({ q: 'zoe', limit: 2, offset: 29 })).toEqual(['Zoe 0'])
    expect(page({ q: 'zoe' })).toHaveLength(25)
    expect(account.emulator.people({ q: 'zoe', offset: 99 })).toEqual({ people: [], total: 30 })
  })

  test('a filter that there is not', async () => {
    await using account = await openTestAccount()
    const answer = await account.call('GET', '/_emulator/people?filter=x')
    expect(answer).toMatchObject({ status: 400, json: { description: expect.stringContaining('suspended') } })
  })
})

test('a person: fields with titles and names of options, organisations, identities', async () => {
  await using account = await openTestAccount()
  account.emulator.seed({
    user_fields: [
      { key: 'level', title: 'Level', type: 'dropdown', custom_field_options: [{ name: 'Gold', value: 'l_gold' }] },
      { key: 'city', title: 'City' },
    ],
    organizations: [{ id: 7, name: 'Acme' }],
    users: [{ name: 'A', email: 'a@example.com', organization_id: 7, user_fields: { level: 'l_gold' } }],
  })
  const { id } = account.emulator.people({ q: 'a@example.com' }).people[0]!
  expect((await account.call('GET', `/_emulator/person?id=${id}`)).json.person).toMatchObject({
    user: { name: 'A', tags: ['l_gold'] },
    is_owner: false,
    fields: [{ key: 'level', title: 'Level', type: 'dropdown', value: 'l_gold', label: 'Gold' }],
    organizations: [{ id: 7, name: 'Acme', is_default: true }],
    identities: [{ type: 'email', value: 'a@example.com', primary: true, verified: true }],
    history: [],
  })
  expect((await account.call('GET', '/_emulator/person?id=1')).json).toEqual({ person: null })
})

test('jobs, and the failed rows of one', async () => {
  await using account = await openTestAccount()
  await account.upsert({ name: 'A', email: 'a@example.com' }, { name: 'B', email: 'no address' })
  await account.call('POST', '/api/v2/users/create_or_update_many', { users: [{ name: 'C', external_id: 'c' }] })
  const { jobs } = (await account.call('GET', '/_emulator/jobs')).json
  expect(jobs).toMatchObject([
    { status: 'queued', total: 1, progress: null, failed: 0, completed_at: null },
    { status: 'completed', total: 2, progress: 2, failed: 1, completed_at: expect.stringMatching(/^2026-11-21T/) },
  ])
  const { selected } = (await account.call('GET', `/_emulator/jobs?id=${jobs[1].id}`)).json
  expect(selected.failed_rows).toEqual([
    { row: 1, error: 'UserUpdateError', details: expect.stringContaining('no address') },
  ])
  expect(account.emulator.jobs('V3-unknown').selected).toBeNull()
})

test('requests by minute and by what became of them, the limit, and the latest calls', async () => {
  await using account = await openTestAccount({ plan: 'team' })
  const nothing = { '2xx': 0, '3xx': 0, '4xx': 0, '429': 0, '5xx': 0, no_answer: 0 }
  await account.call('GET', '/api/v2/users/me')
  account.pass(60_000)
  await account.call('GET', '/api/v2/nothing')
  account.emulator.faults(
    { kind: 'status', status: 503 },
    { kind: 'status', status: 429 },
    { kind: 'reset_after_write' },
  )
  await account.call('GET', '/api/v2/users/me')
  await account.call('GET', '/api/v2/users/me')
  await account.call('GET', '/api/v2/users/me').catch(() => undefined)
  const { limit, minutes, calls } = (await account.call('GET', '/_emulator/requests')).json
  expect(limit).toBe(200)
  expect(minutes).toHaveLength(30)
  expect(minutes.slice(-3)).toEqual([
    { started_at: '2026-11-21T11:59:00.000Z', ...nothing },
    { started_at: '2026-11-21T12:00:00.000Z', ...nothing, '2xx': 1 },
    { started_at: '2026-11-21T12:01:00.000Z', ...nothing, '4xx': 1, '5xx': 1, '429': 1, no_answer: 1 },
  ])
  expect(calls.map(({ status }: { status: number | null }) => status)).toEqual([null, 429, 503, 404, 200])
  account.pass(40 * 60_000)
  expect(account.emulator.requests().minutes.every((minute) => minute['2xx'] === 0)).toBe(true)
  account.emulator.reset()
  account.pass(-40 * 60_000)
  expect(account.emulator.requests().minutes.every((minute) => minute['2xx'] === 0)).toBe(true)
})

test('the latest mails', async () => {
  await using account = await openTestAccount()
  await account.upsert({ name: 'A', email: 'a@example.com' })
  await account.upsert({ name: 'B', email: 'b@example.com' })
  const recipients = async (query: string) =>
    (await account.call('GET', `/_emulator/mail${query}`)).json.mail.map(({ to }: { to: string }) => to)
  expect(await recipients('?limit=1')).toEqual(['b@example.com'])
  expect(await recipients('')).toEqual(['a@example.com', 'b@example.com'])
})

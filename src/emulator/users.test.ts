import { describe, expect, test } from 'vitest'
import { openTestAccount } from './test-account.ts'

const people = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: 100 + index,
    name: `P${index}`,
    external_id: `p-${index}`,
    email: `p${index}@example.com`,
  }))
const idsOf = (json: { users: { id: number }[] }) => json.users.map(({ id }) => id)

describe('GET users', () => {
  test('by cursor, forward and back, links on the address it was reached at (ZENPY)', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ users: people(25) })
    const path = '/api/v2/users.json?role=end-user&page[size]=10'
    const seen: number[] = []
    let next: string | null = path
    let before: string | null = null
    while (next) {
      const { json } = await account.call('GET', next)
      seen.push(...idsOf(json))
      before = json.links.prev
      if (json.links.next) expect(json.links.next).toMatch(account.emulator.url)
      next = json.meta.has_more ? json.links.next : null
    }
    expect(seen).toEqual(people(25).map(({ id }) => id))
    expect(idsOf((await account.call('GET', before ?? '')).json)).toEqual(seen.slice(10, 20))
  })

  test('a user deleted between two pages is no gap', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ users: people(4) })
    const first = await account.call('GET', '/api/v2/users?role=end-user&page[size]=2')
    account.emulator.deleteUser({ id: 101 })
    expect(idsOf((await account.call('GET', first.json.links.next)).json)).toEqual([102, 103])
  })

  test('by offset when nothing else is asked for; at most 100; not past 10,000 (DOC)', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ users: people(103) })
    const first = await account.call('GET', '/api/v2/users?role=end-user&per_page=500')
    expect([first.json.users.length, first.json.count, first.json.previous_page]).toEqual([100, 103, null])
    const second = await account.call('GET', first.json.next_page)
    expect([second.json.users.length, second.json.next_page]).toEqual([3, null])
    const deep = await account.call('GET', '/api/v2/users?page=101')
    expect([deep.status, deep.json.errors[0].code]).toEqual([400, 'InvalidPaginationDepth'])
  })

  test.each(['page[size]=101', 'page[size]=0', 'page[size]=x', 'page[after]=nonsense', 'page=x'])(
    '%s is a 400',
    async (query) => {
      await using account = await openTestAccount()
      expect((await account.call('GET', `/api/v2/users?${query}`)).status).toBe(400)
    },
  )

  test('role[] filters and identities beside the users (DOC)', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({
      users: people(3),
      agents: [{ id: 9, name: 'Third', email: 'third@example.com', emails: ['3@example.com'] }],
    })
    const { json } = await account.call(
      'GET',
      '/api/v2/users?role[]=agent&role[]=admin&include=identities&page[size]=100',
    )
    expect(json.users.map(({ name }: { name: string }) => name)).toEqual(['Third', 'Olive Owner', 'Sam Second'])
    expect(
      json.identities
        .filter(({ user_id }: { user_id: number }) => user_id === 9)
        .map(({ value }: { value: string }) => value),
    ).toEqual(['third@example.com', '3@example.com'])
  })
})

describe('GET users/show_many', () => {
  test('sorted by id; unknown and deleted ones are absent (ZENPY, DOC)', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ users: people(5) })
    account.emulator.deleteUser({ external_id: 'p-1' })
    const ids = await account.call('GET', '/api/v2/users/show_many.json?ids=104,1,101,100,104')
    expect(idsOf(ids.json)).toEqual([100, 104])
    expect(ids.json).toMatchObject({ next_page: null, previous_page: null, count: 2 })
    const all = await account.call('GET', '/api/v2/users/show_many?ids=104,101&include_deleted=true')
    expect(all.json.users.map(({ active }: { active: boolean }) => active)).toEqual([false, true])
    const byExternalId = await account.call('GET', '/api/v2/users/show_many?external_ids=P-4,p-1,p-0')
    expect(idsOf(byExternalId.json)).toEqual([100, 104])
  })

  test('100 keys at most', async () => {
    await using account = await openTestAccount()
    const ids = people(101).map(({ id }) => id)
    expect((await account.call('GET', `/api/v2/users/show_many?ids=${ids}`)).status).toBe(400)
    expect((await account.call('GET', `/api/v2/users/show_many?ids=${ids.slice(1)}`)).status).toBe(200)
  })
})

describe('one user', () => {
  test('an id that is no number is a 400 (observed), an unknown one a 404', async () => {
    await using account = await openTestAccount()
    const bad = await account.call('GET', '/api/v2/users/abc.json')
    expect(bad.status).toBe(400)
    expect(bad.json.error.message).toBe(
      'You passed an invalid value for the id attribute. Invalid parameter: id must be an integer from api/v2/users/show',
    )
    expect((await account.call('GET', '/api/v2/users/5')).json).toEqual({
      error: 'RecordNotFound',
      description: 'Not found',
    })
    expect((await account.call('DELETE', '/api/v2/users/5')).status).toBe(404)
  })

  test('a deleted user loses its keys at once; the same person is created with a new id (GRP)', async () => {
    await using account = await openTestAccount()
    const [person] = people(1)
    account.emulator.seed({
      user_fields: [{ key: 'city' }],
      users: [{ ...person!, tags: ['t'], user_fields: { city: 'A' } }],
    })
    const { status, json } = await account.call('DELETE', '/api/v2/users/100')
    expect(status).toBe(200)
    expect(json.user).toMatchObject({
      active: false,
      email: null,
      external_id: null,
      verified: false,
      tags: ['t'],
      user_fields: { city: 'A' },
    })
    const [result] = await account.upsert({ name: 'Again', external_id: 'p-0', email: 'p0@example.com' })
    expect(result).toMatchObject({ status: 'Created', email: 'p0@example.com', external_id: 'p-0' })
    expect(result.id).not.toBe(100)
  })

  test('deleted while its job runs: the keys are free, so the row creates', async () => {
    await using account = await openTestAccount({ jobLatencyMs: [1000, 1000] })
    account.emulator.seed({ users: people(1) })
    const posted = await account.call('POST', '/api/v2/users/create_or_update_many', {
      users: [{ name: 'N', external_id: 'p-0' }],
    })
    account.pass(900)
    await account.call('DELETE', '/api/v2/users/100')
    account.pass(100)
    const job = await account.call('GET', `/api/v2/job_statuses/${posted.json.job_status.id}`)
    expect(job.json.job_status.results[0]).toMatchObject({ status: 'Created', external_id: 'p-0' })
  })

  test('identities, also by type (GRP)', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({
      users: [{ id: 7, name: 'A', email: 'a@example.com', emails: ['b@example.com'], phone: '+15550001' }],
    })
    const { json } = await account.call('GET', '/api/v2/users/7/identities.json?type[]=email')
    expect(json.count).toBe(2)
    expect(json.identities[1]).toMatchObject({
      user_id: 7,
      type: 'email',
      value: 'b@example.com',
      primary: false,
      deliverable_state: 'reserved_example',
    })
    expect((await account.call('GET', '/api/v2/users/7/identities')).json.count).toBe(3)
  })
})

test('GET users?permission_set= (DOC-USERS); a user of another account is shown and cannot be updated', async () => {
  await using account = await openTestAccount({ singularUpsertLimits: false })
  account.emulator.seed({
    users: [
      { id: 1, name: 'A' },
      { id: 2, name: 'B', shared: true },
    ],
  })
  await account.call('PUT', '/api/v2/users/1', { user: { custom_role_id: 9 } })
  const list = async (query: string) =>
    (await account.call('GET', `/api/v2/users?${query}`)).json.users.map(({ id }: { id: number }) => id)
  expect(await list('permission_set=9')).toEqual([1])
  expect(await list('permission_set=8')).toEqual([])
  expect((await account.call('GET', '/api/v2/users/2')).json.user.shared).toBe(true)
  expect((await account.call('PUT', '/api/v2/users/2', { user: { notes: 'n' } })).status).toBe(403)
})

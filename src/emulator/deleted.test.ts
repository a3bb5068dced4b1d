import { describe, expect, test } from 'vitest'
import { openTestAccount, type TestAccount } from './test-account.ts'

const people = [1, 2, 3].map((id) => ({ id, name: `P${id}`, email: `p${id}@example.com`, external_id: `p-${id}` }))
const notFound = { error: 'RecordNotFound', description: 'Not found' }
const second = (account: TestAccount) => ({
  authorization: `Basic ${Buffer.from(`second.agent@example.com/token:${account.emulator.apiToken}`).toString('base64')}`,
})

async function open(options = {}) {
  const account = await openTestAccount(options)
  account.emulator.seed({ users: people })
  return account
}

async function destroyMany(account: TestAccount, query: string) {
  const posted = await account.call('DELETE', `/api/v2/users/destroy_many.json?${query}`)
  if (posted.status !== 200) throw new Error(`${posted.status} ${posted.text}`)
  account.pass(2000)
  return (await account.call('GET', posted.json.job_status.url)).json.job_status
}

describe('DELETE users/destroy_many', () => {
  test('a job, with results of its own form (ZENPY)', async () => {
    await using account = await open()
    const job = await destroyMany(account, 'ids=3,1')
    expect(job).toMatchObject({ job_type: 'Bulk Delete User', status: 'completed', total: 2, progress: 2 })
    expect(job.results).toEqual([3, 1].map((id) => ({ action: 'delete', id, status: 'Deleted', success: true })))
    expect(account.emulator.state({ role: 'end-user' }).users.map(({ id }) => id)).toEqual([2])
  })

  test('by external_id; nobody twice, nobody unknown, and not the account owner (OAS)', async () => {
    await using account = await open()
    const failed = { action: 'delete', error: 'RecordNotFound', details: 'Not found', status: 'Failed', success: false }
    const byKey = await destroyMany(account, 'external_ids=P-2,nobody')
    expect(byKey.results).toEqual([
      { action: 'delete', id: 2, status: 'Deleted', success: true },
      { ...failed, id: 1 },
    ])
    const twice = (await destroyMany(account, 'ids=3,3,77')).results
    expect(twice.map(({ status }: { status: string }) => status).toSorted()).toEqual(['Deleted', 'Failed', 'Failed'])
    expect(twice[2]).toEqual({ ...failed, id: 77 })
    const owner = account.emulator.state({ role: 'admin' }).users[0]!.id
    expect((await destroyMany(account, `ids=${owner}`)).results[0]).toMatchObject({ id: owner, error: 'Forbidden' })
    expect(account.emulator.state({ id: owner }).total).toBe(1)
    expect((await account.call('DELETE', `/api/v2/users/${owner}`)).status).toBe(403)
  })

  test('100 at most, at least one, numbers only, admins only', async () => {
    await using account = await open()
    const path = '/api/v2/users/destroy_many'
    const many = Array.from({ length: 101 }, (_, index) => index + 1)
    const tooMany = await account.call('DELETE', `${path}?ids=${many}`)
    expect([tooMany.status, tooMany.json.error]).toEqual([400, 'TooManyValues'])
    for (const query of ['', '?ids=', '?ids=1,x']) {
      expect((await account.call('DELETE', path + query)).status).toBe(400)
    }
    expect((await account.call('DELETE', `${path}?ids=1`, undefined, second(account))).status).toBe(403)
    expect(account.emulator.state({ role: 'end-user' }).total).toBe(3)
  })
})

describe('deleted_users', () => {
  test('listed with the address they had (OAS), which is free all the same (GRP)', async () => {
    await using account = await open()
    await account.call('DELETE', '/api/v2/users/1')
    await account.call('DELETE', '/api/v2/users/3')
    const { json } = await account.call('GET', '/api/v2/deleted_users.json?page[size]=1')
    expect(json.deleted_users).toMatchObject([{ id: 1, name: 'P1', email: 'p1@example.com', active: false }])
    expect(json.deleted_users[0].url).toBe(`${account.emulator.url}/api/v2/deleted_users/1.json`)
    expect((await account.call('GET', json.links.next)).json.deleted_users).toMatchObject([{ id: 3 }])
    expect((await account.call('GET', '/api/v2/deleted_users')).json.count).toBe(2)
    const [again] = await account.upsert({ name: 'Again', email: 'p1@example.com' })
    expect(again.status).toBe('Created')
    const one = (await account.call('GET', '/api/v2/deleted_users/1')).json.deleted_user
    expect(one).toEqual(json.deleted_users[0])
    expect((await account.call('GET', '/api/v2/deleted_users/2')).json).toEqual(notFound)
    expect((await account.call('GET', '/api/v2/deleted_users/x')).status).toBe(400)
    const at = '2026-11-21T12:00:02Z'
    expect((await account.call('GET', '/api/v2/deleted_users/count')).json.count).toEqual({
      refreshed_at: at,
      value: 2,
    })
  })

  test('deleted for good: what was personal is gone, the record stays in the list (OAS)', async () => {
    await using account = await open()
    expect((await account.call('DELETE', '/api/v2/deleted_users/1')).json).toEqual(notFound)
    await account.call('DELETE', '/api/v2/users/1')
    const { status, json } = await account.call('DELETE', '/api/v2/deleted_users/1.json')
    expect([status, json.deleted_user.name, json.deleted_user.email]).toEqual([200, 'P1', 'p1@example.com'])
    const listed = (await account.call('GET', '/api/v2/deleted_users')).json.deleted_users
    expect(listed).toMatchObject([{ id: 1, name: 'Permanently Deleted User', email: null, phone: null }])
    expect((await account.call('GET', '/api/v2/deleted_users/1')).status).toBe(404)
    expect((await account.call('DELETE', '/api/v2/deleted_users/1')).status).toBe(404)
  })

  test('700 in 10 minutes (OAS)', async () => {
    await using account = await open({ permanentDeletionLimit: 2 })
    for (const { id } of people) await account.call('DELETE', `/api/v2/users/${id}`)
    const erase = (id: number) => account.call('DELETE', `/api/v2/deleted_users/${id}`)
    expect((await erase(1)).status).toBe(200)
    account.pass(599_000)
    expect((await erase(1)).status).toBe(404)
    expect((await erase(2)).status).toBe(200)
    const third = await erase(3)
    expect([third.status, third.headers.get('retry-after')]).toEqual([429, '1'])
    account.pass(1000)
    expect((await erase(3)).status).toBe(200)
    expect(account.emulator.state().settings.permanentDeletionLimit).toBe(2)
  })

  test('an agent deletes end users only for good (OAS)', async () => {
    await using account = await open()
    account.emulator.seed({ agents: [{ id: 9, name: 'Third' }] })
    for (const id of [1, 9]) await account.call('DELETE', `/api/v2/users/${id}`)
    const erase = (id: number) => account.call('DELETE', `/api/v2/deleted_users/${id}`, undefined, second(account))
    expect([(await erase(9)).status, (await erase(1)).status]).toEqual([403, 200])
  })
})

describe('PUT users/{id}/merge', () => {
  const merge = (account: TestAccount, id: number | string, into: unknown) =>
    account.call('PUT', `/api/v2/users/${id}/merge.json`, { user: { id: into } })

  test('the user of the path goes into the other, with his addresses alone (OAS, support 4408887695898)', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({
      users: [
        { id: 1, name: 'Gone', email: 'gone@example.com', external_id: 'gone', tags: ['x'], notes: 'n' },
        { id: 2, name: 'Stays', email: 'stays@example.com', external_id: 'stays', tags: ['y'] },
      ],
    })
    const { status, json } = await merge(account, 1, 2)
    expect(status).toBe(200)
    const left = { id: 2, name: 'Stays', email: 'stays@example.com', external_id: 'stays', tags: ['y'], notes: null }
    expect(json.user).toMatchObject(left)
    const [stays] = account.emulator.state({ email: 'gone@example.com' }).users
    expect(stays).toMatchObject({ id: 2, emails: ['stays@example.com', 'gone@example.com'] })
    expect((await account.call('GET', '/api/v2/users/1')).json.user).toMatchObject({ active: false, external_id: null })
    const [row] = await account.upsert({ name: 'Gone', external_id: 'gone', email: 'gone@example.com' })
    expect(row).toMatchObject({ status: 'Updated', id: 2 })
    account.emulator.seed({ users: [{ id: 3, name: 'Third', external_id: 'third' }] })
    // COMM-MERGE: the address that was left behind belongs to the other user now, and the row fails.
    const [clash] = await account.upsert({ external_id: 'third', email: 'gone@example.com' })
    expect(clash.details).toBe('Email: gone@example.com is already being used by another user')
  })

  test.each([
    ['himself', 1, 1, 422],
    ['an agent', 1, 9, 422],
    ['an agent of the path', 9, 1, 422],
    ['somebody without verified identities or addresses', 4, 1, 422],
    ['into such a one', 1, 4, 422],
    ['nobody', 1, 77, 404],
    ['of nobody', 77, 1, 404],
    ['no number', 1, 'x', 400],
    ['no number in the path', 'x', 1, 400],
  ])('%s: refused, and nothing changes', async (_name, id, into, status) => {
    await using account = await open()
    account.emulator.seed({
      users: [{ id: 4, name: 'Bare' }],
      agents: [{ id: 9, name: 'Third', email: 't@example.com' }],
    })
    const before = account.emulator.state()
    expect((await merge(account, id, into)).status).toBe(status)
    expect(account.emulator.state()).toEqual(before)
  })
})

describe('counts and relations', () => {
  test('users/count, also by role; users/{id}/related (OAS)', async () => {
    await using account = await open()
    account.emulator.deleteUser({ id: 1 })
    const count = async (query: string) => (await account.call('GET', `/api/v2/users/count${query}`)).json.count
    expect(await count('')).toEqual({ refreshed_at: '2026-11-21T12:00:00Z', value: 4 })
    expect((await count('?role[]=agent&role[]=admin')).value).toBe(2)
    expect((await count('?role=end-user')).value).toBe(2)
    const related = await account.call('GET', '/api/v2/users/2/related.json')
    expect(related.json.user_related).toMatchObject({ requested_tickets: 0, assigned_tickets: 0 })
    expect((await account.call('GET', '/api/v2/users/1/related')).status).toBe(404)
  })
})

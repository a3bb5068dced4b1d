import { describe, expect, test } from 'vitest'
import type { EmulatorOptions } from './index.ts'
import { openTestAccount, type TestAccount } from './test-account.ts'

const path = '/api/v2/organization_memberships'

async function openSeeded(options: EmulatorOptions = {}): Promise<TestAccount> {
  const account = await openTestAccount(options)
  account.emulator.seed({
    organizations: [
      { id: 1, name: 'Zeta' },
      { id: 2, name: 'Beta' },
      { id: 3, name: 'Alpha' },
    ],
    users: [
      { id: 10, name: 'Ann', external_id: 'ann', organization_id: 1 },
      { id: 11, name: 'Bob', external_id: 'bob' },
    ],
  })
  return account
}

const join = (account: TestAccount, user_id: number, organization_id: number, isDefault = false) =>
  account.call('POST', path, { organization_membership: { user_id, organization_id, default: isDefault } })

/** Organisation and default of each membership of a list. */
async function memberships(account: TestAccount, rest: string) {
  const { json } = await account.call('GET', rest)
  return json.organization_memberships.map((one: { organization_id: number; default: boolean | null }) => [
    one.organization_id,
    one.default,
  ])
}

const organizationOf = (account: TestAccount, id: number) => account.emulator.state({ id }).users[0]?.organization_id

describe('memberships', () => {
  test('201; `default` is null when it is not; a second time is a 422 (OAS)', async () => {
    await using account = await openSeeded()
    const made = await join(account, 10, 2)
    expect(made.status).toBe(201)
    expect(made.json.organization_membership).toMatchObject({
      user_id: 10,
      organization_id: 2,
      organization_name: 'Beta',
      default: null,
    })
    const { id, url } = made.json.organization_membership
    expect((await account.call('GET', url)).json.organization_membership.id).toBe(id)
    expect(await join(account, 10, 2)).toMatchObject({ status: 422, json: { error: 'RecordInvalid' } })
    expect((await join(account, 10, 99)).status).toBe(422)
    expect((await join(account, 99, 2)).status).toBe(422)
  })

  test('the first is the default; a later one can ask to be', async () => {
    await using account = await openSeeded()
    await join(account, 11, 1)
    expect(organizationOf(account, 11)).toBe(1)
    await join(account, 11, 2, true)
    expect(organizationOf(account, 11)).toBe(2)
  })

  test('a user: the default first, then by name (OAS); all, and of an organisation', async () => {
    await using account = await openSeeded()
    for (const id of [2, 3]) await join(account, 10, id)
    await join(account, 11, 2)
    expect(await memberships(account, '/api/v2/users/10/organization_memberships')).toEqual([
      [1, true],
      [3, null],
      [2, null],
    ])
    expect((await account.call('GET', path)).json.count).toBe(4)
    const beta = await account.call('GET', '/api/v2/organizations/2/organization_memberships?include=users')
    expect(beta.json).toMatchObject({ count: 2, users: [{ id: 10 }, { id: 11 }] })
    const organizations = (await account.call('GET', '/api/v2/users/10/organizations')).json.organizations
    expect(organizations.map(({ name }: { name: string }) => name)).toEqual(['Zeta', 'Alpha', 'Beta'])
    expect((await account.call('GET', '/api/v2/users/10/organizations/count')).json.count.value).toBe(3)
    expect((await account.call('GET', '/api/v2/organizations/2/users')).json.count).toBe(2)
  })

  test('make_default, by organisation and by membership (OAS)', async () => {
    await using account = await openSeeded()
    const { id } = (await join(account, 10, 2)).json.organization_membership
    await join(account, 10, 3)
    const put = await account.call('PUT', '/api/v2/users/10/organizations/3/make_default')
    expect(put.json.organization_membership).toMatchObject({ organization_id: 3, default: true })
    expect(organizationOf(account, 10)).toBe(3)
    const again = await account.call('PUT', `/api/v2/users/10/organization_memberships/${id}/make_default`)
    expect(again.json.organization_memberships[0]).toMatchObject({ id, default: true })
    expect(organizationOf(account, 10)).toBe(2)
    expect((await account.call('PUT', '/api/v2/users/11/organizations/3/make_default')).status).toBe(404)
    expect((await account.call('GET', `/api/v2/users/11/organization_memberships/${id}`)).status).toBe(404)
  })

  test('when the default goes, another takes its place; the last leaves none', async () => {
    await using account = await openSeeded()
    const { id } = (await join(account, 10, 2)).json.organization_membership
    expect((await account.call('DELETE', '/api/v2/users/10/organizations/1')).status).toBe(204)
    expect(organizationOf(account, 10)).toBe(2)
    expect((await account.call('DELETE', `${path}/${id}`)).status).toBe(204)
    expect(organizationOf(account, 10)).toBeNull()
    expect((await account.call('DELETE', `${path}/${id}`)).status).toBe(404)
  })

  test('create_many and destroy_many are jobs', async () => {
    await using account = await openSeeded()
    const run = async (method: string, rest: string, body?: object) => {
      const { json } = await account.call(method, `${path}/${rest}`, body)
      account.pass(2000)
      return (await account.call('GET', `/api/v2/job_statuses/${json.job_status.id}`)).json.job_status.results
    }
    const rows = [
      { user_id: 11, organization_id: 1 },
      { user_id: 10, organization_id: 1 },
    ]
    const made = await run('POST', 'create_many', { organization_memberships: rows })
    const { id } = made[0]
    expect(made).toEqual([
      { action: 'create', id: expect.any(Number), status: 'Created', success: true },
      expect.objectContaining({ id: 1, status: 'Failed', success: false }),
    ])
    expect(await run('DELETE', `destroy_many?ids=${id},5`)).toEqual([
      { action: 'delete', id, status: 'Deleted', success: true },
      expect.objectContaining({ id: 1, error: 'RecordNotFound' }),
    ])
    expect(organizationOf(account, 11)).toBeNull()
  })

  test('an agent writes those of end users only (OAS)', async () => {
    await using account = await openSeeded({ apiUserRole: 'agent' })
    const agent = account.emulator.state({ role: 'agent' }).users[0]!
    expect((await join(account, 11, 1)).status).toBe(201)
    expect((await join(account, agent.id, 1)).status).toBe(403)
  })

  test('those of deleted users are not shown', async () => {
    await using account = await openSeeded()
    account.emulator.deleteUser({ id: 10 })
    expect((await account.call('GET', path)).json.count).toBe(0)
    expect((await account.call('GET', '/api/v2/users/10/organization_memberships')).status).toBe(404)
  })
})

describe('organisations of written users', () => {
  test('organization_id becomes the default and every other membership goes (DOC-USERS); null leaves none', async () => {
    await using account = await openSeeded()
    await join(account, 10, 2)
    await account.upsert({ external_id: 'ann', organization_id: 3 })
    expect(account.emulator.state({ id: 10 }).users[0]).toMatchObject({ organization_id: 3, organization_ids: [3] })
    await account.upsert({ external_id: 'ann', organization_id: null })
    expect(account.emulator.state({ id: 10 }).users[0]).toMatchObject({ organization_id: null, organization_ids: [] })
  })

  test('a user who stays in an organisation keeps his membership', async () => {
    await using account = await openSeeded()
    const own = '/api/v2/users/10/organization_memberships'
    const before = (await account.call('GET', own)).json.organization_memberships[0].id
    await account.upsert({ external_id: 'ann', organization_id: 1 })
    expect((await account.call('GET', own)).json.organization_memberships[0].id).toBe(before)
    await join(account, 10, 2, true)
    await account.upsert({ external_id: 'ann', organization_id: 1 })
    expect(await memberships(account, own)).toEqual([[1, true]])
  })

  test.each([
    ['a new user of the domain joins', { email: 'new@Acme.Example.com' }, 'Domain'],
    ['not when the row says otherwise', { email: 'new@acme.example.com', organization_id: 1 }, 'Zeta'],
    ['not when the row says none', { email: 'new@acme.example.com', organization_id: null }, undefined],
    ['another domain does not', { email: 'new@sub.acme.example.com' }, undefined],
  ])('domains: %s (DOC)', async (_name, row, name) => {
    await using account = await openSeeded()
    const organization = { name: 'Domain', domain_names: ['acme.example.com', 'other.example.com'] }
    await account.call('POST', '/api/v2/organizations', { organization })
    await account.upsert({ name: 'New', external_id: 'new', ...row })
    const { id } = account.emulator.state({ external_id: 'new' }).users[0]!
    const { organizations } = (await account.call('GET', `/api/v2/users/${id}/organizations`)).json
    expect(organizations[0]?.name).toBe(name)
  })

  test('domains: who was there joins when the domain is named, unless he belongs somewhere; a list replaces the last', async () => {
    await using account = await openSeeded()
    account.emulator.seed({
      users: [
        { id: 20, name: 'C', email: 'c@acme.example.com' },
        { id: 21, name: 'D', email: 'd@acme.example.com', organization_id: 1 },
        { id: 22, name: 'E', email: 'e@second.example.com' },
      ],
    })
    const put = (domain_names: string[]) =>
      account.call('PUT', '/api/v2/organizations/2', { organization: { domain_names } })
    await put(['acme.example.com'])
    expect([20, 21, 22].map((id) => organizationOf(account, id))).toEqual([2, 1, null])
    await put(['second.example.com'])
    await account.upsert({ name: 'F', external_id: 'f', email: 'f@acme.example.com' })
    expect(organizationOf(account, 22)).toBe(2)
    expect(account.emulator.state({ external_id: 'f' }).users[0]?.organization_id).toBeNull()
  })
})

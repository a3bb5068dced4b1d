import { describe, expect, test } from 'vitest'
import { openTestAccount, type TestAccount } from './test-account.ts'

const path = '/api/v2/organizations'

async function create(account: TestAccount, organization: object) {
  const answer = await account.call('POST', path, { organization })
  expect(answer.status).toBe(201)
  return answer.json.organization
}

/** Queues a job, lets it end, and answers its results. */
async function results(account: TestAccount, method: string, rest: string, body?: object) {
  const posted = await account.call(method, `${path}/${rest}`, body)
  expect(posted.status).toBe(200)
  account.pass(2000)
  return (await account.call('GET', `/api/v2/job_statuses/${posted.json.job_status.id}`)).json.job_status
}

describe('one organisation', () => {
  test('has the keys of the recordings (RUDDER, ZENPY)', async () => {
    await using account = await openTestAccount()
    const given = { name: ' Acme ', external_id: 'A1', domain_names: 'acme.example.com', tags: ['big'], notes: 'n' }
    const organization = await create(account, { ...given, organization_fields: { nope: 1 }, whatever: 2 })
    expect(organization).toEqual({
      url: `${account.emulator.url}${path}/${organization.id}.json`,
      id: expect.any(Number),
      name: 'Acme',
      shared_tickets: false,
      shared_comments: false,
      external_id: 'A1',
      created_at: '2026-11-21T12:00:00Z',
      updated_at: '2026-11-21T12:00:00Z',
      domain_names: ['acme.example.com'],
      details: null,
      notes: 'n',
      group_id: null,
      tags: ['big'],
      organization_fields: {},
    })
    expect((await account.call('GET', `${path}/${organization.id}.json`)).json).toEqual({ organization })
  })

  test.each([
    [{}, 422, { details: { name: [{ error: 'BlankValue' }] } }],
    [{ name: ' ' }, 422, { details: { name: [{ error: 'BlankValue' }] } }],
    [{ name: ' aCME' }, 422, { details: { name: [{ error: 'DuplicateValue' }] } }],
    [{ name: 'B', external_id: 'a1' }, 422, { details: { external_id: [{ error: 'DuplicateValue' }] } }],
    [{ name: 5 }, 400, { error: { title: 'Invalid attribute' } }],
    [{ name: 'B', domain_names: [1] }, 400, { error: { title: 'Invalid attribute' } }],
  ])('refuses %j', async (organization, status, json) => {
    await using account = await openTestAccount()
    await create(account, { name: 'Acme', external_id: 'A1' })
    expect(await account.call('POST', path, { organization })).toMatchObject({ status, json })
    expect((await account.call('GET', `${path}/count`)).json.count.value).toBe(1)
  })

  test('five updates a minute for one organisation, and then 429 (OAS)', async () => {
    await using account = await openTestAccount()
    const [one, other] = [await create(account, { name: 'A' }), await create(account, { name: 'B' })]
    const put = (id: number) => account.call('PUT', `${path}/${id}`, { organization: { details: 'd' } })
    for (let count = 0; count < 5; count++) expect((await put(one.id)).status).toBe(200)
    account.pass(20_000)
    const refused = await put(one.id)
    expect(refused.status).toBe(429)
    expect(refused.json).toEqual({ errors: [{ code: 'TooManyRequests', title: 'Too many requests to update' }] })
    expect(refused.headers.get('retry-after')).toBe('40')
    expect((await put(other.id)).status).toBe(200)
    account.pass(40_000)
    expect((await put(one.id)).status).toBe(200)
  })

  test('an update keeps what it does not name; a rename frees the old name', async () => {
    await using account = await openTestAccount()
    const { id } = await create(account, { name: 'A', external_id: 'x', tags: ['t'] })
    const { json } = await account.call('PUT', `${path}/${id}`, { organization: { name: 'B', external_id: null } })
    expect(json.organization).toMatchObject({ id, name: 'B', external_id: null, tags: ['t'] })
    await create(account, { name: 'a', external_id: 'X' })
  })

  test('an agent writes notes only, and neither creates nor deletes (OAS)', async () => {
    await using account = await openTestAccount({ apiUserRole: 'agent' })
    account.emulator.seed({ organizations: [{ id: 7, name: 'A' }] })
    const { json } = await account.call('PUT', `${path}/7`, { organization: { name: 'B', notes: 'n' } })
    expect(json.organization).toMatchObject({ name: 'A', notes: 'n' })
    expect((await account.call('POST', path, { organization: { name: 'C' } })).status).toBe(403)
    expect((await account.call('DELETE', `${path}/7`)).status).toBe(403)
  })

  test('a deleted one is gone, its members have none, and its keys are free', async () => {
    await using account = await openTestAccount()
    const { id } = await create(account, { name: 'A', external_id: 'x' })
    await account.upsert({ name: 'N', external_id: 'n', organization_id: id })
    expect((await account.call('DELETE', `${path}/${id}`)).status).toBe(204)
    expect((await account.call('GET', `${path}/${id}`)).status).toBe(404)
    expect(account.emulator.state({ external_id: 'n' }).users[0]?.organization_id).toBeNull()
    await create(account, { name: 'A', external_id: 'x' })
  })

  test('create_or_update: by id or external_id, never by name (OAS)', async () => {
    await using account = await openTestAccount()
    const put = (organization: object) => account.call('POST', `${path}/create_or_update`, { organization })
    const made = await put({ name: 'A', external_id: 'x' })
    expect(made.status).toBe(201)
    const { id } = made.json.organization
    expect(await put({ external_id: 'X', notes: 'n' })).toMatchObject({ status: 200, json: { organization: { id } } })
    expect(await put({ id, details: 'd' })).toMatchObject({ status: 200, json: { organization: { notes: 'n' } } })
    expect((await put({ name: 'A', external_id: 'y' })).status).toBe(422)
    expect((await put({ name: 'A' })).status).toBe(422)
    expect((await put({ id: 1, name: 'Z' })).status).toBe(404)
  })
})

test('scopes: those of organisations, or broad ones (OAS)', async () => {
  await using account = await openTestAccount()
  const { clientId: client_id, clientSecret: client_secret } = account.emulator
  for (const [scope, statuses] of [
    ['organizations:read', [200, 403]],
    ['organizations:write read', [200, 201]],
    ['users:read users:write', [403, 403]],
  ] as const) {
    const grant = { grant_type: 'client_credentials', client_id, client_secret, scope }
    const token = (await account.call('POST', '/oauth/tokens', grant)).json.access_token
    const headers = { authorization: `Bearer ${token}` }
    const listed = await account.call('GET', path, undefined, headers)
    const made = await account.call('POST', path, { organization: { name: scope } }, headers)
    expect([listed.status, made.status]).toEqual(statuses)
  }
})

test('seeded ones: with external_id and domains; a name that is taken is an error', async () => {
  await using account = await openTestAccount()
  const organizations = [{ id: 5, name: 'A', external_id: 'x', domain_names: ['a.example.com'] }]
  account.emulator.seed({ organizations })
  expect((await account.call('GET', `${path}/5`)).json.organization).toMatchObject(organizations[0]!)
  expect(() => account.emulator.seed({ organizations: [{ name: ' a' }] })).toThrow('already')
  expect(() => account.emulator.seed({ users: [{ name: 'N', organization_id: 6 }] })).toThrow('no organization 6')
})

describe('finding organisations', () => {
  const seeded = { organizations: ['Acme', 'Acme Two', 'Beta'].map((name, index) => ({ id: index + 1, name })) }

  test.each([
    ['', ['Acme', 'Acme Two', 'Beta']],
    ['/show_many?ids=3,1,99', ['Beta', 'Acme']],
    ['/show_many?external_ids=B,none', ['Beta']],
    ['/search?name=aCME', ['Acme']],
    ['/search?external_id=b', ['Beta']],
    ['/search?external_id=zz', []],
    ['/autocomplete?name=acme', ['Acme', 'Acme Two']],
    ['?page[size]=2', ['Acme', 'Acme Two']],
  ])('GET organizations%s', async (rest, names) => {
    await using account = await openTestAccount()
    account.emulator.seed(seeded)
    await account.call('PUT', `${path}/3`, { organization: { external_id: 'b' } })
    const { json } = await account.call('GET', `${path}${rest}`)
    expect(json.organizations.map(({ name }: { name: string }) => name)).toEqual(names)
  })

  test.each(['/search', '/search?name=a&external_id=b', '/show_many', '/autocomplete', '/x'])(
    'GET organizations%s is refused',
    async (rest) => {
      await using account = await openTestAccount()
      expect((await account.call('GET', `${path}${rest}`)).status).toBe(400)
    },
  )

  test('count', async () => {
    await using account = await openTestAccount()
    account.emulator.seed(seeded)
    const { json } = await account.call('GET', `${path}/count`)
    expect(json).toEqual({ count: { value: 3, refreshed_at: '2026-11-21T12:00:00Z' } })
  })
})

describe('jobs', () => {
  test('create_many, update_many, destroy_many (ZENPY, OAS)', async () => {
    await using account = await openTestAccount()
    const organizations = [{ name: 'A', external_id: 'a' }, { name: '' }, { name: 'C' }]
    const created = await results(account, 'POST', 'create_many', { organizations })
    const [{ id: a }, , { id: c }] = created.results
    expect(created).toMatchObject({ status: 'completed', total: 3 })
    expect(created.results).toEqual([
      { status: 'Created', id: expect.any(Number) },
      expect.objectContaining({ id: 1, success: false, details: 'Name: cannot be blank' }),
      { status: 'Created', id: expect.any(Number) },
    ])
    const rows = [
      { external_id: 'A', notes: 'n' },
      { id: c, name: 'D' },
      { id: 1, name: 'E' },
    ]
    const updated = await results(account, 'PUT', 'update_many', { organizations: rows })
    expect(updated.results).toEqual([
      { id: a, action: 'update', status: 'Updated', success: true },
      { id: c, action: 'update', status: 'Updated', success: true },
      expect.objectContaining({ id: 2, error: 'RecordNotFound', success: false }),
    ])
    await results(account, 'PUT', `update_many?ids=${a},${c}`, { organization: { details: 'all' } })
    const { json } = await account.call('GET', path)
    expect(json.organizations).toMatchObject([
      { id: a, name: 'A', notes: 'n', details: 'all' },
      { id: c, name: 'D', notes: null, details: 'all' },
    ])
    const destroyed = await results(account, 'DELETE', 'destroy_many?external_ids=a,zz')
    expect(destroyed.results[0]).toEqual({ action: 'delete', id: a, status: 'Deleted', success: true })
    expect(destroyed.results[1]).toMatchObject({ id: 1, error: 'RecordNotFound' })
    expect((await account.call('GET', `${path}/count`)).json.count.value).toBe(1)
  })

  test('an agent changes nothing but notes in bulk either (OAS)', async () => {
    await using account = await openTestAccount({ apiUserRole: 'agent' })
    account.emulator.seed({ organizations: [{ id: 7, name: 'A' }] })
    await results(account, 'PUT', 'update_many', { organizations: [{ id: 7, name: 'B', notes: 'n' }] })
    expect((await account.call('GET', `${path}/7`)).json.organization).toMatchObject({ name: 'A', notes: 'n' })
  })

  test('more than 100 is a 400 in words that users do not have (ZENPY)', async () => {
    await using account = await openTestAccount()
    const organizations = Array.from({ length: 101 }, (_, index) => ({ name: `N${index}` }))
    const ids = organizations.map((_, index) => index).join()
    const answers = [
      await account.call('POST', `${path}/create_many`, { organizations }),
      await account.call('PUT', `${path}/update_many`, { organizations }),
      await account.call('DELETE', `${path}/destroy_many?ids=${ids}`),
    ]
    for (const { status, json } of answers) {
      expect(status).toBe(400)
      const description = 'Parameter  cannot specify more than 100 values'
      expect(json).toEqual({ error: 'TooManyValues', description, max_count: 100 })
    }
  })

  test('they count towards the limit on jobs, together with those of users (DOC-RL)', async () => {
    await using account = await openTestAccount({ jobLimit: 1 })
    await account.call('POST', `${path}/create_many`, { organizations: [{ name: 'A' }] })
    const refused = await account.call('POST', '/api/v2/users/create_many', { users: [{ name: 'N' }] })
    expect(refused).toMatchObject({ status: 429, json: { error: 'TooManyJobs' } })
  })
})

test('organization_fields: known keys merge and read back, unknown ones are ignored (RUDDER, GRP)', async () => {
  await using account = await openTestAccount()
  account.emulator.seed({
    organization_fields: [
      { key: 'tier', type: 'dropdown', custom_field_options: ['gold', 'tin'] },
      { key: 'seats', type: 'integer' },
    ],
    organizations: [{ id: 7, name: 'Acme', tags: ['big'], organization_fields: { seats: 5 } }],
  })
  const put = (organization: object) => account.call('PUT', '/api/v2/organizations/7', { organization })
  const changed = await put({ organization_fields: { tier: 'gold', id: '12' } })
  expect(changed.json.organization).toMatchObject({ tags: ['big'], organization_fields: { tier: 'gold', seats: 5 } })
  expect(Object.keys(changed.json.organization.organization_fields)).toEqual(['tier', 'seats'])
  const refused = await put({ organization_fields: { seats: 'many', tier: 'tin' } })
  expect([refused.status, Object.keys(refused.json.details)]).toEqual([422, ['seats']])
  expect((await put({ organization_fields: { seats: null } })).json.organization.organization_fields).toEqual({
    tier: 'gold',
    seats: null,
  })
})

test('a second organisation of a user needs the setting of the account (DOC)', async () => {
  await using account = await openTestAccount({ multipleOrganizations: false })
  account.emulator.seed({
    users: [{ id: 1, name: 'A' }],
    organizations: [
      { id: 7, name: 'O' },
      { id: 8, name: 'P' },
    ],
  })
  const join = (organization_id: number) =>
    account.call('POST', '/api/v2/organization_memberships', {
      organization_membership: { user_id: 1, organization_id },
    })
  expect((await join(7)).status).toBe(201)
  expect((await join(8)).status).toBe(422)
  const { json } = await account.call('GET', '/api/v2/account/settings')
  expect(json.settings.user.multiple_organizations).toBe(false)
})

import { describe, expect, test } from 'vitest'
import type { EmulatorOptions, UserSeed } from './index.ts'
import { openTestAccount } from './test-account.ts'

const ann: UserSeed = { id: 11, name: 'Ann', external_id: 'c-1', email: 'ann@example.com' }
const bob: UserSeed = { id: 12, name: 'Bob', external_id: 'c-2', email: 'bob@example.com', phone: '+15550001' }
const sue: UserSeed = { id: 14, name: 'Sue', external_id: 'c-s', shared: true }
const zed: UserSeed = { id: 13, name: 'Zed', phone: '+15550009', external_id: 'c-9' }

interface Case {
  name: string
  row: object
  options?: EmulatorOptions
  /** Part of the one result. */
  result: object
  /** Part of the user that the row meant (or made) afterwards. */
  user?: object
}

const failed = (details: string) => ({ id: 0, error: 'UserUpdateError', details, status: 'Failed' })

const cases: Case[] = [
  {
    name: 'an unknown person is created; result echoes e-mail and external_id (ZENPY, JAVA)',
    row: { name: 'Cy', external_id: 'c-3', email: ' Cy@Example.com ' },
    result: { status: 'Created', email: 'cy@example.com', external_id: 'c-3' },
    user: { name: 'Cy', email: 'cy@example.com', role: 'end-user', verified: false },
  },
  {
    name: 'keys the user does not have are absent from the result (ZENPY)',
    row: { name: 'Cy' },
    result: { id: expect.any(Number), status: 'Created' },
  },
  {
    name: 'external_id matches without case and takes the given case (OAS CreateOrUpdateUser)',
    row: { external_id: 'C-1', notes: 'n' },
    result: { id: 11, status: 'Updated', email: 'ann@example.com', external_id: 'C-1' },
    user: { external_id: 'C-1', name: 'Ann', notes: 'n' },
  },
  {
    name: 'e-mail matches when the external_id is new; it is overwritten by default (unknown in the facts)',
    row: { external_id: 'new', email: 'ANN@example.com' },
    result: { id: 11, status: 'Updated', external_id: 'new' },
    user: { emails: ['ann@example.com'] },
  },
  {
    name: 'the same, refused by setting',
    options: { externalIdOnEmailMatch: 'refuse' },
    row: { external_id: 'new', email: 'ann@example.com' },
    result: failed('External has already been taken'),
  },
  {
    name: 'external_id comes before e-mail; an address of another user fails the row (COMM-MERGE)',
    row: { external_id: 'c-1', email: 'bob@example.com' },
    result: failed('Email: bob@example.com is already being used by another user'),
    user: { id: 11, emails: ['ann@example.com'] },
  },
  {
    name: 'a new e-mail on update is added; the primary one stays (GRP, OAS UserForAdmin.email)',
    row: { external_id: 'c-1', email: 'ann2@example.com' },
    result: { id: 11, status: 'Updated', email: 'ann@example.com' },
    user: {
      email: 'ann@example.com',
      emails: ['ann@example.com', 'ann2@example.com'],
      identities: [
        expect.objectContaining({ value: 'ann@example.com', primary: true, verified: true }),
        expect.objectContaining({ value: 'ann2@example.com', primary: false, verified: false }),
      ],
    },
  },
  {
    name: 'e-mail with verified: the added one is verified (DOC-USERS)',
    row: { external_id: 'c-1', email: 'ann2@example.com', verified: true },
    result: { status: 'Updated' },
    user: { identities: [expect.anything(), expect.objectContaining({ value: 'ann2@example.com', verified: true })] },
  },
  {
    name: 'verified alone is about the primary e-mail (DOC-USERS)',
    row: { external_id: 'c-1', verified: false },
    result: { status: 'Updated' },
    user: { verified: false },
  },
  {
    name: 'a malformed e-mail fails the row with the recorded words (COMM-ORDER)',
    row: { name: 'E', email: 'error@example.com_' },
    result: failed('Name: Email: error@example.com_ is not properly formatted'),
  },
  { name: 'badmail is malformed (GRP)', row: { name: 'E', email: 'badmail' }, result: { status: 'Failed' } },
  {
    name: 'a new user needs a name (OAS)',
    row: { external_id: 'c-4' },
    result: failed('Name:  is too short (minimum one character)'),
  },
  { name: 'a blank name is too short', row: { external_id: 'c-1', name: '' }, result: { status: 'Failed', id: 0 } },
  {
    name: 'a name of 255 characters is fine',
    row: { external_id: 'n', name: '\u{1f9e6}'.repeat(255) },
    result: { status: 'Created' },
  },
  {
    name: 'one of 256 is not (alphagov/support #323)',
    row: { external_id: 'n', name: 'x'.repeat(256) },
    result: { status: 'Failed' },
  },
  { name: 'a blank id is ignored (ZENPY)', row: { id: '', external_id: 'c-1' }, result: { id: 11, status: 'Updated' } },
  {
    name: 'an id selects (JAVA, inferred)',
    row: { id: 12, external_id: 'c-2b' },
    result: { id: 12, external_id: 'c-2b' },
  },
  {
    name: 'an unknown id fails the row',
    row: { id: 5, name: 'X' },
    result: { status: 'Failed', error: 'RecordNotFound' },
  },
  {
    name: 'alias null reads back as "" (GRP)',
    row: { external_id: 'c-1', alias: null },
    result: { status: 'Updated' },
    user: { alias: '' },
  },
  {
    name: 'external_id null clears it',
    row: { email: 'ann@example.com', external_id: null },
    result: { id: 11, status: 'Updated', email: 'ann@example.com' },
    user: { id: 11, external_id: null },
  },
  {
    name: 'tags replace the set and hold no spaces (GRP, CENSUS)',
    row: { name: 'T', external_id: 't', tags: ['a b', 'c', 'a'] },
    result: { status: 'Created' },
    user: { tags: ['a', 'b', 'c'] },
  },
  {
    name: 'a first number is a direct line with an identity (DOC-USERS)',
    row: { external_id: 'c-1', phone: '+15550002' },
    result: { status: 'Updated' },
    user: {
      phone: '+15550002',
      shared_phone_number: false,
      identities: [expect.anything(), expect.objectContaining({ type: 'phone_number', value: '+15550002' })],
    },
  },
  {
    name: 'a number that another user owns is shared, without identity (DOC-USERS)',
    row: { external_id: 'c-1', phone: '+15550001' },
    result: { status: 'Updated' },
    user: { phone: '+15550001', shared_phone_number: true, identities: [expect.objectContaining({ type: 'email' })] },
  },
  {
    name: 'behind a direct line a new number is secondary; user.phone stays (JAVA #553, RB #487)',
    row: { external_id: 'c-2', phone: '+15550003' },
    result: { status: 'Updated' },
    user: {
      phone: '+15550001',
      identities: expect.arrayContaining([expect.objectContaining({ value: '+15550003', primary: false })]),
    },
  },
  {
    name: 'phone "" clears number and identities (JAVA #553)',
    row: { external_id: 'c-2', phone: '' },
    result: { status: 'Updated' },
    user: { phone: null, shared_phone_number: null, identities: [expect.objectContaining({ type: 'email' })] },
  },
  {
    name: 'phone and e-mail cannot both be cleared (JAVA #553)',
    row: { external_id: 'c-9', phone: '' },
    result: { status: 'Failed' },
    user: { phone: '+15550009' },
  },
  {
    name: 'a number that is not E.164 is echoed (SPEEDY)',
    row: { external_id: 'c-1', phone: '555-555-5555' },
    result: { status: 'Updated' },
    user: { phone: '555-555-5555' },
  },
  {
    name: 'unless the account validates numbers (DOC-USERS)',
    options: { endUserPhoneNumberValidation: true },
    row: { external_id: 'c-1', phone: '555-555-5555' },
    result: { status: 'Failed' },
  },
  {
    name: 'a custom role makes an end user an agent (DOC-USERS)',
    row: { external_id: 'c-1', custom_role_id: 7 },
    result: { status: 'Updated' },
    user: { role: 'agent', custom_role_id: 7 },
  },
  {
    name: 'role end-user downgrades an agent (inferred)',
    row: { email: 'second.agent@example.com', role: 'end-user' },
    result: { status: 'Updated' },
    user: { role: 'end-user' },
  },
  {
    name: 'an agent may write end users only (DOC-USERS)',
    options: { apiUserRole: 'agent' },
    row: { email: 'second.agent@example.com', notes: 'n' },
    result: { status: 'Failed' },
  },
  {
    name: 'suspended is written',
    row: { external_id: 'c-1', suspended: true },
    result: { status: 'Updated' },
    user: { suspended: true },
  },
  {
    name: 'time zones by Rails name read back with the IANA name (GRP)',
    row: { external_id: 'c-1', time_zone: 'Arizona', locale: 'de' },
    result: { status: 'Updated' },
    user: { time_zone: 'Arizona', iana_time_zone: 'America/Phoenix', locale: 'de' },
  },
  {
    name: 'organization_id drops other memberships (DOC-USERS)',
    row: { external_id: 'c-1', organization_id: 500 },
    result: { status: 'Updated' },
    user: { organization_id: 500, organization_ids: [500] },
  },
  {
    name: 'an unknown organisation fails the row',
    row: { external_id: 'c-1', organization_id: 1 },
    result: { status: 'Failed' },
  },
  {
    name: 'a user of another account cannot be updated (DOC-USERS)',
    row: { external_id: 'c-s', notes: 'n' },
    result: { status: 'Failed' },
    user: { notes: null, shared: true },
  },
  {
    name: 'no more agents than there are seats (RB #465)',
    options: { agentSeats: 2 },
    row: { external_id: 'c-1', role: 'agent' },
    result: { status: 'Failed' },
    user: { role: 'end-user' },
  },
  {
    name: 'a signature is for agents and admins (OAS)',
    row: { external_id: 'c-1', signature: 'Ann' },
    result: { status: 'Updated' },
    user: { signature: null },
  },
  {
    name: 'a locale is one of the account (DOC-USERS), whatever its case',
    row: { external_id: 'c-1', locale: 'PT-br' },
    result: { status: 'Updated' },
    user: { locale: 'pt-BR' },
  },
  {
    name: 'identities are added on create (OAS)',
    row: { name: 'I', external_id: 'i', identities: [{ type: 'email', value: 'I@example.com', verified: true }] },
    result: { status: 'Created', email: 'i@example.com' },
    user: { email: 'i@example.com', verified: true },
  },
]

describe('one row of users/create_or_update_many', () => {
  test.each(cases)('$name', async ({ row, options, result, user }) => {
    await using account = await openTestAccount(options)
    account.emulator.seed({ users: [ann, bob, zed, sue], organizations: [{ id: 500, name: 'Acme' }] })
    const [got] = await account.upsert(row)
    expect(got).toMatchObject(result)
    const wanted = row as { external_id?: string; email?: string }
    const key = wanted.external_id ? { external_id: wanted.external_id } : { email: wanted.email ?? '' }
    if (user) expect(account.emulator.state(key).users).toEqual([expect.objectContaining(user)])
  })

  test('a refused row writes nothing at all', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ users: [ann, bob] })
    await account.upsert({ external_id: 'c-1', name: 'Other', notes: 'n', email: 'bob@example.com' })
    expect(account.emulator.state({ id: 11 }).users[0]).toMatchObject({ name: 'Ann', notes: null })
  })

  test('strings are stored unchanged', async () => {
    await using account = await openTestAccount()
    const name = ' \u202e"\\\u0000\ud83e\udde6 <b> \u00e9e\u0301 '
    await account.upsert({ name, external_id: '\u00c4/1', details: name })
    expect(account.emulator.state({ external_id: '\u00e4/1' }).users[0]).toMatchObject({
      name,
      details: name,
      external_id: '\u00c4/1',
    })
  })

  test.each([
    [
      'a new user with an address and no flag is mailed (support 4408824350746)',
      { name: 'A', email: 'a@example.com' },
      ['a@example.com'],
      true,
    ],
    ['not when the account does not welcome', { name: 'A', email: 'a@example.com' }, [], false],
    ['skip_verify_email: no mail (OAS)', { name: 'A', email: 'a@example.com', skip_verify_email: true }, [], true],
    ['verified: no mail (older docs)', { name: 'A', email: 'a@example.com', verified: true }, [], true],
    [
      'a new secondary address is mailed (inferred)',
      { external_id: 'c-1', email: 'x@example.com' },
      ['x@example.com'],
      true,
    ],
    ['a known address is not', { external_id: 'c-1', email: 'ann@example.com' }, [], true],
  ])('mail: %s', async (_name, row, to, agentCreatedWelcomeEmails) => {
    await using account = await openTestAccount({ agentCreatedWelcomeEmails })
    account.emulator.seed({ users: [ann] })
    await account.upsert(row)
    expect(account.emulator.mail().map((mail) => mail.to)).toEqual(to)
  })
})

describe('users/update_many', () => {
  test('own change each, by id and by external_id; creates nobody (ZENPY, OAS FailedResult)', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ users: [ann, bob] })
    const users = [
      { id: 11, external_id: 'moved' },
      { external_id: 'C-2', notes: 'n' },
      { id: 99, name: 'N' },
      { external_id: 'none', name: 'N' },
    ]
    const posted = await account.call('PUT', '/api/v2/users/update_many.json', { users })
    account.pass(2000)
    const job = await account.call('GET', `/api/v2/job_statuses/${posted.json.job_status.id}`)
    expect(job.json.job_status.results).toEqual([
      { id: 11, action: 'update', status: 'Updated', success: true },
      { id: 12, action: 'update', status: 'Updated', success: true },
      { id: 99, action: 'update', error: 'RecordNotFound', success: false, details: 'Not found', status: 'Failed' },
      { id: 3, action: 'update', error: 'RecordNotFound', success: false, details: 'Not found', status: 'Failed' },
    ])
    expect(account.emulator.state({ id: 11 }).users[0]).toMatchObject({ external_id: 'moved' })
    expect(account.emulator.state().total).toBe(4)
  })

  test.each(['ids=11,12', 'external_ids=c-1,c-2'])('one change for all of ?%s', async (query) => {
    await using account = await openTestAccount()
    account.emulator.seed({ users: [ann, bob] })
    await account.call('PUT', `/api/v2/users/update_many?${query}`, { user: { notes: 'all' } })
    account.pass(2000)
    expect(account.emulator.state({ role: 'end-user' }).users.map(({ notes }) => notes)).toEqual(['all', 'all'])
  })
})

describe('users/create_or_update', () => {
  test('201 with Location for a new user, 200 for a known one, 422 with details (GRP, PHP)', async () => {
    await using account = await openTestAccount({ singularUpsertLimits: false })
    account.emulator.seed({ users: [ann] })
    const send = (user: object) => account.call('POST', '/api/v2/users/create_or_update.json', { user })
    const created = await send({ name: 'N', external_id: 'n' })
    expect(created.status).toBe(201)
    expect(created.headers.get('location')).toBe(created.json.user.url)
    expect(Object.keys(created.json.user)).toHaveLength(37)
    expect((await send({ external_id: 'N', notes: 'x' })).json.user).toMatchObject({
      id: created.json.user.id,
      notes: 'x',
    })
    expect((await send({ external_id: 'n' })).status).toBe(200)
    expect(await send({ name: 'B', email: 'badmail' })).toMatchObject({
      status: 422,
      json: {
        error: 'RecordInvalid',
        description: 'Record validation errors',
        details: { email: [{ description: 'Email: badmail is not properly formatted' }] },
      },
    })
    expect((await send({ external_id: 'n', email: 'ann@example.com' })).json.details.email[0].error).toBe(
      'DuplicateValue',
    )
    expect((await send({ id: 4, name: 'x' })).status).toBe(404)
  })

  test('one request a second and five a minute for one user, as text/plain (GRP, DOC-RL), on every plan', async () => {
    await using account = await openTestAccount()
    const send = (name: string) =>
      account.call('POST', '/api/v2/users/create_or_update', { user: { name, external_id: name } })
    expect((await send('a')).status).toBe(201)
    const early = await send('b')
    expect(early).toMatchObject({
      status: 429,
      text: expect.stringContaining('You have exceeded the rate limit for updating a single'),
    })
    expect(early.headers.get('content-type')).toBe('text/plain; charset=UTF-8')
    expect(early.headers.get('retry-after')).toBe('1')
    for (let update = 2; update <= 5; update++) {
      account.pass(1000)
      expect((await send('a')).status).toBe(200)
    }
    account.pass(1000)
    const sixth = await send('a')
    expect([sixth.status, sixth.headers.get('retry-after')]).toEqual([429, '55'])
    account.pass(1000)
    expect((await send('other')).status).toBe(201)
    account.pass(55_000)
    expect((await send('a')).status).toBe(200)
  })
})

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Readings, readings } from './readings.ts'
import { defaultSettings, type Settings } from './settings.ts'
import { openTestAccount, type TestAccount } from './test-account.ts'

const bulk = '/api/v2/users/create_or_update_many'
const refusal = (error: string) => ({ status: 'Failed', error, id: 0 })

/** Bob's primary address is bob@example.com; robert@example.com is his second. */
async function open(settings: Partial<Settings>): Promise<TestAccount> {
  const account = await openTestAccount(settings)
  account.emulator.seed({
    user_fields: [
      { key: 'size', type: 'dropdown', custom_field_options: ['big', 'small'] },
      { key: 'weight', type: 'decimal' },
    ],
    users: [
      { id: 11, name: 'Ann', external_id: 'a', email: 'ann@example.com' },
      { id: 12, name: 'Bob', external_id: 'b', email: 'bob@example.com', emails: ['robert@example.com'] },
    ],
  })
  return account
}

const one = (row: object) => async (account: TestAccount) => (await account.upsert(row))[0]
const userOf = (account: TestAccount, id: number) => account.emulator.state({ id }).users[0]
const after = (row: object, id: number) => async (account: TestAccount) => {
  const [{ status }] = await account.upsert(row)
  const user = userOf(account, id)
  return { status, user_fields: user?.user_fields, role: user?.role, locale: user?.locale, time_zone: user?.time_zone }
}
const post = (rows: object[]) => (account: TestAccount) => account.call('POST', bulk, { users: rows })
/** Which end users a search finds. */
const found = (query: string) => async (account: TestAccount) => {
  const { json } = await account.call('GET', `/api/v2/users/search?query=${encodeURIComponent(query)}`)
  return json.users.map(({ id }: { id: number }) => id)
}

async function twoRows(account: TestAccount) {
  const rounds = 20
  for (let round = 0; round < rounds; round++) {
    const key = { external_id: `twin-${round}` }
    await account.upsert({ name: 'First', details: 'd', ...key }, { name: 'Second', notes: 'n', ...key })
  }
  const users = account.emulator
    .state({ role: 'end-user' })
    .users.filter(({ external_id: key }) => /^twin/.test(key ?? ''))
  const isWhole = users.every(({ name, details, notes }) => name === 'Second' && details === 'd' && notes === 'n')
  return { races: account.emulator.stats().races, users: users.length, isWhole }
}

/** The names of the errors of rows that collide. */
async function collisions(account: TestAccount) {
  const errors = new Set<string>()
  for (let round = 0; round < 20; round++) {
    for (const { error } of await account.upsert({ external_id: 'a', notes: 'n' }, { external_id: 'a', notes: 'm' })) {
      if (error) errors.add(error)
    }
  }
  return [...errors]
}

async function brokenJob(account: TestAccount) {
  account.emulator.faults({ kind: 'job_failed', effect: 'half' })
  const results = await account.upsert({ name: 'C', external_id: 'c' }, { name: 'D', external_id: 'd' })
  return results === null ? null : results.length
}

async function manyWrites(account: TestAccount) {
  const statuses: string[] = []
  for (let write = 0; write < 6; write++)
    statuses.push((await account.upsert({ external_id: 'a', notes: `${write}` }))[0].status)
  return statuses
}

/** Statuses of a user job beside one of organisations. */
async function twoClasses(account: TestAccount) {
  account.emulator.seed({ settings: { jobLimit: 1 } })
  const first = await account.call('POST', '/api/v2/organizations/create_many', { organizations: [{ name: 'O' }] })
  const second = await post([{ name: 'N' }])(account)
  return [first.status, second.status]
}

async function tooMany(account: TestAccount) {
  account.emulator.seed({ settings: { jobLimit: 0 } })
  const { status, json } = await post([{ name: 'N' }])(account)
  return [status, json.error]
}

/** Three jobs, of which the second and then the first end before the third; their numbers as the list has them. */
async function jobList(account: TestAccount) {
  const ids: string[] = []
  for (const latency of [2000, 1000, 60_000]) {
    account.emulator.seed({ settings: { jobLatencyMs: [latency, latency] } })
    ids.push((await post([{ name: 'N' }])(account)).json.job_status.id)
    account.pass(1)
  }
  account.pass(3000)
  const { json } = await account.call('GET', '/api/v2/job_statuses')
  return json.job_statuses.map(({ id }: { id: string }) => ids.indexOf(id) + 1)
}

async function mostJobIds(account: TestAccount) {
  const ask = async (count: number) => {
    const ids = Array.from({ length: count }, (_, index) => `V3-${index}`).join(',')
    return (await account.call('GET', `/api/v2/job_statuses/show_many?ids=${ids}`)).status
  }
  for (const count of [101, 51, 31]) if ((await ask(count)) === 200) return count
  return (await ask(30)) === 200 ? 30 : 0
}

async function importsOff(account: TestAccount) {
  account.emulator.seed({ settings: { bulkImport: false } })
  const { status, json } = await post([{ name: 'N' }])(account)
  return [status, typeof json.error]
}

async function updateWithoutImport(account: TestAccount) {
  account.emulator.seed({ settings: { bulkImport: false } })
  return (await account.call('PUT', '/api/v2/users/update_many', { users: [{ id: 11, notes: 'n' }] })).status
}

async function germanDetails(account: TestAccount) {
  account.emulator.seed({ settings: { locale: 'de' } })
  return (await account.upsert({ external_id: 'a', email: 'bob@example.com' }))[0].details
}

type Check = { what: (account: TestAccount) => Promise<unknown>; ends: unknown[] }

/** What each reading does, in their order. */
const checks: { [Name in keyof Readings]: Check } = {
  externalIdOnEmailMatch: {
    what: one({ external_id: 'new', email: 'ann@example.com' }),
    ends: [{ id: 11, status: 'Updated', external_id: 'new' }, refusal('UserUpdateError')],
  },
  keyPrecedence: {
    what: one({ external_id: 'a', email: 'bob@example.com' }),
    ends: [
      { details: 'Email: bob@example.com is already being used by another user' },
      { details: 'External has already been taken' },
    ],
  },
  emailMatch: {
    what: one({ name: 'Rob', email: 'robert@example.com' }),
    ends: [{ id: 12, status: 'Updated' }, refusal('UserUpdateError')],
  },
  idSelects: { what: one({ id: 12, name: 'New' }), ends: [{ id: 12, status: 'Updated' }, { status: 'Created' }] },
  rowRace: {
    what: twoRows,
    ends: [
      { races: 20, isWhole: false },
      { races: 0, users: 20, isWhole: true },
    ],
  },
  collisionError: { what: collisions, ends: [['DatabaseConflict'], ['UserUpdateError']] },
  failedCreateError: {
    what: one({ external_id: 'no name' }),
    ends: [refusal('UserUpdateError'), refusal('UserCreateError')],
  },
  upsertResultKeys: {
    what: async (account) => Object.keys(await one({ external_id: 'a' })(account)),
    ends: [
      ['id', 'status', 'email', 'external_id'],
      ['id', 'status', 'index', 'action', 'success', 'email', 'external_id'],
    ],
  },
  brokenJobResults: { what: brokenJob, ends: [null, 1] },
  localizedJobDetails: {
    what: germanDetails,
    ends: [
      'E-Mail: bob@example.com wird bereits von einem anderen Benutzer verwendet',
      'Email: bob@example.com is already being used by another user',
    ],
  },
  badDropdown: {
    what: after({ external_id: 'a', user_fields: { size: 'huge', weight: 1 } }, 11),
    ends: [
      { status: 'Failed', user_fields: { size: null, weight: null } },
      { status: 'Updated', user_fields: { size: null, weight: 1 } },
    ],
  },
  badFieldValue: {
    what: after({ external_id: 'a', user_fields: { size: 'big', weight: 'much' } }, 11),
    ends: [
      { status: 'Failed', user_fields: { size: null, weight: null } },
      { status: 'Updated', user_fields: { size: 'big', weight: null } },
    ],
  },
  unknownFieldKey: {
    what: one({ external_id: 'a', user_fields: { nope: 'x' } }),
    ends: [{ status: 'Updated' }, refusal('UserUpdateError')],
  },
  decimals: {
    what: after({ external_id: 'a', user_fields: { weight: 1.2345 } }, 11),
    ends: [{ user_fields: { weight: 1.2345 } }, { user_fields: { weight: 1.23 } }],
  },
  badRole: {
    what: after({ external_id: 'a', role: 'boss' }, 11),
    ends: [{ status: 'Failed' }, { status: 'Updated', role: 'end-user' }],
  },
  badLocale: {
    what: after({ external_id: 'a', locale: 'tlh' }, 11),
    ends: [{ status: 'Updated', locale: 'en-US' }, { status: 'Failed' }],
  },
  badTimeZone: {
    what: after({ external_id: 'a', time_zone: 'Atlantis' }, 11),
    ends: [{ status: 'Updated', time_zone: 'America/New_York' }, { status: 'Failed' }],
  },
  unknownOrganization: {
    what: one({ external_id: 'a', organization_id: 1 }),
    ends: [{ status: 'Failed' }, { status: 'Updated' }],
  },
  organizationByName: {
    what: async (account) => {
      await account.upsert({ external_id: 'a', organization: { name: 'Acme' } })
      return userOf(account, 11)?.organization_id === null ? 'none' : 'new'
    },
    ends: ['none', 'new'],
  },
  userLimitInBulk: { what: manyWrites, ends: [Array(6).fill('Updated'), [...Array(5).fill('Updated'), 'Failed']] },
  jobLimitScope: {
    what: twoClasses,
    ends: [
      [200, 429],
      [200, 200],
    ],
  },
  tooManyJobsStatus: { what: tooMany, ends: readings.tooManyJobsStatus.map((status) => [status, 'TooManyJobs']) },
  inFlightJobsHeader: {
    what: async (account) => (await post([{ name: 'N' }])(account)).headers.has('zendesk-ratelimit-inflight-jobs'),
    ends: [true, false],
  },
  jobListOrder: {
    what: jobList,
    ends: [
      [3, 1, 2],
      [1, 2, 3],
      [3, 2, 1],
    ],
  },
  jobIdsLimit: { what: mostJobIds, ends: [51, 31, 30] },
  missingJobBody: {
    what: async (account) => (await account.call('GET', '/api/v2/job_statuses/V3-none')).json?.error,
    ends: ['RecordNotFound', undefined],
  },
  importsOffBody: {
    what: importsOff,
    ends: [
      [403, 'object'],
      [403, 'string'],
    ],
  },
  updateManyNeedsImport: { what: updateWithoutImport, ends: [200, 403] },
  noUsersStatus: { what: async (account) => (await post([])(account)).status, ends: [400, 422] },
  duplicateIdentityStatus: {
    what: async (account) => {
      const identity = { type: 'email', value: 'bob@example.com' }
      return (await account.call('POST', '/api/v2/users/11/identities', { identity })).status
    },
    ends: [422, 400],
  },
  anonymousOnBadToken: {
    what: async (account) => {
      const authorization = `Basic ${Buffer.from('agent@example.com/token:wrong').toString('base64')}`
      return (await account.call('GET', '/api/v2/users/me', undefined, { authorization })).status
    },
    ends: [401, 200],
  },
  repeatedKeyword: { what: found('email:ann@example.com email:bob@example.com'), ends: [[11, 12], []] },
  searchEmails: { what: found('email:robert@example.com'), ends: [[12], []] },
}

const cases = Object.entries(readings).flatMap(([name, values]) =>
  values.map((value, index) => ({ name: name as keyof Readings, value, index })),
)

describe('what nobody outside Zendesk knows', () => {
  test.each(cases)('$name: $value', async ({ name, value, index }) => {
    await using account = await open({ [name]: value })
    const end = checks[name].ends[index]
    const got = await checks[name].what(account)
    if (typeof end === 'object' && end !== null && !Array.isArray(end)) expect(got).toMatchObject(end)
    else expect(got).toEqual(end)
  })

  test('a search by several values of two keywords needs one of each', async () => {
    await using account = await open({})
    expect(await found('email:ann@example.com email:bob@example.com external_id:b external_id:c')(account)).toEqual([
      12,
    ])
    expect(await found('email:ann@example.com external_id:b')(account)).toEqual([])
    expect(await found('name:ann name:bob -email:bob@example.com')(account)).toEqual([11])
  })
})

test('the guide has each setting with its default, and both readings of what nobody knows', async () => {
  const guide = await readFile(join(import.meta.dirname, '../../docs/guide/emulator.md'), 'utf8')
  const rows = new Map(
    guide.split('\n').flatMap((line) => {
      const [, name, likelier, other] = /^\| `(\w+)` \| (.*?) \| (.*) \|$/.exec(line) ?? []
      return name === undefined ? [] : [[name, `${likelier} | ${other}`] as const]
    }),
  )
  for (const [name, values] of Object.entries(readings)) {
    const [likelier, other] = rows.get(name)?.split(' | ') ?? []
    expect(likelier, name).toContain(String(values[0]))
    for (const value of values.slice(1)) expect(other, name).toContain(String(value))
  }
  for (const name of Object.keys(defaultSettings)) expect(rows.has(name), name).toBe(true)
})

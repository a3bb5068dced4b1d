import { expect, test } from 'vitest'
import { openTestAccount, type TestAccount } from './test-account.ts'

const many = '/api/v2/users/show_many?external_ids=a,b,c'
const names = async (account: TestAccount, path = many) =>
  (await account.call('GET', path)).json.users.map(({ name, email }: { name: string; email: string | null }) => [
    name,
    email,
  ])

async function open(): Promise<TestAccount> {
  const account = await openTestAccount({ searchLagMs: 0, jobLatencyMs: [0, 0] })
  account.emulator.seed({
    users: [
      { name: 'Ann', external_id: 'a', email: 'ann@example.com' },
      { name: 'Bob', external_id: 'b', email: 'bob@example.com' },
    ],
  })
  return account
}

/** Ann is renamed and gets another address, Bob goes, Cy comes. */
async function change(account: TestAccount): Promise<void> {
  await account.upsert({ external_id: 'a', name: 'Anna' }, { external_id: 'c', name: 'Cy', email: 'cy@example.com' })
  const id = account.emulator.state({ external_id: 'a' }).users[0]?.id
  await account.call('POST', `/api/v2/users/${id}/identities`, {
    identity: { type: 'email', value: 'anna@example.com' },
  })
  account.emulator.deleteUser({ external_id: 'b' })
}

const before = [
  ['Ann', 'ann@example.com'],
  ['Bob', 'bob@example.com'],
]
const now = [
  ['Anna', 'ann@example.com'],
  ['Cy', 'cy@example.com'],
]

test('stale_read: what was written lately is not there yet, for as many reads as it says', async () => {
  await using account = await open()
  account.emulator.faults({ kind: 'stale_read', match: { path: 'show_many' }, times: 2 })
  await change(account)
  expect(await names(account)).toEqual(before)
  expect(await names(account)).toEqual(before)
  expect(await names(account)).toEqual(now)
})

test('of every path that shows users, by any key; and nothing of the account is other afterwards', async () => {
  await using account = await open()
  account.emulator.faults({ kind: 'stale_read', times: 'always' })
  await change(account)
  const state = account.emulator.state({ include_deleted: true })
  const id = state.users.find(({ external_id }) => external_id === 'a')?.id
  expect(await names(account, '/api/v2/users?role=end-user')).toEqual(before)
  expect(await names(account, '/api/v2/users/search?query=email:bob@example.com')).toEqual([before[1]])
  expect(await names(account, '/api/v2/users/search?query=email:cy@example.com')).toEqual([])
  const identities = await account.call('GET', `/api/v2/users/${id}/identities`)
  expect(identities.json.identities.map(({ value }: { value: string }) => value)).toEqual(['ann@example.com'])
  const cyId = state.users.find(({ external_id }) => external_id === 'c')?.id
  expect((await account.call('GET', `/api/v2/users/${cyId}`)).status).toBe(404)
  expect(account.emulator.state({ include_deleted: true })).toEqual(state)
  expect(account.emulator.state({ email: 'anna@example.com' }).users[0]?.id).toBe(id)
  account.emulator.clearFaults()
  expect(await names(account)).toEqual(now)
})

test('ageMs: what is older than that is seen', async () => {
  await using account = await open()
  account.emulator.faults({ kind: 'stale_read', times: 'always', ageMs: 10_000 })
  await change(account)
  account.pass(5000)
  expect(await names(account)).toEqual(before)
  account.pass(6000)
  expect(await names(account)).toEqual(now)
})

test('writes are not stale, nor are they lost on who read stale', async () => {
  await using account = await open()
  account.emulator.faults({ kind: 'stale_read', times: 'always' })
  await change(account)
  const [result] = await account.upsert({ external_id: 'a', notes: 'n' })
  expect(result.status).toBe('Updated')
  account.emulator.clearFaults()
  expect(account.emulator.state({ external_id: 'a' }).users[0]).toMatchObject({ name: 'Anna', notes: 'n' })
})

test('with a probability it strikes alike for one seed', async () => {
  const struck = async (seed: number) => {
    await using account = await openTestAccount({ seed, jobLatencyMs: [0, 0] })
    account.emulator.seed({ users: [{ name: 'Ann', external_id: 'a' }] })
    account.emulator.faults({ kind: 'stale_read', probability: 0.5 })
    await account.upsert({ external_id: 'a', name: 'Anna' })
    const seen: string[] = []
    for (let read = 0; read < 12; read++) seen.push((await names(account))[0][0])
    return seen
  }
  expect(new Set(await struck(3))).toEqual(new Set(['Ann', 'Anna']))
  expect(await struck(3)).toEqual(await struck(3))
})

test('two people who were merged are still two', async () => {
  await using account = await open()
  account.emulator.faults({ kind: 'stale_read', times: 'always' })
  const [ann, bob] = account.emulator.state({ role: 'end-user' }).users
  await account.call('PUT', `/api/v2/users/${bob?.id}/merge`, { user: { id: ann?.id } })
  expect(await names(account)).toEqual(before)
  expect(await names(account, '/api/v2/users/search?query=email:bob@example.com')).toEqual([before[1]])
  account.emulator.clearFaults()
  expect(await names(account)).toEqual([before[0]])
  expect(account.emulator.state({ email: 'bob@example.com' }).users[0]?.id).toBe(ann?.id)
})

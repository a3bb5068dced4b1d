import { describe, expect, test } from 'vitest'
import { openTestAccount, type TestAccount } from './test-account.ts'

const path = '/api/v2/incremental/users'
const startS = Date.UTC(2026, 10, 21, 12) / 1000

/** Users that changed at different seconds, the last of them in the most recent minute; the start has two agents. */
async function openChanged(): Promise<TestAccount> {
  const account = await openTestAccount()
  account.emulator.seed({
    users: [
      { id: 1, name: 'A' },
      { id: 2, name: 'B' },
      { id: 3, name: 'C', external_id: 'c' },
    ],
  })
  account.pass(100_000)
  await account.upsert({ external_id: 'c', notes: 'changed' })
  account.pass(100_000)
  account.emulator.deleteUser({ id: 1 })
  account.pass(100_000)
  account.emulator.seed({ users: [{ id: 4, name: 'D' }] })
  return account
}

const idsOf = (users: { id: number }[]) => users.map(({ id }) => id).filter((id) => id < 10)

describe('incremental/users/cursor', () => {
  test('by change, deleted users included, the most recent minute left out (OAS)', async () => {
    await using account = await openChanged()
    const { json } = await account.call('GET', `${path}/cursor?start_time=0`)
    expect(idsOf(json.users)).toEqual([2, 3, 1])
    expect(json.users.at(-1)).toMatchObject({ id: 1, active: false, permanently_deleted: false })
    expect(json).toMatchObject({ end_of_stream: true, before_cursor: null, before_url: null })
    expect(Buffer.from(json.after_cursor, 'base64').toString()).toMatch(/^\d+\.0\|\|1\|$/)
    account.pass(60_000)
    const next = await account.call('GET', json.after_url)
    expect(idsOf(next.json.users)).toEqual([4])
  })

  test('pages come one after another, each user once; the last one says so', async () => {
    await using account = await openChanged()
    const pages: number[][] = []
    let url = `${path}/cursor.json?start_time=0&per_page=2`
    for (let isEnd = false; !isEnd; ) {
      const { json } = await account.call('GET', url)
      pages.push(json.users.map(({ id }: { id: number }) => id))
      isEnd = json.end_of_stream
      url = json.after_url
    }
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1])
    expect(new Set(pages.flat()).size).toBe(5)
    expect((await account.call('GET', url)).json).toMatchObject({ users: [], end_of_stream: true })
  })

  test('start_time leaves out what did not change since', async () => {
    await using account = await openChanged()
    const { json } = await account.call('GET', `${path}/cursor?start_time=${startS + 1}`)
    expect(idsOf(json.users)).toEqual([3, 1])
  })
})

describe('incremental/users', () => {
  test('start_time goes on where the page ended; users may come twice (ZENPY)', async () => {
    await using account = await openChanged()
    const first = (await account.call('GET', `${path}?start_time=0&per_page=1`)).json
    expect(first).toMatchObject({ count: 3, end_of_stream: false, end_time: startS })
    const second = (await account.call('GET', first.next_page)).json
    expect([idsOf(second.users), second.end_of_stream]).toEqual([[2, 3], false])
    const third = (await account.call('GET', second.next_page)).json
    expect([idsOf(third.users), third.end_of_stream]).toEqual([[3, 1], true])
  })
})

test.each([
  ['?start_time=x', 400],
  ['', 400],
  [`?start_time=${startS - 60}`, 200],
  [`?start_time=${startS - 59}`, 422],
])('a start at least a minute ago: %s is %i (OAS)', async (query, status) => {
  await using account = await openTestAccount()
  for (const kind of ['', '/cursor']) expect((await account.call('GET', `${path}${kind}${query}`)).status).toBe(status)
})

test('a cursor of somebody else is refused; only admins export (OAS)', async () => {
  await using account = await openTestAccount()
  expect((await account.call('GET', `${path}/cursor?cursor=abc`)).status).toBe(400)
  account.emulator.seed({ settings: { apiUserRole: 'agent' } })
  expect((await account.call('GET', `${path}?start_time=0`)).status).toBe(403)
})

test('ten a minute, and then 429 (DOC-RL, airbyte)', async () => {
  await using account = await openTestAccount()
  for (let count = 0; count < 10; count++) expect((await account.call('GET', `${path}?start_time=0`)).status).toBe(200)
  account.pass(15_000)
  const refused = await account.call('GET', `${path}/cursor?start_time=0`)
  expect(refused.status).toBe(429)
  expect(refused.headers.get('retry-after')).toBe('45')
  expect(refused.json).toEqual({
    error: 'APIRateLimitExceeded',
    description: 'Number of allowed incremental export API requests per minute exceeded',
  })
  account.pass(45_000)
  expect((await account.call('GET', `${path}?start_time=0`)).status).toBe(200)
})

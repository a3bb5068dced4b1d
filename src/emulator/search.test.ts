import { describe, expect, test } from 'vitest'
import { parseQuery } from './search-query.ts'
import { openTestAccount, type TestAccount } from './test-account.ts'

const people = [
  {
    id: 1,
    name: 'Ann Marie Lee',
    email: 'ann@example.com',
    emails: ['lee@example.org'],
    external_id: 'C-1',
    phone: '+1 555-0001',
    tags: ['vip', 'gold_2026'],
  },
  { id: 2, name: 'Annika Berg', email: 'berg@example.com', external_id: 'C-10', notes: 'prefers Swedish' },
  { id: 3, name: 'Bob Lee', email: 'bob.ann@example.com', external_id: 'D-1' },
]

async function find(account: TestAccount, query: string, path = 'search') {
  const answer = await account.call('GET', `/api/v2/users/${path}.json?${query}`)
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`)
  return answer.json.users.map(({ id }: { id: number }) => id)
}
const byQuery = (account: TestAccount, query: string) => find(account, new URLSearchParams({ query }).toString())

describe('GET users/search', () => {
  test.each([
    ['email:ann@example.com', [1]],
    ['email:LEE@example.org', [1]],
    ['email:"bob.ann@example.com"', [3]],
    ['email:*@example.com -role:admin -role:agent', [1, 2, 3]],
    ['email:ann', []],
    ['external_id:c-1', [1]],
    ['external_id:c-*', [1, 2]],
    ['name:lee', [1, 3]],
    ['name:"marie lee"', [1]],
    ['name:ann', [1]],
    ['name:ann*', [1, 2]],
    ['phone:+15550001', [1]],
    ['role:end-user lee', [1, 3]],
    ['role:agent', ['agent']],
    ['tags:vip', [1]],
    ['notes:swedish', [2]],
    ['type:user name:berg', [2]],
    ['type:organization berg', []],
    ['ann', [1, 2, 3]],
    ['swedish', [2]],
    ['gold_', [1]],
    ['ann lee', [1, 3]],
    ['ann -lee', [2]],
    ['email:ann@example.com external_id:d-1', []],
  ])('%s', async (query, expected) => {
    await using account = await openTestAccount()
    account.emulator.seed({ users: people })
    const agent = account.emulator.state({ role: 'agent' }).users[0]!.id
    expect(await byQuery(account, query)).toEqual(expected.map((id) => (id === 'agent' ? agent : id)))
  })

  test('external_id= is a whole one, without regard to case, and has no syntax (OAS)', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ users: people })
    expect(await find(account, 'external_id=c-1')).toEqual([1])
    expect(await find(account, 'external_id=C-*')).toEqual([])
    expect(await find(account, 'external_id=C-1&query=bob')).toEqual([])
  })

  test.each(['', 'query=', 'query=%22open', 'query=name:%22open'])('`%s` is a 400', async (query) => {
    await using account = await openTestAccount()
    const { status, json } = await account.call('GET', `/api/v2/users/search?${query}`)
    expect([status, json.error]).toEqual([400, 'Query Error'])
  })

  test('by offset only, 100 a page, nothing past 10,000; may be cached for 10 s (DOC, GRP)', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ users: Array.from({ length: 103 }, (_, index) => ({ id: index + 1, name: `P ${index}` })) })
    const first = await account.call('GET', '/api/v2/users/search?query=role:end-user&per_page=500')
    expect([first.json.users.length, first.json.count]).toEqual([100, 103])
    expect(first.headers.get('cache-control')).toBe('max-age=10, private')
    expect((await account.call('GET', first.json.next_page)).json.users).toHaveLength(3)
    const deep = await account.call('GET', '/api/v2/users/search?query=role:end-user&page=101')
    expect([deep.status, deep.json.errors[0].code]).toEqual([400, 'InvalidPaginationDepth'])
    const cursor = await account.call('GET', '/api/v2/users/search?query=role:end-user&page[size]=10')
    expect(cursor.status).toBe(400)
    expect(cursor.json.error.message).toContain('page must be an integer from api/v2/users/search')
  })

  test('a quotation mark inside a word leaves the query unreadable', () => {
    expect(parseQuery('ann"')).toBeUndefined()
    expect(parseQuery('  ')).toEqual([])
    expect(parseQuery('foo:Bar')).toEqual([{ property: null, value: 'foo:bar', isNegated: false }])
  })
})

describe('what is new is found late (2nd)', () => {
  test('a new user after searchLagMs, by every way to him', async () => {
    await using account = await openTestAccount({ searchLagMs: 30_000 })
    const user = { name: 'Newcomer', email: 'new@example.com', external_id: 'new' }
    const { json } = await account.call('POST', '/api/v2/users', { user })
    const [bulk] = await account.upsert({ name: 'Newcomer Two', external_id: 'new-2' })
    const queries = ['query=newcomer', 'query=email:new@example.com', 'external_id=new']
    for (const query of queries) expect(await find(account, query)).toEqual([])
    expect(await find(account, 'name=newc', 'autocomplete')).toEqual([])
    account.pass(28_000)
    for (const query of queries) expect(await find(account, query)).toEqual([json.user.id])
    account.pass(2000)
    expect(await find(account, 'name=newc', 'autocomplete')).toEqual([json.user.id, bulk.id])
  })

  test('a changed user is found by what he was, several changes ago, and shown as he is', async () => {
    await using account = await openTestAccount({ searchLagMs: 60_000, singularUpsertLimits: false })
    account.emulator.seed({ users: [{ id: 1, name: 'Old', external_id: 'old' }] })
    expect(await find(account, 'external_id=old')).toEqual([1])
    const put = (user: object) => account.call('PUT', '/api/v2/users/1', { user })
    await put({ name: 'Middle', external_id: 'middle' })
    account.pass(10_000)
    await put({ name: 'Latest', external_id: 'latest' })
    const seen = async () => [
      await find(account, 'query=old'),
      await find(account, 'external_id=middle'),
      await byQuery(account, 'latest'),
    ]
    expect(await seen()).toEqual([[1], [], []])
    const { json } = await account.call('GET', '/api/v2/users/search?external_id=old')
    expect(json.users[0]).toMatchObject({ name: 'Latest', external_id: 'latest' })
    account.pass(50_000)
    expect(await seen()).toEqual([[], [1], []])
    account.pass(10_000)
    expect(await seen()).toEqual([[], [], [1]])
  })

  test('identities come late too; a deleted user is gone at once (GRP); without a lag nothing is late', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({
      users: [
        { id: 1, name: 'A' },
        { id: 2, name: 'B', external_id: 'b' },
      ],
    })
    const identity = { type: 'email', value: 'late@example.com' }
    await account.call('POST', '/api/v2/users/1/identities', { identity })
    await account.call('DELETE', '/api/v2/users/2')
    expect(await find(account, 'query=email:late@example.com')).toEqual([])
    expect(await find(account, 'external_id=b')).toEqual([])
    account.pass(60_000)
    expect(await find(account, 'query=email:late@example.com')).toEqual([1])
    account.emulator.seed({ settings: { searchLagMs: 0 } })
    const { json } = await account.call('POST', '/api/v2/users', { user: { name: 'Prompt' } })
    expect(await find(account, 'query=prompt')).toEqual([json.user.id])
  })

  test('two users of one external_id, made by a race, are both found', async () => {
    await using account = await openTestAccount({ searchLagMs: 0 })
    for (let time = 0; time < 12; time++) await account.upsert(...Array(2).fill({ name: 'N', external_id: `e${time}` }))
    const found = await Promise.all(Array.from({ length: 12 }, (_, time) => find(account, `external_id=e${time}`)))
    const all = account.emulator.state({ role: 'end-user' }).total
    expect(all).toBeGreaterThan(12)
    expect(found.flat()).toHaveLength(all)
  })
})

describe('GET users/autocomplete', () => {
  test('the beginning of a name, or a number (OAS)', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ users: people })
    expect(await find(account, 'name=ANN', 'autocomplete')).toEqual([1, 2])
    expect(await find(account, 'name=ann+m', 'autocomplete')).toEqual([1])
    expect(await find(account, 'name=lee', 'autocomplete')).toEqual([])
    expect(await find(account, 'phone=%2B1%20555-0001', 'autocomplete')).toEqual([1])
    const posted = await account.call('POST', '/api/v2/users/autocomplete', { name: 'bob' })
    expect(posted.json).toMatchObject({ users: [{ id: 3 }], count: 1 })
  })

  test('refusals (OAS)', async () => {
    await using account = await openTestAccount()
    const none = await account.call('GET', '/api/v2/users/autocomplete')
    expect([none.status, none.json]).toEqual([400, { error: 'Query Error', description: 'Invalid query syntax' }])
    const brand = await account.call('GET', '/api/v2/users/autocomplete?name=a&brand_id=999999999')
    expect([brand.status, brand.json]).toEqual([400, { error: 'Invalid brand_id parameter: 999999999' }])
  })
})

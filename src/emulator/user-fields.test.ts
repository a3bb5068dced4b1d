import { describe, expect, test } from 'vitest'
import type { Seed } from './index.ts'
import { openTestAccount } from './test-account.ts'

const fields: NonNullable<Seed['user_fields']> = [
  { key: 'city' },
  { key: 'orders', type: 'integer' },
  { key: 'value', type: 'decimal' },
  { key: 'last', type: 'date' },
  { key: 'vip', type: 'checkbox', tag: 'is_vip' },
  { key: 'code', type: 'regexp', regexp_for_validation: '\\A[a-z]{2}\\d\\z' },
  {
    key: 'tier',
    type: 'dropdown',
    custom_field_options: [
      { name: 'Gold tier', value: 'gold' },
      { name: 'Silver', value: 'silver' },
    ],
  },
  { key: 'likes', type: 'multiselect', custom_field_options: ['socks', 'hats'] },
  { key: 'gone', active: false },
]
const unset = { city: null, orders: null, value: null, last: null, vip: false, code: null, tier: null, likes: null }

describe('values of user_fields', () => {
  test.each([
    ['every active field is listed; unset is null, a checkbox false (GRP)', {}, {}],
    ['text', { city: 'K\u00f6ln' }, { city: 'K\u00f6ln' }],
    ['numbers read back as numbers (GRP)', { orders: 3039, value: 12.5 }, { orders: 3039, value: 12.5 }],
    ['numeric strings are accepted (IBM)', { orders: '12', value: '-1.50' }, { orders: 12, value: -1.5 }],
    ['a date reads as midnight with an offset (GRP)', { last: '2024-02-29' }, { last: '2024-02-29T00:00:00+00:00' }],
    ['a time is cut off (GRP)', { last: '2020-08-19T20:50:04.000Z' }, { last: '2020-08-19T00:00:00+00:00' }],
    ['checkbox strings "1" and "true" (SPEEDY #157, IBM)', { vip: '1' }, { vip: true }],
    ['a regexp that matches', { code: 'ab1' }, { code: 'ab1' }],
    ['the value of an option (CENSUS)', { tier: 'gold' }, { tier: 'gold' }],
    ['several options', { likes: ['hats', 'socks'] }, { likes: ['hats', 'socks'] }],
    ['unknown and inactive keys are ignored in silence (inferred)', { nope: 1, gone: 'x', city: 'A' }, { city: 'A' }],
  ])('%s', async (_name, given, read) => {
    await using account = await openTestAccount()
    account.emulator.seed({ user_fields: fields })
    const results = await account.upsert({ name: 'N', external_id: 'n', user_fields: given })
    expect(results[0].status).toBe('Created')
    expect(account.emulator.state({ external_id: 'n' }).users[0]?.user_fields).toEqual({ ...unset, ...read })
  })

  test.each([
    [{ orders: '1.5' }],
    [{ orders: 'many' }],
    [{ value: 'NaN' }],
    [{ last: '2023-02-29' }],
    [{ last: '19.08.2020' }],
    [{ vip: 'True' }],
    [{ code: 'ab1\n' }],
    [{ code: 'xab1' }],
    [{ tier: 'Gold tier' }],
    [{ likes: ['shoes'] }],
    [{ likes: 'socks' }],
    [{ city: ['a'] }],
  ])('a bad value of a typed field fails the row: %j', async (given) => {
    await using account = await openTestAccount()
    account.emulator.seed({ user_fields: fields })
    const results = await account.upsert({ name: 'N', external_id: 'n', user_fields: given })
    expect(results).toEqual([expect.objectContaining({ id: 0, error: 'UserUpdateError', status: 'Failed' })])
    expect(account.emulator.state({ external_id: 'n' }).total).toBe(0)
  })

  test('keys merge and null clears (GRP)', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ user_fields: fields })
    await account.upsert({ name: 'N', external_id: 'n', user_fields: { city: 'A', orders: 1, vip: true } })
    await account.upsert({ external_id: 'n', user_fields: { city: null, value: 2 } })
    expect(account.emulator.state({ external_id: 'n' }).users[0]?.user_fields).toEqual({
      ...unset,
      orders: 1,
      value: 2,
      vip: true,
    })
  })

  test('a ticked checkbox and a dropdown add their tags after those of the row (GRP, CENSUS)', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ user_fields: fields })
    const tags = () => account.emulator.state({ external_id: 'n' }).users[0]?.tags
    await account.upsert({ name: 'N', external_id: 'n', tags: ['existing'], user_fields: { vip: true, tier: 'gold' } })
    expect(tags()).toEqual(['existing', 'is_vip', 'gold'])
    await account.upsert({ external_id: 'n', user_fields: { vip: false, tier: 'silver' } })
    expect(tags()).toEqual(['existing', 'silver'])
    await account.upsert({ external_id: 'n', tags: [] })
    expect(tags()).toEqual([])
  })
})

describe('GET user_fields', () => {
  test('in order of position, with tag, options and the pattern of dates (RUDDER, GRP)', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ user_fields: fields })
    const { json } = await account.call('GET', '/api/v2/user_fields.json')
    expect(json.user_fields.map(({ key }: { key: string }) => key)).toEqual(fields.map(({ key }) => key))
    expect(json.user_fields[4]).toMatchObject({ type: 'checkbox', tag: 'is_vip', active: true, system: false })
    expect(json.user_fields[6].custom_field_options[0]).toMatchObject({
      name: 'Gold tier',
      raw_name: 'Gold tier',
      value: 'gold',
    })
    expect(json.user_fields[3].regexp_for_validation).toMatch(/^\\A\(\[0-9\]\{4\}\)/)
    expect(json).toMatchObject({ next_page: null, previous_page: null, count: fields.length })
  })

  test('100 a page', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ user_fields: Array.from({ length: 130 }, (_, index) => ({ key: `f${index}` })) })
    const first = await account.call('GET', '/api/v2/user_fields')
    expect([first.json.user_fields.length, first.json.count]).toEqual([100, 130])
    const second = await account.call('GET', first.json.next_page)
    expect(second.json.user_fields[0].key).toBe('f100')
    expect(second.json.next_page).toBeNull()
  })
})

import { describe, expect, test } from 'vitest'
import { openTestAccount, type TestAccount } from './test-account.ts'

const path = '/api/v2/user_fields'
const tier = {
  key: 'tier',
  title: 'Tier',
  type: 'dropdown',
  custom_field_options: [
    { name: 'Gold', value: 'gold' },
    { name: 'Silver', value: 'silver' },
  ],
}

async function create(account: TestAccount, field: object) {
  const answer = await account.call('POST', path, { user_field: field })
  expect(answer.status).toBe(201)
  return answer.json.user_field
}

const person = (account: TestAccount) => account.emulator.state({ external_id: 'n' }).users[0]!

describe('writing user fields', () => {
  test('a new one is last, can be had by id and key, and takes values (OAS)', async () => {
    await using account = await openTestAccount()
    await create(account, { key: 'first', title: 'First' })
    const field = await create(account, { key: 'city', title: 'City', description: 'Where', type: 'text' })
    expect(field).toMatchObject({ key: 'city', title: 'City', description: 'Where', position: 1, active: true })
    for (const key of [field.id, 'city', 'city.json']) {
      expect((await account.call('GET', `${path}/${key}`)).json).toEqual({ user_field: field })
    }
    await account.upsert({ name: 'N', external_id: 'n', user_fields: { city: 'Ulm' } })
    expect(person(account).user_fields).toEqual({ first: null, city: 'Ulm' })
  })

  test.each([
    [{ key: 'taken', title: 'T' }, 'key', 'DuplicateValue'], // JINMU
    [{ key: '123', title: 'T' }, 'key', 'InvalidValue'],
    [{ key: 'a-b', title: 'T' }, 'key', 'InvalidValue'],
    [{ title: 'T' }, 'key', 'BlankValue'],
    [{ key: 'a' }, 'title', 'BlankValue'],
    [{ key: 'a', title: 'T', type: 'colour' }, 'type', 'InvalidValue'],
    [{ key: 'a', title: 'T', type: 'dropdown' }, 'custom_field_options', 'BlankValue'],
    [{ key: 'a', title: 'T', type: 'regexp' }, 'regexp_for_validation', 'BlankValue'],
  ])('refuses %j', async (field, attribute, error) => {
    await using account = await openTestAccount()
    account.emulator.seed({ user_fields: [{ key: 'taken' }] })
    const answer = await account.call('POST', path, { user_field: field })
    expect(answer.status).toBe(422)
    expect(answer.json).toEqual({
      error: 'RecordInvalid',
      description: 'Record validation errors',
      details: { [attribute]: [{ description: expect.any(String), error }] },
    })
    expect((await account.call('GET', path)).json.count).toBe(1)
  })

  test('only admins write, agents read (OAS)', async () => {
    await using account = await openTestAccount({ apiUserRole: 'agent' })
    account.emulator.seed({ user_fields: [{ key: 'city' }] })
    const writes = ['PUT city', 'DELETE city', 'PUT reorder', 'POST city/options'].map((line) => line.split(' '))
    for (const [method, rest] of writes) {
      expect((await account.call(method!, `${path}/${rest}`, {})).status).toBe(403)
    }
    expect((await account.call('GET', `${path}/city`)).status).toBe(200)
    expect((await account.call('POST', path, { user_field: { key: 'a', title: 'A' } })).status).toBe(403)
  })

  test('key and type stay; title, active and pattern change', async () => {
    await using account = await openTestAccount()
    await create(account, { key: 'code', title: 'Code', type: 'regexp', regexp_for_validation: '\\Aa\\z' })
    const change = { key: 'other', type: 'text', title: 'New', regexp_for_validation: '\\Ab\\z' }
    const { json } = await account.call('PUT', `${path}/code`, { user_field: change })
    expect(json.user_field).toMatchObject({ key: 'code', type: 'regexp', title: 'New', active: true })
    const results = await account.upsert(
      { name: 'N', external_id: 'n', user_fields: { code: 'b' } },
      { name: 'M', external_id: 'm', user_fields: { code: 'a' } },
    )
    expect(results.map(({ status }) => status)).toEqual(['Created', 'Failed'])
    await account.call('PUT', `${path}/code`, { user_field: { active: false } })
    expect(person(account).user_fields).toEqual({})
  })

  test('a dropdown that omits an option loses it with its values; the given order stays (OAS)', async () => {
    await using account = await openTestAccount()
    const field = await create(account, tier)
    const [gold, silver] = field.custom_field_options
    await account.upsert({ name: 'N', external_id: 'n', tags: ['own'], user_fields: { tier: 'gold' } })
    await account.upsert({ name: 'M', external_id: 'm', user_fields: { tier: 'silver' } })
    const options = [
      { id: null, name: 'Bronze', value: 'bronze' },
      { ...silver, value: 'silver_2' },
    ]
    const { json } = await account.call('PUT', `${path}/tier`, { user_field: { custom_field_options: options } })
    expect(json.user_field.custom_field_options).toEqual([
      { id: expect.any(Number), name: 'Bronze', raw_name: 'Bronze', value: 'bronze' },
      { id: silver.id, name: 'Silver', raw_name: 'Silver', value: 'silver_2' },
    ])
    expect(json.user_field.custom_field_options[0].id).not.toBe(gold.id)
    expect(person(account)).toMatchObject({ tags: ['own'], user_fields: { tier: null } })
    const other = account.emulator.state({ external_id: 'm' }).users[0]
    expect(other).toMatchObject({ tags: ['silver_2'], user_fields: { tier: 'silver_2' } })
  })

  test('a deleted field takes its values and its tag along; a new one of its key starts empty', async () => {
    await using account = await openTestAccount()
    await create(account, { key: 'vip', title: 'VIP', type: 'checkbox', tag: 'is_vip' })
    await create(account, { key: 'city', title: 'City' })
    await account.upsert({ name: 'N', external_id: 'n', user_fields: { vip: true, city: 'Ulm' } })
    expect(await account.call('DELETE', `${path}/vip`)).toMatchObject({ status: 204, text: '' })
    expect(person(account)).toMatchObject({ tags: [], user_fields: { city: 'Ulm' } })
    expect((await account.call('GET', `${path}/vip`)).status).toBe(404)
    await create(account, { key: 'vip', title: 'VIP', type: 'checkbox' })
    expect(person(account).user_fields).toEqual({ city: 'Ulm', vip: false })
  })

  test('reorder: the given ones first', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ user_fields: [{ key: 'a' }, { key: 'b' }, { key: 'c' }] })
    const { json } = await account.call('GET', path)
    const [, b, c] = json.user_fields
    const answer = await account.call('PUT', `${path}/reorder`, { user_field_ids: [c.id, b.id] })
    expect(answer).toMatchObject({ status: 200, text: '' })
    const after = (await account.call('GET', path)).json.user_fields
    expect(after.map((field: { key: string; position: number }) => [field.key, field.position])).toEqual([
      ['c', 0],
      ['b', 1],
      ['a', 2],
    ])
  })

  test('show_many: by keys, unknown ones absent', async () => {
    await using account = await openTestAccount()
    account.emulator.seed({ user_fields: [{ key: 'a' }, { key: 'b' }] })
    const { json } = await account.call('GET', `${path}/show_many?keys=b,nope`)
    expect(json).toMatchObject({ user_fields: [{ key: 'b' }], count: 1 })
    expect((await account.call('GET', `${path}/show_many`)).status).toBe(400)
  })
})

describe('options', () => {
  test('201 for a new one, 200 for one that is there, 204 for one that goes (OAS)', async () => {
    await using account = await openTestAccount()
    const field = await create(account, tier)
    const options = `${path}/${field.id}/options`
    const added = await account.call('POST', options, { custom_field_option: { name: 'Bronze', value: 'bronze' } })
    expect([added.status, added.headers.get('location')]).toEqual([201, options])
    const { id } = added.json.custom_field_option
    await account.upsert({ name: 'N', external_id: 'n', user_fields: { tier: 'bronze' } })
    const changed = await account.call('POST', options, {
      custom_field_option: { id, name: 'Copper', value: 'copper' },
    })
    expect(changed).toMatchObject({ status: 200, json: { custom_field_option: { id, value: 'copper' } } })
    expect(person(account).user_fields).toEqual({ tier: 'copper' })
    const listed = (await account.call('GET', options)).json
    expect(listed.custom_field_options.map(({ value }: { value: string }) => value)).toEqual([
      'gold',
      'silver',
      'copper',
    ])
    expect((await account.call('GET', `${options}/${id}`)).json.custom_field_option.name).toBe('Copper')
    expect((await account.call('DELETE', `${options}/${id}`)).status).toBe(204)
    expect((await account.call('GET', `${options}/${id}`)).status).toBe(404)
    expect(person(account)).toMatchObject({ tags: [], user_fields: { tier: null } })
  })

  test('a value that another option has is refused; a text field has no options', async () => {
    await using account = await openTestAccount()
    await create(account, tier)
    await create(account, { key: 'city', title: 'City' })
    const option = { custom_field_option: { name: 'Again', value: 'gold' } }
    expect(await account.call('POST', `${path}/tier/options`, option)).toMatchObject({
      status: 422,
      json: { details: { custom_field_options: [{ error: 'DuplicateValue' }] } },
    })
    expect((await account.call('POST', `${path}/city/options`, option)).status).toBe(404)
  })
})

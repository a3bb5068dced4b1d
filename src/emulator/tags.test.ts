import { expect, test } from 'vitest'
import { openTestAccount } from './test-account.ts'

const path = '/api/v2/users/7/tags'

test('GET shows, POST sets (201), PUT adds, DELETE removes (OAS)', async () => {
  await using account = await openTestAccount()
  account.emulator.seed({ users: [{ id: 7, name: 'A', tags: ['old', 'new'] }] })
  const call = async (method: string, tags?: string[]) => {
    const { status, json } = await account.call(method, `${path}.json`, tags && { tags })
    return [status, json.tags]
  }
  expect(await call('GET')).toEqual([200, ['old', 'new']])
  expect(await call('PUT', ['new', 'more'])).toEqual([200, ['old', 'new', 'more']])
  expect(await call('DELETE', ['old', 'unknown'])).toEqual([200, ['new', 'more']])
  expect(await call('POST', ['one two', 'one'])).toEqual([201, ['one', 'two']]) // CENSUS: a space separates
  expect((await account.call('GET', '/api/v2/users/7')).json.user.tags).toEqual(['one', 'two'])
  expect(await call('POST', [])).toEqual([201, []])
})

test('what is no list of texts is a 400; a deleted or unknown user a 404', async () => {
  await using account = await openTestAccount()
  account.emulator.seed({ users: [{ id: 7, name: 'A', tags: ['t'] }] })
  for (const body of [{}, { tags: 't' }, { tags: [1] }]) {
    expect((await account.call('PUT', path, body)).status).toBe(400)
  }
  expect(account.emulator.state({ id: 7 }).users[0]!.tags).toEqual(['t'])
  expect((await account.call('GET', '/api/v2/users/8/tags')).status).toBe(404)
  account.emulator.deleteUser({ id: 7 })
  expect((await account.call('GET', path)).status).toBe(404)
})

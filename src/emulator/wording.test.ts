import { describe, expect, test } from 'vitest'
import { openTestAccount } from './test-account.ts'
import { type Locale, locales, localized } from './wording.ts'

describe('the language of the API user', () => {
  test.each([
    ['en-US', 'Email: badmail is not properly formatted', 'Record validation errors'],
    ['de', 'E-Mail: badmail hat kein gültiges Format', 'Fehler bei der Prüfung des Datensatzes'],
    ['zh-CN', '电子邮件： badmail 格式不正确', '记录验证错误'],
  ] as const)('%s: words change, codes and keys do not (JINMU)', async (locale, words, title) => {
    await using account = await openTestAccount({ locale })
    const refused = await account.call('POST', '/api/v2/users', { user: { name: 'B', email: 'badmail' } })
    expect(refused).toMatchObject({
      status: 422,
      json: { error: 'RecordInvalid', description: title, details: { email: [{ description: words }] } },
    })
  })

  test('the recorded words of a duplicate key (JINMU)', async () => {
    await using account = await openTestAccount({ locale: 'zh-CN' })
    const create = () =>
      account.call('POST', '/api/v2/user_fields', {
        user_field: { key: 'support_description1', type: 'text', title: 'T' },
      })
    await create()
    expect((await create()).json.details).toEqual({
      key: [{ description: '键值： support_description1 已被使用', error: 'DuplicateValue' }],
    })
  })

  test.each([
    ['de', 'Name: E-Mail: badmail hat kein gültiges Format'],
    ['zh-CN', '姓名： 电子邮件： badmail 格式不正确'],
  ] as const)('%s: details of a job', async (locale, details) => {
    await using account = await openTestAccount({ locale })
    expect(await account.upsert({ name: 'B', email: 'badmail' })).toMatchObject([{ error: 'UserUpdateError', details }])
  })

  test.each(locales)('%s: what has no translation stays as it is, dollar signs in values too', (locale: Locale) => {
    expect(localized('Something else', locale)).toBe('Something else')
    expect(localized('Email: $1$2$& is not properly formatted', locale)).toContain('$1$2$&')
  })
})

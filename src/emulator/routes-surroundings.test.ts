import { expect, test } from 'vitest'
import { openTestAccount } from './test-account.ts'

test('GET brands: the default brand has the subdomain of the account (OAS)', async () => {
  await using account = await openTestAccount({ subdomain: 'acme' })
  const { json } = await account.call('GET', '/api/v2/brands')
  expect(json).toMatchObject({ brands: [{ subdomain: 'acme', default: true, active: true }], count: 1 })
})

test('GET locales needs nobody in particular (OAS)', async () => {
  await using account = await openTestAccount()
  const { json } = await account.call('GET', '/api/v2/locales', undefined, { authorization: '' })
  expect(json.locales[0]).toMatchObject({ id: 1, locale: 'en-US' })
})

test('urls in bodies lead to where the emulator was reached, or show the name of the account (ZENPY)', async () => {
  await using account = await openTestAccount({ subdomain: 'acme' })
  account.emulator.seed({ organizations: [{ name: 'A' }, { name: 'B' }] })
  const path = '/api/v2/organizations.json?page[size]=1'
  const reached = (await account.call('GET', path)).json
  expect(reached.links.next.startsWith(`${account.emulator.url}/api/v2/`)).toBe(true)
  account.emulator.seed({ settings: { links: 'canonical' } })
  const canonical = (await account.call('GET', path)).json
  expect(canonical.organizations[0].url).toMatch(/^https:\/\/acme\.zendesk\.com\/api\/v2\/organizations\/\d+\.json$/)
  expect(canonical.links.next.startsWith('https://acme.zendesk.com/api/v2/')).toBe(true)
})

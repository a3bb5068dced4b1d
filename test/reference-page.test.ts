import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestServer, type TestServer } from '../src/server/test-server.ts'
import { openBrowser, openPage } from './browser.ts'

let browser: Browser
let server: TestServer
beforeAll(async () => {
  ;[browser, server] = await Promise.all([openBrowser(), openTestServer()])
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

test('the reference of the API opens, lists and unfolds every operation, and the browser has nothing to complain about', async () => {
  const { page, trouble } = await openPage(browser, server.url)
  await page.goto(`${server.url}/api/docs`)
  const operations = page.locator('.opblock')
  await operations.first().waitFor()
  const { json } = await server.call('GET', '/api/docs/json')
  const documented = Object.values<object>(json.paths).flatMap((path) => Object.keys(path))
  expect(await operations.count()).toBe(documented.length)
  for (const path of ['/api/v1/workflows', '/api/v1/orchestrations/{key}/runs']) {
    const operation = operations.filter({ has: page.locator(`[data-path="${path}"]`) }).first()
    await operation.locator('.opblock-summary-control').click()
    await operation
      .getByText('200', { exact: true })
      .or(operation.getByText('202', { exact: true }))
      .first()
      .waitFor()
  }
  await page.getByRole('button', { name: 'Authorize' }).click()
  await page.getByLabel('auth-bearer-value').fill(server.key)
  await page
    .locator('.auth-btn-wrapper')
    .getByRole('button', { name: /^Apply|^Authorize/ })
    .first()
    .click()
  expect(trouble).toEqual([])
})

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
  const unfolds = async (path: string) => {
    const operation = operations.filter({ has: page.locator(`[data-path="${path}"]`) }).first()
    if ((await operation.count()) === 0) return false
    await operation.locator('.opblock-summary-control').click()
    const answer = (status: string) => operation.getByText(status, { exact: true })
    await answer('200').or(answer('202')).first().waitFor()
    await operation.locator('.opblock-summary-control').click()
    return true
  }
  const { json } = await server.call('GET', '/api/docs/json')
  const documented = Object.values<object>(json.paths).flatMap((path) => Object.keys(path))
  // Of so many it has those in its document that are in view.
  const seen = new Set<string>()
  const wanted = new Set(['/api/v1/workflows', '/api/v1/orchestrations/{key}/runs'])
  await expect
    .poll(
      async () => {
        for (const id of await operations.evaluateAll((all) => all.map(({ id }) => id))) seen.add(id)
        for (const path of wanted) if (await unfolds(path)) wanted.delete(path)
        await page.mouse.wheel(0, 500)
        return seen.size
      },
      { timeout: 45_000, interval: 50 },
    )
    .toBe(documented.length)
  expect([...wanted]).toEqual([])
  await page.mouse.wheel(0, -1_000_000)
  await page.getByRole('button', { name: 'Authorize' }).click()
  await page.getByLabel('auth-bearer-value').fill(server.key)
  await page
    .locator('.auth-btn-wrapper')
    .getByRole('button', { name: /^Apply|^Authorize/ })
    .first()
    .click()
  expect(trouble).toEqual([])
})

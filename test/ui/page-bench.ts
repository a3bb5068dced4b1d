import { existsSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { expect } from 'vitest'
import type { TestServer, TestUser } from '../../src/server/test-server.ts'
import { openPage, type WatchedPage } from '../browser.ts'

/** Throws a sentence where the page was not built, which `npm test` does. */
export function requirePage(): void {
  if (!existsSync('dist/ui/index.html')) throw new Error('The web page is not built: run `npm run build`.')
}

/** Somebody signs in by the form, and is led to where they wanted to go. */
export async function signIn(browser: Browser, server: TestServer, to: string): Promise<WatchedPage> {
  const watched = await openPage(browser, server.url)
  const { page } = watched
  await page.goto(server.url + to)
  await page.getByLabel('E-mail address').fill('admin@example.com')
  await page
    .getByRole('main')
    .getByLabel(/^Password/)
    .fill(server.password)
  await page.keyboard.press('Enter')
  await page.waitForURL(server.url + to)
  return watched
}

/** A page of a user who has a session already. */
export async function openAs(browser: Browser, server: TestServer, user: TestUser): Promise<WatchedPage> {
  const watched = await openPage(browser, server.url)
  const cookies = user.headers.cookie.split('; ').map((pair) => {
    const [name = '', ...value] = pair.split('=')
    return { name, value: value.join('='), url: server.url }
  })
  await watched.page
    .context()
    .addCookies([...cookies, { name: 'deskside_csrf', value: user.headers['x-csrf-token'], url: server.url }])
  return watched
}

/** Runs an orchestration until nothing happens by itself any more. */
export async function runToItsEnd(server: TestServer, orchestration: string): Promise<string> {
  const { json } = await server.call('POST', `/api/v1/orchestrations/${orchestration}/runs`)
  await expect
    .poll(async () => (await server.call('GET', `/api/v1/workflows/${json.id}`)).json.ended_at, { timeout: 20_000 })
    .not.toBe(null)
  return json.id
}

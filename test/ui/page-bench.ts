import { existsSync } from 'node:fs'
import type { Browser, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { TestServer, TestUser } from '../../src/server/test-server.ts'
import { openPage, type WatchedPage } from '../browser.ts'

/** Throws a sentence where the page was not built, which `npm test` does. */
export function requirePage(): void {
  if (!existsSync('dist/ui/index.html')) throw new Error('The web page is not built: run `npm run build`.')
}

/** Fills the form of signing in, and sends it. */
export async function enterPassword(page: Page, { password }: TestServer): Promise<void> {
  await page.getByLabel('E-mail address').fill('admin@example.com')
  await page
    .getByRole('main')
    .getByLabel(/^Password/)
    .fill(password)
  await page.keyboard.press('Enter')
}

/** Somebody signs in by the form, and is led to where they wanted to go. */
export async function signIn(browser: Browser, server: TestServer, to: string): Promise<WatchedPage> {
  const watched = await openPage(browser, server.url)
  const { page } = watched
  await page.goto(server.url + to)
  await enterPassword(page, server)
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

/**
 * Every answer of the API from now on, whole: each is read before the page has it, so that none is lost when the page goes on. The streams of
 * events have no end, and are left out.
 */
export async function hear(page: Page): Promise<string[]> {
  const heard: string[] = []
  await page.route('**/api/v1/**', async (route) => {
    if (new URL(route.request().url()).pathname.endsWith('/events')) return await route.continue()
    try {
      const response = await route.fetch()
      const body = await response.text()
      heard.push(body)
      return await route.fulfill({ response, body })
    } catch {
      // The page has gone on or is closed. What cannot be read here does not reach it either.
      return await route.abort().catch(() => undefined)
    }
  })
  return heard
}

/** Chooses in a list that opens. */
export async function choose(page: Page, label: string, option: string | RegExp): Promise<void> {
  await page
    .getByRole('combobox', { name: label, exact: true })
    .or(page.getByLabel(label, { exact: true }))
    .first()
    .click()
  await page.getByRole('option', { name: option }).filter({ visible: true }).first().click()
}

/** The field of what a condition compares with; its list of suggestions bears the same name. */
export const valueOfCondition = (page: Page, place: string): Locator =>
  page.locator('input').and(page.getByLabel(`Value of condition ${place}`, { exact: true }))

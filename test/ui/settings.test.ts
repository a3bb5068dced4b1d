import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openTestServer, type TestServer } from '../../src/server/test-server.ts'
import { openBrowser, type WatchedPage } from '../browser.ts'
import { hear, openAs, requirePage, signIn } from './page-bench.ts'

let browser: Browser
let server: TestServer
let watched: WatchedPage

beforeAll(async () => {
  requirePage()
  browser = await openBrowser()
  server = await openTestServer()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})
afterEach(() => watched?.page.context().close())

/** A refused request is an error on the console of Chromium; nothing else is. */
const expectNoTrouble = () => expect(watched.trouble.filter((line) => !/status of 4\d\d/.test(line))).toEqual([])

async function openAsAdministrator(path: string): Promise<Page> {
  watched = await signIn(browser, server, path)
  return watched.page
}

test('a credential is added after a mistake that is shown at its field; its secret is in no answer, and can be handed over', async () => {
  const page = await openAsAdministrator('/settings/credentials')
  await page.getByRole('link', { name: 'zendesk', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Add credential' }).click()
  const form = page.getByRole('form', { name: 'New credential' })
  await form.getByLabel('Name').fill('Shop')
  await form.getByLabel('Unique identifier (client id)').fill('deskside')
  await form.getByRole('button', { name: 'Add credential' }).click()
  await form.getByText('This is missing.').waitFor()
  expect(await page.locator(':focus').getAttribute('aria-invalid')).toBe('true')
  const heard = await hear(page)
  await page.locator(':focus').fill('a-secret-of-the-shop')
  await page.keyboard.press('Enter')
  const panel = page.getByRole('complementary', { name: 'Shop' })
  await panel.getByText('is set').waitFor()
  expect(new URL(page.url()).search).toBe('?open=shop')
  await panel.getByRole('button', { name: 'Make a link for its secret' }).click()
  await panel.getByRole('button', { name: 'Make link' }).click()
  expect(await panel.getByRole('textbox', { name: 'Link', exact: true }).inputValue()).toMatch(/\/hand-over#dsk_link_/)
  expect(heard.join()).not.toContain('a-secret-of-the-shop')
  expectNoTrouble()
})

test('a test of a credential that fails says so once', async () => {
  const { emulator } = server.project
  const page = await openAsAdministrator('/settings/credentials?open=zendesk')
  const panel = page.getByRole('complementary', { name: 'zendesk' })
  emulator.faults({ kind: 'status', status: 401, times: 'always', match: { path: 'oauth/tokens' } })
  await panel.getByRole('button', { name: 'Test the connection' }).click()
  await panel.getByText('Not accepted').waitFor()
  await panel.getByRole('alert', { name: 'Problem' }).waitFor()
  expect(await panel.getByText('Check client id').count()).toBe(1)
  emulator.clearFaults()
  await page.reload()
  // What the server knows of it without a test.
  await panel.getByRole('alert', { name: 'Problem' }).getByText('Check client id').waitFor()
  expectNoTrouble()
})

test('somebody is invited, and the last administrator is not shut out', async () => {
  const page = await openAsAdministrator('/settings/users')
  await page.getByRole('button', { name: 'Invite' }).click()
  const form = page.getByRole('form', { name: 'Invitation' })
  await form.getByLabel('E-mail address').fill('ada@example.com')
  await form.getByRole('button', { name: 'Invite' }).click()
  await form.getByText('Choose at least one policy.').waitFor()
  await form.getByLabel('AmpIQ User', { exact: true }).check()
  await form.getByRole('button', { name: 'Invite' }).click()
  const link = page.getByRole('textbox', { name: 'Invitation', exact: true })
  await link.waitFor()
  expect(await link.inputValue()).toMatch(/\/invitation#dsk_link_/)
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('link', { name: 'ada@example.com' }).click()
  const panel = page.getByRole('complementary', { name: 'ada@example.com' })
  await panel.getByText('Invited').waitFor()
  await panel.getByText('Add, change and delete segments.').waitFor()
  await page.getByRole('link', { name: 'admin@example.com (you)' }).click()
  await page.getByRole('button', { name: 'Disable' }).click()
  await page.getByRole('dialog', { name: 'Disable' }).waitFor()
  // Escape ends the question alone, and the focus is back where it came from.
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await expect.poll(() => page.locator(':focus').textContent()).toBe('Disable')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Disable user' }).click()
  await page.getByText('This is the last administrator who can sign in.').waitFor()
  expectNoTrouble()
})

test('who may do little sees what is theirs, and which right is lacking', async () => {
  const user = await server.makeUser(['ampiq_user_read_only'], ['restrict_pii'])
  watched = await openAs(browser, server, user)
  const { page } = watched
  const heard = await hear(page)
  await page.goto(`${server.url}/settings`)
  const sections = page.getByRole('navigation', { name: 'Settings' })
  await sections.getByText('Your account').waitFor()
  expect(await sections.getByText('Credentials').count()).toBe(0)
  await page.goto(`${server.url}/settings/users`)
  await page.getByText('You may not see users and policies.').waitFor()
  expect(heard.join()).not.toContain('ada@example.com')
  expectNoTrouble()
})

test('a wrong present password is told at its field', async () => {
  const page = await openAsAdministrator('/settings/account')
  await page.getByText('This session').waitFor()
  await page.getByLabel('Present password').fill('not this one at all')
  await page.getByLabel('New password', { exact: true }).fill('another few good words')
  await page.getByLabel('New password, again').fill('another few good words')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').waitFor()
  expect(await page.getByLabel('Present password').getAttribute('aria-invalid')).toBe('true')
  expectNoTrouble()
})

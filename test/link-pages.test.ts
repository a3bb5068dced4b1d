import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { NewHandOver } from '../src/control/control.ts'
import { openTestServer, type TestServer } from '../src/server/test-server.ts'
import { openBrowser, openPage, type WatchedPage } from './browser.ts'

// Passwords are hashed on purpose slowly, on a machine that has more to do.
vi.setConfig({ testTimeout: 60_000 })

let browser: Browser
let server: TestServer
let watched: WatchedPage
let page: Page

beforeAll(async () => {
  browser = await openBrowser()
  server = await openTestServer()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

beforeEach(async () => {
  watched = await openPage(browser, server.url)
  page = watched.page
})
afterEach(() => page.context().close())

const cli = { kind: 'cli', id: 'cli' } as const
const password = 'several words that nobody guesses'
const title = () => page.getByRole('heading', { level: 1 })
const focused = () => page.locator(':focus').getAttribute('id')
const open = (path: string) => page.goto(server.url + path)

/** A refused request is an error on the console of Chromium; nothing else is. */
const expectNoTrouble = () => expect(watched.trouble.filter((line) => !/status of (404|422)/.test(line))).toEqual([])

async function waitForTitle(text: string): Promise<void> {
  await title().filter({ hasText: text }).waitFor()
  expect(await focused()).toBe('title')
}

/** Whom the session of the browser belongs to. */
async function signedInAs(): Promise<string> {
  const { name } = (await (await page.request.get(`${server.url}/api/v1/me`)).json()) as { name: string }
  return name
}

async function invite(email: string) {
  const input = { email, name: 'Ben', policies: ['datagrid_operator'], options: [] }
  return await server.service.control.users.invite(cli, input)
}

test('an invitation leads to a password and a session; the token is in no address and in no line of the log', async () => {
  const { link } = await invite('ben@example.com')
  await open(`/invitation#${link.token}`)
  await waitForTitle('Welcome to Deskside')
  expect(page.url()).toBe(`${server.url}/invitation`)
  expect(await page.getByLabel('E-mail address').inputValue()).toBe('ben@example.com')
  expect(await page.getByLabel('E-mail address').isEditable()).toBe(false)
  expect(await page.getByLabel('Password', { exact: true }).getAttribute('autocomplete')).toBe('new-password')
  await page.getByText('At least 12 characters').waitFor()
  await page.getByLabel('Password', { exact: true }).fill('too short')
  await page.keyboard.press('Enter')
  await page.getByText('This has 9 characters; it needs at least 12.').waitFor()
  expect(await focused()).toBe('password')
  expect(await page.getByLabel('Password', { exact: true }).getAttribute('aria-invalid')).toBe('true')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Show: Password' }).click()
  expect(await page.getByLabel('Password', { exact: true }).getAttribute('type')).toBe('text')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await waitForTitle('You are signed in')
  expect(await signedInAs()).toBe('ben@example.com')
  expect(await page.getByRole('link').getAttribute('href')).toBe('./')
  expectNoTrouble()
  await open(`/invitation#${link.token}`)
  await waitForTitle('This link is over')
  const written = JSON.stringify(server.lines)
  expect(written).toContain('/api/v1/links/join')
  for (const hidden of [link.token, password]) expect(written).not.toContain(hidden)
})

test('a link for a new password ends the sessions that there were', async () => {
  const { user, link } = await invite('cleo@example.com')
  await open(`/invitation#${link.token}`)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  await waitForTitle('You are signed in')
  const reset = await server.service.control.users.link(cli, user.id)
  const other = await openPage(browser, server.url)
  await other.page.goto(`${server.url}/reset#${reset.token}`)
  await other.page.getByRole('heading', { name: 'Choose a new password' }).waitFor()
  expect(await other.page.getByLabel('Name').count()).toBe(0)
  await other.page.getByLabel('Password', { exact: true }).fill(`${password} again`)
  await other.page.keyboard.press('Enter')
  await other.page.getByRole('heading', { name: 'You are signed in' }).waitFor()
  await other.page.context().close()
  expect((await page.request.get(`${server.url}/api/v1/me`)).status()).toBe(401)
})

test('a link for somebody who is disabled meanwhile says who can help, and keeps what was entered', async () => {
  const { user, link } = await invite('dan@example.com')
  await open(`/invitation#${link.token}`)
  await waitForTitle('Welcome to Deskside')
  await server.service.store.access.updateUser(user.id, { state: 'disabled' })
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  const alert = page.getByRole('alert')
  await alert.getByText('Ask an administrator to enable the user again.').waitFor()
  expect(await page.locator(':focus').getAttribute('role')).toBe('alert')
  expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe(password)
})

async function handOver(input: Partial<NewHandOver>): Promise<string> {
  const { emulator } = server.project
  const made = await server.service.control.handOvers.create(cli, {
    ...{ credential: null, body: null, hours: 72, note: '<b>Please</b> by Friday' },
    account: { subdomain: emulator.subdomain, base_url: emulator.url },
    ...input,
  })
  return made.token
}

test('a secret is handed over: the account refuses a wrong one with its stage and fix, then takes the right one', async () => {
  const { emulator } = server.project
  const token = await handOver({ body: { type: 'zendesk_oauth', name: 'Zendesk of the shop' } })
  await open(`/hand-over#${token}`)
  await waitForTitle('Hand over a credential')
  expect(page.url()).toBe(`${server.url}/hand-over`)
  await page.getByText('<b>Please</b> by Friday').waitFor()
  await page.getByText(new URL(emulator.url).host).waitFor()
  await page.getByRole('button', { name: 'Test and save' }).click()
  expect(await page.getByText('This is missing.').count()).toBe(2)
  expect(await focused()).toBe('client_id')
  await page.getByLabel('Unique identifier (client id)').fill(emulator.clientId)
  await page.getByLabel('Client secret', { exact: true }).fill('a secret with blanks')
  await page.keyboard.press('Enter')
  await page.getByText('This must be plain characters without spaces').waitFor()
  expect(await focused()).toBe('client_secret')
  await page.getByLabel('Client secret', { exact: true }).fill('not-the-secret')
  await page.keyboard.press('Enter')
  const alert = page.getByRole('alert')
  await alert.getByText('Sign in failed').waitFor()
  await alert.getByText('What to do:').waitFor()
  await alert.getByText('then try again here').waitFor()
  await page.getByLabel('Client secret', { exact: true }).fill(emulator.clientSecret)
  await page.keyboard.press('Enter')
  await waitForTitle('Thank you, it was handed over')
  expect(await page.content()).not.toContain(emulator.clientSecret)
  expectNoTrouble()
  const saved = await server.service.control.definitions.get(cli, 'credential', 'zendesk_of_the_shop')
  expect(saved).toMatchObject({ secrets: ['client_secret'], body: { client_id: emulator.clientId } })
  await open(`/hand-over#${token}`)
  await waitForTitle('This link is over')
})

test('another link opened in the same tab is the one that counts; one without a token is over', async () => {
  await open('/hand-over')
  await waitForTitle('This link is over')
  const token = await handOver({ body: { type: 'zendesk', name: 'By token', email: 'agent@example.com' } })
  await page.evaluate(`location.hash = '${token}'`)
  await waitForTitle('Hand over a credential')
  expect(await page.getByRole('textbox').count()).toBe(1)
})

test('the set-up link makes the first administrator, who is signed in then', async () => {
  const { service } = server
  for (const { id, version } of await service.store.access.users())
    await service.store.access.removeUser(id, { ifVersion: version })
  const link = await service.joining.setupLink()
  await open(`/setup#${link?.token}`)
  await waitForTitle('Set up Deskside')
  await page.getByLabel('E-mail address').fill('first at example.com')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  await page.getByText('This is no e-mail address.').waitFor()
  expect(await focused()).toBe('email')
  await page.getByLabel('E-mail address').fill('first@example.com')
  await page.keyboard.press('Enter')
  await waitForTitle('You are signed in')
  expect(await signedInAs()).toBe('first@example.com')
  expectNoTrouble()
})

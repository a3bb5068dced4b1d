import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { openTestServer, type TestServer } from '../../src/server/test-server.ts'
import { openBrowser, openPage, type WatchedPage } from '../browser.ts'
import { enterPassword, openAs, requirePage } from './page-bench.ts'

// Other suites run on the same machine.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 })

let browser: Browser
let server: TestServer
const opened: WatchedPage[] = []

beforeAll(async () => {
  requirePage()
  browser = await openBrowser()
  server = await openTestServer({
    files: { 'attributes.sql': 'SELECT external_id, email, name, details FROM people' },
    project: {
      attributes_tables: { Attributes: { sql: 'attributes.sql', id: 'external_id', segments: true } },
    },
  })
  await server.project.write([
    { external_id: '1', email: 'ada@example.com', name: 'Ada Quellenhof', details: 'gold' },
    { external_id: '2', email: 'ben@example.com', name: 'Ben Obermann', details: 'gold' },
    { external_id: '3', email: 'cyd@example.com', name: 'Cyd', details: 'iron' },
  ])
})
afterEach(async ({ task }) => {
  const isFailed = task.result?.state === 'fail'
  if (isFailed) console.log('refused:', JSON.stringify(server.lines.filter(isRefusal).slice(-10)))
  for (const { page, trouble } of opened.splice(0)) {
    if (isFailed) console.log(page.url(), await page.getByRole('main').textContent())
    await page.context().close()
    // A refused request is an error on the console of Chromium; nothing else is.
    expect(trouble.filter((line) => !/status of 4\d\d/.test(line))).toEqual([])
  }
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

/** Of a journey that stops, what the server has refused tells more than what did not appear. */
const isRefusal = ({ fields }: TestServer['lines'][number]) =>
  'err' in fields || ('status' in fields && Number(fields.status) >= 400)

async function anyPage(path: string): Promise<Page> {
  const watched = await openPage(browser, server.url)
  opened.push(watched)
  await watched.page.goto(server.url + path)
  return watched.page
}

async function pageOf(path: string, ...who: Parameters<TestServer['makeUser']>): Promise<Page> {
  const watched = await openAs(browser, server, await server.makeUser(...who))
  opened.push(watched)
  await watched.page.goto(server.url + path)
  return watched.page
}

/** More stops than any page has. */
const MOST_STOPS = 200

/** Goes to something by Tab alone, in the order of the page: what no key reaches fails here. */
async function reach(page: Page, target: Locator): Promise<void> {
  await target.waitFor()
  for (let stops = 0; stops < MOST_STOPS; stops++) {
    if (await target.evaluate((element) => element.ownerDocument.activeElement === element)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not reach ${target}`)
}

async function press(page: Page, target: Locator, key = 'Enter'): Promise<void> {
  await reach(page, target)
  await page.keyboard.press(key)
}

async function type(page: Page, target: Locator, text: string): Promise<void> {
  await reach(page, target)
  await page.keyboard.type(text)
}

const title = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor()

test('an operator sets up an account whose secret its owner enters by a link, and sends: all by keyboard', async () => {
  const { emulator } = server.project
  const page = await anyPage('/settings/credentials')
  await enterPassword(page, server)
  await press(page, page.getByRole('button', { name: 'Let somebody else enter it' }))
  const asking = page.getByRole('form', { name: 'Link' })
  await type(page, asking.getByLabel('Name of the credential'), 'Outlet')
  await type(page, asking.getByLabel('Unique identifier (client id)'), emulator.clientId)
  await press(page, asking.getByRole('button', { name: 'Make link' }))
  const link = page.getByRole('textbox', { name: 'Link', exact: true })
  await reach(page, link)
  const address = new URL(await link.inputValue())

  const owner = await anyPage(address.pathname + address.hash)
  await type(owner, owner.getByLabel('Client secret', { exact: true }), emulator.clientSecret)
  await owner.keyboard.press('Enter')
  await title(owner, 'Thank you, it was handed over')
  expect(await page.content()).not.toContain(emulator.clientSecret)

  await press(page, page.getByRole('button', { name: 'Done' }))
  await page.keyboard.press('g')
  await page.keyboard.press('a')
  await press(page, page.getByRole('link', { name: 'Destinations' }))
  await press(page, page.getByRole('link', { name: 'New destination' }))
  await press(page, page.getByRole('link', { name: /^Zendesk/ }))
  const form = page.getByRole('form', { name: 'Destination' })
  await type(page, form.getByLabel('Name'), 'Outlet')
  await press(page, form.getByRole('combobox', { name: 'Credential' }).or(form.getByLabel('Credential')).first())
  await page.keyboard.type('Outlet')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await type(page, form.getByLabel('Subdomain'), emulator.subdomain)
  await press(page, form.getByText('Further settings'))
  await type(page, form.getByLabel('Base URL'), emulator.url)
  await page.keyboard.press('Enter')
  await title(page, 'Outlet')
})

test('an analyst writes a query, looks at its rows and columns, and plans whom it would change', async () => {
  const page = await pageOf('/queries', ['amp360_user'])
  await page.getByRole('button', { name: 'Create SQL query' }).click()
  await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Gold')
  await page.keyboard.press('Enter')
  await title(page, 'Gold')
  await page.getByRole('textbox', { name: 'SQL of the draft' }).click()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.press('Delete')
  await page.keyboard.insertText("SELECT external_id, email, name FROM people WHERE details = 'gold'")
  await page.keyboard.press('ControlOrMeta+Enter')
  await page.getByRole('gridcell', { name: 'Ada Quellenhof' }).waitFor()
  await page.getByText(/^Saved \d+ s ago/).waitFor()
  await page.getByRole('button', { name: 'Activate' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Activate' }).click()
  await page.waitForURL('**/queries/gold')
  await page.goto(`${server.url}/activations?new=gold&kind=query`)
  await page.getByLabel('Destination').first().click()
  await page.getByRole('option', { name: 'Outlet' }).click()
  await page.getByRole('button', { name: 'Create orchestration' }).click()
  await page.waitForURL(/\/orchestrations\//)
  await page.getByRole('button', { name: 'Plan', exact: true }).click()
  await page.waitForURL(/\/plans\//)
  await page.getByText('ben@example.com').first().waitFor()
  expect(server.project.users()).toHaveLength(0)
})

test('a marketer who may send builds a segment of conditions, sends it, and sees where everybody is', async () => {
  const page = await pageOf('/segments/new?attributes=Attributes', ['ampiq_user', 'amp360_user'])
  await page.getByRole('textbox', { name: 'Name' }).fill('Iron')
  const include = page.getByRole('region', { name: 'Who is in it' }).last()
  await include.getByRole('button', { name: 'Add condition', exact: true }).click()
  await page.keyboard.type('details')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page
    .locator('input')
    .and(page.getByLabel('Value of condition 1', { exact: true }))
    .fill('iron')
  await page.keyboard.press('Escape')
  await page.getByRole('region', { name: 'People in the segment' }).getByText('1', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.waitForURL('**/segments/iron')
  await page.getByRole('link', { name: 'Send it' }).click()
  await page.getByLabel('Destination').first().click()
  await page.getByRole('option', { name: 'zendesk' }).click()
  await page.getByRole('button', { name: 'Create orchestration' }).click()
  await page.waitForURL(/\/orchestrations\//)
  await page.getByRole('button', { name: 'Actions', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Run', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Run', exact: true }).click()
  await page.waitForURL(/\/workflows\//)
  await page.getByRole('main').getByText('Completed', { exact: true }).first().waitFor()
  expect(server.project.users().map(({ email }) => email)).toEqual(['cyd@example.com'])
  await page.getByRole('tab', { name: 'Records' }).click()
  await page.getByText('cyd@example.com').first().waitFor()
})

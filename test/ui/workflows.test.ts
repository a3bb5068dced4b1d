import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { openTestServer, type TestServer } from '../../src/server/test-server.ts'
import { openBrowser, type WatchedPage } from '../browser.ts'
import { hear, openAs, requirePage } from './page-bench.ts'

// Other suites run on the same machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let browser: Browser
let server: TestServer
let watched: WatchedPage
let page: Page
let delivered: { id: string }

/** Records are read 200 at a time. */
const ROWS = 420

const people = (name: string) =>
  Array.from({ length: ROWS }, (_, index) => ({
    external_id: `CUST-${index}`,
    email: index === 7 ? 'nowhere' : `quellenhof${index}@example.com`,
    name: `${name} ${index}`,
  }))

beforeAll(async () => {
  requirePage()
  browser = await openBrowser()
  server = await openTestServer({
    destination: { limited_pii: true },
    project: { database: { tables: { people: { path: 'people.csv', types: 'text', pii: { external_id: true } } } } },
  })
  await server.project.write(people('Ada Quellenhof'))
  await server.run()
  await server.project.write(people('Ada Mirabell'))
  delivered = await server.run()
})
afterEach(() => page?.context().close())
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

async function open(path: string, ...who: Parameters<TestServer['makeUser']>): Promise<void> {
  watched = await openAs(browser, server, await server.makeUser(...who))
  page = watched.page
  await page.goto(server.url + path)
}

const title = () => page.getByRole('heading', { level: 1 })
const expectNoTrouble = () => expect(watched.trouble).toEqual([])

async function runThatFails(): Promise<string> {
  server.project.emulator.faults({ kind: 'status', status: 401, times: 'always', match: { path: 'oauth/tokens' } })
  const { json } = await server.call('POST', '/api/v1/orchestrations/people/runs')
  await expect
    .poll(async () => (await server.call('GET', `/api/v1/workflows/${json.id}`)).json.state, { timeout: 20_000 })
    .toBe('error')
  return json.id
}

test('a run that Zendesk refused is resolved from its page, and goes on', async () => {
  const id = await runThatFails()
  await open('/workflows?state=error', ['datagrid_operator'])
  const table = page.getByRole('table', { name: 'Workflows' })
  await table.getByRole('link', { name: 'people' }).click()
  await page.waitForURL(`${server.url}/workflows/${id}`)
  await page.getByRole('button', { name: 'Show resolutions' }).click()
  const dialog = page.getByRole('dialog', { name: 'Resolutions' })
  expect(await dialog.getByRole('radio', { name: 'Invalid credentials' }).isChecked()).toBe(true)
  const place = dialog.getByRole('link', { name: /in another tab/ })
  expect(await place.getAttribute('href')).toBe('/settings/credentials?open=zendesk')
  server.project.emulator.clearFaults()
  await dialog.getByRole('button', { name: 'Resolve' }).click()
  await page.getByText('The workflow goes on.').waitFor()
  await title().locator('..').getByText('Completed with alerts').waitFor({ timeout: 20_000 })
  expectNoTrouble()
})

test('a run that a guard holds is approved by whoever has looked at its plan', async () => {
  await server.project.settings({ guards: { max_created: 1 } })
  const { json } = await server.call('GET', '/api/v1/apply')
  await server.call('POST', '/api/v1/apply', { body: { revision: json.revision } })
  const further = [0, 1].map((index) => ({ external_id: `NEW-${index}`, email: `n${index}@example.com`, name: 'New' }))
  await server.project.write([...people('Ada Mirabell'), ...further])
  const { json: run } = await server.call('POST', '/api/v1/orchestrations/people/runs')
  await open(`/workflows/${run.id}`, ['datagrid_operator'])
  await page.getByText('Waits for approval').waitFor()
  await page.getByRole('button', { name: 'Show resolutions' }).click()
  await page.getByRole('dialog', { name: 'Resolutions' }).getByRole('button', { name: 'Approve' }).click()
  await title().locator('..').getByText('Completed with alerts').waitFor({ timeout: 20_000 })
  await page.getByText('2 created').waitFor()
  expectNoTrouble()
})

test('each row of a run has an address: filtered, opened, with its reason and the way to the person', async () => {
  await open(`/workflows/${delivered.id}`, ['datagrid_operator'])
  await page.getByRole('tab', { name: 'Records' }).click()
  const table = page.getByRole('table', { name: 'Records' })
  await table.getByRole('link').first().waitFor()
  // Only those in sight are there; the last ones are read when somebody looks at them, and a row without having passed the others.
  expect(await table.getAttribute('aria-rowcount')).toBe(String(ROWS + 1))
  expect(await table.getByRole('link').count()).toBeLessThan(100)
  await page.getByRole('region', { name: 'Records' }).press('End')
  await table
    .locator(`[aria-rowindex="${ROWS + 1}"]`)
    .getByText(`Ada Mirabell ${ROWS - 1}`)
    .waitFor()
  await page.goto(`${server.url}/workflows/${delivered.id}?tab=records&at=300&row=301-`)
  await page.getByRole('complementary', { name: 'Row 301' }).getByText('CUST-300').waitFor()
  // The row that is open stays so wherever one scrolls.
  await page.getByRole('region', { name: 'Records' }).press('Home')
  await table.locator('[aria-rowindex="2"]').getByText('Ada Mirabell 0').waitFor()
  expect(await page.getByRole('complementary', { name: 'Row 301' }).count()).toBe(1)
  await page.getByLabel('Search people of this run').fill('mirabell 33')
  await expect.poll(() => table.getByRole('link').count(), { timeout: 10_000 }).toBe(11)
  await page.getByLabel('Clear search').click()
  await page.getByRole('group', { name: 'Which records' }).getByText('Rejected').click()
  await expect.poll(() => table.getByRole('link').count(), { timeout: 10_000 }).toBe(1)
  await table.getByRole('link').click()
  const panel = page.getByRole('complementary', { name: 'Row 8' })
  await panel.getByText('The e-mail address is not valid.').waitFor()
  expect(new URL(page.url()).searchParams.get('view')).toBe('rejected')
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'detached' })
  await page.goto(`${server.url}/people?key=CUST-3`)
  const history = page.getByRole('region', { name: 'History' })
  await history.getByText('Ada Mirabell 3').waitFor()
  await history.getByText('Ada Quellenhof 3').first().waitFor()
  await page.getByRole('region', { name: 'In Zendesk now' }).getByText('Same').first().waitFor()
  expectNoTrouble()
})

test('people are found while one types, by part of a name, and each row leads to the person', async () => {
  await open('/people', ['datagrid_operator'])
  const field = page.getByRole('search').getByRole('textbox', { name: 'Search people' })
  // From everywhere the first five, and the way to all of them.
  await field.waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('textbox', { name: 'Search everything' }).pressSequentially('mirabell 11')
  const options = page.getByRole('dialog', { name: 'Search' }).getByRole('option')
  await options.filter({ hasText: 'CUST-11' }).first().waitFor()
  expect(await options.filter({ hasText: /Person$/ }).count()).toBe(5)
  await options.filter({ hasText: 'People who match mirabell 11' }).click()
  await page.waitForURL(`${server.url}/people?search=mirabell+11`)
  await page.getByText('11 people found.').waitFor()
  await field.fill('')
  await field.pressSequentially('MIRABELL 11')
  await page.getByText('11 people found.').waitFor()
  expect(new URL(page.url()).searchParams.get('search')).toBe('MIRABELL 11')
  await field.fill('mirabell')
  await page.getByText('The first 50; there are more.').waitFor()
  const table = page.getByRole('table', { name: 'People' })
  await table.getByRole('button', { name: 'Show more' }).click()
  await page.getByText('The first 100; there are more.').waitFor()
  await field.fill('cust-11')
  await page.getByText('11 people found.').waitFor()
  // Whoever has exactly this id is the first, and gets the focus; several are not opened.
  await page.keyboard.press('Enter')
  await expect.poll(() => page.locator(':focus').textContent()).toContain('CUST-11')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${server.url}/people/CUST-11`)
  await page.getByRole('region', { name: 'History' }).getByText('Ada Mirabell 11').waitFor()
  await page.goBack()
  expect(await field.inputValue()).toBe('cust-11')
  expectNoTrouble()
})

test('whom nobody delivered is looked for exactly, and the way back is a search', async () => {
  await open('/people?search=nobody-at-all', ['datagrid_operator'])
  await page.getByText('Nobody who was delivered matches nobody-at-all.').waitFor()
  await page.getByRole('textbox', { name: 'Search people' }).press('Enter')
  await page.waitForURL(`${server.url}/people/nobody-at-all`)
  await page.getByText('Nobody is known as nobody-at-all.').waitFor()
  await page.getByRole('link', { name: 'Search people for nobody-at-all' }).click()
  await page.waitForURL(`${server.url}/people?search=nobody-at-all`)
  // The only one is opened at once.
  await page.getByRole('textbox', { name: 'Search people' }).fill('quellenhof42@')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${server.url}/people/CUST-42`)
  expectNoTrouble()
})

test('whoever may not see personal values finds people by their whole external_id, and by nothing else', async () => {
  await open('/people', ['datagrid_operator'], ['restrict_pii'])
  const heard = await hear(page)
  const field = page.getByRole('textbox', { name: 'Search people' })
  await field.waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('textbox', { name: 'Search everything' }).pressSequentially('cust-3')
  await page.getByRole('option', { name: 'hidden by your policy' }).waitFor()
  await page.keyboard.press('Escape')
  for (const text of ['Mirabell', 'quellenhof3@example.com', 'CUST']) {
    await field.fill(text)
    await page.getByText(`Nobody who was delivered has exactly the external_id ${text}.`).waitFor()
  }
  await field.fill('cust-3')
  await page.getByText('1 person found.').waitFor()
  await page.getByRole('table', { name: 'People' }).getByText('hidden by your policy').click()
  await page.waitForURL(`${server.url}/people/cust-3`)
  await page.getByRole('region', { name: 'History' }).waitFor()
  expect(heard.join('\n')).not.toMatch(/Quellenhof|Mirabell|quellenhof\d|CUST-/)
  expectNoTrouble()
})

test('whoever may not see personal values gets none, in text or in answers; the rest of the pages is there', async () => {
  await open('/workflows', ['datagrid_operator'], ['restrict_pii'])
  const heard = await hear(page)
  for (const tab of ['tasks', 'plan', 'records&view=rejected', 'launched']) {
    await page.goto(`${server.url}/workflows/${delivered.id}?tab=${tab}`)
    await page.getByRole('tab', { name: 'Tasks' }).waitFor()
    await page.waitForLoadState('load')
  }
  await page.goto(`${server.url}/workflows/${delivered.id}?tab=records&view=rejected`)
  const table = page.getByRole('table', { name: 'Records' })
  await table.getByText('hidden by your policy').first().waitFor()
  heard.push(String(await page.textContent('body')))
  await page.goto(`${server.url}/notifications`)
  await page.getByRole('table', { name: 'Notifications' }).getByRole('link').first().waitFor()
  heard.push(String(await page.textContent('body')))
  const all = heard.join('\n')
  expect(all).toContain('[hidden]')
  expect(all).not.toMatch(/Quellenhof|Mirabell|quellenhof\d|nowhere|CUST-/)
  expectNoTrouble()
})

test('notifications are read one by one, and all at once', async () => {
  await open('/notifications', ['datagrid_operator'])
  const table = page.getByRole('table', { name: 'Notifications' })
  await table.getByRole('link', { name: 'people completed with alerts' }).first().click()
  const panel = page.getByRole('complementary')
  expect(await panel.getByRole('link', { name: 'Show what it is about' }).getAttribute('href')).toMatch(
    /^\/workflows\//,
  )
  await panel.getByRole('button', { name: 'Mark as read' }).click()
  await panel.getByText(/ · read/).waitFor()
  await page.getByRole('button', { name: 'Mark all as read' }).click()
  await page.getByRole('tab', { name: 'Unread', exact: true }).click()
  await page.getByText('Everything is read.').waitFor()
  expectNoTrouble()
})

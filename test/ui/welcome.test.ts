import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestServer, type TestServer } from '../../src/server/test-server.ts'
import { openBrowser } from '../browser.ts'
import { choose, openAs, requirePage, signIn } from './page-bench.ts'

let browser: Browser
let server: TestServer

beforeAll(async () => {
  requirePage()
  server = await openTestServer()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

test('a newcomer goes from nothing to everybody in Zendesk, and sees ten people first', async () => {
  const { page, trouble } = await signIn(browser, server, '/welcome')
  await page.getByRole('button', { name: 'Try with 100 sample people' }).click()

  await page.getByRole('heading', { name: 'Connect Zendesk' }).waitFor()
  const { emulator } = server.project
  await page.getByLabel('Subdomain').fill(emulator.subdomain)
  await page.getByLabel('Identifier of the OAuth client').fill(emulator.clientId)
  await page.getByLabel('Secret of the OAuth client').fill('wrong')
  await page.getByRole('button', { name: 'No account to try with?' }).click()
  await page.getByLabel('Address of the emulator').fill(emulator.url)
  await page.getByRole('button', { name: 'Save and test' }).click()
  await page.getByRole('alert').filter({ hasText: 'Check client id, client secret and scopes' }).waitFor()
  await page.getByLabel('Secret of the OAuth client').fill(emulator.clientSecret)
  await page.getByRole('button', { name: 'Save and test' }).click()

  await page.getByRole('heading', { name: 'Who is sent?' }).waitFor()
  const editor = page.getByRole('textbox', { name: 'SQL of the query' })
  await editor.filter({ hasText: 'customer_id AS external_id' }).waitFor()
  await page.getByRole('button', { name: 'Look at 10 rows' }).click()
  await page.getByRole('cell', { name: 'ada.archer@example.com' }).waitFor()
  await page.getByRole('button', { name: 'Save and go on' }).click()

  await page.getByText('New in Zendesk').waitFor()
  expect(await page.getByRole('main').textContent()).toMatch(/New in Zendesk\s*100/)
  expect(server.project.users()).toHaveLength(0)
  await page.getByRole('button', { name: 'Go on to sending' }).click()

  await page.getByRole('button', { name: 'Send 10 people' }).click()
  await page.getByRole('button', { name: 'They look right: send all' }).waitFor()
  expect(server.project.users()).toHaveLength(10)
  await page.getByRole('button', { name: 'They look right: send all' }).click()
  await page.getByText('Everybody was sent.').waitFor()
  expect(server.project.users()).toHaveLength(100)
  expect(trouble.filter((line) => !/status of (401|404|409|422)/.test(line))).toEqual([])
})

test('whoever may not set up is told whom to ask', async () => {
  const user = await server.makeUser(['amp360_user'])
  const { page, trouble } = await openAs(browser, server, user)
  await page.goto(`${server.url}/welcome`)
  await page.getByText('you can ask admin@example.com').waitFor()
  expect(trouble).toEqual([])
})

test('where there are several databases, the file and the query are of the one that was chosen', async () => {
  const table = { people: { path: 'people.csv', types: 'text' } }
  const several = await openTestServer({
    project: {
      database: undefined,
      databases: { crm: { tables: table }, shop: { tables: table } },
      queries: { people: { sql: 'people.sql', database: 'crm' } },
    },
  })
  try {
    await several.project.write([{ external_id: '1', email: 'ada@example.com', name: 'Ada' }])
    const { page, trouble } = await signIn(browser, several, '/welcome')
    await page.getByLabel('Database').first().click()
    await page.getByRole('option', { name: 'shop' }).click()
    await page.getByRole('button', { name: 'Try with 100 sample people' }).click()
    await page.getByRole('heading', { name: 'Connect Zendesk' }).waitFor()
    expect(page.url()).toContain('table=shop.sample_people')
    await page.goto(`${several.url}/welcome?step=3&table=shop.sample_people`)
    await page.getByRole('button', { name: 'Look at 10 rows' }).click()
    await page.getByRole('cell', { name: 'ada.archer@example.com' }).waitFor()
    await page.getByRole('button', { name: 'Save and go on' }).click()
    await page.waitForURL(/query=shop_sample_people_to_zendesk/)
    const { json } = await several.call('GET', '/api/v1/queries/shop_sample_people_to_zendesk')
    expect(json.body).toMatchObject({ database: 'shop', text: expect.stringContaining('FROM sample_people') })
    // So is a query that somebody writes.
    await page.goto(`${several.url}/queries?new=sql`)
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Own')
    await page.keyboard.press('Enter')
    await page
      .getByRole('textbox', { name: 'Database' })
      .or(page.getByRole('combobox', { name: 'Database' }))
      .click()
    await page.getByRole('option', { name: 'shop' }).click()
    const tables = page.getByRole('complementary', { name: 'Tables' })
    await tables.getByRole('button', { name: 'crm.people' }).waitFor({ state: 'detached' })
    await page.getByRole('textbox', { name: 'SQL of the draft' }).click()
    await page.keyboard.insertText('SELECT count(*) AS n FROM ')
    await tables
      .getByRole('button', { name: 'Insert sample_people' })
      .or(tables.getByRole('button', { name: 'Insert shop.sample_people' }))
      .click()
    await page.keyboard.press('ControlOrMeta+Enter')
    await page.getByRole('grid', { name: 'Results' }).getByRole('gridcell', { name: '100' }).waitFor()
    // And one of rules: each table tells its database.
    await page.goto(`${several.url}/queries?new=visual`)
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Own rules')
    await choose(page, 'Records of the table', 'sample_people · shop')
    await page.getByRole('button', { name: 'Create draft' }).click()
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByText(/^100 rows/).waitFor()
    expect(trouble.filter((line) => !/status of (401|404)/.test(line))).toEqual([])
  } finally {
    await several.close()
  }
})

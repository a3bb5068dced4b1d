import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openTestServer, type TestServer } from '../../src/server/test-server.ts'
import { openBrowser } from '../browser.ts'
import { hear, openAs, requirePage, signIn } from './page-bench.ts'

// Whoever looks at tables waits for the engine, on a machine that has more to do.
vi.setConfig({ testTimeout: 120_000 })

let browser: Browser
let server: TestServer

beforeAll(async () => {
  requirePage()
  server = await openTestServer({
    files: { 'attributes.sql': 'SELECT external_id, name, email, city FROM people' },
    project: {
      attributes_tables: {
        Everybody: { sql: 'attributes.sql', id: 'external_id', mapping: { city: 'user_fields.city' } },
      },
    },
  })
  const people = Array.from({ length: 40 }, (_, row) => ({
    ...{ external_id: `C-${row}`, email: `person${row}@example.com`, name: `Quellenhof ${row}` },
    city: row % 2 === 0 ? 'Boston' : 'Leeds',
  }))
  await server.project.write(people)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

/** A refused request is an error on the console of Chromium; nothing else is. */
const others = (trouble: string[]) => trouble.filter((line) => !/status of (401|404|409|412|422)/.test(line))

test('somebody uploads a list: a mistake is told at its line, the file stays chosen, and the table opens', async () => {
  const { page, trouble } = await signIn(browser, server, '/customer-360')
  await page.getByRole('link', { name: 'people', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Upload a CSV' }).click()
  const dialog = page.getByRole('dialog', { name: 'Upload a CSV as a table' })
  await dialog.getByRole('button', { name: 'Upload', exact: true }).click()
  await dialog.getByText('Choose a file first.').waitFor()
  const bad = Buffer.from('external_id,since\nC-1,2026\nC-2,2026,more\n')
  await dialog.getByLabel('CSV file').setInputFiles({ name: 'Our VIPs.csv', mimeType: 'text/csv', buffer: bad })
  expect(await dialog.getByLabel('Key').inputValue()).toBe('Our_VIPs')
  await dialog.getByRole('button', { name: 'Upload', exact: true }).click()
  const refusal = dialog.getByRole('alert').filter({ hasText: 'Line 3 of the file' })
  await refusal.getByText('C-2,2026,more').waitFor()
  const good = Buffer.from('external_id,since\nC-1,2026\nC-2,2026\n')
  await dialog.getByLabel('CSV file').setInputFiles({ name: 'Our VIPs.csv', mimeType: 'text/csv', buffer: good })
  await dialog.getByRole('button', { name: 'Upload', exact: true }).click()
  await page.waitForURL(`${server.url}/customer-360/Our_VIPs`)
  await page.getByRole('link', { name: 'since' }).waitFor()
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Delete table' }).click()
  await page.getByRole('dialog').getByText('Nothing reads it.').waitFor()
  await page.getByRole('button', { name: 'Delete table' }).click()
  await page.waitForURL(`${server.url}/customer-360`)
  expect((await server.call('GET', '/api/v1/tables/Our_VIPs')).status).toBe(404)
  expect(others(trouble)).toEqual([])
})

test('a column tells where it goes, and who decides whether it is personal', async () => {
  const { page, trouble } = await signIn(browser, server, '/customer-360/people?column=city')
  const panel = page.getByRole('complementary', { name: 'city' })
  await panel.getByText('Boston').waitFor()
  const uses = panel.getByRole('region', { name: 'If this column went' })
  await uses.getByText('1 would break').waitFor()
  expect(await uses.getByRole('link', { name: 'Everybody' }).getAttribute('href')).toBe('/attributes-tables/Everybody')
  await panel.getByText('Free, by a guess.').waitFor()
  await panel.getByText('Personal', { exact: true }).last().click()
  await panel.getByText('Personal, by somebody here.').waitFor()
  const { items } = (await server.call('GET', '/api/v1/tables/people/columns')).json
  expect(items.find(({ column }: { column: string }) => column === 'city')).toMatchObject({ confirmed: true })
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'detached' })
  expect(others(trouble)).toEqual([])
})

test('an attributes table is written, refused at its place, saved, and not lost when somebody else saves first', async () => {
  const { page, trouble } = await signIn(browser, server, '/attributes-tables/new')
  await page.getByLabel('Name').fill('Shop')
  await page.getByLabel('Key').fill('Shop')
  await page.getByLabel('Column of the customer id').fill('external_id')
  // As somebody types: what Playwright fills in comes with styles, which the policy of the page refuses.
  const write = async (sql: string) => {
    await page.getByRole('textbox', { name: 'SQL' }).focus()
    await page.keyboard.press('ControlOrMeta+a')
    // Chromium gives what replaces coloured text a style of its own, which the policy of the page blocks and reports.
    await page.keyboard.press('Delete')
    await page.keyboard.insertText(sql)
  }
  await write('SELECT external_id, nope FROM people')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('alert').filter({ hasText: 'The column nope cannot be resolved' }).waitFor()
  await write('SELECT external_id, name, email, city FROM people')
  await page.getByRole('button', { name: 'Map a column' }).click()
  await page.getByRole('combobox', { name: 'Column', exact: true }).fill('city')
  await page.getByRole('combobox', { name: 'Attribute of city' }).fill('user_fields.city')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.waitForURL(`${server.url}/attributes-tables/Shop`)
  const stored = (await server.call('GET', '/api/v1/attributes-tables/Shop')).json
  expect(stored.body).toMatchObject({ name: 'Shop', id: 'external_id', mapping: { city: 'user_fields.city' } })

  await page.getByRole('tab', { name: 'Definition' }).waitFor()
  await page.getByLabel('Description').fill('Mine')
  const theirs = { body: { ...stored.body, description: 'Theirs' } }
  await server.call('PUT', '/api/v1/attributes-tables/Shop', { headers: { 'if-match': '"1"' }, body: theirs })
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('alert').getByText('description: Theirs').waitFor()
  expect(await page.getByLabel('Description').inputValue()).toBe('Mine')
  await page.getByRole('button', { name: 'Save over it' }).click()
  await page.getByText('Version 3', { exact: true }).waitFor()
  expect((await server.call('GET', '/api/v1/attributes-tables/Shop')).json.body.description).toBe('Mine')

  await page.getByRole('tab', { name: 'Check' }).click()
  await page.getByText('It cannot be sent as it is.').waitFor()
  await page.getByRole('cell', { name: 'Refused' }).waitFor()
  expect(others(trouble)).toEqual([])
})

test('who may see no personal values sees figures, and none of the values anywhere', async () => {
  const user = await server.makeUser(['amp360_user'], ['restrict_pii', 'restrict_uploads'])
  const { page, trouble } = await openAs(browser, server, user)
  const heard = await hear(page)
  await page.goto(`${server.url}/customer-360`)
  await page.getByRole('link', { name: 'people', exact: true }).waitFor()
  expect(await page.getByRole('button', { name: 'Upload a CSV' }).count()).toBe(0)
  await page.getByRole('link', { name: 'people', exact: true }).click()
  await page.getByRole('link', { name: 'email', exact: true }).click()
  await page.getByRole('complementary', { name: 'email' }).getByText('hidden by your policy').first().waitFor()
  await page.goto(`${server.url}/attributes-tables/Everybody?tab=rows`)
  await page.getByRole('grid', { name: 'First rows' }).getByText('hidden').first().waitFor()
  await page.getByRole('tab', { name: 'Definition' }).click()
  await page.getByText('It comes from deskside.yml').waitFor()
  const seen = [...heard, await page.content()].join('\n')
  for (const value of ['person1@example.com', 'Quellenhof 1']) expect(seen).not.toContain(value)
  expect(others(trouble)).toEqual([])
})

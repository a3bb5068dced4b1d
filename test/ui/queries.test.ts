import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../src/server/test-server.ts'
import { openBrowser } from '../browser.ts'
import { choose, hear, openAs, requirePage, valueOfCondition } from './page-bench.ts'

let server: TestServer
let browser: Browser

beforeAll(async () => {
  requirePage()
  ;[server, browser] = await Promise.all([openTestServer(), openBrowser()])
  await server.project.write([
    { external_id: '1', email: 'ada@example.com', name: 'Ada Quellenhof' },
    { external_id: '2', email: 'ben@example.com', name: 'Ben Obermann' },
  ])
  const body = (text: string) => ({ name: 'Old friends', sql: 'friends.sql', text })
  const made = await server.call('POST', '/api/v1/queries', {
    body: { key: 'friends', body: body('SELECT email, name FROM people') },
  })
  await server.call('PUT', '/api/v1/queries/friends', {
    headers: { 'if-match': made.headers.get('etag')! },
    body: { body: body('SELECT email FROM people') },
  })
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

/** A page of an operator. */
const pageOf = async () => await openAs(browser, server, await server.makeUser(['datagrid_operator']))

const typed = async (page: Page, text: string) => {
  const editor = page.getByRole('textbox', { name: 'SQL of the draft' })
  await editor.click()
  await page.keyboard.press('ControlOrMeta+a')
  // Chromium would give what replaces coloured text a style of its own, which the policy of the page refuses and the console tells.
  await page.keyboard.press('Delete')
  await page.keyboard.insertText(text)
}

describe('queries in the web page', () => {
  it('are begun as a draft, tried with a mistake at its place, and activated', async () => {
    const { page, trouble } = await pageOf()
    await page.goto(`${server.url}/queries`)
    await page.getByRole('button', { name: 'Create SQL query' }).click()
    const dialog = page.getByRole('dialog', { name: 'Create SQL query' })
    await dialog.getByRole('button', { name: 'Create draft' }).click()
    await dialog.getByText('Give it a name.').waitFor()
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Golden ones')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Golden ones' }).waitFor()
    await typed(page, 'SELECT\n  email,\n  nmae\nFROM people')
    await page.keyboard.press('ControlOrMeta+Enter')
    await page
      .getByRole('alert', { name: 'Problem' })
      .getByText(/3:3.*nmae/)
      .waitFor()
    await page.getByRole('button', { name: 'Go to line 3' }).click()
    await typed(page, 'SELECT email, name\nFROM people')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    const grid = page.getByRole('grid', { name: 'Results' })
    await grid.getByRole('gridcell', { name: 'Ada Quellenhof' }).waitFor()
    expect(await page.getByText('2 rows, 2 columns.').count()).toBe(1)
    await page.getByRole('tab', { name: 'Columns' }).click()
    const columns = page.getByRole('table', { name: 'Columns at the destination' })
    await columns.getByRole('row', { name: /^email .*Sent/ }).waitFor()
    await page.getByText(/^Saved \d+ s ago/).waitFor()
    await page.getByRole('button', { name: 'Activate' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Activate' }).click()
    await page.waitForURL('**/queries/golden_ones')
    await page.getByText('Active, not run').waitFor()
    await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Queries' }).click()
    const menu = page.getByRole('table', { name: 'Queries' }).getByRole('button', { name: 'More for Golden ones' })
    const focused = "document.activeElement.getAttribute('aria-label')"
    for (const _ of ['the first time', 'again']) {
      await menu.press('Enter')
      await page.getByRole('menuitem', { name: 'Copy' }).waitFor()
      await page.keyboard.press('Escape')
      await expect.poll(() => page.evaluate(focused)).toBe('More for Golden ones')
    }
    // The browser notes every answer of 4xx by itself.
    expect(trouble.filter((line) => !line.includes('status of 422'))).toEqual([])
    await page.context().close()
  })

  it('are built of rules, with a mistake at its place, tried, activated and read in words', async () => {
    const { page, trouble } = await pageOf()
    await page.goto(`${server.url}/queries`)
    await page.getByRole('button', { name: 'Create visual query' }).click()
    const dialog = page.getByRole('dialog', { name: 'Create visual query' })
    await dialog.getByRole('textbox', { name: 'Name' }).fill('All but Ben')
    await page.keyboard.press('Enter')
    await dialog.getByText('Choose a table.').waitFor()
    await choose(page, 'Records of the table', 'people')
    await dialog.getByRole('button', { name: 'Create draft' }).click()
    await page.getByRole('heading', { level: 1, name: 'All but Ben' }).waitFor()
    await page.getByRole('button', { name: 'Add condition', exact: true }).press('Enter')
    await page.getByText('A condition without a column is not saved yet. Choose one; then it can be run.').waitFor()
    await page.keyboard.type('name')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await choose(page, 'Comparison of condition 1', 'does not begin with')
    await valueOfCondition(page, '1').fill('Ben')
    await page.keyboard.press('Escape')
    await page.getByRole('radio', { name: 'Only these, in this order' }).check()
    await page.getByRole('button', { name: 'Leave all out' }).click()
    await page.getByText('Must name one column at least.').waitFor()
    for (const column of ['email', 'name'])
      await page.getByRole('button', { name: `Add ${column}`, exact: true }).click()
    await page.getByRole('button', { name: 'Move name up' }).click()
    const attribute = page.locator('input').and(page.getByLabel('Attribute of email'))
    await attribute.fill('name')
    await page.getByText('The columns name and email are both name.').waitFor()
    expect(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true)
    await attribute.fill('')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    const row = page.getByRole('grid', { name: 'Results' }).getByRole('row').filter({ hasText: 'Quellenhof' })
    await row.waitFor()
    expect((await row.getByRole('gridcell').allTextContents()).slice(-2)).toEqual(['Ada Quellenhof', 'ada@example.com'])
    expect(await page.getByText('1 row, 2 columns.').count()).toBe(1)
    await page.getByRole('button', { name: 'Activate' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Activate' }).click()
    await page.waitForURL('**/queries/all_but_ben')
    await page.getByText('name does not begin with “Ben”').waitFor()
    await page.getByRole('tab', { name: 'SQL' }).click()
    await page.getByText('SELECT "name", "email"').waitFor()
    expect(trouble.filter((line) => !line.includes('status of 422'))).toEqual([])
    await page.context().close()
  })

  it('become again what they were in an earlier version', async () => {
    const { page, trouble } = await pageOf()
    await page.goto(`${server.url}/queries/friends?tab=versions`)
    await page.getByRole('button', { name: /Version 1/ }).click()
    await page.getByRole('button', { name: 'Restore version 1' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click()
    await page.getByRole('button', { name: /Version 3 · present/ }).waitFor()
    await page.getByRole('button', { name: /Version 3/ }).click()
    await page.getByRole('deletion').or(page.locator('del')).first().waitFor()
    expect(await page.locator('ins').allTextContents()).toEqual(['+text: SELECT email, name FROM people'])
    expect(trouble).toEqual([])
    await page.context().close()
  })

  it('keep personal values, and what changes them, from whoever may have neither', async () => {
    const user = await server.makeUser(['amp360_user'], ['restrict_pii'])
    const { page, trouble } = await openAs(browser, server, user)
    const heard = await hear(page)
    await page.goto(`${server.url}/queries/people?tab=rows`)
    await page.getByText(/Hidden by your policy: .*email/).waitFor()
    await page.getByText('It comes from deskside.yml').waitFor()
    expect(await page.getByRole('button', { name: 'Edit' }).count()).toBe(0)
    const text = heard.join() + (await page.textContent('body'))
    expect(text).not.toContain('Quellenhof')
    expect(text).not.toContain('ada@example.com')
    expect(trouble).toEqual([])
    await page.context().close()
  })
})

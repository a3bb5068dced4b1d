import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../src/server/test-server.ts'
import { openBrowser } from '../browser.ts'
import { choose, hear, openAs, requirePage, valueOfCondition } from './page-bench.ts'

const rules = (value: string) => ({
  combinator: 'and',
  rules: [{ field: 'details', operator: '=', value }],
})

let server: TestServer
let browser: Browser

beforeAll(async () => {
  requirePage()
  ;[server, browser] = await Promise.all([
    openTestServer({
      files: {
        'attributes.sql':
          "SELECT external_id, email, name, details, CASE external_id WHEN '1' THEN current_date - 2 ELSE DATE '2001-01-01' END AS bought FROM people",
      },
      project: {
        attributes_tables: { Attributes: { sql: 'attributes.sql', id: 'external_id', segments: true } },
        segments: { gold: { attributes: 'Attributes', include: rules('gold'), fields: ['external_id', 'email'] } },
        orchestrations: {
          people: { query: 'people', destination: 'zendesk' },
          gold: { segment: 'gold', destination: 'zendesk' },
        },
      },
    }),
    openBrowser(),
  ])
  await server.project.write([
    { external_id: '1', email: 'ada@example.com', name: 'Ada Quellenhof', details: 'gold' },
    { external_id: '2', email: 'ben@example.com', name: 'Ben Obermann', details: 'gold' },
    { external_id: '3', email: 'cyd@example.com', name: 'Cyd', details: 'iron' },
  ])
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const figure = (page: Page, words: string | RegExp) =>
  page.getByRole('region', { name: 'People in the segment' }).getByText(words, { exact: true }).waitFor()

const make = (name: string, value = 'gold') =>
  server.call('POST', '/api/v1/segments', { body: { body: { name, attributes: 'Attributes', include: rules(value) } } })

/** Of the console: what is not the browser's own note of an answer of 4xx. */
const own = (trouble: string[]) => trouble.filter((line) => !/status of 4(12|22)/.test(line))

describe('segments in the web page', () => {
  it('are built of conditions by a marketer, counted meanwhile, saved and read in words', async () => {
    const marketer = await server.makeUser(['ampiq_user'])
    const { page, trouble } = await openAs(browser, server, marketer)
    await page.goto(`${server.url}/segments`)
    await page.getByRole('link', { name: 'Create segment' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('Golden ones')
    await choose(page, 'Attributes table', 'Attributes')
    await figure(page, 'of 3 people')
    await figure(page, '3')
    const include = page.getByRole('region', { name: 'Who is in it' }).last()
    await include.getByRole('button', { name: 'Add condition', exact: true }).focus()
    await page.keyboard.press('Enter')
    // The new condition takes the focus.
    await page.keyboard.type('details')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await valueOfCondition(page, '1').fill('gold')
    await page.keyboard.press('Escape')
    await figure(page, '2')
    await include.getByRole('button', { name: 'Add group', exact: true }).click()
    await page.keyboard.type('bought')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await choose(page, 'Comparison of condition 2.1', 'is on or after')
    await choose(page, 'Value of condition 2.1: which kind of day', 'days ago')
    await page.getByLabel('Value of condition 2.1: how many days').fill('30')
    await figure(page, '1')
    await include.getByRole('button', { name: 'Add condition to group 2' }).click()
    await choose(page, 'Column of condition 2.2', /^name/)
    await choose(page, 'Comparison of condition 2.2', 'contains')
    await valueOfCondition(page, '2.2').fill('Ober')
    await page.keyboard.press('Escape')
    await figure(page, '2')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.waitForURL('**/segments/golden_ones')
    for (const words of [
      /details is “gold”/,
      /At least one of these/,
      /bought is on or after 30 days ago/,
      /name contains “Ober”/,
    ])
      await page.getByRole('main').getByText(words).first().waitFor()
    await page.getByRole('button', { name: 'Edit' }).click()
    expect(await page.getByLabel('Value of condition 2.1: how many days').inputValue()).toBe('30')
    expect(await valueOfCondition(page, '2.2').inputValue()).toBe('Ober')
    expect(own(trouble)).toEqual([])
    await page.context().close()
  })

  it('tell a mistake at its place, and lose nothing of what was entered', async () => {
    const { page, trouble } = await openAs(browser, server, await server.makeUser(['ampiq_user']))
    await page.goto(`${server.url}/segments/new?attributes=Attributes`)
    const include = page.getByRole('region', { name: 'Who is in it' }).last()
    await include.getByRole('button', { name: 'Add condition', exact: true }).click()
    await choose(page, 'Column of condition 1', /^bought/)
    await choose(page, 'Comparison of condition 1', 'is before')
    await page.getByText('A value is missing here.').waitFor()
    await page.getByText('Finish the conditions that are marked; then it is counted.').waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('A segment needs a name.').waitFor()
    await page.getByRole('textbox', { name: 'Name' }).and(page.locator(':focus')).waitFor()
    await page.getByRole('textbox', { name: 'Name' }).fill('Old buyers')
    await page.keyboard.press('Enter')
    await page.getByRole('alert', { name: 'Problem' }).waitFor()
    expect(await page.getByLabel('Column of condition 1', { exact: true }).first().inputValue()).toBe('bought')
    await valueOfCondition(page, '1').fill('2010-01-01')
    await figure(page, '2')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.waitForURL('**/segments/old_buyers')
    expect(own(trouble)).toEqual([])
    await page.context().close()
  })

  it.each([
    ['save over it', 'Save mine over version 2', 'Mine'],
    ['take theirs', 'Take theirs', 'Theirs'],
  ])('that somebody else saved meanwhile show what changed, and one can %s', async (_what, button, name) => {
    const key = (await make(`Shared ${name}`)).json.key
    const { page, trouble } = await openAs(browser, server, await server.makeUser(['ampiq_user']))
    await page.goto(`${server.url}/segments/${key}?tab=edit`)
    await page.getByRole('textbox', { name: 'Name' }).fill('Mine')
    const now = await server.call('GET', `/api/v1/segments/${key}`)
    const theirs = { name: 'Theirs', attributes: 'Attributes', include: rules('iron') }
    const headers = { 'if-match': now.headers.get('etag')! }
    await server.call('PUT', `/api/v1/segments/${key}`, { headers, body: { body: theirs } })
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    const conflict = page.getByRole('alert', { name: 'Changed meanwhile' })
    await conflict.getByText('name: Theirs').waitFor()
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Mine')
    await conflict.getByRole('button', { name: button }).click()
    if (name === 'Mine') await page.getByRole('heading', { level: 1, name }).waitFor()
    else {
      await conflict.waitFor({ state: 'detached' })
      expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Theirs')
      expect(await valueOfCondition(page, '1').inputValue()).toBe('iron')
    }
    expect((await server.call('GET', `/api/v1/segments/${key}`)).json.body.name).toBe(name)
    expect(own(trouble)).toEqual([])
    await page.context().close()
  })

  it('by SQL show their people and the whole SELECT before they are saved', async () => {
    const { page, trouble } = await openAs(browser, server, await server.makeUser(['ampiq_user', 'amp360_user']))
    await page.goto(`${server.url}/segments/new?kind=sql&attributes=Attributes`)
    await page.getByRole('textbox', { name: 'SQL of the segment' }).click()
    await page.keyboard.insertText("SELECT external_id FROM people WHERE details = 'iron'")
    await figure(page, '1')
    await page.getByRole('button', { name: 'Sample' }).click()
    await page.getByRole('gridcell', { name: 'cyd@example.com' }).waitFor()
    await page.getByRole('button', { name: 'SQL', exact: true }).click()
    await page.getByRole('textbox', { name: 'The SELECT that delivers it' }).waitFor()
    expect(own(trouble)).toEqual([])
    await page.context().close()
  })

  it('that are used are not offered to be deleted, and say what uses them', async () => {
    const { key } = (await make('Base')).json
    const circle = { combinator: 'and', rules: [{ field: 'external_id', operator: 'inSegment', value: key }] }
    const body = { name: 'Upon it', attributes: 'Attributes', include: circle }
    await server.call('POST', '/api/v1/segments', { body: { body } })
    const { page } = await openAs(browser, server, await server.makeUser(['ampiq_user']))
    await page.goto(`${server.url}/segments/${key}`)
    await page.getByRole('button', { name: 'Delete' }).click()
    const dialog = page.getByRole('dialog', { name: 'Base cannot be deleted' })
    await dialog.getByText('segment upon it').waitFor()
    expect(await dialog.getByRole('button', { name: /Delete/ }).count()).toBe(0)
    await page.context().close()
  })

  it('give counts only, and nobody, to whoever may not see personal values', async () => {
    const user = await server.makeUser(['ampiq_user'], ['restrict_pii'])
    const { page, trouble } = await openAs(browser, server, user)
    const heard = await hear(page)
    await page.goto(`${server.url}/segments/gold`)
    await figure(page, '2')
    const texts = [await page.textContent('body')]
    await page.getByRole('tab', { name: 'Sample' }).click()
    await page.getByText('so you see counts only').waitFor()
    texts.push(await page.textContent('body'))
    await page.goto(`${server.url}/segments/new?attributes=Attributes`)
    await page.getByText('Personal values are hidden from you').waitFor()
    await page
      .getByRole('region', { name: 'Who is in it' })
      .last()
      .getByRole('button', { name: 'Add condition', exact: true })
      .click()
    await choose(page, 'Column of condition 1', /^name/)
    await valueOfCondition(page, '1').fill('Cyd')
    await figure(page, '1')
    texts.push(await page.textContent('body'))
    expect(heard.length).toBeGreaterThan(5)
    expect(heard.concat(texts.map(String)).join()).not.toMatch(/Quellenhof|Obermann|@example\.com.*Ada|ada@|ben@|cyd@/)
    expect(own(trouble)).toEqual([])
    await page.context().close()
  })
})

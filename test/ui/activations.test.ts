import { existsSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { openTestServer, type TestServer, type TestUser } from '../../src/server/test-server.ts'
import { openBrowser, openPage } from '../browser.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let browser: Browser
let server: TestServer
let page: Page
let trouble: string[]
let answers: Promise<string>[]

beforeAll(async () => {
  expect(existsSync('dist/ui/index.html'), 'The page is not built: run `npm run build`.').toBe(true)
  browser = await openBrowser()
  server = await openTestServer()
  await server.project.write([{ external_id: '1', email: 'ada@example.com', name: 'Ada Quellenhof' }])
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})
beforeEach(async () => {
  answers = []
})

async function openAs(user: TestUser, path: string): Promise<void> {
  const watched = await openPage(browser, server.url)
  page = watched.page
  trouble = watched.trouble
  const cookies = user.headers.cookie
    .split('; ')
    .map((one) => ({ name: one.split('=')[0]!, value: one.split('=')[1]!, url: server.url }))
  await page
    .context()
    .addCookies([...cookies, { name: 'deskside_csrf', value: user.headers['x-csrf-token'], url: server.url }])
  page.on('response', (response) => {
    if (response.url().includes('/api/v1/') && !response.url().endsWith('/events'))
      answers.push(response.text().catch(() => ''))
  })
  await page.goto(server.url + path)
}
const expectNoTrouble = () => expect(trouble.filter((line) => !/status of 422/.test(line))).toEqual([])

test('a new orchestration with a mistake at its place, planned, approved and sent', async () => {
  await openAs(await server.makeUser(['datagrid_operator']), '/activations?new=people&kind=query')
  await page.getByLabel('Warn below').fill('5')
  await page.getByLabel('Stop below').fill('10')
  await page.getByRole('button', { name: 'Create orchestration' }).click()
  await page.locator('[aria-invalid="true"]').first().waitFor()
  expect(await page.getByLabel('Stop below').getAttribute('aria-invalid')).toBe('true')
  await page.getByLabel('Warn below').fill('')
  await page.getByLabel('Stop below').fill('')
  await page.getByRole('button', { name: 'Create orchestration' }).click()
  await page.waitForURL(/\/orchestrations\//)
  await page.getByRole('button', { name: 'Plan', exact: true }).click()
  await page.waitForURL(/\/plans\//)
  await page.getByText('ada@example.com').first().waitFor()
  await page.getByRole('button', { name: 'Approve and send' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Approve and send' }).click()
  await page.waitForURL(/\/workflows\//)
  expectNoTrouble()
})

test('who may not see personal values sees a plan without any; who may only look is offered no run', async () => {
  const { json: plan } = await server.call('POST', '/api/v1/orchestrations/people/plan', { body: { full: true } })
  await openAs(await server.makeUser(['datagrid_operator'], ['restrict_pii']), `/plans/${plan.plan_id}`)
  await page.getByText('hidden', { exact: false }).first().waitFor()
  const seen = `${(await Promise.all(answers)).join('')}${await page.locator('body').textContent()}`
  expect(seen).not.toMatch(/ada@example|Quellenhof/)
  expectNoTrouble()
  await openAs(await server.makeUser(['datagrid_operator_read_only']), '/orchestrations/people')
  await page.getByRole('heading', { name: 'Last workflows' }).waitFor()
  expect(await page.getByRole('button', { name: 'Plan', exact: true }).count()).toBe(0)
})

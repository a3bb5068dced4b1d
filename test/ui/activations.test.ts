import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { openTestServer, type TestServer } from '../../src/server/test-server.ts'
import { openBrowser, type WatchedPage } from '../browser.ts'
import { hear, openAs, requirePage, runToItsEnd } from './page-bench.ts'

// Other suites run on the same machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let browser: Browser
let server: TestServer
let watched: WatchedPage
let page: Page
let answers: string[]

const ada = { external_id: '1', email: 'ada@example.com', name: 'Ada Quellenhof' }

beforeAll(async () => {
  requirePage()
  browser = await openBrowser()
  server = await openTestServer()
  await server.project.write([ada])
})
afterEach(() => page?.context().close())
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

async function open(path: string, ...who: Parameters<TestServer['makeUser']>): Promise<void> {
  watched = await openAs(browser, server, await server.makeUser(...who))
  page = watched.page
  answers = await hear(page)
  await page.goto(server.url + path)
}

const expectNoTrouble = () => expect(watched.trouble.filter((line) => !/status of (412|422)/.test(line))).toEqual([])

test('a new orchestration with mistakes at their places, planned, approved and sent', async () => {
  await open('/activations?new=yes', ['datagrid_operator'])
  await page.getByRole('button', { name: 'Create orchestration' }).click()
  await page.getByText('Choose what is sent.').waitFor()
  await page.goto(`${server.url}/activations?new=people&kind=query`)
  await page.getByLabel('Warn below').fill('5')
  await page.getByLabel('Stop below').fill('10')
  await page.getByRole('button', { name: 'Create orchestration' }).click()
  await page.locator('[aria-invalid="true"]').first().waitFor()
  expect(await page.getByLabel('Stop below').getAttribute('aria-invalid')).toBe('true')
  await page.getByLabel('Warn below').fill('')
  await page.getByLabel('Stop below').fill('')
  await page.getByRole('button', { name: 'Create orchestration' }).click()
  await page.waitForURL(/\/orchestrations\//)
  await page.getByText('more than 10 % of its people would leave').waitFor()
  await page.getByRole('button', { name: 'Plan', exact: true }).click()
  await page.waitForURL(/\/plans\//)
  await page.getByText('ada@example.com').first().waitFor()
  const place = page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Activations' })
  expect(await place.getAttribute('aria-current')).toBe('page')
  await page.getByRole('button', { name: 'Approve and send' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Approve and send' }).click()
  await page.waitForURL(/\/workflows\//)
  expectNoTrouble()
})

test('who may not see personal values sees a plan without any; who may only look is offered no run', async () => {
  const { json: plan } = await server.call('POST', '/api/v1/orchestrations/people/plan', { body: { full: true } })
  await open(`/plans/${plan.plan_id}`, ['datagrid_operator'], ['restrict_pii'])
  await page.getByText('hidden', { exact: false }).first().waitFor()
  const seen = `${answers.join('')}${await page.locator('body').textContent()}`
  expect(seen).not.toMatch(/ada@example|Quellenhof/)
  expectNoTrouble()
  await page.context().close()
  await open('/orchestrations/people', ['datagrid_operator_read_only'])
  await page.getByRole('heading', { name: 'Last workflows' }).waitFor()
  expect(await page.getByRole('button', { name: 'Plan', exact: true }).count()).toBe(0)
})

test('a group that somebody else changes meanwhile keeps what was entered; its runs are listed', async () => {
  const body = { name: 'Nightly', run: { on: 'manual' }, orchestrations: ['people'] }
  const { json: group } = await server.call('POST', '/api/v1/groups', { body: { body } })
  const path = `/api/v1/groups/${group.key}`
  await open(`/activations/groups?open=${group.key}&edit=yes`, ['datagrid_operator'])
  await page.getByLabel('Name').fill('Mine')
  const theirs = { body: { ...body, name: 'Theirs' } }
  await server.call('PUT', path, { headers: { 'if-match': `"${group.version}"` }, body: theirs })
  await page.getByRole('button', { name: 'Save group' }).click()
  await page.getByRole('alert').getByText('Theirs', { exact: true }).waitFor()
  expect(await page.getByLabel('Name').inputValue()).toBe('Mine')
  await page.getByRole('button', { name: 'Save over it' }).click()
  await page.getByRole('heading', { name: 'Mine' }).waitFor()
  expect((await server.call('GET', path)).json.body.name).toBe('Mine')
  await page.getByRole('button', { name: 'Run now' }).click()
  await page.getByRole('table', { name: 'Last runs' }).getByRole('cell', { name: 'by hand' }).waitFor()
  expectNoTrouble()
})

test('a connection test shows each stage while it goes on, what failed, and that it broke off', async () => {
  const { emulator } = server.project
  watched = await openAs(browser, server, await server.makeUser(['datagrid_operator']))
  page = watched.page
  await page.goto(`${server.url}/destinations/zendesk`)
  const section = page.getByRole('region', { name: 'Connection' })
  const log = section.getByRole('log', { name: 'Stages of the test' })
  const stage = (title: string) => log.getByRole('listitem').filter({ has: page.getByText(title, { exact: true }) })
  const test = section.getByRole('button', { name: 'Test connection' })
  emulator.seed({ settings: { requestLatencyMs: 1_200 } })
  await test.click()
  await stage('Reach the account').getByText('Running').waitFor()
  await stage('Reach the account').getByText('Passed').waitFor()
  // The first has ended, the next is under way and says how long, and of the last nothing is known.
  await stage('Sign in').getByText('Running').waitFor()
  await stage('Sign in')
    .getByText(/^\d s$/)
    .waitFor()
  expect(await stage('Bulk user import').count()).toBe(0)
  emulator.seed({ settings: { requestLatencyMs: 0 } })
  await stage('Bulk user import').getByText('Note').waitFor()
  await log.getByText('The connection works; 1 note to read.').waitFor()

  emulator.faults({ kind: 'status', status: 401, times: 'always', match: { path: 'oauth/tokens' } })
  await test.click()
  await stage('Sign in').getByText('Failed').waitFor()
  await log.getByText('The test ended at: Sign in.').waitFor()
  await section.getByRole('alert').getByText('Check client id').waitFor()
  emulator.clearFaults()
  expectNoTrouble()

  const first = '{"begun":{"stage":"reach","title":"Reach the account"}}\n'
  await page.route('**/destinations/zendesk/test', (route) =>
    route.fulfill({ contentType: 'application/x-ndjson', body: first }),
  )
  await test.click()
  await section.getByRole('alert').getByText('then test again').waitFor()
  expect(await log.getByRole('listitem').count()).toBe(0)
  expectNoTrouble()
})

test('settings that are maps are edited row by row, with mistakes at their rows, and nothing else of them is lost', async () => {
  const { json: from } = await server.call('GET', '/api/v1/destinations/zendesk')
  const user_fields = {
    city: { type: 'text', title: 'City', description: '' },
    plan: { type: 'dropdown', title: 'Plan', options: { gold: 'Gold' } },
  }
  const kept = { ...from.body, name: 'Mapped', limits: { api_budget: 0.3 }, user_fields }
  const given = { ...kept, tags: { own: 'old_' }, field_ownership: { phone: 'fill_if_empty' } }
  const made = await server.call('POST', '/api/v1/destinations', { body: { key: 'mapped', body: given } })
  expect(made.status).toBe(201)
  await open('/destinations/mapped?edit=yes', ['datagrid_operator'])
  await page.getByText('Further settings').click()
  const form = page.getByRole('form', { name: 'Destination' })
  const save = form.getByRole('button', { name: 'Save' })
  const focused = page.locator(':focus')
  const tags = form.getByRole('group', { name: 'Tags: replace those with a prefix' })
  await tags.getByRole('textbox', { name: 'Prefix' }).fill('crm ')
  const rows = form.getByRole('group', { name: 'Field ownership: by attribute' })
  const names = rows.getByRole('combobox', { name: 'Attribute' })
  // By keyboard: a new row has the focus.
  await rows.getByRole('button', { name: 'Add an attribute' }).press('Enter')
  await page.keyboard.type('phone')
  await save.click()
  await rows.getByText('phone stands in a row above already.').waitFor()
  expect(await focused.inputValue()).toBe('phone')
  await names.last().fill('tags')
  await page.keyboard.press('Escape')
  const fields = form.getByRole('group', { name: 'User fields' })
  await fields.getByText('plan · Plan · Dropdown').click()
  await fields.getByRole('button', { name: 'Add an option' }).press('Enter')
  await page.keyboard.type('top tier')
  await page.keyboard.press('Tab')
  await page.keyboard.type('Top')
  await save.click()
  // What the API finds stands at the row, at the prefix, and at the row inside of another.
  await rows.getByText(/must be name, phone/).waitFor()
  await tags.getByText(/must be one or more characters without blanks/).waitFor()
  await fields.getByText(/must be the value of an option/).waitFor()
  const wrong = form.locator('[aria-invalid="true"]')
  expect(await wrong.evaluateAll((all) => all.map((one) => (one as unknown as { value: string }).value))).toEqual([
    'crm ',
    'tags',
    'top tier',
  ])
  await tags.getByRole('textbox', { name: 'Prefix' }).fill('crm_')
  await names.last().fill('city')
  await page.getByRole('option', { name: 'user_fields.city' }).click()
  await fields.getByRole('textbox', { name: 'Value' }).last().fill('top')
  await rows.getByRole('button', { name: 'Remove phone' }).press('Enter')
  expect(await focused.getAttribute('aria-label')).toBe('Remove user_fields.city')
  await save.click()
  await page.getByText('The destination is saved.').waitFor()
  const plan = { ...user_fields.plan, options: { gold: 'Gold', top: 'Top' } }
  expect((await server.call('GET', '/api/v1/destinations/mapped')).json.body).toEqual({
    ...kept,
    user_fields: { ...user_fields, plan },
    tags: { own: 'crm_' },
    field_ownership: { 'user_fields.city': 'fill_if_empty' },
  })
  expectNoTrouble()
})

test('what is saved is tested where one sees it, and what is not saved is not', async () => {
  const { json: zendesk } = await server.call('GET', '/api/v1/destinations/zendesk')
  const body = { ...zendesk.body, name: 'Second' }
  expect((await server.call('POST', '/api/v1/destinations', { body: { key: 'second', body } })).status).toBe(201)
  await open('/destinations/second?edit=yes', ['datagrid_operator'])
  const section = page.getByRole('region', { name: 'Connection' })
  const form = page.getByRole('form', { name: 'Destination' })
  await form.getByRole('button', { name: 'Cancel' }).click()
  await page.getByText('Everybody who runs orchestrations').waitFor()
  expect(await section.getByRole('listitem').count()).toBe(0)
  await page.getByRole('button', { name: 'Edit' }).click()
  await form.getByLabel('Note').fill('For trials')
  await form.getByRole('button', { name: 'Save' }).click()
  await section.getByText('The connection works; 1 note to read.').waitFor()
  expectNoTrouble()
})

test.each<[title: string, found: string, verb: string, breaks: () => unknown, repairs: () => unknown]>([
  [
    'Authorization error',
    'Error',
    'Resolve',
    () => server.project.emulator.seed({ settings: { apiUserRole: 'agent_without_rights' } }),
    () => server.project.emulator.seed({ settings: { apiUserRole: 'admin' } }),
  ],
  [
    'Invalid credentials',
    'Error',
    'Resolve',
    () =>
      server.project.emulator.faults({ kind: 'status', status: 401, times: 'always', match: { path: 'oauth/tokens' } }),
    () => server.project.emulator.clearFaults(),
  ],
  [
    'guard',
    'Waits for approval',
    'Approve',
    async () => {
      await server.project.settings({ guards: { max_created: 1 } })
      const { json } = await server.call('GET', '/api/v1/apply')
      await server.call('POST', '/api/v1/apply', { body: { revision: json.revision } })
      await server.project.write([
        ada,
        { ...ada, external_id: '8', email: 'b@example.com' },
        { ...ada, external_id: '9', email: 'c@example.com' },
      ])
    },
    () => undefined,
  ],
])('on call: %s is found at home, read, repaired and resolved', async (title, found, verb, breaks, repairs) => {
  await server.project.write([{ ...ada, name: `Ada before ${title}` }])
  await breaks()
  await runToItsEnd(server, 'people')
  await open('/', ['datagrid_operator'])
  const needs = page.getByRole('region', { name: 'Needs somebody' }).getByRole('listitem')
  const need = needs.filter({ has: page.getByRole('link', { name: 'people', exact: true }) })
  await need.getByText(found).waitFor()
  await need.getByRole('link').click()
  await page.getByRole('button', { name: 'Show resolutions' }).click()
  const dialog = page.getByRole('dialog', { name: 'Resolutions' })
  expect(await dialog.getByRole('radio').first().isChecked()).toBe(true)
  await dialog.getByText(title).first().waitFor()
  expect(await dialog.getByRole('region', { name: 'Steps' }).getByRole('listitem').count()).toBeGreaterThan(0)
  await repairs()
  await dialog.getByRole('button', { name: verb, exact: true }).click()
  await page.getByRole('main').getByText('Completed', { exact: true }).first().waitFor()
  expect((await server.call('GET', '/api/v1/orchestrations/people')).json.status.last_workflow.state).toBe('completed')
  expectNoTrouble()
})

import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openTestAccount, type TestAccount } from '../src/emulator/test-account.ts'
import { openBrowser, openPage, type WatchedPage } from './browser.ts'

let browser: Browser
let account: TestAccount
let watched: WatchedPage
let page: Page

beforeAll(async () => {
  browser = await openBrowser()
})

afterAll(() => browser?.close())

const hostile = `<img src=x onerror="document.title='broken'">`

beforeEach(async () => {
  account = await openTestAccount()
  account.emulator.seed({
    user_fields: [
      { key: 'city', title: 'Home town' },
      { key: 'level', title: 'Level', type: 'dropdown', custom_field_options: [{ name: 'Gold', value: 'level_gold' }] },
    ],
    organizations: [{ id: 1, name: 'Acme Ltd' }],
    users: [
      ...Array.from({ length: 40 }, (_, index) => ({ name: `Person ${index}`, email: `person${index}@example.com` })),
      {
        name: 'Ann Archer',
        email: 'ann@example.com',
        external_id: 'C-1',
        phone: '+442079460000',
        notes: 'Calls on Mondays',
        organization_id: 1,
        tags: ['vip', 'eu'],
        user_fields: { city: 'Rome' },
      },
      { name: hostile, email: 'hostile@example.com', external_id: hostile, notes: hostile, tags: [hostile] },
      { name: 'Sue Suspended', email: 'sue@example.com', suspended: true },
    ],
  })
  watched = await openPage(browser, account.emulator.url)
  page = watched.page
})

afterEach(async () => {
  await page.context().close()
  await account[Symbol.asyncDispose]()
})

const open = (hash = '') => page.goto(`${account.emulator.url}/${hash}`)
const searchBox = () => page.getByRole('searchbox', { name: 'Search people' })
const card = () => page.getByRole('article')
const section = (title: string) =>
  card()
    .locator('section')
    .filter({ has: page.getByRole('heading', { name: title }) })
const focused = () => page.locator(':focus').getAttribute('id')
const expectNoTrouble = () => expect(watched.trouble).toEqual([])

/** Texts of elements as they are seen, with single spaces. */
async function textsOf(locator: Locator): Promise<string[]> {
  const texts = await locator.allInnerTexts()
  return texts.map((text) => text.replace(/\s+/g, ' ').trim())
}

async function openAnn(): Promise<void> {
  await searchBox().fill('archer')
  await page.getByText('1 person for “archer”').waitFor()
  await page.getByRole('link', { name: /Ann Archer/ }).click()
  await card().getByRole('heading', { name: 'Ann Archer' }).waitFor()
}

test('search narrows the list, says when nobody is found, and is in the address', async () => {
  await open()
  await page.getByText('45 people').waitFor()
  expect(await page.locator('.people a').count()).toBe(25)
  await page.getByRole('link', { name: 'Next →' }).click()
  await page.getByText('Page 2 of 2').waitFor()
  expect(await page.locator('.people a').count()).toBe(20)
  for (const [q, name] of [
    ['c-1', 'Ann Archer'],
    ['vip', 'Ann Archer'],
    ['sue@', 'Sue Suspended'],
  ] as const) {
    await searchBox().fill(q)
    await page.getByText(`1 person for “${q}”`).waitFor()
    expect(await page.locator('.people .name').allTextContents()).toEqual([name])
  }
  expect(await page.locator('.people .badge').allTextContents()).toEqual(['Suspended'])
  await searchBox().fill('zzz')
  await page.getByText('Nobody matches “zzz”.').waitFor()
  expect(new URL(page.url()).hash).toBe('#/people?q=zzz')
  await page.reload()
  await page.getByText('Nobody matches “zzz”.').waitFor()
  expect(await searchBox().inputValue()).toBe('zzz')
  await searchBox().fill('')
  await page.getByLabel('Show').selectOption('agents')
  await page.getByText('2 people among agents').waitFor()
  expectNoTrouble()
})

test('a card shows fields, tags, organisations, identities, and what a job changed', async () => {
  await account.upsert({
    external_id: 'C-1',
    email: 'ann.new@example.com',
    notes: 'Calls on Fridays',
    tags: ['vip', 'us'],
    user_fields: { city: 'Oslo', level: 'level_gold' },
    skip_verify_email: true,
  })
  await open()
  await openAnn()
  const [attributes] = await textsOf(section('Attributes'))
  expect(attributes).toContain('E-mail ann@example.com Phone +442079460000')
  expect(attributes).toContain('External id C-1')
  expect(attributes).toContain('Notes Calls on Fridays')
  await expect
    .poll(() => textsOf(section('User fields').locator('dl > div')))
    .toEqual(['Home town Oslo', 'Level Gold level_gold'])
  await expect.poll(() => textsOf(section('Tags').locator('li'))).toEqual(['vip', 'us', 'level_gold'])
  await expect.poll(() => textsOf(section('Organisations').locator('li'))).toEqual(['Acme Ltd Default'])
  await expect
    .poll(() => textsOf(section('Identities').locator('li')))
    .toEqual([
      'E-mail ann@example.com Primary Verified',
      'Phone +442079460000 Primary Verified',
      'E-mail ann.new@example.com Not verified',
    ])
  await expect
    .poll(() => textsOf(section('History').locator('.changes li')))
    .toEqual([
      'Notes Calls on Mondays → Calls on Fridays',
      'Tags eu + us + level_gold',
      'Home town Rome → Oslo',
      'Level level_gold',
      'E-mail identity ann.new@example.com',
    ])
  // What happens meanwhile appears by itself.
  await account.upsert({ external_id: 'C-1', notes: 'Gone fishing' })
  await section('History').getByText('Gone fishing').waitFor()
  await section('History').getByRole('link', { name: 'Job: Bulk Create User' }).first().click()
  await page.getByText('No row failed.').waitFor()
  expectNoTrouble()
})

test('jobs with the words of their failed rows, requests, calls and mails', async () => {
  await account.upsert({ name: 'New', email: 'new@example.com' }, { name: 'Bad', email: 'no address' })
  account.emulator.faults({ kind: 'status', status: 503 })
  await account.call('GET', '/api/v2/users/me.json')
  await open()
  await page.getByRole('link', { name: /^Jobs/ }).click()
  await page.getByRole('link', { name: 'Bulk Create User' }).click()
  await page.getByText('1 row failed.').waitFor()
  await expect
    .poll(() => textsOf(page.locator('.failures li')))
    .toEqual([expect.stringMatching(/^Row 2 .*no address.* UserUpdateError$/)])
  await page.getByRole('link', { name: /^Requests/ }).click()
  const about = '3 requests in the last 30 minutes, at most 3 in one minute. The plan has no limit.'
  await page.getByRole('img', { name: about }).waitFor()
  await expect.poll(() => textsOf(page.locator('.legend li'))).toEqual(['answered (2xx)', 'failed (5xx)'])
  await expect
    .poll(() => textsOf(page.locator('#requests tbody tr')))
    .toEqual([
      expect.stringMatching(/GET \/api\/v2\/users\/me\.json fault: status 503$/),
      expect.stringMatching(/GET \/api\/v2\/job_statuses\/V3-\w+\.json 200$/),
      expect.stringMatching(/POST \/api\/v2\/users\/create_or_update_many\.json its job 200$/),
    ])
  // The limit is drawn once requests come near it.
  expect(await page.locator('svg .limit').count()).toBe(0)
  account.emulator.seed({ settings: { plan: 'team' } })
  for (let index = 0; index < 60; index++) await account.call('GET', '/api/v2/users/me')
  await page.getByText('The account allows 200 a minute.').waitFor()
  await page.locator('svg text', { hasText: 'limit 200' }).waitFor()
  await page.getByRole('link', { name: /^Mail/ }).click()
  await page.getByRole('cell', { name: 'new@example.com' }).waitFor()
  await page.getByRole('link', { name: 'Person', exact: true }).click()
  await card().getByRole('heading', { name: 'New' }).waitFor()
  expectNoTrouble()
})

test('empty views say what would be there', async () => {
  await open('#/jobs')
  await page.getByText('No job yet.').waitFor()
  await open('#/requests')
  await page.getByText('No call yet.').waitFor()
  await open('#/mail')
  await page.getByText('No mail would have been sent.').waitFor()
  await open('#/people/1')
  await page.getByText('The account has no such person.').waitFor()
  expectNoTrouble()
})

test('markup in values is text, everywhere', async () => {
  const change = { notes: `${hostile}!`, tags: [`${hostile}2`] }
  await account.upsert(
    { external_id: hostile, email: 'hostile.two@example.com', ...change },
    { name: hostile, email: hostile },
  )
  const jobId = account.emulator.jobs().jobs[0]!.id
  await open('#/people?q=hostile')
  await page.locator('.people a').click()
  await card().getByRole('heading', { name: hostile }).waitFor()
  await expect.poll(() => page.locator('.people .name').textContent()).toBe(hostile)
  await expect.poll(async () => (await textsOf(section('Attributes')))[0]).toContain(`${hostile}!`)
  await expect.poll(async () => (await textsOf(section('History')))[0]).toContain(`${hostile} → ${hostile}!`)
  await open(`#/jobs/${jobId}`)
  await expect.poll(async () => (await textsOf(page.locator('.failures li')))[0]).toContain('onerror')
  await open('#/people')
  await searchBox().fill('<b>nobody</b>')
  await page.getByText('Nobody matches “<b>nobody</b>”.').waitFor()
  expect(await page.locator('img, iframe, b, script:not([src])').count()).toBe(0)
  expect(await page.title()).toBe('emulator – emulated Zendesk account')
  expectNoTrouble()
})

test('all of it by keyboard: / searches, Enter opens, Esc closes and gives the focus back', async () => {
  await open('#/jobs')
  await page.getByText('No job yet.').waitFor()
  await page.keyboard.press('/')
  // In the field it is a letter like any other.
  await page.keyboard.type('ann a/')
  await page.keyboard.press('Backspace')
  await page.getByText('1 person for “ann a”').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  const person = await focused()
  expect(person).toMatch(/^person-\d+$/)
  expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
  await page.keyboard.press('Enter')
  await expect.poll(focused).toBe('card')
  await page.keyboard.press('Tab')
  expect(await focused()).toBe('card-close')
  await page.keyboard.press('Escape')
  await expect.poll(focused).toBe(person)
  expect(await card().count()).toBe(0)
  expectNoTrouble()
})

test('the way back leads through persons and views', async () => {
  await open()
  await openAnn()
  await page.getByRole('link', { name: /^Mail/ }).click()
  await page.getByText('No mail would have been sent.').waitFor()
  await page.goBack()
  await card().getByRole('heading', { name: 'Ann Archer' }).waitFor()
  await page.goBack()
  await card().waitFor({ state: 'hidden' })
  expect(await searchBox().inputValue()).toBe('archer')
  expectNoTrouble()
})

test('on a phone nothing is wider than the screen, and the card covers the list', async () => {
  const long = { name: 'x'.repeat(200), email: `${'y'.repeat(60)}@example.com`, tags: ['z'.repeat(200)] }
  await account.upsert(long, { name: 'Bad', email: 'w'.repeat(200) })
  await page.setViewportSize({ width: 390, height: 844 })
  await page.emulateMedia({ colorScheme: 'dark' })
  const jobId = account.emulator.jobs().jobs[0]!.id
  const { id } = account.emulator.people({ q: 'xxx' }).people[0]!
  for (const [hash, shown] of [
    ['#/people', '.people a'],
    [`#/jobs/${jobId}`, '.failures'],
    ['#/requests', '#requests tbody'],
    ['#/mail', '#mail tbody'],
    [`#/people/${id}`, '.history'],
  ] as const) {
    await open(hash)
    await page.locator(shown).first().waitFor()
    expect([hash, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([hash, 390])
  }
  expect(await card().boundingBox()).toEqual({ x: 0, y: 0, width: 390, height: 844 })
  expect(await card().evaluate((node) => node.scrollWidth)).toBe(390)
  expect(await page.locator('.list[inert]').count()).toBe(1)
  await card().getByRole('button', { name: 'Close' }).click()
  await page.getByRole('link', { name: 'Next →' }).waitFor()
  expect(await page.locator('.list[inert]').count()).toBe(0)
  expectNoTrouble()
})

test('when the emulator is gone a banner says so, what was read stays, and it goes when the emulator is back', async () => {
  await open('#/people?q=archer')
  await page.getByText('1 person for “archer”').waitFor()
  const { port } = new URL(account.emulator.url)
  await account.emulator.close()
  const banner = page.getByText('The emulator cannot be reached. Trying again…')
  await banner.waitFor()
  expect(await page.locator('.people .name').allTextContents()).toEqual(['Ann Archer'])
  account = await openTestAccount({ port: Number(port) })
  await banner.waitFor({ state: 'hidden' })
  await page.getByText('Nobody matches “archer”.').waitFor()
  expect(watched.trouble.filter((line) => !line.includes('ERR_CONNECTION'))).toEqual([])
})

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestServer, type TestServer } from '../../src/server/test-server.ts'
import { openBrowser, openPage } from '../browser.ts'
import { startIdentityProvider } from '../identity-provider.ts'
import { enterPassword, openAs, requirePage, signIn } from './page-bench.ts'

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

/** A refused request is an error on the console of Chromium. */
const besidesRefusals = (trouble: string[]) => trouble.filter((line) => !/status of (401|404)/.test(line))

test('whoever is not signed in signs in by keyboard, and comes to where they wanted to go', async () => {
  const { page, trouble } = await openPage(browser, server.url)
  await page.goto(`${server.url}/queries?q=peo`)
  await page.getByRole('heading', { name: 'Sign in to Deskside' }).waitFor()
  await page.keyboard.type('admin@example.com')
  await page.keyboard.press('Tab')
  await page.keyboard.type('not the password')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').waitFor()
  await page
    .getByRole('main')
    .getByLabel(/^Password/)
    .fill(server.password)
  await page.keyboard.press('Enter')
  await page.waitForURL(`${server.url}/queries?q=peo`)
  await page.getByRole('heading', { level: 1, name: 'Queries' }).waitFor()
  expect(besidesRefusals(trouble)).toEqual([])
})

test('signing in leads to no other site', async () => {
  const { page } = await openPage(browser, server.url)
  await page.goto(`${server.url}/sign-in?to=${encodeURIComponent('//evil.example/x')}`)
  await enterPassword(page, server)
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
  expect(page.url()).toBe(`${server.url}/`)
  await page.context().close()
})

test('single sign-on leads to where one wanted to go, too', async () => {
  const redirectUri = `${server.url}/api/v1/sign-in/office/callback`
  const provider = await startIdentityProvider({ redirectUris: [redirectUri] })
  provider.people.set('1', { email: 'lea@example.com', email_verified: true, name: 'Lea', groups: ['operators'] })
  provider.who = '1'
  const body = {
    name: 'Office',
    issuer: provider.issuer,
    client_id: provider.clientId,
    client_secret: provider.clientSecret,
    scopes: ['openid', 'email', 'profile', 'groups'],
    mappings: [{ group: 'operators', policies: ['datagrid_operator'] }],
  }
  expect((await server.call('POST', '/api/v1/identity-providers', { body: { key: 'office', body } })).status).toBe(201)
  const { page } = await openPage(browser, server.url)
  await page.goto(`${server.url}/workflows?state=error,stopped`)
  await page.getByRole('link', { name: 'Sign in with Office' }).click()
  await page.waitForURL(`${server.url}/workflows?state=error%2Cstopped`)
  await page.getByRole('heading', { level: 1, name: 'Workflows' }).waitFor()
  await page.context().close()
  await provider.close()
})

test('whose single sign-on has failed reads why, what to do and who must act; an address says nothing of its own', async () => {
  const { page, trouble } = await openPage(browser, server.url)
  await page.goto(`${server.url}/api/v1/sign-in/company/callback?error=x&error_description=Call%20us`)
  expect(page.url()).toBe(`${server.url}/sign-in?problem=store.not_found`)
  const told = page.getByRole('alert')
  await told.getByText('There is no such identity provider here').waitFor()
  await told.getByText('For you to do').waitFor()
  await page.goto(`${server.url}/sign-in?problem=access.denied`)
  await told.getByText('Ask an administrator of Deskside').waitFor()
  await told.getByText('For an administrator of Deskside').waitFor()
  expect(await page.locator(':focus').getAttribute('autocomplete')).toBe('username')
  for (const code of ['call+us+at+evil.example', 'toString']) {
    await page.goto(`${server.url}/sign-in?problem=${code}`)
    await page.getByRole('heading', { name: 'Sign in to Deskside' }).waitFor()
    expect([await told.count(), await page.getByRole('main').textContent()]).toEqual([
      0,
      expect.not.stringContaining('call'),
    ])
  }
  expect(trouble).toEqual([])
  await page.goto(`${server.url}/sign-in?problem=access.disabled`)
  await enterPassword(page, server)
  await page.waitForURL(`${server.url}/`)
})

test('keys lead everywhere: search, places, the list of keys, and past the navigation', async () => {
  const { page, trouble } = await signIn(browser, server, '/')
  const heading = page.getByRole('heading', { level: 1 })
  await heading.filter({ hasText: 'Home' }).waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('w')
  await heading.filter({ hasText: 'Workflows' }).waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('/')
  await page.getByRole('dialog', { name: 'Search' }).waitFor()
  await page.keyboard.type('peop')
  await page.getByRole('option', { name: /^people\s*Query/ }).waitFor()
  await page.keyboard.press('Escape')
  await page.reload()
  await heading.waitFor()
  await page
    .getByRole('banner')
    .getByRole('link', { name: /Deskside/ })
    .focus()
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Enter')
  expect(await page.locator(':focus').getAttribute('id')).toBe('main')
  expect(besidesRefusals(trouble)).toEqual([])
})

test('an address without a page says so, inside the navigation', async () => {
  const { page, trouble } = await signIn(browser, server, '/no/such/page')
  await page.getByRole('heading', { level: 1, name: 'Nothing is here' }).waitFor()
  await page.getByRole('navigation', { name: 'Places' }).waitFor()
  expect(besidesRefusals(trouble)).toEqual([])
})

test('what somebody may not read is not among the places', async () => {
  const marketer = await server.makeUser(['ampiq_user'])
  const { page } = await openAs(browser, server, marketer)
  await page.goto(`${server.url}/`)
  const places = page.getByRole('navigation', { name: 'Places' })
  await places.getByRole('link', { name: 'Segments' }).waitFor()
  expect(await places.getByRole('link', { name: 'People' }).count()).toBe(0)
  await page.goto(`${server.url}/orchestrations/people`)
  await page.getByRole('heading', { level: 1, name: 'Orchestration people' }).waitFor()
  await page.getByRole('main').getByRole('alert').getByText('You can ask').waitFor()
})

test('signing out leaves nothing for the next one, and a session that ended leads to signing in', async () => {
  const { page } = await signIn(browser, server, '/')
  await page.getByRole('button', { name: /^You are / }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in to Deskside' }).waitFor()
  await page.goBack()
  await page.getByRole('heading', { name: 'Sign in to Deskside' }).waitFor()

  const user = await server.makeUser(['datagrid_operator'])
  const other = await openAs(browser, server, user)
  await other.page.goto(`${server.url}/`)
  await other.page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
  await server.call('POST', `/api/v1/users/${user.id}/sign-out`)
  await other.page.getByRole('heading', { name: 'Sign in to Deskside' }).waitFor()
})

test('styles that are made here carry the nonce of their response, and scripts are files of ours', async () => {
  const first = await fetch(server.url, { headers: { accept: 'text/html' } })
  const second = await fetch(server.url, { headers: { accept: 'text/html' } })
  const nonceOf = (answer: Response) => /'nonce-([^']+)'/.exec(answer.headers.get('content-security-policy') ?? '')?.[1]
  expect(nonceOf(first)).not.toBe(nonceOf(second))
  const policy = first.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("script-src 'self';")
  expect(policy).not.toContain('unsafe')
  const html = await first.text()
  expect(html).toContain(`content="${nonceOf(first)}"`)
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/)
  expect(first.headers.get('cache-control')).toBe('no-store')
  const script = /src="(\/assets\/[^"]+)"/.exec(html)?.[1] ?? ''
  const asset = await fetch(server.url + script, { headers: { 'accept-encoding': 'br' } })
  expect([asset.status, asset.headers.get('content-encoding')]).toEqual([200, 'br'])
  expect(asset.headers.get('cache-control')).toContain('immutable')
  expect((await fetch(`${server.url}/assets/none.js`)).status).toBe(404)
  expect((await fetch(`${server.url}/api/v1/nothing`, { headers: { accept: 'text/html' } })).status).toBe(404)
})

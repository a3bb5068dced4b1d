import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser, openPage } from '../browser.ts'
import type { DemoReady } from '../demo-child.ts'
import { hear, requirePage } from './page-bench.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const artefacts = `${root}.vitest/pages`
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** The router's own list: whatever it knows is looked at. */
const routes = [
  '/sign-in',
  ...[...readFileSync(`${root}ui/router.tsx`, 'utf8').matchAll(/\bpage\(\s*'([^']+)'/g)].map(([, path]) => path ?? ''),
]

let served: DemoReady
let browser: Browser
let page: Page
let trouble: string[]
let devtools: CDPSession

interface List {
  items: { key: string; id: string; state?: string }[]
}

/** What is not there (the details of a run that is gone, say) is an empty list. */
async function read(path: string): Promise<List> {
  const answer = await page.request.get(`${served.url}/api/v1${path}`, { headers: { accept: 'application/json' } })
  return (answer.ok() ? await answer.json() : { items: [] }) as List
}

/** What stands in the place of a parameter: something that the filled project has. */
const examples: Record<string, () => Promise<string>> = {
  '/customer-360/$table': () => firstKey('/tables'),
  '/queries/$key': () => firstKey('/queries'),
  '/query-drafts/$key': () => firstKey('/query-drafts'),
  '/segments/$key': () => firstKey('/segments'),
  '/attributes-tables/$key': () => firstKey('/attributes-tables'),
  '/orchestrations/$key': () => firstKey('/orchestrations'),
  '/destinations/$key': () => firstKey('/destinations'),
  '/workflows/$id': async () => (await read('/workflows?state=completed_with_alerts')).items[0]?.id ?? '',
  '/plans/$id': async () => {
    const { items } = await read('/workflows?limit=200')
    for (const { id } of items) {
      const { tasks } = (await read(`/workflows/${id}`)) as unknown as { tasks: { output: { plan_id?: string } }[] }
      const plan = tasks.find(({ output }) => output.plan_id !== undefined)?.output.plan_id
      if (plan !== undefined) return plan
    }
    return ''
  },
  '/people/$key': async () => {
    const { items } = await read('/workflows?state=completed_with_alerts&state=completed')
    for (const { id } of items) {
      const records = (await read(`/workflows/${id}/records?limit=50`)).items as unknown as {
        external_id: string | null
      }[]
      const known = records.find(({ external_id: key }) => key !== null)?.external_id
      if (typeof known === 'string') return known
    }
    return ''
  },
  '/$': async () => 'no-such-page',
}

async function firstKey(path: string): Promise<string> {
  return (await read(path)).items[0]?.key ?? ''
}

async function addressOf(route: string): Promise<string> {
  const example = await examples[route]?.()
  expect(example, `an example for ${route}`).not.toBe('')
  return example === undefined ? route : route.replace(/\$\w*$/, encodeURIComponent(example))
}

/** Addresses and names of people who were sent, as somebody reads them who may. */
async function personalValues(): Promise<string[]> {
  const { items } = await read('/workflows?state=completed_with_alerts&state=completed')
  const records = await Promise.all(items.map(({ id }) => read(`/workflows/${id}/records?limit=200`)))
  const people = records.flatMap((list) => list.items as unknown as { email: string | null; name: string | null }[])
  const values = people.flatMap(({ email, name }) => [email ?? '', name ?? ''])
  // A name of nothing but blanks is one that the demo has, too.
  return [...new Set(values.filter((value) => value.trim() !== ''))]
}

const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Rules of WCAG 2.2 AA, and what is good practice beside them; in other colours, what colours can change. */
async function violations(only: { type: 'tag' | 'rule'; values: string[] }): Promise<string[]> {
  await devtools.send('Runtime.evaluate', { expression: `window.axe ?? (() => { ${axe} })()` })
  const { result } = await devtools.send('Runtime.evaluate', {
    expression: `axe.run(document, { runOnly: ${JSON.stringify(only)} }).then(({ violations }) => JSON.stringify(
      violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ target, failureSummary }) => target.join(' ') + ' ' + failureSummary).join(' | '))))`,
    awaitPromise: true,
    returnByValue: true,
  })
  return JSON.parse(String(result.value)) as string[]
}

/** Nothing is still being fetched, and nothing moves any more. */
async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' })
}

/** A workflow with alerts says what was not sent, and why; an account whose credential is refused cannot be read. */
const expectedProblems: Record<string, RegExp> = { '/workflows/$id': /./, '/people/$key': /rejects the credential/ }

/**
 * Tests that look at every page of the router on the project of a demo, with a real browser: as somebody who may do everything, in both
 * colour schemes, wide and narrow. Pictures of what they saw stay in `.vitest/pages`.
 */
export function everyPage(demo: () => DemoReady): void {
  describe('every page of the router', () => {
    beforeAll(async () => {
      requirePage()
      mkdirSync(artefacts, { recursive: true })
      served = demo()
      browser = await openBrowser()
      ;({ page, trouble } = await openPage(browser, served.url))
      devtools = await page.context().newCDPSession(page)
      const { email, password } = served
      await page.request.post(`${served.url}/api/v1/sign-in`, { data: { email, password } })
    })
    afterAll(() => browser?.close())

    test('the router has a list worth checking', () => {
      expect(routes.length).toBeGreaterThan(30)
    })

    test.each(routes)(
      '%s: no error, nothing that is missing, readable by everybody, light and dark and narrow',
      async (route) => {
        const address = await addressOf(route)
        const name = route.replaceAll(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '') || 'home'
        trouble.length = 0
        await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
        await page.setViewportSize({ width: 1440, height: 900 })
        await page.goto(served.url + address)
        await settled(page)
        const text = (await page.getByRole('main').textContent()) ?? ''
        expect(text).not.toMatch(/lorem|todo|placeholder|undefined|\[object|NaN|coming soon/i)
        const problems = await page.getByRole('main').getByRole('alert', { name: 'Problem' }).allTextContents()
        if (route !== '/sign-in') expect(problems.filter((words) => !expectedProblems[route]?.test(words))).toEqual([])
        expect(await violations({ type: 'tag', values: wcag })).toEqual([])
        await page.screenshot({ path: `${artefacts}/${name}-light.png` })
        await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
        expect(await violations({ type: 'rule', values: ['color-contrast', 'link-in-text-block'] })).toEqual([])
        await page.screenshot({ path: `${artefacts}/${name}-dark.png` })
        await page.setViewportSize({ width: 390, height: 844 })
        await settled(page)
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        )
        expect(overflow, 'pixels by which the page scrolls sideways').toBe(0)
        await page.screenshot({ path: `${artefacts}/${name}-narrow.png` })
        expect(trouble).toEqual([])
      },
    )

    test('whoever may not see personal values meets none on any of them, in text or in answers', async () => {
      const people = await personalValues()
      expect(people.length).toBeGreaterThan(100)
      const addresses = await Promise.all(routes.filter((route) => route !== '/sign-in').map(addressOf))
      const { email, password } = served.users.find(({ role }) => role === 'marketer')!
      const restricted = await openPage(browser, served.url)
      await restricted.page.request.post(`${served.url}/api/v1/sign-in`, { data: { email, password } })
      const heard = await hear(restricted.page)
      for (const address of addresses) {
        await restricted.page.goto(served.url + address)
        await settled(restricted.page)
        heard.push((await restricted.page.textContent('body')) ?? '')
      }
      expect(heard.length).toBeGreaterThan(3 * addresses.length)
      const told = heard.join('\n')
      expect(people.filter((value) => told.includes(value))).toEqual([])
      await restricted.page.context().close()
    })
  })
}

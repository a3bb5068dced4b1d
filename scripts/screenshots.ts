// `npm run screenshots`: renews the pictures of docs/guide/web-page.md from the filled project of `deskside demo --serve`. Needs Chromium on PATH.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { openBrowser, openPage } from '../test/browser.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Served {
  url: string
  email: string
  password: string
}

/** Name of the picture, the address, and what is waited for. */
const pictures: [name: string, address: (page: Page, url: string) => Promise<string>, text: string][] = [
  ['home', async () => '/', 'People delivered per day'],
  ['segment', async (page, url) => `/segments/${await firstOf(page, url, '/segments')}`, 'Summary'],
  ['query', async (page, url) => `/query-drafts/${await firstOf(page, url, '/query-drafts')}`, 'Run'],
  ['workflow', async (page, url) => `/workflows/${await alerting(page, url)}?tab=records`, 'Outcome'],
  ['activations', async () => '/activations/canvas', 'Zendesk'],
]

async function read(page: Page, url: string, path: string): Promise<{ key: string; id: string }[]> {
  const answer = await page.request.get(`${url}/api/v1${path}`)
  return ((await answer.json()) as { items: { key: string; id: string }[] }).items
}

const firstOf = async (page: Page, url: string, path: string) =>
  encodeURIComponent((await read(page, url, path))[0]?.key ?? '')
const alerting = async (page: Page, url: string) =>
  (await read(page, url, '/workflows?state=completed_with_alerts'))[0]?.id ?? ''

const demo = spawn(`${root}bin/deskside`, ['demo', '--serve', '--json', '--port', '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const [line] = (await once(demo.stdout.setEncoding('utf8'), 'data')) as [string]
const { url, email, password } = JSON.parse(line) as Served
const browser = await openBrowser()
try {
  const { page } = await openPage(browser, url, { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' })
  await page.request.post(`${url}/api/v1/sign-in`, { data: { email, password } })
  for (const [name, addressOf, text] of pictures) {
    await page.goto(url + (await addressOf(page, url)))
    await page.getByRole('main').getByText(text).first().waitFor()
    await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' })
    await page.waitForTimeout(500)
    await page.screenshot({ path: `${root}docs/images/page-${name}.png` })
    process.stderr.write(`docs/images/page-${name}.png\n`)
  }
} finally {
  await browser.close()
  demo.kill('SIGTERM')
}

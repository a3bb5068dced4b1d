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

interface Picture {
  name: string
  address: (page: Page, url: string) => Promise<string>
  /** Waits for what is to be seen, after what somebody does for it. */
  ready: (page: Page) => Promise<unknown>
}

const text = (text: string) => (page: Page) => page.getByRole('main').getByText(text).first().waitFor()

const pictures: Picture[] = [
  { name: 'home', address: async () => '/', ready: text('People delivered per day') },
  {
    name: 'segment',
    address: async (page, url) => `/segments/${await firstOf(page, url, '/segments')}`,
    async ready(page) {
      await text('Summary')(page)
      await page.getByText('Counting').waitFor({ state: 'detached' })
    },
  },
  {
    name: 'query',
    address: async () => '/query-drafts/vip_customers',
    async ready(page) {
      await page.getByRole('button', { name: 'Run', exact: true }).click()
      await page.getByRole('grid', { name: 'Results' }).waitFor()
    },
  },
  {
    name: 'workflow',
    address: async (page, url) => `/workflows/${await alerting(page, url)}?tab=records`,
    ready: text('Outcome'),
  },
  { name: 'activations', address: async () => '/activations/canvas', ready: text('Zendesk') },
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
  for (const { name, address, ready } of pictures) {
    await page.goto(url + (await address(page, url)))
    await ready(page)
    await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' })
    await page.waitForTimeout(500)
    await page.screenshot({ path: `${root}docs/images/page-${name}.png` })
    process.stderr.write(`docs/images/page-${name}.png\n`)
  }
} finally {
  await browser.close()
  demo.kill('SIGTERM')
}

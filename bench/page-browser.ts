import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, CDPSession, Page } from 'playwright-core'

const probe = readFileSync(join(import.meta.dirname, 'page-probe.js'), 'utf8')
const viewport = { width: 1440, height: 900 }

/** A task that keeps the page from answering for longer than this is told. */
export type LongTasks = { startTime: number; duration: number }[]

type Session = Exclude<BrowserContextOptions['storageState'], undefined>

/** What a page cost whoever came to it with nothing in the cache. */
export interface Load {
  /** First contentful paint, after the navigation began. */
  paintMs: number
  /** The page's own list is painted. */
  listMs: number
  longTasks: LongTasks
  /** As transferred: compressed, with headers. */
  scriptBytes: number
  styleBytes: number
}

/** Opens pages as somebody who is signed in, each time with an empty cache. */
export class MeasuredBrowser {
  readonly #browser: Browser
  readonly #url: string
  readonly #session: Session

  private constructor(browser: Browser, url: string, session: Session) {
    this.#browser = browser
    this.#url = url
    this.#session = session
  }

  static async signIn(
    browser: Browser,
    url: string,
    person: { email: string; password: string },
  ): Promise<MeasuredBrowser> {
    const context = await browser.newContext()
    const answer = await context.request.post(`${url}/api/v1/sign-in`, { data: person })
    if (!answer.ok()) throw new Error(`Signing in was refused: ${await answer.text()}`)
    const session = await context.storageState()
    await context.close()
    return new MeasuredBrowser(browser, url, session)
  }

  /** Opens a page; `isListed` is an expression of the page, true once its list is there. */
  async open(path: string, isListed: string): Promise<{ page: Page; load: Load }> {
    const context = await this.#browser.newContext({
      ...{ viewport, storageState: this.#session, locale: 'en-GB', timezoneId: 'UTC' },
    })
    await context.addInitScript({ content: `${probe}\nglobalThis.listed = probe.shown(() => ${isListed})` })
    const page = await context.newPage()
    const transferred = await countTransfers(await context.newCDPSession(page))
    await page.goto(this.#url + path, { waitUntil: 'commit' })
    const listMs = await page.evaluate<number>('listed')
    const paintMs = await page.evaluate<number>(
      `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1`,
    )
    const longTasks = await page.evaluate<LongTasks>('probe.longTasks')
    return { page, load: { paintMs, listMs, longTasks, ...transferred } }
  }
}

/** Counts what comes over the wire for the page, as it comes. */
async function countTransfers(devtools: CDPSession): Promise<Pick<Load, 'scriptBytes' | 'styleBytes'>> {
  const counted = { scriptBytes: 0, styleBytes: 0 }
  const kinds = new Map<string, keyof typeof counted>()
  devtools.on('Network.responseReceived', ({ requestId, response }) => {
    const { pathname } = new URL(response.url)
    if (pathname.endsWith('.js')) kinds.set(requestId, 'scriptBytes')
    if (pathname.endsWith('.css')) kinds.set(requestId, 'styleBytes')
  })
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId)
    if (kind !== undefined) counted[kind] += encodedDataLength
  })
  await devtools.send('Network.enable')
  return counted
}

/** What somebody does on a page, and how one sees that it has worked: expressions of the page. */
export interface Interaction {
  /** Done before, and not measured. `n` counts the times. */
  before?: (page: Page, n: number) => Promise<void>
  act: (page: Page, n: number) => Promise<void>
  /** What needs no answer of the server. */
  effect: (n: number) => string
  /** What the server answers. */
  answer?: (n: number) => string
  after?: (page: Page, n: number) => Promise<void>
}

export interface Reaction {
  effectMs: number
  answerMs: number | null
  longTasks: LongTasks
}

/** From the key or the click to the frame that shows what came of it. */
export async function react(page: Page, { before, act, effect, answer, after }: Interaction, n: number) {
  await before?.(page, n)
  await page.evaluate('probe.longTasks.length = 0')
  const conditions = [effect(n), ...(answer === undefined ? [] : [answer(n)])]
  await page.evaluate(`probe.arm(${conditions.map((one) => `() => ${one}`).join(', ')})`)
  await act(page, n)
  const [effectMs = 0, answerMs = null] = await page.evaluate<number[]>('probe.measured()')
  const longTasks = await page.evaluate<LongTasks>('probe.longTasks')
  await after?.(page, n)
  return { effectMs, answerMs, longTasks } satisfies Reaction
}

/** A real browser for the suites that look at pages: the system's Chromium. Where there is none a suite fails, it never skips. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** Rejects with a sentence if Chromium is not installed. */
export function openBrowser(): Promise<Browser> {
  // Without its sandbox, which a container does not let it have: only pages of ours are opened.
  return chromium.launch({ executablePath: findChromium(), chromiumSandbox: false })
}

function findChromium(): string {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'chromium')
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // In another folder of PATH.
    }
  }
  throw new Error('Chromium is not on PATH. `npm test` installs it on Debian as root; elsewhere install `chromium`.')
}

export interface WatchedPage {
  page: Page
  /** Errors and warnings on the console, uncaught errors, and requests to another origin than `origin`. Empty on a good page. */
  trouble: string[]
}

/** A page of its own, without cookies or history of others. Times are shown as in UTC, in English. */
export async function openPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options })
  const page = await context.newPage()
  const trouble: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') trouble.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => trouble.push(`uncaught: ${error.message}`))
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) trouble.push(`request to ${request.url()}`)
  })
  return { page, trouble }
}

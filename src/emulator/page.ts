/** The page at `/`: files beside this module, without a build step and without anything from elsewhere. */
import { readFileSync } from 'node:fs'
import type { Reply } from './reply.ts'

const html = 'text/html; charset=utf-8'
const css = 'text/css; charset=utf-8'
const script = 'text/javascript; charset=utf-8'

/** Path -> file in page/ and its type. */
const files: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', html],
  ...below(['page.css', 'people.css', 'tables.css'], css),
  ...below(['icon.svg'], 'image/svg+xml'),
  ...below(['page.js', 'dom.js', 'place.js', 'people.js', 'person.js', 'jobs.js', 'requests.js', 'mail.js'], script),
}

function below(names: readonly string[], type: string): Record<string, readonly [file: string, type: string]> {
  return Object.fromEntries(names.map((name) => [`/_emulator/page/${name}`, [name, type] as const]))
}

/** Values of the account are shown as text, and nothing else could run or be fetched either. */
const securityHeaders = {
  'content-security-policy':
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  // Another release of the emulator at the same address must not meet the scripts of this one.
  'cache-control': 'no-store',
}

/** Undefined: the path is not of the page. */
export function pageReply(method: string, path: string): Reply | undefined {
  const found = method === 'GET' && Object.hasOwn(files, path) ? files[path] : undefined
  if (!found) return undefined
  const [file, type] = found
  const body = readFileSync(new URL(`./page/${file}`, import.meta.url), 'utf8')
  return { status: 200, headers: { 'content-type': type, ...securityHeaders }, body }
}

import { publicUrlOf } from '../public-url.ts'
import type { Context } from './context.ts'
import { labelled, moment, paint, type Style } from './text.ts'

/** Where `serve` listens when nothing else is said. */
const usual = 'http://127.0.0.1:8080'

/**
 * A one-time link as people open it: below `DESKSIDE_PUBLIC_URL`, else below the address of the server that runs, else below that of one
 * which is started without options. `path` holds the token behind its `#`.
 */
export function linkUrl(env: Context['env'], serverUrl: string | null, path: string): string {
  return `${(publicUrlOf(env) ?? serverUrl ?? usual).replace(/\/+$/, '')}${path}`
}

/** A link that was just made, which nobody can read again. */
export function linkLines(style: Style, { url, expiresAt }: { url: string; expiresAt: string }): string[] {
  return [
    '',
    `  ${paint(style, 'cyan', url)}`,
    '',
    ...labelled(style, 'works', `once, until ${moment(expiresAt)} UTC`),
    ...labelled(style, 'shown', 'now and never again; send it to that one person'),
  ]
}

import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

/** Where one-time links lead: all of them to one page, whose script looks at the path. */
const paths = ['/setup', '/invitation', '/reset', '/hand-over'] as const

const html = 'text/html; charset=utf-8'
const script = 'text/javascript; charset=utf-8'

/** Name below `link-page/` and its type. */
const files = {
  'page.css': 'text/css; charset=utf-8',
  'page.js': script,
  'dom.js': script,
  'ask.js': script,
  'form.js': script,
  'join.js': script,
  'hand-over.js': script,
} as const

/**
 * The pages of one-time links: files beside this module, without a build step and without anything from elsewhere. The token stands behind
 * the `#`, which no browser sends; the script sends it in a body.
 */
export function linkPages(app: FastifyInstance): void {
  const options = { schema: { hide: true }, config: { need: 'nobody' } } as const
  // Another release at the same address must not meet the scripts of this one.
  const headers = { 'cache-control': 'no-store' }
  const serve = (path: string, file: string, type: string) => {
    const body = readFileSync(new URL(`./link-page/${file}`, import.meta.url), 'utf8')
    app.get(path, options, (_request, reply) => reply.headers(headers).type(type).send(body))
  }
  for (const path of paths) serve(path, 'index.html', html)
  for (const [file, type] of Object.entries(files)) serve(`/link-page/${file}`, file, type)
}

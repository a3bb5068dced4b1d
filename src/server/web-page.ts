import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../problem.ts'
import { RequestProblem, sendProblem } from './problem-reply.ts'

/** Where the build leaves the page: beside this module in the package, below `dist` in a clone. */
const folders = [new URL('../ui/', import.meta.url), new URL('../../dist/ui/', import.meta.url)]

const html = 'text/html; charset=utf-8'

/**
 * The web page: files that a build has left, and one document for every address that is no other's, because the router is in the page. Styles that
 * it makes while it runs need the nonce of its response; scripts come from files of ours alone.
 */
export function webPage(app: FastifyInstance): void {
  const folder = folders.map((url) => fileURLToPath(url)).find((path) => existsSync(`${path}index.html`)) ?? null
  const document = folder === null ? null : readFileSync(`${folder}index.html`, 'utf8')
  const open = { need: 'nobody' } as const
  const sendPage = (request: FastifyRequest, reply: FastifyReply) => {
    if (document === null) return sendProblem(request, reply, notBuilt())
    const nonce = randomBytes(16).toString('base64')
    const policy = String(reply.getHeader('content-security-policy'))
    return (
      reply
        .header('content-security-policy', policy.replace("style-src 'self'", `style-src 'self' 'nonce-${nonce}'`))
        // Another release at the same address must not meet the scripts of this one.
        .header('cache-control', 'no-store')
        .type(html)
        .send(document.replace('__STYLE_NONCE__', nonce))
    )
  }
  app.get('/', { schema: { hide: true }, config: open }, sendPage)
  app.setNotFoundHandler((request, reply) => {
    const isPage = ['GET', 'HEAD'].includes(request.method) && request.headers.accept?.includes('text/html')
    if (isPage && !request.url.startsWith('/api/')) return sendPage(request, reply)
    const problem = new Problem('api.not_found', { message: 'There is nothing at this path.' })
    return sendProblem(request, reply, new RequestProblem(404, problem))
  })
  if (folder === null) return
  void app.register((scope, _options, done) => {
    // Nothing in these files is about anybody.
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, ...open }
      route.schema = { ...route.schema, hide: true }
    })
    void scope.register(fastifyStatic, {
      root: folder,
      wildcard: false,
      preCompressed: true,
      cacheControl: false,
      index: false,
      globIgnore: ['**/*.{gz,br}', 'index.html', '.*'],
      // Names of assets have a digest of their content.
      setHeaders: (reply, path) => {
        const isForEver = path.includes('/assets/')
        reply.header('cache-control', isForEver ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    })
    done()
  })
}

function notBuilt(): RequestProblem {
  const problem = new Problem('api.not_found', {
    message: 'The web page has not been built in this clone.',
    fix: 'Run `npm run build` in the clone and start the server again; the API and the command line work without it.',
  })
  return new RequestProblem(404, problem)
}

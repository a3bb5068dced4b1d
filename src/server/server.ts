import { setTimeout as sleep } from 'node:timers/promises'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { serializerCompiler } from 'fastify-type-provider-zod'
import { AtWork } from '../at-work.ts'
import type { Control } from '../control/control.ts'
import { Problem } from '../problem.ts'
import { isLoopback } from '../server-file.ts'
import { preferred } from './accept.ts'
import type { ServerAccess, ServerLog } from './access.ts'
import { cliDoor, type ServerCalls } from './cli-door.ts'
import { releaseConnections } from './connections.ts'
import { guard } from './guard.ts'
import { healthRoutes } from './health.ts'
import { linkPages } from './link-pages.ts'
import { knowsCommand } from './loopback.ts'
import { metricRoutes } from './metrics.ts'
import { documentApi } from './openapi.ts'
import type { Parts } from './parts.ts'
import { Arrivals, LONGEST_REQUEST_MS, type Patience, usualPatience } from './patience.ts'
import { asRequestProblem, noteFailure, problemText, RequestProblem, sendProblem } from './problem-reply.ts'
import type { Route } from './route.ts'
import { accessRoutes } from './routes-access.ts'
import { activityRoutes } from './routes-activity.ts'
import { checkRoutes } from './routes-checks.ts'
import { definitionRoutes } from './routes-definitions.ts'
import { handOverRoutes } from './routes-hand-overs.ts'
import { proofRoutes } from './routes-proof.ts'
import { segmentRoutes } from './routes-segments.ts'
import { serviceRoutes } from './routes-service.ts'
import { singleSignOnRoutes } from './routes-sso.ts'
import { tableRoutes } from './routes-tables.ts'
import { userRoutes } from './routes-users.ts'
import { workflowSubscriptionRoutes } from './routes-workflow-subscriptions.ts'
import { workflowRoutes } from './routes-workflows.ts'
import { webPage } from './web-page.ts'

const BODY_LIMIT_BYTES = 1024 * 1024
/** Longer than proxies keep idle connections, so that they are the ones to end them. */
const KEEP_ALIVE_MS = 75_000

export interface ServerOptions {
  control: Control
  access: ServerAccess
  log: ServerLog
  settings: {
    host: string
    /** 0: any free one. */
    port: number
    /** Made anew at each start; with it, commands on this machine may do everything. */
    cliToken: string
    /** Name of the project. */
    project: string
    version: string
    /** Resolves when the store answers; what it throws is the reason why not. */
    isReady: () => Promise<void>
    /** Further calls for commands on this machine, by name. */
    calls?: ServerCalls
    patience?: Patience
  }
  now?: () => Date
}

export interface Server {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  url: string
  /** The OpenAPI document. */
  document(): object
  /** Takes no more requests, ends streams of events, and waits so long for the others. */
  close(graceMs: number): Promise<void>
}

export const routes: readonly Route[] = [
  ...definitionRoutes,
  ...tableRoutes,
  ...segmentRoutes,
  ...checkRoutes,
  ...workflowRoutes,
  ...workflowSubscriptionRoutes,
  ...proofRoutes,
  ...accessRoutes,
  ...singleSignOnRoutes,
  ...activityRoutes,
  ...userRoutes,
  ...handOverRoutes,
  ...serviceRoutes,
]

/** How long work that was told to end may take to do so. */
const LAST_MS = 5_000

/** Begins to answer over HTTP. Every route parses, asks `Control` and answers; what may be done is decided there. */
export async function openServer(options: ServerOptions): Promise<Server> {
  const { control, access, log, settings, now = () => new Date() } = options
  const closing = new AbortController()
  const ending = new AbortController()
  const { version, host, patience = usualPatience } = settings
  const app = createApp(patience)
  const startedAt = now()
  const parts: Parts = {
    control,
    access,
    isCommand: knowsCommand(settings.cliToken),
    ownUrl: () => (isLoopback(host) ? urlOf(app, host) : null),
    log,
    arrivals: new Arrivals(app.server, patience),
    atWork: new AtWork(),
    now,
    version,
    startedAt,
    closing: closing.signal,
    ending: ending.signal,
  }
  await harden(app)
  answerProblems(app, parts)
  guard(app, parts)
  await documentApi(app, version)
  metricRoutes(app, parts)
  healthRoutes(app, parts, settings.isReady)
  linkPages(app)
  webPage(app)
  const { project, calls = {} } = settings
  cliDoor(app, parts, { project, calls })
  for (const route of routes) route.register(app, parts)
  answerOtherMethods(app)
  releaseConnections(app.server, closing.signal)
  await app.listen({ host, port: settings.port })
  return {
    url: urlOf(app, host),
    document: () => app.swagger(),
    async close(graceMs) {
      closing.abort()
      const timer = setTimeout(() => {
        ending.abort()
        app.server.closeAllConnections()
      }, graceMs)
      try {
        await app.close()
        // A client may have gone without waiting for what it asked.
        await Promise.race([parts.atWork.ended(), sleep(graceMs + LAST_MS, undefined, { ref: false })])
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

/** The OpenAPI document of every server of this version; nothing listens and nothing is asked. */
export async function apiDocument(version: string): Promise<object> {
  const app = createApp(usualPatience)
  await documentApi(app, version)
  // A route takes its parts when it is asked, which none is.
  for (const route of routes) route.register(app, {} as Parts)
  await app.ready()
  const document = app.swagger()
  await app.close()
  return document
}

function createApp({ headersMs, everyMs }: Patience): FastifyInstance {
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: LONGEST_REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { headersTimeout: headersMs, connectionsCheckingInterval: everyMs },
    // Requests get the answer of every problem, not one of the library.
    return503OnClosing: false,
    // A proxy on this machine says who asks; nobody else is believed.
    trustProxy: 'loopback',
    // E-mail addresses may be parts of paths.
    routerOptions: { maxParamLength: 1_000 },
    genReqId: () => crypto.randomUUID(),
    frameworkErrors: (error, request, reply) => {
      sendProblem(request, reply, asRequestProblem(error))
    },
    clientErrorHandler(error, socket) {
      const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[String(error.code)] ?? 400
      if (!socket.writable) return
      const problem = new Problem('api.invalid', { message: 'The request cannot be read as HTTP, or came too slowly.' })
      const body = problemText(new RequestProblem(status as 400, problem), 'none')
      socket.end(
        `HTTP/1.1 ${status} Error\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
      )
    },
  })
  app.removeContentTypeParser('text/plain')
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Many clients name the type also where there is nothing to send.
    if (body === '') done(null, undefined)
    else void parse(request, body as string, done)
  })
  // Routes check what comes and what goes themselves, so that all mistakes of a request are told at once.
  app.setValidatorCompiler(() => (value) => ({ value }))
  app.setSerializerCompiler(serializerCompiler)
  return app
}

async function harden(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // Who puts https in front says so there; over plain http it means nothing.
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginEmbedderPolicy: false,
  })
  await app.register(cookie)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    if (request.url.startsWith('/api/v1')) reply.header('cache-control', 'no-store')
  })
}

function answerProblems(app: FastifyInstance, { log }: Parts): void {
  app.setErrorHandler((error, request, reply) => {
    const found = asRequestProblem(error)
    const { problem, status } = found
    noteFailure(log, request, found)
    if (request.routeOptions.config.need === 'cli')
      return reply
        .code(status)
        .type('application/json')
        .send(JSON.stringify({ problem: problem.toJSON() }))
    const page = pageOf(request, problem)
    return page === null ? sendProblem(request, reply, found) : reply.redirect(page, 302)
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions, id, actor } = request
    const ms = Math.round(reply.elapsedTime)
    log.info(
      {
        request_id: id,
        method,
        route: routeOptions.url ?? null,
        status: reply.statusCode,
        ms,
        actor: actor?.id ?? null,
      },
      'request',
    )
  })
}

/** Where a browser that has come by a link is shown the problem; null: it is answered. Nothing of the request stands in it. */
function pageOf({ routeOptions, headers }: FastifyRequest, { code }: Problem): string | null {
  const { shownAt } = routeOptions.config
  if (shownAt === undefined || !shownAt.codes.includes(code)) return null
  return preferred(headers.accept, ['application/json', 'text/html']) === 'text/html'
    ? `${shownAt.path}?problem=${code}`
    : null
}

/** Paths that there are answer to OPTIONS with their methods, and to methods that they lack with 405. */
function answerOtherMethods(app: FastifyInstance): void {
  const byPath = Map.groupBy(routes, ({ path }) => path)
  for (const [url, found] of byPath) {
    const methods = found.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    const allow = [...methods, 'OPTIONS'].join(', ')
    const config = { need: 'nobody' } as const
    const schema = { hide: true }
    app.options(url, { config, schema }, (_request, reply) => reply.header('allow', allow).code(204).send())
    const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => !methods.includes(method))
    app.route({
      method: others as 'PATCH'[],
      url,
      config,
      schema,
      exposeHeadRoute: !methods.includes('GET'),
      handler: (request, reply) => {
        reply.header('allow', allow)
        const problem = new Problem('api.invalid', { message: `This path answers to ${allow}.` })
        return sendProblem(request, reply, new RequestProblem(405, problem))
      },
    })
  }
}

function urlOf(app: FastifyInstance, host: string): string {
  const address = app.server.address()
  if (address === null || typeof address === 'string') return `http://${host}`
  const shown = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host
  return `http://${shown}:${address.port}`
}

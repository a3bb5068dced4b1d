/** HTTP: reads a request, lets faults strike, answers as Zendesk would, and keeps the journal. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { type Control, respondToControl } from './control.ts'
import type { Faults } from './faults.ts'
import type { Journal } from './journal.ts'
import { pageReply } from './page.ts'
import { invalidEndpoint, json, plainText, type Reply } from './reply.ts'
import { type ApiRequest, createRouter, type Route, type World } from './router.ts'
import { accountRoutes } from './routes-account.ts'
import { deletedRoutes } from './routes-deleted.ts'
import { fieldRoutes } from './routes-fields.ts'
import { identityRoutes } from './routes-identities.ts'
import { incrementalRoutes } from './routes-incremental.ts'
import { membershipRoutes } from './routes-memberships.ts'
import { mergeRoutes } from './routes-merge.ts'
import { organizationRoutes } from './routes-organizations.ts'
import { searchRoutes } from './routes-search.ts'
import { singularRoutes } from './routes-singular.ts'
import { surroundingRoutes } from './routes-surroundings.ts'
import { tagRoutes } from './routes-tags.ts'
import { tokenRoutes } from './routes-tokens.ts'
import { userRoutes } from './routes-users.ts'
import { writingRoutes } from './routes-writing.ts'
import { prevents, sendDripping, sendHalf, spoiled, stayAway } from './spoiled-replies.ts'
import { localizedReply } from './wording.ts'

export interface ServerParts {
  /** Asked anew for each request, since a reset replaces it. */
  world: () => World
  faults: () => Faults
  journal: Journal
  control: Control
  now: () => number
  countStatus: (status: number | null) => void
  /** Tells somebody what is not emulated. */
  warn: (line: string) => void
}

interface Incoming {
  bytes: Buffer
  method: string
  path: string
  query: string
  body: unknown
  origin: string
}

/** Every path below /api/v2 that is served. */
export const routes: readonly Route[] = [
  ...userRoutes,
  ...singularRoutes,
  ...identityRoutes,
  ...searchRoutes,
  ...deletedRoutes,
  ...mergeRoutes,
  ...tagRoutes,
  ...writingRoutes,
  ...accountRoutes,
  ...fieldRoutes,
  ...organizationRoutes,
  ...membershipRoutes,
  ...tokenRoutes,
  ...incrementalRoutes,
  ...surroundingRoutes,
]

const route = createRouter(routes)

export function createApiServer(parts: ServerParts): Server {
  const server = createServer((request, response) => {
    serve(parts, request, response).catch((error: unknown) => {
      // A bug of the emulator must not read as one of Zendesk's answers, nor end the tests that share the process.
      parts.warn(`emulator: bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      if (response.headersSent) response.destroy()
      else send(response, plainText(500, 'The emulator failed; see its standard error.'), {})
    })
  })
  server.keepAliveTimeout = 60_000
  return server
}

async function serve(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request)
  if (body === undefined) return
  const incoming = parse(request, body)
  const page = pageReply(incoming.method, incoming.path)
  if (page || incoming.path.startsWith('/_emulator/')) {
    const path = incoming.path.slice('/_emulator/'.length)
    const query = new URLSearchParams(incoming.query)
    const reply = isLocalName(request.headers.host)
      ? (page ?? respondToControl(parts.control, incoming.method, path, query, incoming.body))
      : json(403, { error: 'Forbidden', description: 'The control API answers on the loopback address only.' })
    send(response, reply, {})
    return
  }
  const { method, path, query } = incoming
  const struck = parts.faults().strike(method, path, query)
  const fault = struck.request
  const delayMs =
    parts.world().account.settings.requestLatencyMs + (fault?.kind === 'slow' ? (fault.delayMs ?? 1000) : 0)
  if (delayMs > 0) await wait(delayMs)
  const effective = prevents(fault) ? undefined : respond(parts, incoming, request, struck)
  const reply = fault ? spoiled(fault, effective) : effective!
  const status = reply === 'silence' || fault?.kind === 'truncated' ? null : reply.status
  parts.countStatus(status)
  const jobId = method === 'GET' ? undefined : /^\{"job_status":\{"id":"([^"]+)"/.exec(effective?.body ?? '')?.[1]
  parts.journal.add(
    {
      method,
      path: query === '' ? path : `${path}?${query}`,
      status,
      atMs: parts.now(),
      ...(jobId === undefined ? {} : { jobId }),
      ...(fault || struck.job ? { fault: fault?.kind ?? struck.job?.kind } : {}),
    },
    // The body of a token request holds a secret.
    method === 'GET' || path === '/oauth/tokens' ? undefined : incoming.bytes,
  )
  // A client may set its clock by ours.
  response.setHeader('date', new Date(parts.now()).toUTCString())
  if (reply === 'silence') stayAway(request, fault)
  else if (fault?.kind === 'truncated') sendHalf(request, response, reply)
  else if (fault?.kind === 'drip') await sendDripping(response, reply, fault.delayMs ?? 1000)
  else send(response, reply, standardHeaders)
}

/** Recorded on every answer (ZENPY). */
const standardHeaders = {
  'x-zendesk-api-version': 'v2',
  'x-zendesk-zorg': 'yes',
  'cache-control': 'max-age=0, private, must-revalidate',
}

function send(response: ServerResponse, reply: Reply, headers: Record<string, string>): void {
  // RFC 9110: a 204 has no length.
  const length = reply.status === 204 ? {} : { 'content-length': String(Buffer.byteLength(reply.body)) }
  response.writeHead(reply.status, { ...headers, ...reply.headers, ...length })
  response.end(reply.body)
}

function respond(
  parts: ServerParts,
  incoming: Incoming,
  request: IncomingMessage,
  struck: ReturnType<Faults['strike']>,
): Reply {
  const world = parts.world()
  const nowMs = parts.now()
  const { method, path, query, body, origin } = incoming
  world.jobs.advance(nowMs)
  // NODEZ: an unknown subdomain is a 404 whose body is no API JSON.
  if (world.account.settings.unknownSubdomain) {
    return { status: 404, headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<h1>No help desk here</h1>' }
  }
  if (path === '/oauth/tokens' && method === 'POST') return world.access.tokens.issue(body, nowMs)
  const { headers, refusal } = world.requestLimit.take(nowMs)
  const reply = refusal ?? world.account.history.during({ request: `${method} ${path}` }, dispatch)
  return {
    ...reply,
    headers: { ...headers, 'x-request-id': `${nowMs.toString(16)}-${parts.journal.count}`, ...reply.headers },
  }

  function dispatch(): Reply {
    const found = route(method, path)
    if (!found) {
      parts.warn(
        `emulator: ${method} ${path} is not emulated; add a route to src/emulator/routes-*.ts if Zendesk has it`,
      )
      return invalidEndpoint()
    }
    const caller = world.access.identify(request.headers.authorization, nowMs)
    if ('status' in caller) return caller
    const forbidden = world.access.refuse(caller, found.route.level, method, found.route.resource)
    if (forbidden) return forbidden
    const { id, otherId } = found
    const apiRequest: ApiRequest = {
      world,
      caller,
      path,
      query: new URLSearchParams(query),
      id,
      otherId,
      body,
      // ZENPY: urls in bodies show the canonical subdomain, by whatever name the account was reached.
      origin: world.account.settings.links === 'canonical' ? `https://${world.subdomain}.zendesk.com` : origin,
      nowMs,
      jobFault: struck.job,
    }
    const answer = (): Reply => localizedReply(found.route.respond(apiRequest), world.account.settings.locale)
    if (struck.request?.kind !== 'stale_read') return answer()
    return world.account.asOf(nowMs - (struck.request.ageMs ?? 5000), answer)
  }
}

/** Undefined when the client went away in the middle: such a request takes no effect. */
function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    request.on('error', () => resolve(undefined))
    request.on('close', () => resolve(undefined))
  })
}

function parse(request: IncomingMessage, bytes: Buffer): Incoming {
  const target = request.url ?? '/'
  const mark = target.indexOf('?')
  // DOC-REQ: a body must come as application/json. Inferred: another one, or JSON that cannot be read, counts as none.
  const isJson =
    (request.headers['content-type'] ?? '').startsWith('application/json') || target.startsWith('/_emulator/')
  return {
    bytes,
    method: request.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    body: isJson && bytes.length > 0 ? parseJson(bytes) : undefined,
    origin: `http://${request.headers.host ?? '127.0.0.1'}`,
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

/** Keeps web pages that resolve a name of theirs to 127.0.0.1 away from the controls. */
function isLocalName(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host ?? '')
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Action, type Actor, denied, mayDo, type Via } from '../access/authorize.ts'
import { Problem } from '../problem.ts'
import type { ServerAccess } from './access.ts'
import { sessionOf } from './cookies.ts'
import { bearerOf } from './loopback.ts'
import type { Parts } from './parts.ts'

/** Lets nobody pass whom a route is not for, before a body is read. A route under /api/v1 that does not say what it needs cannot be registered. */
export function guard(app: FastifyInstance, parts: Parts): void {
  app.decorateRequest('actor', null)
  app.addHook('onRoute', ({ url, method, config }) => {
    if (url.startsWith('/api/v1') && config?.need === undefined && method !== 'OPTIONS')
      throw new Problem('internal.bug', { message: `Route ${String(method)} ${url} does not say what it needs.` })
  })
  app.addHook('onRequest', async (request, reply) => {
    if (parts.closing.aborted) throw new Problem('server.stopping', { message: 'The server is about to end.' })
    const { need } = request.routeOptions.config
    if (need === undefined || need === 'nobody') return
    if (parts.isCommand(request)) request.actor = { kind: 'cli', id: 'cli', via: viaOf(request) }
    else if (need === 'cli') throw notCommand()
    else request.actor = await identify(parts.access, request, reply)
    if (need === 'cli') return
    if (need !== 'signed_in') await assertMay(parts.access, request.actor, need, request)
  })
}

function notCommand(): Problem {
  return new Problem('access.unauthenticated', {
    message: 'This is for commands of the project on the machine of the server.',
  })
}

/** Who asks: an API key goes before a session. Throws `access.unauthenticated`, and `access.denied` for a request of another site. */
async function identify(access: ServerAccess, request: FastifyRequest, reply: FastifyReply): Promise<Actor> {
  const via = viaOf(request)
  const key = bearerOf(request)
  if (key !== null) {
    const actor = await access.actorOfKey(key)
    if (actor !== null) return { ...actor, via }
    throw new Problem('access.unauthenticated', { message: 'The API key is not valid (any more).' })
  }
  const cookie = sessionOf(request)
  const session = cookie === null ? null : await access.actorOfSession(cookie)
  if (session === null) throw new Problem('access.unauthenticated', { message: 'The request says not who asks.' })
  // What differs from one session to the next must not be kept by anything between.
  reply.header('vary', 'cookie')
  const actor: Actor = { ...session.actor, via }
  if (!isReading(request.method)) await assertOurPage(access, actor, request, session)
  return actor
}

/** Where a request comes from, as it goes into the activity log. */
export function viaOf(request: FastifyRequest): Via {
  return { address: request.ip, agent: (request.headers['user-agent'] ?? '').slice(0, 200) }
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}

async function assertOurPage(
  access: ServerAccess,
  actor: Actor,
  request: FastifyRequest,
  session: { isCsrf(token: string): boolean },
): Promise<void> {
  const token = request.headers['x-csrf-token']
  if (typeof token === 'string' && session.isCsrf(token)) return
  const attempt = { actor, action: 'session:use', object: objectOf(request), allowed: false } as const
  await access.note(attempt, { lacking: ['x-csrf-token'] })
  throw new Problem('access.denied', {
    message: 'The request comes with a session and without its token against requests of other sites.',
    fix: 'Send `x-csrf-token` with the `csrf_token` that signing in has answered.',
  })
}

/** `Control` looks again, with the object in hand; here a denied request ends before its body is read. */
async function assertMay(access: ServerAccess, actor: Actor, action: Action, request: FastifyRequest): Promise<void> {
  if (mayDo(actor, action)) return
  const object = objectOf(request)
  await access.note({ actor, action, object, allowed: false })
  throw denied(actor, action, object)
}

/** What the first part of a path is about, where it is not simply the plural. */
const kinds: Record<string, string> = {
  queries: 'query',
  people: 'person',
  schedules: 'group',
  plugins: 'destination',
  policies: 'user',
  events: 'workflow',
  figures: 'server',
  apply: 'project',
  dispatches: 'dispatch',
}

/** Whom a path names is a person's value, and stays out of the log. */
const nameless = new Set(['person'])

/** The object of a request as `Control` would call it: `destination/zendesk` of `/api/v1/destinations/zendesk/test`. */
function objectOf(request: FastifyRequest): string {
  const [first = ''] = (request.routeOptions.url ?? '').slice('/api/v1/'.length).split('/')
  const kind = kinds[first] ?? first.replace(/s$/, '')
  const { key, id, signal } = (request.params ?? {}) as Record<string, string | undefined>
  const name = key ?? id ?? signal
  return name === undefined || nameless.has(kind) ? kind : `${kind}/${name}`
}

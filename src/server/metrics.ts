import type { FastifyInstance } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Actor, Via } from '../access/authorize.ts'
import { mayDo } from '../access/authorize.ts'
import type { Control, Figures } from '../control/control.ts'
import { Problem } from '../problem.ts'
import { viaOf } from './guard.ts'
import { bearerOf, isLoopback } from './loopback.ts'
import type { Parts } from './parts.ts'
import { dispatchStates } from './wire-service.ts'

/** Dispatches of one state that are counted; a gauge says no more than "at least so many". */
const MOST_DISPATCHES = 1_000

const system: Actor = { kind: 'system', id: 'system' }

/** `/metrics`, for this machine and for keys that may read the server's figures. */
export function metricRoutes(app: FastifyInstance, parts: Parts): void {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const seconds = new Histogram({
    name: 'deskside_http_request_duration_seconds',
    help: 'Time to answer a request, by route.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    // Paths that there are not would be as many as anybody likes.
    const route = request.routeOptions.url ?? 'none'
    const { method } = request
    seconds.observe({ method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1_000)
  })
  const write = serviceMetrics(registry)
  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    await assertMayRead(parts, viaOf(request), bearerOf(request))
    write(await parts.control.figures(), await countDispatches(parts.control))
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}

async function assertMayRead(parts: Parts, via: Via, key: string | null): Promise<void> {
  if (isLoopback(via.address)) return
  const actor = key === null ? null : await parts.access.actorOfKey(key)
  if (actor === null) throw new Problem('access.unauthenticated', { message: 'Figures are not for everybody.' })
  if (mayDo(actor, 'server:read')) return
  await parts.access.note({ actor: { ...actor, via }, action: 'server:read', object: 'server', allowed: false })
  throw new Problem('access.denied', { message: 'The API key has no server:read.' })
}

/** Registers what the service counts; the answer takes over the figures of now. */
function serviceMetrics(registry: Registry): (figures: Figures, dispatches: Record<string, number>) => void {
  const registers = [registry]
  const info = new Gauge({ name: 'deskside_info', help: 'The release.', labelNames: ['version'], registers })
  const workflows = new Gauge({
    name: 'deskside_workflows',
    help: 'Workflows that wait in the queue or run.',
    labelNames: ['state'],
    registers,
  })
  const queue = new Gauge({ name: 'deskside_queue_length', help: 'Workflows that wait for their turn.', registers })
  const latest = new Gauge({
    name: 'deskside_orchestration_state',
    help: '1 for the state of the newest workflow of an orchestration.',
    labelNames: ['orchestration', 'state'],
    registers,
  })
  const delivered = new Counter({
    name: 'deskside_delivered_total',
    help: 'Rows by what became of them, since the start.',
    labelNames: ['outcome'],
    registers,
  })
  const requests = new Counter({
    name: 'deskside_zendesk_requests_total',
    help: 'Requests to Zendesk since the start.',
    registers,
  })
  const onTheirWay = new Gauge({
    name: 'deskside_dispatches',
    help: `Notifications on their way through channels, by state; counted up to ${MOST_DISPATCHES}.`,
    labelNames: ['state'],
    registers,
  })
  return (figures, dispatches) => {
    info.set({ version: figures.version }, 1)
    workflows.set({ state: 'waiting' }, figures.workflows.waiting)
    workflows.set({ state: 'running' }, figures.workflows.running)
    queue.set(figures.workflows.waiting)
    latest.reset()
    for (const { orchestration, state } of figures.orchestrations) latest.set({ orchestration, state }, 1)
    delivered.reset()
    for (const [outcome, count] of Object.entries(figures.delivered)) delivered.inc({ outcome }, count)
    requests.reset()
    requests.inc(figures.requests)
    for (const [state, count] of Object.entries(dispatches)) onTheirWay.set({ state }, count)
  }
}

async function countDispatches(control: Control): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  // Those that are sent are history, not work.
  for (const state of dispatchStates.filter((one) => one !== 'sent')) {
    counts[state] = 0
    let cursor: string | null = null
    do {
      const { items, next } = await control.notifications.dispatches(system, { state }, { limit: 200, cursor })
      counts[state] += items.length
      cursor = next
    } while (cursor !== null && counts[state] < MOST_DISPATCHES)
  }
  return counts
}

import type { ServerEvent } from '../control/control.ts'
import { notificationWire } from './wire-service.ts'
import { headerWire, snaked } from './wire-workflows.ts'

/** How often a quiet stream says that it is alive, so that no proxy ends it. */
const HEARTBEAT_MS = 15_000

/** When a client comes back after the connection was lost. */
const RETRY_MS = 3_000

export interface EventStream {
  /** What happens from now on; ends when `signal` aborts. */
  events: AsyncIterable<ServerEvent>
  /** Ends the stream: the client has gone, or the server is about to. */
  signal: AbortSignal
  /** Told first, after the events have begun, so that nothing falls between. */
  opening: () => Promise<{ event: string; data: object }[]>
  /** Names of events begin with it. */
  prefix: string
  heartbeatMs?: number
}

/**
 * Server-sent events. There is no replay: a client that comes back reads the state again, and the first event (`hello`, or the workflow as it
 * is) is the sign to do so.
 */
export async function* eventTexts(request: EventStream): AsyncGenerator<string> {
  const { signal, prefix } = request
  const iterator = request.events[Symbol.asyncIterator]()
  let count = 0
  const text = (event: string, data: object) =>
    `id: ${prefix}-${++count}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
  let pending = iterator.next()
  // A failure is told when its turn comes; until then nobody waits for it.
  pending.catch(() => {})
  try {
    const opening = await request.opening()
    yield `retry: ${RETRY_MS}\n\n${opening.map(({ event, data }) => text(event, data)).join('')}`
    while (!signal.aborted) {
      const next = await soon(pending, signal, request.heartbeatMs ?? HEARTBEAT_MS)
      if (next === 'quiet') yield ': still here\n\n'
      else if (next === 'over' || next.done) return
      else {
        pending = iterator.next()
        pending.catch(() => {})
        const { event, data } = eventWire(next.value)
        yield text(event, data)
      }
    }
  } finally {
    await iterator.return?.()
  }
}

/** The next event, unless it takes too long or the stream is to end. */
async function soon<T>(pending: Promise<T>, signal: AbortSignal, quietMs: number): Promise<T | 'quiet' | 'over'> {
  if (signal.aborted) return 'over'
  let timer: NodeJS.Timeout | undefined
  let over: (() => void) | undefined
  try {
    return await Promise.race([
      pending,
      new Promise<'quiet'>((resolve) => {
        timer = setTimeout(() => resolve('quiet'), quietMs)
      }),
      new Promise<'over'>((resolve) => {
        over = () => resolve('over')
        signal.addEventListener('abort', over, { once: true })
      }),
    ])
  } finally {
    clearTimeout(timer)
    if (over !== undefined) signal.removeEventListener('abort', over)
  }
}

function eventWire(event: ServerEvent): { event: string; data: object } {
  switch (event.type) {
    case 'workflow':
      return { event: 'workflow', data: headerWire(event.workflow) }
    case 'progress':
      return { event: 'progress', data: { workflow: event.workflow, progress: snaked(event.progress) } }
    case 'notification':
      return { event: 'notification', data: notificationWire(event.notification) }
    default:
      return event satisfies never
  }
}

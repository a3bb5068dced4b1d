import type { FastifyInstance } from 'fastify'
import { Problem } from '../problem.ts'
import type { Parts } from './parts.ts'

/** A store that takes longer does not answer. */
const READY_MS = 5_000

/** `/healthz`: the process lives. `/readyz`: it can do its work. Both for everybody, and neither tells anything else. */
export function healthRoutes(app: FastifyInstance, parts: Parts, isReady: () => Promise<void>): void {
  const schema = { hide: true }
  app.get('/healthz', { schema }, async (_request, reply) => reply.send({ status: 'ok' }))
  app.get('/readyz', { schema }, async (_request, reply) => {
    await within(READY_MS, Promise.all([isReady(), parts.control.figures()]))
    return reply.send({ status: 'ok' })
  })
}

async function within(timeMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Problem('store.unreachable', { message: 'The control store does not answer in time.' }))
    }, timeMs)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

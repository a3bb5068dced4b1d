/** What a fault makes of a request and of its answer. Nothing of this is Zendesk's. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { ActiveFault } from './faults.ts'
import { json, plainText, type Reply } from './reply.ts'

/** Does the fault keep the request from taking effect? */
export function prevents(fault: ActiveFault | undefined): boolean {
  return fault?.kind === 'reset_before' || fault?.kind === 'hang' || fault?.kind === 'status'
}

/** What the fault makes of the reply, if the request took effect and so has one. */
export function spoiled(fault: ActiveFault, effective: Reply | undefined): Reply | 'silence' {
  switch (fault.kind) {
    case 'status':
    case 'status_after_write': {
      const { status = 500, body = '', headers = {}, retryAfter } = fault
      const all = { ...headers, ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }) }
      return typeof body === 'string' ? plainText(status, body, all) : json(status, body, all)
    }
    case 'garbled':
      return {
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: '<html><body>Just a moment...</body></html>',
      }
    case 'mistyped':
      return effective ? { ...effective, body: mistyped(effective.body, fault.replace) } : 'silence'
    case 'slow':
    case 'truncated':
    case 'drip':
    case 'stale_read':
      return effective ?? 'silence'
    default:
      return 'silence'
  }
}

function mistyped(body: string, replace: Record<string, unknown> | undefined): string {
  if (replace === undefined) return `[${body}]`
  return JSON.stringify(
    JSON.parse(body === '' ? '{}' : body, (key, value) => (Object.hasOwn(replace, key) ? replace[key] : value)),
  )
}

/** No answer; of a reset, RST instead of FIN where the socket can: a proxy or a lost node does no orderly close. */
export function stayAway(request: IncomingMessage, fault: ActiveFault | undefined): void {
  if (fault?.kind.startsWith('reset')) request.socket.resetAndDestroy()
}

/** Half of the body, then the end of the connection. */
export function sendHalf(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  const bytes = Buffer.from(reply.body)
  response.writeHead(reply.status, { ...reply.headers, 'content-length': String(bytes.length) })
  response.write(bytes.subarray(0, bytes.length >> 1), () => request.socket.destroy())
}

/** The whole answer, but a byte of the body at a time: no pause is long enough to look like silence. Ends when the client goes away. */
export async function sendDripping(response: ServerResponse, reply: Reply, delayMs: number): Promise<void> {
  const bytes = Buffer.from(reply.body)
  response.writeHead(reply.status, { ...reply.headers, 'content-length': String(bytes.length) })
  for (let at = 0; at < bytes.length && !response.destroyed; at++) {
    response.write(bytes.subarray(at, at + 1))
    await wait(delayMs, undefined, { ref: false })
  }
  response.end()
}

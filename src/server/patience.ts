import type { IncomingMessage, Server } from 'node:http'

/** How slowly a request may arrive. */
export interface Patience {
  /** For its headers, from the beginning of the connection or the end of the answer before. */
  headersMs: number
  /** For the rest of the request, after its headers; of an upload for the next piece of it. */
  requestMs: number
  /** How often it is looked whether somebody takes too long; Node's own half a minute would be longer than both. */
  everyMs: number
}

export const usualPatience: Patience = { headersMs: 15_000, requestMs: 30_000, everyMs: 2_000 }

/** However it drips: no file takes longer. Node's own bound, which goes for every request. */
export const LONGEST_REQUEST_MS = 60 * 60 * 1000

/** Bounds the time that requests take to arrive. Node has one bound for all, and an upload needs another than the rest. */
export class Arrivals {
  readonly #server: Server
  readonly #patience: Patience
  readonly #ends = new WeakMap<IncomingMessage, () => void>()

  constructor(server: Server, patience: Patience) {
    this.#server = server
    this.#patience = patience
    server.on('request', (request: IncomingMessage) => this.hurry(request))
  }

  /** From now on the whole rest must come in the time of a request, as at its beginning. */
  hurry(request: IncomingMessage): void {
    const timer = setTimeout(() => this.#giveUp(request), this.#patience.requestMs)
    this.#watch(request, () => clearTimeout(timer))
  }

  /** From now on it is enough that it goes on to come. */
  relax(request: IncomingMessage): void {
    const { requestMs, everyMs } = this.#patience
    let bytes = request.socket.bytesRead
    let movedAtMs = performance.now()
    const timer = setInterval(() => {
      if (request.socket.bytesRead !== bytes) {
        bytes = request.socket.bytesRead
        movedAtMs = performance.now()
      } else if (performance.now() - movedAtMs > requestMs) this.#giveUp(request)
    }, everyMs)
    this.#watch(request, () => clearInterval(timer))
  }

  #watch(request: IncomingMessage, end: () => void): void {
    this.#ends.get(request)?.()
    this.#ends.set(request, end)
    if (request.complete) end()
    else request.once('end', end).once('close', end)
  }

  /** As Node does after a time of its own: whoever answers errors of clients says so. */
  #giveUp(request: IncomingMessage): void {
    this.#ends.get(request)?.()
    if (request.complete) return
    const error = Object.assign(new Error('The request took too long to arrive.'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
    this.#server.emit('clientError', error, request.socket)
  }
}

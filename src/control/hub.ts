import type { ServerEvent } from './control.ts'

/** Events that a reader who does not keep up may have waiting; of progress only the latest of each workflow counts. */
const MOST_WAITING = 1_000

/** Hands what happens to everybody who listens, from the moment they do. A slow listener holds nobody up and costs bounded memory. */
export class Hub {
  readonly #listeners = new Set<(event: ServerEvent) => void>()

  publish(event: ServerEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  /** Ends when `signal` aborts. A listener that is too slow loses progress first, then ends: it must read the state anew. */
  async *listen(wanted: (event: ServerEvent) => boolean, signal: AbortSignal): AsyncGenerator<ServerEvent> {
    const waiting: ServerEvent[] = []
    let wake: () => void = () => {}
    let isLost = false
    const listener = (event: ServerEvent) => {
      if (!wanted(event)) return
      if (event.type === 'progress') {
        const older = waiting.findIndex((one) => one.type === 'progress' && one.workflow === event.workflow)
        if (older >= 0) waiting.splice(older, 1)
      }
      if (waiting.length >= MOST_WAITING) isLost = true
      else waiting.push(event)
      wake()
    }
    const stop = () => wake()
    this.#listeners.add(listener)
    signal.addEventListener('abort', stop)
    try {
      while (!signal.aborted && !isLost) {
        const next = waiting.shift()
        if (next !== undefined) yield next
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    } finally {
      this.#listeners.delete(listener)
      signal.removeEventListener('abort', stop)
    }
  }
}

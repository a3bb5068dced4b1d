import { setTimeout as sleep } from 'node:timers/promises'

/** How long work that was told to end may take to do so. */
const LAST_MS = 5_000

/** Work that requests have begun. A client that goes does not end it, and the server must not take away what it works with. */
export class UnderWay {
  readonly #work = new Set<Promise<unknown>>()

  async run<T>(begin: () => Promise<T>): Promise<T> {
    const work = begin()
    this.#work.add(work)
    try {
      return await work
    } finally {
      this.#work.delete(work)
    }
  }

  /** Resolves when nothing is under way any more, or after `graceMs` and a few seconds for the work that heard then that it must end. */
  async rest(graceMs: number): Promise<void> {
    const patience = new AbortController()
    const over = sleep(graceMs + LAST_MS, undefined, { signal: patience.signal }).catch(() => undefined)
    const rested = (async () => {
      while (this.#work.size > 0) await Promise.allSettled(this.#work)
    })()
    await Promise.race([rested, over])
    patience.abort()
  }
}

import { Problem } from './problem.ts'

/** Work that wants its turn. */
export interface TurnRequest {
  /** In words, for those who wait: "orchestration north". */
  work: string
  /** Any of them ends the wait. */
  signals?: readonly (AbortSignal | undefined)[]
  /** Told why it waits, and null when that is over. */
  onWait?: (notice: { why: string; untilMs: null } | null) => void
}

/**
 * Lets one piece of work at a time at a project's state, in the order in which they came. A workflow needs it from its plan to its last
 * outcome: two that deliver to an account at once could hold the same person (I4) and would add up their jobs in flight (I8).
 */
export class Turns {
  /** What is being worked at, in words; null: nothing. */
  #current: string | null = null
  readonly #queue: (() => void)[] = []

  /** Runs `task` in its turn. Throws `workflow.stopped` when a signal aborts before that. */
  async run<T>(request: TurnRequest, task: () => Promise<T>): Promise<T> {
    const end = await this.take(request)
    try {
      return await task()
    } finally {
      end()
    }
  }

  /** Resolves when it is this work's turn, with what ends the turn. Throws like {@link run}. */
  async take({ work, signals = [], onWait = () => {} }: TurnRequest): Promise<() => void> {
    if (this.#current === null) this.#current = work
    else {
      onWait({ why: `waiting until ${this.#current} is through`, untilMs: null })
      await this.#wait(work, AbortSignal.any(signals.filter((one) => one !== undefined)))
      onWait(null)
    }
    return () => {
      this.#current = null
      this.#queue.shift()?.()
    }
  }

  #wait(work: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        signal.removeEventListener('abort', stop)
        // At once: whoever comes in this very moment must not find the place free.
        this.#current = work
        resolve()
      }
      const stop = () => {
        const place = this.#queue.indexOf(begin)
        if (place >= 0) this.#queue.splice(place, 1)
        reject(new Problem('workflow.stopped', { message: `Stopped before ${work} had its turn.` }))
      }
      if (signal.aborted) return stop()
      signal.addEventListener('abort', stop, { once: true })
      this.#queue.push(begin)
    })
  }
}

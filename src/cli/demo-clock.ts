/** Somebody who waits for a time. */
interface Sleeper {
  untilMs: number
  wake: () => void
}

/** How much faster than others it goes while it has not arrived: a run of a second has taken a minute, as in a real account. */
const SPEED = 60

/**
 * The clock of the demo's past. It begins some days ago, goes fast, and is put forward to where the next thing happens; schedules, the
 * emulated accounts and everything that is dated follow it. Where it arrives, it is the clock of the machine. It never goes back.
 */
export class DemoClock {
  #baseMs: number
  #sinceMs = performance.now()
  #hasArrived = false
  readonly #sleepers = new Set<Sleeper>()

  constructor(start: Date) {
    this.#baseMs = start.getTime()
  }

  nowMs(): number {
    if (this.#hasArrived) return Date.now()
    return Math.floor(this.#baseMs + (performance.now() - this.#sinceMs) * SPEED)
  }

  readonly now = (): Date => new Date(this.nowMs())

  /** Resolves after this time, or when the signal aborts. For the time before it arrives. */
  readonly wait = (delayMs: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const timer = setTimeout(() => sleeper.wake(), Math.max(0, delayMs) / SPEED)
      const sleeper: Sleeper = {
        untilMs: this.nowMs() + delayMs,
        wake: () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', sleeper.wake)
          this.#sleepers.delete(sleeper)
          resolve()
        },
      }
      this.#sleepers.add(sleeper)
      signal.addEventListener('abort', sleeper.wake, { once: true })
    })

  /** Puts the clock forward and wakes whoever waited for that. A time that is past already changes nothing. */
  leap(to: Date): void {
    if (to.getTime() > this.nowMs()) this.#set(to.getTime())
    for (const { untilMs, wake } of [...this.#sleepers]) if (untilMs <= this.nowMs()) wake()
  }

  /** From now on it is the clock of the machine. */
  arrive(): void {
    this.leap(new Date())
    this.#hasArrived = true
  }

  #set(atMs: number): void {
    this.#baseMs = atMs
    this.#sinceMs = performance.now()
  }
}

/** Lets loops of one process wait for "something happened", for a delay, or for the end, whichever comes first. */
export class Activity {
  #waiters = new Set<() => void>()

  /** Wakes everybody who waits. */
  notify(): void {
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const wake of waiters) wake()
  }

  /** Resolves at the next notification, or after `delayMs` (no limit when null). Delays are measured by the monotonic clock of timers. */
  async wait(delayMs: number | null = null): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = delayMs === null ? null : setTimeout(() => wake(), Math.max(0, delayMs))
      const wake = () => {
        if (timer !== null) clearTimeout(timer)
        this.#waiters.delete(wake)
        resolve()
      }
      this.#waiters.add(wake)
    })
  }
}

/** Milliseconds of the monotonic clock: a wall clock that jumps changes no pace and no time-out. */
export function monotonicMs(): number {
  return performance.now()
}

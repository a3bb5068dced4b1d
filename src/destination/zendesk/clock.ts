import { performance } from 'node:perf_hooks'

/** Time as a connection sees it; tests bring their own. */
export interface Clock {
  /** Milliseconds of a clock that never jumps: pacing and time-outs must not follow a corrected wall clock. */
  now(): number
  /** Resolves after `delayMs`, or at once when the signal aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

/** The machine's monotonic clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep(delayMs, signal) {
    if (signal?.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, Math.max(0, delayMs))
      signal?.addEventListener('abort', end, { once: true })
    })
  },
}

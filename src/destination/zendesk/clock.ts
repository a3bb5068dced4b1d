import { performance } from 'node:perf_hooks'

/** Time as a connection sees it; tests bring their own. */
export interface Clock {
  /** Milliseconds of a clock that never jumps: pacing and time-outs must not follow a corrected wall clock. */
  now(): number
  /** Resolves after `delayMs`, or at once when the signal aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

/** The account's time of day. */
export interface AccountClock {
  /** Milliseconds since the epoch: by the last answer and what has passed since; before the first answer by the machine's clock. */
  now(): number
  /** Takes the `Date` of an answer in. */
  heard(date: string | undefined): void
}

/**
 * A machine's clock may be wrong, and may jump; what was confirmed is compared with times that Zendesk writes, so it is dated by Zendesk's
 * clock. `Date` has whole seconds, as the times of users have: the newest is never before a change that an earlier answer has told of.
 */
export function openAccountClock(): AccountClock {
  let heardAt: { accountMs: number; steadyMs: number } | null = null
  return {
    now: () => (heardAt === null ? Date.now() : heardAt.accountMs + performance.now() - heardAt.steadyMs),
    heard(date) {
      const accountMs = Date.parse(date ?? '')
      if (Number.isFinite(accountMs)) heardAt = { accountMs, steadyMs: performance.now() }
    },
  }
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

import type { WaitNotice } from '../destination.ts'
import type { Clock } from './clock.ts'

/**
 * One limiter per account and process counts every request: writes, polls, reads and tokens of every connection. It takes a share of
 * what the account may ask in a window, leaves the last 5 % to others, and waits out what Zendesk asks for. The decision is a pure
 * function of a state.
 */

/** What the limiter knows. Times are milliseconds of the injected clock. */
export interface LimiterState {
  /** Share of the account's requests that we allow ourselves; null lifts it. */
  share: number | null
  /** Requests that the account may make in a window, from the headers. */
  limit: number | null
  /** What the account had left at the last answer. */
  remaining: number | null
  /** End of the account's window, when a header told it. */
  resetAt: number | null
  /** Start times of our requests in this window, oldest first. */
  sentAt: number[]
  inFlight: number
  /** An answer has come in this window, so the limits are known as well as they can be. */
  answered: boolean
  pausedUntil: number
}

/** May one more request start? `untilMs` null: look again when an answer comes. */
export type Decision = { go: true } | { go: false; untilMs: number | null; why: 'asked' | 'budget' | 'first_answer' }

const windowMs = 60_000
/** Below Zendesk's smallest Suite plan nothing is known: https://developer.zendesk.com/api-reference/introduction/rate-limits/ */
const assumedLimit = 200
/** This much of the account's requests is left to agents and other integrations. */
const reserve = 0.05
/** Resets come in whole seconds; the next window surely runs a second later. */
const resetMarginMs = 1_000

export function freshState(share: number | null): LimiterState {
  return {
    share,
    limit: null,
    remaining: null,
    resetAt: null,
    sentAt: [],
    inFlight: 0,
    answered: false,
    pausedUntil: Number.NEGATIVE_INFINITY,
  }
}

/** Requests that we allow ourselves in a window; null when lifted. */
export function budget(state: LimiterState): number | null {
  return state.share === null ? null : Math.max(1, Math.floor((state.limit ?? assumedLimit) * state.share))
}

/** Forgets what belongs to windows that have ended. */
export function advance(state: LimiterState, nowMs: number): void {
  if (state.resetAt !== null && nowMs >= state.resetAt) {
    state.resetAt = null
    state.remaining = null
    state.sentAt.length = 0
    // What others have asked in the new window is not known before its first answer: one request goes ahead of all others.
    state.answered = false
  }
  while (state.sentAt.length > 0 && nowMs - state.sentAt[0]! >= windowMs) state.sentAt.shift()
}

/** Decides on the next request; `advance` has been called for the same time. */
export function decide(state: LimiterState, nowMs: number): Decision {
  if (nowMs < state.pausedUntil) return { go: false, untilMs: state.pausedUntil, why: 'asked' }
  const allowed = budget(state)
  if (allowed === null) return { go: true }
  if (!state.answered && state.inFlight > 0) return { go: false, untilMs: null, why: 'first_answer' }
  if (state.remaining !== null) {
    const floor = (state.limit ?? assumedLimit) * reserve
    if (state.remaining <= floor) return { go: false, untilMs: state.resetAt, why: 'budget' }
    if (state.remaining - state.inFlight <= floor) return { go: false, untilMs: state.resetAt, why: 'budget' }
  }
  if (state.sentAt.length >= allowed) {
    const oldestEndsAt = state.sentAt[0]! + windowMs
    return { go: false, untilMs: Math.min(oldestEndsAt, state.resetAt ?? oldestEndsAt), why: 'budget' }
  }
  return { go: true }
}

export function recordStart(state: LimiterState, nowMs: number): void {
  state.inFlight++
  // Also when lifted: a connection that joins later may have a budget, and what was asked before it counts.
  state.sentAt.push(nowMs)
}

/** Takes over what an answer says; `headers` null when none came. */
export function recordEnd(state: LimiterState, nowMs: number, headers: ReadonlyMap<string, string> | null): void {
  state.inFlight--
  if (headers === null) return
  state.answered = true
  const limit = count(headers, 'ratelimit-limit', 'rate-limit', 'x-rate-limit')
  if (limit !== null && limit > 0) state.limit = limit
  const remaining = count(headers, 'ratelimit-remaining', 'rate-limit-remaining', 'x-rate-limit-remaining')
  const reset = count(headers, 'ratelimit-reset', 'rate-limit-reset', 'x-rate-limit-reset')
  if (reset !== null && reset <= 3_600) {
    const resetAt = nowMs + reset * 1_000 + resetMarginMs
    // A reset much later than the one we knew: the account's window has just turned over, and only what is in flight counts in it.
    if (state.resetAt !== null && resetAt > state.resetAt + 2 * resetMarginMs) {
      state.sentAt.splice(0, Math.max(0, state.sentAt.length - state.inFlight - 1))
      state.remaining = null
    }
    state.resetAt = resetAt
  }
  if (remaining === null) return
  // Answers overtake each other: within a window the smallest number is the newest.
  state.remaining = reset === null || state.remaining === null ? remaining : Math.min(state.remaining, remaining)
  if (state.resetAt === null && remaining <= (state.limit ?? assumedLimit) * reserve) state.resetAt = nowMs + windowMs
}

export function recordPause(state: LimiterState, untilMs: number): void {
  state.pausedUntil = Math.max(state.pausedUntil, untilMs)
}

function count(headers: ReadonlyMap<string, string>, ...names: string[]): number | null {
  for (const name of names) {
    const digits = /^\s*(\d{1,9})/.exec(headers.get(name) ?? '')
    if (digits !== null) return Number(digits[1])
  }
  return null
}

const maxPauseMs = 3_600_000

/** Milliseconds that a `Retry-After` asks for (seconds or a date by the account's clock); null when there is none. At most an hour. */
export function retryAfterMs(headers: ReadonlyMap<string, string>, accountNowMs: number): number | null {
  const text = headers.get('retry-after')?.trim()
  if (text === undefined || text === '') return null
  const delayMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - accountNowMs
  return Number.isFinite(delayMs) ? Math.min(Math.max(0, delayMs), maxPauseMs) : null
}

/** Tells a connection what it waits for; null: the wait is over. */
type OnWait = (notice: WaitNotice | null) => void

export interface Limiter {
  /**
   * Resolves when one more request may start; false when the signal aborted while waiting. Each `true` needs one `done`. `onWait` hears of
   * the wait as long as this request is held.
   */
  start(signal?: AbortSignal, onWait?: OnWait): Promise<boolean>
  done(headers: ReadonlyMap<string, string> | null): void
  /** Zendesk asks everybody to wait. */
  pause(delayMs: number): void
  /** One more connection with this share uses the limiter: the smallest share holds for all of them. */
  join(share: number | null): void
  requestsPerMinute(): number | null
  accountLimit(): number | null
}

/** Limiters by origin: what one App knows of its accounts, kept between connections. */
export type Limiters = Map<string, Limiter>

/** The limiter of an account, made at first sight. */
export function limiterOf(limiters: Limiters, origin: string, share: number | null, clock: Clock): Limiter {
  const known = limiters.get(origin)
  known?.join(share)
  const limiter = known ?? openLimiter(share, clock)
  limiters.set(origin, limiter)
  return limiter
}

/** Waits below this are not worth a word. */
const announceMs = 1_000

const silent: OnWait = () => {}

interface Held {
  settle: (go: boolean) => void
  onWait: OnWait
}

export function openLimiter(share: number | null, clock: Clock): Limiter {
  const state = freshState(share)
  const queue: Held[] = []
  let pumping = false
  let wake = new AbortController()
  /** Who knows of the wait that lasts. */
  const told = new Set<OnWait>()

  function waitOver(): void {
    for (const onWait of told) onWait(null)
    told.clear()
  }

  async function pump(): Promise<void> {
    if (pumping) return
    pumping = true
    while (queue.length > 0) {
      const nowMs = clock.now()
      advance(state, nowMs)
      const decision = decide(state, nowMs)
      if (decision.go) {
        waitOver()
        recordStart(state, nowMs)
        queue.shift()!.settle(true)
        continue
      }
      const delayMs = decision.untilMs === null ? windowMs : decision.untilMs - nowMs
      if (decision.untilMs !== null && delayMs >= announceMs) {
        const notice = { why: sentence(decision.why, delayMs), untilMs: Date.now() + delayMs }
        for (const { onWait } of queue) {
          if (told.has(onWait)) continue
          told.add(onWait)
          onWait(notice)
        }
      }
      wake = new AbortController()
      await clock.sleep(delayMs, wake.signal)
    }
    waitOver()
    pumping = false
  }

  /** Each abort makes an exception with a stack, 150 us a request: only when somebody waits. */
  function lookAgain(): void {
    if (pumping) wake.abort()
  }

  return {
    start(signal, onWait = silent) {
      if (signal?.aborted) return Promise.resolve(false)
      const nowMs = clock.now()
      advance(state, nowMs)
      if (queue.length === 0 && decide(state, nowMs).go) {
        recordStart(state, nowMs)
        return Promise.resolve(true)
      }
      return new Promise((resolve) => {
        const stop = () => {
          const place = queue.indexOf(held)
          if (place >= 0) queue.splice(place, 1)
          resolve(false)
          lookAgain()
        }
        const held: Held = {
          settle: (go) => {
            signal?.removeEventListener('abort', stop)
            resolve(go)
          },
          onWait,
        }
        signal?.addEventListener('abort', stop, { once: true })
        queue.push(held)
        // A wait that others have been told of is told to whoever joins them.
        if (told.size > 0 && !told.has(onWait)) lookAgain()
        void pump()
      })
    },
    done(headers) {
      recordEnd(state, clock.now(), headers)
      lookAgain()
    },
    pause(delayMs) {
      recordPause(state, clock.now() + delayMs)
      lookAgain()
    },
    join(share) {
      if (share !== null) state.share = Math.min(state.share ?? share, share)
    },
    requestsPerMinute: () => (state.limit === null ? null : budget(state)),
    accountLimit: () => state.limit,
  }
}

function sentence(why: 'asked' | 'budget' | 'first_answer', delayMs: number): string {
  const seconds = `${Math.ceil(delayMs / 1_000)} s`
  return why === 'asked'
    ? `Zendesk asks us to wait ${seconds}`
    : `waiting ${seconds} so that agents and other integrations keep their share of the account's requests`
}

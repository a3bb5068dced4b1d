/** Requests per minute of the account, and the two limits of the singular upsert (DOC-RL). */
import type { Random } from './random.ts'
import { json, plainText, type Reply } from './reply.ts'
import { requestsPerMinute, type Settings } from './settings.ts'

const windowMs = 60_000
/** Two requests sent a second apart may arrive a little closer; in the long run there is one a second all the same. */
const toleranceMs = 100

/** Assumption: one fixed window of 60 s from its first request on; refused requests do not count. */
export class RequestLimit {
  private readonly settings: Settings
  private readonly random: Random
  private windowStartMs = Number.NEGATIVE_INFINITY
  private used = 0

  constructor(settings: Settings, random: Random) {
    this.settings = settings
    this.random = random
  }

  /** Counts a request: the headers of its answer, and the refusal if there is no budget. */
  take(nowMs: number): { headers: Record<string, string>; refusal?: Reply } {
    const limit = requestsPerMinute[this.settings.plan]
    if (limit === Number.POSITIVE_INFINITY) return { headers: {} }
    if (nowMs - this.windowStartMs >= windowMs) {
      this.windowStartMs = nowMs
      this.used = Math.min(limit, this.settings.othersRequests)
    }
    const resetS = Math.max(1, Math.ceil((this.windowStartMs + windowMs - nowMs) / 1000))
    const isOver = this.used >= limit
    if (!isOver) this.used++
    const left = String(limit - this.used)
    const headers = {
      'x-rate-limit': String(limit),
      'x-rate-limit-remaining': left,
      'ratelimit-limit': String(limit),
      'ratelimit-remaining': left,
      'ratelimit-reset': String(resetS),
    }
    if (!isOver) return { headers }
    const retryAfter = { 'retry-after': String(resetS) }
    // justeat #229: bodies vary and may be plain text, so either comes.
    const description = 'Number of allowed API requests per minute exceeded'
    const refusal = this.random.chance(0.5)
      ? json(429, { error: 'APIRateLimitExceeded', description }, retryAfter)
      : plainText(429, description, retryAfter)
    return { headers, refusal }
  }
}

/** `PUT /users/{id}` and `POST /users/create_or_update` together: 5 a minute for one user and 1 request a second for the account, on every plan. */
export class SingularUpsertLimit {
  /** When the next request is due. */
  private dueAtMs = Number.NEGATIVE_INFINITY
  private readonly byUser = new Map<number, number[]>()

  /** The one request a second; Assumption: its answer looks like that of the other limit. */
  takeAccount(nowMs: number): Reply | undefined {
    const waitMs = this.dueAtMs - nowMs
    if (waitMs > toleranceMs) return tooManyUpdates(waitMs)
    this.dueAtMs = Math.max(nowMs, this.dueAtMs) + 1000
    return undefined
  }

  takeUser(userId: number, nowMs: number): Reply | undefined {
    const times = (this.byUser.get(userId) ?? []).filter((atMs) => nowMs - atMs < windowMs)
    if (times.length >= 5) return tooManyUpdates(times[0]! + windowMs - nowMs)
    times.push(nowMs)
    this.byUser.set(userId, times)
    return undefined
  }
}

/** `DELETE /deleted_users/{id}`: 700 in 10 minutes (OAS). Assumption: a window like that of the account, and the body. */
export class PermanentDeletionLimit {
  private readonly settings: Settings
  private windowStartMs = Number.NEGATIVE_INFINITY
  private used = 0

  constructor(settings: Settings) {
    this.settings = settings
  }

  take(nowMs: number): Reply | undefined {
    const endMs = this.windowStartMs + 10 * windowMs
    if (nowMs >= endMs) {
      this.windowStartMs = nowMs
      this.used = 0
    } else if (this.used >= this.settings.permanentDeletionLimit) {
      const errors = [{ code: 'TooManyRequests', title: 'Too many permanent deletions' }]
      return json(429, { errors }, { 'retry-after': String(Math.max(1, Math.ceil((endMs - nowMs) / 1000))) })
    }
    this.used++
    return undefined
  }
}

/** So many requests in any minute for one key. */
export class KeyedLimit {
  private readonly perMinute: number
  private readonly byKey = new Map<string, number[]>()

  constructor(perMinute: number) {
    this.perMinute = perMinute
  }

  /** Counts a request; or how long to wait, in milliseconds, if there have been too many. */
  take(key: string, nowMs: number): number | undefined {
    const times = (this.byKey.get(key) ?? []).filter((atMs) => nowMs - atMs < windowMs)
    if (times.length >= this.perMinute) return times[0]! + windowMs - nowMs
    times.push(nowMs)
    this.byKey.set(key, times)
    return undefined
  }
}

/** GRP, the 6th update in a minute, word for word. */
function tooManyUpdates(waitMs: number): Reply {
  const body = 'You have exceeded the rate limit for updating a single unique user. user email:  id:  external_id: '
  return plainText(429, body, { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) })
}

/**
 * Spaces batch starts by rows / rate, plus half a percent, and never catches up: a delay is lost, not repaid by a burst. Zendesk's
 * documented ceiling of the original connector is 100 users a second.
 */
export class Pace {
  readonly #rowsPerMs: number | null
  #nextStartMs = Number.NEGATIVE_INFINITY

  constructor(usersPerSecond: number | null) {
    this.#rowsPerMs = usersPerSecond === null ? null : usersPerSecond / 1000
  }

  /** Milliseconds until the next batch may start. */
  delayMs(nowMs: number): number {
    return Math.max(0, this.#nextStartMs - nowMs)
  }

  /** A batch of `rows` starts now. */
  started(nowMs: number, rows: number): void {
    if (this.#rowsPerMs === null) return
    this.#nextStartMs = nowMs + (rows / this.#rowsPerMs) * 1.005
  }
}

/** With jobs of seven to twelve seconds, one POST a second and 15 slots, this leaves it to the slots to say when to ask. */
const MAX_POLL_DELAY_MS = 7_000

/** Jobs that take no longer than this are done before one could wait for them. */
const FEW_MS = 100

/** Polls are answered this much before a batch wants a slot that they should free. */
const SPARE_MS = 50

/**
 * When to ask for the jobs in flight: paced by how long jobs take. While every slot is taken it asks sooner, but not before the next batch
 * could start: the later it asks, the more jobs are seen to have ended, and a batch that finds a slot when its turn comes has lost nothing.
 * At 100 users a second, jobs of 100 rows fill 15 slots every six seconds: 11.9 writes and polls per 1,000 users.
 */
export class PollPace {
  #typicalMs: number | null = null
  #blindMs = 100
  #answerMs = 0
  #fromMs = 0
  #delayMs = 0

  /** How long jobs have taken lately, from POST to result; null before the first. */
  get typicalJobMs(): number | null {
    return this.#typicalMs
  }

  /** A job was seen finished this long after it was submitted. */
  finished(durationMs: number): void {
    this.#typicalMs = this.#typicalMs === null ? durationMs : this.#typicalMs * 0.8 + durationMs * 0.2
  }

  /** A poll was answered after this time. */
  answered(tookMs: number): void {
    this.#answerMs = this.#answerMs === 0 ? tookMs : this.#answerMs * 0.8 + tookMs * 0.2
  }

  /** From now on there are jobs of which nothing is known: the first began, or a poll was answered. */
  begin(nowMs: number): void {
    this.#fromMs = nowMs
    if (this.#typicalMs !== null) {
      this.#delayMs = Math.min(Math.max(this.#typicalMs * 0.6, 10), MAX_POLL_DELAY_MS)
      return
    }
    this.#delayMs = this.#blindMs
    this.#blindMs = Math.min(this.#blindMs * 3, MAX_POLL_DELAY_MS)
  }

  /** When to ask next; `wantedAtMs`: when the next batch could start if it had a slot, null while one is free. */
  dueMs(wantedAtMs: number | null): number {
    const dueMs = this.#fromMs + this.#delayMs
    if (wantedAtMs === null) return dueMs
    // Jobs of a few milliseconds are asked for at once: each millisecond keeps every slot from its next batch.
    const soonestMs = this.#fromMs + (this.#delayMs < FEW_MS ? 1 : this.#delayMs / 4)
    return Math.min(dueMs, Math.max(soonestMs, wantedAtMs - this.#answerMs * 1.5 - SPARE_MS))
  }
}

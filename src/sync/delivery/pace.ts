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

/** One poll in this time and one POST a second make no more than twelve requests per 1,000 users. */
const MAX_POLL_DELAY_MS = 5_500

/** How long to wait before asking for the jobs in flight again: paced by how long jobs take, sooner when every slot is taken. */
export class PollPace {
  #typicalMs: number | null = null
  #blindMs = 50

  /** How long jobs have taken lately, from POST to result; null before the first. */
  get typicalJobMs(): number | null {
    return this.#typicalMs
  }

  /** A job was seen finished this long after it was submitted. */
  finished(durationMs: number): void {
    this.#typicalMs = this.#typicalMs === null ? durationMs : this.#typicalMs * 0.8 + durationMs * 0.2
  }

  nextDelayMs(slotsTaken: boolean): number {
    if (this.#typicalMs === null) {
      this.#blindMs = Math.min(this.#blindMs * 2, MAX_POLL_DELAY_MS)
      return this.#blindMs
    }
    const paced = Math.min(Math.max(this.#typicalMs * 0.6, 10), MAX_POLL_DELAY_MS)
    return slotsTaken ? Math.min(paced, Math.max(paced / 4, 10)) : paced
  }
}

import type { Progress } from '../report.ts'

const REPORT_EVERY_MS = 250
/** The rate shown is that of the last while, so that the wait for the first jobs does not look like slowness. */
const WINDOW_MS = 10_000

/** How far a delivery is, told a few times a second at most. Times are those of the monotonic clock. */
export class ProgressMeter {
  readonly #total: number
  readonly #tell: (progress: Progress) => void
  #settled: number
  #sent: number
  #firstSent: { atMs: number; sent: number } | null = null
  #lastToldAtMs = Number.NEGATIVE_INFINITY
  #marks: { atMs: number; settled: number }[] = []

  /** `settled` changes had their outcome before, `open` ones were on their way. */
  constructor(total: number, settled: number, open: number, tell: (progress: Progress) => void) {
    this.#total = total
    this.#settled = settled
    this.#sent = settled + open
    this.#tell = tell
  }

  sent(nowMs: number, changes: number): void {
    this.#firstSent ??= { atMs: nowMs, sent: this.#sent }
    this.#sent += changes
  }

  settled(changes: number): void {
    this.#settled += changes
  }

  /** Tells how it stands, unless that was told a moment ago. */
  report(
    nowMs: number,
    open: { jobsInFlight: number; parked: number; typicalJobMs: number | null },
    always = false,
  ): void {
    if (!always && nowMs - this.#lastToldAtMs < REPORT_EVERY_MS) return
    this.#lastToldAtMs = nowMs
    this.#marks.push({ atMs: nowMs, settled: this.#settled })
    while (this.#marks.length > 2 && nowMs - (this.#marks[1]?.atMs ?? nowMs) >= WINDOW_MS) this.#marks.shift()
    const { jobsInFlight, parked, typicalJobMs } = open
    this.#tell({
      settled: Math.min(this.#settled, this.#total),
      total: this.#total,
      usersPerSecond: this.#rate(nowMs),
      jobsInFlight,
      parked,
      etaMs: this.#eta(nowMs, typicalJobMs ?? 0),
    })
  }

  #rate(nowMs: number): number {
    const first = this.#marks[0]
    if (first === undefined || nowMs <= first.atMs) return 0
    return (1000 * (this.#settled - first.settled)) / (nowMs - first.atMs)
  }

  /** By the rate of sending, which the limits decide, and the time that the last job will take. */
  #eta(nowMs: number, typicalJobMs: number): number | null {
    if (this.#firstSent === null || nowMs <= this.#firstSent.atMs) return null
    const perMs = (this.#sent - this.#firstSent.sent) / (nowMs - this.#firstSent.atMs)
    const unsent = Math.max(0, this.#total - this.#sent)
    return perMs === 0 ? null : Math.round(unsent / perMs + typicalJobMs)
  }
}

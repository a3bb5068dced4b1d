import type { WorkflowEvent } from './report.ts'

/**
 * How long a run has waited, added up from what it announced: a wait lasts until its time is over, or until its end is announced, and what
 * is announced while another wait lasts counts once. Everything else that a run does goes on meanwhile.
 */
export class WaitMeter {
  #waitedMs = 0
  #sinceMs = 0
  /** End of the wait that was announced last; before `#sinceMs`: nothing is waited for. */
  #untilMs = Number.NEGATIVE_INFINITY

  /** Takes an event in. `nowMs` is monotonic, `wallNowMs` of the clock that `untilMs` of waits is of. */
  event(event: WorkflowEvent, nowMs: number, wallNowMs: number): void {
    if (event.type !== 'waiting') return
    const lastsMs = event.why === null || event.untilMs === null ? 0 : event.untilMs - wallNowMs
    this.#waitedMs = this.waitedMs(nowMs)
    this.#sinceMs = nowMs
    this.#untilMs = event.why === null ? nowMs : Math.max(this.#untilMs, nowMs + lastsMs)
  }

  waitedMs(nowMs: number): number {
    return this.#waitedMs + Math.max(0, Math.min(nowMs, this.#untilMs) - this.#sinceMs)
  }
}

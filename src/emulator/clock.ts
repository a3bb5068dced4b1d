/** The clock of an emulated account, which may be put forward. Everything in the account follows it: jobs, tokens, limits, search, times. */
import { isoTime } from './user-json.ts'

/** `real` goes on by itself; `manual` stands still between two changes. */
export const clockModes = ['real', 'manual'] as const
export type ClockMode = (typeof clockModes)[number]

/** How far, or to when: milliseconds since the epoch or ISO 8601. */
export interface ClockChange {
  advance_ms?: number
  now?: number | string
}

export interface ClockView {
  now: string
  now_ms: number
  mode: ClockMode
}

export class Clock {
  private readonly source: () => number
  private readonly mode: ClockMode
  private readonly startMs: number
  private aheadMs = 0

  /** `source`: milliseconds since the epoch. */
  constructor(source: () => number, mode: ClockMode) {
    if (!clockModes.includes(mode)) {
      throw new TypeError(`The emulator has no clock \`${mode}\`; it has ${clockModes.join(', ')}.`)
    }
    this.source = source
    this.mode = mode
    this.startMs = source()
  }

  nowMs(): number {
    return (this.mode === 'real' ? this.source() : this.startMs) + this.aheadMs
  }

  /** A TypeError when the change is no time, or goes back: what has happened stays. */
  change(change: ClockChange): void {
    const unknown = Object.keys(change).find((key) => key !== 'advance_ms' && key !== 'now')
    if (unknown !== undefined || (change.advance_ms === undefined) === (change.now === undefined)) {
      throw new TypeError('A change of the clock has either `advance_ms` or `now`.')
    }
    const byMs = change.now === undefined ? change.advance_ms : readTime(change.now) - this.nowMs()
    if (typeof byMs !== 'number' || !Number.isFinite(byMs)) {
      throw new TypeError('`advance_ms` is a number of milliseconds; `now` is ISO 8601 or milliseconds since 1970.')
    }
    if (byMs < 0) throw new TypeError('The clock goes forward only.')
    this.aheadMs += byMs
  }

  /** Back to the time of the start, or to the real one. */
  reset(): void {
    this.aheadMs = 0
  }

  view(): ClockView {
    const nowMs = this.nowMs()
    return { now: isoTime(Math.floor(nowMs / 1000)), now_ms: nowMs, mode: this.mode }
  }
}

function readTime(time: number | string): number {
  return typeof time === 'string' ? Date.parse(time) : Number(time)
}

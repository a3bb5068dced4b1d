import type { ProblemCode } from '../problem.ts'
import type { RowAlert, TrippedGuard } from './report.ts'

/** `alerts:` of an orchestration; what is missing is no bound. */
export interface AlertBounds {
  rows?: {
    warn_below?: number | undefined
    fail_below?: number | undefined
    warn_above?: number | undefined
    fail_above?: number | undefined
  }
  /** Against the rows of the last completed run. */
  change_percent?: { warn?: number | undefined; fail?: number | undefined }
}

/** What the bounds say of a number of rows: `guards` stop the plan, `alerts` only tell. */
export interface JudgedRows {
  guards: TrippedGuard[]
  alerts: RowAlert[]
}

/** One of the measures, with its bounds and how a number beyond one reads. */
interface Measure {
  code: RowAlert['code']
  guard: ProblemCode
  warn: number | undefined
  fail: number | undefined
  isBeyond: (bound: number) => boolean
  /** `fewer than 1,000`, after the number of rows. */
  beyond: (bound: number) => string
}

/**
 * Judges how many rows a result has: always the whole, also under --sample. `lastRows`: those of the last completed run; null where there is none to
 * compare with. Of one measure only the gravest is told; as many as a bound is not beyond it.
 */
export function judgeRows(bounds: AlertBounds, rows: number, lastRows: number | null): JudgedRows {
  const judged: JudgedRows = { guards: [], alerts: [] }
  const subject = `The result has ${number(rows)} ${rows === 1 ? 'row' : 'rows'}`
  for (const { code, guard, warn, fail, isBeyond, beyond } of measures(bounds, rows, lastRows)) {
    if (fail !== undefined && isBeyond(fail)) {
      judged.guards.push({ code: guard, message: `${subject}, ${beyond(fail)}, at which the orchestration stops.` })
    } else if (warn !== undefined && isBeyond(warn)) {
      const message = `${subject}, ${beyond(warn)}, at which the orchestration warns.`
      judged.alerts.push({ code, message, rows, bound: warn, last_rows: lastRows })
    }
  }
  return judged
}

function measures({ rows: counts = {}, change_percent: change = {} }: AlertBounds, rows: number, last: number | null) {
  const found: Measure[] = [
    {
      ...{ code: 'rows_below', guard: 'guard.rows_below', warn: counts.warn_below, fail: counts.fail_below },
      isBeyond: (bound) => rows < bound,
      beyond: (bound) => `fewer than ${number(bound)}`,
    },
    {
      ...{ code: 'rows_above', guard: 'guard.rows_above', warn: counts.warn_above, fail: counts.fail_above },
      isBeyond: (bound) => rows > bound,
      beyond: (bound) => `more than ${number(bound)}`,
    },
  ]
  // Of no rows nothing is a percentage.
  if (last === null || last === 0) return found
  const differing = Math.abs(rows - last)
  const direction = rows < last ? 'fewer' : 'more'
  const percent = number((100 * differing) / last)
  found.push({
    ...{ code: 'rows_changed', guard: 'guard.rows_changed', warn: change.warn, fail: change.fail },
    isBeyond: (bound) => 100 * differing > bound * last,
    beyond: (bound) =>
      `${percent} % ${direction} than the ${number(last)} of the last completed run and so beyond ${number(bound)} %`,
  })
  return found
}

function number(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 2 })
}

import type { Json } from '../problem.ts'
import type { WorkflowHeader } from '../store/store.ts'

/** What the workflows that ended on one day did. */
export interface Day {
  /** `2026-01-31`, in the time zone that was asked for. */
  day: string
  workflows: number
  created: number
  updated: number
  rejected: number
  failed: number
}

export type Ended = Pick<WorkflowHeader, 'runId' | 'endedAt' | 'rows'>

const dayMs = 24 * 60 * 60 * 1_000

/**
 * The last so many days, the earliest first, each whether anything ended on it or not. Several workflows may have worked at one run, which tells
 * the same rows each time: a run counts on the day when its last one ended.
 */
export function byDay(
  ended: readonly Ended[],
  { now, days, timeZone }: { now: Date; days: number; timeZone: string },
): Day[] {
  const dayOf = dayTeller(timeZone)
  const shown = new Map(lastDays(dayOf(now), days).map((day) => [day, emptyDay(day)]))
  for (const { endedAt, rows } of onePerRun(ended)) {
    const day = shown.get(dayOf(endedAt))
    if (day === undefined) continue
    day.workflows++
    for (const outcome of ['created', 'updated', 'rejected', 'failed'] as const) day[outcome] += countOf(rows, outcome)
  }
  return [...shown.values()]
}

/** Everything that may have ended on one of these days, whatever the time zone. */
export function earliestOf(now: Date, days: number): Date {
  return new Date(now.getTime() - (days + 1) * dayMs)
}

function onePerRun(ended: readonly Ended[]): (Ended & { endedAt: Date })[] {
  const last = new Map<string | symbol, Ended & { endedAt: Date }>()
  for (const { runId, endedAt, rows } of ended) {
    if (endedAt === null) continue
    const key = runId ?? Symbol('no run')
    const before = last.get(key)
    if (before === undefined || before.endedAt <= endedAt) last.set(key, { runId, endedAt, rows })
  }
  return [...last.values()]
}

function dayTeller(timeZone: string): (at: Date) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
  return (at) => format.format(at)
}

/** Days of the calendar, counted in UTC, where all of them have 24 hours. */
function lastDays(today: string, days: number): string[] {
  const last = Date.parse(`${today}T00:00:00Z`)
  return Array.from({ length: days }, (_, index) =>
    new Date(last - (days - 1 - index) * dayMs).toISOString().slice(0, 10),
  )
}

const emptyDay = (day: string): Day => ({ day, workflows: 0, created: 0, updated: 0, rejected: 0, failed: 0 })

function countOf(rows: { [key: string]: Json } | null, outcome: string): number {
  const count = rows?.[outcome]
  return typeof count === 'number' ? count : 0
}

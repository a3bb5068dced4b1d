import type { TrippedGuard } from './report.ts'

/** `guards:` of a destination; null is "off". */
export interface Guards {
  empty_source: 'stop' | 'allow'
  max_changed_percent: number | null
  max_created: number | null
  max_cleared: number | null
  max_exits_percent: number | null
}

/** What the guards judge: always the whole result, also under --sample. */
export interface GuardedCounts {
  rows: number
  /** People of the result who were delivered before. */
  known: number
  created: number
  /** Known people who would change. */
  changed: number
  cleared: number
  /** People whom the orchestration held, and those of them who would leave with something done about it. */
  held: number
  exits: number
}

/** Guards that stop a plan before anything is sent. A first load is stopped by none that nobody set, but for an empty source. */
export function trippedGuards(guards: Guards, counts: GuardedCounts): TrippedGuard[] {
  const tripped: TrippedGuard[] = []
  if (guards.empty_source === 'stop' && counts.rows === 0) {
    tripped.push({ code: 'guard.empty_source', message: 'The query returned no rows.' })
  }
  const percent = counts.known === 0 ? 0 : (100 * counts.changed) / counts.known
  if (guards.max_changed_percent !== null && percent > guards.max_changed_percent) {
    tripped.push({
      code: 'guard.max_changed',
      message: `${counts.changed} of ${counts.known} people delivered before would change (${percent.toFixed(1)} %); the guard allows ${guards.max_changed_percent} %.`,
    })
  }
  if (guards.max_created !== null && counts.created > guards.max_created) {
    tripped.push({
      code: 'guard.max_created',
      message: `${counts.created} people would be created; the guard allows ${guards.max_created}.`,
    })
  }
  if (guards.max_cleared !== null && counts.cleared > guards.max_cleared) {
    tripped.push({
      code: 'guard.max_cleared',
      message: `${counts.cleared} values would be cleared; the guard allows ${guards.max_cleared}.`,
    })
  }
  const leaving = counts.held === 0 ? 0 : (100 * counts.exits) / counts.held
  if (guards.max_exits_percent !== null && leaving > guards.max_exits_percent) {
    tripped.push({
      code: 'guard.max_exits',
      message: `${counts.exits} of ${counts.held} people would leave (${leaving.toFixed(1)} %); the guard allows ${guards.max_exits_percent} %.`,
    })
  }
  return tripped
}

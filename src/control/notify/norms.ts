import type { Json } from '../../problem.ts'
import type { WorkflowHeader, WorkflowState } from '../../store/store.ts'
import type { Thresholds } from './subscription-body.ts'

export type EndedState = Extract<WorkflowState, 'stopped' | 'completed' | 'completed_with_alerts' | 'error'>

/** What an ended run left that later ones are compared with. */
export interface EndedRun
  extends Pick<WorkflowHeader, 'id' | 'problem' | 'request' | 'rows' | 'tasks' | 'startedAt' | 'endedAt'> {
  state: EndedState
}

/** Rows of a run by what became of them. */
export interface Counts {
  total: number
  created: number
  updated: number
  unchanged: number
  rejected: number
  failed: number
}

/** The counts of a header; null before there is a plan. */
export function countsOf(rows: { [key: string]: Json } | null): Counts | null {
  if (rows === null || typeof rows.total !== 'number') return null
  const count = (name: string) => (typeof rows[name] === 'number' ? rows[name] : 0)
  return {
    total: rows.total,
    created: count('created'),
    updated: count('updated'),
    unchanged: count('unchanged'),
    rejected: count('rejected'),
    failed: count('failed'),
  }
}

/** Is the share of failed or of rejected rows above what these thresholds allow, and was it not in the last run that had rows? */
export function sharesRise(run: EndedRun, former: readonly EndedRun[], limits: Thresholds): boolean {
  const last = former.find((one) => countsOf(one.rows) !== null)
  return sharesExceeded(run, limits) && !(last !== undefined && sharesExceeded(last, limits))
}

function sharesExceeded(run: EndedRun, limits: Thresholds): boolean {
  const counts = countsOf(run.rows)
  if (counts === null || counts.total === 0) return false
  const share = (rows: number) => (rows / counts.total) * 100
  return share(counts.failed) > limits.failed_percent || share(counts.rejected) > limits.rejected_percent
}

/** Normal is the median of at most this many completed runs. */
const normalRuns = 10
/** Below this, a median says little: a new orchestration is still being set up. */
const fewestRuns = 3

/** Rows of a run that read its whole result and completed; null for all others. */
export function wholeResult(run: EndedRun): number | null {
  const completed = run.state === 'completed' || run.state === 'completed_with_alerts'
  if (!completed || (run.request.sample ?? null) !== null) return null
  return countsOf(run.rows)?.total ?? null
}

/** Median of the rows of the last completed runs, samples aside; null when there are too few. `former` is newest first. */
export function normalRows(former: readonly EndedRun[]): number | null {
  const rows = former
    .map(wholeResult)
    .filter((count) => count !== null)
    .slice(0, normalRuns)
    .sort((a, b) => a - b)
  if (rows.length < fewestRuns) return null
  const middle = rows.length >> 1
  return rows.length % 2 === 1 ? rows[middle]! : (rows[middle - 1]! + rows[middle]!) / 2
}

/**
 * Has the run more rows than normal times the factor, or fewer than normal divided by it, and had the last comparable one not? False where
 * nothing is known to be normal.
 */
export function rowsStray(run: EndedRun, former: readonly EndedRun[], factor: number): boolean {
  const last = former.findIndex((one) => wholeResult(one) !== null)
  return unusual(run, former, factor) && !unusual(former[last]!, former.slice(last + 1), factor)
}

function unusual(run: EndedRun, former: readonly EndedRun[], factor: number): boolean {
  const rows = wholeResult(run)
  const normal = normalRows(former)
  if (rows === null || normal === null) return false
  return rows > normal * factor || rows < normal / factor
}

import { Problem } from '../problem.ts'
import type { WorkflowState } from './report.ts'

/** What can happen to a workflow. */
export type WorkflowHappening =
  | 'start'
  | 'stop_asked'
  | 'stopped'
  | 'guard_tripped'
  | 'settled'
  | 'settled_with_alerts'
  | 'problem'
  | 'superseded'

type Row = Record<WorkflowHappening, WorkflowState | null>

/** Nothing can happen to it any more. */
const over: Row = {
  start: null,
  stop_asked: null,
  stopped: null,
  guard_tripped: null,
  settled: null,
  settled_with_alerts: null,
  problem: null,
  superseded: null,
}

/** It goes on when it is started again, until another plan takes its place. */
const resting: Row = { ...over, start: 'running', superseded: 'stopped' }

/** What a process is working on; one that was killed leaves it so, and the next one starts it again. */
const working: Row = {
  start: 'running',
  stop_asked: 'stopping',
  stopped: 'stopped',
  guard_tripped: null,
  settled: 'completed',
  settled_with_alerts: 'completed_with_alerts',
  problem: 'error',
  superseded: 'stopped',
}

/**
 * Every state under every event; null where that cannot be. `waiting`: planned (or queued) and not started. `stopped` and `error` go on
 * with `start`; `completed` and `completed_with_alerts` are final. The table is total, so a new state or event that is not decided does
 * not compile.
 */
export const transitions: Record<WorkflowState, Row> = {
  waiting: { ...resting, problem: 'error' },
  running: { ...working, guard_tripped: 'stopped' },
  stopping: working,
  stopped: resting,
  error: resting,
  completed: over,
  completed_with_alerts: over,
}

/** The state after an event. An event that cannot be is a bug. */
export function nextState(state: WorkflowState, happening: WorkflowHappening): WorkflowState {
  const next = transitions[state][happening]
  if (next === null)
    throw new Problem('internal.bug', { message: `A workflow in state ${state} cannot meet "${happening}".` })
  return next
}

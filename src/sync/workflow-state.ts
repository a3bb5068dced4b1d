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

/**
 * Every state under every event; null where that cannot be. `waiting`: planned (or queued) and not started. `stopped` and `error` go on
 * with `start`; `completed` and `completed_with_alerts` are final. The table is total, so a new state or event that is not decided does
 * not compile.
 */
export const transitions: Record<WorkflowState, Record<WorkflowHappening, WorkflowState | null>> = {
  waiting: {
    start: 'running',
    stop_asked: null,
    stopped: null,
    guard_tripped: null,
    settled: null,
    settled_with_alerts: null,
    problem: 'error',
    superseded: 'stopped',
  },
  running: {
    // A killed process leaves `running`; the next one starts it again.
    start: 'running',
    stop_asked: 'stopping',
    stopped: 'stopped',
    guard_tripped: 'stopped',
    settled: 'completed',
    settled_with_alerts: 'completed_with_alerts',
    problem: 'error',
    superseded: 'stopped',
  },
  stopping: {
    start: 'running',
    stop_asked: 'stopping',
    stopped: 'stopped',
    guard_tripped: null,
    settled: 'completed',
    settled_with_alerts: 'completed_with_alerts',
    problem: 'error',
    superseded: 'stopped',
  },
  stopped: {
    start: 'running',
    stop_asked: null,
    stopped: null,
    guard_tripped: null,
    settled: null,
    settled_with_alerts: null,
    problem: null,
    superseded: 'stopped',
  },
  error: {
    start: 'running',
    stop_asked: null,
    stopped: null,
    guard_tripped: null,
    settled: null,
    settled_with_alerts: null,
    problem: null,
    superseded: 'stopped',
  },
  completed: {
    start: null,
    stop_asked: null,
    stopped: null,
    guard_tripped: null,
    settled: null,
    settled_with_alerts: null,
    problem: null,
    superseded: null,
  },
  completed_with_alerts: {
    start: null,
    stop_asked: null,
    stopped: null,
    guard_tripped: null,
    settled: null,
    settled_with_alerts: null,
    problem: null,
    superseded: null,
  },
}

/** The state after an event. An event that cannot be is a bug. */
export function nextState(state: WorkflowState, happening: WorkflowHappening): WorkflowState {
  const next = transitions[state][happening]
  if (next === null)
    throw new Problem('internal.bug', { message: `A workflow in state ${state} cannot meet "${happening}".` })
  return next
}

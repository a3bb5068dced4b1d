import type { Step, WorkflowEvent } from './report.ts'

/** A little less than the second that is promised, so that a busy event loop has room. */
const SILENCE_MS = 900

/**
 * Passes events on and breaks every silence: a workflow that waits for a query, a job or a limit says each second that it is alive and at
 * which step. `stop` ends it.
 */
export function withHeartbeat(onEvent: (event: WorkflowEvent) => void): {
  onEvent: (event: WorkflowEvent) => void
  stop: () => void
} {
  const startedAtMs = performance.now()
  let step: Step | null = null
  const timer = setInterval(
    () => onEvent({ type: 'heartbeat', step, elapsedMs: Math.round(performance.now() - startedAtMs) }),
    SILENCE_MS,
  )
  // It says that something works; it keeps nothing alive itself.
  timer.unref()
  return {
    onEvent(event) {
      if (event.type === 'step') step = event.step
      timer.refresh()
      onEvent(event)
    },
    stop: () => clearInterval(timer),
  }
}

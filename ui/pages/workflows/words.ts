import type { Workflow, WorkflowHeader } from '../../api/operations.ts'

/** How a workflow began, in words. */
export const triggerWords: Record<WorkflowHeader['trigger'], string> = {
  manual: 'by hand',
  api: 'through the API',
  cli: 'from the command line',
  schedule: 'on a schedule',
  signal: 'by a signal',
  group: 'with its group',
}

export type TaskName = Workflow['tasks'][number]['task']

/** What each task does, in the order of a run. */
export const taskWords: Record<TaskName, { name: string; what: string }> = {
  extract: { name: 'Extract', what: 'Runs the query and keeps its whole result.' },
  map: { name: 'Map', what: 'Turns columns into attributes, rows into people, and rejects what cannot be sent.' },
  plan: { name: 'Plan', what: 'Compares people with what was delivered before, and looks at the guards.' },
  deliver: { name: 'Deliver', what: 'Sends the changes in batches and waits for an outcome of each.' },
  settle: { name: 'Settle', what: 'Writes down what Zendesk has confirmed.' },
  confirm: { name: 'Confirm', what: 'Reads people back and compares them with what was sent.' },
}

/** Milliseconds that it ran; up to now while it does. Null before its start. */
export function runtimeMs(
  { started_at: started, ended_at: ended }: Pick<WorkflowHeader, 'started_at' | 'ended_at'>,
  now: Date,
): number | null {
  if (started === null) return null
  return Math.max(0, (ended === null ? now.getTime() : Date.parse(ended)) - Date.parse(started))
}

/** Ended for good: it cannot be stopped any more. */
export const isOver = ({ state }: Pick<WorkflowHeader, 'state'>): boolean =>
  state === 'stopped' || state === 'completed' || state === 'completed_with_alerts' || state === 'error'

/** What was asked for, beside a plain run: `10 people only, everybody whole`. */
export function requestWords({ request }: Pick<WorkflowHeader, 'request'>): string | null {
  const words = [
    typeof request.sample === 'number' ? `${request.sample} people only` : null,
    request.full === true ? 'everybody whole' : null,
    request.live === true ? 'after reading the account' : null,
    typeof request.plan_id === 'string' ? 'of a plan that was looked at' : null,
    request.approve === true ? 'past its guards' : null,
  ].filter((word) => word !== null)
  return words.length === 0 ? null : words.join(', ')
}

import type { Json } from '../problem.ts'
import type { RowAlert } from '../sync/report.ts'
import type { Task } from './control.ts'

/** What the number of rows of a workflow's plan gives to say; the plan of an older release says nothing. */
export function rowAlertsOf(tasks: readonly Pick<Task, 'task' | 'output'>[]): RowAlert[] {
  const found: Json | undefined = tasks.find(({ task }) => task === 'plan')?.output.row_alerts
  return Array.isArray(found) ? (found as unknown as RowAlert[]) : []
}

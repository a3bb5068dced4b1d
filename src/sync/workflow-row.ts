import type { Workflow } from './ledger/ledger.ts'
import { noRows, type WorkflowRow } from './report.ts'

/** One line of a list of workflows. */
export function workflowRow(workflow: Workflow): WorkflowRow {
  const planned = workflow.plan?.rows.total ?? 0
  return {
    run_id: workflow.run,
    orchestration: workflow.orchestration,
    // Plans of older releases do not say.
    origin: workflow.plan?.origin ?? 'query',
    status: workflow.state,
    started_at: workflow.startedAt.toISOString(),
    ended_at: workflow.endedAt?.toISOString() ?? null,
    rows: workflow.counts ?? { ...noRows(), total: planned, pending: planned },
    confirmed: workflow.confirmed,
    problem_code: workflow.problem?.code ?? null,
  }
}

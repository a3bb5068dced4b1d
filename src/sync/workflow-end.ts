import { reached } from '../moment.ts'
import type { Problem } from '../problem.ts'
import { forgetOldRuns, removeRunFiles, removeStage } from './history.ts'
import type { Ledger, Workflow } from './ledger/ledger.ts'
import { countExits } from './ledger/presence.ts'
import { isPaused } from './proof/pause.ts'
import type { Confirmed } from './proof/report.ts'
import { computeRecords, countRecords } from './records.ts'
import { noRows, type RowCounts, type RunSummary, type WorkflowState } from './report.ts'
import { type WorkflowContext, withPlan } from './workflow-context.ts'
import { nextState, type WorkflowHappening } from './workflow-state.ts'

/** Counts what a run has come to, and stores how it ended. What reading back has shown is an alert, too. Needs the plan attached as `plan`. */
export async function endRun(
  context: WorkflowContext,
  workflow: Workflow,
  happening: WorkflowHappening,
  problem: Problem | null,
  confirmed: Confirmed | null = null,
): Promise<RunSummary> {
  const { ledger } = context
  const counted = await countRun(ledger, workflow.run)
  const alerts = counted.counts.rejected + counted.counts.failed + counted.exitsFailed + (confirmed?.differing ?? 0) > 0
  const state = nextState('running', happening === 'settled' && alerts ? 'settled_with_alerts' : happening)
  const open = state !== 'completed' && state !== 'completed_with_alerts'
  const end = { ...counted, state, at: context.now(), open, problem: problem === null ? null : shown(problem) }
  reached('run.ending')
  await ledger.endWorkflow(workflow.run, end)
  reached('run.ended')
  if (!open) {
    await removeStage(ledger, workflow.run)
    reached('stage.removed')
    await forgetOldRuns(ledger, workflow.run, new Date(context.connection.accountNowMs()))
  }
  const paused = await isPaused(ledger, workflow.orchestration)
  return { ...summaryOf(context, workflow.run, end), row_alerts: workflow.plan?.row_alerts ?? [], confirmed, paused }
}

/** What a run has come to, in numbers. */
interface RunCounts {
  counts: RowCounts
  warnings: number
  adopted: number
  exited: number
  exitsFailed: number
}

async function countRun(ledger: Ledger, run: string): Promise<RunCounts> {
  await computeRecords(ledger.db, run)
  const { rows, ...rest } = await countRecords(ledger.db, run)
  const exits = await countExits(ledger.db, run)
  return { counts: rows, ...rest, exited: exits.done, exitsFailed: exits.failed }
}

/** Closes a workflow that will not go on; its confirmed outcomes are folded already. */
export async function supersede(context: WorkflowContext, workflow: Workflow): Promise<void> {
  const { ledger } = context
  const state = nextState(workflow.state, 'superseded')
  const counted =
    workflow.plan === null ? nothingSent() : await withPlan(ledger, workflow.run, () => countRun(ledger, workflow.run))
  reached('run.superseding')
  await ledger.endWorkflow(workflow.run, {
    ...counted,
    state,
    at: context.now(),
    open: false,
    problem: workflow.problem,
  })
  reached('run.superseded')
  if (workflow.plan === null) await removeRunFiles(ledger, workflow.run)
  else await removeStage(ledger, workflow.run)
}

/** Ends a workflow that never had a plan. */
export async function endUnplanned(
  context: WorkflowContext,
  run: string,
  state: WorkflowState,
  problem: Problem | null,
): Promise<RunSummary> {
  const end = {
    ...nothingSent(),
    state,
    at: context.now(),
    open: false,
    problem: problem === null ? null : shown(problem),
  }
  await context.ledger.endWorkflow(run, end)
  return summaryOf(context, run, end)
}

function summaryOf(
  context: WorkflowContext,
  run: string,
  end: RunCounts & { state: WorkflowState; problem: RunSummary['problem'] },
): RunSummary {
  return {
    run_id: run,
    orchestration: context.orchestration,
    status: end.state,
    rows: end.counts,
    warnings: end.warnings,
    adopted: end.adopted,
    exited: end.exited,
    row_alerts: [],
    confirmed: null,
    paused: false,
    requests: context.connection.requests(),
    waited_ms: Math.round(context.waitedMs()),
    problem: end.problem,
  }
}

function shown(problem: Problem): NonNullable<RunSummary['problem']> {
  return { code: problem.code, message: problem.message, fix: problem.fix }
}

function nothingSent(): RunCounts {
  return { counts: noRows(), warnings: 0, adopted: 0, exited: 0, exitsFailed: 0 }
}

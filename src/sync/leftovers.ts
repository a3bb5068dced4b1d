import { reached } from '../moment.ts'
import { Problem } from '../problem.ts'
import { type DeliveryEnd, deliver } from './delivery/delivery.ts'
import { removeLitter } from './history.ts'
import { foldOutcomes } from './ledger/fold.ts'
import { Journal } from './ledger/journal.ts'
import type { Workflow } from './ledger/ledger.ts'
import type { PlanDetails } from './plan.ts'
import type { RunSummary } from './report.ts'
import { deliveryOf, endOf, foldOf, type WorkflowContext, withPlan } from './workflow-context.ts'
import { endRun, supersede } from './workflow-end.ts'

/** What earlier processes left on the account: workflows that may go on, or why their batches could not be settled. */
type Leftovers = { open: Workflow[] } | { problem: Problem; workflow: Workflow; summary: RunSummary }

/** Ends what earlier processes left in flight on the account, without posting anything, and folds it. */
export async function settleLeftovers(context: WorkflowContext): Promise<Leftovers> {
  const { ledger } = context
  const account = await ledger.account(context.connection.origin)
  await dropUnplanned(context, account.account)
  await removeLitter(ledger)
  for (const workflow of await ledger.unfinished(account.account)) {
    if (workflow.plan === null) continue
    const journal = await Journal.open(ledger.db, workflow.run)
    const batches = (await journal.openBatches()).length
    // What ended by itself was folded then; to fold it again would make every stored plan stale.
    if (batches === 0 && workflow.state !== 'running' && workflow.state !== 'stopping') continue
    if (batches > 0) context.onEvent({ type: 'recovering', runId: workflow.run, batches })
    const left = await withPlan(
      ledger,
      workflow.run,
      async (details) => await settleLeftover(context, workflow, details, batches),
    )
    if (left !== null) return left
  }
  return { open: await ledger.unfinished(account.account) }
}

async function settleLeftover(
  context: WorkflowContext,
  workflow: Workflow,
  details: PlanDetails,
  batches: number,
): Promise<Leftovers | null> {
  const { ledger } = context
  const end = batches === 0 ? null : await settleOpenBatches(context, workflow.run, details)
  reached('leftover.settled')
  await foldOutcomes(ledger.db, foldOf(context, workflow, details))
  const problem = end?.end === 'problem' ? end.problem : null
  const summary = await endRun(context, workflow, problem === null ? 'stopped' : 'problem', problem)
  if (problem !== null) return { problem, workflow, summary }
  if (end?.end !== 'stopped') return null
  return {
    problem: new Problem('workflow.stopped', { message: 'Stopped while ending what an earlier run had left.' }),
    workflow,
    summary,
  }
}

async function settleOpenBatches(context: WorkflowContext, run: string, details: PlanDetails): Promise<DeliveryEnd> {
  try {
    return await deliver({ ...deliveryOf(context, run, details), attributes: new Map(), mode: 'settle_only' })
  } catch (error) {
    return endOf(error)
  }
}

/** The workflow that could not be ended is the answer to a run of its orchestration, and a problem for every other. */
export function summaryOrThrow(context: WorkflowContext, left: Extract<Leftovers, { problem: Problem }>): RunSummary {
  if (left.workflow.orchestration !== context.orchestration) throw left.problem
  return left.summary
}

/** A process that was killed while it planned leaves a workflow without a plan, and its files. */
async function dropUnplanned(context: WorkflowContext, account: number): Promise<void> {
  const { ledger } = context
  for (const workflow of await ledger.workflows()) {
    if (workflow.account === account && workflow.open && workflow.plan === null) await supersede(context, workflow)
  }
}

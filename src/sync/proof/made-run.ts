import { randomBytes } from 'node:crypto'
import { Problem } from '../../problem.ts'
import { removeRunFiles } from '../history.ts'
import type { Account, Ledger } from '../ledger/ledger.ts'
import { settleLeftovers } from '../leftovers.ts'
import { newRunId } from '../run-id.ts'
import { attachPlan } from '../stored.ts'
import type { WorkflowContext } from '../workflow-context.ts'

/**
 * Runs `work` on the file of a new workflow, attached as `plan`, after what earlier runs left in flight has been settled. When `work`
 * answers `keep: false`, or throws, nothing of the workflow is left.
 */
export async function withMadeRun<T>(
  context: WorkflowContext,
  origin: 'repair' | 'undo',
  work: (run: string, account: Account) => Promise<{ keep: boolean; result: T }>,
): Promise<T> {
  const { ledger } = context
  const left = await settleLeftovers(context)
  if ('problem' in left) throw left.problem
  const account = await ledger.account(context.connection.origin)
  const run = newRunId(context.now())
  await ledger.createWorkflow({
    run,
    orchestration: context.orchestration,
    account: account.account,
    state: 'waiting',
    // Equal to that of no other workflow: it is executed by its id and never taken for the run of a query.
    signature: `${origin} ${randomBytes(8).toString('hex')}`,
    flags: { sample: null, full: false, live: false },
    startedAt: context.now(),
  })
  let kept = false
  try {
    await ledger.attach(ledger.planPath(run), 'plan', 'read_write')
    try {
      const { keep, result } = await work(run, account)
      kept = keep
      return result
    } finally {
      await ledger.detach('plan')
    }
  } finally {
    if (!kept) {
      await ledger.db.run('DELETE FROM workflows WHERE run = $1', [run])
      await removeRunFiles(ledger, run)
    }
  }
}

/** Attaches the file of a made plan as `plan`, read-only. Throws `plan.not_found`, `records.gone`. */
export async function attachMade(ledger: Ledger, run: string, origin: 'repair' | 'undo'): Promise<void> {
  const workflow = await ledger.workflow(run)
  if (workflow === undefined || (workflow.plan !== null && workflow.plan.origin !== origin))
    throw new Problem('plan.not_found', { message: `There is no ${origin === 'undo' ? 'undo' : 'drift'} ${run}.` })
  await attachPlan(ledger, workflow)
}

/** Between two pages of people. Throws `workflow.stopped`. */
export function assertNotStopped({ signal, abort }: WorkflowContext): void {
  if (signal?.aborted || abort?.aborted)
    throw new Problem('workflow.stopped', { message: 'Stopped before anything was planned.' })
}

import type { AccountFacts, Connection } from '../destination/destination.ts'
import type { Engine, ExtractRequest } from '../engine/engine.ts'
import { asProblem } from '../problem.ts'
import type { DeliveryEnd, DeliveryRequest } from './delivery/delivery.ts'
import type { Fold } from './ledger/fold.ts'
import type { Ledger, Workflow } from './ledger/ledger.ts'
import type { PlanDetails, PlanSettings } from './plan.ts'
import { dropRecords } from './records.ts'
import type { WorkflowEvent } from './report.ts'
import type { AlertBounds } from './row-alerts.ts'

/** Everything a workflow works with; settings are those of the destination. */
export interface WorkflowContext {
  ledger: Ledger
  engine: Engine
  connection: Connection
  /** What the account looks like, read once in this process. */
  readAccount: () => Promise<AccountFacts>
  orchestration: string
  /** Keys of all orchestrations of the project. */
  orchestrations: readonly string[]
  /** Of the orchestration; null: none. */
  alerts: AlertBounds | null
  /** Tables, SQL and limits of the orchestration's query, without the place of the stage. */
  query: Omit<ExtractRequest, 'stagePath' | 'signal'>
  settings: PlanSettings
  /** Text of every setting that decides what is sent; part of the signature. */
  settingsText: string
  patienceMs: number
  /** What a run is dated by; what happens in the account is dated by the account's own time. */
  now: () => Date
  onEvent: (event: WorkflowEvent) => void
  /** How long this process has waited so far. */
  waitedMs: () => number
  signal?: AbortSignal
  abort?: AbortSignal
}

/** Told to end is no problem. */
export function endOf(error: unknown): DeliveryEnd {
  const problem = asProblem(error)
  return problem.code === 'workflow.stopped' ? { end: 'stopped' } : { end: 'problem', problem }
}

/** What a delivery of this run takes from its surroundings. */
export function deliveryOf(
  context: WorkflowContext,
  run: string,
  details: PlanDetails,
): Omit<DeliveryRequest, 'attributes' | 'mode'> {
  const { ledger, connection, patienceMs, onEvent, signal, abort } = context
  return { ledger, connection, run, details, patienceMs, onEvent, signal, abort }
}

export function foldOf(
  { connection }: { connection: Pick<Connection, 'accountNowMs'> },
  workflow: Workflow,
  details: PlanDetails,
): Fold {
  const { run, account, orchestration } = workflow
  const { attributes, withUser = attributes, mapping } = details
  const apart = attributes.filter((name) => !withUser.includes(name))
  return {
    run,
    account,
    orchestration,
    attributes,
    apart,
    mapping,
    made: details.made,
    at: new Date(connection.accountNowMs()),
  }
}

/** Runs `work` with the plan's file attached, read-only. */
export async function withPlan<T>(ledger: Ledger, run: string, work: (details: PlanDetails) => Promise<T>): Promise<T> {
  await ledger.attach(ledger.planPath(run), 'plan', 'read_only')
  try {
    return await work((await ledger.planDetails(run)) as PlanDetails)
  } finally {
    await dropRecords(ledger.db)
    await ledger.detach('plan')
  }
}

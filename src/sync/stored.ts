import { Problem } from '../problem.ts'
import { hasPlanTable } from './ledger/delivered.ts'
import type { Ledger, Workflow } from './ledger/ledger.ts'
import { readExits } from './ledger/presence.ts'
import type { PlanDetails } from './plan.ts'
import { readChanges, readConflicts } from './plan-file.ts'
import { computeRecords, dropRecords, type RecordFilter, readRecords, rowsAbout, rowsOfPart } from './records.ts'
import type { ChangeFilter, ChangeView, Conflict, ExitRow, RecordRow, StoredPlan } from './report.ts'

/** Changes read at a time. */
const PAGE = 1000

/** What was planned, and whether it may still be run. Throws `plan.not_found`; also of a run that ended before it was planned. */
export async function storedPlan(ledger: Ledger, planId: string): Promise<StoredPlan> {
  const workflow = await ledger.workflow(planId)
  if (workflow?.plan == null) throw new Problem('plan.not_found', { message: `There is no plan ${planId}.` })
  const { changes_sample: _, conflicts_sample: __, ...plan } = workflow.plan
  return { ...plan, state: workflow.state, open: workflow.open }
}

/** Every change of a stored plan, in order, read in pages. Throws `plan.not_found`, `records.gone`. */
export async function* storedChanges(
  ledger: Ledger,
  planId: string,
  filter: ChangeFilter | null = null,
): AsyncGenerator<ChangeView> {
  const workflow = await ledger.workflow(planId)
  if (workflow === undefined) throw new Problem('plan.not_found', { message: `There is no plan ${planId}.` })
  const details = await attachPlan(ledger, workflow)
  try {
    for (let from = 1; from <= details.changes; from += PAGE)
      yield* await readChanges(ledger.db, from, from + PAGE - 1, filter)
  } finally {
    await ledger.detach('plan')
  }
}

/** Everybody whom a plan that has read the account cannot send, in the order of the result. Throws `plan.not_found`, `records.gone`. */
export async function* storedConflicts(ledger: Ledger, planId: string): AsyncGenerator<Conflict> {
  const workflow = await ledger.workflow(planId)
  if (workflow === undefined) throw new Problem('plan.not_found', { message: `There is no plan ${planId}.` })
  await attachPlan(ledger, workflow)
  try {
    if (!(await hasPlanTable(ledger.db, 'conflicts'))) return
    for (let from = 1; ; from += PAGE) {
      const page = await readConflicts(ledger.db, from, from + PAGE - 1)
      yield* page
      if (page.length < PAGE) return
    }
  } finally {
    await ledger.detach('plan')
  }
}

/** People who left the result, with what became of it. Throws `workflow.not_found`, `records.gone`. */
export async function* storedExits(ledger: Ledger, run: string): AsyncGenerator<ExitRow> {
  const workflow = await ledger.workflow(run)
  if (workflow === undefined) throw new Problem('workflow.not_found', { message: `There is no workflow ${run}.` })
  await attachPlan(ledger, workflow)
  try {
    if (!(await hasPlanTable(ledger.db, 'exits'))) return
    for (let from = 0; ; from += PAGE) {
      const page = await readExits(ledger.db, run, from, PAGE)
      yield* page
      if (page.length < PAGE) return
    }
  } finally {
    await ledger.detach('plan')
  }
}

/** Rows of a run with their outcome, in the order of the result. Throws `workflow.not_found`, `records.gone`. */
export async function* storedRecords(ledger: Ledger, run: string, filter: RecordFilter): AsyncGenerator<RecordRow> {
  const workflow = await ledger.workflow(run)
  if (workflow === undefined) throw new Problem('workflow.not_found', { message: `There is no workflow ${run}.` })
  await attachPlan(ledger, workflow)
  try {
    const { person } = filter
    const about = person === undefined ? null : await rowsAbout(ledger.db, workflow.account, person)
    const ofPart = about === null ? await rowsOfPart(ledger.db, filter) : null
    await computeRecords(ledger.db, run, about ?? ofPart)
    yield* readRecords(ledger.db, workflow, ofPart === null ? filter : { ...filter, part: undefined }, about)
  } finally {
    await dropRecords(ledger.db)
    await ledger.detach('plan')
  }
}

/** Attaches the plan's file, read-only. Throws `records.gone`. */
export async function attachPlan(ledger: Ledger, workflow: Workflow, alias = 'plan'): Promise<PlanDetails> {
  if (workflow.plan === null) {
    throw new Problem('records.gone', {
      message: `Workflow ${workflow.run} has no stored plan: it ended before it was planned, or its details were removed after the history period.`,
    })
  }
  await ledger.attach(ledger.planPath(workflow.run), alias, 'read_only')
  return (await ledger.planDetails(workflow.run)) as PlanDetails
}

import { createHash } from 'node:crypto'
import { reached } from '../moment.ts'
import { asProblem, Problem } from '../problem.ts'
import { type DeliveryEnd, deliver } from './delivery/delivery.ts'
import { removeRunFiles } from './history.ts'
import { deliveredName } from './ledger/delivered.ts'
import { foldOutcomes } from './ledger/fold.ts'
import type { Ledger, Workflow } from './ledger/ledger.ts'
import { foldPresence } from './ledger/presence.ts'
import { settleLeftovers, summaryOrThrow } from './leftovers.ts'
import { makePlan, type PlanDetails } from './plan.ts'
import { planAttributes } from './proof/attributes.ts'
import { confirmRun } from './proof/confirm.ts'
import { assertNotPaused, pauseOrchestration } from './proof/pause.ts'
import { noteQueryVersion } from './proof/query-version.ts'
import type { Flags, PlanSummary, RunSummary } from './report.ts'
import { newRunId } from './run-id.ts'
import { deliveryOf, endOf, foldOf, type WorkflowContext, withPlan } from './workflow-context.ts'
import { endRun, endUnplanned, supersede } from './workflow-end.ts'
import { nextState } from './workflow-state.ts'

/** A plan is executed at most this long after it was made. */
const PLAN_LIFETIME_MS = 24 * 60 * 60 * 1000
/** Known people read before anything is sent; below this many known people nothing can be concluded. */
const ACCOUNT_SAMPLE = 100
const ACCOUNT_SAMPLE_MIN = 5

/** Makes and stores a plan and sends nothing but GETs; what earlier runs left in flight is settled first, because a plan needs to know it. */
export async function planOrchestration(context: WorkflowContext, flags: Flags): Promise<PlanSummary> {
  await assertNotPaused(context.ledger, context.orchestration)
  const left = await settleLeftovers(context)
  if ('problem' in left) throw left.problem
  const { plan } = await preparePlan(context, flags, 'waiting')
  return plan
}

/**
 * Runs an orchestration: first ends what earlier workflows left, then goes on with the one of this orchestration if query, settings and
 * flags are the same and its plan still holds; otherwise that one is closed and a new one is planned, so that a plan which the user has
 * just repaired is never sent. Problems that stop it are in the summary.
 */
export async function runOrchestration(
  context: WorkflowContext,
  flags: Flags,
  options: { approve: boolean },
): Promise<RunSummary> {
  await assertNotPaused(context.ledger, context.orchestration)
  const left = await settleLeftovers(context)
  if ('problem' in left) return summaryOrThrow(context, left)
  const mine = left.open.filter((workflow) => workflow.orchestration === context.orchestration)
  const signature = signatureOf(context, flags)
  const goesOn = mine.find(
    (workflow) => workflow.signature === signature && canGoOn(workflow, { ...options, now: context.now() }),
  )
  const account = await context.ledger.account(context.connection.origin)
  const resumed = goesOn?.foldsSeen === account.folds && (await rulesHold(context, goesOn.run)) ? goesOn : undefined
  for (const workflow of mine) if (workflow.run !== resumed?.run) await supersede(context, workflow)
  if (resumed !== undefined) return await execute(context, resumed, { resumed: true, approve: options.approve })
  try {
    const { run } = await preparePlan(context, flags, 'running')
    const workflow = await known(context.ledger, run)
    return await execute(context, workflow, { resumed: false, approve: options.approve })
  } catch (error) {
    if (error instanceof StoppedBeforePlan) return await endWithoutPlan(context, error)
    throw error
  }
}

/** Executes a stored plan. Throws `plan.not_found`, `plan.stale`. */
export async function runPlan(
  context: WorkflowContext,
  planId: string,
  options: { approve: boolean },
): Promise<RunSummary> {
  const left = await settleLeftovers(context)
  if ('problem' in left) return summaryOrThrow(context, left)
  const workflow = await context.ledger.workflow(planId)
  const account = await context.ledger.account(context.connection.origin)
  if (workflow === undefined || workflow.plan === null || workflow.orchestration !== context.orchestration) {
    throw new Problem('plan.not_found', {
      message: `There is no plan ${planId} of orchestration ${context.orchestration}.`,
    })
  }
  // What puts values back may run in a paused orchestration, also when it was interrupted.
  if ((workflow.plan.origin ?? 'query') === 'query') await assertNotPaused(context.ledger, context.orchestration)
  const stale = staleness(workflow, account, context.now())
  if (stale !== null) throw new Problem('plan.stale', { message: `Plan ${planId} ${stale}.` })
  if (!(await rulesHold(context, planId))) {
    throw new Problem('plan.stale', {
      message: `Plan ${planId} was made with other settings, or the account's user fields have changed since.`,
    })
  }
  return await execute(context, workflow, { resumed: workflow.state !== 'waiting', approve: options.approve })
}

function staleness(workflow: Workflow, account: { account: number; folds: number }, now: Date): string | null {
  if (workflow.account !== account.account) return 'was made for another account'
  if (!workflow.open) return 'was executed already or has been replaced'
  if (isOld(workflow, now)) return 'is older than 24 hours'
  return workflow.foldsSeen === account.folds ? null : 'is out of date: something was delivered to the account since'
}

function isOld(workflow: Workflow, now: Date): boolean {
  if (workflow.plannedAt === null) return true
  // A clock that has been set back tells nothing of a plan from its future.
  return Math.abs(now.getTime() - workflow.plannedAt.getTime()) > PLAN_LIFETIME_MS
}

/** A workflow that a guard stopped goes on only when approved: the source may have been repaired meanwhile. */
function canGoOn(workflow: Workflow, { approve, now }: { approve: boolean; now: Date }): boolean {
  return workflow.plan !== null && !isOld(workflow, now) && (workflow.plan.guards.length === 0 || approve)
}

/** Equal signature: the same query text and dialect, tables, settings and flags. */
export function signatureOf(context: Pick<WorkflowContext, 'query' | 'settingsText'>, flags: Flags): string {
  const { tables, sql, dialect, timeZone } = context.query
  return createHash('sha256')
    .update(JSON.stringify([tables, sql, dialect, timeZone, context.settingsText, flags]))
    .digest('hex')
}

async function known(ledger: Ledger, run: string): Promise<Workflow> {
  const workflow = await ledger.workflow(run)
  if (workflow === undefined) throw new Problem('internal.bug', { message: `Workflow ${run} is not in the ledger.` })
  return workflow
}

/** Values of a plan are canonical under the rules it was made with; under others they could be sent as something else. */
async function rulesHold(context: WorkflowContext, run: string): Promise<boolean> {
  const details = (await context.ledger.planDetails(run)) as PlanDetails
  if (details.changes === 0) return true
  try {
    return (await context.readAccount()).mapColumns(details.columns).fingerprint === details.mapping
  } catch {
    // The same problem stops the run when it goes on, and is told then.
    return true
  }
}

/** The run was stopped, or failed, before there was a plan. */
class StoppedBeforePlan extends Error {
  readonly run: string
  readonly problem: Problem

  constructor(run: string, problem: Problem) {
    super(problem.message)
    this.run = run
    this.problem = problem
  }
}

async function preparePlan(
  context: WorkflowContext,
  flags: Flags,
  state: 'waiting' | 'running',
): Promise<{ run: string; plan: PlanSummary }> {
  const { ledger, connection, onEvent } = context
  const run = newRunId(context.now())
  const account = await ledger.account(connection.origin)
  await ledger.createWorkflow({
    run,
    orchestration: context.orchestration,
    account: account.account,
    state,
    signature: signatureOf(context, flags),
    flags,
    startedAt: context.now(),
  })
  reached('workflow.created')
  await noteQueryVersion(ledger, run, { sql: context.query.sql, at: context.now() })
  onEvent({ type: 'workflow', runId: run, orchestration: context.orchestration, resumed: false })
  try {
    onEvent({ type: 'step', step: 'extract' })
    const signal = AbortSignal.any([context.signal, context.abort].filter((one) => one !== undefined))
    const extract = await context.engine.extract({ ...context.query, stagePath: ledger.stagePath(run), signal })
    reached('extract.materialised')
    onEvent({ type: 'extracted', rows: extract.rows })
    onEvent({ type: 'step', step: 'map' })
    const facts = await context.readAccount()
    if (signal.aborted) throw new Problem('workflow.stopped', { message: 'Stopped before anything was planned.' })
    onEvent({ type: 'step', step: 'plan' })
    const { orchestration, orchestrations, alerts, settings } = context
    const plan = await makePlan(ledger, {
      run,
      orchestration,
      orchestrations,
      alerts,
      account,
      facts,
      settings,
      connection,
      extract,
      flags,
      plannedAt: context.now(),
    })
    onEvent({ type: 'planned', plan })
    return { run, plan }
  } catch (error) {
    await removeRunFiles(ledger, run)
    const problem = asProblem(error)
    if (state === 'running') throw new StoppedBeforePlan(run, problem)
    await endUnplanned(context, run, nextState(state, 'problem'), problem)
    throw problem
  }
}

async function endWithoutPlan(context: WorkflowContext, { run, problem }: StoppedBeforePlan): Promise<RunSummary> {
  const stopped = problem.code === 'workflow.stopped'
  const state = nextState('running', stopped ? 'stopped' : 'problem')
  return await endUnplanned(context, run, state, stopped ? null : problem)
}

/** Delivers a stored plan and settles it. */
async function execute(
  context: WorkflowContext,
  workflow: Workflow,
  options: { resumed: boolean; approve: boolean },
): Promise<RunSummary> {
  const { ledger, onEvent } = context
  const plan = workflow.plan as PlanSummary
  if (options.resumed) {
    onEvent({ type: 'workflow', runId: workflow.run, orchestration: context.orchestration, resumed: true })
    onEvent({ type: 'planned', plan })
  }
  await ledger.setState(workflow.run, nextState(workflow.state, 'start'))
  reached('run.started')
  return await withPlan(ledger, workflow.run, async (details) => {
    const guard = options.approve ? undefined : plan.guards[0]
    if (guard !== undefined) {
      return await endRun(context, workflow, 'guard_tripped', new Problem(guard.code, { message: guard.message }))
    }
    if (plan.origin === 'undo' && details.changes > 0) await pauseFor(context, workflow.run)
    const end = await deliverPlan(context, workflow, details)
    onEvent({ type: 'step', step: 'settle' })
    const fold = foldOf(context, workflow, details)
    await foldOutcomes(ledger.db, fold)
    if (end.end === 'done' && holdsWhole(plan, details)) await foldPresence(ledger.db, fold)
    if (end.end === 'problem') return await endRun(context, workflow, 'problem', end.problem)
    if (end.end === 'stopped') return await endRun(context, workflow, 'stopped', null)
    return await endRun(context, workflow, 'settled', null, await confirmRun(context, workflow, details))
  })
}

/** Only the whole result of a query says whom an orchestration holds; an empty one is taken for a mishap. */
function holdsWhole(plan: PlanSummary, details: PlanDetails): boolean {
  return details.made !== true && plan.sample === null && plan.rows.total > 0
}

/** Before the first value goes back: a run that comes between would send the same again. */
async function pauseFor(context: WorkflowContext, undo: string): Promise<void> {
  const reason = `${undo} took a run back, and the next run would send the same again.`
  await pauseOrchestration(context.ledger, context.orchestration, { reason, at: context.now() })
}

async function deliverPlan(context: WorkflowContext, workflow: Workflow, details: PlanDetails): Promise<DeliveryEnd> {
  try {
    context.onEvent({ type: 'step', step: 'deliver' })
    if (details.changes === 0) return { end: 'done' }
    await assertSameAccount(context, workflow.account)
    const attributes = planAttributes(await context.readAccount(), details)
    return await showStopping(context, workflow.run, () =>
      deliver({ ...deliveryOf(context, workflow.run, details), attributes, mode: 'deliver' }),
    )
  } catch (error) {
    return endOf(error)
  }
}

/** While jobs in flight are waited for after a stop was asked for, the workflow says so. */
async function showStopping<T>(context: WorkflowContext, run: string, work: () => Promise<T>): Promise<T> {
  let shown: Promise<void> | null = null
  const show = () => {
    shown = context.ledger.setState(run, nextState('running', 'stop_asked'))
    // Its failure is told when the work has ended, not as a rejection that nobody handles.
    shown.catch(() => undefined)
  }
  context.signal?.addEventListener('abort', show, { once: true })
  try {
    return await work()
  } finally {
    context.signal?.removeEventListener('abort', show)
    await shown
  }
}

/** People we know of are read before anything is sent: fewer than half there, and this is another account behind the same name. */
async function assertSameAccount(context: WorkflowContext, account: number): Promise<void> {
  const people = await context.ledger.db.rows<{ zendeskId: string }>(
    `SELECT _zendesk_id AS "zendeskId" FROM ${deliveredName(account)} WHERE _zendesk_id IS NOT NULL ORDER BY hash(_zendesk_id) LIMIT ${ACCOUNT_SAMPLE}`,
  )
  if (people.length < ACCOUNT_SAMPLE_MIN) return
  const found = await context.connection.lookUp(people.map(({ zendeskId }) => ({ zendeskId, externalId: null })))
  const there = found.filter((id) => id !== null).length
  if (there * 2 >= people.length) return
  throw new Problem('zendesk.account_changed', {
    message: `Of ${people.length} people delivered earlier, ${context.connection.origin} has only ${there}: it seems to be another account, or a refreshed sandbox.`,
    data: { known: people.length, there },
  })
}

import { z } from 'zod'
import type { WorkflowView } from '../control/control.ts'
import { rowAlertsOf } from '../control/row-alerts.ts'
import type { Json } from '../problem.ts'
import type { GroupRun, WorkflowHeader } from '../store/store.ts'
import { iso, isoOrNull, jsonObject, problemOnWire, trigger, workflowState } from './wire.ts'

export const workflowHeader = z
  .object({
    id: z.string(),
    orchestration: z.string(),
    state: workflowState,
    trigger,
    started_by: z.string().nullable().describe('Id of whoever asked for it; null: automated.'),
    group_run: z.string().nullable(),
    request: jsonObject,
    launched: jsonObject.describe('Query, settings and versions of the definitions when it began.'),
    rows: jsonObject.nullable(),
    problem: jsonObject.nullable().describe('What stopped the last attempt that has ended.'),
    run_id: z.string().nullable().describe('Its run in the ledger, once there is one.'),
    attempt: z.int(),
    requested_at: z.string(),
    started_at: z.string().nullable(),
    ended_at: z.string().nullable(),
  })
  .meta({ id: 'WorkflowHeader', description: 'A workflow as lists show it.' })

/** Names of the first level as the API writes them. */
export function snaked(object: { [key: string]: Json }): { [key: string]: Json } {
  const names = Object.entries(object)
  return Object.fromEntries(
    names.map(([name, value]) => [name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]),
  )
}

export function headerWire(workflow: Omit<WorkflowHeader, 'tasks'>): z.output<typeof workflowHeader> {
  const { id, orchestration, state, trigger, request, launched, rows, problem, attempt } = workflow
  return {
    id,
    orchestration,
    state,
    trigger,
    started_by: workflow.startedBy,
    group_run: workflow.groupRun,
    request: snaked(request),
    launched,
    rows,
    problem,
    run_id: workflow.runId,
    attempt,
    requested_at: iso(workflow.requestedAt),
    started_at: isoOrNull(workflow.startedAt),
    ended_at: isoOrNull(workflow.endedAt),
  }
}

const task = z.object({
  task: z.enum(['extract', 'map', 'plan', 'deliver', 'settle', 'confirm']),
  state: z.enum(['waiting', 'running', 'succeeded', 'failed', 'stopped', 'skipped', 'issue']),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  input: jsonObject,
  output: jsonObject,
  problem: problemOnWire.nullable(),
})

const resolution = z.object({
  id: z.string(),
  title: z.string().describe('What has happened, in two to five words.'),
  causes: z.array(z.string()),
  steps: z.array(z.string()),
  action: z.enum(['retry', 'restart', 'approve', 'raise_threshold', 'create_fields', 'skip_confirm', 'one_by_one']),
  page: z.string().nullable().describe('Where to go first.'),
})

const rowAlert = z
  .object({
    code: z.enum(['rows_below', 'rows_above', 'rows_changed']),
    message: z.string(),
    rows: z.int(),
    bound: z.number().describe('Rows; of `rows_changed` a percentage.'),
    last_rows: z.int().nullable().describe('Of the last completed run.'),
  })
  .meta({ id: 'RowAlert', description: 'A bound of the alerts of the orchestration that only warns.' })

export const workflowView = workflowHeader
  .extend({
    tasks: z.array(task),
    progress: jsonObject.nullable().describe('Live, while it runs.'),
    resolutions: z.array(resolution).describe('Ways out, the most likely first; empty when nothing is wrong.'),
    row_groups: z
      .array(z.object({ code: z.string(), rows: z.int(), reason: z.string(), fix: z.string() }))
      .describe('Rows that were not sent, by reason.'),
    row_alerts: z.array(rowAlert).describe('What the number of rows of its plan gives to say.'),
  })
  .meta({ id: 'Workflow', description: 'A workflow with its tasks and the ways out of what stopped it.' })

export function viewWire(view: WorkflowView): z.output<typeof workflowView> {
  return {
    ...headerWire(view),
    tasks: view.tasks.map(({ startedAt, endedAt, ...rest }) => ({ ...rest, started_at: startedAt, ended_at: endedAt })),
    progress: view.progress === null ? null : snaked(view.progress),
    resolutions: view.resolutions,
    row_groups: view.rowGroups,
    row_alerts: rowAlertsOf(view.tasks),
  }
}

const flagsShape = {
  sample: z.int().min(1).max(1_000_000_000).nullable().default(null).describe('The first N people only.'),
  full: z.boolean().default(false).describe('Everybody whole, also who did not change.'),
  live: z.boolean().default(false).describe('Read the people of the plan in the account first.'),
}

/** No body means the defaults. */
export const flags = z.strictObject(flagsShape).prefault({})
export const startRequest = z
  .strictObject({
    ...flagsShape,
    plan_id: z.string().min(1).max(320).nullable().default(null).describe('Execute this stored plan.'),
    approve: z.boolean().default(false).describe('Pass a guard that stopped it.'),
  })
  .prefault({})

export const groupRun = z
  .object({
    id: z.string(),
    group: z.string(),
    trigger,
    started_by: z.string().nullable(),
    due_at: z.string().nullable().describe('The tick that it is for; null when it was not scheduled.'),
    state: z.enum(['running', 'completed', 'error']),
    started_at: z.string(),
    ended_at: z.string().nullable(),
  })
  .meta({ id: 'GroupRun' })

export function groupRunWire(run: GroupRun): z.output<typeof groupRun> {
  const { id, group, trigger, state } = run
  return {
    id,
    group,
    trigger,
    started_by: run.startedBy,
    due_at: isoOrNull(run.dueAt),
    state,
    started_at: iso(run.startedAt),
    ended_at: isoOrNull(run.endedAt),
  }
}

// ---- plans and records -------------------------------------------------------------------------------------------------------

const person = { external_id: z.string().nullable(), email: z.string().nullable(), name: z.string().nullable() }

export const change = z
  .object({
    change: z.int(),
    kind: z.string(),
    wave: z.int(),
    row: z.int(),
    ...person,
    zendesk_id: z.string().nullable(),
    fields: z.array(z.object({ field: z.string(), old: z.string().nullable(), new: z.string().nullable() })),
  })
  .meta({ id: 'Change', description: 'One change of a plan, exactly what will be sent.' })

export const conflict = z
  .object({ row: z.int(), ...person, code: z.string(), reason: z.string(), action: z.string() })
  .meta({ id: 'Conflict', description: 'Who cannot be sent as things stand in the account, why, and what to do.' })

const counts = <K extends string>(...names: readonly K[]) =>
  z.object(Object.fromEntries(names.map((name) => [name, z.int()])) as Record<K, z.ZodInt>)

export const plan = z
  .object({
    plan_id: z.string(),
    origin: z.enum(['query', 'repair', 'undo']),
    orchestration: z.string(),
    account: z.string(),
    planned_at: z.string(),
    sample: z.int().nullable(),
    full: z.boolean(),
    rows: counts('total', 'rejected', 'merged', 'unchanged'),
    people: counts('total', 'create', 'update', 'unchanged', 'rekeyed', 'further_emails', 'cleared_values'),
    rejected: z.array(z.object({ code: z.string(), rows: z.int(), reason: z.string() })),
    warnings: z.array(z.object({ code: z.string(), field: z.string(), rows: z.int(), reason: z.string() })),
    ignored_columns: z.array(z.object({ column: z.string(), did_you_mean: z.string().nullable() })),
    notes: z.array(z.string()),
    guards: z.array(z.object({ code: z.string(), message: z.string() })),
    row_alerts: z.array(rowAlert),
    live: counts('people', 'requests', 'creates', 'updates', 'adopts', 'equal', 'conflicts')
      .extend({ read: z.enum(['ownership', 'first_contact', 'everybody']) })
      .nullable(),
    conflicts_sample: z.array(conflict),
    exits: z
      .object({
        action: z.enum(['nothing', 'clear_fields', 'remove_tags', 'suspend', 'delete']),
        people: z.int(),
        already_gone: z.int(),
      })
      .nullable(),
    cost: counts('writes', 'polls', 'reads', 'requests').extend({ eta_ms: z.number() }),
    changes_sample: z.array(change),
  })
  .meta({ id: 'Plan', description: 'What a run would send; nothing has been sent.' })

export const storedPlan = plan
  .omit({ changes_sample: true, conflicts_sample: true })
  .extend({
    state: workflowState.describe('Of its run; `waiting` until it is run.'),
    open: z.boolean().describe('False: it was run to its end, or another plan has taken its place.'),
  })
  .meta({ id: 'StoredPlan', description: 'A plan as it is kept; the people in it are lists of their own.' })

export const outcomes = ['created', 'updated', 'unchanged', 'rejected', 'failed', 'merged', 'pending'] as const

export const record = z
  .object({
    row: z.int(),
    ...person,
    outcome: z.enum(outcomes),
    field: z.string().nullable(),
    value: z.string().nullable(),
    code: z.string().nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'Record', description: 'What has become of one row.' })

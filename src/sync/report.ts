import type { WriteKind } from '../destination/destination.ts'
import type { ProblemCode, RowCode } from '../problem.ts'
import type { Confirmed } from './proof/report.ts'

/** What a run or a plan was asked to do; flags belong to the plan. */
export interface Flags {
  /** Send the first N people only. */
  sample: number | null
  /** Send everybody whole, also who did not change. */
  full: boolean
  /** Read the people of the plan in the account first, whatever the destination's setting says. */
  live: boolean
}

export type WorkflowState =
  | 'waiting'
  | 'running'
  | 'stopping'
  | 'stopped'
  | 'completed'
  | 'completed_with_alerts'
  | 'error'

export type Step = 'extract' | 'map' | 'plan' | 'deliver' | 'settle'

/** Outcomes of rows; in a completed workflow they add up to `total` with `pending` 0. */
export interface RowCounts {
  total: number
  created: number
  updated: number
  unchanged: number
  rejected: number
  failed: number
  merged: number
  pending: number
}

/** Nothing yet. */
export function noRows(): RowCounts {
  return { total: 0, created: 0, updated: 0, unchanged: 0, rejected: 0, failed: 0, merged: 0, pending: 0 }
}

/** One field of a change as people read it: canonical texts, null for "nothing". */
export interface FieldChange {
  field: string
  old: string | null
  new: string | null
}

/**
 * What a change does. `adopt` takes over somebody whom the account has by an address; `restore` puts values back by Zendesk id; `exit` and `delete` are for people who left the result; the others are
 * those of `Write`.
 */
export type ChangeKind = Exclude<WriteKind, 'by_id'> | 'adopt' | 'restore' | 'exit'

/** One change of a plan, exactly what will be sent. */
export interface ChangeView {
  change: number
  kind: ChangeKind
  wave: number
  /** Row of the result that carries the outcome. */
  row: number
  external_id: string | null
  email: string | null
  name: string | null
  zendesk_id: string | null
  fields: FieldChange[]
}

/** What is done about people who left the result. */
export type OnExit = 'nothing' | 'clear_fields' | 'remove_tags' | 'suspend' | 'delete'

/** One person who left the result. */
export interface ExitRow {
  external_id: string | null
  email: string | null
  name: string | null
  action: OnExit
  /** `gone`: the account had no such user any more. */
  outcome: 'done' | 'gone' | 'failed' | 'pending'
  code: string | null
  reason: string | null
}

/** A guard that tripped: nothing is sent unless approved. */
export interface TrippedGuard {
  code: ProblemCode
  message: string
}

/** A bound of the orchestration's `alerts` that the number of rows is beyond, and that only warns. */
export interface RowAlert {
  code: 'rows_below' | 'rows_above' | 'rows_changed'
  message: string
  rows: number
  /** Rows; of `rows_changed` a percentage. */
  bound: number
  /** Of the last completed run; null: there is none. */
  last_rows: number | null
}

/** What reading the account before sending has shown; people, not rows. */
export interface LiveSummary {
  /** Who was read: `ownership` only people with a field that may be filled and no more. */
  read: 'ownership' | 'first_contact' | 'everybody'
  /** People of the plan who were looked for. */
  people: number
  requests: number
  creates: number
  updates: number
  adopts: number
  /** Nothing to send: the account holds it all. */
  equal: number
  conflicts: number
}

/** Who cannot be sent as things stand in the account, why, and what to do. */
export interface Conflict {
  row: number
  external_id: string | null
  email: string | null
  name: string | null
  code: RowCode
  reason: string
  action: string
}

/** The plan as it is shown, stored and executed. All counts integers. */
export interface PlanSummary {
  plan_id: string
  /** What it was made from: a query, people who drifted, or a run that is taken back. */
  origin: 'query' | 'repair' | 'undo'
  orchestration: string
  /** Origin of the account. */
  account: string
  planned_at: string
  sample: number | null
  full: boolean
  rows: { total: number; rejected: number; merged: number; unchanged: number }
  people: {
    total: number
    create: number
    update: number
    unchanged: number
    rekeyed: number
    further_emails: number
    cleared_values: number
  }
  rejected: { code: string; rows: number; reason: string }[]
  /** Rows that will be sent without a value, by field and reason. */
  warnings: { code: string; field: string; rows: number; reason: string }[]
  ignored_columns: { column: string; did_you_mean: string | null }[]
  /** Sentences about the plan as a whole (conflicting rows without ORDER BY, a field that two orchestrations write, ...). */
  notes: string[]
  guards: TrippedGuard[]
  /** What the number of rows gives to say; the run goes on. */
  row_alerts: RowAlert[]
  /** null: the account's people were not read. */
  live: LiveSummary | null
  conflicts_sample: Conflict[]
  /** People who left the result and what is done about it; null when nothing is. */
  exits: { action: OnExit; people: number; already_gone: number } | null
  /** Estimate at the account's limits. */
  cost: { writes: number; polls: number; reads: number; requests: number; eta_ms: number }
  changes_sample: ChangeView[]
}

/** A plan as it is kept, without the people in it: those are read page by page. */
export interface StoredPlan extends Omit<PlanSummary, 'changes_sample' | 'conflicts_sample'> {
  /** Of its run; `waiting` until it is run. */
  state: WorkflowState
  /** False: it was run to its end, or another one has taken its place. */
  open: boolean
}

/** Whom a list of changes is about. */
export interface ChangeFilter {
  /** Part of an external_id, an e-mail address or a name, in any case. */
  person: string
}

/** Last line of `run --json`. */
export interface RunSummary {
  run_id: string
  orchestration: string
  status: WorkflowState
  rows: RowCounts
  /** Rows sent in this run without a value that could not be made valid. */
  warnings: number
  /** People whom Zendesk had already and whom we had never delivered. */
  adopted: number
  /** People who left the result and about whom something was done. */
  exited: number
  /** What the number of rows gave to say. */
  row_alerts: RowAlert[]
  /** What reading people back has shown; null: nobody was read back. */
  confirmed: Confirmed | null
  /** The orchestration is paused, perhaps by this run: it does not run again until somebody resumes it. */
  paused: boolean
  /** HTTP requests of this process to the account. */
  requests: number
  /** How long this process has waited: because Zendesk asked for it, for others' share of the requests, or for an account out of reach. */
  waited_ms: number
  problem: { code: ProblemCode; message: string; fix: string } | null
}

/** One line of `deskside workflows`. */
export interface WorkflowRow {
  run_id: string
  orchestration: string
  /** What its plan was made from. */
  origin: PlanSummary['origin']
  status: WorkflowState
  started_at: string
  ended_at: string | null
  rows: RowCounts
  /** What reading people back has shown; null: nobody was read back. */
  confirmed: Confirmed | null
  problem_code: string | null
}

/** One row of `deskside records`. */
export interface RecordRow {
  row: number
  external_id: string | null
  email: string | null
  name: string | null
  outcome: 'created' | 'updated' | 'unchanged' | 'rejected' | 'failed' | 'merged' | 'pending'
  field: string | null
  value: string | null
  code: string | null
  reason: string | null
}

/** Columns of records as CSV, in the order of the keys of JSON. */
export const recordColumns = [
  'row',
  'external_id',
  'email',
  'name',
  'outcome',
  'field',
  'value',
  'code',
  'reason',
] as const satisfies readonly (keyof RecordRow)[]

/** Progress of the delivery, a few times a second at most. */
export interface Progress {
  /** Rows (people) whose change has an outcome, of those that this plan sends. */
  settled: number
  total: number
  usersPerSecond: number
  jobsInFlight: number
  parked: number
  etaMs: number | null
}

/** The one stream of events that terminal, JSON and later the web page read. */
export type WorkflowEvent =
  | { type: 'workflow'; runId: string; orchestration: string; resumed: boolean }
  /** What an earlier run left is being ended first. */
  | { type: 'recovering'; runId: string; batches: number }
  | { type: 'step'; step: Step }
  | { type: 'extracted'; rows: number }
  | { type: 'planned'; plan: PlanSummary }
  | { type: 'progress'; progress: Progress }
  /** What the workflow waits for; `untilMs` is a wall-clock time, null when nobody knows; `why` null ends the wait. */
  | { type: 'waiting'; why: string | null; untilMs: number | null }
  /** Nothing else has happened for most of a second; `step` null: before the first. */
  | { type: 'heartbeat'; step: Step | null; elapsedMs: number }
  | { type: 'stopping' }

import type { ColumnCheck, Preview } from '../app.ts'
import { asProblem, type Json, Problem, type RowCode, rowReasons } from '../problem.ts'
import type { WorkflowHeader } from '../store/store.ts'
import type { FoundPerson } from '../sync/find-people.ts'
import type { DriftLine, DriftReport, RestLine, UndoReport, WhyPerson, WhyReport } from '../sync/proof/report.ts'
import type { ChangeView, Conflict, ExitRow, FieldChange, PlanSummary, RecordRow, RunSummary } from '../sync/report.ts'
import type { Task, WorkflowView } from './control.ts'
import { codeOf, masked, maskedProblem } from './notify/masked.ts'

/**
 * What people see who may not see personal values: the same shapes, with `[hidden]` in the place of values. What is not known to be free of
 * personal data is hidden, texts that may quote a value too; codes, counts and names of fields stay.
 */
export const hidden = '[hidden]'

/** Attributes whose values may be shown. Empty where nothing is known. */
export type Visible = ReadonlySet<string>

export const nothingVisible: Visible = new Set()

const hide = (value: string | null): string | null => (value === null ? null : hidden)

/** Columns are compared without case, as attributes are. */
function shown(value: string | null, field: string | null, visible: Visible): string | null {
  return field !== null && visible.has(field.toLowerCase()) ? value : hide(value)
}

interface Keys {
  external_id: string | null
  email: string | null
  name?: string | null
}

function keys<T extends Keys>(row: T, visible: Visible): T {
  return {
    ...row,
    external_id: shown(row.external_id, 'external_id', visible),
    email: hide(row.email),
    ...(row.name !== undefined && { name: hide(row.name) }),
  }
}

/** The sentence of the table: one that was completed by the row's value would repeat it. */
function plainReason(code: string | null): string | null {
  if (code === null) return null
  return Object.hasOwn(rowReasons, code) ? rowReasons[code as RowCode] : hidden
}

export function redactedRecord(row: RecordRow, visible: Visible): RecordRow {
  return { ...keys(row, visible), value: shown(row.value, row.field, visible), reason: plainReason(row.code) }
}

/** What a field held before may come from another query, so it is hidden whatever is known of this one. */
function redactedField({ field, old, new: value }: FieldChange, visible: Visible): FieldChange {
  return { field, old: hide(old), new: shown(value, field, visible) }
}

/** Every value, because nothing is known of the columns; that there is none stays. */
export function redactedPreview(preview: Preview): Preview {
  return { ...preview, rows: preview.rows.map((row) => row.map(hide)) }
}

/** Names of columns and fields are definitions; what the account has answered may be more. */
export function redactedColumnCheck(check: ColumnCheck): ColumnCheck {
  const isOurs = ({ code, columns }: ColumnCheck['problems'][number]) =>
    columns.length > 0 || code.startsWith('mapping.')
  return { ...check, problems: check.problems.map((one) => (isOurs(one) ? one : shownProblem(one))) }
}

export function redactedChange(change: ChangeView, visible: Visible): ChangeView {
  return { ...keys(change, visible), fields: change.fields.map((field) => redactedField(field, visible)) }
}

export function redactedConflict(conflict: Conflict, visible: Visible): Conflict {
  return { ...keys(conflict, visible), reason: plainReason(conflict.code) ?? hidden, action: hidden }
}

export function redactedExit(row: ExitRow, visible: Visible): ExitRow {
  return { ...keys(row, visible), reason: plainReason(row.code) }
}

export function redactedDrift(line: DriftLine): DriftLine {
  const { delivered, found, code } = line
  return {
    ...keys(line, nothingVisible),
    ...{ delivered: hide(delivered), found: hide(found), reason: plainReason(code) ?? hidden },
  }
}

/** Its reasons are sentences of a table. */
export function redactedRest(line: RestLine): RestLine {
  const { old, written, found } = line
  return { ...keys(line, nothingVisible), old: hide(old), written: hide(written), found: hide(found) }
}

type Told = Pick<PlanSummary, 'rejected' | 'warnings' | 'notes' | 'guards' | 'row_alerts'>

export function redactedStoredPlan<T extends Told>(plan: T): T {
  return {
    ...plan,
    rejected: plan.rejected.map((group) => ({ ...group, reason: plainReason(group.code) ?? hidden })),
    warnings: plan.warnings.map((group) => ({ ...group, reason: plainReason(group.code) ?? hidden })),
    notes: plan.notes.map(masked),
    guards: plan.guards.map((guard) => ({ ...guard, message: masked(guard.message) })),
    row_alerts: plan.row_alerts.map((alert) => ({ ...alert, message: masked(alert.message) })),
  }
}

export function redactedPlan(plan: PlanSummary, visible: Visible): PlanSummary {
  return {
    ...redactedStoredPlan(plan),
    changes_sample: plan.changes_sample.map((change) => redactedChange(change, visible)),
    conflicts_sample: plan.conflicts_sample.map((conflict) => redactedConflict(conflict, visible)),
  }
}

function redactedSummary(summary: RunSummary): RunSummary {
  const { problem, confirmed } = summary
  return {
    ...summary,
    problem: problem && shownProblem(problem),
    confirmed: confirmed && { ...confirmed, problem: confirmed.problem && shownProblem(confirmed.problem) },
  }
}

export function redactedDriftReport(report: DriftReport): DriftReport {
  return {
    ...report,
    plan: report.plan && redactedPlan(report.plan, nothingVisible),
    repair: report.repair && redactedSummary(report.repair),
  }
}

export function redactedUndo(report: UndoReport): UndoReport {
  return { ...report, plan: redactedPlan(report.plan, nothingVisible) }
}

export function redactedWhy(report: WhyReport): WhyReport {
  return { ...report, key: hidden, people: report.people.map(redactedPerson) }
}

export function redactedFound(person: FoundPerson): FoundPerson {
  const { external_id: id, name, emails } = person
  return { ...person, external_id: hide(id), name: hide(name), emails: emails.map(() => hidden) }
}

function redactedPerson(person: WhyPerson): WhyPerson {
  const { now } = person
  return {
    ...person,
    external_id: hide(person.external_id),
    emails: person.emails.map(() => hidden),
    history: person.history.map((entry) => ({
      ...entry,
      changes: entry.changes.map((change) => ({
        ...change,
        fields: change.fields.map((field) => redactedField(field, nothingVisible)),
        outcome: plainOutcome(change.outcome),
        follow_ups: change.follow_ups.map((one) => ({ ...one, outcome: plainOutcome(one.outcome) })),
      })),
      rejected: entry.rejected.map(plainRow),
      warnings: entry.warnings.map(plainRow),
      alerts: entry.alerts.map((alert) => ({
        ...alert,
        ...{ given: hide(alert.given), found: hide(alert.found), reason: plainReason(alert.code) ?? hidden },
      })),
    })),
    now: {
      ...now,
      external_id: hide(now.external_id),
      emails: now.emails.map(() => hidden),
      fields: now.fields.map((field) => ({ ...field, delivered: hide(field.delivered), found: hide(field.found) })),
      problem: now.problem && shownProblem(now.problem),
    },
  }
}

function plainOutcome<T extends { code: string | null; reason: string | null } | null>(outcome: T): T {
  return outcome === null ? outcome : { ...outcome, reason: plainReason(outcome.code) }
}

function plainRow<T extends { code: string; value: string | null; reason: string }>(row: T): T {
  return { ...row, value: hide(row.value), reason: plainReason(row.code) ?? hidden }
}

/** What a text says that may not be shown. */
const untold = 'The message may quote personal values, and is hidden.'

/** A problem with what may quote data taken out. */
function shownProblem<T extends { code: string; message: string; fix: string }>(problem: T): T {
  const { message, fix } = maskedProblem(problem)
  return { ...problem, message: message ?? untold, fix }
}

/** A problem as it is stored; its data may quote what its message does. */
function redactedStored(problem: { [key: string]: Json } | null): { [key: string]: Json } | null {
  if (problem === null) return null
  const { message, fix } = maskedProblem({ code: codeOf(problem), message: problem.message, fix: problem.fix })
  const { data: _, ...others } = problem
  return { ...others, message: message ?? untold, fix }
}

/** A task's output holds counts, ids, and sentences: those beside a code become the sentence of the table, free ones are masked. */
function redactedTask(task: Task): Task {
  return {
    ...task,
    output: redactedTexts(task.output) as Task['output'],
    problem: task.problem && shownProblem(task.problem),
  }
}

/** The settings and the SQL as launched are definitions, not data, and stay. */
export function redactedHeader(header: WorkflowHeader): WorkflowHeader {
  const tasks = (header.tasks as unknown as Task[]).map(redactedTask) as unknown as Json[]
  return { ...header, tasks, problem: redactedStored(header.problem) }
}

export function redactedRowGroup(group: WorkflowView['rowGroups'][number]): WorkflowView['rowGroups'][number] {
  return { ...group, reason: plainReason(group.code) ?? hidden, fix: masked(group.fix) }
}

function redactedTexts(value: Json): Json {
  if (Array.isArray(value)) return value.map(redactedTexts)
  if (typeof value !== 'object' || value === null) return value
  const { code } = value
  return Object.fromEntries(
    Object.entries(value).map(([name, child]): [string, Json] => {
      if (name === 'reason') return [name, plainReason(typeof code === 'string' ? code : null) ?? hidden]
      if ((name === 'message' || name === 'fix') && typeof child === 'string') return [name, masked(child)]
      if (name === 'notes' && Array.isArray(child)) return [name, child.map((note) => masked(String(note)))]
      return [name, redactedTexts(child)]
    }),
  )
}

/** Kinds of problems whose texts may quote rows of the source or words of the account. */
const quotesData: ReadonlySet<string> = new Set(['query', 'source', 'mapping', 'zendesk', 'guard', 'plan', 'internal'])

/** What was thrown for somebody who may not see personal values. */
export function redactedError(error: unknown): unknown {
  const problem = asProblem(error)
  const { code, effect } = problem
  if (!quotesData.has(code.split('.')[0] ?? '')) return problem
  const { message, fix } = shownProblem({ code, message: problem.message, fix: problem.fix })
  return new Problem(code, { message, fix, effect, cause: problem })
}

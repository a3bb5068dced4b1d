import type { ProblemCode, RowCode } from '../../problem.ts'
import type { ChangeKind, FieldChange, PlanSummary, RunSummary, WorkflowState } from '../report.ts'

/** Why what the account holds is not what was given; a part of the codes of rows. */
export type SeenCode = Extract<RowCode, `seen.${string}`>

/** What reading people back after a run has shown. People, not rows. */
export interface Confirmed {
  /** People looked for. */
  read: number
  /** People who hold exactly what the run sent. */
  seen: number
  /** People in whom something differs, or who are not there; `records --alerts` lists them. */
  differing: number
  /** Why not everybody could be read; the run is not affected. */
  problem: { code: ProblemCode; message: string; fix: string } | null
}

/** One field of one person that is not what was delivered. */
export interface DriftLine {
  person: number
  zendesk_id: string
  external_id: string | null
  email: string | null
  name: string | null
  /** Name of an attribute, `external_id`, `email`, or `zendesk_id` for somebody who is gone. */
  field: string
  /** What was delivered, and what the account holds. */
  delivered: string | null
  found: string | null
  code: SeenCode
  reason: string
  /** The repair sends this field. */
  repaired: boolean
}

/** What drift found. All counts integers. */
export interface DriftReport {
  /** Names the list (`drifted`) and the plan that repairs it (`run --plan`); null when nothing drifted. */
  drift_id: string | null
  orchestration: string
  account: string
  read_at: string
  people: { read: number; drifted: number; gone: number }
  /** By field and code, most people first. */
  fields: { field: string; code: SeenCode; people: number }[]
  /** HTTP requests for the reading alone. */
  requests: number
  /** What would be sent; null when there is nothing that sending would repair. */
  plan: PlanSummary | null
  /** How the repair ended; null when none was asked for or needed. */
  repair: RunSummary | null
}

/** Why an undo leaves something of a run as it is. */
export const restReasons = {
  created: 'The person was created by that run; Deskside deletes nobody for it.',
  edited_since: 'The account holds something else by now: it was edited since.',
  not_known: 'What the field held before that run is not known.',
  never_cleared: 'The field was empty before, and cannot be emptied again.',
  field_unknown: 'The account has no such user field any more.',
  not_readable: 'Zendesk does not answer with this value, so nobody can say whether it is still there.',
  second_number: 'The number was added as a second one; the first is unchanged.',
  primary_address: 'The address is the primary one by now; a primary address cannot be taken away.',
  membership: 'The run added the person to an organisation; memberships are not taken back.',
  identity: 'The run gave the person another external_id; that is not taken back.',
  deleted: 'The run deleted the person; Zendesk keeps deleted users, but Deskside does not bring them back.',
  gone: 'The person is not in the account any more.',
  is_agent: 'The person is an agent or admin of the account by now.',
} as const satisfies Record<string, string>

export type RestCode = keyof typeof restReasons

/** Something of a run that its undo leaves as it is. */
export interface RestLine {
  zendesk_id: string | null
  external_id: string | null
  email: string | null
  /** The field, or null when it is about the person. */
  field: string | null
  /** Before the run, as far as it is known; what the run wrote; what the account holds. */
  old: string | null
  written: string | null
  found: string | null
  code: RestCode
  reason: string
}

/** A planned undo: nothing has been sent. `plan.plan_id` is what `run --plan` takes, and what `undoRest` lists by. */
export interface UndoReport {
  undone_run: string
  orchestration: string
  plan: PlanSummary
  /** People whose changes of that run had landed; and what becomes of those changes. */
  people: { read: number; restored: number }
  fields: { restored: number; already: number; left: number }
  /** What is left as it is, most lines first. */
  rest: { code: RestCode; lines: number; reason: string }[]
  /** HTTP requests for the reading alone. */
  requests: number
}

/** The destination's word on one attempt. */
export interface WhyOutcome {
  status: 'created' | 'updated' | 'failed'
  zendesk_id: string | null
  code: RowCode | null
  reason: string | null
  at: string
}

/** One change that a run planned for the person. */
export interface WhyChange {
  change: number
  kind: ChangeKind
  fields: FieldChange[]
  /** null: not sent, or no word yet. */
  outcome: WhyOutcome | null
  /** Further attempts: `whole` sent everything known of the person, `again` the same change; or everything, if the user was gone. */
  follow_ups: { kind: 'whole' | 'again'; outcome: WhyOutcome | null }[]
}

/** One run that had to do with the person. */
export interface WhyEntry {
  run_id: string
  orchestration: string
  origin: PlanSummary['origin']
  started_at: string
  status: WorkflowState
  /** The version of the query; `changed`: other than in the run of this orchestration before it, null for the first. */
  query: { digest: string; changed: boolean | null } | null
  changes: WhyChange[]
  /** Rows that were not sent. */
  rejected: { row: number; field: string | null; value: string | null; code: RowCode; reason: string }[]
  /** Values that were left out. */
  warnings: { row: number; field: string; value: string | null; code: RowCode; reason: string }[]
  /** What reading back after the run has shown. */
  alerts: { field: string; given: string | null; found: string | null; code: SeenCode; reason: string }[]
}

/** One field as it was delivered and as the account holds it. */
export interface WhyField {
  field: string
  delivered: string | null
  found: string | null
  /** `not_comparable`: the account does not answer with it, or nothing was delivered. */
  verdict: 'same' | 'different' | 'not_comparable'
  code: SeenCode | null
}

/** Everything that is known of one person in one account. */
export interface WhyPerson {
  destination: string
  account: string
  zendesk_id: string | null
  external_id: string | null
  /** All addresses ever given. */
  emails: string[]
  /** The orchestration that delivered last; null when nothing was ever delivered. */
  orchestration: string | null
  delivered_at: string | null
  /** What was done when the person left the result; null while they are in it. */
  exit: string | null
  /** Oldest first. Runs in which nothing about the person was sent or refused are not listed. */
  history: WhyEntry[]
  /** Earlier runs of the account whose details are gone; they may have had to do with the person. */
  older: { runs: number; note: string } | null
  /** The account now; `there` null when it could not be read, and `problem` says why. */
  now: {
    there: boolean | null
    zendesk_id: string | null
    external_id: string | null
    emails: string[]
    role: 'end-user' | 'agent' | 'admin' | null
    suspended: boolean | null
    updated_at: string | null
    fields: WhyField[]
    problem: { code: ProblemCode; message: string; fix: string } | null
  }
}

export interface WhyReport {
  key: string
  field: string | null
  /** Nobody when the key is unknown everywhere; several when it means several people. */
  people: WhyPerson[]
  requests: number
}

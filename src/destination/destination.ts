import type { Json, Problem, RowCode } from '../problem.ts'
import type { FieldChange, FieldPlan, FieldRemoval } from './user-fields.ts'

/** Result of checking one value: canonical text, or why it cannot be sent. */
export type Normalised = { ok: true; value: string } | { ok: false; code: RowCode; reason: string }

/** What a value's meaning may depend on besides itself. */
export interface RowContext {
  /** Raw value of the destination's `country_column` in this row, if it has one. */
  country: string | null
}

/**
 * One attribute that a column of a query feeds. Values travel as canonical text: two texts are equal exactly when the destination
 * would hold the same value, so that plan and ledger compare texts and know nothing of types.
 */
export interface Attribute {
  /** Name in query, plan, ledger and wire path: `phone`, `user_fields.city`. */
  name: string
  /** What takes a delivered value away again; `never` for attributes that are never cleared. */
  clearing: 'never' | 'null' | 'empty_string'
  /** `text` is clean (no control characters) and not blank. */
  normalise(text: string, context: RowContext): Normalised
  /** JSON value of a canonical text. */
  wire(canonical: string): Json
  /**
   * Canonical text of what the destination answers; null is "nothing there". `read(null)` is what an empty value reads as: not null
   * where the destination does not tell empty from `false` or `[]`. Compare an expected text by `(expected ?? read(null)) === answered`.
   */
  read(value: Json): string | null
  /** The kind of change of its own that carries this attribute; null: it travels with the user. See {@link WriteKind}. */
  apart: ApartKind | null
  /** What was given before stays: the value is the union of all words (separated by blanks) ever given. */
  accumulates: boolean
}

/** What needs a request of its own beside the user's: see {@link Write}. */
export type ApartKind = 'tags' | 'membership' | 'primary_phone'

/** What becomes of one column of the query, in the order of the columns. */
export type ColumnUse =
  | { use: 'identity'; column: string; key: 'external_id' | 'email' }
  | { use: 'attribute'; column: string; attribute: Attribute }
  /** Read: `country_column`. A column that is also sent has this as a second use, behind all others. */
  | { use: 'country'; column: string }
  /** Not sent; `unknownField` marks a `user_fields.*` that the account lacks under `unknown_fields: ignore`. */
  | { use: 'ignored'; column: string; didYouMean: string | null; unknownField: boolean }

export interface ColumnMapping {
  columns: ColumnUse[]
  /** Digest of everything that decides how a row's text becomes values: settings, field definitions read, normaliser version. */
  fingerprint: string
}

/** People of the account who must not be touched; keys are lower case. */
export interface ProtectedPeople {
  zendeskIds: string[]
  externalIds: string[]
  emails: string[]
}

/** A person as the account holds it now. */
export interface AccountPerson {
  zendeskId: string
  /** As stored; the account compares it without case. */
  externalId: string | null
  /** Primary first, lower case, without blanks around. */
  emails: string[]
  /** Primary first, as stored. */
  phones: string[]
  role: 'end-user' | 'agent' | 'admin'
  suspended: boolean
  /** Canonical text of each attribute asked for, null for empty; a name that is missing is one that the account does not answer with. */
  values: Record<string, string | null>
  /** ISO time of the account's last change of the user. */
  updatedAt: string | null
}

/** Whom to read; people whom several keys name come once. */
export interface PeopleKeys {
  zendeskIds?: readonly string[]
  externalIds?: readonly string[]
  /** Any address of a person, secondary ones included as far as the account finds them. */
  emails?: readonly string[]
}

/** What a plan needs to know of the account, read by GETs only. */
export interface AccountFacts {
  /** Maps a result's columns. Throws Problem `mapping.*` or `zendesk.unknown_user_field`. */
  mapColumns(columns: readonly string[]): ColumnMapping
  /** What the author of these columns should know before anything is sent; a sentence each. Throws Problem `mapping.*`. */
  columnNotes(columns: readonly string[]): string[]
  /** Empty when `protect_agents` is false. */
  protectedPeople: ProtectedPeople
  /** Requests a minute that the account allows in all, from its headers; null when unknown. */
  requestsPerMinute: number | null
}

/**
 * - `create`, `update`: by external_id, else e-mail. `rekey`: by Zendesk id, with a new external_id.
 * - `by_id`: values of a known person, by Zendesk id and nothing else.
 * - `delete`: the person is deleted (softly, as an agent would).
 * - `email`: one more address. `primary_email`, `primary_phone`: the address or number takes the place of the primary one.
 *   `remove_email`: takes an address away that is not the primary one.
 * - `tags`: adds the tags of `values.tags` and removes those that only `before.tags` has; tags of others stay.
 * - `membership`: adds the person to the organisation of its one value; nothing is taken away.
 */
export type WriteKind =
  | 'create'
  | 'update'
  | 'rekey'
  | 'by_id'
  | 'delete'
  | 'email'
  | 'primary_email'
  | 'remove_email'
  | ApartKind

/** Identity and values of one write, as the plan stores them. */
export interface Write {
  kind: WriteKind
  zendeskId: string | null
  externalId: string | null
  email: string | null
  /** Canonical texts; null clears. */
  values: Record<string, string | null>
  /** What we know of the same values before this write; null: nothing. */
  before: Record<string, string | null>
}

/** A write with its body, ready to be batched. */
export interface PreparedWrite {
  write: Write
  /** JSON text of one element of the bulk body. */
  json: string
}

/** What the destination said about one write of a batch. */
export type WriteResult =
  | { status: 'created' | 'updated'; zendeskId: string }
  | { status: 'failed'; code: RowCode; reason: string }
  /** The job ended without a believable word on this row. */
  | { status: 'unknown' }

/** How a POST ended. */
export type Submission =
  | { end: 'job'; jobId: string }
  /** Settled at once (singular upsert). */
  | { end: 'settled'; results: WriteResult[] }
  /** Surely not taken; may be sent again after the delay. */
  | { end: 'refused'; delayMs: number; why: string }
  /** Surely not taken; these rows (index in the batch) can never be sent so. */
  | { end: 'rejected_rows'; rows: { index: number; reason: string }[] }
  /** Nobody knows whether it was taken. */
  | { end: 'ambiguous'; delayMs: number; why: string }
  /** Surely not taken and nothing can be sent until somebody acts. */
  | { end: 'stopped'; problem: Problem }

export type JobState =
  | { state: 'running' }
  | { state: 'completed'; results: WriteResult[] }
  | { state: 'failed'; reason: string }
  | { state: 'missing' }

/** A job in the account's list of jobs; `echo` are the keys its results repeat (lower case), null while it runs. */
export interface ListedJob {
  jobId: string
  total: number | null
  finished: boolean
  echo: { externalId: string | null; email: string | null; zendeskId: string | null }[] | null
}

/**
 * The kinds of batch: each goes to an endpoint of its own. `one_by_one`, `identities`: batches of one write, settled at once. `tags`
 * reads its people first, because tags can only be written as a whole.
 */
export type BatchKind = 'upsert' | 'by_id' | 'one_by_one' | 'delete' | 'tags' | 'memberships' | 'identities'

/** Something that the user should see while the connection waits. */
export interface WaitNotice {
  why: string
  /** Wall clock, milliseconds since the epoch. */
  untilMs: number
}

/** The columns of a query that the destination is to check. */
export interface QueryColumns {
  name: string
  columns: readonly string[]
}

/** What becomes of one column of what is to be sent, for whoever writes it. */
export interface CheckedColumn {
  column: string
  /** As the engine binds it. */
  type: string
  /** `read`: not sent, but looked at. `refused`: nothing can be sent as long as the column is there. */
  use: 'sent' | 'read' | 'ignored' | 'refused'
  /** Name of the attribute that it becomes: `external_id`, `user_fields.city`. Null: none. */
  becomes: string | null
  /** Type of the user field in the account; null where it feeds none, or the account was not read. */
  field_type: string | null
  /** What it feeds, in words; empty where that is nothing. */
  meaning: string
  /** Why it is ignored or refused, as a clause; null: it is neither. */
  why: string | null
  /** The attribute that was probably meant. */
  did_you_mean: string | null
  /** Sentences that the author should know before anything is sent. */
  notes: string[]
}

/** All columns, held against the destination, and everything that keeps them from being sent, the gravest first. */
export interface CheckedColumns {
  columns: CheckedColumn[]
  /** `columns` is empty where something is missing. The first is what a plan of these columns ends with. */
  problems: { columns: readonly string[]; problem: Problem }[]
}

/** One stage of `deskside check`. */
export interface CheckStage {
  stage: string
  title: string
  outcome: 'ok' | 'note' | 'failed'
  detail: string
  problem?: Problem
}

/** A stage that has begun. */
export type StageBegun = Pick<CheckStage, 'stage' | 'title'>

/** An open connection to one account. All requests pass one limiter. */
export interface Connection {
  /** The origin really spoken to; the account's identity in the ledger. */
  origin: string
  /** Stages in order, then the columns of `queries`; ends after the first failed one. `onBegin` hears of each stage of the connection first. */
  check(queries?: AsyncIterable<QueryColumns>, onBegin?: (begun: StageBegun) => void): AsyncIterable<CheckStage>
  readAccount(): Promise<AccountFacts>
  /** What {@link AccountFacts.mapColumns} makes of columns, told of each; reads what of the account decides that, by GETs. Throws Problem. */
  checkColumns(columns: readonly { name: string; type: string }[]): Promise<CheckedColumns>
  /** Whether what a column of this name feeds is a person's own, whatever the values are: then no tag makes it free. */
  isPersonal(column: string): boolean
  /** Which of these people exist: zendeskId by Zendesk id or external_id (max 100 a call). */
  lookUp(people: readonly { zendeskId: string | null; externalId: string | null }[]): Promise<(string | null)[]>
  /** Who of these the account has, as it holds them now; in pages, never from an index that lags but for e-mails. Throws Problem. */
  readPeople(keys: PeopleKeys, attributes: readonly Attribute[]): AsyncIterable<AccountPerson[]>
  /** Everybody of the account who is not deleted, agents included; in pages. Throws Problem. */
  readEverybody(attributes: readonly Attribute[]): AsyncIterable<AccountPerson[]>
  /** About how many people the account has. Throws Problem. */
  countPeople(): Promise<number>
  /** Which of these organisations the account lacks; values of the attribute `organization`, `organization_id` or `organization_external_id`. */
  missingOrganizations(attribute: string, values: readonly string[]): Promise<string[]>
  /** Requests that {@link readPeople} needs for so many keys. */
  readingCost(keys: { zendeskIds: number; externalIds: number; emails: number }): number
  prepare(write: Write, attributes: ReadonlyMap<string, Attribute>): PreparedWrite
  batchKind(write: Write): BatchKind
  /** Sends one batch (max 100 writes, max 1 MiB) and says how that ended. Never retries by itself. Never throws. */
  submit(kind: BatchKind, writes: readonly PreparedWrite[]): Promise<Submission>
  /** States of jobs, in order; `writes` of each job are needed to match results. */
  pollJobs(jobs: readonly { jobId: string; writes: readonly Write[] }[]): Promise<JobState[]>
  /** All jobs that the account still lists, newest first. */
  listJobs(): Promise<ListedJob[]>
  /** What has to change so that the account has the user fields of the settings. GETs only. Throws Problem. */
  planFields(removal: FieldRemoval): Promise<FieldPlan>
  /**
   * Applies exactly this plan, change by change, and reads the account again: it resolves when everything was seen there. Throws
   * `zendesk.field_conflict` and `zendesk.fields_changed` before anything is sent, later `zendesk.field_refused`,
   * `zendesk.fields_not_seen` and the problems of every request; its effect says how far it went, and planning again goes on from there.
   */
  applyFields(plan: FieldPlan, onApplied?: (change: FieldChange) => void): Promise<void>
  limits: ConnectionLimits
  /** The account's clock, as far as its answers tell; before the first one the machine's. A jump of the machine's does not move it. */
  accountNowMs(): number
  /** HTTP requests so far. */
  requests(): number
  close(): Promise<void>
}

export interface ConnectionLimits {
  usersPerSecond: number | null
  jobsInFlight: number
  maxBatchWrites: number
  maxBatchBytes: number
  /** Requests per minute that we allow ourselves, null when unlimited or unknown. */
  requestsPerMinute: number | null
}

export interface ConnectOptions {
  onWait?: (notice: WaitNotice | null) => void
  signal?: AbortSignal
}

import type { Json, Problem, RowCode } from '../problem.ts'

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
}

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

/** What a plan needs to know of the account, read by GETs only. */
export interface AccountFacts {
  /** Maps a result's columns. Throws Problem `mapping.*` or `zendesk.unknown_user_field`. */
  mapColumns(columns: readonly string[]): ColumnMapping
  /** Empty when `protect_agents` is false. */
  protectedPeople: ProtectedPeople
  /** Requests a minute that the account allows in all, from its headers; null when unknown. */
  requestsPerMinute: number | null
}

/** Identity and values of one write, as the plan stores them. */
export interface Write {
  /** `create`, `update`: by external_id, else e-mail. `rekey`: by Zendesk id. `email`: one more address for a person. */
  kind: 'create' | 'update' | 'rekey' | 'email'
  zendeskId: string | null
  externalId: string | null
  email: string | null
  /** Canonical texts; null clears. */
  values: Record<string, string | null>
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

/** The kinds of batch: each goes to an endpoint of its own. */
export type BatchKind = 'upsert' | 'by_id' | 'one_by_one'

/** Something that the user should see while the connection waits. */
export interface WaitNotice {
  why: string
  /** Wall clock, milliseconds since the epoch. */
  untilMs: number
}

/** One stage of `deskside check`. */
export interface CheckStage {
  stage: string
  title: string
  outcome: 'ok' | 'note' | 'failed'
  detail: string
  problem?: Problem
}

/** An open connection to one account. All requests pass one limiter. */
export interface Connection {
  /** The origin really spoken to; the account's identity in the ledger. */
  origin: string
  /** Stages in order; ends after the first failed one. */
  check(): AsyncIterable<CheckStage>
  readAccount(): Promise<AccountFacts>
  /** Which of these people exist: zendeskId by Zendesk id or external_id (max 100 a call). */
  lookUp(people: readonly { zendeskId: string | null; externalId: string | null }[]): Promise<(string | null)[]>
  prepare(write: Write, attributes: ReadonlyMap<string, Attribute>): PreparedWrite
  batchKind(write: Write): BatchKind
  /** Sends one batch (max 100 writes, max 1 MiB) and says how that ended. Never retries by itself. Never throws. */
  submit(kind: BatchKind, writes: readonly PreparedWrite[]): Promise<Submission>
  /** States of jobs, in order; `writes` of each job are needed to match results. */
  pollJobs(jobs: readonly { jobId: string; writes: readonly Write[] }[]): Promise<JobState[]>
  /** All jobs that the account still lists, newest first. */
  listJobs(): Promise<ListedJob[]>
  limits: ConnectionLimits
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

import type { WriteResult } from '../../destination/destination.ts'
import { reached } from '../../moment.ts'
import { type Appender, type Database, microseconds, type Timestamp } from './database.ts'

/** A batch whose end is not known: `submitted` has a job, `posting` may or may not have been taken. */
export interface OpenBatch {
  batch: number
  kind: string
  changes: number[]
  job: string | null
}

/** A further attempt: `whole` sends everything we know of the person, `again` is decided by a look-up when it is sent. */
export interface FollowUp {
  change: number
  root: number
  kind: 'whole' | 'again'
  /** This attempt already is the one retry after a refusal. */
  rechecked: boolean
}

/** The last word on one change of a batch. */
export interface Outcome {
  change: number
  /** Everything we know of the person was sent, not only what changed. */
  whole: boolean
  result: Exclude<WriteResult, { status: 'unknown' }>
}

/** What can happen to a batch. `refused`: surely not taken, its changes are free again. `settled`: every change has an outcome or is free. */
export const batchEvents = ['posting', 'submitted', 'refused', 'settled'] as const

type BatchEvent = (typeof batchEvents)[number]

/** One line of the journal with what belongs into the same transaction. */
interface Entry {
  batch: number
  event: BatchEvent
  kind?: string
  job?: string
  changes?: readonly number[]
  outcomes?: readonly Outcome[]
  followUps?: readonly FollowUp[]
}

/**
 * Entries that nothing waits for begin a transaction this long after the last one at the earliest. A transaction of DuckDB costs 2 ms of
 * CPU whatever is in it; a batch whose job or end is not on disk is found out about again after a kill, as if that had come so much earlier.
 */
const GATHER_MS = 40

/** The transaction that has not yet taken its entries. */
interface NextTransaction {
  written: Promise<void>
  start: () => void
}

/**
 * The journal of one run's delivery: each batch before its POST, after it, and when settled. Append-only, so that a kill at any moment
 * leaves a readable history; outcomes and the follow-ups they cause are one transaction.
 */
export class Journal {
  readonly #db: Database
  readonly #run: string
  readonly #now: () => number
  #nextBatch = 1
  /** Entries that the next transaction writes. */
  readonly #pending: Entry[] = []
  #next: NextTransaction | null = null
  #lastBegunAtMs = Number.NEGATIVE_INFINITY

  private constructor(db: Database, run: string, now: () => number) {
    this.#db = db
    this.#run = run
    this.#now = now
  }

  /** `now`: the account's time, which what is written is dated by. */
  static async open(db: Database, run: string, now: () => number = Date.now): Promise<Journal> {
    const journal = new Journal(db, run, now)
    const last = await db.first<{ batch: number }>(
      'SELECT coalesce(max(batch), 0) AS batch FROM journal WHERE run = $1',
      [run],
    )
    journal.#nextBatch = (last?.batch ?? 0) + 1
    return journal
  }

  /** Journals a batch before its POST; resolves when that is on disk. */
  async posting(kind: string, changes: readonly number[]): Promise<number> {
    const batch = this.#nextBatch++
    await this.#write({ batch, event: 'posting', kind, changes }, 'now')
    return batch
  }

  async submitted(batch: number, job: string): Promise<void> {
    await this.#write({ batch, event: 'submitted', job }, 'soon')
  }

  /** The batch was surely not taken. */
  async refused(batch: number): Promise<void> {
    await this.#write({ batch, event: 'refused' }, 'now')
  }

  /** The end of a batch: outcomes and follow-ups in one transaction; changes without an outcome are free to be sent again. */
  async settled(batch: number, outcomes: readonly Outcome[], followUps: readonly FollowUp[]): Promise<void> {
    await this.#write({ batch, event: 'settled', outcomes, followUps }, 'soon')
  }

  /**
   * Entries share transactions, in their order: those that arrive while one is being written, and those that may wait for one that cannot
   * (`posting` holds a batch back). An entry is whole in one transaction, and its promise resolves when that is on disk.
   */
  async #write(entry: Entry, when: 'now' | 'soon'): Promise<void> {
    reached(`journal.${entry.event}.writing`)
    this.#pending.push(entry)
    this.#next ??= this.#prepare()
    if (when === 'now') this.#next.start()
    await this.#next.written
    reached(`journal.${entry.event}.written`)
  }

  #prepare(): NextTransaction {
    let start = () => {}
    const started = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, this.#lastBegunAtMs + GATHER_MS - performance.now()))
      start = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    return { written: started.then(() => this.#flush()), start }
  }

  async #flush(): Promise<void> {
    await this.#db.transaction(async (transaction) => {
      this.#next = null
      this.#lastBegunAtMs = performance.now()
      const entries = this.#pending.splice(0)
      const at = microseconds(BigInt(Math.round(this.#now())) * 1000n)
      await transaction.append({ table: 'journal' }, (appender) => {
        for (const entry of entries) appendEvent(appender, this.#run, entry, at)
      })
      const outcomes = entries.flatMap((entry) => entry.outcomes ?? [])
      if (outcomes.length > 0) {
        await transaction.append({ table: 'outcomes' }, (appender) => {
          for (const outcome of outcomes) appendOutcome(appender, this.#run, outcome, at)
        })
      }
      const followUps = entries.flatMap((entry) => entry.followUps ?? [])
      if (followUps.length > 0) {
        await transaction.append({ table: 'followups' }, (appender) => {
          for (const followUp of followUps) appendFollowUp(appender, this.#run, followUp)
        })
      }
    })
  }

  /** Batches whose end is not known, oldest first. */
  async openBatches(): Promise<OpenBatch[]> {
    const rows = await this.#db.rows<{ batch: number; kind: string; changes: string[]; job: string | null }>(
      `SELECT batch, any_value(kind) AS kind, any_value(changes) AS changes, any_value(job) AS job
       FROM journal WHERE run = $1 GROUP BY batch
       HAVING count(*) FILTER (event IN ('refused', 'settled')) = 0 ORDER BY batch`,
      [this.#run],
    )
    return rows.map((row) => ({ ...row, changes: row.changes.map(Number) }))
  }

  /** Ids of all jobs that this project knows to be its own. */
  async knownJobs(): Promise<Set<string>> {
    const rows = await this.#db.rows<{ job: string }>('SELECT DISTINCT job FROM journal WHERE job IS NOT NULL')
    return new Set(rows.map((row) => row.job))
  }

  /** Changes that have an outcome, as ids; read in ranges so that memory stays flat. */
  async settledChanges(visit: (change: number) => void): Promise<void> {
    const rows = await this.#db.rows<{ changes: string }>(
      "SELECT string_agg(change::VARCHAR, ',') AS changes FROM outcomes WHERE run = $1 GROUP BY change // 10000",
      [this.#run],
    )
    for (const row of rows) for (const change of row.changes.split(',')) visit(Number(change))
  }

  /** Number of the latest follow-up, 0 when there is none. */
  async lastFollowUp(): Promise<number> {
    const row = await this.#db.first<{ last: number }>(
      'SELECT coalesce(max(change), 0) AS last FROM followups WHERE run = $1',
      [this.#run],
    )
    return row?.last ?? 0
  }
}

function appendEvent(appender: Appender, run: string, entry: Entry, at: Timestamp): void {
  const text = (value: string | undefined) =>
    value === undefined ? appender.appendNull() : appender.appendVarchar(value)
  appender.appendVarchar(run)
  appender.appendBigInt(BigInt(entry.batch))
  appender.appendVarchar(entry.event)
  text(entry.kind)
  text(entry.job)
  // As text, which DuckDB reads: 0.5 us a change; a list of values costs 2.1 us.
  text(entry.changes === undefined ? undefined : `[${entry.changes.join(',')}]`)
  appender.appendTimestamp(at)
  appender.endRow()
}

function appendOutcome(appender: Appender, run: string, { change, whole, result }: Outcome, at: Timestamp): void {
  appender.appendVarchar(run)
  appender.appendBigInt(BigInt(change))
  appender.appendBoolean(whole)
  appender.appendVarchar(result.status)
  if (result.status === 'failed') {
    appender.appendNull()
    appender.appendVarchar(result.code)
    appender.appendVarchar(result.reason)
  } else {
    appender.appendVarchar(result.zendeskId)
    appender.appendNull()
    appender.appendNull()
  }
  appender.appendTimestamp(at)
  appender.endRow()
}

function appendFollowUp(appender: Appender, run: string, followUp: FollowUp): void {
  appender.appendVarchar(run)
  appender.appendBigInt(BigInt(followUp.change))
  appender.appendBigInt(BigInt(followUp.root))
  appender.appendVarchar(followUp.kind)
  appender.appendBoolean(followUp.rechecked)
  appender.endRow()
}

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { reached } from '../../moment.ts'
import { type Json, Problem, type ProblemCode } from '../../problem.ts'
import { literal } from '../../sql-text.ts'
import type { Confirmed } from '../proof/report.ts'
import type { Flags, PlanSummary, RowCounts, WorkflowState } from '../report.ts'
import { Database, type Transaction } from './database.ts'
import { createDelivered, deliveredColumns, deliveredName } from './delivered.ts'

/** Version of the files' layout; a newer file is refused with a sentence, an older one is brought up to date (I12). */
const FORMAT = 2

/** Format 1; what came later is in {@link UPGRADES}. */
const SCHEMA = `
CREATE TABLE meta (format INTEGER NOT NULL);
INSERT INTO meta VALUES (1);
-- folds: how often outcomes were folded into delivered; a plan that has seen another number is stale.
CREATE TABLE accounts (account INTEGER NOT NULL, origin VARCHAR NOT NULL, folds BIGINT NOT NULL);
CREATE TABLE workflows (
  run VARCHAR NOT NULL, orchestration VARCHAR NOT NULL, account INTEGER NOT NULL, state VARCHAR NOT NULL, signature VARCHAR NOT NULL,
  flags VARCHAR NOT NULL, started_at TIMESTAMP NOT NULL, planned_at TIMESTAMP, ended_at TIMESTAMP, folds_seen BIGINT,
  open BOOLEAN NOT NULL, plan VARCHAR, details VARCHAR, counts VARCHAR, warnings BIGINT, adopted BIGINT, problem VARCHAR);
-- Append-only: what happened to each batch. 'posting' carries the changes.
CREATE TABLE journal (run VARCHAR NOT NULL, batch BIGINT NOT NULL, event VARCHAR NOT NULL, kind VARCHAR, job VARCHAR, changes BIGINT[], happened_at TIMESTAMP NOT NULL);
-- Append-only: the destination's word on a change (planned or follow-up). whole: everything we know of the person was sent.
CREATE TABLE outcomes (run VARCHAR NOT NULL, change BIGINT NOT NULL, whole BOOLEAN NOT NULL, status VARCHAR NOT NULL, zendesk_id VARCHAR, code VARCHAR, reason VARCHAR, happened_at TIMESTAMP NOT NULL);
-- Append-only: further attempts; root is the planned change that they serve.
CREATE TABLE followups (run VARCHAR NOT NULL, change BIGINT NOT NULL, root BIGINT NOT NULL, kind VARCHAR NOT NULL, rechecked BOOLEAN NOT NULL);
-- Which attributes each orchestration of an account writes.
CREATE TABLE writers (account INTEGER NOT NULL, orchestration VARCHAR NOT NULL, attributes VARCHAR[] NOT NULL);
`

/**
 * What brings a file from one format to the next; the first entry upgrades format 1. Columns come first, each in a transaction of its own:
 * DuckDB commits no second ALTER of a table that has rows. After a kill they are added again, which changes nothing.
 */
const UPGRADES = [
  {
    columns: [
      'ALTER TABLE workflows ADD COLUMN IF NOT EXISTS query_digest VARCHAR',
      // What reading people back has shown, as JSON.
      'ALTER TABLE workflows ADD COLUMN IF NOT EXISTS confirmed VARCHAR',
    ],
    tables: `
-- Whom each orchestration held at the end of its last completed workflow; person is _person of the account's delivered table.
CREATE TABLE presence (account INTEGER NOT NULL, orchestration VARCHAR NOT NULL, person BIGINT NOT NULL);
-- What reading people back after a run showed; a repeated reading replaces it. person is that of the run's plan.
CREATE TABLE alerts (run VARCHAR NOT NULL, person BIGINT NOT NULL, field VARCHAR NOT NULL, sent VARCHAR, found VARCHAR, code VARCHAR NOT NULL, happened_at TIMESTAMP NOT NULL);
-- Text of each query that was ever planned.
CREATE TABLE query_versions (digest VARCHAR NOT NULL, sql VARCHAR NOT NULL, first_seen_at TIMESTAMP NOT NULL);
-- Orchestrations that do not run until somebody resumes them.
CREATE TABLE paused (orchestration VARCHAR NOT NULL, reason VARCHAR NOT NULL, paused_at TIMESTAMP NOT NULL);
`,
  },
] as const

/** What a workflow is, as the ledger keeps it. */
export interface Workflow {
  run: string
  orchestration: string
  account: number
  state: WorkflowState
  /** Digest of query text, settings and flags; equal signature = the same work. */
  signature: string
  flags: Flags
  startedAt: Date
  plannedAt: Date | null
  endedAt: Date | null
  foldsSeen: number | null
  /** May still be continued; false once completed or superseded by another plan. */
  open: boolean
  plan: PlanSummary | null
  counts: RowCounts | null
  warnings: number
  adopted: number
  problem: { code: ProblemCode; message: string; fix: string } | null
  confirmed: Confirmed | null
}

export interface Account {
  account: number
  origin: string
  folds: number
}

/**
 * The narrow door to a project's state: `.deskside/ledger.duckdb` and one file per run. The ledger is the truth of every workflow.
 */
export class Ledger {
  readonly db: Database
  readonly dir: string

  private constructor(db: Database, dir: string) {
    this.db = db
    this.dir = dir
  }

  /** Opens `dir` (made 0700 if new). Throws `project.locked`, `project.newer`, `project.state_broken`. */
  static async open(dir: string): Promise<Ledger> {
    await mkdir(join(dir, 'runs'), { recursive: true, mode: 0o700 })
    const db = await Database.open(join(dir, 'ledger.duckdb'), { memoryMib: 600, tempDir: join(dir, 'tmp') })
    const ledger = new Ledger(db, dir)
    try {
      await ledger.#migrate()
    } catch (error) {
      await db.close()
      throw error
    }
    return ledger
  }

  async #migrate(): Promise<void> {
    const known = await this.db.first(
      "SELECT 1 AS yes FROM duckdb_tables() WHERE table_name = 'meta' AND database_name = current_database()",
    )
    if (known === undefined) await this.db.transaction((transaction) => runStatements(transaction, SCHEMA))
    const meta = await this.db.first<{ format: number }>('SELECT format FROM meta')
    if (meta === undefined || meta.format > FORMAT) {
      throw new Problem('project.newer', {
        message: `The project's state has format ${meta?.format}; this release knows formats up to ${FORMAT}.`,
      })
    }
    for (let format = meta.format; format < FORMAT; format += 1) {
      const { columns, tables } = UPGRADES[format - 1] as (typeof UPGRADES)[number]
      const accounts = await this.db.rows<{ account: number }>('SELECT account FROM accounts')
      const added = accounts.flatMap(({ account }) => deliveredColumns(account, format))
      for (const statement of [...columns, ...added]) await this.db.run(statement)
      await this.db.transaction(async (transaction) => {
        await runStatements(transaction, tables)
        await transaction.run('UPDATE meta SET format = $1', [format + 1])
      })
    }
  }

  /** The plan file of a run: write-once by the planner, read-only from then on. */
  planPath(run: string): string {
    return join(this.dir, 'runs', `${run}.duckdb`)
  }

  /** The materialised result of a run; removed after settle. */
  stagePath(run: string): string {
    return join(this.dir, 'runs', `${run}.stage.duckdb`)
  }

  /** Attaches a run's file under `alias`. */
  async attach(path: string, alias: string, mode: 'read_only' | 'read_write'): Promise<void> {
    await this.db.run(`ATTACH ${literal(path)} AS ${alias}${mode === 'read_only' ? ' (READ_ONLY)' : ''}`)
  }

  async detach(alias: string): Promise<void> {
    await this.db.run(`DETACH DATABASE IF EXISTS ${alias}`)
  }

  /** The account of an origin, if anything was ever planned for it. */
  async knownAccount(origin: string): Promise<Account | undefined> {
    return await this.#account(origin)
  }

  /** The account of an origin, created at first sight. */
  async account(origin: string): Promise<Account> {
    const found = await this.#account(origin)
    if (found !== undefined) return found
    await this.db.transaction(async (transaction) => {
      await transaction.run('INSERT INTO accounts SELECT coalesce(max(account), 0) + 1, $1, 0 FROM accounts', [origin])
      const [made] = await transaction.rows<{ account: number }>('SELECT max(account) AS account FROM accounts')
      if (made !== undefined) await createDelivered(transaction, made.account)
    })
    const made = await this.#account(origin)
    if (made === undefined)
      throw new Problem('internal.bug', { message: 'The account that was just created is not there.' })
    return made
  }

  async #account(origin: string): Promise<Account | undefined> {
    return await this.db.first<Account & Record<string, unknown>>(
      'SELECT account, origin, folds FROM accounts WHERE origin = $1',
      [origin],
    )
  }

  async createWorkflow(
    workflow: Pick<Workflow, 'run' | 'orchestration' | 'account' | 'state' | 'signature' | 'flags' | 'startedAt'>,
  ): Promise<void> {
    await this.db.run(
      `INSERT INTO workflows (run, orchestration, account, state, signature, flags, started_at, open, warnings, adopted)
       VALUES ($1, $2, $3, $4, $5, $6, $7::TIMESTAMP, true, 0, 0)`,
      [
        workflow.run,
        workflow.orchestration,
        workflow.account,
        workflow.state,
        workflow.signature,
        JSON.stringify(workflow.flags),
        timestamp(workflow.startedAt),
      ],
    )
  }

  /** Stores that the plan stands; from here on the workflow can be resumed. */
  async planStored(run: string, plan: PlanSummary, details: Json, folds: number): Promise<void> {
    reached('plan.storing')
    await this.db.run(
      'UPDATE workflows SET plan = $2, details = $3, folds_seen = $4, planned_at = $5::TIMESTAMP WHERE run = $1',
      [run, JSON.stringify(plan), JSON.stringify(details), folds, plan.planned_at.replace('Z', '')],
    )
    reached('plan.stored')
  }

  /** What the planner left for the delivery beside the summary. */
  async planDetails(run: string): Promise<unknown> {
    const row = await this.db.first<{ details: string | null }>('SELECT details FROM workflows WHERE run = $1', [run])
    return row?.details === null || row === undefined ? null : JSON.parse(row.details)
  }

  async setState(run: string, state: WorkflowState): Promise<void> {
    await this.db.run('UPDATE workflows SET state = $2, problem = NULL, ended_at = NULL WHERE run = $1', [run, state])
  }

  async endWorkflow(
    run: string,
    end: {
      state: WorkflowState
      at: Date
      open: boolean
      counts: RowCounts
      warnings: number
      adopted: number
      problem: Workflow['problem']
    },
  ): Promise<void> {
    await this.db.run(
      'UPDATE workflows SET state = $2, ended_at = $3::TIMESTAMP, counts = $4, warnings = $5, adopted = $6, problem = $7, open = $8 WHERE run = $1',
      [
        run,
        end.state,
        timestamp(end.at),
        JSON.stringify(end.counts),
        end.warnings,
        end.adopted,
        end.problem === null ? null : JSON.stringify(end.problem),
        end.open,
      ],
    )
  }

  /** Drops plan, journal and outcomes of an ended run; its header with the counts stays. */
  async forgetRun(run: string): Promise<void> {
    await this.db.transaction(async (transaction) => {
      for (const table of ['journal', 'outcomes', 'followups', 'alerts'])
        await transaction.run(`DELETE FROM ${table} WHERE run = $1`, [run])
      await transaction.run('UPDATE workflows SET plan = NULL, details = NULL, open = false WHERE run = $1', [run])
    })
  }

  /** Forgets everybody who was delivered to an account, and closes its workflows. Returns how many people that were. */
  async forgetDelivered(account: Account): Promise<number> {
    const table = deliveredName(account.account)
    const people = await this.db.first<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)
    await this.db.transaction(async (transaction) => {
      await transaction.run(`DELETE FROM ${table}`)
      // Numbers of people begin again.
      await transaction.run('DELETE FROM presence WHERE account = $1', [account.account])
      await transaction.run('UPDATE accounts SET folds = folds + 1 WHERE account = $1', [account.account])
      await transaction.run(
        "UPDATE workflows SET open = false, state = CASE WHEN state = 'waiting' THEN state ELSE 'stopped' END WHERE account = $1 AND open",
        [account.account],
      )
    })
    return people?.n ?? 0
  }

  async workflow(run: string): Promise<Workflow | undefined> {
    return (await this.#workflows('WHERE run = $1', [run]))[0]
  }

  /** Newest first. */
  async workflows(): Promise<Workflow[]> {
    return await this.#workflows('ORDER BY started_at DESC, run DESC', [])
  }

  /** Workflows of an account that were started and may have something left; newest first. Plans that only wait are not among them. */
  async unfinished(account: number): Promise<Workflow[]> {
    return await this.#workflows(
      "WHERE account = $1 AND open AND state <> 'waiting' ORDER BY started_at DESC, run DESC",
      [account],
    )
  }

  async #workflows(tail: string, parameters: (string | number)[]): Promise<Workflow[]> {
    const rows = await this.db.rows<WorkflowRecord>(
      `SELECT run, orchestration, account, state, signature, flags, started_at::VARCHAR AS started_at, planned_at::VARCHAR AS planned_at,
         ended_at::VARCHAR AS ended_at, folds_seen, open, plan, counts, warnings, adopted, problem, confirmed FROM workflows ${tail}`,
      parameters,
    )
    return rows.map(readWorkflow)
  }

  /** Closes the ledger and gives up its lock. */
  async close(): Promise<void> {
    await this.db.close()
  }
}

interface WorkflowRecord extends Record<string, unknown> {
  run: string
  orchestration: string
  account: number
  state: WorkflowState
  signature: string
  flags: string
  started_at: string
  planned_at: string | null
  ended_at: string | null
  folds_seen: number | null
  open: boolean
  plan: string | null
  counts: string | null
  warnings: number
  adopted: number
  problem: string | null
  confirmed: string | null
}

function readWorkflow(row: WorkflowRecord): Workflow {
  return {
    run: row.run,
    orchestration: row.orchestration,
    account: row.account,
    state: row.state,
    signature: row.signature,
    flags: JSON.parse(row.flags),
    startedAt: date(row.started_at),
    plannedAt: row.planned_at === null ? null : date(row.planned_at),
    endedAt: row.ended_at === null ? null : date(row.ended_at),
    foldsSeen: row.folds_seen,
    open: row.open,
    // Plans of older releases have no such list.
    plan: row.plan === null ? null : { row_alerts: [], ...JSON.parse(row.plan) },
    counts: row.counts === null ? null : JSON.parse(row.counts),
    warnings: row.warnings,
    adopted: row.adopted,
    problem: row.problem === null ? null : JSON.parse(row.problem),
    confirmed: row.confirmed === null ? null : JSON.parse(row.confirmed),
  }
}

async function runStatements(transaction: Transaction, text: string): Promise<void> {
  for (const statement of text.split(';\n')) if (statement.trim() !== '') await transaction.run(statement)
}

/** DuckDB keeps UTC without a zone. */
export function timestamp(at: Date): string {
  return at.toISOString().replace('T', ' ').replace('Z', '')
}

function date(text: string): Date {
  return new Date(`${text.replace(' ', 'T')}Z`)
}

import { Socket } from 'node:net'
import pg from 'pg'
import { Problem } from '../problem.ts'
import { identifier } from '../sql-text.ts'
import type { PostgresSource, PostgresTable } from './engine.ts'
import { type CopiedColumn, columnsOf } from './postgres-columns.ts'
import { problemOfPostgres } from './postgres-problem.ts'
import { strictUrl, unsetPostgresUrl } from './postgres-settings.ts'

/** A row as texts, in the order of the columns. */
export type TextRow = (string | null)[]

/** Reads tables of one source, all of them as they were at one moment. */
export interface SnapshotReader {
  columns(table: PostgresTable): Promise<CopiedColumn[]>
  /** Every row, or `sampleRows` of them that are spread over the table, page by page: the next page is asked for when this one is done with. */
  pages(table: PostgresTable, columns: readonly CopiedColumn[], sampleRows: number | null): AsyncIterable<TextRow[]>
}

export interface ReadingLimits {
  /** Of all that is read from the source. */
  timeoutMs: number
  signal?: AbortSignal | undefined
}

const connectTimeoutMs = 10_000

/** Whoever holds a table for longer is changing it; a reading that waits keeps others waiting behind it. */
const maxLockTimeoutMs = 10_000

/** Nothing of ours takes so long between two pages: this process is gone, or asleep. */
const idleTimeoutMs = 60_000

/** How soon a server (from 14 on) notices that nobody is there any more, in the middle of a statement too. */
const connectionCheckMs = 500

/** Pages have as many rows as fit here, by the size of the rows before. */
const pageChars = 1_000_000
const firstPageRows = 50
const maxPageRows = 5_000

const cursor = 'deskside_rows'

/**
 * Runs `work` in one transaction of the source that can only read and sees one moment. Throws `source.unreachable`, `source.refused`,
 * `source.locked`, `source.missing`, `source.unreadable`, `query.timed_out`, and the signal's reason. When it ends early the connection is
 * cut, and the server ends the statement that runs: within a second from PostgreSQL 14 on, else at its statement time-out.
 */
export async function inSnapshot<T>(
  source: PostgresSource,
  limits: ReadingLimits,
  work: (reader: SnapshotReader) => Promise<T>,
): Promise<T> {
  if (source.url.reveal() === unsetPostgresUrl) throw unset(source)
  const connection = new SourceConnection(source, limits)
  try {
    await connection.begin()
    const result = await work(connection)
    await connection.end()
    return result
  } finally {
    connection.cut()
  }
}

function unset({ key }: PostgresSource): Problem {
  return new Problem('config.variable_missing', {
    message: `The URL of the source ${key} holds a variable that has no value.`,
    data: { source: key },
  })
}

class SourceConnection implements SnapshotReader {
  readonly #source: PostgresSource
  readonly #client: pg.Client
  readonly #socket = new Socket()
  readonly #timeoutMs: number
  readonly #lockTimeoutMs: number
  readonly #timer: NodeJS.Timeout
  readonly #signal: AbortSignal | undefined
  readonly #onAbort = () => this.#stop(reasonOf(this.#signal!, this.#source))
  /** Why the connection was cut by us. */
  #stopped: Problem | null = null
  #table: PostgresTable | null = null

  constructor(source: PostgresSource, { timeoutMs, signal }: ReadingLimits) {
    this.#source = source
    this.#timeoutMs = timeoutMs
    this.#lockTimeoutMs = Math.min(maxLockTimeoutMs, Math.ceil(timeoutMs / 2))
    this.#signal = signal
    this.#client = new pg.Client({
      connectionString: strictUrl(source.url),
      application_name: 'deskside',
      connectionTimeoutMillis: Math.min(connectTimeoutMs, timeoutMs),
      keepAlive: true,
      stream: () => this.#socket,
      types: { getTypeParser: () => (value: unknown) => value },
    })
    // What breaks is told by the statement that meets it; without a listener it would end the process.
    this.#client.on('error', () => {})
    this.#timer = setTimeout(() => this.#stop(timedOut(source, timeoutMs)), timeoutMs)
    signal?.addEventListener('abort', this.#onAbort)
    if (signal?.aborted) this.#onAbort()
  }

  async begin(): Promise<void> {
    await this.#told(() => this.#client.connect())
    // LOCAL, so that behind a pool of connections nobody else gets these settings.
    await this.#run(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
      SET LOCAL statement_timeout = ${this.#timeoutMs};
      SET LOCAL lock_timeout = ${this.#lockTimeoutMs};
      SET LOCAL idle_in_transaction_session_timeout = ${idleTimeoutMs};
      SET LOCAL client_encoding = 'UTF8';
      SET LOCAL TimeZone = 'UTC';
      SET LOCAL DateStyle = 'ISO, YMD';
      SET LOCAL IntervalStyle = 'iso_8601';
      SET LOCAL extra_float_digits = 3;
      SET LOCAL cursor_tuple_fraction = 1;
      SAVEPOINT deskside`)
    try {
      await this.#client.query(
        `SELECT pg_catalog.set_config(name, '${connectionCheckMs}', true) FROM pg_catalog.pg_settings WHERE name = 'client_connection_check_interval'`,
      )
    } catch {
      // Not every system that PostgreSQL runs on can tell. A lost connection is met by the next statement.
      await this.#run('ROLLBACK TO SAVEPOINT deskside')
    }
  }

  async columns(table: PostgresTable): Promise<CopiedColumn[]> {
    this.#table = table
    return await columnsOf(async (sql, values) => (await this.#told(() => this.#client.query(sql, values))).rows, table)
  }

  async *pages(
    table: PostgresTable,
    columns: readonly CopiedColumn[],
    sampleRows: number | null,
  ): AsyncGenerator<TextRow[]> {
    this.#table = table
    const cells = columns.map(({ asText }) => asText).join(', ')
    const from = `${identifier(table.schema)}.${identifier(table.table)}`
    // The seed makes the choice the same as long as the table is.
    if (sampleRows !== null) await this.#run('SET LOCAL synchronize_seqscans = off; SELECT pg_catalog.setseed(0.5)')
    const sample = sampleRows === null ? '' : ` ORDER BY pg_catalog.random() LIMIT ${sampleRows}`
    await this.#run(`DECLARE ${cursor} NO SCROLL CURSOR FOR SELECT ${cells} FROM ${from}${sample}`)
    for (let count = firstPageRows; ; ) {
      const text = `FETCH FORWARD ${count} FROM ${cursor}`
      const { rows } = await this.#told(() => this.#client.query<TextRow>({ text, rowMode: 'array' }))
      if (rows.length > 0) yield rows
      if (rows.length < count) break
      count = nextPageRows(rows)
    }
    await this.#run(`CLOSE ${cursor}`)
  }

  async end(): Promise<void> {
    await this.#run('COMMIT')
    await this.#client.end()
  }

  /** Whatever is still open, at once. */
  cut(): void {
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#socket.destroy()
  }

  #stop(problem: Problem): void {
    this.#stopped ??= problem
    this.#socket.destroy()
  }

  async #run(sql: string): Promise<void> {
    await this.#told(() => this.#client.query(sql))
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    const startedAtMs = performance.now()
    try {
      if (this.#stopped !== null) throw this.#stopped
      return await work()
    } catch (error) {
      throw (
        this.#stopped ??
        problemOfPostgres(error, {
          source: this.#source,
          table: this.#table,
          timeoutMs: this.#timeoutMs,
          tookMs: performance.now() - startedAtMs,
          lockTimeoutMs: this.#lockTimeoutMs,
        })
      )
    }
  }
}

function nextPageRows(rows: readonly TextRow[]): number {
  let chars = 0
  for (const row of rows) for (const cell of row) chars += cell?.length ?? 0
  return Math.max(1, Math.min(maxPageRows, Math.floor((pageChars * rows.length) / Math.max(1, chars))))
}

function reasonOf(signal: AbortSignal, { key }: PostgresSource): Problem {
  if (signal.reason instanceof Problem) return signal.reason
  return new Problem('workflow.stopped', { message: `Reading the source ${key} was stopped.`, data: { source: key } })
}

function timedOut({ key }: PostgresSource, timeoutMs: number): Problem {
  return new Problem('query.timed_out', {
    message: `Reading the source ${key} took longer than ${timeoutMs / 1000} s.`,
    fix: 'Read less (a view with a WHERE), or raise database.limits in deskside.yml.',
    data: { source: key },
  })
}

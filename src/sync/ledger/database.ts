import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBInstance,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import { reached } from '../../moment.ts'
import { diskFull, Problem } from '../../problem.ts'

/** A value bound to `$1`, `$2`, ... of a statement. */
export type Parameter = string | number | bigint | boolean | null

/** A row as plain JSON values; BIGINT and HUGEINT counts arrive as numbers, everything exact travels as VARCHAR. */
export type Row = Record<string, unknown>

/** So much must have come since memory was last given back, or every small statement would pay while much is in use. */
const WORTH_GIVING_BYTES = 64 * 2 ** 20

/**
 * The ledger's one DuckDB instance, with one writing connection: everything runs one after the other, so that a transaction is never
 * interleaved with another caller's statement. DuckDB's own lock on the file keeps other processes out; nothing here may open a
 * ledger file by `fs`, because closing any descriptor of it would drop that lock.
 */
export class Database {
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  #tail: Promise<unknown> = Promise.resolve()
  #broken: unknown = null
  /** Null: as many as there are cores. */
  #threads: 1 | null = null
  readonly #roomBytes: number
  #giveBackAtBytes: number

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, memoryMib: number) {
    this.#instance = instance
    this.#connection = connection
    this.#roomBytes = memoryMib * 2 ** 20
    this.#giveBackAtBytes = this.#roomBytes
  }

  /** Opens or creates the file. Throws `project.locked` when another process has it, `project.state_broken` when it is no ledger. */
  static async open(path: string, options: { memoryMib: number; tempDir: string }): Promise<Database> {
    try {
      const instance = await DuckDBInstance.create(path, {
        memory_limit: `${options.memoryMib}MB`,
        temp_directory: options.tempDir,
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
      })
      const connection = await instance.connect()
      await connection.run("SET TimeZone = 'UTC'")
      await connection.run('SET preserve_insertion_order = true')
      return new Database(instance, connection, options.memoryMib)
    } catch (error) {
      throw openProblem(error, path)
    }
  }

  /** Runs `work` alone on the connection. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(work)
    this.#tail = turn.catch(() => undefined)
    return turn
  }

  /** Runs one statement. */
  async run(sql: string, parameters: readonly Parameter[] = []): Promise<void> {
    await this.#alone(async () => {
      await this.#run(sql, parameters)
      await this.#giveBack()
    })
  }

  /** Runs one statement and reads its (small) result whole. */
  async rows<T extends Row = Row>(sql: string, parameters: readonly Parameter[] = []): Promise<T[]> {
    return await this.#alone(() => this.#rows<T>(sql, parameters))
  }

  /** The first row, or undefined. */
  async first<T extends Row = Row>(sql: string, parameters: readonly Parameter[] = []): Promise<T | undefined> {
    return (await this.rows<T>(sql, parameters))[0]
  }

  /** Names of a table's columns, in order; reads the catalog far faster than `duckdb_columns()`. */
  async columnNames(table: string): Promise<string[]> {
    return await this.#alone(async () =>
      (await this.#connection.runAndReadAll(`SELECT * FROM ${table} LIMIT 0`)).columnNames(),
    )
  }

  /**
   * Runs `work` in one transaction. A transaction may write to one file only. After a failed ledger write the database refuses every
   * further transaction, so that nothing more is posted whose journal could not be kept.
   */
  async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return await this.#alone(async () => {
      if (this.#broken !== null) throw this.#brokenProblem()
      try {
        await this.#connection.run('BEGIN')
        const result = await work({
          run: (sql, parameters = []) => this.#run(sql, parameters),
          rows: (sql, parameters = []) => this.#rows(sql, parameters),
          append: (target, fill) => this.#append(target, fill),
        })
        reached('ledger.committing')
        await this.#connection.run('COMMIT')
        reached('ledger.committed')
        return result
      } catch (error) {
        if (!(error instanceof Problem)) this.#broken = error
        await this.#connection.run('ROLLBACK').catch(() => undefined)
        throw error instanceof Problem ? error : this.#brokenProblem()
      }
    })
  }

  /** Runs several statements with none of anybody else between them; each is a transaction of its own. */
  async uninterrupted<T>(work: (statements: Pick<Transaction, 'run' | 'rows'>) => Promise<T>): Promise<T> {
    return await this.#alone(() =>
      work({
        run: (sql, parameters = []) => this.#run(sql, parameters),
        rows: (sql, parameters = []) => this.#rows(sql, parameters),
      }),
    )
  }

  /** Appends rows in bulk, outside a transaction of the caller. */
  async append(target: AppendTarget, fill: (appender: DuckDBAppender) => void): Promise<void> {
    await this.#alone(() => this.#append(target, fill))
  }

  /**
   * Runs `work` while statements have one thread of DuckDB. With more, a small statement is handed to another thread while its own spins
   * until that is done: a transaction of the journal cost 28 % more CPU.
   */
  async withOneThread<T>(work: () => Promise<T>): Promise<T> {
    await this.#alone(() => this.#setThreads(1))
    try {
      return await work()
    } finally {
      await this.#alone(() => this.#setThreads(null))
    }
  }

  async #setThreads(threads: 1 | null): Promise<void> {
    this.#threads = threads
    await this.#connection.run(threads === 1 ? 'SET threads = 1' : 'RESET threads')
  }

  /**
   * Gives back what is free when more is resident in this process than DuckDB may use. Its allocator keeps what was freed, in pieces that the
   * next statement may have no use for: planning three million people grew to 1,400 MiB, of which 1,060 were free. DuckDB has no statement
   * for this; it happens when the number of threads changes.
   */
  async #giveBack(): Promise<void> {
    if (process.memoryUsage.rss() < this.#giveBackAtBytes) return
    // One of the two is a change, whatever the number was.
    for (const threads of [1, 2]) await this.#connection.run(`SET threads = ${threads}`)
    await this.#setThreads(this.#threads)
    this.#giveBackAtBytes = Math.max(this.#roomBytes, process.memoryUsage.rss() + WORTH_GIVING_BYTES)
  }

  /** Closes the files; the process's lock ends here. */
  async close(): Promise<void> {
    await this.#tail
    this.#connection.closeSync()
    this.#instance.closeSync()
  }

  async #run(sql: string, parameters: readonly Parameter[]): Promise<void> {
    await this.#connection.run(sql, bind(parameters))
  }

  async #rows<T extends Row>(sql: string, parameters: readonly Parameter[]): Promise<T[]> {
    const reader = await this.#connection.runAndReadAll(sql, bind(parameters))
    const wide = reader
      .columnTypes()
      .flatMap((type, index) => (isWideInteger(String(type)) ? [reader.columnName(index)] : []))
    const rows = reader.getRowObjectsJson() as Row[]
    for (const row of rows) for (const name of wide) if (row[name] !== null) row[name] = Number(row[name])
    return rows as T[]
  }

  async #append(target: AppendTarget, fill: (appender: DuckDBAppender) => void): Promise<void> {
    const appender = await this.#connection.createAppender(target.table, target.schema ?? 'main', target.database)
    fill(appender)
    appender.closeSync()
  }

  #brokenProblem(): Problem {
    const full = diskFull(this.#broken)
    if (full !== null) return full
    const text = this.#broken instanceof Error ? this.#broken.message : String(this.#broken)
    return new Problem('project.state_broken', {
      message: `The ledger could not be written: ${text}`,
      fix: 'Repair the disk of .deskside, then run the same command to continue; nothing was sent after the failure.',
      effect: 'unknown',
      cause: this.#broken,
    })
  }
}

/** What may be done inside {@link Database.transaction}. */
export interface Transaction {
  run(sql: string, parameters?: readonly Parameter[]): Promise<void>
  rows<T extends Row = Row>(sql: string, parameters?: readonly Parameter[]): Promise<T[]>
  append(target: AppendTarget, fill: (appender: DuckDBAppender) => void): Promise<void>
}

/** Table of an attached file; `database` is the alias of the ATTACH. */
export interface AppendTarget {
  table: string
  schema?: string
  database?: string
}

export type Appender = DuckDBAppender
export type Timestamp = DuckDBTimestampValue

/** TIMESTAMP of microseconds since the epoch, for appenders. */
export function microseconds(micros: bigint): Timestamp {
  return new DuckDBTimestampValue(micros)
}

function bind(parameters: readonly Parameter[]): DuckDBValue[] {
  return [...parameters]
}

function isWideInteger(type: string): boolean {
  return type === 'BIGINT' || type === 'HUGEINT' || type === 'UBIGINT' || type === 'UHUGEINT'
}

function openProblem(error: unknown, path: string): Problem {
  const text = error instanceof Error ? error.message : String(error)
  if (text.includes('Could not set lock')) {
    return new Problem('project.locked', { message: 'Another Deskside process has this project open.', cause: error })
  }
  const full = diskFull(error)
  if (full !== null) return full
  return new Problem('project.state_broken', {
    message: `The ledger ${path} could not be opened: ${text}`,
    cause: error,
  })
}

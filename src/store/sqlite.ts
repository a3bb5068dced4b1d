import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type Driver,
  Kysely,
  type QueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type TransactionSettings,
} from 'kysely'
import { Problem } from '../problem.ts'
import { checkTexts, missingOwner, taken } from './failures.ts'
import type { Database } from './tables.ts'

/** How long a write waits while others write. Each takes milliseconds, the first migrations of a new file a little more. */
const patienceMs = 20_000
const longestPauseMs = 50

/**
 * Opens or creates the file (0600, its folder 0700). Throws `project.state_broken` when it is no database, `project.locked` when another
 * process writes all the time, `project.disk_full`.
 */
export async function openSqlite(path: string): Promise<Database> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // SQLite gives its journal the mode of the file. An existing file must not be opened here: closing it would drop SQLite's locks.
  if (existsSync(path)) chmodSync(path, 0o600)
  else closeSync(openSync(path, 'a', 0o600))
  // FULL: what was acknowledged survives a power cut.
  return connect(path, 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
}

/** A further connection to an open store, which sees it as it was at its first read and holds up nobody. */
export function openSqliteReader(path: string): Promise<Database> {
  return connect(path, 'PRAGMA query_only = ON')
}

async function connect(path: string, settings: string): Promise<Database> {
  // Without a wait of SQLite's own, which would halt the whole process: what it waits for may be this process.
  const file = await patiently(() => new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 0 }))
  try {
    await patiently(() => file.exec(settings))
  } catch (error) {
    file.close()
    throw error
  }
  return new Kysely({ dialect: new FileDialect(file) })
}

/** Kysely's dialect on Node's own SQLite: one connection, for one transaction or statement at a time. */
class FileDialect implements Dialect {
  readonly #file: DatabaseSync

  constructor(file: DatabaseSync) {
    this.#file = file
  }

  createDriver(): Driver {
    return new FileDriver(this.#file)
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler()
  }

  createAdapter(): SqliteAdapter {
    return new FileAdapter()
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(db)
  }
}

/** SQLite can take back changes of the schema, so migrations run in one transaction: it is the lock against another process. */
class FileAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class FileDriver implements Driver {
  readonly #file: DatabaseSync
  readonly #connection: DatabaseConnection

  constructor(file: DatabaseSync) {
    this.#file = file
    this.#connection = new FileConnection(file)
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }

  /** A transaction that may write takes the write lock first: one that asks for it later can only fail, whatever it waits. */
  async beginTransaction(_: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const begin = settings.accessMode === 'read only' ? 'BEGIN' : 'BEGIN IMMEDIATE'
    await patiently(() => this.#file.exec(begin))
  }

  async commitTransaction(): Promise<void> {
    await patiently(() => this.#file.exec('COMMIT'))
  }

  /** SQLite has rolled back by itself after some errors, such as a full disk. */
  async rollbackTransaction(): Promise<void> {
    if (this.#file.isTransaction) this.#file.exec('ROLLBACK')
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#file.close()
  }
}

class FileConnection implements DatabaseConnection {
  readonly #file: DatabaseSync

  constructor(file: DatabaseSync) {
    this.#file = file
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    checkTexts(parameters)
    const values = parameters as SQLInputValue[]
    return patiently(() => {
      const statement = this.#file.prepare(sql)
      if (statement.columns().length > 0) return { rows: statement.all(...values) as R[] }
      return { rows: [], numAffectedRows: BigInt(statement.run(...values).changes) }
    })
  }

  streamQuery(): never {
    throw new Error('Nothing of the store is streamed: it reads slices.')
  }
}

/** Does it as soon as no other connection is in the way, of this process or of another. */
async function patiently<T>(action: () => T): Promise<T> {
  let waitedMs = 0
  for (let pauseMs = 1; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return action()
    } catch (error) {
      if (resultCode(error) !== busy || waitedMs >= patienceMs) throw translate(error)
    }
    await setTimeout(pauseMs)
    waitedMs += pauseMs
  }
}

const busy = 5

/** SQLite's primary result code. */
function resultCode(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : null
}

/** By SQLite's result codes; what is none of these is a bug. */
function translate(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error
  switch (error.errcode) {
    case 1555: // SQLITE_CONSTRAINT_PRIMARYKEY
    case 2067: // SQLITE_CONSTRAINT_UNIQUE
      return taken(error)
    case 787: // SQLITE_CONSTRAINT_FOREIGNKEY
      return missingOwner(error)
  }
  switch (error.errcode & 0xff) {
    case busy:
      return new Problem('project.locked', { message: 'Another process writes to the control store.', cause: error })
    case 13: // SQLITE_FULL
      return new Problem('project.disk_full', {
        message: 'There is no room left on the disk of the control store. Nothing is lost.',
        cause: error,
      })
    case 8: // SQLITE_READONLY
    case 14: // SQLITE_CANTOPEN
      return new Problem('project.state_broken', {
        message: `The control store cannot be opened for writing: ${error.message}.`,
        fix: 'Let this user read and write the files of .deskside.',
        cause: error,
      })
    case 11: // SQLITE_CORRUPT
    case 26: // SQLITE_NOTADB
      return new Problem('project.state_broken', {
        message: `The control store cannot be read: ${error.message}.`,
        cause: error,
      })
    default:
      return error
  }
}

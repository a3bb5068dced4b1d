import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { type DuckDBAppender, type DuckDBConnection, DuckDBDataChunk, DuckDBInstance, VARCHAR } from '@duckdb/node-api'
import { identifier, literal } from '../sql-text.ts'
import { readEngineError } from './duckdb-problem.ts'
import type { PostgresTable } from './engine.ts'
import { type CopiedColumn, unreadable } from './postgres-columns.ts'
import type { TextRow } from './postgres-reader.ts'

/** One part holds so much, so that memory does not grow with the table; a row group of DuckDB has as many rows. */
const partRows = 122_880
const partChars = 24_000_000

const memoryLimit = '256MiB'

/** DuckDB's vectors have room for so many values. */
const chunkRows = 2_048

/** Texts that stand for no value of the column's type, or that DuckDB would take for another value: as a cell, and within a list. */
const strangers: { type: RegExp; what: string; cell: string; inList: string }[] = [
  { type: /^(DATE|TIMESTAMP)/, what: 'infinity', cell: '%infinity', inList: '%infinity"%' },
  { type: /^(DATE|TIMESTAMP)/, what: 'a date before Christ', cell: '% BC', inList: '% BC"%' },
  { type: /^DECIMAL/, what: 'NaN', cell: 'NaN', inList: '%"NaN"%' },
]

/** Writes rows of texts as Parquet files with the columns' types. */
export class CopyWriter {
  readonly #table: PostgresTable
  readonly #columns: readonly CopiedColumn[]
  readonly #place: { dir: string; name: string }
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  readonly #files: string[] = []
  #appender: DuckDBAppender | null = null
  #rows = 0
  #chars = 0

  private constructor(
    table: PostgresTable,
    columns: readonly CopiedColumn[],
    place: { dir: string; name: string },
    opened: { instance: DuckDBInstance; connection: DuckDBConnection },
  ) {
    this.#table = table
    this.#columns = columns
    this.#place = place
    this.#instance = opened.instance
    this.#connection = opened.connection
  }

  /** Files are named `<name>-<number>.parquet`, in a folder that is there and private. */
  static async open(
    table: PostgresTable,
    columns: readonly CopiedColumn[],
    place: { dir: string; name: string },
  ): Promise<CopyWriter> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: memoryLimit,
      threads: '1',
      temp_directory: '',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    })
    const connection = await instance.connect()
    await connection.run("SET TimeZone = 'UTC'")
    return new CopyWriter(table, columns, place, { instance, connection })
  }

  async append(rows: readonly TextRow[]): Promise<void> {
    this.#appender ??= await this.#begin()
    for (let from = 0; from < rows.length; from += chunkRows) {
      const some = rows.slice(from, from + chunkRows)
      const chunk = DuckDBDataChunk.create(
        this.#columns.map(() => VARCHAR),
        some.length,
      )
      for (const index of this.#columns.keys())
        chunk.setColumnValues(
          index,
          some.map((row) => row[index]!),
        )
      this.#appender.appendDataChunk(chunk)
    }
    this.#rows += rows.length
    for (const row of rows) for (const cell of row) this.#chars += cell?.length ?? 0
    if (this.#rows >= partRows || this.#chars >= partChars) await this.#write()
  }

  /** The files, in the order of the rows. There is one without rows when there are no rows, for its columns. */
  async finish(): Promise<string[]> {
    if (this.#rows > 0 || this.#files.length === 0) await this.#write()
    return this.#files
  }

  close(): void {
    this.#appender?.closeSync()
    this.#connection.closeSync()
    this.#instance.closeSync()
  }

  async #begin(): Promise<DuckDBAppender> {
    const cells = this.#columns.map((_, index) => `c${index} VARCHAR`)
    await this.#connection.run(`CREATE OR REPLACE TABLE texts (${cells.join(', ')})`)
    return await this.#connection.createAppender('texts')
  }

  async #write(): Promise<void> {
    this.#appender ??= await this.#begin()
    this.#appender.closeSync()
    this.#appender = null
    await this.#assertNoStrangers()
    const path = join(this.#place.dir, `${this.#place.name}-${this.#files.length}.parquet`)
    const cells = this.#columns.map(
      (column, index) => `${typedCell(column, `c${index}`)} AS ${identifier(column.name)}`,
    )
    try {
      await this.#connection.run(`COPY (SELECT ${cells.join(', ')} FROM texts) TO ${literal(path)} (FORMAT parquet)`)
    } catch (error) {
      throw (await this.#misfit()) ?? error
    }
    await chmod(path, 0o600)
    this.#files.push(path)
    this.#rows = 0
    this.#chars = 0
  }

  async #assertNoStrangers(): Promise<void> {
    const checks = this.#columns.flatMap((column, index) => [
      ...(column.form === 'list' ? [{ column, what: 'an array of arrays', sql: `c${index} LIKE '[[%'` }] : []),
      ...strangers
        .filter(({ type }) => type.test(column.type))
        .map(({ what, cell, inList }) => ({
          column,
          what,
          sql: `c${index} LIKE ${literal(column.form === 'list' ? inList : cell)}`,
        })),
    ])
    if (checks.length === 0) return
    const found = checks.map(({ sql }) => `coalesce(bool_or(${sql}), false)`)
    const [row] = (await this.#connection.runAndReadAll(`SELECT ${found.join(', ')} FROM texts`)).getRows()
    const first = checks.find((_, index) => row?.[index] === true)
    if (first === undefined) return
    const { column, what } = first
    throw unreadable(
      this.#table,
      column.name,
      `The column ${column.name} holds ${what}, which is no ${typeOf(column)} here.`,
    )
  }

  /** The column whose values do not fit its type, as a problem; null when it is something else that went wrong. */
  async #misfit(): Promise<Error | null> {
    for (const [index, column] of this.#columns.entries()) {
      try {
        await this.#connection.run(`SELECT count(${typedCell(column, `c${index}`)}) FROM texts`)
      } catch (error) {
        if (!/Conversion|Invalid Input|Out of Range/i.test(readEngineError(error).type)) continue
        return unreadable(
          this.#table,
          column.name,
          `The column ${column.name} holds a value that is no ${typeOf(column)} here.`,
        )
      }
    }
    return null
  }
}

function typeOf({ form, type }: CopiedColumn): string {
  return form === 'list' ? `${type}[]` : type
}

function typedCell({ form, type }: CopiedColumn, cell: string): string {
  switch (form) {
    case 'plain':
      return type === 'VARCHAR' ? cell : `CAST(${cell} AS ${type})`
    case 'list':
      return `CAST(from_json(${cell}, '["VARCHAR"]') AS ${type}[])`
    case 'bytes':
      return `unhex(${cell})`
    default:
      return form satisfies never
  }
}

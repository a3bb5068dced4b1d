import type { Secret } from '../config.ts'

/** One file or glob of a declared table, absolute. */
export interface FileTable {
  kind: 'file'
  name: string
  format: 'csv' | 'parquet' | 'json'
  /** Absolute path or glob. */
  path: string
  /** Exactly these files, in this order, whatever `path` would find. */
  files?: readonly string[]
  /** `text`: every column as text; a map: these columns so (DuckDB type names or `text`), the others sniffed. */
  types: 'text' | Record<string, string> | null
}

/** A table that is defined by SQL over other tables. */
export interface SqlTable {
  kind: 'sql'
  name: string
  /** The text of the file. */
  sql: string
  /** Shown in problems, relative to the project. */
  file: string
}

/** A table or view of a PostgreSQL server. */
export interface PostgresTable {
  kind: 'postgres'
  name: string
  source: PostgresSource
  /** As PostgreSQL has them, letter by letter. */
  schema: string
  table: string
  /** As of a {@link FileTable}; the columns that are not named have the types that PostgreSQL says. */
  types: FileTable['types']
}

export interface PostgresSource {
  /** Key in the project; the only word for it in problems. */
  key: string
  /** Where the database is, without who signs in: another place is another source. Never shown. */
  place: string
  url: Secret
}

export type Table = FileTable | SqlTable | PostgresTable

export interface Limits {
  /** Memory of the engine, MiB. */
  memoryMib: number
  timeoutMs: number
}

/** The limits of whoever waits no longer than this. */
export function limitsWithin({ memoryMib, timeoutMs }: Limits, longestMs: number): Limits {
  return { memoryMib, timeoutMs: Math.min(timeoutMs, longestMs) }
}

/** Whose habits the SQL is written in: `trino` gives functions and operators the meaning they have there, `duckdb` changes nothing. */
export type Dialect = 'trino' | 'duckdb'

export interface QueryRequest {
  tables: readonly Table[]
  /** One SELECT, as the user wrote it. */
  sql: string
  /** File of the SQL, relative to the project; shown in problems. */
  file: string
  dialect: Dialect
  /** IANA zone of the session, `UTC` by default. */
  timeZone: string
  limits: Limits
}

export interface ExtractRequest extends QueryRequest {
  /** DuckDB file to create; must not exist. */
  stagePath: string
  /** Aborts the query within a second. */
  signal?: AbortSignal
}

/**
 * A materialised result: table `stage` with a VARCHAR column for each column of the result, named by {@link stageColumn}. Its rows stand
 * in the result's order, so that `rowid` 0, 1, ... says which row of the result it is. Numbers of our own would have to be given by one
 * thread alone: a million rows took 2.2 s to write instead of 1.2.
 */
export interface Extract {
  rows: number
  columns: { name: string; type: string /** cells that were NaN or infinite and became NULL */; notFinite: number }[]
  /** Whether the outermost query has an ORDER BY, so that the order of rows is the user's. */
  ordered: boolean
}

/** Name in the stage of the result's column at `index`: a user's own could be `rowid`, and hide it. */
export function stageColumn(index: number): string {
  return `c${index}`
}

/** Columns of a query that was bound but not run. */
export interface Bound {
  columns: { name: string; type: string }[]
  ordered: boolean
}

export interface RowsRequest extends QueryRequest {
  /** How many rows at most. */
  limit: number
  /** The query is one of our own, in the engine's words; tables by SQL are in those of their authors all the same. */
  isOurs?: boolean
  /** Aborts the query within a second. */
  signal?: AbortSignal
}

/** The first rows of a result, every value as the text that a stage would hold. */
export interface Rows {
  columns: { name: string; type: string }[]
  rows: (string | null)[][]
  /** Whether the result has more rows than these. */
  hasMore: boolean
}

export interface SnapshotRequest extends QueryRequest {
  /** Parquet file to write; must not exist. */
  path: string
  signal?: AbortSignal
}

/** An engine that can keep a result as a file, which is read faster than what it was made of. */
export interface SnapshotEngine {
  /** Writes the whole result into a file, or none of it; gives its columns. */
  snapshot(request: SnapshotRequest): Promise<Bound['columns']>
  /**
   * A text that is another one when a file of these tables was written, added or removed. Of a database nobody hears that, so with one of its
   * tables that the SQL may read it is another one every few minutes.
   */
  stateOf(request: Pick<QueryRequest, 'tables' | 'sql'>): string
}

export interface FiguresRequest extends QueryRequest {
  /** So many rows of each table of a database will do, spread over it; without it all of them count. */
  sampleRows?: number
}

/** A column of a declared table, both in the spelling of the table. */
export interface ColumnRef {
  table: string
  column: string
}

export interface LineageRequest extends QueryRequest {
  /** Columns of SQL tables to stop at instead of following them to files, because somebody has said what they are. */
  leaves?: readonly ColumnRef[]
}

export interface ReadsRequest {
  /** Of which only the names count. */
  tables: readonly { name: string }[]
  texts: readonly { sql: string; file: string }[]
  dialect: Dialect
  limits: Limits
}

/**
 * Where the values of a result come from. A set holds every base column that a change of could change, and may hold more; `unknown` where
 * that cannot be told, so what is in no set is free for certain.
 */
export interface Lineage {
  /**
   * In the result's order. `from` covers the values of a row, not whether the row appears: that a WHERE, an inner join, DISTINCT or LIMIT
   * let it through is in `rows`. As soon as rows become a value (an aggregate, a window, a subquery in an expression, the NULL of an outer
   * join) what decided about them is part of `from`.
   */
  columns: { name: string; from: readonly ColumnRef[] | 'unknown' }[]
  /** What decides which rows appear, how often, and in which order. */
  rows: readonly ColumnRef[] | 'unknown'
}

/**
 * Where users' SQL runs. Contract (held by `engine-contract.ts` and `lineage-contract.ts` on every implementation): one SELECT only; nothing readable but the
 * declared tables; a failure anywhere in the result throws and leaves no stage file; the stage is complete and counted when
 * `extract` resolves; a source file that changes meanwhile is `source.changed`; tables of one database are read at one moment.
 */
export interface Engine {
  /** Runs the query and materialises the whole result. Throws `Problem`s with `data.file/line/column` where known. */
  extract(request: ExtractRequest): Promise<Extract>
  /** Parses and binds the query without running it; the signal aborts within a second. */
  bind(request: QueryRequest, signal?: AbortSignal): Promise<Bound>
  /** Runs the query and gives its first rows; nothing is kept. */
  rows(request: RowsRequest): Promise<Rows>
  /**
   * Runs a query of one row whose columns are all numbers, and gives them by name; NULL is null. For counting: text and any other value
   * is refused (`internal.bug`), so that no person's data leaves the engine this way. Throws what `extract` throws.
   */
  figures(request: FiguresRequest): Promise<Record<string, number | null>>
  /** Tells where each column's values come from, without running the query. Throws what `bind` throws. */
  lineage(request: LineageRequest): Promise<Lineage>
  /**
   * Which of these tables each text reads itself, not by way of another table; null where that cannot be told, because the text is no SELECT
   * over them. Parses, and opens no file.
   */
  reads(request: ReadsRequest): Promise<(string[] | null)[]>
}

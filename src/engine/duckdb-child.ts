/**
 * The process in which users' SQL runs. It reads one request from stdin, answers with one line on stdout, and ends. It has no
 * environment to leak, and when its stdin ends its parent is gone: it removes what it began and ends too, also in the middle of a query.
 */
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { DuckDBConnection } from '@duckdb/node-api'
import { asProblem, Problem } from '../problem.ts'
import { applyEdits } from './duckdb-edits.ts'
import { lineageOf } from './duckdb-origins.ts'
import { memoryProblem, problemOfQuery, readEngineError } from './duckdb-problem.ts'
import { type CheckedQuery, checkQuery, compose, macrosOf, readsOf } from './duckdb-query.ts'
import { openConnection, openSandbox, type Place, type StagePlace } from './duckdb-sandbox.ts'
import { assertUnchanged } from './duckdb-source.ts'
import {
  assertColumns,
  finishStage,
  type ResultColumn,
  rowsStatement,
  snapshotStatement,
  stageStatement,
  withoutNotFinite,
} from './duckdb-stage.ts'
import type { Bound, ColumnRef, Dialect, Extract, Lineage, QueryRequest, Rows } from './engine.ts'
import { inTrinoWords } from './trino.ts'

/** What the parent writes to stdin, as one line of JSON. */
export type ChildRequest = { query: QueryRequest } & (
  | { work: 'extract'; stage: StagePlace }
  /** Tells which tables the query reads, before they are there. */
  | { work: 'needs'; dialect: Dialect }
  | { work: 'bind' }
  /** Stops at these columns of SQL tables. */
  | { work: 'lineage'; leaves: readonly ColumnRef[] }
  /** Gives the one row of numbers that it has. */
  | { work: 'figures' }
  | { work: 'rows'; limit: number; isOurs: boolean; temporaryDir: string }
  /** Which tables each of these texts reads. */
  | { work: 'reads'; texts: readonly { sql: string; file: string }[] }
  | { work: 'snapshot'; path: string; temporaryDir: string }
)

/** What the child writes to stdout, as one line of JSON. */
export type ChildReply =
  | { extract: Extract }
  | { needs: string[] }
  | { bound: Bound }
  | { lineage: Lineage }
  | { figures: Record<string, number | null> }
  | { rows: Rows }
  | { reads: (string[] | null)[] }
  | { columns: Bound['columns'] }
  | { problem: ReturnType<Problem['toJSON']> }

/** Names and types of the result, in the users' own words: inside another SELECT, DuckDB would rename columns of equal names. */
async function bindColumns(
  connection: DuckDBConnection,
  checked: CheckedQuery,
  file: string,
  sources: readonly string[],
): Promise<ResultColumn[]> {
  // DuckDB cannot put a WITH before a query that begins with its own ("exprLocation NOT IMPLEMENTED"), but before two of them it can.
  const isTwice = checked.sqlTables.length > 0 && checked.query.hasCtes
  const tail = isTwice ? ` UNION ALL (\n${applyEdits(checked.query.text, checked.query.edits)}\n)` : ''
  const { sql, segments } = compose(checked, { head: '', middle: '', tail })
  try {
    const prepared = await connection.prepare(sql)
    const columns = Array.from({ length: prepared.columnCount }, (_, index) => ({
      name: inTrinoWords(prepared.columnName(index)),
      type: prepared.columnType(index),
    }))
    prepared.destroySync()
    assertColumns(columns, file)
    return columns
  } catch (error) {
    throw problemOfQuery(error, { file, segments, running: false, sources })
  }
}

/** One row of numbers; whatever else the query gives stays here. */
async function runFigures(
  connection: DuckDBConnection,
  checked: CheckedQuery,
  file: string,
  sources: readonly string[],
): Promise<Record<string, number | null>> {
  const { sql, segments } = compose(checked, { head: '', middle: 'SELECT * FROM ', tail: '' })
  let rows: Record<string, unknown>[]
  try {
    rows = (await connection.runAndReadAll(sql)).getRowObjects()
  } catch (error) {
    throw problemOfQuery(error, { file, segments, running: true, sources })
  }
  const [row] = rows
  const isFigure = (value: unknown) => value === null || typeof value === 'number' || typeof value === 'bigint'
  if (row === undefined || rows.length > 1 || !Object.values(row).every(isFigure))
    throw new Problem('internal.bug', { message: `${file} does not give one row of numbers.` })
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value === null ? null : Number(value)] as const),
  )
}

async function answer(request: ChildRequest): Promise<ChildReply> {
  const { query } = request
  const place = placeOfRequest(request)
  const connection = await openConnection(query, place?.temporaryDir ?? null)
  if (request.work === 'needs') return { needs: (await checkQuery(connection, query, request.dialect)).fileTables }
  if (request.work === 'reads') return { reads: await readsOf(connection, query, request.texts) }
  // Figures are asked for in our own words; tables by SQL are in those of their authors.
  const isOurs = request.work === 'figures' || (request.work === 'rows' && request.isOurs)
  const checked = await checkQuery(connection, query, isOurs ? 'duckdb' : query.dialect)
  const { ordered } = checked.query
  const read = query.tables
    .filter((table) => table.kind === 'file')
    .filter(({ name }) => checked.fileTables.includes(name))
  const sources = await openSandbox(connection, read, place, macrosOf(checked))
  const paths = sources.flatMap((source) => source.files.map((file) => file.path))
  const columns = await bindColumns(connection, checked, query.file, paths)
  const bound = columns.map(({ name, type }) => ({ name, type: type.toString() }))
  if (request.work === 'bind') return { bound: { columns: bound, ordered } }
  if (request.work === 'lineage') {
    const names = columns.map(({ name }) => name)
    const { leaves } = request
    return { lineage: await lineageOf(connection, checked, names, { leaves, dialect: query.dialect }) }
  }
  if (request.work === 'figures') {
    const figures = await runFigures(connection, checked, query.file, paths)
    sources.forEach(assertUnchanged)
    return { figures }
  }
  const { sql, segments } = statementOf(request, checked, columns)
  try {
    const made = await connection.runAndReadAll(sql)
    let reply: ChildReply
    if (request.work === 'extract') {
      const finished = await finishStage(connection, columns, Number(made.getRows()[0]?.[0]))
      reply = { extract: { ...finished, ordered } }
    } else if (request.work === 'rows') {
      const rows = made.getRows() as (string | null)[][]
      const shown = withoutNotFinite(rows.slice(0, request.limit), columns)
      reply = { rows: { columns: bound, rows: shown, hasMore: rows.length > request.limit } }
    } else reply = { columns: bound }
    sources.forEach(assertUnchanged)
    return reply
  } catch (error) {
    // A file that is written while it is read fails in many ways; the cause is the one to tell.
    sources.forEach(assertUnchanged)
    throw problemOfQuery(error, { file: query.file, segments, running: true, sources: paths })
  }
}

/** Where a request may write; null: nowhere. */
function placeOfRequest(request: ChildRequest): Place | null {
  switch (request.work) {
    case 'extract':
      return { ...request.stage, kind: 'stage' }
    case 'snapshot':
      return { path: request.path, temporaryDir: request.temporaryDir, kind: 'file' }
    case 'rows':
      return { path: null, temporaryDir: request.temporaryDir, kind: 'nothing' }
    case 'needs':
    case 'bind':
    case 'lineage':
    case 'figures':
    case 'reads':
      return null
    default:
      return request satisfies never
  }
}

function statementOf(
  request: Exclude<ChildRequest, { work: 'needs' | 'bind' | 'lineage' | 'figures' | 'reads' }>,
  checked: CheckedQuery,
  columns: readonly ResultColumn[],
): ReturnType<typeof compose> {
  switch (request.work) {
    case 'extract':
      return stageStatement(checked, columns)
    case 'rows':
      return rowsStatement(checked, columns, request.limit + 1)
    case 'snapshot':
      return snapshotStatement(checked, columns, request.path)
    default:
      return request satisfies never
  }
}

function reply(message: ChildReply): void {
  process.stdout.write(`${JSON.stringify(message)}\n`, () => process.exit(0))
}

function main(): void {
  process.umask(0o077)
  delete process.env.NODE_COMPILE_CACHE
  let request: ChildRequest | null = null
  const input = createInterface({ input: process.stdin })
  input.once('line', (line) => {
    request = JSON.parse(line) as ChildRequest
    const { file } = request.query
    answer(request).then(reply, (error: unknown) => {
      const problem = readEngineError(error).type === 'Out of Memory' ? memoryProblem(file) : asProblem(error)
      reply({ problem: problem.toJSON() })
    })
  })
  input.once('close', () => {
    const place = request === null ? null : placeOfRequest(request)
    if (place !== null) {
      const files = place.path === null ? [] : [place.path, `${place.path}.wal`]
      for (const one of [...files, place.temporaryDir]) rmSync(one, { recursive: true, force: true })
    }
    // Not process.exit: that would wait for the query's threads.
    process.kill(process.pid, 'SIGKILL')
  })
}

main()

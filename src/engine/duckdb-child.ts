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
import { type CheckedQuery, checkQuery, compose, macrosOf } from './duckdb-query.ts'
import { openConnection, openSandbox, type StagePlace } from './duckdb-sandbox.ts'
import { assertUnchanged } from './duckdb-source.ts'
import { assertColumns, finishStage, type ResultColumn, stageStatement } from './duckdb-stage.ts'
import type { Bound, ColumnRef, Extract, Lineage, QueryRequest } from './engine.ts'
import { inTrinoWords } from './trino.ts'

/** What the parent writes to stdin, as one line of JSON. */
export interface ChildRequest {
  query: QueryRequest
  /** Null: bind only. */
  stage: StagePlace | null
  /** Tell the lineage, stopping at these columns of SQL tables. */
  lineage?: { leaves: readonly ColumnRef[] }
  /** Run it and give its one row of numbers. */
  figures?: true
}

/** What the child writes to stdout, as one line of JSON. */
export type ChildReply =
  | { extract: Extract }
  | { bound: Bound }
  | { lineage: Lineage }
  | { figures: Record<string, number | null> }
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
  const connection = await openConnection(query, request.stage)
  // Figures are asked for in our own words; tables by SQL are in those of their authors.
  const checked = await checkQuery(connection, query, request.figures ? 'duckdb' : query.dialect)
  const { ordered } = checked.query
  const read = query.tables
    .filter((table) => table.kind === 'file')
    .filter(({ name }) => checked.fileTables.includes(name))
  const sources = await openSandbox(connection, read, request.stage, macrosOf(checked))
  const paths = sources.flatMap((source) => source.files.map((file) => file.path))
  const columns = await bindColumns(connection, checked, query.file, paths)
  if (request.lineage !== undefined) {
    const names = columns.map(({ name }) => name)
    return { lineage: await lineageOf(connection, checked, names, { ...request.lineage, dialect: query.dialect }) }
  }
  if (request.figures) {
    const figures = await runFigures(connection, checked, query.file, paths)
    sources.forEach(assertUnchanged)
    return { figures }
  }
  if (request.stage === null) {
    return { bound: { columns: columns.map(({ name, type }) => ({ name, type: type.toString() })), ordered } }
  }
  const { sql, segments } = stageStatement(checked, columns)
  try {
    const created = await connection.runAndReadAll(sql)
    const finished = await finishStage(connection, columns, Number(created.getRows()[0]?.[0]))
    sources.forEach(assertUnchanged)
    return { extract: { ...finished, ordered } }
  } catch (error) {
    // A file that is written while it is read fails in many ways; the cause is the one to tell.
    sources.forEach(assertUnchanged)
    throw problemOfQuery(error, { file: query.file, segments, running: true, sources: paths })
  }
}

function reply(message: ChildReply): void {
  process.stdout.write(`${JSON.stringify(message)}\n`, () => process.exit(0))
}

function main(): void {
  process.umask(0o077)
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
    if (request?.stage) {
      const { path, temporaryDir } = request.stage
      for (const one of [path, `${path}.wal`, temporaryDir]) rmSync(one, { recursive: true, force: true })
    }
    // Not process.exit: that would wait for the query's threads.
    process.kill(process.pid, 'SIGKILL')
  })
}

main()

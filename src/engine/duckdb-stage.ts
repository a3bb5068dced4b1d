import { type DuckDBConnection, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api'
import { Problem } from '../problem.ts'
import { identifier, literal } from '../sql-text.ts'
import { queryProblem, type Segment } from './duckdb-problem.ts'
import { type CheckedQuery, compose } from './duckdb-query.ts'
import { type Extract, stageColumn } from './engine.ts'

/** Name under which the stage file is attached; users' SQL cannot reach it, because it may not name schemas. */
export const stageCatalog = 'deskside_stage'

/** DuckDB's own format since 1.5: what it compresses texts with is written faster than that of the oldest, which is the default. */
export const stageFormat = 'v1.5.0'

const stageTable = `${stageCatalog}.stage`

/** What a cell holds that is NaN, infinite, or JSON with such a number, until it becomes NULL and is counted. */
const notFiniteTexts = "('nan', '-nan', 'inf', '-inf', 'infinity', '-infinity')"

/** A column of the result as DuckDB binds it. */
export interface ResultColumn {
  name: string
  type: DuckDBType
}

/** The columns of a bound statement. Throws `query.duplicate_column` and, for a type without a text form, `query.invalid`. */
export function assertColumns(columns: readonly ResultColumn[], file: string): void {
  const seen = new Map<string, string>()
  for (const { name, type } of columns) {
    const other = seen.get(name.toLowerCase())
    if (other !== undefined) {
      const both =
        other === name ? `Two columns are named ${name}` : `The columns ${other} and ${name} differ by case only`
      throw queryProblem('query.duplicate_column', file, null, `${both}.`)
    }
    seen.set(name.toLowerCase(), name)
    if (name.toLowerCase() === 'row') {
      throw queryProblem(
        'query.duplicate_column',
        file,
        null,
        `The column name ${name} stands for the number of the row.`,
      )
    }
    if (type.typeId === DuckDBTypeId.BLOB) {
      const fix = `Turn it into text, for instance with decode(${identifier(name)}) or to_base64(${identifier(name)}).`
      throw queryProblem('query.invalid', file, null, `The column ${name} is binary (BLOB), which has no text.`, {
        fix,
      })
    }
  }
}

/** The statement that materialises the query, and where the users' texts stand in it. */
export function stageStatement(
  checked: CheckedQuery,
  columns: readonly ResultColumn[],
): { sql: string; segments: Segment[] } {
  return compose(checked, { head: `CREATE TABLE ${stageTable} AS `, ...asTexts(columns) })
}

/** The statement that gives the first rows of the query as a stage would hold them. */
export function rowsStatement(
  checked: CheckedQuery,
  columns: readonly ResultColumn[],
  limit: number,
): { sql: string; segments: Segment[] } {
  const { middle, tail } = asTexts(columns)
  return compose(checked, { head: '', middle, tail: `${tail} LIMIT ${limit}` })
}

/** The statement that writes the query's result into a Parquet file, with its names and types. */
export function snapshotStatement(
  checked: CheckedQuery,
  columns: readonly ResultColumn[],
  path: string,
): { sql: string; segments: Segment[] } {
  const cells = columns.map(({ name, type }, index) => {
    const cell = `deskside_${index}`
    // Parquet has no such integers, and DuckDB would write fractions: a sum of 5 would read 5.0.
    const isHuge = type.typeId === DuckDBTypeId.HUGEINT || type.typeId === DuckDBTypeId.UHUGEINT
    return `${isHuge ? `CAST(${cell} AS DECIMAL(38, 0))` : cell} AS ${identifier(name)}`
  })
  const { tail } = asTexts(columns)
  return compose(checked, {
    head: 'COPY (',
    middle: `SELECT ${cells.join(', ')} FROM `,
    tail: `${tail}) TO ${literal(path)} (FORMAT parquet)`,
  })
}

/** Rows of texts with NaN and infinity as NULL. */
export function withoutNotFinite(
  rows: readonly (string | null)[][],
  columns: readonly ResultColumn[],
): (string | null)[][] {
  const suspects = columns.map(({ type }) => canBeNotFinite(type))
  return rows.map((row) => row.map((cell, index) => (suspects[index] && isNotFinite(cell) ? null : cell)))
}

function isNotFinite(cell: string | null): boolean {
  return cell !== null && notFiniteTexts.includes(`'${cell}'`)
}

/** What stands around a query to make text of each of its cells. */
function asTexts(columns: readonly ResultColumn[]): { middle: string; tail: string } {
  const inner = columns.map((_, index) => `deskside_${index}`)
  const cells = columns.map(({ type }, index) => `${textOf(inner[index]!, type)} AS ${stageColumn(index)}`)
  return { middle: `SELECT ${cells.join(', ')} FROM `, tail: ` AS q(${inner.join(', ')})` }
}

/**
 * SQL that gives a value's text. Everything becomes text here, in the engine: JavaScript rounds integers beyond 2^53 and JSON has no
 * NaN. Times have ISO 8601 form, nested values are JSON, a DOUBLE without a fraction is an integer.
 */
function textOf(column: string, type: DuckDBType): string {
  const text = `CAST(${column} AS VARCHAR)`
  switch (type.typeId) {
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE: {
      // Every DOUBLE without a fraction is exactly an integer; beyond the widest integer its own text must do. A small one is
      // written without exponent where 20 decimals say all of it.
      const whole = `isfinite(${column}) AND ${column} = trunc(${column})`
      const small = `CAST(TRY_CAST(${column} AS DECIMAL(38, 20)) AS VARCHAR)`
      return (
        `CASE WHEN ${whole} AND abs(${column}) < 9e18 THEN CAST(CAST(${column} AS BIGINT) AS VARCHAR) ` +
        `WHEN ${whole} AND abs(${column}) < 1e38 THEN CAST(CAST(${column} AS HUGEINT) AS VARCHAR) ` +
        `WHEN abs(${column}) < 1e-4 AND CAST(${small} AS DOUBLE) = ${column} THEN rtrim(${small}, '0') ELSE ${text} END`
      )
    }
    case DuckDBTypeId.HUGEINT:
      // sum() of integers is a HUGEINT, whose own text costs 15 us a value; nearly all of them fit a BIGINT.
      return `coalesce(CAST(TRY_CAST(${column} AS BIGINT) AS VARCHAR), ${text})`
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_NS:
      return `replace(${text}, ' ', 'T')`
    case DuckDBTypeId.TIMESTAMP_TZ:
      // DuckDB writes whole hours of offset as "+00"; readers of ISO 8601 want "+00:00".
      return `regexp_replace(replace(${text}, ' ', 'T'), '([+-][0-9][0-9])$', '\\1:00')`
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
    case DuckDBTypeId.STRUCT:
    case DuckDBTypeId.MAP:
    case DuckDBTypeId.UNION: {
      const json = `CAST(to_json(${column}) AS VARCHAR)`
      if (!holdsFloats(type)) return json
      // DuckDB writes NaN and Infinity bare, which is no JSON; between quotes the same words are somebody's text.
      const bare = `regexp_matches(regexp_replace(${json}, '"(\\\\.|[^"\\\\])*"', '', 'g'), 'NaN|Inf')`
      return `CASE WHEN ${bare} THEN 'nan' ELSE ${json} END`
    }
    default:
      return text
  }
}

function holdsFloats(type: DuckDBType): boolean {
  return /\b(DOUBLE|FLOAT|REAL)\b/.test(type.toString())
}

/** Types whose text can be one of {@link notFiniteTexts} without being a user's word. */
function canBeNotFinite(type: DuckDBType): boolean {
  switch (type.typeId) {
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
    case DuckDBTypeId.DATE:
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_NS:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return true
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
    case DuckDBTypeId.STRUCT:
    case DuckDBTypeId.MAP:
    case DuckDBTypeId.UNION:
      return holdsFloats(type)
    default:
      return false
  }
}

/** After the statement ran: NaN and infinity become NULL, rows are counted, and the file is complete on disk. */
export async function finishStage(
  connection: DuckDBConnection,
  columns: readonly ResultColumn[],
  created: number,
): Promise<Pick<Extract, 'rows' | 'columns'>> {
  const suspects = columns.flatMap(({ type }, index) => (canBeNotFinite(type) ? [stageColumn(index)] : []))
  const counts = new Map<string, number>()
  if (suspects.length > 0) {
    const cells = suspects.map((cell) => `count(*) FILTER (WHERE ${cell} IN ${notFiniteTexts})`)
    const [row] = (await connection.runAndReadAll(`SELECT ${cells.join(', ')} FROM ${stageTable}`)).getRows()
    for (const [index, cell] of suspects.entries()) {
      const count = Number(row?.[index])
      counts.set(cell, count)
      if (count === 0) continue
      await connection.run(`UPDATE ${stageTable} SET ${cell} = NULL WHERE ${cell} IN ${notFiniteTexts}`)
    }
  }
  const [total] = (
    await connection.runAndReadAll(`SELECT count(*), coalesce(max(rowid) + 1, 0) FROM ${stageTable}`)
  ).getRows()
  const rows = Number(total?.[0])
  if (rows !== created || rows !== Number(total?.[1])) {
    throw new Problem('internal.bug', { message: `The stage holds ${rows} rows; the query gave ${created}.` })
  }
  await connection.run(`CHECKPOINT ${stageCatalog}`)
  await connection.run(`DETACH ${stageCatalog}`)
  return {
    rows,
    columns: columns.map(({ name, type }, index) => ({
      name,
      type: type.toString(),
      notFinite: counts.get(stageColumn(index)) ?? 0,
    })),
  }
}

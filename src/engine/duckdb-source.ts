import type { DuckDBConnection } from '@duckdb/node-api'
import { Problem } from '../problem.ts'
import { identifier, literal } from '../sql-text.ts'
import { problemOfSource } from './duckdb-problem.ts'
import type { FileTable } from './engine.ts'
import { openSource, type Source, type SourceFile } from './source-files.ts'

type Column = { name: string; type: string }

/** How much of a file decides its types: everything, or a sample where only names and likely types matter. */
export type Sniff = 'whole' | 'sample'

const sampleRows = 200_000

/** More files than any glob finds: JSON would otherwise sniff the first 32 only. */
const allFiles = 2_000_000_000

/** Throws `source.changed` when a file was written, replaced, added or removed since {@link openSource}. */
export function assertUnchanged(source: Source): void {
  const changed = (path: string) =>
    new Problem('source.changed', {
      message: `${path} (table ${source.table.name}) changed while it was read.`,
      data: { file: path, table: source.table.name },
    })
  let now: Source
  try {
    now = openSource(source.table)
  } catch {
    throw changed(source.table.path)
  }
  for (const [index, file] of source.files.entries()) {
    const other = now.files[index]
    if (other?.path !== file.path || other.state !== file.state) throw changed(file.path)
  }
  if (now.files.length > source.files.length) throw changed(source.table.path)
}

/** Sniffs the files and creates the view of the table. Throws `source.unreadable`, `config.invalid`. */
export async function createView(connection: DuckDBConnection, source: Source, sniff: Sniff): Promise<void> {
  const { table } = source
  try {
    await assertTypes(connection, table)
    const body = await bodyOf(connection, source, sniff)
    await connection.run(`CREATE VIEW ${identifier(table.name)} AS ${body}`)
  } catch (error) {
    assertUnchanged(source)
    throw problemOfSource(error, table.name, source.files[0]?.path ?? table.path)
  }
}

/** A path as DuckDB must read it: `[`, `*` and `?` are a glob there; we have expanded it already, so each stands for itself. */
export function asPattern(path: string): string {
  return path.replaceAll(/[[*?]/g, '[$&]')
}

function pathLiteral(path: string): string {
  return literal(asPattern(path))
}

function pathList(files: readonly SourceFile[]): string {
  return `[${files.map((file) => pathLiteral(file.path)).join(', ')}]`
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<Record<string, unknown>[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson()
}

async function bodyOf(connection: DuckDBConnection, source: Source, sniff: Sniff): Promise<string> {
  switch (source.table.format) {
    case 'csv':
      return await csvBody(connection, source, sniff)
    case 'json':
      return await jsonBody(connection, source, sniff)
    case 'parquet':
      return await parquetBody(connection, source)
  }
}

// ---- types ------------------------------------------------------------------------------------------------------------

function typeName(declared: string): string {
  return /^text$/i.test(declared) ? 'VARCHAR' : declared
}

async function assertTypes(connection: DuckDBConnection, table: FileTable): Promise<void> {
  if (table.types === null || table.types === 'text') return
  for (const [column, declared] of Object.entries(table.types)) {
    const type = typeName(declared)
    const wellFormed = /^[a-z_][\w ]*(\(\s*\d+\s*(,\s*\d+\s*)?\))?(\[\])*$/i.test(type)
    const known =
      wellFormed &&
      (await connection.run(`SELECT CAST(NULL AS ${type})`).then(
        () => true,
        () => false,
      ))
    if (known) continue
    throw new Problem('config.invalid', {
      message: `Table ${table.name}, types: ${column}: "${declared}" is neither \`text\` nor a type of DuckDB.`,
      data: { table: table.name, column },
    })
  }
}

/** Replaces sniffed types by declared ones. A declared column that is not there is an error, not a wish. */
function withDeclared(table: FileTable, columns: readonly Column[]): Column[] {
  if (table.types === null) return [...columns]
  if (table.types === 'text') return columns.map(({ name }) => ({ name, type: 'VARCHAR' }))
  const declared = new Map(Object.entries(table.types).map(([name, type]) => [name.toLowerCase(), { name, type }]))
  const typed = columns.map(({ name, type }) => {
    const found = declared.get(name.toLowerCase())
    declared.delete(name.toLowerCase())
    return { name, type: found ? typeName(found.type) : type }
  })
  for (const { name } of declared.values()) {
    throw new Problem('config.invalid', {
      message: `Table ${table.name}, types: there is no column ${name}; the columns are ${columns.map((one) => one.name).join(', ')}.`,
      data: { table: table.name, column: name },
    })
  }
  return typed
}

function isDeclared(table: FileTable, name: string): boolean {
  if (table.types === null) return false
  return table.types === 'text' || Object.keys(table.types).some((one) => one.toLowerCase() === name.toLowerCase())
}

/**
 * SQL that is true when every text of a column survives its sniffed type, as a number survives without leading zeros, plus sign
 * or digits beyond the type's. Numbers may lose zeros at the end of a fraction and blanks around them; dates must be ISO already,
 * because 03/04 is two different days. Null for types that cannot lose anything.
 */
function survival(format: 'csv' | 'json', column: Column): string | null {
  const text = `trim(${identifier(column.name)})`
  const every = (condition: string) => `coalesce(bool_and(${condition}), false)`
  switch (column.type) {
    case 'BIGINT':
      return format === 'json'
        ? null
        : every(`coalesce(${text} = CAST(TRY_CAST(${text} AS BIGINT) AS VARCHAR), ${text} IS NULL)`)
    case 'DOUBLE': {
      // A JSON number is a number whatever its form; only an id of more digits than a DOUBLE holds is none.
      if (format === 'json') return every(`coalesce(NOT regexp_full_match(${text}, '-?[0-9]{16,}'), true)`)
      // No minus zero, and no fraction so long that its text would need an exponent.
      const plain =
        `regexp_full_match(${text}, '-?(0|[1-9][0-9]*)?(\\.[0-9]{1,19})?') AND regexp_matches(${text}, '[0-9]') ` +
        `AND NOT regexp_full_match(${text}, '-0?(\\.0*)?')`
      const short = `length(ltrim(replace(replace(${text}, '-', ''), '.', ''), '0')) <= 15`
      const none = `regexp_full_match(${text}, '(?i)[-+]?(nan|inf|infinity)')`
      // "inf" among numbers is a number that went wrong; a column of nothing else is text.
      return `${every(`coalesce((${plain} AND ${short}) OR ${none}, true)`)} AND coalesce(bool_or(${plain}), false)`
    }
    case 'DATE':
    case 'TIME':
      return every(`coalesce(${text} = CAST(TRY_CAST(${text} AS ${column.type}) AS VARCHAR), ${text} IS NULL)`)
    case 'BOOLEAN':
      return format === 'json' ? null : every(`coalesce(lower(${text}) IN ('true', 'false'), true)`)
    default:
      if (!column.type.startsWith('TIMESTAMP')) return null
      return every(
        `coalesce(regexp_matches(${text}, '^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]') AND TRY_CAST(${text} AS ${column.type}) IS NOT NULL, ${text} IS NULL)`,
      )
  }
}

/** Makes VARCHAR of each undeclared column whose values would not come back as they stand. `relation` gives every column as text. */
async function keepText(
  connection: DuckDBConnection,
  table: FileTable,
  columns: readonly Column[],
  sniff: Sniff,
  relation: (asText: readonly Column[]) => string,
): Promise<Column[]> {
  const checks = columns.flatMap((column, index) => {
    const check = isDeclared(table, column.name) ? null : survival(table.format === 'json' ? 'json' : 'csv', column)
    return check === null ? [] : [`${check} AS c${index}`]
  })
  if (checks.length === 0) return [...columns]
  const asText = columns.map(({ name }) => ({ name, type: 'VARCHAR' }))
  const rows = sniff === 'whole' ? relation(asText) : `(SELECT * FROM ${relation(asText)} LIMIT ${sampleRows})`
  const [row] = await rowsOf(connection, `SELECT ${checks.join(', ')} FROM ${rows}`)
  return columns.map(({ name, type }, index) => ({ name, type: row?.[`c${index}`] === false ? 'VARCHAR' : type }))
}

function columnStruct(columns: readonly Column[]): string {
  return `{${columns.map(({ name, type }) => `${literal(name)}: ${literal(type)}`).join(', ')}}`
}

// ---- CSV --------------------------------------------------------------------------------------------------------------

interface CsvShape {
  /** Options of `read_csv` but the columns. */
  dialect: string
  columns: Column[]
}

/**
 * What is given is not guessed: the first line is the header, no line is a comment and none is skipped, because a guess that
 * swallows rows does so without an error.
 */
const csvGiven = "header = true, skip = 0, comment = ''"

/**
 * Neither is the quote: one badly quoted cell in a million rows makes the sniffer believe in another quote, and then every quoted
 * cell keeps its quotes, again without an error. The escape is the doubled quote, or else what the sniffer finds (a backslash).
 */
const csvQuotes = [`quote = '"', escape = '"'`, `quote = '"'`]

async function sniffCsv(connection: DuckDBConnection, path: string, sniff: Sniff): Promise<CsvShape> {
  const file = pathLiteral(path)
  const rows = sniff === 'whole' ? -1 : sampleRows
  const attempt = async (given: string): Promise<CsvShape | Error> =>
    rowsOf(connection, `SELECT * FROM sniff_csv(${file}, sample_size = ${rows}, ${csvGiven}, ${given})`).then(
      (found) => shapeOf(found[0]!),
      (error: Error) => error,
    )
  let shape = await attempt(csvQuotes[0]!)
  if (shape instanceof Error) shape = await attempt(csvQuotes[1]!)
  if (!(shape instanceof Error) && shape.columns.length > 1) return shape
  // One row with too many cells makes the sniffer fail or believe in one wide column. The header says what the delimiter is.
  const line = `read_csv(${file}, auto_detect = false, delim = '\x01', quote = '', escape = '', header = false, columns = {'line': 'VARCHAR'})`
  const [first] = await rowsOf(connection, `SELECT line FROM ${line} LIMIT 1`)
  const header = String(first?.line ?? '')
  const count = (delimiter: string) => header.split(delimiter).length
  const delimiter = [',', ';', '\t', '|'].sort((a, b) => count(b) - count(a))[0]!
  if (count(delimiter) > 1) {
    const delim = `delim = ${literal(delimiter)}`
    const again = await attempt(`${csvQuotes[0]}, ${delim}`)
    if (!(again instanceof Error)) return again
    // With every column as text, only what spoils the shape is left to complain about, and the reader says in which line.
    const dialect = `${delim}, ${csvQuotes[0]}, ${csvGiven}`
    const columns = header.split(delimiter).map((_, index) => ({ name: `c${index}`, type: 'VARCHAR' }))
    await connection.run(`SELECT count(COLUMNS(*)) FROM ${readCsv(file, dialect, columns)}`)
  }
  if (shape instanceof Error) throw shape
  return shape
}

function shapeOf(sniffed: Record<string, unknown>): CsvShape {
  const option = (name: string, key: string) => {
    const value = String(sniffed[key])
    return `${name} = ${value === '(empty)' ? "''" : literal(value)}`
  }
  const options = [option('delim', 'Delimiter'), option('quote', 'Quote'), option('escape', 'Escape'), csvGiven]
  return { dialect: options.join(', '), columns: sniffed.Columns as Column[] }
}

function readCsv(paths: string, dialect: string, columns: readonly Column[]): string {
  return `read_csv(${paths}, auto_detect = false, ${dialect}, columns = ${columnStruct(columns)})`
}

async function csvBody(connection: DuckDBConnection, source: Source, sniff: Sniff): Promise<string> {
  const shapes: { file: SourceFile; shape: CsvShape }[] = []
  for (const file of source.files) {
    try {
      const sniffed = await sniffCsv(connection, file.path, sniff)
      const columns = await keepText(connection, source.table, sniffed.columns, sniff, (asText) =>
        readCsv(pathLiteral(file.path), sniffed.dialect, asText),
      )
      shapes.push({ file, shape: { dialect: sniffed.dialect, columns } })
    } catch (error) {
      throw problemOfSource(error, source.table.name, file.path)
    }
  }
  const types = commonTypes(source.table, shapes)
  const bodies = shapes.map(({ file, shape }) => {
    const columns = shape.columns.map(({ name }) => ({ name, type: types.get(name)! }))
    return `SELECT * FROM ${readCsv(pathLiteral(file.path), shape.dialect, columns)}`
  })
  return bodies.join(' UNION ALL BY NAME ')
}

/** One type for each column of all files: equal types stay, whole and broken numbers meet in DOUBLE, everything else in text. */
function commonTypes(table: FileTable, shapes: { file: SourceFile; shape: CsvShape }[]): Map<string, string> {
  const [first, ...others] = shapes
  const types = new Map(first!.shape.columns.map(({ name, type }) => [name, type]))
  for (const { file, shape } of others) {
    const names = new Set(shape.columns.map((column) => column.name))
    const odd = [...names].find((name) => !types.has(name)) ?? [...types.keys()].find((name) => !names.has(name))
    if (odd !== undefined) {
      throw new Problem('source.unreadable', {
        message: `${file.path} (table ${table.name}) has other columns than ${first!.file.path}: ${odd} is in one of them only.`,
        data: { file: file.path, table: table.name, column: odd },
      })
    }
    for (const { name, type } of shape.columns) {
      const other = types.get(name)!
      const numbers = new Set([type, other, 'BIGINT', 'DOUBLE']).size === 2
      if (type !== other) types.set(name, numbers ? 'DOUBLE' : 'VARCHAR')
    }
  }
  const columns = [...types].map(([name, type]) => ({ name, type }))
  return new Map(withDeclared(table, columns).map(({ name, type }) => [name, type]))
}

// ---- JSON and Parquet -------------------------------------------------------------------------------------------------

async function describe(connection: DuckDBConnection, relation: string): Promise<Column[]> {
  const rows = await rowsOf(connection, `DESCRIBE SELECT * FROM ${relation}`)
  return rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }))
}

async function jsonBody(connection: DuckDBConnection, source: Source, sniff: Sniff): Promise<string> {
  const paths = pathList(source.files)
  const rows = sniff === 'whole' ? -1 : sampleRows
  const sniffed = await describe(
    connection,
    `read_json(${paths}, sample_size = ${rows}, maximum_sample_files = ${allFiles}, union_by_name = true)`,
  )
  const relation = (columns: readonly Column[]) => `read_json(${paths}, columns = ${columnStruct(columns)})`
  const kept = await keepText(connection, source.table, sniffed, sniff, relation)
  return `SELECT * FROM ${relation(withDeclared(source.table, kept))}`
}

async function parquetBody(connection: DuckDBConnection, source: Source): Promise<string> {
  const relation = `read_parquet(${pathList(source.files)})`
  const found = await describe(connection, relation)
  const cells = withDeclared(source.table, found).map(({ name, type }, index) =>
    type === found[index]!.type ? identifier(name) : `CAST(${identifier(name)} AS ${type}) AS ${identifier(name)}`,
  )
  return `SELECT ${cells.join(', ')} FROM ${relation}`
}

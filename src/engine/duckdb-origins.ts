import type { DuckDBConnection } from '@duckdb/node-api'
import { identifier } from '../sql-text.ts'
import { QueryLineage } from './duckdb-lineage.ts'
import { type CheckedQuery, compose } from './duckdb-query.ts'
import { allOf, type Deps, nothing, type Result, RowsMark, unknown } from './duckdb-relation.ts'
import type { ColumnRef, Dialect, Lineage } from './engine.ts'
import { targetsOf } from './trino.ts'

/**
 * The lineage of a checked query whose tables are open, with the names that DuckDB has bound for its columns: where our reading of the
 * syntax tree gives other columns than DuckDB, none of them is trusted.
 */
export async function lineageOf(
  connection: DuckDBConnection,
  checked: CheckedQuery,
  names: readonly string[],
  { leaves, dialect }: { leaves: readonly ColumnRef[]; dialect: Dialect },
): Promise<Lineage> {
  const tables = new Map<string, Result>()
  const { scalar, known } = await functionsOf(connection)
  // What a text calls may be translated. Macros that no text calls were not made, and are not asked about.
  const meant = (name: string) => (dialect === 'trino' ? targetsOf(name).filter((one) => known.has(one)) : [name])
  const isScalar = (name: string) => meant(name).length > 0 && meant(name).every((one) => scalar.has(one))
  const walk = new QueryLineage({
    tableOf: (name) => tables.get(name.toLowerCase()) ?? null,
    isScalar,
  })
  for (const table of checked.fileTables) {
    const columns = await boundNames(connection, `SELECT * FROM ${identifier(table)}`)
    const result = columns.map((column) => ({ name: column, deps: new Set([{ table, column }]) }))
    tables.set(table.toLowerCase(), { columns: result, blur: null, rows: nothing })
  }
  for (const [index, { name: table, sql }] of checked.sqlTables.entries()) {
    const before = { ...checked, sqlTables: checked.sqlTables.slice(0, index), query: sql }
    const bound = await boundNames(connection, compose(before, { head: '', middle: 'SELECT * FROM ', tail: '' }).sql)
    const { columns, rows } = named(walk.of(sql.tree), bound)
    const stopped = columns.map(({ name, deps }) => {
      const leaf = leaves.find((one) => isSame(one.table, table) && isSame(one.column, name))
      return { name, deps: leaf === undefined ? deps : (new Set([{ table, column: name }]) as Deps) }
    })
    tables.set(table.toLowerCase(), { columns: stopped, blur: null, rows })
  }
  const { columns, rows } = named(walk.of(checked.query.tree), names)
  return { columns: columns.map(({ name, deps }) => ({ name, from: refs(deps) })), rows: refs(rows) }
}

/**
 * Gives a result the names that DuckDB has bound. An item that may be several columns is one at least, so where the counts are equal each
 * column stands where we think.
 */
function named(result: Result, names: readonly string[]): { columns: { name: string; deps: Deps }[]; rows: Deps } {
  const { columns, blur, rows } = result
  const fits =
    columns.length === names.length &&
    columns.every(({ name }, index) => name === null || isSame(name, names[index]!) || isRenamed(names, index))
  if (fits) return { columns: names.map((name, index) => ({ name, deps: columns[index]!.deps })), rows }
  const deps = blur === null ? unknown : allOf(result)
  return { columns: names.map((name) => ({ name, deps })), rows: blur === null ? unknown : rows }
}

/** Inside another SELECT, DuckDB gives the second of two columns of one name another. */
function isRenamed(names: readonly string[], index: number): boolean {
  const found = /^(.+)[_:]\d+$/.exec(names[index]!)
  return found !== null && names.slice(0, index).some((name) => isSame(name, found[1]!))
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

function refs(deps: Deps): ColumnRef[] | 'unknown' {
  const found = new Map<string, ColumnRef>()
  for (const one of deps) {
    if (one === 'unknown' || one instanceof RowsMark) return 'unknown'
    found.set(JSON.stringify([one.table, one.column]), one)
  }
  return [...found.keys()].sort().map((key) => found.get(key)!)
}

async function boundNames(connection: DuckDBConnection, sql: string): Promise<string[]> {
  const prepared = await connection.prepare(sql)
  const names = Array.from({ length: prepared.columnCount }, (_, index) => prepared.columnName(index))
  prepared.destroySync()
  return names
}

/** Functions that see one row alone: every other one may be an aggregate, and macros are what stands in them. */
async function functionsOf(
  connection: DuckDBConnection,
): Promise<{ known: ReadonlySet<string>; scalar: ReadonlySet<string> }> {
  const reader = await connection.runAndReadAll(
    'SELECT lower(function_name) AS name, function_type AS type, macro_definition AS text FROM duckdb_functions()',
  )
  const found = reader.getRowObjectsJson() as { name: string; type: string; text: string | null }[]
  const aggregates = new Set(found.filter(({ type }) => type === 'aggregate').map(({ name }) => name))
  const calls = (text: string) => [...text.toLowerCase().matchAll(/([a-z_0-9]+)"?\s*\(/g)].map((match) => match[1]!)
  const seesRows = ({ name, type, text }: (typeof found)[number]) =>
    aggregates.has(name) ||
    (type !== 'scalar' && (type !== 'macro' || calls(text ?? '').some((one) => aggregates.has(one))))
  const wide = new Set(found.filter(seesRows).map(({ name }) => name))
  const known = new Set(found.map(({ name }) => name))
  return { known, scalar: new Set([...known].filter((name) => !wide.has(name))) }
}

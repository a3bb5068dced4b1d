import { didYouMean } from '../did-you-mean.ts'
import { Problem } from '../problem.ts'
import { identifier } from '../sql-text.ts'
import type { PostgresTable } from './engine.ts'
import { titleOf } from './postgres-problem.ts'

/** A column of a table of PostgreSQL, and how it gets into a copy. */
export interface CopiedColumn {
  name: string
  /** SQL of PostgreSQL that gives the value as text: of a list, a JSON array of texts; of bytes, hexadecimal digits. */
  asText: string
  form: 'plain' | 'list' | 'bytes'
  /** Type in DuckDB, of a list that of its elements. */
  type: string
}

/** A column as the catalog has it; domains are followed to what they are made of, and `typmod` with them. */
export interface CatalogColumn {
  name: string
  /** Name of the type if it is one of PostgreSQL's own, `enum` for an enumeration, else empty. */
  type: string
  /** The same of the elements of an array; null for what is no array. */
  element: string | null
  typmod: number
}

/** Types whose text DuckDB reads as the same value. */
const exactTypes: Record<string, string> = {
  bool: 'BOOLEAN',
  int2: 'SMALLINT',
  int4: 'INTEGER',
  int8: 'BIGINT',
  oid: 'BIGINT',
  float4: 'FLOAT',
  float8: 'DOUBLE',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMP WITH TIME ZONE',
  json: 'JSON',
  jsonb: 'JSON',
}

/** What may stand in a list beside the types above; others are the text of the whole array. */
const textTypes = new Set(['text', 'varchar', 'bpchar', 'name', 'uuid', 'enum', 'citext'])
const noElements = new Set(['json', 'jsonb', 'time', 'oid'])

/** Digits of a DuckDB DECIMAL. */
const maxDigits = 38

const catalogSql = `
  WITH RECURSIVE found AS (
    SELECT a.attnum, a.attname, a.atttypid AS type, a.atttypmod AS typmod
    FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT f.attnum, f.attname, t.typbasetype, t.typtypmod
    FROM found f JOIN pg_catalog.pg_type t ON t.oid = f.type WHERE t.typtype = 'd'
  ), named AS (
    SELECT t.oid, t.typarray, CASE
      WHEN t.typtype = 'e' THEN 'enum' WHEN n.nspname = 'pg_catalog' OR t.typname = 'citext' THEN t.typname::text ELSE '' END AS name
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype <> 'd'
  )
  SELECT f.attname::text AS name, t.name AS type, f.typmod, e.name AS element
  FROM found f JOIN named t ON t.oid = f.type LEFT JOIN named e ON e.typarray = t.oid
  ORDER BY f.attnum`

const relationSql = `
  SELECT c.oid::int8 AS oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'v', 'm', 'f', 'p')`

const namesSql = `
  SELECT n.nspname::text AS schema, c.relname::text AS table FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_'
  ORDER BY n.nspname = $1 DESC, 1, 2 LIMIT 2000`

/** Asks the server; values stand apart from the statement. */
export type Ask = <Row>(sql: string, values: unknown[]) => Promise<Row[]>

/** How the columns of the table are copied. Throws `source.missing`, and `source.unreadable` for what has no copy. */
export async function columnsOf(ask: Ask, table: PostgresTable): Promise<CopiedColumn[]> {
  const [relation] = await ask<{ oid: string }>(relationSql, [table.schema, table.table])
  if (relation === undefined) throw await missing(ask, table)
  const found = await ask<CatalogColumn>(catalogSql, [relation.oid])
  const columns = found.map((column) => copied(table, { ...column, typmod: Number(column.typmod) }))
  const seen = new Map<string, string>()
  for (const { name } of columns) {
    const other = seen.get(name.toLowerCase())
    if (other !== undefined)
      throw unreadable(
        table,
        name,
        `The columns ${other} and ${name} differ by case only, which SQL here does not tell apart.`,
      )
    seen.set(name.toLowerCase(), name)
  }
  if (columns.length === 0) throw unreadable(table, null, 'It has no columns.')
  return columns
}

function copied(table: PostgresTable, column: CatalogColumn): CopiedColumn {
  const { name, type, element, typmod } = column
  const cell = identifier(name)
  const text = { name, asText: `${cell}::pg_catalog.text`, form: 'plain', type: 'VARCHAR' } as const
  const declared = declaredType(table, name)
  const isDeclared = declared !== null
  const isText = isDeclared && /^(text|varchar)$/i.test(declared)
  if (element !== null) {
    if (isText) return text
    const elements = isDeclared ? 'VARCHAR' : elementType(table, { ...column, type: element })
    if (elements === null) return text
    return {
      name,
      asText: `pg_catalog.array_to_json(${cell}::pg_catalog.text[])::pg_catalog.text`,
      form: 'list',
      type: elements,
    }
  }
  // What deskside.yml says of a column is made of its text, where the copy is read.
  if (isDeclared) return text
  if (type === 'bytea') return { name, asText: `pg_catalog.encode(${cell}, 'hex')`, form: 'bytes', type: 'BLOB' }
  if (type === 'numeric') return { ...text, type: decimalType(table, name, typmod) }
  return { ...text, type: exactTypes[type] ?? 'VARCHAR' }
}

function elementType(table: PostgresTable, { name, type, typmod }: CatalogColumn): string | null {
  if (type === 'numeric') return decimalType(table, name, typmod)
  if (textTypes.has(type)) return 'VARCHAR'
  return noElements.has(type) ? null : (exactTypes[type] ?? null)
}

function declaredType({ types }: PostgresTable, column: string): string | null {
  if (types === null || types === 'text') return types
  return Object.entries(types).find(([name]) => name.toLowerCase() === column.toLowerCase())?.[1] ?? null
}

/** Without a precision every value has a scale of its own, which only text keeps: an id of 5 would become 5.000. */
function decimalType(table: PostgresTable, column: string, typmod: number): string {
  if (typmod < 4) return 'VARCHAR'
  const precision = ((typmod - 4) >> 16) & 0xffff
  // Eleven bits with a sign.
  const scale = (((typmod - 4) & 0x7ff) ^ 1024) - 1024
  const digits = Math.max(precision, scale) + Math.max(0, -scale)
  if (digits > maxDigits)
    throw unreadable(
      table,
      column,
      `The column ${column} is numeric(${precision},${scale}), and a DECIMAL has ${maxDigits} digits at most.`,
    )
  // With a digit before the point a fraction reads 0.5 and not .5.
  const room = Math.min(maxDigits, Math.max(digits, scale + 1))
  return `DECIMAL(${room},${Math.max(0, scale)})`
}

async function missing(ask: Ask, table: PostgresTable): Promise<Problem> {
  const names = await ask<{ schema: string; table: string }>(namesSql, [table.schema])
  const near = didYouMean(
    `${table.schema}.${table.table}`,
    names.map((one) => `${one.schema}.${one.table}`),
  )
  return new Problem('source.missing', {
    message: `The source ${table.source.key} has no ${titleOf(table)}${near === null ? '.' : `; did you mean ${near}?`}`,
    fix: 'Correct the `table` in deskside.yml. Upper and lower case count.',
    data: { source: table.source.key, table: table.name },
  })
}

/** A table that has no copy as it stands; with a column, reading that one as text is the way out. */
export function unreadable(table: PostgresTable, column: string | null, sentence: string): Problem {
  const fix =
    column === null
      ? 'Name another table or view in deskside.yml.'
      : `Read the column as text (\`types: { ${column}: text }\`), or make a view that gives something else.`
  return new Problem('source.unreadable', {
    message: `The source ${table.source.key}, ${titleOf(table)}: ${sentence}`,
    fix,
    data: { source: table.source.key, table: table.name, ...(column !== null && { column }) },
  })
}

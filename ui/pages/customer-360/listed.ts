import type { Definition, TableLook } from '../../api/operations.ts'

type From = TableLook['from']

/** A table as the list shows it. */
export interface ListedTable {
  key: string
  /** What people call it; the key where nobody named it. */
  title: string
  description: string | null
  /** Where the project has several. */
  database: string | null
  /** Its name in SQL. */
  table: string
  /** Where it comes from, as a word: `CSV`. */
  origin: string
  /** The file behind it. */
  source: string | null
  /** Null: nobody has looked. */
  rows: number | null
  columns: readonly string[] | null
  lastLoadedAt: string | null
  usedBy: readonly string[]
  isUploaded: boolean
}

/** `CSV`, `Parquet`, `PostgreSQL`, `SQL`, `Uploaded`. */
export function originWord(from: From | null, source: string | null): string {
  if (from === 'upload') return 'Uploaded'
  if (from === 'sql') return 'SQL'
  if (from === 'attributes_table') return 'Attributes table'
  if (from === 'source') return 'PostgreSQL'
  if (from === 'file') return /\.parquet$/i.test(source ?? '') ? 'Parquet' : 'CSV'
  return 'Unknown'
}

const textOr = (value: unknown, other: string): string => (typeof value === 'string' && value !== '' ? value : other)
const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

export function listedTable({ key, source, body, status, used_by: usedBy }: Definition): ListedTable {
  const table = textOr(status.table, key)
  const file = textOrNull(status.source)
  return {
    ...{ key, table, source: file, usedBy },
    title: textOr(body.name, table),
    description: textOrNull(body.description),
    database: textOrNull(status.database),
    origin: originWord(textOrNull(status.from) as From | null, file),
    rows: typeof status.rows === 'number' ? status.rows : null,
    columns: Array.isArray(status.columns) ? (status.columns as string[]) : null,
    lastLoadedAt: textOrNull(status.last_loaded_at),
    isUploaded: source === 'ui',
  }
}

interface Filter {
  q?: string | undefined
  origin?: string | undefined
  database?: string | undefined
}

export interface FoundTable extends ListedTable {
  /** Columns that the search has found. */
  hits: readonly string[]
}

/** Tables whose name, file or columns have the text in them, in any case. */
export function matching(tables: readonly ListedTable[], { q = '', origin, database }: Filter): FoundTable[] {
  const wanted = q.trim().toLowerCase()
  const has = (text: string | null) => text?.toLowerCase().includes(wanted) ?? false
  return tables
    .filter((one) => (origin === undefined || one.origin === origin) && (database ?? one.database) === one.database)
    .map((one) => ({ ...one, hits: wanted === '' ? [] : (one.columns ?? []).filter(has) }))
    .filter(
      ({ title, key, source, description, hits }) =>
        wanted === '' || hits.length > 0 || [title, key, source, description].some(has),
    )
}

/** The different values of one field, sorted; for a filter. */
export const choices = (values: readonly (string | null)[]): string[] =>
  [...new Set(values.filter((value) => value !== null))].sort((a, b) => a.localeCompare(b, 'en'))

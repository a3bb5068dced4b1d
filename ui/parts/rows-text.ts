import { HIDDEN } from './hidden.ts'

/** The rows that the API gives of a query, a segment or a table: values as text, `[hidden]` in the place of what policy hides. */
export interface Rows {
  columns: { name: string; type: string }[]
  rows: (string | null)[][]
  has_more: boolean
}

/** For a spreadsheet: tabs between, and quotes around what holds a tab, a line or a quote itself. */
export function tabSeparated({ columns, rows }: Rows): string {
  const lines = [columns.map(({ name }) => name), ...rows].map((row) =>
    row.map((value) => quoted(value ?? '')).join('\t'),
  )
  return `${lines.join('\n')}\n`
}

const quoted = (value: string): string => (/[\t\n\r"]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)

/** Columns of which nothing is shown. */
export function hiddenColumns({ columns, rows }: Rows): string[] {
  return columns.flatMap(({ name }, index) => {
    const values = rows.flatMap((row) => row[index] ?? [])
    return values.length > 0 && values.every((value) => value === HIDDEN) ? [name] : []
  })
}

/** So wide that most of its values can be read, in px. */
export function columnWidths({ columns, rows }: Rows): number[] {
  return columns.map(({ name, type }, index) => {
    const lengths = rows.slice(0, 50).map((row) => (row[index] ?? 'null').length)
    const characters = Math.max(name.length, type.length, 5, ...lengths)
    return Math.min(Math.max(Math.ceil(characters * 7.4) + 26, 80), 360)
  })
}

const isNumber = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|REAL|DECIMAL.*)$/

/** Figures stand at the right. */
export const isFigure = (type: string): boolean => isNumber.test(type)

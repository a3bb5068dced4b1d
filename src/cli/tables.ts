import type { TableDetail, TableRow } from '../app.ts'
import type { LookedColumn } from '../audience/looks.ts'
import { keyOfTable, plainDatabase } from '../project/databases.ts'
import { tableWire } from '../server/wire-columns.ts'
import { type Context, withApp } from './context.ts'
import { table as tableLines } from './table.ts'
import { counted, paint, type Style, visible } from './text.ts'

const origins = {
  file: 'file',
  sql: 'SQL',
  attributes_table: 'attributes table',
  upload: 'upload',
  source: 'PostgreSQL',
} as const

/** Every table, or every one of a database, with its figures. */
export async function tableListCommand(context: Context, database: string | null): Promise<number> {
  return await withApp(context, { isOffline: true }, async (app) => {
    const tables = await app.tables(database)
    const { stdout } = context
    if (context.isJson) await stdout.json({ tables: tables.map(rowWire) })
    else if (tables.length === 0) await stdout.lines(['There are no tables.'])
    else await stdout.lines(tableListLines(tables, stdout.style(context.env)))
    return 0
  })
}

function rowWire({ database, table, from, source, rows, columns, lastLoadedAt, problem }: TableRow) {
  return { database, table, from, source, rows, columns, last_loaded_at: lastLoadedAt, problem }
}

export function tableListLines(tables: readonly TableRow[], style: Style): string[] {
  const number = (value: number | null) => (value === null ? '?' : value.toLocaleString('en-US'))
  // Where there is one database that nobody has named, its key says nothing.
  const isShown = tables.some(({ database }) => database !== plainDatabase)
  const rows = tables.map(({ database, table, from, source, rows: count, columns, lastLoadedAt, problem }) => [
    ...(isShown ? [visible(database)] : []),
    visible(table),
    number(count),
    number(columns),
    minute(lastLoadedAt),
    origins[from],
    visible(problem ?? source ?? ''),
  ])
  const columns = [
    ...(isShown ? [{ title: 'DATABASE', shrinkTo: 8 }] : []),
    { title: 'TABLE', shrinkTo: 12 },
    { title: 'ROWS', align: 'right' as const },
    { title: 'COLUMNS', align: 'right' as const, spare: 3 },
    { title: 'LAST LOADED (UTC)', spare: 2 },
    { title: 'FROM', spare: 1 },
    { title: 'SOURCE', wraps: true, shrinkTo: 12, spare: 4 },
  ]
  return tableLines(columns, rows, style)
}

/** `2026-01-31 08:30`. */
function minute(at: string | null): string {
  return at === null ? '?' : at.slice(0, 16).replace('T', ' ')
}

/** A table with its columns and the most usual values of each. */
export async function tableCommand(context: Context, name: string, request: { refresh: boolean }): Promise<number> {
  return await withApp(context, { isOffline: true }, async (app) => {
    const detail = await app.table(name, request)
    const { stdout } = context
    if (context.isJson) await stdout.json(tableWire(detail))
    else await stdout.lines(tableDetailLines(detail, stdout.style(context.env)))
    return 0
  })
}

export function tableDetailLines(detail: TableDetail, style: Style): string[] {
  const { from, source, rows, columns, lastLoadedAt, problem } = detail
  const table = keyOfTable(detail)
  const figures = rows === null ? `it could not be read (${problem ?? '?'})` : counted(rows, 'row')
  const origin = source === null ? origins[from] : `${origins[from]} ${visible(source)}`
  return [
    `${paint(style, 'bold', visible(table))}: ${figures}, ${counted(columns.length, 'column')}`,
    `from ${origin}, last loaded ${lastLoadedAt === null ? 'at a time that is not known' : `${minute(lastLoadedAt)} UTC`}`,
    '',
    ...tableLines(
      [
        { title: 'COLUMN', shrinkTo: 12 },
        { title: 'TYPE', spare: 3, shrinkTo: 8 },
        { title: 'MEANS', spare: 2 },
        { title: 'PII' },
        { title: 'FILLED', align: 'right', spare: 5 },
        { title: 'DISTINCT', align: 'right', spare: 4 },
        { title: 'MOST USUAL VALUES', wraps: true, shrinkTo: 20, spare: 1 },
      ],
      columns.map((column) => cellsOf(column, rows)),
      style,
      { colour: (index, cell, row) => (index === 3 && row[3] === 'personal' ? paint(style, 'yellow', cell) : cell) },
    ),
    '',
    `DISTINCT with ~ is counted about. ${paint(style, 'dim', `deskside columns ${visible(table)}`)} says why a column is personal.`,
  ]
}

function cellsOf({ column, type, semantic, effective, figures }: LookedColumn, rows: number | null): string[] {
  const isPersonal = effective.pii ? 'personal' : 'free'
  const known = [visible(column), visible(type), semantic ?? '', isPersonal]
  if (figures === null || rows === null) return [...known, '?', '?', '']
  const { values, distinct, isExact, examples } = figures
  const filled = rows === 0 ? '' : `${percent(values / rows)} %`
  const examplesText = examples.map(({ value }) => visible(value)).join(' · ')
  return [...known, filled, `${isExact ? '' : '~'}${distinct.toLocaleString('en-US')}`, examplesText]
}

/** Nothing is full that lacks a value, nor empty that has one. */
function percent(share: number): number {
  return share > 0.5 ? Math.floor(share * 100) : Math.ceil(share * 100)
}

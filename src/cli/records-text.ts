import { stringify } from 'csv-stringify/sync'
import type { Preview } from '../app.ts'
import type { DriftLine, RestLine } from '../sync/proof/report.ts'
import { type ChangeView, type Conflict, type ExitRow, type RecordRow, recordColumns } from '../sync/report.ts'
import { type Column, tableLayout } from './table.ts'
import { paint, type Style, visible } from './text.ts'

// Rows are turned into text and written by the thousand: a write per row costs five times more.
const rowsPerPiece = 1000

async function* grouped<T>(rows: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = []
  for await (const row of rows) {
    group.push(row)
    if (group.length === size) {
      yield group
      group = []
    }
  }
  if (group.length > 0) yield group
}

/** One JSON array, a row per line, whatever the number of rows. */
export async function* jsonPieces(rows: AsyncIterable<object>): AsyncGenerator<string> {
  let isFirst = true
  for await (const group of grouped(rows, rowsPerPiece)) {
    yield (isFirst ? '[\n' : ',\n') + group.map((row) => JSON.stringify(row)).join(',\n')
    isFirst = false
  }
  yield isFirst ? '[]\n' : '\n]\n'
}

/** Columns of CSV, in the order of the keys of JSON. */
const conflictColumns = [
  'row',
  'external_id',
  'email',
  'name',
  'code',
  'reason',
  'action',
] as const satisfies (keyof Conflict)[]
const exitColumns = [
  'external_id',
  'email',
  'name',
  'action',
  'outcome',
  'code',
  'reason',
] as const satisfies (keyof ExitRow)[]
const driftColumns = [
  'person',
  'zendesk_id',
  'external_id',
  'email',
  'name',
  'field',
  'delivered',
  'found',
  'code',
  'reason',
  'repaired',
] as const satisfies (keyof DriftLine)[]
const restColumns = [
  'zendesk_id',
  'external_id',
  'email',
  'field',
  'old',
  'written',
  'found',
  'code',
  'reason',
] as const satisfies (keyof RestLine)[]
const changeColumns = [
  'change',
  'kind',
  'wave',
  'row',
  'external_id',
  'email',
  'name',
  'zendesk_id',
  'field',
  'old',
  'new',
] as const

/**
 * CSV as RFC 4180 has it, with a heading also for no rows. People open it in a spreadsheet, and names come from strangers: a cell that
 * begins with `=`, `+`, `-`, `@`, tab or return gets an apostrophe in front, so that it is never run as a formula. That changes such
 * values (`'+4915...`); the JSON form carries every value exactly.
 */
async function* csvPieces(columns: readonly string[], rows: AsyncIterable<readonly unknown[]>): AsyncGenerator<string> {
  const cast = { boolean: (value: boolean) => String(value) }
  const options = { escape_formulas: true, record_delimiter: '\r\n' as const, cast }
  // The heading waits for the first rows: a problem with them must find an untouched stdout.
  let heading = stringify([[...columns]], options)
  for await (const group of grouped(rows, rowsPerPiece)) {
    yield heading + stringify(group as unknown[][], options)
    heading = ''
  }
  if (heading !== '') yield heading
}

async function* mapped<T, U>(rows: AsyncIterable<T>, each: (row: T) => Iterable<U>): AsyncGenerator<U> {
  for await (const row of rows) yield* each(row)
}

function csvOf<T, K extends keyof T & string>(columns: readonly K[], rows: AsyncIterable<T>): AsyncGenerator<string> {
  return csvPieces(
    columns,
    mapped(rows, (row) => [columns.map((column) => row[column])]),
  )
}

export const recordCsv = (rows: AsyncIterable<RecordRow>) => csvOf(recordColumns, rows)
export const conflictCsv = (rows: AsyncIterable<Conflict>) => csvOf(conflictColumns, rows)
export const exitCsv = (rows: AsyncIterable<ExitRow>) => csvOf(exitColumns, rows)
export const driftCsv = (rows: AsyncIterable<DriftLine>) => csvOf(driftColumns, rows)
export const restCsv = (rows: AsyncIterable<RestLine>) => csvOf(restColumns, rows)

export function previewCsv({ columns, rows }: Preview): AsyncGenerator<string> {
  const names = columns.map(({ name }) => name)
  return csvPieces(names, each(rows))
}

/** Rows that are there already, as lists are read. */
async function* each<T>(rows: readonly T[]): AsyncGenerator<T> {
  yield* rows
}

/** One line per field of a change; a change without fields (never planned so far) would still have its line. */
export function changeCsv(changes: AsyncIterable<ChangeView>): AsyncGenerator<string> {
  return csvPieces(
    changeColumns,
    mapped(changes, (change) => {
      const { change: id, kind, wave, row, external_id, email, name, zendesk_id } = change
      const head = [id, kind, wave, row, external_id, email, name, zendesk_id]
      return change.fields.length === 0
        ? [[...head, null, null, null]]
        : change.fields.map((field) => [...head, field.field, field.old, field.new])
    }),
  )
}

// Widths come from the first rows; later ones are cut to them, so that any number of rows streams.
const rowsForWidths = 200

/** A table for people. Its widths are those of the first rows. */
async function* tableOf<T>(
  rows: AsyncIterable<T>,
  style: Style,
  parts: {
    columns: readonly Column[]
    cells: (row: T) => readonly (string | null)[]
    /** Cells that stand out. */
    isLoud: (column: number, row: readonly string[]) => boolean
    none: string
  },
): AsyncGenerator<string> {
  let layout: ReturnType<typeof tableLayout> | null = null
  for await (const group of grouped(rows, rowsForWidths)) {
    const texts = group.map((row) => parts.cells(row).map((cell) => visible(cell ?? '')))
    const isFirst = layout === null
    layout ??= tableLayout(parts.columns, texts, style, {
      colour: (column, cell, row) => (parts.isLoud(column, row) ? paint(style, 'yellow', cell) : cell),
    })
    yield `${[...(isFirst ? [layout.heading] : []), ...texts.map(layout.print)].join('\n')}\n`
  }
  if (layout === null) yield `${parts.none}\n`
}

export function previewTable({ columns, rows }: Preview, style: Style): AsyncGenerator<string> {
  return tableOf(each(rows), style, {
    // The columns to the left say who it is, so they go last.
    columns: columns.map(({ name }, index) => ({ title: visible(name), shrinkTo: 8, spare: index })),
    cells: (row) => row,
    isLoud: () => false,
    none: 'No rows.',
  })
}

const who: Column[] = [
  { title: 'external_id', shrinkTo: 8, spare: 3 },
  { title: 'email', shrinkTo: 10, spare: 4 },
  { title: 'name', shrinkTo: 8, spare: 5 },
]

/** Says most, so it is never cut. */
const reasonColumn: Column = { title: 'reason', shrinkTo: 20, wraps: true }

export function recordTable(rows: AsyncIterable<RecordRow>, style: Style): AsyncGenerator<string> {
  return tableOf(rows, style, {
    columns: [
      { title: 'row', align: 'right' },
      ...who,
      { title: 'outcome' },
      { title: 'field', shrinkTo: 8, spare: 2 },
      { title: 'value', shrinkTo: 8, spare: 2 },
      reasonColumn,
    ],
    cells: (row) => [
      String(row.row),
      row.external_id,
      row.email,
      row.name,
      row.outcome,
      row.field,
      row.value,
      row.reason ?? row.code,
    ],
    isLoud: (column, row) => column === 4 && (row[4] === 'rejected' || row[4] === 'failed'),
    none: 'No rows.',
  })
}

export function exitTable(rows: AsyncIterable<ExitRow>, style: Style): AsyncGenerator<string> {
  return tableOf(rows, style, {
    columns: [...who, { title: 'action' }, { title: 'outcome' }, reasonColumn],
    cells: (row) => [row.external_id, row.email, row.name, row.action, row.outcome, row.reason ?? row.code],
    isLoud: (column, row) => column === 4 && row[4] === 'failed',
    none: 'Nobody left.',
  })
}

export function driftTable(rows: AsyncIterable<DriftLine>, style: Style): AsyncGenerator<string> {
  return tableOf(rows, style, {
    columns: [
      ...who,
      { title: 'field', shrinkTo: 8 },
      { title: 'delivered', shrinkTo: 8 },
      { title: 'in Zendesk', shrinkTo: 8 },
      { title: 'reason', shrinkTo: 12, spare: 2 },
    ],
    cells: (row) => [row.external_id, row.email, row.name, row.field, row.delivered, row.found, row.code],
    isLoud: () => false,
    none: 'Nothing differs.',
  })
}

export function restTable(rows: AsyncIterable<RestLine>, style: Style): AsyncGenerator<string> {
  return tableOf(rows, style, {
    columns: [
      { title: 'external_id', shrinkTo: 8, spare: 5 },
      { title: 'email', shrinkTo: 12, spare: 4 },
      { title: 'field', shrinkTo: 8 },
      { title: 'before', shrinkTo: 6, spare: 3 },
      { title: 'run wrote', shrinkTo: 8, spare: 1 },
      { title: 'in Zendesk', shrinkTo: 8, spare: 2 },
      reasonColumn,
    ],
    cells: (row) => [row.external_id, row.email, row.field, row.old, row.written, row.found, row.reason],
    isLoud: () => false,
    none: 'Nothing is left as it is.',
  })
}

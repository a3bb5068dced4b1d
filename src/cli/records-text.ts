import { stringify } from 'csv-stringify/sync'
import type { ChangeView, RecordRow } from '../sync/report.ts'
import { tableLayout } from './table.ts'
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

const recordColumns = [
  'row',
  'external_id',
  'email',
  'name',
  'outcome',
  'field',
  'value',
  'code',
  'reason',
] as const satisfies (keyof RecordRow)[]
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
  const options = { escape_formulas: true, record_delimiter: '\r\n' as const }
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

export function recordCsv(rows: AsyncIterable<RecordRow>): AsyncGenerator<string> {
  return csvPieces(
    recordColumns,
    mapped(rows, (row) => [recordColumns.map((column) => row[column])]),
  )
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
export async function* recordTable(rows: AsyncIterable<RecordRow>, style: Style): AsyncGenerator<string> {
  const columns = [
    { title: 'row', align: 'right' as const },
    { title: 'external_id', shrinkTo: 8, spare: 3 },
    { title: 'email', shrinkTo: 12, spare: 4 },
    { title: 'name', shrinkTo: 8, spare: 5 },
    { title: 'outcome' },
    { title: 'field', shrinkTo: 8, spare: 6 },
    { title: 'value', shrinkTo: 8, spare: 2 },
    { title: 'reason', shrinkTo: 12 },
  ]
  const cells = (row: RecordRow) =>
    [
      String(row.row),
      row.external_id,
      row.email,
      row.name,
      row.outcome,
      row.field,
      row.value,
      row.reason ?? row.code,
    ].map((cell) => visible(cell ?? ''))
  let layout: ReturnType<typeof tableLayout> | null = null
  for await (const group of grouped(rows, rowsForWidths)) {
    const texts = group.map(cells)
    const isFirst = layout === null
    layout ??= tableLayout(columns, texts, style, {
      colour: (column, cell, row) =>
        column === 4 && (row[4] === 'rejected' || row[4] === 'failed') ? paint(style, 'yellow', cell) : cell,
    })
    yield `${[...(isFirst ? [layout.heading] : []), ...texts.map(layout.print)].join('\n')}\n`
  }
  if (layout === null) yield 'No rows.\n'
}

import type { TableColumn } from '../audience/pii.ts'
import type { ColumnUse } from '../project/column-uses.ts'
import { columnWire } from '../server/wire-columns.ts'
import { type Context, withApp } from './context.ts'
import { table as tableLines } from './table.ts'
import { paint, type Style, visible } from './text.ts'

const said = { declared: 'declared', confirmed: 'confirmed', guessed: 'guessed' } as const

/** A line for each column: whether it is personal, who says so and why, and how the column is filled. */
export function columnLines(columns: readonly TableColumn[], style: Style): string[] {
  const rows = columns.map(({ column, type, guess, effective, sample }) => [
    visible(column),
    visible(type),
    effective.pii ? 'personal' : 'free',
    said[effective.by],
    sample === null ? '?' : `${Math.round(sample.nullShare * 100)} %`,
    sample === null ? '?' : String(sample.distinct),
    visible(effective.by === 'guessed' ? guess.why : `guess: ${guess.pii ? 'personal' : 'free'}, ${guess.why}`),
  ])
  const personal = columns.filter((one) => one.effective.pii).length
  return [
    ...tableLines(
      [
        { title: 'COLUMN', shrinkTo: 12 },
        { title: 'TYPE', spare: 3, shrinkTo: 8 },
        { title: 'PII' },
        { title: 'SAID BY', spare: 1 },
        { title: 'NULL', align: 'right', spare: 4 },
        { title: 'DISTINCT', align: 'right', spare: 5 },
        { title: 'WHY', wraps: true, shrinkTo: 20 },
      ],
      rows,
      style,
      { colour: (index, cell, row) => (index === 2 && row[2] === 'personal' ? paint(style, 'yellow', cell) : cell) },
    ),
    '',
    `${personal} of ${columns.length} columns are personal. Declare them in deskside.yml, below \`pii\` of the table, where this is wrong.`,
  ]
}

/** What would break, or lose something, if a column went. */
export function useLines(uses: readonly ColumnUse[], column: string, style: Style): string[] {
  if (uses.length === 0) return [`Nothing needs the column ${visible(column)}.`]
  const rows = uses.map(({ kind, key, effect, detail, orchestrations }) =>
    [kind.replace('_', ' '), key, effect, orchestrations.join(', '), detail].map(visible),
  )
  return tableLines(
    [
      { title: 'KIND' },
      { title: 'KEY', shrinkTo: 10 },
      { title: 'EFFECT' },
      { title: 'SENT BY', spare: 2, shrinkTo: 8 },
      { title: 'WHY', wraps: true, shrinkTo: 24 },
    ],
    rows,
    style,
    { colour: (index, cell, row) => (index === 2 && row[2] === 'breaks' ? paint(style, 'red', cell) : cell) },
  )
}

export async function usesCommand(context: Context, table: string, column: string): Promise<number> {
  return await withApp(context, { isOffline: true }, async (app) => {
    const uses = await app.columnUses(table, column)
    if (context.isJson) await context.stdout.json({ table, column, uses })
    else await context.stdout.lines(useLines(uses, column, context.stdout.style(context.env)))
    return 0
  })
}

export async function columnsCommand(context: Context, table: string): Promise<number> {
  return await withApp(context, { isOffline: true }, async (app) => {
    const columns = await app.columns(table)
    if (context.isJson) await context.stdout.json({ table, columns: columns.map(columnWire) })
    else await context.stdout.lines(columnLines(columns, context.stdout.style(context.env)))
    return 0
  })
}

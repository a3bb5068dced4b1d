import { z } from 'zod'
import type { TableDetail } from '../app.ts'
import { columnKinds, kindOf, operatorsFor } from '../audience/columns.ts'
import type { LookedColumn } from '../audience/looks.ts'
import type { TableColumn } from '../audience/pii.ts'
import { operators } from '../audience/rules.ts'

export const column = z
  .object({
    column: z.string(),
    type: z.string().describe('A type of DuckDB.'),
    semantic: z.string().nullable().describe('What it holds, such as `email` or `given-name`; null: not known.'),
    pii: z.boolean().describe('Whether it is personal, by whoever has the last word.'),
    by: z.enum(['declared', 'confirmed', 'guessed']).describe('Who has it: deskside.yml, a person, or the guess.'),
    guess: z.object({ pii: z.boolean(), why: z.string() }),
    declared: z.boolean().nullable(),
    confirmed: z.boolean().nullable(),
    sample: z
      .object({
        rows: z.int().describe('Rows that were looked at, 10,000 at most.'),
        null_share: z.number(),
        distinct: z.int().describe('Different values, about.'),
      })
      .nullable()
      .describe('Null when the table could not be looked at; its columns are personal then.'),
  })
  .meta({ id: 'Column', description: 'A column of a table, without a value of it.' })

export const columnTags = z.strictObject({
  columns: z
    .record(z.string().min(1).max(1_000), z.boolean().nullable())
    .describe(
      'Column -> whether it is personal; null takes back what was said. Columns that are not named stay as they are.',
    ),
})

export function columnWire(one: TableColumn): z.output<typeof column> {
  const { effective, sample, ...rest } = one
  return {
    column: rest.column,
    type: rest.type,
    semantic: rest.semantic,
    pii: effective.pii,
    by: effective.by,
    guess: rest.guess,
    declared: rest.declared,
    confirmed: rest.confirmed,
    sample: sample === null ? null : { rows: sample.rows, null_share: sample.nullShare, distinct: sample.distinct },
  }
}

const lookedColumn = column
  .extend({
    kind: z.enum(columnKinds).describe('What rules take it for; `date`: times as well, compared by their day in UTC.'),
    operators: z.array(z.enum(operators)).describe('What rules may ask of it.'),
    completeness: z.number().nullable().describe('Share of the rows that have a value, from 0 to 1; exact.'),
    distinct: z.int().nullable().describe('Different values.'),
    uniqueness: z.number().nullable().describe('Different values for each value that there is, from 0 to 1.'),
    distinct_is_exact: z
      .boolean()
      .nullable()
      .describe('Whether they were counted exactly, as in tables of up to 10,000 rows.'),
    examples: z
      .array(z.object({ value: z.string(), rows: z.int().describe('Rows of a sample that have it.') }))
      .describe('The most usual values, cut at 100 characters; `[hidden]` where you may not see them.'),
  })
  .meta({ id: 'LookedColumn', description: 'A column with what was counted of it; null: the table could not be read.' })

export const tableLook = z
  .object({
    database: z.string().describe('Key of its database.'),
    table: z.string().describe('Its name in SQL.'),
    from: z.enum(['file', 'sql', 'attributes_table', 'upload', 'source']),
    source: z.string().nullable().describe('The file that holds it or its SQL; null of an uploaded one.'),
    rows: z.int().nullable(),
    columns: z.int(),
    last_loaded_at: z.string().nullable().describe('When its files, or those that its SQL reads, were last written.'),
    looked_at: z.string().describe('When the figures were taken; they are kept until the table is changed.'),
    problem: z.string().nullable().describe('Code of what kept the figures from being taken.'),
    items: z.array(lookedColumn),
  })
  .meta({ id: 'TableLook', description: 'A table with its figures.' })

export function tableWire(detail: TableDetail): z.output<typeof tableLook> {
  const { database, table, from, source, rows, columns, lastLoadedAt, lookedAt, problem } = detail
  return {
    ...{ database, table, from, source, rows, columns: columns.length },
    ...{ last_loaded_at: lastLoadedAt, looked_at: lookedAt, problem },
    items: columns.map((one, index) => ({
      ...columnWire(one),
      ...rulesWire(one, from === 'attributes_table' && index === 0),
      ...figuresWire(one, rows),
    })),
  }
}

function rulesWire({ column: name, type }: LookedColumn, isCustomerId: boolean) {
  return { kind: kindOf({ name, type }), operators: operatorsFor({ name, type }, isCustomerId) }
}

function figuresWire({ figures }: LookedColumn, rows: number | null) {
  if (figures === null || rows === null)
    return { completeness: null, distinct: null, uniqueness: null, distinct_is_exact: null, examples: [] }
  const { values, distinct, isExact, examples } = figures
  return {
    completeness: rows === 0 ? null : values / rows,
    distinct,
    uniqueness: values === 0 ? null : distinct / values,
    distinct_is_exact: isExact,
    examples,
  }
}

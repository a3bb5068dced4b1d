import { z } from 'zod'
import type { TableColumn } from '../audience/pii.ts'

export const column = z
  .object({
    column: z.string(),
    type: z.string().describe('A type of DuckDB.'),
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
  .meta({ id: 'Column', description: 'A column of a table; no value of it is ever shown here.' })

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
    pii: effective.pii,
    by: effective.by,
    guess: rest.guess,
    declared: rest.declared,
    confirmed: rest.confirmed,
    sample: sample === null ? null : { rows: sample.rows, null_share: sample.nullShare, distinct: sample.distinct },
  }
}

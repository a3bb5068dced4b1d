import { Problem } from '../problem.ts'
import type { Guess } from './guess.ts'

/** What somebody has said of the columns of a table: `true`, personal. Columns that are not in it were not spoken of. */
export type Tags = Readonly<Record<string, boolean>>

/** Of all tables, by name. */
export type TableTags = ReadonlyMap<string, Tags>

/** Whether a column is personal, and who says so. */
export interface EffectivePii {
  column: string
  pii: boolean
  by: 'declared' | 'confirmed' | 'guessed'
}

/**
 * Who has a say, in order: deskside.yml, then a person who confirmed it, then the guess. A column of which nobody says anything is personal.
 * Names are compared without case, as SQL does.
 */
export function effectivePii(
  tableColumns: readonly string[],
  declared: Tags,
  confirmed: Tags,
  guessed: ReadonlyMap<string, Pick<Guess, 'pii'>>,
): EffectivePii[] {
  return tableColumns.map((column): EffectivePii => {
    const said = tagOf(declared, column)
    if (said !== null) return { column, pii: said, by: 'declared' }
    const known = tagOf(confirmed, column)
    if (known !== null) return { column, pii: known, by: 'confirmed' }
    return { column, pii: guessed.get(column)?.pii ?? true, by: 'guessed' }
  })
}

/** What the tags say of a column; null: nothing. */
export function tagOf(tags: Tags, column: string): boolean | null {
  const found = Object.entries(tags).find(([name]) => name.toLowerCase() === column.toLowerCase())
  return found === undefined ? null : found[1]
}

/** The tags of a table, whose name is compared without case. */
export function tagsOf(tags: TableTags, table: string): Tags {
  for (const [name, found] of tags) if (name.toLowerCase() === table.toLowerCase()) return found
  return {}
}

/**
 * A tag of a column that is not there protects nothing, and its author believes that it does. Throws `config.invalid`.
 */
export function assertDeclared(table: string, declared: Tags, columns: readonly string[]): void {
  const known = new Set(columns.map((column) => column.toLowerCase()))
  const unknown = Object.keys(declared).filter((column) => !known.has(column.toLowerCase()))
  if (unknown.length === 0) return
  throw new Problem('config.invalid', {
    message: `Table ${table}, pii: there is no column ${unknown.join(', ')}; the columns are ${columns.join(', ')}.`,
    data: { table, columns: unknown },
  })
}

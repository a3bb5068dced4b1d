import type { Definition, Problem } from '../../api/operations.ts'

export interface MappingRow {
  /** Of the row alone: columns and attributes change while one types. */
  id: number
  column: string
  attribute: string
}

/** An attributes table as it is being edited. */
export interface Draft {
  key: string
  name: string
  description: string
  id: string
  segments: boolean
  text: string
  mapping: MappingRow[]
  database: string | null
  /** What the form has no field for, kept as it is. */
  rest: Definition['body']
}

let rows = 0
export const mappingRow = (column: string, attribute: string): MappingRow => ({ id: rows++, column, attribute })

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

export const emptyDraft = (): Draft => ({
  ...{ key: '', name: '', description: '', id: 'amperity_id', segments: true, mapping: [], database: null, rest: {} },
  text: 'SELECT\n  amperity_id,\n  amperity_id AS external_id,\n  email,\n  full_name AS name\nFROM ',
})

export function draftOf({ key, body }: Pick<Definition, 'key' | 'body'>): Draft {
  const { name, description, id, segments, text, mapping, database, ...rest } = body
  return {
    ...{ key, rest, segments: segments === true, text: textOf(text) },
    ...{ name: textOf(name), description: textOf(description), id: textOf(id) || 'amperity_id' },
    mapping: Object.entries((mapping ?? {}) as Record<string, string>).map(([column, to]) => mappingRow(column, to)),
    database: textOf(database) || null,
  }
}

/** As the API takes it; rows of the mapping that nobody has filled are left out. */
export function bodyOf({ key, name, description, id, segments, text, mapping, database, rest }: Draft) {
  const filled = mapping.filter(({ column, attribute }) => column.trim() !== '' || attribute.trim() !== '')
  return {
    sql: `${key || 'attributes'}.sql`,
    ...rest,
    ...{ id: id.trim(), segments, text },
    ...(name.trim() !== '' && { name: name.trim() }),
    ...(description.trim() !== '' && { description: description.trim() }),
    ...(database !== null && { database }),
    ...(filled.length > 0 && {
      mapping: Object.fromEntries(filled.map(({ column, attribute }) => [column.trim(), attribute.trim()])),
    }),
  }
}

/** Whether something was entered that the object does not have. */
export const isChanged = (draft: Draft, definition: Pick<Definition, 'key' | 'body'>): boolean =>
  JSON.stringify(sorted(bodyOf(draft))) !== JSON.stringify(sorted(bodyOf(draftOf(definition))))

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}

/** Field of the form -> what is wrong with it; what belongs to no field is left to the card. */
export function mistakesOf(problem: Problem | null): Record<string, string> {
  if (problem === null) return {}
  const listed = Array.isArray(problem.problems) ? (problem.problems as { path: string; message: string }[]) : []
  const errors = (problem.errors ?? []).map(({ pointer, message }) => ({
    path: pointer.replace(/^\/body\/(body\/)?/, '').replaceAll('/', '.'),
    message,
  }))
  return Object.fromEntries([...listed, ...errors].map(({ path, message }) => [path, message]))
}

/** The place in the SQL that a refusal names. */
export function placeOf(problem: Problem | null): { line: number; column: number; message: string }[] {
  if (problem === null || typeof problem.line !== 'number') return []
  const column = typeof problem.column === 'number' ? problem.column : 1
  return [{ line: problem.line, column, message: problem.detail }]
}

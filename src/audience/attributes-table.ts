import { Problem } from '../problem.ts'
import { identifier } from '../sql-text.ts'
import { type Column, columnNamed } from './columns.ts'
import type { RuleMistake } from './condition.ts'

/** A table of people whose columns are what a destination wants to know of them. */
export interface AttributesTable {
  key: string
  name: string
  description: string | null
  /** One SELECT, and its file relative to the project. */
  sql: string
  file: string
  /** Name of its first column, the customer id. */
  id: string
  /** Whether the visual segment editor offers it. */
  segments: boolean
  /** Column -> attribute of a destination. */
  mapping: Readonly<Record<string, string>>
}

/** A column and the attribute that it is delivered as. */
interface MappedColumn {
  column: Column
  attribute: string
}

const legalName = /^[A-Za-z][A-Za-z0-9_]*$/

/**
 * The id column of an attributes table, whose columns were bound. Throws `query.invalid` with file and column where the first column is not
 * the id, or where a name is none that the editor and destinations can use.
 */
export function checkAttributesTable(table: AttributesTable, columns: readonly Column[]): Column {
  const first = columns[0]!
  const wrong = (column: string, message: string, fix: string) =>
    new Problem('query.invalid', {
      message: `${table.file}: ${message}`,
      fix,
      data: { file: table.file, column_name: column, attributes_table: table.key },
    })
  for (const { name } of columns) {
    if (legalName.test(name)) continue
    throw wrong(
      name,
      `the column ${name} of the attributes table ${table.key} must start with a letter and go on with letters, digits and _.`,
      `Give the column such a name with AS, and map it under \`mapping\` of attributes_tables.${table.key} to the attribute it stands for.`,
    )
  }
  if (first.name.toLowerCase() !== table.id.toLowerCase()) {
    throw wrong(
      first.name,
      `the first column of the attributes table ${table.key} must be ${table.id}, the customer id, and is ${first.name}.`,
      `Select ${table.id} first, or name the first column under \`id\` of attributes_tables.${table.key}.`,
    )
  }
  return first
}

/** Whose columns these are, where `mapping` stands (null: at the top), and the name of the list of fields beside it. */
interface MappingSubject {
  of: string
  path: string | null
  list: 'fields' | 'columns'
}

/**
 * Columns and what they are delivered as: these fields, or else all. Names that are no columns, and two columns that would be one attribute, are
 * added to `mistakes`, all of them.
 */
export function readMapped(
  subject: MappingSubject,
  columns: readonly Column[],
  { mapping, fields }: { mapping: Readonly<Record<string, string>>; fields: readonly string[] | null },
  mistakes: RuleMistake[],
): MappedColumn[] {
  const at = (...place: (string | number)[]) => [...(subject.path === null ? [] : [subject.path]), ...place].join('.')
  const find = (name: string, path: string): Column[] => {
    const found = columnNamed(columns, name, subject.of)
    if (!('message' in found)) return [found]
    mistakes.push({ path, message: found.message })
    return []
  }
  const attributes = new Map<string, string>()
  for (const [name, attribute] of Object.entries(mapping))
    for (const column of find(name, at('mapping', name))) attributes.set(column.name, attribute)
  const placeOf = (column: Column, index: number) =>
    fields === null ? at('mapping', column.name) : at(subject.list, index)
  const taken = new Map<string, string>()
  const chosen =
    fields === null ? columns.map((one) => [one]) : fields.map((name, index) => find(name, at(subject.list, index)))
  return chosen.flatMap((found, index) =>
    found.map((column) => {
      const attribute = attributes.get(column.name) ?? column.name
      const other = taken.get(attribute.toLowerCase())
      if (other !== undefined)
        mistakes.push({
          path: placeOf(column, index),
          message: `the columns ${other} and ${column.name} are both ${attribute}`,
        })
      taken.set(attribute.toLowerCase(), column.name)
      return { column, attribute }
    }),
  )
}

/** The same, without mistakes. Throws `segment.invalid` with all of them. */
export function mapped(
  subject: MappingSubject,
  columns: readonly Column[],
  mapping: Readonly<Record<string, string>>,
  fields: readonly string[] | null,
): MappedColumn[] {
  const mistakes: RuleMistake[] = []
  const found = readMapped(subject, columns, { mapping, fields }, mistakes)
  if (mistakes.length === 0) return found
  throw new Problem('segment.invalid', {
    message: mistakes.map(({ path, message }) => `${path}: ${message}.`).join(' '),
    data: { problems: mistakes.map((mistake) => ({ ...mistake })) },
  })
}

/** `"email", "city" AS "user_fields.city"`. */
export function selected(columns: readonly MappedColumn[]): string {
  return columns
    .map(({ column, attribute }) =>
      column.name === attribute ? identifier(column.name) : `${identifier(column.name)} AS ${identifier(attribute)}`,
    )
    .join(', ')
}

/** The SELECT that delivers an attributes table: its own text where nothing is renamed. */
export function attributesTableSql(table: AttributesTable, columns: readonly Column[]): string {
  const all = mapped(
    { of: `the attributes table ${table.key}`, path: `attributes_tables.${table.key}`, list: 'fields' },
    columns,
    table.mapping,
    null,
  )
  if (all.every(({ column, attribute }) => column.name === attribute)) return table.sql
  return `SELECT ${selected(all)}\nFROM ${identifier(table.key)}\n`
}

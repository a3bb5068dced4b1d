import { Problem } from '../problem.ts'
import { identifier } from '../sql-text.ts'
import { type Column, columnNamed } from './columns.ts'

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

/**
 * Columns and what they are delivered as: these fields, or else all. `path` is where `mapping` stands, null: at the top; `list` is the name of
 * the list of fields beside it. Throws `segment.invalid` for names that are no columns, and for two columns that would be one attribute.
 */
export function mapped(
  subject: { of: string; path: string | null; list: 'fields' | 'columns' },
  columns: readonly Column[],
  mapping: Readonly<Record<string, string>>,
  fields: readonly string[] | null,
): MappedColumn[] {
  const find = (name: string, path: string): Column => {
    const found = columnNamed(columns, name, subject.of)
    if (!('message' in found)) return found
    throw invalid(path, found.message)
  }
  const at = (...place: (string | number)[]) => [...(subject.path === null ? [] : [subject.path]), ...place].join('.')
  const attributes = new Map<string, string>()
  for (const [name, attribute] of Object.entries(mapping))
    attributes.set(find(name, at('mapping', name)).name, attribute)
  const chosen = fields === null ? columns : fields.map((field, index) => find(field, at(subject.list, index)))
  const found = chosen.map((column) => ({ column, attribute: attributes.get(column.name) ?? column.name }))
  const taken = new Map<string, string>()
  for (const [index, { column, attribute }] of found.entries()) {
    const other = taken.get(attribute.toLowerCase())
    if (other !== undefined) {
      const place = fields === null ? at('mapping', column.name) : at(subject.list, index)
      throw invalid(place, `the columns ${other} and ${column.name} are both ${attribute}`)
    }
    taken.set(attribute.toLowerCase(), column.name)
  }
  return found
}

function invalid(path: string, message: string): Problem {
  return new Problem('segment.invalid', {
    message: `${path}: ${message}.`,
    data: { problems: [{ path, message }] },
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

/** What is needed of a column to guess what it is for. */
export interface KnownColumn {
  column: string
  type: string
  semantic: string | null
}

/** Attributes that Zendesk knows by these names, and how columns that feed them are usually called. The first that fits is taken. */
const attributes: readonly { name: string; semantics: readonly string[]; names: RegExp }[] = [
  {
    name: 'external_id',
    semantics: ['customer-id', 'id'],
    names: /^(external_?id|customer_?id|person_?id|user_?id|client_?id|id)$/i,
  },
  { name: 'email', semantics: ['email'], names: /^(e_?mail|email_?address|mail)$/i },
  { name: 'name', semantics: ['full-name'], names: /^(full_?name|name|customer_?name|display_?name)$/i },
  { name: 'phone', semantics: ['phone'], names: /^(phone|phone_?number|telephone|mobile)$/i },
]

const given = /^(given_?name|first_?name)$/i
const family = /^(surname|last_?name|family_?name)$/i

/** As SQL names things; quoted only where it must be. */
const quoted = (name: string) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`)

/**
 * A first SELECT over a table: the columns that are surely meant for an attribute, under its name. Who it is for looks at it and goes on from
 * there; what is not recognised is left out rather than guessed.
 */
export function starterSql(table: string, columns: readonly KnownColumn[]): string {
  const taken = new Set<string>()
  const lines = attributes.flatMap(({ name, semantics, names }) => {
    const found =
      columns.find(({ column }) => names.test(column)) ??
      columns.find(({ column, semantic }) => !taken.has(column) && semantic !== null && semantics.includes(semantic))
    if (found === undefined) return name === 'name' ? fullName(columns) : []
    taken.add(found.column)
    return [found.column === name ? `  ${name}` : `  ${quoted(found.column)} AS ${name}`]
  })
  const list = lines.length === 0 ? ['  *'] : lines
  return `SELECT\n${list.join(',\n')}\nFROM ${quoted(table)}\n`
}

function fullName(columns: readonly KnownColumn[]): string[] {
  const first = columns.find(({ column }) => given.test(column))
  const last = columns.find(({ column }) => family.test(column))
  if (first === undefined || last === undefined) return []
  return [`  ${quoted(first.column)} || ' ' || ${quoted(last.column)} AS name`]
}

/** What a row needs before Zendesk can have it: a name, and an id or an address. Empty when the columns have it. */
export function lacking(columns: readonly string[]): string[] {
  const names = new Set(columns.map((column) => column.toLowerCase()))
  return [
    ...(names.has('name') ? [] : ['a column name']),
    ...(names.has('external_id') || names.has('email') ? [] : ['a column external_id or email']),
  ]
}

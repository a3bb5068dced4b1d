import { nameOf } from '../../api/definition.ts'
import type { Definition } from '../../api/operations.ts'
import { fromBuilder, isGroup, type NamedMistake, type RuleGroup, ruleCount } from '../../parts/rules/model.ts'
import { tableOf, tableTitle } from '../../parts/sql/schema.ts'
import type { QueryBody } from './model.ts'

/** What the records of a visual query are of: a table or an attributes table. */
export interface Source {
  kind: 'table' | 'attributes_table'
  key: string
  /** Its name in the SQL of its database. */
  from: string
  /** Null: there is only one. */
  database: string | null
  label: string
}

export function sourcesOf(tables: readonly Definition[], attributesTables: readonly Definition[]): Source[] {
  const isOne = new Set(tables.map((one) => tableOf(one).database)).size < 2
  const labelled = (of: Omit<Source, 'label'>, name: string): Source => ({
    ...of,
    label: of.database === null ? name : `${name} · ${of.database}`,
  })
  return [
    ...tables.map((one) => {
      const { database, table } = tableOf(one)
      return labelled({ kind: 'table', key: one.key, from: table, database: isOne ? null : database }, tableTitle(one))
    }),
    ...attributesTables.map((one) => {
      const { key, body } = one
      const database = isOne || typeof body.database !== 'string' ? null : body.database
      return labelled({ kind: 'attributes_table', key, from: key, database }, nameOf(one))
    }),
  ]
}

/** The table that a query names. Where there is only one database, it does not matter whether the query names that. */
export function sourceOf(sources: readonly Source[], { from = '', database }: QueryBody): Source | undefined {
  return sources.find(
    (one) =>
      one.from.toLowerCase() === from.toLowerCase() && (one.database === null || one.database === (database ?? null)),
  )
}

/** What a visual query says of its rows, which is all that its SQL needs. */
export function askedOf({ from, database, where, columns, mapping }: QueryBody): Record<string, unknown> {
  const said = { from, database, where, columns, mapping }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
}

/** Rules as they are saved: a condition without a column says nothing yet and stays in the page alone. */
export function whereOf(group: RuleGroup): RuleGroup | undefined {
  if (ruleCount(group) === 0) return undefined
  const begun = (of: RuleGroup): RuleGroup => ({
    ...of,
    rules: of.rules.flatMap((one): RuleGroup['rules'] => {
      if (isGroup(one)) return [begun(one)]
      return one.field === '' ? [] : [one]
    }),
  })
  const finished = begun(fromBuilder(group))
  return ruleCount(finished) === 0 ? undefined : finished
}

/** The list with one of its entries at another place. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = list.filter((_, index) => index !== from)
  return [...rest.slice(0, to), ...list.slice(from, from + 1), ...rest.slice(to)]
}

/** A name of its own for each entry, also where one stands there twice, which stays when the list is put into another order. */
export function occurrences(list: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return list.map((one) => {
    const times = (seen.get(one) ?? 0) + 1
    seen.set(one, times)
    return `${one} ${times}`
  })
}

/** The mapping with another attribute for a column; none: the column keeps its name. */
export function mappedTo(mapping: Record<string, string> | undefined, column: string, attribute: string) {
  const { [column]: _, ...others } = mapping ?? {}
  const next = attribute.trim() === '' ? others : { ...others, [column]: attribute }
  return Object.keys(next).length === 0 ? undefined : next
}

export interface PlacedMistakes {
  from: string | undefined
  columns: string | undefined
  /** By the name of the column. */
  ofColumn: Record<string, string>
  /** What has no place in the editor. */
  others: NamedMistake[]
}

/** Sorts mistakes of the API to what they are about; those of rules are sorted by `mistakesAt`. */
export function placed(mistakes: readonly NamedMistake[], { columns = [] }: QueryBody): PlacedMistakes {
  const found: PlacedMistakes = { from: undefined, columns: undefined, ofColumn: {}, others: [] }
  for (const mistake of mistakes) {
    const [, list, name = ''] = /^(from|columns|mapping)(?:\.(.*))?$/.exec(mistake.path) ?? []
    const message = `${mistake.message.charAt(0).toUpperCase()}${mistake.message.slice(1)}.`
    const column = list === 'columns' && name !== '' ? columns[Number(name)] : list === 'mapping' ? name : undefined
    if (list === 'from') found.from = message
    else if (column !== undefined) found.ofColumn[column] ??= message
    else if (list === 'columns') found.columns = message
    else found.others.push(mistake)
  }
  return found
}

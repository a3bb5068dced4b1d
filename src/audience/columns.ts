import { didYouMean } from '../did-you-mean.ts'
import type { Operator } from './rules.ts'

/** A column as an engine binds it. */
export interface Column {
  name: string
  /** Name of a DuckDB type. */
  type: string
}

/** What rules may ask of a column. Times are compared by their day in UTC. */
export const columnKinds = ['text', 'integer', 'number', 'date', 'boolean', 'other'] as const
export type Kind = (typeof columnKinds)[number]

const kinds: [pattern: RegExp, kind: Kind][] = [
  [/^(VARCHAR|UUID|ENUM\(.*\))$/, 'text'],
  [/^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/, 'integer'],
  [/^(FLOAT|DOUBLE|DECIMAL\(.*\))$/, 'number'],
  [/^(DATE|TIMESTAMP(_S|_MS|_NS)?|TIMESTAMP WITH TIME ZONE)$/, 'date'],
  [/^BOOLEAN$/, 'boolean'],
]

export function kindOf({ type }: Column): Kind {
  return kinds.find(([pattern]) => pattern.test(type))?.[1] ?? 'other'
}

const always = ['null', 'notNull', 'inList', 'notInList', 'inSegment', 'notInSegment'] as const
const equality = ['=', '!=', ...always] as const
const ordered = [...equality, '<', '<=', '>', '>=', 'in', 'notIn', 'between', 'notBetween'] as const
const text = [
  ...ordered,
  'contains',
  'doesNotContain',
  'beginsWith',
  'doesNotBeginWith',
  'endsWith',
  'doesNotEndWith',
] as const

/** Operators that go with a kind of column. */
export const operatorsOf: Record<Kind, readonly Operator[]> = {
  text,
  integer: ordered,
  number: ordered,
  date: ordered,
  boolean: equality,
  other: ['null', 'notNull'],
}

/** What rules may ask of a column of a table; segments are asked about at the customer id alone. */
export function operatorsFor(column: Column, isCustomerId: boolean): Operator[] {
  const all = operatorsOf[kindOf(column)]
  return isCustomerId ? [...all] : all.filter((one) => one !== 'inSegment' && one !== 'notInSegment')
}

/** The column of that name, whatever its case, as in SQL; or the sentence that says why there is none. */
export function columnNamed<T extends { name: string }>(
  columns: readonly T[],
  name: string,
  of: string,
): T | { message: string } {
  const lower = name.toLowerCase()
  const found = columns.find((one) => one.name === name) ?? columns.find((one) => one.name.toLowerCase() === lower)
  if (found !== undefined) return found
  const names = columns.map((one) => one.name)
  const nearest = didYouMean(name, names)
  const hint = nearest === null ? `; its columns are ${names.join(', ')}` : `; did you mean ${nearest}?`
  return { message: `${of} has no column ${name}${hint}` }
}

import { counted } from '../values.tsx'
import { type Kind, type Operator, type RelativeDay, type Rule, type RuleGroup, type Scalar, shapeOf } from './model.ts'

const common: Record<Operator, string> = {
  '=': 'is',
  '!=': 'is not',
  '<': 'is less than',
  '<=': 'is at most',
  '>': 'is more than',
  '>=': 'is at least',
  contains: 'contains',
  doesNotContain: 'does not contain',
  beginsWith: 'begins with',
  doesNotBeginWith: 'does not begin with',
  endsWith: 'ends with',
  doesNotEndWith: 'does not end with',
  null: 'has no value',
  notNull: 'has a value',
  in: 'is one of',
  notIn: 'is none of',
  between: 'is between',
  notBetween: 'is not between',
  inSegment: 'is in the segment',
  notInSegment: 'is not in the segment',
  inList: 'is in the list',
  notInList: 'is not in the list',
}

const special: Partial<Record<Kind, Partial<Record<Operator, string>>>> = {
  text: {
    '<': 'comes before',
    '<=': 'is or comes before',
    '>': 'comes after',
    '>=': 'is or comes after',
  },
  date: {
    '=': 'is on',
    '!=': 'is not on',
    '<': 'is before',
    '<=': 'is on or before',
    '>': 'is after',
    '>=': 'is on or after',
    in: 'is on one of',
    notIn: 'is on none of',
  },
}

/** An operator as it reads between a column and a value. */
export const operatorWords = (operator: Operator, kind: Kind | undefined): string =>
  (kind === undefined ? undefined : special[kind]?.[operator]) ?? common[operator]

/** The four things that a group can say, in words. */
export const groupWords = { all: 'all', any: 'any', none: 'none', notAll: 'not all' } as const
export type GroupSays = keyof typeof groupWords

export function groupSays({ combinator, not }: Pick<RuleGroup, 'combinator' | 'not'>): GroupSays {
  if (combinator === 'and') return not === true ? 'notAll' : 'all'
  return not === true ? 'none' : 'any'
}

export function groupOf(says: GroupSays): { combinator: 'and' | 'or'; not: boolean } {
  return { combinator: says === 'all' || says === 'notAll' ? 'and' : 'or', not: says === 'none' || says === 'notAll' }
}

/** `30 days ago`, `today`, `in 2 years` */
export function relativeWords({ today, unit = 'days' }: RelativeDay): string {
  if (today === 0) return 'today'
  const distance = counted(Math.abs(today), unit.slice(0, -1))
  return today < 0 ? `${distance} ago` : `in ${distance}`
}

export function scalarWords(value: Scalar | null, kind: Kind | undefined): string {
  if (value === null) return '…'
  if (typeof value === 'object') return relativeWords(value)
  if (value === '') return 'empty text'
  return typeof value === 'string' && (kind === 'text' || kind === undefined) ? `“${value}”` : String(value)
}

const MOST = 5

/** What a rule compares with, in words; null where it compares with nothing. */
export function valueWords({ operator, value = null, valueSource }: Rule, kind: Kind | undefined): string | null {
  const shape = shapeOf(operator)
  if (shape === 'none') return null
  if (valueSource === 'field') return `the column ${String(value ?? '…')}`
  if (shape === 'segment' || shape === 'list') return value === null || value === '' ? '…' : String(value)
  if (!Array.isArray(value)) return scalarWords(value, kind)
  const words = value.map((one) => scalarWords(one, kind))
  if (shape === 'pair') return `${words[0] ?? '…'} and ${words[1] ?? '…'}`
  if (words.length === 0) return '…'
  if (words.length > MOST) return `${words.slice(0, MOST - 1).join(', ')} or ${words.length - MOST + 1} others`
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

/** `city is one of “Boston” or “Cambridge”` */
export function ruleWords(rule: Rule, kind: Kind | undefined): string {
  const value = valueWords(rule, kind)
  const field = rule.field === '' ? '…' : rule.field
  return [field, operatorWords(rule.operator, kind), ...(value === null ? [] : [value])].join(' ')
}

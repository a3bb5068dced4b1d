import { Problem } from '../problem.ts'
import { type Column, columnNamed, type Kind, kindOf, operatorsOf } from './columns.ts'
import { isGroup, type Operator, type RelativeDay, type Rule, type RuleGroup, type RuleValue } from './rules.ts'

/** A value of the kind of its column, ready to be compared. */
export type Operand =
  | { kind: 'text'; text: string }
  | { kind: 'integer'; integer: bigint }
  | { kind: 'number'; number: number }
  | { kind: 'date'; day: string }
  | { kind: 'today'; amount: number; unit: 'days' | 'months' | 'years' }
  | { kind: 'boolean'; boolean: boolean }

/** Operators that compare, without those that negate another. */
const comparisons = ['=', '<', '<=', '>', '>='] as const
export type Comparison = (typeof comparisons)[number]

/**
 * A test of one column. About NULL each is false, but for `null`; `negated` turns the answer round, so that a test and its negation never
 * agree.
 */
export type Test = { column: Column; kind: Kind; negated: boolean } & (
  | { test: 'null' }
  | { test: 'compare'; operator: Comparison; with: Operand }
  | { test: 'compareColumn'; operator: Comparison; other: Column }
  | { test: 'text'; operator: 'contains' | 'beginsWith' | 'endsWith'; text: string }
  | { test: 'in'; of: Operand[] }
  | { test: 'between'; low: Operand; high: Operand }
  | { test: 'inSegment'; segment: string }
  | { test: 'inList'; table: string }
)

/** Checked rules: every column is there, and every value is of its kind. Null says nothing. */
export type Condition = Test | { all: Condition[]; negated: boolean } | { any: Condition[]; negated: boolean }

/** What rules are read with. */
export interface RuleGround {
  /** "the attributes table Zendesk_Attributes": whose columns these are. */
  of: string
  columns: readonly Column[]
  /** The column of the customer id, which `inSegment` asks about; null where there are no customers. */
  id: string | null
  /** Keys of the segments, and tables that can be lists. */
  segments: readonly string[]
  lists: readonly string[]
}

/** What is wrong with rules: where in them, such as `include.rules.0.value`, and what. */
export interface RuleMistake {
  path: string
  message: string
}

/** Rules against the columns that they are about; null: they say nothing. Mistakes are added to `mistakes`, all of them. */
export function readRules(
  group: RuleGroup,
  ground: RuleGround,
  path: string,
  mistakes: RuleMistake[],
): Condition | null {
  const conditions = group.rules.flatMap((one, index) => {
    const place = `${path}.rules.${index}`
    const read = isGroup(one) ? readRules(one, ground, place, mistakes) : readRule(one, ground, place, mistakes)
    return read === null ? [] : [read]
  })
  if (conditions.length === 0) return null
  const negated = group.not === true
  return group.combinator === 'and' ? { all: conditions, negated } : { any: conditions, negated }
}

/** Throws `segment.invalid` with every mistake. */
export function assertNoMistakes(subject: string, mistakes: readonly RuleMistake[]): void {
  if (mistakes.length === 0) return
  const listed = mistakes.map(({ path, message }) => `${path}: ${message}`)
  throw new Problem('segment.invalid', {
    message: `${subject} has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}: ${listed.join('. ')}.`,
    data: { problems: mistakes.map((mistake) => ({ ...mistake })) },
  })
}

const positive: Partial<Record<Operator, Operator>> = {
  '!=': '=',
  doesNotContain: 'contains',
  doesNotBeginWith: 'beginsWith',
  doesNotEndWith: 'endsWith',
  notNull: 'null',
  notIn: 'in',
  notBetween: 'between',
  notInSegment: 'inSegment',
  notInList: 'inList',
}

/** A mistake of the rule that is being read. */
class Mistake extends Error {
  readonly at: 'field' | 'operator' | 'value'

  constructor(at: 'field' | 'operator' | 'value', message: string) {
    super(message)
    this.at = at
  }
}

function readRule(rule: Rule, ground: RuleGround, path: string, mistakes: RuleMistake[]): Condition | null {
  try {
    return testOf(rule, ground)
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    mistakes.push({ path: `${path}.${error.at}`, message: error.message })
    return null
  }
}

function testOf(rule: Rule, ground: RuleGround): Test {
  const column = columnNamed(ground.columns, rule.field, ground.of)
  if ('message' in column) throw new Mistake('field', column.message)
  const kind = kindOf(column)
  if (!operatorsOf[kind].includes(rule.operator)) {
    const legal = operatorsOf[kind].join(', ')
    const noun = kind === 'other' ? column.type : kind
    throw new Mistake('operator', `${rule.operator} does not go with ${column.name}, which is ${noun}; use ${legal}`)
  }
  const operator = positive[rule.operator] ?? rule.operator
  const common = { column, kind, negated: operator !== rule.operator }
  if (rule.valueSource === 'field') return { ...common, ...againstColumn(operator, rule, kind, ground) }
  switch (operator) {
    case 'null':
      return { ...common, test: 'null' }
    case 'contains':
    case 'beginsWith':
    case 'endsWith':
      return { ...common, test: 'text', operator, text: textIn(single(rule.value)) }
    case 'in':
      return { ...common, test: 'in', of: several(rule.value).map((one) => operand(kind, one)) }
    case 'between': {
      const ends = several(rule.value)
      if (ends.length !== 2) throw new Mistake('value', 'must be two values, the lowest and the highest')
      return { ...common, test: 'between', low: operand(kind, ends[0]!), high: operand(kind, ends[1]!) }
    }
    case 'inSegment':
      return { ...common, ...inSegment(rule, column, ground) }
    case 'inList': {
      const table = columnNamed(
        ground.lists.map((name) => ({ name })),
        String(rule.value ?? ''),
        'database.tables',
      )
      if ('message' in table) throw new Mistake('value', `${String(rule.value ?? '')} is no table that could be a list`)
      return { ...common, test: 'inList', table: table.name }
    }
    default:
      return { ...common, test: 'compare', operator: operator as Comparison, with: operand(kind, single(rule.value)) }
  }
}

function againstColumn(operator: Operator, rule: Rule, kind: Kind, ground: RuleGround) {
  if (!comparisons.some((one) => one === operator))
    throw new Mistake('operator', `${rule.operator} compares with no column`)
  const other = columnNamed(ground.columns, String(rule.value ?? ''), ground.of)
  if ('message' in other) throw new Mistake('value', other.message)
  const otherKind = kindOf(other)
  const isNumber = (one: Kind) => one === 'integer' || one === 'number'
  if (otherKind !== kind && !(isNumber(kind) && isNumber(otherKind)))
    throw new Mistake('value', `${other.name} is ${otherKind} and cannot be compared with ${kind}`)
  return { test: 'compareColumn' as const, operator: operator as Comparison, other }
}

function inSegment(rule: Rule, column: Column, { id, segments }: RuleGround) {
  if (id === null || column.name.toLowerCase() !== id.toLowerCase())
    throw new Mistake('field', id === null ? 'only segments ask for segments' : `must be ${id}, the customer id`)
  const key = String(rule.value ?? '')
  const found = columnNamed(
    segments.map((name) => ({ name })),
    key,
    'segments',
  )
  if ('message' in found || found.name !== key) throw new Mistake('value', `${key} is the key of no segment`)
  return { test: 'inSegment' as const, segment: key }
}

type Scalar = string | number | boolean | RelativeDay

function single(value: RuleValue | undefined): Scalar {
  if (value === undefined || value === null) throw new Mistake('value', 'is missing')
  if (Array.isArray(value)) throw new Mistake('value', 'must be one value')
  return value
}

/** A list, or a text with commas, as react-querybuilder's plain editors make it. */
function several(value: RuleValue | undefined): Scalar[] {
  if (value === undefined || value === null) throw new Mistake('value', 'is missing')
  const list = Array.isArray(value)
    ? value
    : typeof value === 'string'
      ? value.split(',').map((one) => one.trim())
      : [value]
  const given = list.filter((one) => Array.isArray(value) || one !== '')
  if (given.length === 0) throw new Mistake('value', 'must hold at least one value')
  return given
}

function textIn(value: Scalar): string {
  if (typeof value === 'object') throw new Mistake('value', 'must be text')
  const text = String(value)
  if (!text.isWellFormed() || text.includes('\0')) throw new Mistake('value', 'holds characters that are no text')
  return text
}

/** Widest whole numbers that are compared exactly, in both ways of judging a rule. */
const widest = 10n ** 18n

function operand(kind: Kind, value: Scalar): Operand {
  switch (kind) {
    case 'text':
      return { kind: 'text', text: textIn(value) }
    case 'integer': {
      const text = typeof value === 'object' ? '' : String(value).trim()
      const integer = /^[-+]?\d{1,19}$/.test(text) ? BigInt(text.replace('+', '')) : null
      if (integer === null) return { kind: 'number', number: numberIn(value) }
      if (integer > widest || integer < -widest) throw new Mistake('value', 'has too many digits')
      return { kind: 'integer', integer }
    }
    case 'number':
      return { kind: 'number', number: numberIn(value) }
    case 'date':
      return dayIn(value)
    case 'boolean': {
      const text = String(value).toLowerCase()
      if (text !== 'true' && text !== 'false') throw new Mistake('value', 'must be true or false')
      return { kind: 'boolean', boolean: text === 'true' }
    }
    case 'other':
      throw new Mistake('value', 'cannot be compared')
    default:
      return kind satisfies never
  }
}

function numberIn(value: Scalar): number {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : ''
  const number = /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  if (!Number.isFinite(number)) throw new Mistake('value', 'must be a number')
  // Minus zero equals zero.
  return number === 0 ? 0 : number
}

function dayIn(value: Scalar): Operand {
  if (typeof value === 'object') return { kind: 'today', amount: value.today, unit: value.unit ?? 'days' }
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(String(value).trim())
  const year = Number(day?.[1])
  const date = new Date(`${day?.[0]}T00:00:00Z`)
  // 30 February would be a day in March.
  if (day === null || year === 0 || Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== day[0])
    throw new Mistake('value', 'must be a day such as 2026-02-28, or one from today such as { today: -30 }')
  return { kind: 'date', day: day[0] }
}

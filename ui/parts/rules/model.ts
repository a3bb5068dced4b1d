import type { LookedColumn } from '../../api/operations.ts'

/** Rules as the API has them, and as react-querybuilder keeps them: the same tree, in which every node has an id. */
export type Kind = LookedColumn['kind']
export type Operator = LookedColumn['operators'][number]
export interface RelativeDay {
  today: number
  unit?: 'days' | 'months' | 'years'
}
export type Scalar = string | number | boolean | RelativeDay
/** Null: nobody has entered one yet. Of a pair, each end may be missing. */
export type RuleValue = Scalar | (Scalar | null)[] | null

export interface Rule {
  id?: string
  disabled?: boolean
  field: string
  operator: Operator
  value?: RuleValue
  valueSource?: 'value' | 'field'
}

export interface RuleGroup {
  id?: string
  disabled?: boolean
  combinator: 'and' | 'or'
  not?: boolean
  rules: (Rule | RuleGroup)[]
}

export const isGroup = (one: Rule | RuleGroup): one is RuleGroup => 'rules' in one

/** What an operator compares with. */
export type Shape = 'none' | 'one' | 'several' | 'pair' | 'segment' | 'list'

const shapes: Partial<Record<Operator, Shape>> = {
  null: 'none',
  notNull: 'none',
  in: 'several',
  notIn: 'several',
  between: 'pair',
  notBetween: 'pair',
  inSegment: 'segment',
  notInSegment: 'segment',
  inList: 'list',
  notInList: 'list',
}

export const shapeOf = (operator: Operator): Shape => shapes[operator] ?? 'one'

/** Operators that can compare with another column. */
const comparisons: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>=']
export const comparesColumns = (operator: Operator): boolean => comparisons.includes(operator)

/** Ids that were made here begin so, and are not saved. */
const OURS = '~'
let made = 0
export const newId = (): string => `${OURS}${++made}`

export const emptyGroup = (): RuleGroup => ({ id: newId(), combinator: 'and', rules: [] })
export const newRule = (): Rule => ({ id: newId(), field: '', operator: '=', value: null })

/** Rules of the API as the builder has them. */
export function toBuilder(group: RuleGroup | undefined | null): RuleGroup {
  if (group === undefined || group === null) return emptyGroup()
  const seen = new Set<string>()
  const known = (id: string | undefined) => {
    if (id === undefined || seen.has(id)) return newId()
    seen.add(id)
    return id
  }
  const nodeOf = (one: Rule | RuleGroup): Rule | RuleGroup =>
    isGroup(one) ? groupOf(one) : { ...one, id: known(one.id), value: spread(one) }
  const groupOf = (one: RuleGroup): RuleGroup => ({ ...one, id: known(one.id), rules: one.rules.map(nodeOf) })
  return groupOf(group)
}

/** A text with commas is a list, as the API reads it. */
function spread({ operator, value = null }: Rule): RuleValue {
  const shape = shapeOf(operator)
  if (shape !== 'several' && shape !== 'pair') return value
  if (Array.isArray(value)) return value
  if (typeof value !== 'string') return value === null ? [] : [value]
  const parts = value.split(',').map((part) => part.trim())
  return parts.filter((part) => part !== '')
}

/** What the builder has, as the API wants it: without what is the builder's own. */
export function fromBuilder(group: RuleGroup): RuleGroup {
  const { id, disabled, combinator, not, rules } = group
  return {
    ...kept(id, disabled),
    combinator,
    ...(not === true && { not }),
    rules: rules.map((one) => (isGroup(one) ? fromBuilder(one) : ruleFrom(one))),
  }
}

function ruleFrom({ id, disabled, field, operator, value = null, valueSource }: Rule): Rule {
  const shape = shapeOf(operator)
  const given = Array.isArray(value) ? value.filter((one) => one !== null) : value
  return {
    ...kept(id, disabled),
    field,
    operator,
    ...(shape !== 'none' && { value: given }),
    ...(valueSource === 'field' && comparesColumns(operator) && { valueSource }),
  }
}

const kept = (id: string | undefined, disabled: boolean | undefined) => ({
  ...(id !== undefined && !id.startsWith(OURS) && { id }),
  ...(disabled !== undefined && { disabled }),
})

/** The rule with another operator; what was entered stays as far as it fits. */
export function withOperator(rule: Rule, operator: Operator): Rule {
  const { value = null, valueSource, ...rest } = rule
  const [before, after] = [shapeOf(rule.operator), shapeOf(operator)]
  const comparesColumn = valueSource === 'field' && comparesColumns(operator)
  const isLost = valueSource === 'field' && !comparesColumn
  return {
    ...rest,
    operator,
    value: isLost ? blank(after) : reshaped(value, before, after),
    ...(comparesColumn && { valueSource: 'field' as const }),
  }
}

const blank = (shape: Shape): RuleValue => (shape === 'several' || shape === 'pair' ? [] : null)

function reshaped(value: RuleValue, before: Shape, after: Shape): RuleValue {
  if (before === after) return value
  if (![before, after].every((shape) => shape === 'one' || shape === 'several' || shape === 'pair')) return blank(after)
  const all = Array.isArray(value) ? value : value === null ? [] : [value]
  if (after === 'one') return all[0] ?? null
  return after === 'pair' ? all.slice(0, 2) : all.filter((one) => one !== null)
}

interface AboutColumn {
  kind: Kind
  operators: readonly Operator[]
}

/** The rule about another column: operator and value stay where the column is of the same kind. */
export function withField(rule: Rule, field: string, before: AboutColumn | undefined, after: AboutColumn): Rule {
  const isSame = before?.kind === after.kind && after.operators.includes(rule.operator)
  if (isSame) return { ...rule, field }
  const operator = after.operators.includes(rule.operator) ? rule.operator : (after.operators[0] ?? '=')
  const { valueSource: _, ...rest } = rule
  return { ...rest, field, operator, value: blank(shapeOf(operator)) }
}

/** Digits as a number where that says exactly the same; else the text, which the API judges. */
export function numberFrom(text: string): string | number | null {
  const trimmed = text.trim()
  if (trimmed === '') return null
  return String(Number(trimmed)) === trimmed ? Number(trimmed) : trimmed
}

/** A mistake in rules, at the part of the rule that it is about. */
export interface RuleMistake {
  at: 'field' | 'operator' | 'value'
  message: string
}

/** Mistakes of one group (`include`) by the place of their rule in it, such as `0` or `1.2`. */
export type MistakesByRule = ReadonlyMap<string, readonly RuleMistake[]>

export interface NamedMistake {
  path: string
  message: string
}

/** Sorts mistakes of the API to their rules; the rest is about the whole. */
export function mistakesAt(
  mistakes: readonly NamedMistake[],
  root: string,
): { rules: MistakesByRule; others: NamedMistake[] } {
  const rules = new Map<string, RuleMistake[]>()
  const others: NamedMistake[] = []
  for (const mistake of mistakes) {
    const found = new RegExp(`^${root}((?:\\.rules\\.\\d+)+)\\.(field|operator|value)`).exec(mistake.path)
    if (found === null) {
      others.push(mistake)
      continue
    }
    const place = found[1]!.replaceAll(/\.rules\./g, '.').slice(1)
    rules.set(place, [...(rules.get(place) ?? []), { at: found[2] as RuleMistake['at'], message: mistake.message }])
  }
  return { rules, others }
}

/** Rules that nobody has chosen a column for. */
export function withoutColumn(group: RuleGroup, path: readonly number[] = []): string[] {
  return group.rules.flatMap((one, index) => {
    const place = [...path, index]
    if (isGroup(one)) return withoutColumn(one, place)
    return one.field === '' ? [place.join('.')] : []
  })
}

/** How many rules there are, at any depth. */
export function ruleCount(group: RuleGroup | undefined | null): number {
  return (group?.rules ?? []).reduce((sum, one) => sum + (isGroup(one) ? ruleCount(one) : 1), 0)
}

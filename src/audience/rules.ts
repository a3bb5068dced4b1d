import { z } from 'zod'

/** Operators of a rule. All but the last four are react-querybuilder's own. */
export const operators = [
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'contains',
  'doesNotContain',
  'beginsWith',
  'doesNotBeginWith',
  'endsWith',
  'doesNotEndWith',
  'null',
  'notNull',
  'in',
  'notIn',
  'between',
  'notBetween',
  'inSegment',
  'notInSegment',
  'inList',
  'notInList',
] as const

export type Operator = (typeof operators)[number]

const wholeNumber = z.int().min(-100_000).max(100_000)

/** A day that moves with the calendar: so many days, months or years after today (before it, where negative), in UTC. */
const relativeDay = z
  .strictObject({
    today: wholeNumber.describe('How many units after today; negative: before it.'),
    unit: z.enum(['days', 'months', 'years']).optional().describe('`days` where it is not given.'),
  })
  .meta({
    id: 'RelativeDay',
    description: 'A day counted from today in UTC, such as { today: -30 } or { today: -1, unit: months }.',
  })

const scalar = z.union([z.string(), z.number(), z.boolean(), relativeDay])

/** What a rule compares with, as far as it can be judged without the type of its column. */
const ruleValue = z
  .union([scalar, z.array(scalar).max(10_000), z.null()])
  .describe('A value, or a list of values (for in, notIn, between and notBetween).')

/** Fields that react-querybuilder keeps on rules and groups; kept, and without meaning here. */
const editor = { id: z.string().optional(), disabled: z.boolean().optional() }

const rule = z
  .strictObject({
    ...editor,
    field: z.string().min(1).describe('A column.'),
    operator: z.enum(operators),
    value: ruleValue.optional(),
    valueSource: z
      .enum(['value', 'field'])
      .optional()
      .describe('`field`: the value is the name of a column that is compared with.'),
  })
  .meta({ id: 'Rule', description: 'A rule about one column.' })

/** A tree of rules in the form of react-querybuilder's `RuleGroupType`. */
export const ruleGroup: z.ZodType<RuleGroup, RuleGroup> = z
  .strictObject({
    ...editor,
    combinator: z.enum(['and', 'or']),
    not: z.boolean().optional().describe('true: what the group does not say.'),
    get rules(): z.ZodArray<z.ZodUnion<readonly [typeof rule, z.ZodType<RuleGroup, RuleGroup>]>> {
      return z
        .array(z.union([rule, ruleGroup]))
        .describe('Rules and groups of rules; a group without any says nothing.')
    },
  })
  .meta({
    id: 'RuleGroup',
    description: "Rules about columns, in the form of react-querybuilder's RuleGroupType.",
  })

export type RuleValue = z.output<typeof ruleValue>
export type Rule = z.output<typeof rule>
export type RelativeDay = z.output<typeof relativeDay>

export interface RuleGroup {
  id?: string | undefined
  disabled?: boolean | undefined
  combinator: 'and' | 'or'
  not?: boolean | undefined
  rules: (Rule | RuleGroup)[]
}

export function isGroup(one: Rule | RuleGroup): one is RuleGroup {
  return 'rules' in one
}

/** Names of the tables in whose lists rules look, as often as they do. */
export function listsIn(rules: RuleGroup | undefined): string[] {
  return (rules?.rules ?? []).flatMap((one) => {
    if (isGroup(one)) return listsIn(one)
    return one.operator === 'inList' || one.operator === 'notInList' ? [String(one.value)] : []
  })
}

/** Keys of the segments that rules name, as often as they do. */
export function segmentsIn(rules: RuleGroup | undefined): string[] {
  return (rules?.rules ?? []).flatMap((one) => {
    if (isGroup(one)) return segmentsIn(one)
    return one.operator === 'inSegment' || one.operator === 'notInSegment' ? [String(one.value)] : []
  })
}

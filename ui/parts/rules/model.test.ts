import { describe, expect, it } from 'vitest'
import {
  fromBuilder,
  mistakesAt,
  newRule,
  numberFrom,
  type Operator,
  type Rule,
  type RuleGroup,
  ruleCount,
  toBuilder,
  withField,
  withOperator,
  withoutColumn,
} from './model.ts'
import { groupOf, groupSays, ruleWords } from './words.ts'

const group = (...rules: RuleGroup['rules']): RuleGroup => ({ combinator: 'and', rules })
const rule = (operator: Operator, value?: Rule['value'], more: Partial<Rule> = {}): Rule => ({
  ...{ field: 'city', operator },
  ...(value !== undefined && { value }),
  ...more,
})

describe('rules go into the builder and come back the same', () => {
  it.each<[string, RuleGroup]>([
    ['none', group()],
    ['text', group(rule('=', 'Boston'))],
    ['empty text', group(rule('=', ''))],
    ['no value', group(rule('null'), rule('notNull'))],
    ['a list', group(rule('in', ['Boston', 'Cambridge']))],
    ['a pair', group(rule('between', [1, 2]))],
    ['a relative day', group(rule('<', { today: -1, unit: 'years' }), rule('between', [{ today: -7 }, { today: 0 }]))],
    ['truth', group(rule('=', false))],
    ['another column', group(rule('>', 'town', { valueSource: 'field' }))],
    ['a segment and a list', group(rule('inSegment', 'vip'), rule('notInList', 'unsubscribed'))],
    ['groups in groups', group({ combinator: 'or', not: true, rules: [rule('=', 'a'), group(rule('=', 'b'))] })],
    ['what an editor has kept', { ...group({ ...rule('=', 'a'), id: 'r-1', disabled: true }), id: 'g-1' }],
  ])('%s', (_what, given) => {
    expect(fromBuilder(toBuilder(given))).toEqual(given)
  })

  it('every node has an id of its own there', () => {
    const twice = group({ ...rule('=', 'a'), id: 'same' }, { ...rule('=', 'b'), id: 'same' })
    const ids = toBuilder(twice).rules.map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
    expect(ids).toContain('same')
  })

  it('a text with commas is a list, and nothing but the missing is left out', () => {
    expect(fromBuilder(toBuilder(group(rule('in', 'Boston, Cambridge,'))))).toEqual(
      group(rule('in', ['Boston', 'Cambridge'])),
    )
    expect(fromBuilder(group(rule('between', [null, 3])))).toEqual(group(rule('between', [3])))
    expect(fromBuilder(group({ ...rule('null', 'left over'), valueSource: 'value' }))).toEqual(group(rule('null')))
  })
})

it.each<[Rule, Operator, Partial<Rule>]>([
  [rule('=', 'a'), '!=', { value: 'a' }],
  [rule('=', 'a'), 'in', { value: ['a'] }],
  [rule('=', null), 'in', { value: [] }],
  [rule('in', ['a', 'b', 'c']), '=', { value: 'a' }],
  [rule('in', ['a', 'b', 'c']), 'between', { value: ['a', 'b'] }],
  [rule('between', [null, 2]), 'in', { value: [2] }],
  [rule('=', 'a'), 'null', { value: null }],
  [rule('inSegment', 'vip'), 'notInSegment', { value: 'vip' }],
  [rule('inSegment', 'vip'), '=', { value: null }],
  [rule('=', 'town', { valueSource: 'field' }), '<', { value: 'town', valueSource: 'field' }],
  [rule('=', 'town', { valueSource: 'field' }), 'contains', { value: null }],
])('%j with the operator %s keeps what fits', (before, operator, after) => {
  expect(withOperator(before, operator)).toEqual({ field: 'city', operator, ...after })
})

it('a rule about another column keeps its value where the kind is the same', () => {
  const text = { kind: 'text', operators: ['=', 'contains'] } as const
  const number = { kind: 'number', operators: ['=', '<'] } as const
  expect(withField(rule('contains', 'a'), 'town', text, text)).toEqual({ ...rule('contains', 'a'), field: 'town' })
  expect(withField(rule('contains', 'a'), 'spent', text, number)).toEqual({ ...rule('=', null), field: 'spent' })
  expect(withField(newRule(), 'spent', undefined, number)).toMatchObject({ field: 'spent', operator: '=', value: null })
})

it.each([
  ['', null],
  [' 12 ', 12],
  ['-1.5', -1.5],
  ['12345678901234567890', '12345678901234567890'],
  ['1.50', '1.50'],
  ['many', 'many'],
])('the number %j is %j', (text, value) => {
  expect(numberFrom(text)).toBe(value)
})

it('mistakes find the rules that they are about', () => {
  const { rules, others } = mistakesAt(
    [
      { path: 'include.rules.0.value', message: 'is missing' },
      { path: 'include.rules.1.rules.2.field', message: 'no column' },
      { path: 'exclude.rules.0.value', message: 'must be a number' },
      { path: 'attributes', message: 'is missing' },
    ],
    'include',
  )
  expect(Object.fromEntries(rules)).toEqual({
    '0': [{ at: 'value', message: 'is missing' }],
    '1.2': [{ at: 'field', message: 'no column' }],
  })
  expect(others.map(({ path }) => path)).toEqual(['exclude.rules.0.value', 'attributes'])
})

it('rules are counted, and those without a column are found', () => {
  const tree = group(rule('=', 'a'), group(newRule(), rule('=', 'b')))
  expect([ruleCount(tree), withoutColumn(tree)]).toEqual([3, ['1.0']])
})

it.each(['all', 'any', 'none', 'notAll'] as const)('a group that says %s comes back', (says) => {
  expect(groupSays(groupOf(says))).toBe(says)
})

it.each<[Rule, Parameters<typeof ruleWords>[1], string]>([
  [rule('=', 'Boston'), 'text', 'city is “Boston”'],
  [rule('=', ''), 'text', 'city is empty text'],
  [rule('in', ['Boston', 'Cambridge', 'Salem']), 'text', 'city is one of “Boston”, “Cambridge” or “Salem”'],
  [rule('in', [1, 2, 3, 4, 5, 6, 7]), 'integer', 'city is one of 1, 2, 3, 4 or 3 others'],
  [rule('<', { today: -1, unit: 'years' }), 'date', 'city is before 1 year ago'],
  [rule('>=', { today: 0 }), 'date', 'city is on or after today'],
  [
    rule('between', [{ today: -30 }, { today: 2, unit: 'months' }]),
    'date',
    'city is between 30 days ago and in 2 months',
  ],
  [rule('between', [3]), 'number', 'city is between 3 and …'],
  [rule('=', true), 'boolean', 'city is true'],
  [rule('notNull'), 'text', 'city has a value'],
  [rule('>', 'town', { valueSource: 'field' }), 'number', 'city is more than the column town'],
  [rule('inSegment', 'vip'), 'text', 'city is in the segment vip'],
  [rule('notInList', null), 'text', 'city is not in the list …'],
])('%j of kind %s reads: %s', (given, kind, words) => {
  expect(ruleWords(given, kind)).toBe(words)
})

import { describe, expect, it } from 'vitest'
import type { Definition } from '../../api/operations.ts'
import { newRule, type Rule, type RuleGroup, toBuilder } from '../../parts/rules/model.ts'
import { askedOf, mappedTo, moved, occurrences, placed, sourceOf, sourcesOf, whereOf } from './visual.ts'

const one = (kind: Definition['kind'], key: string, body: object, status: object = {}): Definition => ({
  ...{ kind, key, source: 'git', body: { ...body }, version: 1, created_at: '', updated_at: '' },
  ...{ updated_by: 'ada', secrets: [], used_by: [], status: { ...status } },
})
const customers = one('table', 'Customers', { name: 'All customers' }, { database: 'database', table: 'Customers' })
const invoices = one('table', 'billing.Invoices', {}, { database: 'billing', table: 'Invoices' })
const attributes = one('attributes_table', 'Attributes', { name: 'People' })

describe('the tables of visual queries', () => {
  it('tell their database where there are several', () => {
    expect(sourcesOf([customers], [attributes]).map(({ label, database }) => [label, database])).toEqual([
      ['All customers', null],
      ['People', null],
    ])
    const billed = { ...attributes, body: { database: 'billing' } }
    expect(sourcesOf([customers, invoices], [billed]).map(({ label, from }) => [label, from])).toEqual([
      ['All customers · database', 'Customers'],
      ['Invoices · billing', 'Invoices'],
      ['Attributes · billing', 'Attributes'],
    ])
  })
  it.each([
    [{ from: 'invoices', database: 'billing' }, 'billing.Invoices'],
    [{ from: 'Invoices' }, undefined],
    [{ from: 'Customers', database: 'database' }, 'Customers'],
  ])('%j is found among those of several databases', (body, key) =>
    expect(sourceOf(sourcesOf([customers, invoices], []), body)?.key).toBe(key),
  )
})

const rules = (...rules: RuleGroup['rules']) => toBuilder({ combinator: 'and', rules })
const city: Rule = { field: 'city', operator: '=', value: 'Boston' }

it.each<[string, RuleGroup, RuleGroup | undefined]>([
  ['none', rules(), undefined],
  ['one without a column', rules(newRule()), undefined],
  ['one that is begun', rules(newRule(), city), { combinator: 'and', rules: [city] }],
  [
    'half a pair',
    rules({ field: 'city', operator: 'between', value: [null, 'b'] }),
    {
      combinator: 'and',
      rules: [{ field: 'city', operator: 'between', value: ['b'] }],
    },
  ],
  ['a group of nothing', rules({ combinator: 'or', rules: [] }), undefined],
])('rules that are saved: %s', (_what, group, where) => {
  expect(whereOf(group)).toEqual(where)
  expect(whereOf(toBuilder(where))).toEqual(where)
})

it('asks with what is there', () =>
  expect(askedOf({ from: 'People', name: 'P', columns: ['a'], based_on: 3 })).toEqual({
    from: 'People',
    columns: ['a'],
  }))

it.each([
  [0, 2, ['b', 'c', 'a']],
  [2, 0, ['c', 'a', 'b']],
  [1, 1, ['a', 'b', 'c']],
])('moves %d to %d', (from, to, after) => expect(moved(['a', 'b', 'c'], from, to)).toEqual(after))

it('tells entries apart', () => expect(occurrences(['a', 'b', 'a'])).toEqual(['a 1', 'b 1', 'a 2']))

it('maps a column, and gives it back its name', () => {
  expect(mappedTo({ a: 'x' }, 'b', 'y')).toEqual({ a: 'x', b: 'y' })
  expect(mappedTo({ a: 'x' }, 'a', ' ')).toBeUndefined()
})

it('sorts mistakes to their places', () => {
  const paths = ['from', 'columns', 'columns.1', 'mapping.user.x', 'where.rules.0.value']
  const mistakes = paths.map((path) => ({ path, message: 'is wrong' }))
  expect(placed(mistakes, { columns: ['a', 'b'] })).toEqual({
    from: 'Is wrong.',
    columns: 'Is wrong.',
    ofColumn: { b: 'Is wrong.', 'user.x': 'Is wrong.' },
    others: [{ path: 'where.rules.0.value', message: 'is wrong' }],
  })
})

import { expect, it } from 'vitest'
import { newDraft, toBody, toDraft } from './draft.ts'

const rules = { combinator: 'and', rules: [{ field: 'city', operator: '=', value: 'Boston' }] }

it.each([
  ['rules', { name: 'A', attributes: 'T', include: rules }],
  [
    'everything',
    {
      name: 'A',
      description: 'd',
      folder: 'F/G',
      labels: ['x'],
      attributes: 'T',
      include: rules,
      exclude: rules,
      fields: ['id'],
    },
  ],
  ['SQL', { name: 'A', attributes: 'T', sql: 'segments/a.sql', text: 'SELECT id FROM t' }],
])('a segment of %s is edited and saved as it was', (_what, body) => {
  expect(toBody(toDraft(body), 'segments/a.sql')).toEqual(body)
})

it('a new one has no rules and no name', () => {
  expect(toBody(newDraft(false))).toEqual({ attributes: '', include: { combinator: 'and', rules: [] } })
})

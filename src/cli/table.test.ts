import fc from 'fast-check'
import { expect, test } from 'vitest'
import { table } from './table.ts'
import { visible, widthOf } from './text.ts'

const columns = [
  { title: 'rows', align: 'right' as const },
  { title: 'code', shrinkTo: 8 },
  { title: 'field', spare: 2, shrinkTo: 6 },
  { title: 'why', spare: 1, shrinkTo: 8 },
]
const row = ['12', 'missing_name', 'user_fields.city', 'The row has no name.']

test('a pipe gets everything', () => {
  expect(
    table(columns, [['12', 'missing_name', '', 'The row has no name.']], { columns: Infinity, color: false }),
  ).toEqual(['  rows  code          field  why', '    12  missing_name         The row has no name.'])
})

test('cells shrink, the longest first', () => {
  expect(table(columns, [row], { columns: 50, color: false })).toEqual([
    '  rows  code          field          why',
    '    12  missing_name  user_fields.…  The row has …',
  ])
})

test('where shrinking is not enough, spare columns go', () => {
  expect(table(columns, [row], { columns: 28, color: false })).toEqual([
    '  rows  code       why',
    '    12  missing_…  The row …',
  ])
  expect(table(columns, [row], { columns: 20, color: false })).toEqual(['  rows  code', '    12  missing_name'])
})

test('no line is wider than the terminal as long as its smallest columns fit', () => {
  const cell = fc.string({ unit: 'grapheme', maxLength: 60 }).map(visible)
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(9999).map(String), cell, cell, cell), { minLength: 1 }),
      fc.integer({ min: 40, max: 120 }),
      (rows, width) => {
        for (const line of table(columns, rows, { columns: width, color: false }))
          expect(widthOf(line)).toBeLessThanOrEqual(width)
      },
    ),
  )
})

import { expect, it } from 'vitest'
import { problemBody, resolutionsOf } from './resolutions.ts'

const involved = { orchestration: 'people', credential: null, destination: null, query: 'people' }
const invalid = { code: 'query.invalid', message: 'people.sql:1:8: ...', fix: 'Correct it.' }

it.each([
  ['column', 'Column cannot be resolved'],
  ['table', 'Cannot select data from missing tables'],
  ['types', 'Mismatched data types'],
  ['function', 'Unknown function'],
  ['grouping', 'Column missing from GROUP BY'],
])('the first way out of a query that is not valid is that of its mistake: %s', (mistake, title) => {
  const stored = problemBody({ ...invalid, data: { file: 'people.sql', line: 1, column: 8, mistake } })
  expect(stored).toEqual({ ...invalid, data: { mistake } })
  const found = resolutionsOf('query.invalid', involved, stored.data)
  expect(found.map((one) => one.title)).toEqual([title, 'Query not valid'])
  expect(found[0]).toMatchObject({ action: 'retry', page: '/queries/people' })
})

it('a mistake of no known kind has the ways of its code alone', () => {
  expect(problemBody(invalid)).toEqual(invalid)
  for (const data of [null, ['table'], { mistake: 'constructor' }]) {
    expect(resolutionsOf('query.invalid', involved, data).map((one) => one.title)).toEqual(['Query not valid'])
  }
  expect(resolutionsOf('query.failed', involved, { mistake: 'table' })[0]?.id).toBe('query_failed')
})

import { expect, it } from 'vitest'
import { didYouMean } from './did-you-mean.ts'

it.each([
  ['subdomian', ['subdomain', 'domain'], 'subdomain'],
  ['Quieries', ['queries'], 'queries'],
  ['NAME', ['name'], 'name'],
  ['cat', ['bat', 'rat'], 'bat'],
  ['x', ['y'], null],
  ['orders', ['people'], null],
  ['name', [], null],
])('%s among %j: %s', (word, candidates, expected) => {
  expect(didYouMean(word, candidates)).toBe(expected)
})

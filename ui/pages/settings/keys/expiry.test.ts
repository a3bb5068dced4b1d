import { expect, test } from 'vitest'
import { expiryOf } from './expiry.ts'

const now = new Date('2027-01-01T00:00:00Z')

test.each([
  [null, 'never'],
  ['2027-02-01T00:00:00Z', 'later'],
  ['2027-01-31T00:00:00Z', 'soon'],
  ['2027-01-01T00:00:01Z', 'soon'],
  ['2027-01-01T00:00:00Z', 'over'],
])('a key that ends at %s: %s', (at, expiry) => {
  expect(expiryOf(at, now)).toBe(expiry)
})

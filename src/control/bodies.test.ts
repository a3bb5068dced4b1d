import { expect, it } from 'vitest'
import type { Problem } from '../problem.ts'
import { parseBody } from './bodies.ts'

const attributes =
  'is not a legal name: it must be name, phone, alias, details, notes, signature, locale, time_zone, remote_photo_url, shared_phone_number, suspended, verified or user_fields.<key>'

const fields = {
  b: { type: 'dropdown', title: 'B', options: { 'a b': 'x', q: ' x' } },
  'c-d': { type: 'text', title: 'C' },
}

it.each([
  [
    'names and values of field_ownership',
    { field_ownership: { tags: 'source', phone: 'x', 'user_fields.a b': 'source', name: 'source' } },
    {
      'field_ownership.tags': attributes,
      'field_ownership.phone': 'expected one of "source"|"fill_if_empty"',
      'field_ownership.user_fields.a b': attributes,
    },
  ],
  ['a map without what it must have', { tags: {} }, { 'tags.own': 'expected string, received undefined' }],
  [
    'names and values deep inside',
    { user_fields: fields },
    {
      'user_fields.b.options.a b': 'is not a legal name: it must be the value of an option: not empty, without blanks',
      'user_fields.b.options.q': 'must not begin or end with a blank',
      'user_fields.c-d': 'is not a legal name: it must be letters, digits and underscores, and not digits alone',
    },
  ],
])('mistakes of a destination stand at their places: %s', (_what, settings, mistakes) => {
  const body = { plugin: 'zendesk', credential: 'c', subdomain: 's', ...settings }
  const problem = (() => {
    try {
      parseBody('destination', body, [])
    } catch (thrown) {
      return thrown as Problem
    }
  })()
  const problems = problem?.data.problems as { path: string; message: string }[]
  expect(Object.fromEntries(problems.map(({ path, message }) => [path, message]))).toEqual(mistakes)
})

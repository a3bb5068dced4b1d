import { expect, test } from 'vitest'
import { mistakesOf } from './mistakes.ts'

const problem = { code: 'x', fix: 'y' }

test.each([
  ['no problem', null, {}],
  ['a problem without places', problem, {}],
  [
    'of a request',
    { ...problem, errors: [{ pointer: '/body/body/email', message: 'must be an address' }] },
    { email: 'It must be an address.' },
  ],
  [
    'in a list, and the first of two at one place',
    {
      ...problem,
      errors: [
        { pointer: '/body/policies/0', message: 'Invalid option' },
        { pointer: '/body/policies/0', message: 'other' },
      ],
    },
    { 'policies.0': 'Invalid option.' },
  ],
  [
    'of a definition',
    {
      ...problem,
      problems: [
        { path: 'client_id', message: 'expected string, received undefined' },
        { path: 'mappings.0.group', message: 'must not be empty' },
      ],
    },
    { client_id: 'This is missing.', 'mappings.0.group': 'It must not be empty.' },
  ],
])('mistakes by field: %s', (_, given, fields) => {
  expect(mistakesOf(given)).toEqual(fields)
})

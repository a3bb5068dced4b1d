import { expect, it } from 'vitest'
import { quotedName, tableOf } from './schema.ts'

it.each([
  ['email', 'email'],
  ['Last Name', '"Last Name"'],
  ['a"b', '"a""b"'],
])('quotes %s', (name, text) => expect(quotedName(name)).toBe(text))

it.each([
  [
    { key: 'crm.Customers', status: { database: 'crm', table: 'Customers' } },
    { database: 'crm', table: 'Customers' },
  ],
  [
    { key: 'Customers', status: {} },
    { database: '', table: 'Customers' },
  ],
])('knows by which name SQL reads a table: %j', (definition, known) => expect(tableOf(definition)).toEqual(known))

import { expect, it } from 'vitest'
import type { Definition } from '../../api/operations.ts'
import { listsOf, quotedName, tableOf } from './schema.ts'

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

it('offers the tables of one database as lists, by the names that SQL has for them', () => {
  const one = (key: string, database: string, table: string, body = {}) =>
    ({ key, body, status: { database, table } }) as unknown as Definition
  const tables = [one('Buyers', 'database', 'Buyers', { name: 'All buyers' }), one('crm.Lost', 'crm', 'Lost')]
  expect(listsOf(tables, 'crm')).toEqual([{ value: 'Lost', label: 'Lost' }])
  expect(listsOf(tables, null)[0]).toEqual({ value: 'Buyers', label: 'All buyers' })
})

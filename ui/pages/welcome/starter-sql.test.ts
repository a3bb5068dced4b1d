import { expect, it } from 'vitest'
import { lacking, starterSql } from './starter-sql.ts'

const columns = (...names: string[]) => names.map((column) => ({ column, type: 'VARCHAR', semantic: null }))

it.each([
  [
    'names as Zendesk has them',
    columns('external_id', 'email', 'name'),
    'SELECT\n  external_id,\n  email,\n  name\nFROM people\n',
  ],
  [
    'names of the shop',
    columns('customer_id', 'Email Address', 'full_name', 'email', 'phone_number'),
    'SELECT\n  customer_id AS external_id,\n  email,\n  full_name AS name,\n  phone_number AS phone\nFROM people\n',
  ],
  [
    'a name in two parts',
    columns('id', 'first_name', 'Last_Name'),
    `SELECT\n  id AS external_id,\n  first_name || ' ' || "Last_Name" AS name\nFROM people\n`,
  ],
  [
    'what the data says where the name does not',
    [{ column: 'kontakt', type: 'VARCHAR', semantic: 'email' }],
    'SELECT\n  kontakt AS email\nFROM people\n',
  ],
  ['nothing that is known', columns('a', 'b'), 'SELECT\n  *\nFROM people\n'],
])('%s', (_, known, expected) => {
  expect(starterSql('people', known)).toBe(expected)
})

it('quotes what SQL would read otherwise', () => {
  expect(starterSql('My "table"', columns('E-Mail', 'EMAIL'))).toBe('SELECT\n  "EMAIL" AS email\nFROM "My ""table"""\n')
})

it.each([
  [['external_id', 'name'], []],
  [['EMAIL', 'Name'], []],
  [['email'], ['a column name']],
  [['x'], ['a column name', 'a column external_id or email']],
])('%j lacks %j', (names, expected) => {
  expect(lacking(names)).toEqual(expected)
})

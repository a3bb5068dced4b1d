import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Write } from '../destination.ts'
import { builtInAttributes, userFieldAttribute } from './fields.ts'
import { organizationAttributes } from './organizations.ts'
import { tagsAttribute } from './tags.ts'
import { batchKindOf, prepareWrite } from './users.ts'

const attributes = new Map(builtInAttributes(null))
for (const [key, type] of [
  ['city', 'text'],
  ['ltv', 'decimal'],
  ['vip', 'checkbox'],
] as const) {
  const attribute = userFieldAttribute({ key, type, pattern: null, options: [] })
  attributes.set(attribute.name, attribute)
}

function write(kind: Write['kind'], more: Partial<Write> = {}): Write {
  return { kind, zendeskId: null, externalId: 'e1', email: null, values: {}, before: {}, ...more }
}

const always = { skip_verify_email: true }

describe('the JSON of one user', () => {
  it.each<[string, Write, boolean, object]>([
    [
      'create',
      write('create', {
        email: 'a@example.com',
        values: { name: 'Ann', 'user_fields.city': 'Köln', 'user_fields.vip': 'true' },
      }),
      false,
      { external_id: 'e1', email: 'a@example.com', name: 'Ann', user_fields: { city: 'Köln', vip: true }, ...always },
    ],
    [
      'update without its e-mail',
      write('update', { values: { alias: 'A' } }),
      true,
      { external_id: 'e1', alias: 'A', ...always },
    ],
    [
      'update by e-mail verifies nothing',
      write('update', { externalId: null, email: 'a@example.com', values: { alias: 'A' } }),
      true,
      { email: 'a@example.com', alias: 'A', ...always },
    ],
    [
      'first e-mail of a person we know',
      write('update', { email: 'a@example.com' }),
      true,
      { external_id: 'e1', email: 'a@example.com', verified: true, ...always },
    ],
    [
      'clearing',
      write('update', { values: { phone: null, alias: null, name: null, suspended: null, 'user_fields.ltv': null } }),
      false,
      { external_id: 'e1', phone: '', alias: null, user_fields: { ltv: null }, ...always },
    ],
    [
      'rekey',
      write('rekey', {
        zendeskId: '6164039664282',
        externalId: 'new',
        email: 'a@example.com',
        values: { name: 'Ann' },
      }),
      true,
      { id: 6164039664282, external_id: 'new', name: 'Ann', ...always },
    ],
    [
      'by id and nothing else',
      write('by_id', { zendeskId: '9', email: 'a@example.com', values: { alias: null, 'user_fields.city': 'Ulm' } }),
      true,
      { id: 9, alias: null, user_fields: { city: 'Ulm' }, ...always },
    ],
    ['a deletion', write('delete', { zendeskId: '9' }), true, { id: 9 }],
    ['tags of one person', write('tags', { zendeskId: '9', values: { tags: 'a' } }), true, { id: 9 }],
    ['a membership', write('membership', { zendeskId: '9', values: { organization: 'X' } }), true, { id: 9 }],
    ['a primary address', write('primary_email', { zendeskId: '9', email: 'b@example.com' }), true, { id: 9 }],
    [
      'one more e-mail',
      write('email', { email: 'b@example.com', zendeskId: '9' }),
      false,
      { external_id: 'e1', email: 'b@example.com', ...always },
    ],
    [
      'one more e-mail of a person without external_id',
      write('email', { externalId: null, email: 'b@example.com', zendeskId: '9' }),
      true,
      { id: 9, email: 'b@example.com', verified: true, ...always },
    ],
    [
      'the own column wins over mark_verified',
      write('create', { email: 'a@example.com', values: { name: 'A', verified: 'false' } }),
      true,
      { external_id: 'e1', email: 'a@example.com', name: 'A', verified: false, ...always },
    ],
    [
      'nobody is verified without an address',
      write('create', { values: { name: 'A' } }),
      true,
      { external_id: 'e1', name: 'A', ...always },
    ],
  ])('%s', (_, sent, markVerified, expected) => {
    const prepared = prepareWrite(sent, attributes, markVerified)
    expect(JSON.parse(prepared.json)).toEqual(expected)
    expect(prepared.write).toBe(sent)
  })

  it('fails loudly on a value without an attribute, or a move without an id', () => {
    expect(() => prepareWrite(write('create', { values: { nope: 'x' } }), attributes, false)).toThrow('nope')
    for (const kind of ['rekey', 'by_id', 'delete', 'tags', 'membership', 'primary_phone'] as const) {
      expect(() => prepareWrite(write(kind), attributes, false)).toThrow('Zendesk id')
    }
  })

  it('never sends with the user what would take away what others have set (I10)', () => {
    const added = [tagsAttribute('add')!, ...organizationAttributes('add')]
    const known = new Map(added.map((attribute) => [attribute.name, attribute]))
    for (const name of known.keys()) {
      expect(() => prepareWrite(write('create', { values: { [name]: '5' } }), known, false)).toThrow(`${name} needs`)
    }
    const replaced = new Map([['tags', tagsAttribute('replace')!]])
    expect(JSON.parse(prepareWrite(write('create', { values: { tags: 'b a' } }), replaced, false).json).tags).toEqual([
      'b',
      'a',
    ])
  })

  it('carries every text and key unharmed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (text, externalId) => {
        const sent = write('create', { externalId, values: { name: text, 'user_fields.city': text } })
        const user = JSON.parse(prepareWrite(sent, attributes, false).json)
        expect(user).toEqual({ external_id: externalId, name: text, user_fields: { city: text }, ...always })
      }),
    )
  })

  it('never sends what it must not', () => {
    const json = prepareWrite(write('create', { email: 'a@example.com', values: { name: 'A' } }), attributes, true).json
    for (const key of ['role', 'tags', 'organization', 'password', 'custom_role_id'])
      expect(json).not.toContain(`"${key}`)
  })
})

describe('endpoints', () => {
  it.each<[Write, string]>([
    [write('create'), 'upsert'],
    [write('update'), 'upsert'],
    [write('rekey', { zendeskId: '1' }), 'by_id'],
    [write('email', { email: 'x@example.com' }), 'upsert'],
    [write('email', { externalId: null, email: 'x@example.com', zendeskId: '1' }), 'by_id'],
    [write('by_id', { zendeskId: '1' }), 'by_id'],
    [write('delete', { zendeskId: '1' }), 'delete'],
    [write('tags', { zendeskId: '1' }), 'tags'],
    [write('membership', { zendeskId: '1' }), 'memberships'],
    [write('primary_email', { zendeskId: '1' }), 'identities'],
    [write('remove_email', { zendeskId: '1' }), 'identities'],
    [write('primary_phone', { zendeskId: '1' }), 'identities'],
  ])('%j goes by %s', (sent, kind) => expect(batchKindOf(sent)).toBe(kind))
})

import { describe, expect, it } from 'vitest'
import type { AccountPerson, Attribute } from '../../destination/destination.ts'
import type { DeliveredPerson } from './delivered-people.ts'
import { type LandedChange, undoPerson } from './undo-person.ts'

function attribute(name: string, more: Partial<Attribute> = {}): [string, Attribute] {
  const read: Attribute['read'] = (value) => (typeof value === 'string' ? value : null)
  const normalise: Attribute['normalise'] = (value) => ({ ok: true, value })
  return [
    name,
    { name, clearing: 'null', normalise, wire: (text) => text, read, apart: null, accumulates: false, ...more },
  ]
}

const attributes = new Map([
  attribute('notes'),
  attribute('alias'),
  attribute('name', { clearing: 'never' }),
  attribute('phone', { clearing: 'empty_string' }),
  attribute('remote_photo_url'),
  attribute('organization', { apart: 'membership' }),
  attribute('tags', { apart: 'tags' }),
  attribute('user_fields.gone'),
])

const held: AccountPerson = {
  zendeskId: '7',
  externalId: 'a1',
  emails: ['first@example.com', 'second@example.com'],
  phones: ['+4930111111', '+4930222222'],
  role: 'end-user',
  suspended: false,
  values: { notes: 'New', alias: null, name: 'Ann', phone: '+4930111111', tags: 'crm gold theirs' },
  updatedAt: null,
}
const delivered: DeliveredPerson = {
  person: 1,
  zendeskId: '7',
  externalId: 'a1',
  emails: [],
  name: 'Ann',
  orchestration: 'people',
  at: '2026-11-21T10:00:00.000Z',
  ours: true,
  exit: null,
  values: {},
}

const change = (kind: LandedChange['kind'], more: Partial<LandedChange> = {}): LandedChange => ({
  kind,
  created: false,
  live: false,
  email: null,
  new_email: false,
  fields: [],
  ...more,
})
const field = (name: string, old: string | null, written: string | null) =>
  change('update', { fields: [{ field: name, old, new: written }] })

/** One line for each thing that happens to the person. */
function undone(
  changes: LandedChange[],
  {
    person = held,
    ledger = delivered,
    isProtected = false,
  }: { person?: AccountPerson | null; ledger?: DeliveredPerson | undefined; isProtected?: boolean } = {},
): string[] {
  const undo = undoPerson(changes, person, ledger, attributes, isProtected)
  return [
    ...undo.changes.map(({ kind, email, fields }) =>
      [kind, email, ...fields.map((one) => `${one.field}: ${one.old} -> ${one.new}`)].filter(Boolean).join(' '),
    ),
    ...undo.rest.map((rest) => `${rest.code} ${rest.field}`),
    ...(undo.fields.already > 0 ? [`already ${undo.fields.already}`] : []),
  ]
}

describe('taking one person back', () => {
  it.each<[what: string, changes: LandedChange[], expected: string[]]>([
    ['a value', [field('notes', 'Old', 'New')], ['restore notes: New -> Old']],
    ['a value that Zendesk writes in another way', [field('notes', 'Old', ' new')], ['restore notes: New -> Old']],
    ['a value that is back already', [field('notes', 'New', 'Other')], ['already 1']],
    ['a value that was edited since', [field('notes', 'Old', 'Other')], ['edited_since notes']],
    ['a value sent whole, not changed', [field('notes', 'New', 'New')], ['already 1']],
    ['a cleared value', [field('alias', 'Annie', null)], ['restore alias: null -> Annie']],
    ['a value where nothing was', [field('notes', null, 'New')], ['restore notes: New -> null']],
    ['a name where nothing was', [field('name', null, 'Ann')], ['never_cleared name']],
    ['a field that the account lost', [field('user_fields.gone', 'x', 'y')], ['field_unknown user_fields.gone']],
    ['a column that is not mapped any more', [field('user_fields.what', 'x', 'y')], ['field_unknown user_fields.what']],
    ['a photo', [field('remote_photo_url', 'x', 'y')], ['not_readable remote_photo_url']],
    ['a number that took no place', [field('phone', '+4930111111', '+4930222222')], ['second_number phone']],
    ['a number', [field('phone', '+4930333333', '+4930111111')], ['restore phone: +4930111111 -> +4930333333']],
    ['a membership', [field('organization', null, 'ACME')], ['membership organization']],
    ['tags', [field('tags', 'crm', 'crm gold')], ['tags tags: crm gold -> crm']],
    ['tags that were taken away', [field('tags', 'crm silver', 'crm gold')], ['tags tags: crm gold -> crm silver']],
    ['tags of a new person', [field('tags', null, 'gold')], ['tags tags: gold -> null']],
    ['tags that somebody took away', [field('tags', 'crm', 'crm blue')], ['already 1']],
    ['an added address', [change('email', { email: 'second@example.com' })], ['remove_email second@example.com']],
    [
      'an address that became the primary one',
      [change('email', { email: 'first@example.com' })],
      ['primary_address email'],
    ],
    ['an address that is gone', [change('email', { email: 'third@example.com' })], ['already 1']],
    ['a primary address', [change('primary_email', { email: 'first@example.com' })], ['primary_address email']],
    ['a removed address', [change('remove_email', { email: 'third@example.com' })], ['email third@example.com']],
    [
      'another external_id',
      [change('rekey', { fields: [{ field: 'notes', old: 'Old', new: 'New' }] })],
      ['restore notes: New -> Old', 'identity external_id'],
    ],
    [
      'a person it created',
      [change('create', { created: true, fields: [{ field: 'notes', old: null, new: 'New' }] })],
      ['created null'],
    ],
    [
      'all of it, values first',
      [change('email', { email: 'second@example.com' }), field('notes', 'Old', 'New')],
      ['restore notes: New -> Old', 'remove_email second@example.com'],
    ],
  ])('%s', (_, changes, expected) => {
    expect(undone(changes)).toEqual(expected)
  })

  it('what was empty is known only of users whom the account created at our word, or who were read before', () => {
    const theirs = { ...delivered, ours: false }
    expect(undone([field('notes', null, 'New')], { ledger: theirs })).toEqual(['not_known notes'])
    expect(undone([{ ...field('notes', null, 'New'), live: true }], { ledger: theirs })).toEqual([
      'restore notes: New -> null',
    ])
    expect(undone([field('tags', null, 'gold')], { ledger: theirs })).toEqual(['not_known tags'])
    expect(undone([field('notes', 'Old', 'New')], { ledger: theirs })).toEqual(['restore notes: New -> Old'])
  })

  it('nobody who is gone, an agent, or forgotten', () => {
    const changes = [field('notes', 'Old', 'New')]
    expect(undone(changes, { person: null })).toEqual(['gone null'])
    expect(undone([change('delete')], { person: null })).toEqual(['deleted null'])
    expect(undone(changes, { isProtected: true })).toEqual(['is_agent null'])
    expect(undoPerson(changes, held, undefined, attributes, false).rest).toMatchObject([
      { code: 'not_known', field: null },
    ])
  })

  it('tells what delivered will hold', () => {
    const changes = [field('notes', 'Old', 'New'), field('tags', 'crm', 'crm gold'), field('alias', 'x', 'y')]
    expect(undoPerson(changes, held, delivered, attributes, false).values).toEqual({ notes: 'Old', tags: 'crm' })
  })
})

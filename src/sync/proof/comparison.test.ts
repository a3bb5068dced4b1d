import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccountPerson, Attribute } from '../../destination/destination.ts'
import { differences, type Given, isAlike, words } from './comparison.ts'

function attribute(name: string, more: Partial<Attribute> = {}): Attribute {
  return {
    name,
    clearing: 'null',
    normalise: (value) => ({ ok: true, value }),
    wire: (canonical) => canonical,
    read: (value) => (typeof value === 'string' ? value : null),
    apart: null,
    accumulates: false,
    ...more,
  }
}

const checkbox = attribute('user_fields.vip', {
  wire: (canonical) => canonical === 'true',
  read: (value) => (value === true ? 'true' : 'false'),
})
const attributes = new Map(
  [
    attribute('name', { clearing: 'never' }),
    attribute('notes'),
    attribute('phone', { clearing: 'empty_string' }),
    attribute('remote_photo_url'),
    attribute('organization', { apart: 'membership' }),
    attribute('user_fields.city'),
    attribute('user_fields.visits'),
    checkbox,
  ].map((one) => [one.name, one]),
)

const given: Given = {
  zendeskId: '7',
  externalId: 'a1',
  values: {},
  emails: [],
  primaryEmail: null,
  removedEmails: [],
  at: '2026-11-21T10:00:00.500Z',
}
const person: AccountPerson = {
  zendeskId: '7',
  externalId: 'A1',
  emails: ['ann@example.com', 'ann.b@example.com'],
  phones: ['+4930123456', '+4930999999'],
  role: 'end-user',
  suspended: false,
  values: {
    name: 'Ann',
    notes: null,
    phone: '+4930123456',
    'user_fields.city': 'Köln',
    'user_fields.visits': '5',
    'user_fields.vip': 'false',
  },
  updatedAt: '2026-11-21T10:00:00Z',
}

const codes = (what: Partial<Given>, who: Partial<AccountPerson> | null = {}, of = attributes) =>
  differences({ ...given, ...what }, who === null ? null : { ...person, ...who }, of).map(
    ({ field, found, code }) => `${field} ${found} ${code}`,
  )

describe('what the account holds against what it was given', () => {
  it.each<[what: string, given: Partial<Given>, person: Partial<AccountPerson>, expected: string[]]>([
    ['an external_id in another case', { externalId: 'a1' }, { externalId: ' A1' }, []],
    ['another external_id', {}, { externalId: 'b2' }, ['external_id b2 seen.not_taken']],
    ['an external_id that was not given', { externalId: null }, { externalId: 'b2' }, []],
    ['a secondary address', { emails: ['ann.b@example.com'] }, {}, []],
    ['an address in another case', { emails: [' Ann@Example.com '] }, {}, []],
    ['an address that is not there', { emails: ['new@example.com'] }, {}, ['email ann@example.com seen.not_taken']],
    ['a primary address', { primaryEmail: 'ann@example.com' }, {}, []],
    [
      'a primary address that is secondary',
      { primaryEmail: 'ann.b@example.com' },
      {},
      ['email ann@example.com seen.not_taken'],
    ],
    ['an address that is gone', { removedEmails: ['old@example.com'] }, {}, []],
    [
      'an address that stayed',
      { removedEmails: ['ann.b@example.com'] },
      {},
      ['email ann.b@example.com seen.not_taken'],
    ],
    ['a second number', { values: { phone: '+4930999999' } }, {}, []],
    ['a number in another form', { values: { phone: '+49 30 999999' } }, {}, ['phone +4930999999 seen.normalised']],
    ['a number that is not there', { values: { phone: '+4930111111' } }, {}, ['phone +4930123456 seen.not_taken']],
    ['a number that was cleared', { values: { phone: null } }, { phones: [], values: { phone: null } }, []],
    ['a number that was cleared and is there', { values: { phone: null } }, {}, ['phone +4930123456 seen.not_taken']],
    ['an unchecked box', { values: { 'user_fields.vip': 'false' } }, {}, []],
    ['a cleared box, which reads as false', { values: { 'user_fields.vip': null } }, {}, []],
    ['a checked box', { values: { 'user_fields.vip': 'true' } }, {}, ['user_fields.vip false seen.not_taken']],
    ['a cleared text', { values: { notes: null } }, {}, []],
    [
      'a text in another case',
      { values: { 'user_fields.city': 'KÖLN ' } },
      {},
      ['user_fields.city Köln seen.normalised'],
    ],
    [
      'a number written otherwise',
      { values: { 'user_fields.visits': '005.0' } },
      {},
      ['user_fields.visits 5 seen.normalised'],
    ],
    ['a negative number', { values: { 'user_fields.visits': '-5' } }, {}, ['user_fields.visits 5 seen.not_taken']],
    ['a photo, which reads as something else', { values: { remote_photo_url: 'https://example.com/a.png' } }, {}, []],
    [
      'a field that the account lacks',
      { values: { 'user_fields.city': 'Bonn' } },
      { values: {} },
      ['user_fields.city null seen.field_unknown'],
    ],
    ['an empty field that the account lacks', { values: { 'user_fields.city': null } }, { values: {} }, []],
    ['a membership', { values: { organization: 'ACME' } }, {}, []],
    [
      'a later edit',
      { values: { notes: 'x' } },
      { updatedAt: '2026-11-21T10:00:01Z' },
      ['notes null seen.agent_edited'],
    ],
    [
      'a later edit of something else',
      { values: { 'user_fields.city': 'köln' } },
      { updatedAt: '2026-11-21T10:00:01Z' },
      ['user_fields.city Köln seen.normalised'],
    ],
    [
      'an edit nobody dates',
      { values: { notes: 'x' }, at: null },
      { updatedAt: '2026-11-21T10:00:01Z' },
      ['notes null seen.not_taken'],
    ],
  ])('%s', (_, what, who, expected) => {
    expect(codes(what, who)).toEqual(expected)
  })

  it('somebody who is not there is one difference', () => {
    expect(codes({ values: { notes: 'x', name: 'Ann' }, emails: ['x@example.com'] }, null)).toEqual([
      'zendesk_id null seen.gone',
    ])
  })

  it.each([
    ['tags', null, 'b a', []],
    ['tags', null, 'a', ['tags a seen.not_taken']],
    ['tags', null, 'a b c', ['tags a b c seen.not_taken']],
    ['tags', 'tags', 'a b c', []],
    ['tags', 'tags', 'A c', ['tags A c seen.not_taken']],
  ] as const)('%s as sets: apart %s, the account holds "%s"', (name, apart, found, expected) => {
    const tags = new Map([[name, attribute(name, { apart, read: () => null })]])
    expect(codes({ values: { tags: 'a b' }, externalId: null }, { values: { tags: found } }, tags)).toEqual(expected)
  })
})

describe('properties', () => {
  const texts = fc.string({ unit: 'grapheme', maxLength: 12 })

  it('what is held as it was given never differs, whenever the account changed the user', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('name', 'notes', 'user_fields.city'), fc.option(texts)),
        fc.boolean(),
        (values, edited) => {
          const held = { ...person, values, updatedAt: edited ? '2027-01-01T00:00:00Z' : person.updatedAt }
          expect(differences({ ...given, values }, held, attributes)).toEqual([])
        },
      ),
    )
  })

  it('another value always differs, and is normalised exactly when it is alike', () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        fc.pre(one !== other)
        const [difference, ...more] = differences(
          { ...given, values: { notes: one } },
          { ...person, values: { notes: other } },
          attributes,
        )
        expect(more).toEqual([])
        expect(difference).toEqual({
          field: 'notes',
          given: one,
          found: other,
          code: isAlike(one, other) ? 'seen.normalised' : 'seen.not_taken',
        })
      }),
    )
  })

  it('alike is symmetric, and case and blanks never matter', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'B', 'ü', '1', '.', '-', ' ', ','), maxLength: 8 }),
        texts,
        (text, other) => {
          expect(isAlike(text, other)).toBe(isAlike(other, text))
          expect(isAlike(text, ` ${text.toUpperCase()}\u00a0`)).toBe(true)
        },
      ),
    )
  })

  it('numbers are alike exactly when they are equal', () => {
    const number = fc
      .tuple(fc.integer({ min: -2000, max: 2000 }), fc.nat(99))
      .map(([whole, cents]) => `${whole}.${String(cents).padStart(2, '0')}`)
    fc.assert(
      fc.property(number, number, fc.integer(), (one, other, whole) => {
        expect(isAlike(one, other)).toBe(Number(one) === Number(other))
        expect(isAlike(whole.toLocaleString('en-US'), `${whole}.00`)).toBe(true)
      }),
    )
  })

  it('the set of tags knows no order, case or repetition', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,3}$/), { maxLength: 6 }), (tags) => {
        expect([...words([...tags, ...tags].reverse().join(', ').toUpperCase())].sort()).toEqual(
          [...new Set(tags)].sort(),
        )
      }),
    )
  })
})

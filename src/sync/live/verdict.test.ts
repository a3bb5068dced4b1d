import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccountPerson, Attribute } from '../../destination/destination.ts'
import type { FieldChange } from '../report.ts'
import { type Contact, holds, judgeContact, type VerdictRules } from './verdict.ts'

function attribute(name: string, more: Partial<Attribute> = {}): Attribute {
  return {
    name,
    clearing: 'null',
    normalise: (value) => ({ ok: true, value }),
    wire: (value) => value,
    read: (value) => (value === null ? null : String(value)),
    apart: null,
    accumulates: false,
    ...more,
  }
}

const attributes = new Map(
  [
    attribute('name'),
    attribute('phone'),
    attribute('user_fields.city'),
    attribute('tags', { apart: 'tags' }),
    attribute('organization', { apart: 'membership' }),
  ].map((one) => [one.name, one]),
)

function rules(more: Partial<VerdictRules> = {}): VerdictRules {
  return { attributes, fillsIfEmpty: () => false, omitsEmails: false, whole: false, ...more }
}

function contact(more: Partial<Contact> = {}): Contact {
  return {
    known: false,
    zendeskId: null,
    externalId: 'C-1',
    twins: [],
    emails: ['ann@example.com'],
    fields: [{ field: 'name', old: null, new: 'Ann' }],
    ...more,
  }
}

function person(more: Partial<AccountPerson> = {}): AccountPerson {
  return {
    zendeskId: '1',
    externalId: null,
    emails: ['ann@example.com'],
    phones: [],
    role: 'end-user',
    suspended: false,
    values: { name: 'Ann', phone: null, 'user_fields.city': 'Oslo', tags: null },
    updatedAt: null,
    ...more,
  }
}

describe('who is who', () => {
  it.each<[string, Contact, AccountPerson[], object]>([
    ['nobody has any of the keys', contact(), [], { verdict: 'create', zendeskId: null }],
    ['the external_id is there', contact(), [person({ externalId: 'C-1' })], { verdict: 'update', zendeskId: '1' }],
    [
      'the primary address of somebody without external_id',
      contact(),
      [person()],
      { verdict: 'adopt', zendeskId: '1' },
    ],
    [
      'no external_id of ours, and the address of somebody who has one',
      contact({ externalId: null }),
      [person({ externalId: 'X' })],
      { verdict: 'adopt', zendeskId: '1' },
    ],
    [
      'somebody known, whose external_id was written in another case',
      contact({ known: true, zendeskId: '1', externalId: 'C-1' }),
      [person({ externalId: 'c-1' })],
      { verdict: 'update' },
    ],
    [
      'somebody new, whose external_id is there in another case',
      contact(),
      [person({ externalId: 'c-1' })],
      { verdict: 'conflict', code: 'conflict.case_twins' },
    ],
    [
      'rows that differ in case',
      contact({ twins: ['C-1', 'c-1'] }),
      [],
      { verdict: 'conflict', code: 'conflict.case_twins' },
    ],
    [
      'id and address belong to two',
      contact(),
      [person({ zendeskId: '2', externalId: 'C-1', emails: [] }), person()],
      { verdict: 'conflict', code: 'conflict.two_people' },
    ],
    [
      'two addresses belong to two',
      contact({ emails: ['ann@example.com', 'bo@example.com'] }),
      [person(), person({ zendeskId: '2', emails: ['bo@example.com'] })],
      { verdict: 'conflict', code: 'conflict.two_people' },
    ],
    [
      'another external_id',
      contact(),
      [person({ externalId: 'X' })],
      { verdict: 'conflict', code: 'conflict.other_id' },
    ],
    ['an agent', contact(), [person({ role: 'agent' })], { verdict: 'conflict', code: 'conflict.agent' }],
    [
      'somebody suspended',
      contact(),
      [person({ suspended: true })],
      { verdict: 'conflict', code: 'conflict.suspended' },
    ],
    [
      'a secondary address',
      contact(),
      [person({ emails: ['first@example.com', 'ann@example.com'] })],
      { verdict: 'conflict', code: 'conflict.secondary' },
    ],
    [
      'our own secondary address is no conflict',
      contact(),
      [person({ externalId: 'C-1', emails: ['first@example.com', 'ann@example.com'] })],
      { verdict: 'update', had: ['ann@example.com'] },
    ],
  ])('%s', (_, asked, found, expected) => {
    expect(judgeContact(asked, found, rules())).toMatchObject(expected)
  })

  it('email_conflicts: omit_email leaves the address out, unless it is all that identifies the person', () => {
    const holder = person({ externalId: 'X' })
    expect(judgeContact(contact(), [holder], rules({ omitsEmails: true }))).toMatchObject({
      verdict: 'create',
      omitted: [{ email: 'ann@example.com', code: 'conflict.other_id' }],
    })
    expect(
      judgeContact(contact({ externalId: null }), [person({ suspended: true })], rules({ omitsEmails: true })),
    ).toMatchObject({
      verdict: 'conflict',
      code: 'conflict.suspended',
    })
  })
})

describe('what is left to send', () => {
  const own = person({ externalId: 'C-1' })
  const change = (field: string, old: string | null, value: string | null): FieldChange => ({ field, old, new: value })
  it.each<[string, FieldChange, Partial<AccountPerson>, Partial<VerdictRules>, object]>([
    ['equal values are not sent', change('name', null, 'Ann'), {}, {}, { fields: [], equal: true }],
    [
      'unless everything is',
      change('name', null, 'Ann'),
      {},
      { whole: true },
      { fields: [change('name', 'Ann', 'Ann')], equal: false },
    ],
    [
      'the old value is that of the account',
      change('name', null, 'Bo'),
      {},
      {},
      { fields: [change('name', 'Ann', 'Bo')] },
    ],
    [
      'what the account does not tell is sent',
      change('remote_photo_url', null, 'x'),
      {},
      {},
      { fields: [change('remote_photo_url', null, 'x')] },
    ],
    ['a secondary number is there', change('phone', null, '+4912'), { phones: ['+1', '+4912'] }, {}, { fields: [] }],
    [
      'a full field stays',
      change('user_fields.city', null, 'Rome'),
      {},
      { fillsIfEmpty: () => true },
      { fields: [], kept: ['user_fields.city'] },
    ],
    [
      'an empty one is filled',
      change('user_fields.city', null, 'Rome'),
      { values: { 'user_fields.city': null } },
      { fillsIfEmpty: () => true },
      { fields: [change('user_fields.city', null, 'Rome')], kept: [] },
    ],
    [
      'what is cleared was ours',
      change('user_fields.city', 'Oslo', null),
      {},
      { fillsIfEmpty: () => true },
      { kept: [], fields: [change('user_fields.city', 'Oslo', null)] },
    ],
    [
      'what is not ours is not cleared',
      change('user_fields.city', 'Rome', null),
      {},
      { fillsIfEmpty: () => true },
      { kept: ['user_fields.city'], fields: [] },
    ],
    ['tags among others are there', change('tags', null, 'a b'), { values: { tags: 'a b c' } }, {}, { fields: [] }],
    [
      'a tag that is missing',
      change('tags', 'a', 'a b'),
      { values: { tags: 'a c' } },
      {},
      { fields: [change('tags', 'a', 'a b')] },
    ],
    [
      'a tag that has to go',
      change('tags', 'a b', 'a'),
      { values: { tags: 'a b' } },
      {},
      { fields: [change('tags', 'a b', 'a')] },
    ],
  ])('%s', (_, field, more, rule, expected) => {
    expect(judgeContact(contact({ fields: [field] }), [{ ...own, ...more }], rules(rule))).toMatchObject(expected)
  })

  it('an external_id that the person lacks is something to send, though all values are there', () => {
    expect(judgeContact(contact(), [person()], rules())).toMatchObject({ verdict: 'adopt', fields: [], equal: false })
  })
})

describe('for every account', () => {
  const email = fc.constantFrom('a@example.com', 'b@example.com', 'c@example.com')
  const someone = fc.record({
    externalId: fc.constantFrom(null, 'C-1', 'c-1', 'X'),
    emails: fc.uniqueArray(email, { maxLength: 3 }),
    role: fc.constantFrom<AccountPerson['role']>('end-user', 'agent', 'admin'),
    suspended: fc.boolean(),
  })
  it('never takes over an agent, a suspended person, or one of two holders, and never sends an address that somebody else has', () => {
    fc.assert(
      fc.property(
        fc.array(someone, { maxLength: 4 }),
        fc.uniqueArray(email, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (others, emails, omitsEmails) => {
          // An address, and an external_id without case, belong to one person of an account.
          const taken = new Set<string>()
          const free = (key: string) => !taken.has(key) && taken.add(key) !== undefined
          const found = others.map((one, index) =>
            person({
              ...one,
              zendeskId: String(index + 1),
              emails: one.emails.filter(free),
              externalId: one.externalId !== null && free(one.externalId.toLowerCase()) ? one.externalId : null,
            }),
          )
          const verdict = judgeContact(contact({ emails }), found, rules({ omitsEmails }))
          if (verdict.verdict === 'conflict') return
          const target = found.find((one) => one.zendeskId === verdict.zendeskId)
          const omitted = verdict.omitted.map((claim) => claim.email)
          for (const address of emails.filter((one) => !omitted.includes(one))) {
            const holder = found.find((one) => one.emails.includes(address))
            expect(holder === undefined || holder === target).toBe(true)
          }
          if (verdict.verdict === 'adopt')
            expect(target).toMatchObject({ role: 'end-user', suspended: false, externalId: null })
          if (!omitsEmails) expect(omitted).toEqual([])
        },
      ),
    )
  })

  it('holds is true for exactly what reading back would find', () => {
    const value = fc.constantFrom(null, 'a', 'b')
    fc.assert(
      fc.property(value, value, (held, given) => {
        const record = person({ values: { 'user_fields.city': held } })
        const change: FieldChange = { field: 'user_fields.city', old: null, new: given }
        expect(holds(record, change, attribute('user_fields.city'))).toBe(held === given)
      }),
    )
  })
})

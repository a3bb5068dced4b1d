import { describe, expect, it } from 'vitest'
import { Problem } from '../../problem.ts'
import { mapColumns } from './columns.ts'
import type { UserField } from './fields.ts'

const settings = {
  default_country: null,
  country_column: null,
  invalid_values: 'omit',
  unknown_fields: 'error',
} as const

const fields: UserField[] = [
  { key: 'city', type: 'text', pattern: null, options: [] },
  { key: 'loyalty_tier', type: 'dropdown', pattern: null, options: [{ name: 'Gold', value: 'gold' }] },
  { key: 'LTV', type: 'decimal', pattern: null, options: [] },
  { key: 'twin', type: 'text', pattern: null, options: [] },
  { key: 'Twin', type: 'text', pattern: null, options: [] },
]

const always = ['external_id', 'email', 'name']

/** What becomes of one more column: `attribute x`, `identity x`, `country`, `ignored (x?)`. */
function use(column: string, known: UserField[] | null = fields): string {
  const { columns } = mapColumns([...always, column], { ...settings, unknown_fields: 'ignore' }, known)
  const found = columns[3]!
  if (found.use === 'attribute') return found.attribute.name
  return found.use === 'ignored' ? `ignored (${found.didYouMean ?? '-'})` : found.use
}

function problem(columns: string[], more: Partial<Parameters<typeof mapColumns>[1]> = {}): Problem {
  try {
    mapColumns(columns, { ...settings, ...more }, fields)
  } catch (error) {
    if (error instanceof Problem) return error
  }
  throw new Error('no problem')
}

describe('columns', () => {
  it.each([
    ['phone', 'phone'],
    ['PHONE', 'phone'],
    [' Alias ', 'alias'],
    ['Time_Zone', 'time_zone'],
    ['user_fields.city', 'user_fields.city'],
    ['User_Fields.CITY', 'user_fields.city'],
    ['user_fields.ltv', 'user_fields.LTV'],
    ['user_fields.twin', 'user_fields.twin'],
    ['user_fields.Twin', 'user_fields.Twin'],
    ['user_fields.TWIN', 'ignored (user_fields.twin)'],
    ['user_fields.citty', 'ignored (user_fields.city)'],
    ['user_fields.nothing_like_it', 'ignored (-)'],
    ['user_field.city', 'ignored (user_fields.city)'],
    ['userfields.city', 'ignored (user_fields.city)'],
    ['user_fields_city', 'ignored (user_fields.city)'],
    ['custom_fields.city', 'ignored (user_fields.city)'],
    ['user_field.loyalty_teir', 'ignored (user_fields.loyalty_tier)'],
    ['city', 'ignored (user_fields.city)'],
    ['full_name', 'ignored (name)'],
    ['FullName', 'ignored (name)'],
    ['nmae', 'ignored (name)'],
    ['externalid', 'ignored (external_id)'],
    ['external-id', 'ignored (external_id)'],
    ['e_mail', 'ignored (email)'],
    ['emial', 'ignored (email)'],
    ['email_address', 'ignored (email)'],
    ['phone_number', 'ignored (phone)'],
    ['note', 'ignored (notes)'],
    ['detials', 'ignored (details)'],
    ['timezone', 'ignored (time_zone)'],
    ['amperity_id', 'ignored (-)'],
    ['customer_id', 'ignored (-)'],
    ['id', 'ignored (-)'],
    ['created_at', 'ignored (-)'],
    ['active', 'ignored (-)'],
    ['url', 'ignored (-)'],
    ['first_name', 'ignored (-)'],
    ['date', 'ignored (-)'],
    ['x', 'ignored (-)'],
    ['', 'ignored (-)'],
  ])('%j is %s', (column, expected) => expect(use(column)).toBe(expected))

  it('takes user fields as text when the account is not asked', () => {
    expect(use('user_fields.anything', null)).toBe('user_fields.anything')
    expect(use('user_field.city', null)).toBe('ignored (user_fields.city)')
    expect(use('city', null)).toBe('ignored (-)')
  })

  it.each([
    [['name', 'phone'], 'mapping.no_identity'],
    [['email'], 'mapping.no_name'],
    [['email', 'name', 'Name'], 'mapping.duplicate_attribute'],
    [['email', 'EMAIL', 'name'], 'mapping.duplicate_attribute'],
    [['email', 'name', 'user_fields.city', 'user_fields.City'], 'mapping.duplicate_attribute'],
    [[...always, 'role'], 'mapping.refused_attribute'],
    [[...always, 'Custom_Role_ID'], 'mapping.refused_attribute'],
    [[...always, 'password'], 'mapping.refused_attribute'],
    [[...always, 'tags'], 'mapping.refused_attribute'],
    [[...always, 'organization'], 'mapping.refused_attribute'],
    [[...always, 'organization_id'], 'mapping.refused_attribute'],
    [[...always, 'organization_external_id'], 'mapping.refused_attribute'],
    [[...always, 'user_fields.nope'], 'zendesk.unknown_user_field'],
    [[...always, 'user_fields.'], 'zendesk.unknown_user_field'],
  ])('%j is refused as %s', (columns, code) => expect(problem(columns).code).toBe(code))

  it('names the unknown field and its nearest keys', () => {
    expect(problem([...always, 'user_fields.loyaltytiers']).message).toMatch(/`loyaltytiers`.*`loyalty_tier`/)
  })

  it('marks unknown fields that may be left out', () => {
    const { columns } = mapColumns([...always, 'user_fields.nope'], { ...settings, unknown_fields: 'ignore' }, fields)
    expect(columns[3]).toEqual({ use: 'ignored', column: 'user_fields.nope', didYouMean: null, unknownField: true })
  })

  it('reads the country column, also when it is sent as well', () => {
    const plain = mapColumns([...always, 'Country'], { ...settings, country_column: 'country' }, fields)
    expect(plain.columns[3]).toEqual({ use: 'country', column: 'Country' })
    const both = mapColumns(
      [...always, 'user_fields.city'],
      { ...settings, country_column: 'user_fields.city' },
      fields,
    )
    expect(both.columns.slice(3).map((found) => found.use)).toEqual(['attribute', 'country'])
  })

  it('misses a country column only for phones', () => {
    expect(problem([...always, 'phone'], { country_column: 'land' }).code).toBe('mapping.no_country_column')
    expect(() => mapColumns(always, { ...settings, country_column: 'land' }, fields)).not.toThrow()
  })
})

describe('columns that the destination must allow', () => {
  const attributeOf = (column: string, more: Partial<Parameters<typeof mapColumns>[1]>) => {
    const use = mapColumns([...always, column], { ...settings, ...more }, fields).columns[3]!
    return use.use === 'attribute' ? use.attribute : null
  }

  it.each([
    ['tags', { tags: 'add' }, { name: 'tags', apart: 'tags', accumulates: true, clearing: 'never' }],
    ['Tags', { tags: 'replace' }, { name: 'tags', apart: null, accumulates: false, clearing: 'null' }],
    ['tags', { tags: { own: 'crm_' } }, { name: 'tags', apart: 'tags', accumulates: false, clearing: 'null' }],
    ['organization', { organizations: 'add' }, { name: 'organization', apart: 'membership', clearing: 'never' }],
    ['Organization_ID', { organizations: 'create' }, { name: 'organization_id', apart: 'membership' }],
    ['organization_external_id', { organizations: 'add' }, { name: 'organization_external_id', apart: 'membership' }],
    ['phone', { phone_change: 'replace_primary' }, { name: 'phone', apart: 'primary_phone', clearing: 'empty_string' }],
    ['phone', { phone_change: 'add_secondary' }, { name: 'phone', apart: null }],
    ['phone', { phone_change: 'keep' }, { name: 'phone', apart: null }],
  ] as const)('%s under %j', (column, more, expected) => expect(attributeOf(column, more)).toMatchObject(expected))

  it.each([
    ['tags', { tags: null }, /`tags: add`/],
    ['organization_external_id', { organizations: null }, /`organizations: add`/],
  ])('%s without its setting is refused by a sentence that names it', (column, more, sentence) => {
    expect(problem([...always, column], more).message).toMatch(sentence)
  })

  it('one organization only', () => {
    const refused = problem([...always, 'organization', 'organization_id'], { organizations: 'add' })
    expect(refused.code).toBe('mapping.duplicate_attribute')
    expect(refused.message).toBe('The columns `organization` and `organization_id` both stand for the organization.')
  })

  it('are guessed only when they are allowed', () => {
    const guess = (more: Partial<Parameters<typeof mapColumns>[1]>) => {
      const use = mapColumns([...always, 'organisation'], { ...settings, ...more }, fields).columns[3]!
      return use.use === 'ignored' ? use.didYouMean : null
    }
    expect(guess({ organizations: 'add' })).toBe('organization')
    expect(guess({})).toBe(null)
  })
})

describe('fingerprint of a mapping', () => {
  const columns = [...always, 'phone', 'user_fields.city', 'user_fields.loyalty_tier', 'other']
  const base = mapColumns(columns, settings, fields).fingerprint

  it('stays when nothing that matters changes', () => {
    expect(mapColumns(columns, settings, fields).fingerprint).toBe(base)
    const unread = fields.map((field) => (field.key === 'LTV' ? { ...field, type: 'integer' } : field))
    expect(mapColumns(columns, settings, unread).fingerprint).toBe(base)
  })

  it.each([
    ['columns', [...columns, 'alias'], settings, fields],
    ['country', columns, { ...settings, default_country: 'US' }, fields],
    ['invalid values', columns, { ...settings, invalid_values: 'reject' }, fields],
    ['options', columns, settings, fields.map((field) => ({ ...field, options: [] }))],
    ['changes of addresses', columns, { ...settings, email_change: 'keep' }, fields],
    ['changes of numbers', columns, { ...settings, phone_change: 'keep' }, fields],
    ['tags', columns, { ...settings, tags: { own: 'x' } }, fields],
    ['organizations', columns, { ...settings, organizations: 'add' }, fields],
    ['ownership', columns, { ...settings, field_ownership: 'fill_if_empty' }, fields],
    ['type', columns, settings, fields.map((field) => ({ ...field, type: 'textarea' }))],
  ] as const)('changes with %s', (_, some, other, known) => {
    expect(mapColumns(some, other, known).fingerprint).not.toBe(base)
  })
})

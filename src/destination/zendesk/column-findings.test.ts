import { describe, expect, it } from 'vitest'
import { asProblem } from '../../problem.ts'
import type { AccountDefinition } from './column-findings.ts'
import { columnFindings, columnNotes, refuseInactive } from './column-findings.ts'
import type { UserField } from './fields.ts'
import { zendeskSettings } from './settings.ts'

function settings(more: Record<string, unknown> = {}) {
  return zendeskSettings.parse({ plugin: 'zendesk', credential: 'zendesk', subdomain: 'emulator', ...more })
}

const field = (key: string, type = 'text', values: string[] = []): UserField => ({
  key,
  type,
  pattern: type === 'regexp' ? '\\Aa++\\z' : null,
  options: values.map((value) => ({ name: value.toUpperCase(), value })),
})

function account(more: Partial<AccountDefinition> = {}): AccountDefinition {
  return {
    fields: [
      field('city'),
      field('born', 'date'),
      field('tier', 'dropdown', ['gold', 'silver', 'bronze', 'tin', 'iron', 'lead', 'none']),
      field('bare', 'multiselect'),
      field('code', 'regexp'),
      field('Twice'),
    ],
    inactive: ['old', 'twice'],
    userSettings: { tagging: true, multiple_organizations: true, end_user_phone_number_validation: false },
    ...more,
  }
}

const identity = ['external_id', 'name']

describe('what a column feeds', () => {
  const destination = settings({
    tags: 'add',
    organizations: 'add',
    country_column: 'country',
    unknown_fields: 'ignore',
  })
  it.each([
    ['external_id', 'external_id, identifies the person', true],
    ['Email', 'e-mail address, identifies the person', true],
    ['phone', 'phone number, sent as E.164', true],
    ['alias', 'alias, text', true],
    ['tags', 'tags', true],
    ['organization_id', 'organization, by id', true],
    ['country', 'country by which a national phone number of the row is read', false],
    ['user_fields.CITY', 'user field city, text', true],
    ['user_fields.born', 'user field born, date', true],
    ['user_fields.tier', 'user field tier, drop-down: gold, silver, bronze, tin, iron and 2 more', true],
    ['user_fields.bare', 'user field bare, multi-select', true],
    ['user_fields.code', 'user field code, text that matches a pattern', true],
    ['user_fields.old', 'not sent: the user field is switched off', false],
    ['user_fields.twice', 'user field Twice, text', true],
    ['user_fields.citty', 'not sent: the account has no such user field; did you mean user_fields.city?', false],
    ['amperity_id', 'not sent: it is no attribute of Zendesk', false],
  ])('%s', (column, feeds, isSent) => {
    const columns = [...new Set([...identity, 'country', column])]
    const found = columnFindings(columns, destination, account()).find((finding) => finding.column === column)
    expect(found).toMatchObject({ feeds, isSent })
  })

  it('may be two things', () => {
    const both = settings({ country_column: 'user_fields.city' })
    const [, , city] = columnFindings([...identity, 'user_fields.city', 'phone'], both, account())
    expect(city!.feeds).toBe('user field city, text; country by which a national phone number of the row is read')
  })
})

describe('notes of columns', () => {
  const phoneChecks = { userSettings: { end_user_phone_number_validation: true } }
  it.each<[string, string, Record<string, unknown>, Partial<AccountDefinition>, RegExp | null]>([
    ['nothing', 'user_fields.city', {}, {}, null],
    ['a pattern', 'user_fields.code', {}, {}, /user_fields\.code go to Zendesk unchecked/],
    ['no options', 'user_fields.bare', {}, {}, /bare has no options/],
    ['a field that is off', 'user_fields.old', { unknown_fields: 'ignore' }, {}, /old is switched off.*Activate it/],
    ['tags that are off', 'tags', { tags: 'add' }, { userSettings: { tagging: false } }, /Tags .* switched off/],
    ['tags that are on', 'tags', { tags: 'add' }, {}, null],
    ['tags nobody knows of', 'tags', { tags: 'add' }, { userSettings: null }, /nobody knows/],
    [
      'one organization',
      'organization',
      { organizations: 'add' },
      { userSettings: { multiple_organizations: false } },
      /one organization/,
    ],
    ['many organizations', 'organization', { organizations: 'add' }, {}, null],
    ['checked phones', 'phone', {}, phoneChecks, /checks phone numbers/],
    ['signatures', 'signature', {}, {}, /signatures of agents and admins only/],
    ['checked phones of a country', 'phone', { default_country: 'US' }, phoneChecks, null],
    ['unchecked phones', 'phone', {}, {}, null],
  ])('%s', (_, column, more, definition, note) => {
    const notes = columnNotes([...identity, column], settings(more), account(definition))
    expect(notes).toEqual(note === null ? [] : [expect.stringMatching(note)])
    for (const said of notes) expect(said).toMatch(/^[A-Z].*\.$/)
  })
})

describe('fields that are switched off', () => {
  const columns = [...identity, 'User_Fields.OLD', 'user_fields.city', 'user_fields.twice']

  it('stop with their keys and what to do', () => {
    const attempt = () => refuseInactive(columns, settings(), account())
    expect(attempt).toThrow(/user field `old` of the Zendesk account is switched off/)
    try {
      attempt()
    } catch (error) {
      expect(asProblem(error)).toMatchObject({
        code: 'zendesk.unknown_user_field',
        fix: expect.stringContaining('Activate it'),
        data: { columns: ['User_Fields.OLD'] },
      })
    }
  })

  it('do not where unknown fields are ignored, or nobody asks for one', () => {
    refuseInactive(columns, settings({ unknown_fields: 'ignore' }), account())
    refuseInactive(identity, settings(), account())
  })
})

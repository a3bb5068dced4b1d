import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asProblem } from '../../problem.ts'
import type { CheckedColumn, ColumnMapping } from '../destination.ts'
import { checkColumns } from './column-check.ts'
import { type AccountDefinition, refuseInactive } from './column-findings.ts'
import { mapColumns } from './columns.ts'
import { zendeskSettings } from './settings.ts'

const settingsOf = (more: object = {}) =>
  zendeskSettings.parse({ plugin: 'zendesk', credential: 'z', subdomain: 'shop', ...more })

const account: AccountDefinition = {
  fields: [
    { key: 'city', type: 'text', pattern: null, options: [] },
    { key: 'tier', type: 'dropdown', pattern: null, options: [{ name: 'Gold', value: 'gold' }] },
    { key: 'since', type: 'date', pattern: null, options: [] },
    { key: 'visits', type: 'integer', pattern: null, options: [] },
    { key: 'vip', type: 'checkbox', pattern: null, options: [] },
    { key: 'ltv', type: 'decimal', pattern: null, options: [] },
    { key: 'parent', type: 'lookup', pattern: null, options: [] },
  ],
  inactive: ['old_city'],
  userSettings: {},
}

const always = ['external_id', 'email', 'name']
const columnsOf = (names: readonly string[], type = 'VARCHAR') => names.map((name) => ({ name, type }))

/** One more column, held against a destination. */
function checked(name: string, more: object = {}, { type = 'VARCHAR', isLive = true } = {}): CheckedColumn {
  const columns = [...columnsOf(always), { name, type }]
  return checkColumns(columns, settingsOf(more), isLive ? account : null).columns[3]!
}

describe('what becomes of a column', () => {
  it.each<[string, Partial<CheckedColumn>]>([
    ['Phone', { use: 'sent', becomes: 'phone', meaning: 'phone number, sent as E.164' }],
    ['USER_FIELDS.City', { use: 'sent', becomes: 'user_fields.city', field_type: 'text' }],
    ['user_fields.tier', { use: 'sent', field_type: 'dropdown', meaning: 'user field tier, drop-down: gold' }],
    ['full_name', { use: 'ignored', why: 'it is no attribute of Zendesk', did_you_mean: 'name' }],
    ['city', { use: 'ignored', did_you_mean: 'user_fields.city' }],
    ['amperity_id', { use: 'ignored', did_you_mean: null, meaning: '', becomes: null }],
    [
      'user_fields.citty',
      { use: 'refused', why: 'the account has no such user field', did_you_mean: 'user_fields.city' },
    ],
    ['user_fields.old_city', { use: 'refused', why: 'the user field is switched off' }],
    ['role', { use: 'refused', why: 'Deskside never changes roles.' }],
    ['organization', { use: 'refused', why: expect.stringContaining('`organizations: add`') }],
    ['EMAIL ', { use: 'refused', why: 'the column email stands for email already' }],
  ])('%j', (name, expected) => expect(checked(name)).toMatchObject({ column: name, type: 'VARCHAR', ...expected }))

  it.each<[string, object, Partial<CheckedColumn>]>([
    ['tags', { tags: 'add' }, { use: 'sent', becomes: 'tags' }],
    [
      'organization',
      { organizations: 'create' },
      { use: 'sent', becomes: 'organization', meaning: 'organization, by name' },
    ],
    ['user_fields.citty', { unknown_fields: 'ignore' }, { use: 'ignored', why: 'the account has no such user field' }],
    ['user_fields.old_city', { unknown_fields: 'ignore' }, { use: 'ignored', why: 'the user field is switched off' }],
    ['land', { country_column: 'land' }, { use: 'read', becomes: null, meaning: expect.stringMatching(/^country/) }],
    [
      'user_fields.city',
      { country_column: 'user_fields.city' },
      { use: 'sent', meaning: expect.stringMatching(/; country/) },
    ],
  ])('%j under %j', (name, more, expected) => expect(checked(name, more)).toMatchObject(expected))

  it('is told without the account, which is then said', () => {
    const offline = { isLive: false }
    expect(checked('user_fields.citty', {}, offline)).toMatchObject({
      ...{ use: 'sent', becomes: 'user_fields.citty', field_type: null },
      meaning: 'user field citty, as far as the account has it',
      notes: [],
    })
    expect(checked('tags', { tags: 'add' }, offline)).toMatchObject({ use: 'sent', meaning: 'tags', notes: [] })
    expect(checked('city', {}, offline)).toMatchObject({ use: 'ignored', did_you_mean: null })
  })
})

describe('what is missing', () => {
  const problemsOf = (names: readonly string[], more: object = {}) =>
    checkColumns(columnsOf(names), settingsOf(more), account).problems.map(({ problem, columns }) => [
      problem.code,
      ...columns,
    ])

  it.each<[string[], object, string[][]]>([
    [always, {}, []],
    [['name', 'phone'], {}, [['mapping.no_identity']]],
    [['email'], {}, [['mapping.no_name']]],
    [
      ['phone'],
      { country_column: 'land' },
      [['mapping.no_identity'], ['mapping.no_name'], ['mapping.no_country_column']],
    ],
    [
      [...always, 'role', 'user_fields.a', 'tags', 'user_fields.old_city', ' Name'],
      {},
      [
        ['zendesk.unknown_user_field', 'user_fields.old_city'],
        ['mapping.refused_attribute', 'role'],
        ['mapping.refused_attribute', 'tags'],
        ['zendesk.unknown_user_field', 'user_fields.a', 'user_fields.old_city'],
        ['mapping.duplicate_attribute', ' Name'],
      ],
    ],
    [[...always, 'user_fields.old_city'], {}, [['zendesk.unknown_user_field', 'user_fields.old_city']]],
  ])('%j under %j: all of it', (names, more, expected) => expect(problemsOf(names, more)).toEqual(expected))
})

describe('types that never fit', () => {
  it.each<[string, string, boolean]>([
    ['user_fields.since', 'BOOLEAN', true],
    ['user_fields.since', 'INTEGER', true],
    ['user_fields.since', 'DATE', false],
    ['user_fields.since', 'TIMESTAMP WITH TIME ZONE', false],
    ['user_fields.since', 'VARCHAR', false],
    ['user_fields.visits', 'DATE', true],
    ['user_fields.visits', 'DOUBLE', false],
    ['user_fields.visits', 'BOOLEAN', true],
    ['user_fields.vip', 'BOOLEAN', false],
    ['user_fields.vip', 'BIGINT', false],
    ['user_fields.vip', 'DATE', true],
    ['user_fields.ltv', 'DECIMAL(18,2)', false],
    ['user_fields.ltv', 'UUID', true],
    ['user_fields.parent', 'BIGINT', false],
    ['user_fields.parent', 'TIME', true],
    ['user_fields.tier', 'BOOLEAN', true],
    // An option could have the number as its value.
    ['user_fields.tier', 'INTEGER', false],
    ['user_fields.city', 'BOOLEAN', false],
    ['locale', 'INTEGER', true],
    ['phone', 'BIGINT', false],
    ['details', 'DATE', false],
  ])('%s of type %s: %s', (name, type, isTold) => {
    const { use, notes } = checked(name, {}, { type })
    expect(use).toBe('sent')
    expect(notes.some((note) => note.startsWith(`No value of type ${type} fits`))).toBe(isTold)
  })

  it('cost the value, or the row', () => {
    const notes = (invalid_values: string) =>
      checked('user_fields.since', { invalid_values }, { type: 'BOOLEAN' }).notes
    expect(notes('omit')).toEqual(['No value of type BOOLEAN fits user_fields.since, so that every value is left out.'])
    expect(notes('reject')[0]).toMatch(/every row with a value is rejected\.$/)
  })
})

/** What a plan of these columns begins with. */
function planned(columns: readonly string[], settings: ReturnType<typeof settingsOf>, known: AccountDefinition | null) {
  try {
    if (known !== null) refuseInactive(columns, settings, known)
    return { mapping: mapColumns(columns, settings, known?.fields ?? null), problem: null }
  } catch (error) {
    return { mapping: null, problem: asProblem(error) }
  }
}

/** A mapping as the check tells it, column by column. */
function told(columns: readonly string[], mapping: ColumnMapping) {
  return columns.map((column) => {
    const uses = mapping.columns.filter((use) => use.column === column)
    const ignored = uses.find((use) => use.use === 'ignored')
    const attribute = uses.find((use) => use.use === 'attribute')?.attribute.name
    const becomes = attribute ?? uses.find((use) => use.use === 'identity')?.key ?? null
    const use = ignored !== undefined ? 'ignored' : becomes === null ? 'read' : 'sent'
    return { column, use, becomes, did_you_mean: ignored?.didYouMean ?? null }
  })
}

describe('check and plan', () => {
  const names = fc.constantFrom(
    ...['external_id', 'EMAIL', 'email ', 'name', ' Name', 'phone', 'alias', 'tags', 'organization', 'organization_id'],
    ...[
      'role',
      'password',
      'user_fields.city',
      'User_Fields.CITY',
      'user_fields.citty',
      'user_fields.',
      'city',
      'land',
    ],
    ...['user_fields.old_city', 'user_fields.vip', 'full_name', 'amperity_id', 'id', '', 'signature', 'constructor'],
  )
  const settings = fc
    .record({
      tags: fc.constantFrom('none', 'add', { own: 'crm_' }),
      organizations: fc.constantFrom('none', 'add'),
      country_column: fc.constantFrom('none', 'land', 'user_fields.city'),
      unknown_fields: fc.constantFrom('error', 'ignore'),
      phone_change: fc.constantFrom('add_secondary', 'replace_primary'),
    })
    .map(settingsOf)

  it('agree on every list of columns: the same problem first, or the same mapping', () => {
    const seen = { refused: 0, mapped: 0 }
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.oneof({ weight: 9, arbitrary: names }, fc.string({ maxLength: 12 })), { maxLength: 9 }),
        fc.boolean(),
        settings,
        fc.boolean(),
        (some, isWhole, chosen, isLive) => {
          const columns = isWhole ? [...new Set(['external_id', 'name', ...some])] : some
          const known = isLive ? account : null
          const { mapping, problem } = planned(columns, chosen, known)
          const check = checkColumns(columnsOf(columns), chosen, known)
          expect(check.columns.map(({ column }) => column)).toEqual(columns)
          if (problem !== null) {
            seen.refused += 1
            expect(check.problems[0]?.problem).toMatchObject({ code: problem.code, message: problem.message })
            const blamed = new Set(check.problems.flatMap((one) => one.columns))
            for (const { column, use, why } of check.columns) {
              expect([column, use === 'refused']).toEqual([column, blamed.has(column)])
              expect(why === null).toBe(use === 'sent' || use === 'read')
            }
            return
          }
          seen.mapped += 1
          expect(check.problems).toEqual([])
          const shown = check.columns.map(({ column, use, becomes, did_you_mean }) => ({
            column,
            use,
            becomes,
            did_you_mean,
          }))
          expect(shown).toEqual(told(columns, mapping!))
        },
      ),
      { numRuns: 2000 },
    )
    expect(Math.min(seen.refused, seen.mapped)).toBeGreaterThan(200)
  })
})

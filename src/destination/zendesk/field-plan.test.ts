import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { conflictProblem, type FieldChange, type FieldRemoval, removeNothing } from '../user-fields.ts'
import { type AccountField, planUserFields, readAccountField } from './field-plan.ts'
import { type UserFieldSettings, userFieldSettings } from './field-settings.ts'

const declare = (fields: object): UserFieldSettings => userFieldSettings.parse(fields)!

function field(key: string, more: Partial<AccountField> = {}): AccountField {
  return {
    id: `${key.length}${[...key].map((letter) => letter.charCodeAt(0)).join('')}`.slice(0, 15),
    key,
    type: 'text',
    title: key,
    description: '',
    active: true,
    system: false,
    pattern: null,
    tag: null,
    relationship_target_type: null,
    options: [],
    ...more,
  }
}

const tier = field('tier', {
  type: 'dropdown',
  options: [
    { id: '1', value: 'gold', name: 'Gold' },
    { id: '2', value: 'silver', name: 'Silver' },
  ],
})

const plan = (account: readonly AccountField[], file: object, removal: FieldRemoval = removeNothing) =>
  planUserFields('https://x.zendesk.com', account, declare(file), removal)

const optionOf = (value: string, name: string) => ({ key: 'tier', value, name })

describe('what changes', () => {
  const set = (attribute: string, from: unknown, to: unknown) => [{ change: 'set', key: 'a', attribute, from, to }]
  const text = { type: 'text', title: 'a' }
  test.each<[string, Partial<AccountField>, object, object[]]>([
    ['nothing', {}, text, []],
    ['the title', {}, { ...text, title: 'A' }, set('title', 'a', 'A')],
    ['the description', { description: 'x' }, { ...text, description: 'y' }, set('description', 'x', 'y')],
    ['the description to nothing', { description: 'x' }, { ...text, description: '' }, set('description', 'x', '')],
    ['no description that is not given', { description: 'x' }, text, []],
    ['active', { active: false }, text, set('active', false, true)],
    ['not active', {}, { ...text, active: false }, set('active', true, false)],
    ['the tag', { type: 'checkbox' }, { type: 'checkbox', title: 'a', tag: 't' }, set('tag', null, 't')],
    ['no tag that is not given', { type: 'checkbox', tag: 't' }, { type: 'checkbox', title: 'a' }, []],
    [
      'the pattern',
      { type: 'regexp', pattern: 'x' },
      { type: 'regexp', title: 'a', pattern: '\\d' },
      set('pattern', 'x', '\\d'),
    ],
    ['the pattern of no date field', { type: 'date', pattern: '\\A' }, { type: 'date', title: 'a' }, []],
    ['a field of Zendesk: active', { system: true, active: false }, text, set('active', false, true)],
  ])('%s', (_, account, file, changes) => {
    expect(plan([field('a', account)], { a: file })).toMatchObject({ changes, conflicts: [] })
  })

  test('a new field carries its whole definition', () => {
    const file = { n: { type: 'dropdown', title: 'N', description: 'd', active: false, options: { b: 'B', a: 'A' } } }
    expect(plan([], file).changes).toEqual([
      {
        change: 'create_field',
        key: 'n',
        field: {
          type: 'dropdown',
          title: 'N',
          description: 'd',
          active: false,
          pattern: null,
          tag: null,
          relationship_target_type: null,
          options: [
            { value: 'b', name: 'B' },
            { value: 'a', name: 'A' },
          ],
        },
      },
    ])
  })

  test('options are added and renamed, and others left alone, as fields are', () => {
    const other = field('other', { active: false })
    const file = { tier: { type: 'dropdown', title: 'tier', options: { gold: 'GOLD', iron: 'Iron' } } }
    expect(plan([tier, other], file)).toMatchObject({
      changes: [
        { change: 'rename_option', key: 'tier', value: 'gold', from: 'Gold', to: 'GOLD' },
        { change: 'add_option', ...optionOf('iron', 'Iron') },
      ],
      left_alone: {
        fields: [{ key: 'other', type: 'text', title: 'other', active: false }],
        options: [optionOf('silver', 'Silver')],
      },
    })
  })

  test('only what is asked for is removed', () => {
    const file = { tier: { type: 'dropdown', title: 'tier', options: { gold: 'Gold' } } }
    const untouched = field('multi', { type: 'multiselect', options: [{ id: '3', value: 'm', name: 'M' }] })
    expect(plan([tier, untouched, field('a')], file, { options: true, fields: ['a'] })).toMatchObject({
      changes: [
        { change: 'remove_option', ...optionOf('silver', 'Silver') },
        { change: 'remove_field', key: 'a', type: 'text', title: 'a' },
      ],
      left_alone: { fields: [{ key: 'multi' }], options: [] },
    })
  })
})

describe('what cannot be done', () => {
  const gold = { tier: { type: 'dropdown', title: 'tier', options: { Gold: 'Gold' } } }
  const lookup = { a: { type: 'lookup', title: 'a', relationship_target_type: 'zen:user' } }
  const ticket = field('a', { type: 'lookup', relationship_target_type: 'zen:ticket' })
  const text = { a: { type: 'text', title: 'A' } }
  test.each<[string, AccountField[], object, readonly string[], RegExp]>([
    ['another type', [field('a', { type: 'integer' })], text, [], /integer in the account.*Write `type: integer`/],
    ['another target', [ticket], lookup, [], /zen:ticket in the account/],
    ['a key in another case', [field('A')], text, [], /`a` is written `A`/],
    ['an option in another case', [tier], gold, [], /`Gold` of `tier` is written `gold`/],
    ['the title of a field of Zendesk', [field('a', { system: true })], text, [], /only `active`/],
    ['removing a declared field', [field('a', { title: 'A' })], text, ['a'], /declares it/],
    ['removing a field that is not there', [field('b')], {}, ['a'], /none of that key/],
    ['removing a field of Zendesk', [field('a', { system: true })], {}, ['a'], /cannot be removed/],
  ])('%s', (_, account, file, fields, words) => {
    const planned = plan(account, file, { options: false, fields })
    expect(planned.changes).toEqual([])
    expect(planned.conflicts).toHaveLength(1)
    expect(conflictProblem(planned)).toMatchObject({
      code: 'zendesk.field_conflict',
      message: expect.stringMatching(words),
      effect: 'none',
    })
  })
})

test('a field is read by its raw texts, and ids keep their digits', () => {
  const item = {
    id: 7,
    key: 'k',
    type: 'tagger',
    title: 'Stufe',
    raw_title: '{{dc.tier}}',
    description: null,
    raw_description: null,
    active: true,
    system: false,
    custom_field_options: [{ id: '9007199254740993', name: 'Gold', raw_name: '{{dc.gold}}', value: 'gold' }],
  }
  expect(readAccountField(item)).toMatchObject({
    id: '7',
    type: 'dropdown',
    title: '{{dc.tier}}',
    description: '',
    options: [{ id: '9007199254740993', value: 'gold', name: '{{dc.gold}}' }],
  })
  expect(readAccountField({ ...item, key: null })).toBeNull()
})

/** What Zendesk makes of changes, in a few lines. */
function applied(fields: readonly AccountField[], changes: readonly FieldChange[]): AccountField[] {
  let next = fields.map((one) => structuredClone(one))
  for (const [index, change] of changes.entries()) {
    const at = next.find((one) => one.key === change.key)
    switch (change.change) {
      case 'create_field': {
        const { description, options, ...rest } = change.field
        const ids = options.map((option, place) => ({ ...option, id: `9${index}${place}` }))
        next.push(field(change.key, { ...rest, description: description ?? '', options: ids }))
        break
      }
      case 'set':
        Object.assign(at!, { [change.attribute]: change.to })
        break
      case 'add_option':
        at!.options.push({ id: `8${index}`, value: change.value, name: change.name })
        break
      case 'rename_option':
        at!.options.find((option) => option.value === change.value)!.name = change.to
        break
      case 'remove_option':
        at!.options = at!.options.filter((option) => option.value !== change.value)
        break
      case 'remove_field':
        next = next.filter((one) => one !== at)
    }
  }
  return next
}

const key = fc.constantFrom('a', 'A', 'b', 'c')
const title = fc.constantFrom('One', 'Two')
const value = fc.constantFrom('x', 'X', 'y', 'z')
const names = fc.uniqueArray(fc.record({ value, name: title }), { selector: (option) => option.value, maxLength: 4 })

const accountField = fc
  .record({
    key,
    title,
    active: fc.boolean(),
    system: fc.constantFrom(false, false, false, true),
    type: fc.constantFrom('text', 'dropdown', 'multiselect', 'checkbox'),
    options: names,
  })
  .map(({ options, ...more }) =>
    field(more.key, {
      ...more,
      options: ['dropdown', 'multiselect'].includes(more.type)
        ? options.map((option, index) => ({ ...option, id: `${index + 1}` }))
        : [],
    }),
  )

const declared = fc.oneof(
  fc.record({ type: fc.constant('text'), title, active: fc.boolean() }),
  fc.record({ type: fc.constant('checkbox'), title, tag: fc.constantFrom('t', 'u') }),
  fc.record({
    type: fc.constantFrom('dropdown', 'multiselect'),
    title,
    options: names
      .filter((options) => options.length > 0)
      .map((options) => Object.fromEntries(options.map((option) => [option.value, option.name]))),
  }),
)

const account = fc.uniqueArray(accountField, { selector: (one) => one.key, maxLength: 4 })
const file = fc.dictionary(key, declared, { maxKeys: 4 })
const asked = fc.record({ options: fc.boolean(), fields: fc.uniqueArray(key, { maxLength: 2 }) })

test('whatever account and file are, nothing is lost unless it is asked for, and planning again finds nothing', () => {
  fc.assert(
    fc.property(account, file, fc.option(asked, { nil: removeNothing }), (before, wanted, removal) => {
      const planned = plan(before, wanted, removal)
      const after = applied(before, planned.changes)
      for (const one of before) {
        const now = after.find((other) => other.key === one.key)
        if ((removal.fields as readonly string[]).includes(one.key) && now === undefined) continue
        const kept = new Set(now?.options.map((option) => `${option.id} ${option.value}`))
        const gone = one.options.filter((option) => !kept.has(`${option.id} ${option.value}`))
        const inFile: object = (wanted[one.key] as { options?: object } | undefined)?.options ?? {}
        expect(now).toBeDefined()
        expect(gone.filter((option) => !removal.options || option.value in inFile)).toEqual([])
      }
      if (planned.conflicts.length > 0) return
      expect(plan(after, wanted, { ...removal, fields: [] })).toMatchObject({ changes: [], conflicts: [] })
    }),
    { numRuns: 2_000 },
  )
})

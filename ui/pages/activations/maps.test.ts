import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editable, mapMistakes, namesOf, offered, placed, type Schema, words, written } from './maps.ts'

const text: Schema = { type: 'string' }
const ways: Schema = { type: 'string', enum: ['source', 'fill_if_empty'] }
const one = { type: 'object', required: ['type', 'title'], additionalProperties: false }
const labels = { type: 'object', propertyNames: { type: 'string', pattern: '^\\S+$' }, additionalProperties: text }
const schema: Schema = {
  type: 'object',
  required: ['subdomain'],
  properties: {
    name: text,
    limits: { type: 'object', properties: { users: { type: 'number' } } },
    tags: {
      anyOf: [
        { const: 'add' },
        { const: 'none' },
        { type: 'object', properties: { own: text }, required: ['own'], additionalProperties: false },
      ],
      default: 'none',
    },
    ownership: { anyOf: [ways, { type: 'object', additionalProperties: ways }], default: 'source' },
    fields: {
      type: 'object',
      propertyNames: { type: 'string', pattern: '^[a-z]+$' },
      additionalProperties: {
        oneOf: [
          { ...one, properties: { type: { type: 'string', enum: ['text', 'date'] }, title: text, note: text } },
          { ...one, properties: { type: { const: 'list' }, title: text, note: text, options: labels } },
        ],
      },
    },
  },
}

const form = (body: { [key: string]: unknown }) => editable(body, schema)

describe('settings that may be maps', () => {
  it('come back from the form as they went into it, whatever they are, with all that it does not show', () => {
    const name = fc.stringMatching(/^[a-z][a-z_.]{0,9}$/)
    const map = <Value>(value: fc.Arbitrary<Value>) => fc.dictionary(name, value, { noNullPrototype: true })
    const title = fc.string({ minLength: 1 })
    const note = fc.string()
    const field = fc.oneof(
      fc.record({ type: fc.constantFrom('text', 'date'), title, note }, { requiredKeys: ['type', 'title'] }),
      fc.record({ type: fc.constant('list'), title, options: map(title) }),
    )
    const body = fc.record(
      {
        name: fc.string(),
        limits: fc.record({ users: fc.nat() }, { requiredKeys: [] }),
        tags: fc.oneof(fc.constantFrom('add', 'none'), fc.record({ own: title })),
        ownership: fc.oneof(
          fc.constantFrom('source', 'fill_if_empty'),
          map(fc.constantFrom('source', 'fill_if_empty')),
        ),
        fields: map(field),
        unknown: fc.array(fc.string()),
        'of a later version': fc.record({ a: map(fc.nat()) }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(body, (given) => {
        expect(mapMistakes(form(given), schema)).toEqual({})
        expect(written(form(given), schema)).toEqual(given)
      }),
    )
  })

  const row = (name: string, value: unknown = 'source') => ({ id: 0, name, value })
  const list = { type: 'list', title: 'List', options: [row('a b', 'A')] }

  it.each([
    ['without what was emptied', { name: undefined, limits: { users: undefined }, tags: {} }, { tags: {} }],
    ['with names as they are meant', { ownership: [row(' phone ')] }, { ownership: { phone: 'source' } }],
    ['without rows', { ownership: [] }, { ownership: {} }],
    [
      'without what belongs to a type that was chosen before',
      { fields: [row('a', { ...list, type: 'text', note: '' })] },
      { fields: { a: { type: 'text', title: 'List', note: '' } } },
    ],
  ])('are saved %s', (_what, body, saved) => expect(written(body, schema)).toEqual(saved))

  it.each<[string, { [key: string]: unknown }, Record<string, string>]>([
    ['nothing', {}, {}],
    ['words', { tags: 'add', ownership: 'source' }, {}],
    ['a map that lacks a field', { tags: {} }, { 'tags.own': 'Enter a value.' }],
    ['one that has it', { tags: { own: 'crm_' } }, {}],
    ['no rows', { ownership: [] }, {}],
    [
      'a row without a name',
      { ownership: [row('phone'), row(' ')] },
      { 'ownership.1.name': 'Enter a name, or remove the row.' },
    ],
    [
      'a name that is given twice, at the second',
      { ownership: [row('phone'), row(' phone ')] },
      { 'ownership.1.name': 'phone stands in a row above already.' },
    ],
    [
      'rows in rows',
      { fields: [row('a', { ...list, title: '', options: [row('', '')] })] },
      {
        'fields.0.value.title': 'Enter a value.',
        'fields.0.value.options.0.name': 'Enter a name, or remove the row.',
        'fields.0.value.options.0.value': 'Enter a value.',
      },
    ],
  ])('have mistakes at their places: %s', (_what, body, mistakes) =>
    expect(mapMistakes(body, schema)).toEqual(mistakes),
  )

  const body = {
    ownership: [row('user_fields.a'), row('user_fields.a.b'), row(' phone ')],
    fields: [row('x', { type: 'text' }), row('y', { ...list, options: [row('a b', 'A'), row('c', ' C')] })],
    tags: { own: '' },
  }
  it.each([
    ['name', 'name'],
    ['tags.own', 'tags.own'],
    ['ownership', 'ownership'],
    ['ownership.phone', 'ownership.2.name'],
    ['ownership.user_fields.a', 'ownership.0.name'],
    ['ownership.user_fields.a.b', 'ownership.1.name'],
    ['ownership.none', 'ownership.none'],
    ['fields.y', 'fields.1.name'],
    ['fields.y.title', 'fields.1.value.title'],
    ['fields.y.options', 'fields.1.value.options'],
    ['fields.y.options.a b', 'fields.1.value.options.0.name'],
    ['fields.y.options.c', 'fields.1.value.options.1.value'],
    ['unknown.a.b', 'unknown.a.b'],
  ])('have the mistake that the API finds at %s at %s', (path, place) =>
    expect(placed({ [path]: 'wrong' }, body, schema)).toEqual({ [place]: 'wrong' }),
  )

  it('offer each name once, to one row', () => {
    const rows = ['a', ' b ', ' ', 'a'].map((name, id) => ({ id, name, value: '' }))
    expect(namesOf(rows)).toEqual(['a', 'b', 'a'])
    expect(namesOf(undefined)).toEqual([])
    const known = ['a', 'b', 'c', 'c']
    expect(rows.map((own) => offered(known, rows, own))).toEqual([['c'], ['b', 'c'], ['c'], ['c']])
    expect(offered(known, rows.slice(0, 1), rows[0]!)).toEqual(['a', 'b', 'c'])
  })

  it.each([
    ['base_url', 'Base URL'],
    ['limited_pii', 'Limited PII'],
    ['field_ownership', 'Field ownership'],
  ])('are called by words: %s is %s', (name, shown) => expect(words(name)).toBe(shown))
})

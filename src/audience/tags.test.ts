import { describe, expect, it } from 'vitest'
import { assertDeclared, effectivePii, tagsOf } from './tags.ts'

const guessed = new Map([
  ['email', { pii: true }],
  ['city', { pii: false }],
])

describe('whether a column is personal', () => {
  it.each<[string, Record<string, boolean>, Record<string, boolean>, string, boolean, string]>([
    ['the guess, where nobody has said anything', {}, {}, 'email', true, 'guessed'],
    ['the guess that it is free', {}, {}, 'city', false, 'guessed'],
    ['personal, where not even a guess is known', {}, {}, 'other', true, 'guessed'],
    ['what a person confirmed, before the guess', {}, { city: true }, 'city', true, 'confirmed'],
    ['what a person confirmed, also that it is free', {}, { email: false }, 'email', false, 'confirmed'],
    ['what deskside.yml declares, before a person', { email: true }, { email: false }, 'email', true, 'declared'],
    ['what deskside.yml declares, also that it is free', { email: false }, { email: true }, 'email', false, 'declared'],
    ['said in any case', { EMAIL: false }, {}, 'email', false, 'declared'],
    ['not what was said of another column', { city: true }, { name: false }, 'email', true, 'guessed'],
    ['not something that every object has', {}, {}, 'constructor', true, 'guessed'],
  ])('is %s', (_, declared, confirmed, column, pii, by) => {
    expect(effectivePii([column], declared, confirmed, guessed)).toEqual([{ column, pii, by }])
  })

  it('is said of a table in any case', () => {
    const tags = new Map([['Customers', { email: false }]])
    expect([tagsOf(tags, 'customers'), tagsOf(tags, 'orders')]).toEqual([{ email: false }, {}])
  })

  it('cannot be declared of a column that is not there', () => {
    assertDeclared('t', { EMAIL: true }, ['email', 'city'])
    expect(() => assertDeclared('t', { emial: true, x: false }, ['email', 'city'])).toThrow(
      expect.objectContaining({
        code: 'config.invalid',
        message: 'Table t, pii: there is no column emial, x; the columns are email, city.',
      }),
    )
  })
})

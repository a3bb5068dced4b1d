import { describe, expect, it } from 'vitest'
import type { Problem } from '../../api/operations.ts'
import { bodyOf, draftOf, emptyDraft, isChanged, mappingRow, mistakesOf, placeOf } from './form-state.ts'

const stored = {
  key: 'Shop',
  body: { sql: 'shop.sql', text: 'SELECT 1', id: 'cid', mapping: { city: 'user_fields.city' }, labels: ['daily'] },
}

describe('an attributes table that is edited', () => {
  it('is what was stored as long as nobody changes it', () => {
    const draft = draftOf(stored)
    expect(bodyOf(draft)).toEqual({ ...stored.body, segments: false })
    expect(isChanged(draft, stored)).toBe(false)
    expect(isChanged({ ...draft, text: 'SELECT 2' }, stored)).toBe(true)
    expect(isChanged({ ...draft, mapping: [] }, stored)).toBe(true)
  })

  it('does not count rows of the mapping that nobody has filled', () => {
    const draft = draftOf(stored)
    expect(isChanged({ ...draft, mapping: [...draft.mapping, mappingRow('', ' ')] }, stored)).toBe(false)
    expect(bodyOf({ ...draft, mapping: [mappingRow('', '')] })).not.toHaveProperty('mapping')
  })

  it('begins with a name for its file, once it has a key', () => {
    expect(bodyOf({ ...emptyDraft(), key: 'New' })).toMatchObject({ sql: 'New.sql', segments: true })
  })
})

describe('a refusal', () => {
  const problem = (members: object) => ({ detail: 'It is wrong.', ...members }) as Problem

  it('stands at its fields', () => {
    expect(mistakesOf(null)).toEqual({})
    expect(mistakesOf(problem({ problems: [{ path: 'mapping.city', message: 'is empty' }] }))).toEqual({
      'mapping.city': 'is empty',
    })
    expect(mistakesOf(problem({ errors: [{ pointer: '/body/key', message: 'has a blank' }] }))).toEqual({
      key: 'has a blank',
    })
  })

  it('stands at its place in the SQL', () => {
    expect(placeOf(problem({}))).toEqual([])
    expect(placeOf(problem({ line: 2, column: 3 }))).toEqual([{ line: 2, column: 3, message: 'It is wrong.' }])
  })
})

import { describe, expect, it } from 'vitest'
import { foundText, keyOf } from './search-words.ts'

describe('a search for people', () => {
  it.each<[string | null, string[], string]>([
    ['C-1', ['a@example.com'], 'C-1'],
    [null, ['old@example.com', 'new@example.com'], 'new@example.com'],
    ['[hidden]', ['[hidden]'], 'typed'],
    [null, ['[hidden]'], 'typed'],
    [null, [], 'typed'],
  ])('leads from %s and %j to %s', (external_id, emails, key) =>
    expect(keyOf({ external_id, emails }, 'typed')).toBe(key),
  )

  it.each<[number, boolean, string]>([
    [0, false, 'Nobody found.'],
    [1, false, '1 person found.'],
    [50, false, '50 people found.'],
    [50, true, 'The first 50; there are more.'],
    [1000, true, 'The first 1,000; there are more.'],
  ])('says of %i, with more: %s, how many there are', (shown, hasMore, text) =>
    expect(foundText(shown, hasMore)).toBe(text),
  )
})

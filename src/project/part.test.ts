import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Part, partOf } from './part.ts'

const text = 'SELECT 1 AS a\r\nFROM b -- é\nLIMIT 2'

test.each<[Part, string]>([
  [{ lines: { from: 1, to: 3 } }, text],
  [{ lines: { from: 1, to: 1 } }, 'SELECT 1 AS a\r\n           \n       '],
  [{ lines: { from: 2, to: 2 } }, '             \r\nFROM b -- é\n       '],
  [{ lines: { from: 3, to: 99 } }, '             \r\n           \nLIMIT 2'],
  [{ characters: { from: 0, to: 7 } }, 'SELECT 1     \r\n           \n       '],
  [{ characters: { from: 7, to: 7 } }, '       1     \r\n           \n       '],
  [{ characters: { from: 99, to: 100 } }, '             \r\n           \n       '],
])('%j of a text leaves the rest blank', (part, rest) => {
  expect(partOf(text, part)).toBe(rest)
})

test('what is run stands where it stood', () => {
  const texts = fc.array(fc.constantFrom('a', 'SELECT', ' ', '\n', '\r\n', '\u{1F600}')).map((all) => all.join(''))
  fc.assert(
    fc.property(texts, fc.nat(30), fc.nat(30), (all, from, length) => {
      const found = partOf(all, { characters: { from, to: from + length } })
      expect(found).toHaveLength(all.length)
      expect(found.slice(from, from + length + 1)).toBe(all.slice(from, from + length + 1))
      expect(found.split('\n')).toHaveLength(all.split('\n').length)
    }),
  )
})

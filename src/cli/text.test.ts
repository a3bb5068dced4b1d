import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { duration, labelled, moment, pad, remaining, requestsFor, shorten, visible, widthOf, wrap } from './text.ts'

test.each([
  [1, 12, '1 request'],
  [184, 18_369, '184 requests, 10 per 1,000 people'],
  [3, 400, '3 requests, 8 per 1,000 people'],
])('%i requests for %i people', (requests, people, text) => {
  expect(requestsFor(requests, people)).toBe(text)
})

describe('visible', () => {
  test.each([
    ['plain Zoë 山田 👩‍👧', 'plain Zoë 山田 👩‍👧'],
    ['\u001b[31mred', '\\x1b[31mred'],
    ['\u001b]0;title\u0007', '\\x1b]0;title\\x07'],
    ['\u009b2J', '\\x9b2J'],
    ['two\nlines\r\tand', 'two\\nlines\\r\\tand'],
    ['\u202egpj.exe', '\\u202egpj.exe'],
    ['a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\ud800', '\\ud800'],
    ['می‌خواهم', 'می‌خواهم'],
  ])('%j is shown as %j', (text, shown) => {
    expect(visible(text)).toBe(shown)
  })

  test('no control character comes through, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text)).not.toMatch(/[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]/u)
      }),
    )
  })
})

test.each([
  ['abc', 3],
  ['· middle dot', 12],
  ['山田', 4],
  ['e\u0301', 1],
  ['👩‍👧', 2],
  ['ｶﾅ', 2],
  ['\u001b[31mred\u001b[39m', 3],
])('%j fills %i columns', (text, width) => {
  expect(widthOf(text)).toBe(width)
})

test('shortened text never fills more than it may, and loses nothing when it fits', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }).map(visible), fc.integer({ min: 1, max: 40 }), (text, width) => {
      const short = shorten(text, width)
      expect(widthOf(short)).toBeLessThanOrEqual(width)
      if (widthOf(text) <= width) expect(short).toBe(text)
    }),
  )
})

test('wrapping keeps every word in order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }),
      fc.integer({ min: 12, max: 40 }),
      (words, width) => {
        const lines = wrap(words.join(' '), width)
        expect(lines.join(' ')).toBe(words.join(' '))
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
      },
    ),
  )
})

test.each([
  [0, '0 s'],
  [400, '0.4 s'],
  [27_000, '27 s'],
  [59_700, '1 min 00 s'],
  [200_000, '3 min 20 s'],
  [7_500_000, '2 h 05 min'],
  [200_000_000, '2 d 7 h'],
])('%i ms last %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})

test('remaining time counts in whole seconds and never reaches 0', () => {
  expect([27_400, 1_000, 10, -5_000].map(remaining)).toEqual(['28 s', '1 s', '1 s', '1 s'])
})

test('a label stands once beside its wrapped text', () => {
  const style = { columns: 40, color: false }
  expect(labelled(style, 'do this', 'Renew the credential in Zendesk and run it again.')).toEqual([
    '  do this Renew the credential in',
    '          Zendesk and run it again.',
  ])
})

test('padding counts columns, not characters', () => {
  expect(pad('山', 4)).toBe('山  ')
  expect(pad('7', 3, 'right')).toBe('  7')
})

test('moments are shown to the second', () => {
  expect(moment('2026-11-21T08:30:05.123Z')).toBe('2026-11-21 08:30:05')
})

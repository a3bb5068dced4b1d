import fc from 'fast-check'
import { expect, test } from 'vitest'
import { problems } from '../../problem.ts'
import { masked, oneLine, problemLines } from './masked.ts'

/** Words of ours around a value of a row. */
const words = fc
  .array(
    fc.constantFrom('The', 'value', 'column', 'of', "the account's", "users'", 'row', '12', 'is', 'wrong:', '(', ')'),
    {
      maxLength: 5,
    },
  )
  .map((list) => list.join(' '))
const marks = fc.constantFrom(
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['“', '”'],
  ['„', '“'],
  ['‘', '’'],
  ['«', '»'],
  ['‹', '›'],
)
/** At least two characters that do not occur in words of ours. */
const person = fc
  .tuple(
    fc.stringMatching(/^[QXZ][qxz]{2,8}$/),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.stringMatching(/^[QXZ][qxz]{2,8}$/),
  )
  .map(([first, middle, last]) => ({ first, last, value: `${first}${middle}${last}` }))

test('nothing that stands in quotation marks gets out, whatever it holds', () => {
  fc.assert(
    fc.property(
      words,
      marks,
      person,
      words,
      fc.boolean(),
      (before, [open, close], { first, last, value }, after, isClosed) => {
        // Where a quotation is not closed, nothing in it may look like its end.
        const quoted = isClosed ? `${open}${value}${close}` : `${open}${first} ${last}`
        const shown = masked(`${before} ${quoted} ${after}`)
        expect(shown).not.toContain(first)
        expect(shown).not.toContain(last)
      },
    ),
    { numRuns: 500 },
  )
})

test('no e-mail address gets out, quoted or not', () => {
  fc.assert(
    fc.property(
      words,
      fc.emailAddress(),
      fc.constantFrom('', "'", '"', '<', '('),
      words,
      (before, email, mark, after) => {
        const shown = masked(`${before} ${mark}${email}${mark} ${after}`)
        expect(shown).not.toContain(email)
        expect(shown).not.toContain(email.slice(email.indexOf('@') + 1))
        expect(shown).not.toContain('@')
      },
    ),
    { numRuns: 500 },
  )
})

test('no phone number gets out, and counts and dates stay', () => {
  expect(masked('call +49 (30) 123-4567 or 0301234567')).toBe('call [number] or [number]')
  expect(masked('1,234,567 of 2,000,000 rows until 2027-04-30, line 120345')).toBe(
    '1,234,567 of 2,000,000 rows until 2027-04-30, line 120345',
  )
})

test.each([
  ['The account "north" is gone.', 'The account […] is gone.'],
  ["the account's users' fields", "the account's users' fields"],
  ["column 'a' has 'b' in it", 'column […] in it'],
  ["value 'O'Brien' is wrong", 'value […] is wrong'],
  ["an 'open end", 'an […]'],
  ['two\nlines\u0000\u202e', 'two lines'],
  ['ada%40example.com', '[e-mail]'],
  ['x'.repeat(5001), '[…]'],
])('%j is shown as %j', (text, shown) => {
  expect(masked(text)).toBe(shown)
})

test('what is shown of a problem is code, masked message and fix', () => {
  const { fix } = problems['zendesk.credentials_rejected']
  const problem = { code: 'zendesk.credentials_rejected', message: 'Zendesk refused "ada".', fix }
  expect(problemLines(problem)).toEqual([
    'Problem zendesk.credentials_rejected: Zendesk refused […].',
    `What to do: ${fix}`,
  ])
  expect(problemLines({ ...problem, fix: 'Ask ada@example.com.' })[1]).toBe('What to do: Ask [e-mail]')
  expect(problemLines(null)).toEqual([])
})

test.each(['query.failed', 'source.unreadable', 'internal.bug', 'zendesk.unexpected_answer', 'x; Ada', 'made.up'])(
  'the message of a problem %s is not told: it may hold a value without marks around it',
  (code) => {
    const text = problemLines({ code, message: 'Could not convert Ada Lovelace to INT32', fix: 'Do it.' }).join(' ')
    expect(text).not.toMatch(/Ada|Lovelace/)
    expect(text).toContain('What to do: Do it.')
  },
)

test('one line is short and whole, whatever it is made of', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 1, max: 60 }), (text, limit) => {
      const line = oneLine(text, limit)
      expect(line.length).toBeLessThanOrEqual(limit)
      expect(line.isWellFormed()).toBe(true)
      expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
    }),
  )
})

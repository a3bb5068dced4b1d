import { describe, expect, it } from 'vitest'
import { normalisePhone } from './phone.ts'

type Row = [text: string, country: string | null, defaultCountry: string | null, expected: string | null]

const rows: Row[] = [
  // International numbers need nothing else.
  ['+12025550123', null, null, '+12025550123'],
  ['+1 (202) 555-0123', null, null, '+12025550123'],
  ['+49 1511 2345678', null, null, '+4915112345678'],
  ['+49 (0)30 901820', null, null, '+4930901820'],
  ['+44 20 7946 0018', null, 'US', '+442079460018'],
  ['0049 30 901820', null, null, '+4930901820'],
  ['00 49 30 901820', 'US', 'US', '+4930901820'],
  ['＋49 30 901820', null, null, '+4930901820'],
  [' +61 2 9374 4000 ', null, null, '+61293744000'],
  ['+358 9 123456', null, null, '+3589123456'],
  // National numbers need a country: the row's, else the default.
  ['(202) 555-0123', 'US', null, '+12025550123'],
  ['202.555.0123', null, 'US', '+12025550123'],
  ['030 901820', 'DE', 'US', '+4930901820'],
  ['030 901820', 'de', null, '+4930901820'],
  ['020 7946 0018', 'UK', null, '+442079460018'],
  ['06 12 34 56 78', 'FR', null, '+33612345678'],
  ['202-555-0123', 'Narnia', 'US', '+12025550123'],
  ['202-555-0123', '', 'US', '+12025550123'],
  ['202-555-0123', null, null, null],
  ['49 30 901820', null, null, null],
  // A number that is not valid in the country of its row is not tried in another one.
  ['030 901820', 'US', 'DE', null],
  // No numbers.
  ['100-555-0115', 'US', null, null],
  ['1 (11) 500 555-0118', 'AU', null, null],
  ['+1 100 555 0115', null, null, null],
  ['+999 123 4567', null, null, null],
  ['+49', null, 'DE', null],
  ['n/a', null, 'US', null],
  ['call me', 'US', 'US', null],
  ['12', 'US', 'US', null],
  ['0000000000', 'US', 'US', null],
  ['2025550123 2025550124', 'US', null, null],
  // E.164 has no extensions, and the number without it reaches somebody else.
  ['+1 202 555 0123 ext. 5', null, null, null],
  ['202-555-0123 x12', 'US', null, null],
]

describe('phone numbers', () => {
  it.each(rows)('%s (row: %s, default: %s)', (text, country, defaultCountry, expected) => {
    const result = normalisePhone(text, country, defaultCountry)
    if (expected === null) expect(result).toMatchObject({ ok: false, code: 'invalid_phone' })
    else expect(result).toEqual({ ok: true, value: expected })
  })

  it('says what to do about a number without a country', () => {
    expect(normalisePhone('202-555-0123', null, null)).toMatchObject({
      reason: expect.stringContaining('default_country'),
    })
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../problem.ts'
import type { Attribute } from '../destination.ts'
import { roundedDecimal, wholeNumber } from './decimal.ts'
import type { UserField } from './fields.ts'
import { builtInAttributes, isUnchecked, readUserField, userFieldAttribute } from './fields.ts'
import { parseJson } from './json.ts'

const noCountry = { country: null }

function field(type: string, more: Partial<UserField> = {}): UserField {
  return { key: 'f', type, pattern: null, options: [], ...more }
}

const options = [
  { name: 'Gold Tier', value: 'gold' },
  { name: 'Silver', value: 'silver' },
  { name: 'blue', value: 'tier_blue' },
]

/** Canonical text, or the code in brackets. */
function canonical(attribute: Attribute, text: string): string {
  const result = attribute.normalise(text, noCountry)
  return result.ok ? result.value : `(${result.code})`
}

type Row = [text: string, canonical: string, wire?: unknown]

const tables: Record<string, [Attribute, Row[]]> = {
  integer: [
    userFieldAttribute(field('integer')),
    [
      ['0', '0', 0],
      ['-0', '0', 0],
      ['42', '42', 42],
      ['+42', '42', 42],
      ['-42', '-42', -42],
      [' 7 ', '7', 7],
      ['007', '7', 7],
      ['5.0', '5', 5],
      ['5.', '5', 5],
      ['5.000', '5', 5],
      ['1e3', '1000', 1000],
      ['1.5e1', '15', 15],
      ['1e22', '10000000000000000000000', '10000000000000000000000'],
      ['9007199254740991', '9007199254740991', 9007199254740991],
      ['9007199254740993', '9007199254740993', '9007199254740993'],
      ['123456789012345678901234567890', '123456789012345678901234567890', '123456789012345678901234567890'],
      ['5.5', '(invalid_value)'],
      ['1e-1', '(invalid_value)'],
      ['1,000', '(invalid_value)'],
      ['$5', '(invalid_value)'],
      ['abc', '(invalid_value)'],
      ['0x10', '(invalid_value)'],
      ['NaN', '(invalid_value)'],
      ['-', '(invalid_value)'],
      ['1e99999', '(invalid_value)'],
    ],
  ],
  decimal: [
    userFieldAttribute(field('decimal')),
    [
      ['0', '0', 0],
      ['-0.001', '0', 0],
      ['1.005', '1.01', 1.01],
      ['1.004', '1', 1],
      ['-1.005', '-1.01', -1.01],
      ['2.675', '2.68', 2.68],
      ['12.50', '12.5', 12.5],
      ['12.00', '12', 12],
      ['.5', '0.5', 0.5],
      ['5.', '5', 5],
      ['0.005', '0.01', 0.01],
      ['0.0049999999999999999', '0', 0],
      ['99.995', '100', 100],
      ['1e2', '100', 100],
      ['1.23456e3', '1234.56', 1234.56],
      ['1e-10', '0', 0],
      ['12345678901.125', '12345678901.13', 12345678901.13],
      ['123456789012345678901.125', '123456789012345678901.13', '123456789012345678901.13'],
      ['00012.340', '12.34', 12.34],
      ['1.7976931348623157e308', `17976931348623157${'0'.repeat(292)}`, `17976931348623157${'0'.repeat(292)}`],
      ['1,5', '(invalid_value)'],
      ['1.2.3', '(invalid_value)'],
      ['.', '(invalid_value)'],
      ['Infinity', '(invalid_value)'],
      ['12 €', '(invalid_value)'],
    ],
  ],
  date: [
    userFieldAttribute(field('date')),
    [
      ['2024-02-29', '2024-02-29', '2024-02-29'],
      ['2000-02-29', '2000-02-29', '2000-02-29'],
      [' 2024-01-31 ', '2024-01-31', '2024-01-31'],
      ['2024-01-31 00:00:00', '2024-01-31', '2024-01-31'],
      ['2024-01-31T23:59:59.999Z', '2024-01-31', '2024-01-31'],
      ['2024-01-31T23:59', '2024-01-31', '2024-01-31'],
      ['2024-01-31 10:00:00.123456', '2024-01-31', '2024-01-31'],
      ['2024-01-31 10:00:00+00', '2024-01-31', '2024-01-31'],
      ['2024-01-31 10:00:00 UTC', '2024-01-31', '2024-01-31'],
      ['2024-01-31T10:00:00+05:30', '2024-01-31', '2024-01-31'],
      ['1900-01-01', '1900-01-01', '1900-01-01'],
      ['9999-12-31', '9999-12-31', '9999-12-31'],
      ['2023-02-29', '(invalid_value)'],
      ['1900-02-29', '(invalid_value)'],
      ['2024-04-31', '(invalid_value)'],
      ['2024-13-01', '(invalid_value)'],
      ['2024-00-10', '(invalid_value)'],
      ['2024-01-00', '(invalid_value)'],
      ['24-01-01', '(invalid_value)'],
      ['01/02/2024', '(invalid_value)'],
      ['20240131', '(invalid_value)'],
      ['2024-01-31x', '(invalid_value)'],
      ['yesterday', '(invalid_value)'],
    ],
  ],
  checkbox: [
    userFieldAttribute(field('checkbox')),
    [
      ...['true', 'TRUE', 'True', 't', 'T', 'yes', 'Y', '1', 'on', ' true '].map((text): Row => [text, 'true', true]),
      ...['false', 'FALSE', 'f', 'F', 'no', 'N', '0', 'off'].map((text): Row => [text, 'false', false]),
      ...['2', 'maybe', '1.0', 'constructor', '-'].map((text): Row => [text, '(invalid_value)']),
    ],
  ],
  dropdown: [
    userFieldAttribute(field('dropdown', { options })),
    [
      ['gold', 'gold', 'gold'],
      [' silver ', 'silver', 'silver'],
      ['tier_blue', 'tier_blue', 'tier_blue'],
      ['Gold Tier', '(unknown_option)'],
      ['gold tier', '(unknown_option)'],
      ['GOLD', '(unknown_option)'],
      ['blue', '(unknown_option)'],
      ['bronze', '(unknown_option)'],
    ],
  ],
  multiselect: [
    userFieldAttribute(field('multiselect', { options })),
    [
      ['["silver","gold"]', '["gold","silver"]', ['gold', 'silver']],
      ['["gold","gold"]', '["gold"]', ['gold']],
      ['[silver, gold]', '["gold","silver"]', ['gold', 'silver']],
      ['gold', '["gold"]', ['gold']],
      ['[]', '[]', []],
      ['[ ]', '[]', []],
      ['["bronze"]', '(unknown_option)'],
      ['["Gold Tier"]', '(unknown_option)'],
      ['[["gold"]]', '(invalid_value)'],
      ['[null]', '(invalid_value)'],
      ['[gold', '(invalid_value)'],
    ],
  ],
  lookup: [
    userFieldAttribute(field('lookup')),
    [
      ['6164039664282', '6164039664282', 6164039664282],
      ['12.0', '12', 12],
      ['9007199254740993', '9007199254740993', '9007199254740993'],
      ['0', '(invalid_value)'],
      ['-3', '(invalid_value)'],
      ['abc', '(invalid_value)'],
    ],
  ],
  regexp: [
    userFieldAttribute(field('regexp', { pattern: '\\A[A-Z]{2}\\d{3}\\z' })),
    [
      ['AB123', 'AB123', 'AB123'],
      [' AB123 ', 'AB123', 'AB123'],
      ['ab123', '(pattern_mismatch)'],
      ['AB1234', '(pattern_mismatch)'],
      ['AB12٣', '(pattern_mismatch)'],
    ],
  ],
  'regexp that only Ruby understands': [
    userFieldAttribute(field('regexp', { pattern: '\\A(?>a+)b\\z' })),
    [['anything', 'anything', 'anything']],
  ],
  text: [
    userFieldAttribute(field('text')),
    [
      ['  kept  as is ', '  kept  as is ', '  kept  as is '],
      ['🧦', '🧦', '🧦'],
    ],
  ],
  'a type of tomorrow': [userFieldAttribute(field('hologram')), [['x', 'x', 'x']]],
  name: [
    builtInAttributes(null).get('name')!,
    [
      [' Ann ', ' Ann ', ' Ann '],
      ['x'.repeat(255), 'x'.repeat(255)],
      ['🧦'.repeat(255), '🧦'.repeat(255)],
      ['x'.repeat(256), '(name_too_long)'],
      ['🧦'.repeat(256), '(name_too_long)'],
    ],
  ],
  suspended: [
    builtInAttributes(null).get('suspended')!,
    [
      ['yes', 'true', true],
      ['0', 'false', false],
      ['later', '(invalid_value)'],
    ],
  ],
  locale: [
    builtInAttributes(null).get('locale')!,
    [
      ['en-US', 'en-US', 'en-US'],
      ['EN_us', 'en-US', 'en-US'],
      ['pt-br', 'pt-br', 'pt-br'],
      ['pt-BR', 'pt-br', 'pt-br'],
      ['de_AT', 'de-at', 'de-at'],
      ['es-419', 'es-419', 'es-419'],
      ['English', 'english'],
      ['not a locale', '(invalid_value)'],
      ['x', '(invalid_value)'],
    ],
  ],
  time_zone: [
    builtInAttributes(null).get('time_zone')!,
    [
      ['Arizona', 'America/Phoenix', 'America/Phoenix'],
      ['Eastern Time (US & Canada)', 'America/New_York'],
      ['edinburgh', 'Europe/London'],
      ['New Delhi', 'Asia/Kolkata'],
      ['UTC', 'Etc/UTC'],
      ['Atlantis', 'Atlantis'],
      ['Europe/Berlin', 'Europe/Berlin'],
      ['Europe/Atlantis', '(invalid_value)'],
    ],
  ],
  remote_photo_url: [
    builtInAttributes(null).get('remote_photo_url')!,
    [
      ['https://example.com/a.png', 'https://example.com/a.png'],
      [' http://example.com/a b.png', '(invalid_value)'],
      ['ftp://example.com/a.png', '(invalid_value)'],
      ['javascript:alert(1)', '(invalid_value)'],
      ['/a.png', '(invalid_value)'],
    ],
  ],
}

describe.each(Object.entries(tables))('values of %s', (_, [attribute, rows]) => {
  it.each(rows)('%j', (text, expected, wire) => {
    expect(canonical(attribute, text)).toBe(expected)
    if (wire !== undefined) expect(attribute.wire(expected)).toEqual(wire)
  })
})

/** By type. */
const typed = ['text', 'integer', 'decimal', 'date', 'checkbox', 'lookup', 'dropdown', 'multiselect', 'regexp'].map(
  (type) => [type, userFieldAttribute(field(type, { options }))] as const,
)

describe('every attribute', () => {
  const attributes = [
    ...builtInAttributes('US').values(),
    ...['text', 'integer', 'decimal', 'date', 'checkbox', 'lookup', 'hologram'].map((type) =>
      userFieldAttribute(field(type)),
    ),
    userFieldAttribute(field('dropdown', { options })),
    userFieldAttribute(field('multiselect', { options })),
    userFieldAttribute(field('regexp', { pattern: '\\A.*\\z' })),
  ]
  const texts = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.double().map(String),
    fc.bigInt().map(String),
    fc.date({ noInvalidDate: true }).map((day) => day.toISOString()),
    fc.constantFrom('gold', '["silver","gold"]', '[]', 'true', 'N', '+4915112345678', '(212) 555-0100'),
    fc.constantFrom('en-US', 'PT_br', 'Arizona', 'Europe/Berlin', '1e22', '123456789012345678901.125'),
    fc.constantFrom('https://example.com/a.png', '2020-08-19T20:50:04.000Z', '9007199254740993'),
  )

  it('reads what it sends as the same canonical text', () => {
    fc.assert(
      fc.property(fc.constantFrom(...attributes), texts, (attribute, text) => {
        const canonical = attribute.normalise(text, noCountry)
        // A value of blanks counts as empty before it comes here.
        if (!canonical.ok || canonical.value.trim() === '') return
        const answer = parseJson(JSON.stringify(attribute.wire(canonical.value)))!
        expect(attribute.read(answer)).toBe(canonical.value)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each(['', null])('reads %j as empty', (answer) => {
    const notNull = { false: /verified|suspended|shared_phone_number|checkbox/, '[]': /multiselect/ }
    for (const [name, { read }] of [...attributes.map((attribute) => [attribute.name, attribute] as const), ...typed]) {
      const [empty = null] = Object.entries(notNull).find(([, names]) => names.test(name)) ?? []
      if (name !== 'user_fields.f') expect([name, read(answer)]).toEqual([name, empty])
    }
  })

  it('takes a canonical text as it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...attributes), texts, (attribute, text) => {
        const once = attribute.normalise(text, noCountry)
        if (!once.ok || once.value.trim() === '') return
        expect(attribute.normalise(once.value, noCountry)).toEqual(once)
      }),
    )
  })

  it('sends different canonical texts as different JSON', () => {
    fc.assert(
      fc.property(fc.constantFrom(...attributes), texts, texts, (attribute, a, b) => {
        const [first, second] = [attribute.normalise(a, noCountry), attribute.normalise(b, noCountry)]
        if (!first.ok || !second.ok || first.value === second.value) return
        expect(JSON.stringify(attribute.wire(first.value))).not.toBe(JSON.stringify(attribute.wire(second.value)))
      }),
    )
  })
})

const answers: Record<string, [Attribute, [answer: Json, canonical: string | null][]]> = {
  date: [
    userFieldAttribute(field('date')),
    [
      ['2020-08-19T00:00:00+00:00', '2020-08-19'],
      ['2012-07-23T00:00:00Z', '2012-07-23'],
      ['2020-08-19', '2020-08-19'],
      ['soon', 'soon'],
    ],
  ],
  integer: [
    userFieldAttribute(field('integer')),
    [
      [3039, '3039'],
      ['3039', '3039'],
      [0, '0'],
      ['9007199254740993', '9007199254740993'],
      [5.5, '5.5'],
      [1e21, '1000000000000000000000'],
    ],
  ],
  decimal: [
    userFieldAttribute(field('decimal')),
    [
      [12.5, '12.5'],
      ['12.50', '12.5'],
      [1.005, '1.01'],
      ['1.004', '1'],
      [-0.001, '0'],
    ],
  ],
  checkbox: [
    userFieldAttribute(field('checkbox')),
    [
      [true, 'true'],
      ['1', 'true'],
      [false, 'false'],
    ],
  ],
  dropdown: [
    userFieldAttribute(field('dropdown', { options })),
    [
      ['gold', 'gold'],
      ['an option that is gone', 'an option that is gone'],
    ],
  ],
  multiselect: [
    userFieldAttribute(field('multiselect', { options })),
    [
      [['silver', 'gold', 'silver'], '["gold","silver"]'],
      ['gold', '["gold"]'],
      [[], '[]'],
    ],
  ],
  lookup: [
    userFieldAttribute(field('lookup')),
    [
      [6164039664282, '6164039664282'],
      ['6164039664282', '6164039664282'],
    ],
  ],
  text: [
    userFieldAttribute(field('text')),
    [
      [' kept as is ', ' kept as is '],
      [7, '7'],
      [true, 'true'],
    ],
  ],
  phone: [
    builtInAttributes('US').get('phone')!,
    [
      ['+12125550123', '+12125550123'],
      ['+1 (212) 555-0123', '+12125550123'],
      ['(212) 555-0123', '(212) 555-0123'],
    ],
  ],
  locale: [
    builtInAttributes(null).get('locale')!,
    [
      ['en-US', 'en-US'],
      ['pt-BR', 'pt-br'],
    ],
  ],
  time_zone: [
    builtInAttributes(null).get('time_zone')!,
    [
      ['America/Phoenix', 'America/Phoenix'],
      ['Arizona', 'America/Phoenix'],
    ],
  ],
}

describe.each(Object.entries(answers))('answers for %s', (_, [attribute, rows]) => {
  it.each(rows)('%j', (answer, expected) => {
    expect(attribute.read(answer)).toBe(expected)
  })
})

describe('decimal text', () => {
  it('agrees with exact integer arithmetic', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.integer({ min: 0, max: 12 }), (value, places) => {
        const negative = value < 0n
        const digits = (negative ? -value : value).toString().padStart(places + 1, '0')
        const point = digits.length - places
        const text = `${negative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`
        // Half a unit of the last place more, then cut off: half away from zero.
        const unit = 10n ** BigInt(Math.max(0, places - 2))
        const magnitude = negative ? -value : value
        const scaled = places <= 2 ? magnitude * 10n ** BigInt(2 - places) : (magnitude + unit / 2n) / unit
        const rounded = roundedDecimal(text, 2)!
        const [whole, fraction = ''] = rounded.replace('-', '').split('.')
        expect(BigInt(whole! + fraction.padEnd(2, '0'))).toBe(scaled)
        expect(rounded.startsWith('-')).toBe(negative && scaled !== 0n)
      }),
    )
  })

  it('keeps every whole number', () => {
    fc.assert(
      fc.property(fc.bigInt(), (value) => {
        expect(wholeNumber(`${value}`)).toBe(`${value}`)
      }),
    )
  })
})

describe('definitions of fields', () => {
  it('leaves out inactive fields and fields without a key', () => {
    expect(readUserField({ key: 'a', type: 'text', active: false })).toBeNull()
    expect(readUserField({ type: 'text', active: true })).toBeNull()
    expect(readUserField({ key: 'a', type: 'date', active: true, regexp_for_validation: '\\A\\z' })).toEqual({
      key: 'a',
      type: 'date',
      pattern: null,
      options: [],
    })
  })

  it('tells which patterns are left to Zendesk', () => {
    expect(isUnchecked(field('regexp', { pattern: '\\A\\d+\\z' }))).toBe(false)
    expect(isUnchecked(field('regexp', { pattern: '\\A\\d++\\z' }))).toBe(true)
    expect(isUnchecked(field('text'))).toBe(false)
  })

  it('names the value of an option whose label was given', () => {
    const result = userFieldAttribute(field('dropdown', { options })).normalise('Gold Tier', noCountry)
    expect(result).toMatchObject({ ok: false, reason: expect.stringContaining('`gold`') })
  })
})

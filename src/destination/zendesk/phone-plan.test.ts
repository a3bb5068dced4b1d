import fc from 'fast-check'
import examples from 'libphonenumber-js/examples.mobile.json' with { type: 'json' }
import { getCountryCallingCode, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { describe, expect, it } from 'vitest'
import { isPlainE164 } from './phone-plan.ts'

/** What the library makes of a number, or null when it finds it invalid. */
function judged(text: string): string | null {
  const number = parsePhoneNumberFromString(text, { extract: false })
  return number?.isValid() ? number.number : null
}

const countries = Object.keys(examples) as (keyof typeof examples)[]
const numberOf = (country: keyof typeof examples) => `+${getCountryCallingCode(country)}${examples[country]}`

describe('a number that is recognised at a glance', () => {
  it('is one that the library calls valid and would not change, in every country and with digits altered', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...countries),
        fc.array(fc.tuple(fc.nat(14), fc.integer({ min: 0, max: 9 })), { maxLength: 4 }),
        fc.constantFrom('', '', '0', '1', '8', '00'),
        (country, altered, extra) => {
          const code = `+${getCountryCallingCode(country)}`
          const digits = [...`${extra}${examples[country]}`]
          for (const [place, digit] of altered) if (place < digits.length) digits[place] = String(digit)
          const text = code + digits.join('')
          if (isPlainE164(text)) expect(judged(text)).toBe(text)
        },
      ),
      { numRuns: 20_000 },
    )
  })

  it('is most numbers: the example of nearly every country', () => {
    const missed = countries.filter(
      (country) => judged(numberOf(country)) === numberOf(country) && !isPlainE164(numberOf(country)),
    )
    expect(missed.length).toBeLessThan(countries.length / 10)
  })

  it.each([
    '',
    '+',
    '+0',
    '+12',
    '+14155550100x',
    '4155550100',
    '+1 4155550100',
    '+800123',
    '+99912345678',
    '+11111111111',
  ])('is not %j', (text) => expect(isPlainE164(text)).toBe(false))
})

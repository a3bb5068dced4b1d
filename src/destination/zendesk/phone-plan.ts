import type { MetadataJson } from 'libphonenumber-js/core'
import { Metadata } from 'libphonenumber-js/core'
import metadata from 'libphonenumber-js/max/metadata'

/**
 * Recognises valid E.164 numbers at a glance, by the numbering plans of libphonenumber. The library takes 13 µs a number, most of it
 * to compile a plan's patterns again each time; here they are compiled once, and a number takes less than one. Only what needs no
 * interpretation is recognised: everything else is left to the library, so that it alone decides what is invalid.
 */

/** What the library's numbering plans offer beyond its declared types. */
interface NumberingPlan {
  nationalNumberPattern(): string
  nationalPrefixForParsing(): string | undefined
  leadingDigits(): string | undefined
  type(name: string): { pattern(): string; possibleLengths(): number[] | undefined } | undefined
}

interface Plans {
  getCountryCodesForCallingCode(callingCode: string): string[] | undefined
  selectNumberingPlan(country: string): void
  numberingPlan: NumberingPlan
}

interface Country {
  national: RegExp
  leadingDigits: RegExp | null
  types: { lengths: number[] | undefined; pattern: RegExp }[]
}

interface CallingCode {
  /** A number that begins so may have a trunk prefix that must go. */
  trunkPrefix: RegExp | null
  /** In the order in which the library tries them; the first is the main one. */
  countries: Country[]
}

const typeNames = [
  'FIXED_LINE',
  'MOBILE',
  'PREMIUM_RATE',
  'TOLL_FREE',
  'SHARED_COST',
  'VOIP',
  'PERSONAL_NUMBER',
  'PAGER',
  'UAN',
  'VOICEMAIL',
]

const plans = new Metadata(metadata as MetadataJson) as unknown as Plans
const known = new Map<string, CallingCode | null>()

const e164 = /^\+[1-9]\d{6,14}$/

/** True when the text is a valid number in its E.164 form. False says nothing. */
export function isPlainE164(text: string): boolean {
  if (!e164.test(text)) return false
  for (let end = 2; end <= 4; end++) {
    const code = callingCode(text.slice(1, end))
    if (code === null) continue
    const national = text.slice(end)
    if (code.trunkPrefix?.test(national)) return false
    const country = countryOf(code, national)
    return country !== undefined && isOf(country, national)
  }
  return false
}

/** Whose number it is: the only country of its code, the one whose leading digits it has, or the first whose patterns it fits. */
function countryOf({ countries }: CallingCode, national: string): Country | undefined {
  if (countries.length === 1) return countries[0]
  return countries.find((country) => country.leadingDigits?.test(national) ?? isOf(country, national))
}

function isOf({ national, types }: Country, number: string): boolean {
  if (!national.test(number)) return false
  for (const { lengths, pattern } of types)
    if ((lengths === undefined || lengths.includes(number.length)) && pattern.test(number)) return true
  return false
}

function callingCode(digits: string): CallingCode | null {
  let found = known.get(digits)
  if (found === undefined) {
    found = compile(digits)
    known.set(digits, found)
  }
  return found
}

function compile(digits: string): CallingCode | null {
  const countries = plans.getCountryCodesForCallingCode(digits)
  const [main] = countries ?? []
  if (countries === undefined || main === undefined || main === '001') return null
  plans.selectNumberingPlan(main)
  const prefix = plans.numberingPlan.nationalPrefixForParsing()
  const trunkPrefix = prefix === undefined || prefix === '' ? null : new RegExp(`^(?:${prefix})`)
  return { trunkPrefix, countries: countries.map(compileCountry) }
}

function compileCountry(name: string): Country {
  plans.selectNumberingPlan(name)
  const plan = plans.numberingPlan
  const whole = (pattern: string) => new RegExp(`^(?:${pattern})$`)
  const leading = plan.leadingDigits()
  const types = typeNames.flatMap((type) => {
    const found = plan.type(type)
    const pattern = found?.pattern()
    return found === undefined || !pattern ? [] : [{ lengths: found.possibleLengths(), pattern: whole(pattern) }]
  })
  return {
    national: whole(plan.nationalNumberPattern()),
    leadingDigits: leading ? new RegExp(`^(?:${leading})`) : null,
    types,
  }
}

import type { CountryCode } from 'libphonenumber-js/max'
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { Normalised } from '../destination.ts'
import { isPlainE164 } from './phone-plan.ts'

/**
 * Phone numbers as E.164. A number that begins with `+` (or with `00`, the international prefix of most countries) is read as an
 * international one and nothing else; every other number needs a country: the row's, else the destination's. Extensions are
 * refused, because E.164 has none and the number without it is another one.
 */

/** Digits, separators and an extension; no number is shorter than 5 or longer than 40 characters. */
const plausible = /^[\d\s()+./x#;=,\-–extnEXTN\u00a0\uff0b\uff10-\uff19]{5,40}$/u

/** Names in daily use that are no ISO codes. */
const aliases: Record<string, string> = { UK: 'GB', EL: 'GR' }

/** `country` is the raw value of the row's country column; an unknown one counts as none. */
export function normalisePhone(text: string, country: string | null, defaultCountry: string | null): Normalised {
  const trimmed = text.trim()
  if (isPlainE164(trimmed)) return { ok: true, value: trimmed }
  // Most texts that are no number fail here, before the library.
  if (!plausible.test(trimmed)) return invalid('The value is not a phone number.')
  const international = /^[+\uff0b]/u.test(trimmed)
    ? trimmed.slice(1)
    : /^00\s?[1-9]/.test(trimmed)
      ? trimmed.slice(2)
      : null
  if (international !== null) return checked(`+${international}`, undefined)
  const region = countryCode(country) ?? countryCode(defaultCountry)
  if (region === null) {
    return invalid('The number has no country prefix, and neither country_column nor default_country says whose it is.')
  }
  return checked(trimmed, region)
}

function checked(text: string, region: CountryCode | undefined): Normalised {
  const country = region === undefined ? {} : { defaultCountry: region }
  const number = parsePhoneNumberFromString(text, { ...country, extract: false })
  if (number === undefined || !number.isValid()) {
    const whose = region === undefined ? 'international number' : `number of ${region}`
    return invalid(`The value is not a valid ${whose}.`)
  }
  if (number.ext !== undefined && number.ext !== '') return invalid('E.164 has no extensions.')
  return { ok: true, value: number.number }
}

function countryCode(text: string | null): CountryCode | null {
  const upper = text?.trim().toUpperCase() ?? ''
  const code = aliases[upper] ?? upper
  return isSupportedCountry(code) ? code : null
}

function invalid(reason: string): Normalised {
  return { ok: false, code: 'invalid_phone', reason }
}

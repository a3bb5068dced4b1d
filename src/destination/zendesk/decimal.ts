/**
 * Numbers as exact decimal text. Source values arrive as text and may have more digits than a double holds, so nothing here
 * calculates in floating point.
 */

/** Texts like `1e308` have 309 digits; longer numbers are not written by any source that means a number. */
const maxExponent = 1_000

const number = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,5}))?$/

interface Digits {
  negative: boolean
  whole: string
  fraction: string
}

function parse(text: string): Digits | null {
  const match = number.exec(text.trim())
  if (match === null) return null
  const [, sign, whole = '', fraction = '', exponentText = '0'] = match
  if (whole === '' && fraction === '') return null
  const exponent = Number(exponentText)
  if (Math.abs(exponent) > maxExponent) return null
  const digits = whole + fraction
  const point = whole.length + exponent
  if (point <= 0) return { negative: sign === '-', whole: '0', fraction: '0'.repeat(-point) + digits }
  const padded = digits.padEnd(point, '0')
  return { negative: sign === '-', whole: padded.slice(0, point), fraction: padded.slice(point) }
}

/** Rounded to `places` decimals, half away from zero, without needless zeros: `12.5`, `-0.01`, `0`. Null when it is no number. */
export function roundedDecimal(text: string, places: number): string | null {
  const digits = parse(text)
  if (digits === null) return null
  const kept = digits.fraction.slice(0, places).padEnd(places, '0')
  const up = (digits.fraction[places] ?? '0') >= '5'
  const scaled = BigInt(digits.whole + kept) + (up ? 1n : 0n)
  const all = scaled.toString().padStart(places + 1, '0')
  const whole = all.slice(0, all.length - places)
  const fraction = places === 0 ? '' : all.slice(-places).replace(/0+$/, '')
  const sign = digits.negative && scaled !== 0n ? '-' : ''
  return fraction === '' ? `${sign}${whole}` : `${sign}${whole}.${fraction}`
}

/** Without leading zeros or a fraction of zeros; null when it is no whole number. */
export function wholeNumber(text: string): string | null {
  const digits = parse(text)
  if (digits === null || /[1-9]/.test(digits.fraction)) return null
  const value = BigInt(digits.whole)
  return digits.negative && value !== 0n ? `-${value}` : value.toString()
}

/** The JSON number that says exactly this, or the text itself where a double would round it. */
export function numberOrText(canonical: string): number | string {
  const value = Number(canonical)
  const exact = Number.isInteger(value) ? Number.isSafeInteger(value) : canonical.replace(/\D/g, '').length <= 15
  return exact ? value : canonical
}

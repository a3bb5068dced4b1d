import type { Json } from '../../problem.ts'

type Reviver = (this: unknown, key: string, value: unknown, context?: { source?: string }) => unknown

/** Sixteen digits in a row may be a number that JavaScript would round. */
const longNumber = /\d{16}/

/**
 * Parses an answer of Zendesk; undefined when the text is no JSON. An integer that JavaScript cannot hold exactly becomes its
 * digits as a string: ids are 64-bit numbers, and a rounded id is another person's.
 */
export function parseJson(text: string): Json | undefined {
  try {
    return longNumber.test(text) ? (JSON.parse(text, keepDigits as never) as Json) : (JSON.parse(text) as Json)
  } catch {
    return undefined
  }
}

const keepDigits: Reviver = (_key, value, context) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
    ? context!.source
    : value

/** A JSON object, or undefined for everything else. */
export function object(value: unknown): Record<string, Json> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, Json>)
    : undefined
}

/** The objects of a JSON array; everything else in it is left out. */
export function objects(value: unknown): Record<string, Json>[] {
  if (!Array.isArray(value)) return []
  return value.map(object).filter((item) => item !== undefined)
}

/** An id as Zendesk's digits, or null when there is none. */
export function idText(value: unknown): string | null {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return String(value)
  return typeof value === 'string' && /^[1-9]\d{0,19}$/.test(value) ? value : null
}

/** A text that is not empty, or null. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

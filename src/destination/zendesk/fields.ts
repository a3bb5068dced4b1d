import type { Json, RowCode } from '../../problem.ts'
import type { Attribute, Normalised } from '../destination.ts'
import { numberOrText, roundedDecimal, wholeNumber } from './decimal.ts'
import { objects, parseJson, textOf } from './json.ts'
import { normalisePhone } from './phone.ts'
import { translatePattern } from './ruby-pattern.ts'
import { ianaTimeZone } from './time-zone.ts'

/**
 * How the text of a column becomes the value of an attribute, and what Zendesk's answer says in the same words, for the attributes
 * that every account has and for its user fields: https://developer.zendesk.com/api-reference/ticketing/users/user_fields/
 *
 * `read` of what was sent is the canonical text again. `read(null)` is what an empty value reads as: null, but `false` for what is
 * true or false, and `[]` for a list of options, because Zendesk does not tell these from unset. So an expected text, null where we
 * delivered nothing, is there exactly when `(expected ?? read(null))` equals what was read.
 */

/** A user field as the account defines it; only active ones are kept. */
export interface UserField {
  key: string
  type: string
  pattern: string | null
  options: { name: string; value: string }[]
}

/** Reads one element of `user_fields`; null for an inactive or malformed one. */
export function readUserField(item: Record<string, Json>): UserField | null {
  const key = textOf(item.key)
  if (key === null || item.active === false) return null
  return {
    key,
    type: textOf(item.type) ?? 'text',
    pattern: item.type === 'regexp' ? textOf(item.regexp_for_validation) : null,
    options: objects(item.custom_field_options).map((option) => ({
      name: textOf(option.name) ?? '',
      value: String(option.value ?? ''),
    })),
  }
}

type Rule = Pick<Attribute, 'normalise' | 'wire' | 'read'>

const same = (canonical: string): Json => canonical

function accepted(value: string): Normalised {
  return { ok: true, value }
}

function refused(reason: string, code: RowCode = 'invalid_value'): Normalised {
  return { ok: false, code, reason }
}

/** What is answered, as text; null for nothing and for the empty text, which Zendesk gives for some cleared values. */
function answered(value: Json): string | null {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return textOf(value)
}

/** Reads by a form of the text; what has not that form is shown as it is, and differs from everything that we send. */
function readAs(form: (text: string) => string | null): Attribute['read'] {
  return (value) => {
    const text = answered(value)
    return text === null ? null : (form(text) ?? text)
  }
}

const text: Rule = { normalise: accepted, wire: same, read: answered }
const trimmedText: Rule = { normalise: (value) => accepted(value.trim()), wire: same, read: answered }

const maxNameLength = 255

const name: Rule = {
  normalise(value) {
    const characters = value.length <= maxNameLength ? value.length : [...value].length
    if (characters <= maxNameLength) return accepted(value)
    return refused(`The value has ${characters} characters; Zendesk takes ${maxNameLength}.`, 'name_too_long')
  },
  wire: same,
  read: answered,
}

const truths: Record<string, string> = {
  true: 'true',
  t: 'true',
  yes: 'true',
  y: 'true',
  on: 'true',
  '1': 'true',
  false: 'false',
  f: 'false',
  no: 'false',
  n: 'false',
  off: 'false',
  '0': 'false',
}

const truth: Rule = {
  normalise(value) {
    const word = value.trim().toLowerCase()
    return Object.hasOwn(truths, word) ? accepted(truths[word]!) : refused('The value is neither true nor false.')
  },
  wire: (canonical) => canonical === 'true',
  // Zendesk answers `false` for a checkbox that was never set, and does not say which of the two it is.
  read: (value) => (value !== null && truths[String(value).toLowerCase()] === 'true' ? 'true' : 'false'),
}

const integer: Rule = {
  normalise(value) {
    const canonical = wholeNumber(value)
    return canonical === null ? refused('The value is not a whole number.') : accepted(canonical)
  },
  wire: numberOrText,
  read: readAs(wholeNumber),
}

const decimalPlaces = 2

const decimal: Rule = {
  normalise(value) {
    const canonical = roundedDecimal(value, decimalPlaces)
    return canonical === null ? refused('The value is not a number.') : accepted(canonical)
  },
  wire: numberOrText,
  read: readAs((value) => roundedDecimal(value, decimalPlaces)),
}

const isoDate =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:\s?(?:Z|UTC|[+-]\d{2}(?::?\d{2})?))?)?$/i

/** A time of day is cut off as it is written, as Zendesk does. */
function calendarDay(value: string): Normalised {
  const match = isoDate.exec(value.trim())
  if (match === null) return refused('The value is not a date of the form YYYY-MM-DD.')
  const [, year, month, day] = match
  const lastDay = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate()
  const exists = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= lastDay
  return exists ? accepted(`${year}-${month}-${day}`) : refused('There is no such day in the calendar.')
}

/** What a text that `normalise` takes becomes; null for every other. */
const formOf = (normalise: (text: string) => Normalised) => (value: string) => {
  const result = normalise(value)
  return result.ok ? result.value : null
}

/** Zendesk answers with midnight: `2020-08-19T00:00:00+00:00`. */
const date: Rule = { normalise: calendarDay, wire: same, read: readAs(formOf(calendarDay)) }

const lookup: Rule = {
  normalise(value) {
    const canonical = wholeNumber(value)
    return canonical === null || !/^[1-9]/.test(canonical)
      ? refused('The value is not the id of a record.')
      : accepted(canonical)
  },
  wire: numberOrText,
  read: readAs(wholeNumber),
}

const url: Rule = {
  normalise(value) {
    const trimmed = value.trim()
    const parsed = URL.canParse(trimmed) ? new URL(trimmed) : null
    const fetchable = parsed !== null && (parsed.protocol === 'https:' || parsed.protocol === 'http:')
    return fetchable && !/\s/.test(trimmed) ? accepted(trimmed) : refused('The value is not an http(s) URL.')
  },
  wire: same,
  read: answered,
}

/** Different texts that a rule remembers; a column of nonsense must not cost memory. */
const maxRemembered = 1_000

/** A column holds few languages and zones again and again, and ICU takes 3 and 60 µs to judge one. */
function remembering(normalise: (value: string) => Normalised): (value: string) => Normalised {
  const known = new Map<string, Normalised>()
  return (value) => {
    const before = known.get(value)
    if (before !== undefined) return before
    if (known.size >= maxRemembered) known.clear()
    const judged = normalise(value)
    known.set(value, judged)
    return judged
  }
}

/** BCP 47 as Zendesk's own list spells it, which mixes `en-US` and `pt-br`; case means nothing. */
function zendeskLocale(tag: string): string {
  const lower = tag.trim().replaceAll('_', '-').toLowerCase()
  return lower === 'en-us' ? 'en-US' : lower
}

const locale: Rule = {
  normalise: remembering((value) => {
    const tag = zendeskLocale(value)
    try {
      Intl.getCanonicalLocales(tag)
      return accepted(tag)
    } catch {
      return refused('The value is not a language tag such as en-US.')
    }
  }),
  wire: same,
  read: readAs(zendeskLocale),
}

/** IANA names are checked, Zendesk's own (`Eastern Time (US & Canada)`) become them; what is neither is Zendesk's to judge. */
const timeZone: Rule = {
  normalise: remembering((value) => {
    const zone = ianaTimeZone(value.trim())
    if (!zone.includes('/')) return accepted(zone)
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone })
      return accepted(zone)
    } catch {
      return refused('The value is not a time zone such as America/New_York.')
    }
  }),
  wire: same,
  read: readAs(ianaTimeZone),
}

function dropdown(field: UserField): Rule {
  const option = optionOf(field)
  return { normalise: (value) => option(value.trim()), wire: same, read: answered }
}

/** Zendesk takes the value of an option and not its label. */
function optionOf(field: UserField): (value: string) => Normalised {
  const values = new Set(field.options.map((option) => option.value))
  const byLabel = new Map(field.options.map((option) => [option.name.trim().toLowerCase(), option.value]))
  return (value) => {
    if (values.has(value)) return accepted(value)
    const label = byLabel.get(value.toLowerCase())
    if (label !== undefined)
      return refused(`The value is the label of an option; the value to send is \`${label}\`.`, 'unknown_option')
    const lower = value.toLowerCase()
    if (values.has(lower)) return refused(`No option has this value; there is \`${lower}\`.`, 'unknown_option')
    return refused('No option has this value.', 'unknown_option')
  }
}

/** A JSON array of option values, a list as DuckDB prints it (`[gold, blue]`), or one value. Order and repetitions mean nothing. */
function multiselect(field: UserField): Rule {
  const option = optionOf(field)
  return {
    normalise(value) {
      const items = listItems(value.trim())
      if (items === null) return refused('The value is not a JSON array of option values.')
      for (const item of items) {
        const checked = option(item)
        if (!checked.ok) return checked
      }
      return accepted(optionSet(items))
    },
    wire: (canonical) => JSON.parse(canonical) as Json,
    // An empty list and none are the same to Zendesk.
    read: (value) => optionSet((Array.isArray(value) ? value : [value]).map(answered).filter((item) => item !== null)),
  }
}

function optionSet(items: readonly string[]): string {
  return JSON.stringify([...new Set(items)].sort())
}

function listItems(value: string): string[] | null {
  if (!value.startsWith('[')) return [value]
  const list = parseJson(value)
  if (Array.isArray(list)) {
    return list.every((item) => typeof item === 'string' || typeof item === 'number') ? list.map(String) : null
  }
  if (!value.endsWith(']')) return null
  const inside = value.slice(1, -1).trim()
  return inside === '' ? [] : inside.split(',').map((item) => item.trim())
}

/** Longer texts are left to Zendesk: a pattern that backtracks must not hold up a plan. */
const maxMatchedLength = 2_000

function matching(field: UserField): Rule {
  const pattern = field.pattern === null ? null : translatePattern(field.pattern)
  if (pattern === null) return trimmedText
  return {
    normalise(value) {
      const trimmed = value.trim()
      if (trimmed.length > maxMatchedLength || pattern.test(trimmed)) return accepted(trimmed)
      return refused('The value does not match the pattern of the field.', 'pattern_mismatch')
    },
    wire: same,
    read: answered,
  }
}

/** True when values of a `regexp` field go to Zendesk unchecked, because its pattern cannot be rewritten for JavaScript. */
export function isUnchecked(field: UserField): boolean {
  return field.pattern !== null && translatePattern(field.pattern) === null
}

const fieldRules: Record<string, Rule | ((field: UserField) => Rule)> = {
  text,
  textarea: text,
  integer,
  decimal,
  date,
  checkbox: truth,
  lookup,
  dropdown,
  tagger: dropdown,
  multiselect,
  regexp: matching,
}

/** An attribute that travels with the user and whose value takes the place of the one before. */
function attribute(name: string, clearing: Attribute['clearing'], { normalise, wire, read }: Rule): Attribute {
  return { name, clearing, normalise, wire, read, apart: null, accumulates: false }
}

/** The attribute of a user field. Types that we do not know travel as text, and Zendesk judges them. */
export function userFieldAttribute(field: UserField): Attribute {
  const rule = Object.hasOwn(fieldRules, field.type) ? fieldRules[field.type]! : text
  return attribute(`user_fields.${field.key}`, 'null', typeof rule === 'function' ? rule(field) : rule)
}

/** E.164 of a number with its country's prefix, however it is written; a national number says of no country whose it is. */
function internationalNumber(value: string): string | null {
  return /^\+\d+$/.test(value) ? value : formOf((number) => normalisePhone(number, null, null))(value)
}

/** The attributes that every account has; identity keys are none. https://developer.zendesk.com/api-reference/ticketing/users/users/ */
export function builtInAttributes(defaultCountry: string | null): Map<string, Attribute> {
  const phone: Rule = {
    normalise: (value, row) => normalisePhone(value, row.country, defaultCountry),
    wire: same,
    read: readAs(internationalNumber),
  }
  const table: [string, Attribute['clearing'], Rule][] = [
    ['name', 'never', name],
    ['phone', 'empty_string', phone],
    ['alias', 'null', text],
    ['details', 'null', text],
    ['notes', 'null', text],
    ['signature', 'null', text],
    ['locale', 'null', locale],
    ['time_zone', 'null', timeZone],
    ['remote_photo_url', 'null', url],
    // A boolean has no empty state: Zendesk's type check would refuse the whole batch for a null.
    ['shared_phone_number', 'never', truth],
    ['suspended', 'never', truth],
    ['verified', 'never', truth],
  ]
  return new Map(table.map(([key, clearing, rule]) => [key, attribute(key, clearing, rule)] as const))
}

/** Definition of a field in a stable form, for the fingerprint of a mapping. */
export function fieldDigestSource(field: UserField): Json {
  return [field.key, field.type, field.pattern, field.options.map((option) => [option.name, option.value])]
}

/**
 * The user fields of an account: definitions, which values they take, and how values read back.
 * A user keeps values in an array by {@link UserField.slot}, not in an object by key: it is a third of the memory.
 */
import type { Account, User } from './account.ts'

export const userFieldTypes = [
  'text',
  'textarea',
  'checkbox',
  'date',
  'integer',
  'decimal',
  'regexp',
  'dropdown',
  'multiselect',
  'lookup',
] as const // OAS

export type UserFieldType = (typeof userFieldTypes)[number]
/** As stored: dates as YYYY-MM-DD; `null` is unset. */
export type FieldValue = string | number | boolean | string[] | null

export interface UserField {
  id: number
  slot: number
  key: string
  type: UserFieldType
  title: string
  description: string
  active: boolean
  regexp: string | null
  pattern: RegExp | null
  tag: string | null
  options: { id: number; name: string; value: string }[]
  /** Of a lookup. */
  targetType: string | null
  createdAtS: number
  updatedAtS: number
}

/** As seeded; `options` may be bare values. */
export interface UserFieldSeed {
  key: string
  type?: UserFieldType
  title?: string
  description?: string
  active?: boolean
  regexp_for_validation?: string
  tag?: string
  relationship_target_type?: string
  custom_field_options?: (string | { name: string; value: string })[]
}

/** The pattern that every date field of the recordings carries. */
const datePattern = '\\A([0-9]{4})-(1[0-2]|0[1-9])-(3[01]|[12][0-9]|0[1-9])\\z'

export function createUserField(account: Account, seed: UserFieldSeed): UserField {
  const type = seed.type ?? 'text'
  if (!userFieldTypes.includes(type)) {
    throw new TypeError(`User field \`${seed.key}\`: no type \`${type}\`; there are ${userFieldTypes.join(', ')}.`)
  }
  if (!isFieldKey(seed.key)) throw new TypeError(`\`${seed.key}\` is no key of a user field.`)
  const regexp = type === 'date' ? datePattern : (seed.regexp_for_validation ?? null)
  return {
    id: account.nextId(),
    slot: account.nextFieldSlot(),
    key: seed.key,
    type,
    title: seed.title ?? seed.key,
    description: seed.description ?? '',
    active: seed.active ?? true,
    regexp,
    pattern: readPattern(type, regexp),
    tag: type === 'checkbox' ? (seed.tag ?? null) : null,
    options: (seed.custom_field_options ?? []).map((option) => ({
      id: account.nextId(),
      ...(typeof option === 'string' ? { name: option, value: option } : option),
    })),
    targetType: type === 'lookup' ? (seed.relationship_target_type ?? null) : null,
    createdAtS: account.nowS(),
    updatedAtS: account.nowS(),
  }
}

/** OAS: letters, digits and underscore, not digits only. */
export function isFieldKey(key: string): boolean {
  return /^\w+$/.test(key) && !/^\d+$/.test(key)
}

/** The check of a regexp field; null where every text passes. */
export function readPattern(type: UserFieldType, regexp: string | null): RegExp | null {
  return type === 'regexp' && regexp !== null ? fromRuby(regexp) : null
}

/** Ruby's \A and \z are the ends of the text, its ^ and $ the ends of lines. A pattern JavaScript cannot read accepts everything. */
function fromRuby(regexp: string): RegExp | null {
  try {
    return new RegExp(regexp.replaceAll('\\A', '(?<![\\s\\S])').replaceAll(/\\[zZ]/g, '(?![\\s\\S])'), 'mu')
  } catch {
    return null
  }
}

/** The stored form of a value, or `undefined` when the field does not take it. `null` and "" clear (GRP; "" is an Assumption). */
export function readFieldValue(field: UserField, raw: unknown): FieldValue | undefined {
  if (raw === null || raw === '') return null
  switch (field.type) {
    case 'text':
    case 'textarea':
      // Assumption: numbers and booleans become text, as Rails would.
      return typeof raw === 'string'
        ? raw
        : typeof raw === 'number' || typeof raw === 'boolean'
          ? String(raw)
          : undefined
    case 'checkbox':
      // SPEEDY #157: "True" and "False" are refused, "1" and "0" worked; IBM: lower-case "true"/"false" too.
      if (raw === true || raw === 'true' || raw === '1') return true
      return raw === false || raw === 'false' || raw === '0' ? false : undefined
    case 'integer':
      // IBM: numeric strings are accepted; GRP: they read back as numbers.
      if (typeof raw === 'string') return /^[-+]?\d+$/.test(raw) ? Number(raw) : undefined
      return Number.isInteger(raw) ? (raw as number) : undefined
    case 'decimal':
      if (typeof raw === 'string') return /^[-+]?\d+(\.\d+)?$/.test(raw) ? Number(raw) : undefined
      return typeof raw === 'number' ? raw : undefined
    case 'date':
      return typeof raw === 'string' ? readDate(raw) : undefined
    case 'regexp':
      return typeof raw === 'string' && (field.pattern?.test(raw) ?? true) ? raw : undefined
    case 'dropdown':
      // CENSUS: the option's value, not its label. Assumption: another value fails the row (for tickets it is dropped).
      return typeof raw === 'string' && field.options.some((option) => option.value === raw) ? raw : undefined
    case 'multiselect':
      return readOptions(field, raw)
    case 'lookup':
      return /^\d+$/.test(String(raw)) ? String(raw) : undefined
  }
}

/** GRP: a timestamp is accepted and its time cut off. */
function readDate(raw: string): string | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[-+]\d\d:?\d\d)?)?$/.exec(raw)
  if (!match) return undefined
  const [, year, month, day] = match
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  const isCalendarDay = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
  return isCalendarDay ? `${year}-${month}-${day}` : undefined
}

function readOptions(field: UserField, raw: unknown): string[] | undefined {
  if (!Array.isArray(raw)) return undefined
  const known = raw.every((value) => field.options.some((option) => option.value === value))
  return known ? raw : undefined
}

/** GRP: every active field is listed; unset is null, an unset checkbox false; dates read as midnight with an offset. */
export function renderUserFields(account: Account, user: User): Record<string, FieldValue> {
  return renderFieldValues(account.userFields, ({ slot }) => user.fields?.[slot] ?? null)
}

/** The same for the fields of anything. */
export function renderFieldValues(
  fields: readonly UserField[],
  valueIn: (field: UserField) => FieldValue,
): Record<string, FieldValue> {
  const values: Record<string, FieldValue> = {}
  for (const field of fields) {
    if (!field.active) continue
    const value = valueIn(field)
    if (field.type === 'date' && value !== null) values[field.key] = `${value}T00:00:00+00:00`
    else values[field.key] = field.type === 'checkbox' ? value === true : value
  }
  return values
}

/** GRP: a ticked checkbox adds its tag to the user. CENSUS: a dropdown's value is a tag too. */
export function fieldTags(field: UserField, value: FieldValue | undefined): string[] {
  if (field.type === 'checkbox') return value === true && field.tag !== null ? [field.tag] : []
  if (field.type === 'dropdown') return typeof value === 'string' ? [value] : []
  return field.type === 'multiselect' && Array.isArray(value) ? value : []
}

/** Sets the value and the tags that go with it. Assumption: the tags that the old value had added leave with it. */
export function changeFieldValue(account: Account, user: User, field: UserField, value: FieldValue): void {
  const before = fieldTags(field, user.fields?.[field.slot])
  const after = fieldTags(field, value)
  account.setFieldValue(user, field, value)
  if (before.length === 0 && after.length === 0) return
  const kept = user.tags.filter((tag) => !before.includes(tag) || after.includes(tag))
  user.tags = [...new Set([...kept, ...after])]
}

import type { AccountPerson, Attribute } from '../../destination/destination.ts'
import type { SeenCode } from './report.ts'

/** What an account was given for one person. */
export interface Given {
  zendeskId: string
  /** null: not compared. */
  externalId: string | null
  /** Canonical texts by attribute; null was cleared. */
  values: Readonly<Record<string, string | null>>
  /** Addresses that must be among those of the person. */
  emails: readonly string[]
  /** An address that must be the first one; null: none. */
  primaryEmail: string | null
  /** Addresses that were taken away. */
  removedEmails: readonly string[]
  /** When the account confirmed it, ISO time; null: unknown. */
  at: string | null
}

/** One field in which an account differs from what it was given. */
export interface Difference {
  field: string
  given: string | null
  found: string | null
  code: SeenCode
}

/** How one field compares; `skipped`: the account does not answer with it. */
export type Verdict =
  | { verdict: 'same' | 'skipped'; found: string | null }
  | { verdict: 'different'; found: string | null; code: SeenCode }

/**
 * What of a person is not as it was given. Values are compared by meaning: both sides are canonical texts, so that dates, decimals and
 * checkboxes are equal when the account would hold the same; addresses and numbers have to be among those of the person; tags are sets.
 * A person who is not there is one difference of field `zendesk_id`.
 */
export function differences(
  given: Given,
  person: AccountPerson | null,
  attributes: ReadonlyMap<string, Attribute>,
): Difference[] {
  if (person === null) return [{ field: 'zendesk_id', given: given.zendeskId, found: null, code: 'seen.gone' }]
  const edited = wasEdited(person, given.at)
  const found: Difference[] = []
  const note = (field: string, value: string | null, verdict: Verdict) => {
    if (verdict.verdict === 'different') found.push({ field, given: value, found: verdict.found, code: verdict.code })
  }
  if (given.externalId !== null)
    note('external_id', given.externalId, compareExternalId(given.externalId, person, edited))
  for (const email of given.emails) note('email', email, compareEmail(email, person, edited))
  if (given.primaryEmail !== null && person.emails[0] !== clean(given.primaryEmail))
    note('email', given.primaryEmail, { verdict: 'different', found: person.emails[0] ?? null, code: codeOf(edited) })
  for (const email of given.removedEmails)
    if (person.emails.includes(clean(email)))
      found.push({ field: 'email', given: null, found: email, code: codeOf(edited) })
  for (const [name, value] of Object.entries(given.values)) {
    const attribute = attributes.get(name)
    if (attribute !== undefined) note(name, value, compareValue(attribute, value, person, edited))
  }
  return found
}

/** Whether the account changed the user after it confirmed what we gave. Zendesk's times have whole seconds. */
export function wasEdited(person: AccountPerson, at: string | null): boolean {
  return at !== null && person.updatedAt !== null && Date.parse(person.updatedAt) > Date.parse(at)
}

/** One attribute. `given` null: it was cleared. */
export function compareValue(
  attribute: Attribute,
  given: string | null,
  person: AccountPerson,
  edited: boolean,
): Verdict {
  const { name } = attribute
  if (attribute.apart === 'membership') return { verdict: 'skipped', found: null }
  if (name === 'phone') return comparePhone(given, person, edited)
  const found = person.values[name]
  if (found === undefined) {
    if (!name.startsWith('user_fields.')) return { verdict: 'skipped', found: null }
    return given === null
      ? { verdict: 'same', found: null }
      : { verdict: 'different', found: null, code: 'seen.field_unknown' }
  }
  if (name === 'tags') return compareTags(given, found, attribute.apart === 'tags', edited)
  if (given === found || (isEmpty(attribute, given) && isEmpty(attribute, found))) return { verdict: 'same', found }
  return different(given, found, edited)
}

/** What was never set does not always read as null: a checkbox reads as false. */
function isEmpty(attribute: Attribute, text: string | null): boolean {
  return text === null || text === attribute.read(null)
}

function comparePhone(given: string | null, person: AccountPerson, edited: boolean): Verdict {
  const first = person.values.phone ?? person.phones[0] ?? null
  if (given === null) return first === null ? { verdict: 'same', found: null } : different(null, first, edited)
  const numbers = first === null ? person.phones : [first, ...person.phones]
  if (numbers.includes(given)) return { verdict: 'same', found: given }
  const alike = numbers.find((number) => digits(number) === digits(given))
  if (alike !== undefined) return { verdict: 'different', found: alike, code: 'seen.normalised' }
  return { verdict: 'different', found: first, code: codeOf(edited) }
}

/** Tags that others set beside ours are no difference when ours are added to theirs. */
function compareTags(given: string | null, found: string | null, besideOthers: boolean, edited: boolean): Verdict {
  const mine = words(given)
  const theirs = words(found)
  const isMissing = [...mine].some((tag) => !theirs.has(tag))
  if (!isMissing && (besideOthers || theirs.size === mine.size)) return { verdict: 'same', found }
  return { verdict: 'different', found, code: codeOf(edited) }
}

/** The set of tags of a canonical text; Zendesk compares them without case. */
export function words(text: string | null): Set<string> {
  return new Set(
    (text ?? '')
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((word) => word !== ''),
  )
}

export function compareExternalId(given: string, person: AccountPerson, edited: boolean): Verdict {
  const found = person.externalId
  return found !== null && clean(found) === clean(given)
    ? { verdict: 'same', found }
    : { verdict: 'different', found, code: codeOf(edited) }
}

export function compareEmail(given: string, person: AccountPerson, edited: boolean): Verdict {
  return person.emails.includes(clean(given))
    ? { verdict: 'same', found: clean(given) }
    : { verdict: 'different', found: person.emails[0] ?? null, code: codeOf(edited) }
}

/** Another writing of the same comes first: a later edit of something else would hide it. */
function different(given: string | null, found: string | null, edited: boolean): Verdict {
  return { verdict: 'different', found, code: isAlike(given, found) ? 'seen.normalised' : codeOf(edited) }
}

function codeOf(edited: boolean): SeenCode {
  return edited ? 'seen.agent_edited' : 'seen.not_taken'
}

/** Equal but for case, white space, Unicode composition, or how a number is written. */
export function isAlike(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return false
  return folded(one) === folded(other)
}

function folded(text: string): string {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\p{Cf}]+/gu, '')
  const number = /^([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d*))?$/.exec(plain)
  if (number === null) return plain
  const [, sign, whole = '', rest = ''] = number
  const digitsBefore = whole.replaceAll(',', '').replace(/^0+(?=\d)/, '')
  const digitsBehind = rest.replace(/(?<!0)0+$/, '')
  const size = digitsBehind === '' ? digitsBefore : `${digitsBefore}.${digitsBehind}`
  return sign === '-' && size !== '0' ? `-${size}` : size
}

function digits(number: string): string {
  return number.replace(/\D+/g, '')
}

function clean(key: string): string {
  return key.trim().toLowerCase()
}

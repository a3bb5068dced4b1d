import type { AccountPerson, Attribute } from '../../destination/destination.ts'
import type { RowCode } from '../../problem.ts'
import { compareValue, words } from '../proof/comparison.ts'
import type { FieldChange } from '../report.ts'

/** What is about to be sent for one person, before the account was looked at. */
export interface Contact {
  /** Delivered before. */
  known: boolean
  zendeskId: string | null
  externalId: string | null
  /** Spellings of the external_id among the person's rows, when there are several. */
  twins: readonly string[]
  /**
   * Addresses that would be sent, in order, and of a known person whose user is gone all others; of somebody who has no external_id the
   * first is the identity.
   */
  emails: readonly string[]
  fields: readonly FieldChange[]
}

export type ConflictCode = Extract<RowCode, `conflict.${string}`>

/** An address that belongs to somebody else. */
export interface Claim {
  email: string
  code: ConflictCode
  reason: string
  action: string
}

export type Verdict =
  | { verdict: 'conflict'; code: ConflictCode; reason: string; action: string }
  | {
      verdict: 'create' | 'update' | 'adopt'
      /** Whom the account has; null: nobody. */
      zendeskId: string | null
      /** What is left to send; `old` is what the account holds. */
      fields: FieldChange[]
      /** Fields that stay as the account has them (`fill_if_empty`). */
      kept: string[]
      /** Addresses that the person has already. */
      had: string[]
      /** Addresses that are left out because they are somebody else's. */
      omitted: Claim[]
      /** The account holds everything already. */
      equal: boolean
    }

export interface VerdictRules {
  attributes: ReadonlyMap<string, Attribute>
  fillsIfEmpty: (field: string) => boolean
  /** `email_conflicts: omit_email`. */
  omitsEmails: boolean
  /** `--full`: what is equal is sent all the same. */
  whole: boolean
}

/**
 * Judges one change by what the account holds, pure. `found` are all people of the account who have one of the contact's keys: its
 * Zendesk id, its external_id (without case), or one of its addresses.
 */
export function judgeContact(contact: Contact, found: readonly AccountPerson[], rules: VerdictRules): Verdict {
  if (contact.twins.length > 1) return caseTwins(contact.twins)
  const own = ownRecord(contact, found)
  const namesake = keyHolder(contact, found)
  if (own !== null && namesake !== null && namesake !== own)
    return { verdict: 'conflict', ...takenKey(contact, own, namesake) }
  if (own !== null && !contact.known && isTwin(contact.externalId, own.externalId))
    return caseTwins([contact.externalId as string, own.externalId as string], own.zendeskId)
  const claims: Claim[] = []
  const adoptable = new Map<string, AccountPerson>()
  for (const email of contact.emails) {
    const holder = found.find((person) => person !== own && person.emails.includes(email))
    if (holder === undefined) continue
    const claim = claimOf(contact, own, holder, email)
    if (claim === null) adoptable.set(holder.zendeskId, holder)
    else claims.push(claim)
  }
  const [adopted = null, second] = [...adoptable.values()]
  if (second !== undefined && adopted !== null) return { verdict: 'conflict', ...twoHolders(adopted, second) }
  const [first] = claims
  const identity =
    contact.externalId !== null ||
    (contact.known && own !== null) ||
    claims.every((claim) => claim.email !== contact.emails[0])
  if (first !== undefined && !(rules.omitsEmails && identity)) {
    const { email: _, ...conflict } = first
    return { verdict: 'conflict', ...conflict }
  }
  const record = own ?? adopted
  return {
    verdict: own !== null ? 'update' : adopted !== null ? 'adopt' : 'create',
    omitted: claims,
    ...rest(contact, record, rules),
  }
}

function ownRecord(contact: Contact, found: readonly AccountPerson[]): AccountPerson | null {
  const byId = contact.zendeskId === null ? undefined : found.find((person) => person.zendeskId === contact.zendeskId)
  return byId ?? keyHolder(contact, found)
}

function keyHolder(contact: Contact, found: readonly AccountPerson[]): AccountPerson | null {
  const key = contact.externalId?.toLowerCase() ?? null
  return key === null ? null : (found.find((person) => person.externalId?.toLowerCase() === key) ?? null)
}

function takenKey(contact: Contact, own: AccountPerson, namesake: AccountPerson): Omit<Claim, 'email'> {
  return {
    code: 'conflict.two_people',
    reason: `This person is user ${own.zendeskId}, but external_id ${contact.externalId} is user ${namesake.zendeskId}.`,
    action: `If both are one person, merge user ${own.zendeskId} into user ${namesake.zendeskId} in Zendesk; otherwise correct the external_id in the source.`,
  }
}

function isTwin(mine: string | null, theirs: string | null): boolean {
  return mine !== null && theirs !== null && mine !== theirs && mine.toLowerCase() === theirs.toLowerCase()
}

/** Why this address cannot be the contact's; null: whoever has it can be taken for the contact. */
function claimOf(contact: Contact, own: AccountPerson | null, holder: AccountPerson, email: string): Claim | null {
  const who = `user ${holder.zendeskId}${holder.externalId === null ? '' : ` (external_id ${holder.externalId})`}`
  const claim = (code: ConflictCode, reason: string, action: string): Claim => ({ email, code, reason, action })
  if (holder.role !== 'end-user') {
    return claim(
      'conflict.agent',
      `${email} belongs to ${who}, who is ${holder.role === 'admin' ? 'an admin' : 'an agent'}.`,
      'Correct the address in the source, or leave the row out.',
    )
  }
  if (own !== null) {
    return claim(
      'conflict.two_people',
      `external_id ${contact.externalId ?? own.externalId} is user ${own.zendeskId}, but ${email} belongs to ${who}.`,
      `If both are one person, merge user ${holder.zendeskId} into user ${own.zendeskId} in Zendesk; otherwise correct the address in the source.`,
    )
  }
  if (holder.suspended) {
    return claim(
      'conflict.suspended',
      `${email} belongs to ${who}, who is suspended.`,
      `Unsuspend or delete user ${holder.zendeskId} in Zendesk, or leave the row out.`,
    )
  }
  if (holder.emails[0] !== email) {
    return claim(
      'conflict.secondary',
      `${email} is a secondary address of ${who}.`,
      `Take the address away from user ${holder.zendeskId} in Zendesk, or give the row the keys of that user.`,
    )
  }
  if (contact.externalId !== null && holder.externalId !== null) {
    return claim(
      'conflict.other_id',
      `${email} belongs to ${who}; the row has external_id ${contact.externalId}.`,
      `If both are one person, give user ${holder.zendeskId} the external_id ${contact.externalId} in Zendesk; otherwise correct the address in the source.`,
    )
  }
  return null
}

function twoHolders(one: AccountPerson, other: AccountPerson): Omit<Claim, 'email'> {
  return {
    code: 'conflict.two_people',
    reason: `The addresses of this person belong to users ${one.zendeskId} and ${other.zendeskId}.`,
    action: `If both are one person, merge them in Zendesk; otherwise correct the addresses in the source.`,
  }
}

function caseTwins(spellings: readonly string[], zendeskId: string | null = null): Verdict {
  const [one, other] = spellings
  return {
    verdict: 'conflict',
    code: 'conflict.case_twins',
    reason:
      zendeskId === null
        ? `The external_ids ${[...spellings].sort().join(' and ')} differ only in case; Zendesk takes them for one person.`
        : `User ${zendeskId} has external_id ${other}; sending ${one} would overwrite it, because Zendesk does not tell case apart.`,
    action:
      'Give different people external_ids that differ in more than case, and write one person’s alike everywhere.',
  }
}

function rest(contact: Contact, record: AccountPerson | null, rules: VerdictRules) {
  if (record === null) return { zendeskId: null, fields: [...contact.fields], kept: [], had: [], equal: false }
  const had = contact.emails.filter((email) => record.emails.includes(email))
  // The user we knew is gone. Whoever is met instead gets the change, and then everything else, when the account answers with another id.
  if (contact.known && contact.zendeskId !== null && contact.zendeskId !== record.zendeskId)
    return { zendeskId: record.zendeskId, fields: [...contact.fields], kept: [], had, equal: false }
  const fields: FieldChange[] = []
  const kept: string[] = []
  for (const change of contact.fields) {
    const attribute = rules.attributes.get(change.field)
    const held = record.values[change.field]
    if (attribute === undefined || held === undefined || attribute.apart === 'membership') {
      fields.push(change)
      continue
    }
    const isThere = holds(record, change, attribute)
    // What the source takes away is cleared only if it is still what we gave.
    const isOurs = change.new === null && held === change.old
    if (rules.fillsIfEmpty(change.field) && held !== attribute.read(null) && !isThere && !isOurs)
      kept.push(change.field)
    else if (!isThere || rules.whole) fields.push({ ...change, old: attribute.apart === 'tags' ? change.old : held })
  }
  const links = contact.externalId !== null && record.externalId?.toLowerCase() !== contact.externalId.toLowerCase()
  const equal = !rules.whole && !links && fields.length === 0 && had.length === contact.emails.length
  return { zendeskId: record.zendeskId, fields, kept, had, equal }
}

/** Does the account hold what the change would make it hold? Further numbers of a person count as held. */
export function holds(record: AccountPerson, change: FieldChange, attribute: Attribute): boolean {
  // A number that is to be the first one is not held as a further one.
  const person = attribute.apart === 'primary_phone' ? { ...record, phones: [] } : record
  if (compareValue(attribute, change.new, person, false).verdict !== 'same') return false
  if (attribute.apart !== 'tags') return true
  const [there, given] = [words(record.values[change.field] ?? null), words(change.new)]
  return [...words(change.old)].every((tag) => given.has(tag) || !there.has(tag))
}

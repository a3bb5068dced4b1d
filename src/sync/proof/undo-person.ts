import type { AccountPerson, Attribute } from '../../destination/destination.ts'
import type { MadeChange } from '../made-plan.ts'
import type { ChangeKind, FieldChange } from '../report.ts'
import { compareValue, isAlike, words } from './comparison.ts'
import type { DeliveredPerson } from './delivered-people.ts'
import type { RestCode } from './report.ts'

/** One change of the undone run that had landed. */
export interface LandedChange {
  kind: ChangeKind
  /** The user did not exist before this change. */
  created: boolean
  /** Old values are those that the account held when the run was planned. */
  live: boolean
  email: string | null
  new_email: boolean
  fields: FieldChange[]
}

/** Something that stays as the run left it. `field` null: about the person. */
export interface Rest {
  field: string | null
  old: string | null
  written: string | null
  found: string | null
  code: RestCode
}

/** What becomes of one person. */
export interface PersonUndo {
  changes: MadeChange[]
  /** What `delivered` will hold. */
  values: Record<string, string | null>
  rest: Rest[]
  fields: { restored: number; already: number }
}

/**
 * What takes one person's changes back, by what the account holds now: a field that still holds what the run wrote gets its old value,
 * one that holds the old value already is left, and one that was edited since is left and listed. Only known values are restored: an
 * empty field is known to have been empty when the account created the user at our word. Pure.
 */
export function undoPerson(
  changes: readonly LandedChange[],
  held: AccountPerson | null,
  delivered: DeliveredPerson | undefined,
  attributes: ReadonlyMap<string, Attribute>,
  isProtected: boolean,
): PersonUndo {
  const whole = wholePerson(changes, held, delivered, isProtected)
  const undo: PersonUndo = { changes: [], values: {}, rest: [], fields: { restored: 0, already: 0 } }
  if (whole !== null || held === null || delivered === undefined) {
    if (whole !== null) undo.rest.push(about(whole))
    return undo
  }
  const main: FieldChange[] = []
  const further: MadeChange[] = []
  const take = (verdict: FieldVerdict, field: FieldChange) => {
    if (verdict.verdict === 'already') undo.fields.already += 1
    if (verdict.verdict === 'left')
      undo.rest.push({
        field: field.field,
        old: field.old,
        written: field.new,
        found: verdict.found,
        code: verdict.code,
      })
    if (verdict.verdict !== 'restore') return
    undo.fields.restored += 1
    undo.values[field.field] = field.old
    const apart = attributes.get(field.field)?.apart ?? null
    if (apart === null) main.push(verdict.change)
    else further.push({ kind: apart, email: null, fields: [verdict.change] })
  }
  for (const change of changes) {
    const address = undoAddress(change, held)
    if (address === 'already') undo.fields.already += 1
    else if (address !== null && 'code' in address) undo.rest.push(address)
    else if (address !== null) {
      undo.fields.restored += 1
      further.push(address)
    }
    if (change.kind === 'rekey' || change.kind === 'adopt')
      undo.rest.push({
        field: 'external_id',
        old: null,
        written: delivered.externalId,
        found: held.externalId,
        code: 'identity',
      })
    for (const field of change.fields)
      take(undoField(field, held, { ours: delivered.ours, live: change.live }, attributes.get(field.field)), field)
  }
  if (main.length > 0) undo.changes.push({ kind: 'restore', email: null, fields: main })
  undo.changes.push(...further)
  return undo
}

/** Why nothing of a person can be taken back, or null. */
function wholePerson(
  changes: readonly LandedChange[],
  held: AccountPerson | null,
  delivered: DeliveredPerson | undefined,
  isProtected: boolean,
): RestCode | null {
  if (changes.some(({ kind }) => kind === 'delete') && held === null) return 'deleted'
  if (held === null) return 'gone'
  if (isProtected) return 'is_agent'
  if (changes.some(({ created }) => created)) return 'created'
  return delivered === undefined ? 'not_known' : null
}

function about(code: RestCode): Rest {
  return { field: null, old: null, written: null, found: null, code }
}

/** An added address goes, unless it has become the primary one; a removed one comes back. */
function undoAddress(change: LandedChange, held: AccountPerson): MadeChange | Rest | 'already' | null {
  const { kind, email } = change
  if (email === null) return null
  const left = (code: RestCode): Rest => ({
    field: 'email',
    old: null,
    written: email,
    found: held.emails[0] ?? null,
    code,
  })
  if (kind === 'primary_email') return left('primary_address')
  if (kind === 'email') {
    if (!held.emails.includes(email)) return 'already'
    return held.emails[0] === email ? left('primary_address') : { kind: 'remove_email', email, fields: [] }
  }
  if (kind === 'remove_email') return held.emails.includes(email) ? 'already' : { kind: 'email', email, fields: [] }
  return null
}

type FieldVerdict =
  | { verdict: 'restore'; change: FieldChange }
  | { verdict: 'already' }
  | { verdict: 'left'; code: RestCode; found: string | null }

function undoField(
  { field, old, new: written }: FieldChange,
  held: AccountPerson,
  known: { ours: boolean; live: boolean },
  attribute: Attribute | undefined,
): FieldVerdict {
  const found = held.values[field] ?? null
  const left = (code: RestCode): FieldVerdict => ({ verdict: 'left', code, found })
  if (attribute === undefined) return left('field_unknown')
  if (attribute.apart === 'membership') return left('membership')
  if (attribute.apart === 'tags') return undoTags({ field, old, new: written }, held, known.ours)
  if (held.values[field] === undefined) return left(field.startsWith('user_fields.') ? 'field_unknown' : 'not_readable')
  // A run with --full also sends what it had not changed.
  if (old === written) return { verdict: 'already' }
  if (!holds(attribute, written, held)) {
    if (holds(attribute, old, held)) {
      const isBeside = field === 'phone' && written !== null && held.phones.includes(written)
      return isBeside ? left('second_number') : { verdict: 'already' }
    }
    return left('edited_since')
  }
  if (old === null && !known.ours && !known.live) return left('not_known')
  if (old === null && attribute.clearing === 'never') return left('never_cleared')
  return { verdict: 'restore', change: { field, old: found, new: old } }
}

/** Whether a field holds this value, in whatever way the account writes it. Of several phone numbers the first counts. */
function holds(attribute: Attribute, value: string | null, held: AccountPerson): boolean {
  const only = attribute.name === 'phone' ? { ...held, phones: [] } : held
  const { verdict } = compareValue(attribute, value, only, false)
  return verdict === 'same' || isAlike(value, held.values[attribute.name] ?? null)
}

/** Tags of others stay: what the run added and is still there goes, what it took away and is not there comes back. */
function undoTags({ field, old, new: written }: FieldChange, held: AccountPerson, wasEmpty: boolean): FieldVerdict {
  const found = held.values[field] ?? null
  if (old === null && !wasEmpty) return { verdict: 'left', code: 'not_known', found }
  const [before, after, now] = [words(old), words(written), words(found)]
  const added = [...after].filter((tag) => !before.has(tag) && now.has(tag))
  const again = [...before].filter((tag) => !after.has(tag) && !now.has(tag))
  if (added.length + again.length === 0) return { verdict: 'already' }
  const kept = [...before].filter((tag) => after.has(tag) && now.has(tag))
  const text = (tags: readonly string[]) => [...tags].sort().join(' ') || null
  return { verdict: 'restore', change: { field, old: text([...kept, ...added]), new: text([...kept, ...again]) } }
}

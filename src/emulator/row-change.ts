/** What a good row does to its user. */
import type { Account, User, UserExtra } from './account.ts'
import { organizationNameOf, type Row, readFlag } from './attributes.ts'
import { normalizedEmail } from './email.ts'
import { changeFieldValue, type FieldValue, type UserField } from './user-fields.ts'

/** `direct`: number and identity; `secondary`: identity only; `shared`: number only. */
export type PhoneChange = 'keep' | 'clear' | 'direct' | 'secondary' | 'shared'

export interface Change {
  newEmail: string | null
  phone: PhoneChange
  fields: { field: UserField; value: FieldValue }[]
  /** undefined: untouched. */
  organizationId: number | null | undefined
  timeZone: string | undefined
  /** One of the account's. */
  locale: string | undefined
}

export function applyChange(account: Account, user: User, row: Row, change: Change, atS: number): void {
  const { name, external_id: externalId } = row
  if (typeof name === 'string') user.name = name
  if (externalId === null || externalId === '') account.setExternalId(user, null)
  // OAS CreateOrUpdateUser: the stored case becomes the given one.
  else if (typeof externalId === 'string' && externalId !== user.externalId) account.setExternalId(user, externalId)
  applyEmail(account, user, row, change.newEmail, atS)
  applyPhone(account, user, row, change.phone, atS)
  applyTexts(user, row)
  applyTagsAndFields(account, user, row, change)
  const suspended = readFlag(row.suspended)
  if (suspended !== undefined) user.suspended = suspended
  applyRole(user, row)
  applyExtra(user, row, change)
  if (change.organizationId !== undefined) account.organizations.setOnly(user, change.organizationId, atS)
  else if (account.settings.organizationByName === 'create') {
    const name = organizationNameOf(row)
    // By now nobody has the name, or the check had found him.
    if (name !== undefined) {
      const { organizations } = account
      organizations.setOnly(user, (organizations.byName(name) ?? organizations.add(name, atS)).id, atS)
    }
  }
  if (Array.isArray(row.identities)) applyIdentities(account, user, row.identities, atS)
}

/** DOC-USERS: on update an address is added and the primary one stays; `verified` alone is about the primary one. */
function applyEmail(account: Account, user: User, row: Row, newEmail: string | null, atS: number): void {
  const verified = readFlag(row.verified)
  if (newEmail !== null) {
    const isFirst = !user.identities.some((identity) => identity.type === 'email')
    account.addIdentity(user, 'email', newEmail, verified === true, isFirst, atS)
    return
  }
  if (verified === undefined) return
  // Assumption: an address the user has already gets the flag itself.
  const email = typeof row.email === 'string' ? normalizedEmail(row.email) : undefined
  const identity = user.identities.find((one) => one.type === 'email' && (email ? one.value === email : one.primary))
  if (!identity) return
  identity.verified = verified
  identity.updatedAtS = atS
}

function applyPhone(account: Account, user: User, row: Row, phoneChange: PhoneChange, atS: number): void {
  switch (phoneChange) {
    case 'keep':
      return
    case 'clear':
      account.removeIdentities(user, 'phone_number')
      user.phone = null
      user.sharedPhone = null
      return
    case 'shared':
      user.phone = String(row.phone)
      user.sharedPhone = true
      return
    case 'direct': {
      const isFirst = !user.identities.some((identity) => identity.type === 'phone_number')
      user.phone = String(row.phone)
      user.sharedPhone = false
      account.addIdentity(user, 'phone_number', user.phone, true, isFirst, atS)
      return
    }
    case 'secondary':
      account.addIdentity(user, 'phone_number', String(row.phone), true, false, atS)
      return
  }
}

function applyTexts(user: User, row: Row): void {
  const { alias, details, notes } = row
  if (alias !== undefined) user.alias = (alias as string | null) ?? '' // GRP: null reads back as ""
  if (details !== undefined) user.details = details as string | null
  if (notes !== undefined) user.notes = notes as string | null
}

/** GRP: `tags` replaces the whole set, user_fields merge key by key, and a ticked checkbox adds its tag after that. */
function applyTagsAndFields(account: Account, user: User, row: Row, change: Change): void {
  const given = row.tags
  // CENSUS: a space separates tags. Assumption: null empties the set.
  if (given !== undefined) user.tags = unique(((given as string[] | null) ?? []).flatMap((tag) => tag.split(/\s+/)))
  for (const { field, value } of change.fields) {
    changeFieldValue(account, user, field, value)
  }
}

function unique(tags: string[]): string[] {
  return [...new Set(tags)].filter((tag) => tag !== '')
}

/** DOC-USERS: a custom role makes an end user an agent. Inferred: `role: "end-user"` downgrades an agent. */
function applyRole(user: User, row: Row): void {
  const role = row.role
  if (role === 'end-user' || role === 'agent' || role === 'admin') user.role = role
  if (typeof row.custom_role_id === 'number' && user.role === 'end-user') user.role = 'agent'
}

const extraKeys = ['custom_role_id', 'default_group_id', 'remote_photo_url'] as const

function applyExtra(user: User, row: Row, change: Change): void {
  const extra: UserExtra = {}
  for (const key of extraKeys) if (row[key] !== undefined) Object.assign(extra, { [key]: row[key] })
  // OAS: agents and admins only. Assumption: of an end user it is ignored.
  if (row.signature !== undefined && user.role !== 'end-user') extra.signature = row.signature as string | null
  for (const key of ['moderator', 'only_private_comments'] as const) {
    const flag = readFlag(row[key])
    if (flag !== undefined) extra[key] = flag
  }
  // OAS: locale wins over locale_id.
  if (change.locale !== undefined) extra.locale = change.locale
  if (change.timeZone !== undefined) extra.time_zone = change.timeZone
  const restriction = row.ticket_restriction
  // DOC-USERS: coerced for end users.
  if (restriction !== undefined) {
    extra.ticket_restriction = user.role === 'end-user' ? 'requested' : (restriction as string | null)
  }
  for (const _ in extra) {
    user.extra = { ...user.extra, ...extra }
    return
  }
}

/** OAS: `identities: [{type, value, primary, verified}]`. Assumption: what somebody has already is left out in silence. */
function applyIdentities(
  account: Account,
  user: User,
  identities: readonly Record<string, unknown>[],
  atS: number,
): void {
  for (const { type, value, verified } of identities) {
    if (typeof type !== 'string' || typeof value !== 'string') continue
    const stored = type === 'email' ? normalizedEmail(value) : value
    const holder =
      type === 'email' ? account.byEmail(stored) : type === 'phone_number' ? account.byPhone(stored) : undefined
    if (holder) continue
    const isFirst = !user.identities.some((identity) => identity.type === type)
    account.addIdentity(user, type, stored, readFlag(verified) === true, isFirst, atS)
  }
}

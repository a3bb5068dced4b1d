/** What refuses a row, in Zendesk's words where they are known. Reads only; what a good row will change is a {@link Change}. */
import type { Account, User } from './account.ts'
import { type Row, readFlag } from './attributes.ts'
import { isProperlyFormatted, normalizedEmail } from './email.ts'
import type { RecordError } from './reply.ts'
import type { Change, PhoneChange } from './row-change.ts'
import { ianaTimeZone } from './time-zones.ts'
import type { RowContext } from './upsert.ts'
import { readFieldValue } from './user-fields.ts'

export type RowError = RecordError

/** The change, or the reasons against it. `toleratesTwin`: a race lets a second user have the same external_id. */
export function checkChange(
  context: RowContext,
  row: Row,
  target: User | undefined,
  toleratesTwin: boolean,
): Change | RowError[] {
  const { account } = context
  const errors: RowError[] = []
  if (target && target.role !== 'end-user' && !context.isAdmin) {
    // DOC-USERS: agents may update end users only. Assumption: the words.
    return [{ attribute: 'base', description: 'You are not allowed to update this user' }]
  }
  checkName(row, target, errors)
  checkExternalId(context, row, target, toleratesTwin, errors)
  const newEmail = checkEmail(account, row, target, errors)
  const change: Change = {
    newEmail,
    phone: checkPhone(account, row, target, newEmail !== null, errors),
    fields: checkFields(account, row, errors),
    organizationId: checkOrganization(account, row, errors),
    timeZone: undefined,
  }
  const timeZone = row.time_zone
  // Assumption: a time zone that Zendesk does not know is ignored.
  if (typeof timeZone === 'string' && ianaTimeZone(timeZone) !== undefined) change.timeZone = timeZone
  const role = row.role
  // Assumption: any other role refuses the row.
  if (role !== undefined && role !== 'end-user' && role !== 'agent' && role !== 'admin') {
    errors.push({ attribute: 'role', description: `Role: ${role} is not a valid role` })
  }
  return errors.length > 0 ? errors : change
}

/** A new user needs a name (OAS); it has 1 to 255 characters (alphagov/support #323). */
function checkName(row: Row, target: User | undefined, errors: RowError[]): void {
  const name = row.name
  if (name === undefined && target) return
  if (typeof name !== 'string' || name.trim() === '') {
    // Later wording, observed. Assumption: blanks alone count as nothing.
    errors.push({ attribute: 'name', description: 'Name:  is too short (minimum one character)' })
  } else if (name.length > 255 && [...name].length > 255) {
    errors.push({ attribute: 'name', description: 'Name:  is too long (maximum is 255 characters)' }) // Assumption: the words
  }
}

/** Unique without regard to case (DOC-USERS); the words are recorded (PHP). */
function checkExternalId(
  context: RowContext,
  row: Row,
  target: User | undefined,
  toleratesTwin: boolean,
  errors: RowError[],
): void {
  const externalId = row.external_id
  if (typeof externalId !== 'string' || externalId === '') return
  const holder = context.account.byExternalId(externalId)
  const isTaken = holder !== undefined && holder !== target && !toleratesTwin
  // Unknown in the facts: the e-mail matched a user that has another external_id.
  const isRefused =
    context.mode === 'upsert' &&
    context.account.settings.externalIdOnEmailMatch === 'refuse' &&
    typeof row.id !== 'number' &&
    holder === undefined &&
    typeof target?.externalId === 'string'
  if (isTaken || isRefused) {
    errors.push({ attribute: 'external_id', description: 'External has already been taken', error: 'DuplicateValue' })
  }
}

/** The address the user does not have yet, or null. */
function checkEmail(account: Account, row: Row, target: User | undefined, errors: RowError[]): string | null {
  const given = row.email
  // Assumption: a blank address is no address; it clears nothing.
  if (typeof given !== 'string' || given.trim() === '') return null
  const email = normalizedEmail(given)
  if (!isProperlyFormatted(email)) {
    errors.push({ attribute: 'email', description: `Email: ${email} is not properly formatted` }) // GRP: no code inside
    return null
  }
  const holder = account.byEmail(email)
  if (holder === undefined) return email
  if (holder !== target) {
    const description = `Email: ${email} is already being used by another user` // COMM-MERGE, PHP
    errors.push({ attribute: 'email', description, error: 'DuplicateValue' })
  }
  return null
}

function checkPhone(
  account: Account,
  row: Row,
  target: User | undefined,
  getsEmail: boolean,
  errors: RowError[],
): PhoneChange {
  const phone = row.phone
  // Assumption: null changes nothing; JAVA #553 shows that "" clears.
  if (typeof phone !== 'string') return 'keep'
  if (phone === '') {
    if (!target || target.phone === null) return 'keep'
    if (!getsEmail && !target.identities.some((identity) => identity.type === 'email')) {
      // JAVA #553: e-mail and phone cannot both be cleared once set. Assumption: the words.
      errors.push({ attribute: 'phone', description: 'Phone: cannot be blank without an email' })
    }
    return 'clear'
  }
  if (account.settings.endUserPhoneNumberValidation && !/^\+[1-9]\d{6,14}$/.test(phone)) {
    errors.push({ attribute: 'phone', description: `Phone: ${phone} is invalid` }) // DOC-USERS; Assumption: the words
    return 'keep'
  }
  const holder = account.byPhone(phone)
  if (target && holder === target) return 'keep'
  // DOC-USERS: a number that somebody owns is stored as shared, without an identity.
  if (holder !== undefined || readFlag(row.shared_phone_number) === true) return 'shared'
  // JAVA #553, RB #487: behind a direct line a new number is a secondary identity, and user.phone stays.
  return target && target.phone !== null && target.sharedPhone === false ? 'secondary' : 'direct'
}

/** Keys that the account does not have are ignored in silence (observed on organisations, inferred for users). */
function checkFields(account: Account, row: Row, errors: RowError[]): Change['fields'] {
  const values = row.user_fields
  if (typeof values !== 'object' || values === null) return []
  const changes: Change['fields'] = []
  for (const field of account.userFields) {
    if (!field.active || !Object.hasOwn(values, field.key)) continue
    const raw = (values as Record<string, unknown>)[field.key]
    const value = readFieldValue(field, raw)
    if (value !== undefined) changes.push({ field, value })
    // Inferred: a bad value of a typed field is a record error. Assumption: the words.
    else errors.push({ attribute: field.key, description: `${field.title}: ${JSON.stringify(raw)} is invalid` })
  }
  return changes
}

function checkOrganization(account: Account, row: Row, errors: RowError[]): number | null | undefined {
  const id = row.organization_id
  if (typeof id === 'number' && !account.organizations.byId(id)) {
    errors.push({ attribute: 'organization', description: 'Organization: is invalid' }) // Assumption
  }
  if (id !== undefined) return id as number | null
  // Assumption: `organization.name` finds an organisation and creates none.
  const name = (row.organization as { name?: unknown } | undefined)?.name ?? row.organization_name
  return typeof name === 'string' ? account.organizations.byName(name)?.id : undefined
}

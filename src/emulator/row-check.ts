/** What refuses a row, in Zendesk's words where they are known. Reads only; what a good row will change is a {@link Change}. */
import type { Account, User } from './account.ts'
import { organizationNameOf, type Row, readFlag } from './attributes.ts'
import { isProperlyFormatted, normalizedEmail } from './email.ts'
import type { RecordError } from './reply.ts'
import type { Change, PhoneChange } from './row-change.ts'
import { selectsById } from './row-match.ts'
import { ianaTimeZone } from './time-zones.ts'
import type { RowContext } from './upsert.ts'
import { type FieldValue, readFieldValue, type UserField } from './user-fields.ts'

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
  if (target?.extra?.shared) {
    // DOC-USERS: who is shared from another account cannot be updated. Assumption: the words.
    return [{ attribute: 'base', description: 'A shared user cannot be updated' }]
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
    locale: undefined,
  }
  const { time_zone: timeZone, role } = row
  const { badTimeZone, badLocale, badRole } = account.settings
  if (typeof timeZone === 'string') {
    if (ianaTimeZone(timeZone) !== undefined) change.timeZone = timeZone
    else if (badTimeZone === 'fail') {
      errors.push({ attribute: 'time_zone', description: `Time zone: ${timeZone} is invalid` }) // Assumption: the words
    }
  }
  const locale = row.locale ?? row.language
  if (typeof locale === 'string') {
    change.locale = account.settings.enabledLocales.find((one) => one.toLowerCase() === locale.toLowerCase())
    if (change.locale === undefined && badLocale === 'fail') {
      errors.push({ attribute: 'locale', description: `Locale: ${locale} is invalid` }) // Assumption: the words
    }
  }
  const isRole = role === undefined || role === 'end-user' || role === 'agent' || role === 'admin'
  if (!isRole && badRole === 'fail') {
    errors.push({ attribute: 'role', description: `Role: ${role} is not a valid role` }) // Assumption: the words
  }
  checkSeats(account, row, target, errors)
  return errors.length > 0 ? errors : change
}

/** RB #465. Assumption: the words, and that a downgrade frees a seat at once. */
function checkSeats(account: Account, row: Row, target: User | undefined, errors: RowError[]): void {
  const role = row.role ?? (typeof row.custom_role_id === 'number' ? 'agent' : undefined)
  if ((role !== 'agent' && role !== 'admin') || (target && target.role !== 'end-user')) return
  const seated = account.activeUsers().filter((user) => user.role !== 'end-user').length
  if (seated < account.settings.agentSeats) return
  const description = 'Your account has reached the maximum number of agents'
  errors.push({ attribute: 'base', description, error: 'MaxAgentExceeded' })
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
    !selectsById(context.account, row, context.mode) &&
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

/**
 * Keys that the account does not have are ignored in silence (observed on organisations, inferred for users). Inferred: a bad value
 * of a typed field is a record error; for tickets a bad option is dropped (node-zendesk #132). Assumption: the words of all.
 */
function checkFields(account: Account, row: Row, errors: RowError[]): Change['fields'] {
  const values = row.user_fields
  if (typeof values !== 'object' || values === null) return []
  const changes: Change['fields'] = []
  for (const field of account.userFields) {
    if (!field.active || !Object.hasOwn(values, field.key)) continue
    const raw = (values as Record<string, unknown>)[field.key]
    const value = readFieldValue(field, raw)
    if (value !== undefined) changes.push({ field, value: storedValue(account, field, value) })
    else if (whenBad(account, field) === 'fail') {
      errors.push({ attribute: field.key, description: `${field.title}: ${JSON.stringify(raw)} is invalid` })
    }
  }
  if (account.settings.unknownFieldKey === 'refuse') {
    for (const key of Object.keys(values)) {
      if (!account.userField(key)) errors.push({ attribute: key, description: `User field ${key}: is invalid` })
    }
  }
  return changes
}

function whenBad(account: Account, { type }: UserField): 'fail' | 'drop' {
  const { badDropdown, badFieldValue } = account.settings
  return type === 'dropdown' || type === 'multiselect' ? badDropdown : badFieldValue
}

/** AMP has an example with a precision of (10,2); what Zendesk keeps is unknown. */
function storedValue(account: Account, field: UserField, value: FieldValue): FieldValue {
  const isRounded = field.type === 'decimal' && account.settings.decimals === 'two_places' && typeof value === 'number'
  return isRounded ? Number(value.toFixed(2)) : value
}

function checkOrganization(account: Account, row: Row, errors: RowError[]): number | null | undefined {
  const id = row.organization_id
  if (typeof id === 'number' && !account.organizations.byId(id)) {
    if (account.settings.unknownOrganization === 'ignore') return undefined
    errors.push({ attribute: 'organization', description: 'Organization: is invalid' }) // Assumption: the words
  }
  if (id !== undefined) return id as number | null
  const name = organizationNameOf(row)
  return name === undefined ? undefined : account.organizations.byName(name)?.id
}

/** What a request may do to an organisation: types, rules, and who joins it by his address. */
import type { Account } from './account.ts'
import type { Organization } from './organizations.ts'
import { invalidAttribute, type RecordError, type Reply } from './reply.ts'
import { type FieldValue, readFieldValue } from './user-fields.ts'

/** An organisation object of a request, checked. */
export type OrganizationValues = Readonly<Record<string, unknown>>

const isText = (value: unknown): boolean => typeof value === 'string'
const isTextOrNull = (value: unknown): boolean => value === null || isText(value)
const isIdOrNull = (value: unknown): boolean => value === null || Number.isInteger(value)
const isFlag = (value: unknown): boolean => value === null || typeof value === 'boolean'
const isObjectOrNull = (value: unknown): boolean => typeof value === 'object' && !Array.isArray(value)
const isTexts = (value: unknown): boolean => value === null || (Array.isArray(value) && value.every(isText))

/** OAS OrganizationObject. Inferred: a wrong type is refused as it is for users. Other keys are ignored (observed, RUDDER). */
const rules: Record<string, [accepts: (value: unknown) => boolean, rule: string]> = {
  id: [Number.isInteger, 'must be an integer'],
  name: [isText, 'must be a string'],
  external_id: [isTextOrNull, 'must be a string'],
  details: [isTextOrNull, 'must be a string'],
  notes: [isTextOrNull, 'must be a string'],
  group_id: [isIdOrNull, 'must be an integer'],
  shared_tickets: [isFlag, 'must be a boolean'],
  shared_comments: [isFlag, 'must be a boolean'],
  tags: [isTexts, 'must be an array'],
  organization_fields: [isObjectOrNull, 'must be an object'],
  // RUDDER: a bare domain is taken for a list of one.
  domain_names: [(value) => isText(value) || isTexts(value), 'must be an array'],
}

/** The object, or the 400. */
export function checkOrganization(values: unknown, path: string, endpoint: string): OrganizationValues | Reply {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    return invalidAttribute(path, 'must be an object', endpoint)
  }
  const known: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(values)) {
    const found = Object.hasOwn(rules, key) ? rules[key] : undefined
    if (!found) continue
    const [accepts, rule] = found
    if (!accepts(value)) return invalidAttribute(`${path}.${key}`, rule, endpoint)
    known[key] = value
  }
  return known
}

/** OAS create_or_update: by id or external_id only, never by name. */
export function findOrganization(account: Account, values: OrganizationValues): Organization | undefined {
  const { id, external_id: externalId } = values
  if (typeof id === 'number') return account.organizations.byId(id)
  return typeof externalId === 'string' ? account.organizations.byExternalId(externalId) : undefined
}

/** Writes a new organisation or changes `target`; or the reasons against it, and then nothing is written. */
export function writeOrganization(
  account: Account,
  target: Organization | undefined,
  values: OrganizationValues,
  atS: number,
): Organization | RecordError[] {
  const errors = checkRules(account, target, values)
  if (errors.length > 0) return errors
  const { organizations } = account
  const { name, external_id: externalId, domain_names: domains } = values
  const organization = target ?? organizations.add(String(name), atS)
  if (target && typeof name === 'string') organizations.rename(organization, name)
  if (externalId !== undefined) organizations.setExternalId(organization, (externalId as string | null) || null)
  if (values.details !== undefined) organization.details = values.details as string | null
  if (values.notes !== undefined) organization.notes = values.notes as string | null
  if (values.group_id !== undefined) organization.groupId = values.group_id as number | null
  if (values.shared_tickets !== undefined) organization.sharedTickets = values.shared_tickets === true
  if (values.shared_comments !== undefined) organization.sharedComments = values.shared_comments === true
  Object.assign(organization.fields, fieldValues(account, values))
  if (values.tags !== undefined) organization.tags = [...new Set((values.tags as string[] | null) ?? [])]
  if (domains !== undefined) {
    organizations.setDomainNames(organization, typeof domains === 'string' ? [domains] : ((domains as string[]) ?? []))
    // DOC: users of the domain are attached. Assumption: at once, and also those who were there before.
    if (organization.domainNames.length > 0) {
      for (const user of account.activeUsers()) organizations.joinByDomain(user, atS)
    }
  }
  organization.updatedAtS = atS
  return organization
}

/** RUDDER: keys that the account does not have are ignored in silence. GRP: the others merge, as those of users do. */
function fieldValues(account: Account, values: OrganizationValues): Record<string, FieldValue> {
  const given = (values.organization_fields ?? {}) as Record<string, unknown>
  const known: Record<string, FieldValue> = {}
  for (const field of account.organizationFields) {
    const value = Object.hasOwn(given, field.key) ? readFieldValue(field, given[field.key]) : undefined
    if (value !== undefined) known[field.key] = value
  }
  return known
}

/** OAS: the name is there, trimmed and unique; Z2: without regard to case. Assumption: the words; external_id is unique too. */
function checkRules(account: Account, target: Organization | undefined, values: OrganizationValues): RecordError[] {
  const errors: RecordError[] = []
  const { name, external_id: externalId } = values
  if (name !== undefined || !target) {
    const holder = typeof name === 'string' ? account.organizations.byName(name) : undefined
    if (typeof name !== 'string' || name.trim() === '') {
      errors.push({ attribute: 'name', description: 'Name: cannot be blank', error: 'BlankValue' })
    } else if (holder && holder !== target) {
      const description = `Name: ${name.trim()} has already been taken`
      errors.push({ attribute: 'name', description, error: 'DuplicateValue' })
    }
  }
  const given = (values.organization_fields ?? {}) as Record<string, unknown>
  for (const field of account.organizationFields) {
    if (!Object.hasOwn(given, field.key) || readFieldValue(field, given[field.key]) !== undefined) continue
    // Inferred: as a bad value of a user field. Assumption: the words, and that tags do not follow these fields.
    const description = `${field.title}: ${JSON.stringify(given[field.key])} is invalid`
    if (account.settings.badFieldValue === 'fail') errors.push({ attribute: field.key, description })
  }
  if (typeof externalId === 'string' && externalId !== '') {
    const holder = account.organizations.byExternalId(externalId)
    if (holder && holder !== target) {
      errors.push({ attribute: 'external_id', description: 'External has already been taken', error: 'DuplicateValue' })
    }
  }
  return errors
}

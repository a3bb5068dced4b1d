/** Filling an account directly, without requests or jobs, and reading all of it back. 200,000 users take about a second. */
import type { Account, Role, User } from './account.ts'
import { normalizedEmail } from './email.ts'
import { pickSettings, type Settings } from './settings.ts'
import { fieldTags, readFieldValue, type UserFieldSeed } from './user-fields.ts'
import { identityJson, userFieldJson, userJson } from './user-json.ts'

/** Keys as in Zendesk's JSON. `email` is the primary address, `emails` are further ones. */
export interface UserSeed {
  id?: number
  name: string
  email?: string | null
  emails?: readonly string[]
  external_id?: string | null
  phone?: string | null
  shared_phone_number?: boolean
  role?: Role
  /** Of all addresses; true unless said otherwise, so that seeded people look like settled ones. */
  verified?: boolean
  suspended?: boolean
  /** From another account: nobody here may change him. */
  shared?: boolean
  alias?: string | null
  details?: string | null
  notes?: string | null
  tags?: readonly string[]
  user_fields?: Record<string, unknown>
  organization_id?: number | null
  locale?: string
  time_zone?: string
}

export interface OrganizationSeed {
  id?: number
  name: string
  external_id?: string
  domain_names?: readonly string[]
  tags?: readonly string[]
  organization_fields?: Record<string, unknown>
}

export interface Seed {
  settings?: Partial<Settings>
  user_fields?: readonly UserFieldSeed[]
  /** Types and options as of user fields. */
  organization_fields?: readonly UserFieldSeed[]
  organizations?: readonly OrganizationSeed[]
  users?: Iterable<UserSeed>
  /** Users whose role is agent unless it is given. */
  agents?: Iterable<UserSeed>
}

export interface SeedCounts {
  users: number
  user_fields: number
  organizations: number
}

/** Adds to what is there. A value that the account would not take is an error: a test must not start from less than it says. */
export function seedAccount(account: Account, seed: Seed): SeedCounts {
  const counts: SeedCounts = { users: 0, user_fields: 0, organizations: 0 }
  if (seed.settings) Object.assign(account.settings, pickSettings(seed.settings))
  for (const field of seed.user_fields ?? []) {
    account.addUserField(field)
    counts.user_fields++
  }
  for (const field of seed.organization_fields ?? []) account.addOrganizationField(field)
  for (const organization of seed.organizations ?? []) {
    seedOrganization(account, organization)
    counts.organizations++
  }
  for (const user of seed.users ?? []) {
    seedUser(account, user)
    counts.users++
  }
  for (const agent of seed.agents ?? []) {
    seedUser(account, { role: 'agent', ...agent })
    counts.users++
  }
  return counts
}

function seedOrganization(account: Account, seed: OrganizationSeed): void {
  const organization = account.addOrganization(seed.name, seed.id)
  if (seed.external_id !== undefined) account.organizations.setExternalId(organization, seed.external_id)
  if (seed.domain_names) account.organizations.setDomainNames(organization, seed.domain_names)
  if (seed.tags) organization.tags = [...seed.tags]
  for (const [key, raw] of Object.entries(seed.organization_fields ?? {})) {
    const field = account.organizationFields.find((one) => one.key === key)
    const value = field && readFieldValue(field, raw)
    if (value === undefined) {
      throw new TypeError(`${JSON.stringify(raw)} is no value of an organization field \`${key}\` of the account.`)
    }
    organization.fields[key] = value
  }
}

/** One user. Throws when the name is missing, or a key or address is taken. */
export function seedUser(account: Account, seed: UserSeed): User {
  if (typeof seed.name !== 'string') throw new TypeError(`A seeded user has no name: ${JSON.stringify(seed)}`)
  const atS = account.nowS()
  const emails = [seed.email ?? [], seed.emails ?? []].flat().map(normalizedEmail)
  for (const email of emails) {
    if (account.byEmail(email)) throw new TypeError(`The account has a user with the address ${email} already.`)
  }
  const externalId = seed.external_id ?? null
  if (externalId !== null && account.byExternalId(externalId)) {
    throw new TypeError(`The account has a user with the external_id ${externalId} already.`)
  }
  const user = account.createUser(seed.name, atS, seed.id)
  if (externalId !== null) account.setExternalId(user, externalId)
  const verified = seed.verified ?? true
  emails.forEach((email, index) => {
    account.addIdentity(user, 'email', email, verified, index === 0, atS)
  })
  if (seed.phone) seedPhone(account, user, seed.phone, seed.shared_phone_number === true, atS)
  user.role = seed.role ?? 'end-user'
  user.suspended = seed.suspended ?? false
  user.alias = seed.alias ?? null
  user.details = seed.details ?? null
  user.notes = seed.notes ?? null
  if (seed.tags) user.tags = [...seed.tags]
  if (seed.user_fields) seedFields(account, user, seed.user_fields)
  const { organization_id, locale, time_zone } = seed
  if (seed.shared === true) user.extra = { shared: true }
  if (locale || time_zone) {
    user.extra = { ...user.extra, ...(locale ? { locale } : {}), ...(time_zone ? { time_zone } : {}) }
  }
  if (organization_id != null) {
    if (!account.organizations.byId(organization_id)) {
      throw new TypeError(`The account has no organization ${organization_id}; seed it first.`)
    }
    account.organizations.setOnly(user, organization_id, atS)
  }
  return user
}

function seedPhone(account: Account, user: User, phone: string, isShared: boolean, atS: number): void {
  user.phone = phone
  user.sharedPhone = isShared || account.byPhone(phone) !== undefined
  if (!user.sharedPhone) account.addIdentity(user, 'phone_number', phone, true, true, atS)
}

function seedFields(account: Account, user: User, values: Record<string, unknown>): void {
  for (const [key, raw] of Object.entries(values)) {
    const field = account.userField(key)
    if (!field) throw new TypeError(`The account has no user field \`${key}\`; seed it first.`)
    const value = readFieldValue(field, raw)
    if (value === undefined) throw new TypeError(`${JSON.stringify(raw)} is no value of the user field \`${key}\`.`)
    account.setFieldValue(user, field, value)
    const tags = fieldTags(field, value)
    if (tags.length > 0) user.tags = [...new Set([...user.tags, ...tags])]
  }
}

export interface StateFilter {
  id?: number
  external_id?: string
  email?: string
  role?: Role
  /** Only users with a higher id: the `next` of the page before. */
  after?: number
  /** All in-process; 1,000 over HTTP. */
  limit?: number
  include_deleted?: boolean
}

/** A user as Zendesk shows it, with all identities and all addresses, the primary one first. */
export interface StateUser {
  id: number
  name: string
  email: string | null
  emails: string[]
  external_id: string | null
  phone: string | null
  role: Role
  verified: boolean
  suspended: boolean
  active: boolean
  tags: string[]
  user_fields: Record<string, unknown>
  identities: { id: number; type: string; value: string; verified: boolean; primary: boolean }[]
  [key: string]: unknown
}

export interface State {
  settings: Settings
  user_fields: Record<string, unknown>[]
  organizations: { id: number; name: string }[]
  users: StateUser[]
  /** Users that match the filter, on all pages. */
  total: number
  /** `after` of the next page, or null. */
  next: number | null
}

export function readState(account: Account, origin: string, filter: StateFilter = {}): State {
  const base = filter.include_deleted ? account.sortedUsers() : account.activeUsers()
  const matching = base.filter((user) => matches(account, user, filter))
  const { after, limit } = filter
  const rest = after === undefined ? matching : matching.filter((user) => user.id > after)
  const page = limit === undefined ? rest : rest.slice(0, limit)
  return {
    settings: { ...account.settings },
    user_fields: account.userFields.map((field, position) => userFieldJson(field, position, origin)),
    organizations: account.organizations.list().map(({ id, name }) => ({ id, name })),
    users: page.map((user) => stateUser(account, user, origin)),
    total: matching.length,
    next: page.length < rest.length ? (page.at(-1)?.id ?? null) : null,
  }
}

function matches(account: Account, user: User, filter: StateFilter): boolean {
  if (filter.id !== undefined && user.id !== filter.id) return false
  if (filter.role !== undefined && user.role !== filter.role) return false
  if (filter.email !== undefined && account.byEmail(normalizedEmail(filter.email)) !== user) return false
  // Not by the index: a race may have made two users of one external_id.
  return filter.external_id === undefined || user.externalId?.toLowerCase() === filter.external_id.toLowerCase()
}

function stateUser(account: Account, user: User, origin: string): StateUser {
  const emails = user.identities.filter(({ type }) => type === 'email')
  emails.sort((one, other) => Number(other.primary) - Number(one.primary))
  return {
    ...userJson(account, user, origin),
    emails: emails.map(({ value }) => value),
    organization_ids: (user.extra?.memberships ?? []).map(({ organization }) => organization.id),
    identities: user.identities.map((identity) => identityJson(user, identity, origin)),
  } as unknown as StateUser
}

/** Users, identities and user fields as Zendesk's JSON. `origin` is where the emulator was reached, so that links work. */
import { createHash } from 'node:crypto'
import { type Account, type Identity, primaryEmail, type Role, type User } from './account.ts'
import { defaultOrganizationId } from './organizations.ts'
import { ianaTimeZone } from './time-zones.ts'
import { renderUserFields, type UserField } from './user-fields.ts'

export function isoTime(atS: number): string {
  return `${new Date(atS * 1000).toISOString().slice(0, 19)}Z`
}

/** DOC-USERS: null for end users, 4 for admins; 0 (a custom agent) stands for every agent. */
const roleTypes: Record<Role, number | null> = { 'end-user': null, agent: 0, admin: 4 }

/** The 37 keys of the recording, in its order (ZENPY). */
export function userJson(account: Account, user: User, origin: string): Record<string, unknown> {
  const extra = user.extra ?? {}
  const isEndUser = user.role === 'end-user'
  const timeZone = extra.time_zone ?? 'America/New_York'
  return {
    id: user.id,
    url: `${origin}/api/v2/users/${user.id}.json`,
    name: user.name,
    email: primaryEmail(user),
    created_at: isoTime(user.createdAtS),
    updated_at: isoTime(user.updatedAtS),
    time_zone: timeZone,
    iana_time_zone: ianaTimeZone(timeZone) ?? timeZone,
    phone: user.phone,
    shared_phone_number: user.sharedPhone,
    photo: null, // DOC-USERS: remote_photo_url is fetched later, maybe minutes later; here never
    locale_id: 1,
    locale: extra.locale ?? 'en-US',
    organization_id: defaultOrganizationId(user),
    role: user.role,
    verified: user.identities.some((identity) => identity.verified), // DOC-USERS: any identity
    external_id: user.externalId,
    ...(account.settings.tagging ? { tags: user.tags } : {}), // OAS AccountSettingsUserObject
    alias: user.alias,
    active: user.active,
    shared: extra.shared ?? false,
    shared_agent: false,
    last_login_at: null,
    two_factor_auth_enabled: false,
    signature: extra.signature ?? null,
    details: user.details,
    notes: user.notes,
    role_type: roleTypes[user.role],
    custom_role_id: extra.custom_role_id ?? null,
    moderator: extra.moderator ?? !isEndUser,
    ticket_restriction: extra.ticket_restriction ?? (isEndUser ? 'requested' : null),
    only_private_comments: extra.only_private_comments ?? false,
    restricted_agent: user.role !== 'admin',
    suspended: user.suspended,
    default_group_id: extra.default_group_id ?? null,
    report_csv: false,
    user_fields: renderUserFields(account, user),
  }
}

/** GRP, with the keys that DOC-IDENT names today. */
export function identityJson(user: User, identity: Identity, origin: string): Record<string, unknown> {
  const isEmail = identity.type === 'email'
  const isReserved = isEmail && /[@.](example(\.(com|net|org))?|test|invalid)$/.test(identity.value)
  return {
    url: `${origin}/api/v2/users/${user.id}/identities/${identity.id}.json`,
    id: identity.id,
    user_id: user.id,
    type: identity.type,
    value: identity.value,
    verified: identity.verified,
    primary: identity.primary,
    verification_method: identity.verified ? 'low' : 'none', // Assumption: of the methods only these two arise here
    verified_at: identity.verified ? isoTime(identity.updatedAtS) : null, // Assumption: the last change was that
    created_at: isoTime(identity.createdAtS),
    updated_at: isoTime(identity.updatedAtS),
    ...(isEmail ? { undeliverable_count: 0, deliverable_state: isReserved ? 'reserved_example' : 'deliverable' } : {}),
  }
}

/** RUDDER, GRP: `tag` on a checkbox, options on a dropdown. */
export function userFieldJson(field: UserField, position: number, origin: string): Record<string, unknown> {
  const hasOptions = field.type === 'dropdown' || field.type === 'multiselect'
  return {
    url: `${origin}/api/v2/user_fields/${field.id}.json`,
    id: field.id,
    type: field.type,
    key: field.key,
    title: field.title,
    description: field.description,
    raw_title: field.title,
    raw_description: field.description,
    position,
    active: field.active,
    system: false,
    regexp_for_validation: field.regexp,
    created_at: isoTime(field.createdAtS),
    updated_at: isoTime(field.updatedAtS),
    ...(field.type === 'lookup' ? { relationship_target_type: field.targetType } : {}),
    ...(field.type === 'checkbox' ? { tag: field.tag } : {}),
    ...(hasOptions
      ? {
          custom_field_options: field.options.map(optionJson),
        }
      : {}),
  }
}

export function optionJson({ id, name, value }: UserField['options'][number]): Record<string, unknown> {
  return { id, name, raw_name: name, value }
}

/** NODEZ: 64 bytes as base64. Here the same for one user every time. */
function authenticityToken(id: number | null): string {
  return createHash('sha512').update(`authenticity ${id}`).digest('base64url')
}

/** NODEZ: what users/me says to the user himself. `authenticity_token` follows the 16 keys that anybody has. */
export function ownUserJson(account: Account, user: User, origin: string): Record<string, unknown> {
  const entries = Object.entries(userJson(account, user, origin))
  const end = entries.findIndex(([key]) => key === 'verified') + 1
  return Object.fromEntries([
    ...entries.slice(0, end),
    ['authenticity_token', authenticityToken(user.id)],
    ...entries.slice(end),
  ])
}

/** NODEZ, CSA: what users/me says to somebody without credentials. */
export const anonymousUser = {
  id: null,
  url: null,
  name: 'Anonymous user',
  email: 'invalid@example.com',
  created_at: null,
  updated_at: null,
  time_zone: 'America/New_York',
  iana_time_zone: 'America/New_York',
  phone: null,
  shared_phone_number: null,
  photo: null,
  locale_id: 1,
  locale: 'en-US',
  organization_id: null,
  role: 'end-user',
  verified: false,
  authenticity_token: authenticityToken(null),
}

/** Organisations and memberships as Zendesk's JSON. */
import type { Account } from './account.ts'
import type { Membership, Organization } from './organizations.ts'
import { renderFieldValues } from './user-fields.ts'
import { isoTime } from './user-json.ts'

/** The keys of the recordings, in their order (RUDDER, ZENPY). GRP: as of users, every active field is listed. */
export function organizationJson(
  account: Account,
  organization: Organization,
  origin: string,
): Record<string, unknown> {
  return {
    url: `${origin}/api/v2/organizations/${organization.id}.json`,
    id: organization.id,
    name: organization.name,
    shared_tickets: organization.sharedTickets,
    shared_comments: organization.sharedComments,
    external_id: organization.externalId,
    created_at: isoTime(organization.createdAtS),
    updated_at: isoTime(organization.updatedAtS),
    domain_names: organization.domainNames,
    details: organization.details,
    notes: organization.notes,
    group_id: organization.groupId,
    tags: organization.tags,
    organization_fields: renderFieldValues(account.organizationFields, ({ key }) => organization.fields[key] ?? null),
  }
}

/** OAS OrganizationMembershipObject: `default` is null, not false. */
export function membershipJson(membership: Membership, origin: string): Record<string, unknown> {
  return {
    url: `${origin}/api/v2/organization_memberships/${membership.id}.json`,
    id: membership.id,
    user_id: membership.user.id,
    organization_id: membership.organization.id,
    default: membership.isDefault ? true : null,
    created_at: isoTime(membership.createdAtS),
    organization_name: membership.organization.name,
    updated_at: isoTime(membership.updatedAtS),
    view_tickets: true,
  }
}

/** The jobs that write organisations and memberships. Nothing is looked up before a row is written. */
import type { Account } from './account.ts'
import type { Task } from './jobs.ts'
import { findOrganization, type OrganizationValues, writeOrganization } from './organization-change.ts'
import type { Membership, Organization } from './organizations.ts'
import type { RecordError } from './reply.ts'
import { localized } from './wording.ts'

/**
 * `create`: `{"status":"Created","id":N}` (ZENPY). `update`: OAS UpdateResourceResult, by id or external_id.
 * NODEZ: the words of the message. Assumption: the names of types and classes, and that races do not lose updates.
 */
export function writeTask(account: Account, mode: 'create' | 'update', rows: readonly OrganizationValues[]): Task {
  return {
    type: mode === 'create' ? 'Bulk Create Organization' : 'Bulk Update Organization',
    jobClass: mode === 'create' ? 'OrganizationBulkCreateJob' : 'OrganizationBulkUpdateJob',
    doing: `${mode === 'create' ? 'Creating' : 'Updating'} organization`,
    total: rows.length,
    apply: (index, atS) => {
      const row = rows[index]!
      const target = mode === 'update' ? findOrganization(account, row) : undefined
      if (mode === 'update' && !target) return missing(index, 'update')
      const written = writeOrganization(account, target, row, atS)
      if (Array.isArray(written)) return failure(account, index, mode, written)
      const { id } = written
      return mode === 'create'
        ? JSON.stringify({ status: 'Created', id })
        : JSON.stringify({ id, action: 'update', status: 'Updated', success: true })
    },
  }
}

/** ZENPY destroy_many; NODEZ: the words of the message. Undefined is an id that nobody has. */
export function deleteTask(account: Account, organizations: readonly (Organization | undefined)[]): Task {
  return {
    type: 'Bulk Delete Organization',
    jobClass: 'OrganizationBulkDeleteJob',
    doing: 'Deleting Organization',
    total: organizations.length,
    apply: (index) => {
      const organization = organizations[index]
      if (!organization || account.organizations.byId(organization.id) !== organization) return missing(index, 'delete')
      account.organizations.remove(organization)
      return JSON.stringify({ action: 'delete', id: organization.id, status: 'Deleted', success: true })
    },
  }
}

/** organization_memberships/create_many (2nd). `join` writes a row, or says why not. */
export function membershipTask(
  account: Account,
  total: number,
  join: (index: number, atS: number) => Membership | RecordError[],
): Task {
  return {
    type: 'Bulk Create Organization Membership',
    jobClass: 'OrganizationMembershipBulkCreateJob',
    doing: 'Creating organization membership',
    total,
    apply: (index, atS) => {
      const membership = join(index, atS)
      if (Array.isArray(membership)) return failure(account, index, 'create', membership)
      return JSON.stringify({ action: 'create', id: membership.id, status: 'Created', success: true })
    },
  }
}

/** Assumption: as destroy_many of users and organisations. */
export function leaveTask(account: Account, memberships: readonly (Membership | undefined)[]): Task {
  return {
    type: 'Bulk Delete Organization Membership',
    jobClass: 'OrganizationMembershipBulkDeleteJob',
    doing: 'Deleting organization membership',
    total: memberships.length,
    apply: (index) => {
      const membership = memberships[index]
      if (!membership || !account.organizations.membership(membership.id)) return missing(index, 'delete')
      account.organizations.leave(membership)
      return JSON.stringify({ action: 'delete', id: membership.id, status: 'Deleted', success: true })
    },
  }
}

/** OAS FailedResult. Assumption: `id` is the index of the row, as it is for users, and the names of the errors. */
function failure({ settings }: Account, index: number, action: string, errors: readonly RecordError[]): string {
  const language = settings.localizedJobDetails ? settings.locale : 'en-US'
  const details = errors.map(({ description }) => localized(description, language)).join(', ')
  const error = action === 'update' ? 'OrganizationUpdateError' : 'OrganizationCreateError'
  return JSON.stringify({ id: index, action, error, success: false, details, status: 'Failed' })
}

function missing(index: number, action: string): string {
  const error = { error: 'RecordNotFound', success: false, details: 'Not found', status: 'Failed' }
  return JSON.stringify({ id: index, action, ...error })
}

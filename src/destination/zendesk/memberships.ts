import { Problem } from '../../problem.ts'
import type { Submission, Write, WriteResult } from '../destination.ts'
import type { Api } from './api.ts'
import { idText } from './json.ts'
import type { OrganizationDirectory, OrganizationName } from './organizations.ts'
import { isOrganizationColumn } from './organizations.ts'
import { readAll } from './pages.ts'

/**
 * People become members of organisations, and stay members of others:
 * https://developer.zendesk.com/api-reference/ticketing/organizations/organization_memberships/#create-many-memberships
 */

/** The organisation that a write names: the only value that it has. */
export function organizationOf(write: Write): OrganizationName {
  for (const [attribute, value] of Object.entries(write.values)) {
    if (isOrganizationColumn(attribute) && value !== null) return { attribute, value }
  }
  throw new Error('a write of kind membership names no organization')
}

/**
 * The body of one batch, or what became of it: without its organisation a row fails, and the others are sent without it. Makes
 * missing organisations where the destination says so.
 */
export async function submitMemberships(
  directory: OrganizationDirectory,
  writes: readonly Write[],
): Promise<{ body: string } | Submission> {
  const found = await directory.resolve(writes.map(organizationOf))
  if ('end' in found) return found
  if (found.some((one) => 'status' in one)) {
    const results = found.map((one): WriteResult => ('status' in one ? one : { status: 'unknown' }))
    return { end: 'settled', results }
  }
  const rows = found.map((one, index) => {
    const organizationId = 'organizationId' in one ? one.organizationId : ''
    return `{"user_id":${writes[index]!.zendeskId},"organization_id":${organizationId}}`
  })
  return { body: `{"organization_memberships":[${rows.join(',')}]}` }
}

/**
 * A second look at rows of a finished job that Zendesk refused: who is a member already has what was asked for. Throws Problem.
 */
export async function lookAtMemberships(
  api: Api,
  directory: OrganizationDirectory,
  writes: readonly Write[],
  results: readonly WriteResult[],
): Promise<WriteResult[]> {
  const looked: WriteResult[] = []
  for (const [index, result] of results.entries()) {
    const write = writes[index]!
    const isMember = result.status === 'failed' && (await isMemberAlready(api, directory, write))
    looked.push(isMember ? { status: 'updated', zendeskId: write.zendeskId! } : result)
  }
  return looked
}

async function isMemberAlready(api: Api, directory: OrganizationDirectory, write: Write): Promise<boolean> {
  const organizationId = await directory.find(organizationOf(write))
  if (organizationId === null) return false
  const asked = 'reading memberships'
  const path = `/api/v2/users/${write.zendeskId}/organization_memberships`
  try {
    const memberships = await readAll(api, path, 'organization_memberships', asked)
    return memberships.some((membership) => idText(membership.organization_id) === organizationId)
  } catch (error) {
    // A user who is gone is a member of nothing.
    if (error instanceof Problem && error.code === 'zendesk.unexpected_answer' && error.data.status === 404)
      return false
    throw error
  }
}

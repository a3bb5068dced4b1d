/** Who belongs to which organisation (OAS organization_memberships). */
import type { Account, User } from './account.ts'
import { leaveTask, membershipTask } from './organization-job.ts'
import { membershipJson, organizationJson } from './organization-json.ts'
import type { Membership } from './organizations.ts'
import { paginate } from './pagination.ts'
import { queueJob } from './queue.ts'
import {
  forbidden,
  invalidAttribute,
  json,
  noContent,
  type RecordError,
  type Reply,
  recordInvalid,
  recordNotFound,
  tooManyValues,
} from './reply.ts'
import type { ApiRequest, Route } from './router.ts'
import { countReply, withOrganization } from './routes-organizations.ts'
import { userJson } from './user-json.ts'

// Assumption: the scopes of organisations are those of their memberships.
const reads = { method: 'GET', level: 'agent', resource: 'organizations' } as const
const writes = { level: 'agent', resource: 'organizations' } as const
const path = 'organization_memberships'

export const membershipRoutes: readonly Route[] = [
  { ...reads, path, respond: (request) => listReply(request, request.world.account.organizations.memberships()) },
  { ...writes, method: 'POST', path, respond: createMembership },
  { ...writes, method: 'POST', path: `${path}/create_many`, respond: createMany },
  { ...writes, method: 'DELETE', path: `${path}/destroy_many`, respond: destroyMany },
  { ...reads, path: `${path}/{id}`, respond: withMembership(({ id }) => id, showMembership) },
  { ...writes, method: 'DELETE', path: `${path}/{id}`, respond: withMembership(({ id }) => id, deleteMembership) },
  {
    ...reads,
    path: `organizations/{id}/${path}`,
    respond: withOrganization((request, organization) =>
      listReply(request, request.world.account.organizations.memberships({ organization })),
    ),
  },
  {
    ...reads,
    path: `users/{id}/${path}`,
    respond: withUser((request, user) => listReply(request, request.world.account.organizations.memberships({ user }))),
  },
  { ...writes, method: 'POST', path: `users/{id}/${path}`, respond: withUser(createMembership) },
  { ...reads, path: `users/{id}/${path}/{other}`, respond: withMembership(({ otherId }) => otherId, showMembership) },
  {
    ...writes,
    method: 'DELETE',
    path: `users/{id}/${path}/{other}`,
    respond: withMembership(({ otherId }) => otherId, deleteMembership),
  },
  {
    ...writes,
    method: 'PUT',
    path: `users/{id}/${path}/{other}/make_default`,
    respond: withMembership(({ otherId }) => otherId, makeDefaultOfMany),
  },
  {
    ...reads,
    path: 'users/{id}/organizations/count',
    respond: withUser(({ world, nowMs }, user) =>
      countReply(world.account.organizations.memberships({ user }).length, nowMs),
    ),
  },
  { ...writes, method: 'DELETE', path: 'users/{id}/organizations/{other}', respond: withUser(leaveOrganization) },
  { ...writes, method: 'PUT', path: 'users/{id}/organizations/{other}/make_default', respond: withUser(makeDefault) },
]

function withUser(respond: (request: ApiRequest, user: User) => Reply): Route['respond'] {
  return (request) => {
    const user = request.world.account.user(Number(request.id))
    return user?.active ? respond(request, user) : recordNotFound()
  }
}

/** Below `users/{id}` it must be one of that user. */
function withMembership(
  idOf: (request: ApiRequest) => string,
  respond: (request: ApiRequest, membership: Membership) => Reply,
): Route['respond'] {
  return (request) => {
    const membership = request.world.account.organizations.membership(Number(idOf(request)))
    const isOfUser = request.otherId === '' || membership?.user.id === Number(request.id)
    return membership && isOfUser ? respond(request, membership) : recordNotFound()
  }
}

/** OAS OrganizationMembershipsInclude: users and organizations beside the memberships. */
function listReply(request: ApiRequest, memberships: readonly Membership[]): Reply {
  const { world, query, origin } = request
  const page = paginate(memberships, { keyOf: ({ id }) => String(id) }, request)
  if ('status' in page) return page
  const included = (query.get('include') ?? '').split(',')
  const users = new Set(page.records.map(({ user }) => user))
  const organizations = new Set(page.records.map(({ organization }) => organization))
  return json(200, {
    organization_memberships: page.records.map((one) => membershipJson(one, origin)),
    ...(included.includes('users') ? { users: [...users].map((one) => userJson(world.account, one, origin)) } : {}),
    ...(included.includes('organizations')
      ? { organizations: [...organizations].map((one) => organizationJson(world.account, one, origin)) }
      : {}),
    ...page.frame,
  })
}

function showMembership({ origin }: ApiRequest, membership: Membership): Reply {
  return json(200, { organization_membership: membershipJson(membership, origin) })
}

/** OAS: agents write those of end users only. */
function mayWrite({ world, caller }: ApiRequest, user: User): boolean {
  return user.role === 'end-user' || (caller.user !== null && world.access.roleOf(caller.user) === 'admin')
}

/** The new membership, or why not: 422 for one that is there (OAS). Assumption: the words, and those for ids that nobody has. */
function join(account: Account, values: unknown, atS: number): Membership | RecordError[] {
  const {
    user_id: userId,
    organization_id: organizationId,
    default: isDefault,
  } = (values ?? {}) as Record<string, unknown>
  const user = account.user(Number(userId))
  const organization = account.organizations.byId(Number(organizationId))
  const errors: RecordError[] = []
  if (!user?.active) errors.push({ attribute: 'user', description: 'User: is invalid', error: 'InvalidValue' })
  if (!organization) {
    errors.push({ attribute: 'organization', description: 'Organization: is invalid', error: 'InvalidValue' })
  }
  if (!user || !organization || errors.length > 0) return errors
  if (account.organizations.membershipOf(user, organization)) {
    const description = 'User has already been taken'
    return [{ attribute: 'user_id', description, error: 'DuplicateValue' }]
  }
  if (!account.settings.multipleOrganizations && account.organizations.memberships({ user }).length > 0) {
    // DOC: several organisations of a user need a setting of the account. Assumption: the refusal.
    return [{ attribute: 'user_id', description: 'User: is a member of another organization', error: 'InvalidValue' }]
  }
  return account.organizations.join(user, organization, atS, isDefault === true)
}

function createMembership(request: ApiRequest, user?: User): Reply {
  const { world, body, nowMs, origin } = request
  const given = (body as { organization_membership?: unknown } | undefined)?.organization_membership
  if (typeof given !== 'object' || given === null) {
    return invalidAttribute('organization_membership', 'must be an object', `api/v2/${path}/create`)
  }
  const values: Record<string, unknown> = user ? { ...given, user_id: user.id } : { ...given }
  const member = world.account.user(Number(values.user_id))
  if (member && !mayWrite(request, member)) return forbidden()
  const membership = join(world.account, values, Math.floor(nowMs / 1000))
  if (Array.isArray(membership)) return recordInvalid(membership)
  const organization_membership = membershipJson(membership, origin)
  return json(201, { organization_membership }, { location: String(organization_membership.url) })
}

/** OAS: 100 at most. Inferred: the words of organizations. */
function createMany(request: ApiRequest): Reply {
  const { account } = request.world
  const rows = (request.body as Record<string, unknown> | undefined)?.[path]
  if (!Array.isArray(rows) || rows.length === 0) {
    return invalidAttribute(path, 'must be an array that is not empty', `api/v2/${path}/create_many`)
  }
  if (rows.length > 100) return tooManyValues('')
  return queueJob(
    request,
    membershipTask(request.world.account, rows.length, (index, atS) => join(account, rows[index], atS)),
  )
}

function destroyMany(request: ApiRequest): Reply {
  const { account } = request.world
  const ids = (request.query.get('ids') ?? '').split(',').filter((id) => id.trim() !== '')
  if (ids.length > 100) return tooManyValues('')
  if (ids.length === 0) return invalidAttribute('ids', 'must be a list of ids', `api/v2/${path}/destroy_many`)
  return queueJob(
    request,
    leaveTask(
      account,
      ids.map((id) => account.organizations.membership(Number(id))),
    ),
  )
}

function deleteMembership(request: ApiRequest, membership: Membership): Reply {
  if (!mayWrite(request, membership.user)) return forbidden()
  request.world.account.organizations.leave(membership)
  return noContent()
}

function leaveOrganization(request: ApiRequest, user: User): Reply {
  const membership = findOfUser(request, user)
  return membership ? deleteMembership(request, membership) : recordNotFound()
}

function findOfUser({ world, otherId }: ApiRequest, user: User): Membership | undefined {
  const organization = world.account.organizations.byId(Number(otherId))
  return organization && world.account.organizations.membershipOf(user, organization)
}

/** OAS SetOrganizationAsDefault: answers that membership. */
function makeDefault(request: ApiRequest, user: User): Reply {
  const membership = findOfUser(request, user)
  if (!membership) return recordNotFound()
  if (!mayWrite(request, user)) return forbidden()
  request.world.account.organizations.makeDefault(membership, Math.floor(request.nowMs / 1000))
  return showMembership(request, membership)
}

/** OAS SetOrganizationMembershipAsDefault: answers all memberships of the user. */
function makeDefaultOfMany(request: ApiRequest, membership: Membership): Reply {
  if (!mayWrite(request, membership.user)) return forbidden()
  const { organizations } = request.world.account
  organizations.makeDefault(membership, Math.floor(request.nowMs / 1000))
  return listReply(request, organizations.memberships({ user: membership.user }))
}

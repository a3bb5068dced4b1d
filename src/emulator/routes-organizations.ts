/** Organisations: reading, writing, and their bulk jobs (OAS organizations). */
import {
  checkOrganization,
  findOrganization,
  type OrganizationValues,
  writeOrganization,
} from './organization-change.ts'
import { deleteTask, writeTask } from './organization-job.ts'
import { organizationJson } from './organization-json.ts'
import type { Organization } from './organizations.ts'
import { offsetPage, paginate } from './pagination.ts'
import { queueJob } from './queue.ts'
import { invalidAttribute, json, noContent, type Reply, recordInvalid, recordNotFound, tooManyValues } from './reply.ts'
import type { ApiRequest, Route } from './router.ts'
import { userJson } from './user-json.ts'

// OAS: agents read; who may create and delete is an admin, custom roles apart.
const read = { method: 'GET', level: 'agent', resource: 'organizations' } as const
const agents = { level: 'agent', resource: 'organizations' } as const
const admins = { level: 'admin', resource: 'organizations' } as const

export const organizationRoutes: readonly Route[] = [
  { ...read, path: 'organizations', respond: listOrganizations },
  { ...admins, method: 'POST', path: 'organizations', respond: createOrganization },
  { ...read, path: 'organizations/show_many', respond: showMany },
  { ...admins, method: 'GET', path: 'organizations/search', respond: search },
  { ...read, path: 'organizations/autocomplete', respond: autocomplete },
  {
    ...read,
    path: 'organizations/count',
    respond: ({ world, nowMs }) => countReply(world.account.organizations.count, nowMs),
  },
  { ...admins, method: 'POST', path: 'organizations/create_or_update', respond: createOrUpdate },
  { ...admins, method: 'POST', path: 'organizations/create_many', respond: createMany },
  { ...agents, method: 'PUT', path: 'organizations/update_many', respond: updateMany },
  { ...admins, method: 'DELETE', path: 'organizations/destroy_many', respond: destroyMany },
  { ...read, path: 'organizations/{id}', respond: withOrganization(showOrganization) },
  { ...agents, method: 'PUT', path: 'organizations/{id}', respond: withOrganization(updateOrganization) },
  { ...admins, method: 'DELETE', path: 'organizations/{id}', respond: withOrganization(deleteOrganization) },
  { ...read, path: 'organizations/{id}/users', respond: withOrganization(listUsers) },
  { ...read, path: 'users/{id}/organizations', respond: listOfUser },
]

/** Inferred: an id that is no number is refused as a user's is. */
export function withOrganization(
  respond: (request: ApiRequest, organization: Organization) => Reply,
): (request: ApiRequest) => Reply {
  return (request) => {
    const { id, world } = request
    if (!/^\d+$/.test(id)) return invalidAttribute('id', 'must be an integer', 'api/v2/organizations/show')
    const organization = world.account.organizations.byId(Number(id))
    return organization ? respond(request, organization) : recordNotFound()
  }
}

const keyOf = ({ id }: { id: number }): string => String(id)

function listReply(organizations: readonly Organization[], request: ApiRequest): Reply {
  const page = paginate(organizations, { keyOf }, request)
  if ('status' in page) return page
  return json(200, {
    organizations: page.records.map((one) => organizationJson(request.world.account, one, request.origin)),
    ...page.frame,
  })
}

function listOrganizations(request: ApiRequest): Reply {
  return listReply(request.world.account.organizations.list(), request)
}

/** OAS ListUserOrganizations. Assumption: the order is that of the memberships. */
function listOfUser(request: ApiRequest): Reply {
  const { account } = request.world
  const user = account.user(Number(request.id))
  if (!user?.active) return recordNotFound()
  return listReply(
    account.organizations.memberships({ user }).map(({ organization }) => organization),
    request,
  )
}

/** OAS: by ids or external_ids, 100 at most. Inferred: unknown ones are silently absent. */
function showMany(request: ApiRequest): Reply {
  const found = readKeys(request, 'show_many')
  return 'status' in found
    ? found
    : frameless(
        found.organizations.filter((one) => one !== undefined),
        request,
      )
}

function frameless(organizations: readonly Organization[], { world, origin }: ApiRequest): Reply {
  const records = organizations.map((one) => organizationJson(world.account, one, origin))
  return json(200, { organizations: records, next_page: null, previous_page: null, count: records.length })
}

/** The organisations of `?ids=` or `?external_ids=` in the order asked for; undefined for a key that nobody has. */
function readKeys(
  { world, query }: ApiRequest,
  action: string,
): { keys: string[]; organizations: (Organization | undefined)[] } | Reply {
  const [ids, externalIds] = [query.get('ids'), query.get('external_ids')]
  const keys = (ids ?? externalIds ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter(Boolean)
  // ZENPY: unlike that of users, it names no parameter.
  if (keys.length > 100) return tooManyValues('')
  if (keys.length === 0) return invalidAttribute('ids', 'must be a list of ids', `api/v2/organizations/${action}`)
  const { organizations } = world.account
  const find = (key: string) => (ids === null ? organizations.byExternalId(key) : organizations.byId(Number(key)))
  return { keys, organizations: keys.map(find) }
}

/** OAS: one of the two, exact, without regard to case. Assumption: neither or both is a 400. */
function search(request: ApiRequest): Reply {
  const [externalId, name] = [request.query.get('external_id'), request.query.get('name')]
  if ((externalId === null) === (name === null)) {
    return invalidAttribute('external_id', 'or name must be given, not both', 'api/v2/organizations/search')
  }
  const { organizations } = request.world.account
  const found = name === null ? organizations.byExternalId(externalId!) : organizations.byName(name)
  return frameless(found ? [found] : [], request)
}

/** OAS: names that begin with it; offset pages only. Assumption: without regard to case. */
function autocomplete(request: ApiRequest): Reply {
  const start = (request.query.get('name') ?? '').trim().toLowerCase()
  if (start === '') return invalidAttribute('name', 'must be given', 'api/v2/organizations/autocomplete')
  const found = request.world.account.organizations.list().filter(({ name }) => name.toLowerCase().startsWith(start))
  const page = offsetPage(found, request)
  if ('status' in page) return page
  return json(200, {
    organizations: page.records.map((one) => organizationJson(request.world.account, one, request.origin)),
    ...page.frame,
  })
}

/** OAS CountOrganizationObject. */
export function countReply(value: number, nowMs: number): Reply {
  return json(200, { count: { value, refreshed_at: `${new Date(nowMs).toISOString().slice(0, 19)}Z` } })
}

function readBody(request: ApiRequest, action: string): OrganizationValues | Reply {
  const values = (request.body as { organization?: unknown } | undefined)?.organization
  return checkOrganization(values, 'organization', `api/v2/organizations/${action}`)
}

function isReply(value: OrganizationValues | Reply): value is Reply {
  return 'headers' in value && 'status' in value
}

function createOrganization(request: ApiRequest): Reply {
  const values = readBody(request, 'create')
  return isReply(values) ? values : writeReply(request, undefined, values)
}

/** 201 with a Location for a new one, 200 for `target`, 422 for what the rules refuse. */
function writeReply(request: ApiRequest, target: Organization | undefined, values: OrganizationValues): Reply {
  const { world, nowMs, origin } = request
  const written = writeOrganization(world.account, target, values, Math.floor(nowMs / 1000))
  if (Array.isArray(written)) return recordInvalid(written)
  const organization = organizationJson(world.account, written, origin)
  return target ? json(200, { organization }) : json(201, { organization }, { location: String(organization.url) })
}

/** Assumption: an id that nobody has is not found, as for users. */
function createOrUpdate(request: ApiRequest): Reply {
  const values = readBody(request, 'create_or_update')
  if (isReply(values)) return values
  const target = findOrganization(request.world.account, values)
  if (!target && values.id !== undefined) return recordNotFound()
  return writeReply(request, target, values)
}

function showOrganization({ world, origin }: ApiRequest, organization: Organization): Reply {
  return json(200, { organization: organizationJson(world.account, organization, origin) })
}

/** OAS UpdateOrganization: 5 a minute for one organisation. */
function updateOrganization(request: ApiRequest, organization: Organization): Reply {
  const waitMs = request.world.organizationLimit.take(String(organization.id), request.nowMs)
  if (waitMs !== undefined) {
    const errors = [{ code: 'TooManyRequests', title: 'Too many requests to update' }]
    return json(429, { errors }, { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) })
  }
  const values = readBody(request, 'update')
  return isReply(values) ? values : writeReply(request, organization, permitted(request, values))
}

/** OAS: agents write `notes` only. Assumption: what else they send is ignored. */
function permitted({ world, caller }: ApiRequest, values: OrganizationValues): OrganizationValues {
  if (caller.user !== null && world.access.roleOf(caller.user) === 'admin') return values
  const { id, notes } = values
  return { ...(id === undefined ? {} : { id }), ...(notes === undefined ? {} : { notes }) }
}

function deleteOrganization({ world }: ApiRequest, organization: Organization): Reply {
  world.account.organizations.remove(organization)
  return noContent()
}

/** OAS ListOrganizationUsers. Assumption: all members, whichever organisation is their default. */
function listUsers(request: ApiRequest, organization: Organization): Reply {
  const { account } = request.world
  const users = account.organizations.memberships({ organization }).map(({ user }) => user)
  users.sort((one, other) => one.id - other.id)
  const page = paginate(users, { keyOf }, request)
  if ('status' in page) return page
  return json(200, { users: page.records.map((user) => userJson(account, user, request.origin)), ...page.frame })
}

/** The rows of `{"organizations": [...]}`. */
function readRows({ body }: ApiRequest, action: string): OrganizationValues[] | Reply {
  const endpoint = `api/v2/organizations/${action}`
  const rows = (body as { organizations?: unknown } | undefined)?.organizations
  if (!Array.isArray(rows)) return invalidAttribute('organizations', 'must be an array', endpoint)
  if (rows.length === 0) return invalidAttribute('organizations', 'must not be empty', endpoint)
  if (rows.length > 100) return tooManyValues('')
  const checked: OrganizationValues[] = []
  for (const [index, row] of rows.entries()) {
    const values = checkOrganization(row, `organizations.${index}`, endpoint)
    if (isReply(values)) return values
    checked.push(values)
  }
  return checked
}

function createMany(request: ApiRequest): Reply {
  const rows = readRows(request, 'create_many')
  return 'status' in rows ? rows : queueJob(request, writeTask(request.world.account, 'create', rows))
}

/** OAS: one change for all of `?ids=` or `?external_ids=`, or `{"organizations": [...]}` with its own change each. */
function updateMany(request: ApiRequest): Reply {
  const { query, world } = request
  if (query.has('ids') || query.has('external_ids')) {
    const found = readKeys(request, 'update_many')
    if ('status' in found) return found
    const values = readBody(request, 'update_many')
    if (isReply(values)) return values
    const change = permitted(request, values)
    const rows = found.organizations.map((one) => ({ ...change, id: one?.id ?? 0 }))
    return queueJob(request, writeTask(world.account, 'update', rows))
  }
  const rows = readRows(request, 'update_many')
  if ('status' in rows) return rows
  const permittedRows = rows.map((row) => {
    const { external_id: key } = row
    const externalId = row.id === undefined && key !== undefined ? { external_id: key } : {}
    return { ...permitted(request, row), ...externalId }
  })
  return queueJob(request, writeTask(world.account, 'update', permittedRows))
}

function destroyMany(request: ApiRequest): Reply {
  const found = readKeys(request, 'destroy_many')
  if ('status' in found) return found
  return queueJob(request, deleteTask(request.world.account, found.organizations))
}

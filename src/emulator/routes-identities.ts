/** Identities of a user: addresses, numbers and names elsewhere. */
import type { Account, Identity, User } from './account.ts'
import { readFlag } from './attributes.ts'
import { isProperlyFormatted, normalizedEmail } from './email.ts'
import { paginate } from './pagination.ts'
import { findActiveUser, findUser } from './path-user.ts'
import { forbidden, invalidAttribute, json, noContent, type Reply, recordInvalid, recordNotFound } from './reply.ts'
import type { ApiRequest, Route } from './router.ts'
import { identityJson } from './user-json.ts'

const list = 'users/{id}/identities'
const one = `${list}/{other}`

// DOC-IDENT: tokens need the broad scopes; any agent may do all of it.
export const identityRoutes: readonly Route[] = [
  { method: 'GET', path: list, level: 'agent', resource: 'other', respond: listIdentities },
  { method: 'POST', path: list, level: 'agent', resource: 'other', respond: createIdentity },
  { method: 'GET', path: one, level: 'agent', resource: 'other', respond: withIdentity('show', showIdentity) },
  { method: 'PUT', path: one, level: 'agent', resource: 'other', respond: withIdentity('update', updateIdentity) },
  { method: 'DELETE', path: one, level: 'agent', resource: 'other', respond: withIdentity('destroy', deleteIdentity) },
  act('make_primary', makePrimary),
  act('verify', verify),
  act('request_verification', requestVerification),
]

type Respond = (request: ApiRequest, user: User, identity: Identity) => Reply

function act(action: string, respond: Respond): Route {
  return {
    method: 'PUT',
    path: `${one}/${action}`,
    level: 'agent',
    resource: 'other',
    respond: withIdentity(action, respond),
  }
}

/** Finds user and identity of the path. Assumption: the names of the endpoints in refusals. */
function withIdentity(action: string, respond: Respond): (request: ApiRequest) => Reply {
  const endpoint = `api/v2/identities/${action}`
  return (request) => {
    const user = findActiveUser(request, endpoint, 'user_id')
    if ('status' in user) return user
    if (!/^\d+$/.test(request.otherId)) return invalidAttribute('id', 'must be an integer', endpoint)
    const identity = user.identities.find(({ id }) => id === Number(request.otherId))
    return identity ? respond(request, user, identity) : recordNotFound()
  }
}

/** GRP; `type[]=` filters (OAS). */
function listIdentities(request: ApiRequest): Reply {
  const user = findUser(request, 'api/v2/identities/index', 'user_id')
  if ('status' in user) return user
  const types = request.query.getAll('type[]')
  const identities = user.identities.filter(({ type }) => types.length === 0 || types.includes(type))
  const page = paginate(identities, { keyOf: (identity) => String(identity.id) }, request)
  if ('status' in page) return page
  const { origin } = request
  return json(200, { identities: page.records.map((identity) => identityJson(user, identity, origin)), ...page.frame })
}

function showIdentity({ origin }: ApiRequest, user: User, identity: Identity): Reply {
  return json(200, { identity: identityJson(user, identity, origin) })
}

/** OAS CreateUserIdentity. Assumption: the other types of OAS come from channels only. */
const creatableTypes = ['email', 'twitter', 'facebook', 'google', 'agent_forwarding', 'phone_number']

/** DOC-IDENT: 201; `primary` counts here only. Assumption: the first of its type is primary whatever is asked. */
function createIdentity(request: ApiRequest): Reply {
  const { world, origin, nowMs } = request
  const { account } = world
  const user = findActiveUser(request, 'api/v2/identities/create', 'user_id')
  if ('status' in user) return user
  const given = readIdentity(request, 'create')
  if ('refusal' in given) return given.refusal
  const { type, primary } = given.attributes
  if (typeof type !== 'string' || !creatableTypes.includes(type)) {
    return recordInvalid([{ attribute: 'type', description: 'Type: is invalid' }]) // Assumption
  }
  const value = readValue(account, type, given.attributes.value)
  if (typeof value !== 'string') return value
  const atS = Math.floor(nowMs / 1000)
  account.beginChange(user, atS)
  const isFirst = !user.identities.some((other) => other.type === type)
  const identity = account.addIdentity(user, type, value, given.verified === true, false, atS)
  if (isFirst || readFlag(primary) === true) setPrimary(user, identity)
  if (type === 'phone_number' && user.phone === null) {
    user.phone = value // Assumption: the first number is the direct line, as one set by users/{id} is (DOC-USERS)
    user.sharedPhone = false
  }
  sendMail(request, user, identity, given)
  const reply = { identity: identityJson(user, identity, origin) }
  const location = `${origin}/api/v2/users/${user.id}/identities/${identity.id}.json` // Assumption: as for users (ZENPY)
  return json(201, reply, { location })
}

/**
 * OAS, JAVA, RUDDER: `verified` both ways, or another value in its place; `primary` and `type` stay as they are.
 * Assumption: another value is unverified until said otherwise, and is mailed like a new one.
 */
function updateIdentity(request: ApiRequest, user: User, identity: Identity): Reply {
  const { world, nowMs } = request
  const { account } = world
  const given = readIdentity(request, 'update')
  if ('refusal' in given) return given.refusal
  if (given.verified === true && isOwnersEmail(account, user, identity)) return forbidden()
  let value = identity.value
  if (given.attributes.value !== undefined) {
    const read = readValue(account, identity.type, given.attributes.value, identity)
    if (typeof read !== 'string') return read
    value = read
  }
  const atS = Math.floor(nowMs / 1000)
  account.beginChange(user, atS)
  const isNewValue = value !== identity.value
  if (isNewValue) {
    if (identity.type === 'phone_number' && user.phone === identity.value) user.phone = value
    account.setIdentityValue(user, identity, value)
    identity.verified = false
  }
  if (given.verified !== undefined) identity.verified = given.verified
  if (given.verified === true) account.organizations.joinByDomain(user, atS)
  identity.updatedAtS = atS
  if (isNewValue) sendMail(request, user, identity, given)
  return showIdentity(request, user, identity)
}

/** DOC: 204. OAS: a number stays on the profile. Assumption: the oldest that is left of the type becomes primary. */
function deleteIdentity({ world, nowMs }: ApiRequest, user: User, identity: Identity): Reply {
  world.account.beginChange(user, Math.floor(nowMs / 1000))
  world.account.removeIdentity(user, identity)
  const heir = identity.primary && user.identities.find(({ type }) => type === identity.type)
  if (heir) setPrimary(user, heir)
  return noContent()
}

/** GRP: answers the whole list. */
function makePrimary(request: ApiRequest, user: User, identity: Identity): Reply {
  const atS = Math.floor(request.nowMs / 1000)
  request.world.account.beginChange(user, atS)
  setPrimary(user, identity)
  identity.updatedAtS = atS
  return listIdentities(request)
}

/** OAS: not the e-mail of the account owner. DOC-IDENT: who is verified joins the organisation of the domain. */
function verify(request: ApiRequest, user: User, identity: Identity): Reply {
  const { account } = request.world
  if (isOwnersEmail(account, user, identity)) return forbidden()
  const atS = Math.floor(request.nowMs / 1000)
  account.beginChange(user, atS)
  identity.verified = true
  identity.updatedAtS = atS
  account.organizations.joinByDomain(user, atS)
  return showIdentity(request, user, identity)
}

/** OAS: an empty 200, and a mail. Assumption: a verified address gets one too; what is no address is refused. */
function requestVerification({ world, nowMs }: ApiRequest, user: User, identity: Identity): Reply {
  if (identity.type !== 'email') {
    return recordInvalid([{ attribute: 'type', description: 'Type: is not an email address' }])
  }
  world.account.sendVerificationMail(user, identity.value, Math.floor(nowMs / 1000))
  return { status: 200, headers: {}, body: '' }
}

interface Given {
  attributes: Readonly<Record<string, unknown>>
  verified: boolean | undefined
}

/** `{"identity": {...}}`, checked. DOC-IDENT: of the verification methods only none and low can be set, else 400. */
function readIdentity({ body }: ApiRequest, action: string): Given | { refusal: Reply } {
  const endpoint = `api/v2/identities/${action}`
  const attributes = (body as { identity?: Given['attributes'] } | undefined)?.identity
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) {
    return { refusal: invalidAttribute('identity', 'must be an object', endpoint) }
  }
  const method = attributes.verification_method
  if (method !== undefined && method !== 'none' && method !== 'low') {
    return { refusal: invalidAttribute('identity.verification_method', 'must be one of: none, low', endpoint) }
  }
  return {
    attributes,
    verified: readFlag(attributes.verified) ?? (method === undefined ? undefined : method === 'low'),
  }
}

/** The value as it is stored, or the refusal. `own`: the identity that has it may keep it. */
function readValue(account: Account, type: string, given: unknown, own?: Identity): string | Reply {
  // Assumption: the words of these two, after the generic example of DOC-REQ.
  if (typeof given !== 'string' || given.trim() === '') {
    return recordInvalid([{ attribute: 'value', description: "Value: can't be blank" }])
  }
  const value = type === 'email' ? normalizedEmail(given) : given.trim()
  const isPhone = type === 'phone_number' && account.settings.endUserPhoneNumberValidation
  if ((type === 'email' && !isProperlyFormatted(value)) || (isPhone && !/^\+[1-9]\d{6,14}$/.test(value))) {
    return recordInvalid([{ attribute: 'value', description: `Value: ${value} is not properly formatted` }])
  }
  if (value === own?.value || !isHeld(account, type, value)) return value
  const description = `Value: ${value} is already being used by another user` // 2nd: Z2
  // 2nd: Z2 has 422; JINMU tells of 400.
  return recordInvalid(
    [{ attribute: 'value', description, error: 'DuplicateValue' }],
    account.settings.duplicateIdentityStatus,
  )
}

/** Of the rare types there is no index. */
function isHeld(account: Account, type: string, value: string): boolean {
  if (type === 'email') return account.byEmail(value) !== undefined
  if (type === 'phone_number') return account.byPhone(value) !== undefined
  return account
    .activeUsers()
    .some((user) => user.identities.some((identity) => identity.type === type && identity.value === value))
}

/** Assumption: one primary identity of each type. */
function setPrimary(user: User, identity: Identity): void {
  for (const other of user.identities) if (other.type === identity.type) other.primary = other === identity
}

/** DOC-IDENT: the mail that `skip_verify_email` prevents, but for one's own agent profile. 2nd: none to verified addresses. */
function sendMail({ world, caller, nowMs }: ApiRequest, user: User, identity: Identity, given: Given): void {
  const isSkipped = readFlag(given.attributes.skip_verify_email) === true && user !== caller.user
  if (identity.type !== 'email' || identity.verified || isSkipped) return
  world.account.sendVerificationMail(user, identity.value, Math.floor(nowMs / 1000))
}

/** OAS VerifyUserIdentity: it is not verified by the API. Assumption: the 403. */
function isOwnersEmail(account: Account, user: User, identity: Identity): boolean {
  return user === account.owner && identity.type === 'email'
}

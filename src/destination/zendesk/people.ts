import type { Json } from '../../problem.ts'
import type { ProtectedPeople } from '../destination.ts'
import type { Api } from './api.ts'
import { idText, object, objects, textOf } from './json.ts'
import { readAll, readPages } from './pages.ts'
import { anonymous, notAnAgent } from './problems.ts'
import { listOf, signedIn } from './shapes.ts'

/** Who the credential is. */
export interface Me {
  id: string
  role: 'agent' | 'admin'
}

/**
 * Asks who we are. Bad credentials may read as an anonymous 200, so the id decides, not the status. Throws `zendesk.anonymous`,
 * `zendesk.not_an_agent` and the problems of every read.
 */
export async function whoAmI(api: Api): Promise<Me> {
  const user = object((await api.get('/api/v2/users/me', 'signing in', signedIn)).user)
  const id = idText(user?.id)
  if (id === null) throw anonymous()
  const role = textOf(user?.role) ?? ''
  if (role !== 'agent' && role !== 'admin') throw notAnAgent(role)
  return { id, role }
}

/** Longer request lines are refused by many proxies. */
export const maxPathLength = 6_000
export const maxPeople = 100

type Person = { zendeskId: string | null; externalId: string | null }

/**
 * Zendesk ids of the people that the account has, null for the others, in order. Looked for by Zendesk id where there is one, else
 * by external_id (without case, as Zendesk does). Deleted people count as absent. Never asks the search index, which lags.
 */
export async function lookUpPeople(api: Api, people: readonly Person[]): Promise<(string | null)[]> {
  const ids = new Set<string>()
  const externalIds = new Set<string>()
  for (const { zendeskId, externalId } of people) {
    if (zendeskId !== null) ids.add(zendeskId)
    else if (externalId !== null) externalIds.add(externalId)
  }
  const foundIds = new Set<string>()
  const foundExternalIds = new Map<string, string>()
  const note = (users: Record<string, Json>[]) => {
    for (const user of users) {
      const id = idText(user.id)
      if (id === null || user.active === false) continue
      foundIds.add(id)
      const externalId = textOf(user.external_id)
      if (externalId !== null) foundExternalIds.set(externalId.toLowerCase(), id)
    }
  }
  for (const path of lookUpPaths([...ids], [...externalIds])) {
    note(objects((await api.get(path, 'looking up people', listOf('users'))).users))
  }
  return people.map(({ zendeskId, externalId }) => {
    if (zendeskId !== null) return foundIds.has(zendeskId) ? zendeskId : null
    return externalId === null ? null : (foundExternalIds.get(externalId.toLowerCase()) ?? null)
  })
}

/** Paths of as few requests as possible; `more` are further parameters, such as `include=identities&`. */
export function lookUpPaths(ids: readonly string[], externalIds: readonly string[], more = ''): string[] {
  const paths: string[] = []
  const add = (name: string, keys: readonly string[]) => {
    const start = `/api/v2/users/show_many?${more}${name}=`
    let path = start
    let held = 0
    for (const key of keys) {
      if (held === maxPeople || (held > 0 && path.length + key.length > maxPathLength)) {
        paths.push(path)
        path = start
        held = 0
      }
      path += `${held === 0 ? '' : ','}${key}`
      held++
    }
    if (held > 0) paths.push(path)
  }
  add('ids', ids)
  add(
    'external_ids',
    externalIds.filter((key) => !key.includes(',')).map((key) => encodeURIComponent(key)),
  )
  // A comma would end the key in a list of keys.
  for (const key of externalIds) {
    if (key.includes(',')) paths.push(`/api/v2/users?${more}external_id=${encodeURIComponent(key)}`)
  }
  return paths
}

/** Agents and admins of the account with all their addresses. */
export async function readProtectedPeople(api: Api): Promise<ProtectedPeople> {
  const asked = 'reading agents and admins'
  const path = '/api/v2/users?role%5B%5D=agent&role%5B%5D=admin&include=identities'
  const protectedPeople: ProtectedPeople = { zendeskIds: [], externalIds: [], emails: [] }
  const emails = new Set<string>()
  for await (const body of readPages(api, path, 'users', asked)) {
    const users = objects(body.users).filter((user) => user.role !== 'end-user')
    const identities = await identitiesOf(api, body, users, asked)
    for (const user of users) {
      const id = idText(user.id)
      if (id === null) continue
      protectedPeople.zendeskIds.push(id)
      const externalId = textOf(user.external_id)
      if (externalId !== null) protectedPeople.externalIds.push(externalId.toLowerCase())
      for (const address of addressesOf(user, identities.get(id) ?? [])) emails.add(address)
    }
  }
  protectedPeople.emails = [...emails]
  return protectedPeople
}

/**
 * Identities by Zendesk id of the user, out of the answer's sideload; an answer without one costs a request for each user.
 * https://developer.zendesk.com/api-reference/ticketing/users/user_identities/
 */
export async function identitiesOf(
  api: Api,
  body: Record<string, Json>,
  users: readonly Record<string, Json>[],
  asked: string,
): Promise<Map<string, Record<string, Json>[]>> {
  const all = objects(body.identities)
  if (!Array.isArray(body.identities)) {
    for (const user of users) {
      const id = idText(user.id)
      if (id === null) continue
      const own = await readAll(api, `/api/v2/users/${id}/identities`, 'identities', `${asked}' addresses`)
      all.push(...own.map((identity) => ({ ...identity, user_id: id })))
    }
  }
  const byUser = new Map<string, Record<string, Json>[]>()
  for (const identity of all) {
    const id = idText(identity.user_id)
    if (id === null) continue
    const own = byUser.get(id)
    if (own === undefined) byUser.set(id, [identity])
    else own.push(identity)
  }
  return byUser
}

/** A user's addresses in lower case without blanks around, each once, the primary one first. */
export function addressesOf(user: Record<string, Json>, identities: readonly Record<string, Json>[]): string[] {
  const values = [user.email, ...identitiesOfType(identities, 'email')]
  const addresses = values.map((value) => textOf(value)?.trim().toLowerCase() ?? '')
  return [...new Set(addresses.filter((address) => address !== ''))]
}

/** Values of the identities of one type, in the account's order. The primary one is the user's own `email` or `phone`. */
export function identitiesOfType(identities: readonly Record<string, Json>[], type: string): (Json | undefined)[] {
  return identities.filter((identity) => identity.type === type).map((identity) => identity.value)
}

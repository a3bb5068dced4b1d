import type { Json } from '../../problem.ts'
import { idText, objects, textOf } from './json.ts'

/**
 * What has to happen to the addresses and numbers of one person, decided from what the account holds:
 * https://developer.zendesk.com/api-reference/ticketing/users/user_identities/
 */

/** One identity of a user, as far as it matters. */
export interface Identity {
  id: string
  type: string
  /** Addresses in lower case; the account compares them so. */
  value: string
  primary: boolean
  verified: boolean
}

/** Reads `identities`; what has no id or value is left out. */
export function readIdentities(items: Json | undefined): Identity[] {
  return objects(items).flatMap((item) => {
    const id = idText(item.id)
    const type = textOf(item.type)
    const value = textOf(item.value)?.trim()
    if (id === null || type === null || value === undefined) return []
    const canonical = type === 'email' ? value.toLowerCase() : value
    return [{ id, type, value: canonical, primary: item.primary === true, verified: item.verified === true }]
  })
}

/** One request, below the identities of the user. */
export interface Step {
  method: 'POST' | 'PUT' | 'DELETE'
  /** Behind `/identities`: empty, `/7`, `/7/make_primary`. */
  path: string
  identity?: { [key: string]: Json }
}

/** What to send, in order; `kept` says why an identity is left as it is. */
export type Decision = { steps: Step[] } | { kept: string }

/**
 * The address takes the place of the primary one. In place where that is possible, so that no address is left behind which nobody
 * uses; one that the person has already as a further one becomes the primary one, and must be verified for that if `verified` says so.
 */
export function decidePrimaryEmail(
  identities: readonly Identity[],
  address: string,
  verified: boolean | null,
): Decision {
  const emails = identities.filter((identity) => identity.type === 'email')
  const own = emails.find((identity) => identity.value === address)
  const primary = emails.find((identity) => identity.primary)
  const vouched: { [key: string]: Json } = verified === null ? {} : { verified }
  if (own !== undefined) {
    const isOff = verified !== null && own.verified !== verified
    const verify: Step[] = isOff ? [{ method: 'PUT', path: `/${own.id}`, identity: { ...vouched } }] : []
    return { steps: own.primary ? verify : [...verify, { method: 'PUT', path: `/${own.id}/make_primary` }] }
  }
  // Without it Zendesk mails the new address.
  const identity = { type: 'email', value: address, ...vouched, skip_verify_email: true }
  if (primary !== undefined) return { steps: [{ method: 'PUT', path: `/${primary.id}`, identity }] }
  return { steps: [{ method: 'POST', path: '', identity: { ...identity, primary: true } }] }
}

/** The address goes, unless it is the primary one, without which nobody could reach the person. */
export function decideRemovedEmail(identities: readonly Identity[], address: string): Decision {
  const own = identities.find((identity) => identity.type === 'email' && identity.value === address)
  if (own === undefined) return { steps: [] }
  if (own.primary) return { kept: 'The address is the primary one of the person, and was left alone.' }
  return { steps: [{ method: 'DELETE', path: `/${own.id}` }] }
}

/**
 * The number takes the place of the one that the profile shows, `shown`. Null when the profile's number is no identity (it is shared,
 * or there is none): then the user has to be written. A further number of the person that is the new one makes room for it.
 */
export function decidePrimaryPhone(
  identities: readonly Identity[],
  shown: string | null,
  number: string,
): Decision | null {
  if (shown === number) return { steps: [] }
  const numbers = identities.filter((identity) => identity.type === 'phone_number')
  const direct = numbers.find((identity) => identity.value === shown)
  if (direct === undefined) return null
  const twin = numbers.find((identity) => identity.value === number)
  const replaced: Step = {
    method: 'PUT',
    path: `/${direct.id}`,
    identity: { type: 'phone_number', value: number },
  }
  return { steps: twin === undefined ? [replaced] : [{ method: 'DELETE', path: `/${twin.id}` }, replaced] }
}

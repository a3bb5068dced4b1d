import type { Json } from '../../problem.ts'
import type { Attribute, BatchKind, PreparedWrite, Write } from '../destination.ts'
import { isById } from './results.ts'

/**
 * From a write of the plan to one element of a bulk body:
 * https://developer.zendesk.com/api-reference/ticketing/users/users/#create-or-update-many-users
 */

const fieldPrefix = 'user_fields.'

/** The endpoint that a write goes to. People without an external_id get a further address by Zendesk's id. */
export function batchKindOf(write: Write): BatchKind {
  switch (write.kind) {
    case 'create':
    case 'update':
    case 'rekey':
    case 'by_id':
    case 'email':
      return isById(write) ? 'by_id' : 'upsert'
    case 'delete':
    case 'tags':
      return write.kind
    case 'membership':
      return 'memberships'
    case 'primary_email':
    case 'remove_email':
    case 'primary_phone':
      return 'identities'
  }
}

/**
 * Identity and values as JSON. No write ever causes a verification mail; `markVerified` vouches for each address that is sent as a
 * new one, unless the query has its own `verified`.
 */
export function prepareWrite(
  write: Write,
  attributes: ReadonlyMap<string, Attribute>,
  markVerified: boolean,
): PreparedWrite {
  const kind = batchKindOf(write)
  // What is sent for these depends on what is read right before; the person must be known.
  if (kind !== 'upsert' && kind !== 'by_id') return { write, json: JSON.stringify({ id: zendeskIdOf(write) }) }
  const user: Record<string, Json> = identity(write)
  let fields: Record<string, Json> | null = null
  for (const [name, canonical] of Object.entries(write.values)) {
    const attribute = attributes.get(name)
    // The plan and the mapping come from the same columns; a value without its attribute must not vanish.
    if (attribute === undefined) throw new Error(`no attribute ${name} in the mapping of this write`)
    // With the user, these would take away what others have set.
    if (attribute.apart === 'tags' || attribute.apart === 'membership')
      throw new Error(`${name} needs a write of its own`)
    const value = canonical === null ? cleared(attribute) : attribute.wire(canonical)
    if (value === undefined) continue
    if (name.startsWith(fieldPrefix)) {
      fields ??= {}
      fields[name.slice(fieldPrefix.length)] = value
    } else {
      user[name] = value
    }
  }
  if (fields !== null) user.user_fields = fields
  if (markVerified && user.verified === undefined && bringsAddress(write)) user.verified = true
  user.skip_verify_email = true
  return { write, json: JSON.stringify(user) }
}

function identity(write: Write): Record<string, Json> {
  const keys: Record<string, Json> = {}
  if (isById(write)) keys.id = zendeskIdOf(write)
  if (write.kind === 'by_id') return keys
  if (write.externalId !== null) keys.external_id = write.externalId
  // Zendesk has the address of a person whose external_id moves; sent again it could only be refused.
  if (write.email !== null && write.kind !== 'rekey') keys.email = write.email
  return keys
}

/** Zendesk's type check wants a number. */
function zendeskIdOf(write: Write): Json {
  if (write.zendeskId === null) throw new Error(`a write of kind ${write.kind} needs the Zendesk id`)
  const id = Number(write.zendeskId)
  return Number.isSafeInteger(id) ? id : write.zendeskId
}

function cleared(attribute: Attribute): Json | undefined {
  switch (attribute.clearing) {
    case 'never':
      return undefined
    case 'null':
      // Zendesk's type check wants a list.
      return attribute.name === 'tags' ? [] : null
    case 'empty_string':
      return ''
  }
}

/** An update that is found by e-mail brings no new address, and `verified` alone would verify the primary one. */
function bringsAddress(write: Write): boolean {
  if (write.email === null || write.kind === 'rekey' || write.kind === 'by_id') return false
  return write.kind !== 'update' || write.externalId !== null
}

import type { Json } from '../../problem.ts'
import { idText, object, textOf } from './json.ts'

/**
 * What an answer must hold to say anything. A list that is none would read as "nobody is there", and a job without a status as one that
 * failed: an answer without its shape is as unreadable as half an answer, and is asked for again.
 */
export type Shape = (body: Record<string, Json>) => boolean

/** A list of records, each with an id: a number, or the text that jobs have. */
export function listOf(key: string): Shape {
  return (body) => {
    const records = body[key]
    return Array.isArray(records) && records.every(hasId)
  }
}

/** The same, with what says where the list goes on. */
export function pageOf(key: string): Shape {
  const isList = listOf(key)
  return (body) => isList(body) && (body.meta === undefined || object(body.meta) !== undefined)
}

/** A record under its name; `null` within it is a value like any other. */
export function recordNamed(key: string): Shape {
  return (body) => object(body[key]) !== undefined
}

/** A job by its id: that of another one would be no answer. */
export function jobWithId(id: string): Shape {
  return (body) => object(body.job_status)?.id === id
}

/** Who we are: somebody with a role, or nobody at all. */
export const signedIn: Shape = (body) => {
  const user = object(body.user)
  return user !== undefined && (user.id === null || (idText(user.id) !== null && textOf(user.role) !== null))
}

/** A token as it can stand in a header: https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/ */
export const accessToken: Shape = (body) => /^[\x21-\x7e]+$/.test(textOf(body.access_token) ?? '')

/** A count: https://developer.zendesk.com/api-reference/ticketing/users/users/#count-users */
export const countValue: Shape = (body) => typeof object(body.count)?.value === 'number'

function hasId(record: Json): boolean {
  const id = object(record)?.id
  return idText(id) !== null || textOf(id) !== null
}

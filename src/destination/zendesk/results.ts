import type { Json, RowCode } from '../../problem.ts'
import type { Write, WriteResult } from '../destination.ts'
import { idText, objects, textOf } from './json.ts'
import { oneLine } from './problems.ts'

/**
 * From the results of a job to one result per write. Zendesk answers in the order of the request, and a failed row's `id` is its
 * index there; both are checked against the keys that successful rows repeat. What does not fit is matched by keys alone; what is
 * still not beyond doubt is `unknown`, never success.
 */

/** One element of `job_status.results`, read without judgement. */
interface Row {
  status: 'created' | 'updated' | 'failed' | null
  /** Zendesk id of a success; null in failed rows, whose `id` may be an index. */
  zendeskId: string | null
  /** What a failed row calls `id`, or an explicit `index`. */
  index: number | null
  failedId: string | null
  externalId: string | null
  email: string | null
  code: RowCode
  reason: string
}

/** Keys that a result repeats, lower case. */
export interface Echo {
  externalId: string | null
  email: string | null
  zendeskId: string | null
}

/** The id in a result of a membership is the membership's: it identifies nobody. */
export function echoes(results: Json | undefined): Echo[] {
  return objects(results).map((item) => {
    const { externalId, email, zendeskId } = readRow(item)
    const isMembership = item.action === 'create' && externalId === null && email === null
    return { externalId, email, zendeskId: isMembership ? null : zendeskId }
  })
}

/** Results of a completed job for the writes of its batch, in order. */
export function matchResults(results: Json | undefined, writes: readonly Write[]): WriteResult[] {
  const { rows, whole, inOrder } = read(results, writes)
  if (writes.some((write) => write.kind === 'membership')) return matchMemberships(whole ? rows : [], writes)
  return inOrder ? rows.map(resultOf) : matchByKeys(rows, writes)
}

/** Whether every result stands where its write stood, as Zendesk says it does. Where not, keys were believed, and ids prove nothing. */
export function areInOrder(results: Json | undefined, writes: readonly Write[]): boolean {
  return read(results, writes).inOrder
}

/** `whole`: every element could be read. */
function read(results: Json | undefined, writes: readonly Write[]): { rows: Row[]; whole: boolean; inOrder: boolean } {
  const rows = objects(results).map(readRow)
  const whole = Array.isArray(results) && rows.length === results.length
  if (!whole || rows.length !== writes.length) return { rows, whole, inOrder: false }
  const addresses = new Set(writes.flatMap((write) => write.email?.toLowerCase() ?? []))
  const fitting = rows.every((row, index) => fits(row, writes[index]!, index, addresses))
  return { rows, whole, inOrder: fitting && !sharesIdWithoutEcho(rows) }
}

/** By position alone: results of this job carry the ids of memberships. What a success changed is the person of the write. */
function matchMemberships(rows: readonly Row[], writes: readonly Write[]): WriteResult[] {
  const inOrder = rows.length === writes.length && rows.every((row, index) => row.index === null || row.index === index)
  return writes.map((write, index): WriteResult => {
    const row = rows[index]
    if (!inOrder || row === undefined) return { status: 'unknown' }
    if (row.status === 'failed') return resultOf(row)
    return row.status === 'created' && write.zendeskId !== null
      ? { status: 'updated', zendeskId: write.zendeskId }
      : { status: 'unknown' }
  })
}

function readRow(item: Record<string, Json>): Row {
  const status = statusOf(item)
  const failed = status === 'failed'
  const explicit = typeof item.index === 'number' ? item.index : null
  const failedIndex = failed && typeof item.id === 'number' && item.id >= 0 ? item.id : null
  return {
    status,
    zendeskId: failed ? null : idText(item.id),
    index: explicit ?? failedIndex,
    failedId: failed ? idText(item.id) : null,
    externalId: lowerCase(item.external_id),
    email: lowerCase(item.email),
    // Nobody asks a success why.
    code: failed && isDuplicate(item) ? 'zendesk.duplicate_value' : 'zendesk.refused',
    reason: failed ? reasonOf(item) : '',
  }
}

function statusOf(item: Record<string, Json>): Row['status'] {
  const word = textOf(item.status)?.toLowerCase()
  const refused = word === 'failed' || item.success === false || (item.error !== undefined && item.error !== null)
  if (word === 'created' || word === 'updated') return refused ? null : word
  if (word === 'deleted') return refused ? null : 'updated'
  if (refused) return word === undefined || word === 'failed' ? 'failed' : null
  return null
}

/** External ids may come back as numbers; Zendesk compares keys without case. */
function lowerCase(value: Json | undefined): string | null {
  if (typeof value === 'number') return String(value)
  return textOf(value)?.trim().toLowerCase() ?? null
}

function isDuplicate(item: Record<string, Json>): boolean {
  return item.error === 'DuplicateValue' || JSON.stringify(item.details ?? null).includes('"error":"DuplicateValue"')
}

/** Zendesk's own words, as they are; its code when it has none. */
function reasonOf(item: Record<string, Json>): string {
  const { details } = item
  const words =
    typeof details === 'string' ? details : details === undefined || details === null ? '' : descriptions(details)
  return oneLine(words) || oneLine(String(item.error ?? '')) || 'no reason given'
}

/** The texts inside a structured `details`: `{email: [{description}]}`. */
export function descriptions(details: Json): string {
  if (typeof details === 'string') return details
  if (Array.isArray(details)) return details.map(descriptions).filter(Boolean).join('; ')
  if (typeof details !== 'object' || details === null) return ''
  if (typeof details.description === 'string') return details.description
  return Object.values(details).map(descriptions).filter(Boolean).join('; ')
}

/** True when nothing in a row speaks against its being the result of this write. */
function fits(row: Row, write: Write, index: number, addresses: ReadonlySet<string>): boolean {
  if (row.status === null) return false
  if (row.status === 'failed') {
    const named =
      row.index === null || row.index === index || (row.failedId !== null && row.failedId === write.zendeskId)
    return named && !contradicts(row, write, addresses)
  }
  if (row.index !== null && row.index !== index) return false
  return row.zendeskId !== null && !contradicts(row, write, addresses)
}

/** True when a row repeats a key that speaks for another write; `addresses` are those of the whole batch. */
function contradicts(row: Row, write: Write, addresses: ReadonlySet<string>): boolean {
  if (isById(write)) return row.status !== 'failed' && row.zendeskId !== write.zendeskId
  const externalId = write.externalId?.trim().toLowerCase() ?? null
  if (externalId !== null) return row.externalId !== null && row.externalId !== externalId
  if (row.email === null || row.email === write.email?.toLowerCase()) return false
  if (write.zendeskId !== null) return row.zendeskId !== write.zendeskId
  // Found by an address that is not the primary one: Zendesk repeats the primary one, which is no other write's. A new user has one only.
  return row.status === 'created' || addresses.has(row.email)
}

/** Sent to an endpoint that knows people by Zendesk's id. */
export function isById(write: Write): boolean {
  if (write.kind === 'email') return write.externalId === null
  return write.kind === 'rekey' || write.kind === 'by_id' || write.kind === 'delete' || write.kind === 'tags'
}

/** Two successes with one id and no keys: one of them is a repetition, and nobody can tell which write has no answer. */
function sharesIdWithoutEcho(rows: readonly Row[]): boolean {
  const seen = new Set<string>()
  for (const row of rows) {
    if (row.zendeskId === null || row.externalId !== null || row.email !== null) continue
    if (seen.has(row.zendeskId)) return true
    seen.add(row.zendeskId)
  }
  return false
}

function matchByKeys(rows: readonly Row[], writes: readonly Write[]): WriteResult[] {
  const byExternalId = new Map<string, number>()
  const byEmail = new Map<string, number>()
  const byZendeskId = new Map<string, number>()
  for (const [index, write] of writes.entries()) {
    if (isById(write)) byZendeskId.set(write.zendeskId ?? '', index)
    else if (write.externalId !== null) byExternalId.set(write.externalId.trim().toLowerCase(), index)
    else if (write.email !== null) byEmail.set(write.email.toLowerCase(), index)
  }
  const claims: Row[][] = writes.map(() => [])
  for (const row of rows) {
    const index = placeOf(row)
    if (index !== undefined && index < writes.length) claims[index]!.push(row)
  }
  return claims.map((claim) => {
    const [first] = claim
    const agreed = first !== undefined && claim.every((row) => sameWord(row, first))
    return agreed ? resultOf(first) : { status: 'unknown' }
  })

  function placeOf(row: Row): number | undefined {
    if (row.status === null) return undefined
    if (row.status === 'failed') {
      return row.failedId === null
        ? (row.index ?? undefined)
        : (byZendeskId.get(row.failedId) ?? row.index ?? undefined)
    }
    if (row.zendeskId === null) return undefined
    if (row.externalId !== null && byExternalId.has(row.externalId)) return byExternalId.get(row.externalId)
    if (row.email !== null && byEmail.has(row.email)) return byEmail.get(row.email)
    return byZendeskId.get(row.zendeskId)
  }
}

function sameWord(a: Row, b: Row): boolean {
  return a.status === b.status && a.zendeskId === b.zendeskId && a.reason === b.reason
}

function resultOf(row: Row): WriteResult {
  if (row.status === 'failed') return { status: 'failed', code: row.code, reason: row.reason }
  if (row.status === null || row.zendeskId === null) return { status: 'unknown' }
  return { status: row.status, zendeskId: row.zendeskId }
}

import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import { type Json, Problem } from '../problem.ts'
import type { Page, PageRequest } from './store.ts'

/** A point in time as a column holds it; null and undefined stay what they are. */
export function toMs<T extends Date | null | undefined>(at: T): T extends Date ? number : T
export function toMs(at: Date | null | undefined): number | null | undefined {
  return at?.getTime() ?? (at as null | undefined)
}

export function toDate<T extends number | null>(ms: T): T extends number ? Date : T
export function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}

/** JSON as a column holds it; null (no value) and undefined stay what they are. */
export function toText<T extends Json | readonly string[] | null | undefined>(
  value: T,
): T extends null | undefined ? T : string
export function toText(value: Json | readonly string[] | null | undefined): string | null | undefined {
  return value === null || value === undefined ? value : JSON.stringify(value)
}

/** A text as a pattern of `like ... escape '!'` that stands for itself. */
export function literally(text: string): string {
  return text.replace(/[!%_]/g, '!$&')
}

/** Upper and lower case of A to Z are alike; that is what both databases agree on, and ids, keys and codes are written in. */
export function holds(column: string, text: string): RawBuilder<boolean> {
  return sql<boolean>`lower(${sql.ref(column)}) like lower(${`%${literally(text)}%`}) escape '!'`
}

/** The row beyond the last of a page, as lists by time are ordered: newest first, ids where times are equal. */
interface Position {
  at: number
  id: string
}

/** What a page of a list takes from the database, and one row more where another follows: newest first. Throws `api.invalid`. */
export async function pageRows<DB, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  at: string,
  page: PageRequest,
): Promise<O[]> {
  return await query
    .where(after(at, page))
    .orderBy(sql.ref(at), 'desc')
    .orderBy(sql.ref('id'), 'desc')
    .limit(page.limit + 1)
    .execute()
}

function after(at: string, { limit, cursor }: PageRequest): RawBuilder<SqlBool> {
  if (!Number.isInteger(limit) || limit < 1) {
    throw new Problem('api.invalid', { message: 'The limit of a list must be a whole number from 1.', data: { limit } })
  }
  if (cursor === null) return sql<SqlBool>`1 = 1`
  const last = readCursor(cursor)
  return sql<SqlBool>`(${sql.ref(at)}, ${sql.ref('id')}) < (${last.at}, ${last.id})`
}

/** Makes a page of what {@link pageRows} gave. */
export function toPage<R extends { id: string }, T>(
  rows: readonly R[],
  limit: number,
  atOf: (row: R) => number,
  toItem: (row: R) => T,
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const next = rows.length > limit && last !== undefined ? writeCursor({ at: atOf(last), id: last.id }) : null
  return { items: shown.map(toItem), next }
}

function writeCursor({ at, id }: Position): string {
  return Buffer.from(JSON.stringify([at, id])).toString('base64url')
}

function readCursor(cursor: string): Position {
  const broken = () => new Problem('api.invalid', { message: 'The cursor is none that a list of this server gave.' })
  let read: unknown
  try {
    read = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    throw broken()
  }
  if (!Array.isArray(read) || read.length !== 2) throw broken()
  const [at, id] = read
  if (!Number.isSafeInteger(at) || typeof id !== 'string') throw broken()
  return { at, id }
}

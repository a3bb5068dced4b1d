/** Cursor and offset pagination (DOC, ZENPY). */
import { json, type Reply } from './reply.ts'

export interface PageRequest {
  path: string
  query: URLSearchParams
  origin: string
}

/** What stands beside the records in the answer. */
export type PageFrame = Record<string, unknown>

export interface Page<T> {
  records: T[]
  frame: PageFrame
}

export function wantsCursor(query: URLSearchParams): boolean {
  return query.has('page[size]') || query.has('page[after]') || query.has('page[before]')
}

/** How a cursor names a record for good. */
export interface CursorKey<T> {
  keyOf: (record: T) => string
  /** Where the record of a key stands; -1 if nowhere. Without it the records are searched one by one. */
  positionOf?: (key: string) => number
}

/** Cursor if asked for, else offset, which is the default when no parameter says otherwise (observed). */
export function paginate<T>(records: readonly T[], key: CursorKey<T>, request: PageRequest): Page<T> | Reply {
  return wantsCursor(request.query) ? cursorPage(records, key, request) : offsetPage(records, request)
}

/** The order of `records` is the order of pages. */
export function cursorPage<T>(records: readonly T[], key: CursorKey<T>, request: PageRequest): Page<T> | Reply {
  const { keyOf } = key
  const { query } = request
  const size = Number(query.get('page[size]') ?? 100)
  const before = query.get('page[before]')
  const after = query.get('page[after]')
  // DOC: at most 100. Assumption: more is an error here, not cut down.
  if (!Number.isInteger(size) || size < 1 || size > 100) return invalidPage('page[size] must be between 1 and 100')
  const cursor = after ?? before
  const position = cursor === null ? -1 : findPosition(records, key, cursor)
  if (cursor !== null && position < 0) return invalidPage('the cursor is not valid')
  const start = before !== null && after === null ? Math.max(0, position - size) : position + 1
  const end = before !== null && after === null ? position : start + size
  const page = records.slice(start, end)
  const hasMore = before !== null && after === null ? start > 0 : end < records.length
  const first = page[0]
  const last = page.at(-1)
  const afterCursor = last === undefined ? null : cursorOf(keyOf(last))
  const beforeCursor = first === undefined ? null : cursorOf(keyOf(first))
  return {
    records: page,
    frame: {
      meta: { has_more: hasMore, after_cursor: afterCursor, before_cursor: beforeCursor },
      links: {
        prev: beforeCursor === null ? null : link(request, { 'page[before]': beforeCursor }, ['page[after]']),
        next: afterCursor === null ? null : link(request, { 'page[after]': afterCursor }, ['page[before]']),
      },
    },
  }
}

/** ZENPY: base64 of `{"o":"id","v":"..."}`. */
function cursorOf(key: string): string {
  return Buffer.from(JSON.stringify({ o: 'id', v: key })).toString('base64')
}

function findPosition<T>(records: readonly T[], { keyOf, positionOf }: CursorKey<T>, cursor: string): number {
  const value = /^\{"o":"id","v":"([^"]*)"\}$/.exec(Buffer.from(cursor, 'base64').toString('utf8'))?.[1]
  if (value === undefined) return -1
  return positionOf ? positionOf(value) : records.findIndex((record) => keyOf(record) === value)
}

export function offsetPage<T>(records: readonly T[], request: PageRequest): Page<T> | Reply {
  const page = Number(request.query.get('page') ?? 1)
  const asked = Number(request.query.get('per_page') ?? 100)
  if (!Number.isInteger(page) || page < 1) return invalidPage('page must be an integer')
  // DOC: at most 100 a page. Assumption: more is cut down.
  const size = Number.isInteger(asked) && asked > 0 ? Math.min(100, asked) : 100
  const start = (page - 1) * size
  // Observed: nothing past 10,000 records.
  if (start + size > 10_000 && page > 1) return invalidPage('Page depth exceeded', 'InvalidPaginationDepth')
  const isLast = start + size >= records.length
  return {
    records: records.slice(start, start + size),
    frame: {
      next_page: isLast ? null : link(request, { page: String(page + 1) }, []),
      previous_page: page === 1 ? null : link(request, { page: String(page - 1) }, []),
      count: records.length,
    },
  }
}

function link(request: PageRequest, set: Record<string, string>, remove: readonly string[]): string {
  const query = new URLSearchParams(request.query)
  for (const name of remove) query.delete(name)
  for (const [name, value] of Object.entries(set)) query.set(name, value)
  return `${request.origin}${request.path}?${query}`
}

/** The form is observed for InvalidPaginationDepth; the other code is an Assumption. */
function invalidPage(title: string, code = 'InvalidPaginationParameter'): Reply {
  return json(400, { errors: [{ code, title }] })
}

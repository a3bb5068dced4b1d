import { type SelectQueryBuilder, sql } from 'kysely'
import type { ActivityEntry, ActivityFilter, ActivityStore } from './store.ts'
import type { Database, Tables } from './tables.ts'
import { holds, literally, pageRows, toDate, toMs, toPage, toText } from './values.ts'

export function activityStore(db: Database): ActivityStore {
  return {
    async add({ at, actorName, allowed, detail, ...fields }) {
      await db
        .insertInto('activity')
        .values({
          ...fields,
          ...{ at: toMs(at), actor_name: actorName, allowed: allowed ? 1 : 0, detail: toText(detail) },
        })
        .execute()
    },

    async list(filter, page) {
      const rows = await pageRows(matching(db.selectFrom('activity').selectAll(), filter), 'at', page)
      return toPage(
        rows,
        page.limit,
        (row) => row.at,
        ({ at, actor_name, allowed, detail, ...row }): ActivityEntry => ({
          ...row,
          at: toDate(at),
          actorName: actor_name,
          allowed: allowed === 1,
          detail: JSON.parse(detail),
        }),
      )
    },

    async span(filter) {
      const both = db.selectFrom('activity').select((eb) => [eb.fn.min('at').as('first'), eb.fn.max('at').as('last')])
      const { first, last } = await matching(both, filter).executeTakeFirstOrThrow()
      return first === null || last === null ? null : { first: toDate(Number(first)), last: toDate(Number(last)) }
    },

    async prune(before) {
      const { numDeletedRows } = await db.deleteFrom('activity').where('at', '<', toMs(before)).executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

function matching<O>(
  query: SelectQueryBuilder<Tables, 'activity', O>,
  { actor, action, object, allowed, from, to, domain, text }: ActivityFilter,
): SelectQueryBuilder<Tables, 'activity', O> {
  let narrowed = query
  if (actor !== undefined) narrowed = narrowed.where('actor', '=', actor)
  if (action !== undefined)
    narrowed = action.endsWith(':*')
      ? narrowed.where(begins('action', action.slice(0, -1)))
      : narrowed.where('action', '=', action)
  if (object?.endsWith('/*')) {
    const kind = object.slice(0, -2)
    narrowed = narrowed.where((eb) => eb.or([eb('object', '=', kind), begins('object', `${kind}/`)]))
  } else if (object !== undefined) narrowed = narrowed.where('object', '=', object)
  if (allowed !== undefined) narrowed = narrowed.where('allowed', '=', allowed ? 1 : 0)
  if (from !== undefined) narrowed = narrowed.where('at', '>=', toMs(from))
  if (to !== undefined) narrowed = narrowed.where('at', '<', toMs(to))
  if (domain !== undefined)
    // Addresses of users are kept in lower case, and names of keys could end like one.
    narrowed = narrowed
      .where(begins('actor', 'user/'))
      .where(sql<boolean>`actor_name like ${`%@${literally(domain.toLowerCase())}`} escape '!'`)
  if (text !== undefined && text !== '')
    narrowed = narrowed.where((eb) => eb.or(searched.map((one) => holds(one, text))))
  return narrowed
}

const searched = ['actor_name', 'action', 'object'] as const

/** Case counts: SQLite's `like` ignores it, and PostgreSQL's does not. */
function begins(column: 'actor' | 'action' | 'object', text: string) {
  return sql<boolean>`substr(${sql.ref(column)}, 1, ${text.length}) = ${text}`
}

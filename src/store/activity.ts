import type { ActivityEntry, ActivityStore } from './store.ts'
import type { Database } from './tables.ts'
import { pageRows, toDate, toMs, toPage, toText } from './values.ts'

export function activityStore(db: Database): ActivityStore {
  return {
    async add({ id, at, actor, action, object, allowed, detail }) {
      await db
        .insertInto('activity')
        .values({ id, at: toMs(at), actor, action, object, allowed: allowed ? 1 : 0, detail: toText(detail) })
        .execute()
    },

    async list({ actor, action, object }, page) {
      let query = db.selectFrom('activity').selectAll()
      if (actor !== undefined) query = query.where('actor', '=', actor)
      if (action !== undefined) query = query.where('action', '=', action)
      if (object !== undefined) query = query.where('object', '=', object)
      const rows = await pageRows(query, 'at', page)
      return toPage(
        rows,
        page.limit,
        (row) => row.at,
        ({ at, allowed, detail, ...row }): ActivityEntry => ({
          ...row,
          at: toDate(at),
          allowed: allowed === 1,
          detail: JSON.parse(detail),
        }),
      )
    },

    async prune(before) {
      const { numDeletedRows } = await db.deleteFrom('activity').where('at', '<', toMs(before)).executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

import type { ColumnTagStore } from './store.ts'
import type { Database } from './tables.ts'
import { toDate } from './values.ts'

export function columnTagStore(db: Database, now: () => Date): ColumnTagStore {
  return {
    async list(table) {
      let query = db.selectFrom('column_tags').selectAll().orderBy('table_key').orderBy('column_name')
      if (table !== undefined) query = query.where('table_key', '=', table)
      return (await query.execute()).map(({ table_key, column_name, pii, by, at }) => ({
        table: table_key,
        column: column_name,
        pii: pii === 1,
        by,
        at: toDate(at),
      }))
    },

    async set(table, tags, by) {
      await db.transaction().execute(async (tx) => {
        // In one order, so that two that tag the same columns wait for each other and do not block each other.
        for (const [column, pii] of Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))) {
          if (pii === null) {
            await tx
              .deleteFrom('column_tags')
              .where('table_key', '=', table)
              .where('column_name', '=', column)
              .execute()
            continue
          }
          const said = { pii: pii ? 1 : 0, by, at: now().getTime() }
          await tx
            .insertInto('column_tags')
            .values({ table_key: table, column_name: column, ...said })
            .onConflict((conflict) => conflict.columns(['table_key', 'column_name']).doUpdateSet(said))
            .execute()
        }
      })
    },
  }
}

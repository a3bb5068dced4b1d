import { sql } from 'kysely'
import { accessStore } from './access.ts'
import { activityStore } from './activity.ts'
import { columnTagStore } from './column-tags.ts'
import { definitionStore, secretStore } from './definitions.ts'
import { dumpTables, restoreTables } from './dump.ts'
import { groupStore } from './groups.ts'
import { migrate } from './migrate.ts'
import { notificationStore } from './notifications.ts'
import { openPostgres } from './postgres.ts'
import { openSqlite, openSqliteReader } from './sqlite.ts'
import type { Store } from './store.ts'
import type { Database } from './tables.ts'
import { workflowSubscriptionStore } from './workflow-subscriptions.ts'
import { workflowStore } from './workflows.ts'

/**
 * Opens the store and brings its tables up to this release: the PostgreSQL database of `url`, or without one the SQLite file at `path`, made
 * if it is new. `now` stamps changes of definitions and secrets. Throws `config.invalid`, `store.unreachable`, `store.newer`,
 * `project.state_broken`, `project.locked`, `project.disk_full`.
 */
export async function openStore(options: { url: string | null; path: string; now?: () => Date }): Promise<Store> {
  const { url, path, now = () => new Date() } = options
  const db = url === null ? await openSqlite(path) : openPostgres(url)
  try {
    await migrate(db)
  } catch (error) {
    await db.destroy()
    throw error
  }
  return {
    dialect: url === null ? 'sqlite' : 'postgres',
    definitions: definitionStore(db, now),
    secrets: secretStore(db, now),
    workflows: workflowStore(db),
    workflowSubscriptions: workflowSubscriptionStore(db),
    groups: groupStore(db),
    notifications: notificationStore(db),
    access: accessStore(db),
    activity: activityStore(db),
    columnTags: columnTagStore(db, now),
    meta: metaStore(db),
    async ping() {
      await sql`select 1`.execute(db)
    },
    // SQLite has one connection for everything else, which a dump would keep to itself for as long as somebody reads it.
    dump: () => (url === null ? dumpTables(() => openSqliteReader(path), 'close') : dumpTables(async () => db, 'keep')),
    restore: (lines) => restoreTables(db, lines),
    close: () => db.destroy(),
  }
}

function metaStore(db: Database): Store['meta'] {
  return {
    async get(name) {
      const row = await db.selectFrom('meta').select('value').where('name', '=', name).executeTakeFirst()
      return row?.value ?? null
    },
    async set(name, value) {
      await db
        .insertInto('meta')
        .values({ name, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .execute()
    },
  }
}

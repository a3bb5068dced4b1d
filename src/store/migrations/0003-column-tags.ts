import { type Kysely, PostgresAdapter, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What people have confirmed of the columns of tables. */
export const columnTags: Migration = { up }

async function up(db: Kysely<unknown>): Promise<void> {
  // As in the first migration: ordered by bytes in both databases.
  const text = db.getExecutor().adapter instanceof PostgresAdapter ? sql`text collate "C"` : sql`text`
  await db.schema
    .createTable('column_tags')
    .addColumn('table_key', text, (column) => column.notNull())
    .addColumn('column_name', text, (column) => column.notNull())
    .addColumn('pii', 'integer', (column) => column.notNull())
    .addColumn('by', text, (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('column_tags_key', ['table_key', 'column_name'])
    .execute()
}

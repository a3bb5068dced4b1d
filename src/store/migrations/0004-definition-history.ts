import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { textType } from './text-type.ts'

/** What queries, attributes tables and segments were before they were changed. What is there now is their first version that is known. */
export const definitionHistory: Migration = { up }

async function up(db: Kysely<unknown>): Promise<void> {
  const text = textType(db)
  await db.schema
    .createTable('definition_history')
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('key', text, (column) => column.notNull())
    .addColumn('version', 'bigint', (column) => column.notNull())
    .addColumn('source', text, (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_by', text, (column) => column.notNull())
    .addColumn('body', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('definition_history_key', ['kind', 'key', 'version'])
    .execute()
  await sql`insert into definition_history (kind, key, version, source, updated_at, updated_by, body)
    select kind, key, version, source, updated_at, updated_by, body from definitions
    where kind in ('query', 'attributes_table', 'segment')`.execute(db)
}

import { type Kysely, PostgresAdapter, sql } from 'kysely'

/**
 * Texts are ordered by their bytes, whatever the language of the database: SQLite does so by itself, PostgreSQL must be told. Then both give
 * lists in one order, and an update of the operating system cannot break an index.
 */
export function textType(db: Kysely<unknown>) {
  return db.getExecutor().adapter instanceof PostgresAdapter ? sql`text collate "C"` : sql`text`
}

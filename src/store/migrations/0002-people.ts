import { type Kysely, PostgresAdapter, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { textType } from './text-type.ts'

/** Several users with policies, one-time links, and an activity log that nothing rewrites. */
export const people: Migration = { up }

type Any = Kysely<unknown>

async function up(db: Any): Promise<void> {
  await widenUsers(db)
  await widenSessions(db)
  await addLinks(db)
  await widenActivity(db)
  await keepWhatKeysCould(db)
}

/** Whoever was there was the administrator. */
async function widenUsers(db: Any): Promise<void> {
  const text = textType(db)
  const column = (name: string, initial: string) =>
    db.schema
      .alterTable('users')
      .addColumn(name, text, (one) => one.notNull().defaultTo(initial))
      .execute()
  await column('name', '')
  await column('state', 'active')
  await column('policies', '["datagrid_administrator"]')
  await column('options', '[]')
  await db.schema.alterTable('users').addColumn('issuer', text).execute()
  await db.schema.alterTable('users').addColumn('subject', text).execute()
  await db.schema
    .alterTable('users')
    .addColumn('version', 'bigint', (one) => one.notNull().defaultTo(1))
    .execute()
  await db.schema.alterTable('users').addColumn('last_seen_at', 'bigint').execute()
  await db.schema.createIndex('users_by_subject').on('users').columns(['issuer', 'subject']).unique().execute()
}

async function widenSessions(db: Any): Promise<void> {
  for (const name of ['address', 'agent']) {
    await db.schema
      .alterTable('sessions')
      .addColumn(name, textType(db), (one) => one.notNull().defaultTo(''))
      .execute()
  }
}

async function addLinks(db: Any): Promise<void> {
  const text = textType(db)
  await db.schema
    .createTable('links')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('about', text, (column) => column.notNull())
    .addColumn('created_by', text, (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('used_at', 'bigint')
    .addColumn('detail', text, (column) => column.notNull())
    .execute()
  await db.schema.createIndex('links_by_about').on('links').columns(['kind', 'about']).execute()
  await db.schema.createIndex('links_by_time').on('links').columns(['created_at', 'id']).execute()
}

async function widenActivity(db: Any): Promise<void> {
  for (const name of ['actor_name', 'address', 'agent']) {
    await db.schema
      .alterTable('activity')
      .addColumn(name, textType(db), (one) => one.notNull().defaultTo(''))
      .execute()
  }
  await db.schema.createIndex('activity_by_actor').on('activity').columns(['actor', 'at', 'id']).execute()
  if (db.getExecutor().adapter instanceof PostgresAdapter) await freezeInPostgres(db)
  else await freezeInSqlite(db)
}

/** Lines are added, and go when they are older than any retention allows them to be; the database itself refuses everything else. */
const youngestMs = 30 * 24 * 60 * 60_000

async function freezeInSqlite(db: Any): Promise<void> {
  await sql`create trigger activity_fixed before update on activity begin
    select raise(abort, 'lines of the activity log are never changed');
  end`.execute(db)
  // In place of a line that is there: SQLite calls no trigger of deletes for that.
  await sql`create trigger activity_added before insert on activity
    when exists (select 1 from activity where id = new.id) begin
    select raise(abort, 'lines of the activity log are never changed');
  end`.execute(db)
  await sql`create trigger activity_kept before delete on activity
    when old.at > unixepoch() * 1000 - ${sql.lit(youngestMs)} begin
    select raise(abort, 'lines of the activity log are kept for at least 30 days');
  end`.execute(db)
}

async function freezeInPostgres(db: Any): Promise<void> {
  await sql`create function refuse_activity_change() returns trigger language plpgsql as $$ begin
    raise exception 'lines of the activity log are never changed, and are kept for at least 30 days';
  end $$`.execute(db)
  await sql`create trigger activity_fixed before update on activity
    for each row execute function refuse_activity_change()`.execute(db)
  await sql`create trigger activity_emptied before truncate on activity
    for each statement execute function refuse_activity_change()`.execute(db)
  await sql`create trigger activity_kept before delete on activity
    for each row when (old.at > extract(epoch from now()) * 1000 - ${sql.lit(youngestMs)})
    execute function refuse_activity_change()`.execute(db)
}

/** Rights that were one are several now: a key goes on to do what it could. */
async function keepWhatKeysCould(db: Any): Promise<void> {
  const was: Record<string, string[]> = {
    'person:read': ['pii:read', 'data:download'],
    'orchestration:run': ['pii:send'],
    'destination:read': ['destination:admin_only'],
    'key:write': ['key:administer'],
  }
  const keys = db.withTables<{ api_keys: { id: string; scopes: string } }>()
  for (const { id, scopes } of await keys.selectFrom('api_keys').select(['id', 'scopes']).execute()) {
    const before = JSON.parse(scopes) as string[]
    const after = [...new Set([...before, ...before.flatMap((scope) => was[scope] ?? [])])]
    await keys
      .updateTable('api_keys')
      .set({ scopes: JSON.stringify(after) })
      .where('id', '=', id)
      .execute()
  }
}

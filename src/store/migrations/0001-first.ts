import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { textType } from './text-type.ts'

/** The tables of the first release with a control store; what the columns mean is told in tables.ts. */
export const first: Migration = { up }

// A migration works on tables as they were when it was written, so it has no types of today's.
type Any = Kysely<unknown>

async function up(db: Any): Promise<void> {
  await addDefinitions(db)
  await addWorkflows(db)
  await addNotifications(db)
  await addAccess(db)
}

async function addDefinitions(db: Any): Promise<void> {
  const text = textType(db)
  await db.schema
    .createTable('meta')
    .addColumn('name', text, (column) => column.primaryKey().notNull())
    .addColumn('value', text, (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('counters')
    .addColumn('name', text, (column) => column.primaryKey().notNull())
    .addColumn('value', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('definitions')
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('key', text, (column) => column.notNull())
    .addColumn('source', text, (column) => column.notNull())
    .addColumn('version', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_by', text, (column) => column.notNull())
    .addColumn('body', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('definitions_key', ['kind', 'key'])
    .execute()
  await db.schema
    .createTable('definition_versions')
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('key', text, (column) => column.notNull())
    .addColumn('last_version', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('definition_versions_key', ['kind', 'key'])
    .execute()
  await db.schema
    .createTable('secrets')
    .addColumn('name', text, (column) => column.primaryKey().notNull())
    .addColumn('ciphertext', text, (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute()
}

async function addWorkflows(db: Any): Promise<void> {
  const text = textType(db)
  await db.schema
    .createTable('group_runs')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('group_key', text, (column) => column.notNull())
    .addColumn('trigger', text, (column) => column.notNull())
    .addColumn('started_by', text)
    .addColumn('due_at', 'bigint')
    .addColumn('state', text, (column) => column.notNull())
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .execute()
  await db.schema.createIndex('group_runs_by_time').on('group_runs').columns(['started_at', 'id']).execute()
  await db.schema.createIndex('group_runs_by_state').on('group_runs').column('state').execute()
  await db.schema
    .createTable('group_ticks')
    .addColumn('group_key', text, (column) => column.primaryKey().notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('workflows')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('orchestration', text, (column) => column.notNull())
    .addColumn('state', text, (column) => column.notNull())
    .addColumn('trigger', text, (column) => column.notNull())
    .addColumn('started_by', text)
    .addColumn('group_run', text, (column) => column.references('group_runs.id'))
    .addColumn('run_id', text)
    .addColumn('attempt', 'bigint', (column) => column.notNull())
    .addColumn('requested_at', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('problem_code', text)
    // Long texts stand last: SQLite then reads the columns before them without these.
    .addColumn('request', text, (column) => column.notNull())
    .addColumn('launched', text, (column) => column.notNull())
    .addColumn('tasks', text, (column) => column.notNull())
    .addColumn('row_counts', text)
    .addColumn('problem', text)
    .execute()
  const byTime = ['requested_at', 'id']
  await db.schema.createIndex('workflows_by_time').on('workflows').columns(byTime).execute()
  await db.schema
    .createIndex('workflows_by_state')
    .on('workflows')
    .columns(['state', ...byTime])
    .execute()
  await db.schema
    .createIndex('workflows_by_orchestration')
    .on('workflows')
    .columns(['orchestration', ...byTime])
    .execute()
  await db.schema.createIndex('workflows_by_run').on('workflows').column('run_id').execute()
  await db.schema.createIndex('workflows_by_group_run').on('workflows').column('group_run').execute()
}

async function addNotifications(db: Any): Promise<void> {
  const text = textType(db)
  await db.schema
    .createTable('notifications')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('about', text, (column) => column.notNull().unique())
    .addColumn('event', text, (column) => column.notNull())
    .addColumn('severity', text, (column) => column.notNull())
    .addColumn('orchestration', text)
    .addColumn('workflow', text)
    .addColumn('title', text, (column) => column.notNull())
    .addColumn('text', text, (column) => column.notNull())
    .addColumn('link', text)
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('read_at', 'bigint')
    .execute()
  await db.schema.createIndex('notifications_by_time').on('notifications').columns(['at', 'id']).execute()
  await db.schema
    .createIndex('notifications_unread')
    .on('notifications')
    .columns(['at', 'id'])
    .where(sql.ref('read_at'), 'is', null)
    .execute()
  await db.schema
    .createTable('dispatches')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('notification', text, (column) => column.notNull().references('notifications.id').onDelete('cascade'))
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('channel', text, (column) => column.notNull())
    .addColumn('target', text, (column) => column.notNull())
    .addColumn('state', text, (column) => column.notNull())
    .addColumn('attempts', 'bigint', (column) => column.notNull())
    .addColumn('next_at', 'bigint', (column) => column.notNull())
    .addColumn('last_error', text)
    .addColumn('sent_at', 'bigint')
    .execute()
  await db.schema.createIndex('dispatches_by_time').on('dispatches').columns(['at', 'id']).execute()
  await db.schema.createIndex('dispatches_due').on('dispatches').columns(['state', 'next_at', 'id']).execute()
  await db.schema.createIndex('dispatches_by_notification').on('dispatches').column('notification').execute()
}

async function addAccess(db: Any): Promise<void> {
  const text = textType(db)
  await db.schema
    .createTable('users')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('email', text, (column) => column.notNull().unique())
    .addColumn('password_hash', text, (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('sessions')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('user_id', text, (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('csrf', text, (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('sessions_by_user').on('sessions').column('user_id').execute()
  await db.schema
    .createTable('api_keys')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('name', text, (column) => column.notNull())
    // The actor who made it, who need not be a user: a command on the machine makes keys too.
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('hash', text, (column) => column.notNull())
    .addColumn('scopes', text, (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .execute()
  await db.schema
    .createTable('answers')
    .addColumn('actor', text, (column) => column.notNull())
    .addColumn('key', text, (column) => column.notNull())
    .addColumn('request', text, (column) => column.notNull())
    .addColumn('status', 'bigint')
    .addColumn('body', text)
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('answers_key', ['actor', 'key'])
    .execute()
  await db.schema
    .createTable('activity')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('actor', text, (column) => column.notNull())
    .addColumn('action', text, (column) => column.notNull())
    .addColumn('object', text, (column) => column.notNull())
    .addColumn('allowed', 'integer', (column) => column.notNull())
    .addColumn('detail', text, (column) => column.notNull())
    .execute()
  await db.schema.createIndex('activity_by_time').on('activity').columns(['at', 'id']).execute()
  await db.schema.createIndex('activity_by_object').on('activity').columns(['object', 'at', 'id']).execute()
}

import { type Migration, Migrator } from 'kysely/migration'
import { Problem } from '../problem.ts'
import { first } from './migrations/0001-first.ts'
import { people } from './migrations/0002-people.ts'
import { columnTags } from './migrations/0003-column-tags.ts'
import { definitionHistory } from './migrations/0004-definition-history.ts'
import type { Database } from './tables.ts'

/** Never changed once released; a later release adds one below. */
const migrations: Record<string, Migration> = {
  '0001-first': first,
  '0002-people': people,
  '0003-column-tags': columnTags,
  '0004-definition-history': definitionHistory,
}

/** The last migration, which names the shape of all tables. */
export const schemaVersion = Object.keys(migrations).at(-1)!

/** Whether rows of this shape fit the tables: a migration so far has only added to them. */
export function fitsSchema(version: string): boolean {
  return version in migrations
}

const migrationTable = 'migrations'

/** Brings the tables up to this release; processes that do so at once wait for each other. Throws `store.newer`. */
export async function migrate(db: Database): Promise<void> {
  await refuseNewer(db)
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableName: migrationTable,
    migrationLockTableName: 'migration_lock',
  })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  // A newer release may have come between.
  await refuseNewer(db)
  throw error
}

async function refuseNewer(db: Database): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some(({ name }) => name === migrationTable)) return
  const applied = await db
    .withTables<{ migrations: { name: string } }>()
    .selectFrom('migrations')
    .select('name')
    .execute()
  const unknown = applied.map(({ name }) => name).filter((name) => !(name in migrations))
  if (unknown.length === 0) return
  throw newer(unknown)
}

/** These steps of the schema come from a release after this one. */
export function newer(steps: string[]): Problem {
  return new Problem('store.newer', {
    message: `A newer release of Deskside wrote this control store (${steps.join(', ')}).`,
    data: { steps },
  })
}

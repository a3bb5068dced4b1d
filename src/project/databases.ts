import { notDefined } from '../defined.ts'
import type { Dialect, Limits, Table } from '../engine/engine.ts'
import { Problem } from '../problem.ts'
import type { Project, Sent } from './project.ts'

/**
 * What SQL runs in: tables, and what of the project is written over them. Each SELECT, rule and segment reads one database and no other, so that
 * everything about SQL (binding, personal columns, figures, what a column is needed for) is work on one of these.
 */
export interface Database
  extends Pick<Project, 'timeZone' | 'queries' | 'visualQueries' | 'attributesTables' | 'segments'> {
  key: string
  /** Of every query and SQL table. */
  dialect: Dialect
  /** What SQL may read: the declared tables and, among those that SQL defines, the attributes tables. */
  tables: Table[]
  /** What deskside.yml says of columns of its tables: `true`, personal. By table; tables of which it says nothing are not in it. */
  pii: Map<string, Readonly<Record<string, boolean>>>
  limits: Limits
}

/** `database:` of deskside.yml is short for `databases:` with this key alone. */
export const plainDatabase = 'database'

/** A table of a database, by its name in SQL. */
export interface TableName {
  database: string
  table: string
}

/**
 * What a table is called among those of all databases: `billing.Invoices`. Those of {@link plainDatabase} have their names alone, as they had
 * before there could be another database; what is stored of them stays as it is when others join it.
 */
export function keyOfTable({ database, table }: TableName): string {
  return database === plainDatabase ? table : `${database}.${table}`
}

/** The table that has this key. */
export function tableOfKey(key: string): TableName {
  // Keys of databases have no dot.
  const dot = key.indexOf('.')
  return dot < 0 ? { database: plainDatabase, table: key } : { database: key.slice(0, dot), table: key.slice(dot + 1) }
}

/** A name that no other table has, in whichever database. */
export function fullName({ database, table }: TableName): string {
  return `${database}.${table}`
}

/** Upper and lower case are the same in names of tables. */
export function isSameTable(a: TableName, b: TableName): boolean {
  return a.database === b.database && a.table.toLowerCase() === b.table.toLowerCase()
}

/** Which of these databases is meant: the one that is named, or the only one. Throws `config.which_database`. */
export function databaseAmong(keys: readonly string[], named: string | null): string {
  if (named !== null && keys.includes(named)) return named
  if (named === null && keys.length === 1) return keys[0]!
  throw new Problem('config.which_database', {
    message:
      named === null
        ? `The project has ${keys.length} databases, and none is named.`
        : `The project has no database ${named}.`,
    fix: `Name one of: ${keys.join(', ')}.`,
    data: { databases: [...keys] },
  })
}

/** The database that is named, or the only one. Throws `config.which_database`. */
export function databaseNamed({ databases }: Pick<Project, 'databases'>, key: string | null): Database {
  return databases.get(databaseAmong([...databases.keys()], key))!
}

/** The database that something is sent from. Throws `config.unknown_object`. */
export function databaseOf(project: Project, { kind, key }: Sent): Database {
  const has: Record<Sent['kind'], (one: Database) => boolean> = {
    query: ({ queries, visualQueries }) => queries.has(key) || visualQueries.has(key),
    attributes_table: ({ attributesTables }) => attributesTables.has(key),
    segment: ({ segments }) => segments.has(key),
  }
  const found = project.databases.values().find(has[kind])
  if (found !== undefined) return found
  const { queries, visualQueries, attributesTables, segments } = project
  const known: Record<Sent['kind'], string[]> = {
    query: [...queries.keys(), ...visualQueries.keys()],
    attributes_table: [...attributesTables.keys()],
    segment: [...segments.keys()],
  }
  throw notDefined(kind.replace('_', ' '), key, known[kind])
}

/** The database of an attributes table; the first one for a table that is not there, in which it is missed like in any other. */
export function databaseOfAttributes({ databases }: Pick<Project, 'databases'>, attributesTable: string): Database {
  const all = [...databases.values()]
  return all.find(({ attributesTables }) => attributesTables.has(attributesTable)) ?? all[0]!
}

/**
 * A table by its name in SQL, in any case, which may have that of its database before it: `billing.Invoices`. Throws `config.unknown_object`, and
 * `config.which_database` where several databases have it and none is named.
 */
export function tableNamed(
  { databases }: Pick<Project, 'databases'>,
  name: string,
): { database: Database; table: Table } {
  const all = [...databases.values()].flatMap((database) => database.tables.map((table) => ({ database, table })))
  const lower = name.toLowerCase()
  const full = all.find((one) => fullNameOf(one).toLowerCase() === lower)
  if (full !== undefined) return full
  const found = all.filter(({ table }) => table.name.toLowerCase() === lower)
  if (found.length === 1) return found[0]!
  if (found.length === 0)
    throw notDefined(
      'table',
      name,
      all.map(({ database, table }) => keyOfTable({ database: database.key, table: table.name })),
    )
  throw new Problem('config.which_database', {
    message: `${found.length} databases have a table ${name}.`,
    fix: `Name one of: ${found.map(fullNameOf).join(', ')}.`,
    data: { databases: found.map(({ database }) => database.key) },
  })
}

function fullNameOf({ database, table }: { database: Database; table: Table }): string {
  return fullName({ database: database.key, table: table.name })
}

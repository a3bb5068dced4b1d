import pg from 'pg'
import { Secret } from '../src/config.ts'
import type { PostgresTable } from '../src/engine/engine.ts'
import { placeOfUrl, tableNameOf } from '../src/engine/postgres-settings.ts'

/** A database of its own, and a role that may read what it is granted. */
export interface SourceBench {
  /** Of the owner. */
  url: string
  /** Of the role, with a password that every message is searched for. */
  readerUrl: string
  password: string
  sql(text: string): Promise<Record<string, unknown>[]>
  /** A declared table over `schema.table`, read by the role. */
  table(name: string, of: string, more?: Partial<PostgresTable> & { url?: string }): PostgresTable
  /** Sessions of Deskside that the server has. */
  sessions(): Promise<{ pid: number; state: string; query: string }[]>
  close(): Promise<void>
}

let roles = 0

/** `newDatabase` is that of `testPostgres`. */
export async function openSource(newDatabase: () => Promise<string>): Promise<SourceBench> {
  const url = await newDatabase()
  const role = `reader_${process.pid}_${++roles}`
  const password = `qx/${role}@secret`
  const client = new pg.Client(url)
  await client.connect()
  const sql: SourceBench['sql'] = async (text) => (await client.query(text)).rows ?? []
  await sql(
    `CREATE ROLE ${role} LOGIN PASSWORD '${password}'; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${role}`,
  )
  const reader = new URL(url)
  reader.username = role
  reader.password = encodeURIComponent(password)
  return {
    url,
    readerUrl: reader.href,
    password,
    sql,
    table: (name, of, { url: other = reader.href, ...more } = {}) => ({
      kind: 'postgres',
      name,
      source: { key: 'crm', place: placeOfUrl(new Secret(other)), url: new Secret(other) },
      ...tableNameOf(of)!,
      types: null,
      ...more,
    }),
    sessions: async () =>
      (await sql(
        "SELECT pid, state, query FROM pg_stat_activity WHERE application_name = 'deskside' AND datname = current_database()",
      )) as { pid: number; state: string; query: string }[],
    close: () => client.end(),
  }
}

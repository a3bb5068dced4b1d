import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { PostgresTable, QueryRequest } from './engine.ts'
import type { CopiedRows } from './postgres-copies.ts'
import { makePrivateFolder } from './private-folder.ts'

export interface CopiesNeeded {
  rows: CopiedRows
  /** A private folder for the copies that whoever asks removes; null: one of their own. */
  dir: string | null
  signal: AbortSignal | undefined
  /** Names of the tables that the query reads, of all kinds but SQL. */
  reads: () => Promise<string[]>
}

/**
 * Runs `work` with a copy in the place of each table of a database that the query reads. The process of the query can read files and
 * nothing else, so what it needs of a database is brought to it, once, by this process, which alone knows how to sign in there.
 */
export async function withCopies<T>(
  query: QueryRequest,
  { rows, dir, signal, reads }: CopiesNeeded,
  work: (query: QueryRequest) => Promise<T>,
): Promise<T> {
  if (!query.tables.some(isOfDatabase)) return await work(query)
  const names = await reads()
  const tables = query.tables.filter(isOfDatabase).filter(({ name }) => names.includes(name))
  if (tables.length === 0) return await work(query)
  const { copyTables } = await import('./postgres-copies.ts')
  const folder = dir === null ? await makePrivateFolder() : join(dir, 'copies')
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const copies = await copyTables(tables, { dir: folder, rows, signal, timeoutMs: query.limits.timeoutMs })
    return await work({ ...query, tables: query.tables.map((table) => copies.get(table.name) ?? table) })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function isOfDatabase(table: QueryRequest['tables'][number]): table is PostgresTable {
  return table.kind === 'postgres'
}

/** Whether any of the texts may read the table: its name occurs. */
export function mayRead({ tables, sql }: Pick<QueryRequest, 'tables' | 'sql'>, name: string): boolean {
  const texts = [sql, ...tables.flatMap((table) => (table.kind === 'sql' ? [table.sql] : []))]
  return texts.some((text) => text.toLowerCase().includes(name.toLowerCase()))
}

import { CopyWriter } from './copy-writer.ts'
import type { FileTable, PostgresTable } from './engine.ts'
import { inSnapshot, type ReadingLimits, type SnapshotReader } from './postgres-reader.ts'

/** How much of each table is copied: every row, none (for the columns alone), or so many, spread over it. */
export type CopiedRows = 'all' | 'none' | number

export interface CopyRequest extends ReadingLimits {
  /** A private folder that whoever asks removes, whatever happens. */
  dir: string
  rows: CopiedRows
}

/**
 * Copies tables of PostgreSQL into files that queries read in their place, by name of the table. Tables of one source are all of one
 * moment. Throws what {@link inSnapshot} throws.
 */
export async function copyTables(
  tables: readonly PostgresTable[],
  request: CopyRequest,
): Promise<Map<string, FileTable>> {
  const copies = new Map<string, FileTable>()
  for (const [, ofSource] of Map.groupBy(tables, ({ source }) => source.key)) {
    await inSnapshot(ofSource[0]!.source, request, async (reader) => {
      for (const table of ofSource) copies.set(table.name, await copyTable(reader, table, request))
    })
  }
  return copies
}

async function copyTable(reader: SnapshotReader, table: PostgresTable, { dir, rows }: CopyRequest): Promise<FileTable> {
  const columns = await reader.columns(table)
  const writer = await CopyWriter.open(table, columns, { dir, name: table.name })
  try {
    if (rows !== 'none') {
      for await (const page of reader.pages(table, columns, rows === 'all' ? null : rows)) await writer.append(page)
    }
    const files = await writer.finish()
    return { kind: 'file', name: table.name, format: 'parquet', path: files[0]!, files, types: table.types }
  } finally {
    writer.close()
  }
}

import { globSync, statSync } from 'node:fs'
import { Problem } from '../problem.ts'
import { problemOfSource } from './duckdb-problem.ts'
import type { FileTable, PostgresTable } from './engine.ts'

/** Nobody tells when a table of a database was written, so what is remembered of one is forgotten after so long. */
const databaseRememberedMs = 5 * 60_000

/** The files of one table at one moment. */
export interface Source {
  table: FileTable
  files: SourceFile[]
}

export interface SourceFile {
  path: string
  /** Size, time of the last write in ns, and inode: equal before and after means that nobody wrote meanwhile. */
  state: string
  sizeBytes: number
  /** Time of the last write. */
  writtenAtMs: number
}

/** Finds the files of a table. Throws `source.missing`, `source.unreadable`. */
export function openSource(table: FileTable): Source {
  try {
    return { table, files: listFiles(table).map((path) => fileAt(path, table)) }
  } catch (error) {
    throw problemOfSource(error, table.name, table.path)
  }
}

/**
 * A text that differs when a file of the table was written, replaced, added or removed: for what is remembered of a table. Files that are
 * not there are a state too; whoever reads the table hears of it. Of a table of a database it is another text every few minutes.
 */
export function sourceState(table: FileTable | PostgresTable): string {
  if (table.kind === 'postgres') return String(Math.floor(Date.now() / databaseRememberedMs))
  try {
    return JSON.stringify(openSource(table).files.map(({ path, state }) => [path, state]))
  } catch (error) {
    if (error instanceof Problem && error.code.startsWith('source.')) return error.code
    throw error
  }
}

function listFiles(table: FileTable): readonly string[] {
  if (table.files !== undefined) return table.files
  const { path } = table
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true
  // A file whose name looks like a glob is a file.
  const found = isFile ? [path] : /[*?[{]/.test(path) ? globSync(path).filter((one) => statSync(one).isFile()) : []
  if (found.length === 0) {
    throw new Problem('source.missing', {
      message:
        isFile || !/[*?[{]/.test(path)
          ? `${path} (table ${table.name}) is not there.`
          : `No file matches ${path} (table ${table.name}).`,
      data: { file: path, table: table.name },
    })
  }
  // Sorted, so that equal folders give equal rows in equal order.
  return found.sort()
}

/** Asked once: the next moment the file may be gone. */
function fileAt(path: string, table: FileTable): SourceFile {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  if (!found) {
    throw new Problem('source.missing', {
      message: `${path} (table ${table.name}) is not there.`,
      data: { file: path, table: table.name },
    })
  }
  if (found.size === 0n) {
    throw new Problem('source.unreadable', {
      message: `${path} (table ${table.name}) is empty; not even a header is there.`,
      data: { file: path, table: table.name },
    })
  }
  return {
    path,
    state: `${found.size}:${found.mtimeNs}:${found.ino}`,
    sizeBytes: Number(found.size),
    writtenAtMs: Number(found.mtimeMs),
  }
}

import { type Engine, type FileTable, limitsWithin } from '../engine/engine.ts'
import { Problem } from '../problem.ts'
import type { Database } from '../project/databases.ts'
import { identifier } from '../sql-text.ts'
import { readHeader, refused } from './upload-header.ts'

/** Somebody waits for it. */
const longestMs = 300_000

/** What a file holds. */
export interface Checked {
  rows: number
  columns: string[]
}

/**
 * Reads a whole file in the engine's sandbox, as queries will read it. Throws `upload.refused` with the line where something is wrong,
 * `definition.invalid` for types that it does not have, and what else the engine throws.
 */
export async function checkFile(
  { engine, database }: { engine: Pick<Engine, 'bind' | 'figures'>; database: Pick<Database, 'timeZone' | 'limits'> },
  file: Pick<FileTable, 'path' | 'types'>,
): Promise<Checked> {
  const names = await readHeader(file.path)
  const table: FileTable = { kind: 'file', name: 'uploaded', format: 'csv', ...file }
  const { timeZone } = database
  const limits = limitsWithin(database.limits, longestMs)
  const request = { tables: [table], dialect: 'duckdb', timeZone, limits, file: 'the file' } as const
  try {
    const { columns } = await engine.bind({ ...request, sql: 'SELECT * FROM uploaded' })
    const found = columns.map(({ name }) => name)
    // The engine gives names of its own to what it takes for nameless or doubled.
    if (found.length !== names.length || found.some((name, index) => name !== names[index]))
      throw refused(1, 'is read as other columns than it seems to have; put each name in double quotes')
    // Each cell is read, so that a row which does not fit is found.
    const cells = found.map((name, index) => `count(${identifier(name)}) AS c${index}`)
    const sql = `SELECT ${['count(*) AS rows', ...cells].join(', ')} FROM uploaded`
    const { rows } = await engine.figures({ ...request, sql })
    return { rows: rows ?? 0, columns: found }
  } catch (error) {
    throw ofFile(error, file.path)
  }
}

/** In words about the file, whose place on the server is nobody's business. */
function ofFile(error: unknown, path: string): unknown {
  if (!(error instanceof Problem)) return error
  if (error.code === 'config.invalid') {
    const message = error.message.replace('Table uploaded, types: ', '')
    return new Problem('definition.invalid', {
      message: `The types do not fit the file: ${message}`,
      data: { problems: [{ path: 'types', message }] },
    })
  }
  if (error.code !== 'source.unreadable') return error
  const { line } = error.data
  const reason = error.message
    .replace(`${path}:${String(line)}`, '')
    .replace(path, '')
    .replace('(table uploaded)', '')
    .trim()
    .replace(/\.$/, '')
  return refused(typeof line === 'number' ? line : null, reason)
}

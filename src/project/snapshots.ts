import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BoundTable } from '../audience/segment.ts'
import type { Engine, FileTable, QueryRequest, SnapshotEngine } from '../engine/engine.ts'
import { identifier } from '../sql-text.ts'

/** Changes with the form of the files, so that a release does not read those of another. */
const form = 1

/** A copy of a table that nobody has made anew for so long goes with the next one that is made. */
const maxAgeMs = 7 * 24 * 60 * 60 * 1000

/** An attributes table with its columns and a copy of its rows. */
export interface Snapshot extends BoundTable {
  /** How many people it holds, and whether each has one row. */
  people: number
  isUnique: boolean
  /** The copy, under the name of the attributes table. */
  file: FileTable
}

/**
 * Copies of attributes tables that are read in milliseconds where the sources take seconds: one Parquet file each, which nobody but its
 * owner may read, made anew when the SQL or any file of a declared table has changed, and every few minutes where a table of a
 * database is read.
 */
export class Snapshots {
  readonly #dir: string
  readonly #engine: Engine & SnapshotEngine
  readonly #made = new Map<string, Promise<Snapshot>>()

  /** `dir` is made when it is first needed. */
  constructor(dir: string, engine: Engine & SnapshotEngine) {
    this.#dir = dir
    this.#engine = engine
  }

  /** The copy of an attributes table as its sources are now; `request` is the query of the table. Throws what `engine.bind` throws. */
  async of(table: BoundTable['table'], request: QueryRequest, signal?: AbortSignal): Promise<Snapshot> {
    const { tables, sql, dialect, timeZone } = request
    const state = JSON.stringify([form, tables, sql, dialect, timeZone, this.#engine.stateOf(request)])
    const name = `${table.key}-${createHash('sha256').update(state).digest('hex').slice(0, 32)}`
    const known = this.#made.get(name)
    if (known !== undefined) {
      const copy = await known.catch(() => null)
      if (copy !== null && (await exists(copy.file.path))) return { ...copy, table }
      // Whoever was making it gave up, or the copy was removed.
      if (this.#made.get(name) === known) this.#made.delete(name)
      return await this.of(table, request, signal)
    }
    const made = this.#make(name, table, request, signal)
    this.#made.set(name, made)
    try {
      return await made
    } catch (error) {
      if (this.#made.get(name) === made) this.#made.delete(name)
      throw error
    }
  }

  async #make(
    name: string,
    table: BoundTable['table'],
    request: QueryRequest,
    signal: AbortSignal | undefined,
  ): Promise<Snapshot> {
    const path = join(this.#dir, `${name}.parquet`)
    const file: FileTable = { kind: 'file', name: table.key, format: 'parquet', path, types: null }
    const about = join(this.#dir, `${name}.json`)
    if ((await exists(path)) && (await exists(about)))
      return { table, file, ...(JSON.parse(await readFile(about, 'utf8')) as Omit<Snapshot, 'table' | 'file'>) }
    await mkdir(this.#dir, { recursive: true, mode: 0o700 })
    await this.#clean(table.key)
    const columns = await this.#engine.snapshot({ ...request, path, ...(signal && { signal }) })
    const facts = { columns, ...(await this.#people(request, file, columns[0]!.name, signal)) }
    const part = `${about}.${randomUUID()}`
    await writeFile(part, JSON.stringify(facts), { mode: 0o600 })
    await rename(part, about)
    return { table, file, ...facts }
  }

  /** Counting distinct ids takes longer than everything else, so it is done once. */
  async #people(
    request: QueryRequest,
    file: FileTable,
    id: string,
    signal: AbortSignal | undefined,
  ): Promise<Pick<Snapshot, 'people' | 'isUnique'>> {
    const column = identifier(id)
    const sql = `SELECT count(DISTINCT ${column}), count(${column}) AS rows FROM ${identifier(file.name)}`
    const { rows } = await this.#engine.rows({ ...request, tables: [file], sql, limit: 1, ...(signal && { signal }) })
    const [people, all] = rows[0]!.map(Number)
    return { people: people!, isUnique: people === all }
  }

  /** Removes older copies of the table, and what nobody has used for long. */
  async #clean(key: string): Promise<void> {
    for (const name of await readdir(this.#dir)) {
      const path = join(this.#dir, name)
      const isOfTable = name.startsWith(`${key}-`) && !name.includes('.tmp-')
      const found = await stat(path).catch(() => null)
      if (isOfTable || (found !== null && found.mtimeMs < Date.now() - maxAgeMs))
        await rm(path, { recursive: true, force: true })
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}

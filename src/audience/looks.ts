import { type Engine, type FileTable, limitsWithin, type SqlTable, type Table } from '../engine/engine.ts'
import { openSource } from '../engine/source-files.ts'
import { asProblem, Problem } from '../problem.ts'
import type { Turns } from '../turns.ts'
import { type ColumnFigures, type TableFigures, tableFigures } from './figures.ts'
import type { Pii, PiiGround, TableColumn } from './pii.ts'

/** A column with what is counted of it; null figures: the table could not be read to its end. */
export interface LookedColumn extends TableColumn {
  figures: ColumnFigures | null
}

/** A table as it was when somebody looked at it. */
export interface TableLook {
  table: string
  rows: number | null
  columns: LookedColumn[]
  /** When the newest of its files was written, or of those that its SQL reads; ISO 8601. */
  lastLoadedAt: string | null
  lookedAt: string
  /** Code of what kept the figures from being taken. */
  problem: string | null
}

/** What is kept of a look. */
export interface KnownLook extends Pick<TableLook, 'rows' | 'lastLoadedAt' | 'lookedAt'> {
  /** Names, in their order. */
  columns: string[]
}

export interface LookParts {
  engine: Engine
  ground: () => PiiGround
  pii: Pick<Pii, 'columns' | 'forget' | 'stateOf'>
  /** When a file was loaded, where that is better known than by its last write. */
  loadedAt: (path: string) => Date | null
  /** In which looks are taken, also those of others. */
  turns: Turns
}

/** What a look takes time over. */
interface Taken extends Pick<TableLook, 'lastLoadedAt' | 'lookedAt' | 'problem'> {
  state: string
  /** Names, in their order. */
  columns: string[]
  figures: TableFigures | null
}

/** Tables whose figures are kept. */
const mostKept = 500

/** Somebody waits for a look. */
const longestMs = 120_000

/**
 * What is counted of tables. A look reads the whole table in the engine's sandbox, one table after the other, and is kept until the table or a
 * file behind it is another, so that the second look costs nothing.
 */
export class Looks {
  readonly #parts: LookParts
  readonly #taken = new Map<string, Taken>()

  constructor(parts: LookParts) {
    this.#parts = parts
  }

  /** Throws `config.unknown_object`, `config.invalid`, and what binding the table throws. */
  async look(table: Table, { refresh }: { refresh: boolean }): Promise<TableLook> {
    const { pii, turns } = this.#parts
    if (refresh) {
      pii.forget(table)
      this.#taken.delete(table.name)
    }
    const columns = await pii.columns(table.name)
    const taken = await turns.run({ work: `looking at table ${table.name}` }, () => this.#take(table, columns))
    return lookOf(table.name, columns, taken)
  }

  /** What was counted when somebody looked last, if that still holds; reads nothing but the states of files. */
  known(table: Table): KnownLook | null {
    const taken = this.#taken.get(table.name)
    if (taken === undefined || taken.state !== this.#parts.pii.stateOf(table)) return null
    const { figures, columns, lastLoadedAt, lookedAt } = taken
    return { rows: figures?.rows ?? null, columns, lastLoadedAt, lookedAt }
  }

  /** When the files of a table were written, without a look at what SQL reads. */
  writtenAt(table: Table): string | null {
    return table.kind === 'file' ? newest(writtenTimes(table, this.#parts.loadedAt)) : null
  }

  async #take(table: Table, columns: readonly TableColumn[]): Promise<Taken> {
    const { engine, ground, pii } = this.#parts
    const state = pii.stateOf(table)
    const known = this.#taken.get(table.name)
    if (known?.state === state) return known
    const { tables, dialect, timeZone, limits } = ground()
    const around = { engine, tables, dialect, timeZone, limits: limitsWithin(limits, longestMs) }
    let figures: TableFigures | null = null
    let problem: string | null = null
    try {
      const named = columns.map(({ column: name }) => ({ name }))
      figures = await tableFigures(around, table.name, named)
    } catch (error) {
      // Its words may quote a value.
      problem = asProblem(error).code
    }
    const lastLoadedAt = await this.#lastLoadedAt(table)
    const names = columns.map(({ column }) => column)
    const taken: Taken = { state, columns: names, figures, problem, lastLoadedAt, lookedAt: new Date().toISOString() }
    // The next look may be better than one that failed.
    if (problem === null) this.#keep(table.name, taken)
    return taken
  }

  #keep(table: string, taken: Taken): void {
    this.#taken.delete(table)
    this.#taken.set(table, taken)
    for (const oldest of this.#taken.keys()) {
      if (this.#taken.size <= mostKept) break
      this.#taken.delete(oldest)
    }
  }

  async #lastLoadedAt(table: Table): Promise<string | null> {
    const { ground, loadedAt, engine } = this.#parts
    // Nobody hears when a table of a database was written.
    if (table.kind === 'postgres') return null
    const behind = table.kind === 'file' ? [table] : await filesBehind(table, ground(), engine)
    return newest(behind.flatMap((one) => writtenTimes(one, loadedAt)))
  }
}

function lookOf(table: string, columns: readonly TableColumn[], taken: Taken): TableLook {
  const { figures, lastLoadedAt, lookedAt, problem } = taken
  return {
    ...{ table, rows: figures?.rows ?? null, lastLoadedAt, lookedAt, problem },
    columns: columns.map((column, index) => ({ ...column, figures: figures?.columns[index] ?? null })),
  }
}

function newest(times: readonly number[]): string | null {
  return times.length === 0 ? null : new Date(Math.max(...times)).toISOString()
}

function writtenTimes(table: FileTable, loadedAt: LookParts['loadedAt']): number[] {
  try {
    return openSource(table).files.map(({ path, writtenAtMs }) => loadedAt(path)?.getTime() ?? writtenAtMs)
  } catch (error) {
    // Whoever reads the table is told.
    if (error instanceof Problem && error.code.startsWith('source.')) return []
    throw error
  }
}

/** The tables with files that a table by SQL reads, by way of others too. */
async function filesBehind(
  table: SqlTable,
  { tables, dialect, limits }: PiiGround,
  engine: Engine,
): Promise<FileTable[]> {
  const sqlTables = tables.filter((one) => one.kind === 'sql')
  const reads = await engine.reads({ tables, texts: sqlTables, dialect, limits })
  const readsOf = new Map(sqlTables.map(({ name }, index) => [name, reads[index] ?? []]))
  // A set may grow while it is walked.
  const found = new Set(readsOf.get(table.name))
  for (const name of found) for (const one of readsOf.get(name) ?? []) found.add(one)
  return tables.filter((one) => one.kind === 'file').filter(({ name }) => found.has(name))
}

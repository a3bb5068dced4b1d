import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Looks, TableLook } from '../audience/looks.ts'
import type { Pii, ResultPii, TableColumn } from '../audience/pii.ts'
import type { Segment } from '../audience/segment.ts'
import type { TableTags } from '../audience/tags.ts'
import { defined, notDefined } from '../defined.ts'
import { type Engine, limitsWithin, type QueryRequest, type SnapshotEngine, type Table } from '../engine/engine.ts'
import { asProblem, type Json, Problem } from '../problem.ts'
import type { ColumnUse } from './column-uses.ts'
import { type Part, partOf } from './part.ts'
import type { Project, Sent } from './project.ts'
import type { SentSql } from './sent.ts'
import type { Snapshots } from './snapshots.ts'
import { uploadedAt } from './uploads.ts'

/** A segment of the project, or one that is being edited, as it would be stored. */
export type SegmentRequest = { key: string } | { body: Json }

/** What can be sent, or SQL that need not be saved; `file` is what mistakes in it name. */
export type PreviewRequest = Sent | { sql: string; file: string; part: Part | null }

/** A segment in a list. */
export interface SegmentRow {
  key: string
  name: string
  /** Key of its attributes table. */
  attributes: string
  made_of: 'rules' | 'sql'
  /** Null: all. */
  fields: readonly string[] | null
}

export interface SegmentCount {
  /** People who belong to it, and people of its attributes table. */
  count: number
  total: number
  /** How long counting took, milliseconds. */
  ms: number
}

/** First rows of a result, every value as text. */
export interface Preview {
  columns: { name: string; type: string }[]
  rows: (string | null)[][]
  /** Whether there are more rows than these. */
  has_more: boolean
}

/** Where a table is from. */
export interface TableOrigin {
  from: 'file' | 'sql' | 'attributes_table' | 'upload' | 'source'
  /** File that holds it or its SQL, as deskside.yml names it, or key of the source; null of an uploaded one. */
  source: string | null
}

/** A table with everything that is known of it. */
export interface TableDetail extends TableLook, TableOrigin {}

/** A table in a list. Figures are null where it could not be read, for the reason in `problem`. */
export interface TableRow extends TableOrigin {
  table: string
  rows: number | null
  columns: number | null
  lastLoadedAt: string | null
  problem: string | null
}

/** What is known of a table without looking at it. */
export interface TableStatus extends TableOrigin {
  /** As somebody counted them who looked last; null: nobody did since the table was changed. */
  rows: number | null
  lastLoadedAt: string | null
  lookedAt: string | null
}

export interface LookingParts {
  project: () => Project
  engine: Engine & SnapshotEngine
  /** Folder of the project's state. */
  stateDir: string
  confirmedTags: () => Promise<TableTags>
}

/** Of a file that somebody downloads: it is made in memory. */
const mostRows = 100_000

/** Somebody waits for what is looked at. */
const longestMs = 120_000

/** Looks at what a project defines and sends nothing: who is in a segment, what a query gives, which columns are personal. */
export class Looking {
  readonly #parts: LookingParts
  /** Both remember what was looked at, so there is one of each for all calls. */
  #pii: Promise<Pii> | null = null
  #looks: Promise<Looks> | null = null
  #snapshots: Snapshots | null = null

  constructor(parts: LookingParts) {
    this.#parts = parts
  }

  /** What can be sent, as an engine takes it. What is needed for it is loaded now: most commands need none of it. */
  async sent(signal?: AbortSignal): Promise<SentSql> {
    const { SentSql } = await import('./sent.ts')
    return new SentSql(this.#parts.project(), this.#parts.engine, signal)
  }

  segments(): SegmentRow[] {
    return [...this.#parts.project().segments.values()].map(({ key, name, attributes, fields, who }) => ({
      ...{ key, name, attributes, fields },
      made_of: 'sql' in who ? 'sql' : 'rules',
    }))
  }

  async count(segment: SegmentRequest, signal: AbortSignal): Promise<SegmentCount> {
    const startedAtMs = performance.now()
    const { stateDir, engine } = this.#parts
    await prepareState(stateDir)
    const { Snapshots } = await import('./snapshots.ts')
    this.#snapshots ??= new Snapshots(join(stateDir, 'cache'), engine)
    const sent = await this.sent(signal)
    const { request, total } = await sent.counting(await this.#segmentOf(segment), this.#snapshots)
    const { rows } = await engine.rows({ ...inTime(request), limit: 1, signal })
    return { count: Number(rows[0]![0]), total, ms: Math.round(performance.now() - startedAtMs) }
  }

  async segmentSql(segment: SegmentRequest): Promise<{ sql: string }> {
    const { sql } = await (await this.sent()).requestOf(await this.#segmentOf(segment))
    return { sql }
  }

  async preview(what: PreviewRequest, limit: number, signal: AbortSignal): Promise<Preview> {
    const sent = await this.sent(signal)
    const asked =
      'sql' in what
        ? sent.asked(what.part === null ? what.sql : partOf(what.sql, what.part), what.file)
        : await sent.request(what)
    const { columns, rows, hasMore } = await this.#parts.engine.rows({ ...inTime(asked), limit, signal })
    return { columns, rows, has_more: hasMore }
  }

  /** Every row of what can be sent. Throws `query.too_many_rows` where there are more than a file is made of. */
  async rows(what: Sent, signal: AbortSignal): Promise<Preview> {
    const found = await this.preview(what, mostRows, signal)
    if (!found.has_more) return found
    throw new Problem('query.too_many_rows', {
      message: `The ${what.kind.replace('_', ' ')} ${what.key} has more than ${mostRows.toLocaleString('en-US')} rows.`,
      data: { most: mostRows },
    })
  }

  async columns(table: string): Promise<TableColumn[]> {
    return await (await this.#knownPii()).columns(table)
  }

  /** A table that SQL may read. Throws `config.unknown_object`, and what binding the table throws. */
  async table(name: string, request: { refresh: boolean }): Promise<TableDetail> {
    const table = this.#named(name)
    const look = await (await this.#knownLooks()).look(table, request)
    return { ...look, ...this.#originOf(table) }
  }

  /** Every table, in the order of their declaration. Reads those that nobody has looked at since they were changed. */
  async tables(): Promise<TableRow[]> {
    const rows: TableRow[] = []
    for (const table of this.#parts.project().tables) {
      const found = { table: table.name, ...this.#originOf(table) }
      try {
        const looks = await this.#knownLooks()
        const { rows: count, columns, lastLoadedAt, problem } = await looks.look(table, { refresh: false })
        rows.push({ ...found, rows: count, columns: columns.length, lastLoadedAt, problem })
      } catch (error) {
        rows.push({ ...found, rows: null, columns: null, lastLoadedAt: null, problem: asProblem(error).code })
      }
    }
    return rows
  }

  /** Throws `config.unknown_object`. */
  async tableStatus(name: string): Promise<TableStatus> {
    const table = this.#named(name)
    const looks = await this.#knownLooks()
    const known = looks.known(table) ?? { rows: null, lastLoadedAt: looks.writtenAt(table), lookedAt: null }
    return { ...known, ...this.#originOf(table) }
  }

  #named(name: string): Table {
    const { tables } = this.#parts.project()
    const found = tables.find((one) => one.name.toLowerCase() === name.toLowerCase())
    if (found !== undefined) return found
    throw notDefined(
      'table',
      name,
      tables.map((one) => one.name),
    )
  }

  #originOf(table: Table): TableOrigin {
    const { dir, attributesTables } = this.#parts.project()
    if (table.kind === 'sql') {
      const from = attributesTables.has(table.name) ? 'attributes_table' : 'sql'
      return { from, source: table.file }
    }
    if (table.kind === 'postgres') return { from: 'source', source: table.source.key }
    if (uploadedAt(dir, table.path) !== null) return { from: 'upload', source: null }
    const inside = relative(dir, table.path)
    return { from: 'file', source: inside.startsWith('..') ? table.path : inside }
  }

  /** What would break, or lose something, without a column of a table; see `columnUses`. */
  async columnUses(table: string, column: string, signal: AbortSignal): Promise<ColumnUse[]> {
    const { columnUses } = await import('./column-uses.ts')
    const { project, engine } = this.#parts
    return await columnUses(project(), engine, { table, column }, signal)
  }

  /** Which columns of what is sent are personal, as far as tables and SQL tell. */
  async piiOf(what: Sent): Promise<ResultPii[]> {
    return await (await this.#knownPii()).ofQuery(await (await this.sent()).request(what))
  }

  async #segmentOf(segment: SegmentRequest): Promise<Segment> {
    if ('body' in segment) return (await import('../audience/segment-body.ts')).unsavedSegment(segment.body)
    return defined(this.#parts.project().segments, 'segment', segment.key)
  }

  readonly #ground = () => {
    const { tables, pii: declared, dialect, timeZone, limits } = this.#parts.project()
    return { tables, declared, dialect, timeZone, limits }
  }

  #knownPii(): Promise<Pii> {
    const { engine, confirmedTags: confirmed } = this.#parts
    this.#pii ??= import('../audience/pii.ts').then(({ Pii }) => new Pii({ engine, confirmed, ground: this.#ground }))
    return this.#pii
  }

  #knownLooks(): Promise<Looks> {
    const { engine, project } = this.#parts
    const loadedAt = (path: string) => uploadedAt(project().dir, path)
    this.#looks ??= Promise.all([import('../audience/looks.ts'), this.#knownPii()]).then(
      ([{ Looks }, pii]) => new Looks({ engine, pii, ground: this.#ground, loadedAt }),
    )
    return this.#looks
  }
}

/** The folder of the project's state; only its owner reads it, and git never sees it. */
export async function prepareState(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await writeFile(join(dir, '.gitignore'), '*\n')
}

function inTime<T extends Pick<QueryRequest, 'limits'>>(asked: T): T {
  return { ...asked, limits: limitsWithin(asked.limits, longestMs) }
}

/** Aborts when either does: what sends nothing has nothing to settle. */
export function eitherOf({ signal, abort }: { signal?: AbortSignal; abort?: AbortSignal }): AbortSignal {
  return AbortSignal.any([signal, abort].filter((one) => one !== undefined))
}

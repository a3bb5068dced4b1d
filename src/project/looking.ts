import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Column } from '../audience/columns.ts'
import type { Looks, TableLook } from '../audience/looks.ts'
import type { Pii, ResultPii, TableColumn } from '../audience/pii.ts'
import type { Segment } from '../audience/segment.ts'
import type { TableTags } from '../audience/tags.ts'
import { defined } from '../defined.ts'
import { type Engine, limitsWithin, type QueryRequest, type SnapshotEngine, type Table } from '../engine/engine.ts'
import { asProblem, type Json, Problem } from '../problem.ts'
import { Turns } from '../turns.ts'
import type { ColumnUse } from './column-uses.ts'
import {
  type Database,
  databaseNamed,
  databaseOf,
  databaseOfAttributes,
  fullName,
  type TableName,
  tableNamed,
  tableOfKey,
} from './databases.ts'
import { type Part, partOf } from './part.ts'
import type { Project, Sent } from './project.ts'
import type { SentSql } from './sent.ts'
import type { Snapshots } from './snapshots.ts'
import { uploadedAt } from './uploads.ts'

/** A segment of the project, or one that is being edited, as it would be stored. */
export type SegmentRequest = { key: string } | { body: Json }

/** A query of the project, or a visual one that is being edited, as it would be stored. */
export type QueryTextRequest = { key: string } | { body: Json }

/** SQL that need not be saved; `file` is what mistakes in it name, `database` null: the only one there is. */
export interface UnsavedSql {
  sql: string
  file: string
  database: string | null
}

/** What columns are looked for in. */
export type Looked = Sent | UnsavedSql

/** What can be sent, or SQL that need not be saved, whole or in part. */
export type PreviewRequest = Sent | (UnsavedSql & { part: Part | null })

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

/** A segment as SQL. */
export interface SegmentText {
  /** The SELECT of what it delivers. */
  sql: string
  /** The SELECT of the ids of its people, such as a segment by SQL is made of. */
  ids_sql: string
}

/** A query as SQL. */
export interface QueryText {
  sql: string
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
export interface TableDetail extends TableLook, TableOrigin {
  /** Key of its database. */
  database: string
}

/** A table in a list. Figures are null where it could not be read, for the reason in `problem`. */
export interface TableRow extends TableOrigin {
  database: string
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
  /** Names, as of the same look. */
  columns: string[] | null
  lastLoadedAt: string | null
  lookedAt: string | null
}

export interface LookingParts {
  project: () => Project
  engine: Engine & SnapshotEngine
  /** Folder of the project's state. */
  stateDir: string
  /** What people have confirmed of columns, by the keys of the tables. */
  confirmedTags: () => Promise<TableTags>
}

/** What is remembered of the tables of a database. */
interface Known {
  pii: Pii
  looks: Looks
}

/** Of a file that somebody downloads: it is made in memory. */
const mostRows = 100_000

/** Somebody waits for what is looked at. */
const longestMs = 120_000

/** Looks at what a project defines and sends nothing: who is in a segment, what a query gives, which columns are personal. */
export class Looking {
  readonly #parts: LookingParts
  /** What was looked at is remembered for all calls, by the keys of databases. */
  readonly #known = new Map<string, Promise<Known>>()
  /** One table after the other, whatever its database: a look takes the memory of a query. */
  readonly #turns = new Turns()
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
    const found = await this.#segmentOf(segment)
    const { request, total } = await sent.in(this.#databaseOf(found)).counting(found, this.#snapshots)
    const { rows } = await engine.rows({ ...inTime(request), limit: 1, signal })
    return { count: Number(rows[0]![0]), total, ms: Math.round(performance.now() - startedAtMs) }
  }

  async segmentSql(segment: SegmentRequest): Promise<SegmentText> {
    const found = await this.#segmentOf(segment)
    return await (await this.sent()).in(this.#databaseOf(found)).sqlOf(found)
  }

  async querySql(query: QueryTextRequest): Promise<QueryText> {
    const sent = await this.sent()
    if ('key' in query) return { sql: (await sent.request({ kind: 'query', key: query.key })).sql }
    const { unsavedVisualQuery } = await import('../audience/segment-body.ts')
    const { query: visual, database } = unsavedVisualQuery(query.body)
    return { sql: await sent.in(databaseNamed(this.#parts.project(), database)).sqlOfVisual(visual) }
  }

  async preview(what: PreviewRequest, limit: number, signal: AbortSignal): Promise<Preview> {
    const sent = await this.sent(signal)
    const part = 'sql' in what ? what.part : null
    const whole = await this.#requestOf(sent, what)
    const asked = part === null ? whole : { ...whole, sql: partOf(whole.sql, part) }
    const { columns, rows, hasMore } = await this.#parts.engine.rows({ ...inTime(asked), limit, signal })
    return { columns, rows, has_more: hasMore }
  }

  async #requestOf(sent: SentSql, what: Looked): Promise<QueryRequest> {
    return 'sql' in what ? sent.in(this.#databaseOfSent(what)).asked(what.sql, what.file) : await sent.request(what)
  }

  #databaseOfSent(what: Looked): Database {
    const project = this.#parts.project()
    return 'sql' in what ? databaseNamed(project, what.database) : databaseOf(project, what)
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

  /** Throws `config.unknown_object`, `config.which_database`, and what reading the table throws. */
  async columns(name: string): Promise<TableColumn[]> {
    const { database, table } = tableNamed(this.#parts.project(), name)
    return await (await this.#knownOf(database)).pii.columns(table.name)
  }

  /** A table that SQL may read. Throws as {@link columns} does. */
  async table(name: string, request: { refresh: boolean }): Promise<TableDetail> {
    const { database, table } = tableNamed(this.#parts.project(), name)
    const look = await (await this.#knownOf(database)).looks.look(table, request)
    return { database: database.key, ...look, ...this.#originOf(database, table) }
  }

  /**
   * Every table, of one database or of all (null), in the order of their declaration. Reads those that nobody has looked at since they were
   * changed. Throws `config.which_database`.
   */
  async tables(key: string | null): Promise<TableRow[]> {
    const project = this.#parts.project()
    const databases = key === null ? [...project.databases.values()] : [databaseNamed(project, key)]
    const rows: TableRow[] = []
    for (const [database, table] of databases.flatMap((one) => one.tables.map((table) => [one, table] as const))) {
      const found = { database: database.key, table: table.name, ...this.#originOf(database, table) }
      try {
        const { looks } = await this.#knownOf(database)
        const { rows: count, columns, lastLoadedAt, problem } = await looks.look(table, { refresh: false })
        rows.push({ ...found, rows: count, columns: columns.length, lastLoadedAt, problem })
      } catch (error) {
        rows.push({ ...found, rows: null, columns: null, lastLoadedAt: null, problem: asProblem(error).code })
      }
    }
    return rows
  }

  /** Throws `config.unknown_object`. */
  async tableStatus(name: TableName): Promise<TableStatus> {
    const { database, table } = tableNamed(this.#parts.project(), fullName(name))
    const { looks } = await this.#knownOf(database)
    const unseen = { rows: null, columns: null, lastLoadedAt: looks.writtenAt(table), lookedAt: null }
    const known = looks.known(table) ?? unseen
    return { ...known, ...this.#originOf(database, table) }
  }

  #originOf({ attributesTables }: Database, table: Table): TableOrigin {
    const { dir } = this.#parts.project()
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

  /** Columns with their types, in order; what gives them is bound and not run. */
  async columnsOf(what: Looked, signal: AbortSignal): Promise<Column[]> {
    const sent = await this.sent(signal)
    return await sent.in(this.#databaseOfSent(what)).columnsOf(await this.#requestOf(sent, what))
  }

  /** Which columns of what is sent are personal, as far as tables and SQL tell. */
  async piiOf(what: Looked): Promise<ResultPii[]> {
    const { pii } = await this.#knownOf(this.#databaseOfSent(what))
    return await pii.ofQuery(await this.#requestOf(await this.sent(), what))
  }

  async #segmentOf(segment: SegmentRequest): Promise<Segment> {
    if ('body' in segment) return (await import('../audience/segment-body.ts')).unsavedSegment(segment.body)
    return defined(this.#parts.project().segments, 'segment', segment.key)
  }

  #databaseOf({ attributes }: Segment): Database {
    return databaseOfAttributes(this.#parts.project(), attributes)
  }

  #knownOf({ key }: Database): Promise<Known> {
    const known = this.#known.get(key) ?? this.#learn(key)
    this.#known.set(key, known)
    return known
  }

  async #learn(key: string): Promise<Known> {
    const { engine, project, confirmedTags } = this.#parts
    const [{ Pii }, { Looks }] = await Promise.all([import('../audience/pii.ts'), import('../audience/looks.ts')])
    const ground = () => {
      const { tables, pii: declared, dialect, timeZone, limits } = databaseNamed(project(), key)
      return { tables, declared, dialect, timeZone, limits }
    }
    const pii = new Pii({ engine, ground, confirmed: async () => tagsIn(await confirmedTags(), key) })
    const loadedAt = (path: string) => uploadedAt(project().dir, path)
    return { pii, looks: new Looks({ engine, pii, ground, loadedAt, turns: this.#turns }) }
  }
}

/** What was said of the tables of a database, by their names in it. */
function tagsIn(tags: TableTags, database: string): TableTags {
  return new Map(
    [...tags].flatMap(([key, said]) => {
      const name = tableOfKey(key)
      return name.database === database ? [[name.table, said] as const] : []
    }),
  )
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

import { attributesTableSql, checkAttributesTable } from '../audience/attributes-table.ts'
import type { Column } from '../audience/columns.ts'
import { assertNoMistakes } from '../audience/condition.ts'
import {
  type BoundTable,
  type Segment,
  type SegmentGround,
  segmentCountSql,
  segmentIdsSql,
  segmentSql,
  withItsSegments,
} from '../audience/segment.ts'
import { type VisualQuery, visualQuerySql } from '../audience/visual-query.ts'
import { defined } from '../defined.ts'
import { didYouMean } from '../did-you-mean.ts'
import type { Engine, QueryRequest } from '../engine/engine.ts'
import { Problem } from '../problem.ts'
import { identifier } from '../sql-text.ts'
import { type Database, databaseOf } from './databases.ts'
import type { Project, Sent } from './project.ts'
import { projectFileName } from './project-file.ts'
import type { Snapshot, Snapshots } from './snapshots.ts'

/** What a project sends, from whichever of its databases. */
export class SentSql {
  readonly #project: Project
  readonly #engine: Engine
  readonly #signal: AbortSignal | undefined
  readonly #of = new Map<string, DatabaseSql>()

  /** `signal` ends what is being bound. */
  constructor(project: Project, engine: Engine, signal?: AbortSignal) {
    this.#project = project
    this.#engine = engine
    this.#signal = signal
  }

  /** Throws what {@link DatabaseSql.request} throws. */
  async request(sent: Sent): Promise<QueryRequest> {
    return await this.in(databaseOf(this.#project, sent)).request(sent)
  }

  /** Columns with their types, in order; the query is bound and not run. Throws what {@link request} throws. */
  async columns(sent: Sent): Promise<Column[]> {
    return await this.in(databaseOf(this.#project, sent)).columns(sent)
  }

  /** What one of its databases sends. */
  in(database: Database): DatabaseSql {
    const known = this.#of.get(database.key) ?? new DatabaseSql(database, this.#engine, this.#signal)
    this.#of.set(database.key, known)
    return known
  }
}

/**
 * What is sent from a database, as an engine runs it. Attributes tables and segments become SQL with the columns that their tables have at this
 * moment; what was bound once is not bound again.
 */
export class DatabaseSql {
  readonly #database: Database
  readonly #engine: Engine
  readonly #signal: AbortSignal | undefined
  readonly #bound = new Map<string, Promise<Column[]>>()

  /** `signal` ends what is being bound. */
  constructor(database: Database, engine: Engine, signal?: AbortSignal) {
    this.#database = database
    this.#engine = engine
    this.#signal = signal
  }

  /** Throws `config.unknown_object`, `query.*` and `segment.invalid`. */
  async request({ kind, key }: Sent): Promise<QueryRequest> {
    const { queries, visualQueries, attributesTables, segments } = this.#database
    switch (kind) {
      case 'query': {
        const visual = visualQueries.get(key)
        if (visual !== undefined) return await this.#visual(key, visual)
        const { sql, file } = defined(queries, 'query', key, [...visualQueries.keys()])
        return this.asked(sql, file)
      }
      case 'attributes_table': {
        const { table, columns } = await this.attributes(defined(attributesTables, 'attributes table', key).key)
        return this.asked(attributesTableSql(table, columns), table.file)
      }
      case 'segment':
        return await this.requestOf(defined(segments, 'segment', key))
      default:
        return kind satisfies never
    }
  }

  /** A segment, which need not be one of the database's, as an engine runs it. Throws what {@link request} throws. */
  async requestOf(segment: Segment): Promise<QueryRequest> {
    return this.asked(segmentSql(segment, await this.ground(segment)), `segments.${segment.key}`)
  }

  /** A segment, which need not be one of the project's, as SQL: what it delivers, and its ids alone. Throws what {@link request} throws. */
  async sqlOf(segment: Segment): Promise<{ sql: string; ids_sql: string }> {
    const ground = await this.ground(segment)
    return { sql: segmentSql(segment, ground), ids_sql: segmentIdsSql(segment, ground) }
  }

  /** Columns with their types, in order; the query is bound and not run. Throws what {@link request} throws. */
  async columns(sent: Sent): Promise<Column[]> {
    return await this.columnsOf(await this.request(sent))
  }

  /** The same of a request of this database. */
  async columnsOf({ sql, file }: Pick<QueryRequest, 'sql' | 'file'>): Promise<Column[]> {
    return await this.#bind(sql, file)
  }

  /** Columns of a declared table. Throws what binding it throws. */
  async columnsOfTable(name: string): Promise<Column[]> {
    return await this.#bind(`SELECT * FROM ${identifier(name)}`, projectFileName)
  }

  /** An attributes table with its columns, checked. Throws `segment.invalid` when there is none of that key. */
  async attributes(key: string): Promise<BoundTable> {
    const { attributesTables } = this.#database
    const table = attributesTables.get(key)
    if (table === undefined) {
      const nearest = didYouMean(key, attributesTables.keys())
      throw new Problem('segment.invalid', {
        message: `There is no attributes table ${key}${nearest === null ? '.' : `; did you mean ${nearest}?`}`,
        data: { problems: [{ path: 'attributes', message: `there is no attributes table ${key}` }] },
      })
    }
    const columns = await this.#bind(table.sql, table.file)
    checkAttributesTable(table, columns)
    return { table, columns }
  }

  /**
   * A SELECT of how many people a segment has, over copies of the attributes tables, and how many people its attributes table has. The segment
   * need not be one of the database's.
   */
  async counting(segment: Segment, snapshots: Snapshots): Promise<{ request: QueryRequest; total: number }> {
    const { attributesTables, tables } = this.#database
    const copies = new Map<string, Snapshot>()
    const ground = await this.ground(segment, async (key) => {
      const table = attributesTables.get(key)
      if (table === undefined) return await this.attributes(key)
      const copy = await snapshots.of(table, this.asked(table.sql, table.file), this.#signal)
      checkAttributesTable(table, copy.columns)
      copies.set(key, copy)
      return copy
    })
    // The ground has found every attributes table.
    const { people: total, isUnique } = copies.get(segment.attributes)!
    const asked = this.asked(segmentCountSql(segment, ground, isUnique), `segments.${segment.key}`)
    return { request: { ...asked, tables: tables.map((table) => copies.get(table.name)?.file ?? table) }, total }
  }

  /** What a segment, which need not be one of the database's, is made of. Checks the SELECTs of the SQL segments in it. */
  async ground(
    segment: Segment,
    attributes: (key: string) => Promise<BoundTable> = (key) => this.attributes(key),
  ): Promise<SegmentGround> {
    const segments = new Map(this.#database.segments).set(segment.key, segment)
    const tables = new Map<string, BoundTable>()
    for (const one of withItsSegments(segment, segments)) {
      const bound = tables.get(one.attributes) ?? (await attributes(one.attributes))
      tables.set(one.attributes, bound)
      if ('sql' in one.who) await this.#checkIds(one.key, one.who, bound)
    }
    return { segments, tables, lists: this.#database.tables.map(({ name }) => name), today: null }
  }

  async #checkIds(key: string, { sql, file }: { sql: string; file: string }, { columns }: BoundTable): Promise<void> {
    const found = await this.#bind(sql, file)
    const id = columns[0]!.name
    if (found.length === 1 && found[0]!.name.toLowerCase() === id.toLowerCase()) return
    throw new Problem('segment.invalid', {
      message: `${file}: the SELECT of the segment ${key} must give ${id} and nothing else; it gives ${found.map(({ name }) => name).join(', ')}.`,
      data: { file, segment: key },
    })
  }

  /** A visual query, which need not be one of the project's, as SQL. Throws what {@link request} throws. */
  async sqlOfVisual(visual: VisualQuery): Promise<string> {
    const names = this.#database.tables.map(({ name }) => name)
    const { from } = visual
    if (names.every((name) => name.toLowerCase() !== from.toLowerCase())) {
      const nearest = didYouMean(from, names)
      const message = `there is no table ${from}${nearest === null ? '' : `; did you mean ${nearest}?`}`
      assertNoMistakes('The query', [{ path: 'from', message }])
    }
    return (await this.#visual(null, visual)).sql
  }

  async #visual(key: string | null, visual: VisualQuery): Promise<QueryRequest> {
    const columns = await this.columnsOfTable(visual.from)
    const lists = this.#database.tables.map(({ name }) => name)
    return this.asked(visualQuerySql(key, visual, columns, lists), key === null ? 'query' : `queries.${key}`)
  }

  /** SQL of the database, or SQL that somebody tries in it. */
  asked(sql: string, file: string): QueryRequest {
    const { tables, dialect, timeZone, limits } = this.#database
    return { tables, sql, file, dialect, timeZone, limits }
  }

  async #bind(sql: string, file: string): Promise<Column[]> {
    const id = JSON.stringify([sql, file])
    const known =
      this.#bound.get(id) ?? this.#engine.bind(this.asked(sql, file), this.#signal).then((bound) => bound.columns)
    this.#bound.set(id, known)
    return await known
  }
}

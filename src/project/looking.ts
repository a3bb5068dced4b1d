import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pii, ResultPii, TableColumn } from '../audience/pii.ts'
import type { Segment } from '../audience/segment.ts'
import type { TableTags } from '../audience/tags.ts'
import { defined } from '../defined.ts'
import type { Engine, QueryRequest, SnapshotEngine } from '../engine/engine.ts'
import { type Json, Problem } from '../problem.ts'
import { type Part, partOf } from './part.ts'
import type { Project, Sent } from './project.ts'
import type { SentSql } from './sent.ts'
import type { Snapshots } from './snapshots.ts'

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

  /** Which columns of what is sent are personal, as far as tables and SQL tell. */
  async piiOf(what: Sent): Promise<ResultPii[]> {
    return await (await this.#knownPii()).ofQuery(await (await this.sent()).request(what))
  }

  async #segmentOf(segment: SegmentRequest): Promise<Segment> {
    if ('body' in segment) return (await import('../audience/segment-body.ts')).unsavedSegment(segment.body)
    return defined(this.#parts.project().segments, 'segment', segment.key)
  }

  #knownPii(): Promise<Pii> {
    const { engine, project, confirmedTags: confirmed } = this.#parts
    this.#pii ??= import('../audience/pii.ts').then(
      ({ Pii }) =>
        new Pii({
          engine,
          confirmed,
          ground: () => {
            const { tables, pii: declared, dialect, timeZone, limits } = project()
            return { tables, declared, dialect, timeZone, limits }
          },
        }),
    )
    return this.#pii
  }
}

/** The folder of the project's state; only its owner reads it, and git never sees it. */
export async function prepareState(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await writeFile(join(dir, '.gitignore'), '*\n')
}

function inTime<T extends Pick<QueryRequest, 'limits'>>(asked: T): T {
  const { memoryMib, timeoutMs } = asked.limits
  return { ...asked, limits: { memoryMib, timeoutMs: Math.min(timeoutMs, longestMs) } }
}

import { createHash } from 'node:crypto'
import { notDefined } from '../defined.ts'
import type { ColumnRef, Dialect, Engine, Limits, Lineage, SqlTable, Table } from '../engine/engine.ts'
import { sourceState } from '../engine/source-files.ts'
import { asProblem } from '../problem.ts'
import { identifier } from '../sql-text.ts'
import { type Guess, guessPii } from './guess.ts'
import { type ColumnProfile, profileTable } from './profile.ts'
import { Recent } from './recent.ts'
import { semanticOf } from './semantics.ts'
import { assertDeclared, type EffectivePii, effectivePii, type TableTags, tagOf, tagsOf } from './tags.ts'

/** What a project says of its tables. */
export interface PiiGround {
  tables: readonly Table[]
  /** Tags of deskside.yml. */
  declared: TableTags
  dialect: Dialect
  timeZone: string
  limits: Limits
}

export interface PiiParts {
  engine: Engine
  ground: () => PiiGround
  /** Tags that people have confirmed. */
  confirmed: () => Promise<TableTags>
}

/** A column of a table, with everything that is known of it but its values. */
export interface TableColumn {
  column: string
  /** DuckDB's. */
  type: string
  /** Such as `email` or `given-name`; null: it is not known. */
  semantic: string | null
  guess: Guess
  /** Null: nothing was said. */
  declared: boolean | null
  confirmed: boolean | null
  effective: Pick<EffectivePii, 'pii' | 'by'>
  /** Of a sample of up to 10,000 rows; null when the table could not be profiled. */
  sample: { rows: number; nullShare: number; distinct: number } | null
}

/** A column of a query's result. */
export interface ResultPii {
  column: string
  pii: boolean
  /** Columns of tables that its values can come from; what is unknown is personal. */
  from: readonly ColumnRef[] | 'unknown'
}

interface Profiled {
  columns: { name: string; type: string }[]
  /** Null, and why, when it could not be profiled. */
  profile: ColumnProfile[] | null
  unprofiled: string
}

/**
 * Knows which columns are personal: of tables by tags and guesses, of queries by where their values come from. What was looked at is
 * remembered until the SQL, a file (size, time of the last write) or a tag is another, and of tables of databases for a few minutes.
 */
export class Pii {
  readonly #parts: PiiParts
  readonly #profiles = new Recent<Promise<Profiled>>(200)
  readonly #lineages = new Recent<Promise<Lineage>>(500)

  constructor(parts: PiiParts) {
    this.#parts = parts
  }

  /** The columns of a declared table. Throws `config.unknown_object`, `config.invalid`, and what reading the table throws. */
  async columns(name: string): Promise<TableColumn[]> {
    const { table, declared, confirmed, profiled, guesses, effective } = await this.#table(name)
    return profiled.columns.map(({ name: column, type }, index) => {
      const profile = profiled.profile?.[index] ?? null
      const { pii, by } = effective[index]!
      return {
        column,
        type,
        semantic: semanticOf(column, profile),
        guess: guesses.get(column)!,
        declared: tagOf(tagsOf(declared, table.name), column),
        confirmed: tagOf(tagsOf(confirmed, table.name), column),
        effective: { pii, by },
        sample:
          profile === null
            ? null
            : {
                rows: profile.rows,
                nullShare: profile.rows === 0 ? 0 : profile.nulls / profile.rows,
                // Counted about, which may be more than there are.
                distinct: Math.min(profile.distinct, profile.values),
              },
      }
    })
  }

  /** A text that is another one when the table, or a file behind it, is another. */
  stateOf(table: Table): string {
    const { tables, dialect, timeZone } = this.#parts.ground()
    return digest([table.name, statesOf(table.kind === 'sql' ? tables : [table]), dialect, timeZone])
  }

  /** The next look at a table is taken anew. */
  forget(table: Table): void {
    this.#profiles.forget(this.stateOf(table))
  }

  /** The columns of a query's result, in order. Throws what binding the query throws. */
  async ofQuery(query: { sql: string; file: string }): Promise<ResultPii[]> {
    const confirmed = await this.#parts.confirmed()
    const { columns } = await this.#lineage(query, confirmed)
    const personal = await this.#personal(
      columns.map(({ from }) => from),
      confirmed,
    )
    return columns.map(({ name, from }) => ({ column: name, pii: isPersonal(from, personal), from }))
  }

  async #table(name: string) {
    const { tables, declared } = this.#parts.ground()
    const table = tables.find((one) => one.name.toLowerCase() === name.toLowerCase())
    if (table === undefined)
      throw notDefined(
        'table',
        name,
        tables.map((one) => one.name),
      )
    const confirmed = await this.#parts.confirmed()
    const profiled = await this.#looked(table, declared)
    const names = profiled.columns.map((column) => column.name)
    const guesses = table.kind === 'sql' ? await this.#followed(table, confirmed) : guessAll(profiled)
    const effective = effectivePii(names, tagsOf(declared, table.name), tagsOf(confirmed, table.name), guesses)
    return { table, declared, confirmed, profiled, guesses, effective }
  }

  /** For a table by SQL, the guess is what its columns come from. */
  async #followed(table: SqlTable, confirmed: TableTags): Promise<Map<string, Guess>> {
    // Its own tags are no answer to what it would be without them.
    const { columns } = await this.#lineage(
      { sql: `SELECT * FROM ${identifier(table.name)}`, file: table.file },
      confirmed,
      table.name,
    )
    const personal = await this.#personal(
      columns.map(({ from }) => from),
      confirmed,
    )
    return new Map(
      columns.map(({ name, from }) => {
        const pii = isPersonal(from, personal)
        if (from === 'unknown') return [name, { pii, why: 'where its values come from cannot be told' }]
        const sources = from.filter((one) => !pii || personal.has(keyOf(one)))
        const shown = sources.map((one) => `${one.table}.${one.column}`).join(', ')
        const why = from.length === 0 ? 'it comes from no column' : `it comes from ${shown}`
        return [name, { pii, why: pii || from.length === 0 ? why : `${why}, none of them personal` }]
      }),
    )
  }

  /** Which of these columns are personal, as {@link keyOf} names them. */
  async #personal(lists: readonly Lineage['rows'][], confirmed: TableTags): Promise<ReadonlySet<string>> {
    const { tables, declared } = this.#parts.ground()
    const found = new Set<string>()
    const refs = lists.flatMap((from) => (from === 'unknown' ? [] : from))
    for (const table of tables.filter((one) => refs.some((ref) => ref.table === one.name))) {
      const said = (tags: TableTags, column: string) => tagOf(tagsOf(tags, table.name), column)
      const named = [...new Set(refs.filter((ref) => ref.table === table.name).map((ref) => ref.column))]
      const open = named.filter((one) => (said(declared, one) ?? said(confirmed, one)) === null)
      // A column of a table by SQL is named only where somebody has said what it is.
      const isGuessed = table.kind !== 'sql' && open.length > 0
      const guesses = isGuessed ? guessAll(await this.#looked(table, declared)) : new Map()
      for (const one of effectivePii(named, tagsOf(declared, table.name), tagsOf(confirmed, table.name), guesses))
        if (one.pii) found.add(keyOf({ table: table.name, column: one.column }))
    }
    return found
  }

  #lineage(query: { sql: string; file: string }, confirmed: TableTags, except?: string): Promise<Lineage> {
    const { tables, declared, dialect, timeZone, limits } = this.#parts.ground()
    const leaves = tables
      .filter((table) => table.kind === 'sql' && table.name !== except)
      .flatMap((table) =>
        Object.keys({ ...tagsOf(declared, table.name), ...tagsOf(confirmed, table.name) }).map((column) => ({
          table: table.name,
          column,
        })),
      )
    const key = digest([query.sql, statesOf(tables), leaves, dialect, timeZone])
    return this.#lineages.get(key, () =>
      this.#parts.engine.lineage({ ...query, tables, dialect, timeZone, limits, leaves }),
    )
  }

  async #looked(table: Table, declared: TableTags): Promise<Profiled> {
    const profiled = await this.#profiled(table)
    assertDeclared(
      table.name,
      tagsOf(declared, table.name),
      profiled.columns.map((column) => column.name),
    )
    return profiled
  }

  /** A table by SQL is read only to be shown; its columns are never guessed from what they hold. */
  #profiled(table: Table): Promise<Profiled> {
    const { tables, dialect, timeZone, limits } = this.#parts.ground()
    const around = { engine: this.#parts.engine, tables, dialect, timeZone, limits }
    const key = this.stateOf(table)
    return this.#profiles.get(key, async () => {
      const sql = `SELECT * FROM ${identifier(table.name)}`
      const { columns } = await around.engine.bind({
        tables,
        dialect,
        timeZone,
        limits,
        sql,
        file: `table ${table.name}`,
      })
      try {
        return { columns, profile: await profileTable(around, table, columns), unprofiled: '' }
      } catch (error) {
        // Its columns are personal then, and `why` says what happened. The next time may be better.
        this.#profiles.forget(key)
        return { columns, profile: null, unprofiled: asProblem(error).code }
      }
    })
  }
}

function guessAll({ columns, profile, unprofiled }: Profiled): Map<string, Guess> {
  return new Map(columns.map((column, index) => [column.name, guessPii(column, profile?.[index] ?? null, unprofiled)]))
}

function isPersonal(from: Lineage['rows'], personal: ReadonlySet<string>): boolean {
  return from === 'unknown' || from.some((one) => personal.has(keyOf(one)))
}

function keyOf({ table, column }: ColumnRef): string {
  return JSON.stringify([table.toLowerCase(), column.toLowerCase()])
}

function statesOf(tables: readonly Table[]): unknown[] {
  return tables.map((table) => (table.kind === 'sql' ? table : [table, sourceState(table)]))
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

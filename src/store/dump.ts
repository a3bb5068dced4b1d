import { sql, type Transaction } from 'kysely'
import { Problem } from '../problem.ts'
import { fitsSchema, newer, schemaVersion } from './migrate.ts'
import type { Database, Tables } from './tables.ts'

type TableName = keyof Tables

/** Every table with its primary key, owners before what they own: rows can be put back in this order. */
const tables = {
  meta: ['name'],
  counters: ['name'],
  definitions: ['kind', 'key'],
  definition_versions: ['kind', 'key'],
  definition_history: ['kind', 'key', 'version'],
  secrets: ['name'],
  group_runs: ['id'],
  group_ticks: ['group_key'],
  workflows: ['id'],
  notifications: ['id'],
  dispatches: ['id'],
  users: ['id'],
  sessions: ['id'],
  links: ['id'],
  api_keys: ['id'],
  answers: ['actor', 'key'],
  activity: ['id'],
  column_tags: ['table_key', 'column_name'],
} as const satisfies Record<TableName, readonly string[]>

const tableNames = Object.keys(tables) as TableName[]

/** Rows that are read, and put back, at a time. */
const sliceRows = 200

type Cell = string | number | null
type Row = Record<string, Cell>

/** What a line of a dump says: its first is the schema, its last how many rows there are between. */
type Line = { table: TableName | 'schema' | 'end'; row: Row }

/** All tables at one moment, however long the reader takes. */
export async function* dumpTables(open: () => Promise<Database>, afterwards: 'close' | 'keep'): AsyncGenerator<string> {
  const db = await open()
  try {
    const tx = await db.startTransaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute()
    try {
      // Both databases take the moment of the first read, not that of the beginning.
      await tx.selectFrom('meta').select('name').limit(1).execute()
      yield write({ table: 'schema', row: { version: schemaVersion } })
      let rows = 0
      for (const table of tableNames) {
        for await (const row of rowsOf(tx, table)) {
          yield write({ table, row })
          rows++
        }
      }
      yield write({ table: 'end', row: { rows } })
    } finally {
      await tx.rollback().execute()
    }
  } finally {
    if (afterwards === 'close') await db.destroy()
  }
}

function write(line: Line): string {
  return JSON.stringify(line)
}

/** By primary key, a slice at a time: flat memory, and the same order in both databases. */
async function* rowsOf(tx: Database, table: TableName): AsyncGenerator<Row> {
  const key = sql.join(tables[table].map((column) => sql.ref(column)))
  let beyond = sql`1 = 1`
  for (;;) {
    const { rows } =
      await sql<Row>`select * from ${sql.table(table)} where ${beyond} order by ${key} limit ${sliceRows}`.execute(tx)
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < sliceRows) return
    beyond = sql`(${key}) > (${sql.join(tables[table].map((column) => last[column]))})`
  }
}

/** Throws `store.not_empty`, `store.newer`, `backup.broken`; the store is empty then as before. */
export async function restoreTables(db: Database, lines: AsyncIterable<string>): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await refuseFilled(tx)
    const restorer = new Restorer(tx)
    for await (const line of lines) await restorer.take(readLine(line))
    restorer.finish()
  })
}

async function refuseFilled(tx: Transaction<Tables>): Promise<void> {
  for (const table of tableNames) {
    const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(tx)
    if (rows.length === 0) continue
    throw new Problem('store.not_empty', {
      message: `The control store is not empty: there are rows in its table ${table}.`,
      data: { table },
    })
  }
}

/** Takes the lines of a dump one by one, and knows whether they are all there. */
class Restorer {
  readonly #tx: Transaction<Tables>
  #stage: 'schema' | 'rows' | 'end' = 'schema'
  #rows = 0
  /** Rows of one table that are still to be written. */
  #slice: { table: TableName; rows: Row[] } | null = null

  constructor(tx: Transaction<Tables>) {
    this.#tx = tx
  }

  async take({ table, row }: Line): Promise<void> {
    if ((this.#stage === 'schema') !== (table === 'schema')) throw broken('it does not begin with its schema')
    switch (this.#stage) {
      case 'schema':
        if (!fitsSchema(String(row.version))) throw newer([String(row.version)])
        this.#stage = 'rows'
        return
      case 'rows':
        if (table === 'end') return this.#end(row)
        if (table !== 'schema') await this.#add(table, row)
        return
      case 'end':
        throw broken('something follows its end')
      default:
        return this.#stage satisfies never
    }
  }

  finish(): void {
    if (this.#stage !== 'end') throw broken('its end is missing')
  }

  async #end(row: Row): Promise<void> {
    await this.#flush()
    if (row.rows !== this.#rows) throw broken(`it has ${this.#rows} rows, and says that it has ${row.rows}`)
    this.#stage = 'end'
  }

  async #add(table: TableName, row: Row): Promise<void> {
    const slice = this.#slice
    if (slice !== null && (slice.table !== table || slice.rows.length >= sliceRows)) await this.#flush()
    this.#slice ??= { table, rows: [] }
    this.#slice.rows.push(row)
    this.#rows++
  }

  async #flush(): Promise<void> {
    const slice = this.#slice
    this.#slice = null
    if (slice === null) return
    try {
      // Which columns a row has is the database's to check.
      await this.#tx.withTables<Record<TableName, Row>>().insertInto(slice.table).values(slice.rows).execute()
    } catch (error) {
      if (error instanceof Problem && !refusals.has(error.code)) throw error
      throw broken(`a row of its table ${slice.table} does not fit`, error)
    }
  }
}

/** What the database may say against a row. */
const refusals = new Set<string>(['store.conflict', 'store.not_found', 'api.invalid'])

function readLine(text: string): Line {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch (error) {
    throw broken('one of its lines is cut off', error)
  }
  if (!isLine(read)) throw broken('one of its lines is no row of a table')
  return read
}

function isLine(read: unknown): read is Line {
  if (typeof read !== 'object' || read === null || !('table' in read) || !('row' in read)) return false
  const { table, row } = read
  if (typeof table !== 'string' || !(table === 'schema' || table === 'end' || Object.hasOwn(tables, table)))
    return false
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return false
  return Object.values(row).every((cell) => cell === null || ['string', 'number'].includes(typeof cell))
}

function broken(why: string, cause?: unknown): Problem {
  return new Problem('backup.broken', { message: `The backup of the control store is not whole: ${why}.`, cause })
}

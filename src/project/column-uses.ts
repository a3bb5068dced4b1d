import type { Engine, Table } from '../engine/engine.ts'
import { Problem } from '../problem.ts'
import { identifier } from '../sql-text.ts'
import { type Database, keyOfTable, tableNamed } from './databases.ts'
import type { Project, Sent } from './project.ts'
import { projectFileName } from './project-file.ts'
import { DatabaseSql } from './sent.ts'

/** What becomes of an object when a column of a table is no more. */
export interface ColumnUse {
  kind: Sent['kind'] | 'table'
  key: string
  /** `breaks`: it cannot be run any more. `loses`: it runs, and its result lacks columns. */
  effect: 'breaks' | 'loses'
  /** Why it breaks, or which columns are lost. */
  detail: string
  /** Keys of the orchestrations that send it. */
  orchestrations: string[]
}

/** Bound at a time: each costs a process. */
const atOnce = 2

/**
 * What would break, or lose something, if a column of a table went: everything that can be sent from its database, and every SQL table there, is bound
 * with and without it, which no `SELECT *`, USING or view escapes. What is broken already is left out. Nothing is run. Throws
 * `config.unknown_object`, `config.which_database`, and what reading the table throws.
 */
export async function columnUses(
  project: Project,
  engine: Engine,
  { table: name, column }: { table: string; column: string },
  signal?: AbortSignal,
): Promise<ColumnUse[]> {
  const { database, table } = tableNamed(project, name)
  const whole = new DatabaseSql(database, engine, signal)
  const columns = (await columnsOf(whole, { kind: 'table', key: table.name })).map((one) => one.name)
  const gone = columns.find((one) => one.toLowerCase() === column.toLowerCase())
  if (gone === undefined)
    throw new Problem('config.unknown_object', {
      message: `The table ${table.name} has no column "${column}".`,
      fix: `Use one of: ${columns.join(', ')}.`,
    })
  const left = columns.filter((one) => one !== gone)
  const lacking = new DatabaseSql(without(database, table, left), engine, signal)
  const isItself = ({ kind, key }: Subject) => key === table.name && (kind === 'table' || kind === 'attributes_table')
  const subjects = subjectsOf(database).filter((one) => !isItself(one))
  const found: (ColumnUse | null)[] = []
  const waiting = subjects.entries()
  const work = async () => {
    for (const [index, subject] of waiting) {
      const use = await useOf(whole, lacking, subject)
      const key = subject.kind === 'table' ? keyOfTable({ database: database.key, table: subject.key }) : subject.key
      found[index] = use === null ? null : { ...use, key, orchestrations: sentBy(project, subject) }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return found.filter((use) => use !== null)
}

type Subject = Pick<ColumnUse, 'kind' | 'key'>

function subjectsOf({ tables, queries, visualQueries, attributesTables, segments }: Database): Subject[] {
  const all = (kind: Subject['kind'], keys: Iterable<string>) => [...keys].map((key) => ({ kind, key }))
  const sqlTables = tables.filter((one) => one.kind === 'sql' && !attributesTables.has(one.name))
  return [
    ...all(
      'table',
      sqlTables.map((one) => one.name),
    ),
    ...all('attributes_table', attributesTables.keys()),
    ...all('segment', segments.keys()),
    ...all('query', [...queries.keys(), ...visualQueries.keys()]),
  ]
}

function sentBy({ orchestrations }: Project, { kind, key }: Subject): string[] {
  return [...orchestrations.values()]
    .filter(({ sends }) => sends.kind === kind && sends.key === key)
    .map((one) => one.key)
}

/** With the table under another name, and in its place a view of what is left of it. */
function without(database: Database, table: Table, left: readonly string[]): Database {
  const names = new Set(database.tables.map((one) => one.name.toLowerCase()))
  let hidden = 'whole'
  while (names.has(hidden)) hidden += '_'
  // A table has a column; of one whose only column goes nothing can be read.
  const columns = left.length === 0 ? 'NULL AS nothing' : left.map(identifier).join(', ')
  const file = table.kind === 'sql' ? table.file : projectFileName
  const sql = `SELECT ${columns} FROM ${identifier(hidden)}`
  const view: Table = { kind: 'sql', name: table.name, sql, file }
  const tables = database.tables.flatMap((one) => (one === table ? [{ ...table, name: hidden }, view] : [one]))
  const attributes = database.attributesTables.get(table.name)
  if (attributes === undefined) return { ...database, tables }
  const attributesTables = new Map(database.attributesTables).set(table.name, { ...attributes, sql, file })
  return { ...database, tables, attributesTables }
}

async function useOf(
  whole: DatabaseSql,
  lacking: DatabaseSql,
  subject: Subject,
): Promise<Omit<ColumnUse, 'orchestrations'> | null> {
  const before = await columnsOrProblem(whole, subject)
  if (before instanceof Problem) return null
  const after = await columnsOrProblem(lacking, subject)
  if (after instanceof Problem) return { ...subject, effect: 'breaks', detail: after.message }
  const kept = new Set(after.map(({ name }) => name))
  const lost = before.map(({ name }) => name).filter((name) => !kept.has(name))
  return lost.length === 0 ? null : { ...subject, effect: 'loses', detail: lost.join(', ') }
}

async function columnsOrProblem(sql: DatabaseSql, subject: Subject): Promise<{ name: string }[] | Problem> {
  try {
    return await columnsOf(sql, subject)
  } catch (error) {
    // What was ended, or is not there, says nothing of a column.
    if (error instanceof Problem && (error.code === 'query.invalid' || error.code === 'segment.invalid')) return error
    throw error
  }
}

async function columnsOf(sql: DatabaseSql, { kind, key }: Subject): Promise<{ name: string }[]> {
  return kind === 'table' ? await sql.columnsOfTable(key) : await sql.columns({ kind, key })
}

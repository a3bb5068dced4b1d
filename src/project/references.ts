import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { didYouMean } from '../did-you-mean.ts'
import { plainDatabase } from './databases.ts'
import { tableFormat } from './schema.ts'
import { hidden, shownValue } from './schema-problems.ts'
import type { Path, SourceTree } from './source-tree.ts'

/**
 * Reports what no schema sees: names that nothing defines, tables and tagged columns that differ in case only, and types where a file brings its own.
 * Works on the plain tree, so that these problems come together with those of the schema.
 */
export function checkReferences(tree: SourceTree): void {
  for (const key of tree.keys(['destinations'])) {
    checkName(tree, ['destinations', key, 'credential'], 'credentials', 'credential')
  }
  for (const key of tree.keys(['orchestrations'])) {
    checkName(tree, ['orchestrations', key, 'query'], 'queries', 'query')
    checkName(tree, ['orchestrations', key, 'segment'], 'segments', 'segment')
    checkName(tree, ['orchestrations', key, 'attributes_table'], 'attributes_tables', 'attributes table')
    checkName(tree, ['orchestrations', key, 'destination'], 'destinations', 'destination')
  }
  for (const key of tree.keys(['groups'])) checkGroup(tree, ['groups', key])
  for (const key of tree.keys(['segments']))
    checkName(tree, ['segments', key, 'attributes'], 'attributes_tables', 'attributes table')
  checkDatabases(tree)
}

/** Where the databases of a tree stand. */
export function databasesOf(tree: SourceTree): { key: string; path: Path }[] {
  if (tree.at(['database']) !== undefined) return [{ key: plainDatabase, path: ['database'] }]
  return tree.keys(['databases']).map((key) => ({ key, path: ['databases', key] }))
}

function checkDatabases(tree: SourceTree): void {
  const isThere = (name: string) => tree.at([name]) !== undefined
  const isMap = typeof tree.value === 'object' && tree.value !== null && !Array.isArray(tree.value)
  if (isThere('database') && isThere('databases'))
    tree.report(['databases'], 'must not stand beside `database`: move that below `databases`, as a key of it', 'key')
  else if (isMap && !isThere('database') && !isThere('databases'))
    tree.report(['database'], 'is missing: it must be a map of keys and values; several stand below `databases`')
  assertOneSpelling(
    tree,
    'database',
    tree.keys(['databases']).map((key) => ['databases', key]),
  )
  for (const { key, path } of databasesOf(tree)) checkTables(tree, key, [...path, 'tables'])
  for (const section of ['queries', 'attributes_tables'])
    for (const key of tree.keys([section])) checkDatabase(tree, [section, key])
  for (const key of tree.keys(['queries'])) checkFrom(tree, ['queries', key])
}

/** The tables of a database, among which are its attributes tables. */
function checkTables(tree: SourceTree, database: string, tables: Path): void {
  const attributes = tree.keys(['attributes_tables']).map((key) => ['attributes_tables', key])
  const declared = tree.keys(tables).map((name) => [...tables, name])
  assertOneSpelling(tree, 'table', [...declared, ...attributes.filter((path) => databaseRead(tree, path) === database)])
  for (const path of declared) {
    checkName(tree, [...path, 'source'], 'sources', 'source')
    checkTypes(tree, path)
    checkPii(tree, [...path, 'pii'])
  }
}

/** Reports what is there twice because upper and lower case are the same. */
function assertOneSpelling(tree: SourceTree, noun: string, paths: readonly Path[]): void {
  const why = noun === 'table' ? 'SQL does not tell case apart' : 'upper and lower case are the same'
  const firstOf = new Map<string, string>()
  for (const path of paths) {
    const name = String(path.at(-1))
    const first = firstOf.get(name.toLowerCase())
    if (first === undefined) firstOf.set(name.toLowerCase(), name)
    else tree.report(path, `is the same ${noun} as \`${first}\`: ${why}`, 'key')
  }
}

/** Which database a query or an attributes table reads; null where that is not said, or is not there. */
function databaseRead(tree: SourceTree, path: Path): string | null {
  const known = databasesOf(tree).map(({ key }) => key)
  const said = tree.at([...path, 'database'])
  if (said === undefined) return known.length === 1 ? known[0]! : null
  return known.find((key) => key === said) ?? null
}

function checkDatabase(tree: SourceTree, path: Path): void {
  const known = databasesOf(tree).map(({ key }) => key)
  const said = tree.at([...path, 'database'])
  const value = tree.at(path)
  if (known.length === 0) return
  if (typeof said === 'string') reportUnknown(tree, [...path, 'database'], known, 'database')
  else if (said !== undefined || known.length === 1) return
  else if (typeof value === 'string')
    tree.report(path, `must be { sql: <file>, database: <key> }: there are several databases, ${known.join(', ')}`)
  else if (typeof value === 'object' && value !== null)
    tree.report([...path, 'database'], `is missing: there are several databases, ${known.join(', ')}`)
}

/** The table of a query that is made of rules, by its name in SQL, of those of its database. */
function checkFrom(tree: SourceTree, query: Path): void {
  const path = [...query, 'from']
  const name = tree.at(path)
  const database = databasesOf(tree).find(({ key }) => key === databaseRead(tree, query))
  if (typeof name !== 'string' || tree.hasNoValue(path) || database === undefined) return
  const attributes = tree.keys(['attributes_tables'])
  const tables = [
    ...tree.keys([...database.path, 'tables']),
    ...attributes.filter((key) => databaseRead(tree, ['attributes_tables', key]) === database.key),
  ]
  if (tables.some((table) => table.toLowerCase() === name.toLowerCase())) return
  const nearest = tree.written(path) === null ? didYouMean(name, tables) : null
  const suggestion = nearest === null ? '' : `; did you mean \`${nearest}\`?`
  tree.report(path, `is no table${named(tree, path)}${suggestion}`)
}

function checkGroup(tree: SourceTree, path: Path): void {
  const named = tree.at([...path, 'orchestrations'])
  for (const index of Array.isArray(named) ? named.keys() : [])
    checkName(tree, [...path, 'orchestrations', index], 'orchestrations', 'orchestration')
  if (tree.at([...path, 'run', 'on']) === 'group') checkName(tree, [...path, 'run', 'group'], 'groups', 'group')
  const key = String(path.at(-1))
  if (tree.at(['orchestrations', key, 'schedule']) !== undefined)
    tree.report(
      path,
      'has the key of an orchestration with a `schedule`, which has a group of its own of that key',
      'key',
    )
}

function checkName(tree: SourceTree, path: Path, section: string, noun: string): void {
  const defined = tree.keys([section])
  const none = `\`${section}\` defines none`
  reportUnknown(tree, path, defined, noun, none)
}

/** Reports a name that is none of these. */
function reportUnknown(tree: SourceTree, path: Path, defined: readonly string[], noun: string, none = ''): void {
  const name = tree.at(path)
  if (typeof name !== 'string' || tree.hasNoValue(path) || defined.includes(name)) return
  const nearest = tree.written(path) === null ? didYouMean(name, defined) : null
  const value = named(tree, path)
  const suggestion = nearest === null ? '.' : `; did you mean \`${nearest}\`?`
  const known = defined.length === 0 ? none : `Defined: ${defined.join(', ')}`
  tree.report(path, `is the key of no ${noun}${value}${suggestion} ${known}`)
}

/** The wrong name itself, as the end of a clause. */
function named(tree: SourceTree, path: Path): string {
  const value = shownValue(tree, path)
  return value === null ? hidden(tree, path) : `: ${value}`
}

function checkTypes(tree: SourceTree, table: Path): void {
  const file = tree.at([...table, 'path'])
  if (tree.at([...table, 'types']) === undefined || typeof file !== 'string') return
  if (tableFormat(file) === 'parquet')
    tree.report([...table, 'types'], 'has no effect: a parquet file brings its own types', 'key')
}

function checkPii(tree: SourceTree, pii: Path): void {
  const seen = new Map<string, string>()
  for (const column of tree.keys(pii)) {
    const first = seen.get(column.toLowerCase())
    if (first === undefined) seen.set(column.toLowerCase(), column)
    else tree.report([...pii, column], `is the same column as \`${first}\`: SQL does not tell case apart`, 'key')
  }
}

/** One SQL file that deskside.yml names. */
export interface SqlFile {
  sql: string
  /** The path as written, which shows no value of a variable. */
  file: string
}

/** Texts of all SQL files, by the JSON of the path of the value that names the file. Reports those that cannot be read. */
export async function readSqlFiles(tree: SourceTree, dir: string): Promise<Map<string, SqlFile>> {
  const named: Path[] = []
  for (const { path } of databasesOf(tree))
    for (const name of tree.keys([...path, 'tables'])) named.push([...path, 'tables', name, 'sql'])
  for (const key of tree.keys(['queries'])) named.push(['queries', key], ['queries', key, 'sql'])
  for (const section of ['attributes_tables', 'segments'])
    for (const key of tree.keys([section])) named.push([section, key, 'sql'])
  const files = new Map<string, SqlFile>()
  for (const path of named) {
    const value = tree.at(path)
    if (typeof value !== 'string' || !value.toLowerCase().endsWith('.sql')) continue
    const sql = await readSql(tree, path, resolve(dir, value))
    if (sql !== null) files.set(JSON.stringify(path), { sql, file: tree.written(path) ?? value })
  }
  return files
}

const reasons: Record<string, string> = {
  ENOENT: 'names a file that does not exist',
  ENOTDIR: 'names a file that does not exist',
  EISDIR: 'names a folder, not a file',
  EACCES: 'names a file that may not be read',
}

async function readSql(tree: SourceTree, path: Path, file: string): Promise<string | null> {
  const where = named(tree, path)
  try {
    const text = decodeUtf8(await readFile(file))
    if (text.trim() !== '') return text
    tree.report(path, `names a file that is empty${where}`)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (error instanceof TypeError) tree.report(path, `names a file that is not UTF-8 text${where}`)
    else tree.report(path, `${reasons[code] ?? `names a file that cannot be read (${code})`}${where}`)
  }
  return null
}

/** Text without its byte order mark; throws TypeError for what is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}

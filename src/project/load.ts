import { resolve } from 'node:path'
import { segmentFrom, visualQueryFrom } from '../audience/segment-body.ts'
import type { PostgresTable, Table } from '../engine/engine.ts'
import { placeOfUrl, tableNameOf } from '../engine/postgres-settings.ts'
import { asProblem, type Json, Problem } from '../problem.ts'
import { type Database, databaseNamed, databaseOfAttributes } from './databases.ts'
import { readEnvFile } from './env-file.ts'
import { type Project, sentKinds } from './project.ts'
import { projectFileName, readProjectFile } from './project-file.ts'
import { checkReferences, decodeUtf8, readSqlFiles, type SqlFile } from './references.ts'
import { databasesIn, type ProjectFile, projectFile, tableFormat } from './schema.ts'
import { parseWith } from './schema-problems.ts'
import { holdsSecrets, type SourceProblem, SourceTree, type UnsetVariable } from './source-tree.ts'

export interface LoadOptions {
  /**
   * Lets variables inside `credentials` and `sources` be missing: each becomes a note, and the credential or source holds a placeholder
   * that signs in nowhere. For commands that send nothing.
   */
  allowMissingVariables?: boolean
}

export interface LoadedProject extends Project {
  /** What is worth knowing and stops nothing. */
  notes: SourceProblem[]
}

/**
 * Reads and checks `deskside.yml` of a folder. Everything that is wrong comes in one `config.invalid`, whose `data.problems` are
 * {@link SourceProblem}s in the order of the file; `config.variable_missing` when only variables are missing, all of them;
 * `project.not_found` without a file. Variables come from `env`, else from the `.env` beside the file. Table files may be missing:
 * the engine reports them when they are read.
 */
export async function loadProject(
  dir: string,
  env: NodeJS.ProcessEnv,
  options: LoadOptions = {},
): Promise<LoadedProject> {
  const root = resolve(dir)
  const text = decoded(await readProjectFile(root))
  const envFile = await readVariables(root)
  const tree = new SourceTree(projectFileName, text, (name) => own(env, name) ?? own(envFile, name))
  let parsed: ProjectFile | null = null
  let files = new Map<string, SqlFile>()
  if (tree.value !== undefined) {
    parsed = parseWith(projectFile, tree)
    checkReferences(tree)
    files = await readSqlFiles(tree, root)
  }
  const tolerated = tree.unset.filter(({ path }) => options.allowMissingVariables === true && holdsSecrets(path))
  throwProblems(
    tree,
    tree.unset.filter((variable) => !tolerated.includes(variable)),
  )
  // Then a missing variable decides what the file means (`type: ${TYPE}`), and counts.
  if (parsed === null) {
    throwProblems(tree, tolerated)
    throw new Problem('internal.bug', { message: `${projectFileName} was refused without a reason.` })
  }
  const notes = tolerated.map(missingVariable)
  return { ...assemble(root, parsed, files), notes }
}

/** What an object inherits (`constructor`) is no variable. */
function own(variables: NodeJS.ProcessEnv, name: string): string | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined
}

function decoded(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes)
  } catch {
    throw invalid([{ file: projectFileName, line: 1, column: 1, path: '', message: 'is not UTF-8 text' }])
  }
}

async function readVariables(root: string): Promise<Record<string, string>> {
  try {
    return await readEnvFile(root)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new Problem('config.variable_missing', {
      message: `The file .env beside ${projectFileName} cannot be read (${code}).`,
      fix: 'Make .env a file that this user can read, or remove it.',
      cause: error,
    })
  }
}

function missingVariable({ name, why, at, path }: UnsetVariable): SourceProblem {
  return { file: projectFileName, ...at, path: path.join('.'), message: `the variable ${name} is ${why}` }
}

function throwProblems(tree: SourceTree, missing: readonly UnsetVariable[]): void {
  const unset = missing.map(missingVariable)
  if (tree.problems.length > 0) throw invalid([...tree.problems, ...unset])
  if (unset.length === 0) return
  const variables = [...new Set(missing.map((variable) => variable.name))]
  throw new Problem('config.variable_missing', {
    message: listed(
      variables.length === 1 ? 'A variable has no value' : `${variables.length} variables have no value`,
      unset,
    ),
    data: { problems: asJson(unset), variables },
  })
}

function invalid(problems: readonly SourceProblem[]): Problem {
  const title = `${projectFileName} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}`
  return new Problem('config.invalid', { message: listed(title, problems), data: { problems: asJson(problems) } })
}

function listed(title: string, problems: readonly SourceProblem[]): string {
  return `${title}:\n${inOrder(problems)
    .map((problem) => `  ${describeAt(problem)}`)
    .join('\n')}`
}

/** `deskside.yml:12:5 destinations.zendesk.subdomain must not be empty`. */
function describeAt({ file, line, column, path, message }: SourceProblem): string {
  return `${file}:${line}:${column} ${path === '' ? message : `${path}: ${message}`}`
}

function inOrder(problems: readonly SourceProblem[]): SourceProblem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column)
}

function asJson(problems: readonly SourceProblem[]): Json[] {
  return inOrder(problems).map((problem) => ({ ...problem }))
}

/** The project of a checked file and the texts of its SQL files, by the JSON of the path of the value that names each. */
export function assemble(dir: string, file: ProjectFile, sql: ReadonlyMap<string, SqlFile>): Project {
  const sqlAt: SqlAt = (...path) => sql.get(JSON.stringify(path))!
  const databases = new Map(databasesIn(file).map((one) => [one.key, databaseFrom(dir, file, one, sqlAt)]))
  addQueries(databases, file, sqlAt)
  addAttributesTables(databases, file, sqlAt)
  addSegments(databases, file, sqlAt)
  const ofAll = <T>(part: (one: Database) => Map<string, T>) =>
    new Map([...databases.values()].flatMap((one) => [...part(one)]))
  return {
    dir,
    name: file.name,
    timeZone: file.time_zone,
    databases,
    credentials: new Map(Object.entries(file.credentials)),
    destinations: new Map(Object.entries(file.destinations)),
    madeInServer: new Set(),
    queries: ofAll(({ queries }) => queries),
    visualQueries: ofAll(({ visualQueries }) => visualQueries),
    attributesTables: ofAll(({ attributesTables }) => attributesTables),
    segments: ofAll(({ segments }) => segments),
    orchestrations: new Map(
      Object.entries(file.orchestrations).map(([key, { name, destination, alerts = null, ...body }]) => {
        // The schema has seen that one is there.
        const kind = sentKinds.find((one) => body[one] !== undefined)!
        return [key, { key, name: name ?? key, sends: { kind, key: body[kind]! }, destination, alerts }]
      }),
    ),
  }
}

type SqlAt = (...path: string[]) => SqlFile

/** A database with the tables that it declares; what is written over them is added to it. */
function databaseFrom(
  dir: string,
  file: ProjectFile,
  { key, path: place, body: { dialect, limits, tables } }: ReturnType<typeof databasesIn>[number],
  sqlAt: SqlAt,
): Database {
  return {
    key,
    timeZone: file.time_zone,
    dialect,
    tables: Object.entries(tables).map(([name, table]): Table => {
      if (typeof table !== 'string' && 'sql' in table)
        return { kind: 'sql', name, ...sqlAt(...place, 'tables', name, 'sql') }
      if (typeof table !== 'string' && 'source' in table) return tableOfSource(file, name, table)
      const { path, types } = typeof table === 'string' ? { path: table, types: undefined } : table
      return { kind: 'file', name, format: tableFormat(path)!, path: resolve(dir, path), types: types ?? null }
    }),
    pii: new Map(
      Object.entries(tables).flatMap(([name, table]) =>
        typeof table === 'string' || table.pii === undefined ? [] : [[name, table.pii] as const],
      ),
    ),
    limits: {
      // The engine counts in MiB; rounding down keeps the promise.
      memoryMib: Math.floor((limits.memory_mb * 1_000_000) / 2 ** 20),
      timeoutMs: Math.round(limits.timeout_minutes * 60_000),
    },
    queries: new Map(),
    visualQueries: new Map(),
    attributesTables: new Map(),
    segments: new Map(),
  }
}

function tableOfSource(
  { sources }: ProjectFile,
  name: string,
  { source: key, table, types }: { source: string; table: string; types?: PostgresTable['types'] | undefined },
): PostgresTable {
  const url = sources[key]?.url
  if (url === undefined)
    throw new Problem('definition.invalid', {
      message: `The table ${name} names the source ${key}, which is not there.`,
    })
  return {
    kind: 'postgres',
    name,
    source: { key, place: placeOfUrl(url), url },
    // The schema has seen that it is one.
    ...tableNameOf(table)!,
    types: types ?? null,
  }
}

/** The database that something says it reads. Of a file that was not checked by its places, `definition.invalid`. */
function databaseSaid(databases: ReadonlyMap<string, Database>, what: string, said: string | undefined): Database {
  try {
    return databaseNamed({ databases }, said ?? null)
  } catch (error) {
    const { message, fix } = asProblem(error)
    throw new Problem('definition.invalid', {
      message: `The ${what} must say which database it reads: ${message}`,
      fix: `Set \`database\` of the ${what}. ${fix}`,
      data: {
        problems: [{ path: 'database', message: said === undefined ? 'is missing' : 'is the key of no database' }],
      },
    })
  }
}

function addQueries(databases: ReadonlyMap<string, Database>, file: ProjectFile, sqlAt: SqlAt): void {
  for (const [key, query] of Object.entries(file.queries)) {
    const said = typeof query === 'string' ? undefined : query.database
    const { queries, visualQueries } = databaseSaid(databases, `query ${key}`, said)
    if (typeof query === 'string') queries.set(key, { key, name: key, ...sqlAt('queries', key) })
    else if ('sql' in query) queries.set(key, { key, name: query.name ?? key, ...sqlAt('queries', key, 'sql') })
    else visualQueries.set(key, visualQueryFrom(query))
  }
}

function addAttributesTables(databases: ReadonlyMap<string, Database>, file: ProjectFile, sqlAt: SqlAt): void {
  for (const [key, body] of Object.entries(file.attributes_tables)) {
    const { name, description, id, segments, mapping } = body
    const { attributesTables, tables } = databaseSaid(databases, `attributes table ${key}`, body.database)
    const text = sqlAt('attributes_tables', key, 'sql')
    attributesTables.set(key, {
      key,
      name: name ?? key,
      description: description ?? null,
      ...text,
      id,
      segments,
      mapping: mapping ?? {},
    })
    tables.push({ kind: 'sql', name: key, ...text })
  }
}

function addSegments(databases: ReadonlyMap<string, Database>, file: ProjectFile, sqlAt: SqlAt): void {
  for (const [key, body] of Object.entries(file.segments)) {
    const text = 'sql' in body ? sqlAt('segments', key, 'sql') : null
    databaseOfAttributes({ databases }, body.attributes).segments.set(key, segmentFrom(key, body, text))
  }
}

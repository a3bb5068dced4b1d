import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Json, Problem } from '../problem.ts'
import { keyOfTable } from './databases.ts'
import { loadProject } from './load.ts'
import { projectFileName } from './project-file.ts'
import { databasesOf, decodeUtf8, readSqlFiles } from './references.ts'
import { holdsSecrets, type Path, SourceTree } from './source-tree.ts'
import { type StoredObject, secretFields } from './stored.ts'

/** What deskside.yml of a folder defines, as it is stored. */
export interface ProjectObjects {
  objects: StoredObject[]
  /** Secrets that stand in deskside.yml as they are, instead of as a variable: `<kind>/<key>/<field>` -> text. */
  secrets: Map<string, string>
}

/**
 * Reads and checks deskside.yml of a folder for a server: variables stay unexpanded, and may stand in `credentials` and `sources` only,
 * because that is where a server expands them. Throws what {@link loadProject} throws.
 */
export async function readObjects(dir: string, env: NodeJS.ProcessEnv): Promise<ProjectObjects> {
  await loadProject(dir, env, { allowMissingVariables: true })
  const root = resolve(dir)
  // Every variable has a value here: the texts as written are what is wanted.
  const tree = new SourceTree(projectFileName, decodeUtf8(await readFile(join(root, projectFileName))), () => 'x')
  const outside: Path[] = []
  const file = asWritten(tree, [], outside) as { [key: string]: Json }
  if (outside.length > 0) throw variablesOutside(tree, outside)
  const sql = await readSqlFiles(tree, root)
  const textOf = (path: Path) => sql.get(JSON.stringify(path))?.sql ?? ''
  const { database, databases, sources, credentials, destinations, queries, orchestrations, groups, ...others } = file
  const { attributes_tables: attributesTables, segments, ...settings } = others
  const found: ProjectObjects = { objects: [], secrets: new Map() }
  const add = (kind: string, key: string, body: Json) =>
    found.objects.push({ kind, key, source: 'git', body: body as StoredObject['body'] })
  const engine = withoutTables(database ?? {})
  const engines = entries(databases).map(([key, one]) => [key, withoutTables(one)] as const)
  add('project', 'project', {
    ...settings,
    ...(Object.keys(engine).length === 0 ? {} : { database: engine }),
    ...(databases === undefined ? {} : { databases: Object.fromEntries(engines) }),
  })
  for (const { key, path } of databasesOf(tree))
    for (const [name, table] of entries(tree.at([...path, 'tables']) as Json)) {
      const text = textOf([...path, 'tables', name, 'sql'])
      add(
        'table',
        keyOfTable({ database: key, table: name }),
        typeof table === 'string' ? { path: table } : withText(table, text),
      )
    }
  for (const [key, source] of entries(sources))
    add('source', key, withoutSecrets(found, tree, { section: 'sources', kind: 'source', key }, source))
  for (const [key, credential] of entries(credentials))
    add('credential', key, withoutSecrets(found, tree, { section: 'credentials', kind: 'credential', key }, credential))
  for (const [key, destination] of entries(destinations)) add('destination', key, destination)
  for (const [key, query] of entries(queries)) {
    const body = typeof query === 'string' ? { sql: query } : query
    add('query', key, withText(body, textOf(typeof query === 'string' ? ['queries', key] : ['queries', key, 'sql'])))
  }
  for (const [key, table] of entries(attributesTables))
    add('attributes_table', key, withText(table, textOf(['attributes_tables', key, 'sql'])))
  for (const [key, segment] of entries(segments))
    add('segment', key, withText(segment, textOf(['segments', key, 'sql'])))
  for (const [key, orchestration] of entries(orchestrations)) add('orchestration', key, orchestration)
  for (const [key, group] of entries(groups)) add('group', key, group)
  return found
}

/** What is said of a database beside its tables, which are objects of their own. */
function withoutTables(database: Json): { [key: string]: Json } {
  const { tables: _, ...engine } = database as { [key: string]: Json }
  return engine
}

function entries(section: Json | undefined): [string, Json][] {
  return Object.entries((section ?? {}) as { [key: string]: Json })
}

function withText(body: Json, text: string): Json {
  const { sql } = body as { [key: string]: Json }
  return typeof sql === 'string' ? { ...(body as object), text } : body
}

function withoutSecrets(
  { secrets }: ProjectObjects,
  tree: SourceTree,
  { section, kind, key }: { section: string; kind: string; key: string },
  object: Json,
): Json {
  const { ...body } = object as { [key: string]: Json }
  // The type of a source may stand in a variable, too; there is one kind of them.
  for (const field of secretFields(kind === 'source' ? 'postgres' : body.type)) {
    const path = [section, key, field]
    const text = tree.at(path)
    const written = tree.written(path)
    if (written !== null && kind === 'source' && hasLiteralPassword(written)) throw passwordBeside(tree, path)
    if (typeof text !== 'string' || written !== null) continue
    secrets.set(`${kind}/${key}/${field}`, text)
    delete body[field]
  }
  return body
}

/** Whether a URL as written, which has variables, has a password that is not made of them: what is written is shown to others. */
function hasLiteralPassword(written: string): boolean {
  const password = /:([^@/]*)@/.exec(written.replaceAll(/\$\{[^}]*\}/g, ''))?.[1] ?? ''
  return password !== ''
}

function passwordBeside(tree: SourceTree, path: Path): Problem {
  const place = { file: projectFileName, ...tree.position(path), path: path.join('.') }
  return new Problem('config.invalid', {
    message: `${place.file}:${place.line}:${place.column} ${place.path}: has a password beside a variable, so that a server could not keep it secret.`,
    fix: 'Make the whole URL one variable, or the password in it, then run `deskside apply`.',
    data: { problems: [{ ...place, message: 'has a password beside a variable' }] },
  })
}

/** The values of the file with their variables as written; paths of variables where no secrets stand go to `outside`. */
function asWritten(tree: SourceTree, path: Path, outside: Path[]): Json {
  const written = tree.written(path)
  if (written !== null) {
    if (!holdsSecrets(path)) outside.push(path)
    return written
  }
  const value = tree.at(path)
  // It will be expanded once more, where it is used.
  if (typeof value === 'string' && holdsSecrets(path)) return value.replaceAll('${', '$${')
  if (Array.isArray(value)) return value.map((_, index) => asWritten(tree, [...path, index], outside))
  if (typeof value !== 'object' || value === null) return value as Json
  return Object.fromEntries(Object.keys(value).map((key) => [key, asWritten(tree, [...path, key], outside)]))
}

function variablesOutside(tree: SourceTree, paths: readonly Path[]): Problem {
  const places = paths.map((path) => {
    const { line, column } = tree.position(path)
    return { file: projectFileName, line, column, path: path.join('.'), message: 'has a variable' }
  })
  return new Problem('config.invalid', {
    message: `A server expands variables in credentials and sources only:\n${places
      .map(({ file, line, column, path }) => `  ${file}:${line}:${column} ${path}`)
      .join('\n')}`,
    fix: 'Write the value itself at the places named above, then run `deskside apply`.',
    data: { problems: places },
  })
}

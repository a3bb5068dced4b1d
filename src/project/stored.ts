import type { Secret } from '../config.ts'
import { unsetPostgresUrl } from '../engine/postgres-settings.ts'
import { type Json, Problem } from '../problem.ts'
import { plainDatabase, tableOfKey } from './databases.ts'
import { assemble } from './load.ts'
import type { Project } from './project.ts'
import type { SqlFile } from './references.ts'
import { projectFile } from './schema.ts'
import { expandVariables } from './variables.ts'

/** One object of a project, as deskside.yml has it: variables unexpanded, SQL files beside their path as `text`. */
export interface StoredObject {
  kind: string
  key: string
  /** `ui`: made through the API of a server. */
  source: 'git' | 'ui'
  body: { [key: string]: Json }
}

export interface ProjectSurroundings {
  /** Folder that relative paths are relative to. */
  dir: string
  /** What `${VAR}` in credentials and sources stands for. */
  variable: (name: string) => string | undefined
  /** Secret fields of credentials and sources that are kept apart, by `<kind>/<key>`. */
  secrets: ReadonlyMap<string, Readonly<Record<string, Secret>>>
}

/** A server expands variables in credentials and sources only, and never its own. */
export function serverVariables(env: NodeJS.ProcessEnv): (name: string) => string | undefined {
  return (name) => (name.startsWith('DESKSIDE_') || !Object.hasOwn(env, name) ? undefined : env[name])
}

/** A credential that cannot be used as it stands must stop what uses it and nothing else: it is an address of a domain that cannot exist. */
const unsetPlaceholder = 'unset@example.invalid'

/**
 * The project that stored objects make. They were checked one by one and together when they were stored; what does not fit all the same is
 * `definition.invalid` with its place.
 */
export function projectOf(objects: readonly StoredObject[], { dir, variable, secrets }: ProjectSurroundings): Project {
  const of = (kind: string) => objects.filter((one) => one.kind === kind)
  const bodies = (kind: string, make: (object: StoredObject) => Json) =>
    Object.fromEntries(of(kind).map((object) => [object.key, make(object)]))
  const sql = new Map<string, SqlFile>()
  const bodyWithoutText = (object: StoredObject, path: readonly string[]) => {
    // What is known of an uploaded file is nothing that deskside.yml has.
    const { text, uploaded: _, ...body } = object.body
    if (typeof text === 'string' && typeof body.sql === 'string')
      sql.set(JSON.stringify([...path, 'sql']), { sql: text, file: body.sql })
    return body
  }
  const withoutText = (section: readonly string[]) => (object: StoredObject) =>
    bodyWithoutText(object, [...section, object.key])
  const settings = of('project')[0]?.body ?? { name: 'deskside' }
  const file = {
    ...settings,
    ...databasesWith(of('table'), settings, bodyWithoutText),
    credentials: bodies('credential', ({ key, source, body }) =>
      // Variables are the owner's to name: whoever may add a credential is not to read the environment with it.
      withSecrets(body, secrets.get(`credential/${key}`) ?? {}, source === 'ui' ? () => undefined : variable),
    ),
    sources: bodies('source', ({ key, body }) =>
      withSecrets({ ...body, type: 'postgres' }, secrets.get(`source/${key}`) ?? {}, variable),
    ),
    destinations: bodies('destination', ({ body }) => body),
    queries: bodies('query', withoutText(['queries'])),
    attributes_tables: bodies('attributes_table', withoutText(['attributes_tables'])),
    segments: bodies('segment', withoutText(['segments'])),
    orchestrations: bodies('orchestration', ({ body }) => body),
    groups: bodies('group', ({ body }) => body),
  }
  const parsed = projectFile.safeParse(file)
  if (parsed.success) {
    const made = of('destination').filter(({ source }) => source === 'ui')
    return { ...assemble(dir, parsed.data, sql), madeInServer: new Set(made.map(({ key }) => key)) }
  }
  const places = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new Problem('definition.invalid', {
    message: `What is stored makes no project: ${places.join('; ')}.`,
    data: { problems: places },
  })
}

/** Keys of the databases of a project, of the body of its settings. */
export function databaseKeys(settings: StoredObject['body'] | undefined): string[] {
  const several = settings?.databases
  return typeof several === 'object' && several !== null ? Object.keys(several) : [plainDatabase]
}

/** The databases as deskside.yml has them, with their tables. Throws `definition.invalid` for a table of a database that is not there. */
function databasesWith(
  tables: readonly StoredObject[],
  settings: StoredObject['body'],
  bodyOf: (table: StoredObject, path: readonly string[]) => Json,
): { [key: string]: Json } {
  const { databases, database = {} } = settings as { databases?: { [key: string]: object }; database?: object }
  const keys = databaseKeys(settings)
  const of = new Map(keys.map((key): [string, [string, Json][]] => [key, []]))
  for (const object of tables) {
    const named = tableOfKey(object.key)
    const found = of.get(named.database)
    if (found === undefined)
      throw new Problem('definition.invalid', {
        message: `The table ${object.key} is of the database ${named.database}, which is not there.`,
        data: { problems: [{ path: 'key', message: `there is no database ${named.database}` }] },
      })
    const place = databases === undefined ? ['database'] : ['databases', named.database]
    found.push([named.table, bodyOf(object, [...place, 'tables', named.table])])
  }
  const withTables = (key: string, one: object | undefined) => ({ ...one, tables: Object.fromEntries(of.get(key)!) })
  if (databases === undefined) return { database: withTables(plainDatabase, database) }
  return { databases: Object.fromEntries(keys.map((key) => [key, withTables(key, databases[key])])) }
}

/** With its secrets in place. What is missing is told when the credential is used: signing in fails, and nothing else. */
function withSecrets(
  body: { [key: string]: Json },
  secrets: Readonly<Record<string, Secret>>,
  variable: (name: string) => string | undefined,
): { [key: string]: Json } {
  const unset = body.type === 'postgres' ? unsetPostgresUrl : unsetPlaceholder
  const text = (value: Json): Json => {
    if (typeof value !== 'string') return value
    const { text: expanded, missing, malformed } = expandVariables(value, variable)
    return missing.length + malformed.length === 0 && expanded !== '' ? expanded : unset
  }
  const expanded = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, text(value)]))
  for (const field of secretFields(body.type)) {
    expanded[field] = secrets[field]?.reveal() ?? expanded[field] ?? unset
  }
  return expanded
}

/** Fields of a type of credentials or sources that are secret. */
export function secretFields(type: Json | undefined): readonly string[] {
  if (type === 'zendesk_oauth') return ['client_secret']
  if (type === 'postgres') return ['url']
  return type === 'zendesk' ? ['api_token'] : []
}

import type { SecretBox } from '../access/secret-box.ts'
import { type RuleGroup, segmentsIn } from '../audience/rules.ts'
import type { Secret } from '../config.ts'
import type { Dialect } from '../engine/engine.ts'
import { Problem } from '../problem.ts'
import { type TableName, tableOfKey } from '../project/databases.ts'
import { type Project, type Sent, sentKinds } from '../project/project.ts'
import { databaseKeys, projectOf, type StoredObject, serverVariables } from '../project/stored.ts'
import type { Definition, DefinitionKind, Store } from '../store/store.ts'

/** An object that others name: `<kind>/<key>`. */
export type Name = `${DefinitionKind}/${string}`

/** What an orchestration sends, of a body whose shape was checked. */
export function sentBy(body: Definition['body']): `${Sent['kind']}/${string}` {
  const kind = sentKinds.find((one) => body[one] !== undefined) ?? 'query'
  return `${kind}/${String(body[kind])}`
}

function segmentsInBody(body: Definition['body']): Name[] {
  const groups = [body.include, body.exclude].map((rules) => rules as unknown as RuleGroup | undefined)
  return [...new Set(groups.flatMap(segmentsIn))].map((key): Name => `segment/${key}`)
}

/** Which objects an object names; of a body whose shape was checked. */
function namesIn({ kind, body }: Pick<Definition, 'kind' | 'body'>): Name[] {
  switch (kind) {
    case 'destination':
      return [`credential/${String(body.credential)}`]
    case 'orchestration':
      return [sentBy(body), `destination/${String(body.destination)}`]
    case 'segment':
      return [`attributes_table/${String(body.attributes)}`, ...segmentsInBody(body)]
    case 'group': {
      const run = body.run as { on?: string; group?: string } | undefined
      const upstream: Name[] = run?.on === 'group' ? [`group/${run.group}`] : []
      return [...(body.orchestrations as string[]).map((key): Name => `orchestration/${key}`), ...upstream]
    }
    case 'subscription': {
      const { orchestrations } = body
      const about = Array.isArray(orchestrations)
        ? orchestrations.map((key): Name => `orchestration/${String(key)}`)
        : []
      return [`channel/${String(body.channel)}`, ...about]
    }
    case 'table':
      return typeof body.source === 'string' ? [`source/${body.source}`] : []
    case 'project':
    case 'source':
    case 'credential':
    case 'query':
    case 'query_draft':
    case 'attributes_table':
    case 'channel':
    case 'identity_provider':
      return []
    default:
      return kind satisfies never
  }
}

/** Groups that follow one another in a circle, which would run for ever; null: there is none. */
function groupCircle(definitions: readonly Pick<Definition, 'kind' | 'key' | 'body'>[]): string[] | null {
  const upstream = new Map<string, string>()
  for (const { kind, key, body } of definitions) {
    const run = body.run as { on?: string; group?: string } | undefined
    if (kind === 'group' && run?.on === 'group' && run.group !== undefined) upstream.set(key, run.group)
  }
  for (const start of upstream.keys()) {
    const path = [start]
    for (let at = upstream.get(start); at !== undefined && path.length <= upstream.size; at = upstream.get(at)) {
      if (at === start) return path
      path.push(at)
    }
  }
  return null
}

/** Throws `definition.invalid` with the groups of the circle. */
export function assertNoCircle(definitions: readonly Pick<Definition, 'kind' | 'key' | 'body'>[]): void {
  const circle = groupCircle(definitions)
  if (circle === null) return
  throw new Problem('definition.invalid', {
    message: `The groups ${circle.join(', ')} follow one another in a circle, and would run for ever.`,
    data: { problems: circle.map((key) => ({ path: `groups.${key}.run.group`, message: 'is part of a circle' })) },
  })
}

/** An object that is not there, or is not there for whoever asks; `similar`: keys of others that may be meant. */
export function notThere(kind: string, key: string, similar: readonly string[] = []): Problem {
  return new Problem('store.not_found', {
    message: `There is no ${kind} ${key}${similar.length === 0 ? '.' : `; there is ${similar.join(' and ')}.`}`,
    data: { kind, key },
  })
}

type Readable = Pick<Definition, 'kind' | 'key' | 'body'>

/** As {@link Catalog.databaseOf}, of a project with these databases. */
function databaseIn(
  databases: readonly string[],
  { kind, key, body }: Readable,
  attributesTable: (key: string) => Readable | undefined,
): string | null {
  if (kind === 'table') return tableOfKey(key).database
  if (kind === 'query' || kind === 'query_draft' || kind === 'attributes_table') {
    if (typeof body.database === 'string') return body.database
    return databases.length === 1 ? databases[0]! : null
  }
  const of = kind === 'segment' ? attributesTable(String(body.attributes)) : undefined
  return of === undefined ? null : databaseIn(databases, of, attributesTable)
}

/** As {@link Catalog.tableNameOf}, of a project with these databases. */
export function tableNameIn(databases: readonly string[], definition: Readable): TableName | null {
  const { kind, key } = definition
  if (kind === 'table') return tableOfKey(key)
  const database = kind === 'attributes_table' ? databaseIn(databases, definition, () => undefined) : null
  return database === null ? null : { database, table: key }
}

function usersIn(definitions: readonly Definition[]): Map<Name, Name[]> {
  const users = new Map<Name, Name[]>()
  for (const one of definitions)
    for (const named of new Set(namesIn(one))) {
      const names = users.get(named) ?? []
      names.push(`${one.kind}/${one.key}`)
      users.set(named, names)
    }
  for (const names of users.values()) names.sort()
  return users
}

/**
 * All definitions as they are now, and the project they make. They are few, change rarely, and are asked for all the time, so they are kept
 * in memory; one process has a store to itself.
 */
export class Catalog {
  readonly #store: Store
  readonly #box: SecretBox
  readonly #dir: string
  readonly #variable: (name: string) => string | undefined
  #definitions: Definition[] = []
  /** Asked for with each definition of a list, and more often. */
  #databases: string[] = []
  #attributesTables = new Map<string, Definition>()
  /** Who names an object, in order. */
  #users = new Map<Name, Name[]>()
  #secrets = new Map<string, Record<string, Secret>>()
  #project: Project | Problem

  private constructor(store: Store, box: SecretBox, dir: string, env: NodeJS.ProcessEnv) {
    this.#store = store
    this.#box = box
    this.#dir = dir
    this.#variable = serverVariables(env)
    this.#project = new Problem('internal.bug', { message: 'The definitions are not read yet.' })
  }

  /** `dir`: the folder of deskside.yml, which relative paths are relative to. Throws `access.key_missing`. */
  static async open(store: Store, box: SecretBox, dir: string, env: NodeJS.ProcessEnv): Promise<Catalog> {
    const catalog = new Catalog(store, box, dir, env)
    await catalog.refresh()
    return catalog
  }

  /** Reads everything anew; after every change. */
  async refresh(): Promise<void> {
    this.#definitions = await this.#store.definitions.list()
    this.#databases = databaseKeys(this.all('project')[0]?.body)
    this.#attributesTables = new Map(this.all('attributes_table').map((one) => [one.key, one]))
    this.#users = usersIn(this.#definitions)
    this.#secrets = new Map()
    for (const { name, ciphertext } of await this.#store.secrets.list()) {
      const [kind, key = '', field = ''] = name.split('/')
      if (kind !== 'credential' && kind !== 'source') continue
      const owner = `${kind}/${key}`
      this.#secrets.set(owner, { ...this.#secrets.get(owner), [field]: this.#box.open(name, ciphertext) })
    }
    try {
      this.#project = this.projectWith([])
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.#project = error
    }
  }

  /** Throws `definition.invalid` when what is stored makes no project. */
  project(): Project {
    if (this.#project instanceof Problem) throw this.#project
    return this.#project
  }

  all(kind?: DefinitionKind): Definition[] {
    return kind === undefined ? this.#definitions : this.#definitions.filter((one) => one.kind === kind)
  }

  find(kind: DefinitionKind, key: string): Definition | undefined {
    return this.#definitions.find((one) => one.kind === kind && one.key === key)
  }

  /** Throws `store.not_found` with the nearest words a user needs. */
  get(kind: DefinitionKind, key: string): Definition {
    const found = this.find(kind, key)
    if (found !== undefined) return found
    const lower = key.toLowerCase()
    const inOthers = this.all('table').filter(({ key: other }) => tableOfKey(other).table.toLowerCase() === lower)
    throw notThere(kind, key, kind === 'table' ? inOthers.map((one) => one.key) : [])
  }

  /** Keys of the databases. */
  databases(): readonly string[] {
    return this.#databases
  }

  /** In which words the SQL of a database is written. */
  dialectOf(database: string): Dialect {
    const body = this.all('project')[0]?.body ?? {}
    const several = body.databases as { [key: string]: { dialect?: unknown } } | undefined
    const settings = several === undefined ? (body.database as { dialect?: unknown } | undefined) : several[database]
    return settings?.dialect === 'duckdb' ? 'duckdb' : 'trino'
  }

  /** Which database something reads or, if it is a table, is of; null: it is neither, or it cannot be told. */
  databaseOf(definition: Pick<Definition, 'kind' | 'key' | 'body'>): string | null {
    return databaseIn(this.#databases, definition, (key) => this.#attributesTables.get(key))
  }

  /** The name in SQL of a table or an attributes table; null: it is neither, or its database cannot be told. */
  tableNameOf(definition: Pick<Definition, 'kind' | 'key' | 'body'>): TableName | null {
    return tableNameIn(this.#databases, definition)
  }

  /** Who names this object. */
  usersOf(kind: DefinitionKind, key: string): Name[] {
    return [...(this.#users.get(`${kind}/${key}`) ?? [])]
  }

  /** Objects that this one names and that are not there. */
  missingFor(object: Pick<Definition, 'kind' | 'body'>): Name[] {
    const known = new Set(this.#definitions.map((one) => `${one.kind}/${one.key}`))
    return namesIn(object).filter((name) => !known.has(name))
  }

  /** The secrets of a credential that are kept here. */
  secretsOf(credential: string): Readonly<Record<string, Secret>> {
    return this.#secrets.get(`credential/${credential}`) ?? {}
  }

  /** Opens the secrets of any object, such as a channel. */
  async openSecrets(kind: DefinitionKind, key: string): Promise<Record<string, Secret>> {
    const prefix = `${kind}/${key}/`
    const found = (await this.#store.secrets.list()).filter(({ name }) => name.startsWith(prefix))
    return Object.fromEntries(
      found.map(({ name, ciphertext }) => [name.slice(prefix.length), this.#box.open(name, ciphertext)]),
    )
  }

  /**
   * The project as it would be with these objects, made here, in place of those of the same name; `secrets` are by `<kind>/<key>`. Throws
   * `definition.invalid`.
   */
  projectWith(
    changed: readonly Pick<Definition, 'kind' | 'key' | 'body'>[],
    secrets: ReadonlyMap<string, Readonly<Record<string, Secret>>> = new Map(),
  ): Project {
    const replaced = new Set(changed.map(({ kind, key }) => `${kind}/${key}`))
    const others = this.#definitions.filter(({ kind, key }) => !replaced.has(`${kind}/${key}`))
    return this.#projectOf([...others, ...changed.map((one) => ({ ...one, source: 'ui' as const }))], secrets)
  }

  /** The project as it would be with what deskside.yml has now. Throws `definition.invalid`. */
  projectApplied(brought: readonly StoredObject[]): Project {
    return this.#projectOf([...brought, ...this.#definitions.filter(({ source }) => source === 'ui')])
  }

  #projectOf(
    objects: readonly StoredObject[],
    secrets: ReadonlyMap<string, Readonly<Record<string, Secret>>> = new Map(),
  ): Project {
    return projectOf(objects, {
      dir: this.#dir,
      variable: this.#variable,
      secrets: new Map([...this.#secrets, ...secrets]),
    })
  }
}

import { listsIn, type RuleGroup } from '../audience/rules.ts'
import type { Engine } from '../engine/engine.ts'
import { isSameTable, type TableName, tableOfKey } from '../project/databases.ts'
import type { Definition } from '../store/store.ts'
import type { Catalog, Name } from './catalog.ts'

/** Parsing needs next to nothing. */
const limits = { memoryMib: 256, timeoutMs: 60_000 }

/** A definition with the text of its SQL. */
interface Text {
  name: Name
  sql: string
}

export interface ReaderParts {
  catalog: Catalog
  engine: Pick<Engine, 'reads'>
}

/**
 * Who reads a table: told by the engine's parser from the SQL of queries, attributes tables, segments and tables, and by the rules of what is
 * made of rules. A text that does not parse counts as a reader of every table that it has a word of.
 */
export class TableReaders {
  readonly #parts: ReaderParts
  /** What was parsed last of each database, by everything that it was parsed from. */
  readonly #known = new Map<string, { key: string; reads: Promise<(string[] | null)[]> }>()

  constructor(parts: ReaderParts) {
    this.#parts = parts
  }

  /** `<kind>/<key>` of what reads a table itself, in order. The table need not be there. */
  async of(table: TableName): Promise<Name[]> {
    const { catalog } = this.#parts
    const definitions = catalog.all().filter((one) => {
      const database = catalog.databaseOf(one)
      // A draft is nothing that is run, and its SQL need not be right.
      return one.kind !== 'query_draft' && (database === null || database === table.database)
    })
    const isItself = (one: Definition) => {
      const name = catalog.tableNameOf(one)
      return name !== null && isSameTable(name, table)
    }
    const itself = new Set(definitions.filter(isItself).map(({ kind, key }): Name => `${kind}/${key}`))
    // The same texts whatever the table, so that a list of tables has them parsed once.
    const texts = definitions.flatMap(textOf)
    const reads = await this.#reads(table, texts)
    const wanted = table.table.toLowerCase()
    const word = new RegExp(`(?<![\\w$])${table.table}(?![\\w$])`, 'iu')
    const bySql = texts.filter(({ sql }, index) => {
      const found = reads[index] ?? null
      return found === null ? word.test(sql) : found.some((one) => one.toLowerCase() === wanted)
    })
    const byRules = definitions.filter((one) => tablesInRules(one).some((name) => name.toLowerCase() === wanted))
    const names = [...bySql.map(({ name }) => name), ...byRules.map(({ kind, key }): Name => `${kind}/${key}`)]
    return [...new Set(names)].filter((name) => !itself.has(name)).sort()
  }

  /**
   * Keys of the orchestrations that send anything of an object, by way of others too: what is named, and what SQL reads. The object need not
   * be there; `becoming` is what it will be called in SQL. Where it cannot be told what a text reads, it counts.
   */
  async orchestrationsOf(object: Name, becoming: TableName | null = null): Promise<string[]> {
    const { catalog } = this.#parts
    const found = new Set<Name>([object])
    if (becoming !== null) for (const one of await this.of(becoming)) found.add(one)
    // A set may grow while it is walked.
    for (const name of found) {
      const [kind, key] = name.split('/') as [Definition['kind'], string]
      for (const table of this.#tablesOf(kind, key)) for (const one of await this.of(table)) found.add(one)
      for (const one of catalog.usersOf(kind, key)) found.add(one)
    }
    return [...found].filter((name) => name.startsWith('orchestration/')).map((name) => name.split('/')[1]!)
  }

  /** What an object is called in SQL: nothing, one name, or the same in every database where its own cannot be told. */
  #tablesOf(kind: Definition['kind'], key: string): TableName[] {
    const { catalog } = this.#parts
    if (kind === 'table') return [tableOfKey(key)]
    const definition = kind === 'attributes_table' ? catalog.find(kind, key) : undefined
    if (definition === undefined) return []
    const name = catalog.tableNameOf(definition)
    return name === null ? catalog.databases().map((database) => ({ database, table: key })) : [name]
  }

  #reads({ database, table }: TableName, texts: readonly Text[]): Promise<(string[] | null)[]> {
    if (texts.length === 0) return Promise.resolve([])
    const { catalog, engine } = this.#parts
    const declared = [...catalog.all('table'), ...catalog.all('attributes_table')].map((one) =>
      catalog.tableNameOf(one),
    )
    const names = declared.flatMap((one) => (one?.database === database ? [one.table] : []))
    if (!names.some((name) => name.toLowerCase() === table.toLowerCase())) names.push(table)
    const dialect = catalog.dialectOf(database)
    const key = JSON.stringify([names, texts, dialect])
    const known = this.#known.get(database)
    if (known?.key === key) return known.reads
    const asked = texts.map(({ name, sql }) => ({ sql, file: name }))
    const reads = engine.reads({ tables: names.map((name) => ({ name })), texts: asked, dialect, limits })
    this.#known.set(database, { key, reads })
    // What has failed is asked for again.
    reads.catch(() => {
      if (this.#known.get(database)?.reads === reads) this.#known.delete(database)
    })
    return reads
  }
}

function textOf({ kind, key, body }: Definition): Text[] {
  return typeof body.text === 'string' ? [{ name: `${kind}/${key}`, sql: body.text }] : []
}

/** Of a segment or a query that is made of rules, whose shape was checked. */
function tablesInRules({ kind, body }: Definition): string[] {
  if (kind !== 'segment' && kind !== 'query') return []
  const groups = [body.include, body.exclude, body.where].map((rules) => rules as unknown as RuleGroup | undefined)
  return [
    ...groups.flatMap((rules) => listsIn(rules ?? undefined)),
    ...(typeof body.from === 'string' ? [body.from] : []),
  ]
}

import { listsIn, type RuleGroup } from '../audience/rules.ts'
import type { Engine } from '../engine/engine.ts'
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
  /** What was parsed last, by everything that it was parsed from. */
  #known: { key: string; reads: Promise<(string[] | null)[]> } | null = null

  constructor(parts: ReaderParts) {
    this.#parts = parts
  }

  /** `<kind>/<key>` of what reads a table itself, in order. The table need not be there. */
  async of(table: string): Promise<Name[]> {
    const { catalog } = this.#parts
    // A draft is nothing that is run, and its SQL need not be right.
    const definitions = catalog.all().filter((one) => one.kind !== 'query_draft' && !isTable(one, table))
    const texts = definitions.flatMap(textOf)
    const reads = await this.#reads(table, texts)
    const wanted = table.toLowerCase()
    const word = new RegExp(`(?<![\\w$])${table}(?![\\w$])`, 'iu')
    const bySql = texts.filter(({ sql }, index) => {
      const found = reads[index] ?? null
      return found === null ? word.test(sql) : found.some((one) => one.toLowerCase() === wanted)
    })
    const byRules = definitions.filter((one) => tablesInRules(one).some((name) => name.toLowerCase() === wanted))
    const names = [...bySql.map(({ name }) => name), ...byRules.map(({ kind, key }): Name => `${kind}/${key}`)]
    return [...new Set(names)].sort()
  }

  /**
   * Keys of the orchestrations that send anything of an object, by way of others too: what is named, and what SQL reads. The object need not
   * be there. Where it cannot be told what a text reads, it counts.
   */
  async orchestrationsOf(object: Name): Promise<string[]> {
    const { catalog } = this.#parts
    const found = new Set<Name>([object])
    // A set may grow while it is walked.
    for (const name of found) {
      const [kind, key] = name.split('/') as [Definition['kind'], string]
      if (kind === 'table' || kind === 'attributes_table') for (const one of await this.of(key)) found.add(one)
      for (const one of catalog.usersOf(kind, key)) found.add(one)
    }
    return [...found].filter((name) => name.startsWith('orchestration/')).map((name) => name.split('/')[1]!)
  }

  #reads(table: string, texts: readonly Text[]): Promise<(string[] | null)[]> {
    if (texts.length === 0) return Promise.resolve([])
    const { catalog, engine } = this.#parts
    const names = [...catalog.all('table'), ...catalog.all('attributes_table')].map(({ key }) => key)
    if (!names.some((name) => name.toLowerCase() === table.toLowerCase())) names.push(table)
    const tables = names.map((name) => ({ name }))
    const [project] = catalog.all('project')
    const settings = (project?.body.database ?? {}) as { dialect?: unknown }
    const dialect = settings.dialect === 'duckdb' ? 'duckdb' : 'trino'
    const key = JSON.stringify([names, texts, dialect])
    if (this.#known?.key !== key) {
      const asked = texts.map(({ name, sql }) => ({ sql, file: name }))
      const reads = engine.reads({ tables, texts: asked, dialect, limits })
      this.#known = { key, reads }
      // What has failed is asked for again.
      reads.catch(() => {
        if (this.#known?.reads === reads) this.#known = null
      })
    }
    return this.#known.reads
  }
}

/** Names of tables are the same in any case, whether they are tables or attributes tables. */
export function isTable({ kind, key }: Pick<Definition, 'kind' | 'key'>, table: string): boolean {
  return (kind === 'table' || kind === 'attributes_table') && key.toLowerCase() === table.toLowerCase()
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

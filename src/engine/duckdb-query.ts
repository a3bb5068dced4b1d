import type { DuckDBConnection } from '@duckdb/node-api'
import { closest, distance } from 'fastest-levenshtein'
import { Problem } from '../problem.ts'
import { identifier } from '../sql-text.ts'
import { applyEdits } from './duckdb-edits.ts'
import { type Place, placeOf, queryProblem, type Segment } from './duckdb-problem.ts'
import { wordingOf } from './duckdb-wording.ts'
import type { Dialect, QueryRequest, SqlTable, Table } from './engine.ts'
import { macroBytes, type Translation, TranslationError, TrinoTranslator } from './trino.ts'

/** A user's SQL text that passed the check, with what must be changed in it for its dialect. */
interface CheckedSql extends Translation {
  /** Text without the final semicolon and what follows it, ready to stand between parentheses (on lines of its own). */
  text: string
  file: string
  ordered: boolean
  /** Declared tables it reads, in the spelling of their declaration, with the place of the first mention. */
  reads: Map<string, Place>
  /** Whether it begins with a WITH of its own. */
  hasCtes: boolean
  /** DuckDB's syntax tree of the text. */
  tree: unknown
}

/** The query with every SQL table it needs, each before those that read it. */
export interface CheckedQuery {
  query: CheckedSql
  sqlTables: { name: string; sql: CheckedSql }[]
  /** Names of the tables that are read, directly or not, and are not defined by SQL. */
  fileTables: string[]
}

/** One node of DuckDB's syntax tree as `json_serialize_sql` gives it; only the parts named here are relied on. */
interface Node {
  [key: string]: unknown
}

/**
 * Table functions that compute from their arguments alone. A list of what is allowed, because what reads files, runs text as SQL
 * or shows the engine's state grows with every release of DuckDB.
 */
const tableFunctions = new Set(['unnest', 'range', 'generate_series', 'repeat', 'json_each', 'json_tree'])

/** Scalar functions that show paths, settings or our own statement, or that run text as SQL. */
const forbiddenFunctions =
  /^(current_setting|current_query|getenv|getvariable|write_log|json_serialize_.*|json_deserialize_.*|json_execute_.*|duckdb_.*|pg_(?!typeof$).*|query|query_table|nextval|currval)$/

/**
 * Parses, checks and orders the query and the SQL tables that it reads; `queryDialect` is that of the query itself. Throws `query.*`. Reads no
 * file.
 */
export async function checkQuery(
  connection: DuckDBConnection,
  request: QueryRequest,
  queryDialect: Dialect,
): Promise<CheckedQuery> {
  const tables = new Map(request.tables.map((table) => [table.name.toLowerCase(), table]))
  const sqlTables: CheckedQuery['sqlTables'] = []
  const fileTables: string[] = []
  const { dialect } = request
  const done = new Set<string>()
  const visit = async (sql: CheckedSql, path: SqlTable[]): Promise<void> => {
    for (const [name, place] of sql.reads) {
      const table = tables.get(name.toLowerCase())!
      if (table.kind === 'sql' && path.includes(table)) {
        const names = [...path.slice(path.indexOf(table)), table].map((one) => one.name)
        throw queryProblem(
          'query.invalid',
          sql.file,
          place,
          `The tables read each other in a circle: ${names.join(' -> ')}.`,
        )
      }
      if (done.has(table.name)) continue
      if (table.kind === 'sql') {
        const checked = await checkSql(connection, { sql: table.sql, file: table.file, dialect }, tables)
        await visit(checked, [...path, table])
        sqlTables.push({ name: table.name, sql: checked })
      } else {
        fileTables.push(table.name)
      }
      done.add(table.name)
    }
  }
  const query = await checkSql(connection, { sql: request.sql, file: request.file, dialect: queryDialect }, tables)
  await visit(query, [])
  return { query, sqlTables, fileTables }
}

/** Names of the tables that each text reads itself; null for a text that is no SELECT over them. Reads no file. */
export async function readsOf(
  connection: DuckDBConnection,
  { tables: declared, dialect }: Pick<QueryRequest, 'tables' | 'dialect'>,
  texts: readonly { sql: string; file: string }[],
): Promise<(string[] | null)[]> {
  const tables = new Map(declared.map((table) => [table.name.toLowerCase(), table]))
  const found: (string[] | null)[] = []
  for (const text of texts) {
    try {
      found.push([...(await checkSql(connection, { ...text, dialect }, tables)).reads.keys()])
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      found.push(null)
    }
  }
  return found
}

/** The statement `head (SQL tables as CTEs) middle (query) tail`, with the place of each user's text in it. */
export function compose(
  checked: CheckedQuery,
  parts: { head: string; middle: string; tail: string },
): { sql: string; segments: Segment[] } {
  const segments: Segment[] = []
  // Blanks, so that no offset of ours can be one inside a macro, which DuckDB counts from the start of the macro's own statement.
  let sql = (macrosOf(checked).size > 0 ? ' '.repeat(macroBytes) : '') + parts.head
  const add = ({ text, file, edits, calls }: CheckedSql) => {
    sql += '(\n'
    segments.push({ start: Buffer.byteLength(sql), text, file, edits, calls })
    sql += `${applyEdits(text, edits)}\n)`
  }
  for (const [index, table] of checked.sqlTables.entries()) {
    sql += `${index === 0 ? 'WITH ' : ', '}${identifier(table.name)} AS `
    add(table.sql)
  }
  sql += ` ${parts.middle}`
  add(checked.query)
  return { sql: sql + parts.tail, segments }
}

/** Names of the macros that the texts call. */
export function macrosOf(checked: CheckedQuery): Set<string> {
  const texts = [checked.query, ...checked.sqlTables.map((table) => table.sql)]
  return new Set(texts.flatMap((text) => text.calls.map((call) => call.macro)))
}

async function checkSql(
  connection: DuckDBConnection,
  { sql: source, file, dialect }: { sql: string; file: string; dialect: Dialect },
  tables: ReadonlyMap<string, Table>,
): Promise<CheckedSql> {
  const sql = source.startsWith('\uFEFF') ? source.slice(1) : source
  const notOne = (sentence: string) => queryProblem('query.not_one_select', file, null, sentence)
  const zero = sql.indexOf('\0')
  if (zero >= 0) {
    const place = placeOf(sql, Buffer.byteLength(sql.slice(0, zero)), file)
    throw queryProblem('query.invalid', file, place, 'The text contains a NUL character.')
  }
  // Not extractStatements: that opens the files of an IMPORT DATABASE already, before the door is shut.
  const parsed = await parse(connection, sql)
  const { statements } = parsed
  if (/^\s*(un)?pivot\b/i.test(sql)) {
    throw notOne('PIVOT as a statement is more than one SELECT; write SELECT ... FROM (PIVOT ... IN (...)).')
  }
  if (statements === undefined) {
    if (parsed.error_type === 'parser') throw syntaxError(parsed, sql, file)
    throw notOne('The statement is not a SELECT.')
  }
  const node = statements[0]?.node
  if (!node) throw notOne('The file contains no statement.')
  if (statements.length > 1) throw notOne(`The file contains ${statements.length} statements.`)
  if ((node.from_table as Node | undefined)?.type === 'SHOW_REF') {
    throw notOne('DESCRIBE, SHOW and SUMMARIZE are not SELECT statements.')
  }
  const translator = dialect === 'trino' ? new TrinoTranslator(Buffer.from(sql, 'utf8')) : null
  const reads = new TreeCheck(sql, file, tables, translator).run(node)
  const translation = translator?.done() ?? { edits: [], calls: [] }
  const ctes = (node.cte_map as { map?: unknown[] } | undefined)?.map ?? []
  return {
    text: await withoutEnd(connection, sql),
    file,
    ordered: isOrdered(node),
    reads,
    hasCtes: ctes.length > 0,
    tree: node,
    ...translation,
  }
}

/** What `json_serialize_sql` says: the syntax trees, or of what kind the mistake is. */
interface Parsed {
  statements?: { node: Node }[]
  error_type?: string
  error_message?: string
  /** Byte offset. */
  position?: string
}

/** DuckDB's syntax trees; without `statements` when the text is wrong or holds something else than SELECTs. Opens no file. */
async function parse(connection: DuckDBConnection, sql: string): Promise<Parsed> {
  const call = 'SELECT json_serialize_sql($1::VARCHAR, skip_null := true)'
  const [row] = (await connection.runAndReadAll(call, [sql])).getRows()
  return JSON.parse(String(row?.[0])) as Parsed
}

/** The syntax error of a wrong text, with its place. */
function syntaxError({ error_message: message = '', position }: Parsed, sql: string, file: string): Problem {
  const place = position === undefined ? null : placeOf(sql, Number(position), file)
  const error = { type: 'Parser', message: message.split('\n')[0]!, position: null }
  const { sentence, fix } = wordingOf(error)
  return queryProblem('query.invalid', file, place, /[.!?]$/.test(sentence) ? sentence : `${sentence}.`, { fix })
}

/** Whether the outermost query itself is ordered; a LIMIT or the order of a subquery says nothing about the rows' order. */
function isOrdered(node: Node): boolean {
  const modifiers = (node.modifiers ?? []) as Node[]
  return modifiers.some((modifier) => modifier.type === 'ORDER_MODIFIER')
}

/**
 * Cuts the final semicolon. Whether a `;` ends the statement or stands in a text or comment is DuckDB's to say: the text is one
 * statement, so the only cut (or none) with which it parses between parentheses is the right one.
 */
async function withoutEnd(connection: DuckDBConnection, sql: string): Promise<string> {
  let cut = sql
  for (;;) {
    try {
      const found = await connection.extractStatements(`SELECT * FROM (\n${cut}\n)`)
      if (found.count === 1) return cut
    } catch {
      // Still a semicolon too many: the next cut decides.
    }
    const end = cut.lastIndexOf(';')
    if (end < 0) return sql
    cut = cut.slice(0, end)
  }
}

/** Names for a sentence; a project can have hundreds. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 20).join(', ')
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown
}

/** Walks a syntax tree with the names that CTEs give, as SQL's scopes have them, and refuses what is no declared table. */
class TreeCheck {
  readonly #bytes: Buffer
  readonly #file: string
  readonly #sql: string
  readonly #tables: ReadonlyMap<string, Table>
  readonly #reads = new Map<string, Place>()

  readonly #translator: TrinoTranslator | null

  constructor(sql: string, file: string, tables: ReadonlyMap<string, Table>, translator: TrinoTranslator | null) {
    this.#translator = translator
    this.#sql = sql
    this.#bytes = Buffer.from(sql, 'utf8')
    this.#file = file
    this.#tables = tables
  }

  run(node: Node): Map<string, Place> {
    this.#visit(node, new Set())
    return this.#reads
  }

  #visit(value: unknown, outer: ReadonlySet<string>): void {
    if (Array.isArray(value)) {
      for (const one of value) this.#visit(one, outer)
      return
    }
    if (typeof value !== 'object' || value === null) return
    const node = value as Node
    let scope = outer
    if (node.type === 'RECURSIVE_CTE_NODE') scope = new Set([...scope, String(node.cte_name).toLowerCase()])
    if (node.cte_map) scope = this.#visitCtes(node.cte_map as Node, scope)
    if (node.type === 'BASE_TABLE') this.#checkTable(node, scope)
    if (node.type === 'SHOW_REF')
      throw this.#problem('query.not_one_select', node, 'DESCRIBE, SHOW and SUMMARIZE are not allowed.')
    if (node.class === 'PARAMETER')
      throw this.#problem('query.invalid', node, 'The query has a parameter, which nobody fills.')
    if (node.type === 'TABLE_FUNCTION') {
      this.#checkTableFunction(node)
      this.#visit((node.function as Node).children, scope)
      return
    }
    if (node.class === 'FUNCTION' && forbiddenFunctions.test(String(node.function_name).toLowerCase())) {
      throw this.#problem('query.forbidden', node, `The function ${node.function_name} is not allowed.`)
    }
    if (node.class === 'FUNCTION' || node.class === 'WINDOW') this.#translate(node)
    for (const [key, child] of Object.entries(node)) if (key !== 'cte_map') this.#visit(child, scope)
  }

  #translate(node: Node): void {
    try {
      this.#translator?.call(node)
    } catch (error) {
      if (!(error instanceof TranslationError)) throw error
      const place = this.#place({ query_location: error.at })
      throw queryProblem('query.invalid', this.#file, place, error.message, { fix: error.fix })
    }
  }

  /** A CTE sees those before it, and itself only when it is recursive. */
  #visitCtes(map: Node, outer: ReadonlySet<string>): ReadonlySet<string> {
    const scope = new Set(outer)
    for (const { key, value } of (map.map ?? []) as { key: string; value: unknown }[]) {
      this.#visit(value, scope)
      scope.add(key.toLowerCase())
    }
    return scope
  }

  #checkTable(node: Node, scope: ReadonlySet<string>): void {
    const name = String(node.table_name)
    if (node.schema_name || node.catalog_name) {
      const full = [node.catalog_name, node.schema_name, name].filter(Boolean).join('.')
      throw this.#problem(
        'query.forbidden',
        node,
        `${full} is not a declared table; declared tables are named without a schema.`,
      )
    }
    if (scope.has(name.toLowerCase())) return
    const table = this.#tables.get(name.toLowerCase())
    if (table) {
      if (!this.#reads.has(table.name))
        this.#reads.set(table.name, this.#place(node) ?? { file: this.#file, line: 1, column: 1 })
      return
    }
    if (/[./\\*:]/.test(name))
      throw this.#problem('query.forbidden', node, `'${name}' is not a declared table; files are read only as tables.`)
    if (/^(duckdb|pg|sqlite|pragma)_/i.test(name)) {
      throw this.#problem('query.forbidden', node, `${name} shows the state of the engine and is not a declared table.`)
    }
    const known = [...this.#tables.values()].map((one) => one.name)
    const best = known.length > 0 ? closest(name, known) : null
    const near = best !== null && distance(name.toLowerCase(), best.toLowerCase()) <= Math.max(2, name.length / 3)
    const tables = known.length === 0 ? 'The project declares no table.' : `The declared tables are ${listed(known)}.`
    const sentence = `There is no table ${name}${near ? `; did you mean ${best}?` : '.'} ${tables}`
    throw queryProblem('query.invalid', this.#file, this.#place(node), sentence, { mistake: 'table' })
  }

  #checkTableFunction(node: Node): void {
    const call = node.function as Node
    const name = String(call.function_name ?? call.type ?? '').toLowerCase()
    if (tableFunctions.has(name) && !call.schema && !call.catalog) return
    throw this.#problem('query.forbidden', node, `The table function ${name} is not allowed.`)
  }

  #place(node: Node): Place | null {
    const offset = Number(node.query_location)
    return offset >= 0 && offset <= this.#bytes.length ? placeOf(this.#sql, offset, this.#file) : null
  }

  #problem(code: 'query.forbidden' | 'query.invalid' | 'query.not_one_select', node: Node, sentence: string) {
    return queryProblem(code, this.#file, this.#place(node), sentence)
  }
}

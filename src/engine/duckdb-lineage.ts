import {
  allOf,
  besideByName,
  besideByPlace,
  combine,
  type Deps,
  expand,
  type From,
  findIn,
  mergedDeps,
  noFrom,
  nothing,
  nullable,
  type Relation,
  type Result,
  type ResultColumn,
  RowsMark,
  relationOf,
  union,
  unknown,
} from './duckdb-relation.ts'

/** One node of DuckDB's syntax tree. */
type Node = { [key: string]: unknown }

interface Scope {
  from: From
  /** Names that items of this SELECT have given so far. */
  aliases: Map<string, Deps>
  /** Parameters of lambdas around. */
  params: ReadonlySet<string>
  ctes: ReadonlyMap<string, Result>
  mark: RowsMark
  outer: Scope | null
  /** What an expression turned out to hold: a star multiplies it, an unnest rows and the columns of a struct, and a window orders rows. */
  met: { star: boolean; unnest: boolean; window: boolean }
}

/** Words that look like columns and are none. */
const pseudoColumns =
  /^(current_(date|time|timestamp|user|role|catalog|schema)|localtime|localtimestamp|user|session_user|system_user)$/

/** Classes of expressions that depend on what their parts depend on, and on nothing else. */
const plainClasses = new Set(['BETWEEN', 'CASE', 'CAST', 'COLLATE', 'COMPARISON', 'CONJUNCTION', 'OPERATOR'])

/** Keys of an expression or a star under which nothing stands that a value could come from. */
const starKeys = new Set(['class', 'type', 'alias', 'query_location', 'relation_name', 'exclude_list', 'replace_list'])

export interface LineageSurroundings {
  /** A declared table by its name, in any case; null: there is none. */
  tableOf: (name: string) => Result | null
  /** Whether a function computes from one row alone. Every other one may see them all. */
  isScalar: (name: string) => boolean
}

/**
 * Which base columns each column of a query can depend on, from DuckDB's syntax tree. Whatever is not understood is `unknown`: names are
 * looked up in every scope that could give them, and a name that nothing gives is unknown too.
 */
export class QueryLineage {
  readonly #around: LineageSurroundings

  constructor(around: LineageSurroundings) {
    this.#around = around
  }

  of(node: unknown): Result {
    return this.#query(node as Node, null, new Map())
  }

  // ---- queries --------------------------------------------------------------------------------------------------------

  #query(node: Node, outer: Scope | null, given: ReadonlyMap<string, Result>): Result {
    const ctes = this.#ctes(node, outer, given)
    switch (node.type) {
      case 'SELECT_NODE':
        return this.#select(node, outer, ctes)
      case 'SET_OPERATION_NODE':
        return this.#setOperation(node, outer, ctes)
      case 'RECURSIVE_CTE_NODE':
        return this.#recursive(node, outer, ctes)
      default:
        return { columns: [], blur: unknown, rows: unknown }
    }
  }

  /** A CTE sees those before it, and itself only when it is recursive. */
  #ctes(node: Node, outer: Scope | null, given: ReadonlyMap<string, Result>): ReadonlyMap<string, Result> {
    const entries = listOf((node.cte_map as Node | undefined)?.map)
    if (entries.length === 0) return given
    const ctes = new Map(given)
    for (const { key, value } of entries) {
      const { query, aliases } = value as Node
      const result = this.#query((query as Node).node as Node, outer, ctes)
      ctes.set(String(key).toLowerCase(), { ...relationOf(result, null, aliases), rows: result.rows })
    }
    return ctes
  }

  #select(node: Node, outer: Scope | null, ctes: ReadonlyMap<string, Result>): Result {
    const from = this.#from(node.from_table as Node | undefined, outer, ctes)
    const mark = new RowsMark()
    const scope: Scope = { ...scopeOver(from, outer, ctes), mark }
    const { columns, blur, multiplied } = this.#items(listOf(node.select_list), scope)
    const where = this.#deps(node.where_clause, scope)
    const keys = this.#keys(node, columns, blur, scope)
    const having = this.#deps(node.having, scope)
    // QUALIFY comes after windows have seen their rows.
    const modified = union(this.#deps(node.qualify, scope), this.#modifiers(node, { columns, blur }, scope))
    const seen = union(from.rows, where, keys, having)
    const close = (deps: Deps): Deps => {
      if (!deps.has(mark)) return deps
      return new Set([...deps, ...seen].filter((one) => one !== mark))
    }
    return {
      columns: columns.map(({ name, deps }) => ({ name, deps: close(deps) })),
      blur: blur === null ? null : close(blur),
      rows: close(union(seen, multiplied, modified)),
    }
  }

  #items(items: readonly Node[], scope: Scope): { columns: ResultColumn[]; blur: Deps | null; multiplied: Deps } {
    const columns: ResultColumn[] = []
    let blur: Deps | null = null
    let multiplied = nothing
    for (const item of items) {
      const star = item.class === 'STAR' ? this.#star(item, scope) : null
      if (star !== null) {
        columns.push(...star.columns)
        if (star.blur !== null) blur = union(blur, star.blur)
        continue
      }
      const met = { star: false, unnest: false, window: false }
      const deps = this.#deps(item, { ...scope, met })
      const name = nameOf(item)
      columns.push({ name, deps })
      // A star inside multiplies the item, and unnest gives a column for each field of a struct.
      if (met.star || met.unnest) blur = union(blur, deps)
      if (met.unnest || met.window) multiplied = union(multiplied, deps)
      if (item.alias) {
        const alias = String(item.alias).toLowerCase()
        scope.aliases.set(alias, union(scope.aliases.get(alias), deps))
      }
    }
    return { columns, blur: blur === null ? null : union(blur, ...columns.map((one) => one.deps)), multiplied }
  }

  /** `*` with EXCLUDE and REPLACE; anything more is not followed. */
  #star(node: Node, scope: Scope): Pick<Result, 'columns' | 'blur'> {
    const alias = node.relation_name ? String(node.relation_name).toLowerCase() : null
    const found = expand(scope.from, alias)
    if (found === null) return { columns: [], blur: this.#name([alias ?? ''], scope) }
    const replaced = new Map(
      listOf(node.replace_list).map(({ key, value }) => [String(key).toLowerCase(), this.#deps(value, scope)]),
    )
    const excluded = (node.exclude_list ?? []) as unknown[]
    const isPlain =
      Object.entries(node).every(([key, value]) => starKeys.has(key) || isEmpty(value)) &&
      excluded.every((one) => typeof one === 'string')
    if (!isPlain || found.blur !== null) {
      return {
        columns: [],
        blur: union(allOf(found), ...replaced.values(), isPlain ? nothing : this.#parts(node, scope)),
      }
    }
    const out = new Set(excluded.map((one) => String(one).toLowerCase()))
    // A name that DuckDB made up may be the one that is left out or replaced.
    if ((out.size > 0 || replaced.size > 0) && found.columns.some((one) => one.name === null))
      return { columns: [], blur: union(allOf(found), ...replaced.values()) }
    return {
      columns: found.columns
        .filter(({ name }) => name === null || !out.has(name))
        .map((column) => ({ ...column, deps: replaced.get(column.name ?? '') ?? column.deps })),
      blur: null,
    }
  }

  /** What GROUP BY compares. A number is a place in the list, and ALL is everything that is no aggregate. */
  #keys(node: Node, columns: readonly ResultColumn[], blur: Deps | null, scope: Scope): Deps {
    const listed = listOf(node.group_expressions).map((key) => this.#placed(key, { columns, blur }, scope))
    const isAll = node.aggregate_handling === 'FORCE_AGGREGATES'
    const own = isAll ? [blur, ...columns.map((one) => one.deps).filter((deps) => !deps.has(scope.mark))] : []
    return union(...listed, ...own)
  }

  /** ORDER BY, LIMIT and DISTINCT: they decide which rows there are, or their order. */
  #modifiers(node: Node, result: Pick<Result, 'columns' | 'blur'>, scope: Scope): Deps {
    return union(
      ...listOf(node.modifiers).map((modifier) => {
        if (modifier.type === 'DISTINCT_MODIFIER') return union(allOf(result), this.#parts(modifier, scope))
        if (modifier.type !== 'ORDER_MODIFIER') return this.#parts(modifier, scope)
        return union(...listOf(modifier.orders).map((order) => this.#placed(order.expression as Node, result, scope)))
      }),
    )
  }

  #placed(node: Node, result: Pick<Result, 'columns' | 'blur'>, scope: Scope): Deps {
    if (node.class !== 'CONSTANT') return node.class === 'STAR' ? allOf(result) : this.#deps(node, scope)
    const place = Number((node.value as Node | undefined)?.value)
    const column = result.blur === null ? result.columns[place - 1] : undefined
    return column?.deps ?? allOf(result)
  }

  #setOperation(node: Node, outer: Scope | null, ctes: ReadonlyMap<string, Result>): Result {
    const sides = (Array.isArray(node.children) ? listOf(node.children) : [node.left as Node, node.right as Node]).map(
      (side) => this.#query(side, outer, ctes),
    )
    const isByName = node.setop_type === 'UNION_BY_NAME'
    const { columns, blur } = isByName ? besideByName(sides) : besideByPlace(sides, node.setop_type === 'EXCEPT')
    const all = union(...sides.map(allOf))
    const isBag = node.setop_all === true && (isByName || node.setop_type === 'UNION')
    const scope = scopeOver({ ...noFrom, relations: [relationOf({ columns, blur }, null, null)] }, outer, ctes)
    const modified = listOf(node.modifiers).length > 0 ? union(all, this.#parts(node.modifiers, scope)) : nothing
    return { columns, blur, rows: union(...sides.map((side) => side.rows), isBag ? nothing : all, modified) }
  }

  /** Goes round until nothing new is found: sets only grow, and there are finitely many columns. */
  #recursive(node: Node, outer: Scope | null, ctes: ReadonlyMap<string, Result>): Result {
    const start = this.#query(node.left as Node, outer, ctes)
    const name = String(node.cte_name).toLowerCase()
    if (listOf(node.key_targets).length > 0) return { columns: [], blur: unknown, rows: unknown }
    let known: Result = {
      ...relationOf({ ...start, ...besideByPlace([start], false) }, null, node.aliases),
      rows: start.rows,
    }
    for (;;) {
      const next = this.#query(node.right as Node, outer, new Map([...ctes, [name, known]]))
      const { columns, blur } = besideByPlace([known, next], false)
      // Without ALL, and to know the end, rows are compared.
      const grown: Result = { columns, blur, rows: union(known.rows, next.rows, allOf({ columns, blur })) }
      if (isAsLarge(grown, known)) return grown
      known = grown
    }
  }

  // ---- FROM -----------------------------------------------------------------------------------------------------------

  #from(node: Node | undefined, outer: Scope | null, ctes: ReadonlyMap<string, Result>): From {
    switch (node?.type) {
      case undefined:
      case 'EMPTY':
        return noFrom
      case 'BASE_TABLE': {
        const name = String(node.table_name)
        const table = node.at_clause ? null : (ctes.get(name.toLowerCase()) ?? this.#around.tableOf(name))
        if (table === null) return opaque(node, name)
        return single(relationOf(table, String(node.alias || name), node.column_name_alias), table.rows)
      }
      case 'SUBQUERY': {
        const result = this.#query((node.subquery as Node).node as Node, outer, ctes)
        return single(relationOf(result, node.alias ? String(node.alias) : null, node.column_name_alias), result.rows)
      }
      case 'JOIN':
        return this.#join(node, outer, ctes)
      case 'TABLE_FUNCTION': {
        const call = node.function as Node
        const deps = this.#parts(call, scopeOver(noFrom, outer, ctes))
        const alias = String(node.alias || call.function_name)
        return single({ alias: alias.toLowerCase(), columns: [], blur: deps }, deps)
      }
      case 'EXPRESSION_LIST':
        return this.#values(node, outer, ctes)
      default:
        return opaque(node ?? {}, '')
    }
  }

  #values(node: Node, outer: Scope | null, ctes: ReadonlyMap<string, Result>): From {
    const rows = (node.values ?? []) as Node[][]
    const scope = scopeOver(noFrom, outer, ctes)
    const columns = (rows[0] ?? []).map((_, index) => ({
      name: null,
      deps: union(...rows.map((row) => this.#deps(row[index], scope))),
    }))
    return single(relationOf({ columns, blur: null }, String(node.alias || ''), node.column_name_alias), nothing)
  }

  #join(node: Node, outer: Scope | null, ctes: ReadonlyMap<string, Result>): From {
    const left = this.#from(node.left as Node, outer, ctes)
    // What stands to the right may name what stands to the left, with or without the word LATERAL.
    const right = this.#from(node.right as Node, scopeOver(left, outer, ctes), ctes)
    const both = combine(left, right, usingOf(node), node.ref_type === 'NATURAL')
    const compared = union(this.#deps(node.condition, scopeOver(both, outer, ctes)), mergedDeps(both, left, right))
    const rows = union(left.rows, right.rows, both.rows, compared)
    switch (node.ref_type) {
      case 'CROSS':
      case 'DEPENDENT':
      case 'NATURAL':
      case 'REGULAR':
        break
      case 'ASOF':
        return { ...nullable(both, rows), rows }
      default:
        return { relations: both.relations.map(blurred), merged: [], rows: unknown }
    }
    switch (node.join_type) {
      case 'INNER':
        return { ...both, rows }
      case 'LEFT':
      case 'RIGHT':
      case 'FULL':
      case 'OUTER':
        return { ...this.#outerJoin(node, left, right, compared), rows }
      case 'SEMI':
      case 'ANTI':
        return { ...left, rows }
      default:
        return { relations: both.relations.map(blurred), merged: [], rows: unknown }
    }
  }

  /** A value of the side that may be missing says whether a row was found, so it depends on what was compared. */
  #outerJoin(node: Node, left: From, right: From, compared: Deps): From {
    const names = usingOf(node)
    return combine(
      node.join_type === 'LEFT' ? left : nullable(left, union(compared, left.rows)),
      node.join_type === 'RIGHT' ? right : nullable(right, union(compared, right.rows)),
      names,
      node.ref_type === 'NATURAL',
    )
  }

  // ---- expressions ----------------------------------------------------------------------------------------------------

  #deps(value: unknown, scope: Scope): Deps {
    if (typeof value !== 'object' || value === null) return nothing
    const node = value as Node
    switch (node.class) {
      case 'CONSTANT':
        return nothing
      case 'COLUMN_REF':
        return this.#name(
          (node.column_names as unknown[]).map((part) => String(part).toLowerCase()),
          scope,
        )
      case 'SUBQUERY': {
        const { columns, blur, rows } = this.#query((node.subquery as Node).node as Node, scope, scope.ctes)
        return union(allOf({ columns, blur }), rows, this.#deps(node.child, scope))
      }
      case 'STAR': {
        scope.met.star = true
        const { columns, blur } = this.#star(node, scope)
        return allOf({ columns, blur })
      }
      case 'LAMBDA':
        return this.#lambda(node, scope)
      case 'WINDOW':
        scope.met.window = true
        return union(this.#parts(node, scope), new Set([scope.mark]))
      case 'FUNCTION': {
        const name = String(node.function_name).toLowerCase()
        if (name === 'unnest' || name === 'unlist') scope.met.unnest = true
        const parts = this.#parts(node, scope)
        return this.#around.isScalar(name) ? parts : union(parts, new Set([scope.mark]))
      }
      default:
        return plainClasses.has(String(node.class)) ? this.#parts(node, scope) : unknown
    }
  }

  /** `x -> x + 1`, or JSON's arrow, which is written alike: then what stands to the left is a column. */
  #lambda(node: Node, scope: Scope): Deps {
    const left = node.lhs as Node
    const named = left.class === 'FUNCTION' ? listOf(left.children) : [left]
    const params = new Set(scope.params)
    for (const one of named) {
      const [name, ...more] = (one.column_names ?? []) as unknown[]
      if (one.class === 'COLUMN_REF' && more.length === 0) params.add(String(name).toLowerCase())
    }
    const inside = { ...scope, params }
    return union(this.#deps(left, inside), this.#deps(node.expr, inside))
  }

  /** Whatever expressions stand in a node, at any depth. */
  #parts(value: unknown, scope: Scope): Deps {
    if (Array.isArray(value)) return union(...value.map((one) => this.#part(one, scope)))
    if (typeof value !== 'object' || value === null) return nothing
    return union(
      ...Object.entries(value).map(([key, child]) => (key === 'cast_type' ? nothing : this.#part(child, scope))),
    )
  }

  #part(value: unknown, scope: Scope): Deps {
    const isExpression = typeof value === 'object' && value !== null && 'class' in value
    return isExpression ? this.#deps(value, scope) : this.#parts(value, scope)
  }

  /** Everything that the name can mean, in this scope and in those around it. */
  #name(parts: readonly string[], scope: Scope): Deps {
    const [first = ''] = parts
    const found: Deps[] = []
    for (let at: Scope | null = scope; at !== null; at = at.outer) {
      const alias = at.aliases.get(first)
      // Its mark is that of another SELECT when the alias is one of an outer query; it is replaced there.
      if (alias !== undefined) found.push(alias)
      const deps = findIn(at.from, parts)
      if (deps !== null) found.push(deps)
    }
    if (found.length > 0) return union(...found)
    if (first === 'rowid') return unknown
    return scope.params.has(first) || (parts.length === 1 && pseudoColumns.test(first)) ? nothing : unknown
  }
}

function scopeOver(from: From, outer: Scope | null, ctes: ReadonlyMap<string, Result>): Scope {
  return {
    from,
    aliases: new Map(),
    params: outer?.params ?? new Set(),
    ctes,
    mark: outer?.mark ?? new RowsMark(),
    outer,
    met: { star: false, unnest: false, window: false },
  }
}

function usingOf(node: Node): string[] {
  return ((node.using_columns ?? []) as unknown[]).map((name) => String(name).toLowerCase())
}

function single(relation: Relation, rows: Deps): From {
  return { relations: [relation], merged: [], rows }
}

function opaque(node: Node, name: string): From {
  return single({ alias: String(node.alias || name).toLowerCase() || null, columns: [], blur: unknown }, unknown)
}

function blurred(relation: Relation): Relation {
  return { ...relation, columns: [], blur: unknown }
}

/** The name that DuckDB gives an item of a SELECT, where it is certain. */
function nameOf(item: Node): string | null {
  if (item.alias) return String(item.alias)
  return item.class === 'COLUMN_REF' ? String((item.column_names as unknown[]).at(-1)) : null
}

function isAsLarge(one: Result, other: Result): boolean {
  const sizes = ({ columns, blur, rows }: Result) => [
    rows.size,
    blur?.size ?? -1,
    ...columns.map(({ deps }) => deps.size),
  ]
  return sizes(one).join() === sizes(other).join()
}

function listOf(value: unknown): Node[] {
  return Array.isArray(value) ? (value as Node[]) : []
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  return value === null || value === undefined || value === false || value === ''
}

import type { ColumnRef } from './engine.ts'

/**
 * What something can depend on: base columns, `unknown` where that cannot be told, and, while a SELECT is walked, a mark for its rows,
 * which is replaced by what they depend on when that is known.
 */
export type Deps = ReadonlySet<ColumnRef | 'unknown' | RowsMark>

/** Stands for everything that decides which rows of one SELECT an aggregate or a window sees. */
export class RowsMark {}

export const nothing: Deps = new Set()
export const unknown: Deps = new Set(['unknown'] as const)

export function union(...sets: readonly (Deps | null | undefined)[]): Deps {
  const found = sets.filter((set) => set !== null && set !== undefined && set.size > 0)
  return found.length === 1 ? found[0]! : new Set(found.flatMap((set) => [...set!]))
}

/** A column by its place; the name is null where DuckDB makes one up. */
export interface ResultColumn {
  name: string | null
  deps: Deps
}

/** The result of a query, or a table. */
export interface Result {
  columns: readonly ResultColumn[]
  /** Not null: how many columns there are and in which order is not known, and each may depend on this. */
  blur: Deps | null
  /** What decides which rows there are, and their order. */
  rows: Deps
}

/** Something in FROM; names are in lower case. */
export interface Relation extends Pick<Result, 'columns' | 'blur'> {
  alias: string | null
}

/** A column of USING or NATURAL, which several relations have and `*` gives once. */
interface Merged {
  name: string
  relations: readonly Relation[]
}

export interface From {
  relations: readonly Relation[]
  merged: readonly Merged[]
  rows: Deps
}

export const noFrom: From = { relations: [], merged: [], rows: nothing }

/** Every column, of whatever name. */
export function allOf({ columns, blur }: Pick<Result, 'columns' | 'blur'>): Deps {
  return union(blur, ...columns.map((column) => column.deps))
}

/**
 * A relation under an alias, with the first columns renamed. A name that comes twice is made up by DuckDB the second time.
 */
export function relationOf(result: Pick<Result, 'columns' | 'blur'>, alias: string | null, names: unknown): Relation {
  const given = Array.isArray(names) ? names.map(String) : []
  const seen = new Set<string>()
  const columns = result.columns.map(({ name, deps }, index) => {
    const own = (given[index] ?? name)?.toLowerCase() ?? null
    const known = own !== null && !seen.has(own) ? own : null
    if (own !== null) seen.add(own)
    return { name: known, deps }
  })
  return { alias: alias?.toLowerCase() ?? null, columns, blur: result.blur }
}

/** Where the columns of an item cannot be told, one of them may have the name of another item. */
function exact(relation: Relation, name: string): Deps | null {
  const found = relation.columns.find((column) => column.name === name)
  return found === undefined ? null : relation.blur === null ? found.deps : allOf(relation)
}

/** What a name can mean in a relation that may have a column of this name without our knowing it. */
function possible(relation: Relation): Deps | null {
  const unnamed = relation.columns.filter((column) => column.name === null)
  if (relation.blur !== null) return allOf(relation)
  return unnamed.length === 0 ? null : union(...unnamed.map((column) => column.deps))
}

/**
 * Everything that a name of several parts can mean in a FROM: a column, a field of a column, a column of a relation, a whole row. Null:
 * nothing here has that name.
 */
export function findIn(from: From, parts: readonly string[]): Deps | null {
  const [first = ''] = parts
  const found: Deps[] = []
  for (const relation of from.relations) {
    const column = exact(relation, first)
    if (column !== null) found.push(column)
    // table.column, schema.table.column, catalog.schema.table.column
    for (const [index, part] of parts.slice(0, 3).entries()) {
      const name = parts[index + 1]
      if (name === undefined || relation.alias !== part) continue
      const deps = exact(relation, name) ?? possible(relation)
      if (deps !== null) found.push(deps)
    }
  }
  for (const { name, relations } of from.merged) {
    if (name === first) found.push(...relations.map((one) => exact(one, name) ?? possible(one) ?? unknown))
  }
  if (found.length === 0) {
    for (const relation of from.relations) {
      // A column goes before the whole row of a relation of that name.
      const deps = parts.length === 1 && relation.alias === first ? allOf(relation) : possible(relation)
      if (deps !== null) found.push(deps)
    }
  }
  return found.length === 0 ? null : union(...found)
}

/** The columns that `*` or `alias.*` gives; null: nothing has this alias. */
export function expand(from: From, alias: string | null): Pick<Result, 'columns' | 'blur'> | null {
  const relations = alias === null ? from.relations : from.relations.filter((one) => one.alias === alias)
  if (relations.length === 0 && alias !== null) return null
  if (relations.some((one) => one.blur !== null)) return { columns: [], blur: union(...relations.map(allOf)) }
  const given = new Set<Merged>()
  const columns = relations.flatMap((relation) =>
    relation.columns.flatMap((column) => {
      const merged =
        alias === null
          ? from.merged.find((one) => one.name === column.name && one.relations.includes(relation))
          : undefined
      if (merged === undefined) return [column]
      if (given.has(merged)) return []
      given.add(merged)
      return [{ name: merged.name, deps: findIn(from, [merged.name]) ?? unknown }]
    }),
  )
  return { columns, blur: null }
}

/** Two FROMs beside each other; `names` are those of USING, `natural` merges what both have. Which rows there are is the caller's to say. */
export function combine(left: From, right: From, names: readonly string[], natural: boolean): From {
  const relations = [...left.relations, ...right.relations]
  if (natural && relations.some((one) => possible(one) !== null)) {
    // Which columns are merged cannot be told.
    return { relations: relations.map((one) => ({ ...one, columns: [], blur: unknown })), merged: [], rows: unknown }
  }
  const using = natural ? namesOf(left).filter((name) => namesOf(right).includes(name)) : names
  const kept = [...left.merged, ...right.merged].filter((one) => !using.includes(one.name))
  const merged = using.map((name) => ({
    name,
    relations: relations.filter((one) => (exact(one, name) ?? possible(one)) !== null),
  }))
  return { relations, merged: [...kept, ...merged], rows: nothing }
}

/** What USING or NATURAL of this join compares; `merged` of its sides is older. */
export function mergedDeps({ merged }: From, left: From, right: From): Deps {
  const own = merged.filter((one) => !left.merged.includes(one) && !right.merged.includes(one))
  return union(...own.flatMap(({ name, relations }) => relations.map((one) => exact(one, name) ?? possible(one))))
}

function namesOf({ relations }: From): string[] {
  return [...new Set(relations.flatMap((one) => one.columns.flatMap(({ name }) => (name === null ? [] : [name]))))]
}

/** The same FROM, where each value may also come from whether a row of another side was found. */
export function nullable(from: From, deps: Deps): From {
  const changed = new Map(
    from.relations.map((one) => [
      one,
      {
        ...one,
        blur: one.blur === null ? null : union(one.blur, deps),
        columns: one.columns.map((column) => ({ ...column, deps: union(column.deps, deps) })),
      },
    ]),
  )
  return {
    ...from,
    relations: [...changed.values()],
    merged: from.merged.map((one) => ({ ...one, relations: one.relations.map((each) => changed.get(each)!) })),
  }
}

/** Sides of UNION, INTERSECT or EXCEPT; `onlyFirst` where no value comes from the others. */
export function besideByPlace(sides: readonly Result[], onlyFirst: boolean): Pick<Result, 'columns' | 'blur'> {
  const [first, ...others] = sides
  const isKnown = sides.every((side) => side.blur === null && side.columns.length === first!.columns.length)
  if (!isKnown) return { columns: [], blur: union(...sides.map(allOf)) }
  const columns = first!.columns.map(({ name, deps }, index) => ({
    name,
    deps: onlyFirst ? deps : union(deps, ...others.map((side) => side.columns[index]!.deps)),
  }))
  return { columns, blur: null }
}

export function besideByName(sides: readonly Result[]): Pick<Result, 'columns' | 'blur'> {
  const all = sides.flatMap((side) => side.columns)
  if (sides.some((side) => side.blur !== null) || all.some((column) => column.name === null))
    return { columns: [], blur: union(...sides.map(allOf)) }
  const columns = new Map<string, ResultColumn>()
  for (const { name, deps } of all) {
    const key = name!.toLowerCase()
    columns.set(key, { name: columns.get(key)?.name ?? name, deps: union(columns.get(key)?.deps, deps) })
  }
  return { columns: [...columns.values()], blur: null }
}

import fc, { type GeneratorValue } from 'fast-check'

/** Tables of random queries: every column holds small whole numbers, so that rows meet, group and repeat. */
export const randomTables = {
  t: ['id', 'a', 'b', 'c'],
  u: ['id', 'a', 'd', 'e'],
  w: ['k', 'd', 'w'],
} as const

/** What FROM offers: aliases with the columns they have. */
type Offered = { alias: string; columns: readonly string[] }[]

/**
 * Writes a random SELECT over {@link randomTables}. Some are refused by DuckDB (an ambiguous name, a column that is not grouped): they say
 * nothing and are passed over by whoever runs them.
 */
export function randomQuery(gen: GeneratorValue): string {
  return new Writer(gen).query(2, [], null).sql
}

class Writer {
  readonly #gen: GeneratorValue
  #names = 0

  constructor(gen: GeneratorValue) {
    this.#gen = gen
  }

  query(depth: number, ctes: Offered, count: number | null): { sql: string; columns: string[] } {
    if (depth > 0 && this.#chance(20)) {
      const name = this.#chance(30) ? 't' : this.#fresh('q')
      const inner = this.query(depth - 1, ctes, null)
      const head = this.#chance(20) ? inner.columns.map(() => this.#fresh('y')) : null
      const columns = head ?? inner.columns
      const rest = this.query(depth, [...ctes.filter((one) => one.alias !== name), { alias: name, columns }], count)
      return {
        sql: `WITH ${name}${head ? `(${head})` : ''} AS (${inner.sql}) ${wrapped(rest.sql)}`,
        columns: rest.columns,
      }
    }
    if (depth > 0 && this.#chance(15)) {
      const wanted = count ?? this.#number(1, 3)
      const left = this.query(depth - 1, ctes, wanted)
      const right = this.query(depth - 1, ctes, wanted)
      const word = this.#one(['UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT', 'UNION ALL BY NAME'])
      if (word.endsWith('NAME') && count !== null) return left
      return { sql: `(${left.sql}) ${word} (${right.sql})`, columns: left.columns }
    }
    return this.#select(depth, ctes, count)
  }

  #select(depth: number, ctes: Offered, count: number | null): { sql: string; columns: string[] } {
    const { sql: from, offered } = this.#from(depth, ctes)
    const hasStar = count === null && this.#chance(15)
    if (hasStar) return this.#starred(from, offered)
    const isGrouped = this.#chance(30)
    const keys = isGrouped && this.#chance(70) ? [this.#column(offered)] : []
    const items = Array.from({ length: count ?? this.#number(1, 4) }, (_, index) => {
      const name = this.#chance(60) ? this.#fresh('x') : this.#one(['a', 'b', 'id', 'd'])
      const isKey = isGrouped && keys.length > 0 && (index === 0 || this.#chance(30))
      const expression = isKey
        ? keys[0]!
        : isGrouped
          ? this.#aggregate(depth, offered, ctes)
          : this.#expression(depth, offered, ctes, true)
      return { name, sql: `${expression} AS ${name}` }
    })
    const distinct = this.#chance(8) ? 'DISTINCT ' : ''
    const where = this.#chance(25) ? ` WHERE ${this.#condition(offered)}` : ''
    const by = this.#one(['ALL', '1', keys.join(', ')])
    const group = keys.length > 0 ? ` GROUP BY ${by}` : ''
    const having = isGrouped && this.#chance(15) ? ` HAVING count(${this.#column(offered)}) > 1` : ''
    const qualify =
      !isGrouped && this.#chance(5) ? ` QUALIFY row_number() OVER (ORDER BY ${this.#column(offered)}) < 3` : ''
    const end = this.#chance(10) ? ` ORDER BY ${this.#one(['1', 'ALL', items[0]!.name])} LIMIT 2` : ''
    return {
      sql: `SELECT ${distinct}${items.map((one) => one.sql).join(', ')} FROM ${from}${where}${group}${having}${qualify}${end}`,
      columns: items.map((one) => one.name),
    }
  }

  #starred(from: string, offered: Offered): { sql: string; columns: string[] } {
    const columns = [...new Set(offered.flatMap((one) => one.columns))]
    const out = this.#one(columns)
    const star = this.#one([
      '*',
      `${this.#one(offered).alias}.*`,
      `* EXCLUDE (${out})`,
      `* REPLACE (${this.#column(offered)} + 1 AS ${out})`,
      `COLUMNS('^[ad]$')`,
      `COLUMNS(*) + 1`,
      `* RENAME (${out} AS renamed)`,
    ])
    return { sql: `SELECT ${star} FROM ${from}`, columns }
  }

  #from(depth: number, ctes: Offered): { sql: string; offered: Offered } {
    let { sql, offered } = this.#relation(depth, ctes, [])
    for (let more = this.#one([0, 0, 0, 1, 1, 2]); more > 0; more--) {
      const right = this.#relation(depth - 1, ctes, offered)
      const both = [...offered, ...right.offered]
      const kind = this.#one([
        'JOIN',
        'LEFT JOIN',
        'RIGHT JOIN',
        'FULL JOIN',
        'SEMI JOIN',
        'ANTI JOIN',
        'ASOF JOIN',
        ',',
      ])
      const shared = right.offered[0]!.columns.filter((name) => offered.some((one) => one.columns.includes(name)))
      if (kind === ',') sql = `${sql}, ${right.sql}`
      else if (kind === 'ASOF JOIN')
        sql = `${sql} ASOF JOIN ${right.sql} ON ${this.#column(offered)} >= ${this.#column(right.offered)}`
      else if (shared.length > 0 && this.#chance(35)) sql = `${sql} ${kind} ${right.sql} USING (${this.#one(shared)})`
      else if (this.#chance(15)) sql = `${sql} NATURAL ${kind} ${right.sql}`
      else
        sql = `${sql} ${kind} ${right.sql} ON ${this.#column(offered)} ${this.#one(['=', '=', '<'])} ${this.#column(right.offered)}`
      offered = /SEMI|ANTI/.test(kind) ? offered : both
    }
    return { sql, offered }
  }

  #relation(depth: number, ctes: Offered, left: Offered): { sql: string; offered: Offered } {
    const alias = this.#fresh('r')
    if (depth > 0 && this.#chance(25)) {
      const inner = this.query(depth - 1, ctes, null)
      const names = this.#chance(25) ? [this.#fresh('z')] : []
      const columns = inner.columns.map((name, index) => names[index] ?? name)
      return { sql: `(${inner.sql}) AS ${alias}${names.length > 0 ? `(${names})` : ''}`, offered: [{ alias, columns }] }
    }
    if (left.length > 0 && this.#chance(15)) {
      const value = this.#one([
        `(SELECT ${this.#column(left)} + ${this.#column(left)} AS l)`,
        `(VALUES (${this.#column(left)}), (7))`,
        `unnest([${this.#column(left)}, 5])`,
      ])
      return { sql: `${value} AS ${alias}(l)`, offered: [{ alias, columns: ['l'] }] }
    }
    const tables = { ...randomTables, ...Object.fromEntries(ctes.map((one) => [one.alias, one.columns])) }
    const name = this.#one(Object.keys(tables))
    const columns = tables[name as keyof typeof tables]
    return { sql: `${name} AS ${alias}`, offered: [{ alias, columns }] }
  }

  #expression(depth: number, offered: Offered, ctes: Offered, mayWindow: boolean): string {
    const column = () => this.#column(offered)
    const deeper = () => (depth > 0 ? this.#expression(depth - 1, offered, ctes, mayWindow) : column())
    switch (this.#number(0, mayWindow ? 12 : 9)) {
      case 0:
        return `${deeper()} + ${column()}`
      case 1:
        return `CASE WHEN ${this.#condition(offered)} THEN ${deeper()} ELSE ${column()} END`
      case 2:
        return `coalesce(nullif(${column()}, 1), ${deeper()})`
      case 3:
        return `list_sum(list_transform([${column()}, 2], lambda b: b + ${column()}))`
      case 4:
        return `CAST({'f': ${column()}}.f AS VARCHAR)::INTEGER`
      case 5:
        return depth > 0 ? `(${this.#scalar(depth - 1, offered, ctes)})` : column()
      case 6:
        return `(${column()} IN (SELECT ${this.#one(['d', 'a', 'id'])} FROM u))::INTEGER`
      case 7:
        return `(EXISTS (SELECT 1 FROM w WHERE w.d = ${column()}))::INTEGER`
      case 8:
        return mayWindow ? this.#one(['1', 'unnest([1, 2])', `unnest([${column()}])`]) : '1'
      case 10:
        return `sum(${column()}) OVER (PARTITION BY ${column()} ORDER BY ${column()})`
      case 11:
        return `count(*) FILTER (${this.#condition(offered)}) OVER (PARTITION BY ${column()})`
      case 12:
        return `lag(${column()}) OVER (ORDER BY ${column()}, ${column()})`
      default:
        return column()
    }
  }

  #aggregate(depth: number, offered: Offered, ctes: Offered): string {
    const value = this.#expression(Math.min(depth, 1), offered, ctes, false)
    return this.#one([
      `sum(${value})`,
      'count(*)',
      `count(DISTINCT ${value})`,
      `max(${value}) FILTER (${this.#condition(offered)})`,
      `list_sum(list(${value} ORDER BY ${this.#column(offered)})[:1])`,
      `arg_min(${value}, ${this.#column(offered)})`,
      `sum(count(*)) OVER ()`,
      `first(${value})`,
    ])
  }

  #scalar(depth: number, offered: Offered, ctes: Offered): string {
    const { sql, offered: own } = this.#from(depth, ctes)
    const aggregate = this.#one(['max', 'min', 'sum', 'count'])
    return `SELECT ${aggregate}(${this.#column(own)}) FROM ${sql} WHERE ${this.#column(own)} = ${this.#column([...own, ...offered])}`
  }

  #condition(offered: Offered): string {
    return `${this.#column(offered)} ${this.#one(['=', '<', '>='])} ${this.#one(['1', '2', this.#column(offered)])}`
  }

  /** Mostly qualified; an unqualified name may be ambiguous, or mean an alias. */
  #column(offered: Offered): string {
    const { alias, columns } = this.#one(offered)
    const column = this.#one(columns)
    return this.#chance(70) ? `${alias}.${column}` : this.#chance(50) ? column.toUpperCase() : `"${column}"`
  }

  #fresh(letter: string): string {
    this.#names++
    return `${letter}${this.#names}`
  }

  #one<T>(values: readonly T[]): T {
    return values[this.#number(0, values.length - 1)]!
  }

  #number(min: number, max: number): number {
    return this.#gen(fc.integer, { min, max })
  }

  #chance(percent: number): boolean {
    return this.#number(1, 100) <= percent
  }
}

function wrapped(sql: string): string {
  return sql.startsWith('WITH') ? `SELECT * FROM (${sql})` : sql
}

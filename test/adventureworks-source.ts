import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'

/** One customer with a person, read by DuckDB alone; every value as text. */
export interface Customer {
  customer_id: string
  full_name: string | null
  email: string
  phone: string
  country_code: string
  city: string
  state_code: string
  country: string
  lifetime_value: string
  orders_count: string
  last_order_date: string | null
  loyalty_tier: string
}

/** The customer 360 of the data set as parts of a project: tables over its files, and one table by SQL over them. */
export interface Customer360 {
  /** Table name to file name. */
  files: Record<string, string>
  /** The SELECT of the view over those tables. */
  sql: string
}

const FILE_TABLE = /^(\w+) +AS \(SELECT \* FROM read_csv\('([^']+)', all_varchar=true\)\),\n/gm

/** Takes the view apart: its `read_csv` calls become the tables of a project, what is left of its SELECT stays as it is. */
export function customer360(dir: string): Customer360 {
  const view = readView(dir)
  const files = Object.fromEntries([...view.matchAll(FILE_TABLE)].map(([, table, file]) => [table!, file!]))
  const select = view.replace(FILE_TABLE, '').replace(/^(--.*\n)*CREATE OR REPLACE VIEW customer_360 AS\n/, '')
  return { files, sql: select.trimEnd().replace(/;$/, '') }
}

/**
 * What the view says, by DuckDB and the unchanged file alone. The order lines are read from `linesPath`. In the order of customer_id,
 * so that the customer at index n is row n + 1 of the query.
 */
export async function readCustomers(dir: string, linesPath: string): Promise<Customer[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const view = readView(dir).replace(/read_csv\('([^']+)'/g, (_, file: string) => {
      return `read_csv('${file === 'sales_order_line.csv' ? linesPath : join(dir, file)}'`
    })
    await connection.run(view)
    const reader = await connection.runAndReadAll(`
      SELECT customer_id::VARCHAR AS customer_id, full_name, email, phone, country_code, city, state_code, country,
        lifetime_value::VARCHAR AS lifetime_value, orders_count::VARCHAR AS orders_count,
        strftime(last_order_date, '%Y-%m-%d') AS last_order_date, loyalty_tier
      FROM customer_360 ORDER BY customer_360.customer_id`)
    return reader.getRowObjectsJson() as unknown as Customer[]
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

function readView(dir: string): string {
  return readFileSync(join(dir, 'customer_360.sql'), 'utf8')
}

/** How a line is edited; `same_day` writes its date in the other of the file's two shapes, which means nothing. */
export type Edit = 'quantity' | 'late_order' | 'own_order' | 'removed' | 'same_day'

const edits: readonly Edit[] = ['quantity', 'late_order', 'own_order', 'removed', 'same_day']

/** Edits `share` of the order lines in place, every fifth of them in each way; returns customer -> edits. The same seed edits alike. */
export function editOrderLines(path: string, share: number, seed: number): Map<string, Edit[]> {
  const [header, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n')
  const column = (name: string) => header!.split(',').indexOf(name)
  const [date, order, customer, quantity] = ['OrderDate', 'OrderNumber', 'CustomerKey', 'OrderQuantity'].map(column)
  const edited = new Map<string, Edit[]>()
  chooseLines(lines.length, Math.round(lines.length * share), seed).forEach((index, turn) => {
    const edit = edits[turn % edits.length]!
    const cells = lines[index]!.split(',')
    edited.set(cells[customer!]!, [...(edited.get(cells[customer!]!) ?? []), edit])
    if (edit === 'quantity') cells[quantity!] = String(Number(cells[quantity!]) + 1)
    if (edit === 'late_order') cells[date!] = '7/1/2019'
    if (edit === 'own_order') cells[order!] = `NEW${index}`
    if (edit === 'same_day') cells[date!] = otherShape(cells[date!]!)
    lines[index] = edit === 'removed' ? '' : cells.join(',')
  })
  writeFileSync(path, `${[header, ...lines.filter((line) => line !== '')].join('\n')}\n`)
  return edited
}

/** 01/02/2019 and 1/2/2019 are the same day. */
function otherShape(date: string): string {
  const [month, day, year] = date.split('/')
  const short = `${Number(month)}/${Number(day)}/${year}`
  return short === date ? `${month!.padStart(2, '0')}/${day!.padStart(2, '0')}/${year}` : short
}

/** `count` different numbers below `below`, chosen by the seed. */
function chooseLines(below: number, count: number, seed: number): number[] {
  const chosen = new Set<number>()
  let state = seed
  while (chosen.size < count) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    chosen.add(Math.floor((state / 2 ** 32) * below))
  }
  return [...chosen]
}

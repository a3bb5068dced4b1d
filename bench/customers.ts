import { DuckDBInstance } from '@duckdb/node-api'

/** User fields of the account, beside the eight attributes that every account has: twelve columns in all. */
export const customerFields = [
  { key: 'city', type: 'text', title: 'City' },
  { key: 'orders', type: 'integer', title: 'Orders' },
  { key: 'spent', type: 'decimal', title: 'Spent' },
  { key: 'customer_since', type: 'date', title: 'Customer since' },
]

/** The query that is planned. It has no ORDER BY: with one, the bare statements beside it would sort as well, and the ratio would look better. */
export function customerQuery(table: string): string {
  return `SELECT * FROM ${table}`
}

/** Of the people before: who changed, who is new, who is gone. */
export function expectedChanges(rows: number): { changed: number; created: number; gone: number } {
  return { changed: rows / 100, created: rows / 1000, gone: rows / 1000 }
}

/**
 * Writes a customer 360 of twelve columns, the same for the same arguments. `before`: `rows` people. `after`: of these 1 % with another
 * number of orders, 0.1 % fewer, and 0.1 % new ones. The order of the rows is not that of the ids, and differs between the two.
 */
export async function writeCustomers(path: string, rows: number, moment: 'before' | 'after'): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '600MB' })
  const connection = await instance.connect()
  const { created } = expectedChanges(rows)
  const last = moment === 'before' ? rows : rows + created
  // Primes that divide no number of people used here: multiplying by one visits every number once.
  const stride = moment === 'before' ? 1_000_003 : 998_244_353
  const source = `
    SELECT 'C-' || lpad(n::VARCHAR, 9, '0') AS external_id,
      'person' || n || '@example.com' AS email,
      ['Amara', 'Benedikt', 'Chiara', 'Dmitri', 'Elif', 'Fatou', 'Gabriel', 'Hana'][1 + n % 8] || ' '
        || ['Okafor', 'Sommer', 'Ricci', 'Ivanov', 'Yilmaz', 'Diop', 'Moreau', 'Novak', 'Lindqvist', 'Tanaka', 'Silva'][1 + n % 11] || ' ' || n AS name,
      '+1' || ['212', '312', '415', '617', '713', '206'][1 + n % 6] || 2 + n % 8 || lpad((n * 7919 % 1000000)::VARCHAR, 6, '0') AS phone,
      'Customer since ' || 2005 + n % 20 || ', tier ' || ['bronze', 'silver', 'gold'][1 + n % 3] AS details,
      'Prefers ' || ['e-mail', 'phone', 'post'][1 + n % 3] || '; store ' || n % 400 AS notes,
      ['en-US', 'de', 'fr', 'es'][1 + n % 4] AS locale,
      ['America/New_York', 'Europe/Berlin', 'Europe/Paris', 'Asia/Tokyo'][1 + n % 4] AS time_zone,
      'City ' || n % 5000 AS "user_fields.city",
      (n % 40 + CASE WHEN ${moment === 'after'} AND n % 100 = 5 THEN 1 ELSE 0 END)::INTEGER AS "user_fields.orders",
      (n % 100000 / 8)::DECIMAL(12, 2) AS "user_fields.spent",
      DATE '2005-01-01' + (n % 7300)::INTEGER AS "user_fields.customer_since"
    FROM (SELECT (i::HUGEINT * ${stride} % ${last})::BIGINT + 1 AS n FROM range(${last}) r(i))
    WHERE ${moment === 'before'} OR n > ${rows} OR n % 1000 <> 7`
  const format = path.endsWith('.csv') ? 'FORMAT csv, HEADER' : 'FORMAT parquet'
  await connection.run(`COPY (${source}) TO '${path}' (${format})`)
  connection.closeSync()
  instance.closeSync()
}

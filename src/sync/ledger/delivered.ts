import { identifier, literal } from '../../sql-text.ts'
import type { Database, Transaction } from './database.ts'

/** Names of a delivered table's own columns; attributes stand beside them under their own names, which never start with `_`. */
const OWN_COLUMNS = [
  '_person',
  '_zendesk_id',
  '_external_id',
  '_key',
  '_emails',
  '_digest',
  '_mapping',
  '_orchestration',
  '_at',
  '_ours',
  '_exit',
]

/**
 * What was delivered to one account: a row per person. `_key` is the external_id in lower case (Zendesk compares it so), `_emails` are
 * all addresses ever given, `_digest` and `_mapping` say from which source text and under which rules; NULL means "look again".
 * `_ours`: the account created the user at our word, so that what we did not give was empty. `_exit`: what was done when the person
 * left the result, until they return.
 */
export function deliveredName(account: number): string {
  return `delivered_${account}`
}

export async function createDelivered(transaction: Transaction, account: number): Promise<void> {
  await transaction.run(
    `CREATE TABLE ${deliveredName(account)} (_person BIGINT NOT NULL, _zendesk_id VARCHAR, _external_id VARCHAR, _key VARCHAR,
       _emails VARCHAR[] NOT NULL, _digest UHUGEINT, _mapping VARCHAR, _orchestration VARCHAR NOT NULL, _at TIMESTAMP NOT NULL)`,
  )
  for (const statement of deliveredColumns(account, 1)) await transaction.run(statement)
}

/** Statements that add what an account's table has more in the format after this one; they may be repeated. */
export function deliveredColumns(account: number, format: number): string[] {
  if (format !== 1) return []
  const columns = ['_ours BOOLEAN DEFAULT false', '_exit VARCHAR']
  return columns.map((column) => `ALTER TABLE ${deliveredName(account)} ADD COLUMN IF NOT EXISTS ${column}`)
}

/** Attributes that the account's table knows. */
export async function deliveredAttributes(db: Database, account: number): Promise<string[]> {
  return (await db.columnNames(deliveredName(account))).filter((name) => !OWN_COLUMNS.includes(name))
}

/** Adds a column for each attribute that is new to the account; a field that left the query keeps its column and its values. */
export async function ensureAttributes(db: Database, account: number, attributes: readonly string[]): Promise<void> {
  const known = new Set(await deliveredAttributes(db, account))
  for (const attribute of attributes) {
    if (!known.has(attribute))
      await db.run(`ALTER TABLE ${deliveredName(account)} ADD COLUMN ${identifier(attribute)} VARCHAR`)
  }
}

/**
 * The last word on each planned change of a run, follow-ups included: `status` is created | updated | failed, or pending when a
 * follow-up has not been sent; `recreated` is the id of the user that an update created because the old one had vanished. Nearly every change
 * has one outcome and no follow-up, and is told without grouping. Needs the plan attached as `plan`.
 */
export function finalsQuery(run: string): string {
  const followUps = `followups WHERE run = ${literal(run)}`
  const ended = "status IN ('created', 'updated')"
  return `
    SELECT change AS root, status, code, reason, zendesk_id, CASE WHEN status = 'created' THEN zendesk_id END AS recreated,
      whole AND ${ended} AS whole, status AS first_status
    FROM outcomes WHERE run = ${literal(run)} AND change NOT IN (SELECT root FROM ${followUps}) AND change NOT IN (SELECT change FROM ${followUps})
    UNION ALL
    SELECT root, last.status, last.code, last.reason, zendesk_id, recreated, whole, first_status
    FROM (
      SELECT root, arg_max({status: status, code: code, reason: reason}, change) AS last, arg_max(zendesk_id, change) AS zendesk_id,
        any_value(zendesk_id) FILTER (status = 'created') AS recreated, bool_or(whole AND ${ended}) AS whole, arg_min(status, change) AS first_status
      FROM (
        SELECT change AS root, change, whole, status, code, reason, zendesk_id
        FROM outcomes WHERE run = ${literal(run)} AND change IN (SELECT root FROM ${followUps})
        UNION ALL
        SELECT f.root, f.change, coalesce(o.whole, false), coalesce(o.status, 'pending'), o.code, o.reason, o.zendesk_id
        FROM followups f LEFT JOIN outcomes o ON o.run = f.run AND o.change = f.change WHERE f.run = ${literal(run)})
      GROUP BY root)`
}

/** Changes that come beside or behind the one that carries a person's fields; each has an outcome of its own. */
const FURTHER_KINDS = ['email', 'primary_email', 'remove_email', 'tags', 'membership', 'primary_phone']

/** SQL: is this a further change? */
export function isFurther(kind: string): string {
  return `${kind} IN (${FURTHER_KINDS.map((one) => `'${one}'`).join(', ')})`
}

/** Whether the plan attached as `plan` has this table; those of older releases lack some. */
export async function hasPlanTable(db: Database, name: string): Promise<boolean> {
  const found = await db.first(
    "SELECT 1 AS yes FROM duckdb_tables() WHERE database_name = 'plan' AND table_name = $1",
    [name],
  )
  return found !== undefined
}

/** Makes every stored plan of the account stale, but for the run's own. */
export async function raiseFolds(transaction: Transaction, run: string, account: number): Promise<void> {
  await transaction.run(
    'UPDATE workflows SET folds_seen = folds_seen + 1 WHERE run = $1 AND folds_seen = (SELECT folds FROM accounts WHERE account = $2)',
    [run, account],
  )
  await transaction.run('UPDATE accounts SET folds = folds + 1 WHERE account = $1', [account])
}

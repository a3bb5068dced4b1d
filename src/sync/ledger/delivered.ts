import { type Database, identifier, literal, type Transaction } from './database.ts'

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
]

/**
 * What was delivered to one account: a row per person. `_key` is the external_id in lower case (Zendesk compares it so), `_emails` are
 * all addresses ever given, `_digest` and `_mapping` say from which source text and under which rules; NULL means "look again".
 */
export function deliveredName(account: number): string {
  return `delivered_${account}`
}

export async function createDelivered(transaction: Transaction, account: number): Promise<void> {
  await transaction.run(
    `CREATE TABLE ${deliveredName(account)} (_person BIGINT NOT NULL, _zendesk_id VARCHAR, _external_id VARCHAR, _key VARCHAR,
       _emails VARCHAR[] NOT NULL, _digest UHUGEINT, _mapping VARCHAR, _orchestration VARCHAR NOT NULL, _at TIMESTAMP NOT NULL)`,
  )
}

/** Attributes that the account's table knows. */
export async function deliveredAttributes(db: Database, account: number): Promise<string[]> {
  const rows = await db.rows<{ name: string }>(
    'SELECT column_name AS name FROM duckdb_columns() WHERE table_name = $1 AND database_name = current_database() ORDER BY column_index',
    [deliveredName(account)],
  )
  return rows.map((row) => row.name).filter((name) => !OWN_COLUMNS.includes(name))
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
 * follow-up has not been sent; `recreated` is the id of the user that an update created because the old one had vanished.
 * Needs the plan attached as `plan`.
 */
export function finalsQuery(run: string): string {
  return `
    SELECT root, last.status AS status, last.code AS code, last.reason AS reason, zendesk_id, recreated, whole,
      first_status
    FROM (
      SELECT root, arg_max({status: status, code: code, reason: reason}, change) AS last, arg_max(zendesk_id, change) AS zendesk_id,
        any_value(zendesk_id) FILTER (status = 'created') AS recreated, bool_or(whole AND status IN ('created', 'updated')) AS whole,
        arg_min(status, change) AS first_status
      FROM (
        SELECT o.change AS root, o.change, o.whole, o.status, o.code, o.reason, o.zendesk_id
        FROM outcomes o WHERE o.run = ${literal(run)} AND o.change NOT IN (SELECT change FROM followups WHERE run = ${literal(run)})
        UNION ALL
        SELECT f.root, f.change, coalesce(o.whole, false), coalesce(o.status, 'pending'), o.code, o.reason, o.zendesk_id
        FROM followups f LEFT JOIN outcomes o ON o.run = f.run AND o.change = f.change WHERE f.run = ${literal(run)})
      GROUP BY root)`
}

export interface Fold {
  run: string
  account: number
  orchestration: string
  /** Attributes of the run's query; the plan's table `people_values` has a column for each. */
  attributes: readonly string[]
  /** Digest of the rules that made the values. */
  mapping: string
}

/**
 * Folds what a run's outcomes confirm into `delivered`, in one transaction; may be repeated any number of times. A person whose every
 * change landed gets the digest of the source text; a person of whom something failed or is still open keeps none, so that the next
 * plan looks again. Needs the plan attached as `plan`. Returns whether anything had been settled.
 */
export async function foldOutcomes(db: Database, fold: Fold): Promise<boolean> {
  const table = deliveredName(fold.account)
  const foreign = (await deliveredAttributes(db, fold.account)).filter((name) => !fold.attributes.includes(name))
  await db.run(landedQuery(fold, table))
  const settled = await db.first<{ n: number }>('SELECT count(*) AS n FROM landed')
  const refreshed = await db.first<{ n: number }>("SELECT count(*) AS n FROM plan.people WHERE state = 'refresh'")
  if (settled?.n === 0 && refreshed?.n === 0) return false
  await db.transaction(async (transaction) => {
    await transaction.run(updateKnown(fold, table, foreign))
    await transaction.run(insertNew(fold, table))
    await transaction.run(
      `UPDATE ${table} AS d SET _digest = p.digest, _mapping = ${literal(fold.mapping)} FROM plan.people p
       WHERE p.state = 'refresh' AND d._person = p.delivered`,
    )
    await transaction.run('DELETE FROM writers WHERE account = $1 AND orchestration = $2', [
      fold.account,
      fold.orchestration,
    ])
    const attributes = fold.attributes.map(literal).join(', ')
    await transaction.run(
      `INSERT INTO writers VALUES (${fold.account}, ${literal(fold.orchestration)}, [${attributes}]::VARCHAR[])`,
    )
    if (settled?.n === 0) return
    await transaction.run(
      'UPDATE workflows SET folds_seen = folds_seen + 1 WHERE run = $1 AND folds_seen = (SELECT folds FROM accounts WHERE account = $2)',
      [fold.run, fold.account],
    )
    await transaction.run('UPDATE accounts SET folds = folds + 1 WHERE account = $1', [fold.account])
  })
  return settled?.n !== 0
}

/** People we knew: what landed replaces what we knew; of a user who was created anew nothing else is left. */
function updateKnown(fold: Fold, table: string, foreign: readonly string[]): string {
  const mine = fold.attributes.map((name) => {
    const column = identifier(name)
    return `, ${column} = CASE WHEN l.partial AND NOT list_contains(l.sent, ${literal(name)}) THEN NULL ELSE v.${column} END`
  })
  const others = foreign.map((name) => {
    const column = identifier(name)
    return `, ${column} = CASE WHEN l.reset THEN NULL ELSE d.${column} END`
  })
  return `
    UPDATE ${table} AS d SET _zendesk_id = l.zendesk_id, _external_id = coalesce(l.external_id, d._external_id), _key = coalesce(l.key, d._key),
      _emails = CASE WHEN l.reset THEN l.emails ELSE list_distinct(d._emails || l.emails) END, _digest = l.digest,
      _mapping = ${literal(fold.mapping)}, _orchestration = ${literal(fold.orchestration)}, _at = now()::TIMESTAMP${[...mine, ...others].join('')}
    FROM landed l JOIN plan.people_values v ON v.person = l.person WHERE d._person = l.target`
}

function insertNew(fold: Fold, table: string): string {
  const mine = fold.attributes.map((name) => `, v.${identifier(name)} AS ${identifier(name)}`)
  return `
    INSERT INTO ${table} BY NAME
    SELECT (SELECT coalesce(max(_person), 0) FROM ${table}) + row_number() OVER (ORDER BY l.person) AS _person, l.zendesk_id AS _zendesk_id,
      l.external_id AS _external_id, l.key AS _key, l.emails AS _emails, l.digest AS _digest, ${literal(fold.mapping)} AS _mapping,
      ${literal(fold.orchestration)} AS _orchestration, now()::TIMESTAMP AS _at${mine.join('')}
    FROM landed l JOIN plan.people_values v ON v.person = l.person WHERE l.target IS NULL AND NOT l.partial`
}

/** One row per person whom the run reached: where it goes, which e-mails were given, and whether everything landed. */
function landedQuery(fold: Fold, table: string): string {
  return `
    CREATE OR REPLACE TEMP TABLE landed AS
    WITH finals AS (${finalsQuery(fold.run)}),
    changed AS (
      SELECT c.person, c.kind, c.email, c.fields, f.*, coalesce(f.status IN ('created', 'updated'), false) AS ok
      FROM plan.changes c LEFT JOIN finals f ON f.root = c.change),
    main AS (SELECT * FROM changed WHERE kind <> 'email'),
    given AS (
      SELECT person, list(email) FILTER (ok AND email IS NOT NULL) AS emails, bool_and(ok) AS all_ok, bool_or(ok) AS any_ok,
        any_value(zendesk_id) AS zendesk_id, any_value(recreated) FILTER (kind <> 'create') AS recreated, coalesce(bool_or(whole), false) AS whole
      FROM changed GROUP BY person),
    reached AS (
      SELECT p.*, main.fields, coalesce(main.ok, given.any_ok) AS ok, given.all_ok, given.whole, coalesce(given.emails, []) AS given_emails,
        given.recreated, coalesce(given.recreated, main.zendesk_id, given.zendesk_id) AS lands_at
      FROM plan.people p JOIN given ON given.person = p.person LEFT JOIN main ON main.person = p.person)
    SELECT p.person, p.lands_at AS zendesk_id, p.external_id, p.key,
      CASE WHEN p.whole THEN list_distinct(p.given_emails || p.emails[1:1]) ELSE p.given_emails END AS emails,
      CASE WHEN p.all_ok AND NOT (p.whole AND len(p.emails) > len(list_distinct(p.given_emails || p.emails[1:1]))) THEN p.digest END AS digest,
      p.recreated IS NOT NULL AND NOT p.whole AS partial,
      p.recreated IS NOT NULL AS reset,
      coalesce(list_transform(p.fields, lambda x: x.field), []) AS sent,
      coalesce(p.delivered, by_key._person, by_email._person) AS target
    FROM reached p
    LEFT JOIN ${table} by_key ON by_key._key = CASE WHEN p.delivered IS NULL THEN p.key END
    LEFT JOIN (SELECT _person, unnest(_emails) AS email FROM ${table} WHERE _key IS NULL) by_email
      ON by_email.email = CASE WHEN p.delivered IS NULL AND p.key IS NULL THEN p.emails[1] END
    WHERE p.ok OR p.recreated IS NOT NULL`
}

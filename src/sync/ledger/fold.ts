import { reached } from '../../moment.ts'
import { identifier, literal } from '../../sql-text.ts'
import type { Database, Transaction } from './database.ts'
import { deliveredAttributes, deliveredName, finalsQuery, isFurther, raiseFolds } from './delivered.ts'
import { foldExits, hasExits } from './presence.ts'

export interface Fold {
  run: string
  account: number
  orchestration: string
  /** Attributes of the run's query; the plan's table `people_values` has a column for each. */
  attributes: readonly string[]
  /** Of these, those that never travel with the user. */
  apart: readonly string[]
  /** Digest of the rules that made the values. */
  mapping: string
  /** Not from a query: which attributes the orchestration writes is not said by it. */
  made?: boolean | undefined
  /** The account's time. */
  at: Date
}

/**
 * Folds what a run's outcomes confirm into `delivered`, in one transaction; may be repeated any number of times. A person whose every
 * change landed gets the digest of the source text; a person of whom something failed or is still open keeps none, so that the next
 * plan looks again. Needs the plan attached as `plan`. Returns whether anything had been settled.
 */
export async function foldOutcomes(db: Database, fold: Fold): Promise<boolean> {
  const table = deliveredName(fold.account)
  const foreign = (await deliveredAttributes(db, fold.account)).filter((name) => !fold.attributes.includes(name))
  const someLeft = await hasExits(db)
  await db.run(landedQuery(fold, table))
  const settled = await db.first<{ n: number }>(
    `SELECT (SELECT count(*) FROM landed) ${someLeft ? '+ (SELECT count(*) FROM plan.exits)' : ''} AS n`,
  )
  const refreshed = await db.first<{ n: number }>("SELECT count(*) AS n FROM plan.people WHERE state = 'refresh'")
  if (settled?.n === 0 && refreshed?.n === 0) return false
  reached('fold.writing')
  await db.transaction(async (transaction) => {
    await transaction.run(updateKnown(fold, table, foreign))
    await transaction.run(insertNew(fold, table, someLeft))
    await transaction.run(
      `UPDATE ${table} AS d SET _digest = p.digest, _mapping = ${literal(fold.mapping)}, _exit = NULL FROM plan.people p
       WHERE p.state = 'refresh' AND d._person = p.delivered`,
    )
    if (someLeft) await foldExits(transaction, fold.run, fold.account, [...fold.attributes, ...foreign])
    if (fold.made !== true) await foldWriters(transaction, fold)
    if (settled?.n === 0) return
    await raiseFolds(transaction, fold.run, fold.account)
  })
  reached('fold.written')
  return settled?.n !== 0
}

/** Remembers which attributes an orchestration writes. */
async function foldWriters(transaction: Transaction, fold: Fold): Promise<void> {
  await transaction.run('DELETE FROM writers WHERE account = $1 AND orchestration = $2', [
    fold.account,
    fold.orchestration,
  ])
  const attributes = fold.attributes.map(literal).join(', ')
  await transaction.run(
    `INSERT INTO writers VALUES (${fold.account}, ${literal(fold.orchestration)}, [${attributes}]::VARCHAR[])`,
  )
}

/** People we knew: what landed replaces what we knew; of a user who was created anew nothing else is left. */
function updateKnown(fold: Fold, table: string, foreign: readonly string[]): string {
  const mine = fold.attributes.map((name) => {
    const column = identifier(name)
    return `, ${column} = CASE WHEN l.partial AND NOT list_contains(l.sent, ${literal(name)}) THEN NULL
      WHEN list_contains(l.unsettled, ${literal(name)}) THEN CASE WHEN l.reset THEN NULL ELSE d.${column} END ELSE v.${column} END`
  })
  const others = foreign.map((name) => {
    const column = identifier(name)
    return `, ${column} = CASE WHEN l.reset THEN NULL ELSE d.${column} END`
  })
  return `
    UPDATE ${table} AS d SET _zendesk_id = l.zendesk_id, _external_id = coalesce(l.external_id, d._external_id), _key = coalesce(l.key, d._key),
      _emails = CASE WHEN l.reset THEN l.emails ELSE list_filter(list_distinct(d._emails || l.emails), lambda x: NOT list_contains(l.removed_emails, x) AND (NOT l.replaced OR list_contains(l.present, x))) END,
      _digest = l.digest, _mapping = ${literal(fold.mapping)}, _orchestration = ${literal(fold.orchestration)}, _at = ${at(fold)},
      _ours = d._ours OR l.ours, _exit = NULL${[...mine, ...others].join('')}
    FROM landed l JOIN plan.people_values v ON v.person = l.person WHERE d._person = l.target`
}

function at(fold: Fold): string {
  return `${literal(fold.at.toISOString().replace('Z', ''))}::TIMESTAMP`
}

function insertNew(fold: Fold, table: string, hasExits: boolean): string {
  // The number of somebody whom this run deletes is not given again: the fold may be repeated.
  const lastNumber = `SELECT coalesce(max(n), 0) FROM (SELECT max(_person) AS n FROM ${table}${hasExits ? ' UNION ALL SELECT max(delivered) FROM plan.exits' : ''})`
  const mine = fold.attributes.map((name) => {
    const column = identifier(name)
    return `, CASE WHEN NOT list_contains(l.unsettled, ${literal(name)}) THEN v.${column} END AS ${column}`
  })
  return `
    INSERT INTO ${table} BY NAME
    SELECT (${lastNumber}) + row_number() OVER (ORDER BY l.person) AS _person, l.zendesk_id AS _zendesk_id,
      l.external_id AS _external_id, l.key AS _key, l.emails AS _emails, l.digest AS _digest, ${literal(fold.mapping)} AS _mapping,
      ${literal(fold.orchestration)} AS _orchestration, ${at(fold)} AS _at, l.ours AS _ours${mine.join('')}
    FROM landed l JOIN plan.people_values v ON v.person = l.person WHERE l.target IS NULL AND NOT l.partial`
}

/**
 * One row per person whom the run reached, or who turned out to need nothing: where it goes, which e-mails were given, and whether
 * everything landed. `unsettled`: fields of further changes that did not land.
 */
function landedQuery(fold: Fold, table: string): string {
  // What travels apart from the user does not come along when everything else is sent again.
  const names = `[${fold.apart.map(literal).join(', ')}]::VARCHAR[]`
  const without = (settled: string) => `list_filter(${names}, lambda x: NOT list_contains(coalesce(${settled}, []), x))`
  return `
    CREATE OR REPLACE TEMP TABLE landed AS
    WITH finals AS (${finalsQuery(fold.run)}),
    changed AS (
      SELECT c.person, c.kind, c.email, c.fields, f.*, coalesce(f.status IN ('created', 'updated'), false) AS ok, ${isFurther('c.kind')} AS further
      FROM plan.changes c LEFT JOIN finals f ON f.root = c.change),
    -- Nearly everybody has one change, which needs no grouping.
    several AS (SELECT DISTINCT person FROM plan.changes WHERE wave > 1),
    main AS (SELECT * FROM changed WHERE NOT further AND person IN (SELECT person FROM several)),
    given AS (
      SELECT person, list(email) FILTER (ok AND email IS NOT NULL AND kind <> 'remove_email') AS emails,
        list(email) FILTER (ok AND kind = 'remove_email') AS removed_emails, bool_or(ok AND kind = 'primary_email') AS replaced,
        bool_and(ok) AS all_ok, bool_or(ok) AS any_ok,
        any_value(zendesk_id) AS zendesk_id, any_value(recreated) FILTER (kind <> 'create') AS recreated, bool_or(recreated IS NOT NULL) AS ours,
        coalesce(bool_or(whole), false) AS whole,
        flatten(list(list_transform(fields, lambda x: x.field)) FILTER (further AND NOT ok)) AS unsettled,
        flatten(list(list_transform(fields, lambda x: x.field)) FILTER (further AND ok AND NOT coalesce(whole, false))) AS settled
      FROM changed WHERE person IN (SELECT person FROM several) GROUP BY person),
    lone AS (
      SELECT *, CASE WHEN ok AND email IS NOT NULL AND kind <> 'remove_email' THEN [email] ELSE [] END AS given_emails,
        CASE WHEN ok AND kind = 'remove_email' THEN [email] ELSE [] END AS removed_emails, ok AND kind = 'primary_email' AS replaced,
        CASE WHEN further AND NOT ok THEN list_transform(fields, lambda x: x.field) ELSE [] END AS unsettled,
        CASE WHEN further AND ok AND NOT coalesce(whole, false) THEN list_transform(fields, lambda x: x.field) END AS settled,
        CASE WHEN kind <> 'create' THEN recreated END AS elsewhere
      FROM changed WHERE person NOT IN (SELECT person FROM several)),
    reached AS (
      SELECT p.*, main.fields, coalesce(main.ok, given.any_ok) AS ok, given.all_ok, given.whole, coalesce(given.emails, []) AS given_emails,
        coalesce(given.removed_emails, []) AS removed_emails, given.replaced, coalesce(given.ours, false) AS ours, coalesce(given.unsettled, []) AS unsettled,
        ${without('given.settled')} AS missing, given.recreated, coalesce(given.recreated, main.zendesk_id, given.zendesk_id) AS lands_at
      FROM plan.people p JOIN given ON given.person = p.person LEFT JOIN main ON main.person = p.person
      UNION ALL BY NAME
      SELECT p.*, CASE WHEN NOT l.further THEN l.fields END AS fields, l.ok, l.ok AS all_ok, coalesce(l.whole, false) AS whole, l.given_emails,
        l.removed_emails, l.replaced, l.recreated IS NOT NULL AS ours, l.unsettled, ${without('l.settled')} AS missing, l.elsewhere AS recreated,
        coalesce(l.elsewhere, l.zendesk_id) AS lands_at
      FROM plan.people p JOIN lone l ON l.person = p.person
      UNION ALL BY NAME
      SELECT p.*, true AS ok, true AS all_ok, false AS whole, p.emails AS given_emails, [] AS removed_emails, false AS replaced, false AS ours, [] AS unsettled,
        [] AS missing, p.zendesk_id AS lands_at
      FROM plan.people p WHERE p.state = 'equal')
    SELECT p.person, p.lands_at AS zendesk_id, p.external_id, p.key,
      CASE WHEN p.whole THEN list_distinct(p.given_emails || p.emails[1:1]) ELSE p.given_emails END AS emails, p.removed_emails,
      -- An address whose place another took is the person's no more, unless the result still has it.
      p.replaced, list_concat(p.emails, p.given_emails) AS present,
      CASE WHEN p.all_ok AND NOT (p.whole AND (len(p.missing) > 0 OR len(p.emails) > len(list_distinct(p.given_emails || p.emails[1:1])))) THEN p.digest END AS digest,
      p.recreated IS NOT NULL AND NOT p.whole AS partial,
      -- Everything is sent again only to another user than before.
      p.recreated IS NOT NULL OR p.whole AS reset, p.ours,
      coalesce(list_transform(p.fields, lambda x: x.field), []) AS sent,
      CASE WHEN p.whole THEN p.missing || p.unsettled ELSE p.unsettled END AS unsettled,
      coalesce(p.delivered, by_key._person, by_email._person) AS target
    FROM reached p
    LEFT JOIN ${table} by_key ON by_key._key = CASE WHEN p.delivered IS NULL THEN p.key END
    LEFT JOIN (SELECT _person, unnest(_emails) AS email FROM ${table} WHERE _key IS NULL) by_email
      ON by_email.email = CASE WHEN p.delivered IS NULL AND p.key IS NULL THEN p.emails[1] END
    WHERE p.ok OR p.recreated IS NOT NULL`
}

import { identifier, literal } from '../sql-text.ts'
import type { Database } from './ledger/database.ts'

/** What is needed to see at a glance that a row is as it was delivered. */
export interface AsideRequest {
  /** Name of the account's delivered table. */
  delivered: string
  /** Column of the stage with the e-mail; null when the query has none. */
  email: string | null
  /** All columns whose text decides what is sent. */
  sourceColumns: readonly string[]
  /** Fingerprint of the rules; values made under others are made again. */
  mapping: string
  /** An address may have been left out on purpose, so that an equal text does not say that the person has it. */
  keepsAddresses: boolean
  /** Look at every row: everybody is sent whole, or the first few people are wanted in their order. */
  everyRow: boolean
}

/** SQL: digest of a row's source text. */
export function sourceDigest(columns: readonly string[]): string {
  return `md5_number(json_array(${columns.map(identifier).join(', ')})::VARCHAR)`
}

/**
 * Most rows of most runs say what they said the last time. Their text has the digest that a person was delivered with, under the same
 * rules, so that whose they are and what they carry has been worked out before: one join sets them aside, and every further step works on
 * the others alone. Leaves `plan.people` with a row for each row of the stage: state 'unchanged', or 'open' for those to be looked at.
 *
 * An address that two people hold, because an agent moved it in Zendesk, stays with whom a row of this text was delivered to.
 *
 * A million rows, of which one in a hundred differs, are planned in 2.1 s; to carry all of them through every step took 7.2 s.
 */
export async function setUnchangedAside(db: Database, request: AsideRequest): Promise<void> {
  await createPeople(db, request)
  const counted = await db.first<{ people: number; rows: number }>(
    'SELECT (SELECT count(*) FROM plan.people) AS people, (SELECT count(*) FROM stage_row) AS rows',
  )
  // Two people delivered with one text would take the row twice; nothing makes such a pair, and if it is there, every row is looked at.
  if (counted?.people === counted?.rows) return
  await db.run('DROP TABLE plan.people')
  await createPeople(db, { ...request, everyRow: true })
}

async function createPeople(db: Database, request: AsideRequest): Promise<void> {
  const address = request.email === null ? 'NULL::VARCHAR' : `clean_email(${identifier(request.email)})`
  const given = request.keepsAddresses ? `AND (s.email IS NULL OR list_contains(d.emails, s.email))` : ''
  const matched = request.everyRow
    ? 'SELECT row, NULL::BIGINT AS delivered FROM stage_row'
    : `SELECT s.row, CASE WHEN d.person IS NOT NULL ${given} THEN d.person END AS delivered
       FROM (SELECT row, ${sourceDigest(request.sourceColumns)} AS digest${request.keepsAddresses ? `, ${address} AS email` : ''} FROM stage_row) s
       LEFT JOIN (SELECT _person AS person, _digest AS digest${request.keepsAddresses ? ', _emails AS emails' : ''} FROM ${request.delivered}
                  WHERE _mapping = ${literal(request.mapping)} AND _exit IS NULL AND _digest IS NOT NULL) d ON d.digest = s.digest`
  await db.run(`
    CREATE TABLE plan.people AS
    SELECT row AS person, row AS first_row, 1::BIGINT AS rows, delivered, NULL::UHUGEINT AS digest, NULL::VARCHAR AS zendesk_id,
      CASE WHEN delivered IS NULL THEN 'open' ELSE 'unchanged' END AS state, NULL::VARCHAR AS key, NULL::VARCHAR AS external_id,
      NULL::VARCHAR[] AS emails
    FROM (${matched})`)
}

/**
 * Takes back who was set aside too early: a person with a further row, or one of whose addresses a row has that is looked at, or who is an
 * agent. Temp tables `keyed(ext, email)`, `agent_exts(key)` and `agent_emails(email)` name the keys that are looked at. Leaves only unchanged
 * people in `plan.people`, all people of `delivered` who have one of these keys in temp table `concerned(person)`, and in `reopened(row)` the
 * rows that were taken back; returns how many these are. They bring keys of their own, so it is called until there are none.
 */
export async function takeBack(db: Database, delivered: string): Promise<number> {
  await db.run(`
    CREATE OR REPLACE TEMP TABLE asked_email AS
    SELECT email FROM keyed WHERE email IS NOT NULL UNION ALL SELECT key FROM agent_emails`)
  await db.run(`
    CREATE OR REPLACE TEMP TABLE concerned AS
    SELECT _person AS person FROM ${delivered} WHERE _emails[1] IN (SELECT email FROM asked_email)
    UNION SELECT person FROM (SELECT _person AS person, unnest(_emails[2:]) AS email FROM ${delivered} WHERE len(_emails) > 1)
    WHERE email IN (SELECT email FROM asked_email)
    UNION SELECT _person FROM ${delivered} WHERE _key IN (SELECT ext FROM keyed WHERE ext IS NOT NULL UNION ALL SELECT key FROM agent_exts)
    UNION SELECT delivered FROM plan.people WHERE delivered IS NOT NULL GROUP BY delivered HAVING count(*) > 1`)
  await db.run(
    'CREATE OR REPLACE TEMP TABLE reopened AS SELECT person AS row FROM plan.people WHERE delivered IN (SELECT person FROM concerned)',
  )
  await db.run("DELETE FROM plan.people WHERE state = 'open' OR delivered IN (SELECT person FROM concerned)")
  return (await db.first<{ n: number }>('SELECT count(*) AS n FROM reopened'))?.n ?? 0
}

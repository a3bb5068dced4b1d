import { reached } from '../../moment.ts'
import { identifier, literal } from '../../sql-text.ts'
import type { ExitRow } from '../report.ts'
import type { Database, Transaction } from './database.ts'
import { deliveredName, finalsQuery, hasPlanTable, raiseFolds } from './delivered.ts'

/** Folds what a run did about people who left; may be repeated. Needs the plan attached as `plan`, with its table `exits`. */
export async function foldExits(
  transaction: Transaction,
  run: string,
  account: number,
  attributes: readonly string[],
): Promise<void> {
  const delivered = deliveredName(account)
  const done = `
    SELECT e.delivered, e.action, list_transform(c.fields, lambda x: x.field) AS fields FROM plan.exits e
    JOIN plan.changes c ON c.person = e.person JOIN (${finalsQuery(run)}) f ON f.root = c.change WHERE f.status IN ('created', 'updated')`
  const cleared = attributes.map((name) => {
    const column = identifier(name)
    const held = name === 'suspended' ? `WHEN x.action = 'suspend' THEN 'true' ` : ''
    return `, ${column} = CASE ${held}WHEN list_contains(x.fields, ${literal(name)}) THEN NULL ELSE d.${column} END`
  })
  await transaction.run(`
    UPDATE ${delivered} AS d SET _exit = x.action, _digest = NULL${cleared.join('')} FROM (${done}) x
    WHERE x.action <> 'delete' AND d._person = x.delivered`)
  await transaction.run(`
    DELETE FROM ${delivered} WHERE _person IN (SELECT delivered FROM (${done}) WHERE action = 'delete')
      OR _person IN (SELECT delivered FROM plan.exits WHERE gone)`)
  // Numbers of people may be given again.
  await transaction.run(
    `DELETE FROM presence WHERE account = ${account} AND person NOT IN (SELECT _person FROM ${delivered}) AND person IN (SELECT delivered FROM plan.exits)`,
  )
}

/**
 * Remembers whom an orchestration holds after a completed workflow over its whole result: everybody in it, who was held before and is in a
 * rejected row, and who left but could not be changed. Needs the plan attached as `plan`.
 */
export async function foldPresence(
  db: Database,
  { run, account, orchestration }: { run: string; account: number; orchestration: string },
): Promise<void> {
  // Plans of older releases do not say who was in a rejected row.
  if (!(await hasPlanTable(db, 'refused_people'))) return
  const delivered = deliveredName(account)
  const mine = `account = ${account} AND orchestration = ${literal(orchestration)}`
  const held = `SELECT person FROM presence WHERE ${mine}`
  await db.run(`
    CREATE OR REPLACE TEMP TABLE also_held AS
    SELECT DISTINCT person FROM (
      SELECT coalesce(by_key._person, by_email._person) AS person FROM (SELECT key, emails FROM plan.people WHERE delivered IS NULL) p
      LEFT JOIN ${delivered} by_key ON by_key._key = p.key
      LEFT JOIN (SELECT _person, unnest(_emails) AS email FROM ${delivered} WHERE _key IS NULL) by_email
        ON by_email.email = CASE WHEN p.key IS NULL THEN p.emails[1] END
      UNION ALL ${held} AND person IN (SELECT delivered FROM plan.refused_people)
      UNION ALL SELECT e.delivered FROM plan.exits e WHERE NOT e.gone AND e.person NOT IN (
        SELECT c.person FROM plan.changes c JOIN (${finalsQuery(run)}) f ON f.root = c.change WHERE f.status IN ('created', 'updated')))
    WHERE person IS NOT NULL`)
  await db.run('DELETE FROM also_held WHERE person IN (SELECT delivered FROM plan.people)')
  const holding =
    'SELECT delivered AS person FROM plan.people WHERE delivered IS NOT NULL UNION ALL SELECT person FROM also_held'
  const same = await db.first<{ same: boolean }>(
    `SELECT (SELECT ${digestOfSet} FROM (${holding})) = (SELECT ${digestOfSet} FROM (${held})) AS same`,
  )
  if (same?.same !== true) {
    await db.transaction(async (transaction) => {
      await transaction.run(`DELETE FROM presence WHERE ${mine} AND person NOT IN (${holding})`)
      await transaction.run(
        `INSERT INTO presence SELECT DISTINCT ${account}, ${literal(orchestration)}, person FROM (${holding}) WHERE person NOT IN (${held})`,
      )
      // A plan that was made before may let somebody leave who is held by now.
      await raiseFolds(transaction, run, account)
    })
  }
  reached('presence.written')
  await db.run('DROP TABLE temp.also_held')
}

/** SQL: what two sets of people have in common only when they are equal; a pass over each costs a tenth of comparing ten million by a join. */
const digestOfSet = '{n: count(*), sum: coalesce(sum(hash(person)), 0), mixed: coalesce(bit_xor(hash(person)), 0)}'

/** Whether the plan attached as `plan` does anything about people who left. */
export async function hasExits(db: Database): Promise<boolean> {
  return (await hasPlanTable(db, 'exits')) && (await db.first('SELECT 1 AS yes FROM plan.exits LIMIT 1')) !== undefined
}

/** Who left, ordered, with what became of each. Needs the plan attached as `plan`. */
export async function readExits(db: Database, run: string, offset: number, limit: number): Promise<ExitRow[]> {
  const lines = await db.rows<{ line: string }>(
    `SELECT to_json({external_id: e.external_id, email: e.email, name: e.name, action: e.action,
       outcome: CASE WHEN e.gone THEN 'gone' WHEN f.status IN ('created', 'updated') THEN 'done' ELSE coalesce(f.status, 'pending') END,
       code: f.code, reason: f.reason})::VARCHAR AS line
     FROM plan.exits e LEFT JOIN plan.changes c ON c.person = e.person LEFT JOIN (${finalsQuery(run)}) f ON f.root = c.change
     ORDER BY e.delivered LIMIT $2 OFFSET $1`,
    [offset, limit],
  )
  return lines.map(({ line }) => JSON.parse(line) as ExitRow)
}

/** Of the people who left: how many were changed, deleted or found gone, and how many could not be. Needs the plan attached as `plan`. */
export async function countExits(db: Database, run: string): Promise<{ done: number; failed: number }> {
  if (!(await hasExits(db))) return { done: 0, failed: 0 }
  const counted = await db.first<{ done: number; failed: number }>(
    `SELECT count(*) FILTER (e.gone OR f.status IN ('created', 'updated')) AS done, count(*) FILTER (f.status = 'failed') AS failed
     FROM plan.exits e LEFT JOIN plan.changes c ON c.person = e.person LEFT JOIN (${finalsQuery(run)}) f ON f.root = c.change`,
  )
  return counted ?? { done: 0, failed: 0 }
}

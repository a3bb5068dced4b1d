import type { Attribute } from '../destination/destination.ts'
import { type Database, identifier, literal } from './ledger/database.ts'

/** What turns people into changes. Temp tables of `foldPeople` and `makeValues` must be there, the plan's file attached as `plan`. */
export interface ChangesRequest {
  delivered: string
  attributes: readonly Attribute[]
  externalIdColumn: string | null
  mapping: string
  full: boolean
}

const FIELDS_TYPE = 'STRUCT(field VARCHAR, "old" VARCHAR, "new" VARCHAR)[]'

/** Temp table `todo(person)`: everybody whose source text or rules differ from the last delivery; the others are unchanged. */
export async function selectChanged(db: Database, request: ChangesRequest): Promise<void> {
  await db.run(`
    CREATE OR REPLACE TEMP TABLE todo AS
    SELECT p.person FROM person p LEFT JOIN ${request.delivered} d ON d._person = p.delivered
    WHERE ${request.full} OR p.delivered IS NULL OR p.change IS NOT NULL
      OR d._digest IS DISTINCT FROM p.digest OR d._mapping IS DISTINCT FROM ${literal(request.mapping)}`)
}

/** Rows that a value rejects leave their person; a person without rows is gone; what is left of a person is looked at every time. */
export async function dropRejectedRows(db: Database): Promise<void> {
  const found = await db.first<{ n: number }>('SELECT count(*) AS n FROM findings WHERE rejects')
  if (found?.n === 0) return
  await db.run(
    'CREATE OR REPLACE TEMP TABLE hurt AS SELECT DISTINCT pkey FROM member WHERE row IN (SELECT row FROM findings WHERE rejects)',
  )
  await db.run(
    'INSERT INTO refusals SELECT row, arg_min(code, field), min(field), arg_min(value, field) FROM findings WHERE rejects GROUP BY row',
  )
  await db.run('DELETE FROM member WHERE row IN (SELECT row FROM findings WHERE rejects)')
  await db.run('DELETE FROM person WHERE pkey IN (SELECT pkey FROM hurt) AND pkey NOT IN (SELECT pkey FROM member)')
  await db.run(`
    UPDATE person SET first_row = m.first_row, rows = m.rows, digest = NULL FROM (
      SELECT pkey, arg_min(row, ord) AS first_row, count(*) AS rows FROM member WHERE pkey IN (SELECT pkey FROM hurt) GROUP BY pkey) m
    WHERE m.pkey = person.pkey`)
}

/** `plan.people_values`, `plan.people` and `plan.changes` of everybody in `todo`, the unchanged included in `plan.people`. */
export async function writeChanges(db: Database, request: ChangesRequest): Promise<void> {
  await foldValues(db, request)
  await foldIdentity(db, request)
  await writePeopleValues(db, request)
  await draftMainChanges(db, request)
  // Numbered apart from the wide rows and then stored in that order: ranges of numbers are read, and sorting the fields twice costs most.
  await db.run(`
    CREATE OR REPLACE TEMP TABLE numbered AS
    SELECT row_number() OVER (ORDER BY wave, ord) AS change, wave, person, address FROM (
      SELECT 1 AS wave, ord, person, NULL AS address FROM draft WHERE sends
      UNION ALL
      SELECT sends::INTEGER + unnest(range(1, len(further) + 1)) AS wave, ord, person, unnest(further) AS address FROM draft WHERE len(further) > 0)`)
  await db.run(`
    CREATE TABLE plan.changes AS
    SELECT n.change, n.wave, CASE WHEN n.address IS NULL THEN d.kind ELSE 'email' END AS kind, n.person, coalesce(n.address.row, d.first_row) AS row,
      d.zendesk_id, d.external_id, coalesce(n.address.email, d.email) AS email, n.address IS NOT NULL OR d.new_email AS new_email, d.name,
      CASE WHEN n.address IS NULL THEN d.fields ELSE [] END AS fields
    FROM numbered n JOIN draft d ON d.person = n.person ORDER BY n.change`)
  await db.run(`
    CREATE TABLE plan.people AS
    SELECT p.person, p.first_row, p.rows, p.ord, p.delivered, p.digest, d.zendesk_id,
      CASE WHEN d.person IS NULL THEN 'unchanged' WHEN d.sends OR len(d.further) > 0 THEN 'changed' ELSE 'refresh' END AS state,
      CASE WHEN d.external_id IS NOT NULL THEN p.key END AS key, d.external_id, d.emails
    FROM person p LEFT JOIN draft d ON d.person = p.person`)
}

/** Temp table `folded`: the last non-NULL value of each attribute in the order of the result. */
async function foldValues(db: Database, request: ChangesRequest): Promise<void> {
  const columns = request.attributes.map(({ name }) => `, arg_max(${identifier(name)}, ord) AS ${identifier(name)}`)
  await db.run(`CREATE OR REPLACE TEMP TABLE folded AS SELECT person${columns.join('')} FROM canonical GROUP BY person`)
}

/** Temp table `known_as(person, external_id, emails)`; `emails` in the order of their first rows, each with that row. */
async function foldIdentity(db: Database, request: ChangesRequest): Promise<void> {
  const column = request.externalIdColumn
  const text = column === null ? 'NULL::VARCHAR' : `clean_text(s.${identifier(column)})`
  await db.run(`
    CREATE OR REPLACE TEMP TABLE known_as AS
    WITH mine AS (
      SELECT p.person, m.row, m.ord, m.email, ${text} AS external_id
      FROM todo t JOIN person p ON p.person = t.person JOIN member m ON m.pkey = p.pkey JOIN stage.stage s ON s.row = m.row),
    firsts AS (SELECT person, email, min(ord) AS ord, arg_min(row, ord) AS row FROM mine WHERE email IS NOT NULL GROUP BY person, email),
    -- Sorting a list per person is dear, and nearly everybody has one address.
    single AS (SELECT person, [{email: any_value(email), row: any_value(row)}] AS emails FROM firsts GROUP BY person HAVING count(*) = 1),
    addresses AS (
      SELECT * FROM single UNION ALL
      SELECT person, list({email: email, row: row} ORDER BY ord) FROM firsts WHERE person NOT IN (SELECT person FROM single) GROUP BY person),
    ids AS (SELECT person, arg_max(external_id, ord) AS external_id FROM mine GROUP BY person)
    SELECT ids.person, ids.external_id, coalesce(addresses.emails, []) AS emails FROM ids LEFT JOIN addresses ON addresses.person = ids.person`)
}

/**
 * What each person of `todo` will hold: the folded value; where there is none, nothing (a delivered value is cleared), unless the
 * attribute is never cleared or a value was left out as invalid, which keeps what was delivered.
 */
async function writePeopleValues(db: Database, request: ChangesRequest): Promise<void> {
  const columns = request.attributes.map(({ name, clearing }) => {
    const column = identifier(name)
    const keeps = clearing === 'never' ? 'true' : `list_contains(o.fields, ${literal(name)})`
    return `, CASE WHEN f.${column} IS NULL AND ${keeps} THEN d.${column} ELSE f.${column} END AS ${column}`
  })
  await db.run(`
    CREATE TABLE plan.people_values AS
    SELECT p.person${columns.join('')} FROM folded f JOIN person p ON p.person = f.person
    LEFT JOIN ${request.delivered} d ON d._person = p.delivered
    LEFT JOIN (SELECT p.person, list(f.field) AS fields FROM findings f JOIN member m ON m.row = f.row JOIN person p ON p.pkey = m.pkey
               WHERE NOT f.rejects GROUP BY p.person) o ON o.person = p.person`)
}

/** Temp table `draft`: one row per person of `todo` with its first change and its further addresses. */
async function draftMainChanges(db: Database, request: ChangesRequest): Promise<void> {
  const pairs = request.attributes.map(
    ({ name }) => `{field: ${literal(name)}, old: d.${identifier(name)}, new: v.${identifier(name)}}`,
  )
  const differs = request.full ? 'x."new" IS NOT NULL OR x."old" IS NOT NULL' : 'x."old" IS DISTINCT FROM x."new"'
  const nameColumn = request.attributes.some(({ name }) => name === 'name') ? 'v."name"' : 'NULL::VARCHAR'
  await db.run(`
    CREATE OR REPLACE TEMP TABLE draft AS
    WITH base AS (
      SELECT p.person, p.first_row, p.ord, p.change, p.delivered, d._zendesk_id AS zendesk_id, d._key AS old_key,
        coalesce(k.external_id, d._external_id) AS external_id, list_transform(k.emails, lambda x: x.email) AS emails,
        list_filter(k.emails, lambda x: NOT coalesce(list_contains(d._emails, x.email), false)) AS fresh,
        list_filter(list_transform(k.emails, lambda x: x.email), lambda x: coalesce(list_contains(d._emails, x), false)) AS known,
        d._emails AS given, ${nameColumn} AS name,
        list_filter([${pairs.join(', ')}]::${FIELDS_TYPE}, lambda x: ${differs}) AS fields
      FROM plan.people_values v JOIN person p ON p.person = v.person JOIN known_as k ON k.person = p.person
      LEFT JOIN ${request.delivered} d ON d._person = p.delivered)
    SELECT person, first_row, ord, delivered, zendesk_id, external_id, emails, name, fields,
      CASE WHEN delivered IS NULL THEN 'create' WHEN change = 'rekey' THEN 'rekey' ELSE 'update' END AS kind,
      -- A new person's first address; of a known person only what identifies: further addresses are changes of their own.
      CASE WHEN delivered IS NULL THEN emails[1] WHEN change = 'gains_id' THEN known[1]
           WHEN external_id IS NULL THEN coalesce(known[1], given[1]) END AS email,
      delivered IS NULL AND len(emails) > 0 AS new_email,
      CASE WHEN delivered IS NULL THEN fresh[2:] ELSE fresh END AS further,
      delivered IS NULL OR change IS NOT NULL OR ${request.full} OR len(fields) > 0 AS sends
    FROM base`)
}

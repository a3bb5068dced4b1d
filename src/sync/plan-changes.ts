import type { Attribute } from '../destination/destination.ts'
import { identifier, literal } from '../sql-text.ts'
import type { Database } from './ledger/database.ts'

/** What turns people into changes. Temp tables of `foldPeople` and `makeValues` must be there, the plan's file attached as `plan`. */
export interface ChangesRequest {
  delivered: string
  attributes: readonly Attribute[]
  externalIdColumn: string | null
  mapping: string
  emailChange: 'add_secondary' | 'replace_primary' | 'keep'
  full: boolean
}

const FIELDS_TYPE = 'STRUCT(field VARCHAR, "old" VARCHAR, "new" VARCHAR)[]'
/** A change of its own: an address (with the row that brought it), or one attribute. */
const OWN_TYPE = `STRUCT(kind VARCHAR, email VARCHAR, row BIGINT, fields ${FIELDS_TYPE})`

/**
 * Temp tables `todo(person)` and `todo_row(row)`: everybody whose source text or rules differ from the last delivery, and their rows; the
 * others are unchanged. Nearly everybody has one row, which spares joining by keys.
 */
export async function selectChanged(db: Database, request: ChangesRequest): Promise<void> {
  await db.run(`
    CREATE OR REPLACE TEMP TABLE todo AS
    SELECT p.person FROM person p LEFT JOIN ${request.delivered} d ON d._person = p.delivered
    WHERE ${request.full} OR p.delivered IS NULL OR p.change IS NOT NULL OR d._exit IS NOT NULL
      OR d._digest IS DISTINCT FROM p.digest OR d._mapping IS DISTINCT FROM ${literal(request.mapping)}`)
  await db.run(`
    CREATE OR REPLACE TEMP TABLE todo_row AS
    SELECT p.first_row AS row FROM person p JOIN todo t ON t.person = p.person WHERE p.rows = 1
    UNION ALL
    SELECT m.row FROM person p JOIN todo t ON t.person = p.person JOIN member m ON m.pkey = p.pkey WHERE p.rows > 1`)
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

/**
 * `plan.people_values` and temp table `draft` of everybody in `todo`: what each person will hold, and what of it is news. The draft may
 * still be changed by what the account holds; {@link writeChanges} then makes changes of it.
 */
export async function draftChanges(db: Database, request: ChangesRequest): Promise<void> {
  await foldValues(db, request)
  await foldIdentity(db, request)
  await writePeopleValues(db, request)
  await draftPeople(db, request)
}

/**
 * `plan.changes` from the draft, and the people of the draft into `plan.people`, beside those who were set aside. What travels with the user is one change; each
 * further address and each attribute that needs a request of its own is one small change more, in the waves behind it. Temp table
 * `exit_changes` must be there.
 */
export async function writeChanges(db: Database, request: ChangesRequest): Promise<void> {
  await db.run('DROP TABLE temp.known_as')
  const drafted = (await db.first<{ n: number }>('SELECT count(*) AS n FROM draft'))?.n ?? 0
  if (drafted <= MANY_PEOPLE) await write(db, request)
  else await db.withOneThread(() => write(db, request))
}

/** With more people to be sent than this, each thread's own share of memory is more than there is: ten million need that of one. */
const MANY_PEOPLE = 2_000_000

async function write(db: Database, request: ChangesRequest): Promise<void> {
  await splitDraft(db, request)
  // Numbered apart from the wide rows and then stored in that order: ranges of numbers are read, and sorting the fields twice costs most.
  await db.run(`
    CREATE OR REPLACE TEMP TABLE numbered AS
    SELECT row_number() OVER (ORDER BY wave, ord) AS change, wave, person, own FROM (
      SELECT 1 AS wave, ord, person, NULL AS own FROM split WHERE sends
      UNION ALL
      -- Behind all others of the first wave, which is read in the order of the numbers.
      SELECT 1, 340282366920938463463374607431768211455::UHUGEINT, person, NULL FROM exit_changes
      UNION ALL
      SELECT sends::INTEGER + unnest(range(1, len(further) + 1)) AS wave, ord, person, unnest(further) AS own FROM split WHERE len(further) > 0)`)
  await storeChanges(db)
  await db.run(`
    INSERT INTO plan.people BY NAME
    SELECT p.person, p.first_row, p.rows, p.delivered, p.digest, d.zendesk_id,
      CASE WHEN d.person IS NULL THEN 'unchanged' WHEN s.sends OR len(s.further) > 0 THEN 'changed' WHEN d.known_equal THEN 'equal' ELSE 'refresh' END AS state,
      CASE WHEN d.external_id IS NOT NULL THEN p.key END AS key, d.external_id, d.emails
    FROM person p LEFT JOIN draft d ON d.person = p.person LEFT JOIN split s ON s.person = p.person`)
}

/** Changes that are sorted at a time: to sort ten million of them at once takes more memory than there is. */
const CHANGES_AT_A_TIME = 500_000

/** `plan.changes` in the order of the numbers, so that a range of them is read quickly. */
async function storeChanges(db: Database): Promise<void> {
  const total = (await db.first<{ n: number }>('SELECT count(*) AS n FROM numbered'))?.n ?? 0
  const slice = (from: number) => `
    WITH n AS (SELECT * FROM numbered WHERE change BETWEEN ${from} AND ${from + CHANGES_AT_A_TIME - 1})
    SELECT n.change, n.wave, coalesce(n.own.kind, d.kind) AS kind, n.person, coalesce(n.own.row, d.first_row) AS row,
      d.zendesk_id, d.external_id, CASE WHEN n.own IS NULL OR n.own.email IS NOT NULL THEN coalesce(n.own.email, d.email) END AS email,
      CASE WHEN n.own IS NULL THEN d.new_email ELSE n.own.email IS NOT NULL END AS new_email, d.name,
      CASE WHEN n.own IS NULL THEN s.main ELSE n.own.fields END AS fields
    FROM n JOIN draft d ON d.person = n.person JOIN split s ON s.person = n.person
    UNION ALL BY NAME
    SELECT n.change, n.wave, e.kind, n.person, 0 AS row, e.zendesk_id, e.external_id, e.email, false AS new_email, e.name, e.fields
    FROM n JOIN exit_changes e ON e.person = n.person
    ORDER BY change`
  await db.run(`CREATE TABLE plan.changes AS ${slice(1)}`)
  for (let from = 1 + CHANGES_AT_A_TIME; from <= total; from += CHANGES_AT_A_TIME)
    await db.run(`INSERT INTO plan.changes ${slice(from)}`)
}

/** Temp table `split(person, ord, main, further, sends)`: fields that travel with the user, and changes of their own in their order. */
async function splitDraft(db: Database, request: ChangesRequest): Promise<void> {
  const apart = request.attributes.flatMap((attribute) => (attribute.apart === null ? [] : [attribute]))
  const travels = apart.map(({ name, apart: kind }) =>
    // A first number, and a number that goes, travel with the user: there is nothing whose place could be taken.
    kind === 'primary_phone'
      ? `(x.field <> ${literal(name)} OR kind = 'create' OR x."old" IS NULL OR x."new" IS NULL)`
      : `x.field <> ${literal(name)}`,
  )
  const goesWithUser = travels.length === 0 ? 'true' : travels.join(' AND ')
  const kindOf =
    apart.length === 0
      ? 'NULL'
      : `CASE x.field ${apart.map(({ name, apart: kind }) => `WHEN ${literal(name)} THEN ${literal(kind as string)}`).join(' ')} END`
  // A whole resend repeats no request of its own for what was given before, but for tags, which may have been taken away.
  const worth = `x."old" IS DISTINCT FROM x."new" OR x.field = 'tags'`
  const primary =
    request.emailChange === 'replace_primary'
      ? "CASE WHEN a.email = emails[1] THEN 'primary_email' ELSE 'email' END"
      : "'email'"
  // Whether an address is vouched for goes with the address: sent alone, `verified` would be about the primary one.
  const vouching = request.attributes.some(({ name }) => name === 'verified')
    ? `CASE WHEN v.verified IS NULL THEN [] ELSE [{field: 'verified', old: v.verified, new: v.verified}] END::${FIELDS_TYPE}`
    : `[]::${FIELDS_TYPE}`
  await db.run(`
    CREATE OR REPLACE TEMP TABLE split AS
    WITH parts AS (
      SELECT person, ord, kind, delivered, change, must_send,
        list_filter(fields, lambda x: ${goesWithUser}) AS main,
        list_transform(list_filter(fields, lambda x: NOT (${goesWithUser}) AND (${worth})),
          lambda x: {kind: ${kindOf}, email: NULL::VARCHAR, row: first_row, fields: [x]}::${OWN_TYPE}) AS attributes,
        list_transform(further, lambda a: {kind: CASE WHEN delivered IS NULL THEN 'email' ELSE ${primary} END, email: a.email, row: a.row, fields: vouching}::${OWN_TYPE}) AS addresses
      FROM (SELECT d.*, ${vouching} AS vouching FROM draft d JOIN plan.people_values v ON v.person = d.person))
    SELECT person, ord, main, addresses || attributes AS further, must_send OR len(main) > 0 AS sends FROM parts`)
}

/** Temp view `folded`: the last non-NULL value of each attribute in the order of the result. */
async function foldValues(db: Database, request: ChangesRequest): Promise<void> {
  const names = request.attributes.map(({ name }) => identifier(name))
  await db.run(`
    CREATE OR REPLACE TEMP VIEW folded AS
    SELECT p.person${names.map((name) => `, c.${name}`).join('')} FROM canonical c JOIN person p ON p.first_row = c.row WHERE p.rows = 1
    UNION ALL
    SELECT p.person${names.map((name) => `, arg_max(c.${name}, m.ord) AS ${name}`).join('')}
    FROM person p JOIN member m ON m.pkey = p.pkey JOIN canonical c ON c.row = m.row WHERE p.rows > 1 GROUP BY p.person`)
}

/** Temp table `known_as(person, external_id, twins, emails)`; `twins` are all spellings of the external_id, `emails` in the order of their first rows, each with that row. */
async function foldIdentity(db: Database, request: ChangesRequest): Promise<void> {
  const column = request.externalIdColumn
  const text = column === null ? 'NULL::VARCHAR' : `clean_text(s.${identifier(column)})`
  await db.run(`
    CREATE OR REPLACE TEMP TABLE known_as AS
    WITH mine AS (
      SELECT p.person, m.row, m.ord, m.email, ${text} AS external_id
      FROM todo t JOIN person p ON p.person = t.person JOIN member m ON m.pkey = p.pkey JOIN stage_row s ON s.row = m.row WHERE p.rows > 1),
    firsts AS (SELECT person, email, min(ord) AS ord, arg_min(row, ord) AS row FROM mine WHERE email IS NOT NULL GROUP BY person, email),
    addresses AS (SELECT person, list({email: email, row: row} ORDER BY ord) AS emails FROM firsts GROUP BY person),
    ids AS (SELECT person, arg_max(external_id, ord) AS external_id, list(DISTINCT external_id) FILTER (external_id IS NOT NULL) AS twins FROM mine GROUP BY person)
    SELECT ids.person, ids.external_id, ids.twins, coalesce(addresses.emails, []) AS emails FROM ids LEFT JOIN addresses ON addresses.person = ids.person
    UNION ALL
    SELECT p.person, ${text}, NULL, CASE WHEN m.email IS NULL THEN [] ELSE [{email: m.email, row: m.row}] END
    FROM todo t JOIN person p ON p.person = t.person JOIN member m ON m.row = p.first_row JOIN stage_row s ON s.row = p.first_row WHERE p.rows = 1`)
}

/**
 * What each person of `todo` will hold: the folded value; where there is none, nothing (a delivered value is cleared), unless the
 * attribute is never cleared or a value was left out as invalid, which keeps what was delivered.
 */
async function writePeopleValues(db: Database, request: ChangesRequest): Promise<void> {
  const columns = request.attributes.map(({ name, clearing, accumulates }) => {
    const column = identifier(name)
    if (accumulates) return `, ${unionOf(`f.${column}`, `d.${column}`)} AS ${column}`
    const keeps = clearing === 'never' ? 'true' : `list_contains(o.fields, ${literal(name)})`
    // Who was suspended for having left is let in again, unless the source says otherwise.
    const returns = name === 'suspended' ? `WHEN f.${column} IS NULL AND d._exit = 'suspend' THEN 'false' ` : ''
    return `, CASE ${returns}WHEN f.${column} IS NULL AND ${keeps} THEN d.${column} ELSE f.${column} END AS ${column}`
  })
  await db.run(`
    CREATE TABLE plan.people_values AS
    SELECT p.person${columns.join('')} FROM folded f JOIN person p ON p.person = f.person
    LEFT JOIN ${request.delivered} d ON d._person = p.delivered
    LEFT JOIN (SELECT p.person, list(f.field) AS fields FROM findings f JOIN member m ON m.row = f.row JOIN person p ON p.pkey = m.pkey
               WHERE NOT f.rejects GROUP BY p.person) o ON o.person = p.person`)
}

/** The words of two canonical texts as one canonical text. */
function unionOf(one: string, other: string): string {
  const words = (text: string) => `list_filter(string_split(coalesce(${text}, ''), ' '), lambda x: x <> '')`
  return `nullif(array_to_string(list_sort(list_distinct(${words(one)} || ${words(other)})), ' '), '')`
}

/**
 * Temp table `draft`: one row per person of `todo` with what is news. `twins`: external_ids of the rows that differ in case only;
 * `live_id`, `known_equal`: set when the account is read.
 */
async function draftPeople(db: Database, request: ChangesRequest): Promise<void> {
  const pairs = request.attributes.map(
    ({ name }) => `{field: ${literal(name)}, old: d.${identifier(name)}, new: v.${identifier(name)}}`,
  )
  const differs = request.full ? 'x."new" IS NOT NULL OR x."old" IS NOT NULL' : 'x."old" IS DISTINCT FROM x."new"'
  // A column `suspended` of the query has its value; without one, who was suspended for having left is let in again here.
  const returns = request.attributes.some(({ name }) => name === 'suspended')
    ? ''
    : ` || CASE WHEN d._exit = 'suspend' THEN [{field: 'suspended', old: 'true', new: 'false'}]::${FIELDS_TYPE} ELSE [] END`
  const nameColumn = request.attributes.some(({ name }) => name === 'name') ? 'v."name"' : 'NULL::VARCHAR'
  await db.run(`
    CREATE OR REPLACE TEMP TABLE draft AS
    WITH base AS (
      SELECT p.person, p.first_row, p.ord, p.change, p.delivered, d._zendesk_id AS zendesk_id, d._key AS old_key,
        coalesce(k.external_id, d._external_id) AS external_id, list_transform(k.emails, lambda x: x.email) AS emails,
        list_filter(k.emails, lambda x: NOT coalesce(list_contains(d._emails, x.email), false)) AS fresh,
        list_filter(list_transform(k.emails, lambda x: x.email), lambda x: coalesce(list_contains(d._emails, x), false)) AS known,
        d._emails AS given, ${nameColumn} AS name, k.twins,
        list_filter([${pairs.join(', ')}]::${FIELDS_TYPE}, lambda x: ${differs})${returns} AS fields
      FROM plan.people_values v JOIN person p ON p.person = v.person JOIN known_as k ON k.person = p.person
      LEFT JOIN ${request.delivered} d ON d._person = p.delivered)
    SELECT person, first_row, ord, delivered, zendesk_id, external_id, emails, name, fields,
      CASE WHEN delivered IS NULL THEN 'create' WHEN change = 'rekey' THEN 'rekey' ELSE 'update' END AS kind,
      -- A new person's first address; of a known person only what identifies: further addresses are changes of their own.
      CASE WHEN delivered IS NULL THEN emails[1] WHEN change = 'gains_id' THEN known[1]
           WHEN external_id IS NULL THEN coalesce(known[1], given[1]) END AS email,
      delivered IS NULL AND len(emails) > 0 AS new_email,
      CASE WHEN delivered IS NULL THEN fresh[2:] WHEN ${request.emailChange === 'keep'} THEN [] ELSE fresh END AS further,
      CASE WHEN delivered IS NOT NULL AND ${request.emailChange === 'keep'} THEN len(fresh) ELSE 0 END AS kept_emails,
      change, delivered IS NULL OR change IS NOT NULL OR ${request.full} AS must_send,
      CASE WHEN len(twins) > 1 THEN twins END AS twins, NULL::VARCHAR AS live_id, false AS known_equal
    FROM base`)
}

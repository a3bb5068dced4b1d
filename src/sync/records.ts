import { Problem, type RowCode, rowReasons } from '../problem.ts'
import { identifier } from '../sql-text.ts'
import type { Database } from './ledger/database.ts'
import { deliveredAttributes, deliveredName, finalsQuery, isFurther } from './ledger/delivered.ts'
import { alertListing } from './proof/alerts.ts'
import { noRows, type RecordRow, type RowCounts } from './report.ts'

/** Rows read at a time. */
const PAGE = 5_000

/** Lines that are made and sorted at a time. */
const SLICE = 50_000
/** Rows of the result that are counted together. */
const BUCKET = 10_000

/** Which rows of a run are listed: all, those with an outcome, or those that were sent without a value, or read back as something else. */
export interface RecordFilter {
  outcome: RecordRow['outcome'] | null
  warnings: boolean
  alerts?: boolean | undefined
  /** Part of an external_id, an e-mail address or a name of the people they are about, in any case. */
  person?: string | undefined
  /** The lines from this position on, of which nobody reads more than so many. */
  part?: { from: number; limit: number } | undefined
}

/**
 * Temp view `record(row, person, outcome, code, reason)` with exactly one outcome for every row of the run (I1), and temp view `touched` with
 * those of them that are not about unchanged people; of the rows that are `within`, or all. The plan must be attached as `plan`. The first row
 * of a person carries the person's outcome; rows behind it are `merged` when that landed and share outcome and reason when not; a further
 * change that was refused (an address, tags, a membership) makes its own row fail.
 */
export async function computeRecords(db: Database, run: string, within: Within | null = null): Promise<void> {
  const ownReason = (await hasReasons(db)) ? 'reason' : 'NULL'
  const isWithin = (column: string) => (within === null ? '' : ` AND ${within(column)}`)
  // Of a person with a row that is wanted, every change counts, whichever row it is of.
  const theirs = within === null ? null : `SELECT person FROM plan.rows WHERE ${within('row')}`
  const isTheirs = theirs === null ? '' : ` AND c.person IN (${theirs})`
  const ofTheirs = theirs === null ? '' : ` WHERE root ${await changesOf(db, theirs)}`
  await db.run(`
    CREATE OR REPLACE TEMP TABLE sent AS
    WITH finals AS (SELECT * FROM (${finalsQuery(run)})${ofTheirs}),
    main AS (SELECT c.person, coalesce(f.status, 'pending') AS status, f.code, f.reason, f.recreated IS NOT NULL AS created
             FROM plan.changes c LEFT JOIN finals f ON f.root = c.change WHERE NOT ${isFurther('c.kind')}${isTheirs}),
    further AS (SELECT c.row, c.person, coalesce(f.status, 'pending') AS status, f.code, f.reason, f.recreated IS NOT NULL AS created
                FROM plan.changes c LEFT JOIN finals f ON f.root = c.change WHERE ${isFurther('c.kind')}${isTheirs}),
    furthers AS (SELECT person, bool_or(status IN ('created', 'updated')) AS landed, bool_or(status = 'pending') AS pending, bool_or(created) AS created
                   FROM further GROUP BY person),
    own AS (SELECT row, max(status) AS status, any_value(code) AS code, any_value(reason) AS reason
             FROM further WHERE status IN ('failed', 'pending') GROUP BY row)
    SELECT r.row, r.person,
      CASE WHEN m.status IN ('failed', 'pending') THEN m.status
           WHEN o.status IS NOT NULL THEN o.status
           WHEN NOT r.first THEN 'merged'
           WHEN m.created OR (m.status IS NULL AND a.created) THEN 'created'
           WHEN m.status IS NOT NULL OR a.landed THEN 'updated'
           WHEN a.pending THEN 'pending' ELSE 'unchanged' END AS outcome,
      CASE WHEN m.status = 'failed' THEN m.code WHEN o.status = 'failed' THEN o.code END AS code,
      CASE WHEN m.status = 'failed' THEN m.reason WHEN o.status = 'failed' THEN o.reason END AS reason
    FROM plan.rows r JOIN plan.people p ON p.person = r.person LEFT JOIN main m ON m.person = r.person
    LEFT JOIN furthers a ON a.person = r.person LEFT JOIN own o ON o.row = r.row
    WHERE p.state = 'changed'${isWithin('r.row')}`)
  await db.run(`
    CREATE OR REPLACE TEMP VIEW touched AS
    SELECT * FROM sent UNION ALL SELECT row, NULL, 'rejected', code, ${ownReason} FROM plan.rejected WHERE true${isWithin('row')}`)
  await db.run(`
    CREATE OR REPLACE TEMP VIEW record AS
    SELECT row, person, outcome, code, reason FROM touched
    UNION ALL
    SELECT r.row, r.person, CASE WHEN r.first THEN 'unchanged' ELSE 'merged' END, NULL, NULL
    FROM plan.rows r JOIN plan.people p ON p.person = r.person WHERE p.state <> 'changed'${isWithin('r.row')}`)
}

/** SQL: where the numbers of these people's changes are. A range is looked for in the pieces of a table that may have it; a list in all of them. */
async function changesOf(db: Database, persons: string): Promise<string> {
  const found = await db.first<{ first: number | null; last: number | null }>(
    `SELECT min(change) AS first, max(change) AS last FROM plan.changes WHERE person IN (${persons})`,
  )
  return `BETWEEN ${found?.first ?? 0} AND ${found?.last ?? 0}`
}

/** The plan may be detached then. */
export async function dropRecords(db: Database): Promise<void> {
  for (const view of ['record', 'touched']) await db.run(`DROP VIEW IF EXISTS temp.${view}`)
  for (const table of ['sent', 'sought', 'listed']) await db.run(`DROP TABLE IF EXISTS temp.${table}`)
}

/** Plans of older releases have no reasons of their own for rejected rows. */
async function hasReasons(db: Database): Promise<boolean> {
  return (await db.columnNames('plan.rejected')).includes('reason')
}

/** What a run has come to, from the ledger; unchanged people are counted without looking at their rows. Needs {@link computeRecords}. */
export async function countRecords(
  db: Database,
  run: string,
): Promise<{ rows: RowCounts; warnings: number; adopted: number }> {
  const rows = noRows()
  for (const { outcome, n } of await db.rows<{ outcome: keyof RowCounts; n: number }>(
    'SELECT outcome, count(*) AS n FROM touched GROUP BY outcome',
  ))
    rows[outcome] = n
  const rest = await db.first<{ people: number; rows: number; all: number }>(`
    SELECT count(*) AS people, coalesce(sum(rows), 0)::BIGINT AS rows, (SELECT count(*) FROM plan.rows) AS "all"
    FROM plan.people WHERE state <> 'changed'`)
  rows.unchanged += rest?.people ?? 0
  rows.merged += (rest?.rows ?? 0) - (rest?.people ?? 0)
  rows.total = Object.values(rows).reduce((sum, count) => sum + count, 0)
  if (rows.total !== (rest?.all ?? 0) + rows.rejected)
    throw new Problem('internal.bug', { message: `The outcomes of run ${run} do not add up to its rows.` })
  const sent =
    "SELECT c.person FROM plan.changes c JOIN finals f ON f.root = c.change WHERE f.status IN ('created', 'updated')"
  const more = await db.first<{ warnings: number; adopted: number }>(`
    WITH finals AS (${finalsQuery(run)})
    SELECT (SELECT count(DISTINCT w.row) FROM plan.warnings w JOIN plan.rows r ON r.row = w.row WHERE r.person IN (${sent})) AS warnings,
      (SELECT count(*) FROM plan.changes c JOIN plan.people p ON p.person = c.person JOIN finals f ON f.root = c.change
       WHERE c.wave = 1 AND p.delivered IS NULL AND f.first_status = 'updated') AS adopted`)
  return { rows, warnings: more?.warnings ?? 0, adopted: more?.adopted ?? 0 }
}

/** Only these outcomes can be those of unchanged people, of whom there may be millions. */
function listedOutcomes(outcome: RecordRow['outcome'] | null): 'record' | 'touched' {
  return outcome === null || outcome === 'unchanged' || outcome === 'merged' ? 'record' : 'touched'
}

interface Line {
  row: number
  external_id: string | null
  email: string | null
  name: string | null
  outcome: RecordRow['outcome']
  field: string | null
  value: string | null
  code: RowCode | null
  reason: string | null
}

/** What is listed: the numbers of its rows, each as often as it has lines, and the lines of a range of rows. All SQL. */
interface Listing {
  numbers: string
  lines: (within: Within) => string
}

/** SQL: whether a column's row number is in a range. */
type Within = (column: string) => string

/**
 * Which rows a part of a list is about, where that is known without what became of every row: of all rows, and of those that were rejected.
 * Null: it is not.
 */
export async function rowsOfPart(
  db: Database,
  { outcome, warnings, alerts, part }: RecordFilter,
): Promise<Within | null> {
  if (part === undefined || warnings || alerts || (outcome !== null && outcome !== 'rejected')) return null
  const rejected = 'SELECT row FROM plan.rejected'
  const numbers = outcome === null ? `SELECT row FROM plan.rows UNION ALL ${rejected}` : rejected
  let before = 0
  for (const { bucket, lines } of await buckets(db, numbers)) {
    if (before + lines > part.from) {
      const found = await db.first<{ first: number; last: number }>(
        `SELECT min(row) AS first, max(row) AS last FROM (
           SELECT row FROM (${numbers}) WHERE row >= ${bucket * BUCKET} ORDER BY row LIMIT ${part.limit} OFFSET ${part.from - before})`,
      )
      return (column) => `${column} BETWEEN ${found?.first} AND ${found?.last}`
    }
    before += lines
  }
  return () => 'false'
}

/** Temp table `sought` of the rows about people whose external_id, address or name holds `text`; dropped by {@link dropRecords}. */
export async function rowsAbout(db: Database, account: number, text: string): Promise<Within> {
  const people = await peopleOf(db, account)
  const isMeant = 'contains(lower(concat_ws(chr(10), external_id, email, name)), lower($1))'
  await db.run(
    `CREATE OR REPLACE TEMP TABLE sought AS
     SELECT row FROM plan.rows WHERE person IN (SELECT person FROM (${people('SELECT person FROM plan.people')}) WHERE ${isMeant})
     UNION ALL SELECT row FROM plan.rejected WHERE ${isMeant}`,
    [text],
  )
  return (column) => `${column} IN (SELECT row FROM sought)`
}

/**
 * Rows of a run by outcome, or those sent without a value, in the order of the result; read in pages. Needs {@link computeRecords} of the same
 * rows, and `about` of {@link rowsAbout} where only those are listed.
 */
export async function* readRecords(
  db: Database,
  { run, account }: { run: string; account: number },
  filter: RecordFilter,
  about: Within | null = null,
): AsyncGenerator<RecordRow> {
  const people = await peopleOf(db, account)
  const listing = filter.alerts
    ? narrowed(alertListing(run, people), about)
    : filter.warnings
      ? warningListing(people)
      : rowListing(filter.outcome, people)
  const { part } = filter
  let before = part?.from ?? 0
  for (const { within, lines } of await slices(db, listing.numbers, part === undefined ? SLICE : part.limit)) {
    if (lines > before) {
      await db.run(`
        CREATE OR REPLACE TEMP TABLE listed AS
        SELECT row_number() OVER (ORDER BY row, field) AS n, * FROM (${listing.lines(within)})`)
      yield* listedRecords(db, before + 1, part?.limit ?? PAGE)
    }
    before = Math.max(0, before - lines)
  }
}

/** SQL of people's keys and names, for the persons of a SELECT. */
type PeopleOf = (persons: string) => string

async function peopleOf(db: Database, account: number): Promise<PeopleOf> {
  const named = (await deliveredAttributes(db, account)).includes('name')
  const name = named ? identifier('name') : 'NULL'
  // Few people are joined with what is read of them alone: a join with all that were delivered reads a million names for the first page.
  return (persons) => `
    WITH p AS MATERIALIZED (SELECT person, external_id, emails[1] AS email, delivered FROM plan.people WHERE person IN (${persons})),
    d AS (SELECT _person, _external_id, _emails[1] AS email, ${name} AS name FROM ${deliveredName(account)} WHERE _person IN (SELECT delivered FROM p)),
    c AS (SELECT person, name FROM plan.changes WHERE wave = 1 AND person IN (SELECT person FROM p))
    SELECT p.person, coalesce(p.external_id, d._external_id) AS external_id, coalesce(p.email, d.email) AS email, coalesce(c.name, d.name) AS name
    FROM p LEFT JOIN d ON d._person = p.delivered LEFT JOIN c ON c.person = p.person`
}

/** Other lists are of rows of `record`, which holds no others. */
function narrowed({ numbers, lines }: Listing, about: Within | null): Listing {
  if (about === null) return { numbers, lines }
  return {
    numbers: `SELECT row FROM (${numbers}) WHERE ${about('row')}`,
    lines: (within) => lines((column) => `${within(column)} AND ${about(column)}`),
  }
}

function rowListing(outcome: RecordRow['outcome'] | null, people: PeopleOf): Listing {
  const rows = `(SELECT * FROM ${listedOutcomes(outcome)}${outcome === null ? '' : ` WHERE outcome = '${outcome}'`})`
  return {
    numbers: `SELECT row FROM ${rows}`,
    lines: (within) => `
      SELECT r.row, coalesce(j.external_id, p.external_id) AS external_id, coalesce(j.email, p.email) AS email, coalesce(j.name, p.name) AS name,
        r.outcome, j.field, j.value, r.code, r.reason
      FROM (SELECT * FROM ${rows} WHERE ${within('row')}) r
      LEFT JOIN (SELECT * FROM plan.rejected WHERE ${within('row')}) j ON j.row = r.row
      LEFT JOIN (${people(`SELECT person FROM ${rows} WHERE ${within('row')}`)}) p ON p.person = r.person`,
  }
}

function warningListing(people: PeopleOf): Listing {
  const carried = "outcome IN ('created', 'updated', 'merged')"
  return {
    numbers: `SELECT row FROM plan.warnings WHERE row IN (SELECT row FROM record WHERE ${carried})`,
    lines: (within) => `
      SELECT w.row, p.external_id, p.email, p.name, r.outcome, w.field, w.value, w.code, w.reason
      FROM (SELECT * FROM plan.warnings WHERE ${within('row')}) w
      JOIN (SELECT * FROM record WHERE ${within('row')} AND ${carried}) r ON r.row = w.row
      JOIN (${people(`SELECT person FROM record WHERE ${within('row')}`)}) p ON p.person = r.person`,
  }
}

/** How many lines there are of rows that are counted together, in their order. */
async function buckets(db: Database, numbers: string): Promise<{ bucket: number; lines: number }[]> {
  return await db.rows(
    `SELECT row // ${BUCKET} AS bucket, count(*) AS lines FROM (${numbers}) GROUP BY bucket ORDER BY bucket`,
  )
}

/** Ranges of rows with about `most` lines each, in their order: to make a million lines at once takes all the memory there is. */
async function slices(db: Database, numbers: string, most: number): Promise<{ within: Within; lines: number }[]> {
  const ranges: { from: number; to: number; lines: number }[] = []
  for (const { bucket, lines } of await buckets(db, numbers)) {
    const last = ranges.at(-1)
    const to = (bucket + 1) * BUCKET
    if (last === undefined || last.lines + lines > most) ranges.push({ from: bucket * BUCKET, to, lines })
    else Object.assign(last, { to, lines: last.lines + lines })
  }
  return ranges.map(({ from, to, lines }) => ({
    within: (column) => `${column} >= ${from} AND ${column} < ${to}`,
    lines,
  }))
}

async function* listedRecords(db: Database, first: number, page: number): AsyncGenerator<RecordRow> {
  const total = (await db.first<{ n: number }>('SELECT count(*) AS n FROM listed'))?.n ?? 0
  for (let from = first; from <= total; from += page) {
    // As JSON: a text column of its own would lose a byte order mark at its start.
    const lines = await db.rows<{ line: string }>(
      'SELECT to_json(l)::VARCHAR AS line FROM (SELECT * EXCLUDE n FROM listed WHERE n BETWEEN $1 AND $2 ORDER BY n) l',
      [from, from + page - 1],
    )
    for (const line of lines.map(({ line }) => JSON.parse(line) as Line))
      yield { ...line, reason: line.reason ?? (line.code === null ? null : rowReasons[line.code]) }
  }
}

import type { ProtectedPeople } from '../destination/destination.ts'
import { identifier, literal } from '../sql-text.ts'
import { isEmail, PLAIN_EMAIL, PLAIN_EMAIL_LENGTH } from './email.ts'
import type { Database } from './ledger/database.ts'
import { setUnchangedAside, sourceDigest, takeBack } from './unchanged.ts'

/** What the folding of rows to people needs to know. `stage_row` and the text macros must be there. */
export interface PeopleRequest {
  /** Name of the account's delivered table. */
  delivered: string
  /** Columns of the stage by role; null when the query has none. */
  externalId: string | null
  email: string | null
  name: string
  /** All columns whose text decides what is sent; the digest covers these. */
  sourceColumns: readonly string[]
  /** Fingerprint of the rules. */
  mapping: string
  /** `email_change: keep`. */
  keepsAddresses: boolean
  /** See {@link setUnchangedAside}. */
  everyRow: boolean
  /** The result has an order of its own; otherwise rows are ordered by content. */
  ordered: boolean
  protectedPeople: ProtectedPeople
  emailConflicts: 'reject' | 'omit_email'
}

/**
 * Folds the rows of the stage to people: every row is refused for a reason or belongs to exactly one person. Leaves who is unchanged at
 * first sight in `plan.people`, and of all others temp tables `refusals(row, code, field, value)`, `omissions(row, field, code, value)`,
 * `member(row, ord, pkey, email)` and `person(person, first_row, rows, ord, pkey, key, digest, delivered, change)` where `change` is null,
 * 'rekey' or 'gains_id'.
 *
 * Identity: a row belongs to the person with its external_id, else to the one that has its e-mail, in this result, then in `delivered`.
 * An address claimed by several people goes to who has it in `delivered` and is still in the result, else to the first.
 */
export async function foldPeople(db: Database, request: PeopleRequest): Promise<void> {
  await listProtected(db, request)
  await setUnchangedAside(db, request)
  await keyRows(db, request)
  await refuseInvalidEmails(db)
  await refuseProtected(db)
  await settleClaims(db, request)
  await groupRows(db, request.delivered)
  await matchDelivered(db)
}

/** One row per row that is not set aside: keys, digest, position, and what is missing at first sight. */
async function keyRows(db: Database, request: PeopleRequest): Promise<void> {
  const text = (column: string | null) => (column === null ? 'NULL::VARCHAR' : `clean_text(${identifier(column)})`)
  const email = request.email === null ? 'NULL::VARCHAR' : `clean_email(${identifier(request.email)})`
  const keysOf = (rows: string) => `
    SELECT row, CASE WHEN ${request.ordered} THEN row::UHUGEINT ELSE digest END AS ord, ext, email, digest,
      CASE WHEN name IS NULL THEN 'missing_name' WHEN length(name) > 255 THEN 'name_too_long'
           WHEN ext IS NULL AND email IS NULL THEN 'missing_identity' END AS code,
      CASE WHEN length(name) > 255 THEN name END AS long_name
    FROM (SELECT row, lower(${text(request.externalId)}) AS ext, ${email} AS email, ${text(request.name)} AS name,
            ${sourceDigest(request.sourceColumns)} AS digest FROM stage_row WHERE row IN (${rows}))`
  await db.run(`CREATE OR REPLACE TEMP TABLE keyed AS ${keysOf("SELECT person FROM plan.people WHERE state = 'open'")}`)
  while ((await takeBack(db, request.delivered)) > 0)
    await db.run(`INSERT INTO keyed ${keysOf('SELECT row FROM reopened')}`)
  await db.run(`
    CREATE OR REPLACE TEMP TABLE refusals AS
    SELECT row, code, CASE WHEN code = 'missing_identity' THEN NULL ELSE 'name' END AS field, long_name AS value FROM keyed WHERE code IS NOT NULL`)
  await db.run('CREATE OR REPLACE TEMP TABLE omissions (row BIGINT, field VARCHAR, code VARCHAR, value VARCHAR)')
}

/** Addresses that the pattern does not know are judged one by one outside the database. */
async function refuseInvalidEmails(db: Database): Promise<void> {
  await db.run(`
    CREATE OR REPLACE TEMP TABLE odd AS
    SELECT email, row_number() OVER () AS n FROM (
      SELECT DISTINCT email FROM keyed WHERE code IS NULL AND email IS NOT NULL
        AND NOT (length(email) <= ${PLAIN_EMAIL_LENGTH} AND regexp_full_match(email, ${literal(PLAIN_EMAIL)})))`)
  await db.run('CREATE OR REPLACE TEMP TABLE bad_email (email VARCHAR)')
  const total = (await db.first<{ n: number }>('SELECT count(*) AS n FROM odd'))?.n ?? 0
  const pageRows = 20_000
  for (let from = 1; from <= total; from += pageRows) {
    const page = await db.rows<{ email: string }>('SELECT email FROM odd WHERE n BETWEEN $1 AND $2', [
      from,
      from + pageRows - 1,
    ])
    const bad = page.filter((row) => !isEmail(row.email))
    await db.append({ table: 'bad_email', database: 'temp' }, (appender) => {
      for (const row of bad) {
        appender.appendVarchar(row.email)
        appender.endRow()
      }
    })
  }
  await db.run(
    "INSERT INTO refusals SELECT row, 'invalid_email', 'email', email FROM keyed WHERE code IS NULL AND email IN (SELECT email FROM bad_email)",
  )
  await db.run(`
    CREATE OR REPLACE TEMP TABLE accepted AS
    SELECT row, ord, ext, email, digest FROM keyed WHERE code IS NULL AND (email IS NULL OR email NOT IN (SELECT email FROM bad_email))`)
  await db.run('DROP TABLE keyed')
}

/** Temp tables `agent_exts(key)` and `agent_emails(key)`: keys of agents and admins, also those they were delivered with before. */
async function listProtected(db: Database, request: PeopleRequest): Promise<void> {
  const { zendeskIds, externalIds, emails } = request.protectedPeople
  const list = async (table: string, values: readonly string[]) => {
    await db.run(`CREATE OR REPLACE TEMP TABLE ${table} (key VARCHAR)`)
    await db.append({ table, database: 'temp' }, (appender) => {
      for (const value of values) {
        appender.appendVarchar(value)
        appender.endRow()
      }
    })
  }
  await list('agent_ids', zendeskIds)
  await list('agent_exts', externalIds)
  await list('agent_emails', emails)
  await db.run(
    `CREATE OR REPLACE TEMP TABLE promoted AS SELECT _key, _emails FROM ${request.delivered} WHERE _zendesk_id IN (SELECT key FROM agent_ids)`,
  )
  await db.run('INSERT INTO agent_exts SELECT _key FROM promoted WHERE _key IS NOT NULL')
  await db.run('INSERT INTO agent_emails SELECT unnest(_emails) FROM promoted')
}

/** Rows of agents and admins, by any of their keys or by the Zendesk id of an earlier delivery. Other people are not affected. */
async function refuseProtected(db: Database): Promise<void> {
  await db.run(`
    CREATE OR REPLACE TEMP TABLE agent_rows AS
    SELECT row, ext, email FROM accepted WHERE ext IN (SELECT key FROM agent_exts) OR email IN (SELECT key FROM agent_emails)`)
  // Further rows of the same person: by external_id, or by an address that nobody else claims.
  await db.run(`
    INSERT INTO agent_rows SELECT row, ext, email FROM accepted
    WHERE ext IN (SELECT ext FROM agent_rows WHERE ext IS NOT NULL) AND row NOT IN (SELECT row FROM agent_rows)`)
  await db.run(`
    INSERT INTO agent_rows SELECT row, ext, email FROM accepted
    WHERE ext IS NULL AND email IN (SELECT email FROM agent_rows WHERE email IS NOT NULL) AND row NOT IN (SELECT row FROM agent_rows)
      AND email NOT IN (SELECT email FROM accepted WHERE ext IS NOT NULL AND email IS NOT NULL AND row NOT IN (SELECT row FROM agent_rows))`)
  await db.run("INSERT INTO refusals SELECT row, 'is_agent', NULL, NULL FROM agent_rows")
  await db.run('DELETE FROM accepted WHERE row IN (SELECT row FROM agent_rows)')
}

/** Who keeps an address that several people claim. */
async function settleClaims(db: Database, request: PeopleRequest): Promise<void> {
  // Nearly every address is brought by one person alone and held by nobody else. Only the others are worth a question.
  await db.run(`
    CREATE OR REPLACE TEMP TABLE contested AS
    SELECT email FROM accepted WHERE email IS NOT NULL GROUP BY email
    HAVING min(ext) <> max(ext) OR (count(ext) > 0 AND count(*) > count(ext))
    UNION SELECT unnest(_emails) FROM ${request.delivered} WHERE _person IN (SELECT person FROM concerned)`)
  // Rows that only repeat what their person has already cannot change who has what; all others are looked at.
  await db.run(`
    CREATE OR REPLACE TEMP TABLE questioned AS
    SELECT DISTINCT a.email FROM accepted a LEFT JOIN ${request.delivered} d ON d._key = a.ext
    WHERE a.email IN (SELECT email FROM contested) AND (a.ext IS NULL OR d._person IS NULL OR NOT list_contains(d._emails, a.email))`)
  await db.run(`
    CREATE OR REPLACE TEMP TABLE claim AS
    SELECT email, ext, min(ord) AS ord FROM accepted WHERE ext IS NOT NULL AND email IN (SELECT email FROM questioned) GROUP BY email, ext`)
  // An address that an agent moved in Zendesk, and that was then given to another person too, is the later one's.
  await db.run(`
    CREATE OR REPLACE TEMP TABLE holder AS
    SELECT email, person, key, coalesce(key IN (SELECT ext FROM accepted WHERE ext IS NOT NULL), false) AS present
    FROM (SELECT unnest(_emails) AS email, _person AS person, _key AS key, _at AS given_at FROM ${request.delivered}
          WHERE _person IN (SELECT person FROM concerned))
    WHERE email IN (SELECT email FROM questioned)
    QUALIFY row_number() OVER (PARTITION BY email ORDER BY present DESC, given_at DESC, person DESC) = 1`)
  await db.run(`
    UPDATE holder SET present = true WHERE person IN (
      SELECT h.person FROM holder h JOIN accepted a ON a.ext IS NULL AND a.email = h.email WHERE h.email NOT IN (SELECT email FROM claim))`)
  await db.run(`
    CREATE OR REPLACE TEMP TABLE winner AS
    SELECT c.email, CASE WHEN any_value(h.key) IS NOT NULL AND bool_or(h.present) THEN any_value(h.key) ELSE arg_min(c.ext, c.ord) END AS ext
    FROM claim c LEFT JOIN holder h ON h.email = c.email GROUP BY c.email`)
  await chooseHeirs(db, request.delivered)
  await db.run(`
    CREATE OR REPLACE TEMP TABLE loser AS
    SELECT a.row, a.email FROM accepted a JOIN winner w ON w.email = a.email WHERE a.ext IS NOT NULL AND a.ext <> w.ext`)
  if (request.emailConflicts === 'reject') {
    await db.run("INSERT INTO refusals SELECT row, 'email_conflict', 'email', email FROM loser")
    await db.run('DELETE FROM accepted WHERE row IN (SELECT row FROM loser)')
    return
  }
  await db.run("INSERT INTO omissions SELECT row, 'email', 'email_conflict', email FROM loser")
  // The digest must tell "address left out" from "address sent", or a person would count as unchanged when the conflict ends.
  await db.run(
    'UPDATE accepted SET email = NULL, digest = md5_number(digest::VARCHAR) WHERE row IN (SELECT row FROM loser)',
  )
}

/**
 * People whose external_id is new: who holds their address in `delivered` under no id gains the id; who holds it under an id that has
 * left the result is the same person with a new id. Each holder is taken once, by the first who claims one of its addresses, and from
 * then on all its addresses are that person's: sent for somebody else they would reach the same user of the account.
 */
async function chooseHeirs(db: Database, delivered: string): Promise<void> {
  await db.run('CREATE OR REPLACE TEMP TABLE heir (ext VARCHAR, holder BIGINT, change VARCHAR)')
  await db.run(`
    CREATE OR REPLACE TEMP TABLE suitor AS
    SELECT c.ext, h.person AS holder, CASE WHEN any_value(h.key) IS NULL THEN 'gains_id' ELSE 'rekey' END AS change, min(c.ord) AS ord
    FROM claim c JOIN winner w ON w.email = c.email AND w.ext = c.ext JOIN holder h ON h.email = c.email
    WHERE (h.key IS NULL OR NOT h.present)
      AND c.ext NOT IN (SELECT _key FROM ${delivered} WHERE _key IN (SELECT ext FROM claim))
    GROUP BY c.ext, h.person`)
  for (let left = await countSuitors(db); left > 0; left = await countSuitors(db)) {
    // Whoever is first for a holder that is also its own first choice; at least the first of all suitors is.
    await db.run(`
      INSERT INTO heir SELECT ext, holder, change FROM suitor
      QUALIFY row_number() OVER (PARTITION BY ext ORDER BY ord, holder) = 1 AND row_number() OVER (PARTITION BY holder ORDER BY ord, ext) = 1`)
    await db.run('DELETE FROM suitor WHERE ext IN (SELECT ext FROM heir) OR holder IN (SELECT holder FROM heir)')
  }
  await db.run(
    'UPDATE winner SET ext = heir.ext FROM holder h JOIN heir ON heir.holder = h.person WHERE h.email = winner.email',
  )
}

async function countSuitors(db: Database): Promise<number> {
  return (await db.first<{ n: number }>('SELECT count(*) AS n FROM suitor'))?.n ?? 0
}

/**
 * Gives each accepted row its person's key and builds the people. Joins are on plain equalities: with a condition on one side beside
 * them, DuckDB compares every row with every row.
 */
async function groupRows(db: Database, delivered: string): Promise<void> {
  await db.run(`
    CREATE OR REPLACE TEMP TABLE member AS
    SELECT a.row, a.ord, a.email, a.digest,
      CASE WHEN a.ext IS NOT NULL THEN 'x' || a.ext WHEN w.ext IS NOT NULL THEN 'x' || w.ext
           WHEN h.key IS NOT NULL THEN 'x' || h.key WHEN h.person IS NOT NULL THEN 'd' || h.person ELSE 'e' || a.email END AS pkey
    FROM (SELECT *, CASE WHEN ext IS NULL THEN email END AS only_email FROM accepted) a
    LEFT JOIN winner w ON w.email = a.only_email LEFT JOIN holder h ON h.email = a.only_email`)
  await db.run('DROP TABLE accepted')
  // Grouping carries everything that is asked of a group, for each of them; nearly everybody has one row and needs none.
  await db.run('CREATE OR REPLACE TEMP TABLE several AS SELECT pkey FROM member GROUP BY pkey HAVING count(*) > 1')
  await db.run(`
    CREATE OR REPLACE TEMP TABLE person AS
    SELECT g.*, coalesce(d._person, CASE WHEN g.pkey[1] = 'd' THEN substr(g.pkey, 2)::BIGINT END) AS delivered, NULL::VARCHAR AS change
    FROM (SELECT row AS person, row AS first_row, 1::BIGINT AS rows, ord, pkey, CASE WHEN pkey[1] = 'x' THEN substr(pkey, 2) END AS key, digest
          FROM member WHERE pkey NOT IN (SELECT pkey FROM several)
          UNION ALL
          SELECT min(row), arg_min(row, ord), count(*), min(ord), pkey, CASE WHEN pkey[1] = 'x' THEN substr(pkey, 2) END, any_value(digest)
          FROM member WHERE pkey IN (SELECT pkey FROM several) GROUP BY pkey) g
    LEFT JOIN ${delivered} d ON d._key = g.key`)
  await db.run(`
    UPDATE person SET digest = m.digest FROM (
      SELECT pkey, md5_number(string_agg(digest::VARCHAR, ',' ORDER BY ord)) AS digest FROM member
      WHERE pkey IN (SELECT pkey FROM person WHERE rows > 1) GROUP BY pkey) m WHERE person.pkey = m.pkey`)
}

/** Who goes on as whom: see {@link chooseHeirs}. */
async function matchDelivered(db: Database): Promise<void> {
  await db.run('UPDATE person SET delivered = heir.holder, change = heir.change FROM heir WHERE heir.ext = person.key')
}

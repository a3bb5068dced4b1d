import type { AccountPerson, Attribute, Connection } from '../../destination/destination.ts'
import { identifier, literal } from '../../sql-text.ts'
import type { Database } from '../ledger/database.ts'
import { deliveredName } from '../ledger/delivered.ts'
import type { FieldChange, LiveSummary } from '../report.ts'
import { openSource, type PeopleSource } from './source.ts'
import { type Contact, judgeContact, type Verdict, type VerdictRules } from './verdict.ts'

export interface LookRequest {
  account: number
  connection: Connection
  attributes: readonly Attribute[]
  /** Whom to read: nobody but where a field may only fill what is empty, people never delivered before, or everybody of the plan. */
  scope: 'ownership' | 'first_contact' | 'everybody'
  fillsIfEmpty: (field: string) => boolean
  omitsEmails: boolean
  full: boolean
  /** Only people of temp table `sampled`. */
  sampled: boolean
}

/** People judged at a time; bounds memory. */
const PAGE = 1_000

/**
 * Reads the people of the draft in the account and changes the draft by what it finds: what the account holds already is not sent, old
 * values are those of the account, fields that may only be filled stay as they are, and who cannot be sent leaves the draft with a
 * reason. Leaves `plan.conflicts(person, row, external_id, email, name, code, reason, action)` and temp table `conflict_rows(row, reason)`.
 * Sends GETs only.
 */
export async function lookAtAccount(db: Database, request: LookRequest): Promise<LiveSummary> {
  const requestsBefore = request.connection.requests()
  await selectAsked(db, request)
  await db.run(`
    CREATE OR REPLACE TEMP TABLE verdict (person BIGINT, verdict VARCHAR, live_id VARCHAR, fields VARCHAR, kept VARCHAR, had VARCHAR,
      omitted VARCHAR, known_equal BOOLEAN, code VARCHAR, reason VARCHAR, action VARCHAR)`)
  const need = await db.first<{ people: number; zendeskIds: number; externalIds: number; emails: number }>(`
    SELECT count(*) AS people, count(zendesk_id) AS "zendeskIds", count(external_id) FILTER (zendesk_id IS NULL OR has_new_key) AS "externalIds",
      coalesce(sum(len(addresses)), 0)::BIGINT AS emails FROM asked`)
  const people = need?.people ?? 0
  if (need !== undefined && people > 0) {
    const source = await openSource(db, request.connection, request.attributes, need)
    const rules: VerdictRules = {
      attributes: new Map(request.attributes.map((attribute) => [attribute.name, attribute])),
      fillsIfEmpty: request.fillsIfEmpty,
      omitsEmails: request.omitsEmails,
      whole: request.full,
    }
    for (let from = 1; from <= people; from += PAGE) await judgePage(db, source, rules, from)
    await refuseSharedUsers(db, request.account)
  }
  await applyVerdicts(db, request)
  const counts = await db.first<Record<'creates' | 'updates' | 'adopts' | 'equal' | 'conflicts', number>>(`
    SELECT count(*) FILTER (verdict = 'create') AS creates, count(*) FILTER (verdict = 'update' AND NOT known_equal) AS updates,
      count(*) FILTER (verdict = 'adopt' AND NOT known_equal) AS adopts, count(*) FILTER (known_equal) AS equal,
      count(*) FILTER (verdict = 'conflict') AS conflicts FROM verdict`)
  return {
    read: request.scope,
    people,
    requests: request.connection.requests() - requestsBefore,
    ...(counts ?? { creates: 0, updates: 0, adopts: 0, equal: 0, conflicts: 0 }),
  }
}

/** Temp table `asked`: whom to look at, numbered; `addresses` are those that would be sent. */
async function selectAsked(db: Database, request: LookRequest): Promise<void> {
  const filling = request.attributes.filter(({ name }) => request.fillsIfEmpty(name)).map(({ name }) => literal(name))
  const fills = `list_has_any(list_transform(fields, lambda x: x.field), [${filling.join(', ')}]::VARCHAR[])`
  const scope = { ownership: fills, first_contact: `(delivered IS NULL OR ${fills})`, everybody: 'true' }[request.scope]
  await db.run(`
    CREATE OR REPLACE TEMP TABLE asked AS
    SELECT row_number() OVER (ORDER BY ord) AS n, person, delivered IS NOT NULL AS known, zendesk_id, external_id, coalesce(twins, []) AS twins, fields,
      change IS NOT NULL AS has_new_key, emails AS own_addresses,
      CASE WHEN delivered IS NULL THEN emails ELSE list_transform(further, lambda x: x.email) END AS addresses
    FROM draft WHERE (must_send OR len(fields) > 0 OR len(further) > 0) AND ${scope}
      ${request.sampled ? 'AND person IN (SELECT person FROM sampled)' : ''}`)
}

interface AskedRow extends Contact {
  person: number
  /** The external_id is not the one delivered before. */
  hasNewKey: boolean
  /** All addresses that the result has. */
  ownAddresses: string[]
}

async function judgePage(db: Database, source: PeopleSource, rules: VerdictRules, from: number): Promise<void> {
  const lines = await db.rows<{ line: string }>(
    `SELECT to_json({person: person, known: known, "zendeskId": zendesk_id, "externalId": external_id, twins: twins, fields: fields, emails: addresses, "hasNewKey": has_new_key, "ownAddresses": own_addresses})::VARCHAR AS line
     FROM asked WHERE n BETWEEN $1 AND $2 ORDER BY n`,
    [from, from + PAGE - 1],
  )
  const { found, asked } = await findAll(
    source,
    lines.map(({ line }) => JSON.parse(line) as AskedRow),
  )
  await db.append({ table: 'verdict', database: 'temp' }, (appender) => {
    const text = (value: string | null) => (value === null ? appender.appendNull() : appender.appendVarchar(value))
    for (const contact of asked) {
      const verdict = judgeContact(contact, found.of(contact), rules)
      appender.appendBigInt(BigInt(contact.person))
      appender.appendVarchar(verdict.verdict)
      for (const cell of cellsOf(verdict)) text(cell)
      appender.appendBoolean(verdict.verdict !== 'conflict' && verdict.equal)
      text(verdict.verdict === 'conflict' ? verdict.code : null)
      text(verdict.verdict === 'conflict' ? verdict.reason : null)
      text(verdict.verdict === 'conflict' ? verdict.action : null)
      appender.endRow()
    }
  })
}

function cellsOf(verdict: Verdict): (string | null)[] {
  if (verdict.verdict === 'conflict') return [null, '[]', '[]', '[]', '[]']
  const { zendeskId, fields, kept, had, omitted } = verdict
  const left = omitted.map(({ email, code, reason }) => ({ email, code, reason }))
  return [
    zendeskId,
    JSON.stringify(fields satisfies FieldChange[]),
    JSON.stringify(kept),
    JSON.stringify(had),
    JSON.stringify(left),
  ]
}

/** First by ids, then the addresses that these do not account for; of somebody whose user is gone by every key there is. */
async function findAll(
  source: PeopleSource,
  contacts: readonly AskedRow[],
): Promise<{ found: PeopleIndex; asked: AskedRow[] }> {
  const zendeskIds = contacts.flatMap((contact) => contact.zendeskId ?? [])
  const externalIds = contacts.flatMap((contact) =>
    contact.zendeskId === null || contact.hasNewKey ? (contact.externalId ?? []) : [],
  )
  const byKeys = await source.find({ zendeskIds, externalIds, emails: [] })
  const found = new PeopleIndex(byKeys)
  const isGone = ({ zendeskId }: AskedRow) => zendeskId !== null && !found.hasId(zendeskId)
  const asked = contacts.map((contact) => (isGone(contact) ? { ...contact, emails: contact.ownAddresses } : contact))
  const keysOfGone = asked.filter(isGone).flatMap((contact) => contact.externalId ?? [])
  const emails = asked.flatMap((contact) => contact.emails.filter((email) => !found.hasAddress(email)))
  if (emails.length + keysOfGone.length > 0)
    found.add(await source.find({ zendeskIds: [], externalIds: keysOfGone, emails }))
  return { found, asked }
}

class PeopleIndex {
  readonly #byId = new Map<string, AccountPerson>()
  readonly #byKey = new Map<string, AccountPerson>()
  readonly #byEmail = new Map<string, AccountPerson>()

  constructor(people: readonly AccountPerson[]) {
    this.add(people)
  }

  add(people: readonly AccountPerson[]): void {
    for (const person of people) {
      if (this.#byId.has(person.zendeskId)) continue
      this.#byId.set(person.zendeskId, person)
      if (person.externalId !== null) this.#byKey.set(person.externalId.toLowerCase(), person)
      for (const email of person.emails) this.#byEmail.set(email, person)
    }
  }

  hasId(zendeskId: string): boolean {
    return this.#byId.has(zendeskId)
  }

  hasAddress(email: string): boolean {
    return this.#byEmail.has(email)
  }

  /** Everybody who has one of the contact's keys, once. */
  of(contact: Contact): AccountPerson[] {
    const keys = [
      contact.zendeskId === null ? undefined : this.#byId.get(contact.zendeskId),
      contact.externalId === null ? undefined : this.#byKey.get(contact.externalId.toLowerCase()),
      ...contact.emails.map((email) => this.#byEmail.get(email)),
    ]
    return [...new Set(keys.filter((person) => person !== undefined))]
  }
}

/** Two people of the result who are one user of the account would race there; who has the user by key, or was first, keeps it. */
async function refuseSharedUsers(db: Database, account: number): Promise<void> {
  await db.run(`
    UPDATE verdict SET verdict = 'conflict', known_equal = false, code = 'conflict.two_people',
      reason = 'User ' || live_id || ' of the account is also the person of row ' || s.other || '.',
      action = 'Give both rows the same keys if they are one person; otherwise correct the keys in the source.'
    FROM (
      SELECT person, first_value(first_row) OVER mine AS other, row_number() OVER mine AS n FROM (
        SELECT v.person, p.first_row, v.live_id, CASE v.verdict WHEN 'update' THEN 1 ELSE 2 END AS rank, p.ord FROM verdict v JOIN person p ON p.person = v.person
        WHERE v.live_id IS NOT NULL AND p.delivered IS NULL
        UNION ALL
        SELECT p.person, p.first_row, d._zendesk_id, 0, p.ord
        FROM (SELECT person, first_row, ord, delivered FROM person UNION ALL SELECT person, first_row, 0::UHUGEINT, delivered FROM plan.people) p
        JOIN ${deliveredName(account)} d ON d._person = p.delivered
        WHERE d._zendesk_id IN (SELECT live_id FROM verdict))
      WINDOW mine AS (PARTITION BY live_id ORDER BY rank, ord)) s
    WHERE s.person = verdict.person AND s.n > 1`)
}

const FIELDS_JSON = literal('[{"field":"VARCHAR","old":"VARCHAR","new":"VARCHAR"}]')
const LIST_JSON = literal('["VARCHAR"]')
const OMITTED_JSON = literal('[{"email":"VARCHAR","code":"VARCHAR","reason":"VARCHAR"}]')

async function applyVerdicts(db: Database, request: LookRequest): Promise<void> {
  await db.run(`
    CREATE OR REPLACE TEMP TABLE ruling AS
    SELECT person, verdict, live_id, known_equal, from_json(fields, ${FIELDS_JSON}) AS fields, from_json(kept, ${LIST_JSON}) AS kept,
      from_json(had, ${LIST_JSON}) AS had, from_json(omitted, ${OMITTED_JSON}) AS omitted
    FROM verdict WHERE verdict <> 'conflict'`)
  await omitAddresses(db)
  const keeping = request.attributes.filter(({ name }) => request.fillsIfEmpty(name))
  if (keeping.length > 0) {
    const columns = keeping.map(({ name }) => {
      const column = identifier(name)
      return `${column} = CASE WHEN list_contains(r.kept, ${literal(name)}) THEN d.${column} ELSE v.${column} END`
    })
    await db.run(`
      UPDATE plan.people_values AS v SET ${columns.join(', ')}
      FROM ruling r JOIN person p ON p.person = r.person LEFT JOIN ${deliveredName(request.account)} d ON d._person = p.delivered
      WHERE r.person = v.person AND len(r.kept) > 0`)
  }
  // Who is taken over by an address is found by that address; the first one of a new person is then one more to give.
  const meets = "r.verdict = 'adopt' AND NOT coalesce(list_contains(r.had, draft.email), false)"
  await db.run(`
    UPDATE draft SET kind = CASE WHEN kind = 'create' OR r.verdict = 'adopt' THEN r.verdict ELSE kind END, fields = r.fields,
      email = CASE WHEN ${meets} THEN r.had[1] ELSE draft.email END,
      new_email = new_email AND r.verdict <> 'adopt' AND NOT coalesce(list_contains(r.had, draft.email), false),
      live_id = r.live_id, known_equal = r.known_equal, must_send = (must_send OR coalesce(draft.zendesk_id <> r.live_id, false)) AND NOT r.known_equal,
      zendesk_id = coalesce(draft.zendesk_id, r.live_id),
      further = list_filter(CASE WHEN ${meets} AND draft.delivered IS NULL AND draft.email IS NOT NULL
        THEN list_filter(k.emails, lambda x: x.email = draft.email) || further ELSE further END, lambda x: NOT list_contains(r.had, x.email))
    FROM ruling r JOIN known_as k ON k.person = r.person WHERE r.person = draft.person`)
  await refuseConflicts(db)
}

/** Addresses of others are left out with a warning; the first that is left is then a new person's own. */
async function omitAddresses(db: Database): Promise<void> {
  await db.run(`
    INSERT INTO omissions
    SELECT min(m.row), 'email', any_value(o.code), o.email FROM (SELECT person, unnest(omitted, recursive := true) FROM ruling WHERE len(omitted) > 0) o
    JOIN person p ON p.person = o.person JOIN member m ON m.pkey = p.pkey AND m.email = o.email GROUP BY o.person, o.email`)
  await db.run(`
    UPDATE draft SET emails = o.left_over, further = list_filter(further, lambda x: NOT list_contains(o.gone, x.email)),
      email = CASE WHEN delivered IS NULL THEN o.left_over[1] ELSE email END, new_email = delivered IS NULL AND len(o.left_over) > 0
    FROM (SELECT d.person, list_transform(r.omitted, lambda x: x.email) AS gone,
            list_filter(d.emails, lambda x: NOT list_contains(list_transform(r.omitted, lambda y: y.email), x)) AS left_over
          FROM ruling r JOIN draft d ON d.person = r.person WHERE len(r.omitted) > 0) o
    WHERE o.person = draft.person`)
  // Nobody knows when the address becomes free: who lacks one is looked at in every run.
  await db.run('UPDATE person SET digest = NULL WHERE person IN (SELECT person FROM ruling WHERE len(omitted) > 0)')
  // An address that became the person's own is no further one.
  await db.run(
    'UPDATE draft SET further = list_filter(further, lambda x: x.email <> email) WHERE delivered IS NULL AND email IS NOT NULL',
  )
}

async function refuseConflicts(db: Database): Promise<void> {
  await db.run(`
    CREATE TABLE plan.conflicts AS
    SELECT v.person, d.first_row AS row, d.external_id, d.emails[1] AS email, d.name, v.code, v.reason, v.action
    FROM verdict v JOIN draft d ON d.person = v.person WHERE v.verdict = 'conflict' ORDER BY d.first_row`)
  await db.run(`
    CREATE OR REPLACE TEMP TABLE conflict_rows AS
    SELECT m.row, c.code, c.reason, m.email FROM plan.conflicts c JOIN person p ON p.person = c.person JOIN member m ON m.pkey = p.pkey`)
  await db.run(`
    INSERT INTO refusals SELECT row, code, CASE WHEN code = 'conflict.case_twins' THEN 'external_id' ELSE 'email' END, email FROM conflict_rows`)
  await db.run('DELETE FROM member WHERE row IN (SELECT row FROM conflict_rows)')
  for (const table of ['draft', 'person', 'plan.people_values'])
    await db.run(`DELETE FROM ${table} WHERE person IN (SELECT person FROM plan.conflicts)`)
}

import type { AccountPerson, Attribute } from '../../destination/destination.ts'
import { reached } from '../../moment.ts'
import { asProblem } from '../../problem.ts'
import { literal } from '../../sql-text.ts'
import { type Database, microseconds } from '../ledger/database.ts'
import { finalsQuery } from '../ledger/delivered.ts'
import type { Ledger, Workflow } from '../ledger/ledger.ts'
import type { PlanDetails } from '../plan.ts'
import type { ChangeKind, FieldChange } from '../report.ts'
import type { WorkflowContext } from '../workflow-context.ts'
import { planAttributes } from './attributes.ts'
import { type Difference, differences, type Given, wasEdited } from './comparison.ts'
import { PEOPLE_PER_REQUEST, readBack } from './read-back.ts'
import type { Confirmed } from './report.ts'

/** One landed change, as far as reading it back needs it. */
interface Landed {
  kind: ChangeKind
  email: string | null
  new_email: boolean
  external_id: string | null
  fields: FieldChange[]
}

interface Person {
  person: number
  zendesk_id: string
  /** ISO time of the last word on any of the changes. */
  at: string
  changes: Landed[]
}

/**
 * Reads people of a run back and compares exactly what the run sent: all whose changes landed, or 100 of them, chosen by a digest of
 * person and run, so that each run looks at others and a repetition at the same. What differs becomes an alert of the run. The plan must
 * be attached as `plan`. A problem of the network is told in the answer and changes nothing else.
 */
export async function confirmRun(
  context: WorkflowContext,
  workflow: Workflow,
  details: PlanDetails,
): Promise<Confirmed | null> {
  const setting = context.settings.confirm
  if (setting === 'none' || details.changes === 0) return null
  const { ledger } = context
  const { db } = ledger
  await db.run('DELETE FROM alerts WHERE run = $1', [workflow.run])
  reached('confirm.reading')
  await db.run(landedPeople(workflow.run, setting === 'sample' ? PEOPLE_PER_REQUEST : null))
  try {
    const total = (await db.first<{ n: number }>('SELECT count(*) AS n FROM confirming'))?.n ?? 0
    if (total === 0) return null
    const confirmed: Confirmed = { read: 0, seen: 0, differing: 0, problem: null }
    try {
      const attributes = planAttributes(await context.readAccount(), details)
      for (let from = 1; from <= total; from += PEOPLE_PER_REQUEST) {
        const people = await readPage(db, from)
        const ids = people.map((person) => person.zendesk_id)
        const found = await readBack(context.connection, ids, attributes)
        await judge(context, workflow.run, people, found, attributes, confirmed)
      }
    } catch (error) {
      const { code, message, fix } = asProblem(error)
      // Everything else is a failure of ours or of the ledger, and must not pass as "could not be read".
      if (!code.startsWith('zendesk.') && code !== 'workflow.stopped') throw error
      confirmed.problem = { code, message, fix }
    }
    await storeConfirmed(ledger, workflow.run, confirmed)
    reached('confirm.stored')
    return confirmed
  } finally {
    await db.run('DROP TABLE IF EXISTS temp.confirming')
  }
}

/**
 * Temp table `confirming(n, person, zendesk_id, ended, changes)`: everybody of whom something landed, or as many of them as `limit` says, chosen
 * by chance that is the same every time. Who they are is decided before their changes are read, which costs most of all.
 */
function landedPeople(run: string, limit: number | null): string {
  return `
    CREATE OR REPLACE TEMP TABLE confirming AS
    WITH finals AS (${finalsQuery(run)}),
    times AS (
      SELECT coalesce(f.root, o.change) AS root, max(o.happened_at) AS ended FROM outcomes o
      LEFT JOIN followups f ON f.run = o.run AND f.change = o.change WHERE o.run = ${literal(run)} GROUP BY ALL),
    landed AS (
      SELECT c.person, c.change, c.zendesk_id AS planned_id, f.recreated, CASE WHEN c.kind <> 'membership' THEN f.zendesk_id END AS answered_id, t.ended
      FROM plan.changes c JOIN finals f ON f.root = c.change JOIN times t ON t.root = c.change WHERE f.status IN ('created', 'updated')),
    people AS (
      -- Of somebody who had vanished, later changes still name the user who is no more.
      SELECT person, coalesce(arg_max(recreated, change), arg_max(answered_id, change), arg_max(planned_id, change)) AS zendesk_id, max(ended) AS ended
      FROM landed GROUP BY person),
    chosen AS (
      SELECT *, md5(concat(zendesk_id, ${literal(run)})) AS place FROM people WHERE zendesk_id IS NOT NULL
      ORDER BY place ${limit === null ? '' : `LIMIT ${limit}`})
    SELECT row_number() OVER (ORDER BY any_value(p.place)) AS n, p.person, any_value(p.zendesk_id) AS zendesk_id, any_value(p.ended) AS ended,
      to_json(list({kind: c.kind, email: c.email, new_email: c.new_email, external_id: c.external_id, fields: c.fields} ORDER BY c.change))::VARCHAR AS changes
    FROM chosen p JOIN landed l ON l.person = p.person JOIN plan.changes c ON c.change = l.change GROUP BY p.person`
}

async function readPage(db: Database, from: number): Promise<Person[]> {
  const rows = await db.rows<{ person: number; zendesk_id: string; at: string; changes: string }>(
    `SELECT person, zendesk_id, epoch_ms(ended)::VARCHAR AS "at", changes FROM confirming WHERE n BETWEEN $1 AND $2 ORDER BY n`,
    [from, from + PEOPLE_PER_REQUEST - 1],
  )
  return rows.map((row) => ({
    ...row,
    at: new Date(Number(row.at)).toISOString(),
    changes: JSON.parse(row.changes) as Landed[],
  }))
}

async function judge(
  { ledger, now }: WorkflowContext,
  run: string,
  people: readonly Person[],
  found: ReadonlyMap<string, AccountPerson>,
  attributes: ReadonlyMap<string, Attribute>,
  confirmed: Confirmed,
): Promise<void> {
  const alerts: { person: number; difference: Difference }[] = []
  for (const person of people) {
    const differing = differencesOf(person, found.get(person.zendesk_id) ?? null, attributes)
    confirmed.read += 1
    if (differing.length === 0) confirmed.seen += 1
    else confirmed.differing += 1
    for (const difference of differing) alerts.push({ person: person.person, difference })
  }
  if (alerts.length === 0) return
  const at = microseconds(BigInt(now().getTime()) * 1000n)
  await ledger.db.append({ table: 'alerts' }, (appender) => {
    const text = (value: string | null) => (value === null ? appender.appendNull() : appender.appendVarchar(value))
    for (const { person, difference } of alerts) {
      appender.appendVarchar(run)
      appender.appendBigInt(BigInt(person))
      appender.appendVarchar(difference.field)
      text(difference.given)
      text(difference.found)
      appender.appendVarchar(difference.code)
      appender.appendTimestamp(at)
      appender.endRow()
    }
  })
}

function differencesOf(
  person: Person,
  found: AccountPerson | null,
  attributes: ReadonlyMap<string, Attribute>,
): Difference[] {
  if (person.changes.some((change) => change.kind === 'delete')) {
    if (found === null) return []
    const code = wasEdited(found, person.at) ? 'seen.agent_edited' : 'seen.not_taken'
    return [{ field: 'zendesk_id', given: null, found: found.zendeskId, code }]
  }
  return differences(givenBy(person), found, attributes)
}

/** Changes that carry the external_id. */
const NAMES_THE_PERSON: ReadonlySet<ChangeKind> = new Set(['create', 'update', 'adopt', 'rekey'])

/** What the landed changes of one person gave, the later word on a field winning. */
function givenBy({ zendesk_id: zendeskId, at, changes }: Person): Given {
  const given = {
    zendeskId,
    at,
    externalId: null as string | null,
    values: {} as Record<string, string | null>,
    emails: [] as string[],
    primaryEmail: null as string | null,
    removedEmails: [] as string[],
  }
  for (const change of changes) {
    for (const { field, new: value } of change.fields) given.values[field] = value
    if (NAMES_THE_PERSON.has(change.kind)) given.externalId = change.external_id ?? given.externalId
    if (change.email === null) continue
    if (change.kind === 'primary_email') given.primaryEmail = change.email
    else if (change.kind === 'remove_email') given.removedEmails.push(change.email)
    else if (change.kind === 'email' || change.new_email) given.emails.push(change.email)
  }
  return given
}

async function storeConfirmed(ledger: Ledger, run: string, confirmed: Confirmed): Promise<void> {
  await ledger.db.run('UPDATE workflows SET confirmed = $2 WHERE run = $1', [run, JSON.stringify(confirmed)])
}

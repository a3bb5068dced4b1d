import type { AccountPerson, Attribute } from '../../destination/destination.ts'
import { rowReasons } from '../../problem.ts'
import { literal } from '../../sql-text.ts'
import type { Database } from '../ledger/database.ts'
import { deliveredName } from '../ledger/delivered.ts'
import type { Account, Ledger } from '../ledger/ledger.ts'
import { type MadeChange, type MadePerson, PlanMaker, storeMadePlan } from '../made-plan.ts'
import type { FieldChange } from '../report.ts'
import type { WorkflowContext } from '../workflow-context.ts'
import { columnsFor, type MappedAttributes, mapAttributes } from './attributes.ts'
import { type Difference, differences, words } from './comparison.ts'
import { type DeliveredPerson, deliveredPeople, writtenAttributes } from './delivered-people.ts'
import { assertNotStopped, attachMade, withMadeRun } from './made-run.ts'
import { readBack } from './read-back.ts'
import type { DriftLine, DriftReport, SeenCode } from './report.ts'

/** People read from the ledger and from the account at a time. */
const PAGE = 1_000
/** Lines listed at a time. */
const LIST_PAGE = 5_000

/** Sending again changes nothing about the others: Zendesk would write the value its way, or drop it, once more. */
const REPAIRABLE: ReadonlySet<SeenCode> = new Set(['seen.agent_edited', 'seen.not_taken', 'seen.gone'])

/**
 * Reads everybody whom the orchestration delivered or holds, and compares what it writes with what the account holds. What differs is
 * listed in the file of a plan that would repair it; the plan waits, to be looked at and run. GETs only. Throws Problem.
 */
export async function findDrift(context: WorkflowContext): Promise<DriftReport> {
  return await withMadeRun<DriftReport>(context, 'repair', async (run, account) => {
    const { ledger, connection } = context
    const { db } = ledger
    const readAt = context.now()
    const facts = await context.readAccount()
    const written = await writtenAttributes(db, account.account, context.orchestration)
    const mapped = mapAttributes(facts, columnsFor(written, context.settings.country_column))
    const before = connection.requests()
    const maker = await PlanMaker.open(db)
    try {
      await db.run(driftingPeople(account.account, context.orchestration))
      await db.run(`CREATE TABLE plan.drift (person BIGINT, zendesk_id VARCHAR, external_id VARCHAR, email VARCHAR, name VARCHAR,
        field VARCHAR, given VARCHAR, found VARCHAR, code VARCHAR, repaired BOOLEAN)`)
      const untouchable = new Set(facts.protectedPeople.zendeskIds)
      const total = (await db.first<{ n: number }>('SELECT count(*) AS n FROM drifting'))?.n ?? 0
      for (let from = 1; from <= total; from += PAGE) {
        assertNotStopped(context)
        const people = await deliveredPeople(
          db,
          account.account,
          written,
          `d._person IN (SELECT person FROM drifting WHERE n BETWEEN ${from} AND ${from + PAGE - 1})`,
        )
        const ids = people.flatMap((person) => person.zendeskId ?? [])
        const found = await readBack(connection, ids, mapped.attributes)
        await judge(db, maker, { people, found, mapped, untouchable })
      }
      const requests = connection.requests() - before
      const counted = await countDrift(db)
      const report = {
        orchestration: context.orchestration,
        account: account.origin,
        read_at: readAt.toISOString(),
        people: { read: total, drifted: counted.drifted, gone: counted.gone },
        fields: counted.fields,
        requests,
        repair: null,
      }
      if (counted.drifted === 0) return { keep: false, result: { ...report, drift_id: null, plan: null } }
      const plan = await storeMadePlan(ledger, repairPlan(context, run, account, mapped, total, readAt))
      return { keep: true, result: { ...report, drift_id: run, plan: maker.people === 0 ? null : plan } }
    } finally {
      await maker.drop()
      await db.run('DROP TABLE IF EXISTS temp.drifting')
    }
  })
}

function repairPlan(
  context: WorkflowContext,
  run: string,
  account: Account,
  mapped: MappedAttributes,
  known: number,
  plannedAt: Date,
): Parameters<typeof storeMadePlan>[1] {
  const attributes = [...mapped.attributes.values()]
  return {
    run,
    origin: 'repair',
    orchestration: context.orchestration,
    account,
    columns: mapped.columns,
    mapping: mapped.fingerprint,
    attributes: attributes.map(({ name }) => name),
    withUser: attributes.filter(({ apart }) => apart === null).map(({ name }) => name),
    guards: context.settings.guards,
    confirm: context.settings.confirm,
    known,
    limits: context.connection.limits,
    notes: ['Sends again what was delivered and is not in the account any more. The query was not asked.'],
    plannedAt,
  }
}

/** Temp table `drifting(n, person)`: whom the orchestration delivered last, or holds; not those who left its result. */
function driftingPeople(account: number, orchestration: string): string {
  return `
    CREATE OR REPLACE TEMP TABLE drifting AS
    SELECT row_number() OVER (ORDER BY d._person) AS n, d._person AS person FROM ${deliveredName(account)} d
    WHERE d._zendesk_id IS NOT NULL AND d._exit IS NULL AND (d._orchestration = ${literal(orchestration)}
      OR d._person IN (SELECT person FROM presence WHERE account = ${account} AND orchestration = ${literal(orchestration)}))`
}

interface Page {
  people: readonly DeliveredPerson[]
  found: ReadonlyMap<string, AccountPerson>
  mapped: MappedAttributes
  /** Zendesk ids of agents and admins. */
  untouchable: ReadonlySet<string>
}

async function judge(db: Database, maker: PlanMaker, page: Page): Promise<void> {
  const lines: { person: DeliveredPerson; difference: Difference; repaired: boolean }[] = []
  const repairs: MadePerson[] = []
  for (const person of page.people) {
    const held = page.found.get(person.zendeskId ?? '') ?? null
    const differing = driftOf(person, held, page.mapped)
    const mayRepair = !page.untouchable.has(person.zendeskId ?? '')
    const repaired = new Set(mayRepair ? differing.filter(({ code }) => REPAIRABLE.has(code)) : [])
    for (const difference of differing) lines.push({ person, difference, repaired: repaired.has(difference) })
    const changes = repairOf(person, [...repaired], page.mapped.attributes)
    repairs.push({ delivered: person.person, changes, values: {} })
  }
  await maker.add(repairs)
  if (lines.length === 0) return
  await db.append({ table: 'drift', database: 'plan' }, (appender) => {
    const text = (value: string | null) => (value === null ? appender.appendNull() : appender.appendVarchar(value))
    for (const { person, difference, repaired } of lines) {
      appender.appendBigInt(BigInt(person.person))
      text(person.zendeskId)
      text(person.externalId)
      text(person.emails[0] ?? null)
      text(person.name)
      text(difference.field)
      text(difference.given)
      text(difference.found)
      text(difference.code)
      appender.appendBoolean(repaired)
      appender.endRow()
    }
  })
}

/** What was delivered and is not there. Fields that we never gave, or cleared, are not ours to compare. */
function driftOf(person: DeliveredPerson, held: AccountPerson | null, mapped: MappedAttributes): Difference[] {
  const values = Object.fromEntries(Object.entries(person.values).filter(([, value]) => value !== null))
  // Addresses that took the place of others, or that an agent dropped beside ours, are no drift as long as one of ours is there.
  const isReachable = person.emails.length === 0 || (held?.emails ?? []).some((email) => person.emails.includes(email))
  const found = differences(
    {
      zendeskId: person.zendeskId ?? '',
      externalId: person.externalId,
      values,
      emails: isReachable ? [] : person.emails.slice(-1),
      primaryEmail: null,
      removedEmails: [],
      at: person.at,
    },
    held,
    mapped.attributes,
  )
  if (held === null) return found
  const lost = mapped.unknown.flatMap((field): Difference[] =>
    values[field] == null ? [] : [{ field, given: values[field], found: null, code: 'seen.field_unknown' }],
  )
  return [...found, ...lost]
}

/** The changes that bring what was delivered back: whole for who is gone, else by Zendesk id and field by field. */
function repairOf(
  person: DeliveredPerson,
  differing: readonly Difference[],
  attributes: ReadonlyMap<string, Attribute>,
): MadeChange[] {
  if (differing.some(({ code }) => code === 'seen.gone')) return [wholeAgain(person, attributes)]
  const main: FieldChange[] = []
  const further: MadeChange[] = []
  let newExternalId = false
  for (const { field, given, found } of differing) {
    const apart = attributes.get(field)?.apart ?? null
    if (field === 'external_id') newExternalId = true
    else if (field === 'email') further.push({ kind: 'email', email: given, fields: [] })
    else if (apart === null) main.push({ field, old: found, new: given })
    // Only ours: what is in the old value and not in the new one is taken away.
    else if (apart === 'tags')
      further.push({ kind: 'tags', email: null, fields: [{ field, old: common(given, found), new: given }] })
    else further.push({ kind: apart, email: null, fields: [{ field, old: found, new: given }] })
  }
  if (newExternalId) return [{ kind: 'rekey', email: null, fields: main }, ...further]
  return main.length === 0 ? further : [{ kind: 'restore', email: null, fields: main }, ...further]
}

/** The account answers that it created the user, or met another one: everything that is known then follows by itself. */
function wholeAgain(person: DeliveredPerson, attributes: ReadonlyMap<string, Attribute>): MadeChange {
  const fields = [...attributes.values()]
    .filter(({ name, apart }) => apart === null && person.values[name] != null)
    .map(({ name }) => ({ field: name, old: null, new: person.values[name] ?? null }))
  return { kind: 'update', email: person.emails[0] ?? null, fields }
}

function common(one: string | null, other: string | null): string | null {
  const theirs = words(other)
  return [...words(one)].filter((word) => theirs.has(word)).join(' ') || null
}

async function countDrift(
  db: Database,
): Promise<{ drifted: number; gone: number; fields: { field: string; code: SeenCode; people: number }[] }> {
  const people = await db.first<{ drifted: number; gone: number }>(
    "SELECT count(DISTINCT person) AS drifted, count(*) FILTER (code = 'seen.gone') AS gone FROM plan.drift",
  )
  const fields = await db.rows<{ field: string; code: SeenCode; people: number }>(
    'SELECT field, code, count(DISTINCT person) AS people FROM plan.drift GROUP BY field, code ORDER BY people DESC, field, code',
  )
  return { drifted: people?.drifted ?? 0, gone: people?.gone ?? 0, fields }
}

/** Every line of a drift that was found, in the order of the people; read in pages. Throws `plan.not_found`, `records.gone`. */
export async function* listDrift(ledger: Ledger, driftId: string): AsyncGenerator<DriftLine> {
  await attachMade(ledger, driftId, 'repair')
  const { db } = ledger
  try {
    const total = (await db.first<{ n: number }>('SELECT count(*) AS n FROM plan.drift'))?.n ?? 0
    for (let from = 0; from < total; from += LIST_PAGE) {
      const rows = await db.rows<{ line: string }>(
        `SELECT to_json({person: person, zendesk_id: zendesk_id, external_id: external_id, email: email, name: name, field: field,
           delivered: given, found: found, code: code, repaired: repaired})::VARCHAR AS line
         FROM plan.drift ORDER BY rowid LIMIT ${LIST_PAGE} OFFSET ${from}`,
      )
      for (const { line } of rows) {
        const found = JSON.parse(line) as Omit<DriftLine, 'reason'>
        yield { ...found, reason: rowReasons[found.code] }
      }
    }
  } finally {
    await ledger.detach('plan')
  }
}

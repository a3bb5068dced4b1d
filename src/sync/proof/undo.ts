import type { AccountPerson } from '../../destination/destination.ts'
import { Problem } from '../../problem.ts'
import type { Database } from '../ledger/database.ts'
import { finalsQuery } from '../ledger/delivered.ts'
import type { Account, Ledger } from '../ledger/ledger.ts'
import { type MadePerson, PlanMaker, storeMadePlan } from '../made-plan.ts'
import { attachPlan } from '../stored.ts'
import type { WorkflowContext } from '../workflow-context.ts'
import { columnsFor, type MappedAttributes, mapAttributes } from './attributes.ts'
import { deliveredPeople, textList, writtenAttributes } from './delivered-people.ts'
import { assertNotStopped, attachMade, withMadeRun } from './made-run.ts'
import { readBack } from './read-back.ts'
import { type RestCode, type RestLine, restReasons, type UndoReport } from './report.ts'
import { type LandedChange, type PersonUndo, undoPerson } from './undo-person.ts'

/** People read at a time. */
const PAGE = 1_000
/** Lines listed at a time. */
const LIST_PAGE = 5_000

/**
 * Plans what takes a run back: reads the people of its landed changes and gives the fields that still hold what it wrote their old
 * values. The plan waits, to be looked at and run; when it runs, it pauses the orchestration. GETs only. Throws `workflow.not_found`,
 * `records.gone`, `plan.other_account` and the problems of reading.
 */
export async function planUndo(context: WorkflowContext, undoneRun: string): Promise<UndoReport> {
  return await withMadeRun(context, 'undo', async (run, account) => {
    const { ledger, connection } = context
    const { db } = ledger
    const plannedAt = context.now()
    await readLanded(ledger, undoneRun, account)
    const maker = await PlanMaker.open(db)
    try {
      const written = await writtenAttributes(db, account.account, context.orchestration)
      const names = await db.rows<{ field: string }>('SELECT DISTINCT unnest(fields).field AS field FROM undoing')
      const facts = await context.readAccount()
      const all = [...new Set([...written, ...names.map(({ field }) => field)])]
      const mapped = mapAttributes(facts, columnsFor(all, context.settings.country_column))
      const before = connection.requests()
      const counts: UndoReport['fields'] = { restored: 0, already: 0, left: 0 }
      const untouchable = new Set(facts.protectedPeople.zendeskIds)
      await db.run(
        'CREATE TABLE plan.rest (zendesk_id VARCHAR, external_id VARCHAR, email VARCHAR, field VARCHAR, "old" VARCHAR, written VARCHAR, found VARCHAR, code VARCHAR)',
      )
      const total = (await db.first<{ n: number }>('SELECT coalesce(max(n), 0) AS n FROM undoing'))?.n ?? 0
      for (let from = 1; from <= total; from += PAGE) {
        assertNotStopped(context)
        await undoPage(context, maker, { account, mapped, untouchable, from, counts })
      }
      const requests = connection.requests() - before
      const rest = await countRest(db)
      const plan = await storeMadePlan(ledger, {
        run,
        origin: 'undo',
        orchestration: context.orchestration,
        account,
        columns: mapped.columns,
        mapping: mapped.fingerprint,
        attributes: [...mapped.attributes.keys()],
        withUser: [...mapped.attributes.values()].filter(({ apart }) => apart === null).map(({ name }) => name),
        guards: context.settings.guards,
        confirm: context.settings.confirm,
        known: total,
        limits: connection.limits,
        notes: notesOf(context.orchestration, undoneRun, rest),
        plannedAt,
      })
      const report = {
        undone_run: undoneRun,
        orchestration: context.orchestration,
        plan,
        people: { read: total, restored: maker.people },
        fields: counts,
        rest,
        requests,
      }
      return { keep: true, result: report }
    } finally {
      await maker.drop()
      await db.run('DROP TABLE IF EXISTS temp.undoing')
    }
  })
}

/** Temp table `undoing(n, zendesk_id, fields, line)`: a row per landed change; `n` numbers the people, in the order of the run. */
async function readLanded(ledger: Ledger, undoneRun: string, account: Account): Promise<void> {
  const workflow = await ledger.workflow(undoneRun)
  if (workflow === undefined) throw new Problem('workflow.not_found', { message: `There is no workflow ${undoneRun}.` })
  if (workflow.account !== account.account) {
    throw new Problem('plan.other_account', {
      message: `Workflow ${undoneRun} delivered to another account than ${account.origin}.`,
    })
  }
  await attachPlan(ledger, workflow, 'undone')
  const read = workflow.plan?.live?.read ?? null
  const live = read === 'everybody' ? 'true' : read === null ? 'false' : "(c.kind = 'adopt' OR p.delivered IS NULL)"
  try {
    await ledger.db.run(`
      CREATE OR REPLACE TEMP TABLE undoing AS
      WITH finals AS (${finalsQuery(undoneRun)}),
      landed AS (
        SELECT c.change, coalesce(max(f.recreated) OVER (PARTITION BY c.person), CASE WHEN c.kind = 'membership' THEN c.zendesk_id END, f.zendesk_id, c.zendesk_id) AS zendesk_id, c.fields,
          to_json({kind: c.kind, created: f.recreated IS NOT NULL OR (c.kind = 'create' AND f.first_status = 'created'), email: c.email,
            new_email: c.new_email, live: c.kind <> 'create' AND ${live}, fields: c.fields})::VARCHAR AS line
        FROM undone.changes c LEFT JOIN undone.people p ON p.person = c.person JOIN finals f ON f.root = c.change WHERE f.status IN ('created', 'updated'))
      SELECT dense_rank() OVER (ORDER BY first) AS n, *
      FROM (SELECT *, min(change) OVER (PARTITION BY zendesk_id) AS first FROM landed WHERE zendesk_id IS NOT NULL)`)
  } finally {
    await ledger.detach('undone')
  }
}

interface Page {
  account: Account
  mapped: MappedAttributes
  untouchable: ReadonlySet<string>
  from: number
  /** Counted on. */
  counts: UndoReport['fields']
}

async function undoPage(context: WorkflowContext, maker: PlanMaker, page: Page): Promise<void> {
  const { db } = context.ledger
  const { account, mapped, untouchable, from, counts } = page
  const rows = await db.rows<{ zendesk_id: string; line: string }>(
    'SELECT zendesk_id, line FROM undoing WHERE n BETWEEN $1 AND $2 ORDER BY n, change',
    [from, from + PAGE - 1],
  )
  const changes = new Map<string, LandedChange[]>()
  for (const { zendesk_id: id, line } of rows)
    changes.set(id, [...(changes.get(id) ?? []), JSON.parse(line) as LandedChange])
  const ids = [...changes.keys()]
  const known = await deliveredPeople(db, account.account, [], `d._zendesk_id IN ${textList(ids)}`)
  const byId = new Map(known.map((person) => [person.zendeskId, person]))
  const found = await readBack(context.connection, ids, mapped.attributes)
  const made: MadePerson[] = []
  const rest: { zendeskId: string; held: AccountPerson | null; undo: PersonUndo }[] = []
  for (const [zendeskId, landed] of changes) {
    const held = found.get(zendeskId) ?? null
    const delivered = byId.get(zendeskId)
    const undo = undoPerson(landed, held, delivered, mapped.attributes, untouchable.has(zendeskId))
    counts.restored += undo.fields.restored
    counts.already += undo.fields.already
    counts.left += undo.rest.filter(({ field }) => field !== null).length
    if (undo.rest.length > 0) rest.push({ zendeskId, held, undo })
    if (delivered !== undefined) made.push({ delivered: delivered.person, changes: undo.changes, values: undo.values })
  }
  await maker.add(made)
  await appendRest(db, rest, byId)
}

async function appendRest(
  db: Database,
  people: readonly { zendeskId: string; held: AccountPerson | null; undo: PersonUndo }[],
  known: ReadonlyMap<string | null, { externalId: string | null; emails: string[] }>,
): Promise<void> {
  if (people.length === 0) return
  await db.append({ table: 'rest', database: 'plan' }, (appender) => {
    const text = (value: string | null) => (value === null ? appender.appendNull() : appender.appendVarchar(value))
    for (const { zendeskId, held, undo } of people) {
      const person = known.get(zendeskId)
      for (const { field, old, written, found, code } of undo.rest) {
        text(zendeskId)
        text(person?.externalId ?? held?.externalId ?? null)
        text(person?.emails[0] ?? held?.emails[0] ?? null)
        for (const value of [field, old, written, found, code]) text(value)
        appender.endRow()
      }
    }
  })
}

async function countRest(db: Database): Promise<UndoReport['rest']> {
  const rows = await db.rows<{ code: RestCode; lines: number }>(
    'SELECT code, count(*) AS lines FROM plan.rest GROUP BY code ORDER BY lines DESC, code',
  )
  return rows.map((row) => ({ ...row, reason: restReasons[row.code] }))
}

function notesOf(orchestration: string, undoneRun: string, rest: UndoReport['rest']): string[] {
  return [
    `Takes run ${undoneRun} back. When this plan is run, orchestration ${orchestration} is paused, because its next run would send the same again; \`deskside resume ${orchestration}\` lets it run.`,
    ...rest.map(({ lines, reason }) => `Left as it is, ${lines} ${lines === 1 ? 'time' : 'times'}: ${reason}`),
  ]
}

/** Everything that an undo leaves as it is, in the order of the people; read in pages. Throws `plan.not_found`, `records.gone`. */
export async function* listRest(ledger: Ledger, planId: string): AsyncGenerator<RestLine> {
  await attachMade(ledger, planId, 'undo')
  const { db } = ledger
  try {
    const total = (await db.first<{ n: number }>('SELECT count(*) AS n FROM plan.rest'))?.n ?? 0
    for (let from = 0; from < total; from += LIST_PAGE) {
      const rows = await db.rows<{ line: string }>(
        `SELECT to_json(r)::VARCHAR AS line FROM (SELECT * FROM plan.rest ORDER BY rowid LIMIT ${LIST_PAGE} OFFSET ${from}) r`,
      )
      for (const { line } of rows) {
        const rest = JSON.parse(line) as Omit<RestLine, 'reason'>
        yield { ...rest, reason: restReasons[rest.code] }
      }
    }
  } finally {
    await ledger.detach('plan')
  }
}

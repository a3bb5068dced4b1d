import type { ConnectionLimits } from '../destination/destination.ts'
import type { Json } from '../problem.ts'
import { identifier, literal } from '../sql-text.ts'
import { estimateCost } from './cost.ts'
import { type Guards, trippedGuards } from './guards.ts'
import type { Database } from './ledger/database.ts'
import { deliveredAttributes, deliveredName, ensureAttributes } from './ledger/delivered.ts'
import type { Account, Ledger } from './ledger/ledger.ts'
import type { PlanDetails } from './plan.ts'
import { readChanges } from './plan-file.ts'
import type { ChangeKind, FieldChange, PlanSummary } from './report.ts'

/**
 * A plan that does not come from a query: its people are chosen one by one and were all delivered before. It is stored as every plan is,
 * so that what is shown is what is sent (I7) and delivery, journal, resuming and records know no difference. Row n of it is person n.
 */
export interface MadePerson {
  /** `_person` of the account's delivered table. */
  delivered: number
  /** In the order in which they are sent: each one waits for those before it. */
  changes: MadeChange[]
  /** What `delivered` will hold where that is not what it holds now. */
  values: Record<string, string | null>
}

export interface MadeChange {
  kind: ChangeKind
  /** Identity of an `update`; the address of a change that is about one. */
  email: string | null
  fields: FieldChange[]
}

/** Where people of a plan that is being made are collected. */
export class PlanMaker {
  readonly #db: Database
  #people = 0

  private constructor(db: Database) {
    this.#db = db
  }

  static async open(db: Database): Promise<PlanMaker> {
    await db.run('CREATE OR REPLACE TEMP TABLE made_person (person BIGINT, delivered BIGINT)')
    await db.run('CREATE OR REPLACE TEMP TABLE made_change (person BIGINT, position INTEGER, line VARCHAR)')
    await db.run('CREATE OR REPLACE TEMP TABLE made_value (person BIGINT, field VARCHAR, value VARCHAR)')
    return new PlanMaker(db)
  }

  /** People collected so far. */
  get people(): number {
    return this.#people
  }

  /** Adds people; those without changes are left out. */
  async add(people: readonly MadePerson[]): Promise<void> {
    const numbered = people
      .filter(({ changes }) => changes.length > 0)
      .map((person) => ({ ...person, number: BigInt(++this.#people) }))
    if (numbered.length === 0) return
    await this.#db.append({ table: 'made_person', database: 'temp' }, (appender) => {
      for (const { number, delivered } of numbered) {
        appender.appendBigInt(number)
        appender.appendBigInt(BigInt(delivered))
        appender.endRow()
      }
    })
    await this.#db.append({ table: 'made_change', database: 'temp' }, (appender) => {
      for (const { number, changes } of numbered) {
        changes.forEach((change, index) => {
          appender.appendBigInt(number)
          appender.appendInteger(index + 1)
          appender.appendVarchar(JSON.stringify(change))
          appender.endRow()
        })
      }
    })
    await this.#db.append({ table: 'made_value', database: 'temp' }, (appender) => {
      for (const { number, values } of numbered) {
        for (const [field, value] of Object.entries(values)) {
          appender.appendBigInt(number)
          appender.appendVarchar(field)
          if (value === null) appender.appendNull()
          else appender.appendVarchar(value)
          appender.endRow()
        }
      }
    })
  }

  async drop(): Promise<void> {
    for (const table of ['made_person', 'made_change', 'made_value'])
      await this.#db.run(`DROP TABLE IF EXISTS temp.${table}`)
  }
}

export interface MadePlanRequest {
  run: string
  origin: 'repair' | 'undo'
  orchestration: string
  account: Account
  /** Columns that map to the attributes, their fingerprint, and the attributes that the plan may write. */
  columns: readonly string[]
  mapping: string
  attributes: readonly string[]
  /** Of those, what travels with a user. */
  withUser: readonly string[]
  guards: Guards
  confirm: 'none' | 'sample' | 'all'
  /** People who were looked at. */
  known: number
  limits: ConnectionLimits
  notes: string[]
  plannedAt: Date
}

/** Changes shown with a plan. */
const SAMPLE_CHANGES = 10

const CHANGE_SHAPE = literal(
  '{"kind":"VARCHAR","email":"VARCHAR","fields":[{"field":"VARCHAR","old":"VARCHAR","new":"VARCHAR"}]}',
)

/** Writes the plan of the people that a {@link PlanMaker} holds into the run's file, attached as `plan`, and stores it. */
export async function storeMadePlan(ledger: Ledger, request: MadePlanRequest): Promise<PlanSummary> {
  const { db } = ledger
  await ensureAttributes(db, request.account.account, request.attributes)
  await writeTables(db, request)
  const size = await db.first<{ changes: number; waves: number }>(
    'SELECT count(*) AS changes, coalesce(max(wave), 0) AS waves FROM plan.changes',
  )
  const details: PlanDetails = {
    columns: [...request.columns],
    attributes: [...request.attributes],
    withUser: [...request.withUser],
    mapping: request.mapping,
    changes: size?.changes ?? 0,
    waves: size?.waves ?? 0,
    made: true,
  }
  const summary = await summarise(db, request)
  await db.run('CHECKPOINT plan')
  await ledger.planStored(request.run, summary, details as unknown as Json, request.account.folds)
  return summary
}

async function writeTables(db: Database, request: MadePlanRequest): Promise<void> {
  const delivered = deliveredName(request.account.account)
  const named = (await deliveredAttributes(db, request.account.account)).includes('name')
  await db.run(`
    CREATE TABLE plan.people AS
    SELECT m.person, m.person AS first_row, 1::BIGINT AS rows, d._person AS delivered, NULL::UHUGEINT AS digest,
      d._zendesk_id AS zendesk_id, 'changed' AS state, d._key AS key, d._external_id AS external_id, d._emails AS emails
    FROM made_person m JOIN ${delivered} d ON d._person = m.delivered ORDER BY m.person`)
  const values = request.attributes.map((name) => {
    const column = identifier(name)
    return `, CASE WHEN coalesce(list_contains(o.fields, ${literal(name)}), false) THEN o."values"[${literal(name)}] ELSE d.${column} END AS ${column}`
  })
  await db.run(`
    CREATE TABLE plan.people_values AS
    SELECT p.person${values.join('')} FROM plan.people p JOIN ${delivered} d ON d._person = p.delivered
    LEFT JOIN (SELECT person, list(field) AS fields, map_from_entries(list((field, value))) AS "values" FROM made_value GROUP BY person) o ON o.person = p.person`)
  await db.run(`
    CREATE TABLE plan.changes AS
    SELECT row_number() OVER (ORDER BY c.position, c.person) AS change, c.position AS wave, c.made.kind AS kind, p.person, p.person AS row,
      p.zendesk_id, p.external_id, c.made.email AS email, c.made.kind IN ('email', 'primary_email') AS new_email,
      ${named ? `d.${identifier('name')}` : 'NULL::VARCHAR'} AS name, c.made.fields AS fields
    FROM (SELECT person, position, from_json(line, ${CHANGE_SHAPE}) AS made FROM made_change) c
    JOIN plan.people p ON p.person = c.person JOIN ${delivered} d ON d._person = p.delivered ORDER BY change`)
  await db.run('CREATE TABLE plan.rows AS SELECT person AS row, person, true AS first FROM plan.people')
  await db.run(`
    CREATE TABLE plan.rejected (row BIGINT, external_id VARCHAR, email VARCHAR, name VARCHAR, code VARCHAR, field VARCHAR, value VARCHAR, reason VARCHAR)`)
  await db.run('CREATE TABLE plan.warnings (row BIGINT, field VARCHAR, code VARCHAR, value VARCHAR, reason VARCHAR)')
  await db.run('CREATE TABLE plan.refused_people (delivered BIGINT)')
  await db.run(
    'CREATE TABLE plan.exits (person BIGINT, delivered BIGINT, action VARCHAR, gone BOOLEAN, external_id VARCHAR, email VARCHAR, name VARCHAR)',
  )
}

async function summarise(db: Database, request: MadePlanRequest): Promise<PlanSummary> {
  const counts = await db.first<Record<'people' | 'create' | 'rekeyed' | 'emails' | 'cleared', number>>(`
    SELECT count(DISTINCT person) AS people, count(*) FILTER (kind = 'create') AS create, count(*) FILTER (kind = 'rekey') AS rekeyed,
      count(*) FILTER (kind IN ('email', 'primary_email')) AS emails,
      coalesce(sum(len(list_filter(fields, lambda x: x."new" IS NULL))), 0)::BIGINT AS cleared FROM plan.changes`)
  const { people = 0, create = 0, rekeyed = 0, emails = 0, cleared = 0 } = counts ?? {}
  const waves = await db.rows<{ writes: number }>(
    'SELECT count(*) AS writes FROM plan.changes GROUP BY wave ORDER BY wave',
  )
  return {
    plan_id: request.run,
    origin: request.origin,
    orchestration: request.orchestration,
    account: request.account.origin,
    planned_at: request.plannedAt.toISOString(),
    sample: null,
    full: false,
    rows: { total: people, rejected: 0, merged: 0, unchanged: 0 },
    people: {
      total: people,
      create,
      update: people - create - rekeyed,
      unchanged: 0,
      rekeyed,
      further_emails: emails,
      cleared_values: cleared,
    },
    rejected: [],
    warnings: [],
    ignored_columns: [],
    notes: request.notes,
    // There are no rows that a source could have lost.
    guards: trippedGuards(request.guards, {
      rows: 1,
      known: request.known,
      created: create,
      changed: people - create,
      cleared,
      held: 0,
      exits: 0,
    }),
    row_alerts: [],
    live: null,
    conflicts_sample: [],
    exits: null,
    cost: estimateCost(
      waves.map((wave) => wave.writes),
      people,
      request.confirm,
      request.limits,
    ),
    changes_sample: await readChanges(db, 1, SAMPLE_CHANGES),
  }
}

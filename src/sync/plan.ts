import type { AccountFacts, Attribute, ColumnMapping, Connection } from '../destination/destination.ts'
import { type Extract, stageColumn } from '../engine/engine.ts'
import { reached } from '../moment.ts'
import { type Json, Problem } from '../problem.ts'
import { identifier } from '../sql-text.ts'
import { createExitTables, type ExitCounts, findRefusedPeople, planExits } from './exits.ts'
import type { Guards } from './guards.ts'
import type { Database } from './ledger/database.ts'
import { deliveredName, ensureAttributes } from './ledger/delivered.ts'
import { lastCompletedRows } from './ledger/last-rows.ts'
import type { Account, Ledger } from './ledger/ledger.ts'
import { lookAtAccount } from './live/look.ts'
import { leaveOutUnknownOrganizations } from './organizations.ts'
import { foldPeople } from './people.ts'
import { type ChangesRequest, draftChanges, dropRejectedRows, selectChanged, writeChanges } from './plan-changes.ts'
import { guardedCounts, planNotes, summarise } from './plan-summary.ts'
import type { Flags, LiveSummary, OnExit, PlanSummary } from './report.ts'
import { type AlertBounds, type JudgedRows, judgeRows } from './row-alerts.ts'
import { createTextMacros } from './text-sql.ts'
import { type AttributeColumn, makeValues } from './values.ts'

/** Settings of a destination that decide a plan. */
export interface PlanSettings {
  email_conflicts: 'reject' | 'omit_email'
  invalid_values: 'omit' | 'reject'
  email_change: 'add_secondary' | 'replace_primary' | 'keep'
  phone_change: 'add_secondary' | 'replace_primary' | 'keep'
  field_ownership: Ownership | Readonly<Record<string, Ownership>>
  organizations: 'add' | 'create' | null
  on_exit: OnExit
  live: 'off' | 'first_contact' | 'always'
  confirm: 'none' | 'sample' | 'all'
  country_column: string | null
  guards: Guards
}

/** `fill_if_empty`: a field of the account that holds something stays as it is. */
export type Ownership = 'source' | 'fill_if_empty'

export interface PlanRequest {
  run: string
  orchestration: string
  /** All of the project; whom one that is no more has held is nobody's. */
  orchestrations: readonly string[]
  /** Of the orchestration; null: none. */
  alerts: AlertBounds | null
  account: Account
  facts: AccountFacts
  settings: PlanSettings
  connection: Connection
  extract: Extract
  flags: Flags
  plannedAt: Date
}

/** What a delivery needs beside the plan's file. */
export interface PlanDetails {
  /** Columns of the result, in order; mapped again when the plan is executed. */
  columns: string[]
  attributes: string[]
  /** Of the attributes, those that travel with a user; plans of older releases have only such. */
  withUser?: string[]
  /** Further attributes that changes of this plan carry. */
  extra?: string[]
  /** Not made from a query: nobody enters or leaves an orchestration by it. */
  made?: boolean
  mapping: string
  changes: number
  waves: number
}

/**
 * Plans what differs between a materialised result and what the account was last given. Nothing is sent and `delivered` is only read:
 * same source and same `delivered` give the same plan (I7). The plan is written once, into the run's file, and is both what is shown and
 * what is executed; the ledger then knows that it stands. Throws `mapping.*` and `zendesk.unknown_user_field`.
 *
 * The steps: rows are folded to people by their keys (SQL); people whose source text and rules are those of the last delivery are
 * unchanged; the values of the others are made canonical (TypeScript, row by row); the last value of each field wins and is compared with
 * what was delivered (SQL); what the account holds is looked at where that was asked for; who left the result is found. Memory stays
 * flat: the database spills.
 */
export async function makePlan(ledger: Ledger, request: PlanRequest): Promise<PlanSummary> {
  const { db } = ledger
  const mapping = request.facts.mapColumns(request.extract.columns.map((column) => column.name))
  const columns = columnRoles(mapping)
  const attributes = columns.attributes.map((use) => use.attribute)
  await ensureAttributes(
    db,
    request.account.account,
    attributes.map((attribute) => attribute.name),
  )
  await ledger.attach(ledger.stagePath(request.run), 'stage', 'read_only')
  await ledger.attach(ledger.planPath(request.run), 'plan', 'read_write')
  reached('plan.writing')
  try {
    const delivered = deliveredName(request.account.account)
    const changes: ChangesRequest = {
      delivered,
      attributes,
      externalIdColumn: columns.externalId,
      mapping: mapping.fingerprint,
      emailChange: request.settings.email_change,
      full: request.flags.full,
    }
    await createTextMacros(db)
    await viewStage(db, request.extract)
    await foldPeople(db, {
      delivered,
      externalId: columns.externalId,
      email: columns.email,
      name: columns.name,
      sourceColumns: columns.source,
      ordered: request.extract.ordered,
      protectedPeople: request.facts.protectedPeople,
      emailConflicts: request.settings.email_conflicts,
      mapping: mapping.fingerprint,
      keepsAddresses: request.settings.email_change === 'keep',
      everyRow: request.flags.full || request.flags.sample !== null,
    })
    await selectChanged(db, changes)
    await makeValues(db, {
      attributes: columns.attributes,
      countryColumn: columns.country,
      unknownFields: columns.unknownFields,
      invalidValues: request.settings.invalid_values,
    })
    await dropRejectedRows(db)
    await draftChanges(db, changes)
    await keepPhones(db, request, attributes)
    if (request.flags.sample !== null) await chooseSample(db, request.flags.sample)
    const live = await look(db, request, attributes)
    const organizations = await leaveOutUnknownOrganizations(db, request, attributes)
    const exits = await exitsOf(db, request, columns)
    await writeChanges(db, changes)
    const guarded = await guardedCounts(db, request.extract.rows, exits)
    if (request.flags.sample !== null) await keepSample(db)
    await writeRows(db, columns, request.flags.sample !== null, live !== null)
    const notes = [...columnNotes(request), ...(await planNotes(db, request, attributes)), ...organizations]
    const rows = await judgedRows(db, request)
    const summary = await summarise(db, request, { mapping, guarded, rows, notes, live, exits })
    const details = await planDetails(db, request, attributes, mapping)
    await dropTemporaries(db)
    await db.run('CHECKPOINT plan')
    await ledger.planStored(request.run, summary, details as unknown as Json, request.account.folds)
    return summary
  } finally {
    await ledger.detach('plan')
    await ledger.detach('stage')
  }
}

/** Temp view `stage_row(row, "<column>"...)`: the result with the numbers of its rows, from 1, and the names of its columns. */
async function viewStage(db: Database, extract: Extract): Promise<void> {
  const columns = extract.columns.map(({ name }, index) => `${stageColumn(index)} AS ${identifier(name)}`)
  await db.run(
    `CREATE OR REPLACE TEMP VIEW stage_row AS SELECT rowid + 1 AS "row", ${columns.join(', ')} FROM stage.stage`,
  )
}

async function judgedRows(db: Database, { alerts, orchestration, extract }: PlanRequest): Promise<JudgedRows> {
  if (alerts === null) return { guards: [], alerts: [] }
  return judgeRows(alerts, extract.rows, await lastCompletedRows(db, orchestration))
}

/** What the account makes of the columns, beside the values. */
function columnNotes({ facts, extract }: PlanRequest): string[] {
  return facts.columnNotes(extract.columns.map((column) => column.name))
}

/** The rule for one field. */
function fillsIfEmpty(settings: PlanSettings): (field: string) => boolean {
  const { field_ownership: ownership } = settings
  if (typeof ownership === 'string') return (field) => ownership === 'fill_if_empty' && field !== 'name'
  return (field) => ownership[field] === 'fill_if_empty'
}

async function look(db: Database, request: PlanRequest, attributes: readonly Attribute[]): Promise<LiveSummary | null> {
  const { settings, flags } = request
  const fills = fillsIfEmpty(settings)
  const asked = flags.live || settings.live === 'always'
  if (!asked && settings.live === 'off' && !attributes.some(({ name }) => fills(name))) return null
  return await lookAtAccount(db, {
    account: request.account.account,
    connection: request.connection,
    attributes,
    scope: asked ? 'everybody' : settings.live === 'first_contact' ? 'first_contact' : 'ownership',
    fillsIfEmpty: fills,
    omitsEmails: settings.email_conflicts === 'omit_email',
    full: flags.full,
    sampled: flags.sample !== null,
  })
}

/** `phone_change: keep`: who was given a number keeps it; the new one is not sent and not remembered. */
async function keepPhones(db: Database, request: PlanRequest, attributes: readonly Attribute[]): Promise<void> {
  if (request.settings.phone_change !== 'keep' || !attributes.some(({ name }) => name === 'phone')) return
  const changed = `x.field = 'phone' AND x."old" IS NOT NULL AND x."new" IS NOT NULL AND x."old" <> x."new"`
  await db.run(`
    UPDATE plan.people_values AS v SET "phone" = o.phone FROM (
      SELECT person, list_filter(fields, lambda x: ${changed})[1]."old" AS phone FROM draft WHERE len(list_filter(fields, lambda x: ${changed})) > 0) o
    WHERE o.person = v.person`)
  await db.run(`UPDATE draft SET fields = list_filter(fields, lambda x: NOT (${changed}))`)
}

/** Exits come only from a whole result that has rows. */
async function exitsOf(db: Database, request: PlanRequest, columns: ColumnRoles): Promise<ExitCounts> {
  const { account, settings, flags, extract } = request
  await findRefusedPeople(db, account.account, columns)
  if (settings.on_exit !== 'nothing' && flags.sample === null && extract.rows > 0) {
    const { orchestration, orchestrations, connection, facts } = request
    const onExit = settings.on_exit
    return await planExits(db, { account: account.account, orchestration, orchestrations, onExit, connection, facts })
  }
  await createExitTables(db)
  return { held: 0, people: 0, alreadyGone: 0 }
}

interface ColumnRoles {
  externalId: string | null
  email: string | null
  name: string
  country: string | null
  attributes: AttributeColumn[]
  unknownFields: string[]
  /** Every column whose text can change what is sent. */
  source: string[]
}

function columnRoles(mapping: ColumnMapping): ColumnRoles {
  const identity = (key: 'external_id' | 'email') =>
    mapping.columns.find((use) => use.use === 'identity' && use.key === key)?.column ?? null
  const attributes = mapping.columns.filter((use) => use.use === 'attribute')
  const name = attributes.find((use) => use.attribute.name === 'name')
  if (name === undefined) throw new Problem('mapping.no_name', { message: 'The query has no column `name`.' })
  return {
    externalId: identity('external_id'),
    email: identity('email'),
    name: name.column,
    country: mapping.columns.find((use) => use.use === 'country')?.column ?? null,
    attributes,
    unknownFields: mapping.columns.filter((use) => use.use === 'ignored' && use.unknownField).map((use) => use.column),
    source: mapping.columns.filter((use) => use.use !== 'ignored' || use.unknownField).map((use) => use.column),
  }
}

/** Temp table `sampled`: the first N people. */
async function chooseSample(db: Database, people: number): Promise<void> {
  await db.run(`CREATE OR REPLACE TEMP TABLE sampled AS SELECT person FROM person ORDER BY ord LIMIT ${people}`)
}

/** `--sample`: the others are not part of this plan, and nobody counts as gone. */
async function keepSample(db: Database): Promise<void> {
  await db.run('DELETE FROM plan.people WHERE person NOT IN (SELECT person FROM sampled)')
  await db.run('DELETE FROM plan.changes WHERE person NOT IN (SELECT person FROM plan.people)')
  await db.run('DELETE FROM plan.people_values WHERE person NOT IN (SELECT person FROM plan.people)')
  await db.run(
    'CREATE OR REPLACE TABLE plan.changes AS SELECT * REPLACE (row_number() OVER (ORDER BY change) AS change) FROM plan.changes',
  )
}

/** `plan.rows`, `plan.rejected` and `plan.warnings`: what becomes of every row. */
async function writeRows(db: Database, columns: ColumnRoles, sample: boolean, live: boolean): Promise<void> {
  await db.run(`
    CREATE TABLE plan.rows AS
    WITH chosen AS (SELECT * FROM person${sample ? ' WHERE person IN (SELECT person FROM sampled)' : ''})
    SELECT person AS row, person, true AS first FROM plan.people WHERE person NOT IN (SELECT person FROM person)
    UNION ALL
    SELECT first_row, person, true FROM chosen WHERE rows = 1
    UNION ALL
    SELECT m.row, c.person, m.row = c.first_row FROM chosen c JOIN member m ON m.pkey = c.pkey WHERE c.rows > 1`)
  const cell = (column: string | null) => (column === null ? 'NULL::VARCHAR' : `s.${identifier(column)}`)
  await db.run(`
    CREATE TABLE plan.rejected AS
    SELECT r.row, ${cell(columns.externalId)} AS external_id, ${cell(columns.email)} AS email, ${cell(columns.name)} AS name, r.code, r.field, r.value, ${live ? 'c.reason' : 'NULL::VARCHAR AS reason'}
    FROM refusals r JOIN stage_row s ON s.row = r.row ${live ? 'LEFT JOIN conflict_rows c ON c.row = r.row' : ''} WHERE ${!sample}`)
  await db.run(`
    CREATE TABLE plan.warnings AS
    SELECT w.row, w.field, w.code, w.value, w.reason FROM (
      SELECT row, field, code, value, NULL AS reason FROM omissions
      UNION ALL SELECT row, field, code, value, reason FROM findings WHERE NOT rejects) w
    JOIN plan.rows r ON r.row = w.row JOIN plan.people p ON p.person = r.person WHERE p.state = 'changed'`)
}

async function planDetails(
  db: Database,
  request: PlanRequest,
  attributes: readonly Attribute[],
  mapping: ColumnMapping,
): Promise<PlanDetails> {
  const size = await db.first<{ changes: number; waves: number }>(
    'SELECT count(*) AS changes, coalesce(max(wave), 0) AS waves FROM plan.changes',
  )
  const extra = await db.rows<{ name: string }>(
    'SELECT DISTINCT unnest(list_transform(fields, lambda x: x.field)) AS name FROM plan.changes',
  )
  return {
    columns: request.extract.columns.map((column) => column.name),
    attributes: attributes.map((attribute) => attribute.name),
    withUser: attributes.filter(({ apart }) => apart !== 'tags' && apart !== 'membership').map(({ name }) => name),
    extra: extra.map(({ name }) => name).filter((name) => !attributes.some((attribute) => attribute.name === name)),
    mapping: mapping.fingerprint,
    changes: size?.changes ?? 0,
    waves: size?.waves ?? 0,
  }
}

/** Everything temporary that the steps have left: nobody else works on this connection while a plan is made. */
async function dropTemporaries(db: Database): Promise<void> {
  for (const view of ['folded', 'stage_row']) await db.run(`DROP VIEW IF EXISTS temp.${view}`)
  const tables = await db.rows<{ name: string }>(
    "SELECT table_name AS name FROM duckdb_tables() WHERE database_name = 'temp'",
  )
  for (const { name } of tables) await db.run(`DROP TABLE temp.${identifier(name)}`)
}

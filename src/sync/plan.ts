import type { AccountFacts, Attribute, ColumnMapping, ConnectionLimits } from '../destination/destination.ts'
import type { Extract } from '../engine/engine.ts'
import { type Json, Problem, type RowCode, rowReasons } from '../problem.ts'
import { estimateCost } from './cost.ts'
import { type GuardedCounts, type Guards, trippedGuards } from './guards.ts'
import { type Database, identifier, literal } from './ledger/database.ts'
import { deliveredName, ensureAttributes } from './ledger/delivered.ts'
import type { Account, Ledger } from './ledger/ledger.ts'
import { foldPeople } from './people.ts'
import { type ChangesRequest, dropRejectedRows, selectChanged, writeChanges } from './plan-changes.ts'
import { readChanges } from './plan-file.ts'
import type { Flags, PlanSummary } from './report.ts'
import { createTextMacros } from './text-sql.ts'
import { type AttributeColumn, makeValues } from './values.ts'

/** Settings of a destination that decide a plan. */
export interface PlanSettings {
  email_conflicts: 'reject' | 'omit_email'
  invalid_values: 'omit' | 'reject'
  guards: Guards
}

export interface PlanRequest {
  run: string
  orchestration: string
  account: Account
  facts: AccountFacts
  settings: PlanSettings
  limits: ConnectionLimits
  extract: Extract
  flags: Flags
  plannedAt: Date
}

/** What a delivery needs beside the plan's file. */
export interface PlanDetails {
  /** Columns of the result, in order; mapped again when the plan is executed. */
  columns: string[]
  attributes: string[]
  mapping: string
  changes: number
  waves: number
}

/** Changes shown with a plan. */
const SAMPLE_CHANGES = 10

/**
 * Plans what differs between a materialised result and what the account was last given. Nothing is sent and `delivered` is only read:
 * same source and same `delivered` give the same plan (I7). The plan is written once, into the run's file, and is both what is shown and
 * what is executed; the ledger then knows that it stands. Throws `mapping.*` and `zendesk.unknown_user_field`.
 *
 * The steps: rows are folded to people by their keys (SQL); people whose source text and rules are those of the last delivery are
 * unchanged; the values of the others are made canonical (TypeScript, row by row); the last value of each field wins and is compared with
 * what was delivered (SQL). Memory stays flat: the database spills.
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
  try {
    const delivered = deliveredName(request.account.account)
    const changes: ChangesRequest = {
      delivered,
      attributes,
      externalIdColumn: columns.externalId,
      mapping: mapping.fingerprint,
      full: request.flags.full,
    }
    await createTextMacros(db)
    await foldPeople(db, {
      delivered,
      externalId: columns.externalId,
      email: columns.email,
      name: columns.name,
      sourceColumns: columns.source,
      ordered: request.extract.ordered,
      protectedPeople: request.facts.protectedPeople,
      emailConflicts: request.settings.email_conflicts,
    })
    await selectChanged(db, changes)
    await makeValues(db, {
      attributes: columns.attributes,
      countryColumn: columns.country,
      unknownFields: columns.unknownFields,
      invalidValues: request.settings.invalid_values,
    })
    await dropRejectedRows(db)
    await writeChanges(db, changes)
    const guarded = await guardedCounts(db, request.extract.rows)
    if (request.flags.sample !== null) await keepFirstPeople(db, request.flags.sample)
    await writeRows(db, columns, request.flags.sample !== null)
    const summary = await summarise(db, request, mapping, guarded, await planNotes(db, request, attributes))
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

async function guardedCounts(db: Database, rows: number): Promise<GuardedCounts> {
  const counts = await db.first<{ known: number; created: number; changed: number; cleared: number }>(`
    SELECT (SELECT count(*) FROM plan.people WHERE delivered IS NOT NULL) AS known, count(*) FILTER (kind = 'create') AS created,
      count(*) FILTER (wave = 1 AND kind <> 'create') AS changed,
      coalesce(sum(len(list_filter(fields, lambda x: x."new" IS NULL))), 0)::BIGINT AS cleared FROM plan.changes`)
  if (counts === undefined) throw new Problem('internal.bug', { message: 'The plan has no counts.' })
  return { rows, ...counts }
}

/** `--sample`: the first N people; the others are not part of this plan, and nobody counts as gone. */
async function keepFirstPeople(db: Database, people: number): Promise<void> {
  await db.run(
    `DELETE FROM plan.people WHERE person NOT IN (SELECT person FROM plan.people ORDER BY ord LIMIT ${people})`,
  )
  await db.run('DELETE FROM plan.changes WHERE person NOT IN (SELECT person FROM plan.people)')
  await db.run('DELETE FROM plan.people_values WHERE person NOT IN (SELECT person FROM plan.people)')
  await db.run(
    'CREATE OR REPLACE TABLE plan.changes AS SELECT * REPLACE (row_number() OVER (ORDER BY change) AS change) FROM plan.changes',
  )
}

/** `plan.rows`, `plan.rejected` and `plan.warnings`: what becomes of every row. */
async function writeRows(db: Database, columns: ColumnRoles, sample: boolean): Promise<void> {
  await db.run(`
    CREATE TABLE plan.rows AS
    SELECT m.row, p.person, m.row = p.first_row AS first FROM member m JOIN person q ON q.pkey = m.pkey JOIN plan.people p ON p.person = q.person`)
  const cell = (column: string | null) => (column === null ? 'NULL::VARCHAR' : `s.${identifier(column)}`)
  await db.run(`
    CREATE TABLE plan.rejected AS
    SELECT r.row, ${cell(columns.externalId)} AS external_id, ${cell(columns.email)} AS email, ${cell(columns.name)} AS name, r.code, r.field, r.value
    FROM refusals r JOIN stage.stage s ON s.row = r.row WHERE ${!sample}`)
  await db.run(`
    CREATE TABLE plan.warnings AS
    SELECT w.row, w.field, w.code, w.value, w.reason FROM (
      SELECT row, field, code, value, NULL AS reason FROM omissions
      UNION ALL SELECT row, field, code, value, reason FROM findings WHERE NOT rejects) w
    JOIN plan.rows r ON r.row = w.row JOIN plan.people p ON p.person = r.person WHERE p.state = 'changed'`)
}

/** Sentences about the plan as a whole. */
async function planNotes(db: Database, request: PlanRequest, attributes: readonly Attribute[]): Promise<string[]> {
  const notes: string[] = []
  for (const column of request.extract.columns) {
    if (column.notFinite > 0)
      notes.push(`${column.notFinite} values of column ${column.name} are not finite numbers and count as empty.`)
  }
  if (!request.extract.ordered) {
    const conflicting = await db.first<{ n: number }>(`
      SELECT count(*) AS n FROM (SELECT person FROM canonical GROUP BY person
        HAVING ${attributes.map(({ name }) => `count(DISTINCT ${identifier(name)}) > 1`).join(' OR ')})`)
    if (conflicting !== undefined && conflicting.n > 0) {
      notes.push(
        `${conflicting.n === 1 ? '1 person has' : `${conflicting.n} people have`} rows that disagree, and the query has no ORDER BY: which value wins is decided by content.`,
      )
    }
  }
  const shared = await db.first<{ n: number; other: string | null; fields: string | null }>(`
    SELECT count(*) AS n, min(d._orchestration) AS other, min(array_to_string(list_intersect(w.attributes, mine.attributes), ', ')) AS fields
    FROM plan.changes c JOIN plan.people p ON p.person = c.person JOIN ${deliveredName(request.account.account)} d ON d._person = p.delivered
    JOIN writers w ON w.account = ${request.account.account} AND w.orchestration = d._orchestration,
    (SELECT [${attributes.map(({ name }) => literal(name)).join(', ')}] AS attributes) mine
    WHERE c.wave = 1 AND d._orchestration <> ${literal(request.orchestration)} AND len(list_intersect(w.attributes, mine.attributes)) > 0`)
  if (shared !== undefined && shared.n > 0) {
    notes.push(
      `Orchestration ${shared.other} writes the same fields (${shared.fields}) of ${shared.n} of these people: the last run wins.`,
    )
  }
  return notes
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
  return {
    columns: request.extract.columns.map((column) => column.name),
    attributes: attributes.map((attribute) => attribute.name),
    mapping: mapping.fingerprint,
    changes: size?.changes ?? 0,
    waves: size?.waves ?? 0,
  }
}

async function summarise(
  db: Database,
  request: PlanRequest,
  mapping: ColumnMapping,
  guarded: GuardedCounts,
  notes: string[],
): Promise<PlanSummary> {
  const people = await db.first<
    Record<'total' | 'unchanged' | 'rows' | 'create' | 'update' | 'rekeyed' | 'emails' | 'cleared', number>
  >(`
    SELECT (SELECT count(*) FROM plan.people) AS total, (SELECT count(*) FROM plan.people WHERE state <> 'changed') AS unchanged,
      (SELECT count(*) FROM plan.rows) AS rows, count(*) FILTER (kind = 'create') AS create, count(*) FILTER (wave = 1 AND kind IN ('update', 'email')) AS update,
      count(*) FILTER (kind = 'rekey') AS rekeyed, count(*) FILTER (kind = 'email') AS emails,
      coalesce(sum(len(list_filter(fields, lambda x: x."new" IS NULL))), 0)::BIGINT AS cleared FROM plan.changes`)
  if (people === undefined) throw new Problem('internal.bug', { message: 'The plan has no counts.' })
  const rejected = await db.rows<{ code: RowCode; rows: number }>(
    'SELECT code, count(*) AS rows FROM plan.rejected GROUP BY code ORDER BY rows DESC, code',
  )
  const warnings = await db.rows<{ code: RowCode; field: string; rows: number }>(
    'SELECT code, field, count(*) AS rows FROM plan.warnings GROUP BY code, field ORDER BY rows DESC, field',
  )
  const rejectedRows = rejected.reduce((sum, reason) => sum + reason.rows, 0)
  const batches = await db.rows<{ writes: number }>(
    'SELECT count(*) AS writes FROM plan.changes GROUP BY wave ORDER BY wave',
  )
  return {
    plan_id: request.run,
    orchestration: request.orchestration,
    account: request.account.origin,
    planned_at: request.plannedAt.toISOString(),
    sample: request.flags.sample,
    full: request.flags.full,
    rows: {
      total: people.rows + rejectedRows,
      rejected: rejectedRows,
      merged: people.rows - people.total,
      unchanged: people.unchanged,
    },
    people: {
      total: people.total,
      create: people.create,
      update: people.update,
      unchanged: people.unchanged,
      rekeyed: people.rekeyed,
      further_emails: people.emails,
      cleared_values: people.cleared,
    },
    rejected: rejected.map((reason) => ({ ...reason, reason: rowReasons[reason.code] })),
    warnings: warnings.map((reason) => ({ ...reason, reason: rowReasons[reason.code] })),
    ignored_columns: mapping.columns
      .filter((use) => use.use === 'ignored')
      .map((use) => ({ column: use.column, did_you_mean: use.didYouMean })),
    notes,
    guards: trippedGuards(request.settings.guards, guarded),
    cost: estimateCost(
      batches.map((wave) => wave.writes),
      request.limits,
    ),
    changes_sample: await readChanges(db, 1, SAMPLE_CHANGES),
  }
}

async function dropTemporaries(db: Database): Promise<void> {
  const names = [
    'refusals',
    'omissions',
    'findings',
    'member',
    'person',
    'todo',
    'canonical',
    'folded',
    'known_as',
    'draft',
    'numbered',
    'claim',
    'holder',
    'suitor',
    'heir',
  ]
  for (const name of names) await db.run(`DROP TABLE IF EXISTS temp.${name}`)
}

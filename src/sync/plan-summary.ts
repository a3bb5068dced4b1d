import type { Attribute, ColumnMapping } from '../destination/destination.ts'
import { Problem, type RowCode, rowReasons } from '../problem.ts'
import { identifier, literal } from '../sql-text.ts'
import { estimateCost } from './cost.ts'
import type { ExitCounts } from './exits.ts'
import { type GuardedCounts, trippedGuards } from './guards.ts'
import type { Database } from './ledger/database.ts'
import { deliveredName } from './ledger/delivered.ts'
import type { PlanRequest } from './plan.ts'
import { readChanges, readConflicts } from './plan-file.ts'
import type { LiveSummary, PlanSummary } from './report.ts'
import type { JudgedRows } from './row-alerts.ts'

/** Changes, and conflicts, shown with a plan. */
const SAMPLE_CHANGES = 10
const SAMPLE_CONFLICTS = 10

export async function guardedCounts(db: Database, rows: number, exits: ExitCounts): Promise<GuardedCounts> {
  const counts = await db.first<{ known: number; created: number; changed: number; cleared: number }>(`
    SELECT (SELECT count(*) FROM plan.people WHERE delivered IS NOT NULL) AS known, count(*) FILTER (kind = 'create') AS created,
      count(*) FILTER (wave = 1 AND kind <> 'create' AND person > 0) AS changed,
      coalesce(sum(len(list_filter(fields, lambda x: x."new" IS NULL))) FILTER (person > 0), 0)::BIGINT AS cleared FROM plan.changes`)
  if (counts === undefined) throw new Problem('internal.bug', { message: 'The plan has no counts.' })
  return { rows, ...counts, held: exits.held, exits: exits.people }
}

/** Sentences about the plan as a whole. */
export async function planNotes(
  db: Database,
  request: PlanRequest,
  attributes: readonly Attribute[],
): Promise<string[]> {
  const notes: string[] = []
  for (const column of request.extract.columns) {
    if (column.notFinite > 0)
      notes.push(`${column.notFinite} values of column ${column.name} are not finite numbers and count as empty.`)
  }
  if (!request.extract.ordered) {
    const conflicting = await db.first<{ n: number }>(`
      SELECT count(*) AS n FROM (
        SELECT p.person FROM person p JOIN member m ON m.pkey = p.pkey JOIN canonical c ON c.row = m.row WHERE p.rows > 1 GROUP BY p.person
        HAVING ${attributes.map(({ name }) => `count(DISTINCT c.${identifier(name)}) > 1`).join(' OR ')})`)
    if (conflicting !== undefined && conflicting.n > 0) {
      notes.push(
        `${conflicting.n === 1 ? '1 person has' : `${conflicting.n} people have`} rows that disagree, and the query has no ORDER BY: which value wins is decided by content.`,
      )
    }
  }
  if (request.settings.email_change === 'keep') {
    const kept = await db.first<{ n: number }>('SELECT count(*) AS n FROM draft WHERE kept_emails > 0')
    if (kept !== undefined && kept.n > 0)
      notes.push(
        `${kept.n === 1 ? '1 person has' : `${kept.n} people have`} a new e-mail address, which is not sent (email_change: keep).`,
      )
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

/** What the steps of planning have found out beside what is in the plan's file. */
interface SummaryParts {
  mapping: ColumnMapping
  guarded: GuardedCounts
  rows: JudgedRows
  notes: string[]
  live: LiveSummary | null
  exits: ExitCounts
}

/** Counts the plan that stands in the file attached as `plan`. */
export async function summarise(
  db: Database,
  request: PlanRequest,
  { mapping, guarded, rows, notes, live, exits }: SummaryParts,
): Promise<PlanSummary> {
  const people = await db.first<
    Record<'total' | 'unchanged' | 'changed' | 'rows' | 'create' | 'rekeyed' | 'emails' | 'cleared', number>
  >(`
    SELECT (SELECT count(*) FROM plan.people) AS total, (SELECT count(*) FROM plan.people WHERE state <> 'changed') AS unchanged, (SELECT count(*) FROM plan.people WHERE state = 'changed') AS changed,
      (SELECT count(*) FROM plan.rows) AS rows, count(*) FILTER (kind = 'create') AS create, count(*) FILTER (kind = 'rekey') AS rekeyed, count(*) FILTER (kind IN ('email', 'primary_email')) AS emails,
      coalesce(sum(len(list_filter(fields, lambda x: x."new" IS NULL))) FILTER (person > 0), 0)::BIGINT AS cleared FROM plan.changes`)
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
    origin: 'query',
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
      update: people.changed - people.create - people.rekeyed,
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
    guards: [...trippedGuards(request.settings.guards, guarded), ...rows.guards],
    row_alerts: rows.alerts,
    live,
    conflicts_sample: live === null ? [] : await readConflicts(db, 1, SAMPLE_CONFLICTS),
    exits:
      exits.people + exits.alreadyGone === 0
        ? null
        : { action: request.settings.on_exit, people: exits.people, already_gone: exits.alreadyGone },
    cost: estimateCost(
      batches.map((wave) => wave.writes),
      people.changed + exits.people,
      request.settings.confirm,
      request.connection.limits,
    ),
    changes_sample: await readChanges(db, 1, SAMPLE_CHANGES),
  }
}

import { type RowCode, rowReasons } from '../../problem.ts'
import type { Database } from '../ledger/database.ts'
import type { Ledger, Workflow } from '../ledger/ledger.ts'
import { readChangesByNumber, type StoredChange } from '../plan-file.ts'
import type { FieldChange } from '../report.ts'
import { attachPlan } from '../stored.ts'
import { loweredList, textList } from './delivered-people.ts'
import type { SeenCode, WhyChange, WhyEntry, WhyOutcome } from './report.ts'

/** By what a person is known; in any case. */
export interface KnownKeys {
  zendeskIds: readonly string[]
  externalIds: readonly string[]
  emails: readonly string[]
  /** The address that was asked for: it counts whoever else it is given to. */
  askedEmail: string | null
}

/** What the runs of an account have done to a person, oldest first, and how many earlier runs cannot be asked any more. */
export async function historyOf(
  ledger: Ledger,
  account: number,
  keys: KnownKeys,
  field: string | null,
): Promise<{ history: WhyEntry[]; forgotten: number }> {
  const versions = await queryVersions(ledger.db)
  const history: WhyEntry[] = []
  let forgotten = 0
  for (const workflow of (await ledger.workflows()).reverse()) {
    if (workflow.account !== account) continue
    if (workflow.plan === null) {
      if (workflow.plannedAt !== null) forgotten += 1
      continue
    }
    await attachPlan(ledger, workflow)
    try {
      const found = await entryOf(ledger.db, workflow, keys, field)
      if (found !== null) history.push({ ...header(workflow, versions), ...found })
    } finally {
      await ledger.detach('plan')
    }
  }
  return { history, forgotten }
}

type Version = NonNullable<WhyEntry['query']>

/** Version of the query of each run, beside that of the run before it. */
async function queryVersions(db: Database): Promise<Map<string, Version>> {
  const rows = await db.rows<{ run: string; digest: string; before: string | null }>(`
    SELECT run, query_digest AS digest, lag(query_digest) OVER (PARTITION BY orchestration ORDER BY started_at, run) AS before
    FROM workflows WHERE query_digest IS NOT NULL`)
  return new Map(
    rows.map(({ run, digest, before }) => [run, { digest, changed: before === null ? null : before !== digest }]),
  )
}

function header(workflow: Workflow, versions: ReadonlyMap<string, Version>) {
  return {
    run_id: workflow.run,
    orchestration: workflow.orchestration,
    // Plans of older releases all came from a query.
    origin: workflow.plan?.origin ?? ('query' as const),
    started_at: workflow.startedAt.toISOString(),
    status: workflow.state,
    query: versions.get(workflow.run) ?? null,
  }
}

/** What the plan attached as `plan` has about a person; null when nothing was to be sent or refused. */
async function entryOf(
  db: Database,
  workflow: Workflow,
  keys: KnownKeys,
  field: string | null,
): Promise<Pick<WhyEntry, 'changes' | 'rejected' | 'warnings' | 'alerts'> | null> {
  const isAsked = (name: string | null) => field === null || name?.toLowerCase() === field.toLowerCase()
  const { zendeskIds, externalIds, emails, askedEmail } = keys
  const asked = askedEmail === null ? [] : [askedEmail]
  const mine = await db.rows<{ change: number; person: number }>(`
    SELECT c.change, c.person FROM plan.changes c LEFT JOIN plan.people p ON p.person = c.person
    WHERE c.zendesk_id IN ${textList(zendeskIds)} OR lower(c.external_id) IN ${loweredList(externalIds)} OR p.key IN ${loweredList(externalIds)}
      OR lower(c.email) IN ${loweredList(asked)} OR (c.external_id IS NULL AND p.key IS NULL AND lower(c.email) IN ${loweredList(emails)})
    ORDER BY c.change`)
  const changes = (await changesOf(db, workflow.run, mine)).filter(({ fields }) => field === null || fields.length > 0)
  const people = [...new Set(mine.map(({ person }) => person))].join(', ') || 'NULL'
  const rejected = await lines<WhyEntry['rejected'][number]>(
    db,
    `SELECT * FROM plan.rejected WHERE lower(trim(external_id)) IN ${loweredList(externalIds)} OR lower(trim(email)) IN ${loweredList(asked)}
      OR (trim(coalesce(external_id, '')) = '' AND lower(trim(email)) IN ${loweredList(emails)}) ORDER BY row`,
  )
  const warnings = await lines<WhyEntry['warnings'][number]>(
    db,
    `SELECT w.* FROM plan.warnings w JOIN plan.rows r ON r.row = w.row WHERE r.person IN (${people}) ORDER BY w.row, w.field`,
  )
  const alerts = await alertsOf(db, workflow.run, people)
  const entry = {
    changes:
      field === null
        ? changes
        : changes
            .map((change) => ({ ...change, fields: change.fields.filter((one) => isAsked(one.field)) }))
            .filter(({ fields }) => fields.length > 0),
    rejected: rejected.map(({ row, field: name, value, code, reason }) => ({
      row,
      field: name,
      value,
      code,
      reason: reason ?? rowReasons[code],
    })),
    warnings: warnings
      .filter((warning) => isAsked(warning.field))
      .map(({ row, field: name, value, code, reason }) => ({
        row,
        field: name,
        value,
        code,
        reason: reason ?? rowReasons[code],
      })),
    alerts: alerts.filter((alert) => isAsked(alert.field) || alert.code === 'seen.gone'),
  }
  return Object.values(entry).every((part) => part.length === 0) ? null : entry
}

async function changesOf(
  db: Database,
  run: string,
  mine: readonly { change: number; person: number }[],
): Promise<WhyChange[]> {
  if (mine.length === 0) return []
  const numbers = mine.map(({ change }) => change)
  const followUps = await db.rows<{ change: number; root: number; kind: 'whole' | 'again' }>(
    `SELECT change, root, kind FROM followups WHERE run = $1 AND root IN (${numbers.join(', ')}) ORDER BY change`,
    [run],
  )
  const outcomes = await outcomesOf(db, run, [...numbers, ...followUps.map(({ change }) => change)])
  return (await readChangesByNumber(db, numbers)).map((change) => ({
    change: change.change,
    kind: change.kind,
    fields: fieldsOf(change),
    outcome: outcomes.get(change.change) ?? null,
    follow_ups: followUps
      .filter(({ root }) => root === change.change)
      .map((followUp) => ({ kind: followUp.kind, outcome: outcomes.get(followUp.change) ?? null })),
  }))
}

async function outcomesOf(db: Database, run: string, changes: readonly number[]): Promise<Map<number, WhyOutcome>> {
  const rows = await lines<Omit<WhyOutcome, 'at'> & { change: number; at: number }>(
    db,
    `SELECT change, status, zendesk_id, code, reason, epoch_ms(happened_at) AS "at" FROM outcomes WHERE run = $1 AND change IN (${changes.join(', ')})`,
    [run],
  )
  return new Map(rows.map(({ change, at, ...outcome }) => [change, { ...outcome, at: new Date(at).toISOString() }]))
}

/** The fields of a change; an address is one, too. */
function fieldsOf(change: StoredChange): FieldChange[] {
  const { kind, email, newEmail, fields } = change
  if (email === null) return fields
  if (kind === 'remove_email') return [{ field: 'email', old: email, new: null }, ...fields]
  return newEmail || kind === 'primary_email' ? [{ field: 'email', old: null, new: email }, ...fields] : fields
}

async function alertsOf(db: Database, run: string, people: string): Promise<WhyEntry['alerts']> {
  const rows = await lines<{ field: string; given: string | null; found: string | null; code: SeenCode & RowCode }>(
    db,
    `SELECT field, sent AS given, found, code FROM alerts WHERE run = $1 AND person IN (${people}) ORDER BY person, field`,
    [run],
  )
  return rows.map((row) => ({ ...row, reason: rowReasons[row.code] }))
}

/** Rows as JSON: a text column of its own would lose a byte order mark at its start. */
async function lines<T>(db: Database, sql: string, parameters: string[] = []): Promise<T[]> {
  const rows = await db.rows<{ line: string }>(`SELECT to_json(l)::VARCHAR AS line FROM (${sql}) l`, parameters)
  return rows.map(({ line }) => JSON.parse(line) as T)
}

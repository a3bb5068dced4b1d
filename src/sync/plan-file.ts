import type { Write, WriteKind } from '../destination/destination.ts'
import { identifier } from '../sql-text.ts'
import type { Database } from './ledger/database.ts'
import type { ChangeFilter, ChangeKind, ChangeView, Conflict, FieldChange } from './report.ts'

/** One change as the plan's file keeps it. */
export interface StoredChange {
  change: number
  wave: number
  kind: ChangeKind
  person: number
  row: number
  zendeskId: string | null
  externalId: string | null
  email: string | null
  /** The address is new for the person, not only its identity. */
  newEmail: boolean
  name: string | null
  fields: FieldChange[]
}

/** In the order of {@link ChangeCells}. */
const COLUMNS = 'change, wave, kind, person, row, zendesk_id, external_id, email, new_email, name, fields'

type ChangeCells = [
  change: number,
  wave: number,
  kind: ChangeKind,
  person: number,
  row: number,
  zendeskId: string | null,
  externalId: string | null,
  email: string | null,
  newEmail: boolean,
  name: string | null,
  fields: FieldChange[],
]

/** Changes `from` to `to` (both included) of the plan attached as `plan`; ranges keep memory flat. */
export async function readStoredChanges(db: Database, from: number, to: number): Promise<StoredChange[]> {
  return await readChangesWhere(db, 'change BETWEEN $1 AND $2', [from, to])
}

/** The changes with these numbers, in their order. */
export async function readChangesByNumber(db: Database, changes: readonly number[]): Promise<StoredChange[]> {
  if (changes.length === 0) return []
  const found = await readChangesWhere(db, `change IN (${changes.join(', ')})`, [])
  const byNumber = new Map(found.map((change) => [change.change, change]))
  return changes.flatMap((change) => byNumber.get(change) ?? [])
}

/**
 * One JSON text for all: a text column of its own would lose a byte order mark at its start on the way to JavaScript. Reading was the
 * dearest step of a delivery; arrays in one text take a quarter less CPU than a row with an object for each change.
 */
async function readChangesWhere(
  db: Database,
  condition: string,
  parameters: (number | string)[],
): Promise<StoredChange[]> {
  const read = await db.first<{ changes: string | null }>(
    `SELECT '[' || string_agg(json_array(${COLUMNS})::VARCHAR, ',') || ']' AS changes FROM plan.changes WHERE ${condition}`,
    parameters,
  )
  const changes = read?.changes == null ? [] : (JSON.parse(read.changes) as ChangeCells[]).map(stored)
  return changes.sort((one, other) => one.change - other.change)
}

function stored(cells: ChangeCells): StoredChange {
  const [change, wave, kind, person, row, zendeskId, externalId, email, newEmail, name, fields] = cells
  return { change, wave, kind, person, row, zendeskId, externalId, email, newEmail, name, fields }
}

/** The write that carries a change: identity and new values, exactly what {@link readChanges} shows. */
export function writeOf(change: StoredChange): Write {
  const values: Write['values'] = {}
  const before: Write['before'] = {}
  for (const field of change.fields) {
    values[field.field] = field.new
    before[field.field] = field.old
  }
  return {
    kind: writeKindOf(change.kind),
    zendeskId: change.zendeskId,
    externalId: change.externalId,
    email: change.email,
    values,
    before,
  }
}

function writeKindOf(kind: ChangeKind): WriteKind {
  if (kind === 'adopt') return 'update'
  return kind === 'exit' || kind === 'restore' ? 'by_id' : kind
}

/** Changes as people read them. */
export async function readChanges(
  db: Database,
  from: number,
  to: number,
  filter: ChangeFilter | null = null,
): Promise<ChangeView[]> {
  const found =
    filter === null
      ? await readStoredChanges(db, from, to)
      : await readChangesWhere(
          db,
          'change BETWEEN $1 AND $2 AND contains(lower(concat_ws(chr(10), external_id, email, name)), lower($3))',
          [from, to, filter.person],
        )
  return found.map((change) => ({
    change: change.change,
    kind: change.kind,
    wave: change.wave,
    row: change.row,
    external_id: change.externalId,
    email: change.email,
    name: change.name,
    zendesk_id: change.zendeskId,
    fields: [...keysGiven(change), ...change.fields],
  }))
}

/** Keys that the change gives to somebody who is there already. */
function keysGiven(change: StoredChange): FieldChange[] {
  const keys: FieldChange[] = []
  if (change.kind === 'adopt' && change.externalId !== null)
    keys.push({ field: 'external_id', old: null, new: change.externalId })
  if (change.newEmail && change.kind !== 'create') keys.push({ field: 'email', old: null, new: change.email })
  return keys
}

/** Conflicts `from` to `to` (both included) of the plan attached as `plan`, in the order of the result. */
export async function readConflicts(db: Database, from: number, to: number): Promise<Conflict[]> {
  const lines = await db.rows<{ line: string }>(
    `SELECT to_json({row: row, external_id: external_id, email: email, name: name, code: code, reason: reason, action: action})::VARCHAR AS line
     FROM plan.conflicts ORDER BY row LIMIT $2 OFFSET $1`,
    [from - 1, to - from + 1],
  )
  return lines.map(({ line }) => JSON.parse(line) as Conflict)
}

/**
 * Everything we know of a person, for a user who has vanished from the account: identity, first address and the values of these
 * attributes, which travel with a user.
 */
export async function wholeWrites(
  db: Database,
  people: readonly number[],
  attributes: readonly string[],
): Promise<Map<number, Write>> {
  if (people.length === 0) return new Map()
  const names = attributes.map(identifier)
  const rows = await db.rows<{ person: number; cells: string }>(
    `SELECT p.person, json_array(p.external_id, p.emails[1]${names.map((name) => `, v.${name}`).join('')})::VARCHAR AS cells
     FROM plan.people p JOIN plan.people_values v ON v.person = p.person WHERE p.person IN (${people.join(', ')})`,
  )
  return new Map(
    rows.map((row) => {
      const [externalId = null, email = null, ...cells] = JSON.parse(row.cells) as (string | null)[]
      const values = attributes.flatMap((name, index) => (cells[index] == null ? [] : [[name, cells[index]] as const]))
      return [
        row.person,
        { kind: 'create', zendeskId: null, externalId, email, values: Object.fromEntries(values), before: {} },
      ]
    }),
  )
}

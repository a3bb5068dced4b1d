import { identifier, literal } from '../../sql-text.ts'
import type { Database } from '../ledger/database.ts'
import { deliveredAttributes, deliveredName } from '../ledger/delivered.ts'

/** What the ledger knows of one person. */
export interface DeliveredPerson {
  person: number
  zendeskId: string | null
  externalId: string | null
  emails: string[]
  name: string | null
  orchestration: string
  /** ISO time of the last fold. */
  at: string
  /** The account created the user at our word. */
  ours: boolean
  exit: string | null
  /** Canonical texts of the attributes asked for; null: nothing delivered. */
  values: Record<string, string | null>
}

/** People of an account whose row `d` fits the SQL condition, in the order of `_person`. Attributes that were never delivered are null. */
export async function deliveredPeople(
  db: Database,
  account: number,
  attributes: readonly string[],
  condition: string,
): Promise<DeliveredPerson[]> {
  const known = await deliveredAttributes(db, account)
  const pairs = attributes
    .filter((name) => known.includes(name))
    .map((name) => `${identifier(name)}: d.${identifier(name)}`)
  // As JSON: a text column of its own would lose a byte order mark at its start.
  const rows = await db.rows<{ line: string }>(
    `SELECT to_json({person: d._person, "zendeskId": d._zendesk_id, "externalId": d._external_id, emails: d._emails,
       name: ${known.includes('name') ? 'd."name"' : 'NULL::VARCHAR'}, orchestration: d._orchestration, "at": epoch_ms(d._at), ours: coalesce(d._ours, false),
       exit: d._exit, values: ${pairs.length === 0 ? 'NULL' : `{${pairs.join(', ')}}`}})::VARCHAR AS line
     FROM ${deliveredName(account)} d WHERE ${condition} ORDER BY d._person`,
  )
  return rows.map(({ line }) => {
    const person = JSON.parse(line) as DeliveredPerson & { at: number; values: Record<string, string | null> | null }
    const missing = Object.fromEntries(attributes.map((name) => [name, null]))
    return { ...person, at: new Date(person.at).toISOString(), values: { ...missing, ...person.values } }
  })
}

/** The attributes that an orchestration writes, as its last run left them; [] before its first. */
export async function writtenAttributes(db: Database, account: number, orchestration: string): Promise<string[]> {
  const rows = await db.rows<{ name: string }>(
    'SELECT unnest(attributes) AS name FROM writers WHERE account = $1 AND orchestration = $2',
    [account, orchestration],
  )
  return [...new Set(rows.map((row) => row.name))]
}

/** SQL list of texts in lower case, by the rules of the database. */
export function loweredList(texts: readonly string[]): string {
  return texts.length === 0 ? '(NULL)' : `(${texts.map((text) => `lower(${literal(text)})`).join(', ')})`
}

/** SQL list of texts. */
export function textList(texts: readonly string[]): string {
  return texts.length === 0 ? '(NULL)' : `(${texts.map(literal).join(', ')})`
}

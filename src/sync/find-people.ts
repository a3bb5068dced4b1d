import { deliveredAttributes, deliveredName } from './ledger/delivered.ts'
import type { Ledger } from './ledger/ledger.ts'

/** Whom somebody looks for among those who were delivered. */
export interface PeopleSearch {
  /** Keys of the destinations to whose accounts they were delivered. */
  destinations: readonly string[]
  text: string
  /** `anything`: the beginning of an external_id, part of an address or of a name; `external_id`: that one whole. In any case. */
  by: 'anything' | 'external_id'
  from: number
  limit: number
}

/** Where a destination leads. */
export interface Place {
  destination: string
  origin: string
  /** Keys of the orchestrations that deliver to it. */
  orchestrations: readonly string[]
}

/** Somebody who was delivered, as a search tells it. */
export interface FoundPerson {
  /** That of the orchestration, where it is one of those that were asked for; otherwise another one to the same account. */
  destination: string
  account: string
  external_id: string | null
  name: string | null
  emails: string[]
  orchestration: string
  delivered_at: string
  /** What was done when the person left the result; null: they are in it. */
  exit: string | null
}

/**
 * Reads one statement and attaches nothing, so that it needs no turn: it answers while a workflow works. Whoever has the text as external_id
 * comes first, then whose external_id begins so, then the others by name.
 */
export async function findPeople(
  ledger: Ledger,
  places: readonly Place[],
  { text, by, from, limit }: Omit<PeopleSearch, 'destinations'>,
): Promise<FoundPerson[]> {
  const accounts = await knownAccounts(ledger, places)
  if (accounts.size === 0) return []
  const parts: string[] = []
  const people: string[] = []
  for (const account of accounts.keys()) {
    const name = (await deliveredAttributes(ledger.db, account)).includes('name') ? 'name' : 'NULL::VARCHAR'
    parts.push(matching(account, name, by === 'anything' ? ANYTHING : '_key = lower($1)'))
    people.push(`SELECT ${account} AS account, _person, _external_id, ${name} AS name, _emails, _orchestration, _at, _exit
      FROM ${deliveredName(account)} WHERE _person IN (SELECT _person FROM best WHERE account = ${account})`)
  }
  // First who, by what that takes, then all of them: columns that everybody's rows carried along took most of the time. As JSON: a text column
  // of its own would lose a byte order mark at its start.
  const rows = await ledger.db.rows<{ line: string }>(
    `WITH best AS MATERIALIZED (SELECT * FROM (${parts.join(' UNION ALL ')}) ORDER BY ${BEST_FIRST} LIMIT $3 OFFSET $2)
     SELECT to_json({account: account, external_id: _external_id, name: name, emails: _emails, orchestration: _orchestration, "at": epoch_ms(_at), exit: _exit})::VARCHAR AS line
     FROM best JOIN (${people.join(' UNION ALL ')}) USING (account, _person) ORDER BY ${BEST_FIRST}`,
    [text, from, limit],
  )
  return rows.map(({ line }) => {
    const { account, at, ...person } = JSON.parse(line) as Line
    const known = accounts.get(account) ?? []
    const place = known.find(({ orchestrations }) => orchestrations.includes(person.orchestration)) ?? known[0]
    return {
      ...{ destination: place?.destination ?? '', account: place?.origin ?? '', ...person },
      delivered_at: new Date(at).toISOString(),
    }
  })
}

type Line = Omit<FoundPerson, 'destination' | 'account' | 'delivered_at'> & { account: number; at: number }

/** Addresses are kept in lower case. */
const ANYTHING =
  '(starts_with(_key, lower($1)) OR contains(folded, lower($1)) OR len(list_filter(_emails, lambda e: contains(e, lower($1)))) > 0)'

const BEST_FIRST = 'rank, folded NULLS LAST, account, _person'

function matching(account: number, name: string, wanted: string): string {
  const rank = 'CASE WHEN _key = lower($1) THEN 0 WHEN starts_with(_key, lower($1)) THEN 1 ELSE 2 END'
  return `SELECT ${account} AS account, _person, folded, ${rank} AS rank
    FROM (SELECT _person, _key, _emails, lower(${name}) AS folded FROM ${deliveredName(account)}) WHERE ${wanted}`
}

async function knownAccounts(ledger: Ledger, places: readonly Place[]): Promise<Map<number, Place[]>> {
  const accounts = new Map<number, Place[]>()
  for (const place of places) {
    const account = await ledger.knownAccount(place.origin)
    if (account === undefined) continue
    accounts.set(account.account, [...(accounts.get(account.account) ?? []), place])
  }
  return accounts
}

import type { AccountPerson, Attribute, Connection, PeopleKeys } from '../../destination/destination.ts'
import { asProblem } from '../../problem.ts'
import { literal } from '../../sql-text.ts'
import { attributesNamed } from '../exits.ts'
import { deliveredAttributes } from '../ledger/delivered.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { compareEmail, compareExternalId, compareValue, type Verdict, wasEdited } from './comparison.ts'
import { type DeliveredPerson, deliveredPeople } from './delivered-people.ts'
import { readBack } from './read-back.ts'
import type { WhyField, WhyPerson } from './report.ts'
import { historyOf, type KnownKeys } from './why-history.ts'

export interface WhyRequest {
  ledger: Ledger
  connection: Connection
  destination: string
  /** An external_id or an e-mail address, in any case. */
  key: string
  field: string | null
}

/** What the account holds: not asked yet, or why it could not be asked. */
type Now =
  | { person: AccountPerson | null; attributes: Map<string, Attribute> }
  | { problem: WhyPerson['now']['problem'] }

/**
 * What is known of the people that a key means in one account: what the ledger has of every run about them, and what the account holds now.
 * Nothing is concluded that is not written there. GETs only; a problem of the network is part of the answer.
 */
export async function explain(request: WhyRequest): Promise<WhyPerson[]> {
  const { ledger, connection, field } = request
  const key = request.key.trim().toLowerCase()
  const account = await ledger.knownAccount(connection.origin)
  const delivered = account === undefined ? [] : await knownAs(ledger, account.account, key)
  const people: WhyPerson[] = []
  for (const person of delivered.length === 0 ? [null] : delivered) {
    const keys = keysOf(key, person)
    const { history, forgotten } =
      account === undefined ? { history: [], forgotten: 0 } : await historyOf(ledger, account.account, keys, field)
    const names = fieldNames(person, field)
    const now = await readNow(connection, key, person, names)
    // Somebody whom neither the ledger nor the account knows is nobody.
    if (person === null && history.length === 0 && 'person' in now && now.person === null) continue
    people.push({
      destination: request.destination,
      account: connection.origin,
      zendesk_id: person?.zendeskId ?? null,
      external_id: person?.externalId ?? null,
      emails: person?.emails ?? [],
      orchestration: person?.orchestration ?? null,
      delivered_at: person?.at ?? null,
      exit: person?.exit ?? null,
      history,
      older: forgotten === 0 ? null : { runs: forgotten, note: 'Details older than 30 days are gone.' },
      now: nowOf(person, names, now),
    })
  }
  return people
}

async function knownAs(ledger: Ledger, account: number, key: string): Promise<DeliveredPerson[]> {
  const attributes = await deliveredAttributes(ledger.db, account)
  const isMeant = `d._key = lower(${literal(key)}) OR list_contains(d._emails, lower(${literal(key)}))`
  return await deliveredPeople(ledger.db, account, attributes, isMeant)
}

function keysOf(key: string, person: DeliveredPerson | null): KnownKeys {
  const isEmail = key.includes('@')
  const externalId = person?.externalId?.toLowerCase() ?? null
  return {
    zendeskIds: person?.zendeskId == null ? [] : [person.zendeskId],
    // An address can be an external_id too.
    externalIds: person === null ? [key] : externalId === null ? [] : [externalId],
    emails: person?.emails ?? [],
    askedEmail: isEmail ? key : null,
  }
}

/** What was ever delivered, or the one field that was asked for. */
function fieldNames(person: DeliveredPerson | null, field: string | null): string[] {
  const delivered = Object.entries(person?.values ?? {}).flatMap(([name, value]) => (value === null ? [] : [name]))
  if (field === null) return delivered
  const wanted = Object.keys(person?.values ?? {}).find((name) => name.toLowerCase() === field.toLowerCase())
  if (wanted !== undefined) return [wanted]
  return ['external_id', 'email'].includes(field.toLowerCase()) ? [] : [field]
}

async function readNow(
  connection: Connection,
  key: string,
  person: DeliveredPerson | null,
  names: readonly string[],
): Promise<Now> {
  try {
    const facts = await connection.readAccount()
    const attributes = new Map(attributesNamed(facts, names).map((attribute) => [attribute.name, attribute]))
    if (person?.zendeskId != null)
      return {
        person: (await readBack(connection, [person.zendeskId], attributes)).get(person.zendeskId) ?? null,
        attributes,
      }
    const byId = await readOne(connection, { externalIds: [person?.externalId ?? key] }, attributes)
    const found = byId ?? (key.includes('@') ? await readOne(connection, { emails: [key] }, attributes) : null)
    return { person: found, attributes }
  } catch (error) {
    const { code, message, fix } = asProblem(error)
    if (code === 'internal.bug') throw error
    return { problem: { code, message, fix } }
  }
}

async function readOne(
  connection: Connection,
  keys: PeopleKeys,
  attributes: ReadonlyMap<string, Attribute>,
): Promise<AccountPerson | null> {
  for await (const page of connection.readPeople(keys, [...attributes.values()]))
    for (const person of page) return person
  return null
}

function nowOf(person: DeliveredPerson | null, names: readonly string[], now: Now): WhyPerson['now'] {
  if (!('person' in now) || now.person === null) {
    return {
      there: 'person' in now ? false : null,
      zendesk_id: null,
      external_id: null,
      emails: [],
      role: null,
      suspended: null,
      updated_at: null,
      fields: [],
      problem: 'problem' in now ? now.problem : null,
    }
  }
  const { zendeskId, externalId, emails, role, suspended, updatedAt } = now.person
  return {
    there: true,
    zendesk_id: zendeskId,
    external_id: externalId,
    emails,
    role,
    suspended,
    updated_at: updatedAt,
    fields: fieldsNow(person, names, now.person, now.attributes),
    problem: null,
  }
}

function fieldsNow(
  person: DeliveredPerson | null,
  names: readonly string[],
  held: AccountPerson,
  attributes: ReadonlyMap<string, Attribute>,
): WhyField[] {
  const edited = person !== null && wasEdited(held, person.at)
  const field = (name: string, delivered: string | null, verdict: Verdict): WhyField => ({
    field: name,
    delivered,
    found: verdict.found,
    verdict: delivered === null || verdict.verdict === 'skipped' ? 'not_comparable' : verdict.verdict,
    code: delivered !== null && verdict.verdict === 'different' ? verdict.code : null,
  })
  const keys =
    person === null
      ? []
      : [
          ...(person.externalId === null
            ? []
            : [field('external_id', person.externalId, compareExternalId(person.externalId, held, edited))]),
          ...person.emails.map((email) => field('email', email, compareEmail(email, held, edited))),
        ]
  const values = names.map((name) => {
    const delivered = person?.values[name] ?? null
    const attribute = attributes.get(name)
    if (attribute !== undefined) return field(name, delivered, compareValue(attribute, delivered, held, edited))
    const isField = name.startsWith('user_fields.')
    return field(
      name,
      delivered,
      isField ? { verdict: 'different', found: null, code: 'seen.field_unknown' } : { verdict: 'skipped', found: null },
    )
  })
  return [...keys, ...values]
}

import type { AccountPerson, Attribute, Connection, PeopleKeys } from '../../destination/destination.ts'
import { literal } from '../../sql-text.ts'
import type { Database } from '../ledger/database.ts'

/** Finds people of the account by any of their keys. */
export interface PeopleSource {
  find(keys: Required<PeopleKeys>): Promise<AccountPerson[]>
}

/** How many keys a plan will ask for. */
export interface Need {
  zendeskIds: number
  externalIds: number
  emails: number
}

/** Users that one page of a list holds. */
const LISTED_USERS = 100

/**
 * Asks for each person, or lists the whole account once if that needs fewer requests. A list is also exact where Zendesk's search for
 * addresses lags.
 */
export async function openSource(
  db: Database,
  connection: Connection,
  attributes: readonly Attribute[],
  need: Need,
): Promise<PeopleSource> {
  const asking = connection.readingCost(need)
  if (asking > 2 && Math.ceil((await connection.countPeople()) / LISTED_USERS) < asking) {
    await listEverybody(db, connection, attributes)
    return { find: (keys) => findListed(db, keys) }
  }
  return { find: (keys) => collect(connection.readPeople(keys, attributes)) }
}

async function collect(pages: AsyncIterable<AccountPerson[]>): Promise<AccountPerson[]> {
  const people: AccountPerson[] = []
  for await (const page of pages) people.push(...page)
  return people
}

async function listEverybody(db: Database, connection: Connection, attributes: readonly Attribute[]): Promise<void> {
  await db.run('CREATE OR REPLACE TEMP TABLE listed_person (zendesk_id VARCHAR, key VARCHAR, person VARCHAR)')
  await db.run('CREATE OR REPLACE TEMP TABLE listed_email (email VARCHAR, zendesk_id VARCHAR)')
  for await (const page of connection.readEverybody(attributes)) {
    await db.append({ table: 'listed_person', database: 'temp' }, (appender) => {
      for (const person of page) {
        appender.appendVarchar(person.zendeskId)
        if (person.externalId === null) appender.appendNull()
        else appender.appendVarchar(person.externalId.toLowerCase())
        appender.appendVarchar(JSON.stringify(person))
        appender.endRow()
      }
    })
    await db.append({ table: 'listed_email', database: 'temp' }, (appender) => {
      for (const person of page) {
        for (const email of person.emails) {
          appender.appendVarchar(email)
          appender.appendVarchar(person.zendeskId)
          appender.endRow()
        }
      }
    })
  }
}

async function findListed(db: Database, keys: Required<PeopleKeys>): Promise<AccountPerson[]> {
  const list = (values: readonly string[]) => `(SELECT unnest([${values.map(literal).join(', ')}]::VARCHAR[]))`
  const rows = await db.rows<{ person: string }>(`
    SELECT person FROM listed_person WHERE zendesk_id IN ${list(keys.zendeskIds)}
      OR key IN ${list(keys.externalIds.map((key) => key.toLowerCase()))}
      OR zendesk_id IN (SELECT zendesk_id FROM listed_email WHERE email IN ${list(keys.emails)})`)
  return rows.map(({ person }) => JSON.parse(person) as AccountPerson)
}

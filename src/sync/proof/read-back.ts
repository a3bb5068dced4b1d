import type { AccountPerson, Attribute, Connection } from '../../destination/destination.ts'

/** People read by one request. */
export const PEOPLE_PER_REQUEST = 100

/** The people of these Zendesk ids that the account still has, by id. */
export async function readBack(
  connection: Connection,
  zendeskIds: readonly string[],
  attributes: ReadonlyMap<string, Attribute>,
): Promise<Map<string, AccountPerson>> {
  const found = new Map<string, AccountPerson>()
  if (zendeskIds.length === 0) return found
  for await (const page of connection.readPeople({ zendeskIds }, [...attributes.values()]))
    for (const person of page) found.set(person.zendeskId, person)
  return found
}

import type { Json } from '../../problem.ts'
import type { AccountPerson, Attribute, PeopleKeys } from '../destination.ts'
import type { Api } from './api.ts'
import { idText, object, objects, textOf } from './json.ts'
import { readNumberedPages, readPages } from './pages.ts'
import { addressesOf, identitiesOf, identitiesOfType, lookUpPaths, maxPathLength, maxPeople } from './people.ts'
import { countValue, listOf } from './shapes.ts'

/**
 * People as the account holds them now: by id or external_id a hundred a request, by address through the search, or everybody.
 * https://developer.zendesk.com/api-reference/ticketing/users/users/
 */

const sideload = 'include=identities&'
const searchPath = '/api/v2/users/search?'
const asked = 'reading people'
/** Fewer addresses are asked for one by one, without finding out whether that is needed. */
const fewAddresses = 3
/** The two witnesses and as many addresses fill one page of results. */
const maxSearched = maxPeople - 2
/** An exact search finds one person; a loose one could find half the account. */
const maxPagesPerAddress = 3

/** Two addresses that the account surely has, of two people: they tell whether a search for many addresses found them all. */
type Witnesses = [first: string, last: string]

/**
 * Reads people. What Zendesk makes of a repeated keyword (`email:"a" email:"b"`) is not documented, so each search for many
 * addresses begins and ends with one that the account surely has: when both come back, the whole list was searched for; once they
 * do not, this reader asks for one address at a time.
 */
export class PeopleReader {
  readonly #api: Api
  /** null: not looked for yet. `none`: many addresses cannot be searched for at once, or nobody knows. */
  #witnesses: Witnesses | 'none' | null = null

  constructor(api: Api) {
    this.#api = api
  }

  /**
   * Who of these the account has, with all their addresses and numbers; each person once, deleted ones never. Ids and external_ids
   * are looked up in the account itself. Addresses go through the search index, which lags by minutes: who is found has the address
   * now, but a person who got it lately may be missing, and so may one who has it as a secondary address. Throws Problem.
   */
  async *read(keys: PeopleKeys, attributes: readonly Attribute[]): AsyncGenerator<AccountPerson[]> {
    const seen = new Set<string>()
    const read = new Set<string>()
    const wanted = new Set(
      (keys.emails ?? []).map((email) => email.trim().toLowerCase()).filter((email) => email !== ''),
    )
    const news = (people: AccountPerson[]) => {
      const fresh = people.filter(({ zendeskId }) => !seen.has(zendeskId))
      for (const { zendeskId, emails } of fresh) {
        seen.add(zendeskId)
        // An address belongs to one person only, so there is nobody else to look for.
        for (const email of emails) wanted.delete(email)
      }
      return fresh
    }
    const zendeskIds = [...new Set(keys.zendeskIds ?? [])]
    const externalIds = new Map(
      (keys.externalIds ?? []).filter((key) => key !== '').map((key) => [key.toLowerCase(), key]),
    )
    for (const path of lookUpPaths(zendeskIds, [...externalIds.values()], sideload)) {
      const people = news(await this.#people(await this.#api.get(path, asked, listOf('users')), attributes))
      if (people.length > 0) yield people
    }
    const addresses = new Set(wanted)
    for await (const ids of this.#found([...addresses])) {
      const unread = ids.filter((id) => !seen.has(id) && !read.has(id))
      for (const id of unread) read.add(id)
      for (const path of lookUpPaths(unread, [], sideload)) {
        const people = await this.#people(await this.#api.get(path, asked, listOf('users')), attributes)
        // The index also finds what is alike, and what was there before.
        const holders = news(people.filter(({ emails }) => emails.some((email) => addresses.has(email))))
        if (holders.length > 0) yield holders
      }
    }
  }

  /** Everybody who is not deleted, agents included, a hundred a page. Throws Problem. */
  async *readEverybody(attributes: readonly Attribute[]): AsyncGenerator<AccountPerson[]> {
    for await (const body of readPages(this.#api, '/api/v2/users?include=identities', 'users', asked)) {
      const people = await this.#people(body, attributes)
      if (people.length > 0) yield people
    }
  }

  /** Zendesk's own count: approximate, and above 100,000 up to a day old. Throws Problem. */
  async count(): Promise<number> {
    const { count } = await this.#api.get('/api/v2/users/count', 'counting people', countValue)
    return Number(object(count)?.value)
  }

  /**
   * Requests that {@link read} takes. As long as nobody knows whether many addresses can be searched for at once, it is assumed, with
   * the request that finds it out; later the count is one for each address where they cannot.
   */
  cost(keys: { zendeskIds: number; externalIds: number; emails: number }): number {
    const pages = (people: number) => Math.ceil(people / maxPeople)
    const single = this.#witnesses === 'none' || keys.emails <= fewAddresses
    const finding = this.#witnesses === null && !single ? 1 : 0
    const searches = single ? keys.emails : Math.ceil(keys.emails / maxSearched)
    return pages(keys.zendeskIds) + pages(keys.externalIds) + finding + searches + pages(keys.emails)
  }

  async #people(body: Record<string, Json>, attributes: readonly Attribute[]): Promise<AccountPerson[]> {
    const users = objects(body.users).filter((user) => user.active !== false)
    const identities = await identitiesOf(this.#api, body, users, asked)
    const people: AccountPerson[] = []
    for (const user of users) {
      const zendeskId = idText(user.id)
      if (zendeskId !== null) people.push(personOf(zendeskId, user, identities.get(zendeskId) ?? [], attributes))
    }
    return people
  }

  /** Zendesk ids that the search has for these addresses, a hundred at a time. */
  async *#found(addresses: readonly string[]): AsyncGenerator<string[]> {
    const found = new Set<string>()
    let waiting: string[] = []
    for await (const ids of this.#searches(addresses)) {
      for (const id of ids) {
        if (found.has(id)) continue
        found.add(id)
        waiting.push(id)
      }
      for (; waiting.length >= maxPeople; waiting = waiting.slice(maxPeople)) yield waiting.slice(0, maxPeople)
    }
    if (waiting.length > 0) yield waiting
  }

  async *#searches(addresses: readonly string[]): AsyncGenerator<string[]> {
    const plain = addresses.filter(isPlain)
    const alone = addresses.filter((address) => !isPlain(address))
    if (plain.length > fewAddresses) this.#witnesses ??= await this.#findWitnesses()
    else alone.push(...plain.splice(0))
    while (plain.length > 0 && Array.isArray(this.#witnesses)) {
      const batch = firstOf(plain, this.#witnesses)
      const ids = await this.#searchMany(batch, this.#witnesses)
      if (ids === null) this.#witnesses = 'none'
      else {
        plain.splice(0, batch.length)
        yield ids
      }
    }
    for (const address of [...plain, ...alone]) yield await this.#searchOne(address)
  }

  /** Ids that the search finds for one address, and for what it holds to be alike. */
  async #searchOne(address: string): Promise<string[]> {
    const ids: string[] = []
    let pages = 0
    for await (const body of readNumberedPages(this.#api, `${searchPath}${queryOf([address])}&`, 'users', 1, asked)) {
      ids.push(...idsOf(body))
      if (++pages === maxPagesPerAddress) break
    }
    return ids
  }

  /** The same for many addresses; null when the answer does not show that all of them were searched for. */
  async #searchMany(addresses: readonly string[], [first, last]: Witnesses): Promise<string[] | null> {
    const missing = new Set([first, last])
    const ids: string[] = []
    const path = `${searchPath}${queryOf([first, ...addresses, last])}&`
    for await (const body of readNumberedPages(this.#api, path, 'users', 1, asked)) {
      for (const user of objects(body.users)) missing.delete(textOf(user.email)?.trim().toLowerCase() ?? '')
      ids.push(...idsOf(body))
      // A search for whatever is alike must not page through the account.
      if (ids.length > 3 * maxPeople) return null
    }
    return missing.size === 0 ? ids : null
  }

  /** Two people of the account with an address; those who have not changed for long are the surest to be in the index. */
  async #findWitnesses(): Promise<Witnesses | 'none'> {
    const body = await this.#api.get('/api/v2/users?page%5Bsize%5D=100', asked, listOf('users'))
    const known = objects(body.users)
      .map((user) => ({ address: textOf(user.email)?.trim().toLowerCase() ?? '', at: textOf(user.updated_at) ?? '9' }))
      .filter(({ address }) => address !== '' && isPlain(address))
      .sort((one, other) => (one.at < other.at ? -1 : 1))
    const [first, last] = known
    return first === undefined || last === undefined ? 'none' : [first.address, last.address]
  }
}

function idsOf(body: Record<string, Json>): string[] {
  return objects(body.users)
    .map((user) => idText(user.id))
    .filter((id) => id !== null)
}

/** What the search takes as it is: a quotation mark would end the value, and a star stands for anything. */
function isPlain(address: string): boolean {
  return !/["\\*]/.test(address)
}

/** `query=email:"a" email:"b"`, encoded. The search has no way to escape a quotation mark. */
function queryOf(addresses: readonly string[]): string {
  const terms = addresses.map((address) => `email:"${address.replace(/["\\]/g, '')}"`)
  return `query=${encodeURIComponent(terms.join(' '))}`
}

/** As many addresses as one request can ask for beside the witnesses. */
function firstOf(addresses: readonly string[], [first, last]: Witnesses): string[] {
  const length = (address: string) => queryOf([address, '']).length
  let room = maxPathLength - searchPath.length - length(first) - length(last)
  let batch = 0
  for (const address of addresses.slice(0, maxSearched)) {
    room -= length(address)
    if (batch > 0 && room < 0) break
    batch++
  }
  return addresses.slice(0, batch)
}

/** `attributes` that the user's JSON does not have are left out: see `AccountPerson.values`. */
function personOf(
  zendeskId: string,
  user: Record<string, Json>,
  identities: readonly Record<string, Json>[],
  attributes: readonly Attribute[],
): AccountPerson {
  const values: Record<string, string | null> = {}
  for (const { name, read, apart } of attributes) {
    // A user answers with the default organisation only, which says nothing of memberships.
    const value = apart === 'membership' ? undefined : answerFor(user, name)
    if (value !== undefined) values[name] = read(value)
  }
  const phones = [user.phone, ...identitiesOfType(identities, 'phone_number')].map((value) => textOf(value))
  return {
    zendeskId,
    externalId: textOf(user.external_id),
    emails: addressesOf(user, identities),
    phones: [...new Set(phones.filter((phone) => phone !== null))],
    role: user.role === 'end-user' || user.role === 'admin' ? user.role : 'agent',
    suspended: user.suspended === true,
    values,
    updatedAt: textOf(user.updated_at),
  }
}

const fieldPrefix = 'user_fields.'

/** Where the user's JSON has an attribute; undefined where it has not. */
function answerFor(user: Record<string, Json>, name: string): Json | undefined {
  if (name.startsWith(fieldPrefix)) {
    const fields = object(user.user_fields) ?? {}
    const key = name.slice(fieldPrefix.length)
    return Object.hasOwn(fields, key) ? fields[key] : undefined
  }
  // Of the two names that Zendesk gives, the canonical text is IANA's.
  if (name === 'time_zone' && textOf(user.iana_time_zone) !== null) return user.iana_time_zone
  return Object.hasOwn(user, name) ? user[name] : undefined
}

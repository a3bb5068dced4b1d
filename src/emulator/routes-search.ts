/** Finding users by what they are: `users/search` and `users/autocomplete`. Both know of changes late. */
import type { Account, User } from './account.ts'
import { normalizedEmail } from './email.ts'
import { offsetPage, wantsCursor } from './pagination.ts'
import { invalidAttribute, json, type Reply } from './reply.ts'
import type { ApiRequest, Route } from './router.ts'
import { sideloads } from './routes-users.ts'
import { type Document, documentOf } from './search-index.ts'
import { matches, parseQuery, type Term } from './search-query.ts'
import { userJson } from './user-json.ts'

export const searchRoutes: readonly Route[] = [
  { method: 'GET', path: 'users/search', level: 'agent', resource: 'users', respond: search },
  { method: 'GET', path: 'users/autocomplete', level: 'agent', resource: 'users', respond: autocomplete },
  { method: 'POST', path: 'users/autocomplete', level: 'agent', resource: 'users', respond: autocomplete },
]

/** OAS gives it for autocomplete. Assumption: search has it too, also when it is asked for nothing. */
const invalidQuery = (): Reply => json(400, { error: 'Query Error', description: 'Invalid query syntax' })

/** OAS: `query` has the search syntax, `external_id` has none. Assumption: when both come, both must be met. */
function search(request: ApiRequest): Reply {
  const { query } = request
  const [text, externalId] = [query.get('query'), query.get('external_id')]
  const terms = parseQuery(text ?? '')
  if (!terms || (terms.length === 0 && externalId === null)) return invalidQuery()
  const wanted = externalId?.toLowerCase()
  const { repeatedKeyword } = request.world.account.settings
  const found = findUsers(request, keysOf(terms, wanted), (document) => {
    return (
      matches(document, terms, repeatedKeyword) &&
      (wanted === undefined || document.externalId?.toLowerCase() === wanted)
    )
  })
  return showPage(found, request, 'search')
}

/**
 * OAS: users whose name starts with `name`, or who have the number, and no foreign identity.
 * Assumption: without regard to case; of POST the values may be in the body.
 */
function autocomplete(request: ApiRequest): Reply {
  const { query, body } = request
  const values = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const [name, phone] = [query.get('name') ?? values.name, query.get('phone') ?? values.phone]
  const brand = query.get('brand_id')
  // OAS. The emulated account has no brands.
  if (brand !== null && brand !== 'all' && brand !== '0') {
    return json(400, { error: `Invalid brand_id parameter: ${brand}` })
  }
  const isName = typeof name === 'string' && name.trim() !== ''
  if (!isName && (typeof phone !== 'string' || phone.trim() === '')) return invalidQuery()
  const prefix = isName ? name.trim().toLowerCase() : undefined
  const found = findUsers(request, undefined, (document, user) => {
    if (user.identities.some(({ type }) => type === 'foreign')) return false
    return prefix === undefined
      ? document.phones.includes((phone as string).trim())
      : document.name.toLowerCase().startsWith(prefix)
  })
  return showPage(found, request, 'autocomplete')
}

/** DOC: by offset only, 100 a page, nothing past 10,000. GRP: may be cached for 10 s. */
function showPage(found: User[], request: ApiRequest, action: string): Reply {
  const { world, origin, query } = request
  // Observed for a cursor where there is none.
  if (wantsCursor(query)) return invalidAttribute('page', 'must be an integer', `api/v2/users/${action}`)
  const page = offsetPage(found, request)
  if ('status' in page) return page
  const users = page.records.map((user) => userJson(world.account, user, origin))
  const body = { users, ...sideloads(page.records, request), ...page.frame }
  return json(200, body, { 'cache-control': 'max-age=10, private' })
}

/** Values of the one key that the users must have, any of which is enough. */
interface Keys {
  externalIds: readonly string[]
  emails: readonly string[]
}

/** A key that leaves few users, so that not everybody need be looked at. */
function keysOf(terms: readonly Term[], externalId: string | undefined): Keys | undefined {
  const exact = (property: Term['property']): string[] => {
    const values = terms.filter((term) => term.property === property && !term.isNegated).map(({ value }) => value)
    return values.some((value) => value.includes('*')) ? [] : values
  }
  const keys: Keys = {
    externalIds: externalId === undefined ? exact('external_id') : [externalId],
    emails: exact('email'),
  }
  return keys.externalIds.length === 0 && keys.emails.length === 0 ? undefined : keys
}

/**
 * By id; deleted users are never found (GRP). Those who changed lately are found by what they were and shown as they are.
 * Assumption: the order, which Zendesk does not document.
 */
function findUsers(
  { world, nowMs }: ApiRequest,
  keys: Keys | undefined,
  isWanted: (document: Document, user: User) => boolean,
): User[] {
  const { account } = world
  const stale = account.search.stale(nowMs)
  const candidates = keys ? keyHolders(account, keys, stale.keys()) : account.activeUsers()
  return candidates.filter((user) => {
    const before = stale.get(user)
    if (!user.active || before === null) return false
    const document = before ?? documentOf(user)
    const isPrimaryOnly = account.settings.searchEmails === 'primary'
    return isWanted(isPrimaryOnly ? { ...document, emails: document.emails.slice(0, 1) } : document, user)
  })
}

function keyHolders(account: Account, { externalIds, emails }: Keys, stale: Iterable<User>): readonly User[] {
  const holders = new Set(stale)
  if (externalIds.length > 0) {
    // Not by the index: a race may have made two users of one external_id.
    for (const user of account.activeUsers()) {
      if (user.externalId !== null && externalIds.includes(user.externalId.toLowerCase())) holders.add(user)
    }
  } else {
    for (const email of emails) {
      const holder = account.byEmail(normalizedEmail(email))
      if (holder) holders.add(holder)
    }
  }
  return [...holders].sort((one, other) => one.id - other.id)
}

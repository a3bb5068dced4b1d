/**
 * What users/search and users/autocomplete know of users: for a while, what they were before their latest changes (2nd: new and
 * changed users appear up to a couple of minutes late). Hits are shown as they are now.
 */
import type { Role, User } from './account.ts'
import type { Settings } from './settings.ts'

/** What of a user can be searched. */
export interface Document {
  name: string
  externalId: string | null
  role: Role
  /** The primary one first. */
  emails: readonly string[]
  phones: readonly string[]
  tags: readonly string[]
  notes: string | null
  details: string | null
  alias: string | null
}

interface Change {
  atMs: number
  user: User
  /** Before the change; null: there was no such user. */
  before: Document | null
}

export class SearchIndex {
  private readonly settings: Settings
  /** By rising time; the oldest are dropped when they have become visible. */
  private changes: Change[] = []

  constructor(settings: Settings) {
    this.settings = settings
  }

  /** Keeps what the user is, before a change at that second. */
  remember(user: User, atS: number, isNew: boolean): void {
    const { searchLagMs } = this.settings
    if (searchLagMs <= 0) return
    const atMs = atS * 1000
    this.changes.push({ atMs, user, before: isNew ? null : documentOf(user) })
    // Now and then, so that a load of many users takes no time for it.
    if (this.changes.length % 4096 === 0)
      this.changes = this.changes.filter((change) => change.atMs + searchLagMs > atMs)
  }

  /** The users whose latest changes are not visible yet, with what is visible of them. */
  stale(nowMs: number): Map<User, Document | null> {
    const stale = new Map<User, Document | null>()
    for (const { atMs, user, before } of this.changes) {
      if (nowMs < atMs + this.settings.searchLagMs && !stale.has(user)) stale.set(user, before)
    }
    return stale
  }
}

export function documentOf(user: User): Document {
  const valuesOf = (type: string) => user.identities.filter((one) => one.type === type).map((one) => one.value)
  const phones = valuesOf('phone_number')
  const emails = user.identities.filter(({ type }) => type === 'email')
  emails.sort((one, other) => Number(other.primary) - Number(one.primary))
  return {
    name: user.name,
    externalId: user.externalId,
    role: user.role,
    emails: emails.map(({ value }) => value),
    phones: user.phone === null ? phones : [user.phone, ...phones],
    tags: user.tags,
    notes: user.notes,
    details: user.details,
    alias: user.alias,
  }
}

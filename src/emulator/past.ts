/**
 * What users were before their latest changes, for the fault `stale_read`: a read that is answered by a replica that lags behind.
 * Nothing is kept unless somebody asks for it.
 */
import type { User } from './account.ts'

interface Change {
  atMs: number
  user: User
  /** Before the change; null: there was no such user. */
  before: User | null
}

/** Of the oldest changes nothing is known any more: they are part of every past. About 20 MB. */
const keptChanges = 20_000

export class Past {
  private changes: Change[] = []
  /** Since when changes are kept; null: they are not. */
  private sinceMs: number | null = null

  keep(nowMs: number): void {
    // Changes have whole seconds, so the second that is running belongs to what follows.
    this.sinceMs ??= wholeSecond(nowMs) - 1
  }

  drop(): void {
    this.sinceMs = null
    this.changes = []
  }

  /** Before a change at that second. */
  remember(user: User, atS: number, isNew: boolean): void {
    if (this.sinceMs === null) return
    this.changes.push({ atMs: atS * 1000, user, before: isNew ? null : copyOf(user) })
    if (this.changes.length >= 2 * keptChanges) this.changes = this.changes.slice(-keptChanges)
  }

  /** What those users were at that time who were changed since; at the earliest, since changes are kept. */
  before(atMs: number): Map<User, User | null> {
    const before = new Map<User, User | null>()
    const limitMs = Math.max(this.sinceMs ?? Number.POSITIVE_INFINITY, wholeSecond(atMs) - 1)
    for (const change of this.changes) {
      if (change.atMs > limitMs && !before.has(change.user)) before.set(change.user, change.before)
    }
    return before
  }
}

function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}

/** Deep as far as users are changed in place: tags, extra and memberships are replaced. */
export function copyOf(user: User): User {
  return {
    ...user,
    identities: user.identities.map((identity) => ({ ...identity })),
    fields: user.fields && [...user.fields],
  }
}

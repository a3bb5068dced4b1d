/**
 * What changed of whom, when, and through which request or job. For whoever looks into the account: Zendesk's API has no such
 * history of users.
 *
 * Recording is flat and cheap. A change is opened before the first write ({@link UserHistory.open}), which keeps what the user
 * was; what became of him is compared only when the request or job is over, or when the same user is written again. Entries hold
 * changed keys only and refer to values that the account had anyway. Outside of a request or job (seeding) nothing is recorded.
 */
import type { Identity, User, UserExtra } from './account.ts'
import type { FieldValue, UserField } from './user-fields.ts'

/** Through which request or job. */
export type Cause = { readonly request: string } | { readonly jobId: string; readonly jobType: string }

export type ChangeKind = 'created' | 'updated' | 'merged' | 'deleted' | 'erased'

/** An attribute, a user field, or an identity (`email`, ...), with its values before and after; null: none. */
export interface ChangedValue {
  key: string | UserField
  old: unknown
  new: unknown
}

/** Key, old, new, key, old, new, ...: an object for each change would double the memory. */
type FlatChanges = readonly unknown[]

export interface HistoryEntry {
  readonly user: User
  readonly atS: number
  readonly kind: ChangeKind
  readonly cause: Cause
  /** With whom he was merged. */
  readonly other: User | null
  changes: FlatChanges
}

interface Open {
  atS: number
  kind: ChangeKind
  other: User | null
  before: Snapshot
}

interface Snapshot {
  name: string | null
  externalId: string | null
  role: string | null
  suspended: boolean
  phone: string | null
  sharedPhone: boolean | null
  alias: string | null
  details: string | null
  notes: string | null
  tags: readonly string[]
  fields: readonly FieldValue[] | null
  extra: UserExtra | null
  organizations: string | null
  /** Identities change in place, so value and flags of each are kept beside them. */
  identities: readonly Identity[]
  values: readonly string[]
  flags: readonly number[]
}

/** About 30 MB when full of new users. */
const keptEntries = 100_000
/** Longer texts are cut: what is kept must have a bound. */
const longestText = 500
/** A change of a user field may touch everybody; so many are compared at a time. */
const mostOpen = 1000

export class UserHistory {
  /** All that were ever recorded; the latest {@link keptEntries} are kept. */
  count = 0
  private readonly fields: readonly UserField[]
  private readonly kept: number
  private readonly entries: HistoryEntry[] = []
  private readonly opened = new Map<User, Open>()
  private cause: Cause | null = null

  /** `fields`: of the account, asked anew each time. */
  constructor(fields: readonly UserField[], kept = keptEntries) {
    this.fields = fields
    this.kept = kept
  }

  /** Runs `work`, whose changes are due to that request or job. */
  during<Result>(cause: Cause, work: () => Result): Result {
    this.settle()
    const outer = this.cause
    this.cause = cause
    try {
      return work()
    } finally {
      this.settle()
      this.cause = outer
    }
  }

  /** Before a write: a change of its own, also if the user was written already. */
  open(user: User, atS: number, isNew: boolean): void {
    if (this.cause === null) return
    const earlier = this.opened.get(user)
    if (earlier) this.close(user, earlier)
    this.opened.set(user, {
      atS,
      kind: isNew ? 'created' : 'updated',
      other: null,
      before: isNew ? nobody : snapshot(user),
    })
  }

  /** Before a write that may be a part of a change that is open already. */
  touch(user: User, atS: number): void {
    if (this.cause === null || this.opened.has(user)) return
    if (this.opened.size >= mostOpen) this.settle()
    this.open(user, atS, false)
  }

  /** The change that is about to be made is more than an update. */
  mark(user: User, atS: number, kind: ChangeKind, other: User | null = null): void {
    this.touch(user, atS)
    const open = this.opened.get(user)
    if (!open || open.kind === 'merged') return
    open.kind = kind
    open.other = other
  }

  /** Erased for good: what he was is in no entry any more. */
  erase(user: User, atS: number): void {
    this.mark(user, atS, 'erased')
    this.settle()
    for (const entry of this.entries) if (entry.user === user) entry.changes = []
  }

  /** Who was changed, the latest first; 1,000 at most. */
  latestUsers(): User[] {
    this.settle()
    const users = new Set<User>()
    for (let back = 1; back <= this.entries.length && users.size < 1000; back++) {
      users.add(this.entries[(this.count - back) % this.kept]!.user)
    }
    return [...users]
  }

  /** The user's entries that are kept, youngest first. */
  of(user: User): HistoryEntry[] {
    this.settle()
    const found: HistoryEntry[] = []
    const size = this.entries.length
    for (let back = 1; back <= size; back++) {
      const entry = this.entries[(this.count - back) % this.kept]!
      if (entry.user === user) found.push(entry)
    }
    return found
  }

  /** Compares what is open; to be called before a user field goes, which would be compared no more. */
  settle(): void {
    for (const [user, open] of this.opened) this.close(user, open)
  }

  private close(user: User, { atS, kind, other, before }: Open): void {
    this.opened.delete(user)
    const changes = differences(before, user, this.fields)
    this.entries[this.count % this.kept] = { user, atS, kind, other, cause: this.cause!, changes }
    this.count++
  }
}

/** What is behind an entry, change by change. */
export function changedValues({ changes }: HistoryEntry): ChangedValue[] {
  const values: ChangedValue[] = []
  for (let index = 0; index < changes.length; index += 3) {
    values.push({ key: changes[index] as string | UserField, old: changes[index + 1], new: changes[index + 2] })
  }
  return values
}

const nobody: Snapshot = {
  name: null,
  externalId: null,
  role: 'end-user',
  suspended: false,
  phone: null,
  sharedPhone: null,
  alias: null,
  details: null,
  notes: null,
  tags: [],
  fields: null,
  extra: null,
  organizations: null,
  identities: [],
  values: [],
  flags: [],
}

/** Tags and extra are replaced, never changed in place; fields and identities are. */
function snapshot(user: User): Snapshot {
  return {
    name: user.name,
    externalId: user.externalId,
    role: user.role,
    suspended: user.suspended,
    phone: user.phone,
    sharedPhone: user.sharedPhone,
    alias: user.alias,
    details: user.details,
    notes: user.notes,
    tags: user.tags,
    fields: user.fields && [...user.fields],
    extra: user.extra,
    organizations: organizationsText(user),
    identities: [...user.identities],
    values: user.identities.map(({ value }) => value),
    flags: user.identities.map(flagsOf),
  }
}

function organizationsText(user: User): string | null {
  const memberships = user.extra?.memberships
  if (!memberships || memberships.length === 0) return null
  return memberships.map((one) => one.organization.name + (one.isDefault ? ' (default)' : '')).join(', ')
}

const plainKeys = [
  ['name', 'name'],
  ['external_id', 'externalId'],
  ['role', 'role'],
  ['suspended', 'suspended'],
  ['phone', 'phone'],
  ['shared_phone_number', 'sharedPhone'],
  ['alias', 'alias'],
  ['details', 'details'],
  ['notes', 'notes'],
] as const

const extraKeys = [
  'locale',
  'time_zone',
  'signature',
  'custom_role_id',
  'default_group_id',
  'moderator',
  'only_private_comments',
  'ticket_restriction',
  'remote_photo_url',
] as const

const noChanges: FlatChanges = []

function differences(before: Snapshot, user: User, fields: readonly UserField[]): FlatChanges {
  const changes: unknown[] = []
  for (const [key, own] of plainKeys) if (before[own] !== user[own]) add(changes, key, before[own], user[own])
  if (before.extra !== user.extra) {
    for (const key of extraKeys) {
      if (before.extra?.[key] !== user.extra?.[key]) add(changes, key, before.extra?.[key], user.extra?.[key])
    }
  }
  const organizations = organizationsText(user)
  if (before.organizations !== organizations) add(changes, 'organizations', before.organizations, organizations)
  if (!isSame(before.tags, user.tags)) add(changes, 'tags', before.tags, user.tags)
  for (const field of fields) {
    const [old, value] = [before.fields?.[field.slot] ?? null, user.fields?.[field.slot] ?? null]
    if (!isSame(old, value)) add(changes, field, old, value)
  }
  compareIdentities(before, user, changes)
  return changes.length === 0 ? noChanges : changes
}

function add(changes: unknown[], key: string | UserField, old: unknown, value: unknown): void {
  changes.push(key, shortened(old ?? null), shortened(value ?? null))
}

function compareIdentities({ identities, values, flags }: Snapshot, user: User, changes: unknown[]): void {
  for (let index = 0; index < identities.length; index++) {
    const identity = identities[index]!
    const [value, flag] = [values[index]!, flags[index]!]
    const isLeft = user.identities.includes(identity)
    if (isLeft && identity.value === value && flagsOf(identity) === flag) continue
    add(
      changes,
      identity.type,
      identityText(value, flag),
      isLeft ? identityText(identity.value, flagsOf(identity)) : null,
    )
  }
  for (const identity of user.identities) {
    if (!identities.includes(identity))
      add(changes, identity.type, null, identityText(identity.value, flagsOf(identity)))
  }
}

function flagsOf({ primary, verified }: Identity): number {
  return (primary ? 1 : 0) + (verified ? 2 : 0)
}

function identityText(value: string, flags: number): string {
  return value + ['', ' (primary)', ' (verified)', ' (primary, verified)'][flags]
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false
  return one.every((value, index) => value === other[index])
}

/** The copy by way of bytes is on purpose: a slice would keep the whole text in memory. */
function shortened(value: unknown): unknown {
  if (typeof value !== 'string' || value.length <= longestText) return value
  return `${Buffer.from(value.slice(0, longestText)).toString()}…`
}

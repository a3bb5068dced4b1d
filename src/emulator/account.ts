/**
 * The state of an emulated account: users with their identities, user fields, organisations and the mail it sent.
 * Built for 200,000 users in 1 GiB: plain objects of one shape, rare attributes in {@link User.extra}, JSON only when asked for.
 * This module keeps the indexes true and knows no rule of any endpoint; those stand in upsert.ts.
 */
import { UserHistory } from './history.ts'
import { type Membership, type Organization, Organizations } from './organizations.ts'
import { copyOf, Past } from './past.ts'
import { createRandom, type Random } from './random.ts'
import { SearchIndex } from './search-index.ts'
import type { Settings } from './settings.ts'
import { createUserField, type FieldValue, type UserField, type UserFieldSeed } from './user-fields.ts'

export type Role = 'end-user' | 'agent' | 'admin'

export interface Identity {
  readonly id: number
  readonly type: string
  value: string
  verified: boolean
  primary: boolean
  readonly createdAtS: number
  updatedAtS: number
}

/** Times are whole seconds of the Unix epoch: Zendesk shows no more, and small integers cost no allocation. */
export interface User {
  readonly id: number
  name: string
  externalId: string | null
  role: Role
  /** false = deleted. */
  active: boolean
  suspended: boolean
  readonly identities: Identity[]
  phone: string | null
  sharedPhone: boolean | null
  alias: string | null
  details: string | null
  notes: string | null
  tags: readonly string[]
  /** By slot of the field; null until a value is set. */
  fields: FieldValue[] | null
  readonly createdAtS: number
  updatedAtS: number
  /** Raised by every write; a row that read an older version raced with another. */
  version: number
  extra: UserExtra | null
}

/** What few users have. Keys as in Zendesk's JSON, memberships apart. */
export interface UserExtra {
  locale?: string
  time_zone?: string
  signature?: string | null
  memberships?: readonly Membership[]
  custom_role_id?: number | null
  default_group_id?: number | null
  moderator?: boolean
  only_private_comments?: boolean
  ticket_restriction?: string | null
  remote_photo_url?: string | null
  /** From another account, by ticket sharing. */
  shared?: true
  /** The address of a deleted user, which he does not hold any more. */
  formerEmail?: string
  permanentlyDeleted?: true
}

export interface Mail {
  kind: 'verification'
  to: string
  userId: number
  atS: number
}

const noTags: readonly string[] = []
const keptMails = 10_000

export class Account {
  readonly settings: Settings
  readonly search: SearchIndex
  readonly past: Past = new Past()
  /** Whom nobody may delete. */
  owner: User | undefined
  readonly userFields: UserField[] = []
  /** Of organisations. */
  readonly organizationFields: UserField[] = []
  readonly history: UserHistory = new UserHistory(this.userFields)
  readonly organizations: Organizations = new Organizations(this)
  /** The latest {@link keptMails}; `mailCount` counts all. */
  readonly mail: Mail[] = []
  mailCount = 0
  /** Rows that met another write between their look-up and their own write. */
  raceCount = 0
  private readonly now: () => number
  private readonly ids: Random
  private lastId: number
  private usedSlots = 0
  private readonly users = new Map<number, User>()
  private order: User[] = []
  private isSorted = true
  /** Made when somebody lists users, dropped when one comes or goes. */
  private active: User[] | undefined
  private readonly externalIds = new Map<string, User>()
  private readonly emails = new Map<string, User>()
  private readonly phones = new Map<string, User>()

  constructor(seed: number, settings: Settings, now: () => number) {
    this.settings = settings
    this.search = new SearchIndex(settings)
    this.now = now
    this.ids = createRandom(seed, 'ids')
    // ZENPY: ids have 13 digits. Another seed starts elsewhere, as another account would.
    this.lastId = 6_000_000_000_000 + this.ids.integer(0, 999_999_999) * 1000
  }

  nowS(): number {
    return Math.floor(this.now() / 1000)
  }

  nextId(): number {
    this.lastId += this.ids.integer(1, 64)
    return this.lastId
  }

  /** Where users keep the values of a new field. Never given twice, since a deleted field's place stays. */
  nextFieldSlot(): number {
    return this.usedSlots++
  }

  get userCount(): number {
    return this.users.size
  }

  /** A deleted user is found too. */
  user(id: number): User | undefined {
    return this.users.get(id)
  }

  /** OAS CreateOrUpdateUser: the look-up is case-insensitive. */
  byExternalId(externalId: string): User | undefined {
    return this.externalIds.get(externalId.toLowerCase())
  }

  /** Over all e-mail identities, not only primary ones; `email` is trimmed and lower case. */
  byEmail(email: string): User | undefined {
    return this.emails.get(email)
  }

  byPhone(phone: string): User | undefined {
    return this.phones.get(phone)
  }

  /** All users by rising id, deleted ones included. Do not change the array. */
  sortedUsers(): readonly User[] {
    if (!this.isSorted) {
      this.order.sort((one, other) => one.id - other.id)
      this.isSorted = true
    }
    return this.order
  }

  /** Users that are not deleted, by rising id. Do not change the array. */
  activeUsers(): readonly User[] {
    this.active ??= this.sortedUsers().filter((user) => user.active)
    return this.active
  }

  createUser(name: string, atS: number, id = this.nextId()): User {
    if (this.users.has(id)) throw new TypeError(`The account has a user ${id} already.`)
    const user: User = {
      id,
      name,
      externalId: null,
      role: 'end-user',
      active: true,
      suspended: false,
      identities: [],
      phone: null,
      sharedPhone: null,
      alias: null,
      details: null,
      notes: null,
      tags: noTags,
      fields: null,
      createdAtS: atS,
      updatedAtS: atS,
      version: 0,
      extra: null,
    }
    const last = this.order.at(-1)
    if (last && last.id > id) this.isSorted = false
    this.order.push(user)
    this.active = undefined
    this.users.set(id, user)
    return user
  }

  /** To be called before every later change of a user, and after his creation by a request: what search knows stays behind. */
  beginChange(user: User, atS: number, isNew = false): void {
    this.search.remember(user, atS, isNew)
    this.history.open(user, atS, isNew)
    this.past.remember(user, atS, isNew)
    user.updatedAtS = atS
    user.version++
  }

  setExternalId(user: User, externalId: string | null): void {
    if (user.externalId !== null) {
      const old = user.externalId.toLowerCase()
      if (this.externalIds.get(old) === user) this.externalIds.delete(old)
    }
    user.externalId = externalId
    if (externalId !== null) this.externalIds.set(externalId.toLowerCase(), user)
  }

  addIdentity(user: User, type: string, value: string, verified: boolean, primary: boolean, atS: number): Identity {
    const identity: Identity = { id: this.nextId(), type, value, verified, primary, createdAtS: atS, updatedAtS: atS }
    user.identities.push(identity)
    this.indexOf(type)?.set(value, user)
    return identity
  }

  removeIdentities(user: User, type?: string): void {
    for (let index = user.identities.length - 1; index >= 0; index--) {
      const identity = user.identities[index]!
      if (type !== undefined && identity.type !== type) continue
      this.indexOf(identity.type)?.delete(identity.value)
      user.identities.splice(index, 1)
    }
  }

  removeIdentity(user: User, identity: Identity): void {
    this.indexOf(identity.type)?.delete(identity.value)
    user.identities.splice(user.identities.indexOf(identity), 1)
  }

  setIdentityValue(user: User, identity: Identity, value: string): void {
    const index = this.indexOf(identity.type)
    index?.delete(identity.value)
    identity.value = value
    index?.set(value, user)
  }

  /** The identities go over as they are; which are primary is for the caller to say. */
  moveIdentities(from: User, to: User, atS = this.nowS()): void {
    this.history.mark(from, atS, 'merged', to)
    this.history.mark(to, atS, 'merged', from)
    for (const identity of from.identities.splice(0)) {
      to.identities.push(identity)
      this.indexOf(identity.type)?.set(identity.value, to)
    }
  }

  private indexOf(type: string): Map<string, User> | undefined {
    return type === 'email' ? this.emails : type === 'phone_number' ? this.phones : undefined
  }

  /** GRP: a soft delete frees e-mail and external_id at once; tags and user fields stay. */
  deleteUser(user: User, atS = this.nowS()): void {
    this.history.mark(user, atS, 'deleted')
    this.past.remember(user, atS, false)
    const email = primaryEmail(user)
    if (email !== null) user.extra = { ...user.extra, formerEmail: email }
    this.removeIdentities(user)
    this.setExternalId(user, null)
    user.active = false
    this.active = undefined
    user.updatedAtS = atS
    user.version++
  }

  /** OAS ListDeletedUsers: what was personal is null, and the name says so. For a user who is deleted. */
  eraseUser(user: User): void {
    this.history.erase(user, this.nowS())
    user.name = 'Permanently Deleted User'
    user.phone = user.sharedPhone = user.alias = user.details = user.notes = user.fields = null
    user.tags = noTags
    user.extra = { permanentlyDeleted: true }
    user.updatedAtS = this.nowS()
    user.version++
  }

  /** What `read` sees of the account as it was at that time, as far as its past is kept. Changes nothing for good. */
  asOf<Result>(atMs: number, read: () => Result): Result {
    const before = this.past.before(atMs)
    if (before.size === 0) return read()
    const now = new Map([...before.keys()].map((user) => [user, copyOf(user)]))
    this.replaceUsers(before)
    try {
      return read()
    } finally {
      this.replaceUsers(now)
    }
  }

  /** Each user becomes what stands behind him; null: he is not there. */
  private replaceUsers(versions: ReadonlyMap<User, User | null>): void {
    this.order = this.order.filter((user) => !versions.has(user))
    for (const user of versions.keys()) {
      this.users.delete(user.id)
      for (const { type, value } of user.identities) {
        if (this.indexOf(type)?.get(value) === user) this.indexOf(type)?.delete(value)
      }
      const key = user.externalId?.toLowerCase()
      if (key !== undefined && this.externalIds.get(key) === user) this.externalIds.delete(key)
    }
    for (const [user, version] of versions) {
      if (version === null) continue
      Object.assign(user, version)
      this.users.set(user.id, user)
      this.order.push(user)
      for (const { type, value } of user.identities) this.indexOf(type)?.set(value, user)
      if (user.externalId !== null) this.externalIds.set(user.externalId.toLowerCase(), user)
    }
    this.isSorted = false
    this.active = undefined
  }

  setFieldValue(user: User, field: UserField, value: FieldValue): void {
    this.history.touch(user, this.nowS())
    user.fields ??= []
    while (user.fields.length < field.slot) user.fields.push(null)
    user.fields[field.slot] = value
  }

  addUserField(seed: UserFieldSeed): UserField {
    if (this.userField(seed.key)) throw new TypeError(`The account has a user field \`${seed.key}\` already.`)
    const field = createUserField(this, seed)
    this.userFields.push(field)
    return field
  }

  userField(key: string): UserField | undefined {
    return this.userFields.find((field) => field.key === key)
  }

  addOrganizationField(seed: UserFieldSeed): UserField {
    if (this.organizationFields.some(({ key }) => key === seed.key)) {
      throw new TypeError(`The account has an organization field \`${seed.key}\` already.`)
    }
    const field = createUserField(this, seed)
    this.organizationFields.push(field)
    return field
  }

  addOrganization(name: string, id = this.nextId()): Organization {
    const { organizations } = this
    if (organizations.byId(id)) throw new TypeError(`The account has an organization ${id} already.`)
    if (organizations.byName(name)) throw new TypeError(`The account has an organization \`${name}\` already.`)
    return organizations.add(name, this.nowS(), id)
  }

  sendVerificationMail(user: User, to: string, atS: number): void {
    this.mailCount++
    this.mail.push({ kind: 'verification', to, userId: user.id, atS })
    if (this.mail.length > keptMails) this.mail.shift()
  }
}

export function primaryEmail(user: User): string | null {
  for (const identity of user.identities) if (identity.type === 'email' && identity.primary) return identity.value
  return null
}

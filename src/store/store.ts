import type { Json } from '../problem.ts'

/**
 * The control store: definitions, secrets (as ciphertext), workflow headers, schedules, notifications, keys and the activity log. It knows
 * nothing of DuckDB and holds no people's data; the ledger is the truth of a workflow, and a header here is a copy for lists. SQLite
 * (embedded) and PostgreSQL hold the same contract (`store-contract.ts`), from the same migrations. Nothing is written here per batch.
 *
 * All operations are atomic. Those that create or edit throw `Problem`s: `store.conflict` when a key is taken or a version is not the one
 * expected, `store.not_found`. Timestamps are UTC `Date`s; lists are newest first unless said otherwise, and page by opaque cursors.
 */
export interface Store {
  readonly dialect: 'sqlite' | 'postgres'
  definitions: DefinitionStore
  secrets: SecretStore
  workflows: WorkflowStore
  workflowSubscriptions: WorkflowSubscriptionStore
  groups: GroupStore
  notifications: NotificationStore
  access: AccessStore
  activity: ActivityStore
  columnTags: ColumnTagStore
  /** Small facts of the installation, such as its id. */
  meta: { get(name: string): Promise<string | null>; set(name: string, value: string): Promise<void> }
  /** Answers as long as the database does; for readiness. */
  ping(): Promise<void>
  /**
   * Gives every row as one line of JSON `{table, row}` (without its line break), as all were at one moment: the schema version first, how
   * many rows there are last. It may be read slowly while the store is used.
   */
  dump(): AsyncIterable<string>
  /** Takes a dump back, whole or not at all. Throws `store.not_empty`, `store.newer`, `backup.broken`. */
  restore(lines: AsyncIterable<string>): Promise<void>
  close(): Promise<void>
}

/** A page of a list; `next` is null at the end. */
export interface Page<T> {
  items: T[]
  next: string | null
}

export interface PageRequest {
  limit: number
  cursor: string | null
}

// ---- definitions ------------------------------------------------------------------------------------------------------------

export const definitionKinds = [
  'project',
  'source',
  'table',
  'credential',
  'destination',
  'query',
  'query_draft',
  'attributes_table',
  'segment',
  'orchestration',
  'group',
  'channel',
  'subscription',
  'identity_provider',
] as const
export type DefinitionKind = (typeof definitionKinds)[number]

/** An object that somebody has defined. `body` has the shape it has in deskside.yml, variables unexpanded, and never holds a secret. */
export interface Definition {
  kind: DefinitionKind
  /** Key as in deskside.yml; unique within the kind, never changed. */
  key: string
  /** Objects from git are changed by `apply` only. */
  source: 'git' | 'ui'
  body: { [key: string]: Json }
  /** 1, 2, ...: grows with each edit; the ETag of the API. Never used twice, also after the key was deleted and made again. */
  version: number
  createdAt: Date
  updatedAt: Date
  /** Id of the actor. */
  updatedBy: string
}

/** Kinds of which every version is kept, also after the object was deleted. */
export const versionedKinds = ['query', 'attributes_table', 'segment'] as const satisfies readonly DefinitionKind[]
export type VersionedKind = (typeof versionedKinds)[number]

/** What an object was from `updatedAt` until the next version. */
export type DefinitionVersion = Pick<Definition, 'source' | 'version' | 'updatedAt' | 'updatedBy'>

export type DefinitionChange =
  | { change: 'put'; kind: DefinitionKind; key: string; source: 'git' | 'ui'; body: { [key: string]: Json } }
  | { change: 'delete'; kind: DefinitionKind; key: string }

export interface DefinitionStore {
  get(kind: DefinitionKind, key: string): Promise<Definition | null>
  /** All of a kind (or of all kinds), by kind and key. */
  list(kind?: DefinitionKind): Promise<Definition[]>
  create(definition: Pick<Definition, 'kind' | 'key' | 'source' | 'body'>, by: string): Promise<Definition>
  /** Replaces the body; throws `store.conflict` when the version is not `ifVersion`. */
  update(
    key: Pick<Definition, 'kind' | 'key'>,
    body: Definition['body'],
    options: { ifVersion: number; by: string },
  ): Promise<Definition>
  /** Also removes secrets named `<kind>/<key>/...`. */
  remove(key: Pick<Definition, 'kind' | 'key'>, options: { ifVersion: number }): Promise<void>
  /**
   * All changes or none; what `apply` does. A put of an equal body and source changes nothing, not even the version; nor does a delete of
   * what is not there. Throws `store.conflict` when the revision is not `ifRevision`.
   */
  apply(changes: readonly DefinitionChange[], by: string, ifRevision?: number): Promise<void>
  /** The last 200 versions, newest first; empty: there never was one of that key. */
  versions(key: { kind: VersionedKind; key: string }): Promise<DefinitionVersion[]>
  /** The body of one of {@link versions}; null: there is none of that number. */
  bodyOf(key: { kind: VersionedKind; key: string }, version: number): Promise<Definition['body'] | null>
  /** Grows with every change of any definition: whoever holds a copy knows whether it is stale. */
  revision(): Promise<number>
}

/** Ciphertexts by name, such as `credential/zendesk/client_secret`. What they mean is src/access's business. */
export interface SecretStore {
  get(name: string): Promise<string | null>
  put(name: string, ciphertext: string): Promise<void>
  remove(name: string): Promise<void>
  list(): Promise<{ name: string; ciphertext: string; updatedAt: Date }[]>
  /** Names of the secrets of all definitions of a kind, in order. */
  names(kind: DefinitionKind): Promise<string[]>
  /** Replaces all given ciphertexts in one transaction; for a new key. One that was removed in the meantime stays away. */
  replaceAll(secrets: readonly { name: string; ciphertext: string }[]): Promise<void>
}

// ---- tags of columns ----------------------------------------------------------------------------------------------------------

/** What somebody has confirmed of a column of a declared table. */
export interface ColumnTag {
  table: string
  column: string
  /** Whether it is personal. */
  pii: boolean
  /** Id of the actor. */
  by: string
  at: Date
}

export interface ColumnTagStore {
  /** By table and column. A table's tags stay when its definition goes, and hold again when it is back. */
  list(table?: string): Promise<ColumnTag[]>
  /** Sets these tags of a table, all or none; null takes one back. */
  set(table: string, tags: Readonly<Record<string, boolean | null>>, by: string): Promise<void>
}

// ---- workflows ---------------------------------------------------------------------------------------------------------------

export const workflowStates = [
  'waiting',
  'running',
  'stopping',
  'stopped',
  'completed',
  'completed_with_alerts',
  'error',
] as const
export type WorkflowState = (typeof workflowStates)[number]

export const triggers = ['manual', 'api', 'cli', 'schedule', 'signal', 'group'] as const
export type Trigger = (typeof triggers)[number]

/** The copy of a workflow for lists, and the queue: `waiting` ones are to be executed, oldest first. */
export interface WorkflowHeader {
  id: string
  orchestration: string
  state: WorkflowState
  trigger: Trigger
  /** Id of the actor; null: automated. */
  startedBy: string | null
  groupRun: string | null
  /** What was asked for: sample, full, live, planId, approve. */
  request: { [key: string]: Json }
  /** Query text, settings and versions of definitions when it was launched. */
  launched: { [key: string]: Json }
  /** States, times, inputs and outputs of the tasks. */
  tasks: Json[]
  rows: { [key: string]: Json } | null
  problem: { [key: string]: Json } | null
  /** Its run in the ledger, once there is one. A request may go on with the run of an older one. */
  runId: string | null
  /** How often it was begun. */
  attempt: number
  requestedAt: Date
  startedAt: Date | null
  endedAt: Date | null
}

/** What is absent or empty narrows nothing. */
export interface WorkflowFilter {
  states?: readonly WorkflowState[]
  orchestrations?: readonly string[]
  triggers?: readonly Trigger[]
  startedBy?: string
  groupRun?: string
  /** Part of the id, the orchestration or the problem's code, in any case. */
  text?: string
  /** Requested at this time or later. */
  from?: Date
  /** Requested before this. */
  to?: Date
}

export const workflowSubscriptionEvents = ['failed', 'succeeded', 'stopped', 'runs_long'] as const

/** Who hears of the end of one workflow, or that it takes long; gone with that end. */
export interface WorkflowSubscription {
  id: string
  workflow: string
  events: (typeof workflowSubscriptionEvents)[number][]
  /** Key of the definition of kind `channel`. */
  channel: string
  /** As in a subscription. */
  target: string
  /** `runs_long`: longer than this. */
  runtimeMinutes: number
  createdAt: Date
  /** Id of the actor. */
  createdBy: string
}

export interface WorkflowSubscriptionStore {
  add(subscription: WorkflowSubscription): Promise<void>
  /** Of one workflow, or of all; oldest first. */
  list(workflow?: string): Promise<WorkflowSubscription[]>
  /** Throws `store.not_found`. */
  remove(workflow: string, id: string): Promise<void>
  removeAll(workflow: string): Promise<void>
}

export interface WorkflowStore {
  add(header: WorkflowHeader): Promise<void>
  get(id: string): Promise<WorkflowHeader | null>
  /** The newest one with this run; else the one that had it before its plan was made anew. */
  ofRun(runId: string): Promise<WorkflowHeader | null>
  /** Every run that {@link ofRun} finds a workflow for, in one query. */
  runs(): Promise<Set<string>>
  /** A run that another one replaces stays known as this workflow's. Throws `store.not_found`. */
  update(id: string, changes: Partial<Omit<WorkflowHeader, 'id'>>): Promise<WorkflowHeader>
  /** Changes it only while its state is one of these; null otherwise. */
  updateIf(
    id: string,
    states: readonly WorkflowState[],
    changes: Partial<Omit<WorkflowHeader, 'id'>>,
  ): Promise<WorkflowHeader | null>
  /** Newest request first. 10,000 headers: a page with any filter in < 100 ms. */
  list(filter: WorkflowFilter, page: PageRequest): Promise<Page<WorkflowHeader>>
  count(filter: WorkflowFilter): Promise<number>
  /** Waiting ones, oldest request first. */
  waiting(): Promise<WorkflowHeader[]>
  /** The newest of each orchestration. */
  latest(): Promise<WorkflowHeader[]>
  /** What those did that ended at this time or later, in no order. 10,000 headers: < 100 ms. */
  endedSince(from: Date): Promise<Pick<WorkflowHeader, 'runId' | 'endedAt' | 'rows'>[]>
  /** Removes ended ones that ended before this, and ended runs of groups with their last one; returns the ids of workflows. */
  prune(before: Date): Promise<string[]>
}

// ---- groups ------------------------------------------------------------------------------------------------------------------

export interface GroupRun {
  id: string
  group: string
  trigger: Trigger
  startedBy: string | null
  /** The tick that it is for; null when it was not scheduled. */
  dueAt: Date | null
  state: 'running' | 'completed' | 'error'
  startedAt: Date
  endedAt: Date | null
}

export interface GroupStore {
  /**
   * Begins a run of a group with its workflows (state `waiting`), all or nothing. With `dueAt`, false when that tick or a later one was begun
   * before: each tick begins at most one run, whoever asks and however often.
   */
  begin(run: GroupRun, workflows: readonly WorkflowHeader[]): Promise<boolean>
  /** The latest tick that was begun or passed over; null: none. */
  lastTick(group: string): Promise<Date | null>
  /** Ticks up to this count as done; for a group that was just enabled or changed. */
  passOver(group: string, upTo: Date): Promise<void>
  get(id: string): Promise<GroupRun | null>
  list(group: string | null, page: PageRequest): Promise<Page<GroupRun>>
  /** Runs whose workflows have all ended while they count as running. */
  finished(): Promise<GroupRun[]>
  /** Ends a running one and begins the runs that follow it, all or nothing; false when it had ended before. */
  end(
    id: string,
    end: { state: 'completed' | 'error'; at: Date },
    followers: readonly { run: GroupRun; workflows: readonly WorkflowHeader[] }[],
  ): Promise<boolean>
}

// ---- notifications -----------------------------------------------------------------------------------------------------------

export interface Notification {
  id: string
  /** What it is about, once: a second one with an equal key is not added. */
  about: string
  event: string
  severity: 'info' | 'warning' | 'error' | 'recovery'
  /** Keys and ids only, no people's data. */
  orchestration: string | null
  workflow: string | null
  title: string
  text: string
  /** Path of the page, such as `/workflows/<id>`. */
  link: string | null
  at: Date
  readAt: Date | null
}

export interface Dispatch {
  id: string
  notification: string
  /** Key of the definition of kind `channel`. */
  channel: string
  /** Address, channel or URL path as the subscription says it. */
  target: string
  state: 'pending' | 'sending' | 'sent' | 'failed'
  attempts: number
  nextAt: Date
  lastError: string | null
  sentAt: Date | null
}

export interface NotificationStore {
  /** Adds it with its dispatches, all or nothing; false when one with this `about` is there. */
  add(notification: Notification, dispatches: readonly Dispatch[]): Promise<boolean>
  list(page: PageRequest & { unread?: boolean }): Promise<Page<Notification>>
  unread(): Promise<number>
  markRead(ids: readonly string[] | 'all', at: Date): Promise<void>
  /** Pending ones that are due, oldest first, each marked `sending` with one more attempt. */
  claim(at: Date, limit: number): Promise<(Dispatch & { about: Notification })[]>
  /** The earliest time at which something is due. */
  nextAt(): Promise<Date | null>
  settle(id: string, end: Pick<Dispatch, 'state' | 'nextAt' | 'lastError' | 'sentAt'>): Promise<void>
  /** After a restart: what was `sending` is pending again. */
  release(): Promise<void>
  dispatches(filter: { notification?: string; state?: Dispatch['state'] }, page: PageRequest): Promise<Page<Dispatch>>
  /** Removes those before this, but for what is still to be sent. */
  prune(before: Date): Promise<void>
}

// ---- access ------------------------------------------------------------------------------------------------------------------

export interface User {
  id: string
  /** Lower case. */
  email: string
  name: string
  /** Null: was invited and has not chosen one, or signs in elsewhere. */
  passwordHash: string | null
  state: 'active' | 'disabled'
  /** Keys of policies and options; what they mean is src/access's business. */
  policies: string[]
  options: string[]
  /** The account of single sign-on that this user is. */
  identity: { issuer: string; subject: string } | null
  /** 1, 2, ...: grows with each change of what people may see of a user. */
  version: number
  createdAt: Date
  lastSeenAt: Date | null
}

/** What an edit of a user may change; what is absent stays. */
export type UserChange = Partial<
  Pick<User, 'email' | 'name' | 'passwordHash' | 'state' | 'policies' | 'options' | 'identity'>
>

export interface Session {
  /** Digest of the cookie's value. */
  id: string
  user: string
  /** Digest of the token against cross-site requests. */
  csrf: string
  createdAt: Date
  expiresAt: Date
  /** Network address and program that began it. */
  address: string
  agent: string
}

/** A link that does one thing once. */
export interface Link {
  /** Digest of its token. */
  id: string
  kind: 'setup' | 'invitation' | 'reset' | 'hand_over'
  /** Id of what it is about: a user, a credential. */
  about: string
  /** Actor. */
  createdBy: string
  createdAt: Date
  expiresAt: Date
  usedAt: Date | null
  detail: { [key: string]: Json }
}

export interface ApiKey {
  id: string
  name: string
  user: string
  /** Digest of the key's secret part. */
  hash: string
  scopes: string[]
  createdAt: Date
  expiresAt: Date | null
  lastUsedAt: Date | null
}

/** The answer that a POST with an idempotency key got. */
export interface Answered {
  actor: string
  key: string
  /** Digest of method, path and body. */
  request: string
  /** Null while the first request is being worked on. */
  status: number | null
  body: string | null
  at: Date
}

export interface AccessStore {
  /** By the time they were made. */
  users(): Promise<User[]>
  user(id: string): Promise<User | null>
  userByEmail(email: string): Promise<User | null>
  userByIdentity(identity: NonNullable<User['identity']>): Promise<User | null>
  /** Throws `store.conflict` when id, address or identity is taken. */
  addUser(user: User): Promise<void>
  /**
   * All or nothing, also `endSessions`: all of this user's but `endSessions.but`. Throws `store.not_found`, and `store.conflict` when the version is
   * not `ifVersion`, or the address or identity is taken.
   */
  updateUser(
    id: string,
    change: UserChange,
    options?: { ifVersion?: number; endSessions?: { but: string | null } },
  ): Promise<User>
  /** With sessions, links and keys. Throws `store.not_found`, `store.conflict`. */
  removeUser(id: string, options: { ifVersion: number }): Promise<void>
  /** A better hash of the same password, in the place of `was` alone: a change that came between stays. */
  rehash(user: string, was: string, passwordHash: string): Promise<void>
  /** Notes that somebody was here, at most once a minute. */
  sawUser(id: string, at: Date): Promise<void>
  addSession(session: Session): Promise<void>
  session(id: string): Promise<Session | null>
  /** Newest first. */
  sessionsOf(user: string): Promise<Session[]>
  removeSession(id: string): Promise<void>
  removeSessionsOf(user: string): Promise<void>
  /** Takes the place of unused links of the same kind about the same. */
  addLink(link: Link): Promise<void>
  link(id: string): Promise<Link | null>
  /** Newest first; unused ones, and used ones until they are pruned. */
  links(kind: Link['kind']): Promise<Link[]>
  /** Whether it was unused and not over, and is used now: of two that try at once, one does. */
  useLink(id: string, at: Date): Promise<boolean>
  /** What {@link useLink} took and could not be done, with another detail if given; where another one has taken its place, it goes. */
  releaseLink(id: string, detail?: Link['detail']): Promise<void>
  removeLink(id: string): Promise<void>
  removeLinksOf(kind: Link['kind'], about: string): Promise<void>
  addKey(key: ApiKey): Promise<void>
  keys(): Promise<ApiKey[]>
  key(id: string): Promise<ApiKey | null>
  /** Notes the last use, at most once a minute for a key. */
  usedKey(id: string, at: Date): Promise<void>
  /** Throws `store.not_found`. */
  removeKey(id: string): Promise<void>
  /** Takes the key for this request, or gives what is there under it. */
  beginAnswer(answer: Answered): Promise<Answered | null>
  endAnswer(actor: string, key: string, end: { status: number; body: string } | null): Promise<void>
  /** Sessions and links that ended before, and answers older than this. */
  prune(before: Date): Promise<void>
}

export interface ActivityEntry {
  id: string
  at: Date
  actor: string
  /** What the actor was called at that time. */
  actorName: string
  /** `resource:verb`. */
  action: string
  /** `<kind>/<key>`. */
  object: string
  allowed: boolean
  detail: { [key: string]: Json }
  /** Network address and program of the request; empty where there was none. */
  address: string
  agent: string
}

/** Which lines; all conditions hold at once. */
export interface ActivityFilter {
  actor?: string
  /** `resource:verb`, or `resource:*` for everything about it. */
  action?: string
  /** `<kind>/<key>`, or `<kind>/*` for the kind alone and all of it. */
  object?: string
  allowed?: boolean
  from?: Date
  /** Exclusive. */
  to?: Date
  /** Of the address of the user who did it, such as `example.com`, in any case. */
  domain?: string
  /** Part of the name of the actor, the action or the object, in any case of A to Z. */
  text?: string
}

/** Lines are added and read, and never changed: the database refuses it. */
export interface ActivityStore {
  add(entry: ActivityEntry): Promise<void>
  list(filter: ActivityFilter, page: PageRequest): Promise<Page<ActivityEntry>>
  /** When the first and the last of the lines that match were written; null: there is none. */
  span(filter: ActivityFilter): Promise<{ first: Date; last: Date } | null>
  /** Removes the lines before this; says how many. */
  prune(before: Date): Promise<number>
}

import type { Actor, Via } from '../access/authorize.ts'
import type { App, TableDetail } from '../app.ts'
import type { TableColumn } from '../audience/pii.ts'
import type { StageBegun } from '../destination/destination.ts'
import type { Json } from '../problem.ts'
import type {
  ActivityEntry,
  ActivityFilter,
  ApiKey,
  Definition,
  DefinitionKind,
  DefinitionVersion,
  Dispatch,
  GroupRun,
  Notification,
  Page,
  PageRequest,
  User,
  VersionedKind,
  WorkflowFilter,
  WorkflowHeader,
  WorkflowSubscription,
} from '../store/store.ts'
import type { FoundPerson } from '../sync/find-people.ts'
import type { Day } from './days.ts'
import type { Filing } from './filing.ts'
import type { WorkflowSubscriptionBody } from './notify/subscription-body.ts'
import type { Content } from './upload-file.ts'

/**
 * What a running server can do beside the work of {@link App}: everything that people define, start, stop and resolve. Every operation names
 * who asks first, passes `authorize`, and leaves a line in the activity log when it changes something or is denied. Faces hold no logic.
 */
export interface Control {
  definitions: Definitions
  columns: Columns
  tables: Tables
  people: People
  workflows: Workflows
  workflowSubscriptions: WorkflowSubscriptions
  groups: Groups
  notifications: Notifications
  keys: Keys
  users: Users
  /** Links by which somebody else enters a secret. */
  handOvers: HandOvers
  /** Bringing deskside.yml: what would change, and the change itself. */
  applied: Applied
  activity: Activity
  /** What happens, from now on, until `signal` aborts: for server-sent events. */
  events(actor: Actor, filter: { workflow?: string }, signal: AbortSignal): AsyncIterable<ServerEvent>
  /**
   * Work of {@link App} on the definitions as they are now. Its lists about people are given as a whole, for whoever may download, or with
   * `view` as that part of them and one item more where another part follows.
   */
  app(actor: Actor, view?: View): App
  /** Figures for metrics and health. */
  figures(): Promise<Figures>
}

/** A part of a list, by position. */
export interface View {
  /** Of the first item, from 0. */
  from: number
  /** At most 200. */
  limit: number
}

/** What the activity log has, for those who may see it. */
export interface Activity {
  /** Newest first. */
  list(actor: Actor, filter: ActivityFilter, page: PageRequest): Promise<Page<ActivityEntry>>
  /**
   * Every line that matches, newest first, for a file, which is a download; `from` and `to` are the first and the last day in it (UTC, as
   * 2026-01-31). Leaves a line itself.
   */
  export(
    actor: Actor,
    filter: ActivityFilter,
  ): Promise<{ from: string; to: string; entries: AsyncIterable<ActivityEntry> }>
}

/** A definition as it may be shown. */
export interface DraftChanges {
  /** Of the query as it is; null: there is none. */
  version: number | null
  /** Unified diff from the query to the draft. */
  diff: string
  usedBy: string[]
}

export interface Defined extends Definition {
  /** Names of the secrets that are set; never their values. */
  secrets: string[]
  /** `<kind>/<key>` of the objects that use it. */
  usedBy: string[]
  /** Credentials: when they end and what to do, and the last check. Groups: the next times. Orchestrations: last run and state. */
  status: { [key: string]: Json }
}

/** What may be created and edited here; the project's settings come from git, and tables from there or from uploaded files. */
export type EditableKind = Extract<
  DefinitionKind,
  | 'credential'
  | 'destination'
  | 'query'
  | 'query_draft'
  | 'attributes_table'
  | 'segment'
  | 'orchestration'
  | 'group'
  | 'channel'
  | 'subscription'
  | 'identity_provider'
>

/** What is copied under another key and name. */
export type ClonedKind = 'destination' | VersionedKind

/** One stage of a connection test. */
export interface Stage {
  stage: string
  title: string
  outcome: 'ok' | 'note' | 'failed'
  detail: string
  problem: { code: string; message: string; fix: string } | null
}

export interface Definitions {
  list(actor: Actor, kind: DefinitionKind, filter?: Filing): Promise<Defined[]>
  /** Throws `store.not_found`. */
  get(actor: Actor, kind: DefinitionKind, key: string): Promise<Defined>
  /**
   * `body` as in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) go to the secret store and are never
   * read again. Destinations and credentials are tested before they are saved: a failing one is not, and the problem has the failing stage
   * with its fix. An identity provider is asked for its metadata, and whoever saves it must hold every right that it gives. Without a key one is made of the name. Throws `definition.invalid` with every mistake, `store.conflict`.
   */
  create(
    actor: Actor,
    kind: EditableKind,
    input: { key?: string; body: { [key: string]: Json } },
    onStage?: (stage: Stage) => void,
  ): Promise<Defined>
  /** Replaces the body; a secret field that is absent stays as it is. Throws `definition.from_git`, `store.conflict`. */
  update(
    actor: Actor,
    kind: EditableKind,
    key: string,
    input: { body: { [key: string]: Json }; ifVersion: number },
    onStage?: (stage: Stage) => void,
  ): Promise<Defined>
  /** Throws `definition.in_use` with who uses it, `definition.from_git`. */
  remove(actor: Actor, kind: EditableKind, key: string, ifVersion: number): Promise<void>
  /** A copy under another key and name, in the UI's hands also when the original comes from git. */
  clone(actor: Actor, kind: ClonedKind, key: string, input: { key?: string; name: string }): Promise<Defined>
  /**
   * Makes the draft of a query the query itself, or a new one; the draft is no more. Throws `store.conflict` when the query is not the one any
   * more that the draft was begun from (`based_on`), and what `create` and `update` throw.
   */
  activate(actor: Actor, key: string, ifVersion: number): Promise<Defined>
  /** What activating the draft would change, and what that feeds. */
  draftChanges(actor: Actor, key: string): Promise<DraftChanges>
  /** The versions that are kept, newest first; also of one that was deleted. Throws `store.not_found`. */
  versions(actor: Actor, kind: VersionedKind, key: string): Promise<DefinitionVersion[]>
  /** A version's body and, with `against`, a unified diff from that version to this one. Throws `store.not_found`. */
  version(
    actor: Actor,
    kind: VersionedKind,
    key: string,
    which: { version: number; against: number | null },
  ): Promise<{ body: Definition['body']; diff: string | null }>
  /** Makes an earlier version the present one, checked like any change. */
  restore(
    actor: Actor,
    kind: VersionedKind,
    key: string,
    input: { version: number; ifVersion: number },
  ): Promise<Defined>
  /** Tests a connection, stage by stage; the last word is also kept as the credential's health. `onBegin` hears of each stage before its end. */
  test(
    actor: Actor,
    kind: 'credential' | 'destination',
    key: string,
    onBegin?: (begun: StageBegun) => void,
  ): AsyncIterable<Stage>
}

/** Which columns of tables are personal. */
export interface Columns {
  /**
   * Says of columns that they are personal (true) or not (false); null takes back what was said. What deskside.yml declares goes before it.
   * Throws `store.not_found`, `definition.invalid` for a column that is not there, and what reading the table throws.
   */
  confirm(actor: Actor, table: string, tags: Readonly<Record<string, boolean | null>>): Promise<TableColumn[]>
}

/** What somebody makes a table of. */
export interface NewUpload {
  /** Its name in SQL. */
  key: string
  /** Key of its database; not needed where there is one only. */
  database?: string
  name?: string
  description?: string
  /** As in deskside.yml; every column is text where it is not given. */
  types?: Json
}

/** Tables as people look at them, and files that people upload as tables. */
export interface Tables {
  /**
   * A table with its figures; who may not see personal values sees none of personal columns. Throws `store.not_found`, and what reading the
   * table throws.
   */
  look(actor: Actor, table: string, request: { refresh: boolean }): Promise<TableDetail>
  /**
   * Throws `config.which_database`, `definition.invalid`, `store.conflict`, `upload.refused`, `upload.too_large`; nothing is left of the file then.
   */
  upload(actor: Actor, upload: NewUpload, content: Content): Promise<Defined>
  /**
   * Puts another file in the place of one that was uploaded; what reads the old one reads it to its end. Throws as `upload` does, and
   * `store.not_found`, `definition.from_git`.
   */
  replace(actor: Actor, table: string, change: { ifVersion: number; types?: Json }, content: Content): Promise<Defined>
  /** Of an uploaded table. Throws `definition.in_use` with what reads it, `definition.from_git`, `store.not_found`, `store.conflict`. */
  remove(actor: Actor, table: string, ifVersion: number): Promise<void>
}

/** People who were delivered. */
export interface People {
  /**
   * In destinations that the actor may see: whose external_id begins with the text, or whose name or address has it somewhere, in any case;
   * the best first, and one more than the view is long where others follow. Who may not see personal values finds whoever has exactly this
   * external_id, with the values hidden, and nobody by a text with an @.
   */
  search(actor: Actor, text: string, view: View): Promise<FoundPerson[]>
}

/** A task of a workflow: extract, map, plan, deliver, settle, confirm. */
export interface Task {
  task: 'extract' | 'map' | 'plan' | 'deliver' | 'settle' | 'confirm'
  state: 'waiting' | 'running' | 'succeeded' | 'failed' | 'stopped' | 'skipped' | 'issue'
  startedAt: string | null
  endedAt: string | null
  input: { [key: string]: Json }
  output: { [key: string]: Json }
  problem: { code: string; message: string; fix: string } | null
}

/** A way out of a problem, as people read it. */
export interface Resolution {
  id: string
  /** What has happened, in two to five words: "Authorization error". */
  title: string
  /** What it may come from. */
  causes: string[]
  /** What to do, one step a line. */
  steps: string[]
  /** What Resolve does: `retry` goes on with the current configuration, the others say so. */
  action: 'retry' | 'restart' | 'approve' | 'raise_threshold' | 'create_fields' | 'skip_confirm' | 'one_by_one'
  /** Where to go first, such as `/credentials/zendesk`; null: nowhere. */
  page: string | null
}

/** Its problem is that of the last attempt which ended, also while another is at work. */
export interface WorkflowView extends Omit<WorkflowHeader, 'tasks'> {
  tasks: Task[]
  /** Live, while it runs. */
  progress: { [key: string]: Json } | null
  /** Ways out, the most likely first; empty when nothing is wrong. */
  resolutions: Resolution[]
  /** Rows that were not sent, by reason, with what to do. */
  rowGroups: { code: string; rows: number; reason: string; fix: string }[]
}

export interface StartRequest {
  sample: number | null
  full: boolean
  live: boolean
  planId: string | null
  approve: boolean
}

export interface Workflows {
  /** Puts a run into the queue. Throws `store.not_found`, `orchestration.paused`. */
  start(actor: Actor, orchestration: string, request: StartRequest, trigger?: 'manual' | 'api'): Promise<WorkflowView>
  /** By its id, or by that of its run. Throws `store.not_found`. */
  get(actor: Actor, id: string): Promise<WorkflowView>
  list(actor: Actor, filter: WorkflowFilter, page: PageRequest): Promise<Page<WorkflowHeader>>
  /** What was done on each of the last days, the earliest first. Throws `definition.invalid` (the time zone). */
  days(actor: Actor, span: { days: number; timeZone: string }): Promise<Day[]>
  /** Id of its run in the ledger. Throws `store.not_found`, and `workflow.not_now` when it has none yet. */
  runOf(actor: Actor, id: string): Promise<string>
  /** A waiting one ends at once; a running one settles its jobs first. Throws `workflow.not_now`. */
  stop(actor: Actor, id: string): Promise<WorkflowView>
  /** Does what the resolution says. Throws `workflow.not_now`, `store.not_found` (no such resolution). */
  resolve(actor: Actor, id: string, resolution: string): Promise<WorkflowView>
}

/** Who hears how one workflow ends, or that it takes long: gone when it has ended. */
export interface WorkflowSubscriptions {
  /** Throws `store.not_found`, `definition.invalid` (no such channel), and `workflow.not_now` when it has ended. */
  add(actor: Actor, workflow: string, body: WorkflowSubscriptionBody): Promise<WorkflowSubscription>
  list(actor: Actor, workflow: string): Promise<WorkflowSubscription[]>
  /** Throws `store.not_found`. */
  remove(actor: Actor, workflow: string, id: string): Promise<void>
}

export interface Groups {
  /** Runs a group by hand. */
  run(actor: Actor, group: string): Promise<GroupRun>
  /** Begins every group that waits for this signal; returns their runs. */
  signal(actor: Actor, signal: string): Promise<GroupRun[]>
  runs(actor: Actor, group: string | null, page: PageRequest): Promise<Page<GroupRun>>
  /** The next times of a cron line in a zone, and how it reads; throws `definition.invalid`. */
  preview(actor: Actor, cron: string, timeZone: string, count: number): Promise<{ reads: string; times: Date[] }>
}

export interface Notifications {
  list(actor: Actor, page: PageRequest & { unread?: boolean }): Promise<Page<Notification> & { unread: number }>
  markRead(actor: Actor, ids: readonly string[] | 'all'): Promise<void>
  dispatches(
    actor: Actor,
    filter: { notification?: string; state?: Dispatch['state'] },
    page: PageRequest,
  ): Promise<Page<Dispatch>>
  /** Sends a test message through a channel and says how that ended. Throws `store.not_found`. */
  test(actor: Actor, channel: string, target: string): Promise<{ sent: boolean; error: string | null }>
}

export interface Keys {
  /** The whole key is in the answer, and nowhere else ever. */
  create(
    actor: Actor,
    input: { name: string; scopes: string[]; expiresAt: Date | null },
  ): Promise<{ key: Omit<ApiKey, 'hash'>; secret: string }>
  list(actor: Actor): Promise<Omit<ApiKey, 'hash'>[]>
  remove(actor: Actor, id: string): Promise<void>
}

/** A user as may be shown: never the hash of a password. */
export type ShownUser = Omit<User, 'passwordHash'> & {
  hasPassword: boolean
  /** Until when an invitation or a link for a new password is open. */
  linkUntil: Date | null
}

/** A one-time link; its token is in this answer, and nowhere else ever. */
export interface MadeLink {
  kind: 'invitation' | 'reset'
  token: string
  expiresAt: Date
}

/**
 * Users and what they may do. Nobody gives, takes or touches rights that they do not have themselves (`access.denied`), and one active
 * administrator remains (`access.last_administrator`).
 */
export interface Users {
  list(actor: Actor): Promise<ShownUser[]>
  /** Throws `store.not_found`. */
  get(actor: Actor, id: string): Promise<ShownUser>
  /** Throws `definition.invalid`, `store.conflict` when the address is taken. */
  invite(
    actor: Actor,
    input: { email: string; name: string; policies: string[]; options: string[] },
  ): Promise<{ user: ShownUser; link: MadeLink }>
  /** Disabling ends all sessions at once. Throws `store.conflict`. */
  update(
    actor: Actor,
    id: string,
    input: { name: string; policies: string[]; options: string[]; state: User['state']; ifVersion: number },
  ): Promise<ShownUser>
  /** A link by which the user sets a password: an invitation before the first one. The one before ends. */
  link(actor: Actor, id: string): Promise<MadeLink>
  endSessions(actor: Actor, id: string): Promise<void>
  /** With sessions and API keys; what they did stays in the activity log. */
  remove(actor: Actor, id: string, ifVersion: number): Promise<void>
}

/** What an operator asks for with a link. */
export interface NewHandOver {
  /** Key of one that is there, whose secret is replaced; null: one is made. */
  credential: string | null
  /** Of a new one: type, name, and the fields that are known; never a secret. */
  body: { [key: string]: Json } | null
  /** Of a new one; made of its name where it is absent. */
  key?: string
  /** Where one is tried that no destination uses yet; null: nowhere. */
  account: { subdomain: string; base_url?: string } | null
  hours: number
  /** For the person who opens the link. */
  note: string
}

/** A link for a secret, as operators may see it. */
export interface ShownHandOver {
  /** Opens nothing. */
  id: string
  credential: string
  isNew: boolean
  typeName: string
  name: string
  account: { subdomain: string; base_url?: string } | null
  note: string
  askedBy: string
  /** Tests that have failed. */
  failures: number
  state: 'open' | 'used' | 'over'
  createdAt: Date
  expiresAt: Date
}

/** What the person with the link is asked for. */
export interface AskedHandOver {
  /** Empty: nothing was brought from deskside.yml yet. */
  project: string
  /** Address or name of who asks; empty: the owner of the server. */
  askedBy: string
  typeName: string
  name: string
  isNew: boolean
  fields: { field: string; title: string; isSecret: boolean }[]
  /** Hosts at which it is tried before it is saved. */
  accounts: string[]
  note: string
  expiresAt: Date
}

/** Secrets that travel from the person who has them to the server, past the operator. */
export interface HandOvers {
  /**
   * The link before about the same credential ends. The token is in this answer, and nowhere else ever. Throws `definition.invalid`,
   * `definition.from_git`, `store.not_found`, `store.conflict`, `zendesk.base_url_refused`.
   */
  create(actor: Actor, input: NewHandOver): Promise<{ handOver: ShownHandOver; token: string }>
  /** The newest first; used ones and such as are over until they are tidied away. */
  list(actor: Actor): Promise<ShownHandOver[]>
  /** Ends a link. Throws `store.not_found`. */
  revoke(actor: Actor, id: string): Promise<void>
  /** For who has the token, from anywhere. Throws `access.link_over`. */
  look(token: string, via: Via): Promise<AskedHandOver>
  /**
   * Tests and saves what was entered, in the name of who made the link, and uses the link up. Throws `access.link_over`, and
   * `definition.invalid` with the failing stage and its fix, or every field that is not as it should be; the link stays then, until 20 tests
   * have failed.
   */
  enter(token: string, fields: Readonly<Record<string, string>>, via: Via): Promise<void>
}

/** What deskside.yml of the server's folder would change. */
export interface AppliedChanges {
  changes: { change: 'create' | 'update' | 'delete'; kind: DefinitionKind; key: string; fields: string[] }[]
  /** Of the definitions that these changes were computed against; `apply` refuses when others came between. */
  revision: number
}

export interface Applied {
  preview(actor: Actor): Promise<AppliedChanges>
  apply(actor: Actor, revision: number): Promise<AppliedChanges>
}

export type ServerEvent =
  | { type: 'workflow'; workflow: WorkflowHeader }
  | { type: 'progress'; workflow: string; progress: { [key: string]: Json } }
  | { type: 'notification'; notification: Notification }

export interface Figures {
  version: string
  startedAt: Date
  workflows: { waiting: number; running: number }
  /** Since the start of the process. */
  delivered: { created: number; updated: number; failed: number; rejected: number }
  requests: number
  /** The newest run of each orchestration. */
  orchestrations: { orchestration: string; state: string; endedAt: Date | null }[]
}

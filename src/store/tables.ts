import type { Kysely } from 'kysely'
import type {
  Definition,
  DefinitionKind,
  Dispatch,
  GroupRun,
  Link,
  Notification,
  Trigger,
  User,
  VersionedKind,
  WorkflowHeader,
  WorkflowState,
} from './store.ts'

/**
 * The tables as they are after the last migration, alike in SQLite and PostgreSQL: points in time (`..._at`) are whole milliseconds since
 * 1970 UTC, JSON is text, yes and no are 1 and 0.
 */
export interface Tables {
  /** Small facts by name. Among them `run/<run>` (workflows.ts) and `subscription/<workflow>/<id>` (workflow-subscriptions.ts). */
  meta: { name: string; value: string }
  /** Whole numbers that only grow; a row is also the lock of what it counts (`exclusively` in transact.ts). */
  counters: { name: string; value: number }
  definitions: {
    kind: DefinitionKind
    key: string
    source: Definition['source']
    version: number
    created_at: number
    updated_at: number
    updated_by: string
    body: string
  }
  /** The last version of each key that there ever was, so that none is used twice. */
  definition_versions: { kind: DefinitionKind; key: string; last_version: number }
  /** Each version of what is kept in versions, the present one too; also of keys that are no more. */
  definition_history: {
    kind: VersionedKind
    key: string
    version: number
    source: Definition['source']
    updated_at: number
    updated_by: string
    body: string
  }
  secrets: { name: string; ciphertext: string; updated_at: number }
  group_runs: {
    id: string
    group_key: string
    trigger: Trigger
    started_by: string | null
    due_at: number | null
    state: GroupRun['state']
    started_at: number
    ended_at: number | null
  }
  group_ticks: { group_key: string; last_at: number }
  workflows: {
    id: string
    orchestration: string
    state: WorkflowState
    trigger: Trigger
    started_by: string | null
    group_run: string | null
    run_id: string | null
    attempt: number
    requested_at: number
    started_at: number | null
    ended_at: number | null
    /** The code in `problem`, for searching. */
    problem_code: string | null
    request: string
    launched: string
    tasks: string
    row_counts: string | null
    problem: string | null
  }
  notifications: {
    id: string
    about: string
    event: string
    severity: Notification['severity']
    orchestration: string | null
    workflow: string | null
    title: string
    text: string
    link: string | null
    at: number
    read_at: number | null
  }
  dispatches: {
    id: string
    notification: string
    /** When the notification was, which is what lists are ordered by. */
    at: number
    channel: string
    target: string
    state: Dispatch['state']
    attempts: number
    next_at: number
    last_error: string | null
    sent_at: number | null
  }
  users: {
    id: string
    email: string
    name: string
    /** Empty: there is none. */
    password_hash: string
    state: User['state']
    policies: string
    options: string
    issuer: string | null
    subject: string | null
    version: number
    created_at: number
    last_seen_at: number | null
  }
  sessions: {
    id: string
    user_id: string
    csrf: string
    created_at: number
    expires_at: number
    address: string
    agent: string
  }
  /** One-time links; the id is the digest of the token. */
  links: {
    id: string
    kind: Link['kind']
    about: string
    created_by: string
    created_at: number
    expires_at: number
    used_at: number | null
    detail: string
  }
  api_keys: {
    id: string
    name: string
    user_id: string
    hash: string
    scopes: string
    created_at: number
    expires_at: number | null
    last_used_at: number | null
  }
  answers: {
    actor: string
    key: string
    request: string
    status: number | null
    body: string | null
    at: number
  }
  activity: {
    id: string
    at: number
    actor: string
    actor_name: string
    action: string
    object: string
    allowed: number
    detail: string
    address: string
    agent: string
  }
  column_tags: { table_key: string; column_name: string; pii: number; by: string; at: number }
}

export type Database = Kysely<Tables>

/** The states of a workflow that has not come to its end. */
export const unendedStates = ['waiting', 'running', 'stopping'] as const satisfies readonly WorkflowHeader['state'][]

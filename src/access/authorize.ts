import { type Json, Problem } from '../problem.ts'

/** What may be done, as `resource:verb`. Every entrance to the service names the one it needs. */
export const actions = {
  'project:read': 'See what is defined: tables, queries, and how things are connected.',
  'segment:read': 'See segments, their SQL and how many people they have.',
  'segment:write': 'Add, change and delete segments.',
  'query:write': 'Add, change, activate and delete queries and attributes tables.',
  'query:run': 'Run queries and see their rows.',
  'project:apply': 'Bring deskside.yml to the server.',
  'column:tag': 'Say which columns are personal.',
  'table:upload': 'Upload CSV files as tables, replace their content, and delete them.',
  'credential:read': 'See credentials without their secrets.',
  'credential:write': 'Add, change and delete credentials, and make links by which somebody else enters a secret.',
  'destination:read': 'See destinations.',
  'destination:write': 'Add, change, clone and delete destinations.',
  'destination:test': 'Test the connection of a destination.',
  'destination:forget': 'Forget what was delivered to an account.',
  'destination:fields': "Create and change an account's user fields.",
  'destination:admin_only': 'See and use destinations that are for administrators only.',
  'orchestration:read': 'See orchestrations and groups.',
  'orchestration:write': 'Add, change and delete orchestrations and groups.',
  'orchestration:run': 'Plan and run orchestrations and groups.',
  'workflow:read': 'See workflows and their plans.',
  'workflow:control': 'Stop, resolve and approve workflows.',
  'person:read': 'See people: records, plans row by row, the history of one person.',
  'pii:read': 'See personal values; without it they are hidden wherever people are shown.',
  'pii:send': 'Send personal values to any destination; without it only to those that allow it.',
  'data:download': 'Download rows and the activity log as files.',
  'notification:read': 'See notifications.',
  'notification:write': 'Change channels and subscriptions.',
  'activity:read': 'See the activity log.',
  'key:write': 'Make and delete API keys of one’s own, with no more rights than one has.',
  'key:administer': 'See and delete the API keys of everybody.',
  'user:read': 'See users and what they may do.',
  'user:write': 'Invite, change, disable and delete users who may do no more than oneself, and set up single sign-on.',
  'server:read': 'See health, figures and the state of the server.',
  'server:maintain': 'Back up, rotate the key, and change settings of the server.',
} as const satisfies Record<string, string>

export type Action = keyof typeof actions

export const allActions = Object.keys(actions) as Action[]

/** What people do with their own sign-in. It needs no right, and is written down like everything else. */
export const ownActs = {
  'session:begin': 'Sign in.',
  'session:use': 'Ask with a session, or for what only users who are signed in have.',
  'session:end': 'Sign out, or end another session of one’s own.',
  'password:change': 'Change one’s own password.',
  'password:set': 'Set a password by a one-time link.',
} as const satisfies Record<string, string>

/** What a line of the activity log can be about. */
export type Act = Action | keyof typeof ownActs

export function isAction(text: string): text is Action {
  return Object.hasOwn(actions, text)
}

/** Where a request came from, for the activity log. */
export interface Via {
  /** Network address. */
  address: string
  /** What the program calls itself; at most 200 characters. */
  agent: string
}

/**
 * Who asks. `cli` is a command on the same machine that could read the token in `.deskside/server.json`. A key may do what its scopes name and
 * its owner may do at this moment; `owner` is null for keys that were made on the machine of the server.
 */
export type Actor =
  | { kind: 'user'; id: string; email: string; may: ReadonlySet<Action>; via?: Via }
  | { kind: 'key'; id: string; name: string; owner: string | null; may: ReadonlySet<Action>; via?: Via }
  | { kind: 'cli'; id: 'cli'; via?: Via }
  | { kind: 'system'; id: 'system' }

/** Somebody who has not shown who they are. */
export interface Nobody {
  kind: 'nobody'
  id: 'nobody'
  via: Via
}

export type UserActor = Extract<Actor, { kind: 'user' }>
export type KeyActor = Extract<Actor, { kind: 'key' }>

/** `<kind>/<key>`, or a kind alone. */
export type ObjectName = string

export interface Attempt {
  actor: Actor | Nobody
  action: Act
  object: ObjectName
  allowed: boolean
}

/** Writes a line of the activity log. `detail` names objects, ids and fields, never people's data or secrets. */
export type Note = (attempt: Attempt, detail?: { [key: string]: Json }) => Promise<void>

/**
 * Whether doing this leaves a line. Looking at things leaves none; looking at people does, so that it can be said who has seen them.
 */
export function isLogged(action: Act): boolean {
  return action === 'person:read' || !action.endsWith(':read')
}

/** Deny unless something allows: the machine's owner and the server itself may everything, everybody else what was given to them. */
export function mayDo(actor: Actor, action: Action): boolean {
  switch (actor.kind) {
    case 'cli':
    case 'system':
      return true
    case 'user':
    case 'key':
      return actor.may.has(action)
    default:
      return actor satisfies never
  }
}

/** How an actor is written down. */
export function actorId(actor: Actor | Nobody): string {
  return actor.kind === 'key' || actor.kind === 'user' ? `${actor.kind}/${actor.id}` : actor.id
}

/** How people call an actor. */
export function actorName(actor: Actor | Nobody): string {
  switch (actor.kind) {
    case 'user':
      return actor.email
    case 'key':
      return `API key "${actor.name}"`
    case 'cli':
      return 'command line'
    case 'system':
      return 'Deskside'
    case 'nobody':
      return 'somebody unknown'
    default:
      return actor satisfies never
  }
}

/** `lacking`: rights without which the action would go beyond what the actor has. */
export function denied(actor: Actor, action: Action, object: ObjectName, lacking: readonly Action[] = []): Problem {
  const reason = lacking.length === 0 ? action : `${action} beyond one's own rights: ${lacking.join(', ')}`
  return new Problem('access.denied', {
    message: `Access denied: ${actorName(actor)} may not do this (${reason}).`,
    data: { action, object, ...(lacking.length > 0 && { lacking: [...lacking] }) },
  })
}

import { Problem } from '../problem.ts'

/** What may be done, as `resource:verb`. Every entrance to the service names the one it needs. */
export const actions = {
  'project:read': 'See what is defined: tables, queries, and how things are connected.',
  'project:apply': 'Bring deskside.yml to the server.',
  'column:tag': 'Say which columns are personal.',
  'credential:read': 'See credentials without their secrets.',
  'credential:write': 'Add, change and delete credentials.',
  'destination:read': 'See destinations.',
  'destination:write': 'Add, change, clone and delete destinations.',
  'destination:test': 'Test the connection of a destination.',
  'destination:forget': 'Forget what was delivered to an account.',
  'destination:fields': "Create and change an account's user fields.",
  'orchestration:read': 'See orchestrations and groups.',
  'orchestration:write': 'Add, change and delete orchestrations and groups.',
  'orchestration:run': 'Plan and run orchestrations and groups.',
  'workflow:read': 'See workflows and their plans.',
  'workflow:control': 'Stop, resolve and approve workflows.',
  'person:read': 'See people: records, plans row by row, the history of one person.',
  'notification:read': 'See notifications.',
  'notification:write': 'Change channels and subscriptions.',
  'activity:read': 'See the activity log.',
  'key:write': 'Make and delete API keys.',
  'server:read': 'See health, figures and the state of the server.',
  'server:maintain': 'Back up, rotate the key, and change settings of the server.',
} as const satisfies Record<string, string>

export type Action = keyof typeof actions

/** Who asks. `cli` is a command on the same machine that could read the token in `.deskside/server.json`. */
export type Actor =
  | { kind: 'admin'; id: string; email: string }
  | { kind: 'key'; id: string; name: string; scopes: readonly string[] }
  | { kind: 'cli'; id: 'cli' }
  | { kind: 'system'; id: 'system' }

/** `<kind>/<key>`, or a kind alone. */
export type ObjectName = string

export interface Attempt {
  actor: Actor
  action: Action
  object: ObjectName
  allowed: boolean
}

/** Deny unless something allows: the administrator, the machine's owner and the server itself may everything, a key what its scopes name. */
export function mayDo(actor: Actor, action: Action): boolean {
  switch (actor.kind) {
    case 'admin':
    case 'cli':
    case 'system':
      return true
    case 'key':
      return actor.scopes.includes(action)
    default:
      return actor satisfies never
  }
}

/** Throws `access.denied`; `note` hears of every attempt that is worth a line in the activity log. */
export function authorize(
  actor: Actor,
  action: Action,
  object: ObjectName,
  note: (attempt: Attempt) => void = () => {},
): void {
  const allowed = mayDo(actor, action)
  if (!allowed || !action.endsWith(':read')) note({ actor, action, object, allowed })
  if (allowed) return
  throw new Problem('access.denied', {
    message: `${actor.kind === 'key' ? `The API key "${actor.name}"` : actor.id} may not do this (${action}).`,
    data: { action, object },
  })
}

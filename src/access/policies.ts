import { Problem } from '../problem.ts'
import { type Action, allActions, isAction } from './authorize.ts'

interface Policy {
  name: string
  /** What people with it do, in a sentence. */
  description: string
  actions: readonly Action[]
}

interface Option {
  name: string
  description: string
  /** A deny always wins, whatever policies and other options allow. */
  effect: 'allow' | 'deny'
  actions: readonly Action[]
}

const readingAsAnalyst = [
  'project:read',
  'segment:read',
  'destination:read',
  'orchestration:read',
  'workflow:read',
  'person:read',
  'pii:read',
  'notification:read',
] as const satisfies readonly Action[]

const readingAsOperator = [
  ...readingAsAnalyst,
  'credential:read',
  'destination:admin_only',
  'activity:read',
  'server:read',
] as const satisfies readonly Action[]

const readingAsMarketer = [
  'project:read',
  'segment:read',
  'destination:read',
  'workflow:read',
  'pii:read',
  'notification:read',
] as const satisfies readonly Action[]

const sending = ['pii:send', 'data:download', 'notification:write'] as const satisfies readonly Action[]

/** What users are: each has at least one of these; what no policy names, nobody may do. */
export const policies = {
  datagrid_administrator: {
    name: 'DataGrid Administrator',
    description: 'Everything, users and keys included.',
    actions: allActions,
  },
  datagrid_operator: {
    name: 'DataGrid Operator',
    description: 'Sets up and runs everything: credentials, destinations, orchestrations, workflows.',
    actions: [
      ...readingAsOperator,
      ...sending,
      'project:apply',
      'column:tag',
      'table:upload',
      'query:write',
      'query:run',
      'segment:write',
      'credential:write',
      'destination:write',
      'destination:test',
      'destination:forget',
      'destination:fields',
      'orchestration:write',
      'orchestration:run',
      'workflow:control',
    ],
  },
  amp360_user: {
    name: 'Amp360 User',
    description: 'Works with SQL, and defines and runs orchestrations to destinations that are there.',
    actions: [
      ...readingAsAnalyst,
      ...sending,
      'table:upload',
      'query:write',
      'query:run',
      'segment:write',
      'destination:test',
      'orchestration:write',
      'orchestration:run',
      'workflow:control',
    ],
  },
  ampiq_user: {
    name: 'AmpIQ User',
    description: 'Works with segments and uploaded lists, and sees how sending goes.',
    actions: [...readingAsMarketer, ...sending, 'table:upload', 'segment:write'],
  },
  datagrid_operator_read_only: {
    name: 'DataGrid Operator (read-only)',
    description: 'Sees what an operator sees and changes nothing.',
    actions: readingAsOperator,
  },
  amp360_user_read_only: {
    name: 'Amp360 User (read-only)',
    description: 'Sees what an Amp360 User sees and changes nothing.',
    actions: readingAsAnalyst,
  },
  ampiq_user_read_only: {
    name: 'AmpIQ User (read-only)',
    description: 'Sees what an AmpIQ User sees and changes nothing.',
    actions: readingAsMarketer,
  },
} as const satisfies Record<string, Policy>

export type PolicyKey = keyof typeof policies

/** What is given to, or taken from, one user beside the policies. */
export const options = {
  restrict_pii: {
    name: 'Restrict PII access',
    description: 'Personal values are hidden everywhere, and are sent only to destinations that allow it.',
    effect: 'deny',
    actions: ['pii:read', 'pii:send'],
  },
  restrict_downloads: {
    name: 'Restrict downloads',
    description: 'Nothing is downloaded as a file.',
    effect: 'deny',
    actions: ['data:download'],
  },
  restrict_uploads: {
    name: 'Restrict uploads',
    description: 'No file is uploaded, replaced or deleted.',
    effect: 'deny',
    actions: ['table:upload'],
  },
  restrict_data_exports: {
    name: 'Restrict data exports',
    description: 'Nothing is sent: no orchestration is run, and no workflow goes on.',
    effect: 'deny',
    actions: ['orchestration:run', 'workflow:control', 'pii:send'],
  },
  allow_user_administration: {
    name: 'Allow user administration',
    description: 'Invites and changes users who may do no more than oneself, and sets up single sign-on.',
    effect: 'allow',
    actions: ['user:read', 'user:write'],
  },
  allow_api_key_administration: {
    name: 'Allow API key administration',
    description: 'Makes API keys with rights of one’s own, and sees and deletes those of everybody.',
    effect: 'allow',
    actions: ['key:write', 'key:administer'],
  },
} as const satisfies Record<string, Option>

export type OptionKey = keyof typeof options

/** What a user was given. */
export interface Grants {
  policies: readonly PolicyKey[]
  options: readonly OptionKey[]
}

/** Grants as texts that came from outside. Throws `definition.invalid` with every mistake. */
export function readGrants(given: { policies: readonly string[]; options: readonly string[] }): Grants {
  const unknown = (known: object, names: readonly string[]) => names.filter((name) => !Object.hasOwn(known, name))
  const mistakes = [
    ...unknown(policies, given.policies).map((name) => ({ field: 'policies', message: `There is no policy ${name}.` })),
    ...unknown(options, given.options).map((name) => ({ field: 'options', message: `There is no option ${name}.` })),
    ...(given.policies.length === 0 ? [{ field: 'policies', message: 'A user needs at least one policy.' }] : []),
  ]
  if (mistakes.length > 0) {
    throw new Problem('definition.invalid', {
      message: mistakes.map(({ message }) => message).join(' '),
      fix: `Policies are ${Object.keys(policies).join(', ')}; options are ${Object.keys(options).join(', ')}.`,
      data: { mistakes },
    })
  }
  return {
    policies: [...new Set(given.policies)] as PolicyKey[],
    options: [...new Set(given.options)] as OptionKey[],
  }
}

/** Grants as the store has them. What this release does not know allows nothing. */
export function grantsOf(stored: { policies: readonly string[]; options: readonly string[] }): Grants {
  return {
    policies: stored.policies.filter((key) => Object.hasOwn(policies, key)) as PolicyKey[],
    options: stored.options.filter((key) => Object.hasOwn(options, key)) as OptionKey[],
  }
}

/** What somebody with these grants may do: the sum of what is allowed, without anything that is denied. */
export function rightsOf(grants: Grants): ReadonlySet<Action> {
  const chosen = grants.options.map((key) => options[key])
  const by = (effect: Option['effect']) => chosen.flatMap((one) => (one.effect === effect ? one.actions : []))
  const allowed = new Set<Action>([...grants.policies.flatMap((key) => policies[key].actions), ...by('allow')])
  for (const action of by('deny')) allowed.delete(action)
  return allowed
}

/** What a key may do: its scopes, as far as its owner has them at this moment. `owner` null: the machine's owner, who has everything. */
export function rightsOfKey(scopes: readonly string[], owner: ReadonlySet<Action> | null): ReadonlySet<Action> {
  return new Set(scopes.filter(isAction).filter((action) => owner === null || owner.has(action)))
}

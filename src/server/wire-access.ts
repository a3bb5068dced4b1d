import { z } from 'zod'
import { grantsOf, type OptionKey, options, type PolicyKey, policies, rightsOf } from '../access/policies.ts'
import type { AskedHandOver, Keys, MadeLink, ShownHandOver, ShownUser } from '../control/control.ts'
import type { ActivityEntry } from '../store/store.ts'
import type { OwnSession } from './access.ts'
import { actionName, iso, isoOrNull, jsonObject, keyText, moment, text } from './wire.ts'

export const apiKey = z
  .object({
    id: z.string(),
    name: z.string(),
    user: z.string(),
    scopes: z.array(z.string()),
    created_at: z.string(),
    expires_at: z.string().nullable(),
    last_used_at: z.string().nullable(),
  })
  .meta({ id: 'ApiKey' })

export function apiKeyWire(key: Awaited<ReturnType<Keys['list']>>[number]): z.output<typeof apiKey> {
  const { id, name, user, scopes } = key
  return {
    id,
    name,
    user,
    scopes,
    created_at: iso(key.createdAt),
    expires_at: isoOrNull(key.expiresAt),
    last_used_at: isoOrNull(key.lastUsedAt),
  }
}

export const newKey = z.strictObject({
  name: text,
  scopes: z.array(actionName).min(1).max(100).describe('The actions that the key may do.'),
  expires_at: moment.nullable().default(null),
})

export const activityEntry = z
  .object({
    id: z.string(),
    at: z.string(),
    actor: z.string(),
    actor_name: z.string().describe('What the actor was called at that time.'),
    action: z.string(),
    object: z.string(),
    allowed: z.boolean(),
    detail: jsonObject,
    address: z.string().describe('Network address of the request.'),
    agent: z.string().describe('What the program called itself.'),
  })
  .meta({ id: 'ActivityEntry' })

export function activityWire(entry: ActivityEntry): z.output<typeof activityEntry> {
  const { at, actorName, ...fields } = entry
  return { ...fields, at: iso(at), actor_name: actorName }
}

export const ownSession = z
  .object({
    id: z.string(),
    created_at: z.string(),
    expires_at: z.string(),
    address: z.string(),
    agent: z.string(),
    is_this: z.boolean().describe('The session that asks.'),
  })
  .meta({ id: 'OwnSession' })

export function ownSessionWire(session: OwnSession): z.output<typeof ownSession> {
  const { id, address, agent, isThis } = session
  const times = { created_at: iso(session.createdAt), expires_at: iso(session.expiresAt) }
  return { id, ...times, address, agent, is_this: isThis }
}

const policyName = z.enum(Object.keys(policies) as [PolicyKey, ...PolicyKey[]])
const optionName = z.enum(Object.keys(options) as [OptionKey, ...OptionKey[]])

export const user = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    state: z.enum(['active', 'disabled']),
    policies: z.array(z.string()),
    options: z.array(z.string()),
    may: z.array(actionName).describe('What policies and options come to; nothing for who is disabled.'),
    has_password: z.boolean(),
    single_sign_on: z.string().nullable().describe('The issuer who says who this is.'),
    link_until: z.string().nullable().describe('Until when a link for a password is open.'),
    created_at: z.string(),
    last_seen_at: z.string().nullable(),
    version: z.int(),
  })
  .meta({ id: 'User' })

export function userWire(one: ShownUser): z.output<typeof user> {
  const { id, email, name, state, policies, options, version } = one
  return {
    ...{ id, email, name, state, policies, options, version },
    may: state === 'disabled' ? [] : [...rightsOf(grantsOf(one))],
    has_password: one.hasPassword,
    single_sign_on: one.identity?.issuer ?? null,
    link_until: isoOrNull(one.linkUntil),
    created_at: iso(one.createdAt),
    last_seen_at: isoOrNull(one.lastSeenAt),
  }
}

const grants = {
  name: z.string().max(200).default(''),
  policies: z.array(policyName).min(1).max(20),
  options: z.array(optionName).max(20).default([]),
}

export const newUser = z.strictObject({ email: z.string().min(1).max(320), ...grants })
export const changedUser = z.strictObject({ ...grants, state: z.enum(['active', 'disabled']).default('active') })

export const link = z
  .object({
    kind: z.enum(['invitation', 'reset']),
    token: z.string().nullable().describe('Shown this once; null in the answer to a repeated request.'),
    path: z.string().nullable().describe('Where it leads on this server.'),
    expires_at: z.string(),
  })
  .meta({ id: 'Link', description: 'A link for one use, to be handed to one person.' })

export function linkWire({ kind, token, expiresAt }: MadeLink): z.output<typeof link> {
  return { kind, token, path: `/${kind}#${token}`, expires_at: iso(expiresAt) }
}

const account = z
  .strictObject({
    subdomain: z.string().min(1).max(63),
    base_url: z.string().max(300).optional().describe('Of an emulator or a proxy.'),
  })
  .describe('Account at which a credential is tried that no destination uses yet.')

export const newHandOver = z.strictObject({
  credential: z.string().min(1).max(64).nullable().default(null).describe('Of which the secret is to be replaced.'),
  body: jsonObject
    .nullable()
    .default(null)
    .describe('Of a credential that is to be made: type, name, and the fields that are known; never a secret.'),
  key: keyText.optional().describe('Of a credential that is to be made; made of its name where it is not given.'),
  account: account.nullable().default(null),
  hours: z.int().min(1).max(336).default(72).describe('How long the link is good for.'),
  note: z.string().max(1_000).default('').describe('For the person who opens the link.'),
})

export const handOver = z
  .object({
    id: z.string(),
    credential: z.string(),
    is_new: z.boolean(),
    type_name: z.string(),
    name: z.string(),
    account: account.nullable(),
    note: z.string(),
    asked_by: z.string(),
    failures: z.int().describe('Tests that have failed.'),
    state: z.enum(['open', 'used', 'over']),
    created_at: z.string(),
    expires_at: z.string(),
  })
  .meta({ id: 'HandOver', description: 'A link by which somebody else enters a secret.' })

export function handOverWire(one: ShownHandOver): z.output<typeof handOver> {
  const { id, credential, name, account, note, failures, state } = one
  return {
    ...{ id, credential, is_new: one.isNew, type_name: one.typeName, name, account, note, asked_by: one.askedBy },
    ...{ failures, state, created_at: iso(one.createdAt), expires_at: iso(one.expiresAt) },
  }
}

export const askedHandOver = z.object({
  project: z.string(),
  asked_by: z.string().describe('Empty: the owner of the server.'),
  type_name: z.string(),
  name: z.string(),
  is_new: z.boolean(),
  fields: z.array(z.object({ field: z.string(), title: z.string(), secret: z.boolean() })),
  accounts: z.array(z.string()).describe('Hosts at which it is tried before it is saved.'),
  note: z.string(),
  expires_at: z.string(),
})

export function askedHandOverWire(asked: AskedHandOver): z.output<typeof askedHandOver> {
  const { project, name, accounts, note } = asked
  return {
    ...{ project, asked_by: asked.askedBy, type_name: asked.typeName, name, is_new: asked.isNew, accounts, note },
    fields: asked.fields.map(({ field, title, isSecret }) => ({ field, title, secret: isSecret })),
    expires_at: iso(asked.expiresAt),
  }
}

export const policyList = z
  .object({
    policies: z.array(
      z.object({ key: policyName, name: z.string(), description: z.string(), actions: z.array(actionName) }),
    ),
    options: z.array(
      z.object({
        key: optionName,
        name: z.string(),
        description: z.string(),
        effect: z.enum(['allow', 'deny']),
        actions: z.array(actionName),
      }),
    ),
  })
  .meta({ id: 'Policies' })

export function policyListWire(): z.output<typeof policyList> {
  const entries = <K extends string, T>(known: Record<K, T>) => Object.entries(known) as [K, T][]
  return {
    policies: entries<PolicyKey, (typeof policies)[PolicyKey]>(policies).map(([key, one]) => ({
      ...one,
      key,
      actions: [...one.actions],
    })),
    options: entries<OptionKey, (typeof options)[OptionKey]>(options).map(([key, one]) => ({
      ...one,
      key,
      actions: [...one.actions],
    })),
  }
}

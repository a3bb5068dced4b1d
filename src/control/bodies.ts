import type { z } from 'zod'
import {
  mistakesOf,
  queryDraftBody,
  storedAttributesTableBody,
  storedQueryBody,
  storedSegmentBody,
} from '../audience/segment-body.ts'
import { zendeskCredential, zendeskSettings } from '../destination/zendesk/settings.ts'
import { type Json, Problem } from '../problem.ts'
import { groupBody } from '../project/group-body.ts'
import { orchestration } from '../project/schema.ts'
import { secretFields } from '../project/stored.ts'
import type { EditableKind } from './control.ts'
import { channelBody, channelSecrets } from './notify/channel-body.ts'
import { subscriptionBody } from './notify/subscription-body.ts'
import { identityProviderBody } from './sso/provider-body.ts'

/** What people send of an object: the body to be stored, and its secrets, which are stored apart. */
export interface Parsed {
  body: { [key: string]: Json }
  /** Field -> text, of those that were sent. */
  secrets: Record<string, string>
}

/** How a kind is checked; `secret` names its secret fields, `known` those that are set already. */
interface Shape {
  schema: z.ZodType
  secret: (body: { [key: string]: Json }) => readonly string[]
}

const shapes: Record<EditableKind, Shape> = {
  credential: { schema: zendeskCredential, secret: (body) => secretFields(body.type) },
  destination: { schema: zendeskSettings, secret: () => [] },
  orchestration: { schema: orchestration, secret: () => [] },
  query: { schema: storedQueryBody, secret: () => [] },
  query_draft: { schema: queryDraftBody, secret: () => [] },
  attributes_table: { schema: storedAttributesTableBody, secret: () => [] },
  segment: { schema: storedSegmentBody, secret: () => [] },
  group: { schema: groupBody, secret: () => [] },
  channel: { schema: channelBody, secret: ({ type }) => secretsOfChannel(type) },
  subscription: { schema: subscriptionBody, secret: () => [] },
  identity_provider: { schema: identityProviderBody, secret: () => ['client_secret'] },
}

/** What every object has, such as `toString`, is no type. */
function secretsOfChannel(type: Json | undefined): readonly string[] {
  const isKnown = typeof type === 'string' && Object.hasOwn(channelSecrets, type)
  return isKnown ? channelSecrets[type as keyof typeof channelSecrets] : []
}

/** Stands in for a secret that is set already and was not sent again, so that the rest can be checked. */
const kept = 'x'

/**
 * Checks what was sent for an object. A secret that `known` names may be left out, and stays. Throws `definition.invalid` with every mistake
 * and its place.
 */
export function parseBody(kind: EditableKind, input: { [key: string]: Json }, known: readonly string[]): Parsed {
  const { schema, secret } = shapes[kind]
  const fields = secret(input)
  const whole = { ...input }
  for (const field of fields) if (whole[field] === undefined && known.includes(field)) whole[field] = kept
  if (kind === 'channel') assertChannelSecrets(input, fields, known)
  // The body of a channel names no secret; that of a credential does.
  if (kind === 'credential') assertNoVariable(input, fields)
  const parsed = schema.safeParse(kind === 'channel' ? without(input, fields) : whole)
  if (!parsed.success) throw invalid(kind, parsed.error.issues)
  const body: { [key: string]: Json } = {}
  const secrets: Record<string, string> = {}
  for (const [name, value] of Object.entries(input)) {
    if (!fields.includes(name)) body[name] = value
    else if (typeof value === 'string') secrets[name] = value
  }
  return { body, secrets }
}

/** A variable would be one of the server's environment, which is its owner's to name, in deskside.yml. Secrets stand as they are sent. */
function assertNoVariable(input: { [key: string]: Json }, secret: readonly string[]): void {
  const names = Object.entries(input).flatMap(([name, value]) =>
    typeof value === 'string' && value.includes('${') && !secret.includes(name) ? [name] : [],
  )
  if (names.length === 0) return
  throw new Problem('definition.invalid', {
    message: `The credential is not valid: ${names.map((name) => `${name} must not hold \${`).join('; ')}.`,
    fix: 'Write the value itself. Variables of the environment are named in deskside.yml.',
    data: { problems: names.map((path) => ({ path, message: 'must not hold ${' })) },
  })
}

/** Names of the fields whose values differ, in order. */
export function changedFields(before: { [key: string]: Json }, after: { [key: string]: Json }): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name])).sort()
}

function without(input: { [key: string]: Json }, fields: readonly string[]): { [key: string]: Json } {
  return Object.fromEntries(Object.entries(input).filter(([name]) => !fields.includes(name)))
}

/** A channel's secrets are texts, and all there, but for the password of a mail server that wants none. */
function assertChannelSecrets(
  input: { [key: string]: Json },
  fields: readonly string[],
  known: readonly string[],
): void {
  const isMissing = (field: string) => input[field] === undefined && !known.includes(field)
  const problems = fields
    .filter((field) => (field === 'password' ? input.user !== undefined && isMissing(field) : isMissing(field)))
    .map((path) => ({
      path,
      message: path === 'password' ? 'is missing; when the mail server changes, it is needed again' : 'is missing',
    }))
  for (const field of fields) {
    const value = input[field]
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      problems.push({ path: field, message: 'must be text that is not empty' })
  }
  if (problems.length === 0) return
  throw new Problem('definition.invalid', {
    message: `The channel is not valid: ${problems.map(({ path, message }) => `${path} ${message}`).join('; ')}.`,
    data: { problems },
  })
}

function invalid(kind: EditableKind, issues: readonly z.core.$ZodIssue[]): Problem {
  const problems = mistakesOf(issues).map((mistake) => ({ ...mistake }))
  const listed = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
  return new Problem('definition.invalid', { message: `The ${kind} is not valid: ${listed}.`, data: { problems } })
}

/** A key made of a name: `Zendesk - Users` becomes `zendesk_users`; numbered when it is taken. */
export function keyFrom(name: string, isTaken: (key: string) => boolean): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^[_0-9]+|_+$/g, '')
    .slice(0, 56)
  const base = plain === '' ? 'object' : plain
  if (!isTaken(base)) return base
  for (let n = 2; ; n += 1) if (!isTaken(`${base}_${n}`)) return `${base}_${n}`
}

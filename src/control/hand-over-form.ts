import { zendeskCredential } from '../destination/zendesk/settings.ts'
import { type Json, Problem } from '../problem.ts'
import { secretFields } from '../project/stored.ts'
import type { NewHandOver } from './control.ts'

/** A field that the person who opens the link fills in. */
export interface AskedField {
  field: string
  /** As people call it. */
  title: string
  isSecret: boolean
}

type Body = { [key: string]: Json }

/** How the types of credentials and their fields are called in Zendesk. */
const typeNames: Record<string, string> = {
  zendesk_oauth: 'Zendesk OAuth client',
  zendesk: 'Zendesk API token',
}
const fieldTitles: Record<string, string> = {
  client_id: 'Unique identifier (client id)',
  client_secret: 'Client secret',
  email: 'E-mail address of the Zendesk user',
  api_token: 'API token',
}

/** Longer than any secret of Zendesk. */
const LONGEST_VALUE = 1_000
const LONGEST_NOTE = 1_000

/** What a type of credential is called. */
export function typeNameOf(type: Json | undefined): string {
  return (typeof type === 'string' && typeNames[type]) || String(type)
}

/** What a field is called where people copy it from; null for those that every object has. */
export function fieldTitleOf(field: string): string | null {
  return fieldTitles[field] ?? null
}

/** The secret fields of a credential that is there. */
export function secretsAsked(type: Json | undefined): AskedField[] {
  return secretFields(type).map((field) => asked(field, true))
}

/** What a new credential still needs: the fields of its type that are not in `body`, and its secrets. */
export function fieldsAsked(body: Body): AskedField[] {
  const secrets = secretFields(body.type)
  const needed = Object.entries(shapeOf(body.type)?.shape ?? {})
    .filter(([, schema]) => !schema.isOptional())
    .map(([field]) => field)
  return needed
    .filter((field) => secrets.includes(field) || body[field] === undefined)
    .map((field) => asked(field, secrets.includes(field)))
}

function asked(field: string, isSecret: boolean): AskedField {
  return { field, title: fieldTitles[field] ?? field, isSecret }
}

function shapeOf(type: Json | undefined) {
  return zendeskCredential.options.find(({ shape }) => shape.type.value === type)
}

/**
 * The part of a new credential that its operator knows: type and name, and further fields but for secrets, which nobody but the person with
 * the link is to have. Throws `definition.invalid` with every mistake.
 */
export function assertKnownPart(body: Body): void {
  const shape = shapeOf(body.type)
  if (shape === undefined) {
    throw invalid([{ path: 'type', message: `must be one of ${Object.keys(typeNames).join(', ')}` }])
  }
  const secrets = secretFields(body.type)
  const given = secrets.filter((field) => body[field] !== undefined)
  const problems = given.map((path) => ({ path, message: 'is entered by the person who opens the link' }))
  if (typeof body.name !== 'string' || body.name.trim() === '')
    problems.push({ path: 'name', message: 'is missing: the person who opens the link reads it' })
  const known = Object.fromEntries(Object.entries(body).filter(([field]) => !secrets.includes(field)))
  for (const [path, value] of Object.entries(known))
    if (typeof value === 'string' && value.includes('${')) problems.push({ path, message: 'must not hold ${' })
  const left = fieldsAsked(body).map(({ field }) => field)
  for (const { path, message } of shape.safeParse(known).error?.issues ?? []) {
    if (left.includes(String(path[0]))) continue
    problems.push({ path: path.join('.'), message: message.replace(/^Invalid input: /, '') })
  }
  if (problems.length > 0) throw invalid(problems)
}

/** One credential, that is there or is to be made, and a note that somebody reads. Throws `definition.invalid`. */
export function assertOne({ credential, body, key, note }: NewHandOver): void {
  const problems = []
  if (credential !== null && (body !== null || key !== undefined))
    problems.push({ path: 'credential', message: 'is there already, so body and key are not for it' })
  if (note.length > LONGEST_NOTE) problems.push({ path: 'note', message: `has more than ${LONGEST_NOTE} characters` })
  if (problems.length > 0) throw invalid(problems)
}

/**
 * What was entered, each of the asked fields and nothing else. A `${` would name a variable of the server's environment, which is not for
 * strangers. Throws `definition.invalid` with every mistake and its field, never with a value.
 */
export function readEntered(asked: readonly AskedField[], given: Readonly<Record<string, string>>): Body {
  const names = asked.map(({ field }) => field)
  const problems = Object.keys(given)
    .filter((field) => !names.includes(field))
    .map(() => ({ path: '', message: 'holds a field that is not asked for' }))
  const body: Body = {}
  for (const { field } of asked) {
    const value = Object.hasOwn(given, field) ? (given[field] as string).trim() : ''
    body[field] = value
    if (value === '') problems.push({ path: field, message: 'is missing' })
    else if (value.length > LONGEST_VALUE) problems.push({ path: field, message: 'is too long' })
    else if (value.includes('${')) problems.push({ path: field, message: 'must not hold ${' })
  }
  if (problems.length > 0) throw invalid(problems)
  return body
}

function invalid(problems: { path: string; message: string }[]): Problem {
  const listed = problems.map(({ path, message }) => (path === '' ? message : `${path} ${message}`)).join('; ')
  return new Problem('definition.invalid', {
    message: `This cannot be taken: ${listed}.`,
    data: { problems },
  })
}

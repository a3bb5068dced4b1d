/**
 * The type check of user objects. It runs before any job exists, and one mistyped cell fails the whole request (zenpy #578):
 * `users.0.id must be an integer`. Types and null come from OAS UserCreateInput and UserMergeInput.
 * Assumption: what the OAS does not call nullable is refused as null, as `id` was seen to be.
 */
import { invalidAttribute, type Reply, tooManyUsers } from './reply.ts'

/** A user object of a request, checked. */
export type Row = Readonly<Record<string, unknown>>

interface Rule {
  accepts: (value: unknown) => boolean
  rule: string
  isNullable: boolean
}

const isText = (value: unknown): boolean => typeof value === 'string'
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)
const isTextList = (value: unknown): boolean => Array.isArray(value) && value.every(isText)
const isIntegerList = (value: unknown): boolean => Array.isArray(value) && value.every(Number.isInteger)
// Assumption: Rails spells booleans in several ways, and a parameter check of theirs takes them all.
const booleans: readonly unknown[] = [true, false, 'true', 'false', '1', '0', 1, 0]

const text: Omit<Rule, 'isNullable'> = { accepts: isText, rule: 'must be a string' }
const integer: Omit<Rule, 'isNullable'> = { accepts: Number.isInteger, rule: 'must be an integer' }
const flag: Omit<Rule, 'isNullable'> = { accepts: (value) => booleans.includes(value), rule: 'must be a boolean' }
const object: Omit<Rule, 'isNullable'> = { accepts: isObject, rule: 'must be an object' }
const textList: Omit<Rule, 'isNullable'> = { accepts: isTextList, rule: 'must be an array' }
const integerList: Omit<Rule, 'isNullable'> = { accepts: isIntegerList, rule: 'must be an array' }

const rules = new Map<string, Rule>()
function declare(rule: Omit<Rule, 'isNullable'>, isNullable: boolean, names: string): void {
  for (const name of names.split(' ')) rules.set(name, { ...rule, isNullable })
}
// ZENPY: a blank id is accepted and ignored.
declare({ ...integer, accepts: (value) => value === '' || Number.isInteger(value) }, false, 'id')
declare(text, false, 'name email role password')
declare(
  text,
  true,
  'external_id alias details notes phone locale language organization_name remote_photo_url signature ticket_restriction',
)
declare(text, true, 'time_zone')
declare(integer, true, 'custom_role_id default_group_id group_id locale_id organization_id active_brand_id')
declare(flag, true, 'moderator only_private_comments shared_phone_number skip_verify_email suspended verified')
declare(textList, true, 'tags')
declare(integerList, true, 'organization_ids')
declare(integerList, false, 'group_ids agent_brand_ids')
declare({ ...textList, accepts: (value) => Array.isArray(value) && value.every(isObject) }, false, 'identities')
declare(object, true, 'user_fields')
declare(object, false, 'organization separation')

/** `true` in any of the spellings that the check lets pass; `undefined` when absent or null. */
export function readFlag(value: unknown): boolean | undefined {
  if (value === undefined || value === null) return undefined
  return value === true || value === 'true' || value === '1' || value === 1
}

/** BCP-47, as far as Zendesk's locales need it. */
export function isLanguageTag(locale: unknown): locale is string {
  return typeof locale === 'string' && /^[a-z]{2,3}(-[A-Za-z0-9]+)*$/.test(locale)
}

/** `organization: {name}`, or the deprecated key (OAS); undefined when it is blank. */
export function organizationNameOf(row: Row): string | undefined {
  const name = (row.organization as { name?: unknown } | undefined)?.name ?? row.organization_name
  return typeof name === 'string' && name.trim() !== '' ? name : undefined
}

/** The refusal of one user object, or undefined. Keys that Zendesk does not know are collected: ignored, not an error (ZENPY). */
export function checkRow(row: unknown, path: string, endpoint: string, unknownKeys: string[]): Reply | undefined {
  if (!isObject(row)) return invalidAttribute(path, 'must be an object', endpoint)
  for (const key in row as object) {
    const rule = rules.get(key)
    if (!rule) {
      if (unknownKeys.length < 20) unknownKeys.push(`${path}.${key.slice(0, 64)}`)
      continue
    }
    const value = (row as Row)[key]
    if (value === null ? !rule.isNullable : !rule.accepts(value)) {
      return invalidAttribute(`${path}.${key}`, rule.rule, endpoint)
    }
  }
  return undefined
}

/** The rows of `{"users": [...]}`, or the refusal of the whole request. */
export function checkRows(body: unknown, endpoint: string, unknownKeys: string[]): Row[] | Reply {
  const users = isObject(body) ? (body as { users?: unknown }).users : undefined
  // Inferred: replies to absent, empty or unreadable `users` are unseen; 400 fits the family.
  if (!Array.isArray(users)) return invalidAttribute('users', 'must be an array', endpoint)
  if (users.length === 0) return invalidAttribute('users', 'must not be empty', endpoint)
  if (users.length > 100) return tooManyUsers()
  for (let index = 0; index < users.length; index++) {
    const refusal = checkRow(users[index], `users.${index}`, endpoint, unknownKeys)
    if (refusal) return refusal
  }
  return users
}

/** The header that tells of ignored keys (ZENPY). */
export function warningHeader(unknownKeys: readonly string[], action: string): Record<string, string> {
  if (unknownKeys.length === 0) return {}
  const keys = unknownKeys.map((key) => JSON.stringify(key.replace(/[^\x20-\x7e]/g, '?'))).join(', ')
  const value = `{:allowed_parameters=>{:controller=>"users", :action=>"${action}", :unpermitted_keys=>[${keys}], :invalid_values=>[]}}`
  return { 'x-zendesk-api-warn': value }
}

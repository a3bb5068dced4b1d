/** What a test may turn on an emulated account. Every setting is plain JSON, so it can also be seeded over HTTP. */
import { isLanguageTag } from './attributes.ts'
import { defaultReadings, type Readings, readings } from './readings.ts'
import { type Locale, locales } from './wording.ts'

/** Requests per minute of each plan (DOC-RL). `unlimited` is ours: no limit, and no rate-limit headers. */
export const requestsPerMinute = {
  team: 200,
  growth: 400,
  professional: 400,
  enterprise: 700,
  enterprise_plus: 2500,
  unlimited: Number.POSITIVE_INFINITY,
} as const

export type Plan = keyof typeof requestsPerMinute

/** `agent` may manage end users; `agent_without_rights` and `end-user` get 403 where Zendesk gives it. */
const apiUserRoles = ['admin', 'agent', 'agent_without_rights', 'end-user'] as const
export type ApiUserRole = (typeof apiUserRoles)[number]

export interface Settings extends Readings {
  plan: Plan
  /** Queue and work time of a job, drawn evenly; `realistic` follows the recordings (2-6 s for a row, 7-12 s for 100). */
  jobLatencyMs: readonly [min: number, max: number] | 'realistic'
  /** Zendesk Customer Support has enabled bulk user import. Off answers 403, as every new account does. */
  bulkImport: boolean
  /** Life of an access token that did not ask for `expires_in`. */
  tokenLifetimeMs: number
  /** Of the account's requests in each minute, those that other clients have made when it begins. */
  othersRequests: number
  /** Added to every answer, control calls apart. */
  requestLatencyMs: number
  /** Jobs queued or working at once. */
  jobLimit: number
  /** How long a finished job can be queried. */
  jobRetentionMs: number
  /** 5 a minute for one user and 1 request a second on the singular upsert. They hold on every plan. */
  singularUpsertLimits: boolean
  apiUserRole: ApiUserRole
  /** The API user's language, which the words of record errors follow (JINMU); their codes do not. */
  locale: Locale
  /** The address belongs to no account: everything is a 404 that is no API JSON. */
  unknownSubdomain: boolean
  /** "Also send a verification email when a new user is created by an agent or administrator". */
  agentCreatedWelcomeEmails: boolean
  endUserPhoneNumberValidation: boolean
  tagging: boolean
  /** Urls in bodies: where the emulator was reached, so that a client can follow them; or Zendesk's name of the account. */
  links: 'reached' | 'canonical'
  /** How long users/search and users/autocomplete go on finding a user by what he was, in whole seconds. Seeded users are found at once. */
  searchLagMs: number
  /** Languages of the account (DOC-USERS: a user's is one of them). */
  enabledLocales: readonly string[]
  /** A user may belong to more than one organisation (DOC). */
  multipleOrganizations: boolean
  /** Agents and admins that the plan has room for; one more is MaxAgentExceeded (RB #465). */
  agentSeats: number
  /** Users that can be deleted for good in 10 minutes. */
  permanentDeletionLimit: number
}

export const defaultSettings: Settings = {
  ...defaultReadings,
  plan: 'enterprise',
  jobLatencyMs: 'realistic',
  bulkImport: true,
  tokenLifetimeMs: 30 * 60_000, // 2nd OAUTH: clients created from 2026-04-30 get 30 minutes
  othersRequests: 0,
  requestLatencyMs: 0,
  jobLimit: 30, // DOC-RL
  jobRetentionMs: 24 * 3_600_000, // DOC-JOBS
  singularUpsertLimits: true,
  apiUserRole: 'admin',
  locale: 'en-US',
  unknownSubdomain: false,
  agentCreatedWelcomeEmails: true,
  endUserPhoneNumberValidation: false,
  tagging: true,
  links: 'reached',
  searchLagMs: 60_000, // 2nd: up to a couple of minutes
  enabledLocales: ['en-US', 'en-GB', 'de', 'fr', 'es', 'it', 'nl', 'pl', 'pt-BR', 'ja', 'ko', 'zh-CN'],
  multipleOrganizations: true,
  agentSeats: 1000,
  permanentDeletionLimit: 700, // DOC-RL
}

const listed: { readonly [name: string]: readonly unknown[] } = {
  ...readings,
  plan: Object.keys(requestsPerMinute),
  apiUserRole: apiUserRoles,
  locale: locales,
  links: ['reached', 'canonical'],
}

/** Why a setting does not take the value, or undefined. */
function refusalOf(name: keyof Settings, value: unknown): string | undefined {
  const legal = listed[name]
  if (legal) return legal.includes(value) ? undefined : `one of ${legal.join(', ')}`
  const isCount = (given: unknown): boolean => typeof given === 'number' && given >= 0
  if (name === 'jobLatencyMs') {
    const isRange = Array.isArray(value) && value.length === 2 && value.every(isCount) && value[0] <= value[1]
    return value === 'realistic' || isRange ? undefined : '"realistic" or [least, most] in milliseconds'
  }
  if (name === 'enabledLocales') {
    return Array.isArray(value) && value.every(isLanguageTag) ? undefined : 'a list of language tags'
  }
  if (typeof defaultSettings[name] === 'boolean') return typeof value === 'boolean' ? undefined : 'true or false'
  return isCount(value) ? undefined : 'a number that is not negative'
}

/** The settings among `values`; a name or value the emulator does not know is a TypeError with the legal ones, never ignored. */
export function pickSettings(values: object): Partial<Settings> {
  const picked: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(values)) {
    if (!Object.hasOwn(defaultSettings, name)) {
      throw new TypeError(`The emulator has no setting \`${name}\`; it has ${Object.keys(defaultSettings).join(', ')}.`)
    }
    if (value === undefined) continue
    const refusal = refusalOf(name as keyof Settings, value)
    if (refusal !== undefined) {
      throw new TypeError(`The setting \`${name}\` is ${refusal}, not ${JSON.stringify(value)}.`)
    }
    picked[name] = value
  }
  return picked as Partial<Settings>
}

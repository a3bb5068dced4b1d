/** What a test may turn on an emulated account. Every setting is plain JSON, so it can also be seeded over HTTP. */

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
export type ApiUserRole = 'admin' | 'agent' | 'agent_without_rights' | 'end-user'

export interface Settings {
  plan: Plan
  /** Queue and work time of a job, drawn evenly; `realistic` follows the recordings (2-6 s for a row, 7-12 s for 100). */
  jobLatencyMs: readonly [min: number, max: number] | 'realistic'
  /** Zendesk Customer Support has enabled bulk user import. Off answers 403, as every new account does. */
  bulkImport: boolean
  /** Life of an access token that did not ask for `expires_in`. */
  tokenLifetimeMs: number
  /** Added to every answer, control calls apart. */
  requestLatencyMs: number
  /** Jobs queued or working at once. */
  jobLimit: number
  /** How long a finished job can be queried. */
  jobRetentionMs: number
  /** Not documented by Zendesk; a client must not depend on it. */
  tooManyJobsStatus: number
  /** 5 a minute for one user and 1 request a second on the singular upsert. They hold on every plan. */
  singularUpsertLimits: boolean
  apiUserRole: ApiUserRole
  /** A wrong API token reads as an anonymous 200 on users/me (recorded Oct 2023) instead of 401 (Aug 2026). */
  anonymousOnBadToken: boolean
  /** The external_id is new, but the e-mail belongs to a user with another one. Zendesk's answer is not known. */
  externalIdOnEmailMatch: 'overwrite' | 'refuse'
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
  /** Users that can be deleted for good in 10 minutes. */
  permanentDeletionLimit: number
}

export const defaultSettings: Settings = {
  plan: 'enterprise',
  jobLatencyMs: 'realistic',
  bulkImport: true,
  tokenLifetimeMs: 30 * 60_000, // 2nd OAUTH: clients created from 2026-04-30 get 30 minutes
  requestLatencyMs: 0,
  jobLimit: 30, // DOC-RL
  jobRetentionMs: 24 * 3_600_000, // DOC-JOBS
  tooManyJobsStatus: 429,
  singularUpsertLimits: true,
  apiUserRole: 'admin',
  anonymousOnBadToken: false,
  externalIdOnEmailMatch: 'overwrite',
  unknownSubdomain: false,
  agentCreatedWelcomeEmails: true,
  endUserPhoneNumberValidation: false,
  tagging: true,
  links: 'reached',
  searchLagMs: 60_000, // 2nd: up to a couple of minutes
  permanentDeletionLimit: 700, // DOC-RL
}

/** The settings among `values`; a name or plan the emulator does not know is an error, never ignored. */
export function pickSettings(values: object): Partial<Settings> {
  const picked: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(values)) {
    if (name in defaultSettings) {
      if (value !== undefined) picked[name] = value
    } else {
      throw new TypeError(`The emulator has no setting \`${name}\`; it has ${Object.keys(defaultSettings).join(', ')}.`)
    }
  }
  const plan = picked.plan
  if (plan !== undefined && !(String(plan) in requestsPerMinute)) {
    throw new TypeError(`The emulator has no plan \`${plan}\`; it has ${Object.keys(requestsPerMinute).join(', ')}.`)
  }
  return picked as Partial<Settings>
}

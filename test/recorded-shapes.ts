/** Records as they were seen in real accounts, as shapes. Short names of sources are explained in docs/emulator.md. */
import type { ObjectShape, Shape } from './shape.ts'

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const url = (path: string): RegExp => new RegExp(`^https?://[^/]+/api/v2/${path}\\.json$`)

/** The first 16 keys of a user, which end users see too. */
const publicUser: ObjectShape = {
  id: 'integer',
  url: url('users/\\d+'),
  name: 'string',
  email: 'string|null',
  created_at: time,
  updated_at: time,
  time_zone: 'string',
  iana_time_zone: 'string',
  phone: 'string|null',
  shared_phone_number: 'boolean|null',
  photo: 'object|null',
  locale_id: 'integer',
  locale: 'string',
  organization_id: 'integer|null',
  role: /^(end-user|agent|admin)$/,
  verified: 'boolean',
}

const innerUser: ObjectShape = {
  external_id: 'string|null',
  tags: 'array',
  alias: 'string|null',
  active: 'boolean',
  shared: 'boolean',
  shared_agent: 'boolean',
  last_login_at: 'string|null',
  two_factor_auth_enabled: 'boolean|null',
  signature: 'string|null',
  details: 'string|null',
  notes: 'string|null',
  role_type: 'integer|null',
  custom_role_id: 'integer|null',
  moderator: 'boolean',
  ticket_restriction: 'string|null',
  only_private_comments: 'boolean',
  restricted_agent: 'boolean',
  suspended: 'boolean',
  default_group_id: 'integer|null',
  report_csv: 'boolean',
  user_fields: 'object',
}

/** ZENPY: all 37 keys, in their order. */
export const user: ObjectShape = { ...publicUser, ...innerUser }

/** NODEZ: what users/me says; the token stands after the keys that everybody sees. */
export const ownUser: ObjectShape = { ...publicUser, authenticity_token: 'string', ...innerUser }

/** NODEZ: users/me without credentials, as a 200. */
export const anonymousUser: ObjectShape = {
  ...publicUser,
  id: 'null',
  url: 'null',
  name: { is: 'Anonymous user' },
  email: { is: 'invalid@example.com' },
  created_at: 'null',
  updated_at: 'null',
  verified: { is: false },
  authenticity_token: 'string',
}

/** ZENPY, in incremental exports. */
export const exportedUser: ObjectShape = { ...user, permanently_deleted: 'boolean' }

/** GRP; `verification_method` and `verified_at` are newer (DOC-IDENT). The last two were seen on addresses. */
export const identity: ObjectShape = {
  url: url('users/\\d+/identities/\\d+'),
  id: 'integer',
  user_id: 'integer',
  type: 'string',
  value: 'string',
  verified: 'boolean',
  primary: 'boolean',
  'verification_method?': 'string',
  'verified_at?': 'string|null',
  'brand_id?': 'integer|null',
  created_at: time,
  updated_at: time,
  'undeliverable_count?': 'integer',
  'deliverable_state?': 'string',
}

/** RUDDER, GRP: what every type of field has. */
export const userField: ObjectShape = {
  url: url('user_fields/\\d+'),
  id: 'integer',
  type: 'string',
  key: 'string',
  title: 'string',
  description: 'string',
  raw_title: 'string',
  raw_description: 'string',
  position: 'integer',
  active: 'boolean',
  system: 'boolean',
  regexp_for_validation: 'string|null',
  created_at: time,
  updated_at: time,
}

/** RUDDER, GRP. */
export const checkboxField: ObjectShape = { ...userField, type: { is: 'checkbox' }, tag: 'string|null' }

/** RUDDER, GRP. */
export const dropdownField: ObjectShape = {
  ...userField,
  type: { is: 'dropdown' },
  custom_field_options: [{ id: 'integer', name: 'string', raw_name: 'string', value: 'string' }],
}

/** GRP, ZENPY: the expression of a date field, letter for letter. */
export const dateField: ObjectShape = {
  ...userField,
  type: { is: 'date' },
  regexp_for_validation: { is: '\\A([0-9]{4})-(1[0-2]|0[1-9])-(3[01]|[12][0-9]|0[1-9])\\z' },
}

/** RUDDER, ZENPY, NODEZ. */
export const organization: ObjectShape = {
  url: url('organizations/\\d+'),
  id: 'integer',
  name: 'string',
  shared_tickets: 'boolean',
  shared_comments: 'boolean',
  external_id: 'string|null',
  created_at: time,
  updated_at: time,
  domain_names: 'array',
  details: 'string|null',
  notes: 'string|null',
  group_id: 'integer|null',
  tags: 'array',
  organization_fields: 'object',
}

/** ZENPY; `job_type` after `id` since December 2023 (JINMU). */
export const job = (more: { progress: Shape; status: string; message: Shape; results: Shape }): ObjectShape => ({
  job_status: {
    id: /^V3-[0-9a-f]{32}$/,
    'job_type?': 'string',
    url: url('job_statuses/V3-[0-9a-f]{32}'),
    total: 'integer',
    progress: more.progress,
    status: { is: more.status },
    message: more.message,
    results: more.results,
  },
})

/** ZENPY: before any work was done. */
export const queuedJob: ObjectShape = job({ progress: 'null', status: 'queued', message: 'null', results: 'null' })

/** ZENPY: the words of a job that has ended. */
export const endedJob = (results: Shape): ObjectShape =>
  job({
    progress: 'integer',
    status: 'completed',
    message: /^Completed at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000$/,
    results,
  })

/** ZENPY, NODEZ. */
export const offsetPage = (name: string, record: Shape): ObjectShape => ({
  [name]: [record],
  next_page: 'string|null',
  previous_page: 'string|null',
  count: 'integer',
})

/** ZENPY, NODEZ. The cursor is base64 of `{"o":"id","v":"…"}`. */
export const cursorPage = (name: string, record: Shape): ObjectShape => ({
  [name]: [record],
  meta: { has_more: 'boolean', after_cursor: /^eyJvIjoi/, before_cursor: /^eyJvIjoi/ },
  links: { prev: /page(%5B|\[)before/, next: /page(%5B|\[)after/ },
})

export const refusal = (error: string, description: string): ObjectShape => ({
  error: { is: error },
  description: { is: description },
})

/** zenpy #578, PHP #515. */
export const invalidAttribute = (attribute: string, rule: string, endpoint: string): ObjectShape => ({
  error: {
    title: { is: 'Invalid attribute' },
    message: {
      is: `You passed an invalid value for the ${attribute} attribute. Invalid parameter: ${attribute} ${rule} from ${endpoint}`,
    },
  },
})

/** GRP, PHP, JINMU: one reason of a 422. Some have no code. */
export const invalidRecord = (attribute: string, description: string, error?: string): ObjectShape => ({
  error: { is: 'RecordInvalid' },
  description: { is: 'Record validation errors' },
  details: {
    [attribute]: [{ description: { is: description }, ...(error === undefined ? {} : { error: { is: error } }) }],
  },
})

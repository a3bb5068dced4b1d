import { z } from 'zod'
import { Secret } from '../../config.ts'
import { userFieldSettings } from './field-settings.ts'

/** A stray line break or space around a copied secret would otherwise show as a refused sign-in, or break a header. */
const secret = z
  .string()
  .min(1)
  .regex(/^[\x21-\x7e]+$/, 'must be plain characters without spaces or line breaks; was one copied along?')
  .transform((text) => new Secret(text))

/** Credential types of Zendesk. OAuth comes first: Zendesk issues no API tokens since 2026-10-27 and ends them on 2027-04-30. */
export const zendeskCredential = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('zendesk_oauth'),
    name: z.string().optional(),
    description: z.string().optional(),
    client_id: z.string().min(1),
    client_secret: secret,
  }),
  z.strictObject({
    type: z.literal('zendesk'),
    name: z.string().optional(),
    description: z.string().optional(),
    email: z.string().regex(/^[^\s@]+@[^\s@/]+$/, 'must be the e-mail address of the user alone, without /token'),
    api_token: secret,
  }),
])

const none = z.literal('none').transform(() => null)
const percent = z.number().min(0).max(100)
const count = z.int().min(0)

const limits = z.strictObject({
  users_per_second: z
    .union([z.number().positive().max(100_000), none])
    .prefault(100)
    .describe('People sent a second at most; `none` lifts it.'),
  jobs_in_flight: z
    .union([z.int().min(1).max(30), none])
    .prefault(15)
    .describe('Import jobs at a time; Zendesk allows 30 for the whole account.'),
  api_budget: z
    .union([z.number().positive().max(1), none])
    .prefault(0.5)
    .describe('Share of the requests that the account allows a minute.'),
})

const guards = z.strictObject({
  empty_source: z.enum(['stop', 'allow']).default('stop').describe('What to do when the query gives no rows.'),
  max_changed_percent: z
    .union([percent, none])
    .prefault('none')
    .describe('Stop when more than this share of the people delivered before would change.'),
  max_created: z.union([count, none]).prefault('none').describe('Stop when more people than this would be created.'),
  max_cleared: z.union([count, none]).prefault('none').describe('Stop when more values than this would be cleared.'),
  max_exits_percent: z
    .union([percent, none])
    .prefault(10)
    .describe("Stop when more than this share of the orchestration's people would leave."),
})

/** What the source may do to a field that the account holds a value in. */
const ownership = z.enum(['source', 'fill_if_empty'])

/** Attributes that travel with the user; what needs a request of its own has a setting of its own. */
const owned = [
  ...['name', 'phone', 'alias', 'details', 'notes', 'signature', 'locale', 'time_zone', 'remote_photo_url'],
  ...['shared_phone_number', 'suspended', 'verified'],
]

const ownedAttribute = z
  .string()
  .regex(new RegExp(`^(?:${owned.join('|')}|user_fields\\.\\S+)$`), `must be ${owned.join(', ')} or user_fields.<key>`)
  .meta({ title: 'Attribute', examples: owned })

const ownTags = z
  .strictObject(
    {
      own: z
        .string()
        .regex(/^[^\s,]+$/, 'must be one or more characters without blanks and commas, such as crm_')
        .describe('Tags that begin so are ours: those that the query does not give are taken away.')
        .meta({ title: 'Prefix' }),
    },
    { error: (issue) => (issue.code === 'invalid_type' ? 'must be a map { own: <prefix> }' : undefined) },
  )
  .meta({ title: 'Replace those with a prefix' })

/** What becomes of tags, organisations, addresses, numbers and people; each default destroys nothing. */
const changes = {
  email_change: z
    .enum(['add_secondary', 'replace_primary', 'keep'])
    .default('add_secondary')
    .describe('What becomes of a new e-mail address of a known person.'),
  phone_change: z
    .enum(['add_secondary', 'replace_primary', 'keep'])
    .default('add_secondary')
    .describe('What becomes of a new phone number of a known person.'),
  tags: z
    .union([z.literal('add'), z.literal('replace'), none, ownTags])
    .prefault('none')
    .describe('How a column `tags` is sent: added, in place of all tags, or in place of those with a prefix.'),
  organizations: z
    .union([z.literal('add'), z.literal('create'), none])
    .prefault('none')
    .describe(
      'How a column with an organization is sent: people are added to it; `create` makes it where it is missing.',
    ),
  field_ownership: z
    .union([
      ownership,
      z.record(ownedAttribute, ownership.meta({ title: 'Ownership' })).meta({ title: 'By attribute' }),
    ])
    .default('source')
    .describe(
      'Whether the source replaces values that the account holds, or fills empty ones only; for all or by attribute.',
    ),
  on_exit: z
    .enum(['nothing', 'clear_fields', 'remove_tags', 'suspend', 'delete'])
    .default('nothing')
    .describe('What becomes of people who have left the result.'),
  live: z
    .enum(['off', 'first_contact', 'always'])
    .default('off')
    .describe('Whose data are read from the account before something is sent.'),
  confirm: z
    .enum(['none', 'sample', 'all'])
    .default('sample')
    .describe('Who is read back after delivery; `sample` reads 100 people with one request.'),
}

/** Settings of a destination with `plugin: zendesk`. `null` stands for `none`. */
export const zendeskSettings = z.strictObject({
  plugin: z.literal('zendesk'),
  name: z.string().optional(),
  description: z.string().optional(),
  credential: z.string().describe('Key of a credential.'),
  admin_only: z
    .boolean()
    .default(false)
    .describe('In a server, only operators and administrators see and use this destination.'),
  limited_pii: z
    .boolean()
    .default(false)
    .describe('In a server, users with restricted access to personal values may send to this destination too.'),
  /** A DNS label; checked before any URL is built. */
  subdomain: z
    .string()
    .regex(
      /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/,
      'must be the part before .zendesk.com: letters, digits and hyphens',
    ),
  base_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Address of an emulator or a proxy; by default https://<subdomain>.zendesk.com.'),
  limits: limits.prefault({}),
  /** ISO 3166 code; national phone numbers are read by it. */
  default_country: z
    .union([none, z.string().regex(/^[A-Z]{2}$/, 'must be a two-letter ISO country code such as US')])
    .prefault('none'),
  country_column: z
    .union([none, z.string().min(1)])
    .prefault('none')
    .describe('Column of the query with the ISO country code by which a national phone number of the row is read.'),
  mark_verified: z
    .boolean()
    .default(false)
    .describe('Create and update people as verified where the query has no column `verified`.'),
  email_conflicts: z
    .enum(['reject', 'omit_email'])
    .default('reject')
    .describe('What becomes of a row whose e-mail address belongs to another person.'),
  invalid_values: z
    .enum(['omit', 'reject'])
    .default('omit')
    .describe('Whether an optional value that cannot be made valid is left out, or rejects its row.'),
  unknown_fields: z
    .enum(['error', 'ignore'])
    .default('error')
    .describe('What to do with a column user_fields.<key> that the account does not have.'),
  protect_agents: z.boolean().default(true).describe('Never touch people who are agents or admins of the account.'),
  without_bulk_import: z
    .enum(['stop', 'one_by_one'])
    .default('stop')
    .describe('What to do when the account may not import users in bulk: stop, or send one person a second.'),
  ...changes,
  guards: guards.prefault({}),
  user_fields: userFieldSettings,
})

export type ZendeskCredential = z.output<typeof zendeskCredential>
export type ZendeskSettings = z.output<typeof zendeskSettings>

import { z } from 'zod'
import type { Action } from '../../access/authorize.ts'
import { type Grants, type OptionKey, options, type PolicyKey, policies, rightsOf } from '../../access/policies.ts'
import { type Json, Problem } from '../../problem.ts'

const policy = z.enum(Object.keys(policies) as [PolicyKey, ...PolicyKey[]])
const option = z.enum(Object.keys(options) as [OptionKey, ...OptionKey[]])
const text = z.string().min(1).max(500)

/** An issuer is compared character by character (OpenID Connect Discovery 4.3), so nothing of it is repaired. */
const issuer = z
  .string()
  .max(500)
  .superRefine((given, context) => {
    const mistake = issuerMistake(given)
    if (mistake !== null) context.addIssue({ code: 'custom', message: mistake })
  })

function issuerMistake(given: string): string | null {
  const url = URL.parse(given)
  if (url === null || !/^https?:\/\/[\x21-\x7e]+$/.test(given)) return 'must be a URL such as https://id.example.com'
  if (url.username !== '' || url.password !== '') return 'must not hold a user or a password'
  if (/[?#]/.test(given)) return 'must have neither ? nor #'
  if (given.includes('/.well-known/')) return 'must be the issuer alone, without /.well-known/...'
  return null
}

const mapping = z
  .strictObject({
    group: text.describe('As the groups claim has it, in upper and lower case as there.'),
    policies: z.array(policy).max(20).default([]),
    options: z.array(option).max(20).default([]),
  })
  .refine((one) => one.policies.length + one.options.length > 0, 'must give a policy or an option')

const settings = z.strictObject({
  name: z.string().min(1).max(200).describe('What people read on the page that signs in.'),
  description: z.string().optional().describe('For people.'),
  issuer: issuer.describe('As the provider itself says it.'),
  client_id: text,
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, 'must be one word'))
    .max(20)
    .refine((scopes) => scopes.includes('openid'), 'must include openid')
    .default(['openid', 'email', 'profile']),
  groups_claim: text.default('groups').describe('Claim that holds the groups, a list of texts.'),
  mappings: z.array(mapping).max(500).default([]),
  default_policies: z
    .union([z.array(policy).max(20), z.literal('none').transform((): PolicyKey[] => [])])
    .prefault('none')
    .describe('What those get whose groups give no policy.'),
  email_domains: z
    .array(
      z
        .string()
        .max(253)
        .regex(
          /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/,
          'must be a domain in lower case',
        ),
    )
    .min(1)
    .max(100)
    .optional()
    .describe('Only people with a verified address in one of these sign in.'),
})

/** Body of a definition of kind `identity_provider` as people send it. */
export const identityProviderBody = settings.extend({
  client_secret: z
    .string({ error: 'is missing; when the issuer changes, it is needed again' })
    .max(2_000)
    .regex(/^[\x21-\x7e]+$/, 'must be plain characters without spaces or line breaks; was one copied along?'),
})

/** How an identity provider is set up, but for its secret. */
export type ProviderSettings = z.output<typeof settings>

/** A body as it is stored. Throws `access.provider_unreachable` for one that only another release understands. */
export function readProvider(key: string, body: { [key: string]: Json }): ProviderSettings {
  const parsed = settings.safeParse(body)
  if (parsed.success) return parsed.data
  const places = [...new Set(parsed.error.issues.map(({ path }) => path.join('.')))].join(', ')
  throw new Problem('access.provider_unreachable', {
    message: `The identity provider ${key} cannot be used: its definition is not valid (${places}).`,
    fix: 'Let an administrator save the identity provider again.',
  })
}

/** What people of these groups get; their policies are empty when neither a mapping nor a default gives one. */
export function mappedGrants(
  { mappings, default_policies }: Pick<ProviderSettings, 'mappings' | 'default_policies'>,
  groups: readonly string[],
): Grants {
  const given = mappings.filter(({ group }) => groups.includes(group))
  const fromGroups = given.flatMap((one) => one.policies)
  return {
    policies: [...new Set(fromGroups.length > 0 ? fromGroups : default_policies)],
    options: [...new Set(given.flatMap((one) => one.options))],
  }
}

/**
 * Every right that somebody can get through this provider. Together mappings give no more than what each gives alone: what is allowed adds up, and
 * a deny takes from all of it.
 */
export function rightsGiven({
  mappings,
  default_policies,
}: Pick<ProviderSettings, 'mappings' | 'default_policies'>): ReadonlySet<Action> {
  const grants: Grants[] = [...mappings, { policies: default_policies, options: [] }]
  return new Set(grants.flatMap((one) => [...rightsOf(one)]))
}

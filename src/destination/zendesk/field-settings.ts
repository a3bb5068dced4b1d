import { z } from 'zod'

/**
 * `user_fields` of a destination: the user fields that the account should have, by key. Types, keys and attributes are Zendesk's:
 * https://developer.zendesk.com/api-reference/ticketing/users/user_fields/
 */

const key = z
  .string()
  .regex(/^(?![0-9]+$)[A-Za-z0-9_]+$/, 'must be letters, digits and underscores, and not digits alone')
  .meta({ title: 'Key' })

/** Zendesk trims such texts, so that one with blanks around it would differ for ever. */
const label = z
  .string()
  .min(1)
  .regex(/^\S(?:[\s\S]*\S)?$/, 'must not begin or end with a blank')

const common = {
  title: label.describe('What agents read.'),
  description: z.string().optional().describe('What agents read below it; left alone when it is not given.'),
  active: z.boolean().default(true).describe('Whether the field is in use; false hides it and keeps its values.'),
}

/** The value of an option is also a tag of the people who have it, and tags hold no blanks. */
const options = z
  .record(
    z.string().regex(/^\S+$/, 'must be the value of an option: not empty, without blanks').meta({ title: 'Value' }),
    label.describe('What agents read.').meta({ title: 'Title' }),
  )
  .refine((all) => Object.keys(all).length > 0, 'must have at least one option')
  .describe('Options: what is sent as the value of the field -> what agents read.')

const userField = z.discriminatedUnion('type', [
  z.strictObject({ type: z.enum(['text', 'textarea', 'date', 'integer', 'decimal']), ...common }),
  z.strictObject({
    type: z.literal('checkbox'),
    ...common,
    tag: z
      .string()
      .regex(/^\S+$/, 'must be a tag: not empty, without blanks')
      .optional()
      .describe('Tag that a ticked box gives its person; left alone when it is not given.'),
  }),
  z.strictObject({
    type: z.literal('regexp'),
    ...common,
    pattern: z.string().min(1).describe('What values must match, as Ruby writes patterns.'),
  }),
  z.strictObject({ type: z.enum(['dropdown', 'multiselect']), ...common, options }),
  z.strictObject({
    type: z.literal('lookup'),
    ...common,
    relationship_target_type: z
      .string()
      .regex(
        /^zen:(?:user|organization|ticket|custom_object:\w+)$/,
        'must be zen:user, zen:organization, zen:ticket or zen:custom_object:<key>',
      )
      .describe('What the field points to; it cannot be changed later.'),
  }),
])

export const userFieldSettings = z
  .record(key, userField)
  .optional()
  .describe('User fields that the account should have, by key; `deskside fields apply` creates and changes them.')

export type UserFieldSettings = NonNullable<z.output<typeof userFieldSettings>>

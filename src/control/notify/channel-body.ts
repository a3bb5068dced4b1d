import { z } from 'zod'
import { emailAddress } from './subscription-body.ts'

const labels = {
  name: z.string().min(1).max(200).optional().describe('What people read; the key is used where there is none.'),
  description: z.string().optional().describe('For people.'),
}

const smtp = z.strictObject({
  type: z.literal('smtp'),
  host: z
    .string()
    .max(253)
    .regex(
      /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|(?=[0-9A-Fa-f]*:)[0-9A-Fa-f:.]+)$/,
      'must be a host name or IP address',
    )
    .describe('The mail server.'),
  port: z.int().min(1).max(65_535).describe('Usually 465 with `secure: true` and 587 with `secure: false`.'),
  secure: z.boolean().describe('true: TLS from the first byte. false: STARTTLS, which is required when `user` is set.'),
  user: z.string().min(1).max(200).optional().describe('Signs in with the secret `password`.'),
  from: emailAddress.describe('Sender.'),
  ...labels,
})

const slack = z.strictObject({ type: z.literal('slack'), ...labels })
const webhook = z.strictObject({ type: z.literal('webhook'), ...labels })

/** Body of a definition of kind `channel`. Its secrets are apart: {@link channelSecrets} says which there are. */
export const channelBody = z.discriminatedUnion('type', [smtp, slack, webhook])

export type ChannelBody = z.output<typeof channelBody>
export type SmtpBody = z.output<typeof smtp>

/**
 * Names of the secrets of each type, as fields of a request and as the last part of `channel/<key>/<name>`. `token` of a webhook is the key
 * that its requests are signed with. All are required, but the password of a mail server that has no `user`.
 */
export const channelSecrets = {
  smtp: ['password'],
  slack: ['url'],
  webhook: ['url', 'token'],
} as const satisfies Record<ChannelBody['type'], readonly string[]>

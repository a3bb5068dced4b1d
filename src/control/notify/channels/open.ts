import type { Json } from '../../../problem.ts'
import { channelBody, channelSecrets } from '../channel-body.ts'
import type { Channel, Secrets } from './channel.ts'
import type { Outside } from './outside.ts'
import { openSlack } from './slack.ts'
import { openSmtp } from './smtp.ts'
import { openWebhook } from './webhook.ts'

/** The channel of a definition, or half a sentence on why there cannot be one. Opens no connection. */
export function openChannel(
  body: { [key: string]: Json },
  secrets: Secrets,
  outside: Outside,
  now: () => Date,
): Channel | string {
  const parsed = channelBody.safeParse(body)
  if (!parsed.success) {
    const places = parsed.error.issues.map(({ path }) => path.join('.') || 'type')
    return `the definition of the channel is not valid (${[...new Set(places)].join(', ')})`
  }
  const channel = parsed.data
  const secret = (name: string) => (Object.hasOwn(secrets, name) ? secrets[name]! : null)
  const needed = channel.type === 'smtp' && channel.user === undefined ? [] : channelSecrets[channel.type]
  const missing = needed.filter((name) => secret(name) === null)
  if (missing.length > 0) return `the channel has no secret ${missing.join(', ')}`
  switch (channel.type) {
    case 'smtp':
      return openSmtp(channel, { password: secret('password') }, outside)
    case 'slack':
      return openSlack({ url: secret('url')! }, outside)
    case 'webhook':
      return openWebhook({ url: secret('url')!, token: secret('token')! }, outside, now)
    default:
      return channel satisfies never
  }
}

import { createHmac } from 'node:crypto'
import type { Secret } from '../../../config.ts'
import type { Channel, Message } from './channel.ts'
import type { Outside } from './outside.ts'
import { post } from './post.ts'

/**
 * POSTs JSON to an address of the user's. `X-Deskside-Signature` proves who sent it and when, `Idempotency-Key` is the same for every
 * repetition, and so is the body.
 */
export function openWebhook(
  { url, token }: { url: Secret; token: Secret },
  outside: Outside,
  now: () => Date,
): Channel {
  return {
    send(message) {
      const body = JSON.stringify(webhookBody(message))
      const headers = {
        'x-deskside-signature': signature(token, body, now()),
        'idempotency-key': message.id,
      }
      return post(url, { body, headers }, outside)
    },
  }
}

/** What a receiver gets; names are those of the API. */
function webhookBody(message: Message) {
  const { id, event, severity, orchestration, workflow, title, text, link, url, at } = message
  return { id, event, severity, orchestration, workflow, title, text, link, url, at: at.toISOString() }
}

/** `t=<unix seconds>,v1=<hex HMAC-SHA-256 of "<t>.<body>">`. */
function signature(token: Secret, body: string, at: Date): string {
  const seconds = Math.floor(at.getTime() / 1000)
  const digest = createHmac('sha256', token.reveal()).update(`${seconds}.${body}`).digest('hex')
  return `t=${seconds},v1=${digest}`
}

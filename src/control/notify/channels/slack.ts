import type { Secret } from '../../../config.ts'
import type { Channel, Message } from './channel.ts'
import type { Outside } from './outside.ts'
import { post } from './post.ts'

/** Posts to an incoming webhook of Slack, or of what understands the same. */
export function openSlack({ url }: { url: Secret }, outside: Outside): Channel {
  return {
    send: (message) =>
      post(
        url,
        { body: JSON.stringify(slackBody(message)), headers: { 'idempotency-key': message.id }, words: slackWords },
        outside,
      ),
  }
}

/** What Slack says when it refuses; anything else that comes back is not shown. */
const slackWords = [
  'action_prohibited',
  'channel_is_archived',
  'channel_not_found',
  'invalid_payload',
  'invalid_token',
  'no_active_hooks',
  'no_service',
  'no_service_id',
  'no_team',
  'posting_to_general_channel_denied',
  'team_disabled',
  'too_many_attachments',
  'user_not_found',
]

const marks: Record<Message['severity'], string> = {
  info: ':information_source:',
  warning: ':warning:',
  error: ':red_circle:',
  recovery: ':white_check_mark:',
}

/** Slack refuses longer texts. */
const maxText = 2900
const maxTitle = 250

function slackBody({ severity, title, text, url, at }: Message) {
  const heading = `${marks[severity]} *${escapeMrkdwn(title, maxTitle)}*`
  const context = `${at.toISOString()}${url === null ? '' : ` · <${escapeUrl(url)}|Open in Deskside>`}`
  return {
    text: escapeMrkdwn(title, maxTitle),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: heading } },
      { type: 'section', text: { type: 'mrkdwn', text: escapeMrkdwn(text, maxText) } },
      { type: 'context', elements: [{ type: 'mrkdwn', text: context }] },
    ],
  }
}

/**
 * Text that Slack shows as it is. `&`, `<` and `>` are all that must be escaped, which also takes links to people and channels away; an
 * invisible word joiner keeps marks at the edge of a word from formatting it, and codes such as `max_changed` can still be copied.
 */
export function escapeMrkdwn(text: string, limit: number): string {
  const cut = text.length <= limit ? text : `${text.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
  return cut
    .replace(/(?<![\p{L}\p{N}])[*_~`]|[*_~`](?![\p{L}\p{N}])|:(?=[\w+-]+:)/gu, '\u2060$&\u2060')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}

/** A bar or a bracket would end the link. */
function escapeUrl(url: string): string {
  return url.replaceAll('&', '&amp;').replaceAll('<', '%3C').replaceAll('>', '%3E').replaceAll('|', '%7C')
}

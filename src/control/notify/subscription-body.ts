import { z } from 'zod'
import { workflowSubscriptionEvents } from '../../store/store.ts'

/** What a subscription can ask for, with what it means. */
export const eventNames = {
  failed: 'A run ended with an error.',
  stopped: 'A run was stopped.',
  completed_with_alerts: 'A run completed, and some rows were rejected, failed or differ in Zendesk.',
  completed: 'A run completed without alerts. Told only to subscriptions that ask, for every run.',
  recovered: 'The first run that completed without alerts after one that did not.',
  waits_for_approval: 'A guard stopped a run before it sent anything; somebody has to look at the plan.',
  rows_refused: 'The share of failed or of rejected rows is above a threshold.',
  rows_alert: 'The number of rows is beyond a bound at which the orchestration warns, and the run went on.',
  rows_unusual: 'The number of rows is far from normal, which is the median of up to ten completed runs before.',
  runs_long: 'A run has been running for longer than a threshold.',
  upstream_failed: 'A group did not begin because the group that it follows failed.',
  run_skipped: 'A scheduled run was not begun.',
  credential_expires: 'A credential ends soon, or an API token is switched off because nobody uses it.',
  credential_broken: 'A destination does not accept a credential any more.',
  credential_works: 'A credential that was broken works again.',
  credential_handed_over: 'Somebody has entered a credential by a one-time link.',
} as const satisfies Record<string, string>

export type EventName = keyof typeof eventNames

/**
 * The events that are measured against a subscription's thresholds, or that only interest those who ask: they are told, and stored, only when
 * a subscription asks for them.
 */
export const askedOnly: ReadonlySet<EventName> = new Set(['completed', 'rows_refused', 'rows_unusual', 'runs_long'])

const percent = z.number().min(0).max(100)

const runtimeMinutes = z.number().positive().max(100_000).default(120).describe('runs_long: longer than this.')

export const thresholds = z.strictObject({
  failed_percent: percent.default(1).describe('rows_refused: more failed rows than this, in percent of all rows.'),
  rejected_percent: percent.default(5).describe('rows_refused: more rejected rows than this, in percent of all rows.'),
  rows_factor: z
    .number()
    .gt(1)
    .max(1000)
    .default(2)
    .describe('rows_unusual: more rows than normal times this, or fewer than normal divided by this.'),
  runtime_minutes: runtimeMinutes,
})

export type Thresholds = z.output<typeof thresholds>

const eventName = z.enum(Object.keys(eventNames) as [EventName, ...EventName[]])
const text = z.string().min(1).max(200)

/** An address that may stand in the headers of a message: no white space, no list, no comment, no name. */
export const emailAddress = z
  .string()
  .max(254)
  .regex(
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$/,
    'must be one e-mail address such as team@example.com',
  )

const target = z
  .union([emailAddress, z.literal('')])
  .default('')
  .describe('The e-mail address for a channel of type smtp; empty for the others, which know where they send.')

/** A subscription to one workflow. */
export const workflowSubscriptionBody = z.strictObject({
  events: z
    .array(z.enum(workflowSubscriptionEvents))
    .min(1)
    .max(workflowSubscriptionEvents.length)
    .describe('What to tell: how it ends (`succeeded` also with alerts), or that it runs long.'),
  channel: text.describe('Key of a channel.'),
  target,
  runtime_minutes: runtimeMinutes,
})

export type WorkflowSubscriptionBody = z.output<typeof workflowSubscriptionBody>

/** Body of a definition of kind `subscription`: who hears of what, and where. */
export const subscriptionBody = z.strictObject({
  name: text.optional().describe('What people read; the key is used where there is none.'),
  description: z.string().optional().describe('For people.'),
  orchestrations: z
    .union([z.literal('all'), z.array(text).min(1)])
    .describe('Keys of orchestrations, or all. Groups and credentials count as the orchestrations that use them.'),
  events: z.array(eventName).min(1).describe('What to tell.'),
  channel: text.describe('Key of a channel.'),
  target,
  thresholds: thresholds.prefault({}).describe('For the events that are measured.'),
})

export type SubscriptionBody = z.output<typeof subscriptionBody>

import { z } from 'zod'
import type { Figures } from '../control/control.ts'
import type { Dispatch, Notification } from '../store/store.ts'
import { iso, isoOrNull } from './wire.ts'

export const notification = z
  .object({
    id: z.string(),
    event: z.string(),
    severity: z.enum(['info', 'warning', 'error', 'recovery']),
    orchestration: z.string().nullable(),
    workflow: z.string().nullable(),
    title: z.string(),
    text: z.string(),
    link: z.string().nullable(),
    at: z.string(),
    read_at: z.string().nullable(),
  })
  .meta({ id: 'Notification' })

export function notificationWire(one: Notification): z.output<typeof notification> {
  const { id, event, severity, orchestration, workflow, title, text, link } = one
  return {
    id,
    event,
    severity,
    orchestration,
    workflow,
    title,
    text,
    link,
    at: iso(one.at),
    read_at: isoOrNull(one.readAt),
  }
}

export const dispatchStates = ['pending', 'sending', 'sent', 'failed'] as const

export const dispatch = z
  .object({
    id: z.string(),
    notification: z.string(),
    channel: z.string(),
    target: z.string(),
    state: z.enum(dispatchStates),
    attempts: z.int(),
    next_at: z.string(),
    last_error: z.string().nullable(),
    sent_at: z.string().nullable(),
  })
  .meta({ id: 'Dispatch', description: 'A notification on its way through one channel.' })

export function dispatchWire(one: Dispatch): z.output<typeof dispatch> {
  const { id, notification, channel, target, state, attempts } = one
  return {
    id,
    notification,
    channel,
    target,
    state,
    attempts,
    next_at: iso(one.nextAt),
    last_error: one.lastError,
    sent_at: isoOrNull(one.sentAt),
  }
}

export const figures = z
  .object({
    version: z.string(),
    started_at: z.string(),
    workflows: z.object({ waiting: z.int(), running: z.int() }),
    delivered: z.object({ created: z.int(), updated: z.int(), failed: z.int(), rejected: z.int() }),
    requests: z.int().describe('Requests to Zendesk since the start of the process.'),
    orchestrations: z.array(
      z.object({ orchestration: z.string(), state: z.string(), ended_at: z.string().nullable() }),
    ),
  })
  .meta({ id: 'Figures' })

export function figuresWire(figured: Figures): z.output<typeof figures> {
  const { version, workflows, delivered, requests, orchestrations } = figured
  return {
    version,
    started_at: iso(figured.startedAt),
    workflows,
    delivered,
    requests,
    orchestrations: orchestrations.map(({ orchestration, state, endedAt }) => ({
      orchestration,
      state,
      ended_at: isoOrNull(endedAt),
    })),
  }
}

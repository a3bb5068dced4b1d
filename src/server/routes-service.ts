import { z } from 'zod'
import { type Route, route, silentRoute } from './route.ts'
import { byKey, flag, page, paged, pageOf, text } from './wire.ts'
import {
  dispatch,
  dispatchStates,
  dispatchWire,
  figures,
  figuresWire,
  notification,
  notificationWire,
} from './wire-service.ts'

const notificationRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/notifications',
    need: 'notification:read',
    tag: 'notifications',
    summary: 'List notifications, newest first.',
    query: paged({ unread: flag.describe('Only those that nobody has read.') }),
    answer: page(notification).extend({ unread: z.int().describe('How many nobody has read.') }),
    handle: async ({ control, actor, query }) => {
      const { items, next, unread } = await control.notifications.list(actor, {
        ...pageOf(query),
        ...(query.unread && { unread: true }),
      })
      return { items: items.map(notificationWire), next, unread }
    },
  }),
  silentRoute({
    method: 'POST',
    path: '/notifications/read',
    need: 'notification:read',
    tag: 'notifications',
    summary: 'Mark notifications as read.',
    body: z.strictObject({ ids: z.union([z.literal('all'), z.array(text).min(1).max(1_000)]) }),
    handle: ({ control, actor, body }) => control.notifications.markRead(actor, body.ids),
  }),
  route({
    method: 'GET',
    path: '/dispatches',
    need: 'notification:read',
    tag: 'notifications',
    summary: 'List notifications on their way through the channels, newest first.',
    query: paged({ notification: text.optional(), state: z.enum(dispatchStates).optional() }),
    answer: page(dispatch),
    handle: async ({ control, actor, query }) => {
      const { limit, cursor, ...filter } = query
      const { items, next } = await control.notifications.dispatches(actor, filter, pageOf({ limit, cursor }))
      return { items: items.map(dispatchWire), next }
    },
  }),
  route({
    method: 'POST',
    path: '/channels/:key/test',
    need: 'notification:write',
    tag: 'notifications',
    summary: 'Send a test message through a channel.',
    params: byKey,
    body: z.strictObject({ target: z.string().max(1_000).default('').describe('As in a subscription.') }).prefault({}),
    answer: z.object({ sent: z.boolean(), error: z.string().nullable() }),
    problems: ['store.not_found', 'definition.invalid'],
    handle: ({ control, actor, params, body }) => control.notifications.test(actor, params.key, body.target),
  }),
]

const appliedChanges = z
  .object({
    changes: z.array(
      z.object({
        change: z.enum(['create', 'update', 'delete']),
        kind: z.string(),
        key: z.string(),
        fields: z.array(z.string()),
      }),
    ),
    revision: z.int().describe('Of the definitions that these changes were computed against.'),
  })
  .meta({ id: 'AppliedChanges', description: 'What bringing deskside.yml changes.' })

const serverRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/apply',
    need: 'project:read',
    tag: 'server',
    summary: 'Read what bringing deskside.yml would change.',
    answer: appliedChanges,
    problems: ['config.invalid'],
    handle: ({ control, actor }) => control.applied.preview(actor),
  }),
  route({
    method: 'POST',
    path: '/apply',
    need: 'project:apply',
    tag: 'server',
    summary: 'Bring deskside.yml: all changes or none.',
    body: z.strictObject({ revision: z.int().min(0).describe('Of the preview that was looked at.') }),
    answer: appliedChanges,
    problems: ['config.invalid', 'store.conflict', 'definition.in_use'],
    handle: ({ control, actor, body }) => control.applied.apply(actor, body.revision),
  }),
  route({
    method: 'GET',
    path: '/figures',
    need: 'server:read',
    tag: 'server',
    summary: 'Read the figures of the server.',
    answer: figures,
    handle: async ({ control }) => figuresWire(await control.figures()),
  }),
]

/** What people are told, and the server itself. */
export const serviceRoutes: readonly Route[] = [...notificationRoutes, ...serverRoutes]

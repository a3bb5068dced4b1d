import { z } from 'zod'
import type { Actor } from '../access/authorize.ts'
import { actions, mayDo } from '../access/authorize.ts'
import { clearSession, sessionOf, setSession } from './cookies.ts'
import { type Route, route, silentRoute } from './route.ts'
import { actionName, byId, byKey, flag, page, paged, pageOf, text } from './wire.ts'
import {
  activityEntry,
  activityWire,
  apiKey,
  apiKeyWire,
  dispatch,
  dispatchStates,
  dispatchWire,
  figures,
  figuresWire,
  newKey,
  notification,
  notificationWire,
} from './wire-service.ts'

const actor = z
  .object({
    kind: z.enum(['admin', 'key', 'cli', 'system']),
    id: z.string(),
    name: z.string(),
    may: z.array(actionName).describe('What this one may do.'),
  })
  .meta({ id: 'Actor', description: 'Who asks.' })

function actorWire(one: Actor): z.output<typeof actor> {
  const name = one.kind === 'admin' ? one.email : one.kind === 'key' ? one.name : one.id
  const may = actionName.options.filter((action) => mayDo(one, action))
  return { kind: one.kind, id: one.id, name, may }
}

const accessRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/sign-in',
    need: 'nobody',
    tag: 'access',
    summary: 'Sign in as the administrator.',
    description: 'Sets the cookie of the session. Whatever changes something then needs header `x-csrf-token`.',
    body: z.strictObject({ email: z.string().min(1).max(320), password: z.string().min(1).max(1_024) }),
    answer: z.object({ actor, csrf_token: z.string(), expires_at: z.string() }),
    problems: ['access.unauthenticated', 'access.too_many_attempts', 'access.no_administrator'],
    handle: async ({ parts, body, request, reply }) => {
      const signed = await parts.access.signIn({ ...body, address: request.ip })
      setSession(request, reply, signed)
      return {
        actor: actorWire(signed.actor),
        csrf_token: signed.csrf,
        expires_at: signed.expiresAt.toISOString(),
      }
    },
  }),
  silentRoute({
    method: 'POST',
    path: '/sign-out',
    need: 'signed_in',
    tag: 'access',
    summary: 'End the session.',
    handle: async ({ parts, request, reply }) => {
      const session = sessionOf(request)
      if (session !== null) await parts.access.signOut(session)
      clearSession(request, reply)
    },
  }),
  route({
    method: 'GET',
    path: '/me',
    need: 'signed_in',
    tag: 'access',
    summary: 'Read who asks, and what that one may do.',
    answer: actor,
    handle: async (call) => actorWire(call.actor),
  }),
  route({
    method: 'GET',
    path: '/actions',
    need: 'signed_in',
    tag: 'access',
    summary: 'List the actions that there are, which are the scopes of API keys.',
    answer: z.object({ items: z.array(z.object({ action: actionName, description: z.string() })) }),
    handle: async () => ({
      items: actionName.options.map((action) => ({ action, description: actions[action] })),
    }),
  }),
  route({
    method: 'GET',
    path: '/keys',
    need: 'key:write',
    tag: 'access',
    summary: 'List API keys.',
    answer: z.object({ items: z.array(apiKey) }),
    handle: async ({ control, actor }) => ({ items: (await control.keys.list(actor)).map(apiKeyWire) }),
  }),
  route({
    method: 'POST',
    path: '/keys',
    need: 'key:write',
    tag: 'access',
    summary: 'Make an API key.',
    body: newKey,
    status: 201,
    answer: z.object({
      key: apiKey,
      secret: z
        .string()
        .nullable()
        .describe('The whole key, shown this once; null in the answer to a repeated request.'),
    }),
    // An answer that is kept would be a key that is kept.
    kept: (answer) => ({ ...answer, secret: null }),
    problems: ['definition.invalid'],
    handle: async ({ control, actor, body }) => {
      const { name, scopes, expires_at } = body
      const expiresAt = expires_at === null ? null : new Date(expires_at)
      const made = await control.keys.create(actor, { name, scopes, expiresAt })
      return { key: apiKeyWire(made.key), secret: made.secret }
    },
  }),
  silentRoute({
    method: 'DELETE',
    path: '/keys/:id',
    need: 'key:write',
    tag: 'access',
    summary: 'Delete an API key; it is refused from then on.',
    params: byId,
    problems: ['store.not_found'],
    handle: ({ control, actor, params }) => control.keys.remove(actor, params.id),
  }),
  route({
    method: 'GET',
    path: '/activity',
    need: 'activity:read',
    tag: 'access',
    summary: 'List who did what, newest first.',
    query: paged({ actor: text.optional(), action: text.optional(), object: text.optional() }),
    answer: page(activityEntry),
    handle: async ({ control, actor, query }) => {
      const { limit, cursor, ...filter } = query
      const { items, next } = await control.activity(actor, filter, pageOf({ limit, cursor }))
      return { items: items.map(activityWire), next }
    },
  }),
]

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

/** Who may come in, what they are told, and the server itself. */
export const serviceRoutes: readonly Route[] = [...accessRoutes, ...notificationRoutes, ...serverRoutes]

import { z } from 'zod'
import { type Actor, actions, actorName, mayDo } from '../access/authorize.ts'
import type { NewSession } from '../access/sign-in.ts'
import { clearSession, sessionOf, setSession } from './cookies.ts'
import { viaOf } from './guard.ts'
import { type Call, type Route, route, silentRoute } from './route.ts'
import { actionName, byId, iso } from './wire.ts'
import { apiKey, apiKeyWire, newKey, ownSession, ownSessionWire } from './wire-access.ts'

const actor = z
  .object({
    kind: z.enum(['user', 'key', 'cli', 'system']),
    id: z.string(),
    name: z.string(),
    may: z.array(actionName).describe('What this one may do.'),
  })
  .meta({ id: 'Actor', description: 'Who asks.' })

function actorWire(one: Actor): z.output<typeof actor> {
  const may = actionName.options.filter((action) => mayDo(one, action))
  return { kind: one.kind, id: one.id, name: actorName(one), may }
}

const signedIn = z.object({ actor, csrf_token: z.string(), expires_at: z.string() })

function signedInWire(
  { request, reply }: Pick<Call<undefined, undefined, undefined>, 'request' | 'reply'>,
  session: NewSession,
) {
  setSession(request, reply, session)
  return { actor: actorWire(session.user), csrf_token: session.csrf, expires_at: iso(session.expiresAt) }
}

const password = z.string().min(1).max(1_024)
const linkToken = z.string().min(1).max(200).describe('What stands behind the # of the link.')

const signInRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/sign-in',
    need: 'nobody',
    tag: 'access',
    summary: 'Sign in with e-mail address and password.',
    description: 'Sets the cookie of the session. Whatever changes something then needs header `x-csrf-token`.',
    body: z.strictObject({ email: z.string().min(1).max(320), password }),
    answer: signedIn,
    problems: ['access.unauthenticated', 'access.disabled', 'access.too_many_attempts', 'access.no_administrator'],
    handle: async (call) => signedInWire(call, await call.parts.access.signIn(call.body, viaOf(call.request))),
  }),
  route({
    method: 'POST',
    path: '/links/open',
    need: 'nobody',
    tag: 'access',
    summary: 'Read what a one-time link is for.',
    description: 'Uses nothing up.',
    body: z.strictObject({ token: linkToken }),
    answer: z.object({
      kind: z.enum(['setup', 'invitation', 'reset']),
      email: z.string().describe('Empty for the first administrator, who gives it.'),
      name: z.string(),
      expires_at: z.string(),
    }),
    problems: ['access.link_over'],
    handle: async ({ parts, body }) => {
      const { kind, email, name, expiresAt } = await parts.access.openLink(body.token)
      return { kind, email, name, expires_at: iso(expiresAt) }
    },
  }),
  route({
    method: 'POST',
    path: '/links/join',
    need: 'nobody',
    tag: 'access',
    summary: 'Set a password by a one-time link, and sign in.',
    description:
      'For the first administrator, an invitation, or a forgotten password. All earlier sessions of the user end.',
    body: z.strictObject({
      token: linkToken,
      email: z.string().max(320).default('').describe('Of the first administrator.'),
      name: z.string().max(200).default(''),
      password,
    }),
    answer: signedIn,
    problems: ['access.link_over', 'access.disabled', 'definition.invalid'],
    handle: async (call) => {
      const { token, ...given } = call.body
      return signedInWire(call, await call.parts.access.join(token, given, viaOf(call.request)))
    },
  }),
  silentRoute({
    method: 'POST',
    path: '/sign-out',
    need: 'signed_in',
    tag: 'access',
    summary: 'End the session.',
    handle: async ({ parts, actor, request, reply }) => {
      const session = sessionOf(request)
      if (session !== null) await parts.access.signOut(actor, session)
      clearSession(request, reply)
    },
  }),
]

const ownRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/me',
    need: 'signed_in',
    tag: 'access',
    summary: 'Read who asks, what that one may do, and whom to ask for more.',
    answer: actor
      .extend({
        ask: z.array(z.string()).describe('Users who set up destinations, for whoever finds none or lacks a right.'),
      })
      .meta({ id: 'Me' }),
    handle: async ({ actor, parts }) => ({ ...actorWire(actor), ask: await parts.access.whomToAsk() }),
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
  silentRoute({
    method: 'POST',
    path: '/me/password',
    need: 'signed_in',
    tag: 'access',
    summary: 'Change one’s own password; all other sessions end.',
    body: z.strictObject({ current: password, wanted: password }),
    problems: ['access.unauthenticated', 'access.too_many_attempts', 'definition.invalid'],
    handle: async ({ parts, actor, body, request }) => {
      const input = { ...body, cookie: sessionOf(request) ?? '', via: viaOf(request) }
      const { access } = parts
      await access.changePassword(await access.userOf(actor, 'password:change'), input)
    },
  }),
  route({
    method: 'GET',
    path: '/me/sessions',
    need: 'signed_in',
    tag: 'access',
    summary: 'List one’s own sessions, newest first.',
    answer: z.object({ items: z.array(ownSession) }),
    statuses: [403],
    handle: async ({ parts, actor, request }) => {
      const user = await parts.access.userOf(actor, 'session:use')
      return { items: (await parts.access.sessionsOf(user, sessionOf(request))).map(ownSessionWire) }
    },
  }),
  silentRoute({
    method: 'DELETE',
    path: '/me/sessions/:id',
    need: 'signed_in',
    tag: 'access',
    summary: 'End one of one’s own sessions.',
    params: byId,
    problems: ['store.not_found'],
    handle: async ({ parts, actor, params }) => {
      const user = await parts.access.userOf(actor, 'session:end')
      await parts.access.endSession(user, params.id)
    },
  }),
]

const keyRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/keys',
    need: 'key:write',
    tag: 'access',
    summary: 'List API keys: one’s own, or with `key:administer` those of everybody.',
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
]

/** Who may come in. */
export const accessRoutes: readonly Route[] = [...signInRoutes, ...ownRoutes, ...keyRoutes]

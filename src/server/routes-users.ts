import { z } from 'zod'
import { editing, type Route, route, silentRoute } from './route.ts'
import { byId } from './wire.ts'
import { changedUser, link, linkWire, newUser, policyList, policyListWire, user, userWire } from './wire-access.ts'

const common = { tag: 'access' } as const
const version = (answer: { version: number }) => answer.version
/** An answer that is kept would be a token that is kept. */
const withoutToken = <T extends object>(made: T) => ({ ...made, token: null, path: null })

/** Users, and what they may do. */
export const userRoutes: readonly Route[] = [
  route({
    ...common,
    method: 'GET',
    path: '/policies',
    need: 'signed_in',
    summary: 'List the policies and options that users can have, with what each allows.',
    answer: policyList,
    handle: async () => policyListWire(),
  }),
  route({
    ...common,
    method: 'GET',
    path: '/users',
    need: 'user:read',
    summary: 'List users, the earliest first.',
    answer: z.object({ items: z.array(user) }),
    handle: async ({ control, actor }) => ({ items: (await control.users.list(actor)).map(userWire) }),
  }),
  route({
    ...common,
    method: 'POST',
    path: '/users',
    need: 'user:write',
    summary: 'Invite a user.',
    description: 'Answers with a link for one use. Hand it to that person; it is shown this once.',
    body: newUser,
    status: 201,
    answer: z.object({ user, link }),
    kept: (answer) => ({ ...answer, link: withoutToken(answer.link) }),
    problems: ['definition.invalid', 'store.conflict'],
    handle: async ({ control, actor, body }) => {
      const made = await control.users.invite(actor, body)
      return { user: userWire(made.user), link: linkWire(made.link) }
    },
  }),
  route({
    ...common,
    method: 'GET',
    path: '/users/:id',
    need: 'user:read',
    summary: 'Read a user.',
    params: byId,
    answer: user,
    version,
    problems: ['store.not_found'],
    handle: async ({ control, actor, params }) => userWire(await control.users.get(actor, params.id)),
  }),
  route({
    ...common,
    method: 'PUT',
    path: '/users/:id',
    need: 'user:write',
    summary: 'Change what a user is called and may do, or disable them.',
    description:
      'Disabling ends all sessions at once, and their API keys open nothing. One active administrator remains.',
    params: byId,
    body: changedUser,
    edits: true,
    answer: user,
    version,
    problems: ['store.not_found', 'definition.invalid', 'access.last_administrator'],
    handle: async ({ control, actor, params, body, ifVersion }) =>
      userWire(await editing(control.users.update(actor, params.id, { ...body, ifVersion }))),
  }),
  silentRoute({
    ...common,
    method: 'DELETE',
    path: '/users/:id',
    need: 'user:write',
    summary: 'Delete a user with sessions and API keys; the activity log stays.',
    params: byId,
    edits: true,
    problems: ['store.not_found', 'access.last_administrator'],
    handle: ({ control, actor, params, ifVersion }) => editing(control.users.remove(actor, params.id, ifVersion)),
  }),
  route({
    ...common,
    method: 'POST',
    path: '/users/:id/link',
    need: 'user:write',
    summary: 'Make a link by which a user sets a password.',
    description: 'The one before ends; the present password stays good until the link is used.',
    params: byId,
    status: 201,
    answer: link,
    kept: withoutToken,
    problems: ['store.not_found', 'access.disabled'],
    handle: async ({ control, actor, params }) => linkWire(await control.users.link(actor, params.id)),
  }),
  silentRoute({
    ...common,
    method: 'POST',
    path: '/users/:id/sign-out',
    need: 'user:write',
    summary: 'End all sessions of a user.',
    params: byId,
    problems: ['store.not_found'],
    handle: ({ control, actor, params }) => control.users.endSessions(actor, params.id),
  }),
]

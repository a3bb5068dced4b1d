import { z } from 'zod'
import { viaOf } from './guard.ts'
import { type Route, route, silentRoute } from './route.ts'
import { byId } from './wire.ts'
import { askedHandOver, askedHandOverWire, handOver, handOverWire, newHandOver } from './wire-access.ts'

const common = { tag: 'access' } as const
/** Anybody may send these: more than a form of secrets holds nobody reads. */
const bodyLimitBytes = 16 * 1024
const token = z.string().min(1).max(200).describe('What stands behind the # of the link.')

/** Links by which somebody without an account hands over a secret. */
export const handOverRoutes: readonly Route[] = [
  route({
    ...common,
    method: 'GET',
    path: '/hand-overs',
    need: 'credential:read',
    summary: 'List links for handing over a credential, newest first.',
    answer: z.object({ items: z.array(handOver) }),
    handle: async ({ control, actor }) => ({ items: (await control.handOvers.list(actor)).map(handOverWire) }),
  }),
  route({
    ...common,
    method: 'POST',
    path: '/hand-overs',
    need: 'credential:write',
    summary: 'Make a link by which somebody else enters a secret, once.',
    description:
      'Either `credential` or `body`. The link before about the same credential ends. The new one is shown this once.',
    body: newHandOver,
    status: 201,
    answer: z.object({
      hand_over: handOver,
      token: z.string().nullable().describe('Shown this once; null in the answer to a repeated request.'),
      path: z.string().nullable().describe('Where it leads on this server.'),
    }),
    // An answer that is kept would be a token that is kept.
    kept: (answer) => ({ ...answer, token: null, path: null }),
    problems: [
      'definition.invalid',
      'definition.from_git',
      'store.not_found',
      'store.conflict',
      'zendesk.base_url_refused',
    ],
    handle: async ({ control, actor, body }) => {
      const made = await control.handOvers.create(actor, body)
      return { hand_over: handOverWire(made.handOver), token: made.token, path: `/hand-over#${made.token}` }
    },
  }),
  silentRoute({
    ...common,
    method: 'DELETE',
    path: '/hand-overs/:id',
    need: 'credential:write',
    summary: 'End a link; it opens nothing from then on.',
    params: byId,
    problems: ['store.not_found'],
    handle: ({ control, actor, params }) => control.handOvers.revoke(actor, params.id),
  }),
  route({
    ...common,
    method: 'POST',
    path: '/links/hand-over/open',
    need: 'nobody',
    bodyLimitBytes,
    summary: 'Read what a link for a secret asks for.',
    description: 'Uses nothing up.',
    body: z.strictObject({ token }),
    answer: askedHandOver,
    problems: ['access.link_over'],
    handle: async ({ control, body, request }) =>
      askedHandOverWire(await control.handOvers.look(body.token, viaOf(request))),
  }),
  silentRoute({
    ...common,
    method: 'POST',
    path: '/links/hand-over',
    need: 'nobody',
    bodyLimitBytes,
    summary: 'Hand over what a link asks for.',
    description:
      'It is tested and saved in the name of who made the link, and uses the link up. A failing test is answered with its stage and its fix, and the link stays, until 20 have failed.',
    body: z.strictObject({
      token,
      fields: z.record(z.string().min(1).max(64), z.string().max(1_000)).describe('Each field that is asked for.'),
    }),
    // What Zendesk refuses is a failing test, whether it answers or not.
    problems: ['access.link_over', 'definition.invalid', 'store.conflict'],
    handle: ({ control, body, request }) => control.handOvers.enter(body.token, body.fields, viaOf(request)),
  }),
]

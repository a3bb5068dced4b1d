import { z } from 'zod'
import type { ProblemCode } from '../problem.ts'
import { clearSignIn, setSession, setSignIn, signInOf } from './cookies.ts'
import { viaOf } from './guard.ts'
import { type ProblemPage, type Route, redirectRoute, route } from './route.ts'
import { byKey } from './wire.ts'

/** A path of this server, and nothing that a browser could take for an address elsewhere. */
const localPath = z
  .string()
  .max(1_000)
  .regex(
    /^\/(?:[\x21-\x2e\x30-\x5b\x5d-\x7e][\x21-\x5b\x5d-\x7e]*)?$/,
    'must be a path of this server, such as /workflows',
  )

const parameter = z.string().max(8_000).optional()

const beginProblems = ['store.not_found', 'access.provider_unreachable', 'access.no_public_url'] as const
const callbackProblems = [
  ...(['store.not_found', 'access.sign_in_over', 'access.denied', 'access.disabled'] as const),
  ...(['access.provider_refused', 'access.provider_not_trusted', 'access.provider_claims'] as const),
  ...(['access.provider_unreachable', 'access.secret_broken'] as const),
]

/** What the page of signing in has words for; it is sent no others, and nothing else of what went wrong. */
export const shownProblems: readonly ProblemCode[] = [
  ...new Set<ProblemCode>([
    ...beginProblems,
    ...callbackProblems,
    ...(['api.invalid', 'store.unreachable', 'project.disk_full', 'internal.bug'] as const),
  ]),
]

const shownAt: ProblemPage = { path: '/sign-in', codes: shownProblems }

/** Signing in at an identity provider. A browser goes through these; scripts use API keys. */
export const singleSignOnRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/sign-in/providers',
    need: 'nobody',
    tag: 'access',
    summary: 'List the identity providers where one can sign in.',
    answer: z.object({ items: z.array(z.object({ key: z.string(), name: z.string() })) }),
    handle: async ({ parts }) => ({ items: parts.access.sso.providers() }),
  }),
  redirectRoute({
    method: 'GET',
    path: '/sign-in/:key/begin',
    need: 'nobody',
    tag: 'access',
    summary: 'Begin to sign in at an identity provider.',
    description:
      'Sends the browser there, with a cookie that it needs to come back within 10 minutes. What goes wrong is shown to a browser (`Accept: text/html`) at `/sign-in`.',
    params: byKey,
    query: z.strictObject({
      return_to: localPath.default('/').describe('Where the browser goes when it is signed in.'),
    }),
    problems: beginProblems,
    shownAt,
    handle: async ({ parts, params, query, request, reply }) => {
      const where = { returnTo: query.return_to, ownUrl: parts.ownUrl() }
      const { location, cookie } = await parts.access.sso.begin(params.key, where)
      setSignIn(request, reply, cookie)
      return { location }
    },
  }),
  redirectRoute({
    method: 'GET',
    path: '/sign-in/:key/callback',
    need: 'nobody',
    tag: 'access',
    summary: 'Come back from an identity provider, and be signed in.',
    description:
      'The redirect URI that is registered at the provider. Sets the cookies of a new session. What goes wrong is shown to a browser (`Accept: text/html`) at `/sign-in`.',
    params: byKey,
    // Providers add parameters of their own.
    query: z.looseObject({ code: parameter, state: parameter, iss: parameter, error: parameter }),
    problems: callbackProblems,
    shownAt,
    handle: async ({ parts, params, request, reply }) => {
      const cookie = signInOf(request)
      // Whatever comes of it, this cookie was good for one attempt.
      clearSignIn(request, reply)
      const [, query = ''] = request.url.split('?', 2)
      const { session, returnTo } = await parts.access.sso.finish(params.key, { query, cookie, via: viaOf(request) })
      setSession(request, reply, session)
      return { location: returnTo }
    },
  }),
]

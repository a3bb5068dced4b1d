import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { ApiProblem, call } from './api/call.ts'
import { queryClient } from './api/use.ts'
import { NotFound } from './shell/not-found.tsx'
import { RootPage } from './shell/root.tsx'
import { RouteError } from './shell/route-error.tsx'
import { Shell } from './shell/shell.tsx'
import { wayHere } from './shell/way.ts'

type Module<N extends string> = Promise<Record<N, React.ComponentType>>

const root = createRootRouteWithContext()({
  component: RootPage,
  errorComponent: RouteError,
})

/** Everything that needs somebody who is signed in. Who is not comes back to the same place afterwards. */
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  beforeLoad: async ({ location, matches }) => {
    // The page is fetched while it is asked who is there, not after.
    for (const { routeId } of matches) {
      const component = router.routesById[routeId].options.component as { preload?: () => Promise<unknown> } | undefined
      void component?.preload?.().catch(() => undefined)
    }
    try {
      await queryClient.ensureQueryData({ queryKey: ['GET /me', {}], queryFn: () => call('GET /me') })
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401)
        throw redirect({ to: '/sign-in', search: { to: location.href } })
      throw error
    }
  },
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { to?: string; problem?: string } => ({
    to: wayHere(search.to),
    // A code of those that the page has words for; of others it says nothing.
    problem: typeof search.problem === 'string' ? search.problem : undefined,
  }),
  component: lazyRouteComponent(() => import('./pages/sign-in/sign-in.tsx'), 'SignIn'),
})

/** A page below the shell, loaded when it is opened. What stands behind `?` belongs to the page; all of it is text. */
function page<P extends string, N extends string>(path: P, load: () => Module<N>, name: N) {
  return createRoute({
    getParentRoute: () => shell,
    path,
    validateSearch: (search: Record<string, unknown>): Record<string, string | undefined> =>
      Object.fromEntries(
        Object.entries(search).flatMap(([key, value]) =>
          value === undefined || value === null || value === '' ? [] : [[key, String(value)]],
        ),
      ),
    component: lazyRouteComponent(load, name),
  })
}

const pages = [
  page('/', () => import('./pages/home/home.tsx'), 'Home'),
  page('/welcome', () => import('./pages/welcome/welcome.tsx'), 'Welcome'),
  page('/customer-360', () => import('./pages/customer-360/tables.tsx'), 'Tables'),
  page('/customer-360/$table', () => import('./pages/customer-360/table.tsx'), 'Table'),
  page('/queries', () => import('./pages/queries/queries.tsx'), 'Queries'),
  page('/queries/$key', () => import('./pages/queries/query.tsx'), 'Query'),
  page('/query-drafts/$key', () => import('./pages/queries/draft.tsx'), 'Draft'),
  page('/segments', () => import('./pages/segments/segments.tsx'), 'Segments'),
  page('/segments/new', () => import('./pages/segments/new-segment.tsx'), 'NewSegment'),
  page('/segments/$key', () => import('./pages/segments/segment.tsx'), 'Segment'),
  page('/attributes-tables', () => import('./pages/attributes-tables/attributes-tables.tsx'), 'AttributesTables'),
  page(
    '/attributes-tables/new',
    () => import('./pages/attributes-tables/new-attributes-table.tsx'),
    'NewAttributesTable',
  ),
  page('/attributes-tables/$key', () => import('./pages/attributes-tables/attributes-table.tsx'), 'AttributesTable'),
  page('/activations', () => import('./pages/activations/orchestrations.tsx'), 'Orchestrations'),
  page('/activations/destinations', () => import('./pages/activations/destinations.tsx'), 'Destinations'),
  page('/activations/groups', () => import('./pages/activations/groups.tsx'), 'Groups'),
  page('/activations/canvas', () => import('./pages/activations/canvas.tsx'), 'Canvas'),
  page('/orchestrations/$key', () => import('./pages/activations/orchestration.tsx'), 'Orchestration'),
  page('/destinations/new', () => import('./pages/activations/new-destination.tsx'), 'NewDestination'),
  page('/destinations/$key', () => import('./pages/activations/destination.tsx'), 'Destination'),
  page('/plans/$id', () => import('./pages/plan/plan.tsx'), 'Plan'),
  page('/workflows', () => import('./pages/workflows/workflows.tsx'), 'Workflows'),
  page('/workflows/$id', () => import('./pages/workflows/workflow.tsx'), 'Workflow'),
  page('/people', () => import('./pages/people/people.tsx'), 'People'),
  page('/people/$key', () => import('./pages/people/person.tsx'), 'Person'),
  page('/notifications', () => import('./pages/notifications/notifications.tsx'), 'Notifications'),
  page('/settings', () => import('./pages/settings/settings.tsx'), 'Settings'),
  page('/settings/credentials', () => import('./pages/settings/credentials.tsx'), 'Credentials'),
  page('/settings/users', () => import('./pages/settings/users.tsx'), 'Users'),
  page('/settings/keys', () => import('./pages/settings/api-keys.tsx'), 'ApiKeys'),
  page('/settings/notifications', () => import('./pages/settings/channels.tsx'), 'Channels'),
  page('/settings/single-sign-on', () => import('./pages/settings/single-sign-on.tsx'), 'SingleSignOn'),
  page('/settings/activity', () => import('./pages/settings/activity.tsx'), 'Activity'),
  page('/settings/appearance', () => import('./pages/settings/appearance.tsx'), 'Appearance'),
  page('/settings/about', () => import('./pages/settings/about.tsx'), 'About'),
  page('/settings/account', () => import('./pages/settings/account.tsx'), 'Account'),
  page('/$', async () => ({ NotFound }), 'NotFound'),
] as const

const routeTree = root.addChildren([signIn, shell.addChildren(pages)])

export const router = createRouter({
  routeTree,
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  // Numbers and dates stay the text that somebody wrote.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const entries = Object.entries(search).filter(([, value]) => value !== undefined && value !== null && value !== '')
    const text = new URLSearchParams(entries.map(([key, value]) => [key, String(value)])).toString()
    return text === '' ? '' : `?${text}`
  },
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
  interface HistoryState {
    /** What the page shows was saved just before: its connection is tested where one sees it. */
    isSaved?: boolean
  }
}

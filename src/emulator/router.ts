/** The table of routes: exact paths in a map, paths with an id by their segments. */
import type { Access, Caller, Level } from './access.ts'
import type { Account } from './account.ts'
import type { ActiveFault } from './faults.ts'
import type { Jobs } from './jobs.ts'
import type { KeyedLimit, PermanentDeletionLimit, RequestLimit, SingularUpsertLimit } from './rate-limits.ts'
import type { Reply } from './reply.ts'

/** Everything a reset replaces. */
export interface World {
  subdomain: string
  account: Account
  jobs: Jobs
  access: Access
  requestLimit: RequestLimit
  singularLimit: SingularUpsertLimit
  permanentDeletionLimit: PermanentDeletionLimit
  organizationLimit: KeyedLimit
  incrementalLimit: KeyedLimit
}

export interface ApiRequest {
  world: World
  caller: Caller
  /** Path as requested, without the query. */
  path: string
  query: URLSearchParams
  /** What stands in the place of `{id}`. */
  id: string
  /** What stands in the place of `{other}`. */
  otherId: string
  /** Undefined when there is none, it is no JSON, or it was not sent as JSON. */
  body: unknown
  origin: string
  nowMs: number
  /** To be handed to the job this request makes. */
  jobFault: ActiveFault | undefined
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below /api/v2; `{id}` stands for one segment, and so does a later `{other}`. */
  path: string
  level: Level
  /** The resource that scopes name (OAS oauth/tokens). */
  resource: 'users' | 'organizations' | 'other'
  respond: (request: ApiRequest) => Reply
}

export interface Found {
  route: Route
  id: string
  otherId: string
}

export type Router = (method: string, path: string) => Found | undefined

const prefix = '/api/v2/'

export function createRouter(routes: readonly Route[]): Router {
  const exact = new Map<string, Route>()
  const byPattern: { method: string; pattern: RegExp; route: Route }[] = []
  for (const route of routes) {
    if (!route.path.includes('{id}')) exact.set(`${route.method} ${route.path}`, route)
    else {
      const pattern = new RegExp(`^${route.path.replace('{id}', '([^/]+)').replace('{other}', '([^/]+)')}$`)
      byPattern.push({ method: route.method, pattern, route })
    }
  }
  return (method, path) => {
    if (!path.startsWith(prefix)) return undefined
    // Every path may end with `.json`, once: `.json.json` is an unknown path (observed).
    const bare = path.endsWith('.json') ? path.slice(prefix.length, -5) : path.slice(prefix.length)
    if (bare.endsWith('.json')) return undefined
    const route = exact.get(`${method} ${bare}`)
    if (route) return { route, id: '', otherId: '' }
    for (const entry of byPattern) {
      const match = entry.method === method ? entry.pattern.exec(bare) : null
      if (match) return { route: entry.route, id: match[1]!, otherId: match[2] ?? '' }
    }
    return undefined
  }
}

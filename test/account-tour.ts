/**
 * One walk through everything that the emulator serves, as a table of calls. The OpenAPI test checks each answer against Zendesk's
 * schema; `npm run test:real` takes the same walk through a real account and compares.
 */
import type { AccountClient, Answer, Json } from './account-client.ts'
import { fieldCalls } from './tour-fields.ts'
import { organizationCalls } from './tour-organizations.ts'
import { userCalls } from './tour-users.ts'

/** What the walk made, and the names it makes more by. */
export interface Scene {
  /** Begins every name, key and address that the walk makes. */
  prefix: string
  /** The same for keys of fields, which take no hyphens. */
  fieldPrefix: string
  ids: Record<string, number | string>
  /** What must be removed at the end: ids, and external_ids that users were asked for by. */
  made: { users: Set<number>; organizations: Set<number>; user_fields: Set<number>; keys: Set<string> }
  nowS: number
  client: AccountClient
}

export interface Call {
  /** The route as the emulator's table has it. */
  route: string
  /** What sets the call apart from others of its route. */
  of?: string
  /** Path and query in place of the route's, below /api/v2. */
  at?: (scene: Scene) => string
  body?: (scene: Scene) => unknown
  status: number
  /** Names for ids of the answer, or of the ended job. */
  keep?: (json: Json) => Record<string, number | string | undefined>
  /** Time to pass before, as some limits are per second, and some answers know only what is older. */
  afterMs?: number
  /** Made with a token that was issued for it. */
  withToken?: boolean
  /** Left out in a real account, and why. */
  notReal?: string
}

export interface Visit {
  call: Call
  title: string
  answer: Answer
}

export const tour: readonly Call[] = [...fieldCalls, ...organizationCalls, ...userCalls]

export function createScene(client: AccountClient, prefix: string): Scene {
  return {
    prefix,
    fieldPrefix: prefix.replaceAll('-', '_'),
    ids: {},
    made: { users: new Set(), organizations: new Set(), user_fields: new Set(), keys: new Set() },
    nowS: Math.floor(client.nowMs() / 1000),
    client,
  }
}

/** Makes the calls one after the other; a job is followed to its end, which is a visit of its own. */
export async function* visit(scene: Scene, calls: readonly Call[]): AsyncGenerator<Visit> {
  for (const call of calls) {
    if (call.afterMs) await scene.client.pass(call.afterMs)
    const [method = '', path = ''] = call.route.split(' ')
    const full = call.route === 'POST /oauth/tokens' ? path : `/api/v2/${call.at?.(scene) ?? path}`
    const headers: Record<string, string> = call.withToken ? { authorization: `Bearer ${scene.ids.token}` } : {}
    const answer = await send(scene, method, full, call.body?.(scene), headers)
    const title = call.of === undefined ? call.route : `${call.route}, ${call.of}`
    yield { call, title, answer }
    const jobId = answer.json?.job_status?.id
    if (jobId === undefined || method === 'GET') {
      keep(scene, call, answer.json)
      continue
    }
    const ended = await follow(scene, full, answer)
    keep(scene, call, ended.json)
    scene.ids.job = jobId
    yield {
      call: { route: 'GET job_statuses/{id}', status: 200 },
      title: `GET job_statuses/{id}, of ${title}`,
      answer: ended,
    }
  }
}

/** Asks, and remembers what was or may have been created. `path` begins with `/api/v2`. */
export async function send(
  scene: Scene,
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
): Promise<Answer> {
  // DOC-RL: one a second. A little more, since the clocks of two machines differ.
  if (/^PUT \/api\/v2\/users\/\d+$|users\/create_or_update$/.test(`${method} ${path}`)) await scene.client.pass(1100)
  for (const [, key] of JSON.stringify(body ?? {}).matchAll(/"external_id":"([^"]+)"/g)) scene.made.keys.add(key!)
  const answer = await scene.client.call(method, path, body, headers)
  if (method === 'POST') noteCreated(scene, answer)
  return answer
}

/** Follows the job that `posted` to `path` began: the answer about its end, or else the refusal. */
export async function follow(scene: Scene, path: string, posted: Answer): Promise<Answer> {
  const id = posted.json?.job_status?.id
  if (id === undefined) return posted
  const ended = await endOf(scene.client, id)
  noteResults(scene, path, ended)
  return ended
}

function keep(scene: Scene, call: Call, json: Json): void {
  for (const [name, id] of Object.entries(call.keep?.(json) ?? {})) if (id !== undefined) scene.ids[name] = id
}

/** The answer about a job that has ended; after two minutes, about one that has not. */
async function endOf(client: AccountClient, jobId: string): Promise<Answer> {
  let answer: Answer
  let rounds = 0
  do {
    await client.pass(2000)
    answer = await client.call('GET', `/api/v2/job_statuses/${jobId}`)
    rounds++
  } while (['queued', 'working'].includes(answer.json?.job_status?.status) && rounds < 60)
  return answer
}

/** Remembers what a POST created. Nothing else is ever noted: what is noted gets removed. */
function noteCreated({ made }: Scene, { status, json }: Answer): void {
  if (status !== 201) return
  const { user, organization, user_field: field } = json ?? {}
  if (user?.id) made.users.add(user.id)
  if (organization?.id) made.organizations.add(organization.id)
  if (field?.id) made.user_fields.add(field.id)
}

/** Remembers what a job of `path` created. */
function noteResults({ made }: Scene, path: string, { json }: Answer): void {
  const kind = /^\/api\/v2\/(users|organizations)\//.exec(path)?.[1] as 'users' | 'organizations' | undefined
  const results: Json[] = json?.job_status?.results
  if (kind === undefined || !Array.isArray(results)) return
  for (const { id, status } of results) if (status === 'Created') made[kind].add(id)
}

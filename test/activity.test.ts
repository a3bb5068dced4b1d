import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serverCalls } from '../src/cli/serve-calls.ts'
import { openTestServer, type TestAnswer, type TestServer } from '../src/server/test-server.ts'
import type { ActivityEntry } from '../src/store/store.ts'

/** Everything that people do with a server, one after the other: each leaves the lines that stand beside it, and no other. */

let server: TestServer
let folder: string
/** What earlier steps have made. */
const made: Record<string, string> = {}
const agent = 'an-agent/1.0'
const password = 'a long enough password'
/** Values that must be in no line. */
const hidden = ['ada@example.com', 'Ada', password, 'T0/B0/token-of-a-step']

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskside-activity-'))
  let calls: ReturnType<typeof serverCalls> | null = null
  const later =
    (name: string) =>
    async (...given: Parameters<ReturnType<typeof serverCalls>[string]>) =>
      await calls![name]!(...given)
  server = await openTestServer({
    calls: Object.fromEntries(['backup', 'rotateKey', 'applyPreview', 'apply'].map((name) => [name, later(name)])),
  })
  const { dir, emulator } = server.project
  const env = { CLIENT_SECRET: emulator.clientSecret }
  calls = serverCalls(server.service, { projectDir: dir, env, version: '1.2.3' })
  await server.project.write([{ external_id: '1', email: 'ada@example.com', name: 'Ada' }])
  made.weak = await server.makeKey('workflow:read')
  made.denied = await server.makeKey('person:read', 'workflow:read', 'activity:read')
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

type Line = { action: string; object?: string; allowed?: boolean; actor?: string; detail?: object }
type Step = [title: string, act: () => Promise<TestAnswer | undefined>, lines: () => Line[], status?: number]

const api = async (
  method: string,
  path: string,
  body?: unknown,
  more: { key?: string | null; headers?: Record<string, string> } = {},
) => {
  const { key, headers = {} } = more
  return await server.call(method, `/api/v1${path}`, {
    headers: { 'user-agent': agent, ...headers },
    ...(body !== undefined && { body }),
    ...(key !== undefined && { key }),
  })
}
/** Through the door of commands. */
const door = async (method: string, ...args: unknown[]) =>
  await api('POST', '/cli/call', { id: crypto.randomUUID(), method, args }, { key: server.cliToken })
const edit = async (method: string, path: string, body?: unknown) => {
  const etag = (await api('GET', path)).headers.get('etag')!
  return await api(method, path, body, { headers: { 'if-match': etag } })
}
/** As the user of the session that a step has begun. */
const own = (method: string, path: string, body?: unknown, more: Record<string, string> = {}) =>
  api(method, path, body, { key: null, headers: { cookie: made.cookie!, 'x-csrf-token': made.csrf!, ...more } })
const keep = (answer: TestAnswer, values: Record<string, string>) => {
  Object.assign(made, values)
  return answer
}
const cookieOf = ({ headers }: TestAnswer) =>
  headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
const user = () => `user/${made.user}`

const account = () => {
  const { subdomain, url } = server.project.emulator
  return { plugin: 'zendesk', credential: 'mine', subdomain, base_url: url }
}
const secret = () => {
  const { email, apiToken } = server.project.emulator
  return { type: 'zendesk', email, api_token: apiToken }
}
const slack = { type: 'slack', url: 'https://hooks.slack.com/services/T0/B0/token-of-a-step' }
const wire = (kind: string, key: string, line: Line): Line => ({ object: `${kind}/${key}`, ...line })

/** A kind of definition from its making to its last change. */
function lifeOf(path: string, kind: string, section: string, body: () => object): Step[] {
  const action = `${section}:write`
  const created = { change: 'create' }
  const updated = { change: 'update', fields: ['name'] }
  return [
    [
      `${kind} created`,
      () => api('POST', path, { key: 'mine', body: body() }),
      () => [wire(kind, 'mine', { action, detail: created })],
      201,
    ],
    [
      `${kind} updated: the names of the changed fields, not their values`,
      () => edit('PUT', `${path}/mine`, { body: { ...withoutSecrets(body()), name: 'Changed' } }),
      () => [wire(kind, 'mine', { action, detail: updated })],
    ],
    [`${kind} that is looked at leaves nothing`, () => api('GET', `${path}/mine`), () => []],
    [
      `${kind} that is no such leaves nothing`,
      () => api('POST', path, { key: 'x', body: { nonsense: 1 } }),
      () => [],
      422,
    ],
  ]
}
const withoutSecrets = ({ api_token: _, url: __, ...body }: { api_token?: string; url?: string }) => body
const deleting = (path: string, kind: string, section: string, key = 'mine'): Step => [
  `${kind} ${key} deleted`,
  () => edit('DELETE', `${path}/${key}`),
  () => [wire(kind, key, { action: `${section}:write`, detail: { change: 'delete' } })],
  204,
]

const lives: [path: string, kind: string, section: string, body: () => object][] = [
  ['/credentials', 'credential', 'credential', secret],
  ['/destinations', 'destination', 'destination', account],
  ['/orchestrations', 'orchestration', 'orchestration', () => ({ query: 'people', destination: 'mine' })],
  ['/groups', 'group', 'orchestration', () => ({ run: { on: 'manual' }, orchestrations: ['mine'] })],
  ['/channels', 'channel', 'notification', () => slack],
  [
    '/subscriptions',
    'subscription',
    'notification',
    () => ({ orchestrations: 'all', events: ['failed'], channel: 'mine', target: '' }),
  ],
]

const plan = { sample: null, full: false, live: false }
const asked = { ...plan, planId: null, approve: false }

const work: Step[] = [
  [
    'destination cloned',
    () => api('POST', '/destinations/mine/clone', { key: 'copy', name: 'Copy' }),
    () => [
      { action: 'destination:write', object: 'destination/copy', detail: { change: 'clone', of: 'destination/mine' } },
    ],
    201,
  ],
  [
    'destination tested',
    () => api('POST', '/destinations/mine/test'),
    () => [{ action: 'destination:test', object: 'destination/mine' }],
  ],
  [
    'credential tested',
    () => api('POST', '/credentials/mine/test'),
    () => [{ action: 'destination:test', object: 'credential/mine' }],
  ],
  [
    'channel tested',
    () => api('POST', '/channels/mine/test', {}),
    () => [{ action: 'notification:write', object: 'channel/mine', detail: { change: 'test' } }],
  ],
  [
    'plan made',
    async () => keepId(await api('POST', '/orchestrations/people/plan', {}), 'plan', 'plan_id'),
    () => [{ action: 'orchestration:run', object: 'orchestration/people', detail: { call: 'plan' } }],
  ],
  [
    'people of a plan looked at',
    () => api('GET', `/plans/${made.plan}/changes`),
    () => [{ action: 'person:read', object: `plan/${made.plan}`, detail: { list: 'changes', from: 0 } }],
  ],
  [
    'run begun',
    async () => {
      const { id } = await server.run()
      made.workflow = id
      return undefined
    },
    () => [{ action: 'orchestration:run', object: 'orchestration/people', detail: { call: 'run', sample: null } }],
  ],
  ['workflows that are looked at leave nothing', () => api('GET', '/workflows'), () => []],
  [
    'run that is over cannot be stopped, and somebody tried',
    () => api('POST', `/workflows/${made.workflow}/stop`),
    () => [{ action: 'workflow:control', object: `workflow/${made.workflow}`, detail: { change: 'stop' } }],
    409,
  ],
  [
    'records looked at, page by page',
    () => api('GET', `/workflows/${made.workflow}/records`, undefined, { headers: { accept: 'application/json' } }),
    () => [{ action: 'person:read', detail: { list: 'records', from: 0, limit: 50 } }],
  ],
  [
    'records downloaded as CSV',
    () => api('GET', `/workflows/${made.workflow}/records`, undefined, { headers: { accept: 'text/csv' } }),
    () => [{ action: 'data:download', detail: { list: 'records' } }],
  ],
  [
    'records downloaded as NDJSON',
    () => api('GET', `/workflows/${made.workflow}/records`),
    () => [{ action: 'data:download', detail: { list: 'records' } }],
  ],
  [
    'a download denied',
    () => api('GET', `/workflows/${made.workflow}/records`, undefined, { key: made.denied! }),
    () => [{ action: 'data:download', allowed: false }],
    403,
  ],
  [
    'a person looked at: not who',
    () => api('GET', '/people/ada%40example.com'),
    () => [{ action: 'person:read', object: 'person' }],
  ],
  [
    'people searched: not whom',
    () => api('GET', '/people?search=ada'),
    () => [{ action: 'person:read', object: 'person', detail: { call: 'search', from: 0, limit: 50 } }],
  ],
  [
    'a person looked at denied: not who',
    () => api('GET', '/people/ada%40example.com', undefined, { key: made.weak! }),
    () => [{ action: 'person:read', object: 'person', allowed: false }],
    403,
  ],
  [
    'drift looked for',
    () => api('POST', '/orchestrations/people/drift'),
    () => [{ action: 'orchestration:run', detail: { call: 'drift' } }],
  ],
  [
    'undo planned',
    () => api('POST', `/workflows/${made.workflow}/undo`),
    () => [{ action: 'orchestration:run', detail: { call: 'undo' } }],
  ],
  [
    'orchestration resumed',
    () => api('POST', '/orchestrations/people/resume'),
    () => [{ action: 'orchestration:run', object: 'orchestration/people', detail: { call: 'resume' } }],
  ],
  [
    'group run',
    () => api('POST', '/groups/mine/runs'),
    () => [{ action: 'orchestration:run', object: 'group/mine' }],
    202,
  ],
  [
    'signal given',
    () => api('POST', '/signals/loaded'),
    () => [{ action: 'orchestration:run', object: 'signal/loaded' }],
    202,
  ],
  [
    'fields applied',
    async () => {
      const { json } = await api('POST', '/destinations/zendesk/fields/plan', { options: false, fields: [] })
      return await api('POST', '/destinations/zendesk/fields/apply', json)
    },
    () => [{ action: 'destination:fields', object: 'destination/zendesk' }],
  ],
  [
    'delivered forgotten',
    () => api('POST', '/destinations/zendesk/forget'),
    () => [{ action: 'destination:forget', object: 'destination/zendesk' }],
  ],
  [
    'resolution that is none',
    () => api('POST', `/workflows/${made.workflow}/resolve`, { resolution: 'x' }),
    () => [],
    409,
  ],
  ['notifications read leave nothing', () => api('POST', '/notifications/read', { ids: 'all' }), () => [], 204],
]

function keepId(answer: TestAnswer, name: string, field = 'id'): TestAnswer {
  return keep(answer, { [name]: answer.json[field] })
}

const people: Step[] = [
  [
    'user invited',
    async () => {
      const answer = await api('POST', '/users', {
        email: 'bo@example.com',
        policies: ['amp360_user'],
        options: ['restrict_pii'],
      })
      return keep(answer, { user: answer.json.user.id, token: answer.json.link.token })
    },
    () => [
      {
        action: 'user:write',
        object: user(),
        detail: { change: 'invite', policies: ['amp360_user'], options: ['restrict_pii'] },
      },
    ],
    201,
  ],
  [
    'link made',
    async () => {
      const answer = await api('POST', `/users/${made.user}/link`)
      return keep(answer, { token: answer.json.token })
    },
    () => [{ action: 'user:write', object: user(), detail: { change: 'link', link: 'invitation' } }],
    201,
  ],
  ['link looked at leaves nothing', () => api('POST', '/links/open', { token: made.token }, { key: null }), () => []],
  [
    'password set by a link, and signed in',
    async () => {
      const answer = await api('POST', '/links/join', { token: made.token, password }, { key: null })
      return keep(answer, { cookie: cookieOf(answer), csrf: answer.json.csrf_token })
    },
    () => [
      { action: 'session:begin', object: user(), actor: user(), detail: { by: 'link' } },
      { action: 'password:set', object: user(), actor: user(), detail: { link: 'invitation' } },
    ],
  ],
  [
    'signed in with a password',
    () => api('POST', '/sign-in', { email: 'bo@example.com', password }, { key: null }),
    () => [{ action: 'session:begin', object: user(), actor: user(), detail: { by: 'password' } }],
  ],
  [
    'sign-in refused: the user',
    () => api('POST', '/sign-in', { email: 'bo@example.com', password: 'x' }, { key: null }),
    () => [
      {
        action: 'session:begin',
        object: user(),
        actor: 'nobody',
        allowed: false,
        detail: { by: 'password', reason: 'wrong' },
      },
    ],
    401,
  ],
  [
    'sign-in refused: nobody, and not what was typed',
    () => api('POST', '/sign-in', { email: 'my-password-in-the-wrong-field', password }, { key: null }),
    () => [{ action: 'session:begin', object: 'user', actor: 'nobody', allowed: false }],
    401,
  ],
  [
    'password changed',
    () => own('POST', '/me/password', { current: password, wanted: `${password}!` }),
    () => [{ action: 'password:change', object: user(), actor: user() }],
    204,
  ],
  [
    'password not changed',
    () => own('POST', '/me/password', { current: 'x', wanted: `${password}!` }),
    () => [{ action: 'password:change', actor: user(), allowed: false }],
    401,
  ],
  [
    'a request of another site',
    () => own('POST', '/groups/mine/runs', undefined, { 'x-csrf-token': 'x' }),
    () => [{ action: 'session:use', object: 'group/mine', actor: user(), allowed: false }],
    403,
  ],
  [
    'a key has no password',
    () => api('POST', '/me/password', { current: 'a', wanted: 'b' }),
    () => [{ action: 'password:change', allowed: false }],
    403,
  ],
  [
    'own session ended',
    async () => {
      await server.service.signIn.begin(
        (await server.service.store.access.user(made.user!))!,
        { address: '', agent: '' },
        'password',
      )
      const { json } = await own('GET', '/me/sessions')
      made.session = json.items.find((one: { is_this: boolean }) => !one.is_this).id
      return await own('DELETE', `/me/sessions/${made.session}`)
    },
    () => [
      { action: 'session:end', object: user(), actor: user(), detail: { session: made.session } },
      { action: 'session:begin' },
    ],
    204,
  ],
  [
    'user changed',
    () => edit('PUT', `/users/${made.user}`, { name: 'Bo', policies: ['ampiq_user'], options: ['restrict_pii'] }),
    () => [{ action: 'user:write', object: user(), detail: { change: 'update', fields: ['name', 'policies'] } }],
  ],
  [
    'a right that one lacks',
    () => own('DELETE', '/keys/0123456789abcdef'),
    () => [{ action: 'key:write', object: 'key/0123456789abcdef', actor: user(), allowed: false }],
    403,
  ],
  ['signed out', () => own('POST', '/sign-out'), () => [{ action: 'session:end', object: user(), actor: user() }], 204],
  [
    'user’s sessions ended',
    () => api('POST', `/users/${made.user}/sign-out`),
    () => [{ action: 'user:write', object: user(), detail: { change: 'end_sessions' } }],
    204,
  ],
  [
    'user disabled',
    () =>
      edit('PUT', `/users/${made.user}`, {
        name: 'Bo',
        policies: ['ampiq_user'],
        options: ['restrict_pii'],
        state: 'disabled',
      }),
    () => [{ action: 'user:write', object: user(), detail: { fields: ['state'], state: 'disabled' } }],
  ],
  [
    'sign-in refused to a disabled user',
    () => api('POST', '/sign-in', { email: 'bo@example.com', password: `${password}!` }, { key: null }),
    () => [
      { action: 'session:begin', object: user(), actor: 'nobody', allowed: false, detail: { reason: 'disabled' } },
    ],
    403,
  ],
  [
    'user deleted',
    () => edit('DELETE', `/users/${made.user}`),
    () => [{ action: 'user:write', object: user(), detail: { change: 'delete' } }],
    204,
  ],
  [
    'key made',
    async () => {
      const answer = await api('POST', '/keys', { name: 'nightly', scopes: ['workflow:read'] })
      return keep(answer, { key: answer.json.key.id })
    },
    () => [
      {
        action: 'key:write',
        object: `key/${made.key}`,
        detail: { change: 'create', name: 'nightly', scopes: ['workflow:read'] },
      },
    ],
    201,
  ],
  ['keys that are looked at leave nothing', () => api('GET', '/keys'), () => []],
  [
    'key deleted',
    () => api('DELETE', `/keys/${made.key}`),
    () => [{ action: 'key:write', object: `key/${made.key}`, detail: { change: 'delete', name: 'nightly' } }],
    204,
  ],
  [
    'a key beyond one’s own rights',
    async () => {
      const key = await server.makeKey('key:write')
      return await api('POST', '/keys', { name: 'more', scopes: ['pii:read'] }, { key })
    },
    () => [{ action: 'key:write', object: 'key', allowed: false, detail: { lacking: ['pii:read'] } }],
    403,
  ],
  [
    'a user beyond one’s own rights',
    async () => {
      const key = await server.makeKey('user:write')
      return await api('POST', '/users', { email: 'x@example.com', policies: ['ampiq_user'] }, { key })
    },
    () => [{ action: 'user:write', allowed: false }],
    403,
  ],
]

const serving: Step[] = [
  ['activity that is looked at leaves nothing', () => api('GET', '/activity'), () => []],
  [
    'activity exported',
    () => api('GET', '/activity/export?text=ada'),
    () => [{ action: 'data:download', object: 'activity', detail: { filters: ['text'] } }],
  ],
  [
    'activity export denied',
    () => api('GET', '/activity/export', undefined, { key: made.denied! }),
    () => [{ action: 'data:download', object: 'activity', allowed: false }],
    403,
  ],
  [
    'deskside.yml brought: each object of it',
    async () => {
      await server.project.query('SELECT * FROM people WHERE true')
      const { json } = await api('GET', '/apply')
      return await api('POST', '/apply', { revision: json.revision })
    },
    () => [
      {
        action: 'project:apply',
        object: 'project',
        detail: { changes: [{ change: 'update', object: 'query/people' }] },
      },
    ],
  ],
  [
    'denied at the door leaves one line',
    () => api('DELETE', '/groups/mine', undefined, { key: made.weak! }),
    () => [{ action: 'orchestration:write', object: 'group/mine', allowed: false }],
    403,
  ],
  [
    'a plan of a command',
    () => door('plan', 'people', plan),
    () => [{ action: 'orchestration:run', actor: 'cli', detail: { call: 'plan' } }],
  ],
  [
    'a run of a command',
    () => door('run', 'people', asked),
    () => [{ action: 'orchestration:run', actor: 'cli', detail: { call: 'run' } }],
  ],
  [
    'rows that a command takes',
    () => door('records', made.run ?? 'none', { outcome: null, warnings: false }),
    () => [{ action: 'data:download', actor: 'cli', detail: { list: 'records' } }],
  ],
  [
    'a person that a command looks at',
    () => door('why', 'ada@example.com', null, null),
    () => [{ action: 'person:read', object: 'person', actor: 'cli' }],
  ],
  [
    'a command that checks',
    () => door('check', 'zendesk'),
    () => [{ action: 'destination:test', object: 'destination/zendesk', actor: 'cli' }],
  ],
  ['a command that forgets', () => door('forget', 'zendesk'), () => [{ action: 'destination:forget', actor: 'cli' }]],
  [
    'backup',
    () => door('backup', join(folder, 'backup'), { withKey: false }),
    () => [{ action: 'server:maintain', object: 'server', actor: 'cli', detail: { call: 'backup', with_key: false } }],
  ],
  [
    'key of the secrets changed',
    () => door('rotateKey'),
    () => [{ action: 'server:maintain', object: 'server', actor: 'cli', detail: { call: 'rotateKey' } }],
  ],
  [
    'deskside.yml brought by a command',
    async () => await door('apply', (await api('GET', '/apply')).json.revision),
    () => [{ action: 'project:apply', actor: 'cli', detail: { changes: [] } }],
  ],
]

const steps: Step[] = [
  ...lives.flatMap((life) => lifeOf(...life)),
  ...work,
  ...people,
  ...serving,
  deleting('/destinations', 'destination', 'destination', 'copy'),
  ...lives.toReversed().map(([path, kind, section]) => deleting(path, kind, section)),
]

let seen = new Set<string>()
async function newLines(): Promise<ActivityEntry[]> {
  const { items } = await server.service.store.activity.list({}, { limit: 50, cursor: null })
  const fresh = items.filter(({ id }) => !seen.has(id))
  seen = new Set(items.map(({ id }) => id))
  return fresh
}

test.each(steps)('%s', async (_title, act, expected, status = 200) => {
  await newLines()
  const answer = await act()
  if (answer !== undefined) expect([answer.status, answer.text.slice(0, 300)]).toEqual([status, expect.anything()])
  const fresh = await newLines()
  const lines = expected()
  // Two lines of one request may be of the same millisecond, which says nothing of their order.
  const inOrder = <T extends { action: string }>(given: T[]) =>
    given.toSorted((a, b) => a.action.localeCompare(b.action))
  expect(inOrder(fresh)).toMatchObject(inOrder(lines.map((line) => ({ allowed: true, ...line }))))
  expect(fresh).toHaveLength(lines.length)
  for (const { agent: program, address, detail, object } of fresh) {
    if (answer !== undefined && lines.length === 1) expect([program, address]).toEqual([agent, '127.0.0.1'])
    const text = JSON.stringify([object, detail])
    expect(hidden.filter((value) => text.includes(value))).toEqual([])
    expect(server.secrets.filter((value) => text.includes(value))).toEqual([])
  }
})

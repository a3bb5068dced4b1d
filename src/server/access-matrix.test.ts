import { afterAll, beforeAll, expect, test } from 'vitest'
import { isFull } from '../../test/full-set.ts'
import { type Action, allActions } from '../access/authorize.ts'
import { type Grants, type OptionKey, options, type PolicyKey, policies, rightsOf } from '../access/policies.ts'
import type { User } from '../store/store.ts'
import { openServer, routes } from './server.ts'
import { openTestServer, type TestServer } from './test-server.ts'

/** Every route, asked by everybody whom there can be. What is asked for is not there, so that nothing happens where it is allowed. */

let server: TestServer
beforeAll(async () => {
  server = await openTestServer()
})
afterAll(() => server.close())

/** What a route needs beside what it declares, because it depends on more than the path. */
const further: Record<string, readonly Action[]> = {
  'GET /api/v1/activity/export': ['data:download'],
  'GET /api/v1/queries/:key/download': ['data:download'],
  'GET /api/v1/segments/:key/download': ['data:download'],
  'GET /api/v1/attributes-tables/:key/download': ['data:download'],
  // Of a workflow that is not there nothing is downloaded, but whether it is there is asked first.
  'GET /api/v1/workflows/:id/records': ['workflow:read'],
  'GET /api/v1/workflows/:id/exits': ['workflow:read'],
  'POST /api/v1/workflows/:id/undo': ['workflow:read'],
  // Of what is defined, beside the destination.
  'GET /api/v1/queries/:key/check': ['project:read'],
  'GET /api/v1/segments/:key/check': ['segment:read'],
  'GET /api/v1/attributes-tables/:key/check': ['project:read'],
}
/** Without it, such a request says too little to be judged. */
const queryOf = (path: string) => (path.endsWith('/check') ? '?destination=none' : '')
/** They are for users with a session, whatever these may do. So is the password, but what is asked here has none in it. */
const forUsers = new Set(['GET /api/v1/me/sessions', 'DELETE /api/v1/me/sessions/:id'])
/** Signs whoever asks out, and has a test of its own. */
const signOut = 'POST /api/v1/sign-out'
const asked = routes.filter(({ method, path, need }) => need !== 'nobody' && `${method} ${path}` !== signOut)

interface Somebody {
  headers: Record<string, string>
  isUser: boolean
  may: ReadonlySet<Action>
}

let users = 0
async function somebody(grants: Grants, state: User['state'] = 'active'): Promise<Somebody> {
  const { service } = server
  const user: User = {
    ...{ id: `matrix-${++users}`, email: `matrix-${users}@example.com`, name: '', state: 'active', version: 1 },
    ...{ passwordHash: null, identity: null, createdAt: new Date(), lastSeenAt: null },
    policies: [...grants.policies],
    options: [...grants.options],
  }
  await service.store.access.addUser(user)
  const { cookie, csrf } = await service.signIn.begin(user, { address: '', agent: '' }, 'password')
  if (state === 'disabled') await service.store.access.updateUser(user.id, { state })
  return {
    headers: { cookie: `deskside_session=${cookie}`, 'x-csrf-token': csrf },
    isUser: true,
    may: rightsOf(grants),
  }
}

/** Reads the beginning of an answer; a stream of events has no end. */
async function ask(method: string, path: string, headers: Record<string, string>) {
  const gone = new AbortController()
  const url = server.url + path.replaceAll(/:[a-z]+/g, 'none') + queryOf(path)
  const answer = await fetch(url, { method, headers, signal: gone.signal })
  const { status } = answer
  const isStream = answer.headers.get('content-type') === 'text/event-stream'
  const text = isStream ? '' : await answer.text()
  if (isStream) gone.abort()
  return { status, code: text.startsWith('{') ? (JSON.parse(text).code as string | undefined) : undefined }
}

async function deniedLines(from: Date): Promise<number> {
  let count = 0
  let cursor: string | null = null
  do {
    const page = await server.service.store.activity.list({ allowed: false, from }, { limit: 500, cursor })
    count += page.items.length
    cursor = page.next
  } while (cursor !== null)
  return count
}

async function assertMatrix({ headers, isUser, may }: Somebody): Promise<number> {
  const from = new Date()
  const wrong: unknown[] = []
  let denials = 0
  for (const { method, path, need } of asked) {
    const name = `${method} ${path}`
    const needs = [need, ...(further[name] ?? [])]
    const isAllowed =
      need === 'signed_in' ? isUser || !forUsers.has(name) : needs.every((one) => may.has(one as Action))
    const { status, code } = await ask(method, path, headers)
    const isDenied = status === 403 && code === 'access.denied'
    if (!isAllowed) denials += 1
    if (isAllowed ? status === 401 || status === 403 || status >= 500 : !isDenied)
      wrong.push([name, needs, status, code])
  }
  expect(wrong).toEqual([])
  expect(await deniedLines(from)).toBe(denials)
  return denials
}

/** Each policy with no option and with each; where not all are asked for, options beside one policy and every third scope. */
const grants = (Object.keys(policies) as PolicyKey[]).flatMap((policy) =>
  [[], ...(Object.keys(options) as OptionKey[]).map((one) => [one])]
    .filter((chosen) => isFull || chosen.length === 0 || policy === 'datagrid_operator')
    .map((chosen): [string, Grants] => [[policy, ...chosen].join(' with '), { policies: [policy], options: chosen }]),
)
const scopes = allActions.filter((_, index) => isFull || index % 3 === 0)

test.each(grants)('every route is open to %s or denied with one line, as its rights say', async (_name, given) => {
  await assertMatrix(await somebody(given))
})

test.each(scopes)('a key with the scope %s opens what needs it, and nothing else', async (action) => {
  const headers = { authorization: `Bearer ${await server.makeKey(action)}` }
  expect(await assertMatrix({ headers, isUser: false, may: new Set([action]) })).toBeGreaterThan(0)
})

test('nobody, a disabled user, and keys of one come to no route, and leave no line', async () => {
  const disabled = await somebody({ policies: ['datagrid_administrator'], options: [] }, 'disabled')
  const key = (await server.service.keys.create(`matrix-${users}`, { name: 'x', scopes: allActions, expiresAt: null }))
    .text
  const from = new Date()
  for (const headers of [
    {},
    disabled.headers,
    { authorization: `Bearer ${key}` },
    { authorization: 'Bearer dsk_none' },
  ])
    for (const { method, path } of [...asked, { method: 'POST', path: '/api/v1/sign-out' }])
      expect([method, path, (await ask(method, path, headers as never)).status]).toEqual([method, path, 401])
  expect(await deniedLines(from)).toBe(0)
})

test('every right is asked for by a route, but for those that are asked for elsewhere', () => {
  const elsewhere: Partial<Record<Action, string>> = {
    'data:download': 'by Control, of whole lists, of the rows of a query and of the export of the activity log',
    'key:administer': 'by Control, for keys of others',
    'server:maintain': 'by the commands that need it, and the door of commands',
    'destination:admin_only': 'by Control, where a destination says so',
    'pii:read': 'where values of people are shown',
    'pii:send': 'where values of people are sent',
  }
  const needed = new Set(routes.map(({ need }) => need))
  expect(allActions.filter((action) => !needed.has(action)).sort()).toEqual(Object.keys(elsewhere).sort())
})

test('a route that does not say what it needs keeps the server from starting', async () => {
  const route = { method: 'GET', path: '/api/v1/open', need: 'nobody', register } as const
  function register(app: { get: (url: string, handler: () => Promise<string>) => unknown }) {
    app.get('/api/v1/open', async () => 'open')
  }
  const known = routes as unknown[]
  known.push(route)
  try {
    const settings = { host: '127.0.0.1', port: 0, cliToken: 'x', project: 'x', version: '1', isReady: async () => {} }
    const options = { control: server.service.control, access: {} as never, log: console as never, settings }
    await expect(openServer(options)).rejects.toMatchObject({
      code: 'internal.bug',
      message: 'Route GET /api/v1/open does not say what it needs.',
    })
  } finally {
    known.pop()
  }
})

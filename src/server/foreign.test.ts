import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allActions } from '../access/authorize.ts'
import type { User } from '../store/store.ts'
import { routes } from './server.ts'
import { openTestServer, type TestCall, type TestServer } from './test-server.ts'

/** Ids and texts that come from somebody who means harm. */

let server: TestServer
beforeAll(async () => {
  server = await openTestServer()
})
afterAll(() => server.close())

interface Person {
  id: string
  session: string
  call(method: string, path: string, call?: TestCall): ReturnType<TestServer['call']>
}

let people = 0
/** A user with a session, who may do everything but administer keys and users of others. */
async function person(): Promise<Person> {
  const id = `person-${++people}`
  const user: User = {
    ...{ id, email: `${id}@example.com`, name: '', state: 'active', version: 1, passwordHash: null, identity: null },
    ...{ policies: ['datagrid_operator'], options: [], createdAt: new Date(), lastSeenAt: null },
  }
  await server.service.store.access.addUser(user)
  const { cookie, csrf } = await server.service.signIn.begin(user, { address: '', agent: '' }, 'password')
  const headers = { cookie: `deskside_session=${cookie}`, 'x-csrf-token': csrf }
  const [session] = await server.service.store.access.sessionsOf(id)
  return {
    id,
    session: session!.id,
    call: (method, path, call = {}) =>
      server.call(method, `/api/v1${path}`, { ...call, key: null, headers: { ...headers, ...call.headers } }),
  }
}

/** What an answer says beside the ids in it and those of the request. */
function shapeOf({ status, json }: { status: number; json: object | null }): unknown {
  const { code, title, who } = (json ?? {}) as Record<string, unknown>
  return { status, fields: Object.keys(json ?? {}).sort(), code, title, who }
}

describe('what belongs to somebody else', () => {
  test('a session is ended by its user alone, and is to others as one that is not there', async () => {
    const [ann, ben] = [await person(), await person()]
    const foreign = await ben.call('DELETE', `/me/sessions/${ann.session}`)
    expect(shapeOf(foreign)).toEqual(shapeOf(await ben.call('DELETE', '/me/sessions/none')))
    expect(foreign.status).toBe(404)
    expect((await ben.call('GET', '/me/sessions')).text).not.toContain(ann.session)
    expect((await ann.call('GET', '/me')).status).toBe(200)
    expect((await ann.call('DELETE', `/me/sessions/${ann.session}`)).status).toBe(204)
    expect((await ann.call('GET', '/me')).status).toBe(401)
  })

  test('a key is seen and deleted by its owner alone, and is to others as one that is not there', async () => {
    const { keys, store } = server.service
    const [ann, ben] = [await person(), await person()]
    const make = async (owner: string) => await keys.create(owner, { name: 'x', scopes: allActions, expiresAt: null })
    const annes = await make(ann.id)
    // Through a key of his own: whoever may make keys.
    await store.access.updateUser(ben.id, { policies: ['datagrid_administrator'] })
    const scopes = allActions.filter((action) => action !== 'key:administer')
    const bens = (await keys.create(ben.id, { name: 'y', scopes, expiresAt: null })).text
    const foreign = await server.call('DELETE', `/api/v1/keys/${annes.key.id}`, { key: bens })
    const unknown = await server.call('DELETE', '/api/v1/keys/0123456789abcdef', { key: bens })
    expect([foreign.status, shapeOf(foreign)]).toEqual([404, shapeOf(unknown)])
    expect((await server.call('GET', '/api/v1/keys', { key: bens })).text).not.toContain(annes.key.id)
    expect(await store.access.key(annes.key.id)).not.toBeNull()
    // Whoever may administer keys does see it.
    expect((await server.call('DELETE', `/api/v1/keys/${annes.key.id}`)).status).toBe(204)
  })
})

/** Each route that names one object, by one that is not there. */
const named = routes.filter(({ path, need }) => /:(id|key)/.test(path) && need !== 'nobody')
/** Bodies without which nothing is looked up. */
const bodies: Record<string, object> = {
  'POST /api/v1/workflows/:id/resolve': { resolution: 'retry' },
  'POST /api/v1/destinations/:key/clone': { name: 'Copy' },
  'PUT /api/v1/users/:id': { policies: ['ampiq_user'] },
}
const bodyOf = (name: string) =>
  bodies[name] ?? (name.startsWith('PUT') ? { body: { run: { on: 'manual' }, orchestrations: ['people'] } } : undefined)

test.each(named.map(({ method, path }) => [`${method} ${path}`, method, path] as const))(
  'ids that are not there are answered alike: %s',
  async (name, method, path) => {
    const body = bodyOf(name)
    const headers: Record<string, string> = method === 'PUT' || method === 'DELETE' ? { 'if-match': '"1"' } : {}
    const ids = ['none', '00000000-0000-4000-8000-000000000000', '0123456789abcdef', '../../me', 'a'.repeat(64), 'ö']
    const shapes = new Set<string>()
    for (const id of ids) {
      const url = path.replace(/:(id|key)/, encodeURIComponent(id))
      const answer = await server.call(method, url, { headers, ...(body !== undefined && { body }) })
      expect(answer.status).toBeLessThan(500)
      shapes.add(JSON.stringify(shapeOf(answer)))
    }
    expect([...shapes]).toHaveLength(1)
  },
)

/** Texts that mean something to a terminal, a spreadsheet, a header or a line of a log. */
const hostile = [
  '=cmd|calc!A1',
  '@SUM(1)',
  '+1',
  '-1',
  '\u001b[2Jgone',
  'a\r\nset-cookie: x=1',
  'a\nb',
  '\u2028next',
  '\u202egnp.exe',
  '"quoted", and more',
  'x'.repeat(300),
]

/** Cells of CSV as RFC 4180 has it. */
function cellsOf(csv: string): string[][] {
  const rows: string[][] = [[]]
  for (const [, quoted, bare, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? bare ?? '')
    if (end === '\r\n') rows.push([])
    if (end === '') break
  }
  return rows.filter((row) => row.length > 1)
}

describe.each(hostile)('the text %j', (given) => {
  test('as an id of a denied request stays one line of the activity log, and splits no header', async () => {
    const key = await server.makeKey('activity:read', 'data:download')
    const answer = await server.call('DELETE', `/api/v1/groups/${encodeURIComponent(given)}`, { key })
    expect(answer.status).toBe(403)
    expect(answer.headers.get('set-cookie')).toBeNull()
    const { json } = await server.call('GET', '/api/v1/activity?limit=1', { key })
    expect(json.items[0]).toMatchObject({ action: 'orchestration:write', allowed: false })
    expect(json.items[0].object).toMatch(/^group\/.+$/)
    expect(json.items[0].object).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u{202a}-\u{202e}]/u)
  })

  test('as the name of a key, a user or a program neither runs in a spreadsheet nor breaks out of its cell', async () => {
    const { status } = await server.call('POST', '/api/v1/keys', {
      body: { name: given.slice(0, 100), scopes: ['project:read'] },
    })
    expect(status).toBe(201)
    const { store, control } = server.service
    const actor = { kind: 'key', id: 'x', name: given, owner: null, may: new Set(allActions) } as const
    await control.notifications.test({ ...actor, via: { address: given, agent: given } }, given, '').catch(() => {})
    const csv = await server.call('GET', '/api/v1/activity/export')
    const [heading, ...rows] = cellsOf(csv.text)
    expect(heading).toEqual([
      'event_id',
      'time_utc',
      'actor',
      'actor_name',
      'action',
      'object',
      'allowed',
      'detail',
      'address',
      'agent',
    ])
    const { items } = await store.activity.list({}, { limit: 500, cursor: null })
    expect(rows.map(([id]) => id)).toEqual(items.map(({ id }) => id))
    for (const row of rows) {
      expect(row).toHaveLength(10)
      expect(row.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([])
    }
    expect(csv.text.replaceAll('\r\n', '')).not.toMatch(/[\p{Cc}\u2028\u202e]/u)
  })

  test('in a query of the export is part of no header', async () => {
    const answer = await server.call(
      'GET',
      `/api/v1/activity/export?${new URLSearchParams({ text: given, actor: given })}`,
    )
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-disposition')).toMatch(
      /^attachment; filename="events-\d{4}-\d\d-\d\d-to-\d{4}-\d\d-\d\d\.csv"$/,
    )
  })
})

test('NUL is refused everywhere, and a denied request with it is still written down', async () => {
  const key = await server.makeKey('workflow:read')
  expect((await server.call('DELETE', '/api/v1/groups/a%00b', { key })).status).toBe(403)
  expect((await server.call('GET', '/api/v1/workflows/a%00b', { key })).status).toBe(400)
  expect((await server.call('POST', '/api/v1/keys', { body: { name: 'a\0b', scopes: ['project:read'] } })).status).toBe(
    400,
  )
  const { items } = await server.service.store.activity.list({ object: 'group/a\u{fffd}b' }, { limit: 1, cursor: null })
  expect(items).toHaveLength(1)
})

test('the log of the server tells of a request by its route, and nothing that came with it', async () => {
  const before = server.lines.length
  await server.call('GET', '/api/v1/workflows/hostile%0d%0aid?hostile=%1b', {
    headers: { 'user-agent': 'hostile\tagent' },
  })
  const lines = server.lines.slice(before).filter(({ message }) => message === 'request')
  expect(lines).toMatchObject([{ fields: { route: '/api/v1/workflows/:id', status: 404 } }])
  expect(JSON.stringify(lines)).not.toContain('hostile')
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OptionKey, PolicyKey } from '../access/policies.ts'
import { openTestServer, type TestServer, type TestUser } from './test-server.ts'

let server: TestServer
let run: { id: string; run_id: string }
const users = new Map<string, TestUser>()

/** Destinations `zendesk` (as `settings` say) and `open`, to the same account; orchestrations `people` and `other` to them. */
async function set(settings: Record<string, unknown>): Promise<void> {
  await server.project.settings({ admin_only: false, limited_pii: false, ...settings })
  const { applied } = server.service.control
  await applied.apply(server.admin, (await applied.preview(server.admin)).revision)
}

beforeAll(async () => {
  server = await openTestServer()
  await server.project.write([{ external_id: '1', email: 'ada@example.com', name: 'Ada' }])
  run = await server.run()
  const { base_url } = (await server.call('GET', '/api/v1/destinations/zendesk')).json.body
  const open = { plugin: 'zendesk', credential: 'zendesk', subdomain: 'open', base_url }
  await server.call('POST', '/api/v1/destinations', { body: { key: 'open', body: open } })
  const kinds: [string, PolicyKey, OptionKey[]][] = [
    ['operator', 'datagrid_operator', []],
    ['analyst', 'amp360_user', []],
    ['restricted analyst', 'amp360_user', ['restrict_pii']],
    ['restricted operator', 'datagrid_operator', ['restrict_pii']],
    ['no exports', 'amp360_user', ['restrict_data_exports']],
  ]
  for (const [name, policy, options] of kinds) users.set(name, await server.makeUser([policy], options))
})
afterAll(() => server.close())

const as = (user: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  server.call(method, `/api/v1${path}`, {
    key: null,
    headers: { ...users.get(user)!.headers, ...headers },
    ...(body !== undefined && { body }),
  })
const statusAs = async (...call: Parameters<typeof as>) => (await as(...call)).status
const orchestration = (destination: string) => ({ body: { query: 'people', destination } })

describe('a destination for administrators only', () => {
  beforeAll(() => set({ admin_only: true }))

  it('is there for operators', async () => {
    expect(await statusAs('operator', 'GET', '/destinations/zendesk')).toBe(200)
    expect(await statusAs('operator', 'POST', '/orchestrations/people/runs', {})).toBe(202)
    expect((await as('operator', 'GET', `/workflows/${run.id}`)).json.launched.destination.key).toBe('zendesk')
  })

  it('is for everybody else as one that is not there', async () => {
    const keysOf = ({ json }: Awaited<ReturnType<typeof as>>) => json.items.map(({ key }: { key: string }) => key)
    expect(keysOf(await as('analyst', 'GET', '/destinations'))).toEqual(['open'])
    const paths: [string, string, unknown?][] = [
      ['GET', '/destinations/KEY'],
      ['POST', '/destinations/KEY/test'],
      ['POST', '/orchestrations', orchestration('KEY')],
    ]
    for (const [method, path, body] of paths) {
      const [hidden, unknown] = await Promise.all(
        ['zendesk', 'nothing'].map((key) =>
          as('analyst', method, path.replace('KEY', key), body && JSON.parse(JSON.stringify(body).replace('KEY', key))),
        ),
      )
      const plain = ({ status, json }: NonNullable<typeof hidden>) => ({
        ...json,
        status,
        instance: '',
        request_id: '',
      })
      expect([path, JSON.parse(JSON.stringify(plain(hidden!)).replaceAll('zendesk', 'nothing'))]).toEqual([
        path,
        plain(unknown!),
      ])
    }
  })

  it.each<[string, () => [string, string, unknown?]]>([
    ['run', () => ['POST', '/orchestrations/people/runs', {}]],
    ['planned', () => ['POST', '/orchestrations/people/plan', {}]],
    ['searched for drift', () => ['POST', '/orchestrations/people/drift']],
    ['taken back', () => ['POST', `/workflows/${run.id}/undo`]],
    ['looked into row by row', () => ['GET', `/workflows/${run.id}/records`]],
    ['looked into change by change', () => ['GET', `/plans/${run.run_id}/changes`]],
    ['put into a group', () => ['POST', '/groups', { body: { run: { on: 'manual' }, orchestrations: ['people'] } }]],
  ])('is not %s by others, and the attempt is a line of the activity log', async (_what, request) => {
    const [method, path, body] = request()
    const { status, json } = await as('analyst', method, path, body)
    expect([status, json.code]).toEqual([403, 'access.denied'])
    const { items } = (await server.call('GET', '/api/v1/activity')).json
    expect(items[0]).toMatchObject({ allowed: false, actor: `user/${users.get('analyst')!.id}` })
  })

  it('keeps its orchestrations out of the hands of others, who may write orchestrations', async () => {
    const own = await server.call('POST', '/api/v1/orchestrations', {
      body: { key: 'theirs', ...orchestration('zendesk') },
    })
    const match = { 'if-match': own.headers.get('etag')! }
    for (const [method, body] of [
      ['PUT', orchestration('open')],
      ['DELETE', undefined],
    ] as const)
      expect([method, await statusAs('analyst', method, '/orchestrations/theirs', body, match)]).toEqual([method, 403])
    expect(await statusAs('operator', 'DELETE', '/orchestrations/theirs', undefined, match)).toBe(204)
  })

  it('leaves nobody without somebody to ask', async () => {
    const { json } = await as('analyst', 'GET', '/me')
    expect(json.ask).toEqual([
      'admin@example.com',
      users.get('operator')!.email,
      users.get('restricted operator')!.email,
    ])
  })

  it('shows others that its workflows ran, without its settings and its people', async () => {
    const { json } = await as('analyst', 'GET', `/workflows/${run.id}`)
    expect(json).toMatchObject({ state: 'completed', launched: {} })
    // Through the open destination to the same account they may be seen, and through this one not.
    expect(await statusAs('analyst', 'GET', '/people/1?destination=zendesk')).toBe(404)
    expect(await statusAs('operator', 'GET', '/people/1?destination=zendesk')).toBe(200)
    expect((await as('analyst', 'GET', '/people/1')).json.people[0].destination).toBe('open')
    expect((await as('analyst', 'GET', '/people?search=ada')).json.items[0].destination).toBe('open')
    expect((await as('operator', 'GET', '/people?search=ada')).json.items[0].destination).toBe('zendesk')
  })
})

it('finds nobody where every destination to the account is hidden', async () => {
  const open = await server.call('GET', '/api/v1/destinations/open')
  const change = (body: object, etag: string) =>
    server.call('PUT', '/api/v1/destinations/open', { body: { body }, headers: { 'if-match': etag } })
  const closed = await change({ ...open.json.body, admin_only: true }, open.headers.get('etag')!)
  expect(closed.status).toBe(200)
  for (const text of ['ada', '1', 'ada@example.com'])
    expect((await as('analyst', 'GET', `/people?search=${text}`)).json).toEqual({ items: [], next: null })
  expect((await as('operator', 'GET', '/people?search=ada')).json.items).toHaveLength(1)
  await change(open.json.body, closed.headers.get('etag')!)
})

describe('who may not see personal values', () => {
  it.each<[string, Record<string, unknown>, number]>([
    ['sends nothing to a destination that does not say so', {}, 403],
    ['sends to one with limited_pii', { limited_pii: true }, 202],
  ])('%s', async (_what, settings, status) => {
    await set(settings)
    expect(await statusAs('restricted analyst', 'POST', '/orchestrations/people/runs', {})).toBe(status)
    expect(await statusAs('analyst', 'POST', '/orchestrations/people/runs', {})).toBe(202)
  })

  it('lets nobody else send for them: neither a schedule nor a destination they open themselves', async () => {
    await set({})
    const group = { body: { run: { on: 'schedule', cron: '0 6 * * *' }, orchestrations: ['people'] } }
    expect(await statusAs('restricted analyst', 'POST', '/groups', group)).toBe(403)
    expect(await statusAs('restricted analyst', 'POST', '/orchestrations', orchestration('open'))).toBe(403)
    const { json, headers } = await as('restricted operator', 'GET', '/destinations/open')
    const match = { 'if-match': headers.get('etag')! }
    const opened = { body: { ...json.body, limited_pii: true } }
    expect(await statusAs('restricted operator', 'PUT', '/destinations/open', opened, match)).toBe(403)
    const clone = { key: 'copy', name: 'Copy' }
    expect(await statusAs('restricted operator', 'POST', '/destinations/open/clone', clone)).toBe(201)
    expect(await statusAs('operator', 'PUT', '/destinations/open', opened, match)).toBe(200)
    const own = { key: 'mine', ...orchestration('open') }
    expect(await statusAs('restricted analyst', 'POST', '/orchestrations', own)).toBe(201)
  })

  it('has keys that may not either', async () => {
    const operator = users.get('restricted operator')!
    const { text } = await server.service.keys.create(operator.id, {
      ...{ name: 'mine', scopes: ['orchestration:run', 'pii:send', 'pii:read'], expiresAt: null },
    })
    const answer = await server.call('POST', '/api/v1/orchestrations/people/runs', { key: text, body: {} })
    expect(answer.status).toBe(403)
  })
})

it('who may not export runs and resolves nothing', async () => {
  await set({ limited_pii: true })
  expect(await statusAs('no exports', 'POST', '/orchestrations/people/runs', {})).toBe(403)
  expect(await statusAs('no exports', 'POST', `/workflows/${run.id}/resolve`, { resolution: 'retry' })).toBe(403)
  expect(await statusAs('no exports', 'GET', `/workflows/${run.id}/records`)).toBe(200)
})

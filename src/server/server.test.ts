import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { routes } from './server.ts'
import { openTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await openTestServer()
  await server.project.write([
    { external_id: '1', email: 'ada@example.com', name: '=Ada' },
    { external_id: '2', email: 'ben@example.com', name: 'Ben' },
    { external_id: '3', email: 'no address', name: 'Cy' },
  ])
})
afterAll(() => server.close())

const group = { run: { on: 'manual' }, orchestrations: ['people'] }

describe('problems', () => {
  test('every mistake of a request is told at once, each with its place', async () => {
    const { status, headers, json } = await server.call('GET', '/api/v1/workflows?limit=0&state=gone&what=1&from=now')
    expect(status).toBe(400)
    expect(headers.get('content-type')).toContain('application/problem+json')
    expect(json).toMatchObject({
      type: 'urn:deskside:problem:api.invalid',
      status: 400,
      code: 'api.invalid',
      who: 'you',
    })
    expect(json.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
      '/query/from',
      '/query/limit',
      '/query/state/0',
      '/query/what',
    ])
    expect(json.request_id).toBe(headers.get('x-request-id'))
  })

  test.each([
    ['GET', '/nothing', 404, 'api.not_found'],
    ['GET', '/api/v1/nothing', 404, 'api.not_found'],
    ['GET', '/api/v1/groups/%ff', 400, 'api.invalid'],
    ['PATCH', '/api/v1/groups', 405, 'api.invalid'],
    ['DELETE', '/api/v1/groups', 405, 'api.invalid'],
    ['GET', '/api/v1/sign-in', 405, 'api.invalid'],
    ['GET', '/api/v1/groups/none', 404, 'store.not_found'],
    ['GET', '/api/v1/plans/none/changes', 404, 'plan.not_found'],
    ['GET', '/api/v1/groups/a%00b', 400, 'api.invalid'],
    ['GET', '/api/v1/people/x?destination=none', 404, 'config.unknown_object'],
    ['GET', '/api/v1/schedules/preview?cron=61+*+*+*+*', 422, 'definition.invalid'],
  ])('%s %s is %i %s', async (method, path, status, code) => {
    const answer = await server.call(method, path)
    expect([answer.status, answer.json.code]).toEqual([status, code])
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
  })

  test.each([
    ['{"body"', 'application/json', 400],
    ['{"__proto__":{},"body":{}}', 'application/json', 400],
    ['body=1', 'application/x-www-form-urlencoded', 415],
    ['text', 'text/plain', 415],
    ['', 'application/json', 400],
    [`{"body":{"name":"${'x'.repeat(1024 * 1024)}"}}`, 'application/json', 413],
  ])('a body that cannot be taken is refused: case %$', async (body, type, status) => {
    const answer = await server.call('POST', '/api/v1/groups', { body, headers: { 'content-type': type } })
    expect([answer.status, answer.json.code]).toEqual([status, 'api.invalid'])
  })

  test('OPTIONS tells the methods of a path, and HEAD answers like GET without a body', async () => {
    const options = await server.call('OPTIONS', '/api/v1/groups', { key: null })
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, POST, OPTIONS'])
    const head = await server.call('HEAD', '/api/v1/groups')
    expect([head.status, head.text]).toEqual([200, ''])
    // Also of a stream that never ends by itself.
    expect((await server.call('HEAD', '/api/v1/events')).status).toBe(200)
  })

  test('what is no HTTP gets a problem, too', async () => {
    const { port } = new URL(server.url)
    const text = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'))
      let received = ''
      socket.on('data', (data) => {
        received += data
      })
      socket.on('close', () => resolve(received))
    })
    expect(text).toMatch(/^HTTP\/1\.1 400 .*application\/problem\+json/s)
  })
})

describe('who asks', () => {
  test('every route but signing in is closed to nobody and to a key without the right', async () => {
    const weak = await server.makeKey('activity:read')
    for (const { method, path, need } of routes) {
      if (need === 'nobody') continue
      const url = path.replaceAll(/:[a-z]+/g, 'none')
      expect([url, (await server.call(method, url, { key: null })).status]).toEqual([url, 401])
      expect([url, (await server.call(method, url, { key: 'dsk_nonsense' })).status]).toEqual([url, 401])
      if (need === 'signed_in' || need === 'activity:read') continue
      expect([url, (await server.call(method, url, { key: weak })).status]).toEqual([url, 403])
    }
  })

  test('a denied request leaves one line in the activity log', async () => {
    const weak = await server.makeKey('activity:read')
    await server.call('DELETE', '/api/v1/groups/secret', { key: weak })
    const { json } = await server.call('GET', '/api/v1/activity?action=orchestration%3Awrite', { key: weak })
    expect(json.items[0]).toMatchObject({ action: 'orchestration:write', object: 'group/secret', allowed: false })
  })

  test('a session changes nothing without its token, and ends', async () => {
    const { password } = server
    const body = { email: 'admin@example.com', password }
    const signed = await server.call('POST', '/api/v1/sign-in', { key: null, body })
    expect(signed.status).toBe(200)
    const cookies = signed.headers.getSetCookie()
    expect(cookies.find((one) => one.startsWith('deskside_session='))).toMatch(/; HttpOnly; SameSite=Lax$/)
    const cookie = cookies.map((one) => one.split(';')[0]).join('; ')
    const post = (headers: object) =>
      server.call('POST', '/api/v1/notifications/read', {
        key: null,
        body: { ids: 'all' },
        headers: { cookie, ...headers },
      })
    expect((await server.call('GET', '/api/v1/me', { key: null, headers: { cookie } })).json.name).toBe(body.email)
    expect((await post({})).status).toBe(403)
    expect((await post({ 'x-csrf-token': 'dsk_csrf_other' })).status).toBe(403)
    expect((await post({ 'x-csrf-token': signed.json.csrf_token })).status).toBe(204)
    const out = { key: null, headers: { cookie, 'x-csrf-token': signed.json.csrf_token } }
    expect((await server.call('POST', '/api/v1/sign-out', out)).status).toBe(204)
    expect((await server.call('GET', '/api/v1/me', { key: null, headers: { cookie } })).status).toBe(401)
  })

  test('behind https the cookies stay there', async () => {
    const body = { email: 'admin@example.com', password: server.password }
    const signed = await server.call('POST', '/api/v1/sign-in', {
      key: null,
      body,
      headers: { 'x-forwarded-proto': 'https' },
    })
    for (const cookie of signed.headers.getSetCookie()) expect(cookie).toContain('; Secure')
  })

  test('a wrong password is refused like a wrong address', async () => {
    const sign = (email: string) =>
      server.call('POST', '/api/v1/sign-in', { key: null, body: { email, password: 'wrong' } })
    const [one, other] = [await sign('admin@example.com'), await sign('nobody@example.com')]
    expect([one.status, other.status]).toEqual([401, 401])
    expect(one.json.detail).toBe(other.json.detail)
  })

  test('a key is shown once, also when the request is repeated', async () => {
    const ask = {
      body: { name: 'ci', scopes: ['workflow:read'], expires_at: null },
      headers: { 'idempotency-key': 'make-a-key' },
    }
    const first = await server.call('POST', '/api/v1/keys', ask)
    expect([first.status, first.json.secret]).toEqual([201, expect.stringMatching(/^dsk_/)])
    const again = await server.call('POST', '/api/v1/keys', ask)
    expect([again.status, again.json.secret]).toEqual([201, null])
    expect(again.json.key).toEqual(first.json.key)
    const { json } = await server.call('GET', '/api/v1/keys')
    expect(JSON.stringify(json)).not.toContain(first.json.secret)
    expect((await server.call('DELETE', `/api/v1/keys/${first.json.key.id}`)).status).toBe(204)
    expect((await server.call('GET', '/api/v1/workflows', { key: first.json.secret })).status).toBe(401)
  })
})

describe('definitions', () => {
  test('are created, read, changed and deleted, each edit by its version', async () => {
    const made = await server.call('POST', '/api/v1/groups', { body: { key: 'nightly', body: group } })
    expect([made.status, made.json.version]).toEqual([201, 1])
    const read = await server.call('GET', '/api/v1/groups/nightly')
    const etag = read.headers.get('etag')!
    expect(etag).toMatch(/^"1\./)
    const unchanged = await server.call('GET', '/api/v1/groups/nightly', { headers: { 'if-none-match': etag } })
    expect([unchanged.status, unchanged.text]).toEqual([304, ''])
    const body = { body: { ...group, name: 'Nightly' } }
    const put = (headers: Record<string, string>) => server.call('PUT', '/api/v1/groups/nightly', { body, headers })
    expect((await put({})).json.code).toBe('api.precondition_required')
    expect((await put({ 'if-match': '*' })).status).toBe(400)
    expect((await put({ 'if-match': '"7"' })).status).toBe(412)
    const changed = await put({ 'if-match': etag })
    expect([changed.status, changed.json.version]).toEqual([200, 2])
    expect((await put({ 'if-match': etag })).json).toMatchObject({ status: 412, code: 'store.conflict' })
    const remove = (tag: string) => server.call('DELETE', '/api/v1/groups/nightly', { headers: { 'if-match': tag } })
    expect((await remove(etag)).status).toBe(412)
    expect((await remove('"2"')).status).toBe(204)
    expect((await server.call('GET', '/api/v1/groups/nightly')).status).toBe(404)
  })

  test('that come from git, or are used, stay as they are', async () => {
    const { json } = await server.call('GET', '/api/v1/credentials/zendesk')
    expect(json).toMatchObject({ source: 'git', used_by: ['destination/zendesk'] })
    const headers = { 'if-match': `"${json.version}"` }
    const put = await server.call('PUT', '/api/v1/credentials/zendesk', { headers, body: { body: json.body } })
    expect([put.status, put.json.code]).toEqual([409, 'definition.from_git'])
  })

  test('a destination is tested before it is copied or saved', async () => {
    const copy = await server.call('POST', '/api/v1/destinations/zendesk/clone', { body: { name: 'Second' } })
    expect([copy.status, copy.json.source]).toEqual([201, 'ui'])
    const tested = await server.call('POST', `/api/v1/destinations/${copy.json.key}/test`)
    expect(tested.json.ok).toBe(true)
    expect(tested.json.stages.length).toBeGreaterThan(2)
    const body = { body: { ...copy.json.body, base_url: 'http://127.0.0.1:1' } }
    const bad = await server.call('POST', '/api/v1/destinations', { body: { key: 'bad', ...body } })
    expect([bad.status, bad.json.code]).toEqual([422, 'definition.invalid'])
    expect((await server.call('GET', '/api/v1/destinations/bad')).status).toBe(404)
  })

  test('the schemas of the plugins are there to make forms of', async () => {
    const { json } = await server.call('GET', '/api/v1/plugins?q=zEN')
    expect(json.items).toMatchObject([{ key: 'zendesk', settings: { type: 'object' } }])
    const [oauth, token] = json.items[0].credential.oneOf
    expect([oauth.title, token.title]).toEqual(['Zendesk OAuth client', 'Zendesk API token'])
    expect(oauth.properties).toMatchObject({
      client_id: { title: 'Unique identifier (client id)' },
      client_secret: { title: 'Client secret', writeOnly: true },
    })
    expect((await server.call('GET', '/api/v1/plugins?q=salesforce')).json.items).toEqual([])
  })
})

describe('a connection test', () => {
  const path = '/api/v1/destinations/zendesk/test'
  const asLines = { accept: 'application/x-ndjson' }
  const linesOf = (text: string) => text.split('\n').map((line) => (line === '' ? 'the end' : JSON.parse(line)))
  const begin = async (headers: object, signal?: AbortSignal) => {
    const more = {
      headers: { authorization: `Bearer ${server.key}`, ...asLines, ...headers },
      ...(signal && { signal }),
    }
    const answer = await fetch(server.url + path, { method: 'POST', ...more })
    return answer.body!.pipeThrough(new TextDecoderStream()).getReader()
  }
  const slow = (requestLatencyMs: number) => server.project.emulator.seed({ settings: { requestLatencyMs } })

  test('is heard stage by stage while it goes on; JSON has the same at its end', async () => {
    const { emulator } = server.project
    slow(100)
    emulator.clearCalls()
    let text = ''
    let callsAtFirst: string[] = []
    const reader = await begin({})
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (!text.includes('{"stage":{')) callsAtFirst = emulator.calls().map((call) => call.path)
      text += part.value
    }
    slow(0)
    expect(callsAtFirst.join()).not.toContain('/account/settings')
    expect(emulator.calls().map((call) => call.path)).toContainEqual(expect.stringContaining('/account/settings'))
    const { json } = await server.call('POST', path)
    const told = json.stages.flatMap((stage: { stage: string; title: string }) => [
      { begun: { stage: stage.stage, title: stage.title } },
      { stage },
    ])
    expect(linesOf(text)).toEqual([...told, { answer: json }, 'the end'])
    expect(json.stages.length).toBeGreaterThan(3)
  })

  test('goes on when its client has gone, and is there under its key, as lines or as JSON', async () => {
    const key = { 'idempotency-key': 'heard-1' }
    slow(50)
    const gone = new AbortController()
    const reader = await begin(key, gone.signal)
    expect((await reader.read()).value).toContain('{"begun":{"stage":"reach"')
    gone.abort()
    const again = (headers: object) => server.call('POST', path, { headers: { ...key, ...headers } })
    expect((await again(asLines)).json.code).toBe('api.key_busy')
    await expect.poll(async () => (await again({})).status, { timeout: 10_000 }).toBe(200)
    slow(0)
    const { json, headers } = await again({})
    expect([json.ok, headers.get('idempotency-replayed')]).toEqual([true, 'true'])
    const repeated = await again(asLines)
    expect(repeated.headers.get('content-type')).toBe('application/x-ndjson')
    expect(linesOf(repeated.text)).toEqual([{ answer: json }, 'the end'])
  })

  test('that is refused says so with its status, and one that fails in the middle with its last line', async () => {
    const key = { 'idempotency-key': 'heard-2' }
    for (const headers of [asLines, { ...asLines, ...key }, { ...asLines, ...key }]) {
      const refused = await server.call('POST', '/api/v1/destinations/none/test', { headers })
      expect([refused.status, refused.json.code]).toEqual([404, 'store.not_found'])
      expect(refused.headers.get('content-type')).toContain('application/problem+json')
    }
    const weak = await server.makeKey('activity:read')
    expect((await server.call('POST', path, { headers: asLines, key: weak })).status).toBe(403)
    const stage = { stage: 'reach', title: 'Reach the account', outcome: 'ok' as const, detail: '', problem: null }
    const spy = vi.spyOn(server.service.control.definitions, 'test').mockImplementation(async function* () {
      yield stage
      throw new Error('what nobody foresaw')
    })
    const { text, status, headers } = await server.call('POST', path, { headers: asLines })
    spy.mockRestore()
    const problem = { code: 'internal.bug', status: 500, request_id: headers.get('x-request-id') }
    expect([status, linesOf(text)]).toEqual([
      200,
      [{ stage }, { problem: expect.objectContaining(problem) }, 'the end'],
    ])
    expect(text).not.toContain('foresaw')
    expect(server.lines.some(({ fields }) => 'err' in fields && String(fields.err).includes('foresaw'))).toBe(true)
  })
})

describe('work', () => {
  test('a plan can be read change by change, page by page', async () => {
    const { json: plan } = await server.call('POST', '/api/v1/orchestrations/people/plan')
    expect(plan).toMatchObject({ orchestration: 'people', people: { create: 2 } })
    const first = await server.call('GET', `/api/v1/plans/${plan.plan_id}/changes?limit=1`)
    expect(first.json).toMatchObject({ items: [{ email: 'ada@example.com' }], next: '1' })
    const second = await server.call('GET', `/api/v1/plans/${plan.plan_id}/changes?limit=1&cursor=${first.json.next}`)
    expect(second.json).toMatchObject({ items: [{ email: 'ben@example.com' }], next: null })
    expect((await server.call('GET', `/api/v1/plans/${plan.plan_id}/conflicts`)).json.items).toEqual([])
  })

  test('a plan can be read again, and searched for a person by whoever may see who that is', async () => {
    const { json: made } = await server.call('POST', '/api/v1/orchestrations/people/plan')
    const path = `/api/v1/plans/${made.plan_id}`
    const { changes_sample: _, conflicts_sample: __, ...told } = made
    const plan = await server.call('GET', path)
    expect(plan.json).toEqual({ ...told, state: 'waiting', open: true })
    expect(plan.text).not.toContain('ada@example.com')
    const found = await server.call('GET', `${path}/changes?q=ADA@`)
    expect(found.json).toMatchObject({ items: [{ email: 'ada@example.com' }], next: null })
    expect((await server.call('GET', `${path}/changes?q=nobody`)).json.items).toEqual([])
    const { headers } = await server.makeUser(['datagrid_operator'], ['restrict_pii'])
    const refused = await server.call('GET', `${path}/changes?q=ada`, { key: null, headers })
    expect(refused).toMatchObject({ status: 403, json: { code: 'access.denied' } })
    expect((await server.call('GET', '/api/v1/plans/none')).json.code).toBe('plan.not_found')
  })

  test('a run leaves a record of every row, as lines of JSON or as CSV', async () => {
    const workflow = await server.run()
    expect(workflow).toMatchObject({ orchestration: 'people', trigger: 'api', state: 'completed_with_alerts' })
    const path = `/api/v1/workflows/${workflow.id}/records`
    const lines = await server.call('GET', path)
    expect(lines.headers.get('content-type')).toContain('application/x-ndjson')
    const rows = lines.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows.map(({ outcome }) => outcome)).toEqual(['created', 'created', 'rejected'])
    const csv = await server.call('GET', `${path}?outcome=created`, { headers: { accept: 'text/csv' } })
    // A name that a spreadsheet would take for a formula is not one.
    expect(csv.text.split('\r\n')).toEqual([
      'row,external_id,email,name,outcome,field,value,code,reason',
      "1,1,ada@example.com,'=Ada,created,,,,",
      '2,2,ben@example.com,Ben,created,,,,',
      '',
    ])
    expect((await server.call('GET', path, { headers: { accept: 'image/png' } })).status).toBe(406)
    const listed = await server.call('GET', '/api/v1/workflows?state=completed_with_alerts&orchestration=people')
    expect(listed.json.items.map(({ id }: { id: string }) => id)).toContain(workflow.id)
    const why = await server.call('GET', '/api/v1/people/ada%40example.com')
    expect(why.json.people).toMatchObject([{ external_id: '1', now: { there: true } }])
    expect((await server.call('POST', `/api/v1/workflows/${workflow.id}/stop`)).json.code).toBe('workflow.not_now')
    const json = { accept: 'application/json' }
    const found = await server.call('GET', `${path}?q=ADA@`, { headers: json })
    expect(found.json).toMatchObject({ items: [{ email: 'ada@example.com' }], next: null })
    const restricted = await server.makeUser(['datagrid_operator'], ['restrict_pii'])
    for (const accept of ['application/json', 'text/csv']) {
      const headers = { ...restricted.headers, accept }
      const refused = await server.call('GET', `${path}?q=ada`, { key: null, headers })
      expect(refused).toMatchObject({ status: 403, json: { code: 'access.denied' } })
    }
  })

  test('a request with an Idempotency-Key is done once', async () => {
    const ask = { headers: { 'idempotency-key': 'one-run' }, body: { full: true } }
    const path = '/api/v1/orchestrations/people/runs'
    const all = await Promise.all([1, 2, 3, 4].map(() => server.call('POST', path, ask)))
    const done = all.filter(({ status }) => status === 202)
    // Those that came while the first was at work are told so.
    for (const { status, json } of all) if (status !== 202) expect([status, json.code]).toEqual([409, 'api.key_busy'])
    expect(new Set(done.map(({ json }) => json.id)).size).toBe(1)
    const again = await server.call('POST', path, ask)
    expect([again.status, again.json.id]).toEqual([202, done[0]!.json.id])
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    const other = await server.call('POST', path, { ...ask, body: { full: false } })
    expect([other.status, other.json.code]).toEqual([422, 'api.key_reused'])
    const refused = { headers: { 'idempotency-key': 'none' } }
    const first = await server.call('POST', '/api/v1/orchestrations/none/runs', refused)
    expect((await server.call('POST', '/api/v1/orchestrations/none/runs', refused)).json).toEqual(first.json)
  })

  test('a group runs by hand and by signal', async () => {
    await server.call('POST', '/api/v1/groups', { body: { key: 'by_hand', body: group } })
    const run = { on: 'signal', signal: 'loaded' }
    await server.call('POST', '/api/v1/groups', { body: { key: 'by_signal', body: { ...group, run } } })
    expect((await server.call('POST', '/api/v1/groups/by_hand/runs')).status).toBe(202)
    const begun = await server.call('POST', '/api/v1/signals/loaded')
    expect([begun.status, begun.json.items]).toMatchObject([202, [{ group: 'by_signal', trigger: 'signal' }]])
    const { json } = await server.call('GET', '/api/v1/groups/by_signal/runs')
    expect(json.items).toMatchObject([{ id: begun.json.items[0].id }])
    const preview = await server.call(
      'GET',
      '/api/v1/schedules/preview?cron=30+8+*+*+mon-fri&time_zone=Europe/Berlin&count=3',
    )
    expect(preview.json.times).toHaveLength(3)
  })
})

describe('the server', () => {
  test('lives, is ready, and counts', async () => {
    expect((await server.call('GET', '/healthz', { key: null })).json).toEqual({ status: 'ok' })
    expect((await server.call('GET', '/readyz', { key: null })).json).toEqual({ status: 'ok' })
    const { text } = await server.call('GET', '/metrics', { key: null })
    expect(text).toMatch(/^deskside_workflows\{state="waiting"\} \d+$/m)
    expect(text).toMatch(/^deskside_delivered_total\{outcome="created"\} \d+$/m)
    expect(text).toMatch(
      /^deskside_http_request_duration_seconds_count\{method="GET",route="\/api\/v1\/groups\/:key",/m,
    )
    expect(text).toMatch(/^process_cpu_seconds_total /m)
    // Paths that there are not would be as many as anybody likes.
    expect(text).not.toContain('nothing')
  })

  test('figures are for this machine, and for keys that may read them', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.7' }
    expect((await server.call('GET', '/metrics', { key: null, headers })).status).toBe(401)
    expect((await server.call('GET', '/metrics', { key: await server.makeKey('activity:read'), headers })).status).toBe(
      403,
    )
    expect((await server.call('GET', '/metrics', { key: await server.makeKey('server:read'), headers })).status).toBe(
      200,
    )
  })

  test('the reference stands on its own page, under a policy that lets nothing else in', async () => {
    const page = await server.call('GET', '/api/docs/', { key: null })
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    const assets = [...page.text.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path]) => path!)
    expect(assets.length).toBeGreaterThan(3)
    for (const path of assets) expect((await server.call('GET', `/api/docs/${path}`, { key: null })).status).toBe(200)
    expect(page.text).not.toMatch(/<script[^>]*>[^<\s]|https?:\/\//)
    expect(page.text).not.toMatch(/ style=/)
    const { json } = await server.call('GET', '/api/docs/json', { key: null })
    expect(json.openapi).toBe('3.1.0')
    expect(JSON.stringify(json)).not.toContain('/cli/')
    expect(json.paths['/api/v1/groups'].post['x-action']).toBe('orchestration:write')
  })

  test('bringing deskside.yml is looked at first', async () => {
    const { json } = await server.call('GET', '/api/v1/apply')
    expect(json.changes).toEqual([])
    const stale = await server.call('POST', '/api/v1/apply', { body: { revision: json.revision + 1 } })
    expect([stale.status, stale.json.code]).toEqual([409, 'store.conflict'])
    expect((await server.call('POST', '/api/v1/apply', { body: { revision: json.revision } })).status).toBe(200)
  })

  test('the log has a line for each request, and neither paths with people nor secrets', async () => {
    const text = JSON.stringify(server.lines)
    expect(text).toContain('/api/v1/people/:key')
    expect(text).not.toContain('ada@example.com')
    for (const secret of server.secrets) expect(text).not.toContain(secret)
  })
})

test('a server that ends ends its streams, answers the request at work, and refuses the next', async () => {
  const own = await openTestServer()
  await own.project.write([{ external_id: '1', email: 'ada@example.com', name: 'Ada' }])
  const events = await fetch(`${own.url}/api/v1/events`, { headers: { authorization: `Bearer ${own.key}` } })
  const reader = events.body!.getReader()
  await reader.read()
  // A connection that is busy when the server begins to end still asks its next question.
  const { port } = new URL(own.url)
  const request = httpRequest({
    port,
    path: '/api/v1/groups',
    method: 'POST',
    headers: { authorization: `Bearer ${own.key}`, 'content-type': 'application/json', 'content-length': '2' },
  })
  const answer = new Promise<number>((resolve, reject) => {
    request.on('response', (response) => resolve(response.resume().statusCode!))
    request.on('error', reject)
  })
  await new Promise<void>((resolve) => request.write('{', () => resolve()))
  // The head is read in order: an answer on another connection shows that the server has seen it.
  await own.call('GET', '/healthz')
  // Browsers open connections in advance on which nothing is asked.
  const silent = connect(Number(port), '127.0.0.1')
  const released = new Promise((resolve) => silent.once('close', resolve))
  await new Promise((resolve) => silent.once('connect', resolve))
  await own.call('GET', '/healthz')
  const closed = own.close()
  request.end('}')
  expect(await answer).toBe(400)
  while (!(await reader.read()).done);
  await Promise.all([closed, released])
  await expect(fetch(`${own.url}/healthz`)).rejects.toThrow()
})

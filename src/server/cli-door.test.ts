import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json } from '../problem.ts'
import { openTestServer, type TestServer } from './test-server.ts'

let server: TestServer
/** What the further call of this server waits for. */
let onCall: (signal: AbortSignal) => Promise<Json>
beforeAll(async () => {
  server = await openTestServer({
    calls: { wait: (_args, signal) => onCall(signal), echo: async (args) => [...args] },
  })
  await server.project.write([{ external_id: '1', email: 'ada@example.com', name: 'Ada' }])
})
afterAll(() => server.close())

const linesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

async function call(method: string, args: readonly unknown[]) {
  const body = { id: crypto.randomUUID(), method, args }
  const answer = await server.call('POST', '/api/v1/cli/call', { key: server.cliToken, body })
  return { ...answer, lines: linesOf(answer.text) }
}

test('a run through the door tells its events and its result', async () => {
  const { lines } = await call('run', [
    'people',
    { sample: null, full: false, live: false, planId: null, approve: false },
  ])
  expect(lines.filter(({ event }) => event?.type === 'step').map(({ event }) => event.step)).toContain('deliver')
  const { result } = lines.at(-1)
  expect(result).toMatchObject({ orchestration: 'people', status: 'completed', rows: { created: 1 } })
  const records = await call('records', [result.run_id, { outcome: null, warnings: false }])
  expect(records.lines).toMatchObject([{ item: { email: 'ada@example.com', outcome: 'created' } }, { result: null }])
})

test('a problem comes as it was thrown', async () => {
  const { status, lines } = await call('plan', ['none', { sample: null, full: false, live: false }])
  expect(status).toBe(200)
  expect(lines).toMatchObject([{ problem: { code: 'config.unknown_object', effect: 'none', data: {} } }])
})

test.each([
  ['close', []],
  ['project', []],
  ['constructor', []],
  ['toString', []],
  ['plan', ['people']],
  ['plan', ['people', { sample: null, full: false, live: false, more: 1 }]],
  ['records', [1, null]],
])('only known calls with their own arguments are made: %s %j', async (method, args) => {
  const { status, json } = await call(method, args)
  expect([status, json.problem.code]).toEqual([400, 'api.invalid'])
})

test('further calls of the server are made like those of the app', async () => {
  expect((await call('echo', ['a', 1])).lines).toEqual([{ result: ['a', 1] }])
})

test('nobody but a command on this machine comes in', async () => {
  const body = { id: '1', method: 'echo', args: [] }
  const ask = (key: string | null, headers: Record<string, string> = {}) =>
    server.call('POST', '/api/v1/cli/call', { key, body, headers })
  expect((await ask(null)).status).toBe(401)
  expect((await ask(server.key)).status).toBe(401)
  expect((await ask(`${server.cliToken}x`)).status).toBe(401)
  // A proxy of this machine says where the request comes from.
  const from = { 'x-forwarded-for': '192.0.2.7' }
  expect((await ask(server.cliToken, from)).status).toBe(401)
  expect((await server.call('GET', '/api/v1/groups', { key: server.cliToken, headers: from })).status).toBe(401)
  expect((await ask(server.cliToken)).status).toBe(200)
})

test('a command learns whose server it is, and may use the rest of the API', async () => {
  const key = server.cliToken
  expect((await server.call('GET', '/api/v1/cli/hello', { key })).json).toEqual({ project: 'bench', version: '1.2.3' })
  expect((await server.call('GET', '/api/v1/me', { key })).json.kind).toBe('cli')
  expect((await server.call('GET', '/api/v1/apply', { key })).json.changes).toEqual([])
})

test('stop lets a call end by itself', async () => {
  let begun = () => {}
  const isBegun = new Promise<void>((resolve) => {
    begun = resolve
  })
  onCall = (signal) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve('settled'))
      begun()
    })
  const key = server.cliToken
  const body = { id: 'stopped', method: 'wait', args: [] }
  const answer = server.call('POST', '/api/v1/cli/call', { key, body })
  await isBegun
  expect((await server.call('POST', '/api/v1/cli/call', { key, body })).json.problem.code).toBe('store.conflict')
  expect((await server.call('POST', '/api/v1/cli/stop', { key, body: { id: 'stopped' } })).status).toBe(204)
  expect(linesOf((await answer).text)).toEqual([{ result: 'settled' }])
  const late = await server.call('POST', '/api/v1/cli/stop', { key, body: { id: 'stopped' } })
  expect([late.status, late.json.problem.code]).toEqual([404, 'store.not_found'])
})

test('a connection that is closed ends the call', async () => {
  const gone = new AbortController()
  const stopped = new Promise<void>((resolve) => {
    onCall = (signal) => {
      signal.addEventListener('abort', () => resolve())
      // Only now is the call surely begun.
      gone.abort()
      return new Promise<Json>((settle) => signal.addEventListener('abort', () => settle(null)))
    }
  })
  const answer = fetch(`${server.url}/api/v1/cli/call`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.cliToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'closed', method: 'wait', args: [] }),
    signal: gone.signal,
  }).then((response) => response.text())
  await expect(answer).rejects.toThrow()
  await stopped
})

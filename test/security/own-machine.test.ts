import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestServer, type TestServer } from '../../src/server/test-server.ts'
import { admin, openServiceBench } from '../service-bench.ts'

/**
 * What somebody with a right in a server makes it ask. Nothing is listed in DESKSIDE_ALLOWED_HOSTS, the project's own account is on this machine, and
 * so is a service that nobody may reach.
 */

let server: TestServer
let inner: Server
let port: number
let asked = 0
beforeAll(async () => {
  inner = createServer((socket) => {
    asked += 1
    socket.on('error', () => {})
    socket.end()
  })
  inner.listen(0)
  await once(inner, 'listening')
  port = (inner.address() as AddressInfo).port
  server = await openTestServer({ env: { DESKSIDE_ALLOWED_HOSTS: '' } })
})
afterAll(async () => {
  await server.close()
  inner.close()
})

/** Ways to write this machine, and the network that it alone is in. */
const hosts = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.0.0.53',
  'localhost',
  'LOCALHOST',
  'localhost.',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '0.0.0.0',
  '0',
  '[::]',
  '①②⑦.0.0.1',
  '127。0。0。1',
  '%31%32%37.0.0.1',
]

const post = (path: string, body: object) => server.call('POST', `/api/v1${path}`, { body })

test('an account of deskside.yml may be on this machine', async () => {
  const tested = await post('/destinations/zendesk/test', {})
  expect(tested.json.ok).toBe(true)
})

describe.each(hosts)('the host %s', (host) => {
  test.each(['http', 'https'])('is no account of a destination, by %s', async (scheme) => {
    const body = { plugin: 'zendesk', credential: 'zendesk', subdomain: 'x', base_url: `${scheme}://${host}:${port}` }
    const made = await post('/destinations', { body })
    expect([made.status, asked]).toEqual([422, 0])
  })

  test('is none that a secret is tried at', async () => {
    const body = { type: 'zendesk_oauth', name: 'Shop', client_id: 'x' }
    const account = { subdomain: 'x', base_url: `http://${host}:${port}` }
    const made = await post('/hand-overs', { body, account, hours: 1 })
    expect([made.status, asked]).toEqual([422, 0])
  })

  test.each(['http', 'https'])('is no identity provider, by %s', async (scheme) => {
    const provider = { name: 'X', client_id: 'x', client_secret: 'x', issuer: `${scheme}://${host}:${port}` }
    const made = await post('/identity-providers', { body: provider })
    expect([made.status, asked]).toEqual([422, 0])
  })

  test.each(['slack', 'webhook', 'smtp'])('gets no message by %s', async (type) => {
    const body =
      type === 'smtp'
        ? { type, host: host.replace(/^\[|\]$/g, ''), port, secure: false, from: 'a@example.com' }
        : { type, url: `http://${host}:${port}/x`, ...(type === 'webhook' && { token: 'x' }) }
    const made = await post('/channels', { body })
    // A mail server's name is checked when it is saved, the address of a hook when it is used.
    if (made.status === 422) return expect(asked).toBe(0)
    expect(made.status).toBe(201)
    const sent = await post(`/channels/${made.json.key}/test`, { target: 'a@example.com' })
    expect([sent.json, asked]).toEqual([{ sent: false, error: expect.any(String) }, 0])
  })
})

test('the problem names the host and both ways out', async () => {
  const body = { plugin: 'zendesk', credential: 'zendesk', subdomain: 'x', base_url: `http://127.0.0.1:${port}` }
  const { json } = await post('/destinations', { body })
  expect(json).toMatchObject({
    code: 'zendesk.base_url_refused',
    detail: expect.stringContaining(`127.0.0.1:${port}`),
    fix: expect.stringMatching(/DESKSIDE_ALLOWED_HOSTS.*deskside\.yml/),
  })
})

test('a copy of a destination of deskside.yml is one that somebody made', async () => {
  const copy = await post('/destinations/zendesk/clone', { name: 'Second' })
  expect([copy.status, copy.json.code]).toEqual([422, 'zendesk.base_url_refused'])
})

test.each(['127.0.0.1', 'port'])('what is listed may be used: %s', async (listed) => {
  const bench = await openServiceBench({ env: { DESKSIDE_ALLOWED_HOSTS: '' } })
  const host = new URL(bench.project.emulator.url).host
  await bench.close()
  expect(host).toMatch(/^127\.0\.0\.1:\d+$/)
  const emulator = { port: Number(host.split(':')[1]) }
  const own = await openTestServer({
    emulator,
    env: { DESKSIDE_ALLOWED_HOSTS: listed === 'port' ? host : listed },
  })
  try {
    const copy = await own.call('POST', '/api/v1/destinations/zendesk/clone', { body: { name: 'Second' } })
    expect([copy.status, copy.json.source]).toEqual([201, 'ui'])
  } finally {
    await own.close()
  }
})

test('a destination stays refused where it was saved before the list became shorter', async () => {
  const bench = await openServiceBench({ env: { DESKSIDE_ALLOWED_HOSTS: '' } })
  try {
    await bench.apply()
    const { definitions } = bench.service.control
    const { body } = await definitions.get(admin, 'destination', 'zendesk')
    const { definitions: stored } = bench.service.store
    await stored.create({ kind: 'destination', key: 'old', source: 'ui', body }, 'user/x')
    await stored.create(
      { kind: 'orchestration', key: 'old', source: 'ui', body: { query: 'people', destination: 'old' } },
      'user/x',
    )
    await bench.restart()
    await bench.project.write([{ external_id: '1', email: 'a@example.com', name: 'A' }])
    const { workflows, definitions: again } = bench.service.control
    await expect(again.test(admin, 'destination', 'old')[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'zendesk.base_url_refused',
    })
    const { id } = await workflows.start(admin, 'old', {
      ...{ sample: null, full: false, live: false, planId: null, approve: false },
    })
    expect((await bench.settled(id)).problem?.code).toBe('zendesk.base_url_refused')
    // That of deskside.yml goes on.
    expect((await bench.run()).state).toBe('completed')
  } finally {
    await bench.close()
  }
})

import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestServer, type TestServer } from '../../src/server/test-server.ts'

/** Requests that two programs could read in two ways, and paths that lead elsewhere. */

let server: TestServer
let port: number
beforeAll(async () => {
  server = await openTestServer()
  port = Number(new URL(server.url).port)
})
afterAll(() => server.close())

/** Everything that the server says to these bytes until it ends the connection, or has answered as often as `answers`. */
async function say(bytes: string, answers = 1): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  let text = ''
  socket.on('data', (data) => {
    text += data.toString('latin1')
    if (text.split('HTTP/1.1 ').length > answers) socket.destroy()
  })
  socket.write(bytes, 'latin1')
  await once(socket, 'close')
  return text
}

const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))
const host = 'Host: x\r\n'
const json = 'content-type: application/json\r\n'
const hidden = 'DELETE /api/v1/groups/hidden HTTP/1.1\r\nHost: x\r\n\r\n'

describe('a request that can be read in two ways', () => {
  test.each([
    ['two lengths', `POST /api/v1/sign-in HTTP/1.1\r\n${host}${json}content-length: 2\r\ncontent-length: 40\r\n\r\n{}`],
    [
      'a length and chunks',
      `POST /api/v1/sign-in HTTP/1.1\r\n${host}${json}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'two encodings',
      `POST /api/v1/sign-in HTTP/1.1\r\n${host}${json}transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n`,
    ],
    [
      'an encoding that is not the last',
      `POST /api/v1/sign-in HTTP/1.1\r\n${host}${json}transfer-encoding: chunked, x\r\n\r\n0\r\n\r\n`,
    ],
    ['a length with a sign', `POST /api/v1/sign-in HTTP/1.1\r\n${host}${json}content-length: +2\r\n\r\n{}`],
    ['a length below nothing', `POST /api/v1/sign-in HTTP/1.1\r\n${host}${json}content-length: -1\r\n\r\n`],
    ['a length in hex', `POST /api/v1/sign-in HTTP/1.1\r\n${host}${json}content-length: 0x2\r\n\r\n{}`],
    ['two lengths in one line', `POST /api/v1/sign-in HTTP/1.1\r\n${host}${json}content-length: 2, 2\r\n\r\n{}`],
    [
      'a size of a chunk that is none',
      `POST /api/v1/sign-in HTTP/1.1\r\n${host}${json}transfer-encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n`,
    ],
    ['a space before the colon', `POST /api/v1/sign-in HTTP/1.1\r\n${host}${json}content-length : 2\r\n\r\n{}`],
    ['a line that is folded', `GET /healthz HTTP/1.1\r\n${host}x-a: 1\r\n content-length: 2\r\n\r\n{}`],
    ['a NUL in a header', `GET /healthz HTTP/1.1\r\n${host}x-a: 1\0\r\n\r\n`],
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n'],
  ])('is refused, and what follows is no request of its own: %s', async (_what, bytes) => {
    const text = await say(bytes + hidden, 2)
    const [first, ...more] = statuses(text)
    expect(first).toBe(400)
    expect(more).toEqual([])
  })

  test('chunks are read as one body, and a second request on the connection as itself', async () => {
    const chunked = `POST /api/v1/links/open HTTP/1.1\r\n${host}${json}transfer-encoding: chunked\r\n\r\n9\r\n{"token":\r\n4\r\n"x"}\r\n0\r\n\r\n`
    expect(statuses(await say(`${chunked}GET /healthz HTTP/1.1\r\n${host}\r\n`, 2))).toEqual([404, 200])
  })

  test('two keys, or two cookies of a session, open no more than one', async () => {
    const weak = await server.makeKey('server:read')
    const both = `GET /api/v1/users HTTP/1.1\r\n${host}authorization: Bearer ${weak}\r\nauthorization: Bearer ${server.key}\r\n\r\n`
    expect(statuses(await say(both))).toEqual([403])
    const user = await server.makeUser(['ampiq_user_read_only'])
    const cookies = `GET /api/v1/users HTTP/1.1\r\n${host}cookie: ${user.headers.cookie}; deskside_session=x\r\ncookie: deskside_session=y\r\n\r\n`
    expect([[401], [403]]).toContainEqual(statuses(await say(cookies)))
  })
})

describe('a path', () => {
  const beyond = [
    '../server.ts',
    '..%2fserver.ts',
    '%2e%2e/server.ts',
    '..%5cserver.ts',
    '....//server.ts',
    '%2e%2e%2f%2e%2e%2f%2e%2e%2fpackage.json',
    '/etc/passwd',
    '%2fetc%2fpasswd',
    '..;/server.ts',
    'page.js%00.css',
    '.%00./server.ts',
    '%c0%ae%c0%ae/server.ts',
  ]

  test.each(beyond)('below the pages of links leads to no other file: %s', async (path) => {
    for (const folder of ['/link-page/', '/api/docs/', '/api/docs/static/', '/']) {
      const text = await say(`GET ${folder}${path} HTTP/1.1\r\n${host}connection: close\r\n\r\n`)
      expect([folder, statuses(text)[0]]).toEqual([
        folder,
        expect.toSatisfy((status) => [302, 400, 404].includes(status)),
      ])
      expect(text).not.toMatch(/import |"dependencies"|root:/)
    }
  })

  test.each(beyond)('is no key of a definition: %s', async (path) => {
    const key = decodeURIComponent(path.replaceAll('%c0%ae', '.'))
    for (const kind of ['credentials', 'destinations', 'groups', 'channels']) {
      const body =
        kind === 'channels'
          ? { type: 'slack', url: 'https://hooks.example.com/x' }
          : { run: { on: 'manual' }, orchestrations: ['people'] }
      const made = await server.call('POST', `/api/v1/${kind}`, { body: { key, body } })
      expect([400, 422]).toContain(made.status)
    }
    expect((await server.call('GET', `/api/v1/groups/${encodeURIComponent(key)}`)).status).toBeGreaterThanOrEqual(400)
  })

  test('is no way around a right by case, slashes, dots or escapes', async () => {
    const weak = await server.makeKey('server:read')
    for (const path of [
      '/api/v1/users/',
      '/api/v1//users',
      '//api/v1/users',
      '/API/V1/USERS',
      '/api/v1/./users',
      '/api/v1/x/../users',
      '/api/v1/%75sers',
      '/api/v1/users;x',
      '/api/v1/users%2f',
      '/api/v1/users?x',
      '/cli/users',
    ]) {
      const text = await say(
        `GET ${path} HTTP/1.1\r\n${host}authorization: Bearer ${weak}\r\nconnection: close\r\n\r\n`,
      )
      expect([path, statuses(text)[0]]).toEqual([
        path,
        expect.toSatisfy((status) => status === 403 || status === 404 || status === 400),
      ])
      expect(text).not.toContain('admin@example.com')
    }
  })
})

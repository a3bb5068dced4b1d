import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await openTestServer({ patience: { headersMs: 300, requestMs: 600, everyMs: 20 } })
})
afterAll(() => server.close())

/** Sends so much and no more; everything that comes until the server ends the connection. */
async function answerTo(text: string): Promise<string> {
  const socket = open()
  socket.write(text)
  const pieces: Buffer[] = []
  for await (const piece of socket) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

function open(): Socket {
  const { hostname, port } = new URL(server.url)
  return connect(Number(port), hostname)
}

const post = (length: number) =>
  `POST /api/v1/keys HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.key}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n`

test.each([
  ['nothing but a connection', () => ''],
  ['half a line', () => 'GET /api/v1/me HT'],
  ['headers without their end', () => 'GET /api/v1/me HTTP/1.1\r\nhost: x\r\n'],
  ['headers of a POST without their end', () => post(10)],
  ['half a body', () => `${post(10)}\r\n{"na`],
  ['no body', () => `${post(10)}\r\n`],
])('who sends %s is told so, and the connection ends', async (_, text) => {
  const answer = await answerTo(text())
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  expect(head).toMatch(/^HTTP\/1\.1 408 /)
  expect(head.toLowerCase()).toContain('connection: close')
  expect(JSON.parse(body)).toMatchObject({ status: 408, code: 'api.invalid', request_id: expect.any(String) })
})

test('a body that drips does not hold a connection for ever', async () => {
  const socket = open()
  socket.on('error', () => {})
  socket.write(`${post(1_000_000)}\r\n`)
  const drips = setInterval(() => socket.write(' '), 20)
  const [piece] = await once(socket, 'data')
  clearInterval(drips)
  expect(String(piece)).toMatch(/^HTTP\/1\.1 408 /)
  socket.destroy()
})

test('whoever has asked and listens is not cut off, however long', async () => {
  const listening = new AbortController()
  const answer = await fetch(`${server.url}/api/v1/events`, {
    headers: { authorization: `Bearer ${server.key}` },
    signal: listening.signal,
  })
  const events = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
  expect((await events.read()).value).toContain('hello')
  // Somebody who came later and was too slow has been sent away meanwhile.
  expect(await answerTo(`${post(10)}\r\n`)).toContain(' 408 ')
  const { id } = await server.call('POST', '/api/v1/orchestrations/people/runs').then(({ json }) => json)
  let heard = ''
  while (!heard.includes(id)) heard += (await events.read()).value
  listening.abort()
})

const upload = (key: string, length: number) =>
  `POST /api/v1/tables?key=${key} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.key}\r\ncontent-type: text/csv\r\ncontent-length: ${length}\r\n\r\n`

test('an upload may take longer, as long as something of it comes', async () => {
  const text = `id\n${'1\n'.repeat(20)}`
  const socket = open()
  socket.write(upload('slow', text.length))
  const startedAtMs = performance.now()
  for (const character of text) {
    socket.write(character)
    await sleep(30)
  }
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 201 /)
  expect(performance.now() - startedAtMs).toBeGreaterThan(900)
  socket.destroy()
})

test('an upload of which nothing comes any more is ended, and leaves nothing', async () => {
  expect(await answerTo(`${upload('stalled', 1_000)}id\n1`)).toMatch(/^HTTP\/1\.1 408 /)
  while (existsSync(join(server.project.dir, '.deskside/uploads/stalled'))) await sleep(5)
})

test('who may not upload has no more time than others', async () => {
  const socket = open()
  socket.on('error', () => {})
  socket.write(upload('denied', 1_000_000).replace(server.key, 'dsk_none'))
  const drips = setInterval(() => socket.write('x'), 20)
  let heard = ''
  for await (const piece of socket) heard += piece
  clearInterval(drips)
  expect(heard).toMatch(/^HTTP\/1\.1 401 /)
})

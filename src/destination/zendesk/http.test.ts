import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { HttpClient } from './http.ts'
import { openHttp, provesNothingSent } from './http.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A server that does with each connection what it likes; gives its port. */
async function rawServer(talk: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    talk(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

function client(origin: string): HttpClient {
  const http = openHttp(origin, { connectMs: 1_000, headersMs: 200, bodyMs: 200, exchangeMs: 1_000 })
  cleanups.push(() => http.close())
  return http
}

const post = { method: 'POST', path: '/x', body: '{}', authorization: 'Basic hunter2' } as const

/** What comes back when the server answers a request with this text. */
async function afterRequest(act: (socket: Socket) => void) {
  const port = await rawServer((socket) => socket.once('data', () => act(socket)))
  return await client(`http://127.0.0.1:${port}`).exchange(post)
}

describe('one exchange', () => {
  it('sends what it is given, and who we are', async () => {
    let seen: unknown
    const server = createHttpServer((request, response) => {
      const { method, url, headers } = request
      seen = { method, url, agent: headers['user-agent'], type: headers['content-type'], auth: headers.authorization }
      response.setHeader('X-Twice', ['1', '2']).writeHead(201).end('é🧦')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => new Promise((resolve) => server.close(resolve)))
    const http = client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const end = await http.exchange(post)
    expect(seen).toEqual({
      method: 'POST',
      url: '/x',
      agent: expect.stringMatching(/^deskside\/\d+\.\d+\.\d+/),
      type: 'application/json',
      auth: 'Basic hunter2',
    })
    expect(end).toMatchObject({ end: 'answer', answer: { status: 201, text: 'é🧦', complete: true } })
    expect(http.requests()).toBe(1)
  })

  it('follows no redirect', async () => {
    const end = await afterRequest((socket) =>
      socket.end('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n'),
    )
    expect(end).toMatchObject({ end: 'answer', answer: { status: 302 } })
  })

  it.each<[string, (socket: Socket) => void]>([
    ['a reset', (socket) => socket.resetAndDestroy()],
    ['an end without a word', (socket) => socket.end()],
    ['silence', () => {}],
    [
      'headers that drip',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n')
        const timer = setInterval(() => socket.write('X-More: 1\r\n'), 20)
        socket.on('close', () => clearInterval(timer))
      },
    ],
    ['half a status line', (socket) => socket.end('HTTP/1.1 2')],
    ['something that is no HTTP', (socket) => socket.end('hello\r\n\r\n')],
  ])('is lost after %s', async (_, act) => {
    expect(await afterRequest(act)).toMatchObject({ end: 'lost', why: expect.not.stringContaining('hunter2') })
  })

  it.each<[string, (socket: Socket) => void]>([
    ['a body cut short', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"job')],
    ['a body that stops', (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"job')],
    [
      'a body that drips',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n')
        const timer = setInterval(() => socket.write('x'), 20)
        socket.on('close', () => clearInterval(timer))
      },
    ],
    ['a body without end', (socket) => socket.write(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(33 * 1024 * 1024)}`)],
  ])('keeps the status of %s', async (_, act) => {
    expect(await afterRequest(act)).toMatchObject({ end: 'answer', answer: { status: 200, text: '', complete: false } })
  })

  it('knows when nothing was sent', async () => {
    const port = await rawServer(() => {})
    await cleanups.pop()!()
    const refused = await client(`http://127.0.0.1:${port}`).exchange(post)
    expect(refused).toEqual({ end: 'not_sent', code: 'ECONNREFUSED', why: 'the host refuses connections' })
    const unknownHost = await client('http://no-such-host.invalid').exchange(post)
    expect(unknownHost.end).toBe('not_sent')
    const plain = await rawServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    expect((await client(`https://127.0.0.1:${plain}`).exchange(post)).end).toBe('not_sent')
  })

  it('obeys a signal', async () => {
    const http = client(`http://127.0.0.1:${await rawServer(() => {})}`)
    const abort = new AbortController()
    const running = http.exchange(post, abort.signal)
    abort.abort()
    expect(await running).toMatchObject({ end: 'lost', code: 'ABORTED' })
    expect(await http.exchange(post, abort.signal)).toMatchObject({ end: 'not_sent', code: 'ABORTED' })
    expect(http.requests()).toBe(1)
  })
})

describe('proof that nothing was sent', () => {
  const error = (more: object) => Object.assign(new Error('x'), more)
  it.each<[object, boolean]>([
    [{ code: 'ECONNREFUSED', syscall: 'connect' }, true],
    [{ code: 'EHOSTUNREACH', syscall: 'connect' }, true],
    [{ code: 'ETIMEDOUT', syscall: 'connect' }, true],
    [{ code: 'ENOTFOUND', syscall: 'getaddrinfo' }, true],
    [{ code: 'UND_ERR_CONNECT_TIMEOUT' }, true],
    [{ code: 'CERT_HAS_EXPIRED' }, true],
    [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, true],
    [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, true],
    [{ code: 'ECONNREFUSED', errors: [error({ syscall: 'connect' }), error({ syscall: 'connect' })] }, true],
    [{ errors: [error({ syscall: 'connect' }), error({ syscall: 'read' })] }, false],
    [{ code: 'ECONNRESET', syscall: 'read' }, false],
    [{ code: 'ETIMEDOUT', syscall: 'read' }, false],
    [{ code: 'EPIPE', syscall: 'write' }, false],
    [{ code: 'UND_ERR_SOCKET' }, false],
    [{ code: 'UND_ERR_HEADERS_TIMEOUT' }, false],
    [{ code: 'UND_ERR_BODY_TIMEOUT' }, false],
    [{}, false],
  ])('%j: %s', (more, expected) => expect(provesNothingSent(error(more))).toBe(expected))
  it('needs an error', () => expect(provesNothingSent('ECONNREFUSED')).toBe(false))
})

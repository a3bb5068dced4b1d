import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  isOnThisMachine,
  readServerFile,
  removeServerFile,
  runningServer,
  type ServerFile,
  serverFilePath,
  writeServerFile,
} from './server-file.ts'

const token = 'the-token-of-this-start'
let dir: string
const servers: Server[] = []
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deskside-server-file-'))
})
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  await rm(dir, { recursive: true })
})

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function fileOf(url: string, pid = process.pid): ServerFile {
  return { pid, url, token, startedAt: new Date('2026-11-27T08:00:00.000Z'), version: '1.2.3' }
}

const answering: RequestListener = (request, response) => {
  const known = request.url === '/api/v1/cli/hello' && request.headers.authorization === `Bearer ${token}`
  response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' })
  response.end(JSON.stringify(known ? { project: 'shop', version: '1.2.3' } : { code: 'access.unauthenticated' }))
}

test('the file is its owner’s alone, whole, and read as it was written', async () => {
  const file = fileOf('http://127.0.0.1:8080')
  await writeServerFile(dir, file)
  expect((await stat(serverFilePath(dir))).mode & 0o777).toBe(0o600)
  expect(await readdir(join(dir, '.deskside'))).toEqual(['server.json'])
  expect(await readServerFile(dir)).toEqual(file)
})

test('without a file there is no server', async () => {
  expect(await readServerFile(dir)).toBeNull()
  expect(await runningServer(dir)).toBeNull()
})

test('a server that knows the token is running', async () => {
  const url = await listen(answering)
  await writeServerFile(dir, fileOf(url))
  expect(await runningServer(dir)).toEqual({ ...fileOf(url), project: 'shop' })
})

test.each<[string, RequestListener]>([
  ['refuses the token', (_request, response) => response.writeHead(401).end('{}')],
  ['answers something else', (_request, response) => response.writeHead(200).end('<html>')],
  ['knows no such path', (_request, response) => response.writeHead(404).end('{}')],
  ['leads elsewhere', (_request, response) => response.writeHead(302, { location: '/' }).end()],
])('a port where somebody %s is not this server', async (_, answer) => {
  await writeServerFile(dir, fileOf(await listen(answer)))
  expect(await runningServer(dir)).toBeNull()
})

test('the file of a process that is gone is stale, whoever listens there', async () => {
  // Above the largest pid that Linux gives.
  await writeServerFile(dir, fileOf(await listen(answering), 2 ** 22 + 1))
  expect(await runningServer(dir)).toBeNull()
})

test('a port at which nobody listens is stale', async () => {
  const url = await listen(answering)
  const [server] = servers.splice(0)
  await new Promise((resolve) => server?.close(resolve))
  await writeServerFile(dir, fileOf(url))
  expect(await runningServer(dir)).toBeNull()
})

test('a server that ends, or breaks the connection, is not taken for none', async () => {
  await writeServerFile(dir, fileOf(await listen((_request, response) => response.writeHead(503).end('{}'))))
  await expect(runningServer(dir)).rejects.toMatchObject({ code: 'server.stopping' })
  await writeServerFile(dir, fileOf(await listen((request) => request.socket.destroy())))
  await expect(runningServer(dir)).rejects.toMatchObject({ code: 'server.lost' })
})

test.each([0o640, 0o604, 0o666])('a file of mode %o is refused: others could have read the token', async (mode) => {
  await writeServerFile(dir, fileOf('http://127.0.0.1:8080'))
  await chmod(serverFilePath(dir), mode)
  await expect(runningServer(dir)).rejects.toMatchObject({ code: 'server.file_refused' })
})

test.each([
  ['no JSON', '{'],
  ['another address', JSON.stringify({ ...fileOf('http://192.0.2.1:80'), started_at: '2026-11-27T08:00:00Z' })],
  ['no token', JSON.stringify({ pid: 1, url: 'http://127.0.0.1:1', started_at: '2026-11-27T08:00:00Z', version: '1' })],
])('a file with %s is refused', async (_, text) => {
  await writeServerFile(dir, fileOf('http://127.0.0.1:8080'))
  await writeFile(serverFilePath(dir), text)
  await expect(readServerFile(dir)).rejects.toMatchObject({ code: 'server.file_refused' })
})

test('a server that ends removes its own file and no other', async () => {
  await writeServerFile(dir, fileOf('http://127.0.0.1:8080'))
  await removeServerFile(dir, 'the token of another one')
  expect(await readServerFile(dir)).not.toBeNull()
  await removeServerFile(dir, token)
  expect(await readServerFile(dir)).toBeNull()
})

test.each([
  ['http://127.0.0.1:1', true],
  ['http://127.9.9.9:1', true],
  ['http://[::1]:1', true],
  ['http://localhost:1', true],
  ['https://127.0.0.1:1', false],
  ['http://127.0.0.1.example.com', false],
  ['http://192.0.2.1', false],
  ['http://0.0.0.0:1', false],
])('%s is of this machine: %s', (url, expected) => {
  expect(isOnThisMachine(url)).toBe(expected)
})

import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { Problem } from '../../problem.ts'
import type { Address } from '../notify/channels/outside.ts'
import { providerFetch } from './provider-fetch.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const names: Record<string, Address[]> = {
  localhost: [{ address: '127.0.0.1', family: 4 }],
  'id.example.com': [{ address: '10.1.2.3', family: 4 }],
  'mixed.example.com': [
    { address: '93.184.216.34', family: 4 },
    { address: '127.0.0.1', family: 4 },
  ],
}

function ask(url: string, { allowedHosts = ['127.0.0.1'], timeoutMs = 5_000, body = '' } = {}) {
  const outside = { allowedHosts, timeoutMs, resolve: async (host: string) => names[host] ?? [] }
  const fetch = providerFetch(outside)
  const method = body === '' ? 'GET' : 'POST'
  return fetch(url, { method, headers: {}, redirect: 'manual', body: body === '' ? null : new URLSearchParams(body) })
}

async function why(asked: Promise<unknown>): Promise<string> {
  const problem = await asked.then(
    () => null,
    (error) => error,
  )
  expect(problem).toBeInstanceOf(Problem)
  expect(problem.code).toBe('access.provider_unreachable')
  return problem.message
}

describe('a request to an identity provider', () => {
  it('brings back what was answered, and sends what it was given', async () => {
    const url = await serve((request, response) => {
      const pieces: Buffer[] = []
      request.on('data', (piece) => pieces.push(piece))
      request.on('end', () => {
        response.writeHead(400, { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] })
        response.end(JSON.stringify([request.method, Buffer.concat(pieces).toString()]))
      })
    })
    const answer = await ask(url, { body: 'code=a+b' })
    expect([answer.status, answer.headers.get('content-type'), await answer.json()]).toEqual([
      400,
      'application/json',
      ['POST', 'code=a+b'],
    ])
  })

  it.each([
    ['http://id.example.com/', 'must begin with https://'],
    ['ftp://id.example.com/', 'must begin with https://'],
    ['https://10.0.0.1/', 'private network'],
    ['https://169.254.169.254/latest/meta-data', 'private network'],
    ['https://[fd00::1]/', 'private network'],
    ['https://[::ffff:10.0.0.1]/', 'private network'],
    ['https://2130706433/', 'the machine of the server itself'],
    ['https://localhost/', 'the machine of the server itself'],
    ['http://127.0.0.1/', 'the machine of the server itself'],
    ['https://id.example.com/', 'private network'],
    ['https://mixed.example.com/', 'private network'],
    ['https://nowhere.example.com/', 'no address'],
  ])('goes not to %s where nothing is listed', async (url, says) => {
    expect(await why(ask(url, { allowedHosts: [] }))).toContain(says)
  })

  it('goes into a private network only where that is listed', async () => {
    // Nothing answers there: what counts is that the address was not refused.
    const asked = ask('https://id.example.com:1/', { allowedHosts: ['id.example.com'], timeoutMs: 50 })
    expect(await why(asked)).not.toContain('private network')
  })

  it.each([301, 302, 303, 307, 308])('follows no redirect (%i)', async (status) => {
    const url = await serve((_request, response) => response.writeHead(status, { location: '/' }).end())
    expect(await why(ask(url))).toContain(`answered ${status}`)
  })

  it('takes no more than 1 MiB, also where nobody has said how much comes', async () => {
    let sent = 0
    const url = await serve((_request, response) => {
      const piece = Buffer.alloc(64 * 1024)
      const more = () => {
        sent += piece.length
        if (!response.destroyed) response.write(piece, more)
      }
      more()
    })
    expect(await why(ask(url))).toContain('larger than 1 MiB')
    expect(sent).toBeLessThan(64 * 1024 * 1024)
  })

  it('ends in time, whether nothing comes or an answer that does not end', async () => {
    const silent = await serve(() => {})
    expect(await why(ask(silent, { timeoutMs: 50 }))).toContain('no answer came in time')
    const slow = await serve((_request, response) => void response.write('{'))
    expect(await why(ask(slow, { timeoutMs: 50 }))).toContain('no answer came in time')
  })
})

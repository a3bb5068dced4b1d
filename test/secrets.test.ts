import { readdirSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CliEnd, queriesOf, startCli, until } from './cli-child.ts'
import { type Bench, openBench } from './project-bench.ts'

/** Stands before the emulator and remembers what identified us; `spoil` answers in its place and repeats all it was told. */
interface Listener {
  url: string
  authorizations: Set<string>
  spoil: ((incoming: IncomingMessage) => number | null) | null
  close(): Promise<void>
}

async function listenBefore(target: string): Promise<Listener> {
  const server: Server = createServer((incoming, answer) => {
    const { authorization } = incoming.headers
    if (authorization !== undefined) listener.authorizations.add(authorization)
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const body = Buffer.concat(chunks)
      const status = listener.spoil?.(incoming) ?? null
      if (status !== null) {
        const text = JSON.stringify({
          error: 'Refused',
          description: `You sent ${JSON.stringify(incoming.headers)} ${body.toString('utf8')}`,
        })
        answer.writeHead(status, { 'content-type': 'application/json' }).end(text)
        return
      }
      const onward = httpRequest(
        `${target}${incoming.url}`,
        { method: incoming.method, headers: incoming.headers },
        (reply) => {
          answer.writeHead(reply.statusCode ?? 500, reply.headers)
          reply.pipe(answer)
        },
      )
      onward.end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const listener: Listener = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authorizations: new Set(),
    spoil: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return listener
}

let bench: Bench
let listener: Listener
beforeEach(async () => {
  bench = await openBench({
    // Slow enough to look at the process of the query.
    sql: `SELECT * FROM people WHERE (SELECT count(*) FROM range(2000) a, range(2000) b, range(8) c WHERE a.range + b.range + c.range < 0) = 0
          ORDER BY CAST(_row AS INTEGER)`,
  })
  listener = await listenBefore(bench.emulator.url)
  const file = join(bench.dir, 'deskside.yml')
  await writeFile(file, (await readFile(file, 'utf8')).replace(bench.emulator.url, listener.url))
  await bench.write([
    { external_id: '1', email: 'one@example.com', name: 'Ann', phone: '123' },
    { external_id: '2', email: 'two@example.com', name: null, phone: null },
  ])
})
afterEach(async () => {
  await listener.close()
  await bench.close()
})

/** Everything that identifies us, in every form in which it travels. */
function secrets(): string[] {
  const { clientSecret, apiToken, email } = bench.emulator
  const pair = Buffer.from(`${email}/token:${apiToken}`).toString('base64')
  const tokens = [...listener.authorizations].map((header) => header.split(' ')[1] ?? '')
  return [clientSecret, apiToken, pair, Buffer.from(clientSecret).toString('base64'), ...tokens]
}

function filesOf(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name !== '.env')
    .map((entry) => join(entry.parentPath, entry.name))
}

/** What was seen, by where it was seen, of which a secret is a part. */
function leaks(seen: Record<string, string | Buffer>): string[] {
  return Object.entries(seen).flatMap(([place, text]) =>
    secrets().flatMap((secret) => (text.includes(secret) ? [`${place}: ${secret.slice(0, 6)}...`] : [])),
  )
}

const files = () => Object.fromEntries(filesOf(bench.dir).map((file) => [file, readFileSync(file)]))

const outputOf = (end: CliEnd, name: string) => ({
  [`stdout of ${name}`]: end.stdout,
  [`stderr of ${name}`]: end.stderr,
})

async function command(args: readonly string[], env: Record<string, string> = {}) {
  return outputOf(await startCli(bench, [...args, '--debug'], env).ended, args.join(' '))
}

describe.runIf(process.platform === 'linux')('secrets (I9)', () => {
  it.each(['oauth', 'api token'])(
    'are in no output, no file, no argument and no child process (I9): %s',
    async (kind) => {
      const file = join(bench.dir, 'deskside.yml')
      if (kind === 'api token') {
        const text = await readFile(file, 'utf8')
        const credential = `type: zendesk\n    email: "\${MAIL}"\n    api_token: "\${API_TOKEN}"\n`
        await writeFile(file, text.replace(/type: zendesk_oauth\n\s+client_id:.*\n\s+client_secret:.*\n/, credential))
        expect(await readFile(file, 'utf8')).toContain('API_TOKEN')
      }
      const env: Record<string, string> =
        kind === 'oauth' ? {} : { MAIL: bench.emulator.email, API_TOKEN: bench.emulator.apiToken }
      const run = startCli(bench, ['run', 'people'], env)
      await until('the query runs in a child', () => queriesOf(run.pid).length > 0)
      const seen: Record<string, string | Buffer> = { 'arguments of run': readFileSync(`/proc/${run.pid}/cmdline`) }
      for (const child of queriesOf(run.pid)) {
        seen['arguments of the query'] = readFileSync(`/proc/${child}/cmdline`)
        seen['environment of the query'] = readFileSync(`/proc/${child}/environ`)
      }
      expect(seen['environment of the query']?.toString()).not.toContain('PATH=')
      const end = await run.ended
      expect([end.exitCode, end.stderr]).toEqual([3, ''])
      Object.assign(seen, outputOf(end, 'run'))
      for (const args of [['plan', 'people'], ['workflows'], ['check', 'zendesk'], ['validate']])
        Object.assign(seen, await command(args, env))
      expect(listener.authorizations.size).toBeGreaterThan(0)
      expect(leaks({ ...seen, ...files() })).toEqual([])
    },
    60_000,
  )

  it.each([
    ['the token request', '/oauth/tokens', 401],
    ['the token request', '/oauth/tokens', 500],
    ['a read', '/api/v2/users/me', 401],
    ['a read', '/api/v2/users/me', 403],
    ['a read', '/api/v2/user_fields', 400],
    ['the import', 'create_or_update_many', 401],
    ['the import', 'create_or_update_many', 403],
    ['the import', 'create_or_update_many', 400],
  ])(
    'are not repeated by errors when %s (%s) is answered %d with all it was told (I9)',
    async (_, path, status) => {
      await bench.query('SELECT * FROM people ORDER BY CAST(_row AS INTEGER)')
      listener.spoil = (incoming) => (incoming.url?.includes(path) ? status : null)
      const seen = await command(['run', 'people'])
      expect(seen['stdout of run people']).toContain('"problem":{"code"')
      Object.assign(seen, await command(['workflows']))
      expect(leaks({ ...seen, ...files() })).toEqual([])
    },
    60_000,
  )
})

import { execFile, spawn } from 'node:child_process'
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createListener } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where a test file asks for the PostgreSQL of this run of vitest. */
    postgres: string
  }
}

/** What a test file hears there. */
export type PostgresAnswer = { url: string } | { missing: string } | { failed: string }

/** Vitest's global setup: one PostgreSQL for all test files, started when the first one asks for it, and gone at the end of the run. */
export default async function setUp({ provide }: TestProject): Promise<() => Promise<void>> {
  let server: Promise<PostgresServer> | null = null
  const answer = async (): Promise<PostgresAnswer> => {
    const programs = findPostgres()
    if (programs === null) return { missing: 'PostgreSQL is not installed (Debian: apt-get install postgresql)' }
    server ??= startPostgres(programs)
    return server.then(({ url }) => ({ url })).catch((error: unknown) => ({ failed: String(error) }))
  }
  const desk = createServer((_, response) => {
    void answer().then((text) => response.end(JSON.stringify(text)))
  })
  await new Promise<void>((resolve) => desk.listen(0, '127.0.0.1', resolve))
  provide('postgres', `http://127.0.0.1:${(desk.address() as AddressInfo).port}`)
  return async () => {
    desk.close()
    await server?.then(
      (running) => running.stop(),
      () => {}, // It did not start, which those who asked have reported.
    )
  }
}

/** A running PostgreSQL with an empty folder of its own. */
interface PostgresServer {
  /** Of its superuser, without a database. */
  url: string
  stop(): Promise<void>
}

interface Account {
  uid?: number
  gid?: number
}

const password = 'only for tests'

/** Where this machine has PostgreSQL's programs, which Debian does not put on PATH; null: nowhere. */
function findPostgres(): string | null {
  const debian = globSync('/usr/lib/postgresql/*/bin').sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const folders = [...debian.reverse(), ...(process.env.PATH ?? '').split(delimiter)]
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name)))) ?? null
}

/** Starts the server of these programs. It ends with `stop`, or with this process, however that ends. */
async function startPostgres(programs: string): Promise<PostgresServer> {
  const account = accountToRunAs()
  const home = mkdtempSync(join(tmpdir(), 'deskside-postgres-'))
  try {
    writeFileSync(join(home, 'password'), password)
    if (account.uid !== undefined) {
      for (const path of [home, join(home, 'password')]) chownSync(path, account.uid, account.gid ?? account.uid)
    }
    await initialise(programs, home, account)
    // Whoever else takes the free port in between is rare, and then there is another.
    for (let left = 5; ; left--) {
      const port = await freePort()
      const server = await launch(programs, home, port, account)
      if (server !== null) return server
      if (left === 0) throw new Error('PostgreSQL found no free port.')
    }
  } catch (error) {
    rmSync(home, { recursive: true, force: true })
    throw error
  }
}

/** PostgreSQL refuses to run as root. */
function accountToRunAs(): Account {
  if (process.getuid?.() !== 0) return {}
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  for (const wanted of ['postgres', 'nobody']) {
    const user = users.find(([name]) => name === wanted)
    if (user !== undefined) return { uid: Number(user[2]), gid: Number(user[3]) }
  }
  throw new Error('There is no user "postgres" or "nobody" to run PostgreSQL as.')
}

async function initialise(programs: string, home: string, account: Account): Promise<void> {
  const args = ['-D', join(home, 'data'), '-U', 'deskside', '-E', 'UTF8', '--locale=C', '--no-sync']
  const access = ['--auth-local=reject', '--auth-host=scram-sha-256', `--pwfile=${join(home, 'password')}`]
  await promisify(execFile)(join(programs, 'initdb'), [...args, ...access], { ...account, cwd: home })
}

async function freePort(): Promise<number> {
  const server = createListener()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/**
 * Waits for the end of its input, which comes with the end of the process that started it, also of a killed one; then ends PostgreSQL at once
 * (it holds nothing to keep) and clears away. It is in a session of its own, so that Ctrl-C does not end it before that.
 */
const keeper = `
"$1"/postgres -D "$2/data" -p "$3" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \\
  -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 -c max_connections=100 </dev/null &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
rm -rf "$2"
`

/** Null when the port is taken. */
async function launch(programs: string, home: string, port: number, account: Account): Promise<PostgresServer | null> {
  const child = spawn('/bin/sh', ['-c', keeper, 'sh', programs, home, String(port)], {
    ...account,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const said: string[] = []
  for await (const line of createInterface(child.stderr)) {
    said.push(line)
    if (line.includes('could not bind')) {
      // PostgreSQL ends by itself; the folder is needed again, so the keeper must not clear away.
      child.kill('SIGKILL')
      return null
    }
    if (!line.includes('ready to accept connections')) continue
    child.stderr.resume()
    return {
      url: `postgres://deskside:${encodeURIComponent(password)}@127.0.0.1:${port}`,
      async stop() {
        child.stdin.end()
        await ended
        rmSync(home, { recursive: true, force: true })
      },
    }
  }
  throw new Error(`PostgreSQL did not start:\n${said.join('\n')}`)
}

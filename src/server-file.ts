import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from './problem.ts'

/** What a running server leaves in `.deskside/server.json`, so that commands on the same machine find it and may use it. */
export interface ServerFile {
  pid: number
  /** Where this machine reaches it, such as `http://127.0.0.1:8080`. */
  url: string
  /** Made anew at each start; who can read it is this project's owner. */
  token: string
  startedAt: Date
  version: string
}

/** A server that has just answered. */
export interface RunningServer extends ServerFile {
  /** Name of its project. */
  project: string
}

/** Loaded only where a file was found: most commands run without a server, and start sooner. */
async function forms() {
  const { z } = await import('zod')
  return {
    file: z.object({
      pid: z.int().positive(),
      url: z.url(),
      token: z.string().min(16),
      started_at: z.iso.datetime().transform((text) => new Date(text)),
      version: z.string(),
    }),
    hello: z.object({ project: z.string(), version: z.string() }),
  }
}

/** A server on the same machine answers this at once; one that does not is in trouble. */
const helloTimeoutMs = 10_000

export function serverFilePath(projectDir: string): string {
  return join(projectDir, '.deskside', 'server.json')
}

/** Writes it for its owner alone, whole or not at all. */
export async function writeServerFile(projectDir: string, server: ServerFile): Promise<void> {
  const path = serverFilePath(projectDir)
  const { pid, url, token, startedAt, version } = server
  await mkdir(join(projectDir, '.deskside'), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${pid}.tmp`
  // One that a killed process of this pid has left would keep its mode.
  await rm(temporary, { force: true })
  const handle = await open(temporary, 'wx', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify({ pid, url, token, started_at: startedAt.toISOString(), version })}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, path)
}

/**
 * What stands in the file; null without one. Throws `server.file_refused` when others could have read the token or the file is none of
 * Deskside's.
 */
export async function readServerFile(projectDir: string): Promise<ServerFile | null> {
  const text = await readPrivate(serverFilePath(projectDir))
  if (text === null) return null
  const parsed = (await forms()).file.safeParse(parse(text))
  if (!parsed.success || !isOnThisMachine(parsed.data.url)) {
    throw refused('is not what a server writes, or names an address that is not of this machine')
  }
  const { started_at: startedAt, ...rest } = parsed.data
  return { ...rest, startedAt }
}

/** Removes the file of the server with this token; that of another server stays. */
export async function removeServerFile(projectDir: string, token: string): Promise<void> {
  const found = await readServerFile(projectDir)
  if (found?.token === token) await rm(serverFilePath(projectDir), { force: true })
}

/**
 * The server that works in this project. Null when there is none: no file, or a stale one, whose process is gone or whose port is somebody
 * else's by now. Throws `server.file_refused`, `server.stopping`, `server.lost` (its process lives and does not answer).
 */
export async function runningServer(projectDir: string): Promise<RunningServer | null> {
  const file = await readServerFile(projectDir)
  if (file === null || !isAlive(file.pid)) return null
  const answer = await sayHello(file)
  return answer === null ? null : { ...file, ...answer }
}

/** Null: whoever listens there is not this server. */
async function sayHello({ url, token, pid }: ServerFile): Promise<{ project: string; version: string } | null> {
  const { hello } = await forms()
  const { Pool } = await import('undici')
  const pool = new Pool(url, { connect: { timeout: helloTimeoutMs } })
  try {
    const { statusCode, body } = await pool.request({
      method: 'GET',
      path: '/api/v1/cli/hello',
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(helloTimeoutMs),
    })
    const answer = parse(await body.text())
    if (statusCode === 503) throw new Problem('server.stopping', { message: 'The server of this project is ending.' })
    return statusCode === 200 ? (hello.safeParse(answer).data ?? null) : null
  } catch (error) {
    if (error instanceof Problem) throw error
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return null
    throw new Problem('server.lost', {
      message: `The server of this project (process ${pid}, ${url}) does not answer.`,
      fix: 'Look at its log; end it if it hangs, then run the same command.',
      cause: error,
    })
  } finally {
    await pool.destroy()
  }
}

/** True also for a process of another user. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The token is only ever sent to an address whose packets do not leave this machine. */
export function isOnThisMachine(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, ''))
}

/** A host by its name or address, without brackets. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** Null: no such file. What the checks see is what is read. */
async function readPrivate(path: string): Promise<string | null> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw refused(`cannot be read (${error.code})`, error)
  })
  if (handle === null) return null
  try {
    const { mode } = await handle.stat()
    // Windows has no such bits: Node reports 0o666 there for every file.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw refused('can be read by other users of this machine, and it holds the token of the server')
    }
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

function refused(what: string, cause?: unknown): Problem {
  return new Problem('server.file_refused', {
    message: `.deskside/server.json ${what}.`,
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Undefined: no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

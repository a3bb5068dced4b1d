import { randomBytes } from 'node:crypto'
import { linkHours } from '../access/links.ts'
import { openService, type Service } from '../control/service.ts'
import { type Log, type LogLevel, openLog } from '../log.ts'
import { Problem } from '../problem.ts'
import { readEnvFile } from '../project/env-file.ts'
import { loadProject } from '../project/load.ts'
import { storedAccess } from '../server/access.ts'
import { openServer, type Server } from '../server/server.ts'
import { isLoopback, removeServerFile, writeServerFile } from '../server-file.ts'
import { type Context, serverOf } from './context.ts'
import { checkFileSystem } from './doctor-machine.ts'
import { linkUrl } from './link-url.ts'
import { serverCalls } from './serve-calls.ts'
import { type StopSignals, stopSignals } from './stop.ts'
import { paint, type Style, visible } from './text.ts'
import { version } from './version.ts'

export interface ServeRequest {
  host: string
  port: number
}

/** How long requests and workflows may take to come to an end that loses nothing; what is cut off then goes on after the next start. */
const graceMs = 30_000

/** How a server is run beside what is asked for. */
export interface Serving {
  signals: StopSignals
  /** Level of the log on stderr. */
  logLevel: LogLevel
  /** Says where it listens, once it works. */
  announce: (facts: Facts) => Promise<void>
}

/** Serves until a signal: see {@link serveProject}. With --json the one line on stdout says that it listens. */
export async function serveCommand(context: Context, request: ServeRequest): Promise<number> {
  const { stdout, env, isJson } = context
  const signals = stopSignals()
  try {
    return await serveProject(context, request, {
      signals,
      logLevel: 'info',
      announce: async (facts) => {
        if (isJson) await stdout.json({ url: facts.url, pid: process.pid, setup_url: facts.setupUrl })
        else await stdout.lines(servingLines(facts, context, stdout.style(env)))
      },
    })
  } finally {
    signals.dispose()
  }
}

/**
 * Serves until a signal. The first one takes no more requests and lets the jobs in flight settle (exit code 0), the second ends at once (1);
 * workflows go on after the next start either way.
 */
export async function serveProject(
  context: Context,
  request: ServeRequest,
  { signals, logLevel, announce }: Serving,
): Promise<number> {
  const { projectDir, env, isJson } = context
  const project = await loadProject(projectDir, env, { allowMissingVariables: true })
  await refuseSecondServer(projectDir)
  await refuseNetworkDisk(projectDir)
  const log = openLog({ level: logLevel, destination: 'stderr' })
  const service = await openService(projectDir, await withEnvFile(projectDir, env), { log, version: version() })
  const token = randomBytes(32).toString('base64url')
  let server: Server | null = null
  let isSettled = true
  try {
    refuseOtherHosts(request.host)
    server = await listen(context, service, log, { ...request, token, project: project.name })
    const url = localUrl(server.url)
    await writeServerFile(projectDir, { pid: process.pid, url, token, startedAt: new Date(), version: version() })
    await service.begin()
    const setup = await service.joining.setupLink()
    const setupUrl = setup === null ? null : linkUrl(env, url, `/setup#${setup.token}`)
    await announce({ url, project: project.name, dir: projectDir, dialect: service.store.dialect, setupUrl })
    await aborted(signals.control.signal)
    if (!isJson) await context.stderr.lines(['Stopping: jobs in flight settle first. Once more ends at once.'])
  } finally {
    isSettled = await close(service, server, signals)
    await removeServerFile(projectDir, token)
  }
  return isSettled ? 0 : 1
}

/**
 * Ends requests, then the work, both within the same time; or gives up at the next signal, which is false. What is cut off goes on after the
 * next start: the ledger knows how far each workflow came.
 */
async function close(service: Service, server: Server | null, signals: StopSignals): Promise<boolean> {
  const startedAtMs = performance.now()
  const end = async () => {
    await server?.close(graceMs)
    await service.close(Math.max(0, graceMs - (performance.now() - startedAtMs)))
    return true
  }
  return await Promise.race([end(), aborted(signals.control.abort).then(() => false)])
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

async function listen(
  { projectDir, env }: Context,
  service: Service,
  log: Log,
  { host, port, token, project }: ServeRequest & { token: string; project: string },
): Promise<Server> {
  const now = () => new Date()
  const { store, control, box, note, signIn, joining, sso, keys } = service
  const access = storedAccess({ signIn, joining, sso, keys, store, box, note, now })
  const settings = {
    host,
    port,
    cliToken: token,
    project,
    version: version(),
    isReady: () => store.ping(),
    calls: serverCalls(service, { projectDir, env, version: version() }),
  }
  try {
    return await openServer({ control, access, log, settings, now })
  } catch (error) {
    throw listenProblem(error, host, port)
  }
}

function listenProblem(error: unknown, host: string, port: number): unknown {
  const messages: Record<string, string> = {
    EADDRINUSE: `Port ${port} of this machine is taken.`,
    EACCES: `This user may not listen on port ${port}.`,
    EADDRNOTAVAIL: `${host} is no address of this machine.`,
    ENOTFOUND: `${host} is no address of this machine.`,
  }
  const message = messages[(error as NodeJS.ErrnoException).code ?? '']
  if (message === undefined) return error
  return new Problem('usage.invalid', { message, fix: 'Choose another --port or --host.', cause: error })
}

/** Variables of `.env` go for a server as for every command; its own settings come from its environment alone, as everywhere. */
export async function withEnvFile(projectDir: string, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const variables = Object.entries(await readEnvFile(projectDir)).filter(([name]) => !name.startsWith('DESKSIDE_'))
  return { ...Object.fromEntries(variables), ...env }
}

async function refuseSecondServer(projectDir: string): Promise<void> {
  const running = await serverOf(projectDir)
  if (running === null) return
  throw new Problem('server.running', {
    message: `A server of this project runs already: process ${running.pid} at ${running.url}.`,
    data: { pid: running.pid, url: running.url },
  })
}

async function refuseNetworkDisk(projectDir: string): Promise<void> {
  const { outcome, detail, fix } = await checkFileSystem(projectDir)
  if (outcome !== 'failed') return
  throw new Problem('project.network_disk', { message: detail, ...(fix === null ? {} : { fix }) })
}

/** Commands on this machine must reach it by the loopback address. */
function refuseOtherHosts(host: string): void {
  if (host === '0.0.0.0' || host === '::' || isLoopback(host)) return
  throw new Problem('usage.invalid', {
    message: `${host} is neither this machine alone (127.0.0.1, ::1) nor every address of it (0.0.0.0, ::).`,
    fix: 'Listen on 127.0.0.1 behind a reverse proxy, or on 0.0.0.0: commands on this machine use the loopback address.',
  })
}

/** How this machine reaches a server that may listen on every address. */
function localUrl(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
}

export interface Facts {
  url: string
  project: string
  dir: string
  dialect: 'sqlite' | 'postgres'
  /** The link that makes the first administrator; null: there are users. */
  setupUrl: string | null
}

/** Where it listens, what it serves, and what to do first. */
function servingLines({ url, project, dir, dialect, setupUrl }: Facts, context: Context, style: Style): string[] {
  const fact = (label: string, text: string) => `  ${paint(style, 'dim', label.padEnd(9))}${visible(text)}`
  const step = (text: string, command: string) => [`  ${text}`, `    ${paint(style, 'cyan', command)}`]
  return [
    `${paint(style, 'green', '✓')} Deskside ${version()} serves at ${paint(style, 'bold', url)}`,
    fact('project', `${project} (${dir})`),
    fact('store', dialect === 'sqlite' ? 'SQLite, in .deskside' : 'PostgreSQL, of DESKSIDE_DATABASE_URL'),
    fact('API', `${url}/api/docs`),
    '',
    ...(setupUrl === null
      ? []
      : step(`Nobody can sign in yet. Become the administrator (once, within ${linkHours.setup} hours):`, setupUrl)),
    ...step('Bring what deskside.yml defines, now and after each change:', context.command(['apply'])),
    '',
    paint(style, 'dim', 'Commands in this project go through the server. Ctrl-C ends it.'),
  ]
}

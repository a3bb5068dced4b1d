import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { App, StoredRuns } from '../app.ts'
import { Problem } from '../problem.ts'
import type { RunningServer } from '../server-file.ts'
import type { WorkflowEvent } from '../sync/report.ts'
import { type CommandLine, commandLine, programName } from './command-line.ts'
import type { Output } from './output.ts'
import { type ProgressPrinter, progressPrinter, silentPrinter } from './progress.ts'
import { paint } from './text.ts'
import { version } from './version.ts'

/** Where a command runs and where it writes. */
export interface Surroundings {
  stdout: Output
  stderr: Output
  env: Record<string, string | undefined>
  cwd: string
}

/** What a command gets besides its own arguments. */
export interface Context extends Surroundings {
  /** Absolute folder of the project. */
  projectDir: string
  isJson: boolean
  isDebug: boolean
  /** A pipe gets the few lines that a log needs, not one a second. */
  isCalm: boolean
  command: CommandLine
}

/** The executable that the user starts; its children of the demo are started the same way. */
export const binPath = fileURLToPath(new URL('../../bin/deskside', import.meta.url))

export function makeContext(
  surroundings: Surroundings,
  options: { project?: string; json?: boolean; debug?: boolean; calm?: boolean },
): Context {
  const { env, cwd } = surroundings
  let command: CommandLine | null = null
  return {
    ...surroundings,
    projectDir: resolve(cwd, options.project ?? '.'),
    isJson: options.json === true,
    isDebug: options.debug === true,
    isCalm: options.calm === true,
    // Looking along PATH costs system calls that only the commands with something to suggest should pay.
    command: (args) => {
      command ??= commandLine(programName(env, cwd, binPath), options.project)
      return command(args)
    },
  }
}

/** Loading the engine and opening the state takes longer than anybody should wait for a first word. */
const opening: WorkflowEvent = { type: 'waiting', why: 'opening the project', untilMs: null }

/**
 * Opens the project's state for one command and closes it whatever happens; where a server has it, the command goes through the server.
 * `isOffline` commands read stored state only, so unset variables of credentials do not matter to them. `printer` is told at once that
 * something happens; without one only a terminal is. The engine is loaded here and not before: it costs more than everything else at start.
 */
export async function withApp<T>(
  context: Context,
  options: { isOffline?: boolean; printer?: ProgressPrinter },
  use: (app: App) => Promise<T>,
): Promise<T> {
  const printer = options.printer ?? terminalPrinter(context)
  return await opened(printer, () => open(context, options.isOffline === true, printer), use)
}

/**
 * The same for what reads stored runs only: `deskside.yml` must be there and is not read, so that a mistake in it hides no history, and the
 * command need not load what reads it.
 */
export async function withStoredRuns<T>(context: Context, use: (runs: StoredRuns) => Promise<T>): Promise<T> {
  const printer = terminalPrinter(context)
  return await opened(printer, () => openRuns(context, printer), use)
}

async function opened<A extends StoredRuns, T>(
  printer: ProgressPrinter,
  open: () => Promise<A>,
  use: (app: A) => Promise<T>,
): Promise<T> {
  let app: A
  try {
    printer.event(opening)
    app = await open()
  } finally {
    printer.event({ type: 'waiting', why: null, untilMs: null })
    await printer.end(true)
  }
  try {
    return await use(app)
  } finally {
    await app.close()
  }
}

async function open(context: Context, isOffline: boolean, printer: ProgressPrinter): Promise<App> {
  const { projectDir, env } = context
  const { loadProject } = await import('../project/load.ts')
  const server = await serverOf(projectDir)
  // With a server, credentials are its business: it may have variables that this terminal lacks.
  const project = await loadProject(projectDir, env, { allowMissingVariables: isOffline || server !== null })
  if (server !== null) return await remoteApp(context, server, printer)
  const { openApp } = await import('../app.ts')
  return await openApp(project, async () => {
    // Most commands ask for no column, and need no store.
    const { storedTags } = await import('../control/project-store.ts')
    return await storedTags(projectDir, env)
  })
}

async function openRuns(context: Context, printer: ProgressPrinter): Promise<StoredRuns> {
  const { readProjectFile } = await import('../project/project-file.ts')
  const server = await serverOf(context.projectDir)
  await readProjectFile(context.projectDir)
  if (server !== null) return await remoteApp(context, server, printer)
  const { openStoredRuns } = await import('../app.ts')
  return openStoredRuns(context.projectDir)
}

async function remoteApp(context: Context, server: RunningServer, printer: ProgressPrinter): Promise<App> {
  const { RemoteApp } = await import('./remote-app.ts')
  const { stderr, env, isJson } = context
  if (!isJson && stderr.isLive(env)) {
    printer.say(paint(stderr.style(env), 'dim', 'through the server that runs in this project'))
  }
  return new RemoteApp(server)
}

/**
 * The server that works in the project, of the same release as this command; null without one. Throws what `runningServer` throws, and
 * `server.running` when the releases differ.
 */
export async function serverOf(projectDir: string): Promise<RunningServer | null> {
  const { runningServer } = await import('../server-file.ts')
  const server = await runningServer(projectDir)
  if (server === null || server.version === version()) return server
  throw new Problem('server.running', {
    message: `The server of this project is Deskside ${server.version}, and this command is ${version()}.`,
    fix: 'Start the server again with the release of this command, or use the command of its release.',
  })
}

/** What only an eye should see. */
function terminalPrinter({ stderr, env, isJson, isCalm }: Context): ProgressPrinter {
  return !isJson && stderr.isLive(env) ? progressPrinter(stderr, env, isCalm) : silentPrinter
}

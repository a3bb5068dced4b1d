import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { App } from '../app.ts'
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
  command: CommandLine
}

/** The executable that the user starts; its children of the demo are started the same way. */
export const binPath = fileURLToPath(new URL('../../bin/deskside', import.meta.url))

export function makeContext(
  surroundings: Surroundings,
  options: { project?: string; json?: boolean; debug?: boolean },
): Context {
  const { env, cwd } = surroundings
  let command: CommandLine | null = null
  return {
    ...surroundings,
    projectDir: resolve(cwd, options.project ?? '.'),
    isJson: options.json === true,
    isDebug: options.debug === true,
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
  let app: App
  try {
    printer.event(opening)
    app = await open(context, options.isOffline === true, printer)
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
  if (server !== null) {
    // Credentials are the server's business, which may have variables that this terminal lacks.
    const project = await loadProject(projectDir, env, { allowMissingVariables: true })
    const { RemoteApp } = await import('./remote-app.ts')
    if (!context.isJson && context.stderr.isLive(env)) {
      printer.say(paint(context.stderr.style(env), 'dim', 'through the server that runs in this project'))
    }
    return new RemoteApp(server, project)
  }
  const { openApp } = await import('../app.ts')
  return await openApp(await loadProject(projectDir, env, { allowMissingVariables: isOffline }), async () => {
    // Most commands ask for no column, and need no store.
    const { storedTags } = await import('../control/project-store.ts')
    return await storedTags(projectDir, env)
  })
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
function terminalPrinter({ stderr, env, isJson }: Context): ProgressPrinter {
  return !isJson && stderr.isLive(env) ? progressPrinter(stderr, env) : silentPrinter
}

import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { App } from '../app.ts'
import { type CommandLine, commandLine, programName } from './command-line.ts'
import type { Output } from './output.ts'

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

/**
 * Opens the project's state for one command and closes it whatever happens. `isOffline` commands read stored state only, so unset
 * variables of credentials do not matter to them. The engine is loaded here and not before: it costs more than everything else at start.
 */
export async function withApp<T>(
  context: Context,
  options: { isOffline?: boolean },
  use: (app: App) => Promise<T>,
): Promise<T> {
  const [{ openApp }, { loadProject }] = await Promise.all([import('../app.ts'), import('../project/load.ts')])
  const project = await loadProject(context.projectDir, context.env, {
    allowMissingVariables: options.isOffline === true,
  })
  const app = await openApp(project)
  try {
    return await use(app)
  } finally {
    await app.close()
  }
}

import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join, relative } from 'node:path'

/** Makes the command that a user can copy: `deskside records 01J... --outcome rejected --project shop`. */
export type CommandLine = (args: readonly string[]) => string

function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`
}

/** The name under which this Deskside can be started from the working folder. */
export function programName(env: Record<string, string | undefined>, cwd: string, binPath: string): string {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (folder === '' || !isAbsolute(folder)) continue
    try {
      accessSync(join(folder, 'deskside'), constants.X_OK)
      return 'deskside'
    } catch {
      // Not in this folder; the next one is asked.
    }
  }
  const near = relative(cwd, binPath)
  return near.startsWith('..') ? binPath : near
}

/** `--project` is repeated where the user gave it, so that the command works from the same place. */
export function commandLine(program: string, project: string | undefined): CommandLine {
  return (args) => [program, ...args, ...(project === undefined ? [] : ['--project', project])].map(quoted).join(' ')
}

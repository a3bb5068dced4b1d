import { type Command, InvalidArgumentError } from 'commander'
import type { Add } from './commands.ts'

function port(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidArgumentError('It must be a number from 0 to 65535.')
  return value
}

/** A day of UTC or a moment of it. */
function since(text: string): Date {
  const at = new Date(text)
  const isKnown = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z)?$/.test(text) && !Number.isNaN(at.getTime())
  if (!isKnown)
    throw new InvalidArgumentError('It must be a day such as 2026-01-31, or a time such as 2026-01-31T12:00Z.')
  return at
}

/** The commands of a server, and those that keep its state safe. */
export function addServerCommands(add: Add): void {
  addServe(add)
  addState(add)
}

function addServe({ program, execute }: Add): void {
  program
    .command('serve')
    .description('Serve the project to a team: API, schedules, notifications. Other commands go through it then.')
    .option('--host <host>', 'where to listen: 127.0.0.1, or 0.0.0.0 for every address', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0 takes a free one', port, 8080)
    .action((options: { host: string; port: number }, command: Command) =>
      execute(command, null, async (context) => (await import('./serve.ts')).serveCommand(context, options)),
    )
  program
    .command('apply')
    .description('Bring what deskside.yml defines to the server: shows the changes, asks, applies all or nothing.')
    .option('--check', 'only show them; exit with 3 when something would change')
    .option('--yes', 'do not ask first')
    .action((options: { check?: boolean; yes?: boolean }, command: Command) =>
      execute(command, null, async (context) =>
        (await import('./apply.ts')).applyCommand(context, {
          check: options.check === true,
          yes: options.yes === true,
        }),
      ),
    )
}

function addState({ program, execute }: Add): void {
  program
    .command('activity')
    .description('Show who did what with the server, newest first.')
    .option('--since <time>', 'from this day or moment of UTC on', since)
    .option('--actor <id>', 'of this actor: user/<id>, key/<id>, cli, system')
    .option('--action <action>', 'of this action, such as credential:write, or credential:*')
    .option('--csv', 'every line, as CSV')
    .action((options: { since?: Date; actor?: string; action?: string; csv?: boolean }, command: Command) =>
      execute(command, null, async (context) => {
        const { since: from, csv, ...filter } = options
        const { activityCommand } = await import('./activity.ts')
        return await activityCommand(context, { ...filter, ...(from && { from }) }, { asCsv: csv === true })
      }),
    )
  program
    .command('doctor')
    .description('Look at everything that keeps the project or its server from working. Changes nothing.')
    .action((_options: object, command: Command) =>
      execute(command, null, async (context) => (await import('./doctor.ts')).doctorCommand(context)),
    )
  program
    .command('backup')
    .description('Copy state, definitions and deskside.yml into a new folder, also while the server works.')
    .argument('<dir>', 'folder to make it in; must be new or empty')
    .option('--with-key', 'with the key that the secrets are encrypted with')
    .action((dir: string, options: { withKey?: boolean }, command: Command) =>
      execute(command, dir, async (context) =>
        (await import('./backup.ts')).backupCommand(context, dir, { withKey: options.withKey === true }),
      ),
    )
  program
    .command('restore')
    .description('Restore a backup into the project folder, which must be new or empty.')
    .argument('<dir>', 'folder of the backup')
    .action((dir: string, _options: object, command: Command) =>
      execute(command, dir, async (context) => (await import('./backup.ts')).restoreCommand(context, dir)),
    )
  program
    .command('rotate-key')
    .description('Encrypt the secrets of the server with a new key.')
    .action((_options: object, command: Command) =>
      execute(command, null, async (context) => (await import('./rotate-key.ts')).rotateKeyCommand(context)),
    )
}

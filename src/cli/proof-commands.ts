import { type Command, Option } from 'commander'
import type { Add } from './commands.ts'

type FormatOption = { format?: 'json' | 'csv' }

export function formatOption(): Option {
  return new Option('--format <format>', 'the whole list, for files and spreadsheets').choices(['json', 'csv'])
}

/** The commands that look before sending and prove afterwards. */
export function addProofCommands(add: Add): void {
  addConflicts(add)
  addWhy(add)
  addDrift(add)
  addUndo(add)
}

function addConflicts({ program, execute }: Add): void {
  program
    .command('conflicts')
    .description('List who cannot be sent as things stand in the account: of a plan made with --live.')
    .argument('<plan>', 'id of the plan')
    .addOption(formatOption())
    .action((planId: string, { format }: FormatOption, command: Command) =>
      execute(command, planId, async (context) =>
        (await import('./records.ts')).conflictsCommand(context, { planId, format: format ?? null }),
      ),
    )
}

function addWhy({ program, execute }: Add): void {
  program
    .command('why')
    .description(
      'Tell the history of one person: what was sent, when and with what answer, and what Zendesk holds now.',
    )
    .argument('<key>', 'external_id or e-mail address of the person')
    .argument('[field]', 'only this field, such as phone or user_fields.city')
    .option('--destination <key>', 'look in its account only (default: in every account of deskside.yml)')
    .action((key: string, field: string | undefined, options: { destination?: string }, command: Command) =>
      execute(command, key, async (context) =>
        (await import('./why.ts')).whyCommand(context, {
          key,
          field: field ?? null,
          destination: options.destination ?? null,
        }),
      ),
    )
}

function addDrift({ program, execute }: Add): void {
  program
    .command('drift')
    .description('Find people who no longer hold in Zendesk what was delivered. Sends nothing without --repair.')
    .argument('<orchestration>', 'its key in deskside.yml')
    .option('--repair', 'send it again')
    .option('--approve', 'pass a guard that stopped the repair')
    .addOption(formatOption())
    .addHelpText('after', '\nExit code 3: something differs (with --repair: still differs, or was refused).')
    .action(
      (orchestration: string, options: FormatOption & { repair?: boolean; approve?: boolean }, command: Command) =>
        execute(command, orchestration, async (context) =>
          (await import('./drift.ts')).driftCommand(context, orchestration, {
            repair: options.repair === true,
            approve: options.approve === true,
            format: options.format ?? null,
          }),
        ),
    )
}

function addUndo({ program, execute }: Add): void {
  program
    .command('undo')
    .description(
      'Plan what takes a run back: values that Zendesk still holds as the run wrote them get their old ones.',
    )
    .argument('<run>', 'id of the run')
    .option('--run', 'run the plan too, after asking')
    .option('--yes', 'run the plan too, without asking')
    .option('--approve', 'pass a guard that stopped it')
    .action((run: string, options: { run?: boolean; yes?: boolean; approve?: boolean }, command: Command) =>
      execute(command, run, async (context) =>
        (await import('./undo.ts')).undoCommand(context, run, {
          run: options.run === true,
          yes: options.yes === true,
          approve: options.approve === true,
        }),
      ),
    )
  program
    .command('resume')
    .description('Let an orchestration run again that an undo has paused.')
    .argument('<orchestration>', 'its key in deskside.yml')
    .action((orchestration: string, _options: object, command: Command) =>
      execute(command, orchestration, async (context) =>
        (await import('./workflows.ts')).resumeCommand(context, orchestration),
      ),
    )
}

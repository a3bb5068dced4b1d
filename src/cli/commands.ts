import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { addAccessCommands } from './access-commands.ts'
import type { Context } from './context.ts'
import { addProofCommands } from './proof-commands.ts'
import { addSegmentCommands } from './segment-commands.ts'
import { addServerCommands } from './server-commands.ts'
import { addTableCommands } from './table-commands.ts'
import { version } from './version.ts'

export { CommanderError }

interface GlobalOptions {
  project?: string
  json?: boolean
  debug?: boolean
  calm?: boolean
}

/** Runs a command's work and keeps its exit code. */
type Execute = (
  options: GlobalOptions & { name: string; subject: string | null },
  work: (context: Context) => Promise<number>,
) => Promise<void>

function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`)
    }
    return value
  }
}

/** The order of the help: as somebody new meets the commands. */
const examples = `
Examples:
  deskside demo                                  see it work, without an account
  deskside init shop                             write a first project
  deskside check zendesk                         test the connection, stage by stage
  deskside plan zendesk_users                    see what would change; sends nothing
  deskside run zendesk_users --sample 10         try ten people first
  deskside records <run> --outcome rejected      why rows were not sent
  deskside why ada@example.com                   what happened to one person

Exit codes: 0 done, 1 stopped by a problem (run again to continue), 2 usage or configuration,
3 completed, but some rows were rejected or failed, or something is not as it was delivered.`

const demoHelp = `
With --serve, accounts are emulated for as long as the server runs, and what was made goes when it ends, but for a --dir
that you name. With --json, one line says that it is ready:
{"url","email","password","dir","emulator":{"url"},"outlet":{"url"},"users":[{"role","email","password"}]}`

/**
 * The command table: arguments in, one lazily imported function out, no logic. Each command is imported when it is chosen, so that help and
 * mistakes answer at once.
 */
export function buildProgram(io: { width: number; print: (text: string) => void; execute: Execute }): {
  program: Command
  commandNames: string[]
} {
  const program = new Command('deskside')
    .description('Keeps the people in a Zendesk account in step with what you know about your customers.')
    .version(version(), '-V, --version', 'print the version')
    .option('--project <dir>', 'folder of deskside.yml (default: the working folder)')
    .option('--json', 'machine-readable output on stdout, nothing else')
    .option('--calm', 'outside a terminal: progress for a log, a line for each tenth and not for each second')
    .option('--debug', 'print stacks of problems')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help of a command')
    .configureHelp({ showGlobalOptions: true, helpWidth: io.width })
    .configureOutput({
      writeOut: io.print,
      writeErr: io.print,
      outputError: () => {},
      getOutHelpWidth: () => io.width,
      getErrHelpWidth: () => io.width,
    })
    .exitOverride()
    .addHelpText('after', examples)
  const execute: Add['execute'] = (command, subject, work) =>
    io.execute({ ...command.optsWithGlobals(), name: command.name(), subject }, work)
  const add: Add = { program, execute }
  addProjectCommands(add)
  addTableCommands(add)
  addFields(add)
  addDeliveryCommands(add)
  addSegmentCommands(add)
  addProofCommands(add)
  addHistoryCommands(add)
  addServerCommands(add)
  addAccessCommands(add)
  addEmulator(add)
  return { program, commandNames: program.commands.map((command) => command.name()) }
}

/** Where commands are added, and how their work is run. */
export interface Add {
  program: Command
  execute: (command: Command, subject: string | null, work: (context: Context) => Promise<number>) => Promise<void>
}

function addProjectCommands({ program, execute }: Add): void {
  program
    .command('demo')
    .description('Make a project with invented customers and run it against an emulated Zendesk account.')
    .option('--dir <dir>', 'folder to make it in; must be new or empty (default: a new one in the temporary folder)')
    .option('--seed <n>', 'the same seed invents the same customers', wholeNumber(0), 1)
    .option('--serve', 'serve a project that is filled, with a week of runs and people to sign in as, until Ctrl-C')
    .addOption(
      new Option('--port <n>', 'serve on this port; 0 takes a free one (default: 8080)')
        .argParser(wholeNumber(0))
        .implies({ serve: true }),
    )
    .addHelpText('after', demoHelp)
    .action((options: { dir?: string; seed: number; serve?: boolean; port?: number }, command: Command) =>
      execute(command, null, async (context) => {
        const request = { dir: options.dir ?? null, seed: options.seed }
        if (options.serve !== true) return (await import('./demo.ts')).demoCommand(context, request)
        const { demoServeCommand } = await import('./demo-serve.ts')
        return await demoServeCommand(context, { ...request, port: options.port ?? 8080 })
      }),
    )
  program
    .command('init')
    .description('Write a first project that works.')
    .argument('[dir]', 'folder to make it in', '.')
    .action((dir: string, _options: object, command: Command) =>
      execute(command, dir, async (context) => (await import('./project-commands.ts')).initCommand(context, dir)),
    )
  program
    .command('validate')
    .description('Check deskside.yml and every query, offline.')
    .action((_options: object, command: Command) =>
      execute(command, null, async (context) => (await import('./project-commands.ts')).validateCommand(context)),
    )
  program
    .command('check')
    .description('Test the connection of a destination, stage by stage.')
    .argument('<destination>', 'its key in deskside.yml')
    .action((destination: string, _options: object, command: Command) =>
      execute(command, destination, async (context) => (await import('./check.ts')).checkCommand(context, destination)),
    )
}

interface FieldsOptions {
  check?: boolean
  yes?: boolean
  removeOptions?: boolean
  remove?: string[]
}

function addFields({ program, execute }: Add): void {
  const fields = program
    .command('fields')
    .description('Create and change the user fields that deskside.yml declares (plan, apply).')
  const flags = (command: Command): Command =>
    command
      .argument('<destination>', 'its key in deskside.yml')
      .option('--remove-options', 'remove options that deskside.yml lacks; people lose these values')
      .option(
        '--remove <key>',
        'remove this field; everybody loses their value of it (may be given several times)',
        (key: string, keys: string[] = []) => [...keys, key],
      )
  const removal = ({ removeOptions, remove }: FieldsOptions) => ({
    options: removeOptions === true,
    fields: remove ?? [],
  })
  flags(fields.command('plan'))
    .description('Show which user fields would be created or changed. Changes nothing.')
    .option('--check', 'exit with 3 when something would change')
    .action((destination: string, options: FieldsOptions, command: Command) =>
      execute(command, destination, async (context) =>
        (await import('./fields.ts')).fieldsPlanCommand(context, destination, {
          removal: removal(options),
          check: options.check === true,
        }),
      ),
    )
  flags(fields.command('apply'))
    .description('Create and change user fields so that they are as deskside.yml declares.')
    .option('--yes', 'do not ask first')
    .action((destination: string, options: FieldsOptions, command: Command) =>
      execute(command, destination, async (context) =>
        (await import('./fields.ts')).fieldsApplyCommand(context, destination, {
          removal: removal(options),
          yes: options.yes === true,
        }),
      ),
    )
}

interface Flags {
  sample?: number
  full?: boolean
  live?: boolean
}

function addFlags(command: Command): Command {
  return command
    .option('--sample <n>', 'the first N people only', wholeNumber(1))
    .option('--full', 'everybody whole, also who did not change')
    .option('--live', 'look in the account first who is there: shows conflicts, sends only what differs')
}

function addDeliveryCommands({ program, execute }: Add): void {
  addFlags(program.command('plan'))
    .description('Show what a run would send. Sends nothing.')
    .argument('<orchestration>', 'its key in deskside.yml')
    .action((orchestration: string, { sample, full, live }: Flags, command: Command) =>
      execute(command, orchestration, async (context) =>
        (await import('./run.ts')).planCommand(context, orchestration, {
          sample: sample ?? null,
          full: full === true,
          live: live === true,
        }),
      ),
    )
  addFlags(program.command('run'))
    .description('Send what changed, or go on where the last run stopped. Several run one after the other.')
    .argument('<orchestration...>', 'keys in deskside.yml')
    .addOption(new Option('--plan <id>', 'send exactly this plan').conflicts(['sample', 'full', 'live']))
    .option('--approve', 'pass a guard that stopped the run')
    .action((orchestrations: string[], options: Flags & { plan?: string; approve?: boolean }, command: Command) =>
      execute(command, orchestrations.length === 1 ? orchestrations[0]! : null, async (context) =>
        (await import('./run.ts')).runCommand(context, orchestrations, {
          sample: options.sample ?? null,
          full: options.full === true,
          live: options.live === true,
          planId: options.plan ?? null,
          approve: options.approve === true,
        }),
      ),
    )
}

const outcomes = ['created', 'updated', 'unchanged', 'rejected', 'failed', 'merged', 'pending'] as const

const lists = ['warnings', 'alerts', 'exits', 'drift', 'left'] as const

interface RecordsOptions extends Partial<Record<(typeof lists)[number], boolean>> {
  outcome?: (typeof outcomes)[number]
  plan?: string
  format?: 'json' | 'csv'
}

/** A list that goes with no other. */
function listOption(name: (typeof lists)[number], description: string): Option {
  return new Option(`--${name}`, description).conflicts(lists.filter((other) => other !== name))
}

function addHistoryCommands({ program, execute }: Add): void {
  program
    .command('workflows')
    .description('List the runs there were, newest first.')
    .action((_options: object, command: Command) =>
      execute(command, null, async (context) => (await import('./workflows.ts')).workflowsCommand(context)),
    )
  program
    .command('records')
    .description('List the rows of a run and what became of each, or every change of a plan.')
    .argument('[run]', 'id of a run (or of a plan)')
    .addOption(new Option('--outcome <outcome>', 'only these rows').choices(outcomes).conflicts([...lists]))
    .addOption(listOption('warnings', 'only rows that were sent without a value'))
    .addOption(listOption('alerts', 'what reading people back after the run has shown'))
    .addOption(listOption('exits', 'people who left the result, and what was done about them'))
    .addOption(listOption('drift', 'every difference that `deskside drift` found, by its id'))
    .addOption(listOption('left', 'what an undo leaves as it is, by the id of its plan'))
    .option('--plan <id>', 'every change of this plan instead')
    .addOption(
      new Option('--format <format>', 'for files and spreadsheets (default: a table)').choices(['json', 'csv']),
    )
    .addHelpText(
      'after',
      `
In CSV, a cell that begins with = + - @ gets an apostrophe in front, so that no spreadsheet runs it as a formula.
JSON carries every value exactly.`,
    )
    .action((run: string | undefined, options: RecordsOptions, command: Command) =>
      execute(command, run ?? null, async (context) =>
        (await import('./records.ts')).recordsCommand(context, {
          runId: run ?? null,
          planId: options.plan ?? null,
          outcome: options.outcome ?? null,
          list: lists.find((list) => options[list] === true) ?? null,
          format: options.format ?? null,
        }),
      ),
    )
  program
    .command('forget')
    .description(
      'Forget what was delivered to the account of a destination, so that the next run sends everybody again.',
    )
    .argument('<destination>', 'its key in deskside.yml')
    .action((destination: string, _options: object, command: Command) =>
      execute(command, destination, async (context) =>
        (await import('./workflows.ts')).forgetCommand(context, destination),
      ),
    )
}

const plans = ['team', 'growth', 'professional', 'enterprise', 'enterprise_plus', 'unlimited'] as const

function addEmulator({ program, execute }: Add): void {
  program
    .command('emulator')
    .description('Serve an emulated Zendesk account on this machine, to try things without a real one.')
    .option('--port <n>', 'port to listen on; 0 takes a free one', wholeNumber(0), 4010)
    .addOption(
      new Option('--plan <plan>', 'Zendesk plan, which sets the requests per minute')
        .choices(plans)
        .default('enterprise'),
    )
    .option('--seed <n>', 'the same seed makes the same ids and latencies', wholeNumber(0), 1)
    .option('--fast', 'requests and jobs end at once instead of after the time that the real one takes')
    .addOption(
      new Option('--links <links>', 'urls in answers lead to where it was reached, or look like those of Zendesk')
        .choices(['reached', 'canonical'])
        .default('reached'),
    )
    .option(
      '--set <name=value>',
      'a setting of the account, such as bulkImport=false (may be given several times)',
      (setting: string, settings: string[] = []) => [...settings, setting],
    )
    .option('--until-stdin-ends', 'end when standard input does, so that it cannot outlive a script that started it')
    .action(
      (
        options: {
          port: number
          plan: (typeof plans)[number]
          seed: number
          fast?: boolean
          links: 'reached' | 'canonical'
          set?: string[]
          untilStdinEnds?: boolean
        },
        command: Command,
      ) =>
        execute(command, null, async (context) =>
          (await import('./emulator.ts')).emulatorCommand(context, {
            port: options.port,
            plan: options.plan,
            seed: options.seed,
            isFast: options.fast === true,
            untilStdinEnds: options.untilStdinEnds === true,
            links: options.links,
            settings: options.set ?? [],
          }),
        ),
    )
}

import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Add } from './commands.ts'
import type { Lines } from './segments.ts'

interface PreviewFlags {
  limit: number
  csv?: boolean
  lines?: Lines
  database?: string
}

/** More rows are no preview: an orchestration sends them, a file holds them. */
const mostRows = 10_000

function rowLimit(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > mostRows)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${mostRows}.`)
  return value
}

/** `3-12`, `7`, or `-12` for everything up to a line. */
function lineRange(text: string): Lines {
  const found = /^(\d*)-(\d+)$|^(\d+)$/.exec(text)
  const from = Number(found?.[3] ?? (found?.[1] || 1))
  const to = Number(found?.[3] ?? found?.[2])
  if (found === null || from < 1 || to < from)
    throw new InvalidArgumentError('It must be lines such as 3-12, 7, or -12 for everything up to line 12.')
  return { from, to }
}

/** The commands that show who and what would be sent, without an account. */
export function addSegmentCommands({ program, execute }: Add): void {
  const segment = program.command('segment').description('List segments, count their people, and show their SQL.')
  segment
    .command('list')
    .description('List the segments there are.')
    .action((_options: object, command: Command) =>
      execute(command, null, async (context) => (await import('./segments.ts')).segmentListCommand(context)),
    )
  segment
    .command('count')
    .description('Count the people of a segment.')
    .argument('<segment>', 'its key in deskside.yml')
    .action((key: string, _options: object, command: Command) =>
      execute(command, key, async (context) => (await import('./segments.ts')).segmentCountCommand(context, key)),
    )
  segment
    .command('sql')
    .description('Show a segment as the SELECT that delivers it.')
    .argument('<segment>', 'its key in deskside.yml')
    .action((key: string, _options: object, command: Command) =>
      execute(command, key, async (context) => (await import('./segments.ts')).segmentSqlCommand(context, key)),
    )
  const query = program.command('query').description('Look at what can be sent: its rows, and its columns.')
  query
    .command('preview')
    .alias('run')
    .description('Show the first rows of a query, a segment or an attributes table. Sends nothing.')
    .argument(
      '<name>',
      'its key in deskside.yml; with its kind, such as segment:vip, where two have the key; or a .sql file; or - for SQL on stdin',
    )
    .option('--lines <from-to>', 'only these lines of its SQL: 3-12, or -12 for everything up to line 12', lineRange)
    .option('--database <key>', 'what the SQL of a file, or of stdin, reads; needed where there are several')
    .option('--limit <n>', 'how many rows', rowLimit, 100)
    .addOption(new Option('--csv', 'as CSV on stdout'))
    .action((name: string, { limit, csv, lines, database }: PreviewFlags, command: Command) =>
      execute(command, name, async (context) =>
        (await import('./segments.ts')).previewCommand(context, name, {
          ...{ limit, isCsv: csv === true, lines: lines ?? null, database: database ?? null },
        }),
      ),
    )
  query
    .command('check')
    .description('Show what becomes of each column at a destination. Runs no query and sends nothing.')
    .argument('<name>', 'its key in deskside.yml; with its kind, such as segment:vip, where two have the key')
    .requiredOption('--destination <key>', 'the destination')
    .option('--offline', 'do not ask the account for its user fields')
    .action((name: string, { destination, offline }: { destination: string; offline?: boolean }, command: Command) =>
      execute(command, name, async (context) =>
        (await import('./column-check.ts')).columnCheckCommand(context, name, {
          destination,
          isOffline: offline === true,
        }),
      ),
    )
}

import type { Command } from 'commander'
import { fullName, tableOfKey } from '../project/databases.ts'
import type { Add } from './commands.ts'

interface UploadOptions {
  table: string
  database?: string
  name?: string
  description?: string
  types?: string
  replace?: boolean
}

const itsName = 'its name in SQL; with that of its database before it, such as billing.Invoices, where several have one'

function nameIn(database: string | undefined, table: string): string {
  return database === undefined ? table : fullName({ database, table })
}

/** The table to be uploaded, which may be named with its database. */
function tableOf({ table, database }: UploadOptions): { table: string; database: string | null } {
  if (database !== undefined || !table.includes('.')) return { table, database: database ?? null }
  return tableOfKey(table)
}

/** The commands about what queries read. */
export function addTableCommands({ program, execute }: Add): void {
  program
    .command('tables')
    .description('List the tables with their figures, or show one with its columns and their most usual values.')
    .argument('[table]', itsName)
    .option('--database <key>', 'the tables of this database only, or the one whose table it is')
    .option('--refresh', 'count anew, also where nothing has changed')
    .action((table: string | undefined, { database, refresh }: { database?: string; refresh?: boolean }, command) =>
      execute(command as Command, table ?? null, async (context) => {
        const { tableCommand, tableListCommand } = await import('./tables.ts')
        if (table === undefined) return await tableListCommand(context, database ?? null)
        return await tableCommand(context, nameIn(database, table), { refresh: refresh === true })
      }),
    )
  program
    .command('columns')
    .description('Tell which columns of a table are personal, who says so and why. Shows no value.')
    .argument('<table>', itsName)
    .option('--database <key>', 'the database whose table it is')
    .option('--without <column>', 'what would break, or lose something, if this column went')
    .action((table: string, { database, without }: { database?: string; without?: string }, command: Command) =>
      execute(command, table, async (context) => {
        const { columnsCommand, usesCommand } = await import('./columns.ts')
        const name = nameIn(database, table)
        return without === undefined ? await columnsCommand(context, name) : await usesCommand(context, name, without)
      }),
    )
  program
    .command('upload')
    .description('Upload a CSV file to the server of the project, as a table that queries and segments may read.')
    .argument('<file>', 'a CSV in UTF-8 with the names of its columns in the first line')
    .requiredOption('--table <key>', 'the name by which SQL reads it')
    .option('--database <key>', 'the database that it is to be a table of; needed where there are several')
    .option('--name <name>', 'what people read')
    .option('--description <text>', 'for people')
    .option('--types <types>', 'as in deskside.yml: text (default), or a map such as { total: "decimal(12,2)" }')
    .option('--replace', 'the table was uploaded before, and gets this content')
    .action((file: string, options: UploadOptions, command: Command) =>
      execute(command, options.table, async (context) =>
        (await import('./upload.ts')).uploadCommand(context, {
          file,
          ...tableOf(options),
          name: options.name ?? null,
          description: options.description ?? null,
          types: options.types ?? null,
          replace: options.replace === true,
        }),
      ),
    )
}

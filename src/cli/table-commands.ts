import type { Command } from 'commander'
import type { Add } from './commands.ts'

interface UploadOptions {
  table: string
  name?: string
  description?: string
  types?: string
  replace?: boolean
}

/** The commands about what queries read. */
export function addTableCommands({ program, execute }: Add): void {
  program
    .command('tables')
    .description('List the tables with their figures, or show one with its columns and their most usual values.')
    .argument('[table]', 'its name in SQL')
    .option('--refresh', 'count anew, also where nothing has changed')
    .action((table: string | undefined, options: { refresh?: boolean }, command: Command) =>
      execute(command, table ?? null, async (context) => {
        const { tableCommand, tableListCommand } = await import('./tables.ts')
        if (table === undefined) return await tableListCommand(context)
        return await tableCommand(context, table, { refresh: options.refresh === true })
      }),
    )
  program
    .command('columns')
    .description('Tell which columns of a table are personal, who says so and why. Shows no value.')
    .argument('<table>', 'its name in SQL')
    .option('--without <column>', 'what would break, or lose something, if this column went')
    .action((table: string, { without }: { without?: string }, command: Command) =>
      execute(command, table, async (context) => {
        const { columnsCommand, usesCommand } = await import('./columns.ts')
        return without === undefined ? await columnsCommand(context, table) : await usesCommand(context, table, without)
      }),
    )
  program
    .command('upload')
    .description('Upload a CSV file to the server of the project, as a table that queries and segments may read.')
    .argument('<file>', 'a CSV in UTF-8 with the names of its columns in the first line')
    .requiredOption('--table <key>', 'the name by which SQL reads it')
    .option('--name <name>', 'what people read')
    .option('--description <text>', 'for people')
    .option('--types <types>', 'as in deskside.yml: text (default), or a map such as { total: "decimal(12,2)" }')
    .option('--replace', 'the table was uploaded before, and gets this content')
    .action((file: string, options: UploadOptions, command: Command) =>
      execute(command, options.table, async (context) =>
        (await import('./upload.ts')).uploadCommand(context, {
          file,
          table: options.table,
          name: options.name ?? null,
          description: options.description ?? null,
          types: options.types ?? null,
          replace: options.replace === true,
        }),
      ),
    )
}

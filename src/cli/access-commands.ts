import { type Command, InvalidArgumentError } from 'commander'
import { policies } from '../access/policies.ts'
import type { Add } from './commands.ts'

interface GrantOptions {
  name?: string
  policy?: string[]
  option?: string[]
  withoutOptions?: boolean
}

const several = (value: string, values: string[] = []): string[] => [...values, value]

function hours(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > 336)
    throw new InvalidArgumentError('It must be a whole number from 1 to 336.')
  return value
}

/** The commands about who comes in, and about secrets of somebody else. */
export function addAccessCommands(add: Add): void {
  addAdmin(add)
  addUsers(add)
  addHandOver(add)
}

function addAdmin({ program, execute }: Add): void {
  program
    .command('admin')
    .description('For the owner of the machine: make somebody an administrator, with a new password. Asks for it.')
    .argument('[e-mail]', 'address to sign in with; the user who has it is signed out everywhere, others stay')
    .option('--password-stdin', 'read the password from standard input instead of the terminal')
    .option('--link', 'print a new set-up link instead, as long as there are no users')
    .action((email: string | undefined, options: { passwordStdin?: boolean; link?: boolean }, command: Command) =>
      execute(command, null, async (context) => {
        const admin = await import('./admin.ts')
        if (options.link === true) return await admin.setupLinkCommand(context, email ?? null)
        return await admin.adminCommand(context, email ?? null, { fromStdin: options.passwordStdin === true })
      }),
    )
}

const grants = (command: Command): Command =>
  command
    .option('--name <name>', 'what the user is called')
    .option('--policy <policy>', 'what the user is (may be given several times)', several)
    .option('--option <option>', 'what is given or taken beside (may be given several times)', several)

const given = ({ name, policy, option, withoutOptions }: GrantOptions) => ({
  ...(name !== undefined && { name }),
  ...(policy !== undefined && { policies: policy }),
  ...(withoutOptions === true && { options: [] }),
  ...(option !== undefined && { options: option }),
})

function addUsers({ program, execute }: Add): void {
  const users = program
    .command('users')
    .description('List users, invite them, and change what they may do.')
    .addHelpText('after', ['', 'Policies:', ...Object.keys(policies).map((key) => `  ${key}`)].join('\n'))
  users
    .command('list', { isDefault: true })
    .description('List users, the earliest first.')
    .action((_options: object, command: Command) =>
      execute(command, null, async (context) => (await import('./users.ts')).usersListCommand(context)),
    )
  grants(users.command('invite').argument('<e-mail>', 'address to sign in with'))
    .description('Invite a user, and print the link once by which they choose a password.')
    .action((email: string, options: GrantOptions, command: Command) =>
      execute(command, email, async (context) =>
        (await import('./users.ts')).usersInviteCommand(context, email, given(options)),
      ),
    )
  grants(users.command('set').argument('<e-mail>', 'address of the user'))
    .description('Change what a user is called and may do. What is not given stays.')
    .option('--without-options', 'take all options away')
    .action((email: string, options: GrantOptions, command: Command) =>
      execute(command, email, async (context) =>
        (await import('./users.ts')).usersSetCommand(context, email, given(options)),
      ),
    )
  for (const [name, state, description] of [
    ['disable', 'disabled', 'Sign a user out everywhere, who cannot come in any more.'],
    ['enable', 'active', 'Let a user in again.'],
  ] as const) {
    users
      .command(name)
      .description(description)
      .argument('<e-mail>', 'address of the user')
      .action((email: string, _options: object, command: Command) =>
        execute(command, email, async (context) =>
          (await import('./users.ts')).usersStateCommand(context, email, state),
        ),
      )
  }
  users
    .command('link')
    .description('Print a link once by which a user chooses a new password.')
    .argument('<e-mail>', 'address of the user')
    .action((email: string, _options: object, command: Command) =>
      execute(command, email, async (context) => (await import('./users.ts')).usersLinkCommand(context, email)),
    )
}

interface HandOverOptions {
  type?: string
  name?: string
  field?: string[]
  subdomain?: string
  baseUrl?: string
  hours: number
  note: string
  list?: boolean
  revoke?: string
}

function addHandOver({ program, execute }: Add): void {
  program
    .command('hand-over')
    .description('Print a link once by which somebody else enters the secret of a credential. You never see it.')
    .argument('[credential]', 'key of the credential')
    .option('--type <type>', 'have a new credential made: zendesk_oauth or zendesk')
    .option('--name <name>', 'what the new one is called (default: its key)')
    .option('--field <field=value>', 'what you know of the new one, such as client_id (several times)', several)
    .option('--subdomain <subdomain>', 'account to try it at, as long as no destination uses it')
    .option('--base-url <url>', 'address of an emulator or a proxy of that account')
    .option('--hours <n>', 'how long the link is good for', hours, 72)
    .option('--note <text>', 'for the person who opens the link', '')
    .option('--list', 'list the links there are instead')
    .option('--revoke <id>', 'end a link instead')
    .action((credential: string | undefined, options: HandOverOptions, command: Command) =>
      execute(command, credential ?? null, async (context) => {
        const handOver = await import('./hand-over.ts')
        if (options.list === true) return await handOver.handOverListCommand(context)
        if (options.revoke !== undefined) return await handOver.handOverRevokeCommand(context, options.revoke)
        const { type = null, name = null, field = [], subdomain = null, baseUrl = null, hours, note } = options
        const request = { type, name, fields: field, subdomain, baseUrl, hours, note }
        return await handOver.handOverCommand(context, credential ?? null, request)
      }),
    )
}

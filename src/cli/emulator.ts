import type { Emulator, Plan } from '../emulator/index.ts'
import { Problem } from '../problem.ts'
import type { Context } from './context.ts'
import { paint, type Style } from './text.ts'

export interface EmulatorRequest {
  port: number
  plan: Plan
  seed: number
  isFast: boolean
  untilStdinEnds: boolean
  links: 'reached' | 'canonical'
  /** `name=value` each, as on the command line. */
  settings: readonly string[]
}

// About what a request to a real account takes from the same continent.
const requestLatencyMs = 40

/** What to put where, so that a project speaks to this account. */
export function emulatorLines(
  emulator: Pick<Emulator, 'url' | 'subdomain' | 'clientId' | 'clientSecret' | 'email' | 'apiToken'>,
  plan: string,
  style: Style,
): string[] {
  const code = (text: string) => paint(style, 'cyan', `  ${text}`)
  return [
    `${paint(style, 'green', '✓')} An emulated Zendesk account (${plan}) serves at ${paint(style, 'bold', emulator.url)}`,
    '  It lives in memory: when this ends, its people are gone.',
    `  Look into the account at ${emulator.url}/`,
    '',
    'In deskside.yml:',
    code('credentials:'),
    code(
      `  zendesk: { type: zendesk_oauth, client_id: "\${ZENDESK_CLIENT_ID}", client_secret: "\${ZENDESK_CLIENT_SECRET}" }`,
    ),
    code('destinations:'),
    code(
      `  zendesk: { plugin: zendesk, credential: zendesk, subdomain: ${emulator.subdomain}, base_url: "${emulator.url}" }`,
    ),
    '',
    'In .env beside it:',
    code(`ZENDESK_CLIENT_ID=${emulator.clientId}`),
    code(`ZENDESK_CLIENT_SECRET=${emulator.clientSecret}`),
    '',
    paint(style, 'dim', `API token for { type: zendesk }: ${emulator.email} ${emulator.apiToken}`),
    paint(style, 'dim', `Fill and watch it: ${emulator.url}/_emulator/seed, state, calls, faults, stats, reset`),
    paint(style, 'dim', 'Ctrl-C ends it.'),
  ]
}

/** Values are JSON; what is none is text, so that words need no quotation marks. */
function readSettings(settings: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    settings.map((setting) => {
      const [, name, text] = /^(\w+)=(.*)$/s.exec(setting) ?? []
      if (name === undefined || text === undefined)
        throw refusedSetting(`\`${setting}\` is not of the form name=value.`)
      try {
        return [name, JSON.parse(text)]
      } catch {
        return [name, text]
      }
    }),
  )
}

function refusedSetting(message: string): Problem {
  return new Problem('usage.invalid', {
    message,
    fix: 'Use a setting of the guide to the emulator with one of its values.',
  })
}

async function start(request: EmulatorRequest): Promise<Emulator> {
  const { startEmulator } = await import('../emulator/index.ts')
  const { port, plan, seed, isFast, links } = request
  const settings = readSettings(request.settings)
  try {
    return await startEmulator({
      port,
      plan,
      seed,
      links,
      ...(isFast ? { jobLatencyMs: [0, 0] as const } : { requestLatencyMs }),
      ...settings,
    })
  } catch (error) {
    if (error instanceof TypeError && error.message.startsWith('The ')) throw refusedSetting(error.message)
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    throw new Problem('usage.invalid', {
      message:
        code === 'EADDRINUSE' ? `Port ${port} of this machine is taken.` : `This user may not listen on port ${port}.`,
      fix: 'Choose another --port, or --port 0 for any free one.',
      cause: error,
    })
  }
}

/** Resolves when the emulator has to end. */
function ending(untilStdinEnds: boolean): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
    if (!untilStdinEnds) return
    process.stdin.on('error', () => resolve())
    process.stdin.once('close', () => resolve())
    process.stdin.resume()
  })
}

/** Serves until a signal. With --json the one line on stdout says that it is ready. */
export async function emulatorCommand(context: Context, request: EmulatorRequest): Promise<number> {
  const ended = ending(request.untilStdinEnds)
  const emulator = await start(request)
  if (context.isJson) {
    const { url, subdomain, email, apiToken, clientId, clientSecret } = emulator
    await context.stdout.json({
      url,
      subdomain,
      email,
      api_token: apiToken,
      client_id: clientId,
      client_secret: clientSecret,
    })
  } else await context.stdout.lines(emulatorLines(emulator, request.plan, context.stdout.style(context.env)))
  await ended
  await emulator.close()
  return 0
}

import { rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { openService } from '../control/service.ts'
import { openLog } from '../log.ts'
import { Problem } from '../problem.ts'
import { loadProject } from '../project/load.ts'
import type { Context } from './context.ts'
import { announced, type DemoAccounts, openAccounts } from './demo-accounts.ts'
import { DemoClock } from './demo-clock.ts'
import { inventDemoData } from './demo-data.ts'
import { liveThrough } from './demo-history.ts'
import { freshFolder, writeFiles } from './demo-project.ts'
import { openReceiver } from './demo-receiver.ts'
import { shopFiles } from './demo-shop.ts'
import { inventShopData } from './demo-shop-data.ts'
import { membersOf, type Team } from './demo-team.ts'
import { daysBehind, Week } from './demo-week.ts'
import { serveProject, withEnvFile } from './serve.ts'
import { type StopSignals, stopSignals } from './stop.ts'
import { duration, paint } from './text.ts'
import { version } from './version.ts'

export interface DemoServeRequest {
  dir: string | null
  seed: number
  port: number
}

/** What of the demo lives beside the server, and ends with it. */
interface Stage {
  root: string
  env: NodeJS.ProcessEnv
  accounts: DemoAccounts
}

/**
 * Fills a project with some days of history and serves it until a signal. Accounts and receiver are in this process: however it ends, nothing of it
 * is left but the folder, and that only where somebody has named it.
 */
export async function demoServeCommand(context: Context, request: DemoServeRequest): Promise<number> {
  const startedAtMs = performance.now()
  await assertFree(request.port)
  const root = await freshFolder(context.cwd, request.dir)
  const signals = stopSignals()
  const closings: (() => Promise<unknown>)[] = []
  if (request.dir === null) closings.push(() => rm(root, { recursive: true, force: true }))
  try {
    const { stage, team } = await fill(context, { root, seed: request.seed, signals, closings })
    const serving = { ...context, projectDir: root, env: stage.env }
    return await serveProject(
      serving,
      { host: '127.0.0.1', port: request.port },
      {
        signals,
        logLevel: 'warn',
        announce: async ({ url }) => {
          const facts = { url, team, stage, isKept: request.dir !== null, tookMs: performance.now() - startedAtMs }
          if (context.isJson) await context.stdout.json(factsDocument(facts))
          else await context.stdout.lines(factsLines(facts, context))
        },
      },
    )
  } finally {
    for (const close of closings.toReversed()) await close()
    signals.dispose()
  }
}

/** Better now than after everything is made. */
async function assertFree(port: number): Promise<void> {
  const probe = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject)
      probe.listen(port, '127.0.0.1', resolve)
    })
  } catch (error) {
    throw new Problem('usage.invalid', {
      message: `Port ${port} of this machine cannot be listened on (${(error as NodeJS.ErrnoException).code}).`,
      fix: 'Choose another --port, or --port 0 for any free one.',
      cause: error,
    })
  } finally {
    await new Promise((resolve) => probe.close(resolve))
  }
}

async function fill(
  context: Context,
  {
    root,
    seed,
    signals,
    closings,
  }: { root: string; seed: number; signals: StopSignals; closings: (() => Promise<unknown>)[] },
): Promise<{ stage: Stage; team: Team }> {
  const now = new Date()
  const clock = new DemoClock(new Date(now.getTime() - (daysBehind + 1) * 24 * 60 * 60_000))
  const data = inventDemoData(seed)
  const shop = inventShopData(seed, data)
  const receiver = await openReceiver()
  closings.push(() => receiver.close())
  const accounts = await openAccounts(seed, clock, data, shop)
  closings.push(() => accounts.close())
  await writeProject(root, accounts, shop.files)
  const env = await withEnvFile(root, ownEnvironment(context.env))
  if (!context.isJson) await context.stdout.lines(['Socktown lives through a week ...'])
  const log = openLog({ level: 'warn', destination: 'stderr' })
  await loadProject(root, env, { allowMissingVariables: true })
  const service = await openService(root, env, { log, version: version(), now: clock.now, wait: clock.wait })
  let team: Team
  try {
    await service.begin()
    const parts = { service, clock, accounts, shop, root, receiverUrl: receiver.url }
    const ids = data.clean.map(({ id }) => id)
    const week = new Week({ ...parts, ids, assertGoesOn: () => assertGoesOn(signals) }, now)
    team = await liveThrough(week, now)
  } finally {
    await service.close(1_000)
  }
  clock.arrive()
  accounts.settle()
  return { stage: { root, env, accounts }, team }
}

function assertGoesOn({ control }: StopSignals): void {
  if (!control.signal.aborted) return
  throw new Problem('workflow.stopped', {
    message: 'The demo was stopped.',
    fix: 'Run `deskside demo --serve` to begin anew.',
  })
}

async function writeProject(root: string, accounts: DemoAccounts, data: Record<string, string>): Promise<void> {
  const account = announced(accounts.shop)
  await writeFiles(root, { ...shopFiles(account), ...data })
  const secrets = `ZENDESK_CLIENT_ID=${account.client_id}\nZENDESK_CLIENT_SECRET=${account.client_secret}\n`
  await writeFile(join(root, '.env'), secrets, { mode: 0o600 })
}

/** Without the settings of another server, whose database the demo has no business in. */
function ownEnvironment(env: Context['env']): NodeJS.ProcessEnv {
  const others = Object.entries(env).filter(([name]) => !name.startsWith('DESKSIDE_'))
  return { ...Object.fromEntries(others), DESKSIDE_ALLOWED_HOSTS: '127.0.0.1' } as NodeJS.ProcessEnv
}

interface Facts {
  url: string
  team: Team
  stage: Stage
  isKept: boolean
  tookMs: number
}

function factsDocument({ url, team, stage }: Facts): object {
  const users = membersOf(team).map(({ role, email, password }) => ({ role, email, password }))
  const { email, password } = team.administrator
  const { shop, outlet } = stage.accounts
  return {
    ...{ url, email, password, dir: stage.root },
    emulator: { url: shop.url },
    outlet: { url: outlet.url },
    users,
  }
}

function factsLines({ url, team, stage, isKept, tookMs }: Facts, context: Context): string[] {
  const style = context.stdout.style(context.env)
  const fact = (label: string, text: string) => `  ${paint(style, 'dim', label.padEnd(10))}${text}`
  const { shop, outlet } = stage.accounts
  return [
    `${paint(style, 'green', '✓')} Socktown serves at ${paint(style, 'bold', url)}, after ${duration(tookMs)}.`,
    '  Everybody and everything in it is invented, and six days of it lie behind you.',
    '',
    paint(style, 'bold', 'Sign in as'),
    ...membersOf(team).map(
      ({ role, email, password }) => `  ${role.padEnd(15)}${email.padEnd(20)}${paint(style, 'cyan', password)}`,
    ),
    '  These passwords are shown this once.',
    '',
    fact('API', `${url}/api/docs`),
    fact('Zendesk', `${shop.url} (emulated)`),
    fact('outlet', `${outlet.url} (emulated, and refuses its credential)`),
    fact('project', isKept ? stage.root : `${stage.root} (goes when this ends)`),
    '',
    paint(style, 'dim', 'Ctrl-C ends the server and both accounts.'),
  ]
}

import { asProblem, Problem } from '../problem.ts'
import type { PlanSummary, RunSummary } from '../sync/report.ts'
import { commandLine, programName } from './command-line.ts'
import { binPath, type Context } from './context.ts'
import { type Children, type Ended, openChildren } from './demo-child.ts'
import { type DemoData, inventDemoData } from './demo-data.ts'
import { demoUserFields, type EmulatedAccount, freshFolder, writeDemoProject, writeFiles } from './demo-project.ts'
import { planLines } from './plan-text.ts'
import { progressPrinter } from './progress.ts'
import { summaryLines } from './summary-text.ts'
import { counted, duration, number, paint, wrap } from './text.ts'

/** The figures of a run that the data decides; names as in {@link RunSummary}. */
export type Figures = Record<string, number | string>

/** What the first and the second run must report. */
export function expectedFigures(data: DemoData): { first: Figures; second: Figures } {
  const { total, people, merged, rejected, warnings, adopted } = data.expected
  const { updated } = data.nextDay
  const rejectedRows = Object.values(rejected).reduce((sum, rows) => sum + rows, 0)
  const always = { status: 'completed_with_alerts', total, rejected: rejectedRows, merged, failed: 0, pending: 0 }
  return {
    first: { ...always, created: people - adopted, updated: adopted, unchanged: 0, warnings, adopted },
    second: { ...always, created: 0, updated, unchanged: people - updated, warnings: 0, adopted: 0 },
  }
}

/** Each figure that differs, as `created 1,900 instead of 1,909`. */
export function differences(summary: RunSummary, expected: Figures): string[] {
  const { status, rows, warnings, adopted } = summary
  const actual: Figures = { status, ...rows, warnings, adopted }
  const shown = (figure: string | number | undefined) => (typeof figure === 'number' ? number(figure) : String(figure))
  return Object.entries(expected)
    .filter(([name, figure]) => actual[name] !== figure)
    .map(([name, figure]) => `${name} ${shown(actual[name])} instead of ${shown(figure)}`)
}

/** A document of a command, or its problem thrown. */
function documentOf<T>(ended: Ended, what: string): T {
  const document = ended.document
  if (typeof document === 'object' && document !== null) {
    const problem = 'problem' in document ? (document.problem as { message: string; fix: string } | null) : null
    if (problem === null) return document as T
    throw new Problem('internal.bug', { message: `\`${what}\` stopped: ${problem.message}`, fix: problem.fix })
  }
  throw new Problem('internal.bug', {
    message: `\`${what}\` ended with exit code ${ended.exitCode} and printed no result.`,
  })
}

interface Scene {
  context: Context
  children: Children
  root: string
  /** Says a paragraph, unless only the machine listens. */
  say: (...lines: string[]) => Promise<void>
  /** Shows the command that a user would type. */
  prompt: (args: readonly string[]) => Promise<void>
}

async function plan(scene: Scene): Promise<PlanSummary> {
  const { context, children, root } = scene
  const args = ['plan', 'zendesk_users']
  await scene.prompt(args)
  const result = documentOf<PlanSummary>(await children.deskside([...args, '--project', root]), 'deskside plan')
  await scene.say(
    ...planLines(result, context.stdout.style(context.env), { command: commandLine('deskside', undefined) }),
  )
  return result
}

async function run(scene: Scene): Promise<RunSummary> {
  const { context, children, root } = scene
  const args = ['run', 'zendesk_users']
  await scene.prompt(args)
  const printer = context.isJson ? null : progressPrinter(context.stderr, context.env, context.isCalm)
  const startedAtMs = performance.now()
  let ended: Ended | null = null
  let planned: PlanSummary | null = null
  try {
    ended = await children.deskside([...args, '--project', root], (event) => {
      if (event.type === 'planned') planned = event.plan
      printer?.event(event)
    })
  } finally {
    await printer?.end(ended?.exitCode === 0 || ended?.exitCode === 3)
  }
  const tookMs = performance.now() - startedAtMs
  if (children.isInterrupted())
    throw new Problem('workflow.stopped', {
      message: 'The demo was stopped.',
      fix: 'Run `deskside demo` to see it from the start.',
    })
  const summary = documentOf<RunSummary>(ended, 'deskside run')
  const rejected = (planned as PlanSummary | null)?.rejected.map((reason) => ({ ...reason, field: null })) ?? []
  const reasons = { rejected, failed: [] }
  await scene.say(
    '',
    ...summaryLines(summary, context.stdout.style(context.env), {
      reasons,
      tookMs,
      command: commandLine('deskside', undefined),
    }),
  )
  return summary
}

/** Gives the account what a real one would have: user fields made by its admin, and people who wrote before. */
async function furnish(account: EmulatedAccount, data: DemoData): Promise<void> {
  const body = JSON.stringify({ user_fields: demoUserFields, users: data.account })
  const response = await fetch(`${account.url}/_emulator/seed`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  if (!response.ok)
    throw new Problem('internal.bug', {
      message: `The emulator refused the demo's account (${response.status}): ${await response.text()}`,
    })
}

/** What the account saw, told by the emulator itself. */
async function accountFigures(account: EmulatedAccount): Promise<Figures> {
  const response = await fetch(`${account.url}/_emulator/stats`)
  const {
    by_status: byStatus,
    races,
    mails,
  } = (await response.json()) as { by_status: Record<string, number>; races: number; mails: number }
  return { 'answers 429': byStatus['429'] ?? 0, 'races between jobs': races, 'verification mails': mails }
}

/** Throws when a figure is not what the data implies. */
async function verify(
  summaries: { first: RunSummary; second: RunSummary },
  data: DemoData,
  account: EmulatedAccount,
): Promise<void> {
  const expected = expectedFigures(data)
  const seen = await accountFigures(account)
  const wrong = [
    ...differences(summaries.first, expected.first).map((text) => `  first run: ${text}`),
    ...differences(summaries.second, expected.second).map((text) => `  second run: ${text}`),
    ...Object.entries(seen).flatMap(([name, figure]) =>
      figure === 0 ? [] : [`  account: ${name} ${figure} instead of 0`],
    ),
  ]
  if (wrong.length > 0) {
    throw new Problem('internal.bug', {
      message: `The runs did not report what the demo's data implies:\n${wrong.join('\n')}`,
    })
  }
}

async function story(
  scene: Scene,
  data: DemoData,
  account: EmulatedAccount,
): Promise<{ first: RunSummary; second: RunSummary }> {
  const { context, children, root } = scene
  const { expected, nextDay } = data
  await scene.prompt(['check', 'zendesk'])
  const check = context.isJson
    ? (await children.deskside(['check', 'zendesk', '--project', root])).exitCode
    : await children.shown(['check', 'zendesk', '--project', root])
  if (check !== 0)
    throw new Problem('internal.bug', {
      message: `\`deskside check zendesk\` ended with exit code ${check} against ${account.url}.`,
    })
  await scene.say('', 'What would be sent? A plan only reads.')
  await plan(scene)
  await scene.say(
    '',
    `Now for real, at the default limit of 100 users a second. Zendesk takes seconds over each job, as the real one does.`,
  )
  const first = await run(scene)
  await writeFiles(root, nextDay.files)
  const share = Math.round((nextDay.updated / expected.people) * 100)
  await scene.say(
    '',
    `A day later: ${counted(nextDay.updated, 'customer')} (${share} %) ordered again, so data/orders.csv has changed. Only they are sent, and only the fields that differ.`,
  )
  await plan(scene)
  const second = await run(scene)
  return { first, second }
}

function endLines(
  context: Context,
  root: string,
  summaries: { first: RunSummary; second: RunSummary },
  tookMs: number,
): string[] {
  const style = context.stdout.style(context.env)
  const program = programName(context.env, context.cwd, binPath)
  const here = commandLine(program, root)
  const command = (text: string, note: string) => [
    `  ${paint(style, 'cyan', text)}`,
    `      ${paint(style, 'dim', note)}`,
  ]
  return [
    '',
    `${paint(style, 'green', '✓')} ${paint(style, 'bold', `The demo is over, after ${duration(tookMs)}.`)}`,
    '  Every row has one outcome, and the figures are what the data implies.',
    '',
    paint(style, 'bold', 'Look around'),
    ...command(root, 'the project: deskside.yml, customer_360.sql, queries/, data/'),
    ...command(here(['workflows']), 'the runs, and the plans that wait for one'),
    ...command(
      here(['records', summaries.first.run_id, '--outcome', 'rejected']),
      'every row that was not sent, and why',
    ),
    ...command(
      here(['records', summaries.first.run_id, '--warnings', '--format', 'csv']),
      'rows that went without a value, for a spreadsheet',
    ),
    '',
    paint(style, 'bold', 'With a real account'),
    ...command(
      commandLine(program, undefined)(['init', 'my-project']),
      'writes a project; put your OAuth client into its .env',
    ),
    ...command(commandLine(program, 'my-project')(['check', 'zendesk']), 'tests the connection, stage by stage'),
    ...command(
      commandLine(program, 'my-project')(['run', 'zendesk_users', '--sample', '10']),
      'ten people first, then all',
    ),
  ]
}

/** The whole story, told with the same binary and project files that a user has. Exit 1 when a figure is wrong. */
export async function demoCommand(context: Context, options: { dir: string | null; seed: number }): Promise<number> {
  const startedAtMs = performance.now()
  const style = context.stdout.style(context.env)
  const width = style.columns === Infinity ? Infinity : Math.min(style.columns, 100)
  const say = async (...lines: string[]) => {
    if (!context.isJson) await context.stdout.lines(lines)
  }
  const data = inventDemoData(options.seed)
  const root = await freshFolder(context.cwd, options.dir)
  const children = openChildren(context.env)
  const scene: Scene = {
    context,
    children,
    root,
    say: (...lines) => say(...lines.flatMap((line) => (/^[A-Z]/.test(line) ? wrap(line, width) : [line]))),
    prompt: (args) => say('', `${paint(style, 'dim', '$')} ${paint(style, 'bold', `deskside ${args.join(' ')}`)}`),
  }
  try {
    const account = await children.emulator(options.seed)
    await furnish(account, data)
    await writeDemoProject(root, account, data.files)
    const { rejected } = data.expected
    const dirt = Object.values(rejected).reduce((sum, rows) => sum + rows, 0)
    await scene.say(
      `Socktown sells socks. Its customer 360 has ${number(data.expected.total)} rows, ${dirt} of them too dirty to send.`,
      `Its Zendesk account is emulated on this machine: ${account.url}`,
      `The project is in ${root}`,
    )
    const summaries = await story(scene, data, account)
    await verify(summaries, data, account)
    if (context.isJson) await context.stdout.json({ dir: root, ...summaries })
    else await context.stdout.lines(endLines(context, root, summaries, performance.now() - startedAtMs))
    return 0
  } catch (error) {
    if (children.isInterrupted())
      throw new Problem('workflow.stopped', {
        message: 'The demo was stopped.',
        fix: 'Run `deskside demo` to see it from the start.',
      })
    throw asProblem(error)
  } finally {
    await children.dispose()
  }
}

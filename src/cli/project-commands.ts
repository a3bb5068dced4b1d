import { join, relative, resolve } from 'node:path'
import type { ValidateFinding, ValidateReport } from '../project/validate.ts'
import { commandLine, programName } from './command-line.ts'
import { binPath, type Context } from './context.ts'
import { counted, labelled, paint, type Style, visible, wrap } from './text.ts'

export async function initCommand(context: Context, dir: string): Promise<number> {
  const { initProject } = await import('../project/init.ts')
  const root = resolve(context.projectDir, dir)
  const { files } = await initProject(root)
  const shown = relative(context.cwd, root) || '.'
  if (context.isJson) {
    await context.stdout.json({ dir: root, files })
    return 0
  }
  const style = context.stdout.style(context.env)
  const command = commandLine(programName(context.env, context.cwd, binPath), shown === '.' ? undefined : shown)
  const step = (number: number, text: string, ...lines: string[]) => [
    `  ${number}. ${text}`,
    ...lines.map((line) => paint(style, 'cyan', `     ${line}`)),
  ]
  await context.stdout.lines([
    `${paint(style, 'green', '✓')} A project in ${visible(shown)}:`,
    ...files.map((file) => `  ${visible(join(shown, file))}`),
    '',
    'Next:',
    ...step(1, 'Check it, offline.', command(['validate'])),
    ...step(
      2,
      'Copy .env.example to .env, fill it in, and set the subdomain in deskside.yml.',
      command(['check', 'zendesk']),
    ),
    ...step(
      3,
      'See what would be sent, then send it.',
      command(['plan', 'zendesk_users']),
      command(['run', 'zendesk_users']),
    ),
  ])
  return 0
}

/** An engine's problem begins with its place, which stands in the line above already. */
function withoutPlace({ where, message }: ValidateFinding): string {
  return message.startsWith(`${where}: `) ? message.slice(where.length + 2) : message
}

function findingLines(finding: ValidateFinding, style: Style): string[] {
  const width = style.columns === Infinity ? Infinity : Math.min(style.columns, 100) - 4
  const mark = finding.level === 'error' ? paint(style, 'red', '✗') : paint(style, 'yellow', '·')
  const [first = '', ...rest] = withoutPlace(finding)
    .split('\n')
    .flatMap((line) => wrap(visible(line), width))
  return [
    `${mark} ${paint(style, 'bold', visible(finding.where))}`,
    ...[first, ...rest].map((line) => `    ${line}`),
    ...(finding.problem === undefined ? [] : labelled(style, 'do this', finding.problem.fix, { indent: 4, width: 9 })),
  ]
}

/** Everything that `validate` found, errors first. */
export function validateLines(report: ValidateReport, style: Style): string[] {
  const errors = report.findings.filter((finding) => finding.level === 'error')
  const notes = report.findings.filter((finding) => finding.level === 'note')
  const queries = report.queries.size + report.segments.size + report.attributesTables.size
  const isPlain = queries === report.queries.size
  const end = report.ok
    ? `${paint(style, 'green', '✓')} deskside.yml is right, and so ${queries === 1 && isPlain ? 'is its query' : `are its ${isPlain ? counted(queries, 'query', 'queries') : `${queries} queries, segments and attributes tables`}`}.`
    : `${counted(errors.length, 'problem')} found.`
  return [...[...errors, ...notes].flatMap((finding) => [...findingLines(finding, style), '']), end]
}

function findingDocument(finding: ValidateFinding): object {
  return {
    level: finding.level,
    where: finding.where,
    message: finding.message,
    problem: finding.problem?.toJSON() ?? null,
  }
}

export async function validateCommand(context: Context): Promise<number> {
  const [{ loadProject }, { validateProject }, { duckdbEngine }] = await Promise.all([
    import('../project/load.ts'),
    import('../project/validate.ts'),
    import('../engine/duckdb.ts'),
  ])
  const project = await loadProject(context.projectDir, context.env, { allowMissingVariables: true })
  const report = await validateProject(project, duckdbEngine())
  if (context.isJson) {
    await context.stdout.json({
      ok: report.ok,
      findings: report.findings.map(findingDocument),
      queries: Object.fromEntries(report.queries),
      segments: Object.fromEntries(report.segments),
      attributes_tables: Object.fromEntries(report.attributesTables),
    })
  } else await context.stdout.lines(validateLines(report, context.stdout.style(context.env)))
  return report.ok ? 0 : 2
}

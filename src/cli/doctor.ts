import type { Context } from './context.ts'
import {
  checkClock,
  checkFileSystem,
  checkNode,
  checkPermissions,
  checkRetirement,
  checkSpace,
  type Finding,
  freeBytesOf,
} from './doctor-machine.ts'
import { checkLedger, checkProject, checkServer, checkStore, findingOf } from './doctor-state.ts'
import { counted, labelled, pad, paint, type Style, visible, wrap } from './text.ts'

const marks = { ok: ['green', '✓'], note: ['yellow', '·'], failed: ['red', '✗'] } as const
const checkWidth = 16

/** One finding, with what to do about it. */
export function findingLines({ check, outcome, detail, fix }: Finding, style: Style): string[] {
  const [color, mark] = marks[outcome]
  const room = style.columns === Infinity ? Infinity : Math.max(20, Math.min(style.columns, 100) - checkWidth - 2)
  const [first = '', ...rest] = detail.split('\n').flatMap((line) => wrap(visible(line), room))
  const indent = ' '.repeat(checkWidth + 2)
  return [
    `${paint(style, color, mark)} ${pad(visible(check), checkWidth)}${outcome === 'ok' ? paint(style, 'dim', first) : first}`,
    ...rest.map((line) => indent + line),
    ...(fix === null ? [] : labelled(style, 'do this', fix, { indent: checkWidth + 2, width: 9 })),
  ]
}

/** Looks at everything that keeps a project or its server from working; changes nothing. Exit code 1 when something failed. */
export async function doctorCommand(context: Context): Promise<number> {
  const { stdout, env, isJson } = context
  const findings: Finding[] = []
  for await (const finding of examine(context)) {
    findings.push(finding)
    if (!isJson) await stdout.lines(findingLines(finding, stdout.style(env)))
  }
  const failures = findings.filter(({ outcome }) => outcome === 'failed').length
  if (isJson) await stdout.json({ ok: failures === 0, findings })
  else await stdout.lines(['', endLine(failures, stdout.style(env))])
  return failures === 0 ? 0 : 1
}

function endLine(failures: number, style: Style): string {
  if (failures === 0) return `${paint(style, 'green', '✓')} Nothing is in the way.`
  return `${paint(style, 'red', '✗')} ${counted(failures, 'check')} failed.`
}

async function* examine({ projectDir, env }: Context): AsyncIterable<Finding> {
  yield checkNode(process.versions.node)
  const { isThere, project, findings } = await checkProject(projectDir, env)
  yield* findings
  if (!isThere) return
  const server = await checkServer(projectDir)
  yield server.finding
  yield* await settled('File system', async () => [await checkFileSystem(projectDir)])
  yield* await settled('Disk space', async () => [checkSpace(await freeBytesOf(projectDir))])
  yield* await settled('Permissions', () => checkPermissions(projectDir))
  yield await checkLedger(projectDir, server.running)
  yield* await checkStore(projectDir, env)
  if (project === null) return
  yield* checkRetirement(project.credentials, new Date())
  yield* await settled('Clock', () => checkClock(project, env, Date.now))
}

/** What a check cannot look at is its finding. */
async function settled(check: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look()
  } catch (error) {
    return [findingOf(check, error)]
  }
}

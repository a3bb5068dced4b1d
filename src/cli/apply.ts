import type { AppliedChanges } from '../control/control.ts'
import { Problem } from '../problem.ts'
import { type Context, serverOf } from './context.ts'
import { canAsk, type Input, isAgreed } from './question.ts'
import { counted, pad, paint, type Style, visible } from './text.ts'

/** Whoever has the definitions: the server that runs, or the store. */
interface Applying {
  preview(): Promise<AppliedChanges>
  apply(revision: number): Promise<AppliedChanges>
  close(): Promise<void>
}

const marks = { create: ['green', '+'], update: ['yellow', '~'], delete: ['red', '-'] } as const

/** What deskside.yml would change, one line an object; never a value. */
export function appliedLines({ changes }: AppliedChanges, style: Style): string[] {
  if (changes.length === 0) return ['The server has everything as deskside.yml says. Nothing to apply.']
  const width = Math.max(...changes.map(({ kind, key }) => kind.length + key.length + 1))
  return changes.map(({ change, kind, key, fields }) => {
    const [color, mark] = marks[change]
    const name = pad(visible(`${kind} ${key}`), width)
    const detail = change === 'update' ? `  ${paint(style, 'dim', visible(fields.join(', ')))}` : ''
    return `  ${paint(style, color, mark)} ${name}${detail}`.trimEnd()
  })
}

/** Brings deskside.yml to the server. `check`: only tells, and exits with 3 when something would change. */
export async function applyCommand(
  context: Context,
  options: { yes: boolean; check: boolean },
  input: Input = process.stdin,
): Promise<number> {
  const { stdout, stderr, env, isJson } = context
  if (!options.yes && !options.check && !canAsk(context, input)) {
    throw new Problem('usage.invalid', {
      message: `There is ${isJson ? 'nobody to ask with --json' : 'no terminal to ask in'}, and --yes is not given.`,
      fix: 'Look at the changes with `deskside apply --check`, then apply them with --yes.',
    })
  }
  const applying = await openApplying(context)
  try {
    const preview = await applying.preview()
    const wanted = preview.changes.length
    if (!isJson) await stdout.lines(appliedLines(preview, stdout.style(env)))
    if (options.check || wanted === 0) {
      if (isJson) await stdout.json({ ...preview, applied: false })
      return options.check && wanted > 0 ? 3 : 0
    }
    if (!options.yes && !(await isAgreed(context, 'Apply these changes?', input))) {
      await stderr.lines(['Nothing was changed.'])
      return 1
    }
    const applied = await applying.apply(preview.revision)
    if (isJson) await stdout.json({ ...applied, applied: true })
    else await stdout.lines([`${paint(stdout.style(env), 'green', '✓')} ${counted(wanted, 'change')} applied.`])
    return 0
  } finally {
    await applying.close()
  }
}

async function openApplying({ projectDir, env }: Context): Promise<Applying> {
  const server = await serverOf(projectDir)
  if (server !== null) {
    const { ServerClient } = await import('./server-client.ts')
    const client = new ServerClient(server)
    return {
      preview: () => client.result('applyPreview', []),
      apply: (revision) => client.result('apply', [revision]),
      close: () => client.close(),
    }
  }
  const { openApplied } = await import('../control/project-store.ts')
  const applied = await openApplied(projectDir, env)
  const actor = { kind: 'cli', id: 'cli' } as const
  return {
    preview: () => applied.preview(actor),
    apply: (revision) => applied.apply(actor, revision),
    close: () => applied.close(),
  }
}

import { Problem } from '../problem.ts'
import { type Context, withApp } from './context.ts'
import { undoLines } from './drift-text.ts'
import { canAsk, type Input, isAgreed } from './question.ts'
import { readingPrinter, runWithin, watched } from './run.ts'
import { counted } from './text.ts'

export interface UndoRequest {
  /** Execute the plan, after asking. */
  run: boolean
  /** Execute it without asking. */
  yes: boolean
  approve: boolean
}

/**
 * Plans what takes a run back and shows it; with `run` or `yes` the plan is executed too. With --json the first line is the planned undo,
 * and what follows, if it is executed, is what `run --json` prints.
 */
export async function undoCommand(
  context: Context,
  runId: string,
  request: UndoRequest,
  input: Input = process.stdin,
): Promise<number> {
  if (request.run && !request.yes && !canAsk(context, input)) {
    throw new Problem('usage.invalid', {
      message: `There is ${context.isJson ? 'nobody to ask with --json' : 'no terminal to ask in'}, and --yes is not given.`,
      fix: `Look at the plan with \`deskside undo ${runId}\`, then run the plan, or undo with --yes.`,
    })
  }
  return await withApp(context, {}, async (app) => {
    const report = await watched(
      readingPrinter(context),
      ({ onEvent, signal, abort }) => app.undo(runId, { onEvent, abort: AbortSignal.any([signal, abort]) }),
      () => true,
    )
    const { stdout, stderr, env } = context
    if (context.isJson) await stdout.json(report)
    else await stdout.lines(['', ...undoLines(report, stdout.style(env), { command: context.command })])
    const { orchestration, plan, people } = report
    if (!(request.run || request.yes) || plan.cost.writes === 0) return 0
    const question = `Restore ${counted(people.restored, 'person', 'people')}, and pause orchestration ${orchestration}?`
    if (!request.yes && !(await isAgreed(context, question, input))) {
      await stderr.lines(['Nothing was changed.'])
      return 1
    }
    const flags = { sample: null, full: false, live: false }
    return await runWithin(context, app, orchestration, { ...flags, planId: plan.plan_id, approve: request.approve })
  })
}

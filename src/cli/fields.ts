import type { App } from '../app.ts'
import { conflictProblem, type FieldPlan, type FieldRemoval } from '../destination/user-fields.ts'
import { asProblem, Problem } from '../problem.ts'
import { type Context, withApp } from './context.ts'
import { changeLine, fieldPlanLines } from './fields-text.ts'
import { problemLines } from './problem-text.ts'
import { canAsk, type Input, isAgreed } from './question.ts'
import { counted, moment, paint } from './text.ts'

export async function fieldsPlanCommand(
  context: Context,
  destination: string,
  options: { removal: FieldRemoval; check: boolean },
): Promise<number> {
  return await withApp(context, {}, async (app) => {
    const plan = await app.fieldPlan(destination, options.removal)
    const problem = conflictProblem(plan)
    if (context.isJson) await context.stdout.json({ destination, ...plan, problem: problem?.toJSON() ?? null })
    else {
      await show(context, destination, plan)
      if (problem !== null) await context.stderr.lines(problemLines(problem, context.stderr.style(context.env)))
      else if (plan.changes.length > 0) {
        const command = context.command(['fields', 'apply', destination, ...removalArguments(options.removal)])
        await context.stdout.lines(['', `Apply it: ${paint(context.stdout.style(context.env), 'cyan', command)}`])
      }
    }
    if (problem !== null) return problem.exitCode
    return options.check && plan.changes.length > 0 ? 3 : 0
  })
}

export async function fieldsApplyCommand(
  context: Context,
  destination: string,
  options: { removal: FieldRemoval; yes: boolean },
  input: Input = process.stdin,
): Promise<number> {
  if (!options.yes && !canAsk(context, input)) {
    throw new Problem('usage.invalid', {
      message: `There is ${context.isJson ? 'nobody to ask with --json' : 'no terminal to ask in'}, and --yes is not given.`,
      fix: 'Look at the changes with `deskside fields plan`, then apply them with --yes.',
    })
  }
  return await withApp(context, {}, async (app) => {
    const plan = await app.fieldPlan(destination, options.removal)
    if (!context.isJson) await show(context, destination, plan)
    const problem = conflictProblem(plan)
    if (
      problem === null &&
      plan.changes.length > 0 &&
      !options.yes &&
      !(await isAgreed(context, questionOf(plan), input))
    ) {
      await context.stderr.lines(['Nothing was changed.'])
      return 1
    }
    return await apply(context, app, destination, plan)
  })
}

/** Applies and reports; the last line of `--json` says how it ended, also when it ended with a problem. */
async function apply(context: Context, app: App, destination: string, plan: FieldPlan): Promise<number> {
  const { stdout, stderr, env, isJson } = context
  let applied = 0
  let written: Promise<void> = Promise.resolve()
  const say = (work: () => Promise<void>) => {
    written = written.then(work)
  }
  let problem: Problem | null = null
  if (!isJson && plan.changes.length > 0) await stdout.lines([''])
  try {
    await app.applyFields(destination, plan, {
      onApplied: (change) => {
        applied++
        say(() =>
          isJson ? stdout.json({ type: 'applied', ...change }) : stdout.lines([changeLine(change, stdout.style(env))]),
        )
      },
      onWait: (notice) => {
        if (notice === null || isJson) return
        const until = moment(new Date(notice.untilMs).toISOString())
        say(() => stderr.lines([`${notice.why}, until ${until} UTC.`]))
      },
    })
  } catch (error) {
    problem = asProblem(error)
  }
  await written
  if (isJson) {
    const document = { destination, account: plan.account, planned: plan.changes.length, applied }
    await stdout.json({ ...document, seen: problem === null, problem: problem?.toJSON() ?? null })
  } else if (problem !== null) await stderr.lines(problemLines(problem, stderr.style(env)))
  else if (applied > 0) {
    const done = paint(stdout.style(env), 'green', '✓')
    await stdout.lines([`${done} ${counted(applied, 'change')} applied and seen in the account.`])
  }
  return problem?.exitCode ?? 0
}

async function show(context: Context, destination: string, plan: FieldPlan): Promise<void> {
  await context.stdout.lines(fieldPlanLines(plan, destination, context.stdout.style(context.env)))
}

function removalArguments(removal: FieldRemoval): string[] {
  return [...(removal.options ? ['--remove-options'] : []), ...removal.fields.flatMap((key) => ['--remove', key])]
}

function questionOf(plan: FieldPlan): string {
  const removes = plan.changes.some(({ change }) => change === 'remove_option' || change === 'remove_field')
  return removes ? 'Apply these changes, and lose the values named above for ever?' : 'Apply these changes?'
}

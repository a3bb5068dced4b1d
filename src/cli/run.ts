import type { App, RunRequest } from '../app.ts'
import { asProblem, Problem, problems } from '../problem.ts'
import type { Flags, RunSummary, WorkflowEvent } from '../sync/report.ts'
import { type Context, withApp } from './context.ts'
import type { Output } from './output.ts'
import { planLines } from './plan-text.ts'
import { problemLines, stackLines } from './problem-text.ts'
import { type ProgressPrinter, progressPrinter, silentPrinter } from './progress.ts'
import { lineText } from './run-view.ts'
import { type StopSignals, stopSignals } from './stop.ts'
import { type PrintedSummary, summaryLines, summaryWithoutRun, tallyReasons } from './summary-text.ts'

/** 0 completed, 3 completed with alerts, 1 stopped by a problem or on request, 2 when the problem is one of usage or configuration. */
export function exitCodeOf(summary: Pick<PrintedSummary, 'status' | 'problem'>): number {
  if (summary.status === 'completed') return 0
  if (summary.status === 'completed_with_alerts') return 3
  return summary.problem === null ? 1 : problems[summary.problem.code].exit
}

/** Every event as one line of JSON, in order. */
function jsonPrinter(output: Output): ProgressPrinter {
  let pending: Promise<void> = Promise.resolve()
  const print = (document: object) => {
    pending = pending.then(() => output.json(document))
  }
  return { event: print, say: () => {}, end: () => pending }
}

function runPrinter(context: Context): ProgressPrinter {
  return context.isJson ? jsonPrinter(context.stdout) : eyePrinter(context)
}

/** Shows events of a workflow while `work` goes on, and lets Ctrl-C end it. Signals that the caller brought stay with the caller. */
export async function watched<T>(
  printer: ProgressPrinter,
  work: (control: { onEvent: (event: WorkflowEvent) => void; signal: AbortSignal; abort: AbortSignal }) => Promise<T>,
  isCompleted: (result: T) => boolean,
  signals: StopSignals | null = null,
): Promise<T> {
  const stop = signals ?? stopSignals()
  let saidStopping = false
  const onEvent = (event: WorkflowEvent) => {
    if (event.type === 'stopping' && saidStopping) return
    saidStopping ||= event.type === 'stopping'
    printer.event(event)
  }
  // Said at once, not when the work notices.
  const stopping = () => onEvent({ type: 'stopping' })
  stop.control.signal.addEventListener('abort', stopping)
  let completed = false
  try {
    const result = await work({ onEvent, ...stop.control })
    completed = isCompleted(result)
    return result
  } finally {
    stop.control.signal.removeEventListener('abort', stopping)
    if (signals === null) stop.dispose()
    await printer.end(completed)
  }
}

async function reasonsOf(app: App, summary: RunSummary): Promise<Parameters<typeof summaryLines>[2]['reasons']> {
  const { rejected, failed } = summary.rows
  const rows = (outcome: 'rejected' | 'failed') => app.records(summary.run_id, { outcome, warnings: false })
  return {
    rejected: rejected === 0 ? [] : await tallyReasons(rows('rejected')),
    failed: failed === 0 ? [] : await tallyReasons(rows('failed')),
  }
}

/** The summary of an ended run as people read it, with the reasons of rows that did not arrive. */
export async function printSummary(
  context: Context,
  app: App,
  summary: RunSummary,
  tookMs: number | null,
): Promise<void> {
  let reasonsProblem: Problem | null = null
  // Counting the reasons of a million rows takes a while.
  const printer = eyePrinter(context)
  const reasons = await reasonsOf(app, summary)
    .catch((error: unknown) => {
      reasonsProblem = asProblem(error)
      return { rejected: [], failed: [] }
    })
    .finally(() => printer.end(true))
  const style = context.stdout.style(context.env)
  await context.stdout.lines(['', ...summaryLines(summary, style, { reasons, tookMs, command: context.command })])
  if (reasonsProblem !== null) throw reasonsProblem
}

/** Runs and reports in an open project; the exit code. */
export async function runWithin(
  context: Context,
  app: App,
  orchestration: string,
  request: RunRequest,
  signals: StopSignals | null = null,
): Promise<number> {
  const printer = runPrinter(context)
  const startedAtMs = performance.now()
  const isCompleted = (summary: RunSummary) => exitCodeOf(summary) === 0 || exitCodeOf(summary) === 3
  const summary = await watched(printer, (control) => app.run(orchestration, request, control), isCompleted, signals)
  const tookMs = performance.now() - startedAtMs
  if (context.isJson) await context.stdout.json(summary)
  else await printSummary(context, app, summary, tookMs)
  return exitCodeOf(summary)
}

/** From what needs somebody most to what needs nobody. */
const worstFirst = [2, 1, 3, 0]

/**
 * Runs orchestrations one after the other; each has its events and its summary, as if it ran alone. A problem of one keeps none of the
 * others from running, a stop ends them all. The exit code is the worst.
 */
export async function runCommand(
  context: Context,
  orchestrations: readonly string[],
  request: RunRequest,
): Promise<number> {
  const [only = '', ...others] = new Set(orchestrations)
  if (others.length > 0 && request.planId !== null) {
    throw new Problem('usage.invalid', {
      message: 'A plan belongs to one orchestration, and several were given.',
      fix: 'Give --plan the one orchestration that it was made for.',
    })
  }
  return await withApp(context, { printer: runPrinter(context) }, async (app) =>
    others.length === 0
      ? await runWithin(context, app, only, request)
      : await runSeveral(context, app, [only, ...others], request),
  )
}

async function runSeveral(
  context: Context,
  app: App,
  orchestrations: readonly string[],
  request: RunRequest,
): Promise<number> {
  const { stdout, stderr, env, isJson } = context
  const exitCodes: number[] = []
  const signals = stopSignals()
  try {
    for (const [index, orchestration] of orchestrations.entries()) {
      if (signals.control.signal.aborted) {
        const rest = orchestrations.slice(index).join(', ')
        if (!isJson) await stderr.lines([`Stopped before it was their turn: ${rest}.`])
        break
      }
      if (!isJson) await stderr.lines(['', `${orchestration} (${index + 1} of ${orchestrations.length})`])
      try {
        exitCodes.push(await runWithin(context, app, orchestration, request, signals))
      } catch (error) {
        const problem = asProblem(error)
        exitCodes.push(problem.exitCode)
        if (isJson) await stdout.json(summaryWithoutRun(orchestration, problem))
        else await stderr.lines(problemLines(problem, stderr.style(env)))
        if (context.isDebug) await stderr.lines(stackLines(error))
      }
    }
  } finally {
    signals.dispose()
  }
  return worstFirst.find((code) => exitCodes.includes(code)) ?? 0
}

/** Events for the eye only: with --json the one document of the command is its result. */
function eyePrinter({ stderr, env, isJson, isCalm }: Context): ProgressPrinter {
  return isJson ? silentPrinter : progressPrinter(stderr, env, isCalm)
}

/** The same for what reads many people first, which may take minutes and has no steps. */
export function readingPrinter(context: Context): ProgressPrinter {
  const printer = eyePrinter(context)
  const style = context.stderr.style(context.env)
  printer.say(lineText({ mark: 'note', label: '', text: 'reading people in Zendesk' }, style))
  return printer
}

export async function planCommand(context: Context, orchestration: string, flags: Flags): Promise<number> {
  return await withApp(context, { printer: eyePrinter(context) }, async (app) => {
    const plan = await watched(
      eyePrinter(context),
      (control) => app.plan(orchestration, flags, control),
      () => true,
    )
    if (context.isJson) await context.stdout.json(plan)
    else
      await context.stdout.lines([
        '',
        ...planLines(plan, context.stdout.style(context.env), { command: context.command }),
      ])
    return 0
  })
}

import type { App, RunRequest } from '../app.ts'
import { asProblem, type Problem, problems } from '../problem.ts'
import type { Flags, RunSummary, WorkflowEvent } from '../sync/report.ts'
import { type Context, withApp } from './context.ts'
import type { Output } from './output.ts'
import { planLines } from './plan-text.ts'
import { type ProgressPrinter, progressPrinter } from './progress.ts'
import { lineText } from './run-view.ts'
import { stopSignals } from './stop.ts'
import { type PrintedSummary, summaryLines, tallyReasons } from './summary-text.ts'

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

/** Shows events of a workflow while `work` goes on, and lets Ctrl-C end it. */
export async function watched<T>(
  printer: ProgressPrinter,
  work: (control: { onEvent: (event: WorkflowEvent) => void; signal: AbortSignal; abort: AbortSignal }) => Promise<T>,
  isCompleted: (result: T) => boolean,
): Promise<T> {
  const stop = stopSignals()
  let saidStopping = false
  const onEvent = (event: WorkflowEvent) => {
    if (event.type === 'stopping' && saidStopping) return
    saidStopping ||= event.type === 'stopping'
    printer.event(event)
  }
  // Said at once, not when the work notices.
  stop.control.signal.addEventListener('abort', () => onEvent({ type: 'stopping' }))
  let completed = false
  try {
    const result = await work({ onEvent, ...stop.control })
    completed = isCompleted(result)
    return result
  } finally {
    stop.dispose()
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
  const reasons = await reasonsOf(app, summary).catch((error: unknown) => {
    reasonsProblem = asProblem(error)
    return { rejected: [], failed: [] }
  })
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
): Promise<number> {
  const printer = context.isJson ? jsonPrinter(context.stdout) : progressPrinter(context.stderr, context.env)
  const startedAtMs = performance.now()
  const isCompleted = (summary: RunSummary) => exitCodeOf(summary) === 0 || exitCodeOf(summary) === 3
  const summary = await watched(printer, (control) => app.run(orchestration, request, control), isCompleted)
  const tookMs = performance.now() - startedAtMs
  if (context.isJson) await context.stdout.json(summary)
  else await printSummary(context, app, summary, tookMs)
  return exitCodeOf(summary)
}

export async function runCommand(context: Context, orchestration: string, request: RunRequest): Promise<number> {
  return await withApp(context, {}, (app) => runWithin(context, app, orchestration, request))
}

/** Events for the eye only: with --json the one document of the command is its result. */
function eyePrinter(context: Context): ProgressPrinter {
  return context.isJson
    ? { event: () => {}, say: () => {}, end: async () => {} }
    : progressPrinter(context.stderr, context.env)
}

/** The same for what reads many people first, which may take minutes and has no steps. */
export function readingPrinter(context: Context): ProgressPrinter {
  const printer = eyePrinter(context)
  const style = context.stderr.style(context.env)
  printer.say(lineText({ mark: 'note', label: '', text: 'reading people in Zendesk' }, style))
  return printer
}

export async function planCommand(context: Context, orchestration: string, flags: Flags): Promise<number> {
  return await withApp(context, {}, async (app) => {
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

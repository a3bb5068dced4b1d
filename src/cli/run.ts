import type { App, RunRequest } from '../app.ts'
import { asProblem, type Problem, problems } from '../problem.ts'
import type { RunSummary, WorkflowEvent } from '../sync/report.ts'
import { type Context, withApp } from './context.ts'
import type { Output } from './output.ts'
import { planLines } from './plan-text.ts'
import { type ProgressPrinter, progressPrinter } from './progress.ts'
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
async function watched<T>(
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

export async function runCommand(context: Context, orchestration: string, request: RunRequest): Promise<number> {
  const printer = context.isJson ? jsonPrinter(context.stdout) : progressPrinter(context.stderr, context.env)
  return await withApp(context, {}, async (app) => {
    const startedAtMs = performance.now()
    const isCompleted = (summary: RunSummary) => exitCodeOf(summary) === 0 || exitCodeOf(summary) === 3
    const summary = await watched(printer, (control) => app.run(orchestration, request, control), isCompleted)
    const tookMs = performance.now() - startedAtMs
    if (context.isJson) {
      await context.stdout.json(summary)
      return exitCodeOf(summary)
    }
    const print = (reasons: Parameters<typeof summaryLines>[2]['reasons']) =>
      context.stdout.lines([
        '',
        ...summaryLines(summary, context.stdout.style(context.env), { reasons, tookMs, command: context.command }),
      ])
    let reasonsProblem: Problem | null = null
    const reasons = await reasonsOf(app, summary).catch((error: unknown) => {
      reasonsProblem = asProblem(error)
      return { rejected: [], failed: [] }
    })
    await print(reasons)
    if (reasonsProblem !== null) throw reasonsProblem
    return exitCodeOf(summary)
  })
}

export async function planCommand(
  context: Context,
  orchestration: string,
  flags: { sample: number | null; full: boolean },
): Promise<number> {
  // The one document of `plan --json` is the plan; its events are for the eye only.
  const silent: ProgressPrinter = { event: () => {}, say: () => {}, end: async () => {} }
  const printer = context.isJson ? silent : progressPrinter(context.stderr, context.env)
  return await withApp(context, {}, async (app) => {
    const plan = await watched(
      printer,
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

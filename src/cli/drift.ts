import type { App } from '../app.ts'
import type { DriftLine, DriftReport } from '../sync/proof/report.ts'
import { type Context, withApp } from './context.ts'
import { driftLines } from './drift-text.ts'
import { type Format, writeDrifted } from './records.ts'
import { exitCodeOf, printSummary, readingPrinter, watched } from './run.ts'

const linesShown = 10

export interface DriftRequest {
  repair: boolean
  approve: boolean
  format: Format
}

async function firstLines(app: App, report: DriftReport): Promise<DriftLine[]> {
  const first: DriftLine[] = []
  if (report.drift_id === null) return first
  for await (const line of app.drifted(report.drift_id)) {
    first.push(line)
    if (first.length === linesShown) break
  }
  return first
}

/** 0: nothing differs, or all of it was sent again; 3: something differs still; else how the repair ended. */
export function driftExitCode(report: Pick<DriftReport, 'people' | 'plan' | 'repair'>, isAllRepaired: boolean): number {
  if (report.people.drifted === 0) return 0
  if (report.repair === null) return 3
  const exitCode = exitCodeOf(report.repair)
  return exitCode === 0 && !isAllRepaired ? 3 : exitCode
}

async function isAllRepaired(app: App, report: DriftReport): Promise<boolean> {
  if (report.drift_id === null) return true
  for await (const line of app.drifted(report.drift_id)) if (!line.repaired) return false
  return true
}

export async function driftCommand(context: Context, orchestration: string, request: DriftRequest): Promise<number> {
  return await withApp(context, {}, async (app) => {
    const { repair, approve, format } = request
    const report = await watched(
      readingPrinter(context),
      ({ onEvent, signal, abort }) => {
        // Reading alone has nothing to settle and ends at once.
        const control = repair ? { onEvent, signal, abort } : { onEvent, abort: AbortSignal.any([signal, abort]) }
        return app.drift(orchestration, { repair, approve }, control)
      },
      ({ repair: run }) => run === null || [0, 3].includes(exitCodeOf(run)),
    )
    if (format !== null) await writeDrifted(context, app, report.drift_id, format)
    else if (context.isJson) await context.stdout.json(report)
    else {
      const style = context.stdout.style(context.env)
      const lines = driftLines(report, await firstLines(app, report), style, { command: context.command })
      await context.stdout.lines(['', ...lines])
      if (report.repair !== null) await printSummary(context, app, report.repair, null)
    }
    return driftExitCode(report, report.repair === null || (await isAllRepaired(app, report)))
  })
}

import type { App, RecordFilter } from '../app.ts'
import { Problem } from '../problem.ts'
import type { ChangeView, RecordRow } from '../sync/report.ts'
import { type Context, withApp } from './context.ts'
import { changeLines } from './plan-text.ts'
import { changeCsv, jsonPieces, recordCsv, recordTable } from './records-text.ts'
import { workflowLines } from './summary-text.ts'
import { counted, type Style } from './text.ts'

export async function workflowsCommand(context: Context): Promise<number> {
  return await withApp(context, { isOffline: true }, async (app) => {
    const workflows = await app.workflows()
    if (context.isJson) await context.stdout.json(workflows)
    else if (workflows.length === 0) await context.stdout.lines(['No runs yet.'])
    else await context.stdout.lines(workflowLines(workflows, context.stdout.style(context.env)))
    return 0
  })
}

export interface RecordsRequest extends RecordFilter {
  runId: string | null
  planId: string | null
  format: 'json' | 'csv' | null
}

type Found = { kind: 'records'; rows: AsyncIterable<RecordRow> } | { kind: 'changes'; rows: AsyncIterable<ChangeView> }

/** Reads the first row, so that an unknown id is a problem before anything is written. */
async function begun<T>(rows: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const iterator = rows[Symbol.asyncIterator]()
  let first: IteratorResult<T> | null = await iterator.next()
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const result = first ?? (await iterator.next())
        first = null
        return result
      },
      return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
    }),
  }
}

/** An id without --plan is a run, or else a plan. */
async function find(app: App, request: RecordsRequest): Promise<Found> {
  if (request.planId !== null) return { kind: 'changes', rows: await begun(app.changes(request.planId)) }
  const id = request.runId!
  try {
    return {
      kind: 'records',
      rows: await begun(app.records(id, { outcome: request.outcome, warnings: request.warnings })),
    }
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'workflow.not_found') throw error
    try {
      return { kind: 'changes', rows: await begun(app.changes(id)) }
    } catch (second) {
      // Neither: the user most likely meant a run.
      if (second instanceof Problem && second.code === 'plan.not_found') throw error
      throw second
    }
  }
}

async function* changeTexts(changes: AsyncIterable<ChangeView>, style: Style): AsyncGenerator<string> {
  let count = 0
  for await (const change of changes) {
    count++
    yield `${changeLines(change, style).join('\n')}\n`
  }
  yield count === 0 ? 'No changes.\n' : `\n${counted(count, 'change')}\n`
}

export async function recordsCommand(context: Context, request: RecordsRequest): Promise<number> {
  if (request.planId === null && request.runId === null) {
    throw new Problem('usage.invalid', {
      message: 'Name a run, or a plan with --plan.',
      fix: 'Run `deskside workflows` to see the runs there are.',
    })
  }
  if (request.planId !== null && (request.runId !== null || request.outcome !== null || request.warnings)) {
    throw new Problem('usage.invalid', {
      message: '--plan lists changes: it goes without a run, --outcome and --warnings.',
    })
  }
  return await withApp(context, { isOffline: true }, async (app) => {
    const { stdout } = context
    const found = await find(app, request)
    const format = request.format ?? (context.isJson ? 'json' : null)
    const style = stdout.style(context.env)
    if (format === 'json') await stdout.pump(jsonPieces(found.rows))
    else if (found.kind === 'records')
      await stdout.pump(format === 'csv' ? recordCsv(found.rows) : recordTable(found.rows, style))
    else await stdout.pump(format === 'csv' ? changeCsv(found.rows) : changeTexts(found.rows, style))
    return 0
  })
}

export async function forgetCommand(context: Context, destination: string): Promise<number> {
  return await withApp(context, {}, async (app) => {
    const people = await app.forget(destination)
    if (context.isJson) await context.stdout.json({ destination, forgotten: people })
    else {
      await context.stdout.lines([
        `Forgot what was delivered to ${counted(people, 'person', 'people')} of that account. Zendesk itself was not touched.`,
        'The next run sends everybody again.',
      ])
    }
    return 0
  })
}

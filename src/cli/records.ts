import type { StoredRuns } from '../app.ts'
import { Problem } from '../problem.ts'
import type { ChangeView, RecordRow } from '../sync/report.ts'
import { changeLines } from './change-text.ts'
import { conflictTexts } from './conflict-text.ts'
import { type Context, withStoredRuns } from './context.ts'
import {
  changeCsv,
  conflictCsv,
  driftCsv,
  driftTable,
  exitCsv,
  exitTable,
  jsonPieces,
  recordCsv,
  recordTable,
  restCsv,
  restTable,
} from './records-text.ts'
import { counted, type Style } from './text.ts'

export type Format = 'json' | 'csv' | null

export interface RecordsRequest {
  runId: string | null
  planId: string | null
  outcome: RecordRow['outcome'] | null
  /** Which other list of the run; null: its rows. */
  list: 'warnings' | 'alerts' | 'exits' | 'drift' | 'left' | null
  format: Format
}

/** A list that can be written in each form. */
interface Listed {
  rows: AsyncIterable<object>
  csv: () => AsyncIterable<string>
  text: (style: Style) => AsyncIterable<string>
}

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

async function listed<T extends object>(
  rows: AsyncIterable<T>,
  csv: (rows: AsyncIterable<T>) => AsyncIterable<string>,
  text: (rows: AsyncIterable<T>, style: Style) => AsyncIterable<string>,
): Promise<Listed> {
  const known = await begun(rows)
  return { rows: known, csv: () => csv(known), text: (style) => text(known, style) }
}

async function write(context: Context, list: Listed, format: Format): Promise<void> {
  const { stdout } = context
  const chosen = format ?? (context.isJson ? 'json' : null)
  if (chosen === 'json') await stdout.pump(jsonPieces(list.rows))
  else await stdout.pump(chosen === 'csv' ? list.csv() : list.text(stdout.style(context.env)))
}

async function* changeTexts(changes: AsyncIterable<ChangeView>, style: Style): AsyncGenerator<string> {
  let count = 0
  for await (const change of changes) {
    count++
    yield `${changeLines(change, style).join('\n')}\n`
  }
  yield count === 0 ? 'No changes.\n' : `\n${counted(count, 'change')}\n`
}

function changesOf(app: StoredRuns, planId: string): Promise<Listed> {
  return listed(app.changes(planId), changeCsv, changeTexts)
}

/** An id without --plan is a run, or else a plan. */
async function rowsOf(app: StoredRuns, id: string, request: RecordsRequest): Promise<Listed> {
  const { outcome, list } = request
  const filter = { outcome, warnings: list === 'warnings', alerts: list === 'alerts' }
  try {
    return await listed(app.records(id, filter), recordCsv, recordTable)
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'workflow.not_found') throw error
    try {
      return await changesOf(app, id)
    } catch (second) {
      // Neither: the user most likely meant a run.
      if (second instanceof Problem && second.code === 'plan.not_found') throw error
      throw second
    }
  }
}

function find(app: StoredRuns, request: RecordsRequest): Promise<Listed> {
  if (request.planId !== null) return changesOf(app, request.planId)
  const id = request.runId!
  if (request.list === 'exits') return listed(app.exits(id), exitCsv, exitTable)
  if (request.list === 'drift') return listed(app.drifted(id), driftCsv, driftTable)
  if (request.list === 'left') return listed(app.undoRest(id), restCsv, restTable)
  return rowsOf(app, id, request)
}

export async function recordsCommand(context: Context, request: RecordsRequest): Promise<number> {
  if (request.planId === null && request.runId === null) {
    throw new Problem('usage.invalid', {
      message: 'Name a run, or a plan with --plan.',
      fix: 'Run `deskside workflows` to see the runs there are.',
    })
  }
  if (request.planId !== null && (request.runId !== null || request.outcome !== null || request.list !== null)) {
    throw new Problem('usage.invalid', {
      message: '--plan lists changes: it goes without a run and without an option that chooses rows.',
    })
  }
  return await withStoredRuns(context, async (runs) => {
    await write(context, await find(runs, request), request.format)
    return 0
  })
}

export async function conflictsCommand(context: Context, request: { planId: string; format: Format }): Promise<number> {
  return await withStoredRuns(context, async (runs) => {
    await write(context, await listed(runs.conflicts(request.planId), conflictCsv, conflictTexts), request.format)
    return 0
  })
}

async function* nothing(): AsyncGenerator<never> {}

/** The whole list of a drift that was just found; null: nothing was. */
export async function writeDrifted(
  context: Context,
  app: StoredRuns,
  driftId: string | null,
  format: Format,
): Promise<void> {
  const rows = driftId === null ? nothing() : app.drifted(driftId)
  await write(context, await listed(rows, driftCsv, driftTable), format)
}

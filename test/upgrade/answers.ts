import type { App } from '../../src/app.ts'
import { Problem } from '../../src/problem.ts'

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** The list, or the code of the problem that there is instead. */
async function listOr<T>(items: AsyncIterable<T>): Promise<T[] | string> {
  try {
    return await all(items)
  } catch (error) {
    if (error instanceof Problem) return error.code
    throw error
  }
}

/** Everything that a project's stored state says of its runs, without asking an account. */
export async function answersOf(app: App) {
  const workflows = await app.workflows()
  const runs: Record<string, Record<string, unknown>> = {}
  for (const { run_id: run } of workflows) {
    const filter = { outcome: null, warnings: false }
    runs[run] = {
      records: await listOr(app.records(run, filter)),
      warnings: await listOr(app.records(run, { ...filter, warnings: true })),
      alerts: await listOr(app.records(run, { ...filter, alerts: true })),
      changes: await listOr(app.changes(run)),
      exits: await listOr(app.exits(run)),
      conflicts: await listOr(app.conflicts(run)),
    }
  }
  return { workflows, runs }
}

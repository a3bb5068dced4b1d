import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { reached } from '../moment.ts'
import type { Ledger } from './ledger/ledger.ts'

/** Plans and outcomes of ended workflows are kept this long. */
const HISTORY_DAYS = 30

/** Removes the materialised result of a run; its file must be detached. */
export async function removeStage(ledger: Ledger, run: string): Promise<void> {
  await removeFile(ledger.stagePath(run))
  // What a query that was killed had spilled to disk.
  await rm(`${ledger.stagePath(run)}.tmp`, { recursive: true, force: true })
}

/** Removes both files of a run. */
export async function removeRunFiles(ledger: Ledger, run: string): Promise<void> {
  await removeStage(ledger, run)
  await removeFile(ledger.planPath(run))
}

/** After the history period a run keeps its line with its counts; plan, journal and outcomes go. Never those of `current`, which is being ended. */
export async function forgetOldRuns(ledger: Ledger, current: string, now: Date): Promise<void> {
  const before = now.getTime() - HISTORY_DAYS * 24 * 60 * 60 * 1000
  for (const workflow of await ledger.workflows()) {
    if (workflow.run === current || workflow.plan === null || workflow.startedAt.getTime() >= before) continue
    if (workflow.open && workflow.state !== 'waiting') continue
    await ledger.forgetRun(workflow.run)
    reached('run.forgotten')
    await removeRunFiles(ledger, workflow.run)
  }
}

/** Removes what processes that were killed have left: stages of ended runs, and files of runs that have no plan. No process works on one. */
export async function removeLitter(ledger: Ledger): Promise<void> {
  const names = new Set((await readdir(join(ledger.dir, 'runs'))).map((name) => name.replace(/\..*$/, '')))
  const workflows = new Map((await ledger.workflows()).map((workflow) => [workflow.run, workflow]))
  for (const run of names) {
    const { plan = null, open = false } = workflows.get(run) ?? {}
    if (!open && plan === null) await removeRunFiles(ledger, run)
    else if (!open) await removeStage(ledger, run)
  }
}

async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true })
  await rm(`${path}.wal`, { force: true })
}

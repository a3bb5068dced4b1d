import { join } from 'node:path'
import { literal } from '../src/sql-text.ts'
import { removeRunFiles } from '../src/sync/history.ts'
import { foldOutcomes } from '../src/sync/ledger/fold.ts'
import { Ledger } from '../src/sync/ledger/ledger.ts'
import { foldPresence } from '../src/sync/ledger/presence.ts'
import { computeRecords, countRecords } from '../src/sync/records.ts'
import type { RowCounts } from '../src/sync/report.ts'
import { foldOf, withPlan } from '../src/sync/workflow-context.ts'

/**
 * Leaves a project as if a first load that was stopped had gone to its end and created everybody, without sending millions of people to an
 * account: the outcomes that are missing are written as a delivery would have written them, folded and counted by the code that folds and
 * counts them. For benchmarks only. The account does not hold these people, so nothing may be sent to them afterwards. The plan and what became
 * of each row stay where they are told to.
 */
export async function takeForDelivered(
  projectDir: string,
  run: string,
  { keepsRows = false }: { keepsRows?: boolean } = {},
): Promise<RowCounts> {
  const ledger = await Ledger.open(join(projectDir, '.deskside'))
  try {
    const workflow = await ledger.workflow(run)
    if (workflow === undefined) throw new Error(`There is no run ${run}.`)
    const { rows, ...rest } = await withPlan(ledger, run, async (details) => {
      await ledger.db.run(`
        INSERT INTO outcomes BY NAME
        SELECT ${literal(run)} AS run, change, false AS whole, 'created' AS status, (10000000000 + change)::VARCHAR AS zendesk_id,
          now()::TIMESTAMP AS happened_at
        FROM plan.changes WHERE change NOT IN (SELECT change FROM outcomes WHERE run = ${literal(run)})`)
      const fold = foldOf({ connection: { accountNowMs: Date.now } }, workflow, details)
      await foldOutcomes(ledger.db, fold)
      await foldPresence(ledger.db, fold)
      await computeRecords(ledger.db, run)
      return await countRecords(ledger.db, run)
    })
    const state = rows.rejected > 0 ? 'completed_with_alerts' : 'completed'
    await ledger.endWorkflow(run, { state, at: new Date(), open: false, counts: rows, ...rest, problem: null })
    if (!keepsRows) {
      await ledger.forgetRun(run)
      await removeRunFiles(ledger, run)
    }
    await ledger.db.run('CHECKPOINT')
    return rows
  } finally {
    await ledger.close()
  }
}

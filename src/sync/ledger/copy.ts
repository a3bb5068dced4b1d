import { existsSync } from 'node:fs'
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { identifier, literal } from '../../sql-text.ts'
import type { Transaction } from './database.ts'
import type { Ledger } from './ledger.ts'

type Statements = Pick<Transaction, 'run' | 'rows'>

/**
 * Copies the ledger and the plan of every workflow that has one into a folder, where `Ledger.open` takes them: all of one moment, also while
 * a workflow is delivered, whose statements wait meanwhile. DuckDB itself copies, because reading an open file by `fs` would drop its lock.
 * `dir` must hold neither; files are their owner's alone.
 */
export async function copyLedger(ledger: Ledger, dir: string): Promise<void> {
  const runs = join(dir, 'runs')
  await mkdir(runs, { recursive: true, mode: 0o700 })
  const written = await ledger.db.uninterrupted(async (statements) => {
    const [current] = await statements.rows<{ name: string }>('SELECT current_database() AS name')
    const paths = [join(dir, 'ledger.duckdb')]
    await copyDatabase(statements, current?.name ?? 'ledger', join(dir, 'ledger.duckdb'))
    const planned = await statements.rows<{ run: string }>('SELECT run FROM workflows WHERE plan IS NOT NULL')
    for (const { run } of planned) {
      // A plan without its file has lost its details before; its workflow says so when it is asked for them.
      if (!existsSync(ledger.planPath(run))) continue
      await copyPlan(statements, ledger.planPath(run), join(runs, `${run}.duckdb`))
      paths.push(join(runs, `${run}.duckdb`))
    }
    return paths
  })
  for (const path of written) await chmod(path, 0o600)
}

/** A plan that a workflow has attached can be attached no second time, but read under its name. */
async function copyPlan(statements: Statements, path: string, to: string): Promise<void> {
  const [attached] = await statements.rows<{ name: string }>(
    'SELECT database_name AS name FROM duckdb_databases() WHERE path = $1',
    [path],
  )
  if (attached !== undefined) return await copyDatabase(statements, attached.name, to)
  await statements.run(`ATTACH ${literal(path)} AS copied (READ_ONLY)`)
  try {
    await copyDatabase(statements, 'copied', to)
  } finally {
    await statements.run('DETACH copied')
  }
}

async function copyDatabase(statements: Statements, from: string, to: string): Promise<void> {
  await statements.run(`ATTACH ${literal(to)} AS copy`)
  try {
    await statements.run(`COPY FROM DATABASE ${identifier(from)} TO copy`)
    await statements.run('CHECKPOINT copy')
  } finally {
    await statements.run('DETACH copy')
  }
}

import { createHash } from 'node:crypto'
import { type Ledger, timestamp } from '../ledger/ledger.ts'

/** Keeps the text of the query that a workflow is planned from, so that `why` can say which version a value came from. */
export async function noteQueryVersion(
  ledger: Ledger,
  run: string,
  { sql, at }: { sql: string; at: Date },
): Promise<void> {
  const digest = createHash('sha256').update(sql).digest('hex').slice(0, 12)
  await ledger.db.run(
    `INSERT INTO query_versions SELECT $1, $2, $3::TIMESTAMP WHERE NOT EXISTS (SELECT 1 FROM query_versions WHERE digest = $1)`,
    [digest, sql, timestamp(at)],
  )
  await ledger.db.run('UPDATE workflows SET query_digest = $2 WHERE run = $1', [run, digest])
}

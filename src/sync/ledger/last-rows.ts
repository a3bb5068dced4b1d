import type { Database } from './database.ts'

/**
 * Rows of the result of the orchestration's last completed run; null when there is none. Samples do not count, nor do repairs and undos, which have
 * no result: the signature of these begins with a word.
 */
export async function lastCompletedRows(db: Database, orchestration: string): Promise<number | null> {
  const found = await db.first<{ rows: number }>(
    `SELECT (counts::JSON->>'total')::BIGINT AS rows FROM workflows
     WHERE orchestration = $1 AND state IN ('completed', 'completed_with_alerts') AND (flags::JSON->>'sample') IS NULL
       AND NOT starts_with(signature, 'repair ') AND NOT starts_with(signature, 'undo ')
     ORDER BY ended_at DESC, run DESC LIMIT 1`,
    [orchestration],
  )
  return found?.rows ?? null
}

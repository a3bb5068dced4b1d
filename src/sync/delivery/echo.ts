import type { ListedJob, Write, WriteKind } from '../../destination/destination.ts'

/**
 * Whether a finished job's results are those of a batch: as many rows, every echoed key agrees with the write at its place, and at least
 * one does. Rows that failed echo nothing and prove nothing, so a job of failures only is nobody's; its batch is sent again, which an
 * upsert can bear.
 */
export function echoes(job: ListedJob, writes: readonly Write[]): boolean {
  if (!job.finished || job.echo === null || job.echo.length !== writes.length) return false
  let agreed = 0
  for (const [index, echo] of job.echo.entries()) {
    const write = writes[index]
    if (write === undefined) return false
    const verdict = agrees(echo, write)
    if (verdict === false) return false
    if (verdict === true) agreed += 1
  }
  return agreed > 0
}

const NAMED_BY_ID: ReadonlySet<WriteKind> = new Set(['rekey', 'by_id', 'delete', 'tags'])

/** true: the keys agree; false: they contradict; null: nothing to compare. */
function agrees(echo: NonNullable<ListedJob['echo']>[number], write: Write): boolean | null {
  // Such a job repeats the ids of memberships, which say nothing about whom they are for.
  if (write.kind === 'membership') return null
  if (NAMED_BY_ID.has(write.kind))
    return echo.zendeskId === null || write.zendeskId === null ? null : echo.zendeskId === write.zendeskId
  if (echo.externalId !== null && write.externalId !== null)
    return echo.externalId.toLowerCase() === write.externalId.trim().toLowerCase()
  // An echoed address may be another one of the same person; only an equal one says something.
  if (echo.email !== null && write.email !== null && echo.email.toLowerCase() === write.email.toLowerCase()) return true
  return write.externalId === null && echo.email !== null && write.email !== null ? false : null
}

import type { BatchKind, Connection, ListedJob, Write } from '../../destination/destination.ts'
import { echoes } from './echo.ts'

/** A batch whose POST ended without an answer that says whether it was taken. */
export interface ParkedBatch {
  batch: number
  kind: BatchKind
  writes: readonly Write[]
  /** Monotonic; a Retry-After is over by then. */
  notBeforeMs: number
  /** Unfinished jobs that may be this batch; null before the first look. Later jobs cannot be ours. */
  suspects: Set<string> | null
}

/** Batches of one write that is settled by its own answer: they never become a job. */
export function settlesAlone(kind: BatchKind): boolean {
  return kind === 'one_by_one' || kind === 'identities'
}

export type Verdict = { verdict: 'ours'; jobId: string } | { verdict: 'resend' } | { verdict: 'wait' }

/** Zendesk's list of jobs may lag: it is read twice, this far apart. */
export const SECOND_LOOK_MS = 5_000

/**
 * Finds out what became of parked batches. `job_statuses` is listed twice, 5 s apart: a finished unknown job whose results echo a batch's
 * keys is that batch; unknown unfinished jobs with the batch's number of rows are waited for; when none is left, the batch was not taken
 * and may be sent again. `knownJobs` are all jobs that have a batch already.
 */
export async function resolveParked<B extends ParkedBatch>(
  batches: readonly B[],
  connection: Pick<Connection, 'listJobs'>,
  knownJobs: () => Promise<Set<string>>,
  sleep: (delayMs: number) => Promise<void>,
): Promise<{ batch: B; verdict: Verdict }[]> {
  const first = await connection.listJobs()
  await sleep(SECOND_LOOK_MS)
  const second = await connection.listJobs()
  const known = await knownJobs()
  const jobs = new Map([...first, ...second].map((job) => [job.jobId, job]))
  for (const jobId of known) jobs.delete(jobId)
  const listedNow = new Set(second.map((job) => job.jobId))
  return batches.map((batch) => {
    const verdict = judge(batch, jobs, listedNow)
    if (verdict.verdict === 'ours') jobs.delete(verdict.jobId)
    return { batch, verdict }
  })
}

/** The verdict on one batch; remembers its suspects. */
export function judge(
  batch: ParkedBatch,
  unknownJobs: ReadonlyMap<string, ListedJob>,
  listedNow: ReadonlySet<string>,
): Verdict {
  // Somebody else's job for the same person must not pass for it; all such writes may be repeated.
  if (settlesAlone(batch.kind)) return { verdict: 'resend' }
  for (const job of unknownJobs.values()) if (echoes(job, batch.writes)) return { verdict: 'ours', jobId: job.jobId }
  if (batch.suspects === null) {
    batch.suspects = new Set(
      [...unknownJobs.values()]
        .filter((job) => !job.finished && (job.total === null || job.total === batch.writes.length))
        .map((job) => job.jobId),
    )
  } else {
    for (const jobId of batch.suspects) {
      const job = unknownJobs.get(jobId)
      if (job === undefined || job.finished || !listedNow.has(jobId)) batch.suspects.delete(jobId)
    }
  }
  return batch.suspects.size === 0 ? { verdict: 'resend' } : { verdict: 'wait' }
}

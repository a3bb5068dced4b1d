import type { ConnectionLimits } from '../destination/destination.ts'
import type { PlanSummary } from './report.ts'

/** Polls that a delivery needs per batch: one poll asks for all jobs in flight. */
const POLLS_PER_BATCH = 0.2
/** A job of 100 rows takes 7-12 s in Zendesk (recorded 2023); each wave ends with one. */
const LAST_JOB_MS = 10_000

/** People whom one request reads back. */
const PEOPLE_PER_READ = 100

/**
 * Requests and duration of a delivery whose waves have these many writes, to so many `people`, who are read back as `confirm` says. An estimate: jobs and
 * other clients decide the rest.
 */
export function estimateCost(
  waves: readonly number[],
  people: number,
  confirm: 'none' | 'sample' | 'all',
  limits: ConnectionLimits,
): PlanSummary['cost'] {
  const changes = waves.reduce((sum, writes) => sum + writes, 0)
  if (changes === 0) return { writes: 0, polls: 0, reads: 0, requests: 0, eta_ms: 0 }
  const writes = waves.reduce((sum, count) => sum + Math.ceil(count / limits.maxBatchWrites), 0)
  const polls = Math.max(waves.length, Math.ceil(writes * POLLS_PER_BATCH))
  const readBack = { none: 0, sample: 1, all: Math.ceil(people / PEOPLE_PER_READ) }[confirm]
  const reads = 1 + readBack
  const requests = writes + polls + reads
  const byRate = limits.usersPerSecond === null ? 0 : (changes / limits.usersPerSecond) * 1000
  const byBudget = limits.requestsPerMinute === null ? 0 : (requests / limits.requestsPerMinute) * 60_000
  const byJobs = (writes / limits.jobsInFlight) * LAST_JOB_MS
  return {
    writes,
    polls,
    reads,
    requests,
    eta_ms: Math.round(Math.max(byRate, byBudget, byJobs) + waves.length * LAST_JOB_MS),
  }
}

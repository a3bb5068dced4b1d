import type { Json } from '../../problem.ts'
import type { JobState, ListedJob, Write } from '../destination.ts'
import type { Api } from './api.ts'
import type { Clock } from './clock.ts'
import { object, objects, textOf } from './json.ts'
import { readPages } from './pages.ts'
import { oneLine } from './problems.ts'
import { echoes, matchResults } from './results.ts'

/** show_many endpoints take 100 ids: https://developer.zendesk.com/api-reference/ticketing/ticket-management/job_statuses/ */
const maxJobsPerRead = 100
/** Zendesk lists the jobs of a day; ours that matter are the newest. */
const maxListedPages = 10

/** Job ids go into paths, so only plain ones are taken: `V3-` and 32 hexadecimal digits, or the digits alone. */
const plainJobId = /^[A-Za-z0-9_-]{1,128}$/

/** Id of the job in `{"job_status": {...}}`, or null. */
export function jobIdOf(body: Json | undefined): string | null {
  const id = textOf(object(object(body)?.job_status)?.id)
  return id !== null && plainJobId.test(id) ? id : null
}

/** A list may lag behind; only a job that is away this long after it was first missed is lost. */
const missingForMs = 5_000

export interface JobReader {
  /**
   * States of jobs, in order, with one request per 100; a job that the list lacks is asked for alone, and counts as running until
   * it is missed again five seconds later. Throws Problem.
   */
  poll(jobs: readonly { jobId: string; writes: readonly Write[] }[]): Promise<JobState[]>
}

export function openJobReader(api: Api, clock: Clock): JobReader {
  const asked = 'asking how jobs stand'
  const missedAt = new Map<string, number>()

  async function readMany(ids: readonly string[]): Promise<Map<string, Record<string, Json>>> {
    const found = new Map<string, Record<string, Json>>()
    for (let start = 0; start < ids.length; start += maxJobsPerRead) {
      const part = ids.slice(start, start + maxJobsPerRead).join(',')
      const body = await api.find(`/api/v2/job_statuses/show_many?ids=${part}`, asked)
      for (const job of objects(body?.job_statuses)) found.set(String(job.id), job)
    }
    return found
  }

  function missed(jobId: string): JobState {
    const nowMs = clock.now()
    const firstAt = missedAt.get(jobId)
    if (firstAt === undefined) missedAt.set(jobId, nowMs)
    if (firstAt === undefined || nowMs - firstAt < missingForMs) return { state: 'running' }
    missedAt.delete(jobId)
    return { state: 'missing' }
  }

  return {
    async poll(jobs) {
      const found = await readMany(jobs.map((job) => job.jobId))
      const states: JobState[] = []
      for (const { jobId, writes } of jobs) {
        const job = found.get(jobId) ?? object((await api.find(`/api/v2/job_statuses/${jobId}`, asked))?.job_status)
        if (job !== undefined) missedAt.delete(jobId)
        states.push(job === undefined ? missed(jobId) : stateOf(job, writes))
      }
      return states
    },
  }
}

function stateOf(job: Record<string, Json>, writes: readonly Write[]): JobState {
  if (job.status === 'completed') return { state: 'completed', results: matchResults(job.results, writes) }
  if (job.status === 'queued' || job.status === 'working') return { state: 'running' }
  const message = textOf(job.message)
  return { state: 'failed', reason: oneLine(message ?? `the job is ${String(job.status)}`) }
}

/** The jobs that the account lists, newest first, at most a thousand. Throws Problem. */
export async function listJobs(api: Api): Promise<ListedJob[]> {
  const jobs: ListedJob[] = []
  let pages = 0
  for await (const body of readPages(api, '/api/v2/job_statuses', 'listing jobs')) {
    for (const job of objects(body.job_statuses)) {
      const jobId = textOf(job.id)
      if (jobId === null || !plainJobId.test(jobId)) continue
      const running = job.status === 'queued' || job.status === 'working'
      jobs.push({
        jobId,
        total: typeof job.total === 'number' ? job.total : null,
        finished: !running,
        echo: running ? null : echoes(job.results),
      })
    }
    if (++pages >= maxListedPages) break
  }
  return jobs
}

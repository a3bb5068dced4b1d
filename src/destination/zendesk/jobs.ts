import { type Json, Problem } from '../../problem.ts'
import type { JobState, ListedJob, Write, WriteResult } from '../destination.ts'
import type { Api } from './api.ts'
import type { Clock } from './clock.ts'
import { object, objects, textOf } from './json.ts'
import { lookAtMemberships } from './memberships.ts'
import type { OrganizationDirectory } from './organizations.ts'
import { readPages } from './pages.ts'
import { lookUpPeople } from './people.ts'
import { oneLine } from './problems.ts'
import { echoes, matchResults } from './results.ts'
import { jobWithId, listOf } from './shapes.ts'

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
   * it is missed again five seconds later. Deletions and memberships that Zendesk refused are looked at once more: what was sent
   * before, and whose answer was lost, is done. Throws Problem.
   */
  poll(jobs: readonly { jobId: string; writes: readonly Write[] }[]): Promise<JobState[]>
}

export function openJobReader(api: Api, clock: Clock, organizations: OrganizationDirectory): JobReader {
  const asked = 'asking how jobs stand'
  const missedAt = new Map<string, number>()

  async function readMany(ids: readonly string[]): Promise<Map<string, Record<string, Json>>> {
    const found = new Map<string, Record<string, Json>>()
    for (let start = 0; start < ids.length; start += maxJobsPerRead) {
      const part = ids.slice(start, start + maxJobsPerRead).join(',')
      const body = await api.find(`/api/v2/job_statuses/show_many?ids=${part}`, asked, listOf('job_statuses'))
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

  async function secondLook(writes: readonly Write[], results: readonly WriteResult[]): Promise<WriteResult[]> {
    const isRefused = results.some((result) => result.status === 'failed')
    if (isRefused && writes[0]?.kind === 'membership')
      return await lookAtMemberships(api, organizations, writes, results)
    if (isRefused && writes[0]?.kind === 'delete') return await lookAtDeletions(api, writes, results)
    return [...results]
  }

  /** Asked after show_many, so the account is there: a 404 is about the job, whatever its body, which Zendesk does not document. */
  async function readOne(jobId: string): Promise<Record<string, Json> | undefined> {
    try {
      return object((await api.find(`/api/v2/job_statuses/${jobId}`, asked, jobWithId(jobId)))?.job_status)
    } catch (error) {
      if (error instanceof Problem && error.code === 'zendesk.unknown_subdomain') return undefined
      throw error
    }
  }

  return {
    async poll(jobs) {
      const found = await readMany(jobs.map((job) => job.jobId))
      const states: JobState[] = []
      for (const { jobId, writes } of jobs) {
        const job = found.get(jobId) ?? (await readOne(jobId))
        if (job !== undefined) missedAt.delete(jobId)
        const state = job === undefined ? missed(jobId) : stateOf(job, writes)
        states.push(
          state.state === 'completed' ? { ...state, results: await secondLook(writes, state.results) } : state,
        )
      }
      return states
    },
  }
}

/** Who cannot be deleted because nobody is there has been deleted. */
async function lookAtDeletions(
  api: Api,
  writes: readonly Write[],
  results: readonly WriteResult[],
): Promise<WriteResult[]> {
  const refused = writes.filter((_, index) => results[index]?.status === 'failed')
  const found = await lookUpPeople(
    api,
    refused.map(({ zendeskId }) => ({ zendeskId, externalId: null })),
  )
  const gone = new Set(refused.filter((_, index) => found[index] === null).map(({ zendeskId }) => zendeskId))
  return results.map((result, index) => {
    const { zendeskId } = writes[index]!
    return result.status === 'failed' && zendeskId !== null && gone.has(zendeskId)
      ? { status: 'updated', zendeskId }
      : result
  })
}

function stateOf(job: Record<string, Json>, writes: readonly Write[]): JobState {
  if (job.status === 'completed') return { state: 'completed', results: matchResults(job.results, writes) }
  // A status that is no word says nothing: to take the job for broken would send its people again while it works on them.
  if (job.status === 'queued' || job.status === 'working' || textOf(job.status) === null) return { state: 'running' }
  const message = textOf(job.message)
  return { state: 'failed', reason: oneLine(message ?? `the job is ${String(job.status)}`) }
}

/** The jobs that the account lists, newest first, at most a thousand. Throws Problem. */
export async function listJobs(api: Api): Promise<ListedJob[]> {
  const jobs: ListedJob[] = []
  let pages = 0
  for await (const body of readPages(api, '/api/v2/job_statuses', 'job_statuses', 'listing jobs')) {
    for (const job of objects(body.job_statuses)) {
      const jobId = textOf(job.id)
      if (jobId === null || !plainJobId.test(jobId)) continue
      const running = job.status === 'queued' || job.status === 'working' || textOf(job.status) === null
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

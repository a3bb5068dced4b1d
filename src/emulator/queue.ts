/** Queueing a job: the limit on jobs, and the answer that every bulk endpoint gives. */
import type { Task } from './jobs.ts'
import { json, jsonText, type Reply } from './reply.ts'
import type { ApiRequest } from './router.ts'

/** DOC-RL: at most 30 jobs queued or running, of all writers together (the scope is inferred; the other reading: `jobLimitScope`). */
export function queueJob(request: ApiRequest, task: Task, headers: Record<string, string> = {}): Reply {
  const { world, nowMs, origin } = request
  const { jobLimit, jobLimitScope, tooManyJobsStatus, inFlightJobsHeader } = world.account.settings
  const inFlight = world.jobs.inFlightIds(jobLimitScope === 'class' ? task.jobClass : undefined)
  // ZENPY: absent from user bulk calls of 2023.
  const inFlightHeader = inFlightJobsHeader || !task.jobClass.startsWith('User') ? countHeader : () => ({})
  if (inFlight.length >= jobLimit) {
    const description = `Too many ${task.jobClass} jobs are currently queued or running. Try again later.`
    return json(
      tooManyJobsStatus,
      { error: 'TooManyJobs', description, current_job_ids: inFlight },
      inFlightHeader(0, jobLimit),
    )
  }
  const job = world.jobs.create({ task, nowMs, fault: request.jobFault })
  const left = jobLimit - inFlight.length - 1
  return jsonText(200, `{"job_status":${world.jobs.render(job, origin, nowMs)}}`, {
    ...headers,
    ...inFlightHeader(left, jobLimit),
  })
}

/** DOC-RL. */
function countHeader(left: number, total: number): Record<string, string> {
  return { 'zendesk-ratelimit-inflight-jobs': `total=${total}; remaining=${left}; resets=60` }
}

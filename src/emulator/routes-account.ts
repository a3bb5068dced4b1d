/** Job statuses and account settings. */
import { cursorPage, wantsCursor } from './pagination.ts'
import { invalidAttribute, json, jsonText, plainText, type Reply, recordNotFound, tooManyValues } from './reply.ts'
import type { ApiRequest, Route } from './router.ts'
import type { Settings } from './settings.ts'

export const accountRoutes: readonly Route[] = [
  { method: 'GET', path: 'job_statuses', level: 'agent', resource: 'other', respond: listJobs },
  { method: 'GET', path: 'job_statuses/show_many', level: 'agent', resource: 'other', respond: showJobs },
  { method: 'GET', path: 'job_statuses/{id}', level: 'agent', resource: 'other', respond: showJob },
  { method: 'GET', path: 'account/settings', level: 'agent', resource: 'other', respond: showSettings },
]

/** Inferred: a job that is missing or expired is RecordNotFound; the body is unknown. */
function showJob({ world, id, origin, nowMs }: ApiRequest): Reply {
  const job = world.jobs.find(id, nowMs)
  return job
    ? jsonText(200, `{"job_status":${world.jobs.render(job, origin, nowMs)}}`)
    : missingJob(world.account.settings)
}

function missingJob({ missingJobBody }: Settings): Reply {
  return missingJobBody === 'json' ? recordNotFound() : plainText(404, 'Not Found')
}

/** OAS. Inferred: 100 ids at most (the number is not documented); unknown ones are silently absent. */
function showJobs({ world, query, origin, nowMs }: ApiRequest): Reply {
  const ids = (query.get('ids') ?? '')
    .split(',')
    .map((id) => id.trim())
    .filter(Boolean)
  const { jobIdsLimit } = world.account.settings
  if (ids.length > jobIdsLimit) return tooManyValues('ids', jobIdsLimit)
  if (ids.length === 0) return invalidAttribute('ids', 'must be a list of ids', 'api/v2/job_statuses/show_many')
  const jobs: string[] = []
  for (const id of new Set(ids)) {
    const job = world.jobs.find(id, nowMs)
    if (job) jobs.push(world.jobs.render(job, origin, nowMs))
  }
  return jsonText(200, `{"job_statuses":[${jobs.join(',')}]}`)
}

/** OAS: cursor pagination only. Assumption: an offset is refused, as a cursor is elsewhere. */
function listJobs(request: ApiRequest): Reply {
  const { world, query, origin, nowMs } = request
  if (query.has('page') && !wantsCursor(query)) {
    return invalidAttribute('page', 'must be an object', 'api/v2/job_statuses/index')
  }
  const page = cursorPage(world.jobs.list(nowMs), { keyOf: (job) => job.id }, request)
  if ('status' in page) return page
  const jobs = page.records.map((job) => world.jobs.render(job, origin, nowMs)).join(',')
  const { meta, links } = page.frame
  return jsonText(200, `{"job_statuses":[${jobs}],"meta":${JSON.stringify(meta)},"links":${JSON.stringify(links)}}`)
}

/** OAS AccountSettingsUserObject; other groups of settings are left out. */
function showSettings({ world }: ApiRequest): Reply {
  const { agentCreatedWelcomeEmails, endUserPhoneNumberValidation, multipleOrganizations, tagging } =
    world.account.settings
  return json(200, {
    settings: {
      user: {
        tagging,
        time_zone_selection: true,
        language_selection: true,
        multiple_organizations: multipleOrganizations,
        agent_created_welcome_emails: agentCreatedWelcomeEmails,
        end_user_phone_number_validation: endUserPhoneNumberValidation,
        have_gravatars_enabled: true,
      },
    },
  })
}

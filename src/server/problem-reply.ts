import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { asProblem, Problem, type ProblemCode } from '../problem.ts'
import type { ServerLog } from './access.ts'

/** HTTP status of each problem. A new code does not compile without one. */
const statusOf = {
  'usage.invalid': 400,
  'project.not_found': 503,
  'project.not_empty': 409,
  'project.locked': 503,
  'project.network_disk': 503,
  'project.newer': 503,
  'project.state_broken': 503,
  'project.disk_full': 507,
  'project.out_of_memory': 503,
  'config.invalid': 422,
  'config.variable_missing': 422,
  'config.unknown_object': 404,
  'config.which_database': 422,
  'store.conflict': 409,
  'store.not_found': 404,
  'store.newer': 503,
  'store.unreachable': 503,
  'store.not_empty': 409,
  'backup.broken': 422,
  'access.denied': 403,
  'access.unauthenticated': 401,
  'access.too_many_attempts': 429,
  'access.no_administrator': 409,
  'access.disabled': 403,
  'access.link_over': 404,
  'access.last_administrator': 409,
  'access.provider_unreachable': 502,
  'access.provider_refused': 403,
  'access.provider_not_trusted': 403,
  'access.provider_claims': 403,
  'access.sign_in_over': 403,
  'access.no_public_url': 503,
  'access.key_missing': 503,
  'access.key_unusable': 503,
  'access.secret_broken': 503,
  'api.invalid': 400,
  'api.not_found': 404,
  'api.precondition_required': 428,
  'api.key_reused': 422,
  'api.key_busy': 409,
  'definition.invalid': 422,
  'definition.from_git': 409,
  'definition.in_use': 409,
  'upload.refused': 422,
  'upload.too_large': 413,
  'workflow.not_now': 409,
  'server.running': 409,
  'server.file_refused': 409,
  'server.stopping': 503,
  'server.lost': 502,
  'query.invalid': 422,
  'segment.invalid': 422,
  'query.not_one_select': 422,
  'query.forbidden': 422,
  'query.failed': 422,
  'query.timed_out': 422,
  'query.too_many_rows': 422,
  'query.out_of_memory': 422,
  'query.duplicate_column': 422,
  'source.missing': 422,
  'source.unreadable': 422,
  'source.unreachable': 422,
  'source.refused': 422,
  'source.locked': 422,
  'source.changed': 409,
  'mapping.no_identity': 422,
  'mapping.no_name': 422,
  'mapping.no_country_column': 422,
  'mapping.refused_attribute': 422,
  'mapping.duplicate_attribute': 422,
  'guard.empty_source': 409,
  'guard.max_changed': 409,
  'guard.max_created': 409,
  'guard.max_cleared': 409,
  'guard.max_exits': 409,
  'guard.rows_below': 409,
  'guard.rows_above': 409,
  'guard.rows_changed': 409,
  'orchestration.paused': 409,
  'plan.other_account': 409,
  'plan.not_found': 404,
  'plan.stale': 409,
  'workflow.not_found': 404,
  'workflow.stopped': 409,
  'workflow.out_of_patience': 502,
  'records.gone': 404,
  'zendesk.unreachable': 502,
  'zendesk.unknown_subdomain': 422,
  'zendesk.base_url_refused': 422,
  'zendesk.redirected': 422,
  'zendesk.credentials_rejected': 422,
  'zendesk.token_expired': 422,
  'zendesk.anonymous': 422,
  'zendesk.not_an_agent': 422,
  'zendesk.permission_denied': 422,
  'zendesk.bulk_import_disabled': 422,
  'zendesk.unknown_user_field': 422,
  'zendesk.field_conflict': 422,
  'zendesk.fields_changed': 409,
  'zendesk.field_refused': 422,
  'zendesk.fields_not_seen': 502,
  'zendesk.account_changed': 409,
  'zendesk.maintenance': 502,
  'zendesk.unexpected_answer': 502,
  'internal.bug': 500,
} as const satisfies Record<ProblemCode, number>

/** A status that says that something was not done. */
export type ProblemStatus = (typeof statusOf)[ProblemCode] | 405 | 406 | 408 | 412 | 415 | 431

/** The HTTP status of a code, where the request gives no better one. */
export function statusOfCode(code: ProblemCode): ProblemStatus {
  return statusOf[code]
}

/** One mistake of a request; `pointer` is a JSON Pointer into `{path, query, headers, body}`. */
export interface Mistake {
  pointer: string
  message: string
}

/** The body of every answer that is not a success (RFC 9457). */
export const problemSchema = z
  .looseObject({
    type: z.string().describe('`urn:deskside:problem:<code>`'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What happened, as a sentence.'),
    code: z.string().describe('A code of the reference of problems.'),
    fix: z.string().describe('What to do, as an imperative sentence.'),
    who: z.enum(['you', 'source', 'destination', 'us']).describe('Who has to act.'),
    request_id: z.string(),
    errors: z
      .array(z.object({ pointer: z.string(), message: z.string() }))
      .optional()
      .describe('Every mistake of the request, by JSON Pointer into {path, query, headers, body}.'),
  })
  .meta({
    id: 'Problem',
    description: 'Why the request was not done (RFC 9457). Members beside these depend on the code.',
  })

/** A problem with the status that only the request knows. */
export class RequestProblem extends Error {
  readonly problem: Problem
  readonly status: ProblemStatus

  constructor(status: ProblemStatus, problem: Problem) {
    super(problem.message)
    this.problem = problem
    this.status = status
  }
}

/** A request that is not as the reference says; all its mistakes. */
export function invalid(mistakes: readonly Mistake[]): Problem {
  const first = mistakes[0]
  const more = mistakes.length > 1 ? ` (and ${mistakes.length - 1} more)` : ''
  return new Problem('api.invalid', {
    message: first === undefined ? 'The request is not valid.' : `${first.pointer}: ${first.message}${more}.`,
    data: { errors: mistakes.map(({ pointer, message }) => ({ pointer, message })) },
  })
}

/** Mistakes that the HTTP library finds before any route is asked. */
const requestErrors: Record<string, { status: ProblemStatus; message: string }> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { status: 413, message: 'The body is larger than this path takes.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { status: 415, message: 'The body is of no type that this path takes.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { status: 400, message: 'The body is empty, and the content type says JSON.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { status: 400, message: 'The body is not JSON.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { status: 400, message: 'The body is not as long as Content-Length says.' },
  FST_ERR_BAD_URL: { status: 400, message: 'The path is not a valid one.' },
  FST_STATIC_FORBIDDEN_PATH: { status: 404, message: 'There is nothing at this path.' },
  FST_ERR_MAX_PARAM_LENGTH_EXCEEDED: { status: 404, message: 'The path has a part that is too long.' },
}

/** What went wrong, as a problem with its status; what nobody foresaw is a bug. */
export function asRequestProblem(error: unknown): RequestProblem {
  if (error instanceof RequestProblem) return error
  if (error instanceof Problem) return new RequestProblem(statusOf[error.code], error)
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const known = requestErrors[code]
  if (known !== undefined) {
    const problem = new Problem(known.status === 404 ? 'api.not_found' : 'api.invalid', { message: known.message })
    return new RequestProblem(known.status, problem)
  }
  // The parser of JSON gives its errors a status and no code.
  if (error instanceof SyntaxError && 'statusCode' in error && error.statusCode === 400)
    return new RequestProblem(400, new Problem('api.invalid', { message: 'The body is not JSON.' }))
  const problem = asProblem(error)
  return new RequestProblem(statusOf[problem.code], problem)
}

/** What of a failure the log needs; mistakes of whoever asks stand in the line of their request alone. */
export function noteFailure(log: ServerLog, request: FastifyRequest, { problem, status }: RequestProblem): void {
  const fields = { request_id: request.id, route: request.routeOptions.url ?? null, code: problem.code }
  if (status === 500) log.error({ ...fields, err: problem.cause ?? problem }, 'a request failed')
  else if (status > 500) log.warn(fields, 'a request could not be answered')
}

/** The text of the answer. Of a bug nothing is told but that it is one; the log has the rest under the request's id. */
export function problemText({ problem, status }: RequestProblem, requestId: string): string {
  const { code, fix, who, data } = problem
  const isBug = code === 'internal.bug'
  return JSON.stringify({
    ...(isBug ? {} : data),
    type: `urn:deskside:problem:${code}`,
    title: titleOf(code),
    status,
    detail: isBug ? 'The server failed over this request, which is a bug of Deskside.' : problem.message,
    code,
    fix: isBug ? `Please report this with the lines of the log about request ${requestId}.` : fix,
    who,
    request_id: requestId,
  })
}

function titleOf(code: ProblemCode): string {
  const words = code.slice(code.indexOf('.') + 1).replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Answers with the problem. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, found: RequestProblem): FastifyReply {
  if (found.status === 401) reply.header('www-authenticate', 'Bearer realm="Deskside"')
  const { waitSeconds: seconds } = found.problem.data
  if (typeof seconds === 'number') reply.header('retry-after', String(Math.ceil(seconds)))
  if (found.status === 503 || found.status === 408) reply.header('connection', 'close')
  return reply.code(found.status).type('application/problem+json').send(problemText(found, request.id))
}

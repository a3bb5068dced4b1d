/** An answer before it is written to the socket, and the error bodies that Zendesk was seen to give. */
export interface Reply {
  status: number
  headers: Record<string, string>
  body: string
}

const jsonType = 'application/json; charset=utf-8'

/** `body` is a value, or JSON text that is ready. */
export function json(status: number, body: object, headers: Record<string, string> = {}): Reply {
  return jsonText(status, JSON.stringify(body), headers)
}

export function jsonText(status: number, body: string, headers: Record<string, string> = {}): Reply {
  return { status, headers: { 'content-type': jsonType, ...headers }, body }
}

export function plainText(status: number, body: string, headers: Record<string, string> = {}): Reply {
  return { status, headers: { 'content-type': 'text/plain; charset=UTF-8', ...headers }, body }
}

export const noContent = (): Reply => ({ status: 204, headers: {}, body: '' })

/** Recorded for deleting an unknown user (ZENPY); inferred for jobs. */
export const recordNotFound = (): Reply => json(404, { error: 'RecordNotFound', description: 'Not found' })

/** Observed for an unknown path and for `.json.json`. */
export const invalidEndpoint = (): Reply => json(404, { error: 'InvalidEndpoint', description: 'Not found' })

/** DOC and observed. */
export const notAuthenticated = (): Reply => json(401, { error: "Couldn't authenticate you" })

/** Observed for OAuth. */
export const invalidToken = (): Reply =>
  json(401, {
    error: 'invalid_token',
    error_description: 'The access token provided is expired, revoked, malformed or invalid for other reasons.',
  })

/** Observed (CSA). */
export const forbidden = (): Reply =>
  json(403, {
    error: {
      title: 'Forbidden',
      message:
        'You do not have access to this page. Please contact the account owner of this help desk for further help.',
    },
  })

/** Observed (zenpy #578, PHP #515). `rule` reads like `must be an integer`, `endpoint` like `api/v2/users/show`. */
export function invalidAttribute(attribute: string, rule: string, endpoint: string): Reply {
  const message = `You passed an invalid value for the ${attribute} attribute. Invalid parameter: ${attribute} ${rule} from ${endpoint}`
  return json(400, { error: { title: 'Invalid attribute', message } })
}

/** Recorded on users/create_many (ZENPY); inferred for its siblings. */
export const tooManyUsers = (): Reply =>
  json(400, { error: 'TooManyValues', description: 'Maximum 100 users may be created per call' })

/** Recorded on organizations (ZENPY); inferred for lists of ids. */
export const tooManyValues = (parameter: string, limit = 100): Reply =>
  json(400, {
    error: 'TooManyValues',
    description: `Parameter ${parameter} cannot specify more than ${limit} values`,
    max_count: limit,
  })

/** One reason of a 422: key, words, and a code that some reasons have. */
export interface RecordError {
  attribute: string
  description: string
  error?: string
}

/** GRP, PHP. */
export function recordInvalid(errors: readonly RecordError[], status = 422): Reply {
  const details: Record<string, { description: string; error?: string }[]> = {}
  for (const { attribute, description, error } of errors) {
    details[attribute] ??= []
    details[attribute].push(error === undefined ? { description } : { description, error })
  }
  return json(status, { error: 'RecordInvalid', description: 'Record validation errors', details })
}

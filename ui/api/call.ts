import type { Operations, Problem } from './operations.ts'

/** `GET /queries/{key}`: a method and a path below /api/v1. */
export type OperationName = keyof Operations

type Operation<K extends OperationName> = Operations[K]
export type Answer<K extends OperationName> = Operation<K>['answer']
/** What an operation takes: `params` of its path, `query`, `body`; and for an edit the version that it begins from. */
export type Input<K extends OperationName> = Omit<Operation<K>, 'answer'> & { ifVersion?: number }

/** Operations that need nothing may be called without input. */
/** What has no member that must be there. */
export type Nothing = Record<never, never>

export type InputArgs<K extends OperationName> = Nothing extends Input<K> ? [input?: Input<K>] : [input: Input<K>]

/** A refusal of the API, with everything that its reference says of it. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }

  get status(): number {
    return this.problem.status
  }

  get code(): string {
    return this.problem.code
  }
}

/** The server did not answer at all, or something between answered in its place. */
export function unreachable(cause: unknown, status = 0): ApiProblem {
  const problem: Problem = {
    type: 'urn:deskside:problem:ui.unreachable',
    title: 'No answer',
    status,
    detail:
      status === 0 ? 'The server does not answer.' : `Something between this page and the server answered ${status}.`,
    code: 'ui.unreachable',
    fix: 'Check the connection, and that Deskside runs; then try again.',
    who: 'you',
    request_id: '',
  }
  const error = new ApiProblem(problem)
  error.cause = cause
  return error
}

export interface AnyInput {
  params?: Record<string, string | number>
  query?: Record<string, unknown>
  body?: unknown
  ifVersion?: number
}

/** The path and query of an operation, below the address of the server. */
export function pathOf(operation: string, { params = {}, query = {} }: AnyInput = {}): string {
  const template = operation.slice(operation.indexOf(' ') + 1)
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === '') continue
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one))
  }
  return `/api/v1${path}${search.size > 0 ? `?${search}` : ''}`
}

/** The token against requests of other sites, which signing in leaves for scripts of this origin. */
function csrfToken(): string {
  return /(?:^|; )deskside_csrf=([^;]+)/.exec(document.cookie)?.[1] ?? ''
}

/**
 * Asks the API. Rejects with {@link ApiProblem}, and with the reason of `signal` when that aborts. A change goes out once: what became of one
 * that nobody answered is for the person to look at.
 */
export async function call<K extends OperationName>(
  operation: K,
  input?: Input<K> & { signal?: AbortSignal },
): Promise<Answer<K>> {
  const given = (input ?? {}) as AnyInput & { signal?: AbortSignal }
  const isCsv = given.body instanceof Blob
  const answer = await fetch(pathOf(operation, given), {
    method: methodOf(operation),
    ...(given.signal && { signal: given.signal }),
    headers: headersOf(operation, given),
    ...(given.body !== undefined && { body: isCsv ? (given.body as Blob) : JSON.stringify(given.body) }),
  }).catch((error: unknown) => {
    if (given.signal?.aborted) throw given.signal.reason
    throw unreachable(error)
  })
  return answered<K>(answer.status, await answer.text())
}

export const methodOf = (operation: string): string => operation.slice(0, operation.indexOf(' '))

export function headersOf(operation: string, { body, ifVersion }: AnyInput): Record<string, string> {
  return {
    accept: 'application/json',
    ...(methodOf(operation) !== 'GET' && { 'x-csrf-token': decodeURIComponent(csrfToken()) }),
    ...(body !== undefined && { 'content-type': body instanceof Blob ? 'text/csv' : 'application/json' }),
    ...(ifVersion !== undefined && { 'if-match': `"${ifVersion}"` }),
  }
}

/** What came back, or the {@link ApiProblem} that it is. */
export function answered<K extends OperationName>(status: number, text: string): Answer<K> {
  const value = text === '' ? null : parsed(text)
  if (status >= 200 && status < 300 && value !== undefined) return value as Answer<K>
  if (isProblem(value)) throw new ApiProblem(value)
  throw unreachable(null, status)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A page of a proxy, say.
    return undefined
  }
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'fix' in value
}

/** Whether somebody else has changed the object meanwhile. */
export const isChangedMeanwhile = (error: unknown): boolean => error instanceof ApiProblem && error.status === 412

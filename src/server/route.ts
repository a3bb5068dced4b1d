import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Action, Actor } from '../access/authorize.ts'
import type { Control } from '../control/control.ts'
import { Problem, type ProblemCode } from '../problem.ts'
import { preferred } from './accept.ts'
import { csvType, takeCsv, whileArriving } from './csv-body.ts'
import { answerOnce, idempotencyHeader, type StoredAnswer } from './idempotency.ts'
import type { Parts } from './parts.ts'
import {
  asRequestProblem,
  invalid,
  type Mistake,
  noteFailure,
  type ProblemStatus,
  problemSchema,
  problemText,
  RequestProblem,
  statusOfCode,
} from './problem-reply.ts'
import { textStream, toldBy } from './streams.ts'

/** What a route needs: an action that the actor may do, a known actor whatever they may do, or nobody. */
export type Need = Action | 'signed_in' | 'nobody' | 'cli'

declare module 'fastify' {
  interface FastifyContextConfig {
    need?: Need
    shownAt?: ProblemPage
  }
  interface FastifyRequest {
    /** Set before any route with a need is asked. */
    actor: Actor | null
  }
}

/** A page that tells in its own words what these codes mean, and no others. */
export interface ProblemPage {
  path: `/${string}`
  codes: readonly ProblemCode[]
}

type Shape = z.ZodType | undefined
type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined

/** A request whose every part is known to be as the schemas say. */
export interface Call<P extends Shape, Q extends Shape, B extends Shape> {
  parts: Parts
  control: Control
  actor: Actor
  params: Parsed<P>
  query: Parsed<Q>
  body: Parsed<B>
  /** Of `If-Match`; 0 where the route does not ask for it. */
  ifVersion: number
  /** Aborts when the client has gone, or has its answer. */
  gone: AbortSignal
  request: FastifyRequest
  reply: FastifyReply
}

interface Described<P extends Shape, Q extends Shape, B extends Shape> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below /api/v1, parameters as `:name`. */
  path: string
  need: Need
  tag: string
  summary: string
  description?: string
  params?: P
  query?: Q
  body?: B
  /** Problems beside those that every route of its kind can answer with. */
  problems?: readonly ProblemCode[]
  /** Statuses that need a reason of their own, such as 406. */
  statuses?: readonly ProblemStatus[]
  /** An edit or a delete: asks for `If-Match`. */
  edits?: boolean
  /** Less than other paths take, where anybody may send something. */
  bodyLimitBytes?: number
  /**
   * The body is CSV, which `handle` reads as it arrives, by `contentOf`; `body` describes it. It cannot be repeated under an
   * Idempotency-Key: nobody would keep it to compare.
   */
  isCsv?: boolean
  shownAt?: ProblemPage
}

interface Answering<P extends Shape, Q extends Shape, B extends Shape, A extends z.ZodType> extends Described<P, Q, B> {
  /** 200 where not said. */
  status?: 200 | 201 | 202
  answer: A
  /** Version of the object in the answer, for its ETag. */
  version?: (answer: z.output<A>) => number
  /** What is kept of an answer for a repeated request; the answer itself where not said. */
  kept?: (answer: z.output<A>) => z.output<A>
  handle(call: Call<P, Q, B>): Promise<z.output<A>>
}

interface Live<P extends Shape, Q extends Shape, B extends Shape, A extends z.ZodType, L extends object>
  extends Described<P, Q, B> {
  method: 'POST'
  answer: A
  /** What a line can be: what `tell` is given, or an end (see {@link endsOf}). */
  lines: z.ZodType
  handle(call: Call<P, Q, B>, tell: (line: L) => void): Promise<z.output<A>>
}

interface Silent<P extends Shape, Q extends Shape, B extends Shape> extends Described<P, Q, B> {
  handle(call: Call<P, Q, B>): Promise<void>
}

interface Streaming<P extends Shape, Q extends Shape, B extends Shape> extends Described<P, Q, B> {
  /** What the stream consists of, by content type. */
  content: Record<string, z.ZodType>
  handle(call: Call<P, Q, B>): Promise<{ type: string; stream: Readable }>
}

interface Redirecting<P extends Shape, Q extends Shape> extends Described<P, Q, undefined> {
  method: 'GET'
  /** Where a browser is shown what went wrong; whoever asks for JSON gets the problem as everywhere. */
  shownAt: ProblemPage
  /** Where the browser goes on: an address of ours, or one that was checked. */
  handle(call: Call<P, Q, undefined>): Promise<{ location: string }>
}

/** A route that can be registered; what it needs stands in its type. */
export interface Route {
  method: string
  path: string
  need: Need
  register(app: FastifyInstance, parts: Parts): void
}

/** A route that answers with JSON. */
export function route<
  A extends z.ZodType,
  P extends Shape = undefined,
  Q extends Shape = undefined,
  B extends Shape = undefined,
>(spec: Answering<P, Q, B, A>): Route {
  const status = spec.status ?? 200
  return registrable(spec, { [status]: jsonAnswer(spec.answer) }, async (call) => {
    const answer = async (): Promise<StoredAnswer & { kept: StoredAnswer }> => {
      const value = await spec.handle(call)
      const made = textAnswer(spec, status, value)
      return { ...made, kept: spec.kept === undefined ? made : textAnswer(spec, status, spec.kept(value)) }
    }
    const { status: code, body, etag } = spec.isCsv ? await answer() : await answerOnce(call, answer)
    const { request, reply } = call
    if (etag !== null) reply.header('etag', etag)
    if (etag !== null && request.method === 'GET' && hasTag(request.headers['if-none-match'], etag))
      return reply.code(304).send()
    return sendAnswer(reply, { status: code, body })
  })
}

/** One that a repeated request is given again may be a problem. */
function sendAnswer(reply: FastifyReply, { status, body }: Pick<StoredAnswer, 'status' | 'body'>) {
  return reply
    .code(status)
    .type(status >= 400 ? 'application/problem+json' : 'application/json')
    .send(body)
}

/** A route that answers 204. */
export function silentRoute<P extends Shape = undefined, Q extends Shape = undefined, B extends Shape = undefined>(
  spec: Silent<P, Q, B>,
): Route {
  return registrable(spec, { 204: z.undefined().describe('Done.') }, async (call) => {
    const { status, body } = await answerOnce(call, async () => {
      await spec.handle(call)
      const made = { status: 204, body: '', etag: null }
      return { ...made, kept: made }
    })
    // A repeated request may have been refused the first time.
    return status === 204
      ? call.reply.code(204).send()
      : call.reply.code(status).type('application/problem+json').send(body)
  })
}

/** A route that answers with a stream. */
export function streamRoute<P extends Shape = undefined, Q extends Shape = undefined, B extends Shape = undefined>(
  spec: Streaming<P, Q, B>,
): Route {
  const content = Object.fromEntries(Object.entries(spec.content).map(([type, schema]) => [type, { schema }]))
  return registrable(spec, { 200: { description: 'A stream.', content } }, async (call) => {
    const { type, stream } = await spec.handle(call)
    // The client sees no more than a transfer that was cut off.
    stream.once('error', (err) => call.parts.log.warn({ request_id: call.request.id, err }, 'a stream was cut off'))
    return call.reply.code(200).type(type).send(stream)
  })
}

/** What the last line of a {@link liveRoute} can be: the whole answer, or why there is none. */
export function endsOf<A extends z.ZodType>(answer: A) {
  return [z.object({ answer }), z.object({ problem: problemSchema })] as const
}

/**
 * A route that answers with JSON when its work is done, or, where `Accept` likes that better, with lines of JSON that tell how far it is. The work
 * goes to its end also when the client does not: under its Idempotency-Key the answer is there for whoever asks again.
 */
export function liveRoute<
  L extends object,
  A extends z.ZodType,
  P extends Shape = undefined,
  Q extends Shape = undefined,
  B extends Shape = undefined,
>(spec: Live<P, Q, B, A, L>): Route {
  const content = { 'application/json': { schema: spec.answer }, [ndjsonType]: { schema: spec.lines } }
  return registrable(spec, { 200: { description: 'Done; as lines of JSON, begun.', content } }, async (call) => {
    const { request, reply, parts } = call
    const work = (tell: (line: L) => void) =>
      answerOnce(call, async () => {
        const made = textAnswer(spec, 200, await spec.handle(call, tell))
        return { ...made, kept: made }
      })
    if (preferred(request.headers.accept, ['application/json', ndjsonType]) !== ndjsonType)
      return sendAnswer(reply, await work(() => undefined))
    const lines = toldBy(work)
    const first = await lines.next()
    // A repeated request may have been refused the first time.
    if (first.done && first.value.status >= 400) return sendAnswer(reply, first.value)
    const failed = (error: unknown) => {
      const found = asRequestProblem(error)
      noteFailure(parts.log, request, found)
      return problemText(found, request.id)
    }
    return reply
      .code(200)
      .type(ndjsonType)
      .send(textStream(liveTexts(first, lines, failed)))
  })
}

const ndjsonType = 'application/x-ndjson'

/** `failed`: the text of the problem, for which it is too late to be a status. */
async function* liveTexts(
  first: IteratorResult<object, StoredAnswer>,
  lines: AsyncGenerator<object, StoredAnswer>,
  failed: (error: unknown) => string,
): AsyncGenerator<string> {
  try {
    let next = first
    for (; !next.done; next = await lines.next()) yield `${JSON.stringify(next.value)}\n`
    yield `{"answer":${next.value.body}}\n`
  } catch (error) {
    yield `{"problem":${failed(error)}}\n`
  }
}

/** A route that sends a browser elsewhere, also when it fails. */
export function redirectRoute<P extends Shape = undefined, Q extends Shape = undefined>(
  spec: Redirecting<P, Q>,
): Route {
  const moved = z
    .undefined()
    .describe(
      `Goes on at the address in \`Location\`: \`${spec.shownAt.path}?problem=<code>\` for a browser that failed.`,
    )
  return registrable(spec, { 302: moved }, async (call) => {
    const { location } = await spec.handle(call)
    return call.reply.header('location', location).code(302).send()
  })
}

function jsonAnswer(schema: z.ZodType): object {
  return { description: schema.description ?? 'Done.', content: { 'application/json': { schema } } }
}

function registrable<P extends Shape, Q extends Shape, B extends Shape>(
  spec: Described<P, Q, B>,
  answers: Record<number, unknown>,
  handle: (call: Call<P, Q, B>) => Promise<FastifyReply>,
): Route {
  const { method, path, need } = spec
  const url = `/api/v1${path}`
  return {
    method,
    path: url,
    need,
    register(app, parts) {
      const control = parts.control
      const add = (scope: FastifyInstance) =>
        scope.route({
          method,
          url,
          config: { need, ...(spec.shownAt && { shownAt: spec.shownAt }) },
          ...(spec.bodyLimitBytes !== undefined && { bodyLimit: spec.bodyLimitBytes }),
          schema: {
            ...describe(spec),
            response: { ...answers, ...problemAnswers(spec) },
          } as object,
          handler: async (request, reply) => {
            const read = readRequest(spec, request)
            const { actor } = request
            // Routes for nobody have no rights; what they ask Control for, the token in their body decides.
            const call = { ...read, parts, control, actor: actor ?? nobody, gone: goneSignal(reply), request, reply }
            const work = () => parts.atWork.run(() => handle(call))
            return spec.isCsv ? await whileArriving(call, work) : await work()
          },
        })
      if (!spec.isCsv) return void add(app)
      void app.register(async (scope) => {
        takeCsv(scope)
        add(scope)
      })
    },
  }
}

const nobody: Actor = { kind: 'key', id: 'nobody', name: 'nobody', owner: null, may: new Set() }

function describe<P extends Shape, Q extends Shape, B extends Shape>(spec: Described<P, Q, B>): object {
  const { need, params, query, body } = spec
  return {
    tags: [spec.tag],
    summary: spec.summary,
    operationId: operationId(spec.method, spec.path),
    ...(spec.description === undefined ? {} : { description: spec.description }),
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
    ...(spec.isCsv ? { consumes: [csvType] } : {}),
    ...headersOf(spec),
    ...(need === 'nobody' ? { security: [] } : {}),
    ...(need === 'cli' ? { hide: true } : { 'x-action': need }),
  }
}

function headersOf<P extends Shape, Q extends Shape, B extends Shape>(spec: Described<P, Q, B>): object {
  if (spec.edits) return { headers: z.object({ 'if-match': ifMatchHeader }) }
  if (spec.method === 'POST' && spec.need !== 'nobody' && !spec.isCsv)
    return { headers: z.object({ 'idempotency-key': idempotencyHeader.optional() }) }
  return {}
}

const ifMatchHeader = z
  .string()
  .regex(/^"[1-9]\d{0,14}(\.[0-9a-f]{1,64})?"$/, 'must be the ETag of one object')
  .describe('The ETag that the object was read with.')

function operationId(method: string, path: string): string {
  const words = path.split('/').filter((part) => part !== '')
  return [method.toLowerCase(), ...words.map((word) => word.replace(':', 'by_').replaceAll(/[^a-z_]/g, '_'))].join('_')
}

/** Which problems a route can answer with, by what it takes. */
function problemAnswers<P extends Shape, Q extends Shape, B extends Shape>(
  spec: Described<P, Q, B>,
): Record<number, object> {
  const statuses = new Set<ProblemStatus>([500, 503, ...(spec.statuses ?? [])])
  const add = (...more: ProblemStatus[]) => {
    for (const status of more) statuses.add(status)
  }
  add(...(spec.problems ?? []).map(statusOfCode))
  if (spec.need !== 'nobody') add(401)
  if (spec.need !== 'nobody' && (spec.need !== 'signed_in' || spec.method !== 'GET')) add(403)
  if (spec.params !== undefined || spec.query !== undefined || spec.edits) add(400)
  if (spec.method !== 'GET') add(400, 413, 415)
  if (spec.edits) add(412, 428)
  if (spec.method === 'POST' && spec.need !== 'nobody') add(400, 409, 422)
  return Object.fromEntries(
    [...statuses]
      .sort((a, b) => a - b)
      .map((status) => [
        status,
        { description: statusTexts[status], content: { 'application/problem+json': { schema: problemSchema } } },
      ]),
  )
}

const statusTexts: Record<ProblemStatus, string> = {
  400: 'The request is not as this reference says; `errors` lists every mistake.',
  401: 'No session and no valid API key.',
  403: 'Whoever asked may not do this, or the CSRF token is missing.',
  404: 'There is no such object.',
  405: 'The path has no such method.',
  406: 'The answer cannot be given in a type that `Accept` allows.',
  408: 'The request took too long to arrive.',
  409: 'It cannot be done in the state that things are in.',
  412: 'The object is not the one that `If-Match` names any more.',
  413: 'The body is larger than the path takes, which is 1 MiB where nothing else is said.',
  415: 'The body is of no type that the path takes, which is application/json where nothing else is said.',
  422: 'The request can be read, and what it asks for cannot be done.',
  428: '`If-Match` is missing.',
  429: 'Too many attempts.',
  431: 'The headers are too large.',
  500: 'A bug of Deskside.',
  502: 'Zendesk, or the identity provider, cannot be reached or answers with something unexpected.',
  503: 'The server cannot answer now: it is about to end, or cannot reach its store.',
  507: 'The disk is full.',
}

/** Parses every part and lists all mistakes at once. Throws `api.invalid`, `api.precondition_required`. */
function readRequest<P extends Shape, Q extends Shape, B extends Shape>(
  spec: Described<P, Q, B>,
  request: FastifyRequest,
): { params: Parsed<P>; query: Parsed<Q>; body: Parsed<B>; ifVersion: number } {
  const mistakes: Mistake[] = []
  const read = <S extends Shape>(part: string, schema: S, value: unknown): Parsed<S> => {
    if (schema === undefined) return undefined as Parsed<S>
    mistakes.push(...unprintable(part, value))
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data as Parsed<S>
    mistakes.push(...parsed.error.issues.flatMap((issue) => mistakesOf([part], issue)))
    return undefined as Parsed<S>
  }
  const params = read('path', spec.params as P, request.params)
  const query = read('query', spec.query as Q, request.query)
  // The library says null where there is none.
  const body = spec.isCsv ? (undefined as Parsed<B>) : read('body', spec.body as B, request.body ?? undefined)
  if (spec.isCsv && (request.body ?? undefined) === undefined)
    mistakes.push({ pointer: '/body', message: 'is missing' })
  const ifMatch = request.headers['if-match']
  const version = spec.edits && ifMatch !== undefined ? ifMatchHeader.safeParse(ifMatch) : undefined
  if (version?.success === false)
    mistakes.push({ pointer: '/headers/if-match', message: 'must be the ETag of one object' })
  const key = spec.isCsv ? undefined : request.headers['idempotency-key']
  if (request.method === 'POST' && key !== undefined && !idempotencyHeader.safeParse(key).success)
    mistakes.push({ pointer: '/headers/idempotency-key', message: 'must be 1 to 255 printable ASCII characters' })
  if (mistakes.length > 0) throw invalid(mistakes)
  if (spec.edits && version === undefined)
    throw new Problem('api.precondition_required', { message: 'The request has no header If-Match.' })
  return { params, query, body, ifVersion: version === undefined ? 0 : Number(/\d+/.exec(version.data ?? '')![0]) }
}

function mistakesOf(at: readonly PropertyKey[], issue: z.core.$ZodIssue): Mistake[] {
  const path = [...at, ...issue.path]
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ pointer: pointerOf([...path, key]), message: 'is not known here' }))
  return [{ pointer: pointerOf(path), message: issue.message.replace(/^Invalid (input|option|string): /, '') }]
}

function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** A text with a NUL cannot be stored by PostgreSQL, and means nothing anywhere. */
function unprintable(part: string, value: unknown, path: readonly PropertyKey[] = []): Mistake[] {
  if (typeof value === 'string')
    return value.includes('\0') ? [{ pointer: pointerOf([part, ...path]), message: 'must not contain NUL' }] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) => [
    ...(key.includes('\0') ? [{ pointer: pointerOf([part, ...path]), message: 'must not have a key with NUL' }] : []),
    ...unprintable(part, child, [...path, key]),
  ])
}

/** Checks the answer against its schema, and leaves out what the schema does not name. */
function textAnswer<A extends z.ZodType>(
  spec: { answer: A; version?: (answer: z.output<A>) => number },
  status: number,
  value: z.output<A>,
): StoredAnswer {
  const encoded = z.safeEncode(spec.answer, value)
  if (!encoded.success)
    throw new Problem('internal.bug', { message: `An answer does not fit its schema: ${encoded.error.message}` })
  const body = JSON.stringify(encoded.data)
  return { status, body, etag: spec.version === undefined ? null : etagOf(spec.version(value), body) }
}

/** Names the version, which edits send back, and the whole text, because what is shown beside the object changes without a new version. */
function etagOf(version: number, body: string): string {
  return `"${version}.${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`
}

/** RFC 9110: `*`, or a list in which weak tags count like strong ones. */
function hasTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}

/** Aborts when the client has gone, and when it has its answer: what a HEAD began to read is not read to the end then. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => controller.abort())
  return controller.signal
}

/** An edit of an object that has changed since it was read. */
export async function editing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Problem && error.code === 'store.conflict') throw new RequestProblem(412, error)
    throw error
  }
}

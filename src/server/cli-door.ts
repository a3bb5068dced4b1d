import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Actor } from '../access/authorize.ts'
import type { App, Control as Stop } from '../app.ts'
import type { FieldPlan } from '../destination/user-fields.ts'
import { asProblem, type Json, Problem } from '../problem.ts'
import { sentKinds } from '../project/project.ts'
import type { Parts } from './parts.ts'
import { json } from './wire.ts'
import { outcomes } from './wire-workflows.ts'

/** A line without content, so often that nothing takes the connection for dead. */
const HEARTBEAT_MS = 15_000

/** Where news of a call go, and what ends it. */
interface Live {
  signal: AbortSignal
  abort: AbortSignal
  onEvent(event: object): void
  onItem(item: unknown): void
}

/** What a command may call: every operation of {@link App}. A new one does not compile without its line. */
type Method = Exclude<keyof App, 'close'>

/** Arguments as they arrive, and the call itself: a list that is read item by item, or one result. */
interface Callable {
  args: z.ZodType<readonly unknown[]>
  call(app: App, args: readonly unknown[], live: Live): AsyncIterable<unknown> | Promise<unknown>
}

function callable<A extends readonly unknown[]>(
  args: z.ZodType<A>,
  call: (app: App, args: A, live: Live) => AsyncIterable<unknown> | Promise<unknown>,
): Callable {
  return { args, call: (app, given, live) => call(app, given as A, live) }
}

const name = z.string().max(1_000)
const flags = z.strictObject({ sample: z.int().positive().nullable(), full: z.boolean(), live: z.boolean() })
const asked = z.strictObject({ ...flags.shape, planId: name.nullable(), approve: z.boolean() })
const filter = z.strictObject({
  outcome: z.enum(outcomes).nullable(),
  warnings: z.boolean(),
  alerts: z.boolean().optional(),
})
const edited = z.union([z.strictObject({ key: name }), z.strictObject({ body: json })])
const sent = z.strictObject({ kind: z.enum(sentKinds), key: name })
const between = z.strictObject({ from: z.int().min(0), to: z.int().min(0) })
const part = z.union([z.strictObject({ lines: between }), z.strictObject({ characters: between })])
const unsaved = z.strictObject({ sql: z.string(), file: name, database: name.nullable() })
const previewed = z.union([sent, unsaved.extend({ part: part.nullable() })])
const removal = z.strictObject({ options: z.boolean(), fields: z.array(name) })
// Made by `fieldPlan`, and compared with the account again before anything is changed.
const fieldPlan = z.looseObject({}) as unknown as z.ZodType<FieldPlan>
const stop = ({ onEvent, signal, abort }: Live): Stop => ({ onEvent, signal, abort })
const progress = ({ onEvent, onItem }: Live) => ({
  onApplied: onItem,
  onWait: (notice: { why: string; untilMs: number | null } | null) =>
    onEvent({ type: 'waiting', why: notice?.why ?? null, untilMs: notice?.untilMs ?? null }),
})

const methods: Record<Method, Callable> = {
  check: callable(z.tuple([name]), (app, [destination]) => app.check(destination)),
  plan: callable(z.tuple([name, flags]), (app, [key, request], live) => app.plan(key, request, stop(live))),
  storedPlan: callable(z.tuple([name]), (app, [plan]) => app.storedPlan(plan)),
  changes: callable(z.tuple([name]), (app, [plan]) => app.changes(plan)),
  conflicts: callable(z.tuple([name]), (app, [plan]) => app.conflicts(plan)),
  exits: callable(z.tuple([name]), (app, [run]) => app.exits(run)),
  run: callable(z.tuple([name, asked]), (app, [key, request], live) => app.run(key, request, stop(live))),
  segments: callable(z.tuple([]), (app) => app.segments()),
  count: callable(z.tuple([edited]), (app, [one], live) => app.count(one, stop(live))),
  segmentSql: callable(z.tuple([edited]), (app, [one]) => app.segmentSql(one)),
  querySql: callable(z.tuple([edited]), (app, [one]) => app.querySql(one)),
  preview: callable(
    z.tuple([previewed, z.strictObject({ limit: z.int().min(0).max(10_000) })]),
    (app, [one, request], live) => app.preview(one, request, stop(live)),
  ),
  rows: callable(z.tuple([sent]), (app, [one], live) => app.rows(one, stop(live))),
  checkColumns: callable(
    z.tuple([z.union([sent, unsaved]), name, z.strictObject({ live: z.boolean() })]),
    (app, [one, destination, request], live) => app.checkColumns(one, destination, request, stop(live)),
  ),
  workflows: callable(z.tuple([]), (app) => app.workflows()),
  records: callable(z.tuple([name, filter]), (app, [run, wanted]) => app.records(run, wanted)),
  drift: callable(
    z.tuple([name, z.strictObject({ repair: z.boolean(), approve: z.boolean() })]),
    (app, [key, request], live) => app.drift(key, request, stop(live)),
  ),
  drifted: callable(z.tuple([name]), (app, [drift]) => app.drifted(drift)),
  undo: callable(z.tuple([name]), (app, [run], live) => app.undo(run, stop(live))),
  undoRest: callable(z.tuple([name]), (app, [plan]) => app.undoRest(plan)),
  resume: callable(z.tuple([name]), (app, [key]) => app.resume(key)),
  why: callable(z.tuple([name, name.nullable(), name.nullable()]), (app, [key, field, destination]) =>
    app.why(key, field, destination),
  ),
  forget: callable(z.tuple([name]), (app, [destination]) => app.forget(destination)),
  fieldPlan: callable(z.tuple([name, removal]), (app, [destination, what], live) =>
    app.fieldPlan(destination, what, progress(live)),
  ),
  applyFields: callable(z.tuple([name, fieldPlan]), (app, [destination, plan], live) =>
    app.applyFields(destination, plan, progress(live)),
  ),
  createMissingFields: callable(z.tuple([name]), (app, [key]) => app.createMissingFields(key)),
  columns: callable(z.tuple([name]), (app, [table]) => app.columns(table)),
  tables: callable(z.tuple([name.nullable()]), (app, [database]) => app.tables(database)),
  table: callable(z.tuple([name, z.strictObject({ refresh: z.boolean() })]), (app, [table, request]) =>
    app.table(table, request),
  ),
  columnUses: callable(z.tuple([name, name]), (app, [table, column], live) =>
    app.columnUses(table, column, stop(live)),
  ),
  piiOfOrchestration: callable(z.tuple([name]), (app, [key]) => app.piiOfOrchestration(key)),
}

/** Calls that are not of {@link App}, such as a backup while the server works. */
export type ServerCalls = Record<string, (args: readonly Json[], signal: AbortSignal, actor: Actor) => Promise<Json>>

export interface CliDoor {
  /** Name of the project, for a command that looks whether this is its server. */
  project: string
  calls: ServerCalls
}

const callBody = z.strictObject({
  id: z.string().min(1).max(100),
  method: z.string().max(100),
  args: z.array(z.unknown()),
})

/**
 * What a command beside the server uses instead of opening the project: `App` over HTTP, on this machine only. A call answers with lines of
 * JSON: `{event}`, `{item}`, and at the end `{result}` or `{problem}`; an empty line means that it still works. `stop` lets the jobs in flight
 * settle; a connection that is closed ends the call at once. Not a part of the public API.
 */
export function cliDoor(app: FastifyInstance, parts: Parts, door: CliDoor): void {
  const running = new Map<string, AbortController>()
  const config = { need: 'cli' } as const
  const schema = { hide: true }
  app.get('/api/v1/cli/hello', { config, schema }, async () => ({
    project: door.project,
    version: parts.version,
  }))
  app.post('/api/v1/cli/stop', { config, schema }, async (request, reply) => {
    const { id } = readArgs(z.strictObject({ id: z.string() }), request.body)
    const found = running.get(id)
    if (found === undefined) throw new Problem('store.not_found', { message: 'This call has ended, or never began.' })
    found.abort()
    return reply.code(204).send()
  })
  app.post('/api/v1/cli/call', { config, schema }, async (request, reply) => {
    const { id, method, args } = readArgs(callBody, request.body)
    // The guard has let nobody else in.
    const actor: Actor = request.actor ?? { kind: 'cli', id: 'cli' }
    const work = workOf(parts, door, actor, { method, args })
    if (running.has(id)) throw new Problem('store.conflict', { message: 'A call with this id runs already.' })
    const gentle = new AbortController()
    running.set(id, gentle)
    reply.hijack()
    try {
      await answer(reply, parts, gentle, work)
    } finally {
      running.delete(id)
    }
  })
}

/** What a call was given, as its schema says. Throws `api.invalid`. */
export function readArgs<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new Problem('api.invalid', { message: z.prettifyError(parsed.error) })
}

type Work = (live: Live) => AsyncIterable<unknown> | Promise<unknown>

/** Throws `api.invalid`. */
function workOf(
  parts: Parts,
  door: CliDoor,
  actor: Actor,
  { method, args }: { method: string; args: readonly unknown[] },
): Work {
  const known = Object.hasOwn(methods, method) ? methods[method as Method] : undefined
  if (known !== undefined) {
    const given = readArgs(known.args, args)
    return (live) => known.call(parts.control.app(actor), given, live)
  }
  const other = Object.hasOwn(door.calls, method) ? door.calls[method] : undefined
  // The body was JSON.
  if (other !== undefined) return (live) => other(args as readonly Json[], live.signal, actor)
  throw new Problem('api.invalid', { message: `There is no call ${JSON.stringify(method)}.` })
}

/** Writes the lines of one call and ends the connection's part in it. */
async function answer(reply: FastifyReply, parts: Parts, gentle: AbortController, work: Work): Promise<void> {
  const response = reply.raw
  const hard = new AbortController()
  const close = () => {
    if (response.writableFinished) return
    gentle.abort()
    hard.abort()
  }
  response.once('close', close)
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
  response.flushHeaders()
  const line = (value: object) => response.write(`${JSON.stringify(value)}\n`)
  const heartbeat = setInterval(() => response.write('\n'), HEARTBEAT_MS)
  const live: Live = {
    signal: AbortSignal.any([gentle.signal, parts.closing]),
    abort: AbortSignal.any([hard.signal, parts.ending]),
    onEvent: (event) => line({ event }),
    onItem: (item) => line({ item }),
  }
  try {
    const made = work(live)
    if (isIterable(made)) {
      for await (const item of made) {
        if (hard.signal.aborted) break
        if (!line({ item })) await drained(response)
      }
      line({ result: null })
    } else {
      line({ result: (await made) ?? null })
    }
  } catch (error) {
    const problem = asProblem(error)
    if (problem.code === 'internal.bug')
      parts.log.error({ err: problem.cause ?? problem }, 'a call of a command failed')
    line({ problem: problem.toJSON() })
  } finally {
    clearInterval(heartbeat)
    response.end()
  }
}

function isIterable(made: AsyncIterable<unknown> | Promise<unknown>): made is AsyncIterable<unknown> {
  return Symbol.asyncIterator in made
}

/** Until the reader has taken what was written, or has gone. */
function drained(response: FastifyReply['raw']): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    if (response.destroyed) return resolve()
    response.once('drain', done).once('close', done)
  })
}

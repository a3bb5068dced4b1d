import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Segment } from './audience/segment.ts'
import { unsavedSegment } from './audience/segment-body.ts'
import type {
  AccountFacts,
  CheckStage,
  Connection,
  ConnectOptions,
  QueryColumns,
  WaitNotice,
} from './destination/destination.ts'
import type { FieldChange, FieldPlan, FieldRemoval } from './destination/user-fields.ts'
import type { Limiters } from './destination/zendesk/limits.ts'
import type { ZendeskCredential, ZendeskSettings } from './destination/zendesk/settings.ts'
import { duckdbEngine } from './engine/duckdb.ts'
import type { QueryRequest } from './engine/engine.ts'
import { asProblem, type Json, Problem } from './problem.ts'
import type { Project, Sent } from './project/project.ts'
import { SentSql } from './project/sent.ts'
import { Snapshots } from './project/snapshots.ts'
import { withHeartbeat } from './sync/heartbeat.ts'
import { copyLedger } from './sync/ledger/copy.ts'
import { Ledger, type Workflow } from './sync/ledger/ledger.ts'
import { findDrift, listDrift } from './sync/proof/drift.ts'
import { resumeOrchestration } from './sync/proof/pause.ts'
import type { DriftLine, DriftReport, RestLine, UndoReport, WhyReport } from './sync/proof/report.ts'
import { listRest, planUndo } from './sync/proof/undo.ts'
import { explain } from './sync/proof/why.ts'
import {
  type ChangeView,
  type Conflict,
  type ExitRow,
  type Flags,
  noRows,
  type PlanSummary,
  type RecordRow,
  type RunSummary,
  type WorkflowEvent,
  type WorkflowRow,
} from './sync/report.ts'
import { storedChanges, storedConflicts, storedExits, storedRecords } from './sync/stored.ts'
import { WaitMeter } from './sync/waits.ts'
import { planOrchestration, runOrchestration, runPlan, signatureOf } from './sync/workflow.ts'
import type { WorkflowContext } from './sync/workflow-context.ts'
import { Turns } from './turns.ts'

/** How a run may be stopped: `signal` lets the jobs in flight settle first, `abort` ends at once. Both resume. */
export interface Control {
  onEvent?: (event: WorkflowEvent) => void
  signal?: AbortSignal
  abort?: AbortSignal
}

export interface RunRequest extends Flags {
  /** Execute this stored plan. */
  planId: string | null
  /** Pass a tripped guard. */
  approve: boolean
}

export interface RecordFilter {
  outcome: RecordRow['outcome'] | null
  /** Rows that were sent without a value. */
  warnings: boolean
  /** What reading people back after the run has shown. */
  alerts?: boolean
}

/** A segment of the project, or one that is being edited, as it would be stored. */
export type SegmentRequest = { key: string } | { body: Json }

/** A segment in a list. */
export interface SegmentRow {
  key: string
  name: string
  /** Key of its attributes table. */
  attributes: string
  made_of: 'rules' | 'sql'
  /** Null: all. */
  fields: readonly string[] | null
}

export interface SegmentCount {
  /** People who belong to it, and people of its attributes table. */
  count: number
  total: number
  /** How long counting took, milliseconds. */
  ms: number
}

/** First rows of a result, every value as text. */
export interface Preview {
  columns: { name: string; type: string }[]
  rows: (string | null)[][]
  /** Whether there are more rows than these. */
  has_more: boolean
}

/** What is told while user fields are changed. */
export interface FieldProgress {
  onApplied?: (change: FieldChange) => void
  /** Null: the wait is over. */
  onWait?: (notice: WaitNotice | null) => void
}

/**
 * Everything that a face can ask for. Faces hold no logic.
 *
 * What plans, delivers, or reads a stored plan takes turns, in the order in which it was asked for: a run that comes while another works
 * waits, and its events say for whom. Lists that are read line by line hold their turn until they are read to the end or given up.
 */
export interface App {
  readonly project: Project
  /** Stages of a connection test; a failed stage carries its Problem. */
  check(destination: string): AsyncIterable<CheckStage>
  /** Makes and stores a plan. Sends GETs only. */
  plan(orchestration: string, flags: Flags, control?: Control): Promise<PlanSummary>
  /** Every change of a stored plan, in order. */
  changes(planId: string): AsyncIterable<ChangeView>
  /** Who cannot be sent as things stand in the account: of a plan that has read it, in the order of the result. */
  conflicts(planId: string): AsyncIterable<Conflict>
  /** People who left the result in a run, and what became of that. */
  exits(runId: string): AsyncIterable<ExitRow>
  /** Resumes or starts a workflow. Problems that stop it are part of the summary; it throws only for what happens before there is a run. */
  run(orchestration: string, request: RunRequest, control?: Control): Promise<RunSummary>
  segments(): Promise<SegmentRow[]>
  /** How many people a segment has. Reads copies of attributes tables, which are made anew when their sources have changed. */
  count(segment: SegmentRequest, control?: Control): Promise<SegmentCount>
  /** A segment as the SELECT that delivers it, with the values in it. */
  segmentSql(segment: SegmentRequest): Promise<{ sql: string }>
  /** The first rows of what can be sent; either signal ends it at once. */
  preview(sent: Sent, request: { limit: number }, control?: Control): Promise<Preview>
  /** Newest first. */
  workflows(): Promise<WorkflowRow[]>
  records(runId: string, filter: RecordFilter): AsyncIterable<RecordRow>
  /** Who does not hold any more what the orchestration delivered; with `repair` it is sent again. Reading sends GETs only. */
  drift(orchestration: string, request: { repair: boolean; approve: boolean }, control?: Control): Promise<DriftReport>
  /** Every line of a drift that was found, by its `drift_id`. */
  drifted(driftId: string): AsyncIterable<DriftLine>
  /** Plans what takes a run back and sends GETs only; `run` of the run's orchestration with `planId` executes it and pauses the orchestration. */
  undo(runId: string, control?: Control): Promise<UndoReport>
  /** What an undo leaves as it is, by its `plan.plan_id`. */
  undoRest(planId: string): AsyncIterable<RestLine>
  /** Lets a paused orchestration run again; false when it was not paused. */
  resume(orchestration: string): Promise<boolean>
  /** Everything known of one person (an external_id or an e-mail address, in any case), in all accounts of the project or in one. */
  why(key: string, field: string | null, destination?: string | null): Promise<WhyReport>
  /** Forgets what was delivered to the account of a destination; returns how many people that were. */
  forget(destination: string): Promise<number>
  /** What the account's user fields lack of those that the destination declares. Sends GETs only. */
  fieldPlan(destination: string, removal: FieldRemoval, progress?: FieldProgress): Promise<FieldPlan>
  /** Applies exactly this plan and looks whether the account shows it; see `Connection.applyFields` for what it throws. */
  applyFields(destination: string, plan: FieldPlan, progress?: FieldProgress): Promise<void>
  /** Creates, as text fields, the user fields that columns of the orchestration's query name and the account lacks; returns their keys. */
  createMissingFields(orchestration: string): Promise<string[]>
  close(): Promise<void>
}

/** An {@link App} that has the project's state open itself. */
export interface OwnApp extends App {
  /**
   * Orchestration of a run or plan, and whether it was made from query, tables and settings as they are now; null: there is no such run.
   */
  runFacts(runId: string): Promise<{ orchestration: string; isCurrent: boolean } | null>
  /** Copies the state into a folder that has none, all of one moment, also while a workflow works; see `copyLedger`. */
  copyState(dir: string): Promise<void>
}

/**
 * Opens a project's state (`.deskside/`) when it is first needed, so that a connection can be checked beside another process. A project that
 * changes while it is open, as that of a server, is asked for at each use.
 * Throws `project.locked` when another process has it.
 */
export async function openApp(project: Project | ChangingProject): Promise<OwnApp> {
  return new LocalApp('now' in project ? project : { dir: project.dir, now: () => project })
}

/** A project whose definitions change while it is open. */
export interface ChangingProject {
  dir: string
  now: () => Project
}

/** Tests a connection that need not be part of a project, stage by stage; a failed stage is the last and carries its Problem. */
export async function* testConnection(
  settings: ZendeskSettings,
  credential: ZendeskCredential,
): AsyncGenerator<CheckStage> {
  const { connectZendesk } = await import('./destination/zendesk/index.ts')
  const connection = connectZendesk(settings, credential, { env: process.env })
  try {
    yield* connection.check()
  } finally {
    await connection.close()
  }
}

/** Without a settled row for this long, a run ends with a problem; the same command continues. */
const PATIENCE_MS = 60 * 60 * 1000

class LocalApp implements OwnApp {
  readonly #source: ChangingProject
  #ledger: Promise<Ledger> | null = null
  readonly #turns = new Turns()
  /** What is known of each account's limits, kept from one connection to the next. */
  readonly #limiters: Limiters = new Map()

  readonly #stateDir: string
  readonly #snapshots: Snapshots

  constructor(source: ChangingProject) {
    this.#source = source
    this.#stateDir = join(source.dir, '.deskside')
    this.#snapshots = new Snapshots(join(this.#stateDir, 'cache'), duckdbEngine())
  }

  get project(): Project {
    return this.#source.now()
  }

  async *check(destination: string): AsyncIterable<CheckStage> {
    const connection = await this.#connect(destination, {})
    try {
      const broken: CheckStage[] = []
      let failed = false
      for await (const stage of connection.check(this.#queryColumns(destination, broken))) {
        failed ||= stage.outcome === 'failed'
        yield stage
      }
      if (!failed) yield* broken.slice(0, 1)
    } finally {
      await connection.close()
    }
  }

  async plan(orchestration: string, flags: Flags, control: Control = {}): Promise<PlanSummary> {
    return await this.#withWorkflow(orchestration, control, (context) => planOrchestration(context, flags))
  }

  async run(orchestration: string, request: RunRequest, control: Control = {}): Promise<RunSummary> {
    const { planId, approve, sample, full, live } = request
    return await this.#withWorkflow(orchestration, control, (context) =>
      planId === null
        ? runOrchestration(context, { sample, full, live }, { approve })
        : runPlan(context, planId, { approve }),
    )
  }

  async *changes(planId: string): AsyncIterable<ChangeView> {
    yield* this.#inTurn(`reading plan ${planId}`, (ledger) => storedChanges(ledger, planId))
  }

  async *conflicts(planId: string): AsyncIterable<Conflict> {
    yield* this.#inTurn(`reading plan ${planId}`, (ledger) => storedConflicts(ledger, planId))
  }

  async *exits(runId: string): AsyncIterable<ExitRow> {
    yield* this.#inTurn(`reading run ${runId}`, (ledger) => storedExits(ledger, runId))
  }

  async segments(): Promise<SegmentRow[]> {
    return [...this.project.segments.values()].map(({ key, name, attributes, fields, who }) => ({
      ...{ key, name, attributes, fields },
      made_of: 'sql' in who ? 'sql' : 'rules',
    }))
  }

  async count(segment: SegmentRequest, control: Control = {}): Promise<SegmentCount> {
    const startedAtMs = performance.now()
    const signal = eitherOf(control)
    await prepareState(this.#stateDir)
    const { request, total } = await this.#sent(signal).counting(this.#segmentOf(segment), this.#snapshots)
    const { rows } = await duckdbEngine().rows({ ...inTime(request), limit: 1, signal })
    return { count: Number(rows[0]![0]), total, ms: Math.round(performance.now() - startedAtMs) }
  }

  async segmentSql(segment: SegmentRequest): Promise<{ sql: string }> {
    const asked = await this.#sent().requestOf(this.#segmentOf(segment))
    return { sql: asked.sql }
  }

  async preview(sent: Sent, { limit }: { limit: number }, control: Control = {}): Promise<Preview> {
    const signal = eitherOf(control)
    const asked = await this.#sent(signal).request(sent)
    const { columns, rows, hasMore } = await duckdbEngine().rows({ ...inTime(asked), limit, signal })
    return { columns, rows, has_more: hasMore }
  }

  #segmentOf(segment: SegmentRequest): Segment {
    return 'body' in segment ? unsavedSegment(segment.body) : pick(this.project.segments, 'segment', segment.key)
  }

  async workflows(): Promise<WorkflowRow[]> {
    const ledger = await this.#open()
    return (await ledger.workflows()).map(workflowRow)
  }

  async *records(runId: string, filter: RecordFilter): AsyncIterable<RecordRow> {
    yield* this.#inTurn(`reading run ${runId}`, (ledger) => storedRecords(ledger, runId, filter))
  }

  async drift(
    orchestration: string,
    request: { repair: boolean; approve: boolean },
    control: Control = {},
  ): Promise<DriftReport> {
    return await this.#withWorkflow(orchestration, control, async (context) => {
      const report = await findDrift(context)
      if (!request.repair || report.plan === null) return report
      return { ...report, repair: await runPlan(context, report.plan.plan_id, { approve: request.approve }) }
    })
  }

  async *drifted(driftId: string): AsyncIterable<DriftLine> {
    yield* this.#inTurn(`reading drift ${driftId}`, (ledger) => listDrift(ledger, driftId))
  }

  async undo(runId: string, control: Control = {}): Promise<UndoReport> {
    const workflow = await (await this.#open()).workflow(runId)
    if (workflow === undefined) throw new Problem('workflow.not_found', { message: `There is no workflow ${runId}.` })
    return await this.#withWorkflow(workflow.orchestration, control, (context) => planUndo(context, runId))
  }

  async *undoRest(planId: string): AsyncIterable<RestLine> {
    yield* this.#inTurn(`reading plan ${planId}`, (ledger) => listRest(ledger, planId))
  }

  async resume(orchestration: string): Promise<boolean> {
    pick(this.project.orchestrations, 'orchestration', orchestration)
    return await resumeOrchestration(await this.#open(), orchestration)
  }

  async why(key: string, field: string | null, destination: string | null = null): Promise<WhyReport> {
    const ledger = await this.#open()
    const report: WhyReport = { key, field, people: [], requests: 0 }
    const origins = new Set<string>()
    await this.#turns.run({ work: 'why' }, async () => {
      for (const name of destination === null ? this.project.destinations.keys() : [destination]) {
        await this.#connected(name, {}, async (connection) => {
          if (origins.has(connection.origin)) return
          origins.add(connection.origin)
          report.people.push(...(await explain({ ledger, connection, destination: name, key, field })))
          report.requests += connection.requests()
        })
      }
    })
    return report
  }

  async forget(destination: string): Promise<number> {
    const ledger = await this.#open()
    return await this.#turns.run({ work: `forget ${destination}` }, () =>
      this.#connected(destination, {}, async ({ origin }) => ledger.forgetDelivered(await ledger.account(origin))),
    )
  }

  async fieldPlan(destination: string, removal: FieldRemoval, progress: FieldProgress = {}): Promise<FieldPlan> {
    return await this.#connected(destination, waitOptions(progress), (connection) => connection.planFields(removal))
  }

  async applyFields(destination: string, plan: FieldPlan, progress: FieldProgress = {}): Promise<void> {
    await this.#connected(destination, waitOptions(progress), (connection) =>
      connection.applyFields(plan, progress.onApplied),
    )
  }

  async copyState(dir: string): Promise<void> {
    await copyLedger(await this.#open(), dir)
  }

  async runFacts(runId: string): Promise<{ orchestration: string; isCurrent: boolean } | null> {
    const workflow = await (await this.#open()).workflow(runId)
    if (workflow === undefined) return null
    const { orchestration, flags, signature, plan } = workflow
    const defined = this.project.orchestrations.get(orchestration)
    if (defined === undefined || plan?.origin !== 'query') return { orchestration, isCurrent: false }
    const settings = pick(this.project.destinations, 'destination', defined.destination)
    try {
      const context = { query: await this.#sent().request(defined.sends), settingsText: settingsText(settings) }
      return { orchestration, isCurrent: signatureOf(context, flags) === signature }
    } catch (error) {
      // A segment that cannot be bound now, as its source has gone, is not what the run was made from; the run can be looked at all the same.
      if (error instanceof Problem && error.code !== 'internal.bug') return { orchestration, isCurrent: false }
      throw error
    }
  }

  /** What can be sent, as an engine takes it. */
  #sent(signal?: AbortSignal): SentSql {
    return new SentSql(this.project, duckdbEngine(), signal)
  }

  async createMissingFields(orchestration: string): Promise<string[]> {
    const { sends, destination } = pick(this.project.orchestrations, 'orchestration', orchestration)
    const columns = (await this.#sent().columns(sends)).map(({ name }) => name)
    const keys = await this.#connected(destination, {}, async (connection) => unknownFields(connection, columns))
    if (keys.length === 0) return []
    const declared = Object.fromEntries(keys.map((key) => [key, { type: 'text' as const, title: key, active: true }]))
    const settings = { ...pick(this.project.destinations, 'destination', destination), user_fields: declared }
    const connection = await this.#connectTo(settings, {})
    try {
      await connection.applyFields(await connection.planFields({ options: false, fields: [] }))
    } finally {
      await connection.close()
    }
    return keys
  }

  async close(): Promise<void> {
    const ledger = await this.#ledger
    await ledger?.close()
  }

  async #open(): Promise<Ledger> {
    this.#ledger ??= openState(this.#stateDir)
    return await this.#ledger
  }

  /** Runs `work` in its turn, with a connection of its own. */
  async #withWorkflow<T>(key: string, control: Control, work: (context: WorkflowContext) => Promise<T>): Promise<T> {
    const orchestration = pick(this.project.orchestrations, 'orchestration', key)
    const query = await this.#sent().request(orchestration.sends)
    const settings = pick(this.project.destinations, 'destination', orchestration.destination)
    const ledger = await this.#open()
    const waits = new WaitMeter()
    const { onEvent, stop } = withHeartbeat((event) => {
      waits.event(event, performance.now(), Date.now())
      control.onEvent?.(event)
    })
    const tellWait = (notice: { why: string; untilMs: number | null } | null) =>
      onEvent({ type: 'waiting', why: notice?.why ?? null, untilMs: notice?.untilMs ?? null })
    try {
      return await this.#turns.run(
        { work: `orchestration ${key}`, signals: [control.signal, control.abort], onWait: tellWait },
        async () =>
          await this.#connected(
            orchestration.destination,
            { signal: control.abort, onWait: tellWait },
            async (connection) => {
              let facts: Promise<AccountFacts> | null = null
              return await work({
                ledger,
                connection,
                readAccount: () => {
                  facts ??= connection.readAccount()
                  return facts
                },
                engine: duckdbEngine(),
                orchestration: key,
                orchestrations: [...this.project.orchestrations.keys()],
                query,
                settings,
                settingsText: settingsText(settings),
                patienceMs: PATIENCE_MS,
                onEvent,
                waitedMs: () => waits.waitedMs(performance.now()),
                signal: control.signal,
                abort: control.abort,
              })
            },
          ),
      )
    } finally {
      stop()
    }
  }

  /** Reads line by line in its turn: two readers, or a reader and a workflow, would attach plans under one name. */
  async *#inTurn<T>(work: string, read: (ledger: Ledger) => AsyncIterable<T>): AsyncIterable<T> {
    const ledger = await this.#open()
    const end = await this.#turns.take({ work })
    try {
      yield* read(ledger)
    } finally {
      end()
    }
  }

  async #connected<T>(
    destination: string,
    options: ConnectOptions,
    use: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const connection = await this.#connect(destination, options)
    try {
      return await use(connection)
    } finally {
      await connection.close()
    }
  }

  /** Columns of whatever is sent to the destination; what cannot be bound becomes a failed stage. */
  async *#queryColumns(destination: string, broken: CheckStage[]): AsyncIterable<QueryColumns> {
    const orchestrations = [...this.project.orchestrations.values()].filter((one) => one.destination === destination)
    const sent = new Map(orchestrations.map(({ sends }) => [`${sends.kind} ${sends.key}`, sends]))
    const source = this.#sent()
    for (const sends of sent.values()) {
      try {
        const columns = await source.columns(sends)
        yield { name: sends.key, columns: columns.map((column) => column.name) }
      } catch (error) {
        const problem = asProblem(error)
        const title = `${sentNouns[sends.kind]} ${sends.key}`
        broken.push({ stage: 'query', title, outcome: 'failed', detail: problem.message, problem })
      }
    }
  }

  async #connect(destination: string, options: ConnectOptions): Promise<Connection> {
    return await this.#connectTo(pick(this.project.destinations, 'destination', destination), options)
  }

  async #connectTo(settings: ZendeskSettings, options: ConnectOptions): Promise<Connection> {
    const credential = pick(this.project.credentials, 'credential', settings.credential)
    const { connectZendesk } = await import('./destination/zendesk/index.ts')
    return connectZendesk(settings, credential, { ...options, env: process.env, limiters: this.#limiters })
  }
}

const sentNouns = { query: 'Query', segment: 'Segment', attributes_table: 'Attributes table' } as const

/** What of the settings decides what is sent: labels, and who may use the destination, do not. */
function settingsText({ name, description, admin_only, limited_pii, ...sending }: ZendeskSettings): string {
  return JSON.stringify(sending)
}

/** Keys of the user fields that these columns name and the account lacks. */
async function unknownFields(connection: Connection, columns: readonly string[]): Promise<string[]> {
  const account = await connection.readAccount()
  try {
    account.mapColumns(columns)
    return []
  } catch (error) {
    const problem = asProblem(error)
    if (problem.code !== 'zendesk.unknown_user_field') throw problem
    return (problem.data.columns as string[]).map((column) => column.trim().slice('user_fields.'.length))
  }
}

function waitOptions({ onWait }: FieldProgress): ConnectOptions {
  return onWait === undefined ? {} : { onWait }
}

/** The folder of the project's state; only its owner reads it, and git never sees it. */
async function prepareState(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await writeFile(join(dir, '.gitignore'), '*\n')
}

async function openState(dir: string): Promise<Ledger> {
  await prepareState(dir)
  return await Ledger.open(dir)
}

/** Somebody waits for what is looked at. */
const lookingMs = 120_000

function inTime<T extends Pick<QueryRequest, 'limits'>>(asked: T): T {
  const { memoryMib, timeoutMs } = asked.limits
  return { ...asked, limits: { memoryMib, timeoutMs: Math.min(timeoutMs, lookingMs) } }
}

/** Aborts when either does: what sends nothing has nothing to settle. */
function eitherOf({ signal, abort }: Control): AbortSignal {
  return AbortSignal.any([signal, abort].filter((one) => one !== undefined))
}

function pick<T>(defined: ReadonlyMap<string, T>, kind: string, key: string): T {
  const found = defined.get(key)
  if (found !== undefined) return found
  const names = [...defined.keys()].join(', ')
  throw new Problem('config.unknown_object', {
    message: `deskside.yml defines no ${kind} "${key}".`,
    fix: names === '' ? `Define the ${kind} in deskside.yml.` : `Use one of: ${names}.`,
  })
}

function workflowRow(workflow: Workflow): WorkflowRow {
  const planned = workflow.plan?.rows.total ?? 0
  return {
    run_id: workflow.run,
    orchestration: workflow.orchestration,
    // Plans of older releases do not say.
    origin: workflow.plan?.origin ?? 'query',
    status: workflow.state,
    started_at: workflow.startedAt.toISOString(),
    ended_at: workflow.endedAt?.toISOString() ?? null,
    rows: workflow.counts ?? { ...noRows(), total: planned, pending: planned },
    confirmed: workflow.confirmed,
    problem_code: workflow.problem?.code ?? null,
  }
}

import { join } from 'node:path'
import { Accounts, waitOptions } from './accounts.ts'
import { AtWork } from './at-work.ts'
import type { ResultPii, TableColumn } from './audience/pii.ts'
import type { TableTags } from './audience/tags.ts'
import { defined } from './defined.ts'
import type { AccountFacts, CheckStage, WaitNotice } from './destination/destination.ts'
import type { FieldChange, FieldPlan, FieldRemoval } from './destination/user-fields.ts'
import type { OriginEnvironment } from './destination/zendesk/origin.ts'
import { isPersonalColumn } from './destination/zendesk/personal.ts'
import { duckdbEngine } from './engine/duckdb.ts'
import { Problem } from './problem.ts'
import type { ColumnCheck } from './project/column-check.ts'
import type { ColumnUse } from './project/column-uses.ts'
import type { TableName } from './project/databases.ts'
import {
  eitherOf,
  type Looked,
  Looking,
  type Preview,
  type PreviewRequest,
  prepareState,
  type QueryText,
  type QueryTextRequest,
  type SegmentCount,
  type SegmentRequest,
  type SegmentRow,
  type SegmentText,
  type TableDetail,
  type TableRow,
  type TableStatus,
} from './project/looking.ts'
import { type Project, type Sent, settingsText } from './project/project.ts'
import { sentColumns } from './project/sent-columns.ts'
import { textFields, unknownFields } from './project/unknown-fields.ts'
import type { FoundPerson, PeopleSearch } from './sync/find-people.ts'
import { withHeartbeat } from './sync/heartbeat.ts'
import { copyLedger } from './sync/ledger/copy.ts'
import { Ledger } from './sync/ledger/ledger.ts'
import { pausedSince, resumeOrchestration } from './sync/proof/pause.ts'
import type { DriftLine, DriftReport, RestLine, UndoReport, WhyReport } from './sync/proof/report.ts'
import type { RecordFilter } from './sync/records.ts'
import type {
  ChangeFilter,
  ChangeView,
  Conflict,
  ExitRow,
  Flags,
  PlanSummary,
  RecordRow,
  RunSummary,
  StoredPlan,
  WorkflowEvent,
  WorkflowRow,
} from './sync/report.ts'
import { WaitMeter } from './sync/waits.ts'
import type { WorkflowContext } from './sync/workflow-context.ts'
import { workflowRow } from './sync/workflow-row.ts'
import { Turns } from './turns.ts'

export { testConnection } from './destination/zendesk/test-connection.ts'
export type { ColumnCheck } from './project/column-check.ts'
export type * from './project/looking.ts'
export type { RecordFilter } from './sync/records.ts'

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
  /** Stages of a connection test; a failed stage carries its Problem. */
  check(destination: string): AsyncIterable<CheckStage>
  /** Makes and stores a plan. Sends GETs only. */
  plan(orchestration: string, flags: Flags, control?: Control): Promise<PlanSummary>
  /** What was planned, without the people in it. */
  storedPlan(planId: string): Promise<StoredPlan>
  /** Every change of a stored plan, or of some people in it, in order. */
  changes(planId: string, filter?: ChangeFilter | null): AsyncIterable<ChangeView>
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
  segmentSql(segment: SegmentRequest): Promise<SegmentText>
  /** A query as the SELECT that it is, with the values in it. */
  querySql(query: QueryTextRequest): Promise<QueryText>
  /** The first rows of what can be sent, or of SQL that is tried; either signal ends it at once. */
  preview(asked: PreviewRequest, request: { limit: number }, control?: Control): Promise<Preview>
  /** Every row of what can be sent, for a file. Throws `query.too_many_rows` beyond 100,000. */
  rows(sent: Sent, control?: Control): Promise<Preview>
  /** What would become of each column at a destination. Runs no query; asks the account, by GETs, unless `live` is false. */
  checkColumns(what: Looked, destination: string, request: { live: boolean }, control?: Control): Promise<ColumnCheck>
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
  /**
   * The columns of a declared table, with what is known of each but its values. Reads the table. Its name may have that of its database before
   * it (`billing.Invoices`), and must where several databases have one: `config.which_database`.
   */
  columns(table: string): Promise<TableColumn[]>
  /** Every table of a database, or of all (null), with its figures. Reads those that nobody has looked at since they were changed. */
  tables(database: string | null): Promise<TableRow[]>
  /** A table with its figures and the most usual values of each column; taken anew, or as somebody has looked at it before. */
  table(name: string, request: { refresh: boolean }): Promise<TableDetail>
  /** What would break, or lose something, if a column of a table went. Runs no query. */
  columnUses(table: string, column: string, control?: Control): Promise<ColumnUse[]>
  /** Which columns of the orchestration's query are personal: by where they come from, or because of what they feed. Runs no query. */
  piiOfOrchestration(orchestration: string): Promise<ResultPii[]>
  close(): Promise<void>
}

/** What is told of what was planned and run, without a look at the project's definitions. */
export type StoredRuns = Pick<
  App,
  'changes' | 'conflicts' | 'exits' | 'workflows' | 'records' | 'drifted' | 'undoRest' | 'close'
>

/** An {@link App} that has the project's state open itself. */
export interface OwnApp extends App {
  /** What a connection fails with; null: it works. No query is looked at. */
  connectionProblem(destination: string): Promise<Problem | null>
  /**
   * Orchestration of a run or plan, and whether it was made from query, tables and settings as they are now; null: there is no such run.
   */
  runFacts(runId: string): Promise<{ orchestration: string; isCurrent: boolean } | null>
  /** Who was delivered, by what somebody knows of them, the best first. Asks no account, and waits for no workflow. */
  findPeople(search: PeopleSearch): Promise<FoundPerson[]>
  /** Since when an orchestration is paused; null: it is not. */
  pausedSince(orchestration: string): Promise<string | null>
  /** What is known of a table without reading it. Throws `config.unknown_object`. */
  tableStatus(table: TableName): Promise<TableStatus>
  /** Counts `work` among what reads tables, as everything does here that does. */
  reading<T>(work: () => Promise<T>): Promise<T>
  /** Resolves when nothing reads tables any more that has begun before; never rejects. */
  readersEnded(): Promise<void>
  /** Copies the state into a folder that has none, all of one moment, also while a workflow works; see `copyLedger`. */
  copyState(dir: string): Promise<void>
}

/**
 * Opens a project's state (`.deskside/`) when it is first needed, so that a connection can be checked beside another process. A project that
 * changes while it is open, as that of a server, is asked for at each use. `confirmedTags`: what people have confirmed of columns, where there
 * is a control store. `env` says where requests may go. `now`: what runs are dated by.
 * Throws `project.locked` when another process has it.
 */
export async function openApp(
  project: Project | ChangingProject,
  confirmedTags?: () => Promise<TableTags>,
  env: OriginEnvironment = process.env,
  now?: () => Date,
): Promise<OwnApp> {
  return new LocalApp('now' in project ? project : { dir: project.dir, now: () => project }, confirmedTags, env, now)
}

/** The stored runs of the project in `dir`, whatever has become of its definitions. Throws as {@link openApp} does. */
export function openStoredRuns(dir: string): StoredRuns {
  const now = (): Project => {
    throw new Problem('internal.bug', { message: 'A definition was asked for where only stored runs are read.' })
  }
  return new LocalApp({ dir, now })
}

/** A project whose definitions change while it is open. */
export interface ChangingProject {
  dir: string
  now: () => Project
}

/** Without a settled row for this long, a run ends with a problem; the same command continues. */
const PATIENCE_MS = 60 * 60 * 1000

/**
 * What a call needs is loaded by the call, when it has its turn, so that loading changes no order: a command that only lists runs starts
 * sooner.
 */
class LocalApp implements OwnApp {
  readonly #source: ChangingProject
  #ledger: Promise<Ledger> | null = null
  readonly #turns = new Turns()
  readonly #readers = new AtWork()
  readonly #accounts: Accounts
  readonly #stateDir: string
  readonly #looking: Looking
  readonly #now: () => Date

  constructor(
    source: ChangingProject,
    confirmedTags: () => Promise<TableTags> = async () => new Map(),
    env: OriginEnvironment = process.env,
    now: () => Date = () => new Date(),
  ) {
    this.#source = source
    this.#accounts = new Accounts(() => source.now(), env)
    this.#now = now
    const stateDir = join(source.dir, '.deskside')
    this.#stateDir = stateDir
    this.#looking = new Looking({ project: () => source.now(), engine: duckdbEngine(), stateDir, confirmedTags })
  }

  get #project(): Project {
    return this.#source.now()
  }

  async *check(destination: string): AsyncIterable<CheckStage> {
    const connection = await this.#accounts.connect(destination, {})
    try {
      const broken: CheckStage[] = []
      let failed = false
      const columns = sentColumns(this.#project, destination, await this.#looking.sent(), broken)
      for await (const stage of connection.check(columns)) {
        failed ||= stage.outcome === 'failed'
        yield stage
      }
      if (!failed) yield* broken.slice(0, 1)
    } finally {
      await connection.close()
    }
  }

  connectionProblem(destination: string): Promise<Problem | null> {
    return this.#accounts.connected(destination, {}, async (connection) => {
      for await (const { problem } of connection.check()) if (problem !== undefined) return problem
      return null
    })
  }

  async plan(orchestration: string, flags: Flags, control: Control = {}): Promise<PlanSummary> {
    return await this.#withWorkflow(orchestration, control, async (context) =>
      (await import('./sync/workflow.ts')).planOrchestration(context, flags),
    )
  }

  async run(orchestration: string, request: RunRequest, control: Control = {}): Promise<RunSummary> {
    const { planId, approve, sample, full, live } = request
    return await this.#withWorkflow(orchestration, control, async (context) => {
      const { runOrchestration, runPlan } = await import('./sync/workflow.ts')
      return planId === null
        ? await runOrchestration(context, { sample, full, live }, { approve })
        : await runPlan(context, planId, { approve })
    })
  }

  async storedPlan(planId: string): Promise<StoredPlan> {
    const ledger = await this.#open()
    return await (await import('./sync/stored.ts')).storedPlan(ledger, planId)
  }

  async *changes(planId: string, filter: ChangeFilter | null = null): AsyncIterable<ChangeView> {
    yield* this.#inTurn(`reading plan ${planId}`, async (ledger) =>
      (await import('./sync/stored.ts')).storedChanges(ledger, planId, filter),
    )
  }

  async *conflicts(planId: string): AsyncIterable<Conflict> {
    yield* this.#inTurn(`reading plan ${planId}`, async (ledger) =>
      (await import('./sync/stored.ts')).storedConflicts(ledger, planId),
    )
  }

  async *exits(runId: string): AsyncIterable<ExitRow> {
    yield* this.#inTurn(`reading run ${runId}`, async (ledger) =>
      (await import('./sync/stored.ts')).storedExits(ledger, runId),
    )
  }

  async segments(): Promise<SegmentRow[]> {
    return this.#looking.segments()
  }

  count(segment: SegmentRequest, control: Control = {}): Promise<SegmentCount> {
    return this.reading(() => this.#looking.count(segment, eitherOf(control)))
  }

  segmentSql(segment: SegmentRequest): Promise<SegmentText> {
    return this.reading(() => this.#looking.segmentSql(segment))
  }

  querySql(query: QueryTextRequest): Promise<QueryText> {
    return this.reading(() => this.#looking.querySql(query))
  }

  preview(asked: PreviewRequest, { limit }: { limit: number }, control: Control = {}): Promise<Preview> {
    return this.reading(() => this.#looking.preview(asked, limit, eitherOf(control)))
  }

  rows(sent: Sent, control: Control = {}): Promise<Preview> {
    return this.reading(() => this.#looking.rows(sent, eitherOf(control)))
  }

  async checkColumns(
    sent: Looked,
    destination: string,
    { live }: { live: boolean },
    control: Control = {},
  ): Promise<ColumnCheck> {
    const settings = this.#accounts.settingsOf(destination)
    const { checkSentColumns } = await import('./project/column-check.ts')
    const [signal, looking] = [eitherOf(control), this.#looking]
    const connect = live ? () => this.#accounts.connect(destination, { signal }) : null
    return await this.reading(() => checkSentColumns({ sent, destination, settings, looking, signal, connect }))
  }

  async workflows(): Promise<WorkflowRow[]> {
    const ledger = await this.#open()
    return (await ledger.workflows()).map(workflowRow)
  }

  async *records(runId: string, filter: RecordFilter): AsyncIterable<RecordRow> {
    yield* this.#inTurn(`reading run ${runId}`, async (ledger) =>
      (await import('./sync/stored.ts')).storedRecords(ledger, runId, filter),
    )
  }

  async drift(
    orchestration: string,
    request: { repair: boolean; approve: boolean },
    control: Control = {},
  ): Promise<DriftReport> {
    return await this.#withWorkflow(orchestration, control, async (context) => {
      const { findDrift } = await import('./sync/proof/drift.ts')
      const { runPlan } = await import('./sync/workflow.ts')
      const report = await findDrift(context)
      if (!request.repair || report.plan === null) return report
      return { ...report, repair: await runPlan(context, report.plan.plan_id, { approve: request.approve }) }
    })
  }

  async *drifted(driftId: string): AsyncIterable<DriftLine> {
    yield* this.#inTurn(`reading drift ${driftId}`, async (ledger) =>
      (await import('./sync/proof/drift.ts')).listDrift(ledger, driftId),
    )
  }

  async undo(runId: string, control: Control = {}): Promise<UndoReport> {
    const workflow = await (await this.#open()).workflow(runId)
    if (workflow === undefined) throw new Problem('workflow.not_found', { message: `There is no workflow ${runId}.` })
    return await this.#withWorkflow(workflow.orchestration, control, async (context) =>
      (await import('./sync/proof/undo.ts')).planUndo(context, runId),
    )
  }

  async *undoRest(planId: string): AsyncIterable<RestLine> {
    yield* this.#inTurn(`reading plan ${planId}`, async (ledger) =>
      (await import('./sync/proof/undo.ts')).listRest(ledger, planId),
    )
  }

  async resume(orchestration: string): Promise<boolean> {
    defined(this.#project.orchestrations, 'orchestration', orchestration)
    return await resumeOrchestration(await this.#open(), orchestration)
  }

  async pausedSince(orchestration: string): Promise<string | null> {
    return await pausedSince(await this.#open(), orchestration)
  }

  async why(key: string, field: string | null, destination: string | null = null): Promise<WhyReport> {
    const ledger = await this.#open()
    const report: WhyReport = { key, field, people: [], requests: 0 }
    const origins = new Set<string>()
    await this.#turns.run({ work: 'why' }, async () => {
      const { explain } = await import('./sync/proof/why.ts')
      for (const name of destination === null ? this.#project.destinations.keys() : [destination]) {
        await this.#accounts.connected(name, {}, async (connection) => {
          if (origins.has(connection.origin)) return
          origins.add(connection.origin)
          report.people.push(...(await explain({ ledger, connection, destination: name, key, field })))
          report.requests += connection.requests()
        })
      }
    })
    return report
  }

  async findPeople(search: PeopleSearch): Promise<FoundPerson[]> {
    const { findPeople } = await import('./sync/find-people.ts')
    return await findPeople(await this.#open(), await this.#accounts.places(search.destinations), search)
  }

  async forget(destination: string): Promise<number> {
    const ledger = await this.#open()
    return await this.#turns.run({ work: `forget ${destination}` }, () =>
      this.#accounts.connected(destination, {}, async ({ origin }) =>
        ledger.forgetDelivered(await ledger.account(origin)),
      ),
    )
  }

  async fieldPlan(destination: string, removal: FieldRemoval, progress: FieldProgress = {}): Promise<FieldPlan> {
    return await this.#accounts.connected(destination, waitOptions(progress), (connection) =>
      connection.planFields(removal),
    )
  }

  async applyFields(destination: string, plan: FieldPlan, progress: FieldProgress = {}): Promise<void> {
    await this.#accounts.connected(destination, waitOptions(progress), (connection) =>
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
    const found = this.#project.orchestrations.get(orchestration)
    if (found === undefined || plan?.origin !== 'query') return { orchestration, isCurrent: false }
    const settings = this.#accounts.settingsOf(found.destination)
    const { signatureOf } = await import('./sync/workflow.ts')
    try {
      const context = {
        query: await (await this.#looking.sent()).request(found.sends),
        settingsText: settingsText(settings, found),
      }
      return { orchestration, isCurrent: signatureOf(context, flags) === signature }
    } catch (error) {
      // A segment that cannot be bound now, as its source has gone, is not what the run was made from; the run can be looked at all the same.
      if (error instanceof Problem && error.code !== 'internal.bug') return { orchestration, isCurrent: false }
      throw error
    }
  }

  async createMissingFields(orchestration: string): Promise<string[]> {
    const { sends, destination } = defined(this.#project.orchestrations, 'orchestration', orchestration)
    const sent = await this.#looking.sent()
    const columns = (await this.reading(() => sent.columns(sends))).map(({ name }) => name)
    const keys = await this.#accounts.connected(destination, {}, async (connection) =>
      unknownFields(connection, columns),
    )
    if (keys.length === 0) return []
    await this.#accounts.connected(
      destination,
      {},
      async (connection) => connection.applyFields(await connection.planFields({ options: false, fields: [] })),
      { ...this.#accounts.settingsOf(destination), user_fields: textFields(keys) },
    )
    return keys
  }

  columns(table: string): Promise<TableColumn[]> {
    return this.reading(() => this.#looking.columns(table))
  }

  tables(database: string | null): Promise<TableRow[]> {
    return this.reading(() => this.#looking.tables(database))
  }

  table(name: string, request: { refresh: boolean }): Promise<TableDetail> {
    return this.reading(() => this.#looking.table(name, request))
  }

  tableStatus(table: TableName): Promise<TableStatus> {
    return this.#looking.tableStatus(table)
  }

  reading<T>(work: () => Promise<T>): Promise<T> {
    return this.#readers.run(work)
  }

  readersEnded(): Promise<void> {
    return this.#readers.ended()
  }

  columnUses(table: string, column: string, control: Control = {}): Promise<ColumnUse[]> {
    return this.reading(() => this.#looking.columnUses(table, column, eitherOf(control)))
  }

  async piiOfOrchestration(orchestration: string): Promise<ResultPii[]> {
    const { sends } = defined(this.#project.orchestrations, 'orchestration', orchestration)
    const columns = await this.reading(() => this.#looking.piiOf(sends))
    return columns.map((one) => ({ ...one, pii: one.pii || isPersonalColumn(one.column) }))
  }

  async close(): Promise<void> {
    const ledger = await this.#ledger
    await ledger?.close()
  }

  async #open(): Promise<Ledger> {
    this.#ledger ??= prepareState(this.#stateDir).then(() => Ledger.open(this.#stateDir))
    return await this.#ledger
  }

  /** Runs `work` in its turn, with a connection of its own. Where a run begins its files are named; they stay until it is through. */
  #withWorkflow<T>(key: string, control: Control, work: (context: WorkflowContext) => Promise<T>): Promise<T> {
    return this.reading(() => this.#inWorkflow(key, control, work))
  }

  async #inWorkflow<T>(key: string, control: Control, work: (context: WorkflowContext) => Promise<T>): Promise<T> {
    const orchestration = defined(this.#project.orchestrations, 'orchestration', key)
    const query = await (await this.#looking.sent()).request(orchestration.sends)
    const settings = this.#accounts.settingsOf(orchestration.destination)
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
          await this.#accounts.connected(
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
                orchestrations: [...this.#project.orchestrations.keys()],
                alerts: orchestration.alerts,
                query,
                settings,
                settingsText: settingsText(settings, orchestration),
                patienceMs: PATIENCE_MS,
                now: this.#now,
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
  async *#inTurn<T>(work: string, read: (ledger: Ledger) => Promise<AsyncIterable<T>>): AsyncIterable<T> {
    const ledger = await this.#open()
    const end = await this.#turns.take({ work })
    try {
      yield* await read(ledger)
    } finally {
      end()
    }
  }
}

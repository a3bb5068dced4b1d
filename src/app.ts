import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AccountFacts, CheckStage, Connection, ConnectOptions } from './destination/destination.ts'
import { duckdbEngine } from './engine/duckdb.ts'
import { Problem } from './problem.ts'
import type { Project } from './project/project.ts'
import { Ledger, type Workflow } from './sync/ledger/ledger.ts'
import {
  type ChangeView,
  type Flags,
  noRows,
  type PlanSummary,
  type RecordRow,
  type RunSummary,
  type WorkflowEvent,
  type WorkflowRow,
} from './sync/report.ts'
import { storedChanges, storedRecords } from './sync/stored.ts'
import { planOrchestration, runOrchestration, runPlan } from './sync/workflow.ts'
import type { WorkflowContext } from './sync/workflow-context.ts'

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
}

/** Everything that a face can ask for. Faces hold no logic. */
export interface App {
  readonly project: Project
  /** Stages of a connection test; a failed stage carries its Problem. */
  check(destination: string): AsyncIterable<CheckStage>
  /** Makes and stores a plan. Sends GETs only. */
  plan(orchestration: string, flags: Flags, control?: Control): Promise<PlanSummary>
  /** Every change of a stored plan, in order. */
  changes(planId: string): AsyncIterable<ChangeView>
  /** Resumes or starts a workflow. Problems that stop it are part of the summary; it throws only for what happens before there is a run. */
  run(orchestration: string, request: RunRequest, control?: Control): Promise<RunSummary>
  /** Newest first. */
  workflows(): Promise<WorkflowRow[]>
  records(runId: string, filter: RecordFilter): AsyncIterable<RecordRow>
  /** Forgets what was delivered to the account of a destination; returns how many people that were. */
  forget(destination: string): Promise<number>
  close(): Promise<void>
}

/**
 * Opens a project's state (`.deskside/`) when it is first needed, so that a connection can be checked beside another process.
 * Throws `project.locked` when another process has it.
 */
export async function openApp(project: Project): Promise<App> {
  return new LocalApp(project)
}

/** Without a settled row for this long, a run ends with a problem; the same command continues. */
const PATIENCE_MS = 60 * 60 * 1000

class LocalApp implements App {
  readonly project: Project
  #ledger: Promise<Ledger> | null = null

  constructor(project: Project) {
    this.project = project
  }

  async *check(destination: string): AsyncIterable<CheckStage> {
    const connection = await this.#connect(destination, {})
    try {
      yield* connection.check()
    } finally {
      await connection.close()
    }
  }

  async plan(orchestration: string, flags: Flags, control: Control = {}): Promise<PlanSummary> {
    return await this.#withWorkflow(orchestration, control, (context) => planOrchestration(context, flags))
  }

  async run(orchestration: string, request: RunRequest, control: Control = {}): Promise<RunSummary> {
    const { planId, approve, sample, full } = request
    return await this.#withWorkflow(orchestration, control, (context) =>
      planId === null
        ? runOrchestration(context, { sample, full }, { approve })
        : runPlan(context, planId, { approve }),
    )
  }

  async *changes(planId: string): AsyncIterable<ChangeView> {
    const ledger = await this.#open()
    yield* storedChanges(ledger, planId)
  }

  async workflows(): Promise<WorkflowRow[]> {
    const ledger = await this.#open()
    return (await ledger.workflows()).map(workflowRow)
  }

  async *records(runId: string, filter: RecordFilter): AsyncIterable<RecordRow> {
    const ledger = await this.#open()
    yield* storedRecords(ledger, runId, filter)
  }

  async forget(destination: string): Promise<number> {
    const ledger = await this.#open()
    const connection = await this.#connect(destination, {})
    try {
      return await ledger.forgetDelivered(await ledger.account(connection.origin))
    } finally {
      await connection.close()
    }
  }

  async close(): Promise<void> {
    const ledger = await this.#ledger
    await ledger?.close()
  }

  async #open(): Promise<Ledger> {
    this.#ledger ??= openState(join(this.project.dir, '.deskside'))
    return await this.#ledger
  }

  async #withWorkflow<T>(key: string, control: Control, work: (context: WorkflowContext) => Promise<T>): Promise<T> {
    const orchestration = pick(this.project.orchestrations, 'orchestration', key)
    const query = pick(this.project.queries, 'query', orchestration.query)
    const settings = pick(this.project.destinations, 'destination', orchestration.destination)
    const ledger = await this.#open()
    const onEvent = control.onEvent ?? (() => {})
    const connection = await this.#connect(orchestration.destination, {
      signal: control.abort,
      onWait: (notice) => onEvent({ type: 'waiting', why: notice?.why ?? null, untilMs: notice?.untilMs ?? null }),
    })
    try {
      const { tables, timeZone, limits } = this.project
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
        query: { tables, sql: query.sql, file: query.file, timeZone, limits },
        settings,
        settingsText: JSON.stringify(settings),
        patienceMs: PATIENCE_MS,
        onEvent,
        signal: control.signal,
        abort: control.abort,
      })
    } finally {
      await connection.close()
    }
  }

  async #connect(destination: string, options: ConnectOptions): Promise<Connection> {
    const settings = pick(this.project.destinations, 'destination', destination)
    const credential = pick(this.project.credentials, 'credential', settings.credential)
    const { connectZendesk } = await import('./destination/zendesk/index.ts')
    return connectZendesk(settings, credential, { ...options, env: process.env })
  }
}

/** The project's state; only its owner reads it, and git never sees it. */
async function openState(dir: string): Promise<Ledger> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await writeFile(join(dir, '.gitignore'), '*\n')
  return await Ledger.open(dir)
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
    status: workflow.state,
    started_at: workflow.startedAt.toISOString(),
    ended_at: workflow.endedAt?.toISOString() ?? null,
    rows: workflow.counts ?? { ...noRows(), total: planned, pending: planned },
    problem_code: workflow.problem?.code ?? null,
  }
}

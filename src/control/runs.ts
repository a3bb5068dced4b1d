import { type Action, type Actor, actorId, mayDo } from '../access/authorize.ts'
import { asProblem, type Json, Problem, type ProblemCode } from '../problem.ts'
import type { Sent } from '../project/project.ts'
import { timeZoneMistake } from '../project/time-zone.ts'
import type { Page, PageRequest, Trigger, WorkflowFilter, WorkflowHeader } from '../store/store.ts'
import type { RunSummary, WorkflowEvent, WorkflowRow } from '../sync/report.ts'
import { type Catalog, sentBy } from './catalog.ts'
import type { Resolution, StartRequest, Task, Workflows, WorkflowView } from './control.ts'
import { byDay, type Day, earliestOf } from './days.ts'
import type { Gate } from './gate.ts'
import {
  changeHeader,
  findWorkflow,
  HeaderLog,
  type HeaderParts,
  type LiveProgress,
  noteEnd,
  progressAfter,
} from './header-log.ts'
import { historyLimits } from './history.ts'
import type { Reach } from './reach.ts'
import { redactedHeader, redactedRowGroup } from './redaction.ts'
import { involvedIn, Repairs } from './repairs.ts'
import { resolutionsOf, rowGroup } from './resolutions.ts'
import { againTasks, newTasks } from './tasks.ts'

export interface RunParts extends HeaderParts {
  catalog: Catalog
  gate: Gate
  reach: Reach
  newId: () => string
  wait: (delayMs: number, signal: AbortSignal) => Promise<void>
  /** A run has ended, well or not; what fails here changes nothing of that. */
  onSummary: (summary: RunSummary) => Promise<void>
}

/** A workflow that is being executed. */
interface Live {
  stop: AbortController
  kill: AbortController
  /** Somebody asked for the stop; otherwise the server is going down, and the workflow is to go on afterwards. */
  isAskedFor: boolean
  progress: LiveProgress | null
}

const resting = ['stopped', 'error'] as const

/** Ways out that change more than the workflow need the right to that, too. */
const furtherNeeds: { [action in Resolution['action']]?: readonly Action[] } = {
  one_by_one: ['destination:write'],
  create_fields: ['destination:fields'],
}

/** Pause after the queue could not be worked at. */
const RETRY_MS = 5_000

/**
 * The queue of workflows and what is done with them. Waiting ones are executed, oldest first, one at a time: the engine lets one work at a
 * time anyway. A waiting one whose attempt has ended waits for somebody's approval. The problem of an attempt stays until the next one ends.
 */
export class Runs implements Workflows {
  readonly #parts: RunParts
  readonly #live = new Map<string, Live>()
  readonly #repairs: Repairs
  #wake: () => void = () => {}
  #worker: Promise<void> | null = null
  /** What commands beside the server have begun. */
  readonly #beside = new Set<Promise<unknown>>()
  readonly #closing = new AbortController()

  constructor(parts: RunParts) {
    this.#parts = parts
    this.#repairs = new Repairs(parts)
  }

  /** Makes headers agree with the ledger, then works at the queue until {@link close}. */
  async begin(): Promise<void> {
    await this.#reconcile()
    this.#worker = this.#work()
  }

  /** Lets the jobs in flight of the running workflow settle for `graceMs`, then cuts it short; it goes on after the next start. */
  async close(graceMs: number): Promise<void> {
    this.#closing.abort()
    this.#wake()
    for (const { stop } of this.#live.values()) stop.abort()
    const timer = setTimeout(() => {
      for (const { kill } of this.#live.values()) kill.abort()
    }, graceMs)
    await this.#worker
    await Promise.all(this.#beside)
    clearTimeout(timer)
  }

  /** Something may be waiting. */
  kick(): void {
    this.#wake()
  }

  async start(
    actor: Actor,
    orchestration: string,
    request: StartRequest,
    trigger: 'manual' | 'api' = 'manual',
  ): Promise<WorkflowView> {
    const { store } = this.#parts
    await this.#passRun(actor, orchestration, request)
    const header = this.headerOf(orchestration, { request, trigger, startedBy: actorId(actor), groupRun: null })
    await store.workflows.add(header)
    await this.#told(null, header)
    this.#wake()
    return this.#view(actor, header)
  }

  /** What is not there needs no right: whoever may run hears that it is not. */
  async #passRun(actor: Actor, orchestration: string, request: StartRequest): Promise<void> {
    const { gate, reach } = this.#parts
    const lacking = reach.hasOrchestration(orchestration) ? reach.lackingToSend(actor, orchestration) : []
    await gate.pass(actor, 'orchestration:run', `orchestration/${orchestration}`, { call: 'run', ...request }, lacking)
  }

  /** A header that waits to be executed; it is not stored yet. Throws `store.not_found`. */
  headerOf(
    orchestration: string,
    about: { request: StartRequest; trigger: Trigger; startedBy: string | null; groupRun: string | null },
  ): WorkflowHeader {
    const { catalog, now, newId } = this.#parts
    const { request, trigger, startedBy, groupRun } = about
    return {
      id: newId(),
      orchestration,
      state: 'waiting',
      trigger,
      startedBy,
      groupRun,
      request: { ...request },
      launched: launchedOf(catalog, orchestration),
      tasks: newTasks() as unknown as Json[],
      rows: null,
      problem: null,
      runId: null,
      attempt: 0,
      requestedAt: now(),
      startedAt: null,
      endedAt: null,
    }
  }

  async get(actor: Actor, id: string): Promise<WorkflowView> {
    await this.#parts.gate.pass(actor, 'workflow:read', `workflow/${id}`)
    return this.#view(actor, await findWorkflow(this.#parts.store, id))
  }

  async list(actor: Actor, filter: WorkflowFilter, page: PageRequest): Promise<Page<WorkflowHeader>> {
    await this.#parts.gate.pass(actor, 'workflow:read', 'workflow')
    const { items, next } = await this.#parts.store.workflows.list(filter, page)
    return { items: items.map((header) => this.shownTo(actor, header)), next }
  }

  async days(actor: Actor, { days, timeZone }: { days: number; timeZone: string }): Promise<Day[]> {
    const { gate, store, now } = this.#parts
    await gate.pass(actor, 'workflow:read', 'workflow')
    const mistake = timeZoneMistake(timeZone)
    if (mistake !== null) throw new Problem('definition.invalid', { message: `time_zone ${mistake}.` })
    return byDay(await store.workflows.endedSince(earliestOf(now(), days)), { now: now(), days, timeZone })
  }

  async runOf(actor: Actor, id: string): Promise<string> {
    const { gate, reach } = this.#parts
    await gate.permit(actor, 'workflow:read', `workflow/${id}`)
    const header = await findWorkflow(this.#parts.store, id)
    await gate.pass(actor, 'workflow:read', `workflow/${id}`, {}, reach.lackingToSee(actor, header.orchestration))
    if (header.runId === null) throw notNow(header, 'looked into: it has no run yet')
    return header.runId
  }

  async stop(actor: Actor, id: string): Promise<WorkflowView> {
    const { gate, store, now } = this.#parts
    await gate.pass(actor, 'workflow:control', `workflow/${id}`, { change: 'stop' })
    const before = await findWorkflow(this.#parts.store, id)
    const live = this.#live.get(before.id)
    if (live !== undefined) {
      live.isAskedFor = true
      live.stop.abort()
      const after = await store.workflows.updateIf(before.id, ['running'], { state: 'stopping' })
      return this.#view(
        actor,
        after === null ? await findWorkflow(this.#parts.store, id) : await this.#told(before, after),
      )
    }
    const after = await store.workflows.updateIf(before.id, ['waiting'], { state: 'stopped', endedAt: now() })
    if (after === null) throw notNow(before, 'stopped')
    return this.#view(actor, await this.#told(before, after))
  }

  async resolve(actor: Actor, id: string, resolution: string): Promise<WorkflowView> {
    const { gate, reach, store } = this.#parts
    await gate.permit(actor, 'workflow:control', `workflow/${id}`)
    const before = await findWorkflow(this.#parts.store, id)
    const lacking = reach.lackingToSend(actor, before.orchestration)
    await gate.permit(actor, 'workflow:control', `workflow/${id}`, lacking)
    const way = this.#view(actor, before).resolutions.find((one) => one.id === resolution)
    if (way === undefined) {
      if (before.problem === null && before.state !== 'stopped') throw notNow(before, 'resolved')
      throw new Problem('store.not_found', { message: `The workflow ${id} has no resolution "${resolution}".` })
    }
    for (const further of furtherNeeds[way.action] ?? []) await gate.permit(actor, further, `workflow/${id}`)
    const line = { change: way.action === 'approve' ? 'approve' : 'resolve', resolution }
    await gate.note({ actor, action: 'workflow:control', object: `workflow/${id}`, allowed: true }, line)
    await this.#repairs.apply(actor, way.action, before)
    const after = await store.workflows.updateIf(before.id, [...resting, 'waiting'], {
      state: 'waiting',
      endedAt: null,
      request: { ...before.request, ...requestFor(way.action, before) },
      tasks: againTasks(before.tasks as unknown as Task[]) as unknown as Json[],
    })
    if (after === null) throw notNow(before, 'resolved')
    await this.#told(before, after)
    this.#wake()
    return this.#view(actor, after)
  }

  /** Executes outside of the queue what a command beside the server asks for, with a header like any other. */
  async runFor(
    actor: Actor,
    orchestration: string,
    request: StartRequest,
    control: { onEvent?: (event: WorkflowEvent) => void; signal?: AbortSignal; abort?: AbortSignal },
  ): Promise<RunSummary> {
    const { store } = this.#parts
    await this.#passRun(actor, orchestration, request)
    const about = { request, trigger: 'cli' as const, startedBy: actorId(actor), groupRun: null }
    const header = { ...this.headerOf(orchestration, about), state: 'running' as const }
    await store.workflows.add(header)
    await this.#told(null, header)
    const work = this.#execute(header, control)
    this.#beside.add(work)
    try {
      const ended = await work
      if (ended instanceof Problem) throw ended
      return ended
    } finally {
      this.#beside.delete(work)
    }
  }

  /** A header as somebody may see it: settings of destinations for administrators only stay with these, personal values with who may see them. */
  shownTo(actor: Actor, header: WorkflowHeader): WorkflowHeader {
    const isSeen = this.#parts.reach.lackingToSee(actor, header.orchestration).length === 0
    const shown = isSeen ? header : { ...header, launched: {} }
    return mayDo(actor, 'pii:read') ? shown : redactedHeader(shown)
  }

  #view(actor: Actor, header: WorkflowHeader): WorkflowView {
    const tasks = header.tasks as unknown as Task[]
    const code = header.problem?.code as ProblemCode | undefined
    const isOver = header.state === 'completed' || header.state === 'completed_with_alerts'
    const isAtWork = header.endedAt === null || this.#live.has(header.id)
    const wayOut = code ?? (header.state === 'stopped' ? 'workflow.stopped' : undefined)
    const resolutions =
      isOver || isAtWork || wayOut === undefined
        ? []
        : resolutionsOf(wayOut, involvedIn(this.#parts.catalog, header.orchestration), header.problem?.data).filter(
            ({ action }) => action !== 'approve' || header.runId !== null,
          )
    const shown = this.shownTo(actor, header)
    const groups = rowsNotSent(tasks).map(rowGroup)
    return {
      ...shown,
      tasks: shown.tasks as unknown as Task[],
      progress: this.#live.get(header.id)?.progress ?? null,
      resolutions,
      rowGroups: mayDo(actor, 'pii:read') ? groups : groups.map(redactedRowGroup),
    }
  }

  async #told(before: WorkflowHeader | null, after: WorkflowHeader): Promise<WorkflowHeader> {
    await this.#parts.onChange(before, after)
    this.#parts.hub.publish({ type: 'workflow', workflow: after })
    await noteEnd(this.#parts, after)
    return after
  }

  /** A store that is out of reach for a while ends no server: what it could not be told is put right when it is back. */
  async #work(): Promise<void> {
    let isAgreed = true
    while (!this.#isClosing) {
      try {
        if (!isAgreed) await this.#reconcile()
        isAgreed = true
        await this.#next()
      } catch (error) {
        isAgreed = false
        this.#parts.onProblem(asProblem(error))
        await this.#parts.wait(RETRY_MS, this.#closing.signal)
      }
    }
  }

  /** Executes the next workflow, or waits until there may be one. */
  async #next(): Promise<void> {
    const { workflows } = this.#parts.store
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    const next = (await workflows.waiting()).find(({ endedAt }) => endedAt === null)
    if (next === undefined) {
      if (!this.#isClosing) await woken
      return
    }
    const header = await workflows.updateIf(next.id, ['waiting'], { state: 'running' })
    if (header !== null) await this.#execute(await this.#told(next, header), {})
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted
  }

  async #execute(
    header: WorkflowHeader,
    control: { onEvent?: (event: WorkflowEvent) => void; signal?: AbortSignal; abort?: AbortSignal },
  ): Promise<RunSummary | Problem> {
    const { app, now, onProblem } = this.#parts
    const live: Live = { stop: new AbortController(), kill: new AbortController(), isAskedFor: false, progress: null }
    this.#live.set(header.id, live)
    if (this.#isClosing) live.stop.abort()
    const log = new HeaderLog(this.#parts, header)
    try {
      await log.change({ attempt: header.attempt + 1, startedAt: header.startedAt ?? now(), endedAt: null })
      const request = header.request as unknown as StartRequest
      const summary = await app.run(header.orchestration, request, {
        signal: AbortSignal.any([live.stop.signal, ...(control.signal === undefined ? [] : [control.signal])]),
        abort: AbortSignal.any([live.kill.signal, ...(control.abort === undefined ? [] : [control.abort])]),
        onEvent: (event) => {
          control.onEvent?.(event)
          live.progress = progressAfter(live.progress, event)
          log.event(event)
        },
      })
      const goesOn = this.#isClosing && !live.isAskedFor && summary.status === 'stopped'
      await log.end(summary, goesOn)
      await this.#parts.onSummary(summary).catch((error: unknown) => onProblem(asProblem(error)))
      return summary
    } catch (error) {
      const problem = asProblem(error)
      const isStopped = problem.code === 'workflow.stopped'
      await log.fail(problem, isStopped ? (live.isAskedFor || !this.#isClosing ? 'stopped' : 'waiting') : 'error')
      return problem
    } finally {
      this.#live.delete(header.id)
    }
  }

  /** The ledger is the truth: what it knows to have ended has ended, what it has and we have not is added, and the rest goes on. */
  async #reconcile(): Promise<void> {
    const { app, store, catalog, now } = this.#parts
    const runs = new Map((await app.workflows()).map((row) => [row.run_id, row]))
    const known = await store.workflows.runs()
    const oldest = historyLimits(catalog, now()).workflows
    // The ledger keeps the line of a run for ever; one whose header was removed for its age does not come back.
    const unknown = [...runs.values()]
      .reverse()
      .filter((run) => !known.has(run.run_id) && (run.ended_at === null || new Date(run.ended_at) >= oldest))
    for (const header of await this.#interrupted()) {
      const own = takeOwn(header, unknown)
      const runId = own?.run_id ?? header.runId
      const run = runId === null ? undefined : runs.get(runId)
      const changes = run !== undefined && hasEnded(run) ? endedAs(run, now()) : { state: 'waiting' as const }
      await changeHeader(this.#parts, header, { ...changes, runId })
    }
    // A plan waits until somebody runs it: nothing has run yet.
    for (const run of unknown) if (run.status !== 'waiting') await store.workflows.add(this.#copyOf(run))
  }

  /** Headers that say that somebody works at them, and nobody does. */
  async #interrupted(): Promise<WorkflowHeader[]> {
    const found: WorkflowHeader[] = []
    let cursor: string | null = null
    do {
      const page: Page<WorkflowHeader> = await this.#parts.store.workflows.list(
        { states: ['running', 'stopping'] },
        { limit: 100, cursor },
      )
      found.push(...page.items.filter(({ id }) => !this.#live.has(id)))
      cursor = page.next
    } while (cursor !== null)
    return found
  }

  /** Of a run that a command made while no server ran. */
  #copyOf(run: WorkflowRow): WorkflowHeader {
    const at = new Date(run.started_at)
    return {
      id: run.run_id,
      orchestration: run.orchestration,
      state: run.status === 'running' || run.status === 'stopping' ? 'stopped' : run.status,
      trigger: 'cli',
      startedBy: 'cli',
      groupRun: null,
      request: { sample: null, full: false, live: false, planId: null, approve: false },
      launched: {},
      tasks: newTasks() as unknown as Json[],
      rows: { ...run.rows },
      problem: run.problem_code === null ? null : { code: run.problem_code, message: '', fix: '' },
      runId: run.run_id,
      attempt: 1,
      requestedAt: at,
      startedAt: at,
      endedAt: run.ended_at === null ? at : new Date(run.ended_at),
    }
  }
}

/**
 * Takes the run out of those that no header has which an interrupted attempt began, before the header could be told of it: the first after
 * the workflow began, because an attempt begins one at most. Others are those of commands.
 */
function takeOwn({ orchestration, startedAt }: WorkflowHeader, unknown: WorkflowRow[]): WorkflowRow | undefined {
  const index = unknown.findIndex(
    (run) => run.orchestration === orchestration && startedAt !== null && new Date(run.started_at) >= startedAt,
  )
  return index < 0 ? undefined : unknown.splice(index, 1)[0]
}

function hasEnded({ status }: WorkflowRow): boolean {
  return status === 'completed' || status === 'completed_with_alerts'
}

function endedAs(run: WorkflowRow, at: Date): Partial<WorkflowHeader> {
  return {
    state: run.status,
    rows: { ...run.rows },
    problem: null,
    endedAt: run.ended_at === null ? at : new Date(run.ended_at),
  }
}

/** What a resolution changes in what is asked for. */
function requestFor(action: string, header: WorkflowHeader): { [key: string]: Json } {
  if (action === 'approve') return { planId: header.runId, approve: true }
  const code = header.problem?.code
  const isOutdated = typeof code === 'string' && (code.startsWith('guard.') || code.startsWith('plan.'))
  return isOutdated ? { planId: null, approve: false } : {}
}

function rowsNotSent(tasks: readonly Task[]): { code: string; rows: number; reason: string }[] {
  const rejected = tasks.find(({ task }) => task === 'plan')?.output.rejected ?? []
  const failed = tasks.find(({ task }) => task === 'deliver')?.output.failed ?? []
  return [...(rejected as unknown as { code: string; rows: number; reason: string }[]), ...(failed as unknown as [])]
}

/** SQL and settings as they are when somebody asks for a run. Throws `store.not_found`. */
function launchedOf(catalog: Catalog, orchestration: string): { [key: string]: Json } {
  const definition = catalog.get('orchestration', orchestration)
  const [kind, key] = sentBy(definition.body).split('/') as [Sent['kind'], string]
  const sent = catalog.get(kind, key)
  const destination = catalog.get('destination', String(definition.body.destination))
  return {
    orchestration: { version: definition.version, body: definition.body },
    [kind]: { key: sent.key, version: sent.version, body: sent.body },
    ...(kind === 'segment' && { attributes_table: versionOf(catalog, String(sent.body.attributes)) }),
    destination: { key: destination.key, version: destination.version, body: destination.body },
  }
}

function versionOf(catalog: Catalog, attributesTable: string): { [key: string]: Json } {
  const { key, version, body } = catalog.get('attributes_table', attributesTable)
  return { key, version, body }
}

function notNow({ id, state }: WorkflowHeader, done: string): Problem {
  return new Problem('workflow.not_now', {
    message: `The workflow ${id} is ${state} and cannot be ${done}.`,
    data: { id, state },
  })
}

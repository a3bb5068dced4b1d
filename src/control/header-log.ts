import type { App } from '../app.ts'
import { asProblem, type Json, Problem } from '../problem.ts'
import type { Store, WorkflowHeader } from '../store/store.ts'
import type { RunSummary, WorkflowEvent } from '../sync/report.ts'
import type { Task } from './control.ts'
import type { Hub } from './hub.ts'
import { hasEnded } from './notify/events.ts'
import { problemBody } from './resolutions.ts'
import { advanceTasks, againTasks, endTasks, failTasks } from './tasks.ts'

/** What it takes to change a header and to tell of it. */
export interface HeaderParts {
  app: App
  store: Store
  hub: Hub
  now: () => Date
  /** About to be stored, or just stored where it is new (null) or somebody asked for it; may be told twice. */
  onChange: (before: WorkflowHeader | null, after: WorkflowHeader) => Promise<void>
  /** Its end is told and stored. */
  onEnded: (workflow: WorkflowHeader) => Promise<void>
  /** Something beside the work itself failed: the store, or what is done after a run. It is made up for later. */
  onProblem: (problem: Problem) => void
}

/** A workflow by its id or that of its run. Throws `store.not_found`. */
export async function findWorkflow({ workflows }: Pick<Store, 'workflows'>, id: string): Promise<WorkflowHeader> {
  const found = (await workflows.get(id)) ?? (await workflows.ofRun(id))
  if (found !== null) return found
  throw new Problem('store.not_found', { message: `There is no workflow ${id}.`, data: { id } })
}

export type LiveProgress = { [key: string]: Json }

/** The figures of the delivery, and what it waits for: `why` in words and `untilMs`, both null while it waits for nothing. */
export function progressAfter(before: LiveProgress | null, event: WorkflowEvent): LiveProgress | null {
  if (event.type === 'progress') return { why: null, untilMs: null, ...before, ...event.progress }
  return event.type === 'waiting' ? { ...before, why: event.why, untilMs: event.untilMs } : before
}

/** Writes what becomes of one workflow, in order, beside the work itself. */
export class HeaderLog {
  readonly #parts: HeaderParts
  #header: WorkflowHeader
  #tasks: readonly Task[]
  #progress: LiveProgress | null = null
  #tail: Promise<void> = Promise.resolve()

  constructor(parts: HeaderParts, header: WorkflowHeader) {
    this.#parts = parts
    this.#header = header
    this.#tasks = header.tasks as unknown as Task[]
  }

  /** Steps are stored; progress and waits are only told. */
  event(event: WorkflowEvent): void {
    const { hub, now, onProblem } = this.#parts
    this.#progress = progressAfter(this.#progress, event)
    if (event.type === 'progress' || event.type === 'waiting') {
      hub.publish({ type: 'progress', workflow: this.#header.id, progress: { ...this.#progress } })
      return
    }
    const tasks = advanceTasks(this.#tasks, event, now())
    const runId = event.type === 'workflow' ? event.runId : this.#header.runId
    if (tasks === this.#tasks && runId === this.#header.runId) return
    this.#tasks = tasks
    // Kept in order behind one another. What one of them cannot store is written again, whole, where the workflow ends.
    this.#tail = this.#tail.then(() =>
      this.#store({ tasks: tasks as unknown as Json[], runId }).catch((error: unknown) => onProblem(asProblem(error))),
    )
  }

  async change(changes: Partial<Omit<WorkflowHeader, 'id'>>): Promise<void> {
    await this.#tail
    await this.#store(changes)
  }

  /** `goesOn`: the server is going down, and the workflow waits for the next one. */
  async end(summary: RunSummary, goesOn: boolean): Promise<void> {
    const { now } = this.#parts
    const isGuarded = summary.problem?.code.startsWith('guard.') === true
    const tasks = await this.#withFailures(endTasks(this.#tasks, summary, now()), summary)
    await this.change({
      state: goesOn || isGuarded ? 'waiting' : summary.status,
      tasks: tasks as unknown as Json[],
      rows: { ...summary.rows },
      problem: summary.problem === null ? null : problemBody(summary.problem),
      runId: summary.run_id,
      endedAt: goesOn ? null : now(),
    })
  }

  async fail(problem: Problem, state: 'error' | 'stopped' | 'waiting'): Promise<void> {
    const { now } = this.#parts
    const body = problemBody(problem)
    await this.change({
      state,
      tasks: (state === 'error'
        ? failTasks(this.#tasks, { code: problem.code, message: problem.message, fix: problem.fix }, now())
        : againTasks(this.#tasks)) as unknown as Json[],
      problem: state === 'error' ? body : null,
      endedAt: state === 'waiting' ? null : now(),
    })
  }

  /** Rows that Zendesk refused, counted by reason. */
  async #withFailures(tasks: Task[], summary: RunSummary): Promise<Task[]> {
    if (summary.rows.failed === 0) return tasks
    const reasons = new Map<string, { code: string; rows: number; reason: string }>()
    const filter = { outcome: 'failed' as const, warnings: false }
    for await (const { code, reason } of this.#parts.app.records(summary.run_id, filter)) {
      const group = reasons.get(code ?? '') ?? {
        code: code ?? '',
        rows: 0,
        reason: code === 'zendesk.refused' ? '' : (reason ?? ''),
      }
      group.rows += 1
      reasons.set(code ?? '', group)
    }
    const failed = [...reasons.values()] as unknown as Json
    return tasks.map((task) => (task.task === 'deliver' ? { ...task, output: { ...task.output, failed } } : task))
  }

  async #store(changes: Partial<Omit<WorkflowHeader, 'id'>>): Promise<void> {
    this.#header = await changeHeader(this.#parts, this.#header, changes)
  }
}

/** Told first: a process that ends in between tells it again, which is noticed, and would never tell it otherwise. */
export async function changeHeader(
  parts: HeaderParts,
  before: WorkflowHeader,
  changes: Partial<Omit<WorkflowHeader, 'id'>>,
): Promise<WorkflowHeader> {
  const { store, hub, onChange } = parts
  await onChange(before, { ...before, ...changes })
  const after = await store.workflows.update(before.id, changes)
  hub.publish({ type: 'workflow', workflow: after })
  await noteEnd(parts, after)
  return after
}

/** What fails here changes nothing of the end; it is made up for at the next start. */
export async function noteEnd({ onEnded, onProblem }: HeaderParts, after: WorkflowHeader): Promise<void> {
  if (hasEnded(after)) await onEnded(after).catch((error: unknown) => onProblem(asProblem(error)))
}

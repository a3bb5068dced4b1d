import { type Group, Scheduler, type SchedulerOptions } from '../src/control/scheduler.ts'
import type { Json, Problem } from '../src/problem.ts'
import type { GroupBody } from '../src/project/group-body.ts'
import type { GroupRun, Store, WorkflowHeader, WorkflowState } from '../src/store/store.ts'

/** A clock that stands still while a scheduler works, and goes on when all of them wait. */
export class TestClock {
  #nowMs: number
  /** How many wait when nobody works. */
  #sleepers = 0
  readonly #waiting = new Set<{ untilMs: number; wake: () => void }>()
  #onWait = () => {}
  /** What was asked for, in milliseconds. */
  readonly waits: number[] = []

  constructor(at: string) {
    this.#nowMs = Date.parse(at)
  }

  readonly now = () => new Date(this.#nowMs)

  readonly wait = (delayMs: number, signal: AbortSignal): Promise<void> => {
    this.waits.push(delayMs)
    return new Promise((resolve) => {
      const sleeper = {
        untilMs: this.#nowMs + delayMs,
        wake: () => {
          this.#waiting.delete(sleeper)
          resolve()
        },
      }
      if (signal.aborted) return resolve()
      signal.addEventListener('abort', sleeper.wake, { once: true })
      this.#waiting.add(sleeper)
      this.#onWait()
    })
  }

  /** One more that will wait, or one less. */
  expectSleepers(more: 1 | -1): void {
    this.#sleepers += more
  }

  /** Resolves when all wait. */
  async idle(): Promise<void> {
    while (this.#waiting.size < this.#sleepers) {
      await new Promise<void>((resolve) => {
        this.#onWait = resolve
      })
    }
  }

  /** Sets the clock, forward or back, and wakes everyone whose time it is. */
  async set(at: string | Date): Promise<void> {
    await this.idle()
    this.#nowMs = new Date(at).getTime()
    for (const sleeper of [...this.#waiting]) if (sleeper.untilMs <= this.#nowMs) sleeper.wake()
    await this.idle()
  }

  /** Lets time pass: everyone is woken at the moment for which they asked. */
  async pass(to: string | Date): Promise<void> {
    const toMs = new Date(to).getTime()
    for (;;) {
      await this.idle()
      const nextMs = Math.min(...[...this.#waiting].map((sleeper) => sleeper.untilMs))
      if (nextMs > toMs) break
      await this.set(new Date(Math.max(nextMs, this.#nowMs)))
    }
    await this.set(new Date(toMs))
  }
}

/** How workflows end, at once, when their run begins; null leaves them waiting. */
type Worker = (orchestration: string) => WorkflowState | null

/** A scheduler at work over a real store, with what it told. */
export class SchedulerBench {
  readonly store: Store
  readonly clock: TestClock
  readonly told: string[] = []
  readonly problems: Problem[] = []
  worker: Worker = () => 'completed'
  /** Throws for an orchestration that there is not. */
  readonly unknown = new Set<string>()
  readonly #running = new Map<Scheduler, { stop: AbortController; ended: Promise<void> }>()
  #ids = 0

  constructor(store: Store, clock: TestClock) {
    this.store = store
    this.clock = clock
  }

  async define(key: string, run: GroupBody['run'], more: Partial<GroupBody> = {}): Promise<void> {
    const body = { run, orchestrations: [`${key}_people`], ...more } as { [key: string]: Json }
    await this.store.definitions.create({ kind: 'group', key, source: 'ui', body }, 'tester')
  }

  async edit(key: string, changes: Partial<GroupBody>): Promise<void> {
    const { version, body } = (await this.store.definitions.get('group', key))!
    const changed = { ...body, ...changes } as { [key: string]: Json }
    await this.store.definitions.update({ kind: 'group', key }, changed, { ifVersion: version, by: 'tester' })
  }

  /** A scheduler that works until it is stopped; `store` in place of the bench's own. */
  async start(store: SchedulerOptions['store'] = this.store): Promise<Scheduler> {
    const scheduler = this.make(store)
    const stop = new AbortController()
    this.clock.expectSleepers(1)
    this.#running.set(scheduler, { stop, ended: scheduler.run(stop.signal) })
    await this.clock.idle()
    return scheduler
  }

  make(store: SchedulerOptions['store'] = this.store): Scheduler {
    const { now, wait } = this.clock
    return new Scheduler({
      ...{ store, now, wait },
      makeId: () => this.#makeId(),
      headersFor: (group, run) => this.#headers(group, run),
      onBegun: (run) => this.finish(run),
      onSkipped: ({ group, dueAt, running }) => {
        this.told.push(`skipped ${group} ${dueAt.toISOString()} for ${running.id}`)
      },
      onUpstreamFailed: ({ group, upstream }) => {
        this.told.push(`${group} does not follow ${upstream.group}`)
      },
      onProblem: (problem) => {
        this.problems.push(problem)
      },
    })
  }

  async stop(scheduler: Scheduler): Promise<void> {
    const running = this.#running.get(scheduler)!
    this.#running.delete(scheduler)
    running.stop.abort()
    await running.ended
    this.clock.expectSleepers(-1)
  }

  async close(): Promise<void> {
    for (const scheduler of [...this.#running.keys()]) await this.stop(scheduler)
    await this.store.close()
  }

  /** Ends the workflows of a run as the worker says. */
  async finish(run: GroupRun): Promise<void> {
    for (const header of await this.workflowsOf(run.id)) {
      const state = this.worker(header.orchestration)
      if (state !== null) await this.store.workflows.update(header.id, { state, endedAt: this.clock.now() })
    }
  }

  async workflowsOf(groupRun: string): Promise<WorkflowHeader[]> {
    return (await this.store.workflows.list({ groupRun }, { limit: 100, cursor: null })).items
  }

  /** All runs of a group, the oldest first. */
  async runs(group: string): Promise<GroupRun[]> {
    const runs: GroupRun[] = []
    for (let cursor: string | null = null, first = true; first || cursor !== null; first = false) {
      const page = await this.store.groups.list(group, { limit: 500, cursor })
      runs.push(...page.items)
      cursor = page.next
    }
    return runs.reverse()
  }

  /** The ticks for which runs of a group began, in UTC without seconds. */
  async ticks(group: string): Promise<(string | undefined)[]> {
    return (await this.runs(group)).map((run) => run.dueAt?.toISOString().slice(0, 16))
  }

  #makeId(): string {
    this.#ids += 1
    return `run-${String(this.#ids).padStart(6, '0')}`
  }

  #headers({ body }: Group, run: GroupRun): WorkflowHeader[] {
    return body.orchestrations.map((orchestration) => {
      if (this.unknown.has(orchestration)) throw new Error(`no ${orchestration}`)
      return {
        ...{ id: `${run.id}-${orchestration}`, orchestration, groupRun: run.id, trigger: run.trigger },
        ...{ startedBy: run.startedBy, request: {}, launched: {}, tasks: [], rows: null, problem: null },
        ...{
          state: 'waiting',
          runId: null,
          attempt: 0,
          requestedAt: run.startedAt,
          startedAt: null,
          endedAt: null,
        },
      }
    })
  }
}

/** Thrown by a store whose process is no more. */
export class Killed extends Error {}

/**
 * The store of a process that is killed at its `call`-th operation, before or after the operation is done; from then on nothing works.
 * `calls` counts the operations.
 */
export function killedAt(
  store: Store,
  call: number,
  moment: 'before' | 'after',
): { store: Store; calls: () => number } {
  let calls = 0
  const guard = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const value = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return async (...args: unknown[]) => {
          const mine = calls
          calls += 1
          if (mine > call || (mine === call && moment === 'before')) throw new Killed()
          const result = await value.apply(target, args)
          if (mine === call) throw new Killed()
          return result
        }
      },
    })
  const { definitions, groups, workflows, meta } = store
  const guarded = {
    definitions: guard(definitions),
    groups: guard(groups),
    workflows: guard(workflows),
    meta: guard(meta),
  }
  return { store: { ...store, ...guarded }, calls: () => calls }
}

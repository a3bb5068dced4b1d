import { asProblem, Problem } from '../problem.ts'
import { type GroupBody, readGroupBody } from '../project/group-body.ts'
import { latestDue, nextAfter, parseSchedule, type Schedule } from '../schedule.ts'
import type { Definition, GroupRun, Store, Trigger, WorkflowHeader, WorkflowState } from '../store/store.ts'

/** A group as it is defined now. */
export interface Group {
  key: string
  body: GroupBody
  definition: Definition
}

/** A run that is about to begin, with its workflows. */
interface Beginning {
  run: GroupRun
  workflows: WorkflowHeader[]
}

export interface SchedulerOptions {
  store: Pick<Store, 'definitions' | 'groups' | 'workflows' | 'meta'>
  now(): Date
  /** Resolves after this time, or as soon as the signal aborts, also when it has aborted before; never rejects. */
  wait(delayMs: number, signal: AbortSignal): Promise<void>
  /** A new id for a run. */
  makeId(): string
  /** The workflows of a run, state `waiting`, one for each orchestration. Throws a `Problem` where they cannot be made. */
  headersFor(group: Group, run: GroupRun): WorkflowHeader[] | Promise<WorkflowHeader[]>
  /** The body of a definition with its variables expanded; without this, as it is stored. Throws `definition.invalid`. */
  bodyOf?(definition: Definition): GroupBody
  /** A run has begun: its workflows are in the queue, also when the process ends before this is called. */
  onBegun(run: GroupRun): void | Promise<void>
  /** A tick is passed over because a run of the group is at work. Told before it is noted, so after a kill perhaps once more. */
  onSkipped(skipped: { group: string; dueAt: Date; running: GroupRun }): void | Promise<void>
  /** A group does not run because the one that it follows did not complete. Told before it is noted, like skipped ticks. */
  onUpstreamFailed(failed: { group: string; upstream: GroupRun }): void | Promise<void>
  /** Something could not be done; it is tried again with the next look. Null: it concerns no single group. What this throws ends `run`. */
  onProblem(problem: Problem, group: string | null): void | Promise<void>
}

/** Who begins a run by hand or by a signal: the actor's id, null when that is nobody. */
export interface Starter {
  trigger: Extract<Trigger, 'manual' | 'api' | 'cli'>
  startedBy: string | null
}

/** A clock that is put forward is noticed within this time, and so is whatever nobody told of. */
const LONGEST_WAIT_MS = 60_000

/** How many of a group's newest runs are looked at for one at work: workflows are worked off in their order, so it is among the newest. */
const RECENT_RUNS = 20

const ended: ReadonlySet<WorkflowState> = new Set(['stopped', 'completed', 'completed_with_alerts', 'error'])

/**
 * Begins what is due: runs of scheduled groups at their ticks, of groups that follow others, and on demand. All that it must remember is
 * in the store, and a run and its tick are written together. So it may be ended between any two steps, restarted, or run twice at once,
 * and each tick still begins at most one run; ticks that nobody was there for begin one run together.
 */
export class Scheduler {
  readonly #options: SchedulerOptions
  #wakeUp = new AbortController()
  /** What each group's schedule was when it was last looked at, as {@link timing} writes it; the store has it too. */
  readonly #known = new Map<string, string>()
  /** By key; to read a schedule takes longer than to ask it. */
  readonly #schedules = new Map<string, Schedule>()
  /** `<key> <version>` of definitions whose mistakes were told. */
  readonly #told = new Set<string>()

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  /** Works until the signal aborts, and resolves when nothing of it is under way any more. Never rejects for what can be tried again. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.wake()
    signal.addEventListener('abort', stop, { once: true })
    while (!signal.aborted) {
      this.#wakeUp = new AbortController()
      const delayMs = await this.#look(signal)
      if (!signal.aborted) await this.#options.wait(delayMs, this.#wakeUp.signal)
    }
    signal.removeEventListener('abort', stop)
  }

  /** Look again now: definitions have changed, or a workflow has ended. */
  wake(): void {
    this.#wakeUp.abort()
  }

  /** Begins a group whatever else it waits for, also when it is not enabled. Throws `store.not_found`, `definition.invalid`. */
  async runByHand(key: string, { trigger, startedBy }: Starter): Promise<GroupRun> {
    const definition = await this.#options.store.definitions.get('group', key)
    if (definition === null)
      throw new Problem('store.not_found', { message: `There is no group "${key}".`, data: { kind: 'group', key } })
    return this.#beginNow({ key, body: this.#read(definition), definition }, { trigger, startedBy })
  }

  /** Begins every enabled group that waits for this signal. One that cannot begin is told as a problem and does not hold up the others. */
  async signal(name: string, startedBy: string | null): Promise<GroupRun[]> {
    const runs: GroupRun[] = []
    for (const group of await this.#groups()) {
      const { enabled, run } = group.body
      if (!enabled || run.on !== 'signal' || run.signal !== name) continue
      await this.#guarded(group.key, async () => {
        runs.push(await this.#beginNow(group, { trigger: 'signal', startedBy }))
      })
    }
    return runs
  }

  /** Does what is due at this moment, and says how long there is nothing to do. */
  async #look(signal: AbortSignal): Promise<number> {
    let nextAtMs = Number.POSITIVE_INFINITY
    await this.#guarded(null, async () => {
      const groups = await this.#groups()
      // First what has ended: a group whose run is through has time for its tick.
      for (const run of await this.#options.store.groups.finished()) {
        if (signal.aborted) return
        await this.#guarded(run.group, () => this.#end(run, groups))
      }
      for (const group of groups) {
        if (signal.aborted) return
        await this.#guarded(group.key, async () => {
          nextAtMs = Math.min(nextAtMs, await this.#attend(group))
        })
      }
    })
    return Math.min(LONGEST_WAIT_MS, Math.max(0, nextAtMs - this.#options.now().getTime()))
  }

  /** Begins the run of a group's latest tick if it is due; gives the moment of the next one, infinity where there is none. */
  async #attend(group: Group): Promise<number> {
    const { store, now } = this.#options
    const schedule = this.#scheduleOf(group)
    await this.#noteChange(group, schedule)
    if (schedule === null) return Number.POSITIVE_INFINITY
    const at = now()
    const lastTick = await store.groups.lastTick(group.key)
    const after = later(lastTick, group.definition.createdAt)
    const dueAt = latestDue(schedule, after, at)
    if (dueAt !== null) await this.#due(group, dueAt)
    return nextAfter(schedule, later(after, at))?.getTime() ?? Number.POSITIVE_INFINITY
  }

  /** Passes over the ticks before a group was enabled or its schedule changed: they were of another schedule, or of none. */
  async #noteChange({ key, definition }: Group, schedule: Schedule | null): Promise<void> {
    const { store, now } = this.#options
    const name = `schedule/${key}`
    const timed = timing(schedule)
    const known = this.#known.get(key) ?? (await store.meta.get(name))
    if (known !== timed) {
      // A change that lies ahead was written by a clock that has been put back since.
      const changedAtMs = Math.min(definition.updatedAt.getTime(), now().getTime())
      if (schedule !== null) await store.groups.passOver(key, new Date(changedAtMs))
      await store.meta.set(name, timed)
    }
    this.#known.set(key, timed)
  }

  async #due(group: Group, dueAt: Date): Promise<void> {
    const { store, onSkipped, onBegun } = this.#options
    const { items } = await store.groups.list(group.key, { limit: RECENT_RUNS, cursor: null })
    // Begun meanwhile by another process: its run is this tick's, not in its way.
    if (items.some((run) => run.dueAt !== null && run.dueAt >= dueAt)) return
    const running = items.find((run) => run.state === 'running')
    if (running !== undefined) {
      await onSkipped({ group: group.key, dueAt, running })
      await store.groups.passOver(group.key, dueAt)
      return
    }
    const { run, workflows } = await this.#beginning(group, { trigger: 'schedule', startedBy: null, dueAt })
    if (await store.groups.begin(run, workflows)) await onBegun(run)
  }

  /** Ends a run whose workflows have ended, and begins the groups that follow it, or tells that they do not run. */
  async #end(run: GroupRun, groups: readonly Group[]): Promise<void> {
    const { store, now, onBegun, onUpstreamFailed } = this.#options
    const state = await this.#outcome(run)
    if (state === null) return
    const following = groups.filter(
      ({ body }) => body.enabled && body.run.on === 'group' && body.run.group === run.group,
    )
    const followers: Beginning[] = []
    for (const group of following) {
      if (state === 'error') await onUpstreamFailed({ group: group.key, upstream: run })
      else {
        const beginning = await this.#following(group)
        if (beginning !== null) followers.push(beginning)
      }
    }
    if (!(await store.groups.end(run.id, { state, at: now() }, followers))) return
    for (const follower of followers) await onBegun(follower.run)
  }

  /** Null where a follower cannot begin, which is told and does not keep the run before it from ending. */
  async #following(group: Group): Promise<Beginning | null> {
    try {
      return await this.#beginning(group, { trigger: 'group', startedBy: null, dueAt: null })
    } catch (error) {
      const problem = asProblem(error)
      // Not the group's fault, and the run can be ended later.
      if (problem.code === 'store.unreachable') throw problem
      await this.#options.onProblem(problem, group.key)
      return null
    }
  }

  /** How a run ended: completed when all its workflows are; null while one of them is at work. */
  async #outcome(run: GroupRun): Promise<'completed' | 'error' | null> {
    const { workflows } = this.#options.store
    let completed = true
    for (let cursor: string | null = null, first = true; first || cursor !== null; first = false) {
      const page: Awaited<ReturnType<typeof workflows.list>> = await workflows.list(
        { groupRun: run.id },
        { limit: 100, cursor },
      )
      for (const { state } of page.items) {
        if (!ended.has(state)) return null
        if (state !== 'completed' && state !== 'completed_with_alerts') completed = false
      }
      cursor = page.next
    }
    return completed ? 'completed' : 'error'
  }

  async #beginNow(group: Group, by: Pick<GroupRun, 'trigger' | 'startedBy'>): Promise<GroupRun> {
    const { run, workflows } = await this.#beginning(group, { ...by, dueAt: null })
    await this.#options.store.groups.begin(run, workflows)
    await this.#options.onBegun(run)
    return run
  }

  async #beginning(group: Group, why: Pick<GroupRun, 'trigger' | 'startedBy' | 'dueAt'>): Promise<Beginning> {
    const { makeId, now, headersFor } = this.#options
    const run: GroupRun = { id: makeId(), group: group.key, ...why, state: 'running', startedAt: now(), endedAt: null }
    return { run, workflows: await headersFor(group, run) }
  }

  /** All groups that can be read. The mistakes of one are told once for each version of it. */
  async #groups(): Promise<Group[]> {
    const groups: Group[] = []
    for (const definition of await this.#options.store.definitions.list('group')) {
      const { key, version } = definition
      try {
        groups.push({ key, body: this.#read(definition), definition })
      } catch (error) {
        const name = `${key} ${version}`
        if (!this.#told.has(name)) await this.#options.onProblem(asProblem(error), key)
        this.#told.add(name)
      }
    }
    return groups
  }

  #scheduleOf({ key, body: { enabled, run } }: Group): Schedule | null {
    if (!enabled || run.on !== 'schedule') return null
    const kept = this.#schedules.get(key)
    if (kept !== undefined && kept.cron === run.cron && kept.timeZone === run.time_zone) return kept
    const schedule = parseSchedule(run.cron, run.time_zone)
    this.#schedules.set(key, schedule)
    return schedule
  }

  #read(definition: Definition): GroupBody {
    return (this.#options.bodyOf ?? readGroupBody)(definition)
  }

  /** What goes wrong with one group is told and does not hold up the others. */
  async #guarded(group: string | null, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      await this.#options.onProblem(asProblem(error), group)
    }
  }
}

/** What decides about ticks, to see whether it has changed. */
function timing(schedule: Schedule | null): string {
  return schedule === null ? 'none' : `${schedule.cron} ${schedule.timeZone}`
}

function later(a: Date | null, b: Date): Date {
  return a !== null && a > b ? a : b
}

import { type Actor, actorId } from '../access/authorize.ts'
import { inWords, parseSchedule, timesAfter } from '../schedule.ts'
import type { GroupRun, Page, PageRequest, Store } from '../store/store.ts'
import type { Groups } from './control.ts'
import type { Gate } from './gate.ts'
import type { Scheduler } from './scheduler.ts'

export interface GroupParts {
  store: Store
  gate: Gate
  scheduler: Scheduler
  now: () => Date
}

/** Groups by hand and by signal; what is due begins by itself. */
export class ControlGroups implements Groups {
  readonly #parts: GroupParts

  constructor(parts: GroupParts) {
    this.#parts = parts
  }

  async run(actor: Actor, group: string): Promise<GroupRun> {
    const { gate, scheduler } = this.#parts
    await gate.pass(actor, 'orchestration:run', `group/${group}`)
    const trigger = actor.kind === 'key' ? 'api' : 'manual'
    return await scheduler.runByHand(group, { trigger, startedBy: actorId(actor) })
  }

  async signal(actor: Actor, signal: string): Promise<GroupRun[]> {
    const { gate, scheduler } = this.#parts
    await gate.pass(actor, 'orchestration:run', `signal/${signal}`)
    return await scheduler.signal(signal, actorId(actor))
  }

  async runs(actor: Actor, group: string | null, page: PageRequest): Promise<Page<GroupRun>> {
    const { gate, store } = this.#parts
    await gate.pass(actor, 'workflow:read', group === null ? 'group' : `group/${group}`)
    return await store.groups.list(group, page)
  }

  async preview(
    actor: Actor,
    cron: string,
    timeZone: string,
    count: number,
  ): Promise<{ reads: string; times: Date[] }> {
    const { gate, now } = this.#parts
    await gate.pass(actor, 'orchestration:read', 'group')
    const schedule = parseSchedule(cron, timeZone)
    return { reads: inWords(schedule), times: timesAfter(schedule, now(), count) }
  }
}

/** What was asked for when nobody asked for anything in particular. */
export const wholeRun = { sample: null, full: false, live: false, planId: null, approve: false } as const

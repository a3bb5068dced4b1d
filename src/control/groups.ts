import { type Action, type Actor, actorId } from '../access/authorize.ts'
import { readGroupBody } from '../project/group-body.ts'
import { inWords, parseSchedule, timesAfter } from '../schedule.ts'
import type { Definition, GroupRun, Page, PageRequest, Store } from '../store/store.ts'
import type { Catalog } from './catalog.ts'
import type { Groups } from './control.ts'
import type { Gate } from './gate.ts'
import type { Reach } from './reach.ts'
import type { Scheduler } from './scheduler.ts'

export interface GroupParts {
  store: Store
  gate: Gate
  catalog: Catalog
  reach: Reach
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
    const definition = this.#parts.catalog.find('group', group)
    const lacking = definition === undefined ? [] : this.#lackingToSend(actor, definition)
    await gate.pass(actor, 'orchestration:run', `group/${group}`, {}, lacking)
    const trigger = actor.kind === 'key' ? 'api' : 'manual'
    return await scheduler.runByHand(group, { trigger, startedBy: actorId(actor) })
  }

  async signal(actor: Actor, signal: string): Promise<GroupRun[]> {
    const { gate, scheduler } = this.#parts
    const waiting = this.#parts.catalog.all('group').filter((definition) => {
      const { run } = readGroupBody(definition)
      return run.on === 'signal' && run.signal === signal
    })
    const lacking = waiting.flatMap((definition) => this.#lackingToSend(actor, definition))
    await gate.pass(actor, 'orchestration:run', `signal/${signal}`, {}, [...new Set(lacking)])
    return await scheduler.signal(signal, actorId(actor))
  }

  /** All of its orchestrations or none. */
  #lackingToSend(actor: Actor, definition: Definition): Action[] {
    const { orchestrations } = readGroupBody(definition)
    return [...new Set(orchestrations.flatMap((one) => this.#parts.reach.lackingToSend(actor, one)))]
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

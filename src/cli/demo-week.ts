import { setTimeout as sleep } from 'node:timers/promises'
import type { Actor } from '../access/authorize.ts'
import type { EditableKind, StartRequest, WorkflowView } from '../control/control.ts'
import type { Service } from '../control/service.ts'
import type { Content } from '../control/upload-file.ts'
import type { DemoAccounts } from './demo-accounts.ts'
import type { DemoClock } from './demo-clock.ts'
import { writeFiles } from './demo-project.ts'
import type { Body } from './demo-shop.ts'
import type { ShopData } from './demo-shop-data.ts'

const dayMs = 24 * 60 * 60_000

/** Days that lie behind the filled project. */
export const daysBehind = 6

/** Nothing that is waited for in the history takes a time that anybody would notice. */
const lookAgainMs = 20

/** What a history is made with. */
export interface WeekParts {
  service: Service
  clock: DemoClock
  accounts: DemoAccounts
  shop: ShopData
  /** Of customers without any dirt. */
  ids: readonly string[]
  /** Folder of the project. */
  root: string
  /** Where messages of the webhook go. */
  receiverUrl: string
  /** Throws when the demo was told to end. */
  assertGoesOn: () => void
}

/** Some days of a shop: a clock that is put forward, and what people do, each through the door that they have. */
export class Week {
  readonly parts: WeekParts
  readonly #firstMidnightMs: number

  constructor(parts: WeekParts, end: Date) {
    this.parts = parts
    this.#firstMidnightMs = Math.floor(end.getTime() / dayMs) * dayMs - daysBehind * dayMs
  }

  /** A time such as `08:30` of a day, counted from the first. */
  at(day: number, time: string): Date {
    const [hours = 0, minutes = 0] = time.split(':').map(Number)
    return new Date(this.#firstMidnightMs + day * dayMs + (hours * 60 + minutes) * 60_000)
  }

  /** The day of the week, as cron lines write it. */
  nameOf(day: number): string {
    return 'sun mon tue wed thu fri sat'.split(' ')[this.at(day, '12:00').getUTCDay()]!
  }

  /** Lets time pass until then. */
  pass(day: number, time: string): void {
    this.passTo(this.at(day, time))
  }

  passTo(at: Date): void {
    const { assertGoesOn, clock } = this.parts
    assertGoesOn()
    clock.leap(at)
  }

  /** The sources say what they say on this day. */
  async changeSources(day: number): Promise<void> {
    await writeFiles(this.parts.root, this.parts.shop.filesOf(this.at(day, '00:00')))
  }

  /** Waits for the run that a schedule begins at this time. */
  async tick(actor: Actor, group: string, dueAt: Date): Promise<void> {
    this.passTo(dueAt)
    for (;;) {
      const { items } = await this.parts.service.control.groups.runs(actor, group, { limit: 5, cursor: null })
      const run = items.find((one) => one.dueAt?.getTime() === dueAt.getTime())
      if (run !== undefined && run.state !== 'running') return
      await this.#moment()
    }
  }

  async run(actor: Actor, orchestration: string, request: Partial<StartRequest> = {}): Promise<WorkflowView> {
    return await this.settled(actor, (await this.start(actor, orchestration, request)).id)
  }

  async start(actor: Actor, orchestration: string, request: Partial<StartRequest> = {}): Promise<WorkflowView> {
    const whole = { sample: null, full: false, live: false, planId: null, approve: false }
    return await this.parts.service.control.workflows.start(actor, orchestration, { ...whole, ...request })
  }

  /** Waits until nothing happens in a workflow by itself. */
  async settled(actor: Actor, id: string): Promise<WorkflowView> {
    return await this.#until(actor, id, ({ state, endedAt }) => endedAt !== null && state !== 'running')
  }

  /** Waits until a workflow has sent something, and not yet everything. */
  async sending(actor: Actor, id: string): Promise<WorkflowView> {
    return await this.#until(actor, id, ({ progress, endedAt }) => Number(progress?.settled) > 0 || endedAt !== null)
  }

  async create(actor: Actor, kind: EditableKind, key: string, body: Body): Promise<void> {
    await this.parts.service.control.definitions.create(actor, kind, { key, body })
  }

  /** Several of one kind that do not need each other, at once. */
  async createAll(actor: Actor, kind: EditableKind, bodies: Record<string, Body>): Promise<void> {
    await Promise.all(Object.entries(bodies).map(([key, body]) => this.create(actor, kind, key, body)))
  }

  async update(actor: Actor, kind: EditableKind, key: string, body: Body): Promise<void> {
    const { definitions } = this.parts.service.control
    const { version: ifVersion } = await definitions.get(actor, kind, key)
    await definitions.update(actor, kind, key, { body, ifVersion })
  }

  /** Brings deskside.yml as it is now. */
  async apply(actor: Actor): Promise<void> {
    const { applied } = this.parts.service.control
    await applied.apply(actor, (await applied.preview(actor)).revision)
  }

  async #until(actor: Actor, id: string, is: (view: WorkflowView) => boolean): Promise<WorkflowView> {
    for (;;) {
      const view = await this.parts.service.control.workflows.get(actor, id)
      if (is(view)) return view
      await this.#moment()
    }
  }

  async #moment(): Promise<void> {
    this.parts.assertGoesOn()
    await sleep(lookAgainMs)
  }
}

/** A text as a file that somebody uploads. */
export function fileOf(text: string): Content {
  const bytes = Buffer.from(text)
  return {
    length: bytes.length,
    bytes: (async function* () {
      yield bytes
    })(),
  }
}

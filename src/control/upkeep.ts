import { asProblem, type Problem } from '../problem.ts'
import type { Store } from '../store/store.ts'
import type { Catalog } from './catalog.ts'
import type { CredentialHealthKeeper } from './health.ts'
import { historyLimits } from './history.ts'
import type { Notifier } from './notify/notifier.ts'

export interface UpkeepParts {
  store: Store
  catalog: Catalog
  notifier: Notifier
  health: CredentialHealthKeeper
  now: () => Date
  wait: (delayMs: number, signal: AbortSignal) => Promise<void>
  onProblem: (problem: Problem) => void
}

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** What nobody asks for and must be done all the same: each minute, and once a day. */
export class Upkeep {
  readonly #parts: UpkeepParts

  constructor(parts: UpkeepParts) {
    this.#parts = parts
  }

  /** Until the signal aborts. What fails is told and tried again. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#tried(() => this.#parts.notifier.checkRuntimes())
      await this.#tried(async () => {
        if (await this.#isNewDay()) await this.#daily()
      })
      await this.#parts.wait(minuteMs, signal)
    }
  }

  async #isNewDay(): Promise<boolean> {
    const last = await this.#parts.store.meta.get('upkeep')
    return last === null || Math.abs(this.#parts.now().getTime() - Date.parse(last)) >= dayMs
  }

  async #daily(): Promise<void> {
    const { store, catalog, health, now } = this.#parts
    await this.#tried(() => health.checkAll())
    await this.#tried(async () => {
      const { workflows, activity } = historyLimits(catalog, now())
      await store.workflows.prune(workflows)
      await store.notifications.prune(workflows)
      await store.activity.prune(activity)
      await store.access.prune(now())
    })
    await this.#tried(() => store.meta.set('upkeep', now().toISOString()))
  }

  async #tried(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#parts.onProblem(asProblem(error))
    }
  }
}

import type { Store } from '../store/store.ts'
import type { RunSummary } from '../sync/report.ts'
import type { Figures } from './control.ts'

/** What this process has done since it began, for metrics. */
export class Totals {
  readonly #startedAt: Date
  readonly #delivered = { created: 0, updated: 0, failed: 0, rejected: 0 }
  #requests = 0

  constructor(startedAt: Date) {
    this.#startedAt = startedAt
  }

  add({ rows, requests }: RunSummary): void {
    for (const outcome of ['created', 'updated', 'failed', 'rejected'] as const)
      this.#delivered[outcome] += rows[outcome]
    this.#requests += requests
  }

  async figures(store: Store, version: string): Promise<Figures> {
    return {
      version,
      startedAt: this.#startedAt,
      workflows: {
        waiting: await store.workflows.count({ states: ['waiting'] }),
        running: await store.workflows.count({ states: ['running', 'stopping'] }),
      },
      delivered: { ...this.#delivered },
      requests: this.#requests,
      orchestrations: (await store.workflows.latest()).map(({ orchestration, state, endedAt }) => ({
        orchestration,
        state,
        endedAt,
      })),
    }
  }
}

import type { Actor } from '../access/authorize.ts'
import type { ActivityEntry, ActivityFilter, ActivityStore, Page, PageRequest } from '../store/store.ts'
import type { Activity } from './control.ts'
import type { Gate } from './gate.ts'

/** Lines that an export reads at a time. */
const SLICE = 500

/** The activity log for those who may see it, in pages or as a file. */
export class ControlActivity implements Activity {
  readonly #store: ActivityStore
  readonly #gate: Gate
  readonly #now: () => Date

  constructor({ store, gate, now }: { store: ActivityStore; gate: Gate; now: () => Date }) {
    this.#store = store
    this.#gate = gate
    this.#now = now
  }

  async list(actor: Actor, filter: ActivityFilter, page: PageRequest): Promise<Page<ActivityEntry>> {
    await this.#gate.pass(actor, 'activity:read', 'activity')
    return await this.#store.list(filter, page)
  }

  async export(
    actor: Actor,
    filter: ActivityFilter,
  ): Promise<{ from: string; to: string; entries: AsyncIterable<ActivityEntry> }> {
    await this.#gate.permit(actor, 'activity:read', 'activity')
    // What was searched for may be somebody's name or address.
    await this.#gate.pass(actor, 'data:download', 'activity', { filters: Object.keys(filter).sort() })
    const span = await this.#store.span(filter)
    const from = filter.from ?? span?.first ?? this.#now()
    const to = filter.to ?? span?.last ?? this.#now()
    return { from: day(from), to: day(to), entries: this.#each(filter) }
  }

  async *#each(filter: ActivityFilter): AsyncGenerator<ActivityEntry> {
    let cursor: string | null = null
    do {
      const page: Page<ActivityEntry> = await this.#store.list(filter, { limit: SLICE, cursor })
      yield* page.items
      cursor = page.next
    } while (cursor !== null)
  }
}

function day(at: Date): string {
  return at.toISOString().slice(0, 10)
}

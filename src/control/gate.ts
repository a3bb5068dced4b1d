import { randomUUID } from 'node:crypto'
import { type Action, type Actor, type Attempt, authorize, type ObjectName } from '../access/authorize.ts'
import type { Json } from '../problem.ts'
import type { ActivityStore } from '../store/store.ts'

/** The one way in: nothing is done that has not passed here, and what changes something or is denied leaves a line in the activity log. */
export class Gate {
  readonly #activity: ActivityStore
  readonly #now: () => Date

  constructor(activity: ActivityStore, now: () => Date) {
    this.#activity = activity
    this.#now = now
  }

  /** Throws `access.denied`. `detail` names objects and ids, never people's data or secrets. */
  async pass(actor: Actor, action: Action, object: ObjectName, detail: { [key: string]: Json } = {}): Promise<void> {
    let attempt: Attempt | null = null
    try {
      authorize(actor, action, object, (noted) => {
        attempt = noted
      })
    } finally {
      if (attempt !== null) await this.#note(attempt, detail)
    }
  }

  async #note({ actor, action, object, allowed }: Attempt, detail: { [key: string]: Json }): Promise<void> {
    const by = actorId(actor)
    await this.#activity.add({ id: randomUUID(), at: this.#now(), actor: by, action, object, allowed, detail })
  }
}

/** How an actor is written down. */
export function actorId(actor: Actor): string {
  return actor.kind === 'key' ? `key/${actor.id}` : actor.kind === 'admin' ? `user/${actor.id}` : actor.id
}

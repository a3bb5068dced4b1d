import { randomUUID } from 'node:crypto'
import {
  type Action,
  type Actor,
  type Attempt,
  actorId,
  actorName,
  authorize,
  denied,
  type ObjectName,
} from '../access/authorize.ts'
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
      if (attempt !== null) await this.note(attempt, detail)
    }
  }

  /** Writes down what was refused for a reason of its own. */
  async refuse(actor: Actor, action: Action, object: ObjectName, lacking: readonly Action[]): Promise<never> {
    await this.note({ actor, action, object, allowed: false }, { lacking: [...lacking] })
    throw denied(actor, action, object, lacking)
  }

  async note({ actor, action, object, allowed }: Attempt, detail: { [key: string]: Json } = {}): Promise<void> {
    const via = 'via' in actor ? actor.via : undefined
    await this.#activity.add({
      ...{ id: randomUUID(), at: this.#now(), actor: actorId(actor), actorName: actorName(actor) },
      ...{ action, object, allowed, detail, address: via?.address ?? '', agent: via?.agent ?? '' },
    })
  }
}

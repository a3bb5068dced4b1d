import { randomUUID } from 'node:crypto'
import {
  type Action,
  type Actor,
  type Attempt,
  actorId,
  actorName,
  denied,
  isNoted,
  mayDo,
  type ObjectName,
} from '../access/authorize.ts'
import type { Json } from '../problem.ts'
import type { ActivityStore } from '../store/store.ts'

/** The one way in: nothing is done that has not passed here, and what changes something or is denied leaves one line in the activity log. */
export class Gate {
  readonly #activity: ActivityStore
  readonly #now: () => Date

  constructor(activity: ActivityStore, now: () => Date) {
    this.#activity = activity
    this.#now = now
  }

  /**
   * Throws `access.denied`, also when the actor may do this in general and lacks further rights for this object. `detail` names objects and
   * ids, never people's data or secrets.
   */
  async pass(
    actor: Actor,
    action: Action,
    object: ObjectName,
    detail: { [key: string]: Json } = {},
    lacking: readonly Action[] = [],
  ): Promise<void> {
    const allowed = mayDo(actor, action) && lacking.length === 0
    const attempt = { actor, action, object, allowed }
    if (isNoted(attempt)) await this.note(attempt, lacking.length === 0 ? detail : { ...detail, lacking: [...lacking] })
    if (!allowed) throw denied(actor, action, object, lacking)
  }

  async note({ actor, action, object, allowed }: Attempt, detail: { [key: string]: Json } = {}): Promise<void> {
    const via = 'via' in actor ? actor.via : undefined
    await this.#activity.add({
      ...{ id: randomUUID(), at: this.#now(), actor: actorId(actor), actorName: actorName(actor) },
      ...{ action, object, allowed, detail, address: via?.address ?? '', agent: via?.agent ?? '' },
    })
  }
}

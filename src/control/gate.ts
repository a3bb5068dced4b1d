import { randomUUID } from 'node:crypto'
import {
  type Action,
  type Actor,
  type Attempt,
  actorId,
  actorName,
  denied,
  isLogged,
  mayDo,
  type ObjectName,
} from '../access/authorize.ts'
import type { Json } from '../problem.ts'
import type { ActivityStore } from '../store/store.ts'

/** Longest text of a line, but for the detail: keys and ids that somebody makes up may be longer. */
const LONGEST = 400

/**
 * The one way in: nothing is done that has not passed here. What changes something, shows people or is denied leaves exactly one line in the
 * activity log, which is there before what it tells of begins.
 */
export class Gate {
  readonly #activity: ActivityStore
  readonly #now: () => Date

  constructor(activity: ActivityStore, now: () => Date) {
    this.#activity = activity
    this.#now = now
  }

  /**
   * Throws `access.denied`, also when the actor may do this in general and lacks further rights for this object. `detail` names objects, ids and
   * fields, never people's data or secrets.
   */
  async pass(
    actor: Actor,
    action: Action,
    object: ObjectName,
    detail: { [key: string]: Json } = {},
    lacking: readonly Action[] = [],
  ): Promise<void> {
    await this.permit(actor, action, object, lacking)
    if (isLogged(action)) await this.note({ actor, action, object, allowed: true }, detail)
  }

  /**
   * Like {@link pass}, and leaves a line only when it is denied: the one of what is done is the caller's, who knows more of it in a moment, or
   * there is none, because nothing is done. Throws `access.denied`.
   */
  async permit(actor: Actor, action: Action, object: ObjectName, lacking: readonly Action[] = []): Promise<void> {
    if (mayDo(actor, action) && lacking.length === 0) return
    const attempt = { actor, action, object, allowed: false }
    await this.note(attempt, lacking.length === 0 ? {} : { lacking: [...lacking] })
    throw denied(actor, action, object, lacking)
  }

  async note({ actor, action, object, allowed }: Attempt, detail: { [key: string]: Json } = {}): Promise<void> {
    const via = 'via' in actor ? actor.via : undefined
    await this.#activity.add({
      ...{ id: randomUUID(), at: this.#now(), actor: actorId(actor), actorName: oneLine(actorName(actor)) },
      ...{ action, object: oneLine(object), allowed, detail: withoutControls(detail) as { [key: string]: Json } },
      ...{ address: oneLine(via?.address ?? ''), agent: oneLine(via?.agent ?? '') },
    })
  }
}

/** Names come from strangers: what steers a terminal, breaks a line or turns the direction of text is shown as a mark in its place. */
const controls = /[\p{Cc}\p{Zl}\p{Zp}\u{202a}-\u{202e}\u{2066}-\u{2069}]/gu

function plain(text: string): string {
  return text.toWellFormed().replaceAll(controls, '\u{fffd}')
}

function oneLine(text: string): string {
  return plain(text.slice(0, LONGEST))
}

function withoutControls(value: Json): Json {
  if (typeof value === 'string') return plain(value)
  if (Array.isArray(value)) return value.map(withoutControls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [plain(key), withoutControls(child)]))
}

import type { Actor } from '../access/authorize.ts'
import { Problem } from '../problem.ts'
import type { Dispatch, Notification, Page, PageRequest, Store } from '../store/store.ts'
import type { Notifications } from './control.ts'
import type { Gate } from './gate.ts'
import type { Dispatcher } from './notify/dispatcher.ts'

export interface NotificationParts {
  store: Store
  gate: Gate
  dispatcher: Dispatcher
  now: () => Date
}

/** What was told, to whom, and how that ended. */
export class ControlNotifications implements Notifications {
  readonly #parts: NotificationParts

  constructor(parts: NotificationParts) {
    this.#parts = parts
  }

  async list(actor: Actor, page: PageRequest & { unread?: boolean }): Promise<Page<Notification> & { unread: number }> {
    const { gate, store } = this.#parts
    await gate.pass(actor, 'notification:read', 'notification')
    return { ...(await store.notifications.list(page)), unread: await store.notifications.unread() }
  }

  async markRead(actor: Actor, ids: readonly string[] | 'all'): Promise<void> {
    const { gate, store, now } = this.#parts
    await gate.pass(actor, 'notification:read', 'notification')
    await store.notifications.markRead(ids, now())
  }

  async dispatches(
    actor: Actor,
    filter: { notification?: string; state?: Dispatch['state'] },
    page: PageRequest,
  ): Promise<Page<Dispatch>> {
    const { gate, store } = this.#parts
    await gate.pass(actor, 'notification:read', 'dispatch')
    return await store.notifications.dispatches(filter, page)
  }

  async test(actor: Actor, channel: string, target: string): Promise<{ sent: boolean; error: string | null }> {
    const { gate, store, dispatcher } = this.#parts
    await gate.pass(actor, 'notification:write', `channel/${channel}`, { change: 'test' })
    if ((await store.definitions.get('channel', channel)) === null)
      throw new Problem('store.not_found', { message: `There is no channel ${channel}.`, data: { key: channel } })
    return await dispatcher.test(channel, target)
  }
}

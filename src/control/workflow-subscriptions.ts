import { type Actor, actorId } from '../access/authorize.ts'
import { Problem } from '../problem.ts'
import type { Store, WorkflowHeader, WorkflowSubscription } from '../store/store.ts'
import type { Catalog } from './catalog.ts'
import type { WorkflowSubscriptions } from './control.ts'
import type { Gate } from './gate.ts'
import { findWorkflow } from './header-log.ts'
import { hasEnded } from './notify/events.ts'
import type { WorkflowSubscriptionBody } from './notify/subscription-body.ts'

export interface WorkflowSubscriptionParts {
  store: Pick<Store, 'workflows' | 'workflowSubscriptions'>
  catalog: Catalog
  gate: Gate
  now: () => Date
  newId: () => string
}

/** Who hears of one workflow. Whoever is let in is told: nothing comes between the last look at who asks and the end. */
export class ControlWorkflowSubscriptions implements WorkflowSubscriptions {
  readonly #parts: WorkflowSubscriptionParts
  /** Workflows whose end is being told, and stored after that. */
  readonly #ending = new Set<string>()

  constructor(parts: WorkflowSubscriptionParts) {
    this.#parts = parts
  }

  async add(actor: Actor, workflow: string, body: WorkflowSubscriptionBody): Promise<WorkflowSubscription> {
    const { gate, store, catalog, now, newId } = this.#parts
    const { events, channel, target, runtime_minutes: runtimeMinutes } = body
    await gate.pass(actor, 'workflow:read', `workflow/${workflow}`)
    await gate.pass(actor, 'notification:write', `workflow/${workflow}`, { change: 'subscribe', channel })
    const { id } = await findWorkflow(store, workflow)
    if (catalog.find('channel', channel) === undefined) {
      throw new Problem('definition.invalid', {
        message: `There is no channel ${channel}.`,
        data: { problems: [{ path: 'channel', message: `channel/${channel} is not there` }] },
      })
    }
    const about = { id: newId(), workflow: id, createdAt: now(), createdBy: actorId(actor) }
    const subscription = { ...about, events: [...new Set(events)], channel, target, runtimeMinutes }
    await store.workflowSubscriptions.add(subscription)
    // Looked at afterwards: it may have ended meanwhile.
    const header = await findWorkflow(store, workflow)
    if (!hasEnded(header) && !this.#ending.has(id)) return subscription
    // Not those of others, who are being told.
    await store.workflowSubscriptions.remove(id, subscription.id).catch(unlessGone)
    throw new Problem('workflow.not_now', {
      message: `The workflow ${id} has ended, and there is nothing more to tell of it.`,
      data: { id, state: header.state },
    })
  }

  async list(actor: Actor, workflow: string): Promise<WorkflowSubscription[]> {
    const { gate, store } = this.#parts
    await gate.pass(actor, 'notification:read', `workflow/${workflow}`)
    return await store.workflowSubscriptions.list((await findWorkflow(store, workflow)).id)
  }

  async remove(actor: Actor, workflow: string, id: string): Promise<void> {
    const { gate, store } = this.#parts
    await gate.pass(actor, 'notification:write', `workflow/${workflow}`, { change: 'unsubscribe' })
    await store.workflowSubscriptions.remove((await findWorkflow(store, workflow)).id, id)
  }

  /** Before a change is told: who comes from now on comes too late for an end. */
  changing({ id, ...header }: WorkflowHeader): void {
    if (hasEnded({ id, ...header })) this.#ending.add(id)
    else this.#ending.delete(id)
  }

  /** The end is told and stored. */
  async ended({ id }: WorkflowHeader): Promise<void> {
    await this.#parts.store.workflowSubscriptions.removeAll(id)
    this.#ending.delete(id)
  }
}

/** The end has taken it along. */
function unlessGone(error: unknown): void {
  if (!(error instanceof Problem) || error.code !== 'store.not_found') throw error
}

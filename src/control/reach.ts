import { type Action, type Actor, mayDo } from '../access/authorize.ts'
import type { Definition } from '../store/store.ts'
import { type Catalog, notThere } from './catalog.ts'
import type { Gate } from './gate.ts'

/**
 * Which destinations somebody may use. A destination that is for administrators only is, for everybody else, one that is not there; who may not
 * see personal values sends them only to destinations that say `limited_pii`. Each orchestration sends personal values, because a person needs
 * a name and an address or id. What is asked here gives the rights that somebody lacks, for the gate.
 */
export class Reach {
  readonly #catalog: Catalog
  readonly #gate: Gate

  constructor({ catalog, gate }: { catalog: Catalog; gate: Gate }) {
    this.#catalog = catalog
    this.#gate = gate
  }

  /** What is not defined (any more) may have been for administrators only. */
  sees(actor: Actor, destination: string | null): boolean {
    if (mayDo(actor, 'destination:admin_only')) return true
    const body = this.#bodyOf(destination)
    return body !== undefined && body.admin_only !== true
  }

  /** Goes before the gate. Throws `store.not_found`, as for a destination that is not there. */
  async assertSees(actor: Actor, action: Action, destination: string): Promise<void> {
    if (this.sees(actor, destination) || !mayDo(actor, action)) return
    if (this.#bodyOf(destination) !== undefined)
      await this.#gate.note({ actor, action, object: `destination/${destination}`, allowed: false })
    throw notThere('destination', destination)
  }

  /** For looking into an orchestration and its runs. */
  lackingToSee(actor: Actor, orchestration: string): Action[] {
    return this.sees(actor, this.#destinationOf(orchestration)) ? [] : ['destination:admin_only']
  }

  /** For everything that sends, now or later. */
  lackingToSend(actor: Actor, orchestration: string): Action[] {
    const destination = this.#destinationOf(orchestration)
    return [...this.lackingToSee(actor, orchestration), ...this.lackingToSendTo(actor, destination)]
  }

  /** As {@link lackingToSend}, for whoever changes what all of these send. */
  lackingToSendAll(actor: Actor, orchestrations: readonly string[]): Action[] {
    return [...new Set(orchestrations.flatMap((one) => this.lackingToSend(actor, one)))]
  }

  /** As {@link lackingToSend}, for an orchestration that is not stored yet. */
  lackingToSendTo(actor: Actor, destination: string | null): Action[] {
    return mayDo(actor, 'pii:send') || this.#bodyOf(destination)?.limited_pii === true ? [] : ['pii:send']
  }

  /** What a destination lets others do, nobody gives who may not do it. */
  lackingToOpen(actor: Actor, key: string, body: Definition['body']): Action[] {
    const before = this.#bodyOf(key)
    const opened: Action[] = []
    if (body.limited_pii === true && before?.limited_pii !== true) opened.push('pii:send')
    if (body.admin_only !== true && before?.admin_only === true) opened.push('destination:admin_only')
    return opened.filter((action) => !mayDo(actor, action))
  }

  hasOrchestration(key: string): boolean {
    return this.#catalog.find('orchestration', key) !== undefined
  }

  /** Keys of all of them. */
  destinations(): string[] {
    return this.#catalog.all('destination').map(({ key }) => key)
  }

  #destinationOf(orchestration: string): string | null {
    const destination = this.#catalog.find('orchestration', orchestration)?.body.destination
    return typeof destination === 'string' ? destination : null
  }

  #bodyOf(destination: string | null): Definition['body'] | undefined {
    return destination === null ? undefined : this.#catalog.find('destination', destination)?.body
  }
}

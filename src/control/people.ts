import { type Actor, mayDo } from '../access/authorize.ts'
import type { OwnApp } from '../app.ts'
import type { FoundPerson } from '../sync/find-people.ts'
import type { People, View } from './control.ts'
import type { Gate } from './gate.ts'
import type { Reach } from './reach.ts'
import { redactedError, redactedFound } from './redaction.ts'

/**
 * Looking for people. Who may not see personal values learns from no answer whether somebody of a name or an address was delivered: a whole
 * external_id finds its person, as everywhere else, and nothing else finds anybody.
 */
export class ControlPeople implements People {
  readonly #app: Pick<OwnApp, 'findPeople'>
  readonly #gate: Gate
  readonly #reach: Reach

  constructor({ app, gate, reach }: { app: Pick<OwnApp, 'findPeople'>; gate: Gate; reach: Reach }) {
    this.#app = app
    this.#gate = gate
    this.#reach = reach
  }

  async search(actor: Actor, text: string, { from, limit }: View): Promise<FoundPerson[]> {
    // Whom somebody looks for is a value of that person, and stays out of the log.
    await this.#gate.pass(actor, 'person:read', 'person', { call: 'search', from, limit })
    const destinations = this.#reach.destinations().filter((one) => this.#reach.sees(actor, one))
    const asked = { destinations, text, from, limit: limit + 1 }
    if (mayDo(actor, 'pii:read')) return await this.#app.findPeople({ ...asked, by: 'anything' })
    // Where addresses are the external_ids, such an id is an address all the same.
    if (text.includes('@')) return []
    try {
      return (await this.#app.findPeople({ ...asked, by: 'external_id' })).map(redactedFound)
    } catch (error) {
      throw redactedError(error)
    }
  }
}

import type { ApiKeys } from '../access/api-keys.ts'
import type { Actor } from '../access/authorize.ts'
import { type Action, mayDo } from '../access/authorize.ts'
import { Problem } from '../problem.ts'
import type { ApiKey, Store } from '../store/store.ts'
import type { Keys } from './control.ts'
import type { Gate } from './gate.ts'

/** API keys, of the administrator as long as there is no other user. A key makes no key that may do more than itself. */
export class ControlKeys implements Keys {
  readonly #gate: Gate
  readonly #keys: ApiKeys
  readonly #store: Store

  constructor({ gate, keys, store }: { gate: Gate; keys: ApiKeys; store: Store }) {
    this.#gate = gate
    this.#keys = keys
    this.#store = store
  }

  async create(
    actor: Actor,
    input: { name: string; scopes: string[]; expiresAt: Date | null },
  ): Promise<{ key: Omit<ApiKey, 'hash'>; secret: string }> {
    await this.#gate.pass(actor, 'key:write', 'key', { change: 'create', name: input.name, scopes: input.scopes })
    const beyond = input.scopes.filter((scope) => !mayDo(actor, scope as Action))
    if (beyond.length > 0) {
      throw new Problem('access.denied', {
        message: `A key may not make one with more rights than its own: ${beyond.join(', ')}.`,
        data: { scopes: beyond },
      })
    }
    const { key, text } = await this.#keys.create(await this.#owner(actor), input)
    return { key, secret: text }
  }

  async list(actor: Actor): Promise<Omit<ApiKey, 'hash'>[]> {
    await this.#gate.pass(actor, 'key:write', 'key', { change: 'list' })
    return (await this.#store.access.keys()).map(({ hash: _, ...key }) => key)
  }

  async remove(actor: Actor, id: string): Promise<void> {
    await this.#gate.pass(actor, 'key:write', `key/${id}`, { change: 'delete' })
    await this.#store.access.removeKey(id)
  }

  async #owner(actor: Actor): Promise<string> {
    if (actor.kind === 'admin') return actor.id
    const [administrator] = await this.#store.access.users()
    if (administrator !== undefined) return administrator.id
    throw new Problem('access.no_administrator', { message: 'A key belongs to a user, and there is none yet.' })
  }
}

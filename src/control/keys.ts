import type { ApiKeys } from '../access/api-keys.ts'
import { type Actor, isAction, mayDo } from '../access/authorize.ts'
import { Problem } from '../problem.ts'
import type { AccessStore, ApiKey } from '../store/store.ts'
import type { Keys } from './control.ts'
import type { Gate } from './gate.ts'

/**
 * API keys: each has an owner and may never do more than that one. Whoever may not administer keys sees and deletes their own alone. A key
 * that makes a key makes it for its owner, with no more rights than its own.
 */
export class ControlKeys implements Keys {
  readonly #gate: Gate
  readonly #keys: ApiKeys
  readonly #access: AccessStore

  constructor({ gate, keys, access }: { gate: Gate; keys: ApiKeys; access: AccessStore }) {
    this.#gate = gate
    this.#keys = keys
    this.#access = access
  }

  async create(
    actor: Actor,
    input: { name: string; scopes: string[]; expiresAt: Date | null },
  ): Promise<{ key: Omit<ApiKey, 'hash'>; secret: string }> {
    const lacking = input.scopes.filter(isAction).filter((scope) => !mayDo(actor, scope))
    await this.#gate.permit(actor, 'key:write', 'key', lacking)
    const { key, text } = await this.#keys.create(ownerOf(actor), input, async ({ id, name, scopes, expiresAt }) => {
      const detail = { change: 'create', name, scopes, expires_at: expiresAt?.toISOString() ?? null }
      await this.#gate.note({ actor, action: 'key:write', object: `key/${id}`, allowed: true }, detail)
    })
    return { key, secret: text }
  }

  async list(actor: Actor): Promise<Omit<ApiKey, 'hash'>[]> {
    await this.#gate.permit(actor, 'key:write', 'key')
    const keys = await this.#keys.list()
    return mayDo(actor, 'key:administer') ? keys : keys.filter(({ user }) => user === ownerOf(actor))
  }

  /** A key of somebody else is as one that is not there. */
  async remove(actor: Actor, id: string): Promise<void> {
    await this.#gate.permit(actor, 'key:write', `key/${id}`)
    const key = await this.#access.key(id)
    if (key === null || (key.user !== ownerOf(actor) && !mayDo(actor, 'key:administer'))) {
      throw new Problem('store.not_found', { message: `There is no key "${id}".`, data: { kind: 'key', key: id } })
    }
    const detail = { change: 'delete', name: key.name, owner: key.user }
    await this.#gate.note({ actor, action: 'key:write', object: `key/${id}`, allowed: true }, detail)
    await this.#access.removeKey(id)
  }
}

/** Null: the owner of the machine. */
function ownerOf(actor: Actor): string | null {
  return actor.kind === 'user' ? actor.id : actor.kind === 'key' ? actor.owner : null
}

import { randomBytes } from 'node:crypto'
import { Problem } from '../problem.ts'
import type { AccessStore, ApiKey } from '../store/store.ts'
import { isAction, type KeyActor } from './authorize.ts'
import { digest, hasDigest } from './digest.ts'
import { grantsOf, rightsOf, rightsOfKey } from './policies.ts'

/** An API key as it may be shown. */
export type ShownKey = Omit<ApiKey, 'hash'>

export interface ApiKeysOptions {
  access: AccessStore
  now: () => Date
}

const LONGEST_NAME = 100
/** The owner of keys that were made by a command on the machine of the server. */
const machine = 'cli'

/** Keys of the form `dsk_<id>_<secret>`: 16 hex digits and 256 random bits in base64url, of which only a digest is stored. */
export class ApiKeys {
  readonly #access: AccessStore
  readonly #now: () => Date

  constructor({ access, now }: ApiKeysOptions) {
    this.#access = access
    this.#now = now
  }

  /**
   * Makes a key of a user (null: of the machine's owner); `text` is the whole key, known this once. `before` hears of it before it opens
   * anything. Throws `definition.invalid` with every mistake.
   */
  async create(
    user: string | null,
    input: { name: string; scopes: readonly string[]; expiresAt: Date | null },
    before: (key: ShownKey) => Promise<void> = async () => {},
  ): Promise<{ key: ShownKey; text: string }> {
    const createdAt = this.#now()
    const mistakes = mistakesOf(input, createdAt)
    if (mistakes.length > 0) {
      throw new Problem('definition.invalid', {
        message: mistakes.map(({ message }) => message).join(' '),
        data: { mistakes: mistakes.map(({ field, message }) => ({ field, message })) },
      })
    }
    const secret = randomBytes(32).toString('base64url')
    const key: ShownKey = {
      id: randomBytes(8).toString('hex'),
      name: input.name.trim(),
      user: user ?? machine,
      scopes: [...new Set(input.scopes)],
      createdAt,
      expiresAt: input.expiresAt,
      lastUsedAt: null,
    }
    await before(key)
    await this.#access.addKey({ ...key, hash: digest(secret) })
    return { key, text: `dsk_${key.id}_${secret}` }
  }

  /**
   * Who a key stands for, and notes that it was used; null: the text is no key, none that is valid, or its owner has gone or was
   * disabled. What the owner may do is read anew each time.
   */
  async keyOf(text: string): Promise<KeyActor | null> {
    const [, id, secret] = /^dsk_([0-9a-f]{16})_([\w-]{43})$/.exec(text) ?? []
    if (id === undefined || secret === undefined) return null
    const key = await this.#access.key(id)
    if (key === null || !hasDigest(secret, key.hash)) return null
    const actor = await this.#actorOf(key)
    if (actor !== null) await this.#access.usedKey(id, this.#now())
    return actor
  }

  /** What the key of this id may do at this moment; null as with {@link keyOf}. `isOverToo`: also where it has ended, or its owner was disabled. */
  async actorOf(id: string, { isOverToo = false } = {}): Promise<KeyActor | null> {
    const key = await this.#access.key(id)
    return key === null ? null : await this.#actorOf(key, isOverToo)
  }

  async #actorOf(key: ApiKey, isOverToo = false): Promise<KeyActor | null> {
    if (key.expiresAt !== null && key.expiresAt <= this.#now() && !isOverToo) return null
    const owner = key.user === machine ? null : await this.#access.user(key.user)
    if (key.user !== machine && (owner === null || (owner.state !== 'active' && !isOverToo))) return null
    const may = rightsOfKey(key.scopes, owner && rightsOf(grantsOf(owner)))
    return { kind: 'key', id: key.id, name: key.name, owner: owner?.id ?? null, may }
  }

  async list(): Promise<ShownKey[]> {
    return (await this.#access.keys()).map(({ hash: _hash, ...shown }) => shown)
  }

  /** From now on the key opens nothing. Throws `store.not_found`. */
  async remove(id: string): Promise<void> {
    await this.#access.removeKey(id)
  }
}

function mistakesOf(
  { name, scopes, expiresAt }: { name: string; scopes: readonly string[]; expiresAt: Date | null },
  now: Date,
): { field: string; message: string }[] {
  const unknown = scopes.filter((scope) => !isAction(scope))
  const mistakes = [
    { field: 'name', wrong: name.trim() === '', message: 'The key has no name.' },
    {
      field: 'name',
      wrong: name.trim().length > LONGEST_NAME,
      message: `The name has more than ${LONGEST_NAME} characters.`,
    },
    { field: 'scopes', wrong: scopes.length === 0, message: 'The key needs at least one scope.' },
    {
      field: 'scopes',
      wrong: unknown.length > 0,
      message: `There is no scope ${unknown.map((scope) => JSON.stringify(scope)).join(', ')}.`,
    },
    {
      field: 'expiresAt',
      wrong: expiresAt !== null && !(expiresAt.getTime() > now.getTime()),
      message: 'The key would end before it begins.',
    },
  ]
  return mistakes.filter(({ wrong }) => wrong).map(({ field, message }) => ({ field, message }))
}

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Secret } from '../config.ts'
import { Problem } from '../problem.ts'
import type { SecretStore } from '../store/store.ts'
import { Turns } from '../turns.ts'
import { type Files, KeyFile, type Keys, keysOfEnvironment, newKey, nodeFiles, type SecretKey } from './key-ring.ts'

export interface SecretBoxOptions {
  /** `.deskside` of the project: holds `secret.key` when the environment has no key. */
  folder: string
  env: { readonly [name: string]: string | undefined }
  secrets: SecretStore
  files?: Files
}

/** How a change of the key ended. */
export interface KeyRotation {
  /** Id of the key under which everything is now. */
  keyId: string
  /** Secrets that were under another key before. */
  resealed: number
  /** What the operator has to do now; null: nothing. */
  afterwards: string | null
}

/**
 * Opens the box of secrets. The current key is `DESKSIDE_SECRET_KEY` or else the first of `<folder>/secret.key`, which is made at first use;
 * those of `DESKSIDE_SECRET_KEY_OLD` decrypt only. Throws `access.key_unusable`, and `access.key_missing` when there is no key at all but
 * the store has secrets: a new key would hide that the right one is lost.
 */
export async function openSecretBox({ folder, env, secrets, files = nodeFiles }: SecretBoxOptions): Promise<SecretBox> {
  const fromEnv = keysOfEnvironment(env)
  if (fromEnv.current !== null) return new SecretBox([fromEnv.current, ...fromEnv.older], secrets, null)
  const file = new KeyFile(join(folder, 'secret.key'), files)
  const keys = (await file.read()) ?? (await firstKey(file, secrets))
  return new SecretBox([...keys, ...fromEnv.older], secrets, file)
}

async function firstKey(file: KeyFile, secrets: SecretStore): Promise<Keys> {
  const stored = (await secrets.list()).length
  if (stored === 0) return await file.create([newKey()])
  throw new Problem('access.key_missing', {
    message: `The store holds ${stored} encrypted secret${stored === 1 ? '' : 's'}, and there is neither DESKSIDE_SECRET_KEY nor ${file.path}.`,
    fix: `Set DESKSIDE_SECRET_KEY, or put the key file back, then start again. If the key is lost, set DESKSIDE_SECRET_KEY to a new one (\`openssl rand -base64 32\`) and enter the secrets again.`,
    data: { secrets: stored },
  })
}

/**
 * Encrypts secrets by AES-256-GCM. The text of a ciphertext is `v1.<key id>.<nonce>.<encrypted and tag>`, the last two in base64url; a
 * secret's name and its key's id are authenticated with it, so that what is moved under another name does not open.
 *
 * All who store secrets do it through {@link put}, which lets no change of the key happen between encrypting and storing. Only one
 * process may hold a box that changes the key.
 */
export class SecretBox {
  /** Keys that were retired stay until the process ends: somebody may just have read a ciphertext that needs one. */
  #keys: Keys
  readonly #secrets: SecretStore
  /** Null: the keys come from the environment. */
  readonly #file: KeyFile | null
  readonly #turns = new Turns()

  constructor(keys: Keys, secrets: SecretStore, file: KeyFile | null) {
    this.#keys = keys
    this.#secrets = secrets
    this.#file = file
  }

  /** The ciphertext of a secret, another one at each call. */
  seal(name: string, text: string): string {
    // Half of a surrogate pair has no form in UTF-8: another secret than the given one would come back.
    if (!text.isWellFormed()) throw new Problem('definition.invalid', { message: `${name} is not well-formed text.` })
    const [{ id, key }] = this.#keys
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(authenticated(id, name))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return textOf({ keyId: id, nonce, sealed })
  }

  /** Throws `access.key_missing` when none of the keys is the one it was encrypted with, `access.secret_broken` when it was changed. */
  open(name: string, ciphertext: string): Secret {
    const { keyId, nonce, sealed } = parse(name, ciphertext)
    const { key } = this.#keyOf(keyId, name)
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
      decipher.setAAD(authenticated(keyId, name))
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
      const text = Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()])
      return new Secret(text.toString('utf8'))
    } catch (error) {
      throw broken(name, error)
    }
  }

  /**
   * A digest that cannot be computed without the key: what it is of may hold a password, which could be found by trying. Another one after a change
   * of the key.
   */
  digest(text: string): string {
    const [{ key }] = this.#keys
    const derived = Buffer.from(hkdfSync('sha256', key, '', 'deskside v1 digest', 32))
    return createHmac('sha256', derived).update(text, 'utf8').digest('hex')
  }

  /** The secret of this name; null: there is none. Throws like {@link open}. */
  async get(name: string): Promise<Secret | null> {
    const ciphertext = await this.#secrets.get(name)
    return ciphertext === null ? null : this.open(name, ciphertext)
  }

  /** Stores a secret under its name, in the place of the one that is there. */
  async put(name: string, text: string): Promise<void> {
    await this.#turns.run({ work: 'the storing of a secret' }, async () => {
      await this.#secrets.put(name, this.seal(name, text))
    })
  }

  /**
   * Puts all secrets under another key. With the key file that is a new one: the file holds both keys before anything is encrypted anew,
   * and the new one alone after the store has committed everything, so a process that ends anywhere loses nothing, and a repeated call
   * completes it. With the environment it is `DESKSIDE_SECRET_KEY`, while `DESKSIDE_SECRET_KEY_OLD` holds the keys from before.
   * Throws like {@link open} for a secret that cannot be opened: nothing is changed then; and `usage.invalid` when there is no new key.
   */
  async rotateKey(): Promise<KeyRotation> {
    return await this.#turns.run({ work: 'a change of the key' }, async () => {
      const file = this.#file
      if (file === null) return await this.#rotateInEnvironment()
      const inFile = await file.read()
      if (inFile === null) {
        const message = `${file.path} is gone since the process began. Nothing was changed.`
        throw new Problem('access.key_missing', { message })
      }
      const key = newKey()
      await file.replace([key, ...inFile])
      this.#keys = [key, ...this.#keys, ...inFile]
      const resealed = await this.#reseal()
      await file.replace([key])
      return { keyId: key.id, resealed, afterwards: null }
    })
  }

  async #rotateInEnvironment(): Promise<KeyRotation> {
    const [{ id }, ...older] = this.#keys
    if (older.length === 0) {
      throw new Problem('usage.invalid', {
        message: 'The key comes from DESKSIDE_SECRET_KEY, and there is no other one to change from.',
        fix: 'Move the key to DESKSIDE_SECRET_KEY_OLD, set DESKSIDE_SECRET_KEY to a new one (`openssl rand -base64 32`), start again, and repeat this.',
      })
    }
    const resealed = await this.#reseal()
    return { keyId: id, resealed, afterwards: 'Remove DESKSIDE_SECRET_KEY_OLD from the environment.' }
  }

  /** Encrypts what is under other keys with the current one; the number of those. */
  async #reseal(): Promise<number> {
    const stale = await this.#stale()
    const anew = stale.map(({ name, ciphertext }) => ({
      name,
      ciphertext: this.seal(name, this.open(name, ciphertext).reveal()),
    }))
    if (anew.length > 0) await this.#secrets.replaceAll(anew)
    const left = (await this.#stale()).length
    if (left === 0) return stale.length
    throw new Problem('store.conflict', {
      message: `Another process has stored ${left} secrets under an older key meanwhile. All keys were kept.`,
      fix: 'Stop the other process, then change the key again.',
      effect: 'partial',
    })
  }

  async #stale(): Promise<{ name: string; ciphertext: string }[]> {
    const [{ id }] = this.#keys
    return (await this.#secrets.list()).filter(({ name, ciphertext }) => parse(name, ciphertext).keyId !== id)
  }

  #keyOf(keyId: string, name: string): SecretKey {
    const key = this.#keys.find(({ id }) => id === keyId)
    if (key !== undefined) return key
    throw new Problem('access.key_missing', {
      message: `${name} was encrypted with the key ${keyId}, which is not there.`,
      data: { name, keyId },
    })
  }
}

// ---- the text of a ciphertext -------------------------------------------------------------------------------------------------

const NONCE_BYTES = 12
const TAG_BYTES = 16

interface Ciphertext {
  keyId: string
  nonce: Buffer
  /** Encrypted bytes, then the tag. */
  sealed: Buffer
}

function textOf({ keyId, nonce, sealed }: Ciphertext): string {
  return ['v1', keyId, nonce.toString('base64url'), sealed.toString('base64url')].join('.')
}

function parse(name: string, text: string): Ciphertext {
  const [version, keyId = '', nonce = '', sealed = ''] = text.split('.')
  if (version !== 'v1') throw broken(name)
  const parsed = { keyId, nonce: Buffer.from(nonce, 'base64url'), sealed: Buffer.from(sealed, 'base64url') }
  if (parsed.nonce.length !== NONCE_BYTES || parsed.sealed.length < TAG_BYTES) throw broken(name)
  // Decoding passes over spare bits and foreign characters; whoever changed those has changed the ciphertext all the same.
  if (textOf(parsed) !== text) throw broken(name)
  return parsed
}

function authenticated(keyId: string, name: string): Buffer {
  return Buffer.from(`deskside v1\0${keyId}\0${name}`, 'utf8')
}

function broken(name: string, cause?: unknown): Problem {
  const message = `The ciphertext of ${name} was changed, cut off or moved here from another name.`
  return new Problem('access.secret_broken', { message, data: { name }, cause })
}

import { createHash, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { link, mkdir, open, readdir, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { diskFull, Problem } from '../problem.ts'

/** What is done to files here; tests give one that fails at a chosen step. */
export type Files = Pick<typeof nodeFiles, keyof typeof nodeFiles>
export const nodeFiles = { link, mkdir, open, readdir, rename, unlink }

/** A key of 256 bits. Neither printing nor serialising shows it. */
export interface SecretKey {
  /** 12 hex digits of a digest of the key, so that a ciphertext can name its key wherever that came from. */
  id: string
  key: KeyObject
}

/** At least one key: the first encrypts, each decrypts. */
export type Keys = readonly [SecretKey, ...SecretKey[]]

const KEY_BYTES = 32

/** A new random key. */
export function newKey(): SecretKey {
  return keyOf(randomBytes(KEY_BYTES))
}

function keyOf(bytes: Buffer): SecretKey {
  const id = createHash('sha256').update('deskside key id').update(bytes).digest('hex').slice(0, 12)
  return { id, key: createSecretKey(bytes) }
}

/** Reads the base64 of a key; `where` names its place in the problem, which never shows the text. */
function parseKey(text: string, where: string): SecretKey {
  const wrong = (what: string) => new Problem('access.key_unusable', { message: `${where} ${what}.` })
  if (!/^[\w+/-]*={0,2}$/.test(text)) throw wrong('is not base64')
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== KEY_BYTES) throw wrong(`holds ${bytes.length} bytes, and a key has ${KEY_BYTES}`)
  return keyOf(bytes)
}

/**
 * Keys of the environment: `DESKSIDE_SECRET_KEY` encrypts, those of `DESKSIDE_SECRET_KEY_OLD` (with commas between them) only decrypt what
 * is not yet encrypted anew. A variable that is set and empty is a mistake, not an absent one: whoever set it means to have a key there.
 * Throws `access.key_unusable`.
 */
export function keysOfEnvironment(env: { readonly [name: string]: string | undefined }): {
  current: SecretKey | null
  older: SecretKey[]
} {
  const current = env.DESKSIDE_SECRET_KEY
  const older = env.DESKSIDE_SECRET_KEY_OLD?.split(',') ?? []
  return {
    current: current === undefined ? null : parseKey(current.trim(), 'DESKSIDE_SECRET_KEY'),
    older: older
      .filter((text) => text.trim() !== '')
      .map((text, index) => parseKey(text.trim(), `Key ${index + 1} of DESKSIDE_SECRET_KEY_OLD`)),
  }
}

/**
 * The file of the keys: one base64 a line, the current one first, mode 0600. It is never written in place: at each moment it holds either
 * the keys from before a change or those after it, on the disk.
 */
export class KeyFile {
  readonly path: string
  readonly #files: Files

  constructor(path: string, files: Files) {
    this.path = path
    this.#files = files
  }

  /** Null: there is no file. Throws `access.key_unusable`, also when group or world may read it. */
  async read(): Promise<Keys | null> {
    const text = await this.#text()
    if (text === null) return null
    const [first, ...others] = text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map((line, index) => parseKey(line, `Key ${index + 1} of ${this.path}`))
    if (first === undefined) throw new Problem('access.key_unusable', { message: `${this.path} holds no key.` })
    return [first, ...others]
  }

  async #text(): Promise<string | null> {
    try {
      await using file = await this.#files.open(this.path, 'r')
      const { mode } = await file.stat()
      // Windows has no such modes: there the folder's rights hold.
      if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
        throw new Problem('access.key_unusable', {
          message: `${this.path} has mode ${(mode & 0o777).toString(8).padStart(4, '0')}, so others than its owner may use it.`,
          fix: `Run \`chmod 600 ${this.path}\`; if others may have read it, change the key as well.`,
        })
      }
      return await file.readFile('utf8')
    } catch (error) {
      if (error instanceof Problem) throw error
      if (codeOf(error) === 'ENOENT') return null
      throw new Problem('access.key_unusable', {
        message: `${this.path} cannot be read (${codeOf(error)}).`,
        fix: 'Give the user that runs Deskside the right to read it.',
        cause: error,
      })
    }
  }

  /** Makes the file with these keys, unless another process was first; the keys that it holds then. Throws `access.key_unusable`. */
  async create(keys: Keys): Promise<Keys> {
    await this.#writing(async () => {
      await this.#files.mkdir(dirname(this.path), { recursive: true, mode: 0o700 })
      const draft = await this.#draft(keys)
      try {
        // Unlike a rename, a link never replaces a file: of two processes that make a key, both use the one that was first.
        await this.#files.link(draft, this.path)
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error
      } finally {
        await this.#files.unlink(draft)
      }
      await this.#syncFolder()
    })
    const made = await this.read()
    if (made !== null) return made
    throw new Problem('access.key_unusable', { message: `${this.path} was removed while it was made.` })
  }

  /** Puts these keys in the place of all that are there, and removes what an earlier process left half done. Throws like {@link create}. */
  async replace(keys: Keys): Promise<void> {
    await this.#writing(async () => {
      const folder = dirname(this.path)
      for (const name of await this.#files.readdir(folder)) {
        const isDraft = name.startsWith(`${basename(this.path)}.`) && name.endsWith('.new')
        if (isDraft) await this.#files.unlink(join(folder, name))
      }
      await this.#files.rename(await this.#draft(keys), this.path)
      await this.#syncFolder()
    })
  }

  async #writing(write: () => Promise<void>): Promise<void> {
    try {
      await write()
    } catch (error) {
      throw (
        diskFull(error) ??
        new Problem('access.key_unusable', {
          message: `${this.path} cannot be written (${codeOf(error)}).`,
          fix: 'Give the user that runs Deskside the right to write there, or set DESKSIDE_SECRET_KEY.',
          cause: error,
        })
      )
    }
  }

  /** A file beside the real one that is complete and on the disk. */
  async #draft(keys: Keys): Promise<string> {
    const path = `${this.path}.${randomBytes(6).toString('hex')}.new`
    await using file = await this.#files.open(path, 'wx', 0o600)
    await file.writeFile(keys.map(({ key }) => `${key.export().toString('base64')}\n`).join(''))
    await file.sync()
    return path
  }

  /** A name is safe when its folder is on the disk; Windows keeps names safe without it, and refuses. */
  async #syncFolder(): Promise<void> {
    if (process.platform === 'win32') return
    await using folder = await this.#files.open(dirname(this.path), 'r')
    await folder.sync()
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}

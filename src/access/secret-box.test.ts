import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '../store/open.ts'
import type { SecretStore, Store } from '../store/store.ts'
import { type Files, nodeFiles } from './key-ring.ts'
import { openSecretBox } from './secret-box.ts'

const name = 'credential/zendesk/client_secret'

let home: string
let store: Store
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'deskside secrets '))
  store = await openStore({ url: null, path: join(home, 'control.sqlite') })
})
afterEach(async () => {
  await store.close()
  rmSync(home, { recursive: true, force: true })
})

const folder = () => join(home, '.deskside')
const keyFile = () => join(folder(), 'secret.key')
const key = () => randomBytes(32).toString('base64')
const keysInFile = () => readFileSync(keyFile(), 'utf8').trimEnd().split('\n')
const open = (env: Record<string, string> = {}, more: { secrets?: SecretStore; files?: Files } = {}) =>
  openSecretBox({ folder: folder(), env, secrets: store.secrets, ...more })

describe('a ciphertext', () => {
  it('gives back any text under its name, and is another one each time', async () => {
    const box = await open({ DESKSIDE_SECRET_KEY: key() })
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (name, text) => {
        const ciphertext = box.seal(name, text)
        expect(box.open(name, ciphertext).reveal()).toBe(text)
        expect(box.seal(name, text)).not.toBe(ciphertext)
        expect(ciphertext).toMatch(/^v1\.[0-9a-f]{12}\.[\w-]{16}\.[\w-]{22,}$/)
      }),
    )
  })

  it('does not open under another name', async () => {
    const box = await open()
    const ciphertext = box.seal(name, 'the text')
    for (const other of ['', 'credential/zendesk', `${name}/`, `${name}\0`, name.toUpperCase()]) {
      expect(() => box.open(other, ciphertext)).toThrow(expect.objectContaining({ code: 'access.secret_broken' }))
    }
  })

  it('does not open when any of its characters is another one, is missing, or has one beside it', async () => {
    const box = await open()
    // One of each length modulo three, as the last character of base64 has spare bits for two of them.
    for (const text of ['', 'a', 'ab', 'abc']) {
      const whole = box.seal(name, text)
      for (let at = 0; at < whole.length; at++) {
        const [before, after] = [whole.slice(0, at), whole.slice(at + 1)]
        const others = ['A', 'B', '0', '1', '-', '_', '.', '=', ' ', '\n', 'é'].filter((other) => other !== whole[at])
        for (let bit = 0; bit < 7; bit++) others.push(String.fromCharCode(whole.charCodeAt(at) ^ (1 << bit)))
        const changed = [
          before + after,
          `${before}A${whole.slice(at)}`,
          ...others.map((other) => before + other + after),
        ]
        for (const ciphertext of changed.filter((one) => one !== whole))
          expect(() => box.open(name, ciphertext), `${ciphertext} for ${whole}`).toThrow(
            expect.objectContaining({ code: expect.stringMatching(/^access\.(secret_broken|key_missing)$/) }),
          )
      }
    }
  })

  it('does not open when any bit of its bytes is flipped (I9)', async () => {
    const box = await open()
    const [version, id, ...parts] = box.seal(name, 'the text of a secret').split('.')
    parts.forEach((part, index) => {
      const bytes = Buffer.from(part, 'base64url')
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = Buffer.from(bytes)
        flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
        const ciphertext = [version, id, ...parts.with(index, flipped.toString('base64url'))].join('.')
        expect(() => box.open(name, ciphertext)).toThrow(expect.objectContaining({ code: 'access.secret_broken' }))
      }
    })
  })

  it('of a key that is not there says which', async () => {
    const ciphertext = (await open({ DESKSIDE_SECRET_KEY: key() })).seal(name, 'the text')
    const box = await open({ DESKSIDE_SECRET_KEY: key() })
    expect(() => box.open(name, ciphertext)).toThrow(
      expect.objectContaining({ code: 'access.key_missing', data: { name, keyId: ciphertext.split('.')[1] } }),
    )
  })

  it('is not made of text that would not come back', async () => {
    const box = await open()
    expect(() => box.seal(name, 'half \ud800')).toThrow(expect.objectContaining({ code: 'definition.invalid' }))
  })
})

it('neither text nor key is shown by the box, its secrets and its problems', async () => {
  const text = key()
  const box = await open({ DESKSIDE_SECRET_KEY: text })
  await box.put(name, 'qxzj-secret')
  const secret = await box.get(name)
  expect(secret?.reveal()).toBe('qxzj-secret')
  let problem: unknown
  try {
    box.open('other', (await store.secrets.get(name)) ?? '')
  } catch (error) {
    problem = error
  }
  const shown = inspect([box, secret, problem], { depth: 9, showHidden: true }) + JSON.stringify([box, secret, problem])
  for (const hidden of ['qxzj-secret', text, Buffer.from(text, 'base64').toString('hex')])
    expect(shown).not.toContain(hidden)
  expect(await store.secrets.get(name)).not.toContain('qxzj')
})

describe('the key', () => {
  it('is made at first use, in a file that its owner alone can read, and stays', async () => {
    const box = await open()
    await box.put(name, 'the text')
    expect(statSync(keyFile()).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder())).toEqual(['secret.key'])
    const [text] = keysInFile()
    expect((await (await open()).get(name))?.reveal()).toBe('the text')
    expect(keysInFile()).toEqual([text])
  })

  it('is made once, however many begin at once', async () => {
    const boxes = await Promise.all(Array.from({ length: 8 }, () => open()))
    const ciphertexts = boxes.map((box) => box.seal(name, 'the text'))
    for (const box of boxes)
      for (const ciphertext of ciphertexts) expect(box.open(name, ciphertext).reveal()).toBe('the text')
    expect(keysInFile()).toHaveLength(1)
    expect(readdirSync(folder())).toEqual(['secret.key'])
  })

  it.each([0o640, 0o604, 0o620, 0o602, 0o610, 0o777])('is refused from a file of mode %o', async (mode) => {
    await open()
    chmodSync(keyFile(), mode)
    await expect(open()).rejects.toMatchObject({
      code: 'access.key_unusable',
      fix: expect.stringContaining('chmod 600'),
    })
  })

  const sixteen = randomBytes(16).toString('base64')
  it.each<[string, string, string]>([
    ['nothing', '', '0 bytes'],
    ['too few bytes', sixteen, '16 bytes'],
    ['too many bytes', randomBytes(33).toString('base64'), '33 bytes'],
    ['no base64', 'not base64!'.repeat(4), 'not base64'],
    ['hex', randomBytes(32).toString('hex'), '48 bytes'],
  ])('that is %s is refused without being shown', async (_what, text, why) => {
    const problem = await open({ DESKSIDE_SECRET_KEY: text }).then(
      () => null,
      (error: unknown) => error,
    )
    expect(problem).toMatchObject({ code: 'access.key_unusable', message: expect.stringContaining(why), exitCode: 2 })
    if (text !== '') expect(inspect(problem)).not.toContain(text)
    await expect(open({ DESKSIDE_SECRET_KEY: key(), DESKSIDE_SECRET_KEY_OLD: `${key()},${text}x` })).rejects.toThrow(
      'Key 2 of DESKSIDE_SECRET_KEY_OLD',
    )
    await open()
    writeFileSync(keyFile(), text)
    await expect(open()).rejects.toMatchObject({ code: 'access.key_unusable' })
  })

  it('may stand in the environment with white space around it or in the alphabet of URLs', async () => {
    const bytes = randomBytes(32)
    const ciphertext = (await open({ DESKSIDE_SECRET_KEY: bytes.toString('base64') })).seal(name, 'the text')
    for (const text of [` ${bytes.toString('base64')}\n`, bytes.toString('base64url')])
      expect((await open({ DESKSIDE_SECRET_KEY: text })).open(name, ciphertext).reveal()).toBe('the text')
  })

  it('is not made anew while the store has secrets of another one', async () => {
    await (await open()).put(name, 'the text')
    rmSync(keyFile())
    await expect(open()).rejects.toMatchObject({ code: 'access.key_missing', data: { secrets: 1 } })
    expect(readdirSync(folder())).toEqual([])
  })

  it('moves from the file to the environment and back', async () => {
    await (await open()).put(name, 'the text')
    const [inFile = ''] = keysInFile()
    const [inEnv, other] = [key(), key()]
    const box = await open({ DESKSIDE_SECRET_KEY: inEnv, DESKSIDE_SECRET_KEY_OLD: `${other}, ${inFile}` })
    expect(await box.rotateKey()).toMatchObject({ resealed: 1, afterwards: expect.stringContaining('_OLD') })
    expect((await (await open({ DESKSIDE_SECRET_KEY: inEnv })).get(name))?.reveal()).toBe('the text')
    const back = await open({ DESKSIDE_SECRET_KEY_OLD: inEnv })
    expect((await back.get(name))?.reveal()).toBe('the text')
    await back.rotateKey()
    expect((await (await open()).get(name))?.reveal()).toBe('the text')
  })
})

describe('a change of the key', () => {
  it('leaves all secrets as they were, under a new key that is alone in the file', async () => {
    const box = await open()
    for (let i = 0; i < 20; i++) await box.put(`credential/c${i}/token`, `text ${i}`)
    const [before] = keysInFile()
    const change = await box.rotateKey()
    expect(change).toMatchObject({ resealed: 20, afterwards: null })
    const after = keysInFile()
    expect(after).toHaveLength(1)
    expect(after).not.toContain(before)
    expect(statSync(keyFile()).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder())).toEqual(['secret.key'])
    for (const one of [box, await open()])
      for (let i = 0; i < 20; i++) expect((await one.get(`credential/c${i}/token`))?.reveal()).toBe(`text ${i}`)
    for (const { ciphertext } of await store.secrets.list()) expect(ciphertext).toContain(`v1.${change.keyId}.`)
  })

  it('loses nothing of what is stored, removed and read beside it', async () => {
    const box = await open()
    for (let i = 0; i < 10; i++) await box.put(`s/${i}`, `old ${i}`)
    await Promise.all([
      box.put('s/0', 'new 0'),
      box.rotateKey(),
      box.put('s/1', 'new 1'),
      box.rotateKey(),
      box.put('s/2', 'new 2'),
      store.secrets.remove('s/3'),
      ...Array.from({ length: 20 }, async () => expect((await box.get('s/4'))?.reveal()).toBe('old 4')),
    ])
    const after = await open()
    const texts = await Promise.all(
      (await store.secrets.list()).map(async ({ name }) => [name, (await after.get(name))?.reveal()]),
    )
    expect(Object.fromEntries(texts)).toEqual({
      ...{ 's/0': 'new 0', 's/1': 'new 1', 's/2': 'new 2', 's/4': 'old 4', 's/5': 'old 5', 's/6': 'old 6' },
      ...{ 's/7': 'old 7', 's/8': 'old 8', 's/9': 'old 9' },
    })
  })

  it('waits with what is stored meanwhile, so that it does not put the older text back', async () => {
    const reached = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    const secrets: SecretStore = {
      ...store.secrets,
      async replaceAll(all) {
        reached.resolve()
        await released.promise
        await store.secrets.replaceAll(all)
      },
    }
    const box = await open({}, { secrets })
    await box.put(name, 'old')
    const change = box.rotateKey()
    await reached.promise
    const put = box.put(name, 'new')
    // SQLite has one connection: when this is stored, so is all that was asked for before.
    await store.secrets.put('s/other', box.seal('s/other', 'other'))
    released.resolve()
    await Promise.all([change, put])
    expect((await (await open()).get(name))?.reveal()).toBe('new')
  })

  it('of the environment needs a new key there', async () => {
    const box = await open({ DESKSIDE_SECRET_KEY: key() })
    await expect(box.rotateKey()).rejects.toMatchObject({ code: 'usage.invalid' })
  })

  it('stops at a secret that does not open, with all keys kept', async () => {
    const box = await open()
    await box.put('s/good', 'good')
    await store.secrets.put('s/bad', box.seal('s/elsewhere', 'bad'))
    await expect(box.rotateKey()).rejects.toMatchObject({ code: 'access.secret_broken', data: { name: 's/bad' } })
    expect((await (await open()).get('s/good'))?.reveal()).toBe('good')
    await box.put('s/bad', 'mended')
    await box.rotateKey()
    expect(keysInFile()).toHaveLength(1)
    expect((await (await open()).get('s/bad'))?.reveal()).toBe('mended')
  })

  it('beside another process that stores under an old key keeps all keys and says so', async () => {
    const box = await open()
    await box.put('s/1', 'one')
    const stranger = await open()
    const secrets: SecretStore = {
      ...store.secrets,
      async replaceAll(all) {
        await store.secrets.replaceAll(all)
        await store.secrets.put('s/2', stranger.seal('s/2', 'two'))
      },
    }
    await expect((await open({}, { secrets })).rotateKey()).rejects.toMatchObject({ code: 'store.conflict' })
    const after = await open()
    expect((await after.get('s/1'))?.reveal()).toBe('one')
    expect((await after.get('s/2'))?.reveal()).toBe('two')
  })
})

class Killed extends Error {}

/** Counts the calls of what it wraps, opened files included, and fails before or after the one it is to fail at. */
class Steps {
  count = 0
  readonly names: string[] = []
  readonly #opened: FileHandle[] = []
  failAt = Number.POSITIVE_INFINITY
  when: 'before' | 'after' = 'before'

  wrap<T extends object>(target: T, prefix = ''): T {
    return new Proxy(target, {
      get: (_, property) => {
        const value: unknown = Reflect.get(target, property)
        if (typeof value !== 'function' || property === 'then') return value
        return async (...args: unknown[]) => {
          const step = ++this.count
          this.names.push(prefix + String(property))
          // Everything after the kill fails too: a process that is gone cleans nothing up.
          if (step > this.failAt || (step === this.failAt && this.when === 'before')) throw new Killed()
          const result: unknown = await value.apply(target, args)
          if (property === 'open') this.#opened.push(result as FileHandle)
          if (step === this.failAt) throw new Killed()
          return property === 'open' ? this.wrap(result as object, 'file.') : result
        }
      },
    })
  }

  /** What the system does when a process is gone. */
  async closeFiles(): Promise<void> {
    for (const file of this.#opened) if (file.fd >= 0) await file.close()
  }
}

describe('a process that is killed', () => {
  const texts = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`credential/c${i}/token`, `text ${i}`]))

  async function expectWhole(env: Record<string, string>): Promise<void> {
    const box = await open(env)
    for (const [name, text] of Object.entries(texts)) expect((await box.get(name))?.reveal()).toBe(text)
    if (Object.keys(env).length === 0) expect(statSync(keyFile()).mode & 0o777).toBe(0o600)
  }

  /** Kills `work` before and after each of its steps; `check` is done after each kill. Says which steps there were. */
  async function killEverywhere(
    work: (secrets: SecretStore, files: Files) => Promise<void>,
    check: (killed: boolean) => Promise<void>,
  ): Promise<string[]> {
    for (const when of ['before', 'after'] as const) {
      for (let failAt = 1; ; failAt++) {
        const steps = new Steps()
        Object.assign(steps, { failAt, when })
        let killed = false
        try {
          await work(steps.wrap(store.secrets), steps.wrap({ ...nodeFiles }))
        } catch {
          killed = true
        }
        await steps.closeFiles()
        await check(killed)
        if (steps.count < failAt) {
          if (when === 'after') return steps.names
          break
        }
      }
    }
    return []
  }

  it('at any step of a change of the key file has lost nothing, and a repeated change completes it', async () => {
    const first = await open()
    for (const [name, text] of Object.entries(texts)) await first.put(name, text)
    const steps = await killEverywhere(
      async (secrets, files) => {
        await (await open({}, { secrets, files })).rotateKey()
      },
      async (killed) => {
        await expectWhole({})
        if (!killed) return
        await (await open()).rotateKey()
        await expectWhole({})
        expect(keysInFile()).toHaveLength(1)
        expect(readdirSync(folder())).toEqual(['secret.key'])
      },
    )
    expect(steps.filter((step) => ['rename', 'replaceAll', 'file.sync'].includes(step))).toEqual([
      ...['file.sync', 'rename', 'file.sync'],
      'replaceAll',
      ...['file.sync', 'rename', 'file.sync'],
    ])
  })

  it('in the middle of a change of the key, or only failing, stores what can be read afterwards', async () => {
    const first = await open()
    for (const [name, text] of Object.entries(texts)) await first.put(name, text)
    for (let failAt = 1; ; failAt++) {
      const steps = new Steps()
      const box = await open({}, { files: steps.wrap({ ...nodeFiles }), secrets: steps.wrap(store.secrets) })
      steps.failAt = steps.count + failAt
      const failed = await box.rotateKey().then(
        () => false,
        () => true,
      )
      // Only the change has failed: this process lives on.
      steps.failAt = Number.POSITIVE_INFINITY
      await steps.closeFiles()
      await box.put('later', `after ${failAt}`)
      expect((await (await open()).get('later'))?.reveal()).toBe(`after ${failAt}`)
      await expectWhole({})
      if (!failed) break
    }
  })

  it('at any step of a change in the environment has lost nothing', async () => {
    let current = key()
    const first = await open({ DESKSIDE_SECRET_KEY: current })
    for (const [name, text] of Object.entries(texts)) await first.put(name, text)
    const steps = await killEverywhere(
      async (secrets) => {
        const env = { DESKSIDE_SECRET_KEY: key(), DESKSIDE_SECRET_KEY_OLD: current }
        current = `${env.DESKSIDE_SECRET_KEY},${current}`
        await (await open(env, { secrets })).rotateKey()
      },
      async () => {
        const [now = '', ...old] = current.split(',')
        await expectWhole({ DESKSIDE_SECRET_KEY: now, DESKSIDE_SECRET_KEY_OLD: old.join(',') })
      },
    )
    expect(steps).toContain('replaceAll')
    await expectWhole({ DESKSIDE_SECRET_KEY: current.split(',')[0] ?? '' })
  })

  it('at any step of making the first key leaves no key that is not whole', async () => {
    await killEverywhere(
      async (secrets, files) => {
        rmSync(folder(), { recursive: true, force: true })
        await open({}, { secrets, files })
      },
      async () => {
        const box = await open()
        expect(keysInFile()).toHaveLength(1)
        expect(box.open(name, (await open()).seal(name, 'the text')).reveal()).toBe('the text')
      },
    )
  })
})

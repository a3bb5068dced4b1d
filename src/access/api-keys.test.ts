import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '../store/open.ts'
import type { Store, UserChange } from '../store/store.ts'
import { user } from '../store/test-objects.ts'
import { ApiKeys } from './api-keys.ts'
import { allActions, mayDo } from './authorize.ts'
import { digest } from './digest.ts'

let home: string
let store: Store
let now: Date
let keys: ApiKeys
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'deskside keys '))
  store = await openStore({ url: null, path: join(home, 'control.sqlite') })
  now = new Date('2026-03-01T08:00:00Z')
  await store.access.addUser(user({ id: 'u1', email: 'ann@example.com' }))
  keys = new ApiKeys({ access: store.access, now: () => now })
})
afterEach(async () => {
  await store.close()
  rmSync(home, { recursive: true, force: true })
})

const ci = { name: 'CI', scopes: ['orchestration:run', 'workflow:read'], expiresAt: null }

describe('an API key', () => {
  it('stands for an actor who may do what its scopes name, and nothing else', async () => {
    const { key, text } = await keys.create('u1', { ...ci, scopes: [...ci.scopes, ...ci.scopes] })
    expect(text).toMatch(/^dsk_[0-9a-f]{16}_[\w-]{43}$/)
    const actor = await keys.keyOf(text)
    expect(actor).toEqual({ kind: 'key', id: key.id, name: 'CI', owner: 'u1', may: new Set(ci.scopes) })
    const allowed = allActions.filter((one) => actor && mayDo(actor, one))
    expect(allowed.sort()).toEqual([...ci.scopes].sort())
  })

  it.each<[string, UserChange, string[] | null]>([
    ['has fewer rights', { policies: ['ampiq_user'] }, ['workflow:read']],
    ['may not send', { options: ['restrict_data_exports'] }, ['workflow:read']],
    ['was disabled', { state: 'disabled' }, null],
  ])('never does more than its owner, who %s meanwhile', async (_what, change, left) => {
    const { text } = await keys.create('u1', ci)
    await store.access.updateUser('u1', change)
    const actor = await keys.keyOf(text)
    expect(actor && [...actor.may].sort()).toEqual(left)
  })

  it('of the owner of the machine has what its scopes name, whatever users there are', async () => {
    const { text, key } = await keys.create(null, ci)
    await store.access.updateUser('u1', { state: 'disabled' })
    expect([key.user, await keys.keyOf(text)]).toMatchObject(['cli', { owner: null, may: new Set(ci.scopes) }])
  })

  it('is in the store as the digest of its secret alone, and in lists not even so', async () => {
    const { key, text } = await keys.create('u1', ci)
    const secret = text.slice(-43)
    expect((await store.access.key(key.id))?.hash).toBe(digest(secret))
    const [listed] = await keys.list()
    expect(listed).toEqual(key)
    expect(JSON.stringify([listed, key])).not.toContain(digest(secret))
    let dumped = ''
    for await (const line of store.dump()) dumped += line
    expect(dumped).not.toContain(secret)
  })

  it('is nobody when any part of it is another', async () => {
    const [one, two] = [await keys.create('u1', ci), await keys.create('u1', ci)]
    const [, id, secret = ''] = /^dsk_([^_]+)_(.+)$/.exec(one.text) ?? []
    const others = [
      '',
      'dsk',
      'dsk__',
      id ?? '',
      secret,
      `dsk_${id}_`,
      `dsk_${two.key.id}_${secret}`,
      `dsk_session_${secret}`,
      `dsk_0000000000000000_${secret}`,
      one.text.toUpperCase(),
      ` ${one.text}`,
      `${one.text}\n`,
      `${one.text}x`,
      one.text.slice(0, -1),
      `dsk_${id}_${digest(secret)}`,
    ]
    for (let at = 0; at < one.text.length; at++)
      others.push(one.text.slice(0, at) + (one.text[at] === 'A' ? 'B' : 'A') + one.text.slice(at + 1))
    for (const text of others) expect(await keys.keyOf(text), text).toBe(null)
    expect((await keys.list()).map(({ lastUsedAt }) => lastUsedAt)).toEqual([null, null])
    expect(await keys.keyOf(one.text)).not.toBe(null)
  })

  it('ends at its time', async () => {
    const expiresAt = new Date(now.getTime() + 60_000)
    const { text } = await keys.create('u1', { ...ci, expiresAt })
    now = new Date(expiresAt.getTime() - 1)
    expect(await keys.keyOf(text)).not.toBe(null)
    now = expiresAt
    expect(await keys.keyOf(text)).toBe(null)
  })

  it('tells when it was used last, and opens nothing once it is removed', async () => {
    const { key, text } = await keys.create('u1', ci)
    now = new Date('2026-03-02T09:00:00Z')
    await keys.keyOf(text)
    expect((await keys.list()).map(({ lastUsedAt }) => lastUsedAt)).toEqual([now])
    await keys.remove(key.id)
    expect(await keys.keyOf(text)).toBe(null)
    await expect(keys.remove(key.id)).rejects.toMatchObject({ code: 'store.not_found' })
  })
})

describe('a key is not made', () => {
  it.each<[string, object, string[]]>([
    ['without a name', { name: ' ' }, ['name']],
    ['with an endless name', { name: 'x'.repeat(101) }, ['name']],
    ['without a scope', { scopes: [] }, ['scopes']],
    ['with a scope that there is not', { scopes: ['workflow:read', 'workflow:write', '*', 'toString'] }, ['scopes']],
    ['with an end that has passed', { expiresAt: new Date('2026-03-01T08:00:00Z') }, ['expiresAt']],
    ['with an end that is no time', { expiresAt: new Date('nonsense') }, ['expiresAt']],
    ['with several mistakes', { name: '', scopes: [], expiresAt: new Date(0) }, ['name', 'scopes', 'expiresAt']],
  ])('%s, and all mistakes are named', async (_what, wrong, fields) => {
    await expect(keys.create('u1', { ...ci, ...wrong })).rejects.toMatchObject({
      code: 'definition.invalid',
      data: { mistakes: fields.map((field) => expect.objectContaining({ field })) },
    })
    expect(await keys.list()).toEqual([])
  })

  it('with wrong scopes, which are named, and no others', async () => {
    await expect(keys.create('u1', { ...ci, scopes: ['workflow:read', 'workflow:write', '*'] })).rejects.toMatchObject({
      message: 'There is no scope "workflow:write", "*".',
    })
  })
})

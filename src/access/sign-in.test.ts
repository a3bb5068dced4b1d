import { createHook } from 'node:async_hooks'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { user } from '../store/test-objects.ts'
import { actorId, allActions, type Note } from './authorize.ts'
import { digest } from './digest.ts'
import { hashPassword } from './passwords.ts'
import { fitsCsrf, SignIn } from './sign-in.ts'

const email = 'ann@example.com'
const password = 'correct horse battery'
/** The real price is paid in the test of passwords. */
const cost = { log2N: 5, r: 8, p: 1 }
const via = { address: '192.0.2.1', agent: 'test' }
const hourMs = 60 * 60_000

let home: string
let store: Store
let now: Date
let signIn: SignIn
/** Lines of the activity log: what, of whom, and whether it was allowed. */
const noted: string[] = []
const note: Note = async ({ actor, action, object, allowed }) => {
  noted.push(`${actorId(actor)} ${action} ${object} ${allowed}`)
}
beforeEach(async () => {
  noted.length = 0
  home = mkdtempSync(join(tmpdir(), 'deskside sign-in '))
  store = await openStore({ url: null, path: join(home, 'control.sqlite') })
  now = new Date('2026-03-01T08:00:00Z')
  let ids = 0
  signIn = new SignIn({
    access: store.access,
    now: () => now,
    monotonicMs: () => 0,
    newId: () => `u${++ids}`,
    note,
    cost,
  })
})
afterEach(async () => {
  await store.close()
  rmSync(home, { recursive: true, force: true })
})

const enter = () => signIn.signIn(email, password, via)

describe('the administrator', () => {
  it('signs in, is known by the cookie for 12 hours, and no longer', async () => {
    await signIn.setAdministrator(email, password)
    const { user: signedIn, cookie, csrf, expiresAt } = await signIn.signIn(' Ann@Example.com ', password, via)
    expect(signedIn).toEqual({ kind: 'user', id: 'u1', email, may: new Set(allActions) })
    expect(expiresAt).toEqual(new Date(now.getTime() + 12 * hourMs))
    const known = await signIn.sessionOf(cookie)
    expect(known?.user).toEqual(signedIn)
    expect([csrf, cookie, '', `${csrf}x`].map((token) => known && fitsCsrf(known.session, token))).toEqual([
      true,
      false,
      false,
      false,
    ])
    now = new Date(expiresAt.getTime() - 1)
    expect(await signIn.sessionOf(cookie)).not.toBe(null)
    now = expiresAt
    expect(await signIn.sessionOf(cookie)).toBe(null)
  })

  it('has tokens of 256 bits, of which the store knows digests alone', async () => {
    await signIn.setAdministrator(email, password)
    const [one, two] = [await enter(), await enter()]
    const tokens = [one.cookie, one.csrf, two.cookie, two.csrf]
    expect(new Set(tokens).size).toBe(4)
    for (const token of tokens) expect(token).toMatch(/^dsk_(session|csrf)_[\w-]{43}$/)
    let dumped = ''
    for await (const line of store.dump()) dumped += `${line}\n`
    expect(dumped).toContain(digest(one.cookie))
    expect(dumped).toContain(digest(one.csrf))
    for (const hidden of [...tokens.map((token) => token.slice(-43)), password]) expect(dumped).not.toContain(hidden)
  })

  it('signs out of one session; others go on', async () => {
    await signIn.setAdministrator(email, password)
    const [one, two] = [await enter(), await enter()]
    await signIn.signOut(one.cookie)
    await signIn.signOut('dsk_session_unknown')
    expect(await signIn.sessionOf(one.cookie)).toBe(null)
    expect(await signIn.sessionOf(two.cookie)).not.toBe(null)
    expect(await signIn.sessionOf(digest(two.cookie))).toBe(null)
  })

  it('is set again by the owner of the machine: another password, all rights, no session; others stay', async () => {
    await signIn.setAdministrator(email, password)
    const { cookie } = await enter()
    await store.access.updateUser('u1', { state: 'disabled', policies: ['ampiq_user'], options: ['restrict_pii'] })
    const other = await signIn.setAdministrator('bob@example.com', 'bobs own password')
    const again = await signIn.setAdministrator(email, 'another password')
    expect([other, again]).toMatchObject([
      { id: 'u2', email: 'bob@example.com' },
      { id: 'u1', email, may: new Set(allActions) },
    ])
    expect(await signIn.sessionOf(cookie)).toBe(null)
    await expect(enter()).rejects.toMatchObject({ code: 'access.unauthenticated' })
    expect((await signIn.signIn(email, 'another password', via)).user).toEqual(again)
    expect((await signIn.signIn('bob@example.com', 'bobs own password', via)).user).toEqual(other)
  })

  it.each([
    ['no-address', password],
    ['two@at@example.com', password],
    [`${'x'.repeat(250)}@example.com`, password],
    [email, 'too short'],
  ])('is not set to %s with %s', async (wrongEmail, wrongPassword) => {
    await expect(signIn.setAdministrator(wrongEmail, wrongPassword)).rejects.toMatchObject({
      code: 'definition.invalid',
    })
    expect(await store.access.users()).toEqual([])
  })

  it('gets a hash of today when the one that is stored is older', async () => {
    const old = await hashPassword(password, { log2N: 4, r: 8, p: 1 })
    await store.access.addUser(user({ id: 'u', email, passwordHash: old, createdAt: now }))
    await enter()
    expect((await store.access.user('u'))?.passwordHash).toContain('ln=5,')
    expect((await enter()).user.id).toBe('u')
  })
})

describe('whoever is not the administrator', () => {
  it('is told nothing about what was wrong', async () => {
    await signIn.setAdministrator(email, password)
    const problems: unknown[] = []
    for (const [address, secret] of [
      [email, 'another password'],
      ['bob@example.com', password],
      ['bob@example.com', 'another password'],
      ['', ''],
    ] as const) {
      problems.push(
        await signIn.signIn(address, secret, via).then(
          () => null,
          (error) => error.toJSON(),
        ),
      )
    }
    expect(problems[0]).toMatchObject({ code: 'access.unauthenticated' })
    expect(new Set(problems.map((problem) => JSON.stringify(problem))).size).toBe(1)
  })

  it('costs as much as a user: a hash is computed for each e-mail address', async () => {
    await store.access.addUser(user({ id: 'u', email, passwordHash: await hashPassword(password, cost) }))
    await store.access.addUser(user({ id: 'v', email: 'invited@example.com', passwordHash: null }))
    const refused = (address: string) =>
      expect(signIn.signIn(address, 'another password', via)).rejects.toMatchObject({ code: 'access.unauthenticated' })
    await refused('first@example.com')
    let hashes = 0
    const hook = createHook({
      init(_id, type) {
        if (type === 'SCRYPTREQUEST') hashes += 1
      },
    }).enable()
    const counts = []
    for (const address of [email, 'invited@example.com', 'nobody@example.com']) {
      const before = hashes
      await refused(address)
      counts.push(hashes - before)
    }
    hook.disable()
    expect(counts).toEqual([1, 1, 1])
  })

  it('waits after many failures, also with the right password; from elsewhere the waits are others', async () => {
    const hash = await hashPassword(password, { log2N: 4, r: 8, p: 1 })
    await store.access.addUser(user({ id: 'u', email, passwordHash: hash, createdAt: now }))
    for (let i = 0; i < 5; i++)
      await expect(signIn.signIn(email, 'another password', via)).rejects.toMatchObject({
        code: 'access.unauthenticated',
      })
    await expect(enter()).rejects.toMatchObject({ code: 'access.too_many_attempts', data: { waitSeconds: 1 } })
    await expect(signIn.signIn('bob@example.com', password, via)).rejects.toMatchObject({
      code: 'access.unauthenticated',
    })
  })

  it('learns that there is no administrator yet', async () => {
    await expect(enter()).rejects.toMatchObject({ code: 'access.no_administrator' })
  })
})

it('each sign-in, and each that is refused, is noted once, with the user but never with what was typed', async () => {
  const { id } = await signIn.setAdministrator(email, password)
  await enter()
  await expect(signIn.signIn(email, 'another password', via)).rejects.toThrow()
  await expect(signIn.signIn('nobody@example.com', password, via)).rejects.toThrow()
  await store.access.updateUser(id, { state: 'disabled' })
  await expect(enter()).rejects.toThrow()
  expect(noted).toEqual([
    `user/${id} session:begin user/${id} true`,
    `nobody session:begin user/${id} false`,
    'nobody session:begin user false',
    `nobody session:begin user/${id} false`,
  ])
})

describe('a password that is changed while somebody signs in with the old one', () => {
  /** Signs in with a store in which `change` happens just before the session is added, or just after. */
  async function during(when: 'before' | 'after', change: () => Promise<unknown>) {
    const { access } = store
    const slow = new SignIn({
      access: {
        ...access,
        async addSession(session) {
          if (when === 'before') await change()
          await access.addSession(session)
          if (when === 'after') await change()
        },
      },
      now: () => now,
      monotonicMs: () => 0,
      newId: () => 'u9',
      note,
      cost,
    })
    return await slow.signIn(email, password, via)
  }

  it.each(['before', 'after'] as const)('lets nobody in (%s the session is there), and stays', async (when) => {
    const old = await hashPassword(password, { log2N: 4, r: 8, p: 1 })
    await store.access.addUser(user({ id: 'u', email, passwordHash: old, createdAt: now }))
    const change = () => signIn.setAdministrator(email, 'another password')
    await expect(during(when, change)).rejects.toMatchObject({ code: 'access.unauthenticated' })
    let dumped = ''
    for await (const line of store.dump()) dumped += line
    expect(dumped).not.toContain('"sessions"')
    await expect(enter()).rejects.toMatchObject({ code: 'access.unauthenticated' })
    await signIn.signIn(email, 'another password', via)
  })
})

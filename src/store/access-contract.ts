import { describe, expect, it } from 'vitest'
import type { Answered } from './store.ts'
import type { Bench } from './store-contract.ts'
import { apiKey, at, entry, link, session, user } from './test-objects.ts'
import { pages } from './workflow-contract.ts'

export function accessContract(bench: Bench): void {
  describe('access', () => {
    it('users are known by id, address and identity, each once', async () => {
      const { access } = bench.store
      const identity = { issuer: 'https://id.example.com', subject: '42' }
      const invited = user({ id: 'U-2', email: 'other@example.com', createdAt: at(1), passwordHash: null, identity })
      await access.addUser(user())
      await access.addUser(invited)
      const fresh = { id: 'U-3', email: 'third@example.com' }
      for (const taken of [{ id: 'U-1' }, { email: 'other@example.com' }, { identity }]) {
        await expect(access.addUser(user({ ...fresh, ...taken }))).rejects.toMatchObject({ code: 'store.conflict' })
      }
      expect(await access.users()).toEqual([user(), invited])
      expect([await access.user('U-1'), await access.user('U-9')]).toEqual([user(), null])
      expect([await access.userByEmail(invited.email), await access.userByEmail('x')]).toEqual([invited, null])
      const other = { ...identity, subject: '43' }
      expect([await access.userByIdentity(identity), await access.userByIdentity(other)]).toEqual([invited, null])
    })

    it('a user changes what is named, at the version that was read, and may lose all sessions but one', async () => {
      const { access } = bench.store
      await access.addUser(user())
      await access.addUser(user({ id: 'U-2', email: 'other@example.com' }))
      for (const [id, of] of [
        ['S-1', 'U-1'],
        ['S-2', 'U-1'],
        ['S-3', 'U-2'],
      ] as const)
        await access.addSession(session({ id, user: of }))
      const change = { name: 'Ben', passwordHash: null, state: 'disabled', policies: ['amp360_user'] } as const
      const changed = await access.updateUser('U-1', { ...change, policies: [...change.policies] }, { ifVersion: 1 })
      expect(changed).toEqual(user({ ...change, policies: [...change.policies], version: 2 }))
      expect(await access.user('U-1')).toEqual(changed)
      expect(await access.sessionsOf('U-1')).toHaveLength(2)
      const wrong = [
        [() => access.updateUser('U-1', { name: 'x' }, { ifVersion: 1, endSessions: { but: null } }), 'store.conflict'],
        [
          () => access.updateUser('U-1', { email: 'other@example.com' }, { endSessions: { but: null } }),
          'store.conflict',
        ],
        [() => access.updateUser('U-9', { name: 'x' }), 'store.not_found'],
      ] as const
      for (const [work, code] of wrong) await expect(work()).rejects.toMatchObject({ code })
      expect(await access.sessionsOf('U-1')).toHaveLength(2)
      await access.updateUser('U-1', { options: ['restrict_pii'] }, { endSessions: { but: 'S-2' } })
      expect(await access.user('U-1')).toEqual({ ...changed, options: ['restrict_pii'], version: 3 })
      const left = await Promise.all(['S-1', 'S-2', 'S-3'].map((id) => access.session(id)))
      expect(left.map((one) => one?.id ?? null)).toEqual([null, 'S-2', 'S-3'])
    })

    it('a better hash takes the place of the one it was made for, and of no other', async () => {
      const { access } = bench.store
      await access.addUser(user())
      await access.rehash('U-1', 'another hash', 'late')
      expect((await access.user('U-1'))?.passwordHash).toBe('hash')
      await access.rehash('U-1', 'hash', 'better')
      expect(await access.user('U-1')).toEqual(user({ passwordHash: 'better' }))
    })

    it('a user who goes takes sessions, keys and links along, and nobody else’s', async () => {
      const { access } = bench.store
      for (const id of ['U-1', 'U-2']) {
        await access.addUser(user({ id, email: `${id}@example.com` }))
        await access.addSession(session({ id: `S-${id}`, user: id }))
        await access.addKey(apiKey({ id: `K-${id}`, user: id }))
        await access.addLink(link({ id: `L-${id}`, kind: 'reset', about: id }))
      }
      await access.addLink(link({ id: 'L-3', kind: 'hand_over', about: 'U-1' }))
      await expect(access.removeUser('U-1', { ifVersion: 2 })).rejects.toMatchObject({ code: 'store.conflict' })
      await expect(access.removeUser('U-9', { ifVersion: 1 })).rejects.toMatchObject({ code: 'store.not_found' })
      await access.removeUser('U-1', { ifVersion: 1 })
      expect((await access.users()).map(({ id }) => id)).toEqual(['U-2'])
      expect((await access.keys()).map(({ id }) => id)).toEqual(['K-U-2'])
      const links = ['L-U-1', 'L-U-2', 'L-3']
      expect((await Promise.all(links.map((id) => access.link(id)))).map((one) => one?.id ?? null)).toEqual([
        null,
        'L-U-2',
        'L-3',
      ])
      expect([await access.session('S-U-1'), (await access.session('S-U-2'))?.id]).toEqual([null, 'S-U-2'])
    })

    it('notes that somebody was here once a minute', async () => {
      const { access } = bench.store
      await access.addUser(user())
      const seen = []
      for (const seconds of [10, 60, 70, 71]) {
        await access.sawUser('U-1', at(seconds))
        seen.push((await access.user('U-1'))?.lastSeenAt)
      }
      expect(seen).toEqual([at(10), at(10), at(70), at(70)])
      expect((await access.user('U-1'))?.version).toBe(1)
    })

    it('a link is used once, before its end; a new one about the same takes its place', async () => {
      const { access } = bench.store
      await access.addLink(link())
      expect(await access.link('L-1')).toEqual(link())
      expect(await access.useLink('L-1', at(100))).toBe(false)
      const uses = await Promise.all([1, 2, 3].map(() => access.useLink('L-1', at(99))))
      expect(uses.filter(Boolean)).toHaveLength(1)
      expect(await access.link('L-1')).toEqual(link({ usedAt: at(99) }))
      await access.releaseLink('L-1')
      expect(await access.useLink('L-1', at(98))).toBe(true)
      for (const id of ['L-2', 'L-3']) await access.addLink(link({ id, createdAt: at(1) }))
      await access.addLink(link({ id: 'L-4', kind: 'reset' }))
      expect((await access.links('invitation')).map(({ id }) => id)).toEqual(['L-3', 'L-1'])
      expect(await access.link('L-2')).toBe(null)
      expect(await access.useLink('L-2', at(1))).toBe(false)
      await access.removeLinksOf('invitation', 'U-1')
      await access.removeLink('L-4')
      expect([await access.links('invitation'), await access.links('reset')]).toEqual([[], []])
    })

    it('a link that is given back keeps what is noted on it, and goes where another one has taken its place', async () => {
      const { access } = bench.store
      await access.addLink(link())
      await access.useLink('L-1', at(1))
      await access.releaseLink('L-1', { failures: 1 })
      expect(await access.link('L-1')).toEqual(link({ detail: { failures: 1 } }))
      await access.useLink('L-1', at(2))
      await access.addLink(link({ id: 'L-2', createdAt: at(2) }))
      await access.releaseLink('L-1', { failures: 2 })
      expect((await access.links('invitation')).map(({ id }) => id)).toEqual(['L-2'])
      await access.releaseLink('L-none', { failures: 1 })
      expect(await access.link('L-none')).toBe(null)
    })

    it('sessions end one by one, all of a user at once, or when they are over', async () => {
      const { access } = bench.store
      await expect(access.addSession(session())).rejects.toMatchObject({ code: 'store.not_found' })
      await access.addUser(user())
      await access.addUser(user({ id: 'U-2', email: 'other@example.com' }))
      const sessions = [
        session({ id: 'S-1' }),
        session({ id: 'S-2' }),
        session({ id: 'S-3', user: 'U-2' }),
        session({ id: 'S-4', user: 'U-2', expiresAt: at(9) }),
        session({ id: 'S-5', user: 'U-2', expiresAt: at(10) }),
      ]
      for (const one of sessions) await access.addSession(one)
      await access.addLink(link({ expiresAt: at(9) }))
      await access.addLink(link({ id: 'L-2', about: 'U-2', expiresAt: at(10) }))
      const left = async () => {
        const read = await Promise.all(sessions.map(({ id }) => access.session(id)))
        return read.filter((one) => one !== null)
      }
      expect(await left()).toEqual(sessions)
      await access.removeSession('S-3')
      await access.removeSession('S-none')
      await access.removeSessionsOf('U-1')
      await access.prune(at(10))
      expect(await left()).toEqual(sessions.slice(4))
      expect((await access.links('invitation')).map(({ id }) => id)).toEqual(['L-2'])
    })

    it('keys are listed newest first, and note their last use once a minute', async () => {
      const { access } = bench.store
      const keys = [apiKey({ id: 'K-2', createdAt: at(1), expiresAt: at(99) }), apiKey()]
      for (const key of keys) await access.addKey(key)
      await expect(access.addKey(apiKey())).rejects.toMatchObject({ code: 'store.conflict' })
      expect(await access.keys()).toEqual(keys)
      for (const [used, noted] of [
        [10, 10],
        [69.999, 10],
        [70, 70],
        [5, 70],
      ] as const) {
        await access.usedKey('K-1', at(used))
        expect(await access.key('K-1')).toEqual(apiKey({ lastUsedAt: at(noted) }))
      }
      await access.removeKey('K-1')
      await expect(access.removeKey('K-1')).rejects.toMatchObject({ code: 'store.not_found' })
      expect(await access.key('K-1')).toBeNull()
    })

    const begun: Answered = { actor: 'U-1', key: 'k', request: 'digest', status: null, body: null, at: at(5) }

    it('of twenty requests with one idempotency key at once, one takes it and the others see it', async () => {
      const stores = [bench.store, await bench.open(), await bench.open()]
      const seen = await Promise.all(
        Array.from({ length: 20 }, (_, n) => stores[n % 3]!.access.beginAnswer({ ...begun, request: `${n}` })),
      )
      const winner = seen.indexOf(null)
      expect(seen.filter((one) => one === null)).toHaveLength(1)
      for (const one of seen) if (one !== null) expect(one).toEqual({ ...begun, request: `${winner}` })
    })

    it('an answer is given again, one that failed is forgotten, and old ones go', async () => {
      const { access } = bench.store
      await access.beginAnswer(begun)
      expect(await access.beginAnswer({ ...begun, actor: 'U-2' })).toBeNull()
      await access.endAnswer('U-1', 'k', { status: 201, body: '{}' })
      await access.endAnswer('U-2', 'k', null)
      expect(await access.beginAnswer(begun)).toEqual({ ...begun, status: 201, body: '{}' })
      expect(await access.beginAnswer({ ...begun, actor: 'U-2' })).toBeNull()
      await access.prune(at(5))
      expect(await access.beginAnswer(begun)).not.toBeNull()
      await access.prune(at(5.001))
      expect(await access.beginAnswer(begun)).toBeNull()
    })
  })

  describe('activity', () => {
    it('is listed newest first by actor, action and object', async () => {
      const { activity } = bench.store
      const entries = Array.from({ length: 12 }, (_, n) =>
        entry({
          ...{ id: `A-${String(n).padStart(2, '0')}`, at: at(n >> 1), actor: `U-${n % 2}`, allowed: n % 3 > 0 },
          ...{ action: n % 3 === 0 ? 'key:write' : 'destination:write', object: `key/${n % 4}`, detail: { n } },
        }),
      )
      for (const one of entries) await activity.add(one)
      const newest = entries.toReversed()
      const read = async (filter: Parameters<typeof activity.list>[0]) =>
        (await pages(5, (page) => activity.list(filter, page))).flat()
      expect(await read({})).toEqual(newest)
      expect(await read({ actor: 'U-1' })).toEqual(newest.filter(({ actor }) => actor === 'U-1'))
      expect(await read({ action: 'key:write', object: 'key/3' })).toEqual(
        newest.filter(({ action, object }) => action === 'key:write' && object === 'key/3'),
      )
      expect(await read({ object: 'key' })).toEqual([])
    })

    it('is filtered by everything that a line says, and all conditions hold at once', async () => {
      const { activity } = bench.store
      const line = (n: number, change: Partial<Parameters<typeof activity.add>[0]>) =>
        activity.add(entry({ id: `A-${n}`, at: at(n), allowed: true, ...change }))
      await line(0, {
        actor: 'user/1',
        actorName: 'ann@example.com',
        action: 'credential:write',
        object: 'credential/a',
      })
      await line(1, {
        actor: 'user/2',
        actorName: 'ben@sub.example.com',
        action: 'credential:read',
        object: 'credential',
      })
      await line(2, { actor: 'key/3', actorName: 'API key "x@example.com', action: 'key:write', object: 'key/100%' })
      await line(3, {
        actor: 'nobody',
        actorName: '',
        action: 'credentials:write',
        object: 'credentials/a',
        allowed: false,
      })
      await line(4, {
        actor: 'user/1',
        actorName: 'ann@example.com',
        action: 'key:write',
        object: 'key/1_0',
        allowed: false,
      })
      const found = async (filter: Parameters<typeof activity.list>[0]) => {
        const { items } = await activity.list(filter, { limit: 50, cursor: null })
        const span = await activity.span(filter)
        expect(span).toEqual(items.length === 0 ? null : { first: items.at(-1)!.at, last: items[0]!.at })
        return items.map(({ id }) => Number(id.slice(2)))
      }
      expect(await found({})).toEqual([4, 3, 2, 1, 0])
      expect(await found({ action: 'credential:*' })).toEqual([1, 0])
      expect(await found({ action: 'Credential:*' })).toEqual([])
      expect(await found({ object: 'credential/*' })).toEqual([1, 0])
      expect(await found({ object: 'credential' })).toEqual([1])
      expect(await found({ allowed: false })).toEqual([4, 3])
      expect(await found({ allowed: true, actor: 'user/1' })).toEqual([0])
      expect(await found({ from: at(1), to: at(3) })).toEqual([2, 1])
      expect(await found({ domain: 'Example.com' })).toEqual([4, 0])
      expect(await found({ domain: '%' })).toEqual([])
      expect(await found({ text: 'ANN@' })).toEqual([4, 0])
      expect(await found({ text: '100%' })).toEqual([2])
      expect(await found({ text: '1_0' })).toEqual([4])
      expect(await found({ text: 'key:' })).toEqual([4, 2])
      expect(await found({ text: 'nothing' })).toEqual([])
    })

    it('pruning takes the lines before, and says how many', async () => {
      const { activity } = bench.store
      for (const n of [1, 2, 3, 4]) await activity.add(entry({ id: `A-${n}`, at: at(n) }))
      expect(await activity.prune(at(3))).toBe(2)
      expect((await activity.list({}, { limit: 9, cursor: null })).items.map(({ id }) => id)).toEqual(['A-4', 'A-3'])
      expect(await activity.prune(at(3))).toBe(0)
    })
  })
}

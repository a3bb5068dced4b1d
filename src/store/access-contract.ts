import { describe, expect, it } from 'vitest'
import type { Answered } from './store.ts'
import type { Bench } from './store-contract.ts'
import { apiKey, at, entry, session, user } from './test-objects.ts'
import { pages } from './workflow-contract.ts'

export function accessContract(bench: Bench): void {
  describe('access', () => {
    it('users are known by id and address, each once, and change their password', async () => {
      const { access } = bench.store
      await access.addUser(user())
      await access.addUser(user({ id: 'U-2', email: 'other@example.com', createdAt: at(1) }))
      for (const taken of [user({ email: 'third@example.com' }), user({ id: 'U-3' })]) {
        await expect(access.addUser(taken)).rejects.toMatchObject({ code: 'store.conflict' })
      }
      await access.setPassword('U-1', 'new hash')
      await expect(access.setPassword('U-9', 'x')).rejects.toMatchObject({ code: 'store.not_found' })
      expect(await access.users()).toEqual([
        user({ passwordHash: 'new hash' }),
        user({ id: 'U-2', email: 'other@example.com', createdAt: at(1) }),
      ])
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
    })

    it('a user with another address and password has no session any more, and others keep theirs', async () => {
      const { access } = bench.store
      await access.addUser(user({ id: 'U-1', email: 'old@example.com' }))
      await access.addUser(user({ id: 'U-2', email: 'other@example.com' }))
      await access.addSession(session({ id: 'S-1', user: 'U-1' }))
      await access.addSession(session({ id: 'S-2', user: 'U-2' }))
      await access.replaceUser({ id: 'U-1', email: 'new@example.com', passwordHash: 'new hash' })
      expect((await access.users()).map(({ email, passwordHash }) => [email, passwordHash])).toContainEqual([
        'new@example.com',
        'new hash',
      ])
      expect([await access.session('S-1'), (await access.session('S-2'))?.id]).toEqual([null, 'S-2'])
      const nobody = { id: 'U-9', email: 'x@example.com', passwordHash: 'x' }
      await expect(access.replaceUser(nobody)).rejects.toMatchObject({ code: 'store.not_found' })
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

    it('pruning takes the lines before, and says how many', async () => {
      const { activity } = bench.store
      for (const n of [1, 2, 3, 4]) await activity.add(entry({ id: `A-${n}`, at: at(n) }))
      expect(await activity.prune(at(3))).toBe(2)
      expect((await activity.list({}, { limit: 9, cursor: null })).items.map(({ id }) => id)).toEqual(['A-4', 'A-3'])
      expect(await activity.prune(at(3))).toBe(0)
    })
  })
}

import { describe, expect, it } from 'vitest'
import type { Bench } from './store-contract.ts'
import { at, dispatch, notification } from './test-objects.ts'
import { pages } from './workflow-contract.ts'

const all = { limit: 1000, cursor: null }

export function notificationContract(bench: Bench): void {
  describe('notifications', () => {
    it('every field comes back as it was', async () => {
      const { notifications } = bench.store
      const bare = notification({
        id: 'N-2',
        about: '2',
        orchestration: null,
        workflow: null,
        link: null,
        readAt: at(3),
      })
      const sent = dispatch({
        id: 'D-2',
        notification: 'N-2',
        state: 'sent',
        attempts: 2,
        lastError: 'late',
        sentAt: at(4),
      })
      expect(await notifications.add(notification(), [dispatch()])).toBe(true)
      expect(await notifications.add(bare, [sent])).toBe(true)
      expect((await notifications.list(all)).items).toEqual([bare, notification()])
      expect((await notifications.dispatches({}, all)).items).toEqual([sent, dispatch()])
    })

    it('of twenty about one thing, added at once, one is added with its dispatches', async () => {
      const stores = [bench.store, await bench.open(), await bench.open()]
      const added = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          stores[n % 3]!.notifications.add(notification({ id: `N-${n}` }), [
            dispatch({ id: `D-${n}`, notification: `N-${n}` }),
          ]),
        ),
      )
      expect(added.filter((one) => one)).toHaveLength(1)
      expect((await bench.store.notifications.dispatches({}, all)).items).toHaveLength(1)
    })

    it('one whose dispatches cannot be added is not added', async () => {
      const { notifications } = bench.store
      const twice = notifications.add(notification(), [dispatch(), dispatch()])
      await expect(twice).rejects.toMatchObject({ code: 'store.conflict' })
      expect((await notifications.list(all)).items).toEqual([])
    })

    it('they are read one by one or all at once, and only once', async () => {
      const { notifications } = bench.store
      for (let n = 0; n < 5; n++) await notifications.add(notification({ id: `N-${n}`, about: `${n}`, at: at(n) }), [])
      const read = async (unread: boolean) =>
        (await pages(2, (page) => notifications.list({ ...page, unread }))).flat().map(({ id }) => id)
      await notifications.markRead(['N-1', 'N-3', 'N-none'], at(10))
      await notifications.markRead([], at(11))
      expect(await notifications.unread()).toBe(3)
      expect(await read(true)).toEqual(['N-4', 'N-2', 'N-0'])
      expect(await read(false)).toEqual(['N-4', 'N-3', 'N-2', 'N-1', 'N-0'])
      await notifications.markRead('all', at(12))
      expect(await notifications.unread()).toBe(0)
      expect((await notifications.list(all)).items.map(({ readAt }) => readAt)).toEqual([12, 10, 12, 10, 12].map(at))
    })

    it('what is due is claimed oldest first, with one more attempt', async () => {
      const { notifications } = bench.store
      expect(await notifications.nextAt()).toBeNull()
      const dispatches = [4, 1, 3, 2].map((n) => dispatch({ id: `D-${n}`, nextAt: at(n) }))
      await notifications.add(notification(), [...dispatches, dispatch({ id: 'D-failed', state: 'failed' })])
      expect(await notifications.nextAt()).toEqual(at(1))
      expect(await notifications.claim(at(0.999), 10)).toEqual([])
      const claimed = await notifications.claim(at(3), 2)
      expect(claimed).toEqual(
        [1, 2].map((n) => ({
          ...dispatch({ id: `D-${n}`, nextAt: at(n), state: 'sending', attempts: 1 }),
          about: notification(),
        })),
      )
      expect((await notifications.claim(at(3), 2)).map(({ id }) => id)).toEqual(['D-3'])
      expect(await notifications.nextAt()).toEqual(at(4))
    })

    it('a dispatch is settled as it ended, and one that was on its way at a restart is pending again', async () => {
      const { notifications } = bench.store
      await notifications.add(
        notification(),
        ['D-1', 'D-2', 'D-3'].map((id) => dispatch({ id })),
      )
      await notifications.claim(at(1), 10)
      await notifications.settle('D-1', { state: 'sent', nextAt: at(0), lastError: null, sentAt: at(2) })
      await notifications.settle('D-2', { state: 'pending', nextAt: at(9), lastError: 'refused', sentAt: null })
      const left = { state: 'sent', nextAt: at(0), lastError: null, sentAt: null } as const
      await expect(notifications.settle('D-none', left)).rejects.toMatchObject({ code: 'store.not_found' })
      await notifications.release()
      expect((await notifications.dispatches({}, all)).items).toEqual([
        dispatch({ id: 'D-3', attempts: 1 }),
        dispatch({ id: 'D-2', attempts: 1, nextAt: at(9), lastError: 'refused' }),
        dispatch({ id: 'D-1', attempts: 1, state: 'sent', sentAt: at(2) }),
      ])
      expect((await notifications.claim(at(1), 10)).map(({ id }) => id)).toEqual(['D-3'])
    })

    it('claims at once never give one dispatch twice, and leave none', async () => {
      const stores = [bench.store, await bench.open(), await bench.open()]
      const dispatches = Array.from({ length: 50 }, (_, n) => dispatch({ id: `D-${n}`, nextAt: at(n % 7) }))
      await bench.store.notifications.add(notification(), dispatches)
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, n) => stores[n % 3]!.notifications.claim(at(10), 3)),
      )
      const ids = claims.flat().map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids).toHaveLength(50)
    })

    it('dispatches are listed by notification and state', async () => {
      const { notifications } = bench.store
      for (const n of [1, 2]) {
        await notifications.add(notification({ id: `N-${n}`, about: `${n}`, at: at(n) }), [
          dispatch({ id: `D-${n}-a`, notification: `N-${n}`, state: 'failed' }),
          dispatch({ id: `D-${n}-b`, notification: `N-${n}`, state: 'sent' }),
        ])
      }
      const read = async (filter: Parameters<typeof notifications.dispatches>[0]) =>
        (await pages(1, (page) => notifications.dispatches(filter, page))).flat().map(({ id }) => id)
      expect(await read({})).toEqual(['D-2-b', 'D-2-a', 'D-1-b', 'D-1-a'])
      expect(await read({ state: 'failed' })).toEqual(['D-2-a', 'D-1-a'])
      expect(await read({ notification: 'N-1', state: 'sent' })).toEqual(['D-1-b'])
    })

    it('pruning takes the old ones, but for what is still to be sent', async () => {
      const { notifications } = bench.store
      for (const [n, state] of (['pending', 'sending', 'sent', 'failed'] as const).entries()) {
        await notifications.add(notification({ id: `N-${n}`, about: `${n}`, at: at(1) }), [
          dispatch({ id: `D-${n}`, notification: `N-${n}`, state }),
        ])
      }
      await notifications.add(notification({ id: 'N-new', about: 'new', at: at(2) }), [])
      await notifications.prune(at(2))
      expect((await notifications.list(all)).items.map(({ id }) => id)).toEqual(['N-new', 'N-1', 'N-0'])
      expect((await notifications.dispatches({}, all)).items.map(({ id }) => id)).toEqual(['D-1', 'D-0'])
    })
  })
}

import { describe, expect, it } from 'vitest'
import type { Bench } from './store-contract.ts'
import { at } from './test-objects.ts'

/** The tags of columns, of every control store. */
export function columnTagContract(bench: Bench): void {
  describe('tags of columns', () => {
    it('are what was said last, by whom and when, by table and column', async () => {
      const { columnTags } = bench.store
      await columnTags.set('orders', { total: false, note: true }, 'U-1')
      await columnTags.set('customers', { email: true }, 'U-1')
      await columnTags.set('orders', { total: true }, 'U-2')
      const tags = await columnTags.list()
      expect(tags.map(({ table, column, pii, by }) => [table, column, pii, by])).toEqual([
        ['customers', 'email', true, 'U-1'],
        ['orders', 'note', true, 'U-1'],
        ['orders', 'total', true, 'U-2'],
      ])
      expect(tags.every((tag) => tag.at >= at(0))).toBe(true)
      expect(await columnTags.list('customers')).toEqual(tags.slice(0, 1))
      expect(await columnTags.list('nothing')).toEqual([])
    })

    it('are taken back, and what was never said can be taken back too', async () => {
      const { columnTags } = bench.store
      await columnTags.set('orders', { 'a "quoted".name': true, note: false }, 'U-1')
      await columnTags.set('orders', { note: null, other: null, 'a "quoted".name': false }, 'U-1')
      expect((await columnTags.list()).map(({ column, pii }) => [column, pii])).toEqual([['a "quoted".name', false]])
    })

    it('are set all or none', async () => {
      const { columnTags } = bench.store
      await columnTags.set('orders', { note: true }, 'U-1')
      const broken = columnTags.set('orders', { note: false, 'z\0': true }, 'U-2')
      await expect(broken).rejects.toMatchObject({ code: 'api.invalid' })
      expect((await columnTags.list()).map(({ column, pii }) => [column, pii])).toEqual([['note', true]])
    })

    it('can be set by several at once', async () => {
      const other = (await bench.open()).columnTags
      const names = Array.from({ length: 20 }, (_, index) => `c${index}`)
      const tags = (names: string[], pii: boolean) => Object.fromEntries(names.map((name) => [name, pii]))
      await Promise.all([
        bench.store.columnTags.set('orders', tags(names, true), 'U-1'),
        other.set('orders', tags(names.toReversed(), false), 'U-2'),
      ])
      const found = await bench.store.columnTags.list()
      expect([found.length, new Set(found.map(({ by }) => by)).size]).toEqual([20, 1])
    })
  })
}

import { describe, expect, it } from 'vitest'
import type { Definition } from '../../api/operations.ts'
import { listedTable, matching, originWord } from './listed.ts'
import { bytesText, distinctText, keyOfFile, selectOf, shareText, uniquenessText } from './words.ts'

describe('figures of columns', () => {
  it.each([
    [1, '100%'],
    [0.99999, '>99.9%'],
    [0.9412, '94.1%'],
    [0.0001, '<0.1%'],
    [0, '0%'],
  ])('a share of %d is %s', (share, text) => expect(shareText(share)).toBe(text))

  it('are marked where they were counted about', () => {
    const exact = { distinct: 1_200, uniqueness: 0.5, distinct_is_exact: true }
    expect([distinctText(exact), uniquenessText(exact)]).toEqual(['1,200', '50%'])
    const about = { ...exact, distinct_is_exact: false }
    expect([distinctText(about), uniquenessText(about)]).toEqual(['~1,200', '~50%'])
    const unknown = { distinct: null, uniqueness: null, distinct_is_exact: null }
    expect([distinctText(unknown), uniquenessText(unknown)]).toEqual(['—', '—'])
  })

  it.each([
    [999, '999 B'],
    [1_500, '1.5 kB'],
    [123_456_789, '123 MB'],
    [2_500_000_000, '2.5 GB'],
  ])('%d bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text))
})

describe('names', () => {
  it('that SQL would read otherwise stand in quotes', () =>
    expect(selectOf('shop.people', ['id', 'order', 'e-mail', 'a"b'])).toBe(
      'SELECT\n  id,\n  "order",\n  "e-mail",\n  "a""b"\nFROM "shop.people"',
    ))

  it.each([
    ['Our VIPs (2026).csv', 'Our_VIPs_2026'],
    ['2026-vips.csv', 't_2026_vips'],
    ['Größe.csv', 'Gro_e'],
    ['---.csv', ''],
  ])('a key is made of %s', (file, key) => expect(keyOfFile(file)).toBe(key))

  it.each([
    ['file', 'data/*.parquet', 'Parquet'],
    ['file', 'data/a.csv', 'CSV'],
    ['source', 'erp public.a', 'PostgreSQL'],
    ['upload', null, 'Uploaded'],
    [null, null, 'Unknown'],
  ] as const)('%s %s comes from %s', (from, source, word) => expect(originWord(from, source)).toBe(word))
})

describe('a list of tables', () => {
  const made = (key: string, status: Definition['status'], body: Definition['body'] = {}) =>
    listedTable({ ...({ kind: 'table', source: 'git', used_by: [] } as never as Definition), key, status, body })
  const tables = [
    made('Customers', { from: 'file', source: 'data/c.csv', rows: 3, columns: ['id', 'city'] }, { name: 'Everybody' }),
    made('shop.people', { from: 'upload', source: null, rows: null, columns: null, database: 'shop', table: 'people' }),
  ]
  const found = (filter: Parameters<typeof matching>[1]) => matching(tables, filter).map(({ key }) => key)

  it('is searched by names, files and columns', () => {
    expect(found({})).toEqual(['Customers', 'shop.people'])
    expect(found({ q: 'EVERY' })).toEqual(['Customers'])
    expect(found({ q: 'c.csv' })).toEqual(['Customers'])
    expect(matching(tables, { q: 'cit' })).toMatchObject([{ key: 'Customers', hits: ['city'] }])
    expect(found({ q: 'none' })).toEqual([])
  })

  it('is filtered by where they come from and by database', () => {
    expect(found({ origin: 'Uploaded' })).toEqual(['shop.people'])
    expect(found({ database: 'shop' })).toEqual(['shop.people'])
    expect(tables[1]).toMatchObject({ title: 'people', table: 'people', database: 'shop' })
  })
})

import { describe, expect, it } from 'vitest'
import type { Definition } from '../../api/operations.ts'
import { filtered, foldersOf, keyOf, rowsOf } from './model.ts'

const one = (kind: 'query' | 'query_draft', key: string, body: object, more: Partial<Definition> = {}): Definition => ({
  ...{ kind, key, source: 'ui', body: { ...body }, version: 1, created_at: '', updated_at: '2026-01-01' },
  ...{ updated_by: 'ada', secrets: [], used_by: [], status: {} },
  ...more,
})

const rows = rowsOf(
  [
    one('query', 'vip', { name: 'VIP', folder: 'Shop/Loyalty', labels: ['daily'] }, { status: { state: 'error' } }),
    one('query', 'old', {}, { updated_at: '2026-01-02' }),
  ],
  [
    one('query_draft', 'vip', { name: 'Other' }, { updated_at: '2026-01-03', updated_by: 'ben' }),
    one('query_draft', 'new', { name: 'New', folder: 'Shop' }),
  ],
)

describe('the list of queries', () => {
  it('joins a query and its draft, the last edited on top', () =>
    expect(rows.map(({ key, name, word, updatedBy }) => [key, name, word, updatedBy])).toEqual([
      ['vip', 'VIP', 'Error', 'ben'],
      ['old', 'old', 'Active, not run', 'ada'],
      ['new', 'New', 'Draft', 'ada'],
    ]))
  it('knows the folders above a folder', () => expect(foldersOf(rows)).toEqual(['Shop', 'Shop/Loyalty']))
  it.each([
    [{ q: 'VIP' }, ['vip']],
    [{ folder: 'Shop' }, ['vip', 'new']],
    [{ folder: 'Sho' }, []],
    [{ label: 'daily' }, ['vip']],
    [{ state: 'Draft' }, ['new']],
  ])('is filtered by %o', (filters, keys) => expect(filtered(rows, filters).map(({ key }) => key)).toEqual(keys))
  it.each([
    ['VIP customers', 'vip_customers'],
    ['  Käufer – 2026! ', 'kaufer_2026'],
    ['??', 'query'],
  ])('makes a key of %s', (name, key) => expect(keyOf(name)).toBe(key))
})

import { expect, test } from 'vitest'
import type { Json } from '../problem.ts'
import type { Definition } from '../store/store.ts'
import { type Filing, isFiled } from './filing.ts'

const body = { name: 'Winter Sale', description: 'Who buys skis', folder: 'Shop/News', labels: ['vip', 'daily'] }

test.each<[Filing, { [key: string]: Json }, boolean]>([
  [{}, {}, true],
  [{ text: 'winter' }, body, true],
  [{ text: 'SKIS' }, body, true],
  [{ text: 'q1' }, body, true],
  [{ text: 'summer' }, body, false],
  [{ text: 'winter' }, {}, false],
  [{ folder: 'Shop' }, body, true],
  [{ folder: 'Shop/News' }, body, true],
  [{ folder: 'Sho' }, body, false],
  [{ folder: 'News' }, body, false],
  [{ folder: 'Shop' }, {}, false],
  [{ labels: ['once', 'vip'] }, body, true],
  [{ labels: ['once'] }, body, false],
  [{ labels: ['vip'] }, {}, false],
  [{ text: 'sale', folder: 'Shop', labels: ['daily'] }, body, true],
  [{ text: 'sale', folder: 'Shop', labels: ['once'] }, body, false],
])('%j finds %j: %s', (filter, given, found) => {
  const at = new Date(0)
  const common = { kind: 'query', key: 'q1', source: 'ui', version: 1, createdAt: at, updatedAt: at } as const
  expect(isFiled({ ...common, updatedBy: 'cli', body: given } satisfies Definition, filter)).toBe(found)
})

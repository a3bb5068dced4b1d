import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ChangeSet } from './change-set.ts'

it('holds exactly what was added, as a Set would', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 70 }), fc.array(fc.integer({ min: 1, max: 70 })), (size, numbers) => {
      const added = numbers.filter((number) => number <= size)
      const bits = new ChangeSet(size)
      for (const change of added) bits.add(change)
      const set = new Set(added)
      for (let change = 1; change <= size; change += 1) expect(bits.has(change)).toBe(set.has(change))
    }),
  )
})

it('never has what lies beyond its size', () => {
  const bits = new ChangeSet(7)
  bits.add(900)
  expect([bits.has(900), bits.has(8), bits.has(7)]).toEqual([false, false, false])
})

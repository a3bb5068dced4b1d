import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ROW_PX, scrolledTo, windowOf } from './row-window.ts'

const sizes = { viewPx: 700, headPx: 34 }
/** Higher than browsers draw. */
const MILLION = 1_000_000

test.each([
  { rows: 0, topPx: 0, window: { first: 0, last: 0, abovePx: 0, belowPx: 0 } },
  { rows: 5, topPx: 0, window: { first: 0, last: 5, abovePx: 0, belowPx: 0 } },
  { rows: 500, topPx: 0, window: { first: 0, last: 32, abovePx: 0, belowPx: 468 * ROW_PX } },
  { rows: 500, topPx: 3_600, window: { first: 88, last: 132, abovePx: 88 * ROW_PX, belowPx: 368 * ROW_PX } },
  { rows: 500, topPx: 999_999, window: { first: 469, last: 500, abovePx: 469 * ROW_PX, belowPx: 0 } },
])('of $rows rows, scrolled by $topPx px, these are there: $window', ({ rows, topPx, window }) => {
  expect(windowOf(rows, topPx, sizes)).toEqual(window)
})

test('a million rows are as high as browsers draw, and the first, the last and one between can be seen', () => {
  const end = windowOf(MILLION, Number.MAX_SAFE_INTEGER, sizes)
  expect(end).toMatchObject({ last: MILLION, belowPx: 0 })
  expect(end.abovePx).toBeLessThan(15_000_000)
  for (const row of [0, 1, 300, 123_456, 500_000, 999_970]) {
    const { first, last } = windowOf(MILLION, scrolledTo(row, MILLION, sizes), sizes)
    expect(first).toBeLessThanOrEqual(row)
    expect(last).toBeGreaterThan(row + 18)
  }
})

test('whatever the size and the place, what is seen is filled with rows, and the height of the list stays the same', () => {
  const rows = fc.integer({ min: 50, max: 5_000_000 })
  const view = fc.integer({ min: 100, max: 2_000 })
  fc.assert(
    fc.property(rows, view, fc.double({ min: 0, max: 1, noNaN: true }), (rows, viewPx, share) => {
      const height = Math.min(rows * ROW_PX, 15_000_000)
      const topPx = Math.round(share * Math.max(0, height + 34 - viewPx))
      const { first, last, abovePx, belowPx } = windowOf(rows, topPx, { viewPx, headPx: 34 })
      expect(abovePx + (last - first) * ROW_PX + belowPx).toBe(height)
      expect(abovePx).toBeLessThanOrEqual(topPx)
      expect(abovePx + (last - first) * ROW_PX).toBeGreaterThanOrEqual(Math.min(height, topPx + viewPx - 34))
    }),
  )
})

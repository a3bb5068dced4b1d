import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AlertBounds, judgeRows } from './row-alerts.ts'

/** What is said of so many rows: codes of guards as they are, those of alerts after a `~`. */
function said(bounds: AlertBounds, rows: number, last: number | null = null): string[] {
  const { guards, alerts } = judgeRows(bounds, rows, last)
  return [...guards.map(({ code }) => code), ...alerts.map(({ code }) => `~${code}`)]
}

const rows = { warn_below: 1000, fail_below: 100, warn_above: 50_000, fail_above: 100_000 }
const change = { warn: 20, fail: 50 }

describe('bounds of rows', () => {
  it.each<[number, string[]]>([
    [0, ['guard.rows_below']],
    [99, ['guard.rows_below']],
    [100, ['~rows_below']],
    [101, ['~rows_below']],
    [999, ['~rows_below']],
    [1000, []],
    [1001, []],
    [49_999, []],
    [50_000, []],
    [50_001, ['~rows_above']],
    [99_999, ['~rows_above']],
    [100_000, ['~rows_above']],
    [100_001, ['guard.rows_above']],
  ])('%d rows', (count, expected) => {
    expect(said({ rows }, count)).toEqual(expected)
    // What the last run had is nothing to them.
    expect(said({ rows }, count, 1)).toEqual(expected)
  })

  it.each<[AlertBounds, number, string[]]>([
    [{ rows: { fail_below: 1 } }, 0, ['guard.rows_below']],
    [{ rows: { fail_below: 1 } }, 1, []],
    [{ rows: { warn_below: 1 } }, 0, ['~rows_below']],
    [{ rows: { warn_above: 0 } }, 1, ['~rows_above']],
    [{ rows: { fail_above: 0 } }, 0, []],
    [{ rows: {} }, 0, []],
    [{}, 0, []],
  ])('any subset: %j of %d rows', (bounds, count, expected) => expect(said(bounds, count)).toEqual(expected))
})

describe('bounds of change', () => {
  it.each<[number, number | null, string[]]>([
    [1000, null, []],
    [1000, 0, []],
    [1000, 1000, []],
    [800, 1000, []],
    [799, 1000, ['~rows_changed']],
    [1200, 1000, []],
    [1201, 1000, ['~rows_changed']],
    [500, 1000, ['~rows_changed']],
    [499, 1000, ['guard.rows_changed']],
    [1500, 1000, ['~rows_changed']],
    [1501, 1000, ['guard.rows_changed']],
    [0, 1000, ['guard.rows_changed']],
    [2, 1, ['guard.rows_changed']],
  ])('%d rows after %s', (count, last, expected) => {
    expect(said({ change_percent: change }, count, last)).toEqual(expected)
  })

  it('of a tenth of a percent are not lost in arithmetic', () => {
    expect(said({ change_percent: { warn: 0.1 } }, 999, 1000)).toEqual([])
    expect(said({ change_percent: { warn: 0.1 } }, 998, 1000)).toEqual(['~rows_changed'])
  })
})

describe('what is said', () => {
  it('has the numbers, as a sentence and as numbers', () => {
    expect(judgeRows({ rows, change_percent: change }, 950, 1250)).toEqual({
      guards: [],
      alerts: [
        {
          code: 'rows_below',
          message: 'The result has 950 rows, fewer than 1,000, at which the orchestration warns.',
          ...{ rows: 950, bound: 1000, last_rows: 1250 },
        },
        {
          code: 'rows_changed',
          message:
            'The result has 950 rows, 24 % fewer than the 1,250 of the last completed run and so beyond 20 %, at which the orchestration warns.',
          ...{ rows: 950, bound: 20, last_rows: 1250 },
        },
      ],
    })
    expect(judgeRows({ rows: { fail_below: 2 } }, 1, null).guards[0]!.message).toBe(
      'The result has 1 row, fewer than 2, at which the orchestration stops.',
    )
  })

  it('of one measure is the gravest alone, and each measure is told', () => {
    expect(said({ rows, change_percent: change }, 50, 1000)).toEqual(['guard.rows_below', 'guard.rows_changed'])
    expect(said({ rows, change_percent: { warn: 1 } }, 50, 1000)).toEqual(['guard.rows_below', '~rows_changed'])
  })

  it('never grows milder as rows move away from what is allowed', () => {
    const grade = (codes: string[]) => (codes.length === 0 ? 0 : codes[0]!.startsWith('~') ? 1 : 2)
    const count = fc.nat(200_000)
    fc.assert(
      fc.property(count, count, (a, b) => {
        const [near, far] = [a, b].sort((x, y) => Math.abs(x - 25_000) - Math.abs(y - 25_000)) as [number, number]
        if (near < 25_000 === far < 25_000)
          expect(grade(said({ rows }, far))).toBeGreaterThanOrEqual(grade(said({ rows }, near)))
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type GuardedCounts, type Guards, trippedGuards } from './guards.ts'

const off: Guards = {
  empty_source: 'stop',
  max_changed_percent: null,
  max_created: null,
  max_cleared: null,
  max_exits_percent: null,
}
const counts = (more: Partial<GuardedCounts> = {}): GuardedCounts => ({
  rows: 100,
  known: 100,
  created: 0,
  changed: 0,
  cleared: 0,
  held: 0,
  exits: 0,
  ...more,
})

describe('guards', () => {
  it.each<[string, Partial<Guards>, Partial<GuardedCounts>, string[]]>([
    ['an empty source, unless allowed', {}, { rows: 0, known: 0 }, ['guard.empty_source']],
    ['an empty source that is allowed', { empty_source: 'allow' }, { rows: 0, known: 0 }, []],
    ['rows of which nobody is left are no empty source', {}, { rows: 3, known: 0 }, []],
    ['a first load', { max_changed_percent: 1 }, { known: 0, created: 100, changed: 0 }, []],
    ['as many percent as allowed', { max_changed_percent: 20 }, { changed: 20 }, []],
    ['more percent than allowed', { max_changed_percent: 20 }, { changed: 21 }, ['guard.max_changed']],
    ['a part of a percent more', { max_changed_percent: 0 }, { known: 100_000, changed: 1 }, ['guard.max_changed']],
    ['percent of nobody', { max_changed_percent: 0 }, { known: 0 }, []],
    ['as many creates as allowed', { max_created: 5 }, { created: 5 }, []],
    ['more creates than allowed', { max_created: 5 }, { created: 6 }, ['guard.max_created']],
    ['more leaving than allowed', { max_exits_percent: 10 }, { held: 100, exits: 11 }, ['guard.max_exits']],
    ['as many leaving as allowed', { max_exits_percent: 10 }, { held: 100, exits: 10 }, []],
    ['none allowed', { max_created: 0 }, { created: 1 }, ['guard.max_created']],
    ['as many cleared values as allowed', { max_cleared: 5 }, { cleared: 5 }, []],
    ['more cleared values than allowed', { max_cleared: 5 }, { cleared: 6 }, ['guard.max_cleared']],
    [
      'several at once, each told',
      { max_changed_percent: 1, max_created: 1, max_cleared: 1 },
      { changed: 50, created: 50, cleared: 50 },
      ['guard.max_changed', 'guard.max_created', 'guard.max_cleared'],
    ],
  ])('%s', (_, guards, judged, codes) => {
    const tripped = trippedGuards({ ...off, ...guards }, counts(judged))
    expect(tripped.map((guard) => guard.code)).toEqual(codes)
    for (const guard of tripped) expect(guard.message).toMatch(/\.$/)
  })

  it('a result with rows is never stopped by a guard that nobody set', () => {
    const number = fc.nat(1_000_000)
    fc.assert(
      fc.property(
        fc.record({
          rows: fc.integer({ min: 1, max: 1_000_000 }),
          known: number,
          created: number,
          changed: number,
          cleared: number,
          held: number,
          exits: number,
        }),
        (judged) => {
          expect(trippedGuards(off, judged)).toEqual([])
        },
      ),
    )
  })

  it('says both numbers', () => {
    expect(trippedGuards({ ...off, max_changed_percent: 10 }, counts({ known: 3, changed: 1 }))[0]?.message).toBe(
      '1 of 3 people delivered before would change (33.3 %); the guard allows 10 %.',
    )
  })
})

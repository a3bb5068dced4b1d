import { describe, expect, it } from 'vitest'
import type { Definition, Problem } from '../../api/operations.ts'
import { mistakesOf, nextRunOf, pruned, sentOf, valueAt, withValue } from './objects.ts'

const group = (orchestrations: string[], next: string[]) =>
  ({ body: { orchestrations }, status: { next_at: next } }) as unknown as Definition

describe('objects of activations', () => {
  it.each([
    [{ query: 'q' }, { kind: 'query', key: 'q' }],
    [{ segment: 's' }, { kind: 'segment', key: 's' }],
    [{}, null],
  ])('finds what %j sends', (body, sent) => expect(sentOf({ body })).toEqual(sent))

  it('takes the earliest tick of the groups of an orchestration', () => {
    const groups = [group(['a'], ['2026-01-02']), group(['a', 'b'], ['2026-01-01']), group(['b'], [])]
    expect(nextRunOf(groups, 'a')).toBe('2026-01-01')
    expect(nextRunOf(groups, 'c')).toBeNull()
  })

  it('reads mistakes of both forms by field', () => {
    const problem = {
      errors: [{ pointer: '/body/body/name', message: 'too long' }],
      problems: [{ path: 'alerts.rows.fail_below', message: 'further out' }],
    } as unknown as Problem
    expect(mistakesOf(problem)).toEqual({ name: 'too long', 'alerts.rows.fail_below': 'further out' })
  })

  it('leaves out what says nothing, and sets values deep inside', () => {
    expect(pruned({ name: '', alerts: { rows: { warn_below: undefined } }, a: 0, b: false })).toEqual({
      a: 0,
      b: false,
    })
    const body = withValue({ limits: { a: 1 } }, 'limits.b', 2)
    expect(body).toEqual({ limits: { a: 1, b: 2 } })
    expect(valueAt(body, 'limits.b')).toBe(2)
    expect(valueAt({}, 'limits.b')).toBeUndefined()
    const rows = withValue({ rows: [{ name: 'a' }, { name: 'b' }] }, 'rows.1.name', 'c')
    expect(rows).toEqual({ rows: [{ name: 'a' }, { name: 'c' }] })
    expect(valueAt(rows, 'rows.1.name')).toBe('c')
  })
})

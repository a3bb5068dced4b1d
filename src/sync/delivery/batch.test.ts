import { describe, expect, it } from 'vitest'
import type { BatchKind, Write } from '../../destination/destination.ts'
import type { Attempt } from './attempt.ts'
import { cutBatch } from './batch.ts'

/** A destination that takes three writes and a hundred bytes at a time, and knows who is meant by the kind of a write. */
const connection = {
  batchKind: (write: Write): BatchKind => (write.kind === 'by_id' ? 'by_id' : 'upsert'),
  prepare: (write: Write) => ({ write, json: JSON.stringify(write.externalId) }),
  limits: { usersPerSecond: null, jobsInFlight: 2, maxBatchWrites: 3, maxBatchBytes: 100, requestsPerMinute: null },
}

const attempt = (change: number, kind: Write['kind'] = 'update', externalId = `k${change}`): Attempt => ({
  change,
  root: change,
  kind: 'planned',
  rechecked: false,
  tries: 0,
  write: { kind, zendeskId: '7', externalId, email: null, values: {}, before: {} },
})

const cut = (attempts: readonly Attempt[]) => {
  const { batch, rest } = cutBatch(attempts, connection, new Map())
  const numbers = (some: readonly Attempt[]) => some.map(({ change }) => change)
  return { kind: batch.kind, taken: numbers(batch.attempts), rest: numbers(rest) }
}

describe('the first batch', () => {
  it('holds as many as the destination takes, the others keep their order', () => {
    expect(cut([1, 2, 3, 4, 5].map((change) => attempt(change)))).toEqual({
      kind: 'upsert',
      taken: [1, 2, 3],
      rest: [4, 5],
    })
  })

  it('is for one endpoint: that of the first, and who is passed over goes first later', () => {
    const attempts = [attempt(1, 'by_id'), attempt(2), attempt(3, 'by_id'), attempt(4), attempt(5, 'by_id'), attempt(6)]
    expect(cut(attempts)).toEqual({ kind: 'by_id', taken: [1, 3, 5], rest: [2, 4, 6] })
  })

  it('is no longer than the destination takes, unless one write alone is', () => {
    const long = 'x'.repeat(60)
    expect(cut([attempt(1, 'update', long), attempt(2, 'update', long), attempt(3)])).toMatchObject({
      taken: [1, 3],
      rest: [2],
    })
    const huge = 'x'.repeat(200)
    expect(cut([attempt(1, 'update', huge), attempt(2)])).toMatchObject({ taken: [1], rest: [2] })
    expect(cut([attempt(1, 'update', '\u00e4'.repeat(50))])).toMatchObject({ taken: [1], rest: [] })
  })
})

import { expect, it } from 'vitest'
import { estimateCost } from './cost.ts'

const limits = {
  usersPerSecond: 100,
  jobsInFlight: 15,
  maxBatchWrites: 100,
  maxBatchBytes: 1024 * 1024,
  requestsPerMinute: 350,
}

it.each<[string, number[], number, 'none' | 'sample' | 'all', object]>([
  ['nothing to send costs nothing', [], 0, 'all', { writes: 0, polls: 0, reads: 0, requests: 0, eta_ms: 0 }],
  ['nobody is read back', [250], 250, 'none', { writes: 3, polls: 1, reads: 1, requests: 5 }],
  ['a sample is one request', [250], 250, 'sample', { writes: 3, polls: 1, reads: 2, requests: 6 }],
  ['all are a request for a hundred people', [250, 50], 250, 'all', { writes: 4, polls: 2, reads: 4, requests: 10 }],
])('%s', (_, waves, people, confirm, expected) => {
  expect(estimateCost(waves, people, confirm, limits)).toMatchObject(expected)
})

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { withHeartbeat } from './heartbeat.ts'
import type { WorkflowEvent } from './report.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('no second passes without an event: silence is broken, with the step and the time, until it is stopped', () => {
  const told: WorkflowEvent[] = []
  const { onEvent, stop } = withHeartbeat((event) => told.push(event))
  vi.advanceTimersByTime(1_000)
  onEvent({ type: 'step', step: 'extract' })
  vi.advanceTimersByTime(800)
  onEvent({ type: 'extracted', rows: 3 })
  vi.advanceTimersByTime(2_000)
  stop()
  vi.advanceTimersByTime(5_000)
  expect(told).toEqual([
    { type: 'heartbeat', step: null, elapsedMs: 900 },
    { type: 'step', step: 'extract' },
    { type: 'extracted', rows: 3 },
    { type: 'heartbeat', step: 'extract', elapsedMs: 2_700 },
    { type: 'heartbeat', step: 'extract', elapsedMs: 3_600 },
  ])
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Progress, WorkflowEvent } from '../sync/report.ts'
import { advance, emptyView, lastLines, lineText, movingLine, plainProgress, type RunView } from './run-view.ts'
import { widthOf } from './text.ts'

const startMs = Date.parse('2026-11-21T08:30:00Z')
const delivering: Progress = {
  settled: 500,
  total: 2000,
  usersPerSecond: 98.4,
  jobsInFlight: 12,
  parked: 0,
  etaMs: 15_200,
}

function after(events: readonly WorkflowEvent[], stepMs = 1000): { view: RunView; lines: string[] } {
  let view = emptyView
  const lines: string[] = []
  events.forEach((event, index) => {
    const next = advance(view, event, startMs + index * stepMs)
    view = next.view
    lines.push(...next.lines.map((line) => lineText(line, { columns: 80, color: false })))
  })
  return { view, lines }
}

test('each finished step leaves a line with what it found and how long it took', () => {
  const { lines } = after([
    { type: 'workflow', runId: 'r1', orchestration: 'users', resumed: true },
    { type: 'recovering', runId: 'r0', batches: 1 },
    { type: 'step', step: 'extract' },
    { type: 'extracted', rows: 2000 },
    { type: 'step', step: 'map' },
    { type: 'step', step: 'deliver' },
    { type: 'progress', progress: delivering },
    { type: 'step', step: 'settle' },
  ])
  expect(lines).toEqual([
    '· going on with run r1',
    '· asking Zendesk what became of 1 batch of run r0',
    '✓ extract  2,000 rows · 2 s',
    '✓ map      1 s',
    '✓ deliver  500 of 2,000 · 2 s',
  ])
})

test('the step at which a workflow ended is marked', () => {
  const { view } = after([{ type: 'step', step: 'extract' }])
  expect(lastLines(view, false, startMs).map((line) => lineText(line, { columns: 80, color: false }))).toEqual([
    '✗ extract',
  ])
})

describe('the moving line', () => {
  const line = (view: RunView, columns: number, nowMs = startMs) => movingLine(view, { columns, color: false }, nowMs)
  const view = after([
    { type: 'step', step: 'deliver' },
    { type: 'progress', progress: delivering },
  ]).view

  test('has bar, rows, speed, remaining time and jobs', () => {
    expect(line(view, 100)).toBe(
      '⠋ deliver  █████▌░░░░░░░░░░░░░░░░  25 %    500/2,000   98 users/s · 16 s left · 12 jobs in flight',
    )
  })

  test('loses the lesser figures on a narrow terminal', () => {
    expect(line(view, 50)).toBe('⠋ deliver   25 %    500/2,000   98 users/s')
  })

  test('counts down what it waits for, also where there is no room for figures', () => {
    const waiting = advance(
      view,
      { type: 'waiting', why: 'Zendesk asks us to wait 27 s', untilMs: startMs + 27_000 },
      startMs,
    ).view
    expect(line(waiting, 100, startMs + 5_000)).toContain('Zendesk asks us to wait 22 s · 12 jobs in flight')
    expect(line(waiting, 50, startMs + 26_500)).toBe('⠴ deliver   25 %   Zendesk asks us to wait 1 s')
    expect(line(advance(waiting, { type: 'waiting', why: null, untilMs: null }, startMs).view, 100)).toContain(
      '98 users/s',
    )
  })

  test('says that it is stopping and what a second Ctrl-C does', () => {
    const stopping = advance(view, { type: 'stopping' }, startMs).view
    expect(line(stopping, 100)).toContain('stopping: 12 jobs to settle · Ctrl-C again stops at once')
  })

  test('words of Zendesk cannot move the cursor', () => {
    const waiting = advance(view, { type: 'waiting', why: '\u001b[2J', untilMs: null }, startMs).view
    expect(line(waiting, 100)).toContain('\\x1b[2J')
  })

  test('never fills the last column, whatever the figures', () => {
    const progress = fc.record({
      settled: fc.nat(10_000_000),
      total: fc.integer({ min: 1, max: 10_000_000 }),
      usersPerSecond: fc.float({ min: 0, max: 100_000, noNaN: true }),
      jobsInFlight: fc.nat(30),
      parked: fc.nat(30),
      etaMs: fc.option(fc.nat(1_000_000_000)),
    })
    const why = fc.option(fc.string({ unit: 'grapheme', maxLength: 100 }))
    fc.assert(
      fc.property(
        progress,
        why,
        fc.boolean(),
        fc.integer({ min: 40, max: 160 }),
        (each, reason, isStopping, columns) => {
          const settled = Math.min(each.settled, each.total)
          const waiting = reason === null ? null : { why: reason, untilMs: startMs + 5000 }
          const drawn = line({ ...view, progress: { ...each, settled }, waiting, isStopping }, columns)
          expect(widthOf(drawn)).toBeLessThan(columns)
        },
      ),
    )
  })
})

test('a pipe gets the same in one plain line', () => {
  const { view } = after([
    { type: 'step', step: 'deliver' },
    { type: 'progress', progress: delivering },
  ])
  expect(plainProgress(view, startMs)).toBe('deliver 25 %, 500 of 2,000, 98 users/s, 16 s left, 12 jobs in flight')
})

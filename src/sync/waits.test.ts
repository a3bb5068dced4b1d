import { describe, expect, it } from 'vitest'
import type { WorkflowEvent } from './report.ts'
import { WaitMeter } from './waits.ts'

const wallMs = 1_795_000_000_000
const from = (nowMs: number, lastsMs: number | null): [number, WorkflowEvent] => [
  nowMs,
  {
    type: 'waiting',
    why: lastsMs === null ? null : 'Zendesk asks',
    untilMs: lastsMs === null ? null : wallMs + nowMs + lastsMs,
  },
]

describe('time that a run has waited', () => {
  it.each<[string, [number, WorkflowEvent][], nowMs: number, waitedMs: number]>([
    ['none', [[0, { type: 'step', step: 'deliver' }]], 9_000, 0],
    ['a wait that is over', [from(1_000, 2_000), from(3_000, null)], 9_000, 2_000],
    ['one whose end nobody announced', [from(1_000, 2_000)], 9_000, 2_000],
    ['one that lasts still', [from(1_000, 20_000)], 9_000, 8_000],
    ['one that was cut short', [from(1_000, 20_000), from(2_000, null)], 9_000, 1_000],
    ['two at a time', [from(1_000, 4_000), from(2_000, 4_000), from(6_000, null)], 9_000, 5_000],
    ['a short one in a long one', [from(1_000, 6_000), from(2_000, 1_000)], 9_000, 6_000],
    ['two, one after the other', [from(1_000, 1_000), from(2_000, null), from(5_000, 1_000)], 9_000, 2_000],
    ['an end of nothing', [from(1_000, null)], 9_000, 0],
    ['two with a pause that nobody announced', [from(1_000, 1_000), from(5_000, 1_000)], 9_000, 2_000],
  ])('%s', (_, events, nowMs, waitedMs) => {
    const meter = new WaitMeter()
    for (const [atMs, event] of events) meter.event(event, atMs, wallMs + atMs)
    expect(meter.waitedMs(nowMs)).toBe(waitedMs)
  })
})

import { expect, it } from 'vitest'
import { byDay, type Ended } from './days.ts'

const ended = (at: string, created: number, runId: string | null = null): Ended => ({
  runId,
  endedAt: new Date(at),
  rows: { created, updated: 1, rejected: 2, failed: 0, total: 9 },
})
const now = new Date('2026-03-30T12:00:00Z')
const counts = (found: readonly Ended[], timeZone: string, days = 3) =>
  byDay(found, { now, days, timeZone }).map(({ day, workflows, created }) => [day, workflows, created])

it.each<[string, Ended[], string, (string | number)[][]]>([
  [
    'days without anything are there too',
    [],
    'UTC',
    [
      ['2026-03-28', 0, 0],
      ['2026-03-29', 0, 0],
      ['2026-03-30', 0, 0],
    ],
  ],
  [
    'the day is that of the time zone',
    [ended('2026-03-29T22:30:00Z', 5)],
    'Europe/Berlin',
    [
      ['2026-03-28', 0, 0],
      ['2026-03-29', 0, 0],
      ['2026-03-30', 1, 5],
    ],
  ],
  [
    'a day of 23 hours is one day',
    [ended('2026-03-28T23:30:00Z', 1), ended('2026-03-29T21:59:00Z', 2), ended('2026-03-28T22:59:00Z', 4)],
    'Europe/Berlin',
    [
      ['2026-03-28', 1, 4],
      ['2026-03-29', 2, 3],
      ['2026-03-30', 0, 0],
    ],
  ],
  [
    'a run that several workflows worked at counts once, on its last day',
    [
      ended('2026-03-30T01:00:00Z', 9, 'R-1'),
      ended('2026-03-28T01:00:00Z', 4, 'R-1'),
      ended('2026-03-28T01:00:00Z', 4),
    ],
    'UTC',
    [
      ['2026-03-28', 1, 4],
      ['2026-03-29', 0, 0],
      ['2026-03-30', 1, 9],
    ],
  ],
  [
    'what ended before, and what has no counts, adds nothing',
    [ended('2026-03-20T01:00:00Z', 9), { runId: null, endedAt: new Date('2026-03-30T01:00:00Z'), rows: null }],
    'UTC',
    [
      ['2026-03-28', 0, 0],
      ['2026-03-29', 0, 0],
      ['2026-03-30', 1, 0],
    ],
  ],
])('%s', (_, found, timeZone, expected) => {
  expect(counts(found, timeZone)).toEqual(expected)
})

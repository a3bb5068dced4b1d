import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Figure } from '../bench/case.ts'
import { markdownOf } from '../bench/markdown.ts'
import { type RecordedRun, readRecorded } from '../bench/recorded.ts'
import { tablesOf } from '../bench/recorded-tables.ts'
import type { Report } from '../bench/report.ts'

function reportWith(...figures: Figure[]): Report {
  const measured = { case: { key: 'one', title: 'One', method: 'Somehow.' }, figures, problem: null, tookMs: 0 }
  const about = {
    measuredAt: '2026-01-02T03:04:05.000Z',
    commit: 'abc',
    machine: 'a machine',
    versions: { node: 'v24' },
  }
  return { ...about, scale: '1M', runs: 3, cases: [measured] }
}

function recordedWith(value: number): RecordedRun {
  const { measuredAt, commit, machine, versions, runs } = reportWith()
  return { measuredAt, commit, machine, versions, runs, figures: { key: { what: 'it', value } } }
}

test.each([
  { name: 'a ratio 21 % lower than recorded', better: 'higher', value: 0.79, recorded: 1, marked: '21 % worse' },
  { name: 'a ratio 25 % higher than recorded', better: 'lower', value: 2.5, recorded: 2, marked: '25 % worse' },
  { name: 'a count where there was none', better: 'lower', value: 1, recorded: 0, marked: '100 % worse' },
  { name: 'a ratio 19 % worse', better: 'lower', value: 1.19, recorded: 1, marked: null },
  { name: 'a better ratio', better: 'higher', value: 3, recorded: 1, marked: null },
  { name: 'a time, which depends on the machine', better: undefined, value: 9, recorded: 1, marked: null },
] as const)(
  'the report marks what is more than 20 % worse than recorded: $name',
  ({ better, value, recorded, marked }) => {
    const figure: Figure =
      better === undefined ? { key: 'key', what: 'it', value } : { key: 'key', what: 'it', value, better }
    const text = markdownOf(reportWith(figure), [recordedWith(recorded)])
    if (marked === null) expect(text).not.toContain('worse')
    else expect(text).toContain(marked)
    expect(text.includes('More than 20 % worse than recorded')).toBe(marked !== null)
  },
)

test('the report says of each target whether it is met', () => {
  const text = markdownOf(
    reportWith(
      { key: 'a', what: 'fast enough', value: 5, target: { atLeast: 5 } },
      { key: 'b', what: 'too large', value: 6, target: { atMost: 5 } },
    ),
    [],
  )
  expect(text).toContain('| fast enough | 5 | ≥ 5 | met |')
  expect(text).toContain('| too large | 6 | ≤ 5 | **missed** |')
  expect(text).toContain('1 of 2 targets met.')
})

test('the newest record of a figure is the one that counts', () => {
  const figure: Figure = { key: 'key', what: 'it', value: 1, better: 'higher' }
  expect(markdownOf(reportWith(figure), [recordedWith(1), recordedWith(2)])).not.toContain('worse')
  expect(markdownOf(reportWith(figure), [recordedWith(2), recordedWith(1)])).toContain('50 % worse')
})

test('README and performance.md show exactly what is recorded', () => {
  for (const { path, text } of tablesOf(readRecorded())) expect(readFileSync(path, 'utf8')).toBe(text)
})

import parsePhoneNumber from 'libphonenumber-js'
import { expect, test } from 'vitest'
import type { RunSummary } from '../sync/report.ts'
import { differences, expectedFigures } from './demo.ts'
import { inventDemoData } from './demo-data.ts'

function rowsOf(csv: string): string[][] {
  return csv
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.replaceAll('"', '').split(','))
}

test('the same seed invents the same customers, another one others', () => {
  expect(inventDemoData(1)).toEqual(inventDemoData(1))
  expect(inventDemoData(2).files).not.toEqual(inventDemoData(1).files)
})

test.each([1, 2, 3, 4, 5, 6])('seed %i: the files hold exactly the dirt that is expected', (seed) => {
  const { files, expected, account, nextDay } = inventDemoData(seed)
  const rows = rowsOf(files['data/customers.csv']!)
  const first = [...new Map([...rows].reverse().map((row) => [row[0]!, row])).values()].reverse()
  const claimed = new Set<string>()
  const counts = { missing_name: 0, invalid_email: 0, email_conflict: 0, is_agent: 0 }
  const agents = new Set(account.filter((person) => person.role === 'agent').map((person) => person.email))
  let badPhones = 0
  for (const [, name, email, phone, , country] of first) {
    if (name!.trim() === '') counts.missing_name++
    else if (!/^[a-z]+\.[a-z]+\d+@example\.com$/.test(email!)) counts.invalid_email++
    else if (claimed.has(email!)) counts.email_conflict++
    else if (agents.has(email!)) counts.is_agent++
    else if (phone !== '' && parsePhoneNumber(phone!, country as 'US')?.isValid() !== true) badPhones++
    claimed.add(email!)
  }
  expect(rows).toHaveLength(expected.total)
  expect(rows.length - first.length).toBe(expected.merged)
  expect(counts).toEqual(expected.rejected)
  expect(badPhones).toBe(expected.warnings)
  expect(account.filter((person) => claimed.has(person.email))).toHaveLength(account.length)
  const added = rowsOf(nextDay.files['data/orders.csv']!).length - rowsOf(files['data/orders.csv']!).length
  expect(added).toBe(nextDay.updated)
})

test('every row of both runs has one outcome', () => {
  for (const figures of Object.values(expectedFigures(inventDemoData(1)))) {
    const outcomes = ['created', 'updated', 'unchanged', 'rejected', 'failed', 'merged', 'pending']
    expect(outcomes.reduce((sum, outcome) => sum + Number(figures[outcome]), 0)).toBe(figures.total)
  }
})

test('a figure that differs is named with both values', () => {
  const { first } = expectedFigures(inventDemoData(1))
  const figure = (name: string) => Number(first[name])
  const summary: RunSummary = {
    run_id: 'r1',
    orchestration: 'zendesk_users',
    status: 'completed_with_alerts',
    rows: {
      total: figure('total'),
      created: figure('created'),
      updated: figure('updated'),
      unchanged: 0,
      rejected: figure('rejected'),
      failed: 0,
      merged: figure('merged'),
      pending: 0,
    },
    warnings: figure('warnings'),
    adopted: figure('adopted'),
    requests: 60,
    waited_ms: 0,
    exited: 0,
    row_alerts: [],
    confirmed: null,
    paused: false,
    problem: null,
  }
  expect(differences(summary, first)).toEqual([])
  const wrong = { ...summary, rows: { ...summary.rows, created: 1_000, failed: 2 } }
  expect(differences(wrong, first).sort()).toEqual([
    `created 1,000 instead of ${figure('created').toLocaleString('en-US')}`,
    'failed 2 instead of 0',
  ])
})

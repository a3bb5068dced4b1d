import { describe, expect, test } from 'vitest'
import type { DriftLine, DriftReport, UndoReport } from '../sync/proof/report.ts'
import { noRows, type PlanSummary, type RunSummary } from '../sync/report.ts'
import { commandLine } from './command-line.ts'
import { driftExitCode } from './drift.ts'
import { driftLines, undoLines } from './drift-text.ts'

const style = { columns: 80, color: false }
const options = { command: commandLine('deskside', undefined) }

const plan: PlanSummary = {
  plan_id: 'd1',
  origin: 'repair',
  orchestration: 'users',
  account: 'https://shop.zendesk.com',
  planned_at: '2026-11-21T08:30:00.000Z',
  sample: null,
  full: false,
  rows: { total: 2, rejected: 0, merged: 0, unchanged: 0 },
  people: { total: 2, create: 0, update: 2, unchanged: 0, rekeyed: 0, further_emails: 0, cleared_values: 0 },
  rejected: [],
  warnings: [],
  ignored_columns: [],
  notes: ['Takes run r1 back.', 'Left as it is, 1 time: It was edited since.'],
  guards: [],
  row_alerts: [],
  live: null,
  conflicts_sample: [],
  exits: null,
  cost: { writes: 1, polls: 1, reads: 1, requests: 3, eta_ms: 3000 },
  changes_sample: [],
}

const drifted: DriftReport = {
  drift_id: 'd1',
  orchestration: 'users',
  account: 'https://shop.zendesk.com',
  read_at: '2026-11-21T08:30:00.000Z',
  people: { read: 2000, drifted: 3, gone: 1 },
  fields: [
    { field: 'user_fields.city', code: 'seen.agent_edited', people: 2 },
    { field: 'zendesk_id', code: 'seen.gone', people: 1 },
  ],
  requests: 20,
  plan,
  repair: null,
}
const none: DriftReport = {
  ...drifted,
  drift_id: null,
  people: { read: 2000, drifted: 0, gone: 0 },
  fields: [],
  plan: null,
}
const line: DriftLine = {
  person: 1,
  zendesk_id: '9',
  external_id: 'C-1',
  email: 'ada@example.com',
  name: 'Ada',
  field: 'user_fields.city',
  delivered: 'Leeds',
  found: null,
  code: 'seen.agent_edited',
  reason: 'The user was changed.',
  repaired: true,
}

describe('drift', () => {
  test('tells how many drifted, by field and reason, the first of them, and what would repair it', () => {
    expect(driftLines(drifted, [line], style, options)).toEqual([
      'Drift of users',
      'https://shop.zendesk.com · read 2026-11-21 08:30:00 UTC',
      '',
      '  read     2,000  people  with 20 requests, 10 per 1,000 people',
      '  drifted      3  people  do not hold what was delivered',
      '  gone         1  person  not in the account any more; counted as drifted too',
      '',
      'What differs',
      '  people  field             code               why',
      '       2  user_fields.city  seen.agent_edited  The user was changed in Zendesk',
      '                                               after the value was delivered.',
      '       1  zendesk_id        seen.gone          The user is not in the account',
      '                                               any more.',
      '',
      'The first difference',
      '  external_id  email            field             delivered  in Zendesk',
      '  C-1          ada@example.com  user_fields.city  Leeds      ∅',
      '  list  deskside records d1 --drift',
      '',
      'To send again what was delivered to 2 people: look at the changes, then run',
      'them.',
      '  list  deskside records --plan d1',
      '  run   deskside run users --plan d1',
    ])
  })

  test('that sending would not repair offers nothing to run', () => {
    const lines = driftLines({ ...drifted, plan: null }, [line], style, options)
    expect(lines.at(-1)).toBe('Sending again would not repair any of it: see the reasons.')
  })

  test('that is none says so', () => {
    expect(driftLines(none, [], style, options).at(-1)).toBe('✓ Everybody holds what was delivered.')
    const nobody = { ...none, people: { read: 0, drifted: 0, gone: 0 } }
    expect(driftLines(nobody, [], style, options).at(-1)).toBe('✓ Nobody has been delivered yet.')
  })

  const repair = (status: RunSummary['status'], problem: RunSummary['problem'] = null): RunSummary => ({
    ...{ run_id: 'd1', orchestration: 'users', status, rows: noRows(), warnings: 0, adopted: 0, exited: 0 },
    ...{ row_alerts: [], confirmed: null, paused: false, requests: 1, waited_ms: 0, problem },
  })

  test.each<[string, DriftReport, boolean, number]>([
    ['no drift', none, true, 0],
    ['drift', drifted, true, 3],
    ['all of it repaired', { ...drifted, repair: repair('completed') }, true, 0],
    ['a part of it repaired', { ...drifted, repair: repair('completed') }, false, 3],
    ['a repair with refused rows', { ...drifted, repair: repair('completed_with_alerts') }, true, 3],
    ['a stopped repair', { ...drifted, repair: repair('stopped') }, false, 1],
  ])('%s has its exit code', (_what, report, isAllRepaired, exitCode) => {
    expect(driftExitCode(report, isAllRepaired)).toBe(exitCode)
  })
})

describe('undo', () => {
  const undo: UndoReport = {
    undone_run: 'r1',
    orchestration: 'users',
    plan: { ...plan, origin: 'undo' },
    people: { read: 3, restored: 2 },
    fields: { restored: 4, already: 1, left: 1 },
    rest: [{ code: 'edited_since', lines: 1, reason: 'It was edited since.' }],
    requests: 1,
  }

  test('tells what would be restored, what stays and why, and how to run it', () => {
    const lines = undoLines(undo, style, options)
    expect(lines.slice(0, 12)).toEqual([
      'Undo of run r1',
      'users · 3 people read back · 1 request',
      '',
      '  restore  4  fields  of 2 people',
      '  already  1  field   as before the run',
      '  leave    1  field   for the reasons below',
      '',
      '  left  deskside records d1 --left',
      '',
      'Undo plan for users',
      'https://shop.zendesk.com · 2 people · 2026-11-21 08:30:00 UTC',
      '',
    ])
    expect(lines).toContain('· Left as it is, 1 time: It was edited since.')
    expect(lines.at(-1)).toBe('run   deskside run users --plan d1')
  })

  test('of which nothing is left to restore offers nothing to run', () => {
    const empty = { ...undo.plan, cost: { ...plan.cost, writes: 0 } }
    const lines = undoLines({ ...undo, plan: empty, fields: { restored: 0, already: 5, left: 1 } }, style, options)
    expect(lines.slice(-2)).toEqual(['· 1 × It was edited since.', '✓ There is nothing to restore.'])
  })
})

import { describe, expect, test } from 'vitest'
import { Problem } from '../problem.ts'
import type { PlanSummary, RunSummary } from '../sync/report.ts'
import { stageLines } from './check.ts'
import { commandLine, programName } from './command-line.ts'
import { planLines } from './plan-text.ts'
import { problemLines } from './problem-text.ts'
import { exitCodeOf } from './run.ts'
import { summaryLines, tallyReasons, workflowLines } from './summary-text.ts'

const style = { columns: 80, color: false }
const command = commandLine('deskside', 'my shop')
const summary: RunSummary = {
  run_id: 'r1',
  orchestration: 'users',
  status: 'completed_with_alerts',
  rows: { total: 2000, created: 1900, updated: 40, unchanged: 0, rejected: 42, failed: 2, merged: 16, pending: 0 },
  warnings: 1,
  adopted: 40,
  requests: 61,
  problem: null,
}

describe('the end of a run', () => {
  test('says what became of every row, why, and how to list them', () => {
    const reasons = {
      rejected: [{ code: 'missing_name', field: null, reason: 'The row has no name.', rows: 42 }],
      failed: [{ code: 'zendesk.refused', field: 'email', reason: 'Email: \u001b[2J taken', rows: 2 }],
    }
    expect(summaryLines(summary, style, { reasons, tookMs: 21_400, command })).toEqual([
      '! users completed with alerts in 21 s',
      '',
      '  outcome     rows',
      '  created    1,900  new in Zendesk',
      '  updated       40  changed in Zendesk',
      '  unchanged      0',
      '  merged        16  another row of the same person carries them',
      '  rejected      42  not sent, with a reason',
      '  failed         2  refused by Zendesk',
      '  total      2,000',
      '',
      '1 row was sent without a value that could not be made valid',
      "  list  deskside records r1 --warnings --project 'my shop'",
      '40 people had been in Zendesk before and were taken over',
      '',
      'Why 42 rows were rejected',
      '  rows  code          why',
      '    42  missing_name  The row has no name.',
      "  list  deskside records r1 --outcome rejected --project 'my shop'",
      '',
      'Why 2 rows were refused by Zendesk',
      '  rows  code             field  why',
      '     2  zendesk.refused  email  Email: \\x1b[2J taken',
      "  list  deskside records r1 --outcome failed --project 'my shop'",
      '',
      'run r1 · 61 requests to Zendesk',
    ])
  })

  test('of a stopped run has the rows that are left and the problem in four parts', () => {
    const problem = new Problem('workflow.stopped', { message: 'Stopped by Ctrl-C.' })
    const rows = { ...summary.rows, created: 900, pending: 1000, rejected: 42, failed: 2 }
    const stopped: RunSummary = { ...summary, status: 'stopped', rows, problem }
    const lines = summaryLines(stopped, style, { reasons: { rejected: [], failed: [] }, tookMs: null, command })
    expect(lines[0]).toBe('! users stopped')
    expect(lines).toContain('  pending    1,000  not sent yet')
    expect(lines.slice(-3)).toEqual([
      '✗ Stopped by Ctrl-C.',
      '  do this Run the same command to continue.',
      '  code    workflow.stopped · run r1',
    ])
  })

  test.each([
    ['completed', null, 0],
    ['completed_with_alerts', null, 3],
    ['stopped', 'workflow.stopped', 1],
    ['error', 'zendesk.credentials_rejected', 1],
    ['error', 'zendesk.base_url_refused', 2],
    ['error', null, 1],
  ] as const)('%s with %s exits with the right code', (status, code, exitCode) => {
    expect(exitCodeOf({ status, problem: code === null ? null : new Problem(code, { message: 'x' }) })).toBe(exitCode)
  })
})

test('reasons are counted by code and field, the most frequent first', async () => {
  const rows = [
    { code: 'invalid_email', field: 'email', reason: 'a@ is not valid' },
    { code: 'missing_name', field: null, reason: 'The row has no name.' },
    { code: 'invalid_email', field: 'email', reason: 'b@ is not valid' },
  ]
  async function* each() {
    yield* rows
  }
  expect(await tallyReasons(each())).toEqual([
    { code: 'invalid_email', field: 'email', reason: 'a@ is not valid', rows: 2 },
    { code: 'missing_name', field: null, reason: 'The row has no name.', rows: 1 },
  ])
})

test('a problem has what, where, what to do and its code', () => {
  const problem = new Problem('query.invalid', {
    message: 'Column "emial" does not exist.\nThere is "email".',
    data: { file: 'queries/users.sql', line: 4, column: 12 },
    effect: 'partial',
  })
  expect(problemLines(problem, style)).toEqual([
    '✗ Column "emial" does not exist.',
    '  There is "email".',
    '  where   queries/users.sql:4:12',
    '  so far  Part of it was done; nothing is lost.',
    '  do this Correct the SQL at the place named above.',
    '  code    query.invalid',
  ])
})

test('a failed stage of a check carries its fix', () => {
  const problem = new Problem('zendesk.not_an_agent', { message: 'Ada is an end user.' })
  expect(
    stageLines({ stage: 'host', title: 'Reach the host', outcome: 'ok', detail: 'answers in 84 ms' }, style),
  ).toEqual(['✓ Reach the host          answers in 84 ms'])
  expect(stageLines({ stage: 'role', title: 'Role', outcome: 'failed', detail: '', problem }, style)).toEqual([
    '✗ Role',
    '  ✗ Ada is an end user.',
    '    do this Use a credential of an admin (or of an agent who may manage end',
    '            users).',
    '    code    zendesk.not_an_agent',
  ])
})

test('workflows are a table that fits', () => {
  const row = {
    run_id: 'r1',
    orchestration: 'users',
    status: 'error' as const,
    started_at: '2026-11-21T08:30:00.000Z',
    ended_at: '2026-11-21T08:30:21.000Z',
    rows: summary.rows,
    problem_code: 'zendesk.maintenance',
  }
  expect(workflowLines([row], { columns: Infinity, color: false })).toEqual([
    '  run  orchestration  status                                     started (UTC)        took   rows  created  updated  unchanged  rejected  failed',
    '  r1   users          stopped by a problem: zendesk.maintenance  2026-11-21 08:30:00  21 s  2,000    1,900       40          0        42       2',
  ])
  for (const line of workflowLines([row], { columns: 40, color: false })) expect(line.length).toBeLessThanOrEqual(40)
})

describe('a plan', () => {
  const plan: PlanSummary = {
    plan_id: 'p1',
    orchestration: 'users',
    account: 'https://shop.zendesk.com',
    planned_at: '2026-11-21T08:30:00.123Z',
    sample: null,
    full: false,
    rows: { total: 10, rejected: 1, merged: 0, unchanged: 7 },
    people: { total: 9, create: 1, update: 1, unchanged: 7, rekeyed: 0, further_emails: 0, cleared_values: 1 },
    rejected: [{ code: 'missing_name', rows: 1, reason: 'The row has no name.' }],
    warnings: [{ code: 'invalid_phone', field: 'phone', rows: 1, reason: 'Not a number.' }],
    ignored_columns: [{ column: 'detials', did_you_mean: 'details' }],
    notes: ['Rows of a person differ.'],
    guards: [],
    cost: { writes: 1, polls: 1, reads: 4, requests: 6, eta_ms: 3000 },
    changes_sample: [
      {
        change: 1,
        kind: 'update',
        wave: 1,
        row: 2,
        external_id: 'C-2',
        email: null,
        name: 'Eve \u001b[31m',
        zendesk_id: '9',
        fields: [
          { field: 'phone', old: '+12125550100', new: null },
          { field: 'user_fields.city', old: 'Leeds', new: 'York' },
        ],
      },
    ],
  }

  test('shows counts, reasons, what is ignored, a sample, the cost and what to do next', () => {
    expect(planLines(plan, style, { command })).toEqual([
      'Plan for users',
      'https://shop.zendesk.com · 10 rows, 9 people · 2026-11-21 08:30:00 UTC',
      '',
      '  create     1  people  not known to this Deskside yet',
      '  update     1  people  1 value cleared',
      '  unchanged  7  people  nothing is sent',
      '  rejected   1  rows    not sent, for the reasons below',
      '',
      'Rows that are rejected',
      '  rows  code          why',
      '     1  missing_name  The row has no name.',
      '',
      'Rows that are sent without a value',
      '  rows  code           field  why',
      '     1  invalid_phone  phone  Not a number.',
      '',
      'Columns that are not sent',
      '  detials  did you mean details?',
      '',
      '· Rows of a person differ.',
      '',
      'Changes, the first one',
      '  ~ update  Eve \\x1b[31m · C-2',
      '      phone             +12125550100 → ∅',
      '      user_fields.city  Leeds → York',
      '',
      '6 requests (1 write, 1 poll, 4 reads), about 3 s at the limits of the account.',
      '',
      'plan  p1',
      "list  deskside records --plan p1 --project 'my shop'",
      "run   deskside run users --plan p1 --project 'my shop'",
    ])
  })

  test('that a guard stopped says so and how to pass it', () => {
    const guards = [{ code: 'guard.max_created' as const, message: 'It would create 1 person; the limit is 0.' }]
    const lines = planLines({ ...plan, guards }, style, { command })
    expect(lines).toContain('! It would create 1 person; the limit is 0.')
    expect(lines.at(-1)).toBe("run   deskside run users --plan p1 --approve --project 'my shop'")
  })

  test('without changes offers nothing to run', () => {
    const people = { ...plan.people, create: 0, update: 0 }
    const lines = planLines({ ...plan, people, cost: { ...plan.cost, writes: 0 }, changes_sample: [] }, style, {
      command,
    })
    expect(lines).toContain('Nothing has to be sent.')
    expect(lines.at(-1)).toBe('plan  p1')
  })
})

test('the program is named so that a suggested command can be copied', () => {
  expect(programName({ PATH: '/nowhere:relative' }, '/home/ada/deskside', '/home/ada/deskside/bin/deskside')).toBe(
    'bin/deskside',
  )
  expect(programName({}, '/home/ada/shop', '/home/ada/deskside/bin/deskside')).toBe('/home/ada/deskside/bin/deskside')
  expect(command(['records', "it's"])).toBe("deskside records 'it'\\''s' --project 'my shop'")
})

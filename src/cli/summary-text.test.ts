import { describe, expect, test } from 'vitest'
import { Problem } from '../problem.ts'
import type { RunSummary } from '../sync/report.ts'
import { stageLines } from './check.ts'
import { commandLine, programName } from './command-line.ts'
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
  waited_ms: 0,
  exited: 0,
  row_alerts: [],
  confirmed: null,
  paused: false,
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

  const none = { reasons: { rejected: [], failed: [] }, tookMs: null, command }
  const clean: RunSummary = {
    ...summary,
    status: 'completed',
    rows: { ...summary.rows, rejected: 0, failed: 0 },
    warnings: 0,
    adopted: 0,
  }

  test.each([
    [999, 'run r1 · 61 requests to Zendesk'],
    [27_400, 'run r1 · 61 requests to Zendesk · 27 s of waiting'],
  ])('says how long it waited, from a second on: %d ms', (waited_ms, line) => {
    expect(summaryLines({ ...clean, waited_ms }, style, none)).toContain(line)
  })
  const problem = { code: 'zendesk.unreachable' as const, message: 'No route to host.', fix: 'Check the network.' }
  const list = (name: string) => `  list  deskside records r1 ${name} --project 'my shop'`

  test.each<[string, Partial<RunSummary>, string[]]>([
    ['nothing', {}, []],
    [
      'people who were seen',
      { confirmed: { read: 100, seen: 100, differing: 0, problem: null } },
      ['✓ Delivered and seen: 100 of 100 people read back'],
    ],
    [
      'a person who differs',
      { confirmed: { read: 1000, seen: 999, differing: 1, problem: null } },
      ['! Read back: 999 of 1,000 people hold what was sent, 1 does not', list('--alerts')],
    ],
    [
      'people who could not be read',
      { confirmed: { read: 0, seen: 0, differing: 0, problem } },
      ['! Nobody could be read back: No route to host.', '  do this Check the network.'],
    ],
    [
      'people of whom some could not be read',
      { confirmed: { read: 100, seen: 98, differing: 2, problem } },
      [
        '! Read back: 98 of 100 people hold what was sent, 2 do not',
        list('--alerts'),
        '! Not everybody could be read back: No route to host.',
        '  do this Check the network.',
      ],
    ],
    [
      'the number of rows',
      {
        row_alerts: [
          {
            ...{ code: 'rows_above', rows: 2000, bound: 1500, last_rows: 1400 },
            message: 'The result has 2,000 rows, more than 1,500, at which the orchestration warns.',
          },
        ],
      },
      ['! The result has 2,000 rows, more than 1,500, at which the orchestration warns.'],
    ],
    ['people who left', { exited: 2 }, ['Done what on_exit says for 2 people who left the result', list('--exits')]],
    [
      'a pause',
      { paused: true },
      [
        'The orchestration is paused: its next run would send the same again. To let it',
        'run:',
        "  run   deskside resume users --project 'my shop'",
      ],
    ],
  ])('tells of %s', (_what, more, expected) => {
    const lines = summaryLines({ ...clean, ...more }, style, none)
    const end = lines.indexOf('run r1 · 61 requests to Zendesk')
    expect(
      lines.slice(lines.findIndex((line) => line.startsWith('  total')) + 1, end).filter((line) => line !== ''),
    ).toEqual(expected)
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
    origin: 'query' as const,
    confirmed: null,
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
  expect(workflowLines([{ ...row, origin: 'undo' }], { columns: Infinity, color: false })[1]).toContain('users (undo)')
})

test('the program is named so that a suggested command can be copied', () => {
  expect(programName({ PATH: '/nowhere:relative' }, '/home/ada/deskside', '/home/ada/deskside/bin/deskside')).toBe(
    'bin/deskside',
  )
  expect(programName({}, '/home/ada/shop', '/home/ada/deskside/bin/deskside')).toBe('/home/ada/deskside/bin/deskside')
  expect(command(['records', "it's"])).toBe("deskside records 'it'\\''s' --project 'my shop'")
})

import { describe, expect, test } from 'vitest'
import type { ChangeKind, ChangeView, Conflict, FieldChange, PlanSummary } from '../sync/report.ts'
import { changeLines } from './change-text.ts'
import { commandLine } from './command-line.ts'
import { conflictTexts } from './conflict-text.ts'
import { planLines } from './plan-text.ts'
import { planInBrief } from './run-view.ts'

const style = { columns: 80, color: false }
const command = commandLine('deskside', 'my shop')

describe('a plan', () => {
  const plan: PlanSummary = {
    plan_id: 'p1',
    origin: 'query',
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
    row_alerts: [],
    live: null,
    conflicts_sample: [],
    exits: null,
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
      '  create     1  person  not known to this Deskside yet',
      '  update     1  person  1 value cleared',
      '  unchanged  7  people  nothing is sent',
      '  rejected   1  row     not sent, for the reasons below',
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

  test('tells what the number of rows gives to say, and can be run as it is', () => {
    const message = 'The result has 10 rows, fewer than 1,000, at which the orchestration warns.'
    const alert = { code: 'rows_below' as const, message, rows: 10, bound: 1000, last_rows: null }
    const lines = planLines({ ...plan, row_alerts: [alert] }, style, { command })
    expect(lines).toContain(`! ${message}`)
    expect(lines.at(-1)).toBe("run   deskside run users --plan p1 --project 'my shop'")
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

  const live = { people: 9, requests: 3, creates: 1, updates: 0, adopts: 1, equal: 5, conflicts: 7 }
  const conflict: Conflict = {
    row: 3,
    external_id: 'C-3',
    email: 'ada@example.com',
    name: 'Ada \u001b[31m',
    code: 'conflict.secondary',
    reason: 'ada@example.com is a secondary address of user 9.',
    action: 'Take the address away from user 9 in Zendesk, or give the row the keys of that user.',
  }

  test('that has read the account tells what is there, who is in conflict and how to list them all', () => {
    const rejected = [...plan.rejected, { code: 'conflict.secondary', rows: 7, reason: 'A secondary one.' }]
    const lines = planLines(
      { ...plan, rejected, live: { ...live, read: 'first_contact' }, conflicts_sample: [conflict] },
      style,
      { command },
    )
    expect(lines).toContain('  update     1  person  1 value cleared, 1 of them taken over')
    const from = lines.findIndex((line) => line.startsWith('Looked up'))
    expect(lines.slice(from, lines.indexOf('Rows that are sent without a value'))).toEqual([
      'Looked up in Zendesk: 9 people who were never delivered before (3 requests)',
      '  new       1  not in the account',
      '  known     0',
      '  adopted   1  in the account under their e-mail: taken over',
      '  equal     5  the account holds it all: nothing is sent',
      '  conflict  7  not sent: somebody has to decide, see below',
      '',
      'Conflicts, the first 1 of 7',
      '  ! Ada \\x1b[31m · C-3 · ada@example.com  row 3, conflict.secondary',
      '      why  ada@example.com is a secondary address of user 9.',
      '      do   Take the address away from user 9 in Zendesk, or give the row the',
      '           keys of that user.',
      "  list  deskside conflicts p1 --project 'my shop'",
      '',
      'Rows that are rejected for other reasons',
      '  rows  code          why',
      '     1  missing_name  The row has no name.',
      '',
    ])
  })

  test('says who left and what becomes of them', () => {
    const lines = planLines({ ...plan, exits: { action: 'delete', people: 12, already_gone: 1 } }, style, { command })
    expect(lines).toContain('  left       12  people  no longer in the result: DELETED in Zendesk')
    expect(lines).toContain('  gone        1  person  no longer in the result, nor in the account: forgotten')
  })

  test.each<[Partial<PlanSummary>, string]>([
    [{}, '1 to create, 1 to update, 7 unchanged; 1 row rejected; about 3 s'],
    [{ origin: 'undo' }, '1 to create, 1 to restore, 7 unchanged; 1 row rejected; about 3 s'],
    [{ origin: 'repair' }, '1 to create, 1 to send again, 7 unchanged; 1 row rejected; about 3 s'],
    [
      { exits: { action: 'suspend', people: 2, already_gone: 0 } },
      '1 to create, 1 to update, 2 who left the result, 7 unchanged; 1 row rejected; about 3 s',
    ],
  ])('in brief with %j', (more, text) => {
    expect(planInBrief({ ...plan, ...more })).toBe(text)
  })

  test.each([
    ['undo', 'Undo plan for users', '  restore  1  person  1 value cleared'],
    ['repair', 'Repair plan for users', '  send again  1  person  1 value cleared'],
  ] as const)('of an %s says what it is, and speaks of no rows', (origin, title, counts) => {
    const people = { ...plan.people, create: 0, unchanged: 0, total: 1 }
    const lines = planLines({ ...plan, origin, people, rejected: [], warnings: [], ignored_columns: [] }, style, {
      command,
    })
    expect(lines.slice(0, 5)).toEqual([
      title,
      'https://shop.zendesk.com · 1 person · 2026-11-21 08:30:00 UTC',
      '',
      counts,
      '',
    ])
  })
})

describe('a change', () => {
  const change = (kind: ChangeKind, fields: FieldChange[], email: string | null = null): ChangeView => ({
    ...{ change: 1, kind, wave: 1, row: 2, external_id: 'C-2', email, name: 'Eve', zendesk_id: '9', fields },
  })
  const field = (name: string, before: string | null, after: string | null) => ({
    field: name,
    old: before,
    new: after,
  })

  test.each<[ChangeView, string[]]>([
    [
      change('create', [field('phone', null, '+1')], 'eve@example.com'),
      ['+ create  Eve · C-2 · eve@example.com', 'phone  +1'],
    ],
    [change('adopt', [field('external_id', null, 'C-2')]), ['= take over  Eve · C-2', 'external_id  ∅ → C-2']],
    [change('restore', [field('phone', '+2', null)]), ['« restore  Eve · C-2', 'phone  +2 → ∅']],
    [change('tags', [field('tags', 'old both', 'both new')]), ['# tags  Eve · C-2', 'tags  +new -old']],
    [change('tags', [field('tags', 'same', 'same')]), ['# tags  Eve · C-2', 'tags  same']],
    [change('tags', [field('tags', 'a b', null)]), ['# tags  Eve · C-2', 'tags  -a -b']],
    [change('membership', [field('organization', null, 'Acme')]), ['& organization  Eve · C-2', 'organization  Acme']],
    [change('primary_email', [], 'new@example.com'), ['@ primary e-mail  Eve · C-2 · new@example.com']],
    [change('remove_email', [], 'old@example.com'), ['- remove e-mail  Eve · C-2 · old@example.com']],
    [change('primary_phone', [field('phone', '+1', '+2')]), ['~ primary phone  Eve · C-2', 'phone  +1 → +2']],
    [
      change('exit', [field('suspended', 'false', 'true')]),
      ['- left the result  Eve · C-2', 'suspended  false → true'],
    ],
    [change('delete', []), ['- DELETE  Eve · C-2']],
  ])('%# is shown with its own mark and word', (view, lines) => {
    expect(changeLines(view, style).map((line) => line.trim())).toEqual(lines)
  })
})

test('a plan without conflicts says how a plan finds them', async () => {
  async function* none(): AsyncGenerator<never> {}
  let text = ''
  for await (const piece of conflictTexts(none(), style)) text += piece
  expect(text).toMatch(/^No conflicts\. A plan finds them when it is made with --live/)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { WhyEntry, WhyPerson, WhyReport } from '../sync/proof/report.ts'
import { widthOf } from './text.ts'
import { whyLines } from './why-text.ts'

const style = { columns: 80, color: false }

const entry: WhyEntry = {
  run_id: 'r1',
  orchestration: 'users',
  origin: 'query',
  started_at: '2026-11-21T08:30:00.000Z',
  status: 'completed_with_alerts',
  query: { digest: 'cc00444612345678', changed: null },
  changes: [],
  rejected: [],
  warnings: [],
  alerts: [],
}

const person: WhyPerson = {
  destination: 'zendesk',
  account: 'https://shop.zendesk.com',
  zendesk_id: '9',
  external_id: 'C-1',
  emails: ['ada@example.com', 'a@example.com'],
  orchestration: 'users',
  delivered_at: '2026-11-21T08:30:05.000Z',
  exit: null,
  history: [],
  older: null,
  now: {
    there: true,
    zendesk_id: '9',
    external_id: 'C-1',
    emails: ['ada@example.com'],
    role: 'end-user',
    suspended: false,
    updated_at: '2026-11-21T09:00:00Z',
    fields: [],
    problem: null,
  },
}

const report = (more: Partial<WhyPerson>): WhyReport => ({
  key: 'C-1',
  field: null,
  people: [{ ...person, ...more }],
  requests: 5,
})

const answer = { code: null, reason: null, at: '2026-11-21T08:30:05.000Z' }

test('the history of a person is told oldest first, then what the account holds, differences marked', () => {
  const history: WhyEntry[] = [
    {
      ...entry,
      changes: [
        {
          change: 1,
          kind: 'create',
          fields: [{ field: 'name', old: null, new: 'Ada \u001b[2J' }],
          outcome: { ...answer, status: 'failed', zendesk_id: null, code: 'zendesk.refused', reason: 'Email: taken.' },
          follow_ups: [{ kind: 'again', outcome: { ...answer, status: 'created', zendesk_id: '9' } }],
        },
      ],
      warnings: [{ row: 7, field: 'phone', value: '12', code: 'invalid_phone', reason: 'Not a number.' }],
      alerts: [{ field: 'phone', given: '+1', found: null, code: 'seen.not_taken', reason: 'Another value.' }],
    },
    { ...entry, run_id: 'p2', status: 'waiting', started_at: '2026-11-22T08:00:00.000Z' },
    {
      ...entry,
      run_id: 'r3',
      origin: 'undo',
      query: null,
      status: 'completed',
      started_at: '2026-11-22T09:00:00.000Z',
      changes: [
        {
          change: 4,
          kind: 'restore',
          fields: [{ field: 'city', old: 'York', new: 'Leeds' }],
          outcome: { ...answer, status: 'updated', zendesk_id: '9', at: '2026-11-23T00:00:01.000Z' },
          follow_ups: [],
        },
      ],
    },
    {
      ...entry,
      run_id: 'r4',
      status: 'stopped',
      query: { digest: 'dd', changed: true },
      started_at: '2026-11-24T09:00:00.000Z',
      changes: [
        {
          change: 1,
          kind: 'update',
          fields: [{ field: 'city', old: 'Leeds', new: 'Rome' }],
          outcome: null,
          follow_ups: [],
        },
      ],
      rejected: [{ row: 3, field: 'email', value: 'x@', code: 'invalid_email', reason: 'No valid address.' }],
    },
  ]
  const now: WhyPerson['now'] = {
    ...person.now,
    fields: [
      { field: 'city', delivered: 'Leeds', found: 'Paris', verdict: 'different', code: 'seen.agent_edited' },
      { field: 'signature', delivered: 'x', found: null, verdict: 'not_comparable', code: null },
      { field: 'notes', delivered: null, found: 'by an agent', verdict: 'not_comparable', code: null },
    ],
  }
  expect(
    whyLines(report({ history, now, older: { runs: 2, note: 'Details older than 30 days are gone.' } }), style),
  ).toEqual([
    'C-1 · ada@example.com · a@example.com',
    'https://shop.zendesk.com · last delivered by users at 2026-11-21 08:30:05 UTC',
    '',
    '  · 2 older runs: Details older than 30 days are gone.',
    '',
    '  2026-11-21 08:30:00  users',
    '    run r1 · query cc004446, first version · completed with alerts',
    '    + create',
    '        name  Ada \\x1b[2J',
    '      ✗ Zendesk refused it at 08:30:05: Email: taken (zendesk.refused)',
    '      ✓ sent once more; Zendesk: created at 08:30:05, user 9',
    '    ! sent without the value, row 7, phone "12": Not a number (invalid_phone)',
    '    ! read back, phone: given "+1", found nothing: Another value',
    '      (seen.not_taken)',
    '',
    '  2026-11-22 08:00:00  users: plan p2, not run',
    '',
    '  2026-11-22 09:00:00  users, an undo',
    '    run r3 · completed',
    '    « restore',
    '        city  York → Leeds',
    '      ✓ Zendesk: updated at 2026-11-23 00:00:01, user 9',
    '',
    '  2026-11-24 09:00:00  users',
    '    run r4 · query dd, changed · stopped',
    '    ~ update',
    '        city  Leeds → Rome',
    '      · no answer: not sent, or not known yet',
    '    ! not sent, row 3, email "x@": No valid address (invalid_email)',
    '',
    '  Now',
    '    user 9 · last changed 2026-11-21 09:00:00 UTC',
    '     field      delivered  in Zendesk',
    '  ≠  city       Leeds      Paris',
    '  ?  signature  x          ∅',
    '     notes      ∅          by an agent',
    '  ≠ city: The user was changed in Zendesk after the value was delivered',
    '    (seen.agent_edited)',
    '  ? Zendesk does not answer with this.',
    '',
    '5 requests to Zendesk',
  ])
})

test.each<[string, Partial<WhyPerson>, string[]]>([
  [
    'left',
    { exit: 'suspend', now: { ...person.now, suspended: true } },
    ['! Left the result of the query: suspended.', '    user 9 · suspended · last changed 2026-11-21 09:00:00 UTC'],
  ],
  ['is gone', { now: { ...person.now, there: false } }, ['  ≠ The person is not in the account any more.']],
  [
    'is an agent whom nobody delivered',
    { zendesk_id: null, orchestration: null, now: { ...person.now, role: 'agent' } },
    [
      'https://shop.zendesk.com · never delivered',
      '  No run that is still known sent or refused anything of this person.',
      '    user 9 · agent · last changed 2026-11-21 09:00:00 UTC',
    ],
  ],
  [
    'cannot be read',
    {
      now: {
        ...person.now,
        there: null,
        fields: [{ field: 'city', delivered: 'Leeds', found: null, verdict: 'not_comparable', code: null }],
        problem: { code: 'zendesk.unreachable', message: 'No route.', fix: 'Check the network.' },
      },
    },
    [
      '    The account could not be asked; this is what it was given.',
      '    ✗ No route.',
      '      do this Check the network.',
      '     field  delivered  in Zendesk',
      '     city   Leeds',
    ],
  ],
])('a person who %s', (_what, more, lines) => {
  const shown = whyLines(report(more), style)
  for (const line of lines) expect(shown).toContain(line)
})

test('nobody is said to be nobody', () => {
  expect(whyLines({ key: 'x@example.com', field: null, people: [], requests: 1 }, style)).toEqual([
    'Nobody: neither a delivery nor the account knows x@example.com.',
  ])
})

test('values steer no terminal and make no line wider than it', () => {
  const text = fc.string({ unit: fc.constantFrom('\u001b', '\n', ' ', 'a', '\u202e', '金'), maxLength: 60 })
  fc.assert(
    fc.property(text, text, fc.integer({ min: 60, max: 120 }), (before, after, columns) => {
      const change = { change: 1, kind: 'update' as const, outcome: null, follow_ups: [] }
      const lines = whyLines(
        report({
          emails: [before, after].map((name) => `${name}@a-long-name-of-a-host.example.com`),
          history: [{ ...entry, changes: [{ ...change, fields: [{ field: 'notes', old: before, new: after }] }] }],
          now: {
            ...person.now,
            fields: [
              { field: 'notes', delivered: before, found: after, verdict: 'different', code: 'seen.agent_edited' },
            ],
          },
        }),
        { columns, color: false },
      )
      for (const line of lines) {
        expect(line).not.toMatch(/[\p{Cc}\u202e]/u)
        expect(widthOf(line)).toBeLessThanOrEqual(columns)
      }
    }),
  )
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WorkflowEvent } from '../src/sync/report.ts'
import { type Bench, openBench, type SourceRow } from './project-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await openBench({ emulator: { externalIdOnEmailMatch: 'refuse' } })
})
afterEach(() => bench.close())

const person = (external_id: string | null, email: string | null, more: SourceRow = {}): SourceRow => ({
  external_id,
  email,
  name: 'Ann',
  ...more,
})

/** Everything but reads; asking for a token changes nothing. */
const writes = () => bench.emulator.calls({}).filter((call) => call.method !== 'GET' && call.path !== '/oauth/tokens')

describe('I1', () => {
  it('every row of a completed run has exactly one outcome, of every kind, and they add up (I1)', async () => {
    bench.emulator.seed({
      users: [
        { name: 'Other', external_id: 'other', email: 'taken@example.com' },
        { name: 'Old', email: 'old@example.com' },
      ],
    })
    await bench.write([person('same', 'same@example.com'), person('changes', 'changes@example.com')])
    await bench.run()
    await bench.write([
      person('same', 'same@example.com'),
      person('changes', 'changes@example.com', { name: 'Renamed' }),
      person('new', 'new@example.com'),
      person('new', 'second@example.com'),
      person('new', 'taken@example.com'),
      person('refused', 'taken2@example.com'),
      person('adopted', 'old@example.com'),
      person(null, null),
      person('nameless', 'nameless@example.com', { name: null }),
    ])
    bench.emulator.seed({ users: [{ name: 'Another', external_id: 'another', email: 'taken2@example.com' }] })
    const run = await bench.run()
    expect(run.rows).toEqual({
      total: 9,
      created: 1,
      updated: 2,
      unchanged: 1,
      rejected: 2,
      failed: 2,
      merged: 1,
      pending: 0,
    })
    const records = await bench.records(run.run_id)
    expect(records.map(({ row, outcome }) => [row, outcome])).toEqual([
      [1, 'unchanged'],
      [2, 'updated'],
      [3, 'created'],
      [4, 'merged'],
      [5, 'failed'],
      [6, 'failed'],
      [7, 'updated'],
      [8, 'rejected'],
      [9, 'rejected'],
    ])
    for (const outcome of ['created', 'updated', 'unchanged', 'rejected', 'failed', 'merged', 'pending'] as const) {
      expect(await bench.records(run.run_id, { outcome })).toHaveLength(run.rows[outcome])
    }
  })
})

describe('I4', () => {
  it('no two jobs in flight hold the same person, no batch holds one twice (I4)', async () => {
    bench.emulator.seed({ settings: { jobLatencyMs: [20, 200] } })
    const rows = (name: string) =>
      Array.from({ length: 900 }, (_, index) =>
        person(`k${index % 300}`, `p${index}@example.com`, { name: `${name} ${index % 300}` }),
      )
    await bench.write(rows('first').slice(0, 300))
    await bench.run()
    // Follow-ups too: every tenth has vanished.
    for (let key = 0; key < 300; key += 10) bench.emulator.deleteUser({ external_id: `k${key}` })
    bench.emulator.clearCalls()
    await bench.write(rows('second'))
    const run = await bench.run()
    expect(run.rows).toMatchObject({ failed: 0, pending: 0, created: 30, updated: 270, merged: 600 })
    expect(bench.emulator.stats().races).toBe(0)
    expect(bench.emulator.stats().peak_jobs_in_flight).toBeGreaterThan(1)
    for (const call of writes()) {
      const people = (call.body as { users: { external_id: string }[] }).users.map((user) =>
        user.external_id.toLowerCase(),
      )
      expect(new Set(people).size).toBe(people.length)
    }
    for (let key = 0; key < 300; key++)
      expect([key, bench.emulator.state({ external_id: `k${key}` }).users[0]?.identities.length]).toEqual([key, 3])
  }, 60_000)
})

describe('I5', () => {
  it('an unchanged second run sends nothing, but for the rows that failed before (I5)', async () => {
    bench.emulator.seed({ users: [{ name: 'Other', external_id: 'other', email: 'taken@example.com' }] })
    await bench.write([
      person('1', 'one@example.com'),
      person('2', 'taken@example.com'),
      person(null, 'three@example.com'),
      person('4', 'four@example.com', { name: null }),
    ])
    await bench.run()
    bench.emulator.clearCalls()
    const again = await bench.run()
    expect(again.rows).toMatchObject({ unchanged: 2, failed: 1, rejected: 1 })
    expect(new Set(bench.writtenUsers().map((user) => user.external_id))).toEqual(new Set(['2']))
    bench.emulator.deleteUser({ external_id: 'other' })
    expect((await bench.run()).rows).toMatchObject({ unchanged: 2, created: 1 })
    bench.emulator.clearCalls()
    expect((await bench.run()).rows).toMatchObject({ unchanged: 3 })
    expect(writes()).toEqual([])
  })
})

describe('I6', () => {
  const before: [string, () => Promise<unknown>, string][] = [
    ['a guard trips', () => bench.settings({ guards: { max_created: 1 } }), 'guard.max_created'],
    ['the source is empty', () => bench.query('SELECT * FROM people WHERE false'), 'guard.empty_source'],
    [
      'the account lacks a field',
      () => bench.query('SELECT *, \'x\' AS "user_fields.nobody_has_it" FROM people'),
      'zendesk.unknown_user_field',
    ],
    ['the query is wrong', () => bench.query('SELECT nonsense FROM people'), 'query.invalid'],
    [
      'the query fails in the last row',
      () =>
        bench.query("SELECT *, CAST(CASE WHEN external_id = '2' THEN 'x' ELSE '1' END AS INTEGER) AS n FROM people"),
      'query.failed',
    ],
    ['a column is refused', () => bench.query("SELECT *, 'admin' AS role FROM people"), 'mapping.refused_attribute'],
  ]
  it.each(before)('nothing but reads reach the account when %s (I6)', async (_, prepare, code) => {
    await bench.write([person('1', 'one@example.com'), person('2', 'two@example.com')])
    await prepare()
    const run = await bench.run()
    expect(run).toMatchObject({ problem: { code }, rows: { created: 0 } })
    expect(['stopped', 'error']).toContain(run.status)
    expect(writes()).toEqual([])
    await bench.run()
    expect(writes()).toEqual([])
  })

  it('nothing but reads before the plan stands, nor by planning (I6)', async () => {
    await bench.write([person('1', 'one@example.com'), person('2', 'two@example.com')])
    await bench.plan()
    expect(writes()).toEqual([])
    const seen: [WorkflowEvent['type'], number][] = []
    await bench.run({}, { onEvent: (event) => seen.push([event.type, writes().length]) })
    const planned = seen.findIndex(([type]) => type === 'planned')
    expect(seen.slice(0, planned + 1).every(([, count]) => count === 0)).toBe(true)
    expect(writes()).toHaveLength(1)
  })
})

describe('I7', () => {
  it('the same source and the same deliveries give the same plan, and its run sends what it shows (I7)', async () => {
    await bench.write([
      person('1', 'one@example.com', { notes: 'a', phone: '+14155550132' }),
      person('2', 'two@example.com', { notes: 'b' }),
    ])
    await bench.run()
    await bench.write([
      person('1', 'one@example.com', { notes: null, phone: '+14155550199' }),
      person('2', 'two@example.com', { notes: 'b', name: 'Renamed' }),
      person('3', 'three@example.com', { notes: 'c' }),
    ])
    const plans = [await bench.plan(), await bench.plan()] as const
    const [first, second] = [await bench.changes(plans[0].plan_id), await bench.changes(plans[1].plan_id)]
    expect(second).toEqual(first)
    bench.emulator.clearCalls()
    await bench.run({ planId: plans[1].plan_id })
    // Keys and changed fields are sent beside the wish for no mail; phones are cleared with an empty text.
    const sent = bench
      .writtenUsers()
      .map(({ external_id, email: _email, skip_verify_email: _mail, ...fields }) => [external_id, fields])
    const shown = second.map((change) => [
      change.external_id,
      Object.fromEntries(
        change.fields.filter(({ field }) => field !== 'email').map(({ field, new: value }) => [field, value]),
      ),
    ])
    expect(sent).toEqual(shown)
    expect(
      second.map(({ kind, fields }) => [kind, fields.map((field) => [field.field, field.old, field.new])]),
    ).toEqual([
      [
        'update',
        [
          ['notes', 'a', null],
          ['phone', '+14155550132', '+14155550199'],
        ],
      ],
      ['update', [['name', 'Ann', 'Renamed']]],
      [
        'create',
        [
          ['name', null, 'Ann'],
          ['notes', null, 'c'],
        ],
      ],
    ])
  })
})

describe('I10', () => {
  it('roles, verification mails and tags of others are left alone (I10)', async () => {
    bench.emulator.seed({
      settings: { agentCreatedWelcomeEmails: true },
      users: [{ name: 'Tagged', external_id: '1', email: 'one@example.com', tags: ['vip'], notes: 'theirs' }],
    })
    await bench.write([
      person('1', 'one@example.com'),
      person('2', 'two@example.com'),
      person('2', 'second@example.com'),
      person('3', 'agent@example.com'),
    ])
    const run = await bench.run()
    expect(run.rows).toMatchObject({ updated: 1, created: 1, merged: 1, rejected: 1 })
    expect(bench.emulator.mail()).toEqual([])
    expect(bench.writtenUsers().every((user) => user.skip_verify_email === true)).toBe(true)
    expect(new Set(bench.writtenUsers().flatMap((user) => Object.keys(user)))).toEqual(
      new Set(['external_id', 'email', 'name', 'skip_verify_email']),
    )
    expect(bench.user('1')).toMatchObject({ tags: ['vip'], notes: 'theirs', role: 'end-user' })
    expect(
      bench.emulator
        .state()
        .users.filter((user) => user.role !== 'end-user')
        .map((user) => user.email),
    ).toEqual(['agent@example.com', 'second.agent@example.com'])
  })

  it.each(['role', 'custom_role_id', 'password', 'tags', 'organization', 'organization_id'])(
    'a column %s is refused and nothing is sent (I10)',
    async (column) => {
      await bench.write([person('1', 'one@example.com', { [column]: '1' })])
      expect(await bench.run()).toMatchObject({ status: 'error', problem: { code: 'mapping.refused_attribute' } })
      expect(writes()).toEqual([])
    },
  )
})

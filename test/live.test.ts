import { describe, expect, it } from 'vitest'
import { type Bench, openBench } from './project-bench.ts'
import { closedAfterEach } from './sample-people.ts'

let bench: Bench
const openOne = closedAfterEach(openBench)

const user_fields = [{ key: 'city', type: 'text' as const }]

describe('reading the account before sending', () => {
  it('sends only what differs from the account, and nothing for who is equal', async () => {
    bench = await openOne()
    bench.emulator.seed({
      user_fields,
      users: [
        { name: 'Ann Example', external_id: 'C-1', email: 'ann@example.com', user_fields: { city: 'Oslo' } },
        { name: 'Ben Example', external_id: 'C-2', email: 'ben@example.com', user_fields: { city: 'Rome' } },
        { name: 'Cid Example', email: 'cid@example.com', user_fields: { city: 'Bern' } },
      ],
    })
    await bench.write([
      { external_id: 'C-1', email: 'ann@example.com', name: 'Ann Example', 'user_fields.city': 'Oslo' },
      { external_id: 'C-2', email: 'ben@example.com', name: 'Ben Example', 'user_fields.city': 'Paris' },
      { external_id: 'C-3', email: 'cid@example.com', name: 'Cid Example', 'user_fields.city': 'Bern' },
      { external_id: 'C-4', email: 'dan@example.com', name: 'Dan Example', 'user_fields.city': 'Kiel' },
    ])
    const plan = await bench.plan({ live: true })
    expect(plan.live).toMatchObject({ people: 4, creates: 1, updates: 1, adopts: 1, equal: 1, conflicts: 0 })
    expect(
      (await bench.changes(plan.plan_id)).map(({ external_id, kind, fields }) => [external_id, kind, fields]),
    ).toEqual([
      ['C-2', 'update', [{ field: 'user_fields.city', old: 'Rome', new: 'Paris' }]],
      ['C-3', 'adopt', [{ field: 'external_id', old: null, new: 'C-3' }]],
      ['C-4', 'create', expect.anything()],
    ])
    const summary = await bench.run({ planId: plan.plan_id })
    expect(summary).toMatchObject({
      status: 'completed',
      adopted: 2,
      rows: { created: 1, updated: 2, unchanged: 1, total: 4 },
    })
    const again = await bench.run()
    expect(again.rows).toMatchObject({ unchanged: 4 })
    expect(bench.user('C-1')).toMatchObject({ name: 'Ann Example' })
  })

  it('knows who was delivered before also when the query gives no order', async () => {
    bench = await openOne({ sql: 'SELECT external_id, email, name FROM people' })
    const ann = { external_id: 'C-1', email: 'ann@example.com', name: 'Ann Example' }
    await bench.write([ann])
    await bench.run()
    bench.emulator.seed({ users: [{ name: 'Ben Example', external_id: 'C-2', email: 'ben@example.com' }] })
    await bench.write([
      { ...ann, name: 'Ann Sample' },
      { external_id: 'C-2', email: 'ben@example.com', name: 'Ben Sample' },
    ])
    expect((await bench.plan({ live: true })).live).toMatchObject({ people: 2, updates: 2, conflicts: 0 })
  })

  it('lists everybody who cannot be sent, rejects their rows, and then nothing fails', async () => {
    bench = await openOne()
    const ids = await seedConflicts(bench)
    await bench.write(conflicting)
    const plan = await bench.plan({ live: true })
    const conflicts = await bench.withApp(async (app) => {
      const all = []
      for await (const conflict of app.conflicts(plan.plan_id)) all.push(conflict)
      return all
    })
    expect(conflicts.map(({ external_id, code }) => [external_id, code])).toEqual([
      ['T-1', 'conflict.two_people'],
      ['O-1', 'conflict.other_id'],
      ['A-1', 'conflict.agent'],
      ['S-1', 'conflict.secondary'],
      ['X-1', 'conflict.suspended'],
      ['c-1', 'conflict.case_twins'],
      ['W-1', 'conflict.case_twins'],
    ])
    expect(plan.live).toMatchObject({ conflicts: 7, creates: 1 })
    expect(conflicts[0]).toMatchObject({
      row: 1,
      reason: `external_id T-1 is user ${ids.two}, but other@example.com belongs to user ${ids.other}.`,
      action: expect.stringContaining(`merge user ${ids.other} into user ${ids.two}`),
    })
    const before = bench.users()
    const summary = await bench.run({ live: true })
    expect(summary.rows).toMatchObject({ total: 9, rejected: 8, created: 1, failed: 0 })
    expect(bench.users().filter((user) => user.external_id !== 'F-1')).toEqual(before)
    const rejected = await bench.records(summary.run_id, { outcome: 'rejected' })
    expect(rejected[0]).toMatchObject({ code: 'conflict.two_people', field: 'email', value: 'other@example.com' })
    expect(rejected[0]?.reason).toBe(conflicts[0]?.reason)
  })

  it('email_conflicts: omit_email sends who has another key without the address of somebody else', async () => {
    bench = await openOne({ destination: { email_conflicts: 'omit_email' } })
    await seedConflicts(bench)
    await bench.write(conflicting)
    const summary = await bench.run({ live: true })
    expect(summary.rows).toMatchObject({ total: 9, rejected: 3, failed: 0 })
    expect(bench.user('O-1')).toMatchObject({ email: null })
    expect(bench.user('OTHER-ID')).toMatchObject({ email: 'held@example.com' })
    const warnings = await bench.records(summary.run_id, { warnings: true })
    expect(warnings.map(({ external_id, code }) => [external_id, code])).toEqual([
      ['T-1', 'conflict.two_people'],
      ['O-1', 'conflict.other_id'],
      ['A-1', 'conflict.agent'],
      ['S-1', 'conflict.secondary'],
      ['X-1', 'conflict.suspended'],
    ])
    // Nobody else was touched: the address may be free by the next run, which therefore looks again.
    bench.emulator.deleteUser({ email: 'held@example.com' })
    await bench.run({ live: true })
    expect(bench.user('O-1')).toMatchObject({ email: 'held@example.com' })
  })

  it('live: first_contact reads people who were never delivered, and asks for nobody else', async () => {
    bench = await openOne({ destination: { live: 'first_contact', confirm: 'none' } })
    await bench.write([{ external_id: 'C-1', email: 'ann@example.com', name: 'Ann' }])
    expect((await bench.plan()).live).toMatchObject({ read: 'first_contact', people: 1, creates: 1 })
    await bench.run()
    await bench.write([{ external_id: 'C-1', email: 'ann@example.com', name: 'Anne' }])
    expect((await bench.plan()).live).toMatchObject({ people: 0, requests: 0 })
  })

  it('--sample reads only the people of the sample', async () => {
    bench = await openOne()
    await bench.write([1, 2, 3, 4].map((n) => ({ external_id: `C-${n}`, email: `p${n}@example.com`, name: 'P' })))
    expect((await bench.plan({ live: true, sample: 2 })).live).toMatchObject({ people: 2, creates: 2 })
    expect((await bench.run({ live: true, sample: 2 })).rows).toMatchObject({ total: 2, created: 2 })
  })

  it('finds people by listing a small account as well as by asking for each', async () => {
    bench = await openOne()
    bench.emulator.seed({
      users: [{ name: 'Ann', email: 'ann@example.com', emails: ['ann@example.com', 'ann2@example.com'] }],
    })
    const rows = Array.from({ length: 400 }, (_, index) => ({
      external_id: `C-${index}`,
      email: index === 0 ? 'ann@example.com' : `p${index}@example.com`,
      name: `Person ${index}`,
    }))
    await bench.write(rows)
    bench.emulator.clearCalls()
    const listed = await bench.plan({ live: true })
    expect(listed.live).toMatchObject({ people: 400, adopts: 1, creates: 399 })
    expect(listed.live?.requests).toBeLessThanOrEqual(3)
    expect(bench.emulator.calls({}).filter((call) => call.method !== 'GET' && !call.path.startsWith('/oauth'))).toEqual(
      [],
    )
  })

  it('live: always reads everybody who would be sent, also people who have an address only', async () => {
    bench = await openOne({ destination: { live: 'always', confirm: 'none' } })
    bench.emulator.seed({ users: [{ name: 'Ann', email: 'ann@example.com' }] })
    const rows = [
      { email: 'ann@example.com', name: 'Ann', notes: 'a' },
      { email: 'ben@example.com', name: 'Ben', notes: 'a' },
    ]
    await bench.write(rows)
    expect((await bench.plan()).live).toMatchObject({ read: 'everybody', people: 2, adopts: 1, creates: 1 })
    expect((await bench.run()).rows).toMatchObject({ created: 1, updated: 1, failed: 0 })
    expect(
      bench
        .users()
        .map(({ email, name, notes }) => [email, name, notes])
        .sort(),
    ).toEqual([
      ['ann@example.com', 'Ann', 'a'],
      ['ben@example.com', 'Ben', 'a'],
    ])
    bench.emulator.clearCalls()
    expect((await bench.plan()).live).toMatchObject({ people: 0, requests: 0 })
    // The account got there by itself: nothing is sent, and that is remembered.
    await bench.write(rows.map((row) => ({ ...row, notes: 'b' })))
    const users = bench.users().map(({ id, email, name }) => ({ id, email, name, notes: 'b' }))
    bench.emulator.reset()
    bench.emulator.seed({ users })
    bench.emulator.clearCalls()
    expect(await bench.run()).toMatchObject({ status: 'completed', rows: { unchanged: 2 } })
    expect(bench.writtenUsers()).toEqual([])
  })

  it('--full --live sends everybody whole, also who is equal, and still nobody who is in conflict', async () => {
    bench = await openOne()
    bench.emulator.seed({
      user_fields,
      users: [
        { name: 'Ann', external_id: 'C-1', email: 'ann@example.com', user_fields: { city: 'Oslo' } },
        { name: 'Held', external_id: 'OTHER-ID', email: 'held@example.com' },
      ],
    })
    await bench.write([
      { external_id: 'C-1', email: 'ann@example.com', name: 'Ann', 'user_fields.city': 'Oslo' },
      { external_id: 'C-2', email: 'held@example.com', name: 'Held', 'user_fields.city': 'Oslo' },
    ])
    const summary = await bench.run({ full: true, live: true })
    expect(summary.rows).toMatchObject({ updated: 1, rejected: 1, failed: 0 })
    expect(bench.writtenUsers()).toMatchObject([{ external_id: 'C-1', name: 'Ann', user_fields: { city: 'Oslo' } }])
    expect((await bench.run({ full: true, live: true })).rows).toMatchObject({ updated: 1, rejected: 1 })
  })
})

async function seedConflicts(bench: Bench) {
  bench.emulator.seed({
    users: [
      { id: 5001, name: 'Two', external_id: 'T-1', email: 'two@example.com' },
      { id: 5002, name: 'Other', email: 'other@example.com' },
      { name: 'Held', external_id: 'OTHER-ID', email: 'held@example.com' },
      { name: 'Second', emails: ['first@example.com', 'second@example.com'] },
      { name: 'Suspended', email: 'suspended@example.com', suspended: true },
      { name: 'Twin', external_id: 'w-1', email: 'twin@example.com' },
    ],
    agents: [{ name: 'Agent', email: 'agent.two@example.com' }],
  })
  await bench.settings({ protect_agents: false })
  return { two: 5001, other: 5002 }
}

const conflicting = [
  { external_id: 'T-1', email: 'other@example.com', name: 'Two' },
  { external_id: 'O-1', email: 'held@example.com', name: 'Held' },
  { external_id: 'A-1', email: 'agent.two@example.com', name: 'Agent' },
  { external_id: 'S-1', email: 'second@example.com', name: 'Second' },
  { external_id: 'X-1', email: 'suspended@example.com', name: 'Suspended' },
  { external_id: 'C-1', email: 'c1@example.com', name: 'Case' },
  { external_id: 'c-1', email: 'c2@example.com', name: 'case' },
  { external_id: 'W-1', email: 'twin2@example.com', name: 'Twin' },
  { external_id: 'F-1', email: 'free@example.com', name: 'Free' },
]

describe('field_ownership', () => {
  it('fill_if_empty leaves what the account holds, fills what is empty, and does not remember what it did not give', async () => {
    bench = await openOne({
      destination: { field_ownership: { 'user_fields.city': 'fill_if_empty', notes: 'fill_if_empty' } },
    })
    bench.emulator.seed({
      user_fields,
      users: [
        { name: 'Ann', external_id: 'C-1', email: 'ann@example.com', user_fields: { city: 'Oslo' } },
        { name: 'Ben', external_id: 'C-2', email: 'ben@example.com', notes: 'VIP' },
      ],
    })
    await bench.write([
      { external_id: 'C-1', email: 'ann@example.com', name: 'Anne', 'user_fields.city': 'Rome', notes: 'new' },
      { external_id: 'C-2', email: 'ben@example.com', name: 'Ben', 'user_fields.city': 'Rome', notes: 'new' },
      { external_id: 'C-3', email: 'cid@example.com', name: 'Cid', 'user_fields.city': 'Rome', notes: 'new' },
    ])
    expect(await bench.run()).toMatchObject({ status: 'completed' })
    expect(bench.user('C-1')).toMatchObject({ name: 'Anne', notes: 'new', user_fields: { city: 'Oslo' } })
    expect(bench.user('C-2')).toMatchObject({ notes: 'VIP', user_fields: { city: 'Rome' } })
    expect(bench.user('C-3')).toMatchObject({ notes: 'new', user_fields: { city: 'Rome' } })
    bench.emulator.clearCalls()
    expect((await bench.run()).rows).toMatchObject({ unchanged: 3 })
    expect(bench.writtenUsers()).toEqual([])
    // A value that the source takes away was never given to Ann and stays.
    await bench.write([
      { external_id: 'C-1', email: 'ann@example.com', name: 'Anne', 'user_fields.city': null, notes: 'new' },
      { external_id: 'C-2', email: 'ben@example.com', name: 'Ben', 'user_fields.city': 'Paris', notes: 'new' },
      { external_id: 'C-3', email: 'cid@example.com', name: 'Cid', 'user_fields.city': null, notes: 'new' },
    ])
    await bench.run()
    expect(bench.user('C-1')).toMatchObject({ user_fields: { city: 'Oslo' } })
    expect(bench.user('C-2')).toMatchObject({ user_fields: { city: 'Rome' } })
    expect(bench.user('C-3')).toMatchObject({ user_fields: { city: null } })
  })

  it('as one word holds for every field but the name', async () => {
    bench = await openOne({ destination: { field_ownership: 'fill_if_empty' } })
    bench.emulator.seed({
      user_fields,
      users: [{ name: 'Ann', external_id: 'C-1', email: 'ann@example.com', user_fields: { city: 'Oslo' } }],
    })
    const row = { external_id: 'C-1', email: 'ann@example.com', name: 'Anne', 'user_fields.city': 'Rome', notes: 'new' }
    await bench.write([row])
    expect((await bench.run()).rows).toMatchObject({ updated: 1 })
    expect(bench.user('C-1')).toMatchObject({ name: 'Anne', notes: 'new', user_fields: { city: 'Oslo' } })
    // Under `source` again, what was held back is sent.
    await bench.settings({ field_ownership: 'source' })
    expect((await bench.run()).rows).toMatchObject({ updated: 1 })
    expect(bench.user('C-1')).toMatchObject({ name: 'Anne', notes: 'new', user_fields: { city: 'Rome' } })
  })
})

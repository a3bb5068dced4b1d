import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bench, openBench } from './project-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await openBench()
})
afterEach(() => bench.close())

const person = (
  external_id: string | null,
  email: string | null,
  name: string | null = 'Ann',
  more: Record<string, string | null> = {},
) => ({
  external_id,
  email,
  name,
  ...more,
})

describe('rows become people', () => {
  it('folds rows of one external_id whatever its case, the last value wins, every address is given', async () => {
    await bench.write([
      person('A1', 'one@example.com', 'First', { notes: 'kept' }),
      person('a1', 'two@example.com', 'Second', { notes: null }),
      person('A1', 'three@example.com', 'Third'),
    ])
    const run = await bench.run()
    expect(run.rows).toMatchObject({ total: 3, created: 1, merged: 2 })
    const user = bench.user('a1')
    expect(user).toMatchObject({ name: 'Third', notes: 'kept' })
    expect(user?.identities.map((identity) => identity.value)).toEqual([
      'one@example.com',
      'two@example.com',
      'three@example.com',
    ])
    expect((await bench.run()).rows).toMatchObject({ total: 3, unchanged: 1, merged: 2 })
  })

  it('gives a row without an external_id to the person who has its address in this result', async () => {
    await bench.write([person(null, ' One@Example.com ', 'By mail'), person('1', 'one@example.com', 'By id')])
    expect((await bench.run()).rows).toMatchObject({ total: 2, created: 1, merged: 1 })
    expect(bench.users()).toHaveLength(1)
  })

  it('gives a row without an external_id to the person who was delivered with its address', async () => {
    await bench.write([person('1', 'one@example.com')])
    await bench.run()
    await bench.write([person(null, 'one@example.com', 'Renamed')])
    expect((await bench.run()).rows).toMatchObject({ total: 1, updated: 1 })
    expect(bench.users()).toMatchObject([{ external_id: '1', name: 'Renamed' }])
  })

  it('keeps a person first known by e-mail when an external_id arrives', async () => {
    await bench.write([person(null, 'one@example.com')])
    await bench.run()
    const [before] = bench.users()
    await bench.write([person('1', 'one@example.com')])
    expect((await bench.run()).rows).toMatchObject({ total: 1, updated: 1 })
    expect(bench.users()).toMatchObject([{ id: before?.id, external_id: '1' }])
    expect((await bench.run()).rows).toMatchObject({ unchanged: 1 })
  })

  it('re-keys a person whose external_id moved, by Zendesk id', async () => {
    await bench.write([person('old', 'one@example.com')])
    await bench.run()
    const [before] = bench.users()
    await bench.write([person('new', 'one@example.com', 'Ann')])
    const plan = await bench.plan()
    expect(plan.people).toMatchObject({ rekeyed: 1, create: 0 })
    expect((await bench.run()).rows).toMatchObject({ updated: 1 })
    expect(bench.users()).toMatchObject([{ id: before?.id, external_id: 'new' }])
    expect((await bench.run()).rows).toMatchObject({ unchanged: 1 })
  })

  it('an address claimed by two new people stays with the first; the other row is rejected', async () => {
    await bench.write([person('1', 'one@example.com'), person('2', 'one@example.com'), person('2', 'two@example.com')])
    const run = await bench.run()
    expect(run.rows).toMatchObject({ total: 3, created: 2, rejected: 1 })
    expect(await bench.records(run.run_id, { outcome: 'rejected' })).toMatchObject([
      { row: 2, code: 'email_conflict', field: 'email', value: 'one@example.com' },
    ])
  })

  it('who was delivered with an address and is still there keeps it, whatever the order', async () => {
    await bench.write([person('9', 'one@example.com')])
    await bench.run()
    await bench.write([person('1', 'one@example.com'), person('9', 'nine@example.com')])
    const run = await bench.run()
    expect(run.rows).toMatchObject({ updated: 1, rejected: 1 })
    expect(await bench.records(run.run_id, { outcome: 'rejected' })).toMatchObject([{ row: 1, code: 'email_conflict' }])
  })

  it('email_conflicts: omit_email sends the other person without the address, with a warning', async () => {
    await bench.settings({ email_conflicts: 'omit_email' })
    await bench.write([person('1', 'one@example.com'), person('2', 'one@example.com')])
    const run = await bench.run()
    expect(run).toMatchObject({ rows: { created: 2 }, warnings: 1 })
    expect(bench.user('2')).toMatchObject({ email: null })
    await bench.write([person('1', 'one@example.com'), person('2', 'one@example.com')])
    expect((await bench.run()).rows).toMatchObject({ unchanged: 2 })
  })
})

describe('changes', () => {
  it('an update carries identity and changed fields only', async () => {
    await bench.write([person('1', 'one@example.com', 'Ann', { notes: 'a', details: 'd' })])
    await bench.run()
    bench.emulator.clearCalls()
    await bench.write([person('1', 'one@example.com', 'Ann', { notes: 'b', details: 'd' })])
    await bench.run()
    expect(bench.writtenUsers()).toEqual([{ external_id: '1', notes: 'b', skip_verify_email: true }])
  })

  it('NULL clears what was delivered, once, and is otherwise not sent', async () => {
    await bench.write([person('1', 'one@example.com', 'Ann', { notes: 'a', phone: '+14155550132', details: null })])
    await bench.run()
    await bench.write([person('1', 'one@example.com', 'Ann', { notes: null, phone: '  ', details: null })])
    bench.emulator.clearCalls()
    await bench.run()
    expect(bench.writtenUsers()).toEqual([{ external_id: '1', notes: null, phone: '', skip_verify_email: true }])
    bench.emulator.clearCalls()
    expect((await bench.run()).rows).toMatchObject({ unchanged: 1 })
    expect(bench.writtenUsers()).toEqual([])
  })

  it('a user who vanished is created again whole, with every address', async () => {
    const rows = [1, 2, 3, 4, 5, 6, 7, 8].map((n) =>
      person(String(n), `p${n}@example.com`, `P${n}`, { notes: 'a', details: 'd' }),
    )
    await bench.write([...rows, person('1', 'second@example.com', 'P1', { notes: 'a', details: 'd' })])
    await bench.run()
    bench.emulator.deleteUser({ external_id: '1' })
    bench.emulator.deleteUser({ external_id: '2' })
    await bench.write([
      { ...rows[0], notes: 'b' },
      { ...rows[1], name: 'Renamed' },
      ...rows.slice(2),
      person('1', 'second@example.com', 'P1', { notes: 'b', details: 'd' }),
    ] as typeof rows)
    const run = await bench.run()
    expect(run.rows).toMatchObject({ total: 9, created: 2, unchanged: 6, merged: 1, failed: 0 })
    expect(bench.user('1')).toMatchObject({ name: 'P1', notes: 'b', details: 'd', email: 'p1@example.com' })
    expect(bench.user('2')).toMatchObject({ name: 'Renamed', notes: 'a', details: 'd', email: 'p2@example.com' })
    const again = await bench.run()
    expect(again.rows).toMatchObject({ failed: 0, rejected: 0 })
    expect(
      bench
        .user('1')
        ?.identities.map((identity) => identity.value)
        .sort(),
    ).toEqual(['p1@example.com', 'second@example.com'])
    expect((await bench.run()).rows).toMatchObject({ unchanged: 8, merged: 1 })
  })

  it('a further address that Zendesk refuses fails its own row only, and is tried again in every run', async () => {
    bench.emulator.seed({ users: [{ name: 'Somebody', email: 'taken@example.com' }] })
    await bench.write([
      person('1', 'one@example.com'),
      person('1', 'taken@example.com'),
      person('1', 'three@example.com'),
    ])
    const run = await bench.run()
    expect(run.rows).toMatchObject({ total: 3, created: 1, failed: 1, merged: 1 })
    expect(await bench.records(run.run_id, { outcome: 'failed' })).toMatchObject([{ row: 2 }])
    expect((await bench.run()).rows).toMatchObject({ failed: 1, merged: 1 })
  })

  it('adopts people whom the account had already', async () => {
    bench.emulator.seed({ users: [{ name: 'Old', email: 'one@example.com', notes: 'theirs' }] })
    await bench.write([person('1', 'one@example.com', 'Ann')])
    expect(await bench.run()).toMatchObject({ adopted: 1, rows: { updated: 1 } })
    expect(bench.users()).toMatchObject([{ external_id: '1', name: 'Ann', notes: 'theirs' }])
  })

  it('agents and admins are left alone, by any of their keys', async () => {
    await bench.write([
      person('1', 'agent@example.com'),
      person('1', 'other@example.com'),
      person('2', 'two@example.com'),
      person('3', 'second.agent@example.com'),
    ])
    const run = await bench.run()
    expect(run.rows).toMatchObject({ created: 1, rejected: 3 })
    expect((await bench.records(run.run_id, { outcome: 'rejected' })).map((row) => row.code)).toEqual([
      'is_agent',
      'is_agent',
      'is_agent',
    ])
  })

  it('a plan shows exactly what its run sends, and the plan is refused once something was delivered since (I7)', async () => {
    await bench.write([person('1', 'one@example.com'), person('2', 'two@example.com', null)])
    const plan = await bench.plan()
    const other = await bench.plan()
    const run = await bench.run({ planId: plan.plan_id })
    expect(run).toMatchObject({
      run_id: plan.plan_id,
      rows: { created: 1, rejected: 1 },
      status: 'completed_with_alerts',
    })
    await expect(bench.run({ planId: other.plan_id })).rejects.toMatchObject({ code: 'plan.stale' })
  })

  it('--sample sends the first people only', async () => {
    await bench.write([
      person('1', 'a@example.com'),
      person('1', 'b@example.com'),
      person('2', 'c@example.com'),
      person('3', null, null),
      person('4', 'd@example.com'),
    ])
    expect((await bench.run({ sample: 2 })).rows).toMatchObject({ total: 3, created: 2, merged: 1, rejected: 0 })
    expect((await bench.run()).rows).toMatchObject({ total: 5, created: 1, unchanged: 2, merged: 1, rejected: 1 })
  })

  it('an empty source stops before anything is sent, and --approve passes it', async () => {
    await bench.write([person('1', 'a@example.com')])
    await bench.query('SELECT * FROM people WHERE false')
    expect(await bench.run()).toMatchObject({ status: 'stopped', problem: { code: 'guard.empty_source' } })
    expect(await bench.run({ approve: true })).toMatchObject({ status: 'completed', rows: { total: 0 } })
  })
})

describe('notes of a plan', () => {
  it('says that two orchestrations write the same fields of the same people', async () => {
    const two = await openBench({
      project: {
        queries: { people: 'people.sql', others: 'others.sql' },
        orchestrations: {
          people: { query: 'people', destination: 'zendesk' },
          others: { query: 'others', destination: 'zendesk' },
        },
      },
    })
    try {
      await two.write([person('1', 'one@example.com', 'Ann', { notes: 'a' })])
      await writeFile(join(two.dir, 'others.sql'), "SELECT external_id, name, 'b' AS notes FROM people")
      await two.run()
      const plan = await two.withApp((app) => app.plan('others', { sample: null, full: false, live: false }))
      expect(plan.notes).toEqual([
        'Orchestration people writes the same fields (name, notes) of 1 of these people: the last run wins.',
      ])
    } finally {
      await two.close()
    }
  })

  it('says that rows of a person disagree when the query has no order, and folds them the same way each time', async () => {
    const rows = [person('1', 'one@example.com', 'Ann', { notes: 'a' }), person('1', null, 'Bea', { notes: null })]
    await bench.query('SELECT external_id, email, name, notes FROM people')
    await bench.write(rows)
    const first = await bench.plan()
    await bench.write(rows.toReversed())
    const second = await bench.plan()
    expect(first.notes).toEqual([
      '1 person has rows that disagree, and the query has no ORDER BY: which value wins is decided by content.',
    ])
    expect(second.changes_sample[0]?.fields).toEqual(first.changes_sample[0]?.fields)
  })
})

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Bench, openBench, type SourceRow } from './project-bench.ts'

/** Whom a plan reaches when one user of the account is known under several names, or is not there any more. */

let bench: Bench

afterEach(async () => {
  await bench.close()
})

const unguarded = { max_exits_percent: 'none' }

/** Person number n as a row. */
function person(n: number, more: SourceRow = {}): SourceRow {
  return { external_id: `C-${n}`, email: `p${n}@example.com`, name: `Person ${n}`, ...more }
}

const two = {
  queries: { people: 'people.sql', others: 'others.sql' },
  orchestrations: {
    people: { query: 'people', destination: 'zendesk' },
    others: { query: 'others', destination: 'zendesk' },
  },
}

const runOthers = () =>
  bench.withApp((app) => app.run('others', { sample: null, full: false, live: false, planId: null, approve: false }))

const externalIds = () =>
  bench
    .users()
    .map((user) => user.external_id)
    .sort()

describe('people who left', () => {
  it('are not deleted when somebody in the result is the same user of the account', async () => {
    bench = await openBench({ destination: { on_exit: 'delete', guards: unguarded } })
    bench.emulator.seed({ users: [{ name: 'Ann', external_id: 'C-1', email: 'ann@example.com' }] })
    const one = { external_id: 'C-1', email: null, name: 'Ann' }
    await bench.write([one, { external_id: null, email: 'ann@example.com', name: 'Ann' }])
    expect((await bench.run()).rows).toMatchObject({ updated: 2 })
    await bench.write([one])
    expect(await bench.run()).toMatchObject({ status: 'completed', exited: 0 })
    expect(externalIds()).toEqual(['C-1'])
  })

  it('let who returns in again when the query has a column `suspended` without a value for them', async () => {
    bench = await openBench({ destination: { on_exit: 'suspend', guards: unguarded } })
    const rows = [person(1, { suspended: 'false' }), person(2, { suspended: null })]
    await bench.write(rows)
    await bench.run()
    await bench.write(rows.slice(0, 1))
    expect(await bench.run()).toMatchObject({ exited: 1 })
    expect(bench.user('C-2')).toMatchObject({ suspended: true })
    await bench.write(rows)
    await bench.run()
    expect(bench.user('C-2')).toMatchObject({ suspended: false })
    // Who is suspended by the source stays so.
    await bench.write([rows[0] ?? {}, person(2, { suspended: 'true' })])
    await bench.run()
    await bench.write(rows.slice(0, 1))
    await bench.run()
    await bench.write([rows[0] ?? {}, person(2, { suspended: 'true' })])
    await bench.run()
    expect(bench.user('C-2')).toMatchObject({ suspended: true })
  })

  it('are judged anew after a forget: numbers of people who were forgotten hold nobody', async () => {
    bench = await openBench({ destination: { on_exit: 'delete', guards: unguarded }, project: two })
    await writeFile(join(bench.dir, 'others.sql'), 'SELECT * FROM people ORDER BY CAST(_row AS INTEGER)')
    await bench.write([person(1), person(2), person(3)])
    await runOthers()
    await bench.withApp((app) => app.forget('zendesk'))
    await bench.run()
    await bench.write([person(1)])
    expect(await bench.run()).toMatchObject({ exited: 2 })
    expect(externalIds()).toEqual(['C-1'])
  })

  it('are not deleted by a plan that was made before another orchestration found them', async () => {
    bench = await openBench({ destination: { on_exit: 'delete', guards: unguarded }, project: two })
    await writeFile(join(bench.dir, 'others.sql'), "SELECT * FROM people WHERE external_id = 'C-2'")
    await bench.write([person(1), person(2)])
    await bench.run()
    await bench.query("SELECT * FROM people WHERE external_id = 'C-1'")
    const plan = await bench.plan()
    expect(plan.exits).toMatchObject({ people: 1 })
    expect((await runOthers()).rows).toMatchObject({ unchanged: 1 })
    await expect(bench.run({ planId: plan.plan_id })).rejects.toMatchObject({ code: 'plan.stale' })
    expect(await bench.run()).toMatchObject({ exited: 0 })
    expect(externalIds()).toEqual(['C-1', 'C-2'])
  })
})

describe('a user who vanished', () => {
  it('gets their tags back, in this run when they changed, else in the next', async () => {
    bench = await openBench({ destination: { tags: 'add' } })
    await bench.write([person(1, { tags: 'gold' }), person(2, { tags: 'gold' })])
    await bench.run()
    for (const n of [1, 2]) bench.emulator.deleteUser({ external_id: `C-${n}` })
    const rows = [person(1, { tags: 'gold', name: 'New' }), person(2, { tags: 'gold vip', name: 'New' })]
    await bench.write(rows)
    expect((await bench.run()).rows).toMatchObject({ failed: 0, created: 2 })
    expect(bench.user('C-2')?.tags.toSorted()).toEqual(['gold', 'vip'])
    await bench.run()
    expect(bench.user('C-1')?.tags).toEqual(['gold'])
    bench.emulator.clearCalls()
    expect((await bench.run()).rows).toMatchObject({ unchanged: 2 })
    expect(bench.writtenUsers()).toEqual([])
  })

  it('is a conflict when the account is read and another user has got their address', async () => {
    bench = await openBench()
    await bench.write([person(1), person(2)])
    await bench.run()
    bench.emulator.deleteUser({ external_id: 'C-1' })
    bench.emulator.seed({ users: [{ name: 'Merged', external_id: 'M-1', email: 'p1@example.com' }] })
    await bench.write([person(1, { name: 'New' }), person(2)])
    const plan = await bench.plan({ live: true })
    expect(plan.live).toMatchObject({ conflicts: 1 })
    expect((await bench.run({ live: true })).rows).toMatchObject({ rejected: 1, failed: 0, unchanged: 1 })
  })

  it('is met in who has their address now when nothing speaks against it', async () => {
    bench = await openBench()
    await bench.write([person(1)])
    await bench.run()
    bench.emulator.deleteUser({ external_id: 'C-1' })
    bench.emulator.seed({ users: [{ name: 'Merged', email: 'p1@example.com' }] })
    await bench.write([person(1, { name: 'New' })])
    expect((await bench.plan({ live: true })).live).toMatchObject({ conflicts: 0, adopts: 1 })
    expect((await bench.run({ live: true })).rows).toMatchObject({ updated: 1, failed: 0 })
    expect(bench.users()).toMatchObject([{ name: 'New', external_id: 'C-1', emails: ['p1@example.com'] }])
    expect((await bench.run()).rows).toMatchObject({ unchanged: 1 })
  })
})

describe('reading the account before sending', () => {
  it('sees that the new external_id of somebody known is another user’s', async () => {
    bench = await openBench()
    bench.emulator.seed({ users: [{ name: 'Taken', external_id: 'NEW', email: 'taken@example.com' }] })
    await bench.write([
      { external_id: 'OLD', email: 'p1@example.com', name: 'One' },
      { external_id: null, email: 'p2@example.com', name: 'Two' },
    ])
    await bench.run()
    bench.emulator.seed({ users: [{ name: 'Taken', external_id: 'NEW-2', email: 'taken2@example.com' }] })
    await bench.write([
      { external_id: 'NEW', email: 'p1@example.com', name: 'One' },
      { external_id: 'NEW-2', email: 'p2@example.com', name: 'Two' },
    ])
    const plan = await bench.plan({ live: true })
    expect(plan.live).toMatchObject({ conflicts: 2 })
    expect((await bench.run({ live: true })).rows).toMatchObject({ rejected: 2, failed: 0 })
  })

  it('takes over by any address of a new person, and gives the others', async () => {
    bench = await openBench()
    bench.emulator.seed({ users: [{ name: 'Ann', email: 'known@example.com' }] })
    await bench.write([
      { external_id: 'C-1', email: 'new@example.com', name: 'Ann' },
      { external_id: 'C-1', email: 'known@example.com', name: 'Ann' },
    ])
    expect((await bench.plan({ live: true })).live).toMatchObject({ adopts: 1, creates: 0 })
    expect((await bench.run({ live: true })).rows).toMatchObject({ updated: 1, merged: 1, failed: 0 })
    expect(bench.users()).toMatchObject([{ external_id: 'C-1', emails: ['known@example.com', 'new@example.com'] }])
    expect((await bench.run()).rows).toMatchObject({ unchanged: 1, merged: 1 })
  })

  it('sees that two people of the result are one user of the account', async () => {
    bench = await openBench()
    bench.emulator.seed({ users: [{ name: 'Ann', external_id: 'C-1', email: 'ann@example.com' }] })
    await bench.write([
      { external_id: 'C-1', email: null, name: 'Ann' },
      { external_id: null, email: 'ann@example.com', name: 'Bea' },
    ])
    expect((await bench.plan({ live: true })).live).toMatchObject({ conflicts: 1 })
  })
})

import { afterEach, expect, test } from 'vitest'
import { type Bench, openBench, type SourceRow } from './project-bench.ts'

let bench: Bench
afterEach(() => bench.close())

const orchestration = (alerts: object) => ({
  project: { orchestrations: { people: { query: 'people', destination: 'zendesk', alerts } } },
})

const people = (count: number): SourceRow[] =>
  Array.from({ length: count }, (_, n) => ({ external_id: `p-${n}`, email: `p${n}@example.com`, name: `P ${n}` }))

test('too few rows: nothing is sent until somebody approves, and then exactly the plan', async () => {
  bench = await openBench(orchestration({ rows: { fail_below: 10 } }))
  await bench.write(people(4))
  const planned = await bench.plan()
  expect(planned.guards).toEqual([
    { code: 'guard.rows_below', message: 'The result has 4 rows, fewer than 10, at which the orchestration stops.' },
  ])
  const stopped = await bench.run()
  expect(stopped).toMatchObject({
    status: 'stopped',
    problem: { code: 'guard.rows_below', message: planned.guards[0]!.message },
    rows: { total: 4, created: 0, pending: 4 },
  })
  expect(bench.writes()).toEqual([])
  const approved = await bench.run({ approve: true })
  expect(approved).toMatchObject({ run_id: stopped.run_id, status: 'completed', rows: { total: 4, created: 4 } })
  expect(bench.users()).toHaveLength(4)
})

test('nothing is lost: the next good run sends everything', async () => {
  bench = await openBench(orchestration({ change_percent: { fail: 50 } }))
  await bench.write(people(10))
  expect(await bench.run()).toMatchObject({ status: 'completed', rows: { created: 10 }, row_alerts: [] })
  const changed = people(10).map((row) => ({ ...row, name: `${row.name} again` }))
  await bench.write(changed.slice(0, 3))
  bench.emulator.clearCalls()
  expect(await bench.run()).toMatchObject({ status: 'stopped', problem: { code: 'guard.rows_changed' } })
  expect(bench.writes()).toEqual([])
  await bench.write(changed)
  expect(await bench.run()).toMatchObject({ status: 'completed', rows: { total: 10, updated: 10 } })
  expect(bench.users().every(({ name }) => name.endsWith('again'))).toBe(true)
})

test('a warning goes with the run, in the plan and in the summary, and changes neither its end nor its exit', async () => {
  bench = await openBench(orchestration({ rows: { warn_below: 10 }, change_percent: { warn: 20 } }))
  await bench.write(people(9))
  const few = { code: 'rows_below', rows: 9, bound: 10, last_rows: null }
  expect((await bench.plan()).row_alerts).toMatchObject([few])
  const first = await bench.run()
  expect(first).toMatchObject({ status: 'completed', rows: { created: 9 }, row_alerts: [few], problem: null })
  await bench.write(people(12))
  expect(await bench.run()).toMatchObject({
    status: 'completed',
    row_alerts: [{ code: 'rows_changed', rows: 12, bound: 20, last_rows: 9 }],
  })
  // The number is compared with that of the last completed run, which has it by now.
  expect(await bench.run()).toMatchObject({ status: 'completed', row_alerts: [] })
})

test('neither samples nor runs that did not complete are compared with, and a sample is judged by the whole', async () => {
  bench = await openBench(orchestration({ rows: { fail_above: 100 }, change_percent: { warn: 20 } }))
  await bench.write(people(10))
  expect(await bench.run({ sample: 2 })).toMatchObject({ status: 'completed', rows: { total: 2 }, row_alerts: [] })
  expect((await bench.plan()).row_alerts).toEqual([])
  await bench.run()
  await bench.write(people(101))
  expect(await bench.run()).toMatchObject({ status: 'stopped', problem: { code: 'guard.rows_above' } })
  expect(await bench.run({ sample: 1 })).toMatchObject({ problem: { code: 'guard.rows_above' } })
  await bench.write(people(13))
  const { row_alerts } = await bench.plan({ sample: 1 })
  expect(row_alerts).toMatchObject([{ code: 'rows_changed', rows: 13, last_rows: 10 }])
})

test('a repair and an undo have no result, and are neither judged nor compared with', async () => {
  bench = await openBench(orchestration({ rows: { fail_below: 2 }, change_percent: { warn: 20 } }))
  await bench.write(people(5))
  await bench.run()
  const user = bench.user('p-1')!
  await bench.asAgent('PUT', `/api/v2/users/${user.id}.json`, { user: { name: 'Somebody' } })
  const { repair } = await bench.withApp((app) => app.drift('people', { repair: true, approve: false }))
  expect(repair).toMatchObject({ status: 'completed', rows: { total: 1, updated: 1 }, row_alerts: [] })
  expect((await bench.plan()).row_alerts).toEqual([])
})

test('what was approved once is no norm that asks again', async () => {
  bench = await openBench(orchestration({ change_percent: { fail: 50 } }))
  await bench.write(people(10))
  await bench.run()
  await bench.write(people(2))
  expect(await bench.run()).toMatchObject({ problem: { code: 'guard.rows_changed' } })
  expect(await bench.run({ approve: true })).toMatchObject({ status: 'completed', rows: { total: 2 } })
  expect(await bench.run()).toMatchObject({ status: 'completed', problem: null })
})

test('a stored plan that an alert stops is sent when it is approved', async () => {
  bench = await openBench(orchestration({ rows: { fail_below: 10 } }))
  await bench.write(people(4))
  const { plan_id: planId } = await bench.plan()
  expect(await bench.run({ planId })).toMatchObject({ run_id: planId, problem: { code: 'guard.rows_below' } })
  expect(await bench.run({ planId, approve: true })).toMatchObject({ run_id: planId, status: 'completed' })
})

test('a stopped run is not continued under other alerts', async () => {
  const options = orchestration({ rows: { fail_below: 10 } })
  bench = await openBench(options)
  await bench.write(people(4))
  const stopped = await bench.run()
  options.project.orchestrations.people.alerts = { rows: { fail_below: 5, warn_below: 20 } }
  await bench.settings({})
  const approved = await bench.run({ approve: true })
  expect(approved).toMatchObject({ status: 'completed', rows: { created: 4 } })
  expect(approved.run_id).not.toBe(stopped.run_id)
})

import { afterEach, describe, expect, it } from 'vitest'
import { startEmulator } from '../src/emulator/index.ts'
import { type CliChild, startCli, summaryOf, until } from './cli-child.ts'
import type { BenchOptions, SourceRow } from './project-bench.ts'
import { collect, openProofBench, type ProofBench } from './proof-bench.ts'

const benches: ProofBench[] = []
const children: CliChild[] = []
afterEach(async () => {
  for (const { child } of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
  for (const bench of benches.splice(0)) await bench.close()
})

async function open(options: BenchOptions = {}): Promise<ProofBench> {
  const bench = await openProofBench(options)
  benches.push(bench)
  bench.emulator.seed({ user_fields: [{ key: 'city', type: 'text' }] })
  return bench
}

function people(count: number, more: (n: number) => SourceRow = () => ({})): SourceRow[] {
  return Array.from({ length: count }, (_, n) => ({
    external_id: `p${n}`,
    email: `p${n}@example.com`,
    name: `Person ${n}`,
    notes: null,
    'user_fields.city': `City ${n}`,
    ...more(n),
  }))
}

const undo = (bench: ProofBench, run: string) => bench.withApp((app) => app.undo(run))
const restOf = (bench: ProofBench, planId: string) => bench.withApp((app) => collect(app.undoRest(planId)))

describe('undo', () => {
  it('restores what still holds what the run wrote, lists the rest, pauses the orchestration, and what it shows is what it sends', async () => {
    const bench = await open({ destination: { tags: 'add' } })
    // Zendesk has p7 already: what its fields held is not known to anybody.
    bench.emulator.seed({
      users: [{ name: 'Seven', external_id: 'p7', email: 'p7@example.com', notes: 'by an agent' }],
    })
    await bench.write(people(8, () => ({ tags: 'crm' })))
    await bench.run()
    const before = new Map(bench.users().map((user) => [user.external_id, user]))
    bench.later()
    await bench.write(
      people(10, (n) => ({
        tags: n === 4 ? 'crm gold' : 'crm',
        email: n === 5 ? 'new5@example.com' : `p${n}@example.com`,
        notes: [1, 2, 7].includes(n) ? `note ${n}` : null,
        'user_fields.city': n < 4 ? 'Bonn' : `City ${n}`,
      })),
    )
    const { run_id: second } = await bench.run()
    bench.later()
    // Meanwhile: p0's city is somebody's, p2's city is what it was, p3 is gone, p4 has a tag of an agent.
    await bench.edit('p0', { user_fields: { city: 'Agentville' } })
    await bench.edit('p2', { user_fields: { city: 'City 2' } })
    bench.emulator.deleteUser({ external_id: 'p3' })
    await bench.edit('p4', { tags: ['crm', 'gold', 'by_agent'] })

    bench.emulator.clearCalls()
    const planned = await undo(bench, second)
    expect(bench.writes()).toEqual([])
    expect([planned.requests, bench.reads()]).toEqual([1, 1])
    expect(planned).toMatchObject({
      undone_run: second,
      plan: { origin: 'undo', rows: { total: 4 }, guards: [] },
      people: { read: 9, restored: 4 },
      fields: { restored: 5, already: 1, left: 2 },
    })
    expect(planned.rest.map(({ code, lines }) => [code, lines])).toEqual([
      ['created', 2],
      ['edited_since', 1],
      ['gone', 1],
      ['not_known', 1],
    ])
    expect(await restOf(bench, planned.plan.plan_id)).toMatchObject([
      {
        external_id: 'p0',
        field: 'user_fields.city',
        old: 'City 0',
        written: 'Bonn',
        found: 'Agentville',
        code: 'edited_since',
      },
      { external_id: 'p3', field: null, code: 'gone' },
      { external_id: 'p7', field: 'notes', old: null, written: 'note 7', found: 'note 7', code: 'not_known' },
      { external_id: 'p8', field: null, code: 'created' },
      { external_id: 'p9', field: null, code: 'created' },
    ])
    const changes = await bench.changes(planned.plan.plan_id)
    expect(changes.map(({ kind, external_id, email, fields }) => [kind, external_id, email, fields])).toEqual([
      [
        'restore',
        'p1',
        null,
        [
          { field: 'notes', old: 'note 1', new: null },
          { field: 'user_fields.city', old: 'Bonn', new: 'City 1' },
        ],
      ],
      ['restore', 'p2', null, [{ field: 'notes', old: 'note 2', new: null }]],
      ['tags', 'p4', null, [{ field: 'tags', old: 'crm gold', new: 'crm' }]],
      ['remove_email', 'p5', 'new5@example.com', []],
    ])
    // Planning pauses nothing.
    expect((await bench.plan()).rows.total).toBe(10)

    const replanned = await undo(bench, second)
    bench.emulator.clearCalls()
    const run = await bench.run({ planId: replanned.plan.plan_id })
    expect(run).toMatchObject({ status: 'completed', rows: { total: 4, updated: 4, failed: 0 }, paused: true })
    expect(run.confirmed).toEqual({ read: 4, seen: 4, differing: 0, problem: null })
    const records = await bench.records(run.run_id)
    expect(records.map(({ row, external_id, name, outcome }) => [row, external_id, name, outcome])).toEqual([
      [1, 'p1', 'Person 1', 'updated'],
      [2, 'p2', 'Person 2', 'updated'],
      [3, 'p4', 'Person 4', 'updated'],
      [4, 'p5', 'Person 5', 'updated'],
    ])
    const alike = ({
      updated_at: _,
      identities,
      ...user
    }: Record<string, unknown> & { identities: { value: unknown }[] }) => ({
      ...user,
      identities: identities.map(({ value }) => value),
    })
    for (const key of ['p1', 'p2', 'p5', 'p6'])
      expect(alike(bench.user(key) as never), key).toEqual(alike(before.get(key) as never))
    expect(bench.user('p0')).toMatchObject({ user_fields: { city: 'Agentville' } })
    expect(bench.user('p4')?.tags).toEqual(['crm', 'by_agent'])
    expect(bench.user('p7')).toMatchObject({ notes: 'note 7' })

    await expect(bench.run()).rejects.toMatchObject({
      code: 'orchestration.paused',
      fix: expect.stringContaining('deskside resume people'),
    })
    await expect(bench.plan()).rejects.toMatchObject({ code: 'orchestration.paused' })
    expect(await bench.withApp((app) => app.resume('people'))).toBe(true)
    expect(await bench.withApp((app) => app.resume('people'))).toBe(false)
    // What was taken back is known, so that the next run sends it again, to these people alone.
    const again = await bench.plan()
    const next = await bench.changes(again.plan_id)
    expect(next.map(({ kind, external_id }) => `${kind} ${external_id}`)).toEqual([
      'update p1',
      'update p2',
      'tags p4',
      'email p5',
    ])
  })

  it('a plan that was looked at too long ago is not run, and neither is one for another account', async () => {
    const bench = await open()
    await bench.write(people(3))
    await bench.run()
    await bench.write(people(3, () => ({ notes: 'x' })))
    const { run_id: second } = await bench.run()
    const planned = await undo(bench, second)
    await bench.write(people(3, () => ({ notes: 'y' })))
    await bench.run()
    await expect(bench.run({ planId: planned.plan.plan_id })).rejects.toMatchObject({ code: 'plan.stale' })
    // Another run has written since: nothing of the second is left to be taken back.
    expect(await undo(bench, second)).toMatchObject({
      people: { read: 3, restored: 0 },
      fields: { restored: 0, already: 0, left: 3 },
      rest: [{ code: 'edited_since', lines: 3 }],
    })
    const other = await startEmulator({ plan: 'unlimited', warn: () => {} })
    try {
      await bench.settings({ base_url: other.url })
      await expect(undo(bench, second)).rejects.toMatchObject({ code: 'plan.other_account' })
    } finally {
      await other.close()
      await bench.settings({ base_url: bench.emulator.url })
    }
    await expect(undo(bench, 'nonsense')).rejects.toMatchObject({ code: 'workflow.not_found' })
    await expect(restOf(bench, second)).rejects.toMatchObject({ code: 'plan.not_found' })
  })

  it('killed while it is sent, the same command goes on: the end of an undisturbed undo, nothing twice (I3)', async () => {
    const bench = await open({
      emulator: { jobLatencyMs: [150, 250] },
      destination: { confirm: 'none', limits: { users_per_second: 'none', api_budget: 'none', jobs_in_flight: 2 } },
    })
    await bench.write(people(500))
    await bench.run()
    const cities = () => bench.users().map((user) => (user.user_fields as { city: string }).city)
    const before = cities()
    await bench.write(people(500, () => ({ 'user_fields.city': 'Bonn' })))
    const { run_id: second } = await bench.run()
    const { plan, requests } = await undo(bench, second)
    expect(requests).toBe(5)
    const { emulator } = bench
    const jobs = emulator.stats().jobs
    const args = ['run', 'people', '--plan', plan.plan_id]
    const first = startCli(bench, args)
    children.push(first)
    await until('the undo is being sent', () => emulator.stats().jobs >= jobs + 2, 60_000)
    first.child.kill('SIGKILL')
    await first.ended
    // The orchestration was paused before the first value went back.
    const refused = startCli(bench, ['run', 'people'])
    children.push(refused)
    expect(summaryOf(await refused.ended).problem?.code).toBe('orchestration.paused')
    const cli = startCli(bench, args)
    children.push(cli)
    const summary = summaryOf(await cli.ended)
    expect([summary.run_id, summary.status, summary.rows.updated, summary.paused]).toEqual([
      plan.plan_id,
      'completed',
      500,
      true,
    ])
    expect(cities()).toEqual(before)
    expect(emulator.stats().races).toBe(0)
  }, 120_000)
})

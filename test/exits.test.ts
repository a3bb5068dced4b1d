import { describe, expect, it } from 'vitest'
import type { ExitRow } from '../src/sync/report.ts'
import { type Bench, openBench, type SourceRow } from './project-bench.ts'
import { closedAfterEach } from './sample-people.ts'

let bench: Bench
const openOne = closedAfterEach(openBench)

const user_fields = [
  { key: 'city', type: 'text' as const },
  { key: 'tier', type: 'text' as const },
]

/** Person number n as a row. */
function person(n: number, more: SourceRow = {}): SourceRow {
  return { external_id: `C-${n}`, email: `p${n}@example.com`, name: `Person ${n}`, 'user_fields.city': 'Oslo', ...more }
}

function people(count: number): SourceRow[] {
  return Array.from({ length: count }, (_, index) => person(index + 1))
}

async function open(destination: Record<string, unknown>, project: Record<string, unknown> = {}): Promise<void> {
  bench = await openOne({ destination, project })
  bench.emulator.seed({ user_fields })
}

async function exitsOf(run: string): Promise<ExitRow[]> {
  return await bench.withApp(async (app) => {
    const all: ExitRow[] = []
    for await (const exit of app.exits(run)) all.push(exit)
    return all
  })
}

const unguarded = { max_exits_percent: 'none' }

describe('on_exit', () => {
  it('does nothing unless asked', async () => {
    await open({})
    await bench.write(people(10))
    await bench.run()
    const before = bench.users()
    await bench.write(people(3))
    const summary = await bench.run()
    expect(summary).toMatchObject({ status: 'completed', exited: 0, rows: { total: 3, unchanged: 3 } })
    expect(bench.users()).toEqual(before)
  })

  it('clear_fields clears what we gave and nobody has changed since, and gives it back when the person returns', async () => {
    await open({ on_exit: 'clear_fields', guards: unguarded })
    bench.emulator.seed({ users: [] })
    await bench.write(people(3).map((row) => ({ ...row, 'user_fields.tier': 'gold' })))
    await bench.run()
    await bench.asAgent(`PUT`, `/api/v2/users/${bench.user('C-3')?.id}`, {
      user: { user_fields: { tier: 'agent says' } },
    })
    await bench.write([person(1, { 'user_fields.tier': 'gold' })])
    const plan = await bench.plan()
    expect(plan.exits).toEqual({ action: 'clear_fields', people: 2, already_gone: 0 })
    const summary = await bench.run()
    expect(summary).toMatchObject({ status: 'completed', exited: 2, rows: { total: 1, unchanged: 1 } })
    expect(bench.user('C-2')).toMatchObject({
      name: 'Person 2',
      email: 'p2@example.com',
      user_fields: { city: null, tier: null },
    })
    expect(bench.user('C-3')).toMatchObject({ user_fields: { city: null, tier: 'agent says' } })
    expect(await exitsOf(summary.run_id)).toEqual([
      expect.objectContaining({ external_id: 'C-2', action: 'clear_fields', outcome: 'done' }),
      expect.objectContaining({ external_id: 'C-3', outcome: 'done' }),
    ])
    bench.emulator.clearCalls()
    expect(await bench.run()).toMatchObject({ exited: 0 })
    expect(bench.writtenUsers()).toEqual([])
    await bench.write([1, 2].map((n) => person(n, { 'user_fields.tier': 'gold' })))
    await bench.run()
    expect(bench.user('C-2')).toMatchObject({ user_fields: { city: 'Oslo', tier: 'gold' } })
  })

  it('suspend suspends, and lets in again who returns, but nobody whom an agent has suspended', async () => {
    await open({ on_exit: 'suspend', guards: unguarded })
    await bench.write(people(3))
    await bench.run()
    await bench.asAgent('PUT', `/api/v2/users/${bench.user('C-3')?.id}`, { user: { suspended: true } })
    await bench.write(people(1))
    expect(await bench.run()).toMatchObject({ exited: 1 })
    expect(bench.user('C-2')).toMatchObject({ suspended: true })
    await bench.write(people(3))
    const summary = await bench.run()
    expect(summary.rows).toMatchObject({ updated: 1, unchanged: 2 })
    expect(bench.user('C-2')).toMatchObject({ suspended: false })
    expect(bench.user('C-3')).toMatchObject({ suspended: true })
    expect((await bench.run()).rows).toMatchObject({ unchanged: 3 })
  })

  it('delete deletes, forgets, and creates anew who returns', async () => {
    await open({ on_exit: 'delete', guards: unguarded })
    await bench.write(people(3))
    await bench.run()
    const old = bench.user('C-2')?.id
    bench.emulator.deleteUser({ external_id: 'C-3' })
    await bench.write(people(1))
    expect((await bench.plan()).exits).toEqual({ action: 'delete', people: 1, already_gone: 1 })
    const summary = await bench.run()
    expect(summary).toMatchObject({ status: 'completed', exited: 2 })
    expect(bench.users().map((user) => user.external_id)).toEqual(['C-1'])
    await bench.write(people(2))
    expect((await bench.run()).rows).toMatchObject({ created: 1, unchanged: 1 })
    expect(bench.user('C-2')?.id).not.toBe(old)
  })

  it('remove_tags takes away the tags we gave and leaves those of agents (I10)', async () => {
    await open({ on_exit: 'remove_tags', tags: 'add', guards: unguarded })
    await bench.write(people(2).map((row) => ({ ...row, tags: 'vip gold' })))
    await bench.run()
    await bench.asAgent('PUT', `/api/v2/users/${bench.user('C-2')?.id}/tags`, { tags: ['agent_tag'] })
    expect(bench.user('C-2')?.tags.sort()).toEqual(['agent_tag', 'gold', 'vip'])
    await bench.write([person(1, { tags: 'vip gold' })])
    expect(await bench.run()).toMatchObject({ exited: 1 })
    expect(bench.user('C-2')?.tags).toEqual(['agent_tag'])
    await bench.write(people(2).map((row) => ({ ...row, tags: 'vip gold' })))
    await bench.run()
    expect(bench.user('C-2')?.tags.sort()).toEqual(['agent_tag', 'gold', 'vip'])
  })
})

describe('who counts as gone', () => {
  it('nobody under --sample, and nobody when the source is empty, even if that is allowed', async () => {
    await open({ on_exit: 'delete', guards: { ...unguarded, empty_source: 'allow' } })
    await bench.write(people(5))
    await bench.run()
    await bench.write(people(2))
    expect(await bench.run({ sample: 1 })).toMatchObject({ exited: 0 })
    await bench.query('SELECT * FROM people WHERE false')
    expect(await bench.run()).toMatchObject({ status: 'completed', exited: 0 })
    expect(bench.users()).toHaveLength(5)
    await bench.query('SELECT * FROM people')
    expect(await bench.run()).toMatchObject({ exited: 3 })
  })

  it('the guard stops exits that a shrunken source causes, before anything is sent (I6)', async () => {
    await open({ on_exit: 'delete' })
    await bench.write(people(20))
    await bench.run()
    await bench.write(people(17))
    bench.emulator.clearCalls()
    const stopped = await bench.run()
    expect(stopped).toMatchObject({ status: 'stopped', problem: { code: 'guard.max_exits' }, exited: 0 })
    expect(bench.emulator.calls({}).filter((call) => call.method === 'DELETE')).toEqual([])
    expect(bench.users()).toHaveLength(20)
    expect(await bench.run({ approve: true })).toMatchObject({ status: 'completed', exited: 3 })
    expect(bench.users()).toHaveLength(17)
  })

  it('not who is in a rejected row', async () => {
    await open({ on_exit: 'delete', guards: unguarded })
    await bench.write(people(3))
    await bench.run()
    await bench.write([person(1), person(2, { name: null }), person(3, { external_id: null, name: '' })])
    expect(await bench.run()).toMatchObject({ exited: 0, rows: { rejected: 2 } })
    expect(bench.users()).toHaveLength(3)
    // Still held: they leave when their rows do.
    await bench.write([person(1)])
    expect(await bench.run()).toMatchObject({ exited: 2 })
  })

  it('not whom another orchestration of the account holds', async () => {
    await open(
      { on_exit: 'delete', guards: unguarded },
      {
        queries: { people: 'people.sql', others: 'others.sql' },
        orchestrations: {
          people: { query: 'people', destination: 'zendesk' },
          others: { query: 'others', destination: 'zendesk' },
        },
      },
    )
    const runOthers = () =>
      bench.withApp((app) =>
        app.run('others', { sample: null, full: false, live: false, planId: null, approve: false }),
      )
    const { writeFile } = await import('node:fs/promises')
    await writeFile(`${bench.dir}/others.sql`, "SELECT * FROM people WHERE external_id = 'C-2'")
    await bench.write(people(3))
    await bench.run()
    await runOthers()
    await bench.query("SELECT * FROM people WHERE external_id = 'C-1'")
    expect(await bench.run()).toMatchObject({ exited: 1 })
    expect(
      bench
        .users()
        .map((user) => user.external_id)
        .sort(),
    ).toEqual(['C-1', 'C-2'])
    // The last who holds a person decides.
    await writeFile(`${bench.dir}/others.sql`, "SELECT * FROM people WHERE external_id = 'C-3'")
    expect(await runOthers()).toMatchObject({ exited: 1 })
  })

  it('not somebody without external_id while a row with nothing but an invalid address may be theirs', async () => {
    await open({ on_exit: 'delete', guards: unguarded })
    await bench.write([person(1), person(2, { external_id: null }), person(3)])
    await bench.run()
    await bench.write([person(1), person(2, { external_id: null, email: 'p2@' })])
    expect(await bench.run()).toMatchObject({ exited: 1, rows: { rejected: 1 } })
    expect(
      bench
        .users()
        .map((user) => user.email)
        .sort(),
    ).toEqual(['p1@example.com', 'p2@example.com'])
    await bench.write([person(1)])
    expect(await bench.run()).toMatchObject({ exited: 1 })
  })

  it('whom an orchestration has held that is no more', async () => {
    const named = (name: string) => ({ [name]: { query: 'people', destination: 'zendesk' } })
    const project = { orchestrations: { ...named('people'), ...named('old') } }
    await open({ on_exit: 'delete', guards: unguarded }, project)
    await bench.write(people(2))
    const old = { sample: null, full: false, live: false, planId: null, approve: false }
    await bench.withApp((app) => app.run('old', old))
    await bench.run()
    await bench.write(people(1))
    expect(await bench.run()).toMatchObject({ exited: 0 })
    await bench.write(people(2))
    await bench.run()
    project.orchestrations = named('people') as typeof project.orchestrations
    await bench.settings({})
    await bench.write(people(1))
    expect(await bench.run()).toMatchObject({ exited: 1 })
  })

  it('not who moved to another external_id', async () => {
    await open({ on_exit: 'delete', guards: unguarded })
    await bench.write(people(2))
    await bench.run()
    await bench.write([person(1), person(2, { external_id: 'NEW-2' })])
    expect(await bench.run()).toMatchObject({ exited: 0, rows: { updated: 1 } })
    expect(bench.users()).toHaveLength(2)
  })

  it('not an agent', async () => {
    await open({ on_exit: 'delete', guards: unguarded })
    await bench.write(people(2))
    await bench.run()
    await bench.asAgent('PUT', `/api/v2/users/${bench.user('C-2')?.id}`, { user: { role: 'agent' } })
    await bench.write(people(1))
    expect(await bench.run()).toMatchObject({ status: 'completed', exited: 0 })
    expect(
      bench.emulator.state({ role: 'agent' }).users.some((user) => user.external_id === 'C-2' && user.active),
    ).toBe(true)
  })
})

describe('exits that do not come through', () => {
  it('are done by the next run when one was stopped between plan and delivery', async () => {
    await open({ on_exit: 'delete', guards: unguarded })
    await bench.write(people(3))
    await bench.run()
    await bench.write(people(1))
    const stop = new AbortController()
    const stopped = await bench.run(
      {},
      { signal: stop.signal, onEvent: (event) => event.type === 'planned' && stop.abort() },
    )
    expect(stopped).toMatchObject({ status: 'stopped', exited: 0 })
    expect(bench.users()).toHaveLength(3)
    expect((await exitsOf(stopped.run_id ?? '')).map(({ outcome }) => outcome)).toEqual(['pending', 'pending'])
    const summary = await bench.run()
    expect(summary).toMatchObject({ run_id: stopped.run_id, status: 'completed', exited: 2 })
    expect(bench.users()).toHaveLength(1)
    expect(await bench.run()).toMatchObject({ exited: 0 })
  })

  it('are not done when the person was back before the stopped run went on with another source', async () => {
    await open({ on_exit: 'delete', guards: unguarded })
    await bench.write(people(3))
    await bench.run()
    await bench.query("SELECT * FROM people WHERE external_id = 'C-1'")
    const stop = new AbortController()
    await bench.run({}, { signal: stop.signal, onEvent: (event) => event.type === 'planned' && stop.abort() })
    await bench.query('SELECT * FROM people')
    expect(await bench.run()).toMatchObject({ status: 'completed', exited: 0, rows: { unchanged: 3 } })
    expect(bench.users()).toHaveLength(3)
  })

  it('are tried again in the next run when Zendesk refuses them, and fail no row', async () => {
    await open({ on_exit: 'suspend', guards: unguarded })
    await bench.write([...people(2), { email: 'mail.only@example.com', name: 'Mail Only' }])
    await bench.run()
    await bench.write([person(1, { 'user_fields.city': 'Rome' })])
    bench.emulator.faults({ kind: 'job_failed', match: { path: 'users/update_many' }, times: 'always' })
    const summary = await bench.run()
    expect(summary).toMatchObject({ exited: 0, rows: { total: 1, updated: 1, failed: 0 } })
    expect(await exitsOf(summary.run_id ?? '')).toMatchObject([
      { external_id: 'C-2', outcome: 'failed', code: 'zendesk.job_failed' },
      { external_id: null, name: 'Mail Only', outcome: 'failed' },
    ])
    expect(bench.users().filter((user) => user.suspended)).toEqual([])
    bench.emulator.clearFaults()
    expect(await bench.run()).toMatchObject({ status: 'completed', exited: 2, rows: { unchanged: 1 } })
    expect(bench.users().map(({ name, suspended }) => [name, suspended])).toEqual(
      expect.arrayContaining([
        ['Person 1', false],
        ['Person 2', true],
        ['Mail Only', true],
      ]),
    )
  })
})

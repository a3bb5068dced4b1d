import { describe, expect, it } from 'vitest'
import type { BenchOptions, SourceRow } from './project-bench.ts'
import { collect, openProofBench, type ProofBench } from './proof-bench.ts'
import { closedAfterEach } from './sample-people.ts'

const openOne = closedAfterEach(openProofBench)

async function open(options: BenchOptions = {}): Promise<ProofBench> {
  const bench = await openOne(options)
  bench.emulator.seed({
    user_fields: [
      { key: 'city', type: 'text' },
      { key: 'old', type: 'text' },
    ],
  })
  return bench
}

function people(count: number): SourceRow[] {
  return Array.from({ length: count }, (_, n) => ({
    external_id: `p${n}`,
    email: `p${n}@example.com`,
    name: `Person ${n}`,
    notes: n % 2 === 0 ? `note ${n}` : null,
    tags: 'crm',
    'user_fields.city': `City ${n}`,
    'user_fields.old': `Old ${n}`,
  }))
}

const drift = (bench: ProofBench, repair = false) =>
  bench.withApp((app) => app.drift('people', { repair, approve: false }))

describe('drift', () => {
  it('finds each kind of difference, says how many and who, sends nothing, and repairs what sending repairs', async () => {
    const bench = await open({ destination: { tags: 'add' } })
    await bench.write(people(8))
    await bench.run()
    expect(await drift(bench)).toMatchObject({
      drift_id: null,
      people: { read: 8, drifted: 0 },
      plan: null,
      repair: null,
    })

    bench.later()
    await bench.edit('p0', { notes: 'by an agent', user_fields: { city: 'Agentville' } })
    // What was never given is not compared.
    await bench.edit('p1', { notes: 'by an agent' })
    await bench.edit('p2', { user_fields: { city: 'CITY 2 ' } })
    bench.emulator.deleteUser({ external_id: 'p3' })
    await bench.edit('p4', { tags: ['by_agent'] })
    await bench.edit('p5', { external_id: 'other' })
    const { id, identities } = bench.user('p6') as { id: number; identities: { id: number }[] }
    await bench.asAgent('PUT', `/api/v2/users/${id}/identities/${identities[0]?.id}`, {
      identity: { type: 'email', value: 'agents@example.com' },
    })
    const fields = (await bench.asAgent('GET', '/api/v2/user_fields')) as { user_fields: { id: number; key: string }[] }
    await bench.asAgent('DELETE', `/api/v2/user_fields/${fields.user_fields.find(({ key }) => key === 'old')?.id}`)

    bench.emulator.clearCalls()
    const found = await drift(bench)
    expect(bench.writes()).toEqual([])
    expect([found.requests, bench.reads()]).toEqual([1, 1])
    expect(found.people).toEqual({ read: 8, drifted: 8, gone: 1 })
    expect(found.fields).toEqual([
      { field: 'user_fields.old', code: 'seen.field_unknown', people: 7 },
      { field: 'email', code: 'seen.agent_edited', people: 1 },
      { field: 'external_id', code: 'seen.agent_edited', people: 1 },
      { field: 'notes', code: 'seen.agent_edited', people: 1 },
      { field: 'tags', code: 'seen.agent_edited', people: 1 },
      { field: 'user_fields.city', code: 'seen.agent_edited', people: 1 },
      { field: 'user_fields.city', code: 'seen.normalised', people: 1 },
      { field: 'zendesk_id', code: 'seen.gone', people: 1 },
    ])
    const lines = await bench.withApp((app) => collect(app.drifted(found.drift_id as string)))
    expect(lines.filter(({ code }) => code !== 'seen.field_unknown')).toMatchObject([
      {
        external_id: 'p0',
        email: 'p0@example.com',
        name: 'Person 0',
        field: 'notes',
        delivered: 'note 0',
        found: 'by an agent',
        repaired: true,
      },
      { external_id: 'p0', field: 'user_fields.city', delivered: 'City 0', found: 'Agentville', repaired: true },
      { external_id: 'p2', field: 'user_fields.city', delivered: 'City 2', code: 'seen.normalised', repaired: false },
      { external_id: 'p3', field: 'zendesk_id', found: null, code: 'seen.gone', repaired: true },
      { external_id: 'p4', field: 'tags', delivered: 'crm', found: 'by_agent', repaired: true },
      { external_id: 'p5', field: 'external_id', delivered: 'p5', found: 'other', repaired: true },
      { external_id: 'p6', field: 'email', delivered: 'p6@example.com', found: 'agents@example.com', repaired: true },
    ])

    const changes = await bench.changes(found.plan?.plan_id as string)
    expect(changes.map(({ kind, external_id, fields: sent }) => [kind, external_id, sent])).toEqual([
      [
        'restore',
        'p0',
        [
          { field: 'notes', old: 'by an agent', new: 'note 0' },
          { field: 'user_fields.city', old: 'Agentville', new: 'City 0' },
        ],
      ],
      [
        'update',
        'p3',
        [
          { field: 'name', old: null, new: 'Person 3' },
          { field: 'user_fields.city', old: null, new: 'City 3' },
        ],
      ],
      ['tags', 'p4', [{ field: 'tags', old: null, new: 'crm' }]],
      ['rekey', 'p5', []],
      ['email', 'p6', [{ field: 'email', old: null, new: 'p6@example.com' }]],
    ])
    const { repair } = await drift(bench, true)
    expect(repair).toMatchObject({
      status: 'completed',
      rows: { total: 5, created: 1, updated: 4, failed: 0 },
      paused: false,
    })
    expect(bench.user('p0')).toMatchObject({ notes: 'note 0', user_fields: { city: 'City 0' } })
    expect(bench.user('p1')).toMatchObject({ notes: 'by an agent' })
    expect(bench.user('p3')).toMatchObject({
      name: 'Person 3',
      email: 'p3@example.com',
      user_fields: { city: 'City 3' },
    })
    expect(bench.user('p4')?.tags).toEqual(['by_agent', 'crm'])
    expect(bench.user('p5')).toMatchObject({ name: 'Person 5' })
    const addresses = bench.user('p6')?.identities as { value: string }[]
    expect(addresses.map(({ value }) => value)).toEqual(['agents@example.com', 'p6@example.com'])
    expect((await drift(bench)).fields.map(({ code }) => code)).toEqual(['seen.field_unknown', 'seen.normalised'])
  })

  it('leaves agents alone, and a repair of nothing is none', async () => {
    const bench = await open()
    await bench.write(people(2).map(({ tags: _, ...row }) => row))
    await bench.run()
    bench.later()
    await bench.edit('p0', { role: 'agent', notes: 'promoted' })
    const found = await drift(bench, true)
    expect(found).toMatchObject({ people: { drifted: 1 }, plan: null, repair: null })
    expect(await bench.withApp((app) => collect(app.drifted(found.drift_id as string)))).toMatchObject([
      { repaired: false },
    ])
  })

  it('costs 10 requests for 1,000 people, and is refused by a guard like every plan', async () => {
    const bench = await open({ destination: { confirm: 'none', guards: { max_changed_percent: 0.1 } } })
    await bench.write(people(1_000).map(({ tags: _, ...row }) => row))
    await bench.run()
    bench.later()
    await bench.edit('p500', { notes: 'x' })
    await bench.edit('p700', { notes: 'x' })
    bench.emulator.clearCalls()
    const { people: who, requests, repair } = await drift(bench, true)
    expect([who, requests]).toEqual([{ read: 1_000, drifted: 2, gone: 0 }, 10])
    expect(repair).toMatchObject({ status: 'stopped', problem: { code: 'guard.max_changed' }, rows: { pending: 2 } })
    expect(bench.writes()).toEqual([])
  })
})

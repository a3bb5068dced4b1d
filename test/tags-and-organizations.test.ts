import { describe, expect, it } from 'vitest'
import { hurriedRun } from './hurried-run.ts'
import { type Bench, type BenchOptions, openBench } from './project-bench.ts'
import { closedAfterEach, expectSettled, people, person } from './sample-people.ts'

let bench: Bench
const openOne = closedAfterEach(openBench)

async function open(destination: Record<string, unknown> = {}, options: BenchOptions = {}): Promise<void> {
  bench = await openOne({ ...options, destination: { confirm: 'none', ...destination } })
}

describe('tags', () => {
  const tagsOf = (n: number) => bench.user(`C-${n}`)?.tags.toSorted()

  it('a column tags is refused as long as nobody says how it is sent', async () => {
    await open()
    await bench.write([person(1, { tags: 'vip' })])
    await expect(bench.plan()).rejects.toMatchObject({
      code: 'mapping.refused_attribute',
      message: expect.stringContaining('Set `tags: add`'),
    })
    expect(bench.users()).toEqual([])
  })

  it('add: gives tags in the run that creates, takes none away, neither agents’ nor its own (I10)', async () => {
    await open({ tags: 'add' })
    bench.emulator.seed({ users: [{ name: 'Met Before', email: 'p2@example.com', tags: ['theirs'] }] })
    await bench.write([person(1, { tags: 'vip, gold' }), person(2, { tags: 'vip' })])
    expect((await bench.run()).rows).toMatchObject({ created: 1, updated: 1, failed: 0 })
    expect([tagsOf(1), tagsOf(2)]).toEqual([
      ['gold', 'vip'],
      ['theirs', 'vip'],
    ])
    await expectSettled(bench, 2)
    await bench.asAgent('PUT', `/api/v2/users/${bench.user('C-1')?.id}/tags`, { tags: ['agents'] })
    await bench.write([person(1, { tags: 'silver' }), person(2, { tags: null })])
    await bench.run()
    expect([tagsOf(1), tagsOf(2)]).toEqual([
      ['agents', 'gold', 'silver', 'vip'],
      ['theirs', 'vip'],
    ])
    await expectSettled(bench, 2)
  })

  it('replace: the tags take the place of all that the person has, and no tags are a whole set too', async () => {
    await open({ tags: 'replace' })
    bench.emulator.seed({ users: [{ name: 'Met Before', email: 'p2@example.com', tags: ['theirs'] }] })
    await bench.write([person(1, { tags: 'vip gold' }), person(2, { tags: 'vip' })])
    await bench.run()
    expect([tagsOf(1), tagsOf(2)]).toEqual([['gold', 'vip'], ['vip']])
    await expectSettled(bench, 2)
    await bench.asAgent('PUT', `/api/v2/users/${bench.user('C-1')?.id}/tags`, { tags: ['agents'] })
    await bench.write([person(1, { tags: 'silver' }), person(2, { tags: null })])
    await bench.run()
    expect([tagsOf(1), tagsOf(2)]).toEqual([['silver'], []])
    await expectSettled(bench, 2)
  })

  it('own: only tags with the prefix are ours; strays of it go, others stay, other values are a warning', async () => {
    await open({ tags: { own: 'crm_' } })
    bench.emulator.seed({ users: [{ name: 'Met Before', email: 'p1@example.com', tags: ['theirs', 'crm_stray'] }] })
    await bench.write([person(1, { tags: 'crm_vip' }), person(2, { tags: 'vip' })])
    const summary = await bench.run()
    expect(summary).toMatchObject({ rows: { created: 1, updated: 1 }, warnings: 1 })
    expect([tagsOf(1), tagsOf(2)]).toEqual([['crm_vip', 'theirs'], []])
    expect(await bench.records(summary.run_id, { warnings: true })).toMatchObject([
      { row: 2, field: 'tags', value: 'vip', code: 'invalid_value', reason: expect.stringContaining('`crm_`') },
    ])
    await expectSettled(bench, 2)
    await bench.write([person(1, { tags: 'crm_gold' }), person(2, { tags: 'crm_new' })])
    await bench.run()
    expect([tagsOf(1), tagsOf(2)]).toEqual([['crm_gold', 'theirs'], ['crm_new']])
    await bench.write([person(1, { tags: null }), person(2, { tags: 'crm_new' })])
    await bench.run()
    expect([tagsOf(1), tagsOf(2)]).toEqual([['theirs'], ['crm_new']])
    await expectSettled(bench, 2)
  })
})

describe('organizations', () => {
  const allOrganizations = async () =>
    (await bench.asAgent('GET', '/api/v2/organizations')).organizations as {
      id: number
      name: string
      external_id: string | null
    }[]
  const memberOf = (n: number) => [...((bench.user(`C-${n}`)?.organization_ids as number[]) ?? [])].sort()
  const seeded = [
    { id: 70001, name: 'Acme', external_id: 'acme-1' },
    { id: 70002, name: 'Theirs', external_id: 'theirs-1' },
  ]

  it.each([
    ['organization', ' acme ', 'Nowhere'],
    ['organization_id', '70001', '79999'],
    ['organization_external_id', 'ACME-1', 'nowhere-1'],
  ])('add by %s: beside other memberships (I10); an unknown one is a warning', async (column, value, unknown) => {
    await open({ organizations: 'add' })
    bench.emulator.seed({
      organizations: seeded,
      users: [{ name: 'Met Before', email: 'p1@example.com', organization_id: 70002 }],
    })
    await bench.write([
      person(1, { [column]: value }),
      person(2, { [column]: value }),
      person(3, { [column]: unknown }),
    ])
    const plan = await bench.plan()
    expect(plan.notes).toEqual([
      `The account has no such organisation: ${JSON.stringify(unknown)} (1 organisation); nobody joins it.`,
    ])
    const summary = await bench.run({ planId: plan.plan_id })
    expect(summary).toMatchObject({ status: 'completed', rows: { created: 2, updated: 1, failed: 0 }, warnings: 1 })
    expect([memberOf(1), memberOf(2), memberOf(3)]).toEqual([[70001, 70002], [70001], []])
    expect(await bench.records(summary.run_id, { warnings: true })).toMatchObject([
      { row: 3, field: column, value: unknown, code: 'unknown_organization' },
    ])
    expect(await allOrganizations()).toHaveLength(2)
    await expectSettled(bench, 3)
  })

  it('add: who is a member already is no failure, and a change of organisation adds', async () => {
    await open({ organizations: 'add' })
    bench.emulator.seed({
      organizations: seeded,
      users: [{ name: 'Met Before', email: 'p1@example.com', organization_id: 70001 }],
    })
    await bench.write([person(1, { organization: 'Acme' })])
    expect(await bench.run()).toMatchObject({ status: 'completed', rows: { updated: 1, failed: 0 } })
    expect(memberOf(1)).toEqual([70001])
    await expectSettled(bench, 1)
    await bench.write([person(1, { organization: 'Theirs' })])
    await bench.run()
    expect(memberOf(1)).toEqual([70001, 70002])
    await expectSettled(bench, 1)
  })

  it('create: makes an organisation once, for 150 people in two batches, when the answer to it is lost', async () => {
    // So slow that both batches look for the organisation before one of them has made it.
    await open({ organizations: 'create' }, { emulator: { requestLatencyMs: 100 } })
    await bench.write(people(150, () => ({ organization: 'New Ltd' })))
    expect((await bench.plan()).notes).toEqual(['1 organisation will be created: "New Ltd".'])
    bench.emulator.faults(
      { kind: 'reset_after_write', match: { method: 'POST', path: /\/organizations$/ } },
      { kind: 'reset_after_write', match: { method: 'POST', path: 'organization_memberships/create_many' } },
    )
    const { summary } = await hurriedRun(bench)
    expect(bench.emulator.faults().map(({ struck }) => struck)).toEqual([1, 1])
    expect(summary).toMatchObject({ status: 'completed', rows: { created: 150, failed: 0 } })
    // Zendesk may let two of one name through when both are made at once.
    const creations = bench.emulator.calls({ method: 'POST' }).filter((call) => call.path.endsWith('/organizations'))
    expect(creations).toHaveLength(1)
    const [made, ...more] = await allOrganizations()
    expect([made?.name, more]).toEqual(['New Ltd', []])
    expect(people(150).filter((_, index) => memberOf(index + 1).length !== 1)).toEqual([])
    await expectSettled(bench, 150)
  })
})

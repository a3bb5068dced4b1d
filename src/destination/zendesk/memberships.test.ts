import { describe, expect, it } from 'vitest'
import type { Fault } from '../../emulator/index.ts'
import type { Submission, Write } from '../destination.ts'
import { change, connect, deliver, emulate, jumpingClock, submit } from './test-account.ts'

async function open(setting: 'add' | 'create' = 'add') {
  const emulator = await emulate()
  emulator.seed({
    organizations: [
      { id: 51, name: 'Theirs' },
      { id: 52, name: 'Sock & Shoe, Inc.', external_id: 'S,1' },
      { id: 53, name: 'Boots', external_id: 'B2' },
    ],
    users: [
      { id: 7, name: 'Ann', organization_id: 51 },
      { id: 8, name: 'Ben', organization_id: 53 },
      { id: 9, name: 'Cy' },
    ],
  })
  const connection = connect(emulator, { clock: jumpingClock(), settings: { organizations: setting } })
  const member = (id: number) =>
    emulator
      .person(id)!
      .organizations.map(({ name }) => name)
      .toSorted()
  /** Names of all organisations, asked from the account itself. */
  const organizations = async () => {
    const authorization = `Basic ${Buffer.from(`${emulator.email}/token:${emulator.apiToken}`).toString('base64')}`
    const answer = await fetch(`${emulator.url}/api/v2/organizations.json`, { headers: { authorization } })
    const { organizations: all } = (await answer.json()) as { organizations: { name: string; external_id: string }[] }
    return all.map(({ name }) => name).toSorted()
  }
  return { emulator, connection, member, organizations }
}

const join = (id: number, organization: string): Write => change('membership', id, { values: { organization } })
const joinBy = (id: number, attribute: string, value: string): Write =>
  change('membership', id, { values: { [attribute]: value } })
const ok = (...ids: number[]) => ids.map((id) => ({ status: 'updated', zendeskId: String(id) }))
const before = ['Boots', 'Sock & Shoe, Inc.', 'Theirs']

describe('memberships (I10)', () => {
  it.each([
    ['organization', 'sock & shoe, INC.'],
    ['organization_id', '52'],
    ['organization_external_id', 's,1'],
  ])('by %s are added, and others stay', async (attribute, value) => {
    const { emulator, connection, member } = await open()
    expect(await deliver(connection, [joinBy(7, attribute, value), joinBy(9, attribute, value)])).toEqual(ok(7, 9))
    expect([member(7), member(9)]).toEqual([['Sock & Shoe, Inc.', 'Theirs'], ['Sock & Shoe, Inc.']])
    // The one that was the default before still is.
    expect(emulator.person(7)!.organizations.find(({ is_default }) => is_default)?.name).toBe('Theirs')
  })

  it('that are there already count as done', async () => {
    const { connection, member } = await open()
    expect(await deliver(connection, [join(8, 'boots'), join(7, 'Boots')])).toEqual(ok(8, 7))
    expect([member(7), member(8)]).toEqual([['Boots', 'Theirs'], ['Boots']])
  })

  it('look each organization up once', async () => {
    const { emulator, connection } = await open()
    await deliver(connection, [join(7, 'Boots'), join(9, 'BOOTS ')])
    await deliver(connection, [joinBy(8, 'organization_external_id', 'b2'), joinBy(9, 'organization_id', '53')])
    expect(emulator.calls({ path: '/organizations/' })).toHaveLength(1)
  })

  it('of a missing organization fail, and the others are sent without them', async () => {
    const { connection, member, organizations } = await open()
    const writes = [join(7, 'Nobody'), join(9, 'Boots')]
    const sent = await submit(connection, writes)
    expect(sent).toMatchObject({
      end: 'settled',
      results: [
        {
          status: 'failed',
          code: 'unknown_organization',
          reason: 'The account has no organization with the name `Nobody`.',
        },
        { status: 'unknown' },
      ],
    })
    expect(await deliver(connection, [writes[1]!])).toEqual(ok(9))
    expect([member(7), member(9)]).toEqual([['Theirs'], ['Boots']])
    expect(await organizations()).toEqual(before)
  })

  it('of people who are gone fail alone', async () => {
    const { connection, member } = await open()
    expect(await deliver(connection, [join(999, 'Boots'), join(9, 'Boots')])).toMatchObject([
      { status: 'failed' },
      ok(9)[0],
    ])
    expect(member(9)).toEqual(['Boots'])
  })

  it('without results of their own say nothing', async () => {
    const { emulator, connection } = await open()
    emulator.faults({ kind: 'results_missing', match: { path: 'organization_memberships' } })
    expect(await deliver(connection, [join(7, 'Boots'), join(9, 'Boots')])).toEqual([
      { status: 'unknown' },
      { status: 'unknown' },
    ])
  })

  it('leave no key by which a lost job could be taken for another', async () => {
    const { connection } = await open()
    await submit(connection, [join(7, 'Boots')])
    const [job] = await connection.listJobs()
    expect(job!.echo).toEqual([{ externalId: null, email: null, zendeskId: null }])
  })

  it.each(['reset_before', 'reset_after_write', 'garbled'] as const)('after %s are made once', async (kind) => {
    const { emulator, connection, member } = await open()
    const writes = [join(7, 'Boots'), join(9, 'Boots')]
    emulator.faults({ kind, match: { path: 'create_many' } })
    expect(await submit(connection, writes)).toMatchObject({ end: 'ambiguous' })
    expect(await deliver(connection, writes)).toEqual(ok(7, 9))
    expect([member(7), member(9)]).toEqual([['Boots', 'Theirs'], ['Boots']])
  })

  it.each<[string, Fault, Partial<Submission>]>([
    [
      'a limit',
      { kind: 'status', status: 429, retryAfter: 2, match: { path: 'create_many' } },
      { end: 'refused', delayMs: 2_000 },
    ],
    ['a right that we lack', { kind: 'status', status: 403, match: { path: 'create_many' } }, { end: 'stopped' }],
    [
      'a look-up that fails',
      { kind: 'status', status: 500, times: 'always', match: { path: 'search' } },
      { end: 'refused' },
    ],
  ])('are not sent after %s', async (_, fault, end) => {
    const { emulator, connection, member } = await open()
    emulator.faults(fault)
    expect(await submit(connection, [join(7, 'Boots')])).toMatchObject(end)
    expect(member(7)).toEqual(['Theirs'])
  })
})

describe('organizations that are missing', () => {
  it.each([
    ['organization', 'New one', 'New one'],
    ['organization_external_id', 'N-1', 'N-1'],
  ])('by %s are made once for all', async (attribute, value, name) => {
    const { emulator, connection, member, organizations } = await open('create')
    const batches = [7, 8, 9].map((id) => deliver(connection, [joinBy(id, attribute, value)]))
    expect((await Promise.all(batches)).flat()).toEqual(ok(7, 8, 9))
    expect(emulator.calls({ method: 'POST', path: '/organizations' })).toHaveLength(1)
    expect(await organizations()).toEqual([...before, name].toSorted())
    expect(member(9)).toEqual([name])
  })

  it('are not made by id', async () => {
    const { connection, organizations } = await open('create')
    expect(await deliver(connection, [joinBy(7, 'organization_id', '999')])).toMatchObject([
      { code: 'unknown_organization' },
    ])
    expect(await organizations()).toEqual(before)
  })

  it('keep their names apart from external ids', async () => {
    const { connection, organizations } = await open('create')
    const results = await deliver(connection, [joinBy(7, 'organization_external_id', 'Boots')])
    expect(results).toMatchObject([{ status: 'failed', code: 'zendesk.duplicate_value' }])
    expect(await organizations()).toEqual(before)
  })

  it.each<[string, Fault, Submission['end']]>([
    ['reset_before', { kind: 'reset_before' }, 'refused'],
    ['reset_after_write', { kind: 'reset_after_write' }, 'job'],
    ['garbled', { kind: 'garbled' }, 'job'],
    ['status_after_write', { kind: 'status_after_write', status: 500 }, 'job'],
    ['a limit', { kind: 'status', status: 429, retryAfter: 1 }, 'refused'],
  ])('are made once after %s', async (_, fault, end) => {
    const { emulator, connection, member, organizations } = await open('create')
    emulator.faults({ ...fault, match: { method: 'POST', path: /\/organizations$/ } })
    const writes = [join(7, 'New one')]
    expect((await submit(connection, writes)).end).toBe(end)
    expect(await deliver(connection, writes)).toEqual(ok(7))
    expect(member(7)).toEqual(['New one', 'Theirs'])
    expect(await organizations()).toEqual([...before, 'New one'].toSorted())
  })

  it('that somebody else makes meanwhile are looked up again', async () => {
    const { emulator, connection, member } = await open('create')
    emulator.faults({ kind: 'status', status: 200, body: { organizations: [] }, match: { path: 'search' } })
    expect(await deliver(connection, [join(9, 'Boots')])).toEqual(ok(9))
    expect(member(9)).toEqual(['Boots'])
  })

  it('whose name is taken but not found are waited for, and not for ever', async () => {
    const { emulator, connection } = await open('create')
    const nothing = { organizations: [] }
    emulator.faults({ kind: 'status', status: 200, body: nothing, times: 'always', match: { path: 'search' } })
    const ends: unknown[] = []
    for (let turn = 0; turn < 5; turn++) ends.push((await submit(connection, [join(9, 'Boots')])).end)
    expect(ends).toEqual(['refused', 'refused', 'refused', 'refused', 'settled'])
  })

  it('stop when we may not make them', async () => {
    const { emulator, connection } = await open('create')
    emulator.faults({ kind: 'status', status: 403, match: { method: 'POST', path: /\/organizations$/ } })
    expect(await submit(connection, [join(9, 'New one')])).toMatchObject({
      end: 'stopped',
      problem: { code: 'zendesk.permission_denied' },
    })
  })

  it('are named by reads alone', async () => {
    const { emulator, connection } = await open('create')
    expect(await connection.missingOrganizations('organization', ['boots', 'Gone', 'THEIRS'])).toEqual(['Gone'])
    const ids = Array.from({ length: 150 }, (_, index) => String(index + 51))
    expect(await connection.missingOrganizations('organization_id', ids)).toEqual(ids.slice(3))
    expect(await connection.missingOrganizations('organization_external_id', ['b2', 'B 3', 'x,y', 's,1'])).toEqual([
      'B 3',
      'x,y',
    ])
    expect(emulator.calls().every(({ method }) => method === 'GET')).toBe(true)
    expect(emulator.calls({ path: 'show_many?ids' })).toHaveLength(2)
  })

  it('are listed, with fewer requests, when many names are asked for', async () => {
    const { emulator, connection } = await open('add')
    const names = ['boots', ...Array.from({ length: 40 }, (_, index) => `New ${index}`)]
    expect(await connection.missingOrganizations('organization', names)).toEqual(names.slice(1))
    expect(emulator.calls({ path: '/organizations' }).map(({ path }) => path.split('?')[0])).toEqual([
      '/api/v2/organizations/count',
      '/api/v2/organizations',
    ])
  })
})

import { describe, expect, it } from 'vitest'
import type { Fault } from '../../emulator/index.ts'
import type { PreparedWrite } from '../destination.ts'
import { attributes, change, connect, deliver, emulate, jumpingClock, oauth, person, submit } from './test-account.ts'

const bulk = { path: 'create_or_update_many' }
const fault = (status: number, more: Partial<Fault> = {}): Fault => ({ kind: 'status', status, match: bulk, ...more })

function raw(json: string): PreparedWrite {
  return { write: person('x'), json }
}

describe('a batch', () => {
  it.each<[string, Fault, object]>([
    ['429 as text', fault(429, { body: 'slow down', retryAfter: 27 }), { end: 'refused', delayMs: 27_000 }],
    ['503 with Retry-After', fault(503, { retryAfter: 4 }), { end: 'ambiguous', delayMs: 4_000 }],
    ['503 without', fault(503), { end: 'ambiguous', delayMs: 0 }],
    ['502 as HTML', fault(502, { body: '<html>' }), { end: 'ambiguous' }],
    ['408', fault(408), { end: 'ambiguous' }],
    ['409', fault(409, { body: { error: 'DatabaseConflict' } }), { end: 'refused' }],
    [
      'a redirect',
      fault(302, { headers: { location: 'http://127.0.0.1:1/' } }),
      { end: 'stopped', problem: { code: 'zendesk.redirected' } },
    ],
    [
      'a 404 of no API',
      fault(404, { body: '<html>' }),
      { end: 'stopped', problem: { code: 'zendesk.unknown_subdomain' } },
    ],
    ['a job without an id', fault(200, { body: { job_status: { id: null } } }), { end: 'ambiguous' }],
    ['a job id that is a path', fault(200, { body: { job_status: { id: '../users' } } }), { end: 'ambiguous' }],
    ['reset_before', { kind: 'reset_before', match: bulk }, { end: 'ambiguous' }],
    ['hang', { kind: 'hang', match: bulk }, { end: 'ambiguous' }],
  ])('%s', async (_, given, expected) => {
    const emulator = await emulate()
    emulator.faults(given)
    const connection = connect(emulator)
    expect(await submit(connection, [person('a')])).toMatchObject(expected)
    expect(emulator.calls({ path: 'create_or_update_many' })).toHaveLength(1)
  })

  it('learns of a mistyped cell which row it was', async () => {
    const emulator = await emulate()
    const prepared = [raw('{"external_id":"a","name":"A"}'), raw('{"external_id":"b","name":"B","phone":5}')]
    expect(await connect(emulator).submit('upsert', prepared)).toMatchObject({
      end: 'rejected_rows',
      rows: [{ index: 1 }],
    })
  })

  it('of more than Zendesk takes stops, because it would never be taken', async () => {
    const emulator = await emulate()
    const writes = Array.from({ length: 101 }, (_, index) => person(`p${index}`))
    expect(await submit(connect(emulator), writes)).toMatchObject({
      end: 'stopped',
      problem: { code: 'zendesk.unexpected_answer' },
    })
  })

  it('is refused for now when all job slots are taken, whatever the status', async () => {
    for (const tooManyJobsStatus of [429, 422, 503]) {
      const emulator = await emulate({ jobLimit: 1, jobLatencyMs: [60_000, 60_000], tooManyJobsStatus })
      const clock = jumpingClock()
      const connection = connect(emulator, { clock })
      expect(await submit(connection, [person('a')])).toMatchObject({ end: 'job' })
      expect(await submit(connection, [person('b')])).toMatchObject({
        end: 'refused',
        why: expect.stringContaining('jobs'),
      })
      // Waiting for a slot is no reason to stop polling.
      expect(await connection.listJobs()).toHaveLength(1)
      expect(clock.nowMs).toBe(0)
    }
  })

  it('moves a person by Zendesk id', async () => {
    const emulator = await emulate()
    emulator.seed({ users: [{ name: 'Ann', email: 'ann@example.com', external_id: 'old' }] })
    const [ann] = emulator.state({ external_id: 'old' }).users
    const connection = connect(emulator)
    const write = person('new', { kind: 'rekey', zendeskId: String(ann!.id), email: 'ann@example.com' })
    const sent = await submit(connection, [write])
    const jobId = sent.end === 'job' ? sent.jobId : ''
    const state = await connection.pollJobs([{ jobId, writes: [write] }])
    expect(state).toEqual([{ state: 'completed', results: [{ status: 'updated', zendeskId: String(ann!.id) }] }])
    expect(emulator.state({ id: ann!.id }).users[0]).toMatchObject({ external_id: 'new', emails: ['ann@example.com'] })
  })
})

describe('people whom we know', () => {
  const seed = async (more: Record<string, unknown> = {}) => {
    const emulator = await emulate()
    emulator.seed({
      users: [7, 8].map((id) => ({ id, name: `N${id}`, email: `${id}@example.com`, external_id: `e${id}`, ...more })),
    })
    return { emulator, connection: connect(emulator) }
  }
  const ok = (...ids: number[]) => ids.map((id) => ({ status: 'updated', zendeskId: String(id) }))

  it('get values by id, and nothing else changes (I10)', async () => {
    const { emulator, connection } = await seed({ notes: 'theirs', tags: ['theirs'] })
    const writes = [
      change('by_id', 7, { externalId: 'not sent', email: 'not@example.com', values: { alias: 'A' } }),
      change('by_id', 8, { values: { suspended: 'true', details: null } }),
    ]
    expect(await deliver(connection, writes)).toEqual(ok(7, 8))
    expect(emulator.state().users.filter(({ role }) => role === 'end-user')).toMatchObject([
      { alias: 'A', notes: 'theirs', tags: ['theirs'], external_id: 'e7', emails: ['7@example.com'] },
      { suspended: true, notes: 'theirs', tags: ['theirs'], external_id: 'e8', emails: ['8@example.com'] },
    ])
    expect(emulator.mail()).toEqual([])
  })

  it('who are gone fail by id', async () => {
    const { connection } = await seed()
    const writes = [change('by_id', 999, { values: { alias: 'A' } }), change('by_id', 7, { values: { alias: 'A' } })]
    expect(await deliver(connection, writes)).toMatchObject([{ status: 'failed' }, { status: 'updated' }])
  })

  it('are deleted, and who is gone already counts as deleted', async () => {
    const { emulator, connection } = await seed()
    expect(await deliver(connection, [change('delete', 7), change('delete', 999)])).toEqual(ok(7, 999))
    expect(emulator.state({ id: 7 }).users).toEqual([])
    expect(emulator.state({ id: 7, include_deleted: true }).users).toMatchObject([{ active: false }])
    expect(await deliver(connection, [change('delete', 7)])).toEqual(ok(7))
  })

  it('of whom Zendesk keeps one fail alone', async () => {
    const { emulator, connection } = await seed()
    const owner = emulator.state({ role: 'admin' }).users[0]!.id
    expect(await deliver(connection, [change('delete', owner), change('delete', 7)])).toMatchObject([
      { status: 'failed', code: 'zendesk.refused' },
      ...ok(7),
    ])
  })

  it.each(['reset_before', 'reset_after_write', 'garbled'] as const)('are deleted once after %s', async (kind) => {
    const { emulator, connection } = await seed()
    const writes = [change('delete', 7), change('delete', 8)]
    emulator.faults({ kind, match: { method: 'DELETE' } })
    expect(await submit(connection, writes)).toMatchObject({ end: 'ambiguous' })
    expect(await deliver(connection, writes)).toEqual(ok(7, 8))
    expect(emulator.state().users.filter(({ role }) => role === 'end-user')).toEqual([])
  })

  it('whose deletion was lost are found in the list of jobs', async () => {
    const { emulator, connection } = await seed()
    emulator.faults({ kind: 'reset_after_write', match: { method: 'DELETE' } })
    await submit(connection, [change('delete', 7)])
    expect((await connection.listJobs())[0]!.echo).toEqual([{ externalId: null, email: null, zendeskId: '7' }])
  })

  it('may be deleted by admins only', async () => {
    const emulator = await emulate({ apiUserRole: 'agent' })
    expect(await submit(connect(emulator), [change('delete', 7)])).toMatchObject({
      end: 'stopped',
      problem: { code: 'zendesk.permission_denied' },
    })
  })
})

describe('a token that ends in the middle', () => {
  it('is renewed, and the batch is free to be sent again', async () => {
    const emulator = await emulate()
    const connection = connect(emulator, { credential: oauth(emulator) })
    expect(await submit(connection, [person('a')])).toMatchObject({ end: 'job' })
    emulator.revokeTokens()
    expect(await submit(connection, [person('a')])).toMatchObject({ end: 'refused', delayMs: 0 })
    expect(await submit(connection, [person('a')])).toMatchObject({ end: 'job' })
    emulator.revokeTokens()
    expect(await connection.listJobs()).toHaveLength(2)
  })

  it('stops when the new one is refused as well', async () => {
    const emulator = await emulate()
    const connection = connect(emulator, { credential: oauth(emulator) })
    emulator.faults({
      kind: 'status',
      status: 401,
      body: { error: 'invalid_token' },
      times: 'always',
      match: { path: '/api/' },
    })
    expect(await submit(connection, [person('a')])).toMatchObject({ end: 'refused' })
    expect(await submit(connection, [person('a')])).toMatchObject({
      end: 'stopped',
      problem: { code: 'zendesk.token_expired' },
    })
  })
})

describe('a 403', () => {
  it.each([
    ['admin', 'zendesk.bulk_import_disabled'],
    ['agent', 'zendesk.bulk_import_disabled'],
  ] as const)('to the bulk upsert of an %s is %s', async (apiUserRole, code) => {
    const emulator = await emulate({ bulkImport: false, apiUserRole })
    expect(await submit(connect(emulator), [person('a')])).toMatchObject({ end: 'stopped', problem: { code } })
  })

  it('to an end user is about the role', async () => {
    const emulator = await emulate({ apiUserRole: 'end-user' })
    expect(await submit(connect(emulator), [person('a')])).toMatchObject({
      end: 'stopped',
      problem: { code: 'zendesk.not_an_agent' },
    })
  })

  it('to everything is about rights', async () => {
    const emulator = await emulate()
    emulator.faults({ kind: 'status', status: 403, body: { error: 'Forbidden' }, times: 'always' })
    expect(await submit(connect(emulator), [person('a')])).toMatchObject({
      end: 'stopped',
      problem: { code: 'zendesk.permission_denied' },
    })
  })

  it('to an update by id is about rights', async () => {
    const emulator = await emulate()
    emulator.faults({ kind: 'status', status: 403, match: { path: 'update_many', method: 'PUT' } })
    const write = person('new', { kind: 'rekey', zendeskId: '5' })
    expect(await submit(connect(emulator), [write])).toMatchObject({
      end: 'stopped',
      problem: { code: 'zendesk.permission_denied' },
    })
  })
})

describe('without bulk import, one by one', () => {
  async function start() {
    let nowMs = Date.parse('2026-11-21T12:00:00Z')
    const clock = jumpingClock()
    const startedAt = nowMs
    const emulator = await emulate({ bulkImport: false, now: () => (nowMs = startedAt + clock.nowMs) })
    const connection = connect(emulator, { clock, settings: { without_bulk_import: 'one_by_one' } })
    return { emulator, connection }
  }

  it('goes over to the singular upsert once Zendesk has refused, at one a second', async () => {
    const { emulator, connection } = await start()
    const writes = [person('a'), person('b'), person('c', { email: 'nope' })]
    expect(connection.batchKind(writes[0]!)).toBe('upsert')
    expect(await submit(connection, writes)).toMatchObject({ end: 'refused', delayMs: 0 })
    expect(connection.batchKind(writes[0]!)).toBe('one_by_one')
    const ends = await Promise.all(writes.map((write) => submit(connection, [write])))
    expect(ends).toMatchObject([
      { end: 'settled', results: [{ status: 'created' }] },
      { end: 'settled', results: [{ status: 'created' }] },
      { end: 'settled', results: [{ status: 'failed', code: 'zendesk.refused' }] },
    ])
    expect(await submit(connection, [person('a')])).toMatchObject({ results: [{ status: 'updated' }] })
    expect(emulator.stats().by_status['429']).toBeUndefined()
  })

  it('still takes a batch that was made before', async () => {
    const { connection } = await start()
    const prepared = ['a', 'b'].map((key) => connection.prepare(person(key), attributes))
    await connection.submit('upsert', prepared)
    expect(await connection.submit('upsert', prepared)).toMatchObject({
      end: 'settled',
      results: [{ status: 'created' }, { status: 'created' }],
    })
  })

  it('names a value that somebody else has', async () => {
    const { emulator, connection } = await start()
    emulator.seed({
      users: [
        { name: 'B', email: 'taken@example.com', external_id: 'b' },
        { name: 'A', external_id: 'a' },
      ],
    })
    await submit(connection, [person('x')])
    const end = await submit(connection, [person('a', { email: 'taken@example.com' })])
    expect(end).toMatchObject({ end: 'settled', results: [{ status: 'failed', code: 'zendesk.duplicate_value' }] })
  })

  it('goes on after the limit of one user', async () => {
    const { emulator, connection } = await start()
    await submit(connection, [person('x')])
    const ends: string[] = []
    for (let turn = 0; turn < 6; turn++) ends.push((await submit(connection, [person('a')])).end)
    expect(ends).toEqual([...Array(5).fill('settled'), 'refused'])
    expect(await submit(connection, [person('a')])).toMatchObject({ end: 'settled' })
    expect(emulator.stats().users).toBe(3)
  })

  it('is ambiguous when the answer is lost', async () => {
    const { emulator, connection } = await start()
    await submit(connection, [person('x')])
    emulator.faults({ kind: 'reset_after_write', match: { path: /create_or_update$/ } })
    expect(await submit(connection, [person('a')])).toMatchObject({ end: 'ambiguous' })
  })
})

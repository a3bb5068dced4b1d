import { describe, expect, it } from 'vitest'
import type { Emulator, Fault } from '../../emulator/index.ts'
import type { Connection, Write } from '../destination.ts'
import { change, connect, deliver, emulate, jumpingClock, submit } from './test-account.ts'

const ann = {
  id: 7,
  name: 'Ann',
  external_id: 'ann',
  email: 'old@example.com',
  emails: ['second@example.com'],
  phone: '+15550001',
  tags: ['theirs'],
}
const ben = { id: 8, name: 'Ben', email: 'taken@example.com', phone: '+15550002', verified: false }

async function open(settings: Record<string, unknown> = {}): Promise<{ emulator: Emulator; connection: Connection }> {
  const clock = jumpingClock()
  const startedAt = Date.parse('2026-11-21T12:00:00Z')
  const emulator = await emulate({ now: () => startedAt + clock.nowMs })
  emulator.seed({ users: [ann, ben] })
  return { emulator, connection: connect(emulator, { clock, settings }) }
}

/** Addresses and numbers, the primary one first, `?` behind unverified ones. */
function shown(emulator: Emulator, id = 7) {
  const { identities, phone } = emulator.state({ id }).users[0]!
  const sorted = identities.toSorted((a, b) => Number(b.primary) - Number(a.primary))
  return {
    emails: sorted
      .filter(({ type }) => type === 'email')
      .map(({ value, verified }) => `${value}${verified ? '' : '?'}`),
    phones: sorted.filter(({ type }) => type === 'phone_number').map(({ value }) => value),
    phone,
  }
}

const primary = (email: string, more: Partial<Write> = {}) => change('primary_email', 7, { email, ...more })
const removal = (email: string) => change('remove_email', 7, { email })
const number = (phone: string | null, id = 7) => change('primary_phone', id, { values: { phone } })
const updated = [{ status: 'updated', zendeskId: '7' }]

describe('addresses and numbers of a person (I10)', () => {
  it.each<[string, Write, Record<string, unknown>, object]>([
    ['a new primary address', primary('new@example.com'), {}, { emails: ['new@example.com?', 'second@example.com'] }],
    [
      'a new primary address that is verified',
      primary('new@example.com'),
      { mark_verified: true },
      { emails: ['new@example.com', 'second@example.com'] },
    ],
    [
      'a word of the query on it',
      primary('new@example.com', { values: { verified: 'false' } }),
      { mark_verified: true },
      { emails: ['new@example.com?', 'second@example.com'] },
    ],
    [
      'the primary address again',
      primary('OLD@example.com'),
      {},
      { emails: ['old@example.com', 'second@example.com'] },
    ],
    ['a further address', primary('second@example.com'), {}, { emails: ['second@example.com', 'old@example.com'] }],
    ['an address to remove', removal('second@example.com'), {}, { emails: ['old@example.com'] }],
    [
      'an address that is gone',
      removal('nobody@example.com'),
      {},
      { emails: ['old@example.com', 'second@example.com'] },
    ],
    ['a new number', number('+15550009'), {}, { phones: ['+15550009'], phone: '+15550009' }],
    ['the number again', number('+15550001'), {}, { phones: ['+15550001'], phone: '+15550001' }],
    ['no number', number(null), {}, { phones: [], phone: null }],
  ])('%s, and once more', async (_, write, settings, expected) => {
    const { emulator, connection } = await open(settings)
    expect(await deliver(connection, [write])).toEqual(updated)
    expect(shown(emulator)).toMatchObject(expected)
    const before = emulator.calls().filter(({ method }) => method !== 'GET').length
    expect(await deliver(connection, [write])).toEqual(updated)
    expect(shown(emulator)).toMatchObject(expected)
    expect(emulator.calls().filter(({ method }) => method !== 'GET')).toHaveLength(before)
    expect(emulator.mail()).toEqual([])
    expect(emulator.state({ id: 7 }).users[0]).toMatchObject({ name: 'Ann', tags: ['theirs'], external_id: 'ann' })
  })

  it('a number that the person has already as a further one', async () => {
    const { emulator, connection } = await open()
    await deliver(connection, [change('by_id', 7, { values: { phone: '+15550009' } })])
    expect(shown(emulator)).toMatchObject({ phones: ['+15550001', '+15550009'], phone: '+15550001' })
    expect(await deliver(connection, [number('+15550009')])).toEqual(updated)
    expect(shown(emulator)).toMatchObject({ phones: ['+15550009'], phone: '+15550009' })
  })

  it('a number in the place of a shared one, at one request a second', async () => {
    const { emulator, connection } = await open()
    const shares = [11, 12, 13].map((id) => ({ id, name: 'S', email: `s${id}@example.com`, phone: '+15550001' }))
    emulator.seed({ users: shares })
    const ends = await Promise.all(shares.map(({ id }) => deliver(connection, [number(`+155500${id}`, id)])))
    expect(ends.map(([result]) => result!.status)).toEqual(['updated', 'updated', 'updated'])
    expect(shown(emulator, 11)).toMatchObject({ phone: '+15550011' })
    expect(emulator.stats().by_status['429']).toBeUndefined()
  })

  it.each<[string, Write, string]>([
    ['an address of somebody else', primary('taken@example.com'), 'zendesk.duplicate_value'],
    ['a number of somebody else', number('+15550002'), 'zendesk.duplicate_value'],
    ['no address', primary('nonsense'), 'zendesk.refused'],
    ['the primary address is not removed', removal('old@example.com'), 'zendesk.refused'],
    ['somebody who is gone', change('primary_email', 999, { email: 'new@example.com' }), 'zendesk.refused'],
    ['a number of somebody who is gone', number('+15550009', 999), 'zendesk.refused'],
  ])('%s fails and changes nothing', async (_, write, code) => {
    const { emulator, connection } = await open()
    const before = [shown(emulator), shown(emulator, 8)]
    expect(await deliver(connection, [write])).toMatchObject([{ status: 'failed', code }])
    expect([shown(emulator), shown(emulator, 8)]).toEqual(before)
  })

  it('of the account owner, which Zendesk does not verify, fails alone', async () => {
    const { emulator, connection } = await open({ mark_verified: true })
    const owner = emulator.state({ role: 'admin' }).users[0]!
    const write = change('primary_email', owner.id, { email: 'boss@example.com' })
    expect(await deliver(connection, [write])).toMatchObject([{ status: 'failed', code: 'zendesk.refused' }])
  })
})

describe('what goes wrong on the way', () => {
  const faulty: [string, Fault, string][] = [
    ['lost before', { kind: 'reset_before' }, 'ambiguous'],
    ['lost after', { kind: 'reset_after_write' }, 'ambiguous'],
    ['garbled', { kind: 'garbled' }, 'ambiguous'],
    ['503', { kind: 'status', status: 503 }, 'ambiguous'],
    ['500', { kind: 'status', status: 500 }, 'ambiguous'],
    ['429', { kind: 'status', status: 429, body: 'slow down', retryAfter: 3 }, 'refused'],
    ['409', { kind: 'status', status: 409 }, 'refused'],
  ]
  const writes: [Write, string, object][] = [
    [primary('new@example.com'), 'PUT', { emails: ['new@example.com?', 'second@example.com'] }],
    [primary('second@example.com'), 'PUT', { emails: ['second@example.com', 'old@example.com'] }],
    [removal('second@example.com'), 'DELETE', { emails: ['old@example.com'] }],
    [number('+15550009'), 'PUT', { phones: ['+15550009'], phone: '+15550009' }],
  ]
  it.each(
    faulty.flatMap(([name, fault, end]) => writes.map((write) => [name, write[0].kind, fault, end, write] as const)),
  )(
    '%s: %s is said to be unsure, and is right when it is sent again',
    async (_name, _kind, fault, end, [write, method, expected]) => {
      const { emulator, connection } = await open()
      emulator.faults({ ...fault, match: { method } })
      expect(await submit(connection, [write])).toMatchObject({ end, ...(fault.retryAfter ? { delayMs: 3_000 } : {}) })
      expect(await deliver(connection, [write])).toEqual(updated)
      expect(shown(emulator)).toMatchObject(expected)
      expect(emulator.mail()).toEqual([])
    },
  )

  it('a first address is not doubled', async () => {
    const { emulator, connection } = await open()
    emulator.seed({ users: [{ id: 9, name: 'No address', external_id: 'x' }] })
    emulator.faults({ kind: 'reset_after_write', match: { method: 'POST' } })
    const write = change('primary_email', 9, { email: 'first@example.com' })
    expect(await submit(connection, [write])).toMatchObject({ end: 'ambiguous' })
    expect(await deliver(connection, [write])).toEqual([{ status: 'updated', zendeskId: '9' }])
    expect(shown(emulator, 9).emails).toEqual(['first@example.com?'])
    expect(emulator.mail()).toEqual([])
  })

  it('stops when we may not', async () => {
    const { emulator, connection } = await open()
    emulator.faults({ kind: 'status', status: 403, times: 'always' })
    expect(await submit(connection, [primary('new@example.com')])).toMatchObject({
      end: 'stopped',
      problem: { code: 'zendesk.permission_denied' },
    })
  })

  it('stops when an agent may not, and fails alone for an admin', async () => {
    for (const [apiUserRole, end] of [
      ['agent', { end: 'stopped', problem: { code: 'zendesk.permission_denied' } }],
      ['admin', { end: 'settled', results: [{ status: 'failed', code: 'zendesk.refused' }] }],
    ] as const) {
      const emulator = await emulate({ apiUserRole })
      emulator.seed({ users: [ann] })
      emulator.faults({ kind: 'status', status: 403, match: { method: 'PUT' } })
      expect(await submit(connect(emulator), [primary('new@example.com')])).toMatchObject(end)
    }
  })

  it.each<[string, Write, string, string]>([
    ['an address to remove is done', removal('second@example.com'), 'DELETE', 'updated'],
    ['an address to change fails', primary('new@example.com'), 'PUT', 'failed'],
  ])('%s when it is gone in the meantime', async (_, write, method, status) => {
    const { emulator, connection } = await open()
    const body = { error: 'RecordNotFound', description: 'Not found' }
    emulator.faults({ kind: 'status', status: 404, body, match: { method } })
    expect(await deliver(connection, [write])).toMatchObject([{ status }])
  })

  it('is no success when the profile still shows another number', async () => {
    const { emulator, connection } = await open()
    emulator.seed({ users: [{ id: 9, name: 'No number', email: 'x@example.com' }] })
    const body = { user: { id: 9, phone: '+15557777' } }
    emulator.faults({ kind: 'status', status: 200, body, match: { method: 'PUT' } })
    expect(await deliver(connection, [number('+15550009', 9)])).toMatchObject([{ status: 'failed' }])
  })

  it('waits while nothing can be read', async () => {
    const { emulator, connection } = await open()
    emulator.faults({ kind: 'status', status: 500, times: 'always', match: { method: 'GET' } })
    expect(await submit(connection, [primary('new@example.com')])).toMatchObject({ end: 'refused' })
    expect(emulator.calls().every(({ method }) => method === 'GET')).toBe(true)
  })
})

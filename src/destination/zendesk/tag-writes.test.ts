import { describe, expect, it } from 'vitest'
import type { Fault } from '../../emulator/index.ts'
import type { Write } from '../destination.ts'
import { change, connect, deliver, emulate, submit } from './test-account.ts'

const tags = (id: number, now: string | null, before: string | null = null): Write =>
  change('tags', id, { values: { tags: now }, before: { tags: before } })

async function open(setting: unknown = 'add') {
  const emulator = await emulate()
  emulator.seed({
    user_fields: [{ key: 'vip', type: 'checkbox', tag: 'ticked' }],
    users: [
      { id: 7, name: 'Ann', tags: ['theirs', 'crm_old'], user_fields: { vip: true } },
      { id: 8, name: 'Ben', tags: ['crm_new'] },
    ],
  })
  const connection = connect(emulator, { settings: { tags: setting } })
  const held = (id: number) => emulator.state({ id }).users[0]!.tags.toSorted()
  return { emulator, connection, held }
}

const ok = (...ids: number[]) => ids.map((id) => ({ status: 'updated', zendeskId: String(id) }))

describe('tags of people (I10)', () => {
  it('are added, and those that only we gave are taken away', async () => {
    const { emulator, connection, held } = await open()
    expect(await deliver(connection, [tags(7, 'crm_new', 'crm_old'), tags(8, 'crm_more')])).toEqual(ok(7, 8))
    expect(held(7)).toEqual(['crm_new', 'theirs', 'ticked'])
    expect(held(8)).toEqual(['crm_more', 'crm_new'])
    expect(emulator.state({ id: 7 }).users[0]!.user_fields).toEqual({ vip: true })
  })

  it('with a prefix of our own lose all others that begin with it', async () => {
    const { connection, held } = await open({ own: 'crm_' })
    expect(await deliver(connection, [tags(7, 'crm_new'), tags(8, null, 'crm_new')])).toEqual(ok(7, 8))
    expect(held(7)).toEqual(['crm_new', 'theirs', 'ticked'])
    expect(held(8)).toEqual([])
  })

  it('cost one read when nobody has to change', async () => {
    const { emulator, connection } = await open()
    expect(await deliver(connection, [tags(7, 'Theirs'.toLowerCase()), tags(8, 'crm_new')])).toEqual(ok(7, 8))
    expect(emulator.calls().map(({ method }) => method)).toEqual(['GET'])
  })

  it('who needs no change is sent none, and keeps what an agent adds meanwhile', async () => {
    const { emulator, connection } = await open()
    expect(await deliver(connection, [tags(7, 'theirs'), tags(8, 'more')])).toEqual(ok(7, 8))
    const [call] = emulator.calls({ path: 'update_many' })
    expect(call!.body).toEqual({ users: [{ id: 7 }, { id: 8, tags: ['crm_new', 'more'] }] })
  })

  it.each([
    ['alone', [], []],
    ['beside others', [tags(8, 'more')], ok(8)],
  ])('who is gone fails %s', async (_, others, results) => {
    const { connection } = await open()
    expect(await deliver(connection, [tags(999, 'x'), ...others])).toMatchObject([{ status: 'failed' }, ...results])
  })

  it('are not touched when the account has switched them off', async () => {
    const { emulator, connection } = await open()
    emulator.seed({ settings: { tagging: false } })
    expect(await deliver(connection, [tags(7, 'x')])).toMatchObject([{ status: 'failed', code: 'zendesk.refused' }])
    expect(emulator.calls({ path: 'update_many' })).toEqual([])
  })

  it('go on from what is there when a job is not known to have been taken', async () => {
    for (const kind of ['reset_before', 'reset_after_write'] as const) {
      const { emulator, connection, held } = await open()
      emulator.faults({ kind, match: { method: 'PUT' } })
      const writes = [tags(7, 'crm_new', 'crm_old')]
      expect(await submit(connection, writes)).toMatchObject({ end: 'ambiguous' })
      expect(await deliver(connection, writes)).toEqual(ok(7))
      expect(held(7)).toEqual(['crm_new', 'theirs', 'ticked'])
    }
  })

  it.each<[string, Fault, object]>([
    [
      'a read that fails',
      { kind: 'status', status: 500, times: 'always', match: { path: 'show_many' } },
      { end: 'refused' },
    ],
    [
      'a limit',
      { kind: 'status', status: 429, retryAfter: 2, match: { method: 'PUT' } },
      { end: 'refused', delayMs: 2_000 },
    ],
    ['a right that we lack', { kind: 'status', status: 403, match: { method: 'PUT' } }, { end: 'stopped' }],
    ['a collision', { kind: 'status', status: 409, match: { method: 'PUT' } }, { end: 'refused' }],
  ])('are not sent after %s', async (_, fault, end) => {
    const { emulator, connection, held } = await open()
    emulator.faults(fault)
    expect(await submit(connection, [tags(7, 'new')])).toMatchObject(end)
    expect(held(7)).toEqual(['crm_old', 'theirs', 'ticked'])
  })
})

it('replaced with the user, tags are exactly what was given', async () => {
  const { connection, held } = await open('replace')
  const { columns } = (await connection.readAccount()).mapColumns(['external_id', 'name', 'tags'])
  const attributes = new Map(
    columns.flatMap((use) => (use.use === 'attribute' ? [[use.attribute.name, use.attribute]] : [])),
  )
  const prepared = [
    connection.prepare(change('by_id', 7, { values: { tags: 'a b' } }), attributes),
    connection.prepare(change('by_id', 8, { values: { tags: null } }), attributes),
  ]
  expect(prepared.map(({ json }) => JSON.parse(json).tags)).toEqual([['a', 'b'], []])
  expect(await connection.submit('by_id', prepared)).toMatchObject({ end: 'job' })
  expect([held(7), held(8)]).toEqual([['a', 'b'], []])
})

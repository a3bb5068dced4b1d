import { describe, expect, test } from 'vitest'
import type { Emulator, EmulatorOptions, Fault } from '../../emulator/index.ts'
import type { Problem } from '../../problem.ts'
import { type FieldChange, removeNothing } from '../user-fields.ts'
import { connect, emulate, jumpingClock } from './test-account.ts'

const path = '/api/v2/user_fields'
const tier = {
  key: 'tier',
  type: 'dropdown' as const,
  title: 'Tier',
  custom_field_options: [
    { name: 'Gold', value: 'gold' },
    { name: 'Silver', value: 'silver' },
  ],
}
/** Retitles `tier`, adds one option, renames one, leaves one out, and has a new field. */
const declared = {
  tier: { type: 'dropdown', title: 'Loyalty tier', options: { gold: 'GOLD', iron: 'Iron' } },
  zip: { type: 'regexp', title: 'Postcode', pattern: '\\A\\d{5}\\z', description: 'Five digits' },
}

interface Field {
  id: number
  key: string
  title: string
  active: boolean
  custom_field_options?: { id: number; name: string; value: string }[]
}

/** A request of somebody else. */
async function call(emulator: Emulator, method: string, target: string, body?: object): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`${emulator.email}/token:${emulator.apiToken}`).toString('base64')}`
  return await fetch(`${emulator.url}${target}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  })
}

async function fieldsOf(emulator: Emulator): Promise<Field[]> {
  const answer = await call(emulator, 'GET', path)
  return ((await answer.json()) as { user_fields: Field[] }).user_fields
}

const shape = (fields: readonly Field[]) =>
  fields.map(({ key, title, custom_field_options: options }) => [
    key,
    title,
    ...(options ?? []).map(({ value, name }) => `${value}: ${name}`),
  ])

async function account(options: EmulatorOptions = {}) {
  const jumping = jumpingClock()
  let once: (() => Promise<unknown>) | null = null
  const clock = {
    now: () => jumping.now(),
    async sleep(delayMs: number, signal?: AbortSignal) {
      const work = once
      once = null
      await work?.()
      await jumping.sleep(delayMs, signal)
    },
  }
  const emulator = await emulate({ ...options, now: () => 1_800_000_000_000 + jumping.nowMs })
  emulator.seed({
    user_fields: [tier, { key: 'other', title: 'Other' }],
    users: [{ name: 'N', external_id: 'n', user_fields: { tier: 'silver', other: 'kept' } }],
  })
  const before = await fieldsOf(emulator)
  const connection = connect(emulator, { clock, settings: { user_fields: declared } })
  const changes: FieldChange[] = []
  return {
    emulator,
    connection,
    before,
    changes,
    /** Somebody else does this while Deskside waits for the first time. */
    meanwhile(method: string, target: string, body?: object) {
      once = () => call(emulator, method, target, body)
    },
    person: () => emulator.state({ external_id: 'n' }).users[0]!,
    writes: () => emulator.calls({}).filter((call) => call.method !== 'GET'),
    async apply(removal = removeNothing) {
      const plan = await connection.planFields(removal)
      emulator.clearCalls()
      await connection.applyFields(plan, (change) => changes.push(change))
    },
    refusal: async (work: Promise<unknown>): Promise<Problem> =>
      await work.then(
        () => expect.unreachable('it should have been refused'),
        (problem: Problem) => problem,
      ),
  }
}

const changed = [
  ['tier', 'Loyalty tier', 'gold: GOLD', 'silver: Silver', 'iron: Iron'],
  ['other', 'Other'],
  ['zip', 'Postcode'],
]

describe('applying', () => {
  test('creates, retitles, adds and renames; keeps ids, options and values of everything else', async () => {
    const { emulator, connection, before, changes, person, writes, apply } = await account()
    await apply()
    const after = await fieldsOf(emulator)
    expect(shape(after)).toEqual(changed)
    const ids = (fields: Field[]) => fields.find(({ key }) => key === 'tier')!.custom_field_options!.map(({ id }) => id)
    expect(ids(after).slice(0, 2)).toEqual(ids(before))
    expect(after[0]!.id).toBe(before[0]!.id)
    expect(person().user_fields).toMatchObject({ tier: 'silver', other: 'kept', zip: null })
    expect(writes()).toHaveLength(4)
    // Zendesk documents that an update passes all options, or loses them: with their ids, or they would be new ones.
    const options = before[0]!.custom_field_options!.map(({ id, name, value }) => ({ id, name, value }))
    expect(writes()[0]).toMatchObject({
      method: 'PUT',
      body: { user_field: { title: 'Loyalty tier', custom_field_options: options } },
    })
    expect(changes).toHaveLength(4)
    expect(await connection.planFields(removeNothing)).toMatchObject({
      changes: [],
      left_alone: { fields: [{ key: 'other' }], options: [{ key: 'tier', value: 'silver' }] },
    })
  })

  test('removes only when asked: options with their values, and a field by its key', async () => {
    const { emulator, person, apply } = await account()
    await apply({ options: true, fields: ['other'] })
    expect(shape(await fieldsOf(emulator))).toEqual([
      ['tier', 'Loyalty tier', 'gold: GOLD', 'iron: Iron'],
      ['zip', 'Postcode'],
    ])
    expect(person().user_fields).toEqual({ tier: null, zip: null })
  })

  // The first sending of the new title is lost, and somebody else works in the account before the second.
  test('an option that somebody else adds meanwhile is not taken away by a new title', async () => {
    const { emulator, apply, meanwhile } = await account()
    emulator.faults({ kind: 'reset_before', match: { method: 'PUT' } })
    meanwhile('POST', `${path}/tier/options`, { custom_field_option: { name: 'Bronze', value: 'bronze' } })
    await apply()
    expect(shape(await fieldsOf(emulator))[0]).toContain('bronze: Bronze')
  })

  test('an option that has gone meanwhile is told', async () => {
    const { emulator, apply, meanwhile, refusal, before } = await account()
    emulator.faults({ kind: 'reset_before', match: { method: 'PUT' } })
    meanwhile('DELETE', `${path}/tier/options/${before[0]!.custom_field_options![1]!.id}`)
    expect(await refusal(apply())).toMatchObject({
      code: 'zendesk.fields_not_seen',
      message: expect.stringContaining('tier: the option silver has gone'),
    })
  })

  test('a plan that no longer fits the account is not sent', async () => {
    const { emulator, connection, refusal, writes } = await account()
    const plan = await connection.planFields(removeNothing)
    emulator.seed({ user_fields: [{ key: 'zip' }] })
    const problem = await refusal(connection.applyFields(plan))
    expect(problem).toMatchObject({ code: 'zendesk.fields_changed', effect: 'none' })
    expect(writes()).toEqual([])
  })
})

describe('lost answers and refusals', () => {
  const post = (part: RegExp, more: Partial<Fault> = {}): Fault => ({
    kind: 'reset_after_write',
    match: { method: 'POST', path: part },
    ...more,
  })
  const create = /user_fields$/
  const option = /options$/
  const put: Fault['match'] = { method: 'PUT', path: path }
  test.each<[string, Fault, number]>([
    ['reset after creating', post(create), 4],
    ['reset after adding an option', post(option, { skip: 1 }), 4],
    ['reset after renaming an option', post(option), 4],
    ['reset before creating', post(create, { kind: 'reset_before' }), 5],
    ['reset before adding an option', post(option, { skip: 1, kind: 'reset_before' }), 5],
    ['no answer after creating', post(create, { kind: 'hang_after_write' }), 4],
    ['half an answer after creating', post(create, { kind: 'truncated' }), 4],
    ['an unreadable answer after adding', post(option, { skip: 1, kind: 'garbled' }), 4],
    ['a 502 after creating', post(create, { kind: 'status_after_write', status: 502 }), 4],
    ['a 503 that asks to wait', post(create, { kind: 'status', status: 503, retryAfter: 7 }), 5],
    ['reset after a change of the title', { kind: 'reset_after_write', match: put }, 4],
    ['limits on creating', post(create, { kind: 'status', status: 429, retryAfter: 30, times: 3 }), 7],
    ['limits on options', post(option, { kind: 'status', status: 429, retryAfter: 30 }), 5],
    ['a 200 that is not of Zendesk', post(create, { kind: 'status', status: 200, body: '<html>' }), 5],
    ['a collision', post(create, { kind: 'status', status: 409 }), 5],
  ])('%s: everything is there once', async (_, fault, sent) => {
    const { emulator, connection, writes, changes, apply } = await account()
    emulator.faults(fault)
    await apply()
    const fields = await fieldsOf(emulator)
    expect(shape(fields)).toEqual(changed)
    expect(changes).toHaveLength(4)
    expect(writes()).toHaveLength(sent)
    expect((await connection.planFields(removeNothing)).changes).toEqual([])
  })

  test('a create that was lost and is then refused as a duplicate is ours', async () => {
    const { emulator, writes, apply } = await account()
    emulator.faults(post(create), {
      kind: 'status',
      status: 404,
      body: { error: 'RecordNotFound', description: 'Not found' },
      match: { method: 'GET', path: /user_fields\/zip$/ },
    })
    await apply()
    expect(writes().map(({ status }) => status)).toEqual([200, 200, 201, null, 422])
    expect(shape(await fieldsOf(emulator))).toEqual(changed)
  })

  test.each<Omit<Fault, 'match'>>([
    { kind: 'reset_after_write', times: 2 },
    { kind: 'reset_before', times: 2 },
    { kind: 'status', status: 200, body: 'ok', times: 2 },
    { kind: 'status', status: 429, retryAfter: 9, times: 2 },
  ])('removals survive %j', async (fault) => {
    const { emulator, apply } = await account()
    emulator.faults({ ...fault, match: { method: 'DELETE' } })
    await apply({ options: true, fields: ['other'] })
    expect((await fieldsOf(emulator)).map(({ key }) => key)).toEqual(['tier', 'zip'])
  })

  test('an agent without the right gets a problem, and nothing is changed', async () => {
    const { emulator, connection, apply, refusal, before } = await account({ apiUserRole: 'agent' })
    const problem = await refusal(apply())
    expect(problem).toMatchObject({ code: 'zendesk.permission_denied', effect: 'none', data: { applied: 0 } })
    expect(problem.fix).toContain('admin')
    expect(problem.message).toContain('changing the user field tier')
    expect(shape(await fieldsOf(emulator))).toEqual(shape(before))
    expect((await connection.planFields(removeNothing)).changes).toHaveLength(4)
  })

  test('what Zendesk refuses is said in its words, with how far it went, and the rest is still to do', async () => {
    const { emulator, connection, apply, refusal } = await account()
    const details = { title: [{ description: 'Titel: ist zu lang', error: 'TooLong' }] }
    const body = { error: 'RecordInvalid', description: 'x', details }
    emulator.faults(post(create, { kind: 'status', status: 422, body }))
    expect(await refusal(apply())).toMatchObject({
      code: 'zendesk.field_refused',
      message: expect.stringMatching(/creating the user field zip: Titel: ist zu lang\. 3 of 4/),
      effect: 'partial',
    })
    const left = await connection.planFields(removeNothing)
    expect(left.changes).toMatchObject([{ change: 'create_field', key: 'zip' }])
    await connection.applyFields(left)
    expect(shape(await fieldsOf(emulator))).toEqual(changed)
  })

  test('when nobody says whether it took effect, that is the effect', async () => {
    const { emulator, apply, refusal, writes } = await account()
    emulator.faults({ kind: 'reset_before', match: { method: 'PUT' }, times: 'always' })
    expect(await refusal(apply())).toMatchObject({ code: 'zendesk.unreachable', effect: 'unknown' })
    expect(writes()).toHaveLength(4)
  })

  test('a 200 is not believed: what the account does not show is a problem', async () => {
    const { emulator, apply, refusal } = await account()
    emulator.faults({ kind: 'status', status: 200, body: { user_field: {} }, match: put })
    expect(await refusal(apply())).toMatchObject({
      code: 'zendesk.fields_not_seen',
      message: expect.stringContaining('tier: title is "Tier", not "Loyalty tier"'),
    })
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bench, openBench, type SourceRow } from './project-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await openBench()
  bench.emulator.seed({
    user_fields: [
      { key: 'birthday', type: 'date' },
      { key: 'vip', type: 'checkbox' },
      { key: 'tier', type: 'dropdown', custom_field_options: [{ name: 'Gold tier', value: 'gold' }, 'silver'] },
      { key: 'interests', type: 'multiselect', custom_field_options: ['shoes', 'socks'] },
      { key: 'orders', type: 'integer' },
      { key: 'spent', type: 'decimal' },
      { key: 'code', type: 'regexp', regexp_for_validation: '\\A[A-Z]{2}\\d+\\z' },
      { key: 'line', type: 'text' },
      { key: 'loyalty_tier', type: 'text' },
    ],
  })
})
afterEach(() => bench.close())

/** Column, a valid text, how the account shows it, an invalid text, and the reason against that. */
const kinds: [column: string, valid: string, shown: unknown, invalid: string, code: string][] = [
  ['phone', '+1 415 555 0132', '+14155550132', '555-0132', 'invalid_phone'],
  ['remote_photo_url', 'https://example.com/a.png', 'https://example.com/a.png', 'not a url', 'invalid_value'],
  ['suspended', 'yes', true, 'perhaps', 'invalid_value'],
  ['locale', 'pt-br', 'pt-BR', 'german!', 'invalid_value'],
  ['time_zone', 'Europe/Berlin', 'Europe/Berlin', 'Europe/Nowhere', 'invalid_value'],
  ['user_fields.birthday', '1990-02-28', '1990-02-28T00:00:00+00:00', '1990-02-30', 'invalid_value'],
  ['user_fields.vip', 'TRUE', true, 'maybe', 'invalid_value'],
  ['user_fields.tier', 'gold', 'gold', 'Gold tier', 'unknown_option'],
  ['user_fields.interests', '["socks"]', ['socks'], '["hats"]', 'unknown_option'],
  ['user_fields.orders', '12.0', 12, '12.5', 'invalid_value'],
  ['user_fields.spent', '9.995', 10, 'a lot', 'invalid_value'],
  ['user_fields.code', 'AB12', 'AB12', 'ab12', 'pattern_mismatch'],
]
const columns = kinds.map(([column]) => column)
const nothing = Object.fromEntries(columns.map((column) => [column, null]))
const valid = Object.fromEntries(kinds.map(([column, text]) => [column, text]))

/** One person for each kind of attribute, all values valid but, if asked for, the person's own; a good mate behind each. */
function people(options: { broken: boolean; base: SourceRow; notes: string }): SourceRow[] {
  return kinds.flatMap(([column, , , invalid], n) => [
    {
      external_id: `p${n}`,
      email: `p${n}@example.com`,
      name: 'Ann',
      notes: options.notes,
      ...options.base,
      ...(options.broken ? { [column]: invalid } : {}),
    },
    { external_id: `mate${n}`, email: `mate${n}@example.com`, name: 'Mate', notes: options.notes, ...nothing },
  ])
}

// One number belongs to one direct line only, so each person has the number shared.
const withoutPhone = { ...valid, phone: null }

/** As the account shows it; a photo is fetched later by Zendesk and shows never here, so its place is skipped by the callers. */
function shown(externalId: string, column: string): unknown {
  const user = bench.user(externalId)
  return column.startsWith('user_fields.') ? user?.user_fields[column.slice('user_fields.'.length)] : user?.[column]
}

/** What the last writes said of one person, values of user fields under `user_fields.<key>`. */
function sent(externalId: string): Record<string, unknown> {
  const bodies = bench.writtenUsers().filter((body) => body.external_id === externalId)
  return Object.assign({}, ...bodies.map(({ user_fields, ...rest }) => ({ ...rest, ...prefixed(user_fields) })))
}

function prefixed(fields: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries((fields ?? {}) as object).map(([key, value]) => [`user_fields.${key}`, value]),
  )
}

describe('a value that cannot be made valid', () => {
  it('is left out with a warning on its row, and hurts no batch mate; valid ones arrive as the attribute holds them (I1)', async () => {
    await bench.write(people({ broken: true, base: nothing, notes: 'first' }))
    const run = await bench.run()
    expect(run).toMatchObject({
      status: 'completed',
      warnings: kinds.length,
      rows: { total: 2 * kinds.length, created: 2 * kinds.length },
    })
    const warnings = await bench.records(run.run_id, { warnings: true })
    expect(warnings.map(({ reason, ...warning }) => ({ ...warning, explained: (reason ?? '').endsWith('.') }))).toEqual(
      kinds.map(([column, , , invalid, code], n) => ({
        row: 2 * n + 1,
        external_id: `p${n}`,
        email: `p${n}@example.com`,
        name: 'Ann',
        outcome: 'created',
        field: column,
        value: invalid,
        code,
        explained: true,
      })),
    )
    for (const [n, [column]] of kinds.entries()) expect(sent(`p${n}`)).not.toHaveProperty([column])
    expect(await bench.run()).toMatchObject({ warnings: 0, rows: { unchanged: 2 * kinds.length } })
  })

  it('never clears what was delivered before, not even when the row is sent for another change', async () => {
    await bench.write(
      people({ broken: false, base: withoutPhone, notes: 'first' }).map((row) =>
        row.external_id === 'p0' ? { ...row, phone: '+1 415 555 0132' } : row,
      ),
    )
    expect((await bench.run()).rows).toMatchObject({ created: 2 * kinds.length })
    for (const [n, [column, , value]] of kinds.entries()) {
      if (column !== 'remote_photo_url') expect(shown(`p${n}`, column), column).toEqual(value)
    }
    bench.emulator.clearCalls()
    await bench.write(people({ broken: true, base: withoutPhone, notes: 'second' }))
    expect(await bench.run()).toMatchObject({
      status: 'completed',
      warnings: kinds.length,
      rows: { updated: 2 * kinds.length },
    })
    for (const [n, [column, , value]] of kinds.entries()) {
      expect(sent(`p${n}`)).toEqual({ external_id: `p${n}`, notes: 'second', skip_verify_email: true })
      if (column !== 'remote_photo_url') expect(shown(`p${n}`, column), column).toEqual(value)
    }
    // And it is still known as delivered: emptied in the source, it is cleared.
    bench.emulator.clearCalls()
    await bench.write(people({ broken: false, base: nothing, notes: 'second' }))
    expect((await bench.run()).rows).toMatchObject({ updated: kinds.length, unchanged: kinds.length })
    expect(sent('p9')).toMatchObject({ 'user_fields.orders': null, remote_photo_url: null, locale: null })
    expect(sent('p9')).not.toHaveProperty('suspended')
    expect(sent('p0')).toMatchObject({ phone: '' })
    expect(bench.user('p0')).toMatchObject({ phone: null, suspended: true })
  })

  it('rejects its row with `invalid_values: reject`, and nobody else', async () => {
    await bench.settings({ invalid_values: 'reject' })
    await bench.write(people({ broken: true, base: nothing, notes: 'first' }))
    const run = await bench.run()
    expect(run).toMatchObject({
      status: 'completed_with_alerts',
      warnings: 0,
      rows: { created: kinds.length, rejected: kinds.length, failed: 0 },
    })
    const rejected = await bench.records(run.run_id, { outcome: 'rejected' })
    expect(rejected.map(({ row, field, value, code }) => ({ row, field, value, code }))).toEqual(
      kinds.map(([column, , , invalid, code], n) => ({ row: 2 * n + 1, field: column, value: invalid, code })),
    )
    expect(new Set(bench.users().map((user) => user.external_id))).toEqual(new Set(kinds.map((_, n) => `mate${n}`)))
    // Judged and reported again, as nothing of it was delivered.
    expect((await bench.run()).rows).toMatchObject({ unchanged: kinds.length, rejected: kinds.length })
  })

  it('with `invalid_values: reject` the other rows of the same person still count', async () => {
    await bench.settings({ invalid_values: 'reject' })
    const row = { external_id: '1', email: 'one@example.com', name: 'Ann' }
    await bench.write([
      { ...row, notes: 'good', 'user_fields.orders': '1' },
      { ...row, email: 'two@example.com', notes: 'bad', 'user_fields.orders': 'many' },
    ])
    expect((await bench.run()).rows).toMatchObject({ total: 2, created: 1, rejected: 1 })
    expect(bench.user('1')).toMatchObject({ notes: 'good', emails: ['one@example.com'] })
  })
})

describe('columns', () => {
  const row = { external_id: '1', email: 'one@example.com', name: 'Ann' }

  it('a user field that the account lacks stops the run before anything is sent, and names the nearest (I6)', async () => {
    await bench.write([{ ...row, 'user_fields.loyality_tier': 'gold' }])
    const run = await bench.run()
    expect(run).toMatchObject({ status: 'error', problem: { code: 'zendesk.unknown_user_field' } })
    expect(run.problem?.message).toContain('loyality_tier')
    expect(run.problem?.message).toContain('loyalty_tier')
    expect(bench.writtenUsers()).toEqual([])
    expect(bench.users()).toEqual([])
  })

  it('`unknown_fields: ignore` leaves it out: a warning on each row with a value there', async () => {
    await bench.settings({ unknown_fields: 'ignore' })
    await bench.write([
      { ...row, 'user_fields.loyality_tier': 'gold' },
      { external_id: '2', email: 'two@example.com', name: 'Bo', 'user_fields.loyality_tier': null },
    ])
    const plan = await bench.plan()
    expect(plan.ignored_columns).toContainEqual({
      column: 'user_fields.loyality_tier',
      did_you_mean: 'user_fields.loyalty_tier',
    })
    const run = await bench.run()
    expect(run).toMatchObject({ status: 'completed', warnings: 1, rows: { created: 2 } })
    expect(await bench.records(run.run_id, { warnings: true })).toMatchObject([
      { row: 1, field: 'user_fields.loyality_tier', value: 'gold', code: 'unknown_field', outcome: 'created' },
    ])
  })

  it('other columns are listed with a did-you-mean and never change the outcome', async () => {
    await bench.write([{ ...row, amperity_id: 'a-1', emial: 'x', loyalty_tier: 'gold', favourite_colour: 'blue' }])
    const plan = await bench.plan()
    expect(plan.ignored_columns).toEqual(
      expect.arrayContaining([
        { column: 'amperity_id', did_you_mean: null },
        { column: 'emial', did_you_mean: 'email' },
        { column: 'loyalty_tier', did_you_mean: 'user_fields.loyalty_tier' },
        { column: 'favourite_colour', did_you_mean: null },
      ]),
    )
    expect(await bench.run()).toMatchObject({ status: 'completed', warnings: 0, rows: { created: 1, rejected: 0 } })
    expect(sent('1')).toEqual({ external_id: '1', email: 'one@example.com', name: 'Ann', skip_verify_email: true })
  })

  it.each([
    [
      'SELECT external_id, name, notes, notes AS "NOTES" FROM people',
      /^(query\.duplicate_column|mapping\.duplicate_attribute)$/,
    ],
    ['SELECT external_id, name, notes, notes AS " notes " FROM people', /^mapping\.duplicate_attribute$/],
    [
      'SELECT external_id, name, notes AS "user_fields.line", notes AS "user_fields.LINE" FROM people',
      /^(query\.duplicate_column|mapping\.duplicate_attribute)$/,
    ],
    ["SELECT external_id, name, 'admin' AS role FROM people", /^mapping\.refused_attribute$/],
    ['SELECT external_id, name, 12 AS Custom_Role_Id FROM people', /^mapping\.refused_attribute$/],
    ["SELECT external_id, name, 'secret' AS password FROM people", /^mapping\.refused_attribute$/],
    ["SELECT external_id, name, 'a b' AS tags FROM people", /^mapping\.refused_attribute$/],
    ["SELECT external_id, name, 'Acme' AS organization FROM people", /^mapping\.refused_attribute$/],
    ['SELECT external_id, name, 7 AS organization_id FROM people', /^mapping\.refused_attribute$/],
    ['SELECT external_id, email FROM people', /^mapping\.no_name$/],
    ['SELECT name, notes FROM people', /^mapping\.no_identity$/],
  ])('%s is refused and nothing is sent (I6, I10)', async (sql, code) => {
    await bench.write([{ ...row, notes: 'n' }])
    await bench.query(sql)
    const run = await bench.run()
    expect(run.status).toBe('error')
    expect(run.problem?.code).toMatch(code)
    expect(bench.writtenUsers()).toEqual([])
  })
})

describe('verified, phone and flags', () => {
  const row = { external_id: '1', email: 'one@example.com', name: 'Ann' }

  it('no mail is caused, with or without `verified` and `mark_verified` (I10)', async () => {
    await bench.write([row])
    await bench.run()
    expect(bench.user('1')).toMatchObject({ verified: false })
    await bench.write([
      { ...row, verified: 'true' },
      { external_id: '2', email: 'two@example.com', name: 'Bo', verified: 'false' },
    ])
    await bench.run()
    expect(bench.user('1')).toMatchObject({ verified: true })
    expect(bench.user('2')).toMatchObject({ verified: false })
    await bench.settings({ mark_verified: true })
    await bench.write([
      row,
      { ...row, email: 'further@example.com' },
      { external_id: '3', email: 'three@example.com', name: 'Cy' },
    ])
    await bench.run()
    expect(bench.user('3')).toMatchObject({ verified: true })
    expect(bench.user('1')?.identities.map(({ value, verified }) => [value, verified])).toEqual([
      ['one@example.com', true],
      ['further@example.com', true],
    ])
    expect(bench.emulator.mail()).toEqual([])
    for (const body of bench.writtenUsers()) expect(body).toMatchObject({ skip_verify_email: true })
    for (const body of bench.writtenUsers()) expect(body).not.toHaveProperty('role')
  })

  it('a national phone number is read by the country column of its row, else by the default country', async () => {
    await bench.settings({ country_column: 'country', default_country: 'US' })
    await bench.write([
      { ...row, phone: '020 7946 0018', country: 'GB' },
      { external_id: '2', email: null, name: 'Bo', phone: '415 555 0132', country: null },
      { external_id: '3', email: null, name: 'Cy', phone: '+49 30 901820', country: 'US' },
      { external_id: '4', email: null, name: 'Di', phone: '020 7946 0018', country: 'US' },
    ])
    expect(await bench.run()).toMatchObject({ warnings: 1, rows: { created: 4 } })
    expect(['1', '2', '3', '4'].map((id) => bench.user(id)?.phone)).toEqual([
      '+442079460018',
      '+14155550132',
      '+4930901820',
      null,
    ])
  })

  it('--full sends everybody whole; --sample the first people only, judged by guards as a whole', async () => {
    const rows = [1, 2, 3].map((n) => ({
      external_id: `${n}`,
      email: `p${n}@example.com`,
      name: `P${n}`,
      notes: 'n',
      alias: null,
    }))
    await bench.write(rows)
    await bench.run()
    bench.emulator.clearCalls()
    expect((await bench.run({ full: true })).rows).toMatchObject({ updated: 3, unchanged: 0 })
    expect(bench.writtenUsers()).toEqual(
      [1, 2, 3].map((n) =>
        expect.objectContaining({ external_id: `${n}`, name: `P${n}`, notes: 'n', skip_verify_email: true }),
      ),
    )
    for (const body of bench.writtenUsers()) expect(body).not.toHaveProperty('alias')
    await bench.settings({ guards: { max_changed_percent: 50 } })
    await bench.write(rows.map((one) => ({ ...one, notes: 'changed' })))
    bench.emulator.clearCalls()
    expect(await bench.run({ sample: 1 })).toMatchObject({ status: 'stopped', problem: { code: 'guard.max_changed' } })
    expect(bench.writtenUsers()).toEqual([])
    expect(await bench.run({ sample: 1, approve: true })).toMatchObject({
      status: 'completed',
      rows: { total: 1, updated: 1 },
    })
    expect(['1', '2', '3'].map((id) => bench.user(id)?.notes)).toEqual(['changed', 'n', 'n'])
  })
})
